#include "math/parzen.h"

#include <assert.h>
#include <math.h>

#include "model/special.h"
#include "base/banned.h"

static double normal_cdf(double z)
{
    return 0.5 * erfc(-z * M_SQRT1_2);
}

double hone_truncated_normal_draw(double mu, double sigma, double u)
{
    double low = normal_cdf((0 - mu) / sigma), high = normal_cdf((1 - mu) / sigma);
    double p = low + u * (high - low);
    if (!(p > 0 && p < 1))
        return fmin(fmax(mu, 0), 1);
    return fmin(fmax(mu + sigma * hone_normal_quantile(p), 0), 1);
}

/* The least width of n kernels: they are not to be needles while they are few. */
static double least_sigma(const hone_parzen_data *data)
{
    double n = data->n + 2.0;
    return data->width == HONE_PARZEN_GAPS ? 1 / fmin(n, 100) : fmax(0.3 / n, 0.001);
}

/* Scott's width of the weighted observations on one axis. The fewer there are, the more
 * of the prior's spread is in it: its share falls with the square of their effective
 * number, or else the widths could not shrink as fast as the observations close in. */
static double common_sigma(const hone_parzen_data *data, uint32_t a)
{
    const double PRIOR_SHARE = 6, PRIOR_VARIANCE = 1.0 / 12;
    uint32_t n_axes = data->cube->n;
    double sum = 0, squares = 0, mean = 0, variance = 0;
    for (uint32_t k = 0; k < data->n; k++) {
        double x = data->x[(size_t)data->points[k] * n_axes + a], w = data->weights[k];
        if (isnan(x))
            continue;
        sum += w;
        squares += w * w;
        double step = (x - mean) * w / sum; /* West (1979), CACM 22 */
        variance += w * (x - mean) * (x - mean - step);
        mean += step;
    }
    if (sum <= 0)
        return 1;
    double n = sum * sum / squares, share = PRIOR_SHARE / n;
    variance = (variance / sum * n + share * PRIOR_VARIANCE) / (n + share);
    return sqrt(variance) * pow(n, -1 / (n_axes + 4.0));
}

/* The widths on one axis. */
typedef struct line_widths {
    hone_parzen_width rule;
    double least, common;
} line_widths;

static double choose_sigma(const line_widths *widths, double gap, double cell)
{
    double sigma = fmin(fmax(gap, widths->least), 1);
    if (widths->rule == HONE_PARZEN_SPREAD)
        sigma = 0.7 * widths->common * pow(sigma / widths->common, 0.25);
    /* Narrower than the cell that it stands in a kernel would say nothing new, and its
     * height in the middle not be the cell's mass. */
    return fmin(fmax(sigma, fmax(widths->least, cell / 2)), 1);
}

/* The kernels of one real or ordered axis: kernel_of[i] is that of point i, or n. */
static void fill_line(hone_parzen *parzen, const hone_parzen_data *data, uint32_t a,
                      const uint32_t *kernel_of)
{
    uint32_t n_axes = data->cube->n, none = parzen->n;
    line_widths widths = {.rule = data->width, .least = least_sigma(data)};
    if (widths.rule == HONE_PARZEN_SPREAD)
        widths.common = common_sigma(data, a);
    double *mu = parzen->mu + (size_t)a * parzen->n;
    double *inv_sigma = parzen->inv_sigma + (size_t)a * parzen->n;
    double *log_scale = parzen->log_scale + (size_t)a * parzen->n;
    double before = 0, cell = 0;
    uint32_t last = none;
    for (uint32_t i = 0; i <= data->n_sorted[a]; i++) {
        bool end = i == data->n_sorted[a];
        uint32_t point = end ? 0 : data->sorted[a][i];
        uint32_t kernel = end ? none : kernel_of[point];
        if (!end && kernel == none)
            continue;
        double at = end ? 1 : data->x[(size_t)point * n_axes + a];
        if (last != none) { /* the kernel before has both neighbours now */
            double gap = fmax(mu[last] - before, at - mu[last]);
            double sigma = choose_sigma(&widths, gap, cell);
            double inside =
                normal_cdf((1 - mu[last]) / sigma) - normal_cdf(-mu[last] / sigma);
            inv_sigma[last] = 1 / sigma;
            log_scale[last] = -log(sigma * sqrt(2 * M_PI) * inside);
            before = mu[last];
        }
        if (!end) {
            mu[kernel] = at;
            cell = data->cells[(size_t)point * n_axes + a];
        }
        last = kernel;
    }
}

static void fill_choices(hone_parzen *parzen, const hone_parzen_data *data, uint32_t a)
{
    uint32_t n_axes = data->cube->n;
    for (uint32_t k = 0; k < data->n; k++) {
        double x = data->x[(size_t)data->points[k] * n_axes + a];
        if (isnan(x))
            continue;
        parzen->mu[(size_t)a * parzen->n + k] = x;
        parzen->inv_sigma[(size_t)a * parzen->n + k] = 1;
    }
}

static void fill_weights(hone_parzen *parzen, const hone_parzen_data *data)
{
    double sum = data->prior_weight;
    for (uint32_t k = 0; k < data->n; k++)
        sum += data->weights[k];
    for (uint32_t k = 0; k < parzen->n; k++) {
        parzen->weights[k] = (k < data->n ? data->weights[k] : data->prior_weight) / sum;
        parzen->log_weights[k] = log(parzen->weights[k]);
    }
}

size_t hone_parzen_room(uint32_t n_axes, uint32_t n)
{
    return (2 + 3 * (size_t)n_axes) * ((size_t)n + 1);
}

void hone_parzen_fill(hone_parzen *parzen, const hone_parzen_data *data)
{
    uint32_t n = data->n + 1, *kernel_of = data->indices;
    size_t lines = (size_t)data->cube->n * n;
    *parzen = (hone_parzen){.cube = data->cube, .n = n, .log_weights = data->room};
    parzen->weights = parzen->log_weights + n;
    parzen->mu = parzen->weights + n;
    parzen->inv_sigma = parzen->mu + lines;
    parzen->log_scale = parzen->inv_sigma + lines;
    for (size_t i = 0; i < 3 * lines; i++)
        parzen->mu[i] = 0;
    for (uint32_t i = 0; i < data->n_all; i++)
        kernel_of[i] = n;
    for (uint32_t k = 0; k < data->n; k++)
        kernel_of[data->points[k]] = k;
    fill_weights(parzen, data);
    for (uint32_t a = 0; a < data->cube->n; a++) {
        if (data->cube->axes[a].kind == HONE_AXIS_CHOICE)
            fill_choices(parzen, data, a);
        else
            fill_line(parzen, data, a, kernel_of);
    }
}

/* How much of the prior a kernel of choices has: as if each kernel's axis had one
 * observation of it among all. */
static double leak_of(const hone_parzen *parzen, const hone_axis *axis)
{
    return (double)axis->n / parzen->n;
}

static void add_line(const hone_parzen *parzen, uint32_t a, double x, double *sums)
{
    const double *mu = parzen->mu + (size_t)a * parzen->n;
    const double *inv_sigma = parzen->inv_sigma + (size_t)a * parzen->n;
    const double *log_scale = parzen->log_scale + (size_t)a * parzen->n;
    for (uint32_t k = 0; k < parzen->n; k++) {
        double z = (x - mu[k]) * inv_sigma[k];
        sums[k] += log_scale[k] - 0.5 * z * z;
    }
}

static void add_choice(const hone_parzen *parzen, uint32_t a, double x, double *sums)
{
    const hone_axis *axis = &parzen->cube->axes[a];
    const double *mu = parzen->mu + (size_t)a * parzen->n;
    const double *known = parzen->inv_sigma + (size_t)a * parzen->n;
    double chance = hone_cube_chance(parzen->cube, a, x), leak = leak_of(parzen, axis);
    double prior = log(chance), same = log((1 + leak * chance) / (1 + leak));
    double other = log(leak * chance / (1 + leak)), half = 0.5 / (double)axis->n;
    for (uint32_t k = 0; k < parzen->n; k++)
        sums[k] += known[k] == 0 ? prior : fabs(mu[k] - x) < half ? same : other;
}

double hone_parzen_log_density(const hone_parzen *parzen, const double *x,
                               double *scratch)
{
    const hone_cube *cube = parzen->cube;
    for (uint32_t k = 0; k < parzen->n; k++)
        scratch[k] = parzen->log_weights[k];
    for (uint32_t a = 0; a < cube->n; a++) {
        if (isnan(x[a]))
            continue;
        if (cube->axes[a].kind == HONE_AXIS_CHOICE)
            add_choice(parzen, a, x[a], scratch);
        else
            add_line(parzen, a, x[a], scratch);
    }
    double most = -INFINITY, sum = 0;
    for (uint32_t k = 0; k < parzen->n; k++)
        most = scratch[k] > most ? scratch[k] : most;
    /* What is e^-30 of the largest is nothing beside the prior kernel. */
    for (uint32_t k = 0; k < parzen->n; k++)
        sum += scratch[k] > most - 30 ? exp(scratch[k] - most) : 0;
    return most + log(sum);
}

/* A choice with the chances of the prior. */
static double draw_prior_choice(const hone_cube *cube, uint32_t a, double u)
{
    double n = (double)cube->axes[a].n;
    for (double at = 0; at < n - 1; at++) {
        double x = (at + 0.5) / n;
        u -= hone_cube_chance(cube, a, x);
        if (u < 0)
            return x;
    }
    return (n - 0.5) / n;
}

void hone_parzen_draw(const hone_parzen *parzen, const hone_uniforms *uniforms, double *x)
{
    const hone_cube *cube = parzen->cube;
    double u = uniforms->next(uniforms->arg);
    uint32_t k = 0;
    while (k + 1 < parzen->n && (u -= parzen->weights[k]) >= 0)
        k++;
    for (uint32_t a = 0; a < cube->n; a++) {
        size_t at = (size_t)a * parzen->n + k;
        bool known = parzen->inv_sigma[at] > 0;
        u = uniforms->next(uniforms->arg);
        if (cube->axes[a].kind != HONE_AXIS_CHOICE) {
            x[a] = known ? hone_truncated_normal_draw(parzen->mu[at],
                                                      1 / parzen->inv_sigma[at], u)
                         : u;
            continue;
        }
        double leak = leak_of(parzen, &cube->axes[a]), own = 1 / (1 + leak);
        x[a] = known && u < own
                   ? parzen->mu[at]
                   : draw_prior_choice(cube, a, known ? (u - own) / (1 - own) : u);
    }
}
