#include "schedule/curves.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

static bool make_room_for_trial(hone_curves *curves, uint64_t number)
{
    if (number <= curves->cap)
        return true;
    uint64_t cap = curves->cap < 64 ? 64 : curves->cap;
    while (cap < number)
        cap *= 2;
    hone_curve *grown = realloc(curves->items, cap * sizeof(*grown));
    if (grown == NULL)
        return false;
    memset(grown + curves->cap, 0, (cap - curves->cap) * sizeof(*grown));
    curves->items = grown;
    curves->cap = cap;
    return true;
}

static bool make_room_for_point(hone_curve *curve)
{
    if (curve->n < curve->cap)
        return true;
    uint32_t cap = curve->cap == 0 ? 8 : curve->cap * 2;
    double *steps = realloc(curve->steps, cap * sizeof(*steps));
    if (steps != NULL)
        curve->steps = steps;
    double *values = realloc(curve->values, cap * sizeof(*values));
    if (values != NULL)
        curve->values = values;
    if (steps == NULL || values == NULL)
        return false;
    curve->cap = cap;
    return true;
}

hone_curve *hone_curves_add(hone_curves *curves, const hone_report *report)
{
    assert(report->number > 0);
    if (!make_room_for_trial(curves, report->number))
        return NULL;
    hone_curve *curve = &curves->items[report->number - 1];
    if (report->number > curves->n)
        curves->n = report->number;
    if (curve->n == HONE_CURVE_POINTS)
        curve->n--;
    if (!make_room_for_point(curve))
        return NULL;
    if (curve->n == 0)
        curve->best = INFINITY;
    curve->steps[curve->n] = report->step;
    curve->values[curve->n++] = report->value;
    if (report->value < curve->best)
        curve->best = report->value;
    return curve;
}

const hone_curve *hone_curves_at(const hone_curves *curves, uint64_t number)
{
    if (number == 0 || number > curves->n || curves->items[number - 1].n == 0)
        return NULL;
    return &curves->items[number - 1];
}

void hone_curves_restart(hone_curves *curves, uint64_t number)
{
    if (number > 0 && number <= curves->n)
        curves->items[number - 1].n = 0;
}

void hone_curves_end(hone_curves *curves, uint64_t number, hone_status status)
{
    if (number > 0 && number <= curves->n)
        curves->items[number - 1].completed = status == HONE_STATUS_COMPLETED;
}

void hone_curves_release(hone_curves *curves)
{
    for (uint64_t i = 0; i < curves->cap; i++) {
        free(curves->items[i].steps);
        free(curves->items[i].values);
    }
    free(curves->items);
    *curves = (hone_curves){0};
}

double hone_curve_value(const hone_curve *curve, double step)
{
    uint32_t low = 0, high = curve->n;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (curve->steps[middle] <= step)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 ? curve->values[low - 1] : NAN;
}
