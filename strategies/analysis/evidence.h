/* The trials that importance is measured on, as points of the cube. */
#ifndef HONE_ANALYSIS_EVIDENCE_H
#define HONE_ANALYSIS_EVIDENCE_H

#include <math.h>
#include <stdbool.h>

#include <hone/importance.h>

#include "search/cube.h"

struct hone_evidence {
    hone_cube cube;
    size_t n, capacity;
    double *x; /* owned: n rows of cube.n; NaN where not active */
    double *y; /* owned: n, smaller is better */
};

static inline bool hone_evidence_active(const hone_evidence *evidence, size_t row,
                                        uint32_t axis)
{
    return !isnan(evidence->x[row * evidence->cube.n + axis]);
}

/* How many of n trials the best share of them is: at least 1. */
size_t hone_count_tops(size_t n, double top);

/* Fills y, n values: what is beyond the best `top` counts as the worst of those (Hutter,
 * Hoos, Leyton-Brown 2014 call it a cutoff, for regions that perform well). *outlying is
 * the part of the worst 2 of 100, as they count, in the sum of squares. Errors:
 * HONE_ENOMEM. */
HONE_MUST_CHECK int hone_evidence_cut(const hone_evidence *evidence, double top,
                                      double *y, double *outlying);

/* Fills the rows that are used, ascending: all, or, where these are too many, some of
 * them at random; room for n. Returns how many. */
size_t hone_evidence_choose(const hone_evidence *evidence, uint64_t seed, uint32_t *rows);

#endif
