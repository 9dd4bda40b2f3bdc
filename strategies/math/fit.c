/* Maximum a posteriori estimates of a Gaussian process's parameters (Rasmussen, Williams
 * 2006, Gaussian processes for machine learning, eq. 5.8 and 5.9, plus priors). */
#include "math/fit.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <hone/error.h>

#include "math/minimise.h"

#include "base/banned.h"

/* Bounds of the logarithms, and the normal priors on them. Lengths: their median grows
 * with the root of the number of axes (Hvarfner, Hellsten, Nardi 2024, Vanilla Bayesian
 * optimization performs great in high dimensions), for the product sums their squares. */
static const double LENGTH_LOW = -4.6, LENGTH_HIGH = 4.6;
static const double LENGTH_MEDIAN = -1.7, LENGTH_SPREAD = 1.2;
static const double WEIGHT_LOW = -9, WEIGHT_HIGH = 5;
static const double WEIGHT_MEDIAN = -1, WEIGHT_SPREAD = 1.5;
static const double NOISE_LOW = -13.8, NOISE_HIGH = 1;
static const double NOISE_SHAPE = 0.1, NOISE_RATE = 30;

int hone_fit_init(hone_fit *fit, const hone_kernel_axis *axes, uint32_t n_axes)
{
    *fit = (hone_fit){.kernel = {.n_axes = n_axes, .axes = axes}};
    size_t size = hone_fit_size(fit);
    fit->kernel.rates = calloc(n_axes, sizeof(double));
    fit->work = calloc(2 * (size_t)n_axes * HONE_KERNEL_CHUNK, sizeof(double));
    fit->box = calloc(2 * size + hone_minimise_work(size), sizeof(double));
    if (fit->kernel.rates == NULL || fit->work == NULL || fit->box == NULL)
        return HONE_ENOMEM;
    for (size_t i = 0; i < size; i++) {
        bool length = i < n_axes, noise = i + 1 == size;
        fit->box[i] = length ? LENGTH_LOW : noise ? NOISE_LOW : WEIGHT_LOW;
        fit->box[size + i] = length ? LENGTH_HIGH : noise ? NOISE_HIGH : WEIGHT_HIGH;
    }
    for (uint32_t q = 0; q < HONE_KERNEL_ORDERS; q++) {
        if (!hone_kernel_has_order(n_axes, q))
            fit->box[n_axes + q] = fit->box[size + n_axes + q] = WEIGHT_MEDIAN;
    }
    return 0;
}

static void free_points(hone_fit *fit)
{
    free(fit->x);
    free(fit->y);
    free(fit->pairs);
    free(fit->values);
    free(fit->alpha);
    free(fit->factor);
    free(fit->inverse);
    free(fit->scratch);
}

void hone_fit_release(hone_fit *fit)
{
    free_points(fit);
    free(fit->kernel.rates);
    free(fit->work);
    free(fit->box);
    *fit = (hone_fit){0};
}

int hone_fit_reserve(hone_fit *fit, size_t n)
{
    if (n <= fit->capacity)
        return 0;
    hone_fit wider = *fit;
    size_t stride = (n + HONE_PANEL - 1) / HONE_PANEL * HONE_PANEL;
    size_t d = fit->kernel.n_axes, n_pairs = stride * (stride - 1) / 2;
    wider.n = 0;
    wider.stride = wider.capacity = stride;
    wider.x = calloc(d * stride, sizeof(double));
    wider.y = calloc(stride, sizeof(double));
    wider.pairs = calloc(d * n_pairs, sizeof(double));
    wider.values = calloc(n_pairs, sizeof(double));
    wider.alpha = calloc(stride, sizeof(double));
    wider.factor = calloc(stride * stride, sizeof(double));
    wider.inverse = calloc(stride * stride, sizeof(double));
    wider.scratch = calloc(stride * stride + HONE_PANEL, sizeof(double));
    if (wider.x == NULL || wider.y == NULL || wider.pairs == NULL ||
        wider.values == NULL || wider.alpha == NULL || wider.factor == NULL ||
        wider.inverse == NULL || wider.scratch == NULL) {
        free_points(&wider);
        return HONE_ENOMEM;
    }
    free_points(fit);
    *fit = wider;
    return 0;
}

void hone_fit_clear(hone_fit *fit)
{
    fit->n = 0;
}

void hone_fit_add(hone_fit *fit, const double *x, double y)
{
    assert(fit->n < fit->capacity);
    for (uint32_t a = 0; a < fit->kernel.n_axes; a++)
        fit->x[a * fit->stride + fit->n] = x[a];
    fit->y[fit->n++] = y;
}

static hone_pairs get_pairs(const hone_fit *fit)
{
    size_t n = fit->n * (fit->n - 1) / 2;
    return (hone_pairs){fit->pairs, n, n};
}

void hone_fit_load(hone_fit *fit)
{
    hone_pairs pairs = get_pairs(fit);
    for (uint32_t a = 0; a < fit->kernel.n_axes; a++) {
        const double *x = fit->x + a * fit->stride;
        double *to = fit->pairs + a * pairs.stride;
        for (size_t i = 0; i < fit->n; i++) {
            for (size_t j = i + 1; j < fit->n; j++)
                *to++ = hone_kernel_distance(fit->kernel.axes[a], x[i], x[j]);
        }
    }
}

void hone_fit_set_values(hone_fit *fit, const double *y)
{
    memcpy(fit->y, y, fit->n * sizeof *y);
}

size_t hone_fit_size(const hone_fit *fit)
{
    return fit->kernel.n_axes + (size_t)HONE_KERNEL_EXTRAS;
}

static double get_length_median(const hone_fit *fit, uint32_t axis)
{
    return fit->kernel.axes[axis] == HONE_KERNEL_CHOICE
               ? 0
               : LENGTH_MEDIAN + log(fit->kernel.n_axes) / 2;
}

void hone_fit_start(const hone_fit *fit, double scale, double *theta)
{
    uint32_t d = fit->kernel.n_axes;
    for (uint32_t a = 0; a < d; a++)
        theta[a] = get_length_median(fit, a) + log(scale);
    for (uint32_t q = 0; q < HONE_KERNEL_ORDERS; q++)
        theta[d + q] = WEIGHT_MEDIAN;
    theta[d + HONE_KERNEL_ORDERS] = -6;
}

static double add_normal_prior(double at, double median, double spread, double *slope)
{
    double z = (at - median) / spread;
    *slope += z / spread;
    return z * z / 2;
}

/* Of the noise: a gamma density, as Optuna's users know it to work. */
static double add_priors(const hone_fit *fit, const double *theta, double *gradient)
{
    uint32_t d = fit->kernel.n_axes;
    double sum = 0;
    for (uint32_t a = 0; a < d; a++)
        sum += add_normal_prior(theta[a], get_length_median(fit, a), LENGTH_SPREAD,
                                &gradient[a]);
    for (uint32_t q = d; q < d + HONE_KERNEL_ORDERS; q++)
        sum += add_normal_prior(theta[q], WEIGHT_MEDIAN, WEIGHT_SPREAD, &gradient[q]);
    uint32_t last = d + HONE_KERNEL_ORDERS;
    gradient[last] += NOISE_RATE * fit->kernel.noise - NOISE_SHAPE;
    return sum + NOISE_RATE * fit->kernel.noise - NOISE_SHAPE * theta[last];
}

static void fill_covariance(hone_fit *fit)
{
    double self = hone_kernel_self(&fit->kernel) + fit->kernel.noise;
    const double *from = fit->values;
    for (size_t i = 0; i < fit->n; i++) {
        double *row = fit->factor + i * fit->stride + i;
        size_t rest = fit->n - i - 1;
        row[0] = self;
        memcpy(row + 1, from, rest * sizeof *row);
        from += rest;
    }
}

/* Turns `values` into the derivative by each pair's k; returns the sum of the derivatives
 * by the elements of the diagonal. */
static double weigh_pairs(hone_fit *fit)
{
    double *to = fit->values, diagonal = 0;
    for (size_t i = 0; i < fit->n; i++) {
        const double *row = fit->inverse + i * fit->stride;
        double by = fit->alpha[i];
        diagonal += (row[i] - by * by) / 2;
        for (size_t j = i + 1; j < fit->n; j++)
            *to++ = row[j] - by * fit->alpha[j];
    }
    return diagonal;
}

double hone_fit_value(void *arg, const double *theta, double *gradient)
{
    hone_fit *fit = arg;
    hone_pairs pairs = get_pairs(fit);
    uint32_t d = fit->kernel.n_axes;
    hone_triangle u = {fit->factor, fit->n, fit->stride};
    hone_triangle inverse = {fit->inverse, fit->n, fit->stride};
    hone_kernel_set(&fit->kernel, theta);
    hone_kernel_pairs(&fit->kernel, &pairs, fit->values);
    fill_covariance(fit);
    if (!hone_cholesky(u))
        return INFINITY;
    memcpy(fit->alpha, fit->y, fit->n * sizeof *fit->alpha);
    hone_solve_lower(u, fit->alpha);
    double value = hone_cholesky_log_det(u) / 2;
    for (size_t i = 0; i < fit->n; i++)
        value += fit->alpha[i] * fit->alpha[i] / 2;
    hone_solve_upper(u, fit->alpha);
    hone_cholesky_invert(u, inverse, fit->scratch);
    double diagonal = weigh_pairs(fit);
    memset(gradient, 0, hone_fit_size(fit) * sizeof *gradient);
    hone_kernel_gradient(&fit->kernel, &pairs, fit->values, gradient, fit->work);
    const double *w = fit->kernel.weights;
    gradient[d] += diagonal * w[0] * d;
    gradient[d + 1] += diagonal * w[1] * d * (d - 1.0) / 2;
    gradient[d + 2] += diagonal * w[2];
    gradient[d + 3] += diagonal * fit->kernel.noise;
    return value + add_priors(fit, theta, gradient);
}

double hone_fit_best(hone_fit *fit, double *theta, unsigned evaluations)
{
    size_t size = hone_fit_size(fit);
    hone_minimum problem = {.value = hone_fit_value,
                            .arg = fit,
                            .n = size,
                            .low = fit->box,
                            .high = fit->box + size,
                            .evaluations = evaluations,
                            .step = 1,
                            .tolerance = 0.02,
                            .work = fit->box + 2 * size};
    return hone_minimise(&problem, theta);
}
