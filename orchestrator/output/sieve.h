/* Which lines of a run the dialects need not look at, found without looking at lines.
 *
 *   init  (begin  next*)*
 *
 * Most of what programs print holds no metric. The sieve passes over a line only where
 * hone_scan_line would find nothing in it that counts: no metric, no step that holds for
 * the lines after it, no row of a table. */
#ifndef HONE_OUTPUT_SIEVE_H
#define HONE_OUTPUT_SIEVE_H

#include "output/lines.h"
#include "output/marks.h"
#include "output/scan.h"

enum { HONE_SIEVE_BITS = 16 * 1024 };

typedef struct hone_sieve {
    hone_marks_fn mark;
    hone_wanted wanted;
    uint64_t leads[HONE_SIEVE_BITS / 64]; /* words before a number that matters, hashed */
    /* The run at hand, by positions in it: */
    const hone_run *run; /* borrowed from begin to the last next */
    size_t plain;        /* lines that begin before are not sieved */
    size_t found;        /* the line that `next` has found last */
    size_t told;         /* lines found one right after the other */
    size_t token;        /* a number whose token is skipped as a whole, or before it */
    size_t bare;         /* the last number that nothing names; 0: none */
    size_t marked;       /* marks are known up to here */
    size_t base;         /* of the marks */
    size_t n_marks, mark_i;
    uint16_t marks[HONE_MARKS_ROOM];
} hone_sieve;

void hone_sieve_init(hone_sieve *sieve, const hone_wanted *wanted);

void hone_sieve_begin(hone_sieve *sieve, const hone_run *run);

/* Where the first line begins that has to be looked at, of those that begin at `from`, a
 * line's beginning, or after it; the run's length where there is none. */
size_t hone_sieve_next(hone_sieve *sieve, size_t from);

#endif
