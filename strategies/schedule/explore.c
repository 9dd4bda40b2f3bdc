#include "schedule/explore.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "math/philox.h"
#include "base/banned.h"

enum { TRIES = 100, DRAWS = 4, OFFSET = 1 << 30 /* apart from the method's own draws */ };

/* Where a parameter's draws of one try are. */
typedef struct place {
    const hone_explore *rule;
    uint32_t param, attempt;
} place;

static double draw(const place *at, uint32_t which)
{
    const hone_counter counter = {.number = at->rule->key,
                                  .stream = at->param,
                                  .attempt = OFFSET + at->attempt * DRAWS + which};
    return hone_philox_uniform(at->rule->seed, counter);
}

static double number_of(const hone_value *value)
{
    return value->kind == HONE_INT ? (double)value->integer : value->real;
}

/* The level that is nearest to a number; of two as near the lower one. */
static uint64_t find_level(const hone_param *param, double number)
{
    uint64_t low = 0, high = hone_param_support(param) - 1;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        hone_value level = hone_param_support_value(param, middle);
        if (number_of(&level) < number)
            low = middle + 1;
        else
            high = middle;
    }
    hone_value above = hone_param_support_value(param, low);
    if (low == 0)
        return 0;
    hone_value below = hone_param_support_value(param, low - 1);
    bool nearer = number - number_of(&below) <= number_of(&above) - number;
    return nearer ? low - 1 : low;
}

static hone_value move_level(const hone_param *param, double from, double to)
{
    uint64_t last = hone_param_support(param) - 1;
    uint64_t here = find_level(param, from), there = find_level(param, to);
    if (there == here && to > from && here < last)
        there = here + 1;
    else if (there == here && to < from && here > 0)
        there = here - 1;
    return hone_param_support_value(param, there);
}

static hone_value perturb(const hone_param *param, const hone_value *value, double factor)
{
    double from = number_of(value), to = from * factor;
    if (hone_param_support(param) != UINT64_MAX)
        return move_level(param, from, to);
    const hone_value wanted = hone_value_real(to);
    double u = hone_param_span(param, &wanted).low;
    return hone_param_draw(param, u < 1 ? u : nextafter(1, 0));
}

static hone_value vary(const hone_param *param, const hone_value *value, const place *at)
{
    bool number = value->kind == HONE_INT || value->kind == HONE_REAL;
    if (hone_param_support(param) == 1)
        return *value;
    if (value->kind == HONE_ABSENT || draw(at, 0) < at->rule->resample)
        return hone_param_draw(param, draw(at, 1));
    if (!number || param->distribution == HONE_CATEGORICAL)
        return *value;
    double by = at->rule->perturb;
    return perturb(param, value, draw(at, 2) < 0.5 ? 1 - by : 1 + by);
}

static void fill(const hone_space *space, const uint32_t *order,
                 const hone_config *parent, place *at, hone_config *child)
{
    child->n = space->n;
    for (uint32_t i = 0; i < space->n; i++)
        child->values[i] = (hone_value){.kind = HONE_ABSENT};
    for (uint32_t k = 0; k < space->n; k++) {
        uint32_t i = at->param = order[k];
        if (hone_param_active(space, i, child))
            child->values[i] = vary(&space->params[i], &parent->values[i], at);
    }
}

int hone_explore_near(const hone_space *space, const hone_explore *rule,
                      const hone_config *parent, hone_config *child)
{
    uint32_t *order = malloc((space->n + (size_t)1) * sizeof(*order));
    int rc = order != NULL ? hone_space_order(space, order, NULL) : HONE_ENOMEM;
    place at = {.rule = rule};
    bool kept = false;
    for (; rc == HONE_OK && !kept && at.attempt < TRIES; at.attempt++) {
        fill(space, order, parent, &at, child);
        kept = hone_config_allowed(space, child);
    }
    if (rc == HONE_OK && !kept)
        memcpy(child, parent, hone_config_size(space));
    free(order);
    return rc;
}
