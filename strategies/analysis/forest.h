/* Shares of the variance by a forest, how sure they are, and what a useless axis shows.
 */
#ifndef HONE_ANALYSIS_FOREST_H
#define HONE_ANALYSIS_FOREST_H

#include "analysis/shares.h"

/* Errors: HONE_ENOMEM. */
HONE_MUST_CHECK int hone_forest_measure(const hone_binned *table, uint64_t seed,
                                        hone_shares *shares);

#endif
