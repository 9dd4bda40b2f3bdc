#include "search/cma_model.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

enum { WINDOW = 8 }; /* times as many trials as are fitted are looked at: the newest */

int hone_cma_model_init(hone_cma_model *model, const hone_cma_axes *axes,
                        const hone_trials *trials)
{
    *model = (hone_cma_model){.axes = axes, .trials = trials};
    int code = hone_quadratic_init(&model->quadratic, axes->dim, axes->n_choices);
    if (code != 0)
        return code;
    size_t dim = axes->dim, linear = dim + axes->n_choices;
    model->most = 2 * hone_quadratic_terms(&model->quadratic);
    size_t most = model->most;
    model->center =
        calloc(dim + dim * dim + linear + most * (3 + linear), sizeof(double));
    model->near = calloc(most, sizeof *model->near);
    if (model->center == NULL || model->near == NULL)
        return HONE_ENOMEM;
    model->white = model->center + dim;
    model->row = model->white + dim * dim;
    model->distances = model->row + linear;
    model->values = model->distances + most;
    model->weights = model->values + most;
    model->rows = model->weights + most;
    return 0;
}

void hone_cma_model_release(hone_cma_model *model)
{
    hone_quadratic_release(&model->quadratic);
    free(model->center);
    free(model->near);
    *model = (hone_cma_model){0};
}

static void take_coordinates(hone_cma_model *model, const hone_cma *cma)
{
    uint32_t n = cma->n;
    memcpy(model->center, cma->mean, n * sizeof *model->center);
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t k = 0; k < n; k++)
            model->white[i * n + k] =
                cma->basis[k * n + i] / (cma->scale[i] * cma->sigma * cma->margin[k]);
    }
}

/* The model's coordinates of a point; returns its squared distance from the mean. */
static double fill_row(const hone_cma_model *model, const double *point, double *row)
{
    const hone_cma_axes *axes = model->axes;
    uint32_t n = axes->dim;
    double square = 0;
    for (uint32_t i = 0; i < n; i++) {
        row[i] = 0;
        for (uint32_t k = 0; k < n; k++)
            row[i] += model->white[i * n + k] * (point[k] - model->center[k]);
        square += row[i] * row[i];
    }
    double *label = row + n;
    for (uint32_t i = n; i < axes->width; i++) {
        uint32_t k = (uint32_t)axes->cube->axes[axes->axes[i]].n;
        for (uint32_t j = 0; j < k; j++)
            label[j] = j == (uint32_t)(point[i] * k);
        label += k;
    }
    return square;
}

/* Puts a trial in where it is among the nearest. */
static void insert_near(hone_cma_model *model, uint32_t *n, size_t at, double distance)
{
    if (*n == model->most && distance >= model->distances[*n - 1])
        return;
    uint32_t k = *n < model->most ? (*n)++ : *n - 1;
    for (; k > 0 && model->distances[k - 1] > distance; k--) {
        model->distances[k] = model->distances[k - 1];
        model->near[k] = model->near[k - 1];
    }
    model->distances[k] = distance;
    model->near[k] = at;
}

static uint32_t find_near(hone_cma_model *model, size_t end)
{
    const hone_trials *trials = model->trials;
    double point[HONE_CMA_AXES + 1];
    size_t window = (size_t)WINDOW * model->most;
    uint32_t n = 0;
    for (size_t at = end > window ? end - window : 0; at < end; at++) {
        if (!trials->items[at].ended)
            continue;
        hone_cma_axes_take(model->axes, hone_trials_point(trials, at), point);
        insert_near(model, &n, at, fill_row(model, point, model->row));
    }
    return n;
}

/* Failures are as bad as the worst of the others. */
static bool fill_values(hone_cma_model *model, uint32_t n)
{
    double worst = -INFINITY;
    for (uint32_t i = 0; i < n; i++) {
        double value = model->trials->items[model->near[i]].value;
        worst = isfinite(value) ? fmax(worst, value) : worst;
    }
    for (uint32_t i = 0; i < n; i++) {
        double value = model->trials->items[model->near[i]].value;
        model->values[i] = isfinite(value) ? value : worst;
    }
    return isfinite(worst);
}

/* The near and the good ones count most: 20 to 1 by rank as in Hansen (2019), and
 * (1 - d^3)^2 by distance. */
static void fill_weights(hone_cma_model *model, uint32_t n)
{
    double reach = model->distances[n - 1] * 1.01 + 1e-12;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t better = 0;
        for (uint32_t k = 0; k < n; k++)
            better += model->values[k] < model->values[i];
        double near = 1 - pow(model->distances[i] / reach, 1.5);
        model->weights[i] = (1 + 19 * (1 - (double)better / n)) * (near * near + 1e-3);
    }
}

void hone_cma_model_fit(hone_cma_model *model, const hone_cma *cma, size_t end)
{
    assert(end <= model->trials->n);
    const hone_cma_axes *axes = model->axes;
    size_t width = axes->dim + axes->n_choices;
    double point[HONE_CMA_AXES + 1];
    model->quadratic.kind = HONE_QUADRATIC_NONE;
    take_coordinates(model, cma);
    uint32_t n = find_near(model, end);
    if (n == 0 || !fill_values(model, n))
        return;
    fill_weights(model, n);
    for (uint32_t i = 0; i < n; i++) {
        hone_cma_axes_take(axes, hone_trials_point(model->trials, model->near[i]), point);
        (void)fill_row(model, point, model->rows + i * width);
    }
    hone_quadratic_points points = {
        .n = n, .rows = model->rows, .values = model->values, .weights = model->weights};
    hone_quadratic_fit(&model->quadratic, &points);
}

bool hone_cma_model_knows(const hone_cma_model *model)
{
    return model->quadratic.kind != HONE_QUADRATIC_NONE;
}

double hone_cma_model_predict(const hone_cma_model *model, const double *point)
{
    (void)fill_row(model, point, model->row);
    return hone_quadratic_predict(&model->quadratic, model->row);
}
