/* Index -> configuration by dividing, parameter by parameter in visiting order.
 *
 * The configurations that share the prefix chosen so far are a product: one factor per
 * group and one per free parameter still to come. `total` is that product, and the index
 * counts inside it. Choosing a value
 *
 *   of a free parameter  leaves total / size configurations for each value;
 *   of a control         leaves its group the rows that have this level, and with them
 * the part of the group's weight that lies between two prefix sums; of a dependent
 * (active in all rows left, since its controls come before it) divides the group's weight
 * by its size.
 *
 * Every step takes the value in whose share the index falls and goes on inside that
 * share, so the order is lexicographic. */
#include "search/lattice.h"

#include <assert.h>
#include <stdlib.h>

#include "search/groups.h"

#include "base/banned.h"

/* What is left of a group while a point is looked up. */
typedef struct remainder {
    uint32_t low, high; /* rows that have the levels chosen so far */
    uint64_t divisor;   /* sizes of the dependents chosen so far */
} remainder;

struct hone_lattice {
    const hone_space *space;
    hone_axes axes;
    uint32_t *order; /* visiting order of the parameters */
    hone_groups groups;
    remainder *left; /* scratch, one per group */
    uint64_t count;
};

static int check_axis(const hone_param *param, uint64_t size, hone_error *err)
{
    if (size == 0) {
        const char *name = hone_distribution_name(param->distribution);
        const char *remedy = param->probabilities ? "leave its probabilities out"
                                                  : "give it values, a step or a count";
        return hone_error_set(
            err, HONE_ESPEC,
            "parameter %s is %s%s, which a grid cannot go through; %s, or "
            "use method random",
            param->name, name, param->probabilities ? " with probabilities" : "", remedy);
    }
    if (size > UINT64_C(1) << 63) {
        return hone_error_set(err, HONE_ELIMIT,
                              "parameter %s has more than 2^63 values; give it fewer",
                              param->name);
    }
    return 0;
}

static int fill_sizes(hone_lattice *lattice, hone_error *err)
{
    const hone_space *space = lattice->space;
    for (uint32_t i = 0; i < space->n; i++) {
        const hone_param *param = &space->params[i];
        uint64_t size = lattice->axes == HONE_AXES_LEVELS ? hone_param_levels(param)
                                                          : hone_param_support(param);
        int code = check_axis(param, size, err);
        if (code) {
            return code;
        }
        lattice->groups.places[i].size = size;
    }
    return 0;
}

static uint64_t get_weight(const hone_group *group)
{
    return group->before[group->n_rows];
}

static int fill_count(hone_lattice *lattice, hone_error *err)
{
    uint64_t count = 1;
    bool fits = true;
    for (uint32_t i = 0; i < lattice->space->n && fits; i++) {
        const hone_place *place = &lattice->groups.places[i];
        fits = place->role != HONE_ROLE_FREE ||
               !__builtin_mul_overflow(count, place->size, &count);
    }
    for (uint32_t g = 0; g < lattice->groups.n && fits; g++) {
        fits = !__builtin_mul_overflow(count, get_weight(&lattice->groups.groups[g]),
                                       &count);
    }
    if (!fits || count > UINT64_C(1) << 63) {
        return hone_error_set(
            err, HONE_ELIMIT,
            "the space has more than 2^63 points; give it fewer values");
    }
    lattice->count = count;
    return 0;
}

int hone_lattice_make(const hone_space *space, hone_axes axes, hone_lattice **out,
                      hone_error *err)
{
    hone_lattice *lattice = calloc(1, sizeof *lattice);
    if (!lattice) {
        return hone_error_set(err, HONE_ENOMEM, "out of memory for a grid");
    }
    lattice->space = space;
    lattice->axes = axes;
    lattice->order = calloc(space->n + (size_t)1, sizeof *lattice->order);
    lattice->groups.places = calloc(space->n + (size_t)1, sizeof *lattice->groups.places);
    int code = HONE_ENOMEM;
    if (!lattice->order || !lattice->groups.places) {
        hone_error_set(err, code, "out of memory for %u parameters", space->n);
        goto fail;
    }
    code = hone_space_order(space, lattice->order, err);
    code = code ? code : fill_sizes(lattice, err);
    code = code ? code
                : hone_groups_make(&lattice->groups, space, axes, lattice->order, err);
    code = code ? code : fill_count(lattice, err);
    if (code == 0) {
        lattice->left = calloc(lattice->groups.n + (size_t)1, sizeof *lattice->left);
        code = lattice->left ? 0 : hone_error_set(err, HONE_ENOMEM, "out of memory");
    }
    if (code) {
        goto fail;
    }
    *out = lattice;
    return 0;
fail:
    hone_lattice_free(lattice);
    return code;
}

void hone_lattice_free(hone_lattice *lattice)
{
    if (lattice) {
        hone_groups_free(&lattice->groups);
        free(lattice->left);
        free(lattice->order);
        free(lattice);
    }
}

uint64_t hone_lattice_count(const hone_lattice *lattice)
{
    return lattice->count;
}

/* The first row in low..high-1 whose prefix sum passes `target`, less one. */
static uint32_t find_row(const hone_group *group, remainder left, uint64_t target)
{
    uint32_t low = left.low, high = left.high;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (group->before[middle] <= target) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

/* The first row in low..high-1 whose level in `column` is at least `level`, else high. */
static uint32_t find_level(const hone_group *group, remainder left, uint32_t column,
                           uint32_t level)
{
    uint32_t low = left.low, high = left.high;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (group->rows[(size_t)middle * group->n_controls + column] < level) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* The weight of rows from..to-1, less what was divided out of them. */
static uint64_t weigh(const hone_group *group, const remainder *left, uint32_t from,
                      uint32_t to)
{
    uint64_t weight = group->before[to] - group->before[from];
    assert(weight % left->divisor == 0);
    return weight / left->divisor;
}

/* An index into a product of `total` configurations. */
typedef struct position {
    uint64_t index, total;
} position;

/* Takes the digit of a factor of `size` equal values off the front. */
static uint64_t take_digit(position *at, uint64_t size)
{
    assert(at->total % size == 0 && at->index < at->total);
    at->total /= size;
    uint64_t digit = at->index / at->total;
    at->index %= at->total;
    return digit;
}

/* Narrows the group to the rows with one level of its `column`, and returns that level.
 */
static uint32_t take_level(const hone_group *group, remainder *left, uint32_t column,
                           position *at)
{
    uint64_t rest = at->total / weigh(group, left, left->low, left->high);
    uint64_t inside = at->index / rest; /* in units of one configuration of the group */
    uint64_t target = group->before[left->low] + inside * left->divisor;
    uint32_t row = find_row(group, *left, target);
    uint32_t level = group->rows[(size_t)row * group->n_controls + column];
    uint32_t low = find_level(group, *left, column, level), high = left->high;
    if (level != HONE_NO_LEVEL) {
        high = find_level(group, *left, column, level + 1);
    }
    at->index -= weigh(group, left, left->low, low) * rest;
    at->total = weigh(group, left, low, high) * rest;
    left->low = low;
    left->high = high;
    return level;
}

void hone_lattice_point(const hone_lattice *lattice, uint64_t index, hone_config *point)
{
    assert(index < lattice->count);
    const hone_space *space = lattice->space;
    position at = {.index = index, .total = lattice->count};
    for (uint32_t g = 0; g < lattice->groups.n; g++) {
        lattice->left[g] =
            (remainder){.high = lattice->groups.groups[g].n_rows, .divisor = 1};
    }
    point->n = space->n;
    for (uint32_t k = 0; k < space->n; k++) {
        uint32_t i = lattice->order[k];
        const hone_place *place = &lattice->groups.places[i];
        uint64_t level;
        point->values[i] = (hone_value){.kind = HONE_ABSENT};
        if (place->role == HONE_ROLE_CONTROL) {
            level = take_level(&lattice->groups.groups[place->group],
                               &lattice->left[place->group], place->column, &at);
            if (level == HONE_NO_LEVEL) {
                continue;
            }
        } else if (place->role == HONE_ROLE_DEPENDENT) {
            if (!hone_param_active(space, i, point)) {
                continue;
            }
            level = take_digit(&at, place->size);
            lattice->left[place->group].divisor *= place->size;
        } else {
            level = take_digit(&at, place->size);
        }
        point->values[i] = hone_axis_value(&space->params[i], lattice->axes, level);
    }
    assert(at.total == 1 && at.index == 0);
}
