/* Gaussian process regression with a Cholesky factor that can be extended. */
#include "math/process.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <hone/error.h>

#include "base/banned.h"

int hone_process_init(hone_process *process, const hone_kernel_axis *axes,
                      uint32_t n_axes)
{
    assert(n_axes > 0);
    *process = (hone_process){.kernel = {.n_axes = n_axes, .axes = axes}};
    process->kernel.rates = calloc(n_axes, sizeof(double));
    process->work = calloc(2 * (size_t)n_axes * HONE_KERNEL_CHUNK, sizeof(double));
    return process->kernel.rates == NULL || process->work == NULL ? HONE_ENOMEM : 0;
}

static void free_points(hone_process *process)
{
    free(process->x);
    free(process->y);
    free(process->alpha);
    free(process->factor);
    free(process->panel);
    free(process->row);
    free(process->slopes);
}

void hone_process_release(hone_process *process)
{
    free_points(process);
    free(process->kernel.rates);
    free(process->work);
    *process = (hone_process){0};
}

int hone_process_reserve(hone_process *process, size_t n)
{
    if (n <= process->capacity)
        return 0;
    hone_process wider = *process;
    size_t stride = (n + HONE_PANEL - 1) / HONE_PANEL * HONE_PANEL;
    size_t d = process->kernel.n_axes;
    wider.n = 0;
    wider.stride = wider.capacity = stride;
    wider.x = calloc(d * stride, sizeof(double));
    wider.y = calloc(stride, sizeof(double));
    wider.alpha = calloc(stride, sizeof(double));
    wider.factor = calloc(stride * stride, sizeof(double));
    wider.panel = calloc(stride * HONE_PANEL, sizeof(double));
    wider.row = calloc(2 * stride, sizeof(double));
    wider.slopes = calloc(d * stride, sizeof(double));
    if (wider.x == NULL || wider.y == NULL || wider.alpha == NULL ||
        wider.factor == NULL || wider.panel == NULL || wider.row == NULL ||
        wider.slopes == NULL) {
        free_points(&wider);
        return HONE_ENOMEM;
    }
    free_points(process);
    *process = wider;
    return 0;
}

void hone_process_clear(hone_process *process)
{
    process->n = 0;
}

bool hone_process_add(hone_process *process, const double *x, double y)
{
    if (process->n == process->capacity)
        return false;
    for (uint32_t a = 0; a < process->kernel.n_axes; a++)
        process->x[a * process->stride + process->n] = x[a];
    process->y[process->n++] = y;
    return true;
}

static hone_triangle get_factor(const hone_process *process)
{
    return (hone_triangle){process->factor, process->n, process->stride};
}

static hone_points get_points(const hone_process *process)
{
    return (hone_points){process->x, process->n, process->stride};
}

/* The upper triangle of K, a row from the diagonal on at a time. */
static void fill_covariance(hone_process *process, double *x)
{
    size_t n = process->n, stride = process->stride;
    double self = hone_kernel_self(&process->kernel) + process->kernel.noise;
    for (size_t i = 0; i < n; i++) {
        hone_points rest = {process->x + i, n - i, stride};
        for (uint32_t a = 0; a < process->kernel.n_axes; a++)
            x[a] = process->x[a * stride + i];
        double *row = process->factor + i * stride + i;
        hone_kernel_row(&process->kernel, x, &rest, row);
        row[0] = self;
    }
}

static void solve_alpha(hone_process *process)
{
    memcpy(process->alpha, process->y, process->n * sizeof(double));
    hone_solve_lower(get_factor(process), process->alpha);
    hone_solve_upper(get_factor(process), process->alpha);
}

void hone_process_factor(hone_process *process, const double *theta)
{
    hone_kernel_set(&process->kernel, theta);
    do {
        fill_covariance(process, process->work);
        if (hone_cholesky(get_factor(process)))
            break;
        process->kernel.noise *= 10;
    } while (isfinite(process->kernel.noise));
    solve_alpha(process);
}

/* Extends the factor by a point; returns its mean. */
static double extend(hone_process *process, const double *x)
{
    size_t n = process->n, stride = process->stride;
    hone_points points = get_points(process);
    double *column = process->row;
    hone_kernel_row(&process->kernel, x, &points, column);
    double mean = 0, left = hone_kernel_self(&process->kernel) + process->kernel.noise;
    for (size_t i = 0; i < n; i++)
        mean += column[i] * process->alpha[i];
    hone_solve_lower(get_factor(process), column);
    for (size_t i = 0; i < n; i++) {
        process->factor[i * stride + n] = column[i];
        left -= column[i] * column[i];
    }
    double least = process->kernel.noise / 2;
    process->factor[n * stride + n] = sqrt(left > least ? left : least);
    process->alpha[n] = 0; /* a value that is its mean leaves nothing to explain */
    hone_process_add(process, x, mean);
    return mean;
}

double hone_process_believe(hone_process *process, const double *x)
{
    return process->n < process->capacity ? extend(process, x) : INFINITY;
}

void hone_process_dread(hone_process *process, const double *x, double least)
{
    if (process->n == process->capacity || extend(process, x) >= least)
        return;
    process->y[process->n - 1] = least;
    solve_alpha(process);
}

/* Cancellation may leave less than nothing. */
static double floor_variance(const hone_process *process, double variance)
{
    double least = 1e-12 * hone_kernel_self(&process->kernel);
    return variance > least ? variance : least;
}

void hone_process_predict(hone_process *process, const double *x, size_t n,
                          hone_belief *beliefs)
{
    assert(n <= HONE_PANEL);
    hone_points points = get_points(process);
    double mean[HONE_PANEL] = {0}, squares[HONE_PANEL] = {0};
    double *panel = process->panel;
    memset(panel, 0, process->n * HONE_PANEL * sizeof *panel);
    for (size_t c = 0; c < n; c++) {
        hone_kernel_row(&process->kernel, x + c * process->kernel.n_axes, &points,
                        process->row);
        for (size_t i = 0; i < process->n; i++)
            panel[i * HONE_PANEL + c] = process->row[i];
    }
    for (size_t i = 0; i < process->n; i++) {
        double by = process->alpha[i];
        for (size_t c = 0; c < HONE_PANEL; c++)
            mean[c] += by * panel[i * HONE_PANEL + c];
    }
    hone_solve_panel(get_factor(process), panel);
    for (size_t i = 0; i < process->n; i++) {
        for (size_t c = 0; c < HONE_PANEL; c++)
            squares[c] += panel[i * HONE_PANEL + c] * panel[i * HONE_PANEL + c];
    }
    double self = hone_kernel_self(&process->kernel);
    for (size_t c = 0; c < n; c++)
        beliefs[c] = (hone_belief){mean[c], floor_variance(process, self - squares[c])};
}

/* The sum of by[i] x[i], in an order of its own. */
static double dot(const double *by, const double *x, size_t n)
{
    double part[4] = {0};
    size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        for (size_t k = 0; k < 4; k++)
            part[k] += by[i + k] * x[i + k];
    }
    for (; i < n; i++)
        part[0] += by[i] * x[i];
    return (part[0] + part[1]) + (part[2] + part[3]);
}

hone_belief hone_process_slopes(hone_process *process, const double *x, double *mean,
                                double *variance)
{
    size_t n = process->n;
    hone_points points = get_points(process);
    double *row = process->row, *weights = process->row + process->stride;
    hone_kernel_slopes(&process->kernel, x, &points, row, process->slopes, process->work);
    memcpy(weights, row, n * sizeof *row);
    hone_solve_lower(get_factor(process), weights);
    double self = hone_kernel_self(&process->kernel);
    hone_belief belief = {.mean = dot(process->alpha, row, n),
                          .variance = self - dot(weights, weights, n)};
    belief.variance = floor_variance(process, belief.variance);
    hone_solve_upper(get_factor(process), weights);
    for (uint32_t a = 0; a < process->kernel.n_axes; a++) {
        mean[a] = dot(process->alpha, process->slopes + a * n, n);
        variance[a] = -2 * dot(weights, process->slopes + a * n, n);
    }
    return belief;
}
