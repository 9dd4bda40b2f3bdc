/* hone show: everything recorded of one trial. */
#include <math.h>
#include <string.h>

#include <hone/export.h>
#include <hone/hone.h>

#include "cli/command.h"
#include "cli/exit.h"
#include "cli/out.h"
#include "cli/render.h"
#include "cli/target.h"
#include "cli/term.h"

enum { MAX_TEXT = 1024 * 1024 * 1024, PAD = 10 };

struct view {
    const struct target *target;
    hone_buf *text;
    hone_json json;
    hone_error *err;
    hone_buf metric; /* the metric whose points are being written */
    bool in_metric;
};

static const char redacted[] = "***";

/* Names whose values nobody should paste into an issue. */
static bool is_secret(const char *name, size_t len)
{
    static const char *const parts[] = {"token",      "secret",  "password",
                                        "passwd",     "apikey",  "api_key",
                                        "credential", "private", "_key"};
    char copy[256];
    size_t n = len < sizeof copy - 1 ? len : sizeof copy - 1;
    memcpy(copy, name, n);
    copy[n] = '\0';
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (strcasestr(copy, parts[i]) != NULL) {
            return true;
        }
    }
    return false;
}

static void put_env_json(hone_json *json, const hone_trial_detail *detail)
{
    hone_buf name;
    hone_buf_init(&name, MAX_TEXT);
    hone_json_begin_object(json);
    for (uint32_t i = 0; i < detail->n_env; i++) {
        const char *entry = detail->env[i];
        size_t len = strcspn(entry, "=");
        hone_buf_reset(&name);
        hone_buf_add(&name, entry, len);
        hone_json_key(json, hone_buf_text(&name));
        hone_json_text(json, entry[len] == '\0'      ? NULL
                             : is_secret(entry, len) ? redacted
                                                     : entry + len + 1);
    }
    hone_json_end(json);
    hone_buf_release(&name);
}

static int put_detail_json(void *arg, const hone_trial_detail *detail)
{
    struct view *view = arg;
    hone_json *json = &view->json;
    hone_json_key(json, "command");
    hone_json_begin_array(json);
    for (uint32_t i = 0; i < detail->n_args; i++) {
        hone_json_text(json, detail->args[i]);
    }
    hone_json_end(json);
    hone_json_key(json, "workdir");
    hone_json_text(json, detail->workdir);
    hone_json_key(json, "trial_dir");
    hone_json_text(json, detail->trial_dir);
    hone_json_key(json, "env");
    put_env_json(json, detail);
    hone_json_key(json, "git");
    hone_json_null(json);
    hone_json_key(json, "host");
    hone_json_text(json, detail->host);
    hone_json_key(json, "versions");
    hone_json_begin_object(json);
    hone_json_key(json, "hone");
    hone_json_text(json, HONE_VERSION);
    hone_json_end(json);
    hone_json_key(json, "seed");
    hone_json_int(json, (int64_t)detail->seed);
    return HONE_OK;
}

static void put_int(hone_json *json, const char *key, int64_t value)
{
    hone_json_key(json, key);
    hone_json_int(json, value);
}

static void put_null(hone_json *json, const char *key)
{
    hone_json_key(json, key);
    hone_json_null(json);
}

/* An attempt that has not ended has no exit status; one that ended by it has no signal.
 */
static void put_end(hone_json *json, const hone_attempt_info *attempt)
{
    const char *reason = hone_reason_text(attempt->reason);
    if (attempt->has_exit_code) {
        put_int(json, "exit_code", attempt->exit_code);
    } else {
        put_null(json, "exit_code");
    }
    if (attempt->signal != 0) {
        put_int(json, "signal", attempt->signal);
    } else {
        put_null(json, "signal");
    }
    hone_json_key(json, "reason");
    hone_json_text(json, reason != NULL && reason[0] != '\0' ? reason : NULL);
}

static int put_run_json(void *arg, const hone_attempt_info *attempt)
{
    struct view *view = arg;
    hone_json *json = &view->json;
    hone_json_begin_object(json);
    put_int(json, "number", attempt->number);
    put_int(json, "repeat", attempt->repeat);
    if (attempt->has_seed) {
        put_int(json, "seed", (int64_t)attempt->seed);
    } else {
        put_null(json, "seed");
    }
    hone_json_key(json, "objective");
    if (attempt->scored || attempt->budget > 0) {
        hone_json_real(json, attempt->score);
    } else {
        hone_json_null(json);
    }
    if (attempt->budget > 0) {
        hone_json_key(json, "budget");
        hone_json_real(json, attempt->budget);
    }
    hone_json_key(json, "started_at");
    hone_time_write_json(json, attempt->started_at);
    hone_json_key(json, "ended_at");
    hone_time_write_json(json, attempt->ended_at);
    put_end(json, attempt);
    if (attempt->pid > 0) {
        put_int(json, "pid", attempt->pid);
    } else {
        put_null(json, "pid");
    }
    hone_json_key(json, "host");
    hone_json_text(json, attempt->host);
    put_null(json, "slurm_job");
    hone_json_key(json, "cpu_time");
    hone_seconds_write_json(json, attempt->cpu_time_s);
    if (attempt->max_rss >= 0) {
        put_int(json, "max_rss", attempt->max_rss);
    } else {
        put_null(json, "max_rss");
    }
    hone_json_end(json);
    return HONE_OK;
}

/* Points come metric by metric: a new name ends one list and begins the next. */
static int put_point_json(void *arg, const hone_point *point)
{
    struct view *view = arg;
    hone_json *json = &view->json;
    if (!view->in_metric || strcmp(hone_buf_text(&view->metric), point->name) != 0) {
        if (view->in_metric) {
            hone_json_end(json);
        }
        hone_buf_reset(&view->metric);
        hone_buf_puts(&view->metric, point->name);
        hone_json_key(json, point->name);
        hone_json_begin_array(json);
        view->in_metric = true;
    }
    hone_json_begin_array(json);
    if (isnan(point->step)) {
        hone_json_null(json);
    } else {
        hone_render_json_number(json, point->step);
    }
    hone_json_real(json, point->value);
    hone_time_write_json(json, point->time);
    hone_json_end(json);
    return HONE_OK;
}

static int put_trial_json(void *arg, const hone_trial_info *trial)
{
    struct view *view = arg;
    hone_trial_write_members(&view->json, trial);
    return HONE_OK;
}

static int put_json(struct view *view)
{
    hone_store *store = view->target->store;
    int64_t sweep = view->target->sweep->id;
    uint64_t number = view->target->trial;
    hone_json *json = &view->json;
    hone_json_begin_object(json);
    int rc = hone_store_trial(store, sweep, number, put_trial_json, view, view->err);
    if (rc == HONE_OK) {
        rc = hone_store_detail(store, sweep, number, put_detail_json, view, view->err);
    }
    hone_json_key(json, "inputs");
    hone_json_begin_array(json);
    hone_json_end(json);
    hone_json_key(json, "runs");
    hone_json_begin_array(json);
    if (rc == HONE_OK) {
        rc = hone_store_attempts(store, sweep, number, put_run_json, view, view->err);
    }
    hone_json_end(json);
    hone_json_key(json, "history");
    hone_json_begin_object(json);
    if (rc == HONE_OK) {
        rc = hone_store_history(store, sweep, number, 0, put_point_json, view, view->err);
    }
    if (view->in_metric) {
        hone_json_end(json);
    }
    hone_json_end(json);
    hone_json_key(json, "artifacts");
    hone_json_begin_array(json);
    hone_json_end(json);
    hone_json_end(json);
    hone_buf_putc(view->text, '\n');
    return rc;
}

static void put_field(struct view *view, const char *label, hone_buf *value)
{
    hone_render_field(view->text, label, PAD, hone_buf_text(value));
    hone_buf_reset(value);
}

static void put_pair(struct view *view, const char *name, const char *value)
{
    hone_buf_puts(view->text, "  ");
    hone_term_clean(view->text, name, strlen(name));
    hone_buf_puts(view->text, " = ");
    hone_term_clean(view->text, value, strlen(value));
    hone_buf_putc(view->text, '\n');
}

static void put_costs(struct view *view, const hone_trial_info *trial, hone_buf *line)
{
    char time[HONE_TIME_TEXT];
    if (hone_time_write(trial->started_at, time) > 0) {
        hone_render_field(view->text, "started", PAD, time);
    }
    if (hone_time_write(trial->ended_at, time) > 0) {
        hone_buf_printf(line, "%s, after ", time);
        hone_render_duration(line, trial->duration_s);
        put_field(view, "ended", line);
        hone_render_duration(line, trial->cpu_time_s);
        hone_buf_puts(line, " of cpu, at most ");
        hone_render_bytes(line, trial->max_rss);
        put_field(view, "used", line);
    }
}

static void put_interval(struct view *view, const hone_trial_info *trial, hone_buf *line)
{
    hone_summary summary = hone_trial_summary(trial);
    hone_interval interval = hone_summary_interval(&summary);
    if (isfinite(interval.low)) {
        hone_buf_puts(line, "95 % from ");
        hone_render_real(line, interval.low);
        hone_buf_puts(line, " to ");
        hone_render_real(line, interval.high);
        put_field(view, "mean", line);
    }
}

static int put_trial_text(void *arg, const hone_trial_info *trial)
{
    struct view *view = arg;
    const char *reason = hone_reason_text(trial->reason);
    hone_buf line;
    hone_buf_init(&line, MAX_TEXT);
    hone_buf_printf(&line, "%s/%llu", trial->sweep, (unsigned long long)trial->number);
    put_field(view, "trial", &line);
    hone_buf_puts(&line, hone_status_text(trial->status));
    if (reason != NULL && reason[0] != '\0') {
        hone_buf_printf(&line, " (%s)", reason);
    }
    if (trial->detail != NULL && trial->detail[0] != '\0') {
        hone_buf_printf(&line, ": %s", trial->detail);
    }
    put_field(view, "status", &line);
    if (trial->has_objective) {
        hone_render_objective(&line, trial);
        put_field(view, "objective", &line);
    }
    put_interval(view, trial, &line);
    put_costs(view, trial, &line);
    if (trial->parent != 0) {
        hone_buf_printf(&line, "trial %llu", (unsigned long long)trial->parent);
        put_field(view, "copy of", &line);
        hone_buf_reset(&line);
    }
    if (trial->rerun_of != 0) {
        hone_buf_printf(&line, "trial %llu", (unsigned long long)trial->rerun_of);
        put_field(view, "rerun of", &line);
    }
    hone_buf_puts(view->text, trial->n_params > 0 ? "\nparameters\n" : "");
    for (uint32_t i = 0; i < trial->n_params; i++) {
        hone_value_write(&line, &trial->params[i].value, HONE_FORM_YAML);
        put_pair(view, trial->params[i].name, hone_buf_text(&line));
        hone_buf_reset(&line);
    }
    hone_buf_puts(view->text, trial->n_metrics > 0 ? "\nmetrics\n" : "");
    for (uint32_t i = 0; i < trial->n_metrics; i++) {
        hone_render_real(&line, trial->metrics[i].value);
        hone_buf_printf(&line, "  (%llu value%s)",
                        (unsigned long long)trial->metrics[i].n,
                        trial->metrics[i].n == 1 ? "" : "s");
        put_pair(view, trial->metrics[i].name, hone_buf_text(&line));
        hone_buf_reset(&line);
    }
    hone_buf_release(&line);
    return HONE_OK;
}

static int put_detail_text(void *arg, const hone_trial_detail *detail)
{
    struct view *view = arg;
    hone_buf line;
    hone_buf_init(&line, MAX_TEXT);
    hone_buf_putc(view->text, '\n');
    for (uint32_t i = 0; i < detail->n_args; i++) {
        hone_buf_puts(&line, i > 0 ? " " : "");
        hone_shell_quote(&line, detail->args[i]);
    }
    put_field(view, "command", &line);
    if (detail->workdir != NULL) {
        hone_render_field(view->text, "workdir", PAD, detail->workdir);
    }
    if (detail->trial_dir != NULL) {
        hone_render_field(view->text, "folder", PAD, detail->trial_dir);
    }
    if (detail->host != NULL) {
        hone_render_field(view->text, "host", PAD, detail->host);
    }
    hone_buf_printf(&line, "%llu", (unsigned long long)detail->seed);
    put_field(view, "seed", &line);
    hone_buf_release(&line);
    return HONE_OK;
}

static int put_run_text(void *arg, const hone_attempt_info *attempt)
{
    struct view *view = arg;
    const char *reason = hone_reason_text(attempt->reason);
    char time[HONE_TIME_TEXT];
    hone_buf label, line;
    hone_buf_init(&label, MAX_TEXT);
    hone_buf_init(&line, MAX_TEXT);
    hone_buf_printf(&label, "attempt %u", attempt->number);
    if (attempt->scored || attempt->repeat > 1) {
        hone_buf_printf(&line, "repeat %u, ", attempt->repeat);
        if (attempt->has_seed) {
            hone_buf_printf(&line, "seed %llu, ", (unsigned long long)attempt->seed);
        }
    }
    hone_buf_add(&line, time, hone_time_write(attempt->started_at, time));
    if (attempt->ended_at != HONE_NO_TIME) {
        hone_buf_puts(&line, " to ");
        hone_buf_add(&line, time, hone_time_write(attempt->ended_at, time));
    }
    if (reason != NULL && reason[0] != '\0' && attempt->reason != HONE_REASON_EXIT) {
        hone_buf_printf(&line, ", %s", reason);
    }
    if (attempt->has_exit_code) {
        hone_buf_printf(&line, ", exit status %d", attempt->exit_code);
    }
    if (attempt->signal != 0) {
        hone_buf_printf(&line, ", signal %d", attempt->signal);
    }
    if (attempt->budget > 0) {
        hone_buf_puts(&line, ", budget ");
        hone_render_real(&line, attempt->budget);
    }
    if ((attempt->scored || attempt->budget > 0) && !isnan(attempt->score)) {
        hone_buf_puts(&line, ", objective ");
        hone_render_real(&line, attempt->score);
    }
    put_field(view, hone_buf_text(&label), &line);
    hone_buf_release(&line);
    hone_buf_release(&label);
    return HONE_OK;
}

static int put_text(struct view *view)
{
    hone_store *store = view->target->store;
    int64_t sweep = view->target->sweep->id;
    uint64_t number = view->target->trial;
    int rc = hone_store_trial(store, sweep, number, put_trial_text, view, view->err);
    if (rc == HONE_OK) {
        rc = hone_store_detail(store, sweep, number, put_detail_text, view, view->err);
    }
    if (rc == HONE_OK) {
        rc = hone_store_attempts(store, sweep, number, put_run_text, view, view->err);
    }
    return rc;
}

static int show(const struct target *target, enum form form)
{
    struct out out;
    hone_buf text;
    hone_error err = {.code = 0};
    struct view view = {.target = target, .text = &text, .err = &err};
    if (hone_out_open(&out, NULL, NULL) != HONE_OK) {
        return EXIT_FAILED;
    }
    hone_buf_init(&text, MAX_TEXT);
    hone_buf_init(&view.metric, MAX_TEXT);
    hone_json_init(&view.json, &text);
    int rc = form == FORM_JSON ? put_json(&view) : put_text(&view);
    if (rc == HONE_OK) {
        hone_out_buf(&out, &text);
    }
    hone_buf_release(&view.metric);
    hone_buf_release(&text);
    return hone_out_close(&out, rc == HONE_OK ? EXIT_DONE : hone_exit_error(&err, rc));
}

static int run(const struct args *args)
{
    struct target target;
    int status = hone_target_open_trial(&target, args);
    if (status == EXIT_DONE) {
        status = show(&target, hone_args_form(args));
    }
    hone_target_close(&target);
    return status;
}

static const hone_option options_table[] = {OPTION_JSON, OPTION_STORE, OPTION_END};

const struct command hone_cmd_show = {
    .name = "show",
    .synopsis = "TRIAL",
    .summary = "everything recorded of a trial",
    .options = options_table,
    .operands = OPERAND_TRIAL,
    .min_operands = 1,
    .max_operands = 1,
    .details =
        "With --json also the environment that the trial had on top of hone's own, "
        "where values that look like secrets are ***, and the history of each "
        "metric as [step, value, time].",
    .run = run};
