/* A bump allocator with a ceiling: many small allocations, freed all at once.
 *
 *   init  (alloc | copy)*  release */
#ifndef HONE_BASE_ARENA_H
#define HONE_BASE_ARENA_H

#include <stddef.h>

typedef struct hone_arena {
    struct hone_arena_chunk *chunks; /* newest first; owned */
    size_t used;                     /* bytes handed out */
    size_t max;                      /* ceiling of `used` */
} hone_arena;

/* Starts empty; hands out at most `max` bytes. */
void hone_arena_init(hone_arena *arena, size_t max);
void hone_arena_release(hone_arena *arena);
/* Zeroed and aligned for every type; NULL where memory or the ceiling is exhausted. */
void *hone_arena_alloc(hone_arena *arena, size_t size);
/* A NUL-terminated copy of `len` bytes, or NULL likewise. */
char *hone_arena_copy(hone_arena *arena, const char *text, size_t len);

#endif
