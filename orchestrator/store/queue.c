#include "store/queue.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

enum { FIRST_CAPACITY = 64 * 1024, KEPT_CAPACITY = 4 * 1024 * 1024 };

void hone_queue_release(hone_queue *queue)
{
    free(queue->bytes);
    *queue = (hone_queue){0};
}

static bool grow_queue(hone_queue *queue, size_t need)
{
    size_t cap = queue->cap == 0 ? FIRST_CAPACITY : queue->cap;
    while (cap < need) {
        if (cap > SIZE_MAX / 4)
            return false;
        cap *= 2;
    }
    unsigned char *bytes = realloc(queue->bytes, cap);
    if (bytes == NULL)
        return false;
    queue->bytes = bytes;
    queue->cap = cap;
    return true;
}

bool hone_queue_add(hone_queue *queue, const void *record)
{
    hone_record head;
    memcpy(&head, record, sizeof head);
    assert(head.size >= sizeof head && head.size % 8 == 0 && queue->len % 8 == 0);
    if (queue->len + head.size > queue->cap && !grow_queue(queue, queue->len + head.size))
        return false;
    memcpy(queue->bytes + queue->len, record, head.size);
    queue->len += head.size;
    queue->n++;
    return true;
}

void hone_queue_join(hone_queue *queue, size_t size)
{
    hone_record head;
    assert(queue->len > size && size >= sizeof head);
    unsigned char *at = queue->bytes + queue->len - size;
    memcpy(&head, at, sizeof head);
    head.joined = true;
    memcpy(at, &head, sizeof head);
}

bool hone_queue_append(hone_queue *queue, const void *bytes, size_t len, uint64_t n)
{
    assert(len > 0 && len % 8 == 0 && queue->len % 8 == 0);
    if (queue->len + len > queue->cap && !grow_queue(queue, queue->len + len))
        return false;
    memcpy(queue->bytes + queue->len, bytes, len);
    queue->len += len;
    queue->n += n;
    return true;
}

void hone_queue_clear(hone_queue *queue)
{
    if (queue->cap > KEPT_CAPACITY)
        hone_queue_release(queue);
    queue->len = 0;
    queue->n = 0;
}
