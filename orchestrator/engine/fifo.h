/* A first-in, first-out queue of fixed-size items in a growing ring.
 *
 *   init  (push | front | pop)*  release */
#ifndef HONE_ENGINE_FIFO_H
#define HONE_ENGINE_FIFO_H

#include <stdbool.h>
#include <stddef.h>

typedef struct hone_fifo {
    char *items; /* owned; cap items of `size` bytes */
    size_t size;
    size_t first, n, cap; /* cap is 0 or a power of two */
} hone_fifo;

void hone_fifo_init(hone_fifo *fifo, size_t item_size);
void hone_fifo_release(hone_fifo *fifo);
/* Appends a copy of `item`; false without memory. */
bool hone_fifo_push(hone_fifo *fifo, const void *item);
/* The oldest item, borrowed until the next push or pop; NULL where there is none. */
void *hone_fifo_front(const hone_fifo *fifo);
/* Takes the oldest item out; there must be one. */
void hone_fifo_pop(hone_fifo *fifo);

#endif
