/* Trials, streamed: three cursors in the order of trial ids (trials with their last
 * attempt, settings, results) are merged, so that a trial costs a few steps and no query
 * of its own. A page of trials is read into an arena in one read transaction, which is
 * ended before the visitor sees them: a slow visitor holds nothing, in no journal mode,
 * and may ask the store other things meanwhile. */
#include <hone/store.h>

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "store/schema.h"
#include "store/store_state.h"

#include "base/banned.h"

enum {
    PAGE_TRIALS = 256,
    PAGE_BYTES = 1 << 20, /* a page is full with these, whatever its trials */
    PAGE_MAX = 512 << 20  /* the largest trial that can be read */
};

/* The results of the trial at hand, while their number is unknown. */
typedef struct result_list {
    hone_metric_value *items; /* owned */
    uint32_t n, cap;
} result_list;

typedef struct page {
    hone_store *store;
    const char *sweep; /* name, in the arena */
    hone_param_table params;
    hone_arena arena;
    hone_trial_info trials[PAGE_TRIALS];
    uint32_t n;
    int64_t of;          /* the sweep's id */
    int64_t first, last; /* of the sweep: trial 0, and the last one possible */
    hone_settings_walk settings;
    hone_row results;
    int64_t result_trial; /* of the present row of results, INT64_MAX past the last */
    result_list list;
} page;

static int fail_memory(hone_error *err)
{
    return hone_error_set(err, HONE_ENOMEM, "out of memory");
}

/* ---- results ---- */

static int add_result(result_list *list, const char *name, double value, uint64_t n)
{
    if (list->n == list->cap) {
        uint32_t cap = list->cap > 0 ? list->cap * 2 : 16;
        hone_metric_value *items = realloc(list->items, cap * sizeof *items);
        if (items == NULL)
            return HONE_ENOMEM;
        list->items = items;
        list->cap = cap;
    }
    list->items[list->n++] = (hone_metric_value){.name = name, .value = value, .n = n};
    return HONE_OK;
}

static void step_results(page *state)
{
    state->result_trial = hone_row_next(&state->results)
                              ? hone_row_get_int(&state->results, 0, INT64_MAX)
                              : INT64_MAX;
}

static int collect_results(page *state, int64_t trial, hone_error *err)
{
    int rc = HONE_OK;
    while (state->result_trial < trial)
        step_results(state);
    while (rc == HONE_OK && state->result_trial == trial) {
        const char *name;
        rc = hone_metric_name(state->store, hone_row_get_int(&state->results, 1, 0),
                              &name, err);
        if (rc == HONE_OK &&
            add_result(&state->list, name, hone_row_get_real(&state->results, 2),
                       (uint64_t)hone_row_get_int(&state->results, 3, 0)) != HONE_OK)
            rc = fail_memory(err);
        step_results(state);
    }
    return rc;
}

static int read_points_of(hone_store *store, hone_query query, const int64_t key[3],
                          double *value, int64_t *number)
{
    hone_row row = hone_row_begin(&store->db, query);
    for (int i = 0; i < 3; i++)
        hone_row_int(&row, key[i]);
    bool found = hone_row_next(&row);
    if (found && value != NULL)
        *value = hone_row_get_real(&row, 0);
    if (number != NULL)
        *number = found ? hone_row_get_int(&row, 0, 0) : 0;
    return hone_row_done(&row);
}

/* A trial that runs has no results yet: the last points of its attempt stand for them. */
static int collect_points(page *state, int64_t trial, uint32_t attempt, hone_error *err)
{
    hone_store *store = state->store;
    int64_t metric = 0;
    for (;;) {
        double value = (double)NAN;
        int64_t n = 0;
        int rc = read_points_of(store, HONE_QUERY_POINT_METRIC,
                                (int64_t[]){trial, attempt, metric}, NULL, &metric);
        if (rc == SQLITE_OK && metric == 0)
            return HONE_OK;
        const int64_t key[] = {trial, attempt, metric};
        if (rc == SQLITE_OK)
            rc = read_points_of(store, HONE_QUERY_POINT_LAST, key, &value, NULL);
        if (rc == SQLITE_OK)
            rc = read_points_of(store, HONE_QUERY_POINT_COUNT, key, NULL, &n);
        if (rc != SQLITE_OK)
            return hone_db_fail(&store->db, rc, err);
        const char *name;
        int result = hone_metric_name(store, metric, &name, err);
        if (result == HONE_OK && add_result(&state->list, name, value, (uint64_t)n) != 0)
            result = fail_memory(err);
        if (result != HONE_OK)
            return result;
    }
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(((const hone_metric_value *)a)->name,
                  ((const hone_metric_value *)b)->name);
}

static int read_metrics(page *state, int64_t id, hone_trial_info *trial, hone_error *err)
{
    state->list.n = 0;
    int rc = collect_results(state, id, err);
    if (rc == HONE_OK && trial->status == HONE_STATUS_RUNNING && state->list.n == 0)
        rc = collect_points(state, id, trial->attempts, err);
    if (rc != HONE_OK || state->list.n == 0)
        return rc;
    size_t size = state->list.n * sizeof *state->list.items;
    hone_metric_value *metrics = hone_arena_alloc(&state->arena, size);
    if (metrics == NULL)
        return fail_memory(err);
    memcpy(metrics, state->list.items, size);
    qsort(metrics, state->list.n, sizeof *metrics, compare_names);
    trial->metrics = metrics;
    trial->n_metrics = state->list.n;
    return HONE_OK;
}

/* ---- parameters ---- */

static int read_params(page *state, int64_t id, hone_trial_info *trial, hone_error *err)
{
    const hone_param_table *table = &state->params;
    hone_param_value *params = hone_arena_alloc(&state->arena, table->n * sizeof *params);
    if (params == NULL)
        return fail_memory(err);
    int64_t param;
    hone_value value;
    while (trial->n_params < table->n &&
           hone_settings_next(&state->settings, id, &param, &value, &state->arena)) {
        const hone_recorded_param *found = hone_param_table_find(table, param);
        if (found == NULL)
            return hone_error_set(err, HONE_EDAMAGED,
                                  "%s is damaged: parameter %lld has no name",
                                  state->store->db.path, (long long)param);
        params[trial->n_params++] = (hone_param_value){.name = found->name,
                                                       .path = found->path,
                                                       .depth = found->depth,
                                                       .value = value};
    }
    trial->params = params;
    return HONE_OK;
}

/* ---- trials ---- */

static int read_columns(page *state, const hone_row *row, hone_trial_info *trial,
                        hone_error *err)
{
    bool failed = false;
    const char *status = hone_row_get_text(row, 1), *reason = hone_row_get_text(row, 2);
    *trial = (hone_trial_info){
        .sweep = state->sweep,
        .number = (uint64_t)(hone_row_get_int(row, 0, 0) - state->first),
        .detail = hone_row_copy_text(row, 3, &state->arena, &failed),
        .attempts = (uint32_t)hone_row_get_int(row, 4, 0),
        .has_objective = hone_row_get_int(row, 5, 0) != 0,
        .objective = hone_row_get_real(row, 6),
        .rerun_of = (uint64_t)hone_row_get_int(row, 7, 0),
        .has_exit_code = !hone_row_is_null(row, 8),
        .exit_code = (int)hone_row_get_int(row, 8, 0),
        .signal = (int)hone_row_get_int(row, 9, 0),
        .started_at = hone_row_get_int(row, 10, HONE_NO_TIME),
        .ended_at = hone_row_get_int(row, 11, HONE_NO_TIME),
        .duration_s = hone_row_get_real(row, 12),
        .cpu_time_s = hone_row_get_real(row, 13),
        .max_rss = hone_row_get_int(row, 14, -1),
        .parent = (uint64_t)hone_row_get_int(row, 15, 0)};
    if (failed)
        return fail_memory(err);
    if (status == NULL || !hone_status_find(status, &trial->status) || reason == NULL ||
        !hone_reason_find(reason, &trial->reason))
        return hone_error_set(
            err, HONE_EDAMAGED,
            "%s is damaged: trial %llu has a status or reason that does "
            "not exist",
            state->store->db.path, (unsigned long long)trial->number);
    return HONE_OK;
}

static int read_trial(page *state, const hone_row *row, hone_error *err)
{
    hone_trial_info *trial = &state->trials[state->n];
    int64_t id = hone_row_get_int(row, 0, 0);
    int rc = read_columns(state, row, trial, err);
    if (rc == HONE_OK)
        rc = read_params(state, id, trial, err);
    if (rc == HONE_OK)
        rc = read_metrics(state, id, trial, err);
    if (rc == HONE_OK)
        rc = hone_store_scores(state->store, id, &state->arena, trial, err);
    if (rc == HONE_OK)
        state->n++;
    return rc;
}

/* Fills the page with the trials from..to, as many as it holds. */
static int read_rows(page *state, int64_t from, int64_t to, hone_error *err)
{
    hone_db *db = &state->store->db;
    hone_settings_begin(&state->settings, db, from, to);
    state->results = hone_row_begin(db, HONE_QUERY_RESULTS);
    hone_row_int(&state->results, from);
    hone_row_int(&state->results, to);
    step_results(state);
    hone_row row = hone_row_begin(db, state->store->version < HONE_PARENT_VERSION
                                          ? HONE_QUERY_TRIALS_OLD
                                          : HONE_QUERY_TRIALS);
    hone_row_int(&row, from);
    hone_row_int(&row, to);
    int result = HONE_OK;
    while (result == HONE_OK && state->n < PAGE_TRIALS &&
           state->arena.used < PAGE_BYTES && hone_row_next(&row))
        result = read_trial(state, &row, err);
    int rc = hone_row_done(&row);
    int results_rc = hone_row_done(&state->results);
    int settings = hone_settings_end(&state->settings, result == HONE_OK ? err : NULL);
    if (result == HONE_OK && (rc != SQLITE_OK || results_rc != SQLITE_OK))
        return hone_db_fail(db, rc != SQLITE_OK ? rc : results_rc, err);
    return result != HONE_OK ? result : settings;
}

static int run_plain(hone_db *db, hone_query query)
{
    hone_row row = hone_row_begin(db, query);
    return hone_row_run(&row);
}

/* The sweep's name and parameters, inside the page's transaction. */
static int read_heads(page *state, hone_error *err)
{
    int64_t sweep = state->of;
    hone_store *store = state->store;
    bool failed = false;
    hone_row row = hone_row_begin(&store->db, HONE_QUERY_SWEEP_NAME);
    hone_row_int(&row, sweep);
    bool found = hone_row_next(&row);
    if (found)
        state->sweep = hone_row_copy_text(&row, 0, &state->arena, &failed);
    int rc = hone_row_done(&row);
    if (rc != SQLITE_OK)
        return hone_db_fail(&store->db, rc, err);
    if (failed)
        return fail_memory(err);
    if (!found)
        return hone_error_set(err, HONE_ENOTFOUND, "%s has no sweep with id %lld",
                              store->db.path, (long long)sweep);
    return hone_param_table_read(&store->db, sweep, &state->params, err);
}

/* One page in a transaction of its own. */
static int read_page(page *state, int64_t from, int64_t to, hone_error *err)
{
    hone_db *db = &state->store->db;
    state->n = 0;
    hone_arena_release(&state->arena);
    int rc = run_plain(db, HONE_QUERY_READ);
    if (rc != SQLITE_OK)
        return hone_db_fail(db, rc, err);
    int result = read_heads(state, err);
    if (result == HONE_OK)
        result = read_rows(state, from, to, err);
    if (!sqlite3_get_autocommit(db->handle)) {
        rc = run_plain(db, HONE_QUERY_COMMIT);
        if (rc != SQLITE_OK && result == HONE_OK)
            result = hone_db_fail(db, rc, err);
    }
    return result;
}

static page *open_page(hone_store *store, int64_t sweep, hone_error *err)
{
    page *state = calloc(1, sizeof *state);
    if (state == NULL) {
        (void)fail_memory(err);
        return NULL;
    }
    state->store = store;
    state->of = sweep;
    state->first = hone_trials_first(sweep);
    state->last = hone_trials_last(sweep);
    hone_arena_init(&state->arena, PAGE_MAX);
    return state;
}

static void close_page(page *state)
{
    hone_arena_release(&state->arena);
    hone_param_table_release(&state->params);
    free(state->list.items);
    free(state);
}

int hone_store_trials(hone_store *store, int64_t sweep, uint64_t first,
                      hone_trial_fn visit, void *arg, hone_error *err)
{
    page *state = open_page(store, sweep, err);
    if (state == NULL)
        return HONE_ENOMEM;
    int rc = HONE_OK;
    int64_t from = first > 0 ? hone_trial_asked(sweep, first) : state->first;
    while (rc == HONE_OK && from != 0) {
        rc = read_page(state, from, state->last, err);
        if (rc != HONE_OK || state->n == 0)
            break;
        from = state->first + (int64_t)state->trials[state->n - 1].number + 1;
        for (uint32_t i = 0; rc == HONE_OK && i < state->n; i++)
            rc = visit(arg, &state->trials[i]);
    }
    close_page(state);
    return rc;
}

static int visit_one(page *state, int64_t id, hone_trial_fn visit, void *arg,
                     hone_error *err)
{
    int rc = read_page(state, id, id, err);
    if (rc == HONE_OK && state->n == 0)
        rc = hone_trial_missing(state->store, state->of, (uint64_t)(id - state->first),
                                err);
    return rc == HONE_OK ? visit(arg, &state->trials[0]) : rc;
}

int hone_store_trial(hone_store *store, int64_t sweep, uint64_t number,
                     hone_trial_fn visit, void *arg, hone_error *err)
{
    int64_t id = hone_trial_asked(sweep, number);
    if (id == 0)
        return hone_trial_missing(store, sweep, number, err);
    page *state = open_page(store, sweep, err);
    if (state == NULL)
        return HONE_ENOMEM;
    int rc = visit_one(state, id, visit, arg, err);
    close_page(state);
    return rc;
}

/* ---- the best ---- */

/* Ids of trials, best first. */
typedef struct id_list {
    int64_t *ids; /* owned */
    size_t n, cap;
} id_list;

static bool add_id(id_list *list, int64_t id)
{
    if (list->n == list->cap) {
        size_t cap = list->cap > 0 ? list->cap * 2 : 16;
        int64_t *ids = realloc(list->ids, cap * sizeof *ids);
        if (ids == NULL)
            return false;
        list->ids = ids;
        list->cap = cap;
    }
    list->ids[list->n++] = id;
    return true;
}

static int rank_trials(hone_store *store, hone_query query, const page *state,
                       uint64_t limit, id_list *list)
{
    hone_row row = hone_row_begin(&store->db, query);
    hone_row_int(&row, state->first);
    hone_row_int(&row, state->last);
    hone_row_real(&row, -DBL_MAX); /* NaN is NULL, and the infinities are outside */
    hone_row_real(&row, DBL_MAX);
    hone_row_int(&row, limit > INT64_MAX ? INT64_MAX : (int64_t)limit);
    bool fits = true;
    while (fits && hone_row_next(&row))
        fits = add_id(list, hone_row_get_int(&row, 0, 0));
    int rc = hone_row_done(&row);
    return fits ? rc : SQLITE_NOMEM;
}

static int find_goal(hone_store *store, int64_t sweep, hone_query *query)
{
    hone_row row = hone_row_begin(&store->db, HONE_QUERY_SWEEP_GOAL);
    hone_row_int(&row, sweep);
    bool maximize = hone_row_next(&row) && hone_row_get_int(&row, 0, 0) != 0;
    *query = maximize ? HONE_QUERY_BEST_HIGH : HONE_QUERY_BEST_LOW;
    return hone_row_done(&row);
}

int hone_store_best(hone_store *store, int64_t sweep, uint64_t limit, hone_trial_fn visit,
                    void *arg, hone_error *err)
{
    page *state = open_page(store, sweep, err);
    if (state == NULL)
        return HONE_ENOMEM;
    id_list list = {0};
    hone_query query = HONE_QUERY_BEST_LOW;
    int rc = find_goal(store, sweep, &query);
    if (rc == SQLITE_OK)
        rc = rank_trials(store, query, state, limit, &list);
    int result = rc == SQLITE_OK ? HONE_OK : hone_db_fail(&store->db, rc, err);
    for (size_t i = 0; result == HONE_OK && i < list.n; i++)
        result = visit_one(state, list.ids[i], visit, arg, err);
    free(list.ids);
    close_page(state);
    return result;
}
