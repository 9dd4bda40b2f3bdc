/* Normal equations with a slight ridge, solved by Cholesky's factors. */
#include "math/quadratic.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define RIDGE  1e-6 /* of each diagonal element: singular designs stay solvable */
#define EXCESS 1.1  /* points per term that a model needs */

static uint32_t count_terms(const hone_quadratic *model, hone_quadratic_kind kind)
{
    uint32_t n = model->n, linear = 1 + n + model->n_linear;
    switch (kind) {
    case HONE_QUADRATIC_NONE:
        break;
    case HONE_QUADRATIC_LINEAR:
        return linear;
    case HONE_QUADRATIC_DIAGONAL:
        return linear + n;
    case HONE_QUADRATIC_FULL:
        return linear + n * (n + 1) / 2;
    }
    return 0;
}

uint32_t hone_quadratic_terms(const hone_quadratic *model)
{
    return count_terms(model, model->n <= HONE_QUADRATIC_MOST ? HONE_QUADRATIC_FULL
                                                              : HONE_QUADRATIC_DIAGONAL);
}

int hone_quadratic_init(hone_quadratic *model, uint32_t n, uint32_t n_linear)
{
    *model = (hone_quadratic){.n = n, .n_linear = n_linear};
    size_t most = hone_quadratic_terms(model);
    model->terms = calloc(most, sizeof *model->terms);
    model->row = calloc(most, sizeof *model->row);
    model->gram = calloc(most * most, sizeof *model->gram);
    return model->terms && model->row && model->gram ? 0 : HONE_ENOMEM;
}

void hone_quadratic_release(hone_quadratic *model)
{
    free(model->terms);
    free(model->row);
    free(model->gram);
    *model = (hone_quadratic){0};
}

static hone_quadratic_kind choose_kind(const hone_quadratic *model, uint32_t n_points)
{
    hone_quadratic_kind kind =
        model->n <= HONE_QUADRATIC_MOST ? HONE_QUADRATIC_FULL : HONE_QUADRATIC_DIAGONAL;
    while (kind > HONE_QUADRATIC_NONE && n_points < EXCESS * count_terms(model, kind))
        kind--;
    return kind;
}

/* The terms of one point, in the order of their coefficients. */
static void fill_row(const hone_quadratic *model, const double *y, double *row)
{
    uint32_t n = model->n, linear = n + model->n_linear, t = 0;
    row[t++] = 1;
    for (uint32_t i = 0; i < linear; i++)
        row[t++] = y[i];
    for (uint32_t i = 0; i < n && model->kind >= HONE_QUADRATIC_DIAGONAL; i++)
        row[t++] = y[i] * y[i];
    for (uint32_t i = 0; i < n && model->kind == HONE_QUADRATIC_FULL; i++) {
        for (uint32_t k = 0; k < i; k++)
            row[t++] = y[i] * y[k];
    }
    assert(t == model->n_terms);
}

/* Solves a x = b for a symmetric positive definite `a`, lower triangle; false where it is
 * not. Both are spoilt, b becomes x. */
static bool solve_symmetric(double *a, double *b, uint32_t n)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k <= i; k++) {
            double sum = a[i * n + k];
            for (size_t j = 0; j < k; j++)
                sum -= a[i * n + j] * a[k * n + j];
            if (i == k && !(sum > 0))
                return false;
            a[i * n + k] = i == k ? sqrt(sum) : sum / a[k * n + k];
        }
        for (size_t k = 0; k < i; k++)
            b[i] -= a[i * n + k] * b[k];
        b[i] /= a[i * n + i];
    }
    for (size_t i = n; i-- > 0;) {
        for (size_t k = i + 1; k < n; k++)
            b[i] -= a[k * n + i] * b[k];
        b[i] /= a[i * n + i];
    }
    return true;
}

static void add_point(hone_quadratic *model, const double *y, double value, double weight)
{
    size_t n = model->n_terms;
    fill_row(model, y, model->row);
    for (size_t i = 0; i < n; i++) {
        double scaled = weight * model->row[i];
        model->terms[i] += scaled * value;
        for (size_t k = 0; k <= i; k++)
            model->gram[i * n + k] += scaled * model->row[k];
    }
}

void hone_quadratic_fit(hone_quadratic *model, const hone_quadratic_points *points)
{
    double low = INFINITY, high = -INFINITY;
    for (uint32_t i = 0; i < points->n; i++) {
        assert(isfinite(points->values[i]) && points->weights[i] > 0);
        low = fmin(low, points->values[i]);
        high = fmax(high, points->values[i]);
    }
    double range = high - low;
    model->kind = range > 0 && isfinite(range) ? choose_kind(model, points->n)
                                               : HONE_QUADRATIC_NONE;
    size_t n = model->n_terms = count_terms(model, model->kind);
    if (n == 0)
        return;
    memset(model->terms, 0, n * sizeof *model->terms);
    memset(model->gram, 0, n * n * sizeof *model->gram);
    for (uint32_t i = 0; i < points->n; i++)
        add_point(model, points->rows + i * (size_t)(model->n + model->n_linear),
                  (points->values[i] - low) / range, points->weights[i]);
    for (size_t i = 0; i < n; i++)
        model->gram[i * n + i] += RIDGE * (model->gram[i * n + i] + RIDGE);
    if (!solve_symmetric(model->gram, model->terms, model->n_terms)) {
        model->kind = HONE_QUADRATIC_NONE;
        return;
    }
    for (size_t i = 0; i < n; i++)
        model->terms[i] *= range;
    model->terms[0] += low;
}

double hone_quadratic_predict(const hone_quadratic *model, const double *y)
{
    if (model->kind == HONE_QUADRATIC_NONE)
        return 0;
    uint32_t n = model->n, linear = n + model->n_linear;
    const double *term = model->terms;
    double sum = *term++;
    for (uint32_t i = 0; i < linear; i++)
        sum += *term++ * y[i];
    for (uint32_t i = 0; i < n && model->kind >= HONE_QUADRATIC_DIAGONAL; i++)
        sum += *term++ * y[i] * y[i];
    for (uint32_t i = 0; i < n && model->kind == HONE_QUADRATIC_FULL; i++) {
        for (uint32_t k = 0; k < i; k++)
            sum += *term++ * y[i] * y[k];
    }
    return sum;
}
