/* The analysis of variance of a full grid: every combination of the values seen, once
 * each. The means are exact, and no model comes between (Fisher 1925, Statistical methods
 * for research workers; Montgomery, Design and analysis of experiments, chapter 5). What
 * no axis and no pair explains is the error that tells an effect from none. */
#ifndef HONE_ANALYSIS_FACTORIAL_H
#define HONE_ANALYSIS_FACTORIAL_H

#include "analysis/shares.h"

/* Whether the rows are a full grid of at least two axes, none of them a range of reals.
 * Errors: HONE_ENOMEM. */
HONE_MUST_CHECK int hone_factorial_find(const hone_binned *table,
                                        const hone_sample *sample, bool *is_full);

/* Fills the shares, their intervals and floors (NaN where the grid leaves no error); all
 * pairs of the strongest axes. Errors: HONE_ENOMEM. */
HONE_MUST_CHECK int hone_factorial_measure(const hone_binned *table, uint64_t seed,
                                           hone_shares *shares);

#endif
