/* One function per kind of record, from its bytes to its rows. All return SQLite's code,
 * 0 when well; the transaction around them is recorder.c's. */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "store/recorder.h"
#include "store/row.h"
#include "store/sweep_info.h"

#include "base/banned.h"

static hone_record_reader read_after(const hone_record *record, size_t size)
{
    const unsigned char *bytes = (const unsigned char *)record;
    assert(record->size >= size);
    return (hone_record_reader){.at = bytes + size, .end = bytes + record->size};
}

/* Times and sizes that may be unknown are NULL then. */
static void bind_time(hone_row *row, hone_time time)
{
    if (time == HONE_NO_TIME)
        hone_row_null(row);
    else
        hone_row_int(row, time);
}

static void bind_offset(hone_row *row, uint64_t offset)
{
    if (offset > INT64_MAX)
        hone_row_null(row);
    else
        hone_row_int(row, (int64_t)offset);
}

static void bind_known(hone_row *row, bool known, int64_t value)
{
    if (known)
        hone_row_int(row, value);
    else
        hone_row_null(row);
}

static int64_t trial_of(const hone_recorder *recorder, uint64_t number)
{
    return hone_trial_id(recorder->sweep, number);
}

/* What became of a trial; the status before is read from its row, so it comes first. */
static int add_transition(hone_recorder *recorder, int64_t trial, hone_time time,
                          hone_status to, hone_reason reason, uint32_t attempt)
{
    hone_row row = hone_row_begin(&recorder->db, HONE_QUERY_TRANSITION_ADD);
    hone_row_int(&row, trial);
    hone_row_int(&row, ++recorder->sequence);
    hone_row_int(&row, time == HONE_NO_TIME ? 0 : time);
    hone_row_text(&row, hone_status_text(to));
    hone_row_text(&row, hone_reason_text(reason));
    hone_row_int(&row, attempt);
    return hone_row_run(&row);
}

static int drop_results(hone_recorder *recorder, int64_t trial)
{
    hone_row row = hone_row_begin(&recorder->db, HONE_QUERY_RESULTS_DROP);
    hone_row_int(&row, trial);
    return hone_row_run(&row);
}

/* ---- a new trial ---- */

static void bind_cell(hone_row *row, const hone_cell *cell)
{
    switch (cell->type) {
    case HONE_CELL_NULL:
        hone_row_null(row);
        break;
    case HONE_CELL_INT:
        hone_row_int(row, cell->integer);
        break;
    case HONE_CELL_REAL:
        hone_row_real(row, cell->real);
        break;
    case HONE_CELL_TEXT:
        hone_row_bytes(row, cell->text, cell->text_len);
        break;
    }
}

/* Adds a parameter's value, or puts it in the place of the one that is there. */
static int add_setting(hone_recorder *recorder, int64_t trial, hone_record_reader *reader)
{
    hone_record_setting setting;
    size_t spelling_len;
    hone_record_take(reader, &setting, sizeof setting);
    setting.cell.text = hone_record_text(reader, &setting.cell.text_len);
    setting.cell.spelling = hone_record_text(reader, &spelling_len);
    hone_row row = hone_row_begin(&recorder->db, HONE_QUERY_SETTING_ADD);
    hone_row_int(&row, trial);
    hone_row_int(&row, recorder->params[setting.param]);
    hone_row_text(&row, hone_cell_kind((hone_kind)setting.kind));
    bind_cell(&row, &setting.cell);
    hone_row_text(&row, setting.cell.spelling);
    return hone_row_run(&row);
}

static int apply_trial(hone_recorder *recorder, const hone_record *record)
{
    hone_record_trial trial;
    memcpy(&trial, record, sizeof trial);
    hone_record_reader reader = read_after(record, sizeof trial);
    int64_t id = trial_of(recorder, trial.number);
    hone_row row = hone_row_begin(&recorder->db, HONE_QUERY_TRIAL_ADD);
    hone_row_int(&row, id);
    hone_row_int(&row, recorder->sweep);
    hone_row_int(&row, (int64_t)trial.seed);
    hone_row_blob(&row, trial.identity, sizeof trial.identity);
    hone_row_int(&row, trial.now);
    bind_known(&row, trial.parent != 0, (int64_t)trial.parent);
    int rc = hone_row_run(&row);
    for (uint32_t i = 0; i < trial.n_settings && rc == SQLITE_OK; i++)
        rc = add_setting(recorder, id, &reader);
    if (rc != SQLITE_OK)
        return rc;
    row = hone_row_begin(&recorder->db, HONE_QUERY_TRANSITION_FIRST);
    hone_row_int(&row, id);
    hone_row_int(&row, ++recorder->sequence);
    hone_row_int(&row, trial.now);
    return hone_row_run(&row);
}

static int apply_withdraw(hone_recorder *recorder, const hone_record *record)
{
    hone_record_withdraw withdraw;
    memcpy(&withdraw, record, sizeof withdraw);
    hone_row row = hone_row_begin(&recorder->db, HONE_QUERY_TRIAL_DROP);
    hone_row_int(&row, trial_of(recorder, withdraw.number));
    return hone_row_run(&row);
}

/* ---- an attempt's start ---- */

static int add_launch(hone_recorder *recorder, const hone_record_start *start,
                      hone_record_reader *reader, int64_t *launch)
{
    size_t len;
    hone_buf_reset(&recorder->args);
    hone_buf_reset(&recorder->env);
    hone_texts_write(&recorder->args, hone_record_text(reader, &len), start->n_args);
    hone_texts_write(&recorder->env, hone_record_text(reader, &len), start->n_env);
    if (hone_buf_status(&recorder->args) != HONE_OK ||
        hone_buf_status(&recorder->env) != HONE_OK)
        return SQLITE_NOMEM;
    hone_row row = hone_row_begin(&recorder->db, HONE_QUERY_LAUNCH_ADD);
    hone_row_bytes(&row, hone_buf_text(&recorder->args), recorder->args.len);
    hone_row_bytes(&row, hone_buf_text(&recorder->env), recorder->env.len);
    hone_row_text(&row, hone_record_text(reader, &len));
    int rc = hone_row_run(&row);
    *launch = sqlite3_last_insert_rowid(recorder->db.handle);
    return rc;
}

static int add_attempt(hone_recorder *recorder, int64_t trial,
                       const hone_record_start *start, int64_t launch)
{
    hone_row row = hone_row_begin(&recorder->db, HONE_QUERY_ATTEMPT_ADD);
    hone_row_int(&row, trial);
    hone_row_int(&row, start->attempt);
    hone_row_int(&row, start->slot);
    hone_row_int(&row, launch);
    hone_row_text(&row, recorder->host);
    bind_time(&row, start->at);
    hone_row_int(&row, start->repeat);
    return hone_row_run(&row);
}

static int apply_start(hone_recorder *recorder, const hone_record *record)
{
    hone_record_start start;
    memcpy(&start, record, sizeof start);
    hone_record_reader reader = read_after(record, sizeof start);
    int64_t trial = trial_of(recorder, start.number);
    int rc = add_transition(recorder, trial, start.at, HONE_STATUS_RUNNING,
                            HONE_REASON_NONE, start.attempt);
    int64_t launch = 0;
    if (rc == SQLITE_OK)
        rc = add_launch(recorder, &start, &reader, &launch);
    if (rc == SQLITE_OK)
        rc = add_attempt(recorder, trial, &start, launch);
    if (rc == SQLITE_OK && start.attempt > 1)
        rc = drop_results(recorder, trial);
    if (rc != SQLITE_OK)
        return rc;
    hone_row row = hone_row_begin(&recorder->db, HONE_QUERY_TRIAL_START);
    hone_row_int(&row, trial);
    hone_row_int(&row, start.attempt);
    return hone_row_run(&row);
}

static int apply_pid(hone_recorder *recorder, const hone_record *record)
{
    hone_record_pid pid;
    memcpy(&pid, record, sizeof pid);
    hone_row row = hone_row_begin(&recorder->db, HONE_QUERY_ATTEMPT_PID);
    hone_row_int(&row, trial_of(recorder, pid.number));
    hone_row_int(&row, pid.attempt);
    hone_row_int(&row, pid.pid);
    bind_time(&row, pid.at);
    return hone_row_run(&row);
}

/* ---- metrics ---- */

static hone_cached_metric *cached_metric(hone_recorder *recorder, const char *name,
                                         size_t len)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)name[i]) * 16777619u;
    return &recorder->metrics[(hash ^ hash >> 16) % HONE_METRIC_CACHE];
}

static int find_metric(hone_recorder *recorder, const char *name, size_t len, int64_t *id)
{
    hone_row row = hone_row_begin(&recorder->db, HONE_QUERY_METRIC_FIND);
    hone_row_bytes(&row, name, len);
    *id = hone_row_next(&row) ? hone_row_get_int(&row, 0, 0) : 0;
    int rc = hone_row_done(&row);
    if (rc != SQLITE_OK || *id != 0)
        return rc;
    row = hone_row_begin(&recorder->db, HONE_QUERY_METRIC_ADD);
    hone_row_bytes(&row, name, len);
    rc = hone_row_run(&row);
    *id = sqlite3_last_insert_rowid(recorder->db.handle);
    return rc;
}

/* The id of a metric's name. Names that hash alike push each other out of the cache. */
static int metric_id(hone_recorder *recorder, const char *name, size_t len, int64_t *id)
{
    hone_cached_metric *cached = cached_metric(recorder, name, len);
    if (cached->id != 0 && cached->len == len && memcmp(cached->name, name, len) == 0) {
        *id = cached->id;
        return SQLITE_OK;
    }
    int rc = find_metric(recorder, name, len, id);
    if (rc == SQLITE_OK && len <= sizeof cached->name) {
        cached->id = *id;
        cached->len = (uint32_t)len;
        memcpy(cached->name, name, len);
    }
    return rc;
}

int hone_record_offsets(hone_recorder *recorder)
{
    int rc = SQLITE_OK;
    for (uint32_t i = 0; i < recorder->n_offsets && rc == SQLITE_OK; i++) {
        const hone_offsets *item = &recorder->offsets[i];
        hone_row row = hone_row_begin(&recorder->db, HONE_QUERY_ATTEMPT_READ);
        hone_row_int(&row, item->trial);
        hone_row_int(&row, item->attempt);
        for (int stream = 0; stream < HONE_N_OFFSETS; stream++)
            bind_known(&row, item->at[stream] >= 0, item->at[stream]);
        rc = hone_row_run(&row);
    }
    recorder->n_offsets = 0;
    return rc;
}

/* Remembers how far a stream is read; written once a batch, with the points. */
static int note_offset(hone_recorder *recorder, int64_t trial,
                       const hone_record_metric *metric)
{
    if (metric->stream < 0 || metric->offset > INT64_MAX)
        return SQLITE_OK;
    uint32_t i = recorder->n_offsets;
    while (i > 0 && (recorder->offsets[i - 1].trial != trial ||
                     recorder->offsets[i - 1].attempt != metric->attempt))
        i--;
    if (i == 0) {
        if (recorder->n_offsets == HONE_OFFSET_SLOTS) {
            int rc = hone_record_offsets(recorder);
            if (rc != SQLITE_OK)
                return rc;
        }
        i = ++recorder->n_offsets;
        recorder->offsets[i - 1] = (hone_offsets){
            .trial = trial, .attempt = metric->attempt, .at = {-1, -1, -1}};
    }
    recorder->offsets[i - 1].at[metric->stream] = (int64_t)metric->offset;
    return SQLITE_OK;
}

bool hone_record_same_line(const void *a, const void *b)
{
    hone_record_metric x, y;
    memcpy(&x.head, a, sizeof x.head);
    memcpy(&y.head, b, sizeof y.head);
    if (x.head.kind != HONE_RECORD_METRIC || y.head.kind != HONE_RECORD_METRIC)
        return false;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return x.number == y.number && x.attempt == y.attempt && x.stream == y.stream &&
           x.offset == y.offset;
}

static int apply_metric(hone_recorder *recorder, const hone_record *record)
{
    hone_record_metric metric;
    memcpy(&metric, record, sizeof metric);
    hone_record_reader reader = read_after(record, sizeof metric);
    size_t len;
    const char *name = hone_record_text(&reader, &len);
    int64_t trial = trial_of(recorder, metric.number), id = 0;
    int rc = metric_id(recorder, name, len, &id);
    if (rc == SQLITE_OK)
        rc = note_offset(recorder, trial, &metric);
    if (rc != SQLITE_OK)
        return rc;
    hone_row row = hone_row_begin(&recorder->db, HONE_QUERY_POINT_ADD);
    hone_row_int(&row, trial);
    hone_row_int(&row, metric.attempt);
    hone_row_int(&row, id);
    hone_row_int(&row, ++recorder->sequence);
    hone_row_real(&row, metric.step);
    hone_row_real(&row, metric.value);
    hone_row_int(&row, metric.at);
    return hone_row_run(&row);
}

/* ---- ends ---- */

static int apply_wish(hone_recorder *recorder, const hone_record *record)
{
    hone_record_wish wish;
    memcpy(&wish, record, sizeof wish);
    hone_row row = hone_row_begin(&recorder->db, HONE_QUERY_ATTEMPT_WISH);
    hone_row_int(&row, trial_of(recorder, wish.number));
    hone_row_int(&row, wish.attempt);
    hone_row_text(&row, hone_wish_text((hone_wish)wish.wish));
    return hone_row_run(&row);
}

static int end_attempt(hone_recorder *recorder, int64_t trial, const hone_record_end *end)
{
    hone_row row = hone_row_begin(&recorder->db, HONE_QUERY_ATTEMPT_END);
    hone_row_int(&row, trial);
    hone_row_int(&row, end->attempt);
    hone_row_text(&row, hone_reason_text((hone_reason)end->reason));
    bind_known(&row, end->has_exit_code, end->exit_code);
    bind_known(&row, end->signal != 0, end->signal);
    bind_known(&row, end->pid > 0, end->pid);
    bind_time(&row, end->started_at);
    bind_time(&row, end->at);
    hone_row_real(&row, end->duration);
    hone_row_real(&row, end->cpu_time);
    bind_known(&row, end->max_rss >= 0, end->max_rss);
    hone_row_int(&row, (int64_t)end->stdout_start);
    bind_offset(&row, end->stdout_end);
    hone_row_int(&row, (int64_t)end->stderr_start);
    bind_offset(&row, end->stderr_end);
    hone_row_int(&row, end->own_stdout);
    hone_row_int(&row, end->own_stderr);
    return hone_row_run(&row);
}

static int score_attempt(hone_recorder *recorder, int64_t trial,
                         const hone_record_end *end)
{
    bool rung = end->budget > 0;
    if (!end->scored && !rung)
        return SQLITE_OK;
    hone_row row = hone_row_begin(&recorder->db, HONE_QUERY_ATTEMPT_SCORE);
    hone_row_int(&row, trial);
    hone_row_int(&row, end->attempt);
    hone_row_real(&row, end->score);
    hone_row_int(&row, end->scored);
    hone_row_real(&row, rung ? end->budget : (double)NAN);
    return hone_row_run(&row);
}

static int end_trial(hone_recorder *recorder, int64_t trial, const hone_record_end *end,
                     const char *detail)
{
    hone_row row = hone_row_begin(&recorder->db, HONE_QUERY_TRIAL_END);
    hone_row_int(&row, trial);
    hone_row_text(&row, hone_status_text((hone_status)end->status));
    hone_row_text(&row, hone_reason_text((hone_reason)end->reason));
    hone_row_text(&row, detail);
    hone_row_int(&row, end->has_objective);
    hone_row_real(&row, end->has_objective ? end->objective : (double)NAN);
    return hone_row_run(&row);
}

static int add_results(hone_recorder *recorder, int64_t trial, uint32_t n,
                       hone_record_reader *reader)
{
    int rc = SQLITE_OK;
    for (uint32_t i = 0; i < n && rc == SQLITE_OK; i++) {
        hone_record_result result;
        size_t len;
        int64_t id = 0;
        hone_record_take(reader, &result, sizeof result);
        const char *name = hone_record_text(reader, &len);
        rc = metric_id(recorder, name, len, &id);
        if (rc != SQLITE_OK)
            return rc;
        hone_row row = hone_row_begin(&recorder->db, HONE_QUERY_RESULT_ADD);
        hone_row_int(&row, trial);
        hone_row_int(&row, id);
        hone_row_real(&row, result.value);
        hone_row_int(&row, (int64_t)result.n);
        rc = hone_row_run(&row);
    }
    return rc;
}

static int apply_end(hone_recorder *recorder, const hone_record *record)
{
    hone_record_end end;
    memcpy(&end, record, sizeof end);
    hone_record_reader reader = read_after(record, sizeof end);
    size_t len;
    const char *detail = hone_record_text(&reader, &len);
    int64_t trial = trial_of(recorder, end.number);
    int rc = add_transition(recorder, trial, end.at, (hone_status)end.status,
                            (hone_reason)end.reason, end.attempt);
    if (rc == SQLITE_OK)
        rc = end_attempt(recorder, trial, &end);
    if (rc == SQLITE_OK)
        rc = score_attempt(recorder, trial, &end);
    if (rc == SQLITE_OK)
        rc = end_trial(recorder, trial, &end, detail);
    return rc == SQLITE_OK ? add_results(recorder, trial, end.n_metrics, &reader) : rc;
}

static int apply_again(hone_recorder *recorder, const hone_record *record)
{
    hone_record_again again;
    memcpy(&again, record, sizeof again);
    int64_t trial = trial_of(recorder, again.number);
    hone_record_end pending = {.status = HONE_STATUS_PENDING};
    hone_row row = hone_row_begin(&recorder->db, HONE_QUERY_ATTEMPT_SCORE_TRIAL);
    hone_row_int(&row, trial);
    int rc = hone_row_run(&row);
    if (rc == SQLITE_OK)
        rc = add_transition(recorder, trial, again.now, HONE_STATUS_PENDING,
                            HONE_REASON_NONE, 0);
    if (rc == SQLITE_OK)
        rc = end_trial(recorder, trial, &pending, NULL);
    return rc == SQLITE_OK ? drop_results(recorder, trial) : rc;
}

/* What it came to stays until it is started again. */
static int apply_promotion(hone_recorder *recorder, const hone_record *record)
{
    hone_record_promotion promotion;
    memcpy(&promotion, record, sizeof promotion);
    hone_record_reader reader = read_after(record, sizeof promotion);
    int64_t trial = trial_of(recorder, promotion.number);
    int rc = add_transition(recorder, trial, promotion.now, HONE_STATUS_PENDING,
                            HONE_REASON_NONE, 0);
    if (rc == SQLITE_OK && promotion.n_settings > 0)
        rc = add_setting(recorder, trial, &reader);
    if (rc != SQLITE_OK)
        return rc;
    hone_row row = hone_row_begin(&recorder->db, HONE_QUERY_TRIAL_PROMOTE);
    hone_row_int(&row, trial);
    return hone_row_run(&row);
}

static int apply_state(hone_recorder *recorder, const hone_record *record)
{
    hone_record_state state;
    memcpy(&state, record, sizeof state);
    hone_record_reader reader = read_after(record, sizeof state);
    size_t len;
    const char *reason = hone_record_text(&reader, &len);
    hone_row row = hone_row_begin(&recorder->db, HONE_QUERY_SWEEP_STATE);
    hone_row_int(&row, recorder->sweep);
    hone_row_text(&row, hone_sweep_state_text((hone_sweep_state)state.state));
    hone_row_text(&row, reason);
    return hone_row_run(&row);
}

int hone_record_apply(hone_recorder *recorder, const hone_record *record)
{
    static int (*const apply[])(hone_recorder *, const hone_record *) = {
        [HONE_RECORD_TRIAL] = apply_trial, [HONE_RECORD_START] = apply_start,
        [HONE_RECORD_PID] = apply_pid,     [HONE_RECORD_METRIC] = apply_metric,
        [HONE_RECORD_END] = apply_end,     [HONE_RECORD_WITHDRAW] = apply_withdraw,
        [HONE_RECORD_AGAIN] = apply_again, [HONE_RECORD_STATE] = apply_state,
        [HONE_RECORD_WISH] = apply_wish,   [HONE_RECORD_PROMOTION] = apply_promotion,
    };
    assert(record->kind < sizeof apply / sizeof apply[0]);
    return apply[record->kind](recorder, record);
}
