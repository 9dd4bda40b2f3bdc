/* Quantiles of a handful of numbers. */
#ifndef HONE_ANALYSIS_QUANTILE_H
#define HONE_ANALYSIS_QUANTILE_H

#include <stddef.h>

void hone_sort(double *values, size_t n);
/* The p-quantile of sorted values, between neighbours by their distance (Hyndman, Fan
 * 1996, Sample quantiles in statistical packages, definition 7). */
double hone_quantile(const double *sorted, size_t n, double p);

#endif
