/* What the writer does before its thread starts: the sweep's row, and what resume reads.
 */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "store/param_table.h"
#include "store/paths.h"
#include "store/schema.h"
#include "store/writer_state.h"

#include "base/banned.h"

enum {
    PATH_MAX_BYTES = 64 << 10, /* a parameter's keys as JSON */
    TRIAL_MAX = 256 << 20      /* bytes of one trial's values */
};

/* ---- the sweep's row ---- */

static void bind_planned(hone_row *row, uint64_t planned)
{
    if (planned == UINT64_MAX)
        hone_row_null(row);
    else
        hone_row_int(row, planned > INT64_MAX ? INT64_MAX : (int64_t)planned);
}

static const char *text_or_empty(const char *text)
{
    return text != NULL ? text : "";
}

static int insert_sweep(hone_db *db, const hone_sweep_row *sweep, int64_t *id)
{
    const hone_spec *spec = sweep->spec;
    hone_row row = hone_row_begin(db, HONE_QUERY_SWEEP_ADD);
    hone_row_text(&row, sweep->name);
    hone_row_text(&row, sweep->uid);
    hone_row_text(&row, text_or_empty(spec->path));
    hone_row_text(&row, spec->digest);
    hone_row_text(&row, text_or_empty(spec->method));
    hone_row_text(&row, spec->objective.name);
    hone_row_int(&row, spec->objective.maximize);
    bind_planned(&row, sweep->planned);
    hone_row_int(&row, (int64_t)sweep->seed);
    hone_row_int(&row, sweep->now);
    hone_row_bytes(&row, text_or_empty(spec->source), spec->source_len);
    if (hone_row_run(&row) != SQLITE_OK)
        return row.rc;
    *id = sqlite3_last_insert_rowid(db->handle);
    row = hone_row_begin(db, HONE_QUERY_PROGRESS_ADD);
    hone_row_int(&row, *id);
    return hone_row_run(&row);
}

static int update_sweep(hone_db *db, const hone_sweep_row *sweep, int64_t id)
{
    hone_row row = hone_row_begin(db, HONE_QUERY_SWEEP_UPDATE);
    hone_row_int(&row, id);
    hone_row_text(&row, text_or_empty(sweep->spec->path));
    bind_planned(&row, sweep->planned);
    hone_row_bytes(&row, text_or_empty(sweep->spec->source), sweep->spec->source_len);
    hone_row_text(&row, sweep->spec->digest);
    hone_row_text(&row, text_or_empty(sweep->spec->method));
    hone_row_text(&row, sweep->spec->objective.name);
    hone_row_int(&row, sweep->spec->objective.maximize);
    hone_row_int(&row, (int64_t)sweep->seed);
    return hone_row_run(&row);
}

static int insert_param(hone_db *db, int64_t sweep, uint32_t position,
                        const hone_param *param)
{
    hone_buf path;
    hone_buf_init(&path, PATH_MAX_BYTES);
    hone_path_write(&path, param->path, param->depth);
    int rc = hone_buf_status(&path) == HONE_OK ? SQLITE_OK : SQLITE_NOMEM;
    if (rc == SQLITE_OK) {
        hone_row row = hone_row_begin(db, HONE_QUERY_PARAM_ADD);
        hone_row_int(&row, sweep);
        hone_row_int(&row, position);
        hone_row_text(&row, param->name);
        hone_row_bytes(&row, hone_buf_text(&path), path.len);
        hone_row_text(&row, hone_distribution_name(param->distribution));
        rc = hone_row_run(&row);
    }
    hone_buf_release(&path);
    return rc;
}

/* Gives each parameter of the space its row id, adding those that have no row yet. */
static int match_params(hone_writer *writer, int64_t sweep, const hone_space *space,
                        hone_error *err)
{
    hone_db *db = &writer->recorder.db;
    hone_param_table table = {0};
    int result = hone_param_table_read(db, sweep, &table, err);
    int64_t *params = calloc(space->n > 0 ? space->n : 1, sizeof *params);
    if (result == HONE_OK && params == NULL)
        result = hone_error_set(err, HONE_ENOMEM, "out of memory");
    for (uint32_t i = 0; result == HONE_OK && i < table.n; i++) {
        int64_t at = hone_space_index(space, &table.items[i]);
        if (at >= 0)
            params[at] = table.items[i].id;
    }
    for (uint32_t i = 0; result == HONE_OK && i < space->n; i++) {
        if (params[i] != 0)
            continue;
        int rc = insert_param(db, sweep, i, &space->params[i]);
        params[i] = sqlite3_last_insert_rowid(db->handle);
        result = rc == SQLITE_OK ? HONE_OK : hone_db_fail(db, rc, err);
    }
    hone_param_table_release(&table);
    free(writer->params);
    writer->params = params;
    writer->n_params = space->n;
    return result;
}

static int check_digest(hone_writer *writer, const hone_sweep_row *row, int64_t id,
                        hone_error *err)
{
    int rc =
        hone_sweep_info_read(&writer->recorder.db, writer->dir, id, &writer->info, err);
    bool same = rc == HONE_OK && strcmp(writer->info.info.digest, row->spec->digest) == 0;
    if (rc != HONE_OK || row->force || same) /* nothing is changed without the lock */
        return rc != HONE_OK ? rc : hone_writer_lock(writer, writer->info.info.uid, err);
    return hone_error_set(
        err, HONE_ECHANGED,
        "the command, objective, metrics, env or workdir of sweep %s has changed since "
        "its "
        "trials were recorded; begin anew with --new, or go on with --force",
        row->name);
}

/* Before the transaction, which nobody shall have to wait for: the lock of another
 * machine may take its time. */
static int lock_early(hone_writer *writer, const hone_sweep_row *row, hone_error *err)
{
    int64_t id = 0;
    hone_db *db = &writer->recorder.db;
    int rc = hone_sweep_find(db, HONE_QUERY_SWEEP_BY_NAME, row->name, &id, err);
    if (rc != HONE_OK || id == 0)
        return rc;
    rc = hone_sweep_info_read(db, writer->dir, id, &writer->info, err);
    const hone_sweep_info *info = &writer->info.info;
    bool same = rc == HONE_OK && strcmp(info->digest, row->spec->digest) == 0;
    return rc == HONE_OK && (same || row->force)
               ? hone_writer_lock(writer, info->uid, err)
               : rc;
}

/* Inside the transaction: finds or makes the row. */
static int enter_sweep(hone_writer *writer, const hone_sweep_row *row, bool *created,
                       int64_t *id, hone_error *err)
{
    hone_db *db = &writer->recorder.db;
    int result = hone_sweep_find(db, HONE_QUERY_SWEEP_BY_NAME, row->name, id, err);
    if (result != HONE_OK)
        return result;
    *created = *id == 0;
    if (!*created)
        result = check_digest(writer, row, *id, err);
    if (result != HONE_OK)
        return result;
    int rc = *created ? insert_sweep(db, row, id) : update_sweep(db, row, *id);
    if (rc != SQLITE_OK)
        return hone_db_fail(db, rc, err);
    return match_params(writer, *id, row->spec->space, err);
}

int hone_writer_sweep(hone_writer *writer, const hone_sweep_row *row, bool *created,
                      const hone_sweep_info **info, hone_error *err)
{
    assert(!writer->started);
    hone_db *db = &writer->recorder.db;
    int64_t id = 0;
    *info = NULL;
    int rc = lock_early(writer, row, err);
    if (rc == HONE_OK)
        rc = hone_db_begin(db, err);
    if (rc != HONE_OK)
        return rc;
    rc = enter_sweep(writer, row, created, &id, err);
    if (rc == HONE_OK)
        rc = hone_db_commit(db, err);
    if (rc != HONE_OK) {
        hone_db_rollback(db);
        return rc;
    }
    rc = hone_sweep_info_read(db, writer->dir, id, &writer->info, err);
    if (rc == HONE_OK)
        rc = hone_store_make_sweep_dir(writer->dir, writer->info.info.uid, err);
    if (rc == HONE_OK)
        rc = hone_recorder_choose(&writer->recorder, id, writer->params, err);
    if (rc == HONE_OK)
        *info = &writer->info.info;
    return rc;
}

/* ---- what resume reads ---- */

/* One load: the walk over settings, and where each recorded parameter stands in the
 * space. */
typedef struct load {
    const hone_space *space;
    hone_param_table table;
    int64_t *places; /* by index into the table; -1: not in the space */
    hone_settings_walk walk;
    hone_config *config;
    hone_arena arena; /* of one trial */
    hone_stored_trial_fn visit;
    void *arg;
    int64_t first; /* id of trial 0 of the sweep */
} load;

static int open_load(load *state, hone_writer *writer, hone_error *err)
{
    hone_db *db = &writer->recorder.db;
    int rc = hone_param_table_read(db, writer->recorder.sweep, &state->table, err);
    if (rc != HONE_OK)
        return rc;
    state->config = calloc(1, hone_config_size(state->space));
    state->places =
        calloc(state->table.n > 0 ? state->table.n : 1, sizeof *state->places);
    if (state->config == NULL || state->places == NULL)
        return hone_error_set(err, HONE_ENOMEM, "out of memory");
    for (uint32_t i = 0; i < state->table.n; i++)
        state->places[i] = hone_space_index(state->space, &state->table.items[i]);
    return HONE_OK;
}

static void close_load(load *state)
{
    hone_arena_release(&state->arena);
    hone_param_table_release(&state->table);
    free(state->config);
    free(state->places);
}

/* Returns how many recorded parameters the space lacks. */
static uint32_t read_config(load *state, int64_t trial)
{
    uint32_t n_foreign = 0;
    int64_t param;
    hone_value value;
    state->config->n = state->space->n;
    for (uint32_t i = 0; i < state->space->n; i++)
        state->config->values[i] = (hone_value){.kind = HONE_ABSENT};
    while (hone_settings_next(&state->walk, trial, &param, &value, &state->arena)) {
        const hone_recorded_param *found = hone_param_table_find(&state->table, param);
        int64_t place = found != NULL ? state->places[found - state->table.items] : -1;
        if (place >= 0)
            state->config->values[place] = value;
        else
            n_foreign++;
    }
    return n_foreign;
}

static uint64_t get_offset(const hone_row *row, int column)
{
    return (uint64_t)hone_row_get_int(row, column, 0);
}

/* Reads the present row of STORED and shows it; the visitor's answer, or HONE_E*. */
static int visit_stored(load *state, const hone_row *row)
{
    int64_t id = hone_row_get_int(row, 0, 0);
    const char *status = hone_row_get_text(row, 1), *reason = hone_row_get_text(row, 2);
    hone_stored_trial trial = {.number = (uint64_t)(id - state->first),
                               .config = state->config,
                               .has_objective = hone_row_get_int(row, 3, 0) != 0,
                               .objective = hone_row_get_real(row, 4),
                               .attempts = (uint32_t)hone_row_get_int(row, 5, 0),
                               .slot = (uint32_t)hone_row_get_int(row, 6, 0),
                               .stdout_read = get_offset(row, 7),
                               .stderr_read = get_offset(row, 8),
                               .metrics_read = get_offset(row, 9),
                               .parent = get_offset(row, 13),
                               .sequence = get_offset(row, 11),
                               .has_detail = hone_row_get_int(row, 12, 0) != 0};
    const char *wish = hone_row_get_text(row, 10);
    if (status == NULL || !hone_status_find(status, &trial.status) || reason == NULL ||
        !hone_reason_find(reason, &trial.reason) ||
        !hone_wish_find(text_or_empty(wish), &trial.wish))
        return HONE_EDAMAGED;
    trial.n_foreign = read_config(state, id);
    if (state->walk.result != HONE_OK)
        return state->walk.result;
    int answer = state->visit(state->arg, &trial);
    hone_arena_release(&state->arena);
    return answer;
}

static int load_trials(load *state, hone_db *db, int64_t last, hone_error *err)
{
    hone_settings_begin(&state->walk, db, state->first, last);
    hone_row row = hone_row_begin(db, HONE_QUERY_STORED);
    hone_row_int(&row, state->first);
    hone_row_int(&row, last);
    int answer = HONE_OK;
    while (answer == HONE_OK && hone_row_next(&row))
        answer = visit_stored(state, &row);
    int rc = hone_row_done(&row);
    int result = hone_settings_end(&state->walk, err);
    if (rc != SQLITE_OK)
        return hone_db_fail(db, rc, err);
    if (result == HONE_OK && answer == HONE_EDAMAGED)
        return hone_error_set(err, answer,
                              "%s is damaged: a trial has a status, reason or wish "
                              "that does not exist",
                              db->path);
    return result != HONE_OK ? result : answer;
}

int hone_writer_load(hone_writer *writer, const hone_space *space,
                     hone_stored_trial_fn visit, void *arg, hone_error *err)
{
    int64_t sweep = writer->recorder.sweep;
    assert(!writer->started && sweep != 0);
    load state = {
        .space = space, .visit = visit, .arg = arg, .first = hone_trials_first(sweep)};
    hone_arena_init(&state.arena, TRIAL_MAX);
    int rc = open_load(&state, writer, err);
    if (rc == HONE_OK)
        rc = load_trials(&state, &writer->recorder.db, hone_trials_last(sweep), err);
    close_load(&state);
    return rc;
}

int hone_writer_load_ends(hone_writer *writer, uint64_t number, hone_stored_end_fn visit,
                          void *arg, hone_error *err)
{
    assert(!writer->started && writer->recorder.sweep != 0);
    hone_db *db = &writer->recorder.db;
    hone_row row = hone_row_begin(db, HONE_QUERY_ATTEMPT_ENDS);
    hone_row_int(&row, hone_trial_id(writer->recorder.sweep, number));
    int answer = HONE_OK;
    while (answer == HONE_OK && hone_row_next(&row)) {
        hone_stored_end end = {.exit_code = (int)hone_row_get_int(&row, 1, -1),
                               .ran = !hone_row_is_null(&row, 2),
                               .attempt = (uint32_t)hone_row_get_int(&row, 3, 0),
                               .scored = hone_row_get_int(&row, 4, 0) != 0,
                               .score = hone_row_get_real(&row, 5)};
        if (!hone_row_is_null(&row, 6))
            end.budget = hone_row_get_real(&row, 6);
        answer = hone_reason_find(text_or_empty(hone_row_get_text(&row, 0)), &end.reason)
                     ? visit(arg, &end)
                     : HONE_EDAMAGED;
    }
    int rc = hone_row_done(&row);
    return rc != SQLITE_OK ? hone_db_fail(db, rc, err) : answer;
}

int hone_writer_load_result(hone_writer *writer, uint64_t number, const char *metric,
                            double *value, hone_error *err)
{
    assert(!writer->started && writer->recorder.sweep != 0);
    hone_db *db = &writer->recorder.db;
    hone_row row = hone_row_begin(db, HONE_QUERY_RESULT_OF);
    hone_row_int(&row, hone_trial_id(writer->recorder.sweep, number));
    hone_row_text(&row, metric);
    *value = NAN;
    if (hone_row_next(&row))
        *value = hone_row_get_real(&row, 0);
    int rc = hone_row_done(&row);
    return rc != SQLITE_OK ? hone_db_fail(db, rc, err) : HONE_OK;
}

int hone_writer_load_points(hone_writer *writer, uint64_t number, uint32_t attempt,
                            hone_point_fn visit, void *arg, hone_error *err)
{
    assert(!writer->started && writer->recorder.sweep != 0);
    hone_db *db = &writer->recorder.db;
    hone_row row = hone_row_begin(db, HONE_QUERY_POINTS_PRINTED);
    hone_row_int(&row, hone_trial_id(writer->recorder.sweep, number));
    hone_row_int(&row, attempt);
    int answer = HONE_OK;
    while (answer == HONE_OK && hone_row_next(&row)) {
        hone_point point = {.name = text_or_empty(hone_row_get_text(&row, 0)),
                            .attempt = attempt,
                            .step = hone_row_get_real(&row, 1),
                            .value = hone_row_get_real(&row, 2),
                            .time = hone_row_get_int(&row, 3, 0)};
        answer = visit(arg, &point);
    }
    int rc = hone_row_done(&row);
    return rc != SQLITE_OK ? hone_db_fail(db, rc, err) : answer;
}
