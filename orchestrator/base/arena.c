#include "base/arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/* The first chunk is small (many arenas hold a few strings), later ones double. */
enum { FIRST_CHUNK = 1024, LARGEST_CHUNK = 256 * 1024 };

struct hone_arena_chunk {
    struct hone_arena_chunk *next;
    size_t used, size;
    alignas(max_align_t) unsigned char bytes[];
};

void hone_arena_init(hone_arena *arena, size_t max)
{
    *arena = (hone_arena){.max = max};
}

void hone_arena_release(hone_arena *arena)
{
    struct hone_arena_chunk *chunk = arena->chunks;
    while (chunk != NULL) {
        struct hone_arena_chunk *next = chunk->next;
        free(chunk);
        chunk = next;
    }
    *arena = (hone_arena){.max = arena->max};
}

/* A new newest chunk with room for `size` bytes; NULL where memory is exhausted. */
static struct hone_arena_chunk *add_chunk(hone_arena *arena, size_t size)
{
    size_t want = FIRST_CHUNK;
    if (arena->chunks != NULL && arena->chunks->size < LARGEST_CHUNK)
        want = arena->chunks->size * 2;
    else if (arena->chunks != NULL)
        want = LARGEST_CHUNK;
    if (want < size)
        want = size;
    struct hone_arena_chunk *chunk = calloc(1, sizeof *chunk + want);
    if (chunk == NULL)
        return NULL;
    chunk->size = want;
    chunk->next = arena->chunks;
    arena->chunks = chunk;
    return chunk;
}

void *hone_arena_alloc(hone_arena *arena, size_t size)
{
    const size_t align = alignof(max_align_t);
    if (size > PTRDIFF_MAX / 2)
        return NULL;
    size_t rounded = size == 0 ? align : (size + align - 1) / align * align;
    assert(arena->used <= arena->max);
    if (rounded > arena->max - arena->used)
        return NULL;
    struct hone_arena_chunk *chunk = arena->chunks;
    if (chunk == NULL || rounded > chunk->size - chunk->used)
        chunk = add_chunk(arena, rounded);
    if (chunk == NULL)
        return NULL;
    void *bytes = chunk->bytes + chunk->used;
    chunk->used += rounded;
    arena->used += rounded;
    assert((uintptr_t)bytes % align == 0);
    return bytes;
}

char *hone_arena_copy(hone_arena *arena, const char *text, size_t len)
{
    if (len > PTRDIFF_MAX / 4)
        return NULL;
    char *copy = hone_arena_alloc(arena, len + 1);
    if (copy != NULL && len > 0)
        memcpy(copy, text, len);
    return copy;
}
