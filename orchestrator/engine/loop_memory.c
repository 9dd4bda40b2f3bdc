#include "engine/loop_memory.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/resource.h>

#include <uv.h>

#include "base/banned.h"

enum { MAX_DESCRIPTORS = 1024 * 1024, MIN_DESCRIPTORS = 1024 };

/* libuv hands its allocator no context: this is the one state of the program that belongs
 * to nobody. Of the loop's thread alone. */
static struct {
    void *table; /* NULL: none was taken */
    size_t size; /* bytes */
    bool lent;
} reserve;

/* The first table of all is the one that was set aside, so that it never moves: that way
 * goes every run, and not only the one whose memory is out. */
static void *resize(void *block, size_t size)
{
    if (block == NULL && !reserve.lent && size <= reserve.size) {
        reserve.lent = true;
        return reserve.table;
    }
    if (block != NULL && block == reserve.table)
        return size <= reserve.size ? block : NULL;
    return realloc(block, size);
}

static void give_back(void *block)
{
    if (block == NULL || block != reserve.table)
        free(block);
    else
        reserve.lent = false;
}

static size_t count_descriptors(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_max > MAX_DESCRIPTORS)
        return MAX_DESCRIPTORS;
    return limit.rlim_max < MIN_DESCRIPTORS ? MIN_DESCRIPTORS : (size_t)limit.rlim_max;
}

int hone_loop_memory_take(hone_error *err)
{
    /* libuv rounds up to a power of two, and keeps two pointers behind them. */
    size_t n = MIN_DESCRIPTORS;
    while (n < count_descriptors() + 2)
        n *= 2;
    if (reserve.table != NULL)
        return HONE_OK; /* another loop of this process has it */
    reserve.table = malloc(n * sizeof(void *));
    if (reserve.table == NULL)
        return hone_error_set(err, HONE_ENOMEM, "out of memory");
    reserve.size = n * sizeof(void *);
    uv_replace_allocator(malloc, resize, calloc, give_back);
    return HONE_OK;
}

void hone_loop_memory_release(void)
{
    if (reserve.lent)
        return;
    free(reserve.table);
    reserve.table = NULL;
    reserve.size = 0;
}
