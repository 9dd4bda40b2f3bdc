/* The functional analysis of variance of a tree: how much of its variance over the cube
 * is due to each axis alone, and to pairs of them together.
 *
 * Hutter, Hoos, Leyton-Brown (2014), An efficient approach for assessing hyperparameter
 * importance, ICML: a leaf is a box, so that means over all other axes are sums over
 * leaves (algorithm 2, equations 5 to 8). Exact. */
#ifndef HONE_ANALYSIS_VARIANCE_H
#define HONE_ANALYSIS_VARIANCE_H

#include "analysis/tree.h"

typedef struct hone_pair_of {
    uint32_t a, b; /* columns, a < b */
} hone_pair_of;

/* Sums over the trees that were added; the caller empties and divides. */
typedef struct hone_variances {
    double all;    /* of the variance */
    double *mains; /* borrowed: of d columns */
    double *pairs; /* borrowed: of what a pair does beyond its two parts */
    double *means; /* borrowed: d rows of HONE_CELLS, the mean in each cell less that of
                      all; NULL: not wanted */
} hone_variances;

typedef struct hone_variance_work {
    const hone_binned *table; /* borrowed */
    uint32_t n_pairs;
    const hone_pair_of *wanted; /* borrowed: n_pairs */
    double *means;              /* owned: d rows of HONE_CELLS */
    double *square;             /* owned: HONE_CELLS rows of HONE_CELLS */
    double *spans; /* owned: of each leaf d widths, the last of them its volume */
    size_t capacity;
} hone_variance_work;

/* Errors: HONE_ENOMEM; `release` is to be called nevertheless. */
HONE_MUST_CHECK int hone_variance_init(hone_variance_work *work,
                                       const hone_binned *table);
void hone_variance_release(hone_variance_work *work);

/* Adds a tree. Errors: HONE_ENOMEM. */
HONE_MUST_CHECK int hone_variance_add(hone_variance_work *work, const hone_leaves *leaves,
                                      hone_variances *sums);

#endif
