#include "analysis/quantile.h"

#include <assert.h>
#include <stdlib.h>

#include "base/banned.h"

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

void hone_sort(double *values, size_t n)
{
    qsort(values, n, sizeof(*values), by_size);
}

double hone_quantile(const double *sorted, size_t n, double p)
{
    assert(n > 0 && p >= 0 && p <= 1);
    double at = p * (double)(n - 1);
    size_t below = (size_t)at;
    if (below + 1 >= n)
        return sorted[n - 1];
    return sorted[below] + (at - (double)below) * (sorted[below + 1] - sorted[below]);
}
