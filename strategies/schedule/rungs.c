#include "schedule/rungs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/* For quotients that are a hair below a whole number: log(81) / log(3). */
static const double hair = 1e-9;

int hone_rungs_make(hone_rungs *rungs, const hone_budget_range *range, double eta,
                    hone_error *err)
{
    double most = floor(log(range->max / range->min) / log(eta) + hair);
    *rungs = (hone_rungs){0};
    if (most >= HONE_RUNGS_MAX)
        return hone_error_set(
            err, HONE_ESPEC,
            "from %g to %g are %.0f rungs by early_terminate.eta, %g; %d is the limit, "
            "so make eta larger",
            range->min, range->max, most, eta, HONE_RUNGS_MAX - 1);
    for (int k = 0; k < (int)most; k++) {
        double at = range->min * pow(eta, k);
        if (range->integer)
            at = round(at);
        if (at < range->max && (rungs->n == 0 || at > rungs->at[rungs->n - 1]))
            rungs->at[rungs->n++] = at;
    }
    if (rungs->n == 0)
        return hone_error_set(err, HONE_ESPEC,
                              "the greatest budget is %g, less than %g times the least, "
                              "%g: no trial could be promoted",
                              range->max, eta, range->min);
    rungs->at[rungs->n++] = range->max;
    return HONE_OK;
}

static bool is_before(const hone_stander *item, uint64_t number, double value)
{
    return item->value != value ? item->value < value : item->number < number;
}

static uint32_t find_place(const hone_standing *standing, uint64_t number, double value)
{
    uint32_t low = 0, high = standing->n;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (is_before(&standing->items[middle], number, value))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

hone_stander *hone_standing_find(const hone_standing *standing, uint64_t number)
{
    for (uint32_t i = 0; i < standing->n; i++)
        if (standing->items[i].number == number)
            return &standing->items[i];
    return NULL;
}

int hone_standing_add(hone_standing *standing, uint64_t number, double value)
{
    if (hone_standing_find(standing, number) != NULL)
        return HONE_OK;
    if (standing->n == standing->cap) {
        uint32_t cap = standing->cap == 0 ? 16 : standing->cap * 2;
        hone_stander *grown = realloc(standing->items, cap * sizeof(*grown));
        if (grown == NULL)
            return HONE_ENOMEM;
        standing->items = grown;
        standing->cap = cap;
    }
    double kept = isfinite(value) ? value : INFINITY;
    uint32_t at = find_place(standing, number, kept);
    memmove(standing->items + at + 1, standing->items + at,
            (standing->n - at) * sizeof(*standing->items));
    standing->items[at] = (hone_stander){.number = number, .value = kept};
    standing->n++;
    return HONE_OK;
}

void hone_standing_leave(hone_standing *standing, uint64_t number)
{
    hone_stander *found = hone_standing_find(standing, number);
    if (found != NULL)
        found->left = true;
}

const hone_stander *hone_standing_best(const hone_standing *standing, uint32_t n)
{
    for (uint32_t i = 0; i < n && i < standing->n; i++) {
        const hone_stander *item = &standing->items[i];
        if (item->value == INFINITY)
            return NULL;
        if (!item->left)
            return item;
    }
    return NULL;
}

uint32_t hone_standing_valued(const hone_standing *standing)
{
    return find_place(standing, 0, INFINITY);
}

void hone_standing_release(hone_standing *standing)
{
    free(standing->items);
    *standing = (hone_standing){0};
}
