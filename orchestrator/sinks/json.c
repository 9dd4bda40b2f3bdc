/* JSON, as `hone trials --json`: one array of objects, or one object a line. */
#include "sinks/sinks.h"

#include "base/banned.h"

struct job {
    hone_buf row;
    struct hone_sink_output output;
    const char *before_first, *before_next; /* what separates the objects */
    uint64_t n;
};

static int write_trial(void *arg, const hone_trial_info *trial)
{
    struct job *job = arg;
    hone_json json;
    hone_buf_puts(&job->row, job->n++ == 0 ? job->before_first : job->before_next);
    hone_json_init(&json, &job->row);
    hone_trial_write_json(&json, trial);
    return hone_sink_flush(&job->output, &job->row);
}

static int run_json(hone_store *store, const hone_sweep_info *sweep,
                    hone_export_write write, void *arg, hone_error *err)
{
    struct job job = {.output = {.write = write, .arg = arg, .err = err},
                      .before_first = "[\n",
                      .before_next = ",\n"};
    hone_buf_init(&job.row, HONE_SINK_ROW_MAX);
    int rc = hone_store_trials(store, sweep->id, 1, write_trial, &job, err);
    if (rc == HONE_OK) {
        hone_buf_puts(&job.row, job.n == 0 ? "[]\n" : "\n]\n");
        rc = hone_sink_flush(&job.output, &job.row);
    }
    hone_buf_release(&job.row);
    return rc;
}

static int run_jsonl(hone_store *store, const hone_sweep_info *sweep,
                     hone_export_write write, void *arg, hone_error *err)
{
    struct job job = {.output = {.write = write, .arg = arg, .err = err},
                      .before_first = "",
                      .before_next = "\n"};
    hone_buf_init(&job.row, HONE_SINK_ROW_MAX);
    int rc = hone_store_trials(store, sweep->id, 1, write_trial, &job, err);
    if (rc == HONE_OK && job.n > 0) {
        hone_buf_putc(&job.row, '\n');
        rc = hone_sink_flush(&job.output, &job.row);
    }
    hone_buf_release(&job.row);
    return rc;
}

const hone_sink hone_sink_json = {
    .name = "json", .summary = "an array of objects, as trials --json", .run = run_json};
const hone_sink hone_sink_jsonl = {
    .name = "jsonl", .summary = "one JSON object a line", .run = run_jsonl};
