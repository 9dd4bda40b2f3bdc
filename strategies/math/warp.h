/* What a Gaussian process is shown of an objective: its values, bent and standardised.
 *
 * T(y) = log(1 + (y - least)/shift), least being the smallest value; the smaller the
 * shift, the more of the scale is given to good values. Straight, T(y) = y. Values far
 * above the median are cut: how bad the worst is says nothing of the best. */
#ifndef HONE_MATH_WARP_H
#define HONE_MATH_WARP_H

#include <stdbool.h>
#include <stddef.h>

enum { HONE_WARPS = 4 }; /* kinds: 0 is straight, the others bend ever more */

typedef struct hone_warp {
    bool straight;
    double least, most, shift;
    double mean, scale; /* of T, then */
    double log_slope;   /* the sum over all values of the logarithm of the slope of T */
} hone_warp;

/* Of n > 0 finite values, ascending. */
void hone_warp_init(hone_warp *warp, const double *sorted, size_t n, unsigned kind);
/* About standard normal for such values. */
double hone_warp_apply(const hone_warp *warp, double y);
/* The value that is bent to t. */
double hone_warp_undo(const hone_warp *warp, double t);

#endif
