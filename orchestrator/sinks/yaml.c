/* YAML: a list of trials with the fields of `hone trials --json`. */
#include <math.h>

#include "sinks/sinks.h"

#include "base/banned.h"

struct job {
    hone_buf row;
    struct hone_sink_output output;
    uint64_t n;
};

static void write_text(hone_buf *row, const char *key, const char *text)
{
    hone_buf_printf(row, "  %s: ", key);
    if (text == NULL || text[0] == '\0') {
        hone_buf_puts(row, "null");
    } else {
        hone_text_write_yaml(row, text);
    }
    hone_buf_putc(row, '\n');
}

static void write_integer(hone_buf *row, const char *key, int64_t value)
{
    hone_buf_printf(row, "  %s: %lld\n", key, (long long)value);
}

static void write_seconds(hone_buf *row, const char *key, double seconds)
{
    if (isnan(seconds)) {
        write_text(row, key, NULL);
        return;
    }
    hone_buf_printf(row, "  %s: ", key);
    hone_real_write_yaml(row, seconds);
    hone_buf_putc(row, '\n');
}

/* Quoted: a bare time would be read as a date, not as the text that JSON has. */
static void write_time(hone_buf *row, const char *key, hone_time time)
{
    char text[HONE_TIME_TEXT];
    write_text(row, key, hone_time_write(time, text) > 0 ? text : NULL);
}

static void write_results(hone_buf *row, const hone_trial_info *trial)
{
    hone_buf_puts(row, trial->n_params > 0 ? "  params:\n" : "  params: {}\n");
    hone_params_write_yaml(row, trial->n_params, trial->params, 4);
    hone_buf_puts(row, trial->n_metrics > 0 ? "  metrics:\n" : "  metrics: {}\n");
    hone_metrics_write_yaml(row, trial, 4);
    if (trial->has_objective) {
        hone_buf_puts(row, "  objective: ");
        hone_real_write_yaml(row, trial->objective);
        hone_buf_putc(row, '\n');
    } else {
        write_text(row, "objective", NULL);
    }
}

static void write_costs(hone_buf *row, const hone_trial_info *trial)
{
    write_integer(row, "attempts", trial->attempts);
    if (trial->has_exit_code) {
        write_integer(row, "exit_code", trial->exit_code);
    } else {
        write_text(row, "exit_code", NULL);
    }
    if (trial->signal != 0) {
        write_integer(row, "signal", trial->signal);
    } else {
        write_text(row, "signal", NULL);
    }
    write_time(row, "started_at", trial->started_at);
    write_time(row, "ended_at", trial->ended_at);
    write_seconds(row, "duration", trial->duration_s);
    write_seconds(row, "cpu_time", trial->cpu_time_s);
    if (trial->max_rss >= 0) {
        write_integer(row, "max_rss", trial->max_rss);
    } else {
        write_text(row, "max_rss", NULL);
    }
    if (trial->rerun_of != 0) {
        write_integer(row, "rerun_of", (int64_t)trial->rerun_of);
    } else {
        write_text(row, "rerun_of", NULL);
    }
}

static int write_trial(void *arg, const hone_trial_info *trial)
{
    struct job *job = arg;
    hone_buf *row = &job->row;
    job->n++;
    hone_buf_puts(row, "- sweep: ");
    hone_text_write_yaml(row, trial->sweep);
    hone_buf_putc(row, '\n');
    write_integer(row, "number", (int64_t)trial->number);
    write_text(row, "status", hone_status_text(trial->status));
    write_text(row, "reason", hone_reason_text(trial->reason));
    write_text(row, "detail", trial->detail);
    write_results(row, trial);
    write_costs(row, trial);
    return hone_sink_flush(&job->output, row);
}

static int run(hone_store *store, const hone_sweep_info *sweep, hone_export_write write,
               void *arg, hone_error *err)
{
    struct job job = {.output = {.write = write, .arg = arg, .err = err}};
    hone_buf_init(&job.row, HONE_SINK_ROW_MAX);
    int rc = hone_store_trials(store, sweep->id, 1, write_trial, &job, err);
    if (rc == HONE_OK && job.n == 0) {
        hone_buf_puts(&job.row, "[]\n");
        rc = hone_sink_flush(&job.output, &job.row);
    }
    hone_buf_release(&job.row);
    return rc;
}

const hone_sink hone_sink_yaml = {
    .name = "yaml", .summary = "a list of trials, parameters nested", .run = run};
