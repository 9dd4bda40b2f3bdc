/* PED-ANOVA: how far the best trials are from all of them, axis by axis.
 *
 * Watanabe, Bansal, Hutter (2023), PED-ANOVA: efficiently quantifying hyperparameter
 * importance in arbitrary subspaces, IJCAI: equation 16, the Pearson divergence of the
 * density of the best trials from that of all, each estimated by kernels on a grid.
 * Main effects alone. */
#ifndef HONE_ANALYSIS_DENSITY_H
#define HONE_ANALYSIS_DENSITY_H

#include "analysis/shares.h"

/* Fills the shares of the divergence of all axes, their intervals and floors, and as
 * means how much rarer the best are in each cell; no pairs. Axes that not all trials have
 * get nothing. Errors: HONE_ENOMEM. */
HONE_MUST_CHECK int hone_density_measure(const hone_binned *table, double top,
                                         uint64_t seed, hone_shares *shares);

#endif
