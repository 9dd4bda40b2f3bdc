#include "search/cube.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "base/banned.h"

static bool is_choice(const hone_param *param)
{
    return param->distribution == HONE_CATEGORICAL;
}

static double number_of(const hone_param *param, uint32_t i)
{
    double number = NAN;
    hone_value value = hone_param_support_value(param, i);
    bool numeric = value.kind == HONE_INT || value.kind == HONE_REAL;
    return numeric && hone_value_number(&value, &number) ? number : NAN;
}

/* Two choices have no order worth the name: 0 and 1 are often flags. */
static bool is_ordered(const hone_param *param, uint64_t n)
{
    if (!is_choice(param))
        return true;
    for (uint32_t i = 0; i < n; i++) {
        if (!isfinite(number_of(param, i)))
            return false;
    }
    return n > 2;
}

/* By insertion: choices are few, and written in order nearly always. */
static void rank_choices(const hone_param *param, uint32_t *ranks, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        double number = number_of(param, i);
        uint32_t at = i;
        for (; at > 0 && number_of(param, ranks[at - 1]) > number; at--)
            ranks[at] = ranks[at - 1];
        ranks[at] = i;
    }
}

static void fill_axis(hone_axis *axis, const hone_param *param, uint32_t *ranks)
{
    axis->n = hone_param_support(param);
    bool ordered = is_ordered(param, axis->n);
    axis->kind = axis->n == UINT64_MAX ? HONE_AXIS_REAL
                 : ordered             ? HONE_AXIS_ORDERED
                                       : HONE_AXIS_CHOICE;
    if (!is_choice(param))
        return;
    uint32_t n = (uint32_t)axis->n;
    if (ordered)
        rank_choices(param, ranks, n);
    for (uint32_t i = 0; i < n && !ordered; i++)
        ranks[i] = i;
    axis->ranks = ranks;
}

int hone_cube_init(hone_cube *cube, const hone_space *space, hone_error *err)
{
    size_t n_choices = 0;
    for (uint32_t i = 0; i < space->n; i++)
        n_choices += is_choice(&space->params[i]) ? space->params[i].n_values : 0;
    *cube = (hone_cube){.space = space};
    cube->axes = calloc(space->n + (size_t)1, sizeof(*cube->axes));
    cube->order = calloc(space->n + (size_t)1, sizeof(*cube->order));
    cube->axis_of = calloc(space->n + (size_t)1, sizeof(*cube->axis_of));
    cube->all_ranks = calloc(n_choices + 1, sizeof(*cube->all_ranks));
    if (cube->axes == NULL || cube->order == NULL || cube->axis_of == NULL ||
        cube->all_ranks == NULL)
        return hone_error_set(err, HONE_ENOMEM, "out of memory for %u parameters",
                              space->n);
    uint32_t *ranks = cube->all_ranks;
    for (uint32_t i = 0; i < space->n; i++) {
        const hone_param *param = &space->params[i];
        cube->axis_of[i] = UINT32_MAX;
        if (hone_param_support(param) <= 1)
            continue;
        cube->axis_of[i] = cube->n;
        cube->axes[cube->n].param = i;
        fill_axis(&cube->axes[cube->n++], param, ranks);
        ranks += is_choice(param) ? param->n_values : 0;
    }
    return hone_space_order(space, cube->order, err);
}

void hone_cube_release(hone_cube *cube)
{
    free(cube->axes);
    free(cube->order);
    free(cube->axis_of);
    free(cube->all_ranks);
    *cube = (hone_cube){0};
}

static double middle(hone_span span)
{
    return span.low + (span.high - span.low) / 2;
}

/* The place of a choice on its axis; in the middle where it is none of them. */
static double encode_choice(const hone_axis *axis, const hone_param *param,
                            const hone_value *value)
{
    for (uint32_t at = 0; at < axis->n; at++) {
        hone_value choice = hone_param_support_value(param, axis->ranks[at]);
        if (hone_value_equal(&choice, value))
            return (at + 0.5) / (double)axis->n;
    }
    return 0.5;
}

void hone_cube_encode(const hone_cube *cube, const hone_config *config, double *x)
{
    for (uint32_t a = 0; a < cube->n; a++) {
        const hone_axis *axis = &cube->axes[a];
        const hone_param *param = &cube->space->params[axis->param];
        const hone_value *value = &config->values[axis->param];
        if (value->kind == HONE_ABSENT)
            x[a] = NAN;
        else if (axis->ranks != NULL)
            x[a] = encode_choice(axis, param, value);
        else
            x[a] = middle(hone_param_span(param, value));
    }
}

/* The place that `x` falls into on an axis of choices. */
static uint32_t find_place(const hone_axis *axis, double x)
{
    uint32_t n = (uint32_t)axis->n, at = (uint32_t)(x * n);
    return at < n ? at : n - 1;
}

hone_value hone_cube_value(const hone_cube *cube, uint32_t a, double x)
{
    assert(a < cube->n && x >= 0 && x <= 1);
    const hone_axis *axis = &cube->axes[a];
    const hone_param *param = &cube->space->params[axis->param];
    return axis->ranks != NULL
               ? hone_param_support_value(param, axis->ranks[find_place(axis, x)])
               : hone_param_draw(param, x);
}

void hone_cube_decode(const hone_cube *cube, const double *x, hone_config *point)
{
    const hone_space *space = cube->space;
    point->n = space->n;
    for (uint32_t k = 0; k < space->n; k++) {
        uint32_t i = cube->order[k], a = cube->axis_of[i];
        if (!hone_param_active(space, i, point))
            point->values[i] = (hone_value){.kind = HONE_ABSENT};
        else if (a == UINT32_MAX)
            point->values[i] = hone_param_support_value(&space->params[i], 0);
        else
            point->values[i] = hone_cube_value(cube, a, x[a]);
    }
}

hone_span hone_cube_cell(const hone_cube *cube, uint32_t a, double x)
{
    const hone_axis *axis = &cube->axes[a];
    if (axis->kind == HONE_AXIS_REAL)
        return (hone_span){x, x};
    if (axis->ranks != NULL) {
        double at = find_place(axis, x), n = (double)axis->n;
        return (hone_span){at / n, (at + 1) / n};
    }
    hone_value value = hone_cube_value(cube, a, x);
    return hone_param_span(&cube->space->params[axis->param], &value);
}

double hone_cube_chance(const hone_cube *cube, uint32_t a, double x)
{
    const hone_axis *axis = &cube->axes[a];
    const hone_param *param = &cube->space->params[axis->param];
    if (param->probabilities != NULL) {
        hone_value value = hone_cube_value(cube, a, x);
        hone_span span = hone_param_span(param, &value);
        return span.high - span.low;
    }
    hone_span cell = hone_cube_cell(cube, a, x);
    return cell.high - cell.low;
}
