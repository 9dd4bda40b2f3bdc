/* The writer's queue: records in one growing block of memory, taken out whole.
 * Not synchronised by itself. */
#ifndef HONE_STORE_QUEUE_H
#define HONE_STORE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/record.h"

typedef struct hone_queue {
    unsigned char *bytes; /* owned */
    size_t len, cap;
    uint64_t n; /* records */
} hone_queue;

void hone_queue_release(hone_queue *queue);
/* Appends one record (its size is in its head); false where memory is exhausted. */
bool hone_queue_add(hone_queue *queue, const void *record);
/* The last record, of `size` bytes, is `joined` to the one before it. */
void hone_queue_join(hone_queue *queue, size_t size);
/* Appends `n` records that lie one behind the other; false likewise. */
bool hone_queue_append(hone_queue *queue, const void *bytes, size_t len, uint64_t n);
/* Empties it; gives memory back that was needed only once. */
void hone_queue_clear(hone_queue *queue);

#endif
