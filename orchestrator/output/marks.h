/* The bytes of a block at which a line's business with the dialects may begin. */
#ifndef HONE_OUTPUT_MARKS_H
#define HONE_OUTPUT_MARKS_H

#include <stddef.h>
#include <stdint.h>

enum {
    HONE_MARKS_STEP = 64,    /* bytes looked at together */
    HONE_MARKS_BLOCK = 4096, /* bytes in one call, at most */
    HONE_MARKS_BEFORE = 2,   /* bytes before the block that are looked at, too */
    HONE_MARKS_ROOM = HONE_MARKS_BLOCK + 4
};

/* Writes the positions, in order, of: the first digit of each run of digits, each `{`,
 * each ESC, and the third letter of each nan and inf in any case, inside words or not.
 * There may be others between them. `len` is a multiple of HONE_MARKS_STEP; `marks` has
 * HONE_MARKS_ROOM. Returns how many. */
typedef size_t (*hone_marks_fn)(const char *bytes, size_t len, uint16_t *marks);

/* By the vector types of the compiler, on any machine. */
size_t hone_marks_plain(const char *bytes, size_t len, uint16_t *marks);

/* The fastest that this machine runs. */
hone_marks_fn hone_marks_choose(void);

#endif
