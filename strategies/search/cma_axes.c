#include "search/cma_axes.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "math/margin.h"
#include "math/philox.h"
#include "model/special.h"

#include "base/banned.h"

/* Streams, each with one number a coordinate. */
enum { STREAM_STEP = 0x7ffe0000, STREAM_CHOICE = 0x7ffe1000, STREAM_PLACE = 0x7ffe2000 };

#define CHOICE_RATE  0.05 /* of the chances, towards what the better half chose */
#define CHOICE_LEAST 0.4  /* of the tries go to choices that were given up, at least */
#define LEAST_STEP   1e-12
#define TOO_NARROW   1e-9 /* a level of less chance has no distribution worth drawing */

int hone_cma_axes_init(hone_cma_axes *axes, const hone_cube *cube, uint64_t seed,
                       hone_error *err)
{
    *axes = (hone_cma_axes){.cube = cube, .seed = seed};
    if (cube->n > HONE_CMA_AXES)
        return hone_error_set(err, HONE_ESPEC,
                              "%u parameters vary; cmaes learns at most %d, use method "
                              "tpe or random",
                              cube->n, HONE_CMA_AXES);
    for (uint32_t a = 0; a < cube->n; a++) {
        bool choice = cube->axes[a].kind == HONE_AXIS_CHOICE;
        axes->n_numeric += !choice;
        axes->n_choice_axes += choice;
        axes->n_choices += choice ? (uint32_t)cube->axes[a].n : 0;
    }
    axes->dim = axes->n_numeric > 0 ? axes->n_numeric : 1;
    axes->width = axes->dim + axes->n_choice_axes;
    axes->axes = calloc(axes->width, sizeof *axes->axes);
    axes->sobol = calloc(axes->width, sizeof *axes->sobol);
    if (axes->axes == NULL || axes->sobol == NULL)
        return hone_error_set(err, HONE_ENOMEM, "out of memory for %u axes", cube->n);
    hone_sobol_init(axes->sobol, axes->width);
    uint32_t numeric = 0, choice = axes->dim;
    for (uint32_t a = 0; a < cube->n; a++)
        axes->axes[cube->axes[a].kind == HONE_AXIS_CHOICE ? choice++ : numeric++] = a;
    return 0;
}

void hone_cma_axes_release(hone_cma_axes *axes)
{
    free(axes->axes);
    free(axes->sobol);
    *axes = (hone_cma_axes){0};
}

/* Whether a coordinate stands for an axis of the cube. */
static bool is_axis(const hone_cma_axes *axes, uint32_t i)
{
    return i < axes->n_numeric || i >= axes->dim;
}

void hone_cma_axes_take(const hone_cma_axes *axes, const double *x, double *point)
{
    for (uint32_t i = 0; i < axes->width; i++) {
        point[i] = is_axis(axes, i) ? x[axes->axes[i]] : 0.5;
        assert(point[i] >= 0 && point[i] <= 1);
    }
}

void hone_cma_axes_give(const hone_cma_axes *axes, const double *point, double *x)
{
    for (uint32_t i = 0; i < axes->width; i++) {
        if (is_axis(axes, i))
            x[axes->axes[i]] = point[i];
    }
}

void hone_cma_axes_spread(const hone_cma_axes *axes, uint64_t number, double *point)
{
    for (uint32_t i = 0; i < axes->width; i++)
        point[i] =
            is_axis(axes, i)
                ? hone_sobol_scrambled(&axes->sobol[i], (uint32_t)number, axes->seed, i)
                : 0.5;
}

static uint32_t count_choices(const hone_cma_axes *axes, uint32_t i)
{
    assert(i >= axes->dim);
    return (uint32_t)axes->cube->axes[axes->axes[i]].n;
}

void hone_cma_axes_start(const hone_cma_axes *axes, hone_cma *cma, const double *point)
{
    double *chance = cma->extra;
    for (uint32_t i = 0; i < axes->dim; i++)
        cma->mean[i] = point[i];
    for (uint32_t i = axes->dim; i < axes->width; i++) {
        uint32_t n = count_choices(axes, i);
        for (uint32_t k = 0; k < n; k++)
            *chance++ = 1.0 / n;
    }
}

static double draw_uniform(const hone_cma_axes *axes, hone_cma_draw draw, uint32_t stream,
                           uint32_t i)
{
    if (draw.attempt == 0 && stream == STREAM_STEP)
        return hone_sobol_scrambled(&axes->sobol[i], (uint32_t)draw.number, axes->seed,
                                    i + HONE_SOBOL_DIMENSIONS);
    hone_counter at = {
        .number = draw.number, .stream = stream + i, .attempt = draw.attempt};
    return hone_philox_uniform(axes->seed, at);
}

static double pick_choice(const double *chance, uint32_t n, double u)
{
    uint32_t k = 0;
    while (k + 1 < n && u >= chance[k])
        u -= chance[k++];
    return (k + 0.5) / n;
}

bool hone_cma_axes_draw(const hone_cma_axes *axes, const hone_cma *cma,
                        hone_cma_draw draw, double *point)
{
    double z[HONE_CMA_AXES];
    for (uint32_t i = 0; i < axes->dim; i++) {
        double u = fmax(draw_uniform(axes, draw, STREAM_STEP, i), 0x1p-54);
        z[i] = draw.stretch * hone_normal_quantile(u);
    }
    hone_cma_sample(cma, z, point);
    bool inside = true;
    for (uint32_t i = 0; i < axes->dim; i++) {
        inside = inside && point[i] >= 0 && point[i] <= 1;
        point[i] = is_axis(axes, i) ? fmin(fmax(point[i], 0), 1) : 0.5;
    }
    const double *chance = cma->extra;
    for (uint32_t i = axes->dim; i < axes->width; i++) {
        uint32_t n = count_choices(axes, i);
        point[i] = pick_choice(chance, n, draw_uniform(axes, draw, STREAM_CHOICE, i));
        chance += n;
    }
    return inside;
}

static bool is_ordered(const hone_cma_axes *axes, uint32_t i)
{
    return i < axes->n_numeric &&
           axes->cube->axes[axes->axes[i]].kind == HONE_AXIS_ORDERED;
}

static double settle_axis(const hone_cma *cma, uint32_t i, hone_span cell, double u)
{
    double mean = cma->mean[i], deviation = hone_cma_deviation(cma, i);
    double low = cell.low > 0 ? hone_margin_below((cell.low - mean) / deviation) : 0;
    double high = cell.high < 1 ? hone_margin_below((cell.high - mean) / deviation) : 1;
    if (!(high - low > TOO_NARROW))
        return fmin(fmax(mean, cell.low), cell.high);
    double p = fmin(fmax(low + (high - low) * u, 1e-12), 1 - 1e-12);
    return mean + deviation * hone_normal_quantile(p);
}

void hone_cma_axes_settle(const hone_cma_axes *axes, const hone_cma *cma, uint64_t number,
                          double *point)
{
    for (uint32_t i = 0; i < axes->n_numeric; i++) {
        if (!is_ordered(axes, i))
            continue;
        hone_span cell = hone_cube_cell(axes->cube, axes->axes[i], point[i]);
        hone_counter at = {.number = number, .stream = STREAM_PLACE + i};
        point[i] = settle_axis(cma, i, cell, hone_philox_uniform(axes->seed, at));
    }
}

static void learn_axis(const hone_cma_axes *axes, double *chance, uint32_t i,
                       const hone_cma_points *points)
{
    uint32_t n = count_choices(axes, i);
    double least = CHOICE_LEAST / n / axes->n_choice_axes, sum = 0, total = 0;
    for (uint32_t j = 0; j < points->n && points->weights[j] > 0; j++)
        total += points->weights[j];
    if (!(total > 0))
        return;
    for (uint32_t k = 0; k < n; k++)
        chance[k] *= 1 - CHOICE_RATE;
    for (uint32_t j = 0; j < points->n && points->weights[j] > 0; j++) {
        uint32_t k = (uint32_t)(points->x[j * points->stride + i] * n);
        assert(k < n);
        chance[k] += CHOICE_RATE * points->weights[j] / total;
    }
    for (uint32_t k = 0; k < n; k++) {
        chance[k] = fmax(chance[k], least);
        sum += chance[k];
    }
    for (uint32_t k = 0; k < n; k++)
        chance[k] /= sum;
}

void hone_cma_axes_learn(const hone_cma_axes *axes, hone_cma *cma,
                         const hone_cma_points *points)
{
    double *chance = cma->extra;
    for (uint32_t i = axes->dim; i < axes->width; i++) {
        learn_axis(axes, chance, i, points);
        chance += count_choices(axes, i);
    }
}

/* A step of more than the cube is wide teaches nothing; nor does one of none. */
static void limit_step(hone_cma *cma)
{
    double widest = 0;
    for (uint32_t i = 0; i < cma->n; i++)
        widest = fmax(widest, hone_cma_deviation(cma, i));
    assert(widest >= 0);
    if (widest > 1)
        cma->sigma /= widest;
    else if (!(widest > LEAST_STEP))
        cma->sigma *= widest > 0 ? LEAST_STEP / widest : 1;
}

void hone_cma_axes_widen(const hone_cma_axes *axes, hone_cma *cma, double alpha)
{
    limit_step(cma);
    for (uint32_t i = 0; i < axes->dim; i++) {
        cma->mean[i] = fmin(fmax(cma->mean[i], 0), 1);
        if (!is_ordered(axes, i))
            continue;
        hone_span cell = hone_cube_cell(axes->cube, axes->axes[i], cma->mean[i]);
        double deviation = hone_cma_deviation(cma, i);
        hone_margin margin = {.mean = cma->mean[i],
                              .deviation = deviation,
                              .low = cell.low,
                              .high = cell.high,
                              .lowest = cell.low <= 1e-12,
                              .highest = cell.high >= 1 - 1e-12};
        hone_margin_widen(&margin, alpha);
        cma->mean[i] = margin.mean;
        cma->margin[i] *= margin.deviation / deviation;
    }
}
