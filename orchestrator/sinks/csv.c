/* CSV (RFC 4180, lines ended by a newline alone): one row a trial, a column a parameter
 * and a metric. Two passes: the first learns which columns there are. */
#include <string.h>

#include <hone/export.h>

#include "sinks/sinks.h"

#include "base/banned.h"

struct job {
    hone_columns *columns;
    hone_buf cell, line;
    struct hone_sink_output *output;
};

void hone_csv_write_cell(hone_buf *out, const char *text)
{
    size_t len = strlen(text);
    if (len == strcspn(text, ",\"\r\n") && text[0] != ' ' &&
        (len == 0 || text[len - 1] != ' ')) {
        hone_buf_add(out, text, len);
        return;
    }
    hone_buf_putc(out, '"');
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '"') {
            hone_buf_putc(out, '"');
        }
        hone_buf_putc(out, *c);
    }
    hone_buf_putc(out, '"');
}

static int learn_trial(void *arg, const hone_trial_info *trial)
{
    struct job *job = arg;
    return hone_columns_learn(job->columns, trial, job->output->err);
}

static int write_trial(void *arg, const hone_trial_info *trial)
{
    struct job *job = arg;
    uint32_t n = hone_columns_count(job->columns);
    hone_buf_reset(&job->line);
    for (uint32_t i = 0; i < n; i++) {
        if (i > 0) {
            hone_buf_putc(&job->line, ',');
        }
        hone_buf_reset(&job->cell);
        hone_columns_cell(job->columns, i, trial, &job->cell);
        hone_csv_write_cell(&job->line, hone_buf_text(&job->cell));
    }
    hone_buf_putc(&job->line, '\n');
    return hone_sink_flush(job->output, &job->line);
}

static int write_header(struct job *job)
{
    uint32_t n = hone_columns_count(job->columns);
    for (uint32_t i = 0; i < n; i++) {
        if (i > 0) {
            hone_buf_putc(&job->line, ',');
        }
        hone_csv_write_cell(&job->line, hone_columns_name(job->columns, i));
    }
    hone_buf_putc(&job->line, '\n');
    return hone_sink_flush(job->output, &job->line);
}

static int run(hone_store *store, const hone_sweep_info *sweep, hone_export_write write,
               void *arg, hone_error *err)
{
    struct hone_sink_output output = {.write = write, .arg = arg, .err = err};
    struct job job = {.output = &output};
    int64_t id = sweep->id; /* `sweep` lives only until the store fills another */
    hone_buf_init(&job.cell, HONE_SINK_ROW_MAX);
    hone_buf_init(&job.line, HONE_SINK_ROW_MAX);
    int rc = hone_columns_new(&job.columns, err);
    if (rc == HONE_OK) {
        rc = hone_store_trials(store, id, 1, learn_trial, &job, err);
    }
    if (rc == HONE_OK) {
        rc = write_header(&job);
    }
    if (rc == HONE_OK) {
        rc = hone_store_trials(store, id, 1, write_trial, &job, err);
    }
    hone_columns_free(job.columns);
    hone_buf_release(&job.cell);
    hone_buf_release(&job.line);
    return rc;
}

const hone_sink hone_sink_csv = {
    .name = "csv", .summary = "a table, one row a trial (RFC 4180)", .run = run};
