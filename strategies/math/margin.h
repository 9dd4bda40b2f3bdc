/* What keeps axes with few levels moving: Hamano, Saito, Nomura, Shirakawa (2022), CMA-ES
 * with margin: lower-bounding marginal probability for mixed-integer black-box
 * optimization, GECCO, arXiv:2205.13482. */
#ifndef HONE_MATH_MARGIN_H
#define HONE_MATH_MARGIN_H

#include <stdbool.h>

/* The normal distribution of one axis, and the level its mean lies in: x in (low, high].
 */
typedef struct hone_margin {
    double mean, deviation;
    double low, high;
    bool lowest, highest; /* there is no level below, above */
} hone_margin;

/* Moves mean and deviation so that the chance of another level is at least `alpha`, in
 * (0, 1/2): section 4.2, eq. 10 at the ends and eq. 11 to 20 between. A mean and a
 * deviation with greater chances are left alone. Not for a single level. */
void hone_margin_widen(hone_margin *margin, double alpha);

/* Phi */
double hone_margin_below(double z);

#endif
