/* A first-in, first-out queue of fixed-size items in a growing ring. */
#include "engine/fifo.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void hone_fifo_init(hone_fifo *fifo, size_t item_size)
{
    assert(item_size > 0);
    *fifo = (hone_fifo){.size = item_size};
}

void hone_fifo_release(hone_fifo *fifo)
{
    free(fifo->items);
    hone_fifo_init(fifo, fifo->size);
}

static char *item_at(const hone_fifo *fifo, size_t i)
{
    return fifo->items + ((fifo->first + i) & (fifo->cap - 1)) * fifo->size;
}

static bool grow(hone_fifo *fifo)
{
    size_t cap = fifo->cap == 0 ? 16 : fifo->cap * 2;
    char *items = malloc(cap * fifo->size);
    if (items == NULL)
        return false;
    for (size_t i = 0; i < fifo->n; i++)
        memcpy(items + i * fifo->size, item_at(fifo, i), fifo->size);
    free(fifo->items);
    fifo->items = items;
    fifo->first = 0;
    fifo->cap = cap;
    return true;
}

bool hone_fifo_push(hone_fifo *fifo, const void *item)
{
    if (fifo->n == fifo->cap && !grow(fifo))
        return false;
    memcpy(item_at(fifo, fifo->n++), item, fifo->size);
    return true;
}

void *hone_fifo_front(const hone_fifo *fifo)
{
    return fifo->n == 0 ? NULL : item_at(fifo, 0);
}

void hone_fifo_pop(hone_fifo *fifo)
{
    assert(fifo->n > 0);
    fifo->first = (fifo->first + 1) & (fifo->cap - 1);
    fifo->n--;
}
