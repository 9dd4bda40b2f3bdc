#include "math/eigen.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdbool.h>

#include "base/banned.h"

enum { MOST_SWEEPS = 60 }; /* it takes fewer than ten */

typedef struct rotation {
    uint32_t p, q;
    double cosine, sine;
} rotation;

/* The angle that makes a[p][q] vanish: the smaller of the two, which is stable. */
static rotation find_rotation(const double *a, uint32_t n, uint32_t p, uint32_t q)
{
    double tau = (a[q * n + q] - a[p * n + p]) / (2 * a[p * n + q]);
    double t = (tau >= 0 ? 1 : -1) / (fabs(tau) + sqrt(1 + tau * tau));
    double cosine = 1 / sqrt(1 + t * t);
    return (rotation){.p = p, .q = q, .cosine = cosine, .sine = t * cosine};
}

static void rotate_columns(double *m, uint32_t n, rotation r)
{
    for (uint32_t k = 0; k < n; k++) {
        double *row = m + (uint64_t)k * n, x = row[r.p], y = row[r.q];
        row[r.p] = r.cosine * x - r.sine * y;
        row[r.q] = r.sine * x + r.cosine * y;
    }
}

static void rotate_rows(double *m, uint32_t n, rotation r)
{
    double *upper = m + (uint64_t)r.p * n, *lower = m + (uint64_t)r.q * n;
    for (uint32_t k = 0; k < n; k++) {
        double x = upper[k], y = lower[k];
        upper[k] = r.cosine * x - r.sine * y;
        lower[k] = r.sine * x + r.cosine * y;
    }
}

/* One rotation for each pair that is not negligible; whether there was any. */
static bool sweep_pairs(double *a, uint32_t n, double *vectors)
{
    bool any = false;
    for (uint32_t p = 0; p + 1 < n; p++) {
        for (uint32_t q = p + 1; q < n; q++) {
            double size = sqrt(fabs(a[p * n + p])) * sqrt(fabs(a[q * n + q]));
            if (fabs(a[p * n + q]) <= DBL_EPSILON / 4 * size || a[p * n + q] == 0)
                continue;
            rotation r = find_rotation(a, n, p, q);
            rotate_columns(a, n, r);
            rotate_rows(a, n, r);
            a[p * n + q] = a[q * n + p] = 0;
            rotate_columns(vectors, n, r);
            any = true;
        }
    }
    return any;
}

void hone_eigen_decompose(double *a, uint32_t n, double *values, double *vectors)
{
    assert(n > 0 && n < 65536);
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t k = 0; k < n; k++)
            vectors[i * n + k] = i == k;
    }
    for (int i = 0; i < MOST_SWEEPS && sweep_pairs(a, n, vectors); i++) {
    }
    for (uint32_t i = 0; i < n; i++)
        values[i] = a[i * n + i];
}
