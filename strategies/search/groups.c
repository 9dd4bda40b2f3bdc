/* Groups of linked parameters, and the table of what each allows.
 *
 * Roles: a pass over conditions and constraints marks controls; union-find joins what one
 * condition or one constraint names. Rows: a depth-first walk over the controls of a
 * group in visiting order, so that rows come out sorted; a constraint is tested as soon
 * as its last control has a value, which cuts the walk short. */
#include "search/groups.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "model/expr.h"

#include "base/banned.h"

static const uint64_t MOST_POINTS = UINT64_C(1) << 63;

hone_value hone_axis_value(const hone_param *param, hone_axes axes, uint64_t i)
{
    return axes == HONE_AXES_LEVELS ? hone_param_level(param, i)
                                    : hone_param_support_value(param, i);
}

/* Joins parameters while roles are found. */
typedef struct joiner {
    hone_place *places;
    uint32_t *parent;     /* union-find over parameters */
    uint32_t first;       /* the first name of the constraint being visited, or NO_NAME */
    uint32_t *last;       /* per constraint: its last control by `rank` */
    const uint32_t *rank; /* of each parameter: its position in the visiting order */
    uint32_t constraint;
} joiner;

enum { NO_NAME = UINT32_MAX };

static uint32_t find_root(uint32_t *parent, uint32_t i)
{
    while (parent[i] != i) {
        parent[i] = parent[parent[i]];
        i = parent[i];
    }
    return i;
}

static void join_params(joiner *join, uint32_t a, uint32_t b)
{
    join->parent[find_root(join->parent, a)] = find_root(join->parent, b);
}

static void visit_name(void *arg, uint32_t id)
{
    joiner *join = arg;
    uint32_t *last = &join->last[join->constraint];
    join->places[id].role = HONE_ROLE_CONTROL;
    if (join->first == NO_NAME) {
        join->first = *last = id;
    }
    join_params(join, join->first, id);
    if (join->rank[id] > join->rank[*last]) {
        *last = id;
    }
}

static void find_roles(joiner *join, const hone_space *space)
{
    for (uint32_t i = 0; i < space->n; i++) {
        join->parent[i] = i;
        if (space->params[i].n_clauses > 0) {
            join->places[i].role = HONE_ROLE_DEPENDENT;
        }
    }
    for (uint32_t i = 0; i < space->n; i++) {
        const hone_param *param = &space->params[i];
        for (uint32_t k = 0; k < param->n_clauses; k++) {
            join->places[param->clauses[k].param].role = HONE_ROLE_CONTROL;
            join_params(join, i, param->clauses[k].param);
        }
    }
    for (uint32_t i = 0; i < space->n_constraints; i++) {
        join->first = join->last[i] = NO_NAME;
        join->constraint = i;
        hone_expr_visit(space->constraints[i], visit_name, join);
    }
}

/* Numbers the groups in visiting order and fills their lists of members. `number` maps a
 * root to its group. */
static int fill_groups(hone_groups *groups, const joiner *join, const uint32_t *order,
                       uint32_t n, uint32_t *number)
{
    memset(number, 0xff, n * sizeof *number);
    for (uint32_t k = 0; k < n; k++) {
        if (groups->places[order[k]].role != HONE_ROLE_FREE) {
            uint32_t root = find_root(join->parent, order[k]);
            if (number[root] == NO_NAME) {
                number[root] = groups->n++;
            }
            groups->places[order[k]].group = number[root];
        }
    }
    groups->groups = calloc(groups->n + (size_t)1, sizeof *groups->groups);
    if (!groups->groups) {
        groups->n = 0;
        return HONE_ENOMEM;
    }
    for (uint32_t k = 0; k < n; k++) {
        hone_place *place = &groups->places[order[k]];
        hone_group *group = &groups->groups[place->group];
        group->n_controls += place->role == HONE_ROLE_CONTROL;
        group->n_dependents += place->role == HONE_ROLE_DEPENDENT;
    }
    for (uint32_t g = 0; g < groups->n; g++) {
        hone_group *group = &groups->groups[g];
        size_t members = (size_t)group->n_controls + group->n_dependents;
        group->controls = calloc(members, sizeof *group->controls);
        if (!group->controls) {
            return HONE_ENOMEM;
        }
        group->dependents = group->controls + group->n_controls;
        group->n_controls = group->n_dependents = 0;
    }
    for (uint32_t k = 0; k < n; k++) {
        hone_place *place = &groups->places[order[k]];
        if (place->role == HONE_ROLE_CONTROL) {
            hone_group *group = &groups->groups[place->group];
            place->column = group->n_controls;
            group->controls[group->n_controls++] = order[k];
        } else if (place->role == HONE_ROLE_DEPENDENT) {
            hone_group *group = &groups->groups[place->group];
            group->dependents[group->n_dependents++] = order[k];
        }
    }
    return 0;
}

/* The walk over the assignments of one group's controls. */
typedef struct walker {
    const hone_space *space;
    hone_axes axes;
    hone_groups *groups;
    hone_group *group;
    uint32_t *first, *next; /* constraints by their last control: heads and links */
    hone_config *config;    /* the assignment so far; ABSENT beyond it */
    uint32_t *row;          /* its level numbers */
    uint64_t *sizes;        /* per column: values to try, 1 where absent */
    uint64_t n_tried;
    uint32_t capacity; /* of rows */
} walker;

static void name_controls(const walker *walk, char *text, size_t size)
{
    size_t len = 0;
    text[0] = 0;
    for (uint32_t i = 0; i < walk->group->n_controls && len + 1 < size; i++) {
        const char *name = walk->space->params[walk->group->controls[i]].name;
        size_t name_len = strlen(name);
        if (len + name_len + 6 > size) {
            memcpy(text + len, ", ...", 6);
            return;
        }
        memcpy(text + len, ", ", i > 0 ? 2 : 0);
        len += i > 0 ? 2 : 0;
        memcpy(text + len, name, name_len + 1);
        len += name_len;
    }
}

static int report_limit(const walker *walk, const char *what, uint64_t limit,
                        hone_error *err)
{
    char names[200];
    name_controls(walk, names, sizeof names);
    return hone_error_set(err, HONE_ELIMIT,
                          "conditions and constraints over %s: more than %" PRIu64
                          " combinations to %s; give them fewer values",
                          names, limit, what);
}

static int report_points(hone_error *err)
{
    return hone_error_set(err, HONE_ELIMIT,
                          "the space has more than 2^63 points; give it fewer values");
}

/* The number of configurations that this row stands for, 0 where it passes 2^63. */
static uint64_t weigh_row(walker *walk)
{
    uint64_t weight = 1;
    for (uint32_t i = 0; i < walk->group->n_dependents; i++) {
        uint32_t param = walk->group->dependents[i];
        if (hone_param_active(walk->space, param, walk->config) &&
            (__builtin_mul_overflow(weight, walk->groups->places[param].size, &weight) ||
             weight > MOST_POINTS)) {
            return 0;
        }
    }
    return weight;
}

static int grow_rows(walker *walk, hone_error *err)
{
    hone_group *group = walk->group;
    uint64_t most = HONE_LATTICE_MAX_CELLS / group->n_controls;
    most = most < HONE_LATTICE_MAX_ROWS ? most : HONE_LATTICE_MAX_ROWS;
    if (group->n_rows >= most) {
        return report_limit(walk, "keep", most, err);
    }
    if (group->n_rows < walk->capacity) {
        return 0;
    }
    uint64_t capacity = walk->capacity ? 2 * (uint64_t)walk->capacity : 16;
    capacity = capacity < most ? capacity : most;
    uint32_t *rows =
        realloc(group->rows, capacity * group->n_controls * sizeof *group->rows);
    if (!rows) {
        return HONE_ENOMEM;
    }
    group->rows = rows;
    uint64_t *before = realloc(group->before, (capacity + 1) * sizeof *group->before);
    if (!before) {
        return HONE_ENOMEM;
    }
    group->before = before;
    walk->capacity = (uint32_t)capacity;
    return 0;
}

static int keep_row(walker *walk, hone_error *err)
{
    hone_group *group = walk->group;
    int code = grow_rows(walk, err);
    if (code) {
        return code;
    }
    uint64_t weight = weigh_row(walk),
             sum = group->n_rows ? group->before[group->n_rows] : 0;
    if (weight == 0 || weight > MOST_POINTS - sum) {
        return report_points(err);
    }
    memcpy(group->rows + (size_t)group->n_rows * group->n_controls, walk->row,
           group->n_controls * sizeof *walk->row);
    group->before[group->n_rows] = sum;
    group->before[++group->n_rows] = sum + weight;
    return 0;
}

/* Whether the constraints that control `param` completes are kept. */
static bool keeps_constraints(const walker *walk, uint32_t param)
{
    const hone_space *space = walk->space;
    for (uint32_t i = walk->first[param]; i != NO_NAME; i = walk->next[i]) {
        hone_space one = {.n = space->n,
                          .params = space->params,
                          .n_constraints = 1,
                          .constraints = &space->constraints[i]};
        if (!hone_config_allowed(&one, walk->config)) {
            return false;
        }
    }
    return true;
}

/* Enters a column: what there is to try, and the level before the first. */
static int enter_column(walker *walk, uint32_t column, hone_error *err)
{
    uint32_t param = walk->group->controls[column];
    bool active = hone_param_active(walk->space, param, walk->config);
    walk->sizes[column] = active ? walk->groups->places[param].size : 0;
    walk->row[column] = active ? 0 : HONE_NO_LEVEL;
    if (walk->sizes[column] > HONE_LATTICE_MAX_TRIED) {
        return report_limit(walk, "look at", HONE_LATTICE_MAX_TRIED, err);
    }
    return 0;
}

/* Sets the column's present level; false past its last. */
static bool assign_column(walker *walk, uint32_t column)
{
    uint32_t param = walk->group->controls[column], level = walk->row[column];
    hone_value *value = &walk->config->values[param];
    *value = (hone_value){.kind = HONE_ABSENT};
    if (walk->sizes[column] == 0) {
        return level == HONE_NO_LEVEL; /* once; the next step wraps around to 0 */
    }
    if (level >= walk->sizes[column]) {
        return false;
    }
    *value = hone_axis_value(&walk->space->params[param], walk->axes, level);
    return true;
}

static int walk_group(walker *walk, hone_error *err)
{
    uint32_t column = 0, n = walk->group->n_controls;
    int code = enter_column(walk, 0, err);
    while (code == 0) {
        if (!assign_column(walk, column)) {
            if (column == 0) {
                return 0;
            }
            column--;
            walk->row[column]++;
            continue;
        }
        bool kept = keeps_constraints(walk, walk->group->controls[column]);
        if (kept && column + 1 < n) {
            code = enter_column(walk, ++column, err);
            continue;
        }
        if (++walk->n_tried > HONE_LATTICE_MAX_TRIED) {
            return report_limit(walk, "look at", HONE_LATTICE_MAX_TRIED, err);
        }
        code = kept ? keep_row(walk, err) : 0;
        walk->row[column]++;
    }
    return code;
}

/* Sorts the constraints into lists by their last control. */
static void link_constraints(walker *walk, const uint32_t *last)
{
    const hone_space *space = walk->space;
    memset(walk->first, 0xff, space->n * sizeof *walk->first);
    for (uint32_t i = 0; i < space->n_constraints; i++) {
        if (last[i] != NO_NAME) {
            walk->next[i] = walk->first[last[i]];
            walk->first[last[i]] = i;
        }
    }
}

static int walk_all(walker *walk, hone_error *err)
{
    hone_groups *groups = walk->groups;
    walk->config->n = walk->space->n;
    /* Everything is absent: only a constraint without a name in it can be false. */
    if (!hone_config_allowed(walk->space, walk->config)) {
        return hone_error_set(err, HONE_ESPEC,
                              "a constraint is false whatever the parameters are; "
                              "take it out");
    }
    for (uint32_t g = 0; g < groups->n; g++) {
        walk->group = &groups->groups[g];
        walk->n_tried = walk->capacity = 0;
        int code = walk_group(walk, err);
        if (code) {
            return code;
        }
        if (walk->group->n_rows == 0) {
            char names[200];
            name_controls(walk, names, sizeof names);
            return hone_error_set(err, HONE_ESPEC,
                                  "the constraints over %s leave no configuration; "
                                  "take one of them out",
                                  names);
        }
    }
    return 0;
}

static int fill_rows(hone_groups *groups, const hone_space *space, hone_axes axes,
                     const uint32_t *last, hone_error *err)
{
    size_t n = space->n;
    walker walk = {.space = space, .axes = axes, .groups = groups};
    walk.config = calloc(1, hone_config_size(space));
    walk.row = calloc(2 * n + space->n_constraints + 1, sizeof *walk.row);
    walk.sizes = calloc(n + 1, sizeof *walk.sizes);
    int code = HONE_ENOMEM;
    if (walk.config && walk.row && walk.sizes) {
        walk.first = walk.row + n;
        walk.next = walk.first + n;
        link_constraints(&walk, last);
        code = walk_all(&walk, err);
    }
    free(walk.config);
    free(walk.row);
    free(walk.sizes);
    return code;
}

int hone_groups_make(hone_groups *groups, const hone_space *space, hone_axes axes,
                     const uint32_t *order, hone_error *err)
{
    assert(groups->n == 0 && groups->places);
    size_t n = space->n, n_scratch = 3 * n + space->n_constraints + 1;
    uint32_t *scratch = calloc(n_scratch, sizeof *scratch);
    int code = HONE_ENOMEM;
    if (scratch) {
        uint32_t *rank = scratch, *number = scratch + n;
        joiner join = {.places = groups->places, .rank = rank};
        join.parent = number + n;
        join.last = join.parent + n;
        for (uint32_t k = 0; k < n; k++) {
            rank[order[k]] = k;
        }
        find_roles(&join, space);
        code = fill_groups(groups, &join, order, space->n, number);
        code = code ? code : fill_rows(groups, space, axes, join.last, err);
    }
    free(scratch);
    if (code == HONE_ENOMEM) {
        hone_error_set(err, code, "out of memory for the table of %u parameters",
                       space->n);
    }
    return code;
}

void hone_groups_free(hone_groups *groups)
{
    for (uint32_t g = 0; g < groups->n; g++) {
        free(groups->groups[g].controls); /* with the dependents behind them */
        free(groups->groups[g].rows);
        free(groups->groups[g].before);
    }
    free(groups->groups);
    free(groups->places);
}
