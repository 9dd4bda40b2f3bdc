#include "cli/front.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <hone/pareto.h>
#include <hone/spec.h>

#include "cli/sweep_view.h"

/* The completed trials that have all objectives, as rows to be minimised. */
struct rows {
    const hone_spec *spec;
    uint64_t *numbers; /* owned */
    double *values;    /* owned, n_objectives each */
    uint32_t n, cap;
};

static uint32_t n_objectives(const struct rows *rows)
{
    return rows->spec->n_others + 1;
}

static int make_room(struct rows *rows)
{
    if (rows->n < rows->cap) {
        return HONE_OK;
    }
    uint32_t cap = rows->cap == 0 ? 64 : rows->cap * 2;
    uint64_t *numbers = realloc(rows->numbers, cap * sizeof *numbers);
    if (numbers == NULL) {
        return HONE_ENOMEM;
    }
    rows->numbers = numbers;
    double *values = realloc(rows->values, cap * n_objectives(rows) * sizeof *values);
    if (values == NULL) {
        return HONE_ENOMEM;
    }
    rows->values = values;
    rows->cap = cap;
    return HONE_OK;
}

static int add_trial(void *arg, const hone_trial_info *trial)
{
    struct rows *rows = arg;
    if (trial->status != HONE_STATUS_COMPLETED || !trial->has_objective ||
        trial->rerun_of != 0) {
        return HONE_OK;
    }
    if (make_room(rows) != HONE_OK) {
        return HONE_ENOMEM;
    }
    double *row = rows->values + (size_t)rows->n * n_objectives(rows);
    bool finite = true;
    for (uint32_t i = 0; i < n_objectives(rows); i++) {
        const hone_objective *goal =
            i == 0 ? &rows->spec->objective : &rows->spec->others[i - 1];
        double value = i == 0 ? trial->objective : hone_view_metric(trial, goal->name);
        row[i] = goal->maximize ? -value : value;
        finite = finite && isfinite(value);
    }
    rows->numbers[rows->n] = trial->number;
    rows->n += finite; /* NaN and infinity are results, and never the best */
    return HONE_OK;
}

struct ranked {
    double first;
    uint64_t number;
};

static int by_first(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if (x->first != y->first) {
        return x->first < y->first ? -1 : 1;
    }
    return (x->number > y->number) - (x->number < y->number);
}

static int rank(const struct rows *rows, struct front *front)
{
    uint32_t *at = calloc(rows->n + (size_t)1, sizeof *at);
    struct ranked *ranked = calloc(rows->n + (size_t)1, sizeof *ranked);
    front->numbers = calloc(rows->n + (size_t)1, sizeof *front->numbers);
    bool enough = at != NULL && ranked != NULL && front->numbers != NULL;
    hone_objectives points = {
        .n = rows->n, .n_objectives = n_objectives(rows), .values = rows->values};
    front->n = enough && rows->n > 0 ? hone_pareto_front(&points, at) : 0;
    for (uint32_t i = 0; i < front->n; i++) {
        ranked[i] = (struct ranked){rows->values[(size_t)at[i] * points.n_objectives],
                                    rows->numbers[at[i]]};
    }
    if (front->n > 0) {
        qsort(ranked, front->n, sizeof *ranked, by_first);
    }
    for (uint32_t i = 0; i < front->n; i++) {
        front->numbers[i] = ranked[i].number;
    }
    free(ranked);
    free(at);
    return enough ? HONE_OK : HONE_ENOMEM;
}

int hone_front_read(hone_store *store, const hone_sweep_info *sweep, struct front *front,
                    hone_error *err)
{
    hone_spec *spec = NULL;
    struct rows rows = {0};
    int64_t id = sweep->id;
    *front = (struct front){0};
    int rc =
        hone_spec_read(sweep->spec_path, sweep->spec, strlen(sweep->spec), &spec, err);
    front->several = rc == HONE_OK && spec->n_others > 0;
    rows.spec = spec;
    if (front->several) {
        rc = hone_store_trials(store, id, 1, add_trial, &rows, err);
    }
    if (rc == HONE_OK && front->several) {
        rc = rank(&rows, front);
    }
    if (rc == HONE_ENOMEM) {
        hone_error_set(err, rc, "out of memory");
    }
    free(rows.numbers);
    free(rows.values);
    hone_spec_free(spec);
    return rc;
}

int hone_front_visit(const struct front *front, hone_store *store, int64_t sweep,
                     uint64_t limit, hone_trial_fn visit, void *arg, hone_error *err)
{
    if (!front->several) {
        return hone_store_best(store, sweep, limit, visit, arg, err);
    }
    int rc = HONE_OK;
    for (uint32_t i = 0; rc == HONE_OK && i < front->n && i < limit; i++) {
        rc = hone_store_trial(store, sweep, front->numbers[i], visit, arg, err);
    }
    return rc;
}

void hone_front_release(struct front *front)
{
    free(front->numbers);
    *front = (struct front){0};
}
