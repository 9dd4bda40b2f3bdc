/* Order statistics of small samples. */
#include "statistics.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "function.h"

#include "base/banned.h"

enum { RESAMPLES = 2000, SAMPLE_MAX = 1024 };

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Of sorted values; infinities at the end do not spoil what is before them. */
static double take_quantile(const double *sorted, uint32_t n, double p)
{
    double at = p * (n - 1);
    uint32_t i = (uint32_t)at;
    double part = at - i;
    return part == 0 ? sorted[i] : sorted[i] + part * (sorted[i + 1] - sorted[i]);
}

quality_quartiles quality_quartiles_of(double *values, uint32_t n)
{
    assert(n > 0);
    qsort(values, n, sizeof *values, compare);
    return (quality_quartiles){.low = take_quantile(values, n, .25),
                               .median = take_quantile(values, n, .5),
                               .high = take_quantile(values, n, .75)};
}

quality_interval quality_bootstrap(const double *values, uint32_t n)
{
    assert(n > 0 && n <= SAMPLE_MAX);
    double medians[RESAMPLES], sample[SAMPLE_MAX];
    for (uint32_t r = 0; r < RESAMPLES; r++) {
        for (uint32_t i = 0; i < n; i++)
            sample[i] = values[(uint32_t)(quality_uniform(r, i, 0) * n)];
        medians[r] = quality_quartiles_of(sample, n).median;
    }
    qsort(medians, RESAMPLES, sizeof *medians, compare);
    return (quality_interval){.low = take_quantile(medians, RESAMPLES, .025),
                              .high = take_quantile(medians, RESAMPLES, .975)};
}

quality_interval quality_interval_of(quality_quartiles quartiles, uint32_t n)
{
    assert(n > 0);
    double scale = 1.96 * 1.2533 / (0.6745 * sqrt(n));
    return (quality_interval){
        .low = quartiles.median - scale * (quartiles.median - quartiles.low),
        .high = quartiles.median + scale * (quartiles.high - quartiles.median)};
}

/* How many of the sorted values are below x, and how many equal it. */
static void count_around(const double *sorted, uint32_t n, double x, uint32_t *below,
                         uint32_t *equal)
{
    *below = *equal = 0;
    for (uint32_t i = 0; i < n && sorted[i] <= x; i++)
        *(sorted[i] < x ? below : equal) += 1;
}

double quality_mann_whitney(const double *a, uint32_t n_a, const double *b, uint32_t n_b)
{
    double u = 0, ties = 0, n = (double)n_a + n_b;
    for (uint32_t i = 0; i < n_a + n_b; i++) {
        double x = i < n_a ? a[i] : b[i - n_a];
        uint32_t below, equal, others_below, others_equal;
        count_around(b, n_b, x, &below, &equal);
        count_around(a, n_a, x, &others_below, &others_equal);
        if (i < n_a)
            u += below + .5 * equal;
        /* The sum of t^3 - t over groups of t is that of t^2 - 1 over their members. */
        double t = (double)equal + others_equal;
        ties += t * t - 1;
    }
    double variance = (double)n_a * n_b / 12 * (n + 1 - ties / (n * (n - 1)));
    double distance = fabs(u - (double)n_a * n_b / 2) - .5;
    if (variance <= 0 || distance <= 0)
        return 1;
    return erfc(distance / sqrt(variance) / M_SQRT2);
}
