/* The transformation of objectives before they are modelled. */
#include "math/warp.h"

#include <assert.h>
#include <math.h>

#include "base/banned.h"

/* Shifts, in distances from the best value to the median; and where values are cut. */
static const double SHIFTS[HONE_WARPS] = {1, 1, 0.1, 0.01};
static const double MOST[HONE_WARPS] = {20, 1000, 1000, 1000};

static double bend(const hone_warp *warp, double y)
{
    double above = (fmin(y, warp->most) - warp->least) / warp->shift;
    return warp->straight ? above : log1p(above);
}

double hone_warp_apply(const hone_warp *warp, double y)
{
    return (bend(warp, y) - warp->mean) * warp->scale;
}

double hone_warp_undo(const hone_warp *warp, double t)
{
    double above = t / warp->scale + warp->mean;
    return warp->least + warp->shift * (warp->straight ? above : expm1(above));
}

void hone_warp_init(hone_warp *warp, const double *sorted, size_t n, unsigned kind)
{
    assert(n > 0 && kind < HONE_WARPS);
    double least = sorted[0];
    double spread = sorted[n / 2] - least;
    if (!(spread > 0))
        spread = sorted[n - 1] - least;
    if (!(spread > 0))
        spread = 1;
    *warp = (hone_warp){.straight = kind == 0,
                        .least = least,
                        .most = fmin(least + spread * MOST[kind], 1e300),
                        .shift = spread * SHIFTS[kind],
                        .scale = 1};
    double sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++)
        sum += bend(warp, sorted[i]) / (double)n;
    for (size_t i = 0; i < n; i++) {
        double off = bend(warp, sorted[i]) - sum;
        squares += off * off / (double)n;
    }
    warp->mean = sum;
    warp->scale = squares > 0 && isfinite(squares) ? 1 / sqrt(squares) : 1;
    warp->log_slope = (double)n * log(warp->scale);
    for (size_t i = 0; i < n; i++) {
        double above = (fmin(sorted[i], warp->most) - least) / warp->shift;
        warp->log_slope -= log(warp->shift) + (kind == 0 ? 0 : log1p(above));
    }
}
