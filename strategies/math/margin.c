#include "math/margin.h"

#include <assert.h>
#include <math.h>

#include "model/special.h"

#include "base/banned.h"

double hone_margin_below(double z)
{
    return 0.5 * erfc(-z * M_SQRT1_2);
}

/* The distance from the mean, in deviations, beyond which p < 1/2 of it lies. */
static double find_distance(double p)
{
    return -hone_normal_quantile(p);
}

/* One threshold: the mean comes nearer to it where too little lies beyond. */
static void widen_end(hone_margin *margin, double threshold, double alpha)
{
    double most = find_distance(alpha) * margin->deviation;
    if (fabs(margin->mean - threshold) > most)
        margin->mean = threshold + copysign(most, margin->mean - threshold);
}

void hone_margin_widen(hone_margin *margin, double alpha)
{
    assert(alpha > 0 && alpha < 0.5 && margin->deviation > 0);
    assert(!(margin->lowest && margin->highest));
    if (margin->lowest || margin->highest) {
        widen_end(margin, margin->lowest ? margin->high : margin->low, alpha);
        return;
    }
    double below = hone_margin_below((margin->low - margin->mean) / margin->deviation);
    double above = hone_margin_below((margin->mean - margin->high) / margin->deviation);
    double inside = 1 - below - above;
    if (below >= alpha / 2 && above >= alpha / 2)
        return;
    double p_low = fmax(below, alpha / 2), p_high = fmax(above, alpha / 2);
    double excess =
        (1 - p_low - p_high - inside) / (p_low + p_high + inside - 3 * alpha / 2);
    p_low += excess * (p_low - alpha / 2);
    p_high += excess * (p_high - alpha / 2);
    p_low = fmin(fmax(p_low, alpha / 2), 0.5 - 1e-9);
    p_high = fmin(fmax(p_high, alpha / 2), 0.5 - 1e-9);
    double to_low = find_distance(p_low), to_high = find_distance(p_high);
    margin->deviation = (margin->high - margin->low) / (to_low + to_high);
    margin->mean = (margin->low * to_high + margin->high * to_low) / (to_low + to_high);
}
