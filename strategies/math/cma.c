/* One generation of CMA-ES, in the tutorial's order: mean, step size, covariance. */
#include "math/cma.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "math/eigen.h"

#include "base/banned.h"

#define LEAST_VALUE 1e-14 /* of C, to its largest */

static double sum_squares(const double *v, uint32_t n)
{
    double sum = 0;
    for (uint32_t i = 0; i < n; i++)
        sum += v[i] * v[i];
    return sum;
}

/* mu_eff of the weights from..to-1, eq. 8. */
static double measure_mass(const double *w, uint32_t from, uint32_t to)
{
    double sum = 0, squares = 0;
    for (uint32_t i = from; i < to; i++) {
        sum += w[i];
        squares += w[i] * w[i];
    }
    return squares > 0 ? sum * sum / squares : 0;
}

void hone_cma_rates_fill(hone_cma_rates *rates, uint32_t n_axes, uint32_t lambda,
                         double *w)
{
    assert(n_axes >= 1 && lambda >= 2);
    double n = n_axes, positive = 0, negative = 0;
    uint32_t mu = lambda / 2;
    for (uint32_t i = 0; i < lambda; i++) { /* eq. 49 */
        w[i] = log((lambda + 1.0) / 2) - log(i + 1.0);
        positive += w[i] > 0 ? w[i] : 0;
        negative -= w[i] < 0 ? w[i] : 0;
    }
    double mass = measure_mass(w, 0, mu), negative_mass = measure_mass(w, mu, lambda);
    hone_cma_rates r = {.n = n_axes, .lambda = lambda, .mu_eff = mass};
    r.c_sigma = (mass + 2) / (n + mass + 5); /* eq. 55 */
    r.d_sigma = 1 + 2 * fmax(0, sqrt((mass - 1) / (n + 1)) - 1) + r.c_sigma;
    r.c_c = (4 + mass / n) / (n + 4 + 2 * mass / n);     /* eq. 56 */
    r.c_1 = 2 / ((n + 1.3) * (n + 1.3) + mass);          /* eq. 57 */
    r.c_mu = fmin(1 - r.c_1, 2 * (mass - 2 + 1 / mass) / /* eq. 58 */
                                 ((n + 2) * (n + 2) + mass));
    r.chi_n = sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n * n));
    double least = 1 + 2 * negative_mass / (mass + 2); /* eq. 51 */
    if (r.c_mu > 0)
        least = fmin(least, fmin(1 + r.c_1 / r.c_mu,                    /* eq. 50 */
                                 (1 - r.c_1 - r.c_mu) / (n * r.c_mu))); /* eq. 52 */
    for (uint32_t i = 0; i < lambda; i++)                               /* eq. 53 */
        w[i] *= w[i] > 0 ? 1 / positive : least / negative;
    *rates = r;
}

int hone_cma_init(hone_cma *cma, uint32_t n, size_t n_extra)
{
    assert(n >= 1);
    size_t square = (size_t)n * n;
    *cma = (hone_cma){.n = n, .size = 5 * (size_t)n + 2 * square + n_extra};
    cma->mean = calloc(cma->size, sizeof(double));
    cma->work = calloc(square + 3 * (size_t)n, sizeof(double));
    if (cma->mean == NULL || cma->work == NULL)
        return HONE_ENOMEM;
    cma->path_sigma = cma->mean + n;
    cma->path_c = cma->mean + 2 * (size_t)n;
    cma->margin = cma->mean + 3 * (size_t)n;
    cma->scale = cma->mean + 4 * (size_t)n;
    cma->cov = cma->mean + 5 * (size_t)n;
    cma->basis = cma->cov + square;
    cma->extra = cma->basis + square;
    return 0;
}

void hone_cma_release(hone_cma *cma)
{
    free(cma->mean);
    free(cma->work);
    *cma = (hone_cma){0};
}

void hone_cma_copy(hone_cma *to, const hone_cma *from)
{
    assert(to->n == from->n && to->size == from->size);
    memcpy(to->mean, from->mean, from->size * sizeof(double));
    to->told = from->told;
    to->sigma = from->sigma;
}

void hone_cma_start(hone_cma *cma, double sigma)
{
    uint32_t n = cma->n;
    cma->told = 0;
    cma->sigma = sigma;
    for (uint32_t i = 0; i < n; i++) {
        cma->path_sigma[i] = cma->path_c[i] = 0;
        cma->margin[i] = cma->scale[i] = 1;
        for (uint32_t k = 0; k < n; k++)
            cma->cov[i * n + k] = cma->basis[i * n + k] = i == k;
    }
}

void hone_cma_sample(const hone_cma *cma, const double *z, double *x)
{
    uint32_t n = cma->n;
    for (uint32_t i = 0; i < n; i++) {
        double y = 0;
        for (uint32_t k = 0; k < n; k++)
            y += cma->basis[i * n + k] * cma->scale[k] * z[k];
        x[i] = cma->mean[i] + cma->sigma * cma->margin[i] * y;
    }
}

double hone_cma_deviation(const hone_cma *cma, uint32_t axis)
{
    return cma->sigma * cma->margin[axis] * sqrt(cma->cov[axis * cma->n + axis]);
}

/* C^-1/2 y */
static void whiten(const hone_cma *cma, const double *y, double *z)
{
    uint32_t n = cma->n;
    memset(z, 0, n * sizeof *z);
    for (uint32_t k = 0; k < n; k++) {
        double along = 0;
        for (uint32_t i = 0; i < n; i++)
            along += cma->basis[i * n + k] * y[i];
        for (uint32_t i = 0; i < n; i++)
            z[i] += cma->basis[i * n + k] * along / cma->scale[k];
    }
}

/* The step to a point, no longer than the distribution makes them: Hansen (2011),
 * table 1. Returns the squared length of C^-1/2 y. */
static double make_step(const hone_cma *cma, const double *x, double *y, double *z)
{
    double n = cma->n, longest = sqrt(n) + 2 * n / (n + 2);
    for (uint32_t i = 0; i < cma->n; i++)
        y[i] = (x[i] - cma->mean[i]) / (cma->sigma * cma->margin[i]);
    whiten(cma, y, z);
    double length = sqrt(sum_squares(z, cma->n));
    if (length <= longest)
        return length * length;
    for (uint32_t i = 0; i < cma->n; i++)
        y[i] *= longest / length;
    return longest * longest;
}

static void share_ties(const hone_cma_points *points)
{
    for (uint32_t from = 0, to; from < points->n; from = to) {
        double sum = 0;
        for (to = from; to < points->n && points->values[to] == points->values[from];
             to++)
            sum += points->weights[to];
        for (uint32_t i = from; i < to; i++)
            points->weights[i] = sum / (to - from);
    }
}

/* Eq. 43; returns the exponent of eq. 44. */
static double extend_sigma_path(hone_cma *cma, const hone_cma_rates *r,
                                const double *mean_step, double *z)
{
    double gain = sqrt(r->c_sigma * (2 - r->c_sigma) * r->mu_eff);
    whiten(cma, mean_step, z);
    for (uint32_t i = 0; i < cma->n; i++)
        cma->path_sigma[i] = (1 - r->c_sigma) * cma->path_sigma[i] + gain * z[i];
    double length = sqrt(sum_squares(cma->path_sigma, cma->n));
    return fmin(1, r->c_sigma / r->d_sigma * (length / r->chi_n - 1));
}

/* Eq. 45; returns h_sigma, which stalls the path while sigma grows fast. */
static bool extend_path(hone_cma *cma, const hone_cma_rates *r, const double *mean_step)
{
    double n = cma->n;
    double settled = 1 - pow(1 - r->c_sigma, 2 * ((double)cma->told + 1));
    double length = sqrt(sum_squares(cma->path_sigma, cma->n) / settled);
    bool goes_on = length < (1.4 + 2 / (n + 1)) * r->chi_n;
    double gain = goes_on ? sqrt(r->c_c * (2 - r->c_c) * r->mu_eff) : 0;
    for (uint32_t i = 0; i < cma->n; i++)
        cma->path_c[i] = (1 - r->c_c) * cma->path_c[i] + gain * mean_step[i];
    return goes_on;
}

static void add_outer(double *cov, uint32_t n, double weight, const double *y)
{
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t k = 0; k < n; k++)
            cov[i * n + k] += weight * y[i] * y[k];
    }
}

/* Eq. 46 and 47. `y` and `z` are room for a step. */
static void adapt_covariance(hone_cma *cma, const hone_cma_rates *r,
                             const hone_cma_points *points, double *y)
{
    uint32_t n = cma->n;
    double sum = 0;
    for (uint32_t i = 0; i < points->n; i++)
        sum += points->weights[i];
    double keep = 1 - r->c_1 - r->c_mu * sum;
    for (size_t i = 0; i < (size_t)n * n; i++)
        cma->cov[i] *= keep;
    add_outer(cma->cov, n, r->c_1, cma->path_c);
    for (uint32_t i = 0; i < points->n; i++) {
        double square = make_step(cma, points->x + i * points->stride, y, y + n);
        double weight = points->weights[i];
        if (weight < 0)
            weight *= n / (square + 1e-12);
        add_outer(cma->cov, n, r->c_mu * weight, y);
    }
}

/* C from B and D. */
static void compose(hone_cma *cma)
{
    uint32_t n = cma->n;
    memset(cma->cov, 0, (size_t)n * n * sizeof *cma->cov);
    for (uint32_t j = 0; j < n; j++) {
        double *column = cma->work;
        for (uint32_t i = 0; i < n; i++)
            column[i] = cma->basis[i * n + j] * cma->scale[j];
        add_outer(cma->cov, n, 1, column);
    }
}

/* B and D of C; values that rounding made too small are lifted. */
static void decompose(hone_cma *cma)
{
    uint32_t n = cma->n;
    double *copy = cma->work + 3 * (size_t)n, largest = 0;
    bool lifted = false;
    memcpy(copy, cma->cov, (size_t)n * n * sizeof *copy);
    hone_eigen_decompose(copy, n, cma->scale, cma->basis);
    for (uint32_t i = 0; i < n; i++)
        largest = fmax(largest, cma->scale[i]);
    assert(largest > 0);
    for (uint32_t i = 0; i < n; i++) {
        lifted = lifted || !(cma->scale[i] > largest * LEAST_VALUE);
        cma->scale[i] = sqrt(fmax(cma->scale[i], largest * LEAST_VALUE));
    }
    if (lifted)
        compose(cma);
}

void hone_cma_tell(hone_cma *cma, const hone_cma_points *points)
{
    uint32_t n = cma->n;
    double *mean_step = cma->work, *y = cma->work + n; /* y and its whitened twin */
    hone_cma_rates r;
    hone_cma_rates_fill(&r, n, points->n, points->weights);
    share_ties(points);
    memset(mean_step, 0, n * sizeof *mean_step);
    for (uint32_t i = 0; i < points->n && points->weights[i] > 0; i++) { /* eq. 41 */
        make_step(cma, points->x + i * points->stride, y, y + n);
        for (uint32_t k = 0; k < n; k++)
            mean_step[k] += points->weights[i] * y[k];
    }
    double change = extend_sigma_path(cma, &r, mean_step, y);
    if (!extend_path(cma, &r, mean_step)) {
        double lost = r.c_1 * r.c_c * (2 - r.c_c);
        for (size_t i = 0; i < (size_t)n * n; i++)
            cma->cov[i] *= 1 + lost / (1 - r.c_1);
    }
    adapt_covariance(cma, &r, points, y);
    for (uint32_t i = 0; i < n; i++) /* eq. 42 with c_m = 1 */
        cma->mean[i] += cma->sigma * cma->margin[i] * mean_step[i];
    cma->sigma *= exp(change);
    cma->told++;
    decompose(cma);
}
