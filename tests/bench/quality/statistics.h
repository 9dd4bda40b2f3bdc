/* Medians, and whether a difference between two samples is more than noise. */
#ifndef QUALITY_STATISTICS_H
#define QUALITY_STATISTICS_H

#include <stdint.h>

typedef struct quality_quartiles {
    double low, median, high;
} quality_quartiles;

/* An interval that holds the true median with 95 %. */
typedef struct quality_interval {
    double low, high;
} quality_interval;

/* `values` are n >= 1 numbers, sorted in place. Quantiles interpolate linearly between
 * order statistics (type 7 of Hyndman and Fan 1996). */
quality_quartiles quality_quartiles_of(double *values, uint32_t n);

/* Percentile bootstrap (Efron 1979), 2000 resamples, always with the same draws. */
quality_interval quality_bootstrap(const double *values, uint32_t n);

/* Where only quartiles are known: the median +- 1.96 standard errors, each side with the
 * spread of its own side: 1.253 s / sqrt(n), s = (quartile - median) / 0.6745. */
quality_interval quality_interval_of(quality_quartiles quartiles, uint32_t n);

/* The two-sided p of Mann and Whitney's test (1947): normal approximation, corrected for
 * ties and continuity. `a` and `b` are sorted. 1 where all are equal. */
double quality_mann_whitney(const double *a, uint32_t n_a, const double *b, uint32_t n_b);

#endif
