/* Words and numbers for the user: how an attempt ended, how far the sweep is. */
#include <assert.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/nearest.h"
#include "engine/sweep_state.h"

enum {
    LOOK_BACK = 64 * 1024, /* bytes of each stream searched for the nearest line */
    SHOWN = 160            /* bytes of it that are shown */
};

/* ---- how an attempt ended ---- */

/* One output that has been put away. */
typedef struct kept_output {
    const char *name;
    uint64_t start, end;
    bool own;
} kept_output;

/* Its last LOOK_BACK bytes; returns their number. */
static size_t read_last(const hone_tail_start *where, uint32_t attempt,
                        const kept_output *output, char *into)
{
    char path[4200];
    if (where->slot_dir == NULL)
        return 0;
    if (output->own)
        snprintf(path, sizeof(path), "%s/%s.%" PRIu32, where->trial_dir, output->name,
                 attempt);
    else
        snprintf(path, sizeof(path), "%s/%s", where->slot_dir, output->name);
    uint64_t len = output->end - output->start;
    uint64_t from = len > LOOK_BACK ? output->end - LOOK_BACK : output->start;
    int fd = len > 0 ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0)
        return 0;
    ssize_t got = pread(fd, into, (size_t)(output->end - from), (off_t)from);
    close(fd);
    return got > 0 ? (size_t)got : 0;
}

/* Control bytes would play with the user's terminal. */
static void add_printable(hone_buf *out, const char *line, size_t len)
{
    for (size_t i = 0; i < len && i < SHOWN; i++) {
        unsigned char byte = (unsigned char)line[i];
        hone_buf_putc(out, byte < 0x20 || byte == 0x7f ? ' ' : (char)byte);
    }
    if (len > SHOWN)
        hone_buf_puts(out, "...");
}

static void describe_missing(hone_sweep *sweep, const hone_run *run,
                             const hone_exit *exit, hone_buf *out)
{
    const char *metric = hone_goals_missing(sweep->spec, &run->tally);
    assert(metric != NULL);
    hone_slot slot = {
        .number = run->number, .repeat = hone_run_repeat(run), .folder = exit->slot};
    const hone_tail_start where = hone_perform_where(sweep, &slot);
    const kept_output outputs[] = {
        {"stdout", exit->stdout_start, exit->stdout_end, exit->own_stdout},
        {"stderr", exit->stderr_start, exit->stderr_end, exit->own_stderr}};
    hone_buf_printf(out, "%s never appeared in the output", metric);
    char *text = malloc(2 * LOOK_BACK);
    if (text == NULL)
        return;
    hone_nearest nearest = {0};
    size_t n = read_last(&where, run->attempt, &outputs[0], text);
    hone_nearest_look(&nearest, metric, text, n);
    size_t m = read_last(&where, run->attempt, &outputs[1], text + LOOK_BACK);
    hone_nearest_look(&nearest, metric, text + LOOK_BACK, m);
    if (n + m == 0) {
        hone_buf_puts(out, "; the command printed nothing");
    } else if (nearest.len > 0) {
        hone_buf_puts(out, "; the nearest line is: ");
        add_printable(out, nearest.line, nearest.len);
    }
    free(text);
}

static void describe_memory(const hone_sweep *sweep, const hone_exit *exit, hone_buf *out)
{
    const double mib = 1024 * 1024;
    if (exit->memory > 0)
        hone_buf_printf(
            out, "had %.1f MiB in memory; the limit is %.1f MiB (resources.memory)",
            (double)exit->memory / mib, (double)sweep->spec->resources.memory / mib);
    else
        hone_buf_printf(
            out,
            "the kernel ended a process of it for want of memory; its largest "
            "had %.1f MiB",
            (double)exit->max_rss / mib);
}

static void describe_rest(const hone_sweep *sweep, const hone_verdict *verdict,
                          hone_buf *out)
{
    const hone_fidelity *fidelity = &sweep->spec->fidelity;
    const hone_budget budget = hone_fidelity_budget(fidelity, verdict->budget);
    hone_buf_printf(out, "at %s=", sweep->spec->space->params[fidelity->param].name);
    hone_value_write(out, &budget.value, HONE_FORM_YAML);
    hone_buf_puts(out, ", not promoted");
}

void hone_outcome_describe(hone_sweep *sweep, const hone_run *run, const hone_exit *exit,
                           const hone_verdict *verdict, hone_buf *out)
{
    if (verdict->status == HONE_STATUS_CANCELLED)
        hone_buf_printf(out, "by the user%s",
                        verdict->reason != HONE_REASON_NONE ? "; " : "");
    bool early =
        verdict->status == HONE_STATUS_PRUNED || verdict->status == HONE_STATUS_COMPLETED;
    if (verdict->rests && !sweep->spec->fidelity.by_step)
        describe_rest(sweep, verdict, out);
    else if (early && run->why != NULL)
        hone_buf_puts(out, run->why);
    switch (verdict->reason) {
    case HONE_REASON_EXIT:
        hone_buf_printf(out, "exit status %d", exit->exit_code);
        break;
    case HONE_REASON_SIGNAL:
        hone_buf_printf(out, "signal %d (%s)", exit->signal, strsignal(exit->signal));
        break;
    case HONE_REASON_TIMEOUT:
        hone_buf_printf(out, "still running after the timeout of %g s",
                        sweep->spec->timeout_s);
        break;
    case HONE_REASON_NOT_FOUND:
        hone_buf_printf(out, "the command cannot be started: %s",
                        strerror(exit->spawn_errno));
        break;
    case HONE_REASON_NO_METRIC:
        describe_missing(sweep, run, exit, out);
        break;
    case HONE_REASON_INTERRUPTED:
        hone_buf_puts(out, "ended with the orchestrator; counts as not run");
        break;
    case HONE_REASON_LOST:
        if (run->refused)
            hone_buf_puts(out, "could not be started");
        else
            hone_buf_puts(out, "vanished without an exit record");
        break;
    case HONE_REASON_OUT_OF_MEMORY:
        describe_memory(sweep, exit, out);
        break;
    case HONE_REASON_NONE:
    case HONE_REASON_LIMIT:
    case HONE_N_REASONS:
        break;
    }
}

/* ---- how far the sweep is ---- */

void hone_outcome_params(hone_buf *out, const hone_space *space,
                         const hone_config *config)
{
    for (uint32_t i = 0; i < space->n; i++) {
        const hone_param *param = &space->params[i];
        bool fixed = param->distribution == HONE_CONSTANT;
        if (config->values[i].kind == HONE_ABSENT || fixed)
            continue;
        if (out->len > 0)
            hone_buf_putc(out, ' ');
        hone_buf_puts(out, param->name);
        hone_buf_putc(out, '=');
        hone_value_write(out, &config->values[i], HONE_FORM_YAML);
    }
}

/* What is left of the plan at the rate of this run; NaN where nothing tells. */
static double estimate_left(const hone_sweep *sweep, double rate)
{
    uint64_t planned = sweep->reactor.options.planned;
    if (planned == UINT64_MAX || !(rate > 0) || sweep->n_ended < 2)
        return NAN;
    const uint64_t *counts = sweep->reactor.counts;
    uint64_t done = counts[HONE_STATUS_COMPLETED] + counts[HONE_STATUS_FAILED] +
                    counts[HONE_STATUS_PRUNED] + counts[HONE_STATUS_CANCELLED];
    return done < planned ? (double)(planned - done) / rate : 0;
}

void hone_outcome_progress(hone_sweep *sweep, hone_progress *progress)
{
    const hone_stopper *stopper = &sweep->reactor.stopper;
    const hone_objective *objective = &sweep->spec->objective;
    double elapsed = (double)(uv_hrtime() - sweep->began_mono) / 1e9;
    *progress = (hone_progress){
        .name = sweep->name,
        .planned = sweep->reactor.options.planned,
        .concurrency = sweep->reactor.options.concurrency,
        .elapsed_s = elapsed,
        .trials_per_s = elapsed > 0 ? (double)sweep->n_ended / elapsed : 0,
        .objective = objective->name,
        .maximize = objective->maximize,
        .best = stopper->has_best ? stopper->best_number : 0,
        .best_objective = objective->maximize ? -stopper->best : stopper->best,
        .best_se = hone_summary_se(&sweep->reactor.best),
        .best_params = hone_buf_text(&sweep->best_params),
        .interrupts = sweep->reactor.interrupts,
        .paused = sweep->reactor.paused};
    progress->left_s = estimate_left(sweep, progress->trials_per_s);
    memcpy(progress->counts, sweep->reactor.counts, sizeof(progress->counts));
}
