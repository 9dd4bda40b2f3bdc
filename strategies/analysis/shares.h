/* What each way to measure importance fills: shares of axes and of pairs of them. */
#ifndef HONE_ANALYSIS_SHARES_H
#define HONE_ANALYSIS_SHARES_H

#include "analysis/variance.h"

/* An effect: its share, the ends of its 95 % interval, and the floor: what stays below in
 * 95 of 100 cases where there is no such effect. */
typedef struct hone_share {
    double share, low, high, floor;
} hone_share;

enum { HONE_PAIRS = 28 }; /* of the 8 strongest axes */

typedef struct hone_shares {
    hone_share *mains; /* owned: of d columns */
    uint32_t n_pairs;
    hone_pair_of pairs_of[HONE_PAIRS];
    hone_share pairs[HONE_PAIRS];
    double *means; /* owned: d rows of HONE_CELLS, in units of the table's y */
    double explained;
} hone_shares;

/* Errors: HONE_ENOMEM; `release` is to be called nevertheless. */
HONE_MUST_CHECK int hone_shares_init(hone_shares *shares, const hone_binned *table);
void hone_shares_release(hone_shares *shares);

/* Fills the pairs of the 8 columns with the largest gains; returns how many. */
uint32_t hone_choose_pairs(const hone_binned *table, const double *gains,
                           hone_pair_of pairs[static HONE_PAIRS]);

#endif
