/* hone status: how far one sweep is. */
#include <math.h>
#include <string.h>

#include <hone/control.h>

#include "cli/command.h"
#include "cli/exit.h"
#include "cli/out.h"
#include "cli/progress.h"
#include "cli/render.h"
#include "cli/sweep_view.h"
#include "cli/target.h"

enum { MAX_TEXT = 64 * 1024 * 1024, PAD = 9, LIVE_MS = 300 };

struct view {
    hone_buf *text;
    hone_json *json; /* NULL: text for people */
    const hone_sweep_info *sweep;
    hone_control_answer now; /* what the orchestrator said; not live: nothing */
};

/* A live sweep is asked itself, but not for long: the record is enough. */
static void ask_live(struct view *view, const char *dir)
{
    const hone_control_request request = {.kind = HONE_CONTROL_STATUS};
    if (!view->sweep->live || hone_control_ask(dir, view->sweep->uid, &request, LIVE_MS,
                                               &view->now, NULL) != HONE_OK) {
        view->now = (hone_control_answer){.live = false};
    }
}

static const char *name_state(const struct view *view)
{
    if (view->now.ending) {
        return "ending";
    }
    return view->now.paused ? "paused" : hone_view_state(view->sweep);
}

static int put_best(void *arg, const hone_trial_info *trial)
{
    struct view *view = arg;
    if (view->json != NULL) {
        hone_json_begin_object(view->json);
        hone_view_write_best(view->json, trial);
        hone_json_end(view->json);
        return HONE_OK;
    }
    hone_buf best;
    hone_buf_init(&best, MAX_TEXT);
    if (view->sweep->objective != NULL) {
        hone_buf_printf(&best, "%s ", view->sweep->objective);
    }
    hone_render_objective(&best, trial);
    hone_buf_printf(&best, " (trial %llu)  ", (unsigned long long)trial->number);
    hone_render_params(&best, trial->n_params, trial->params);
    hone_render_field(view->text, "best", PAD, hone_buf_text(&best));
    hone_buf_release(&best);
    return HONE_OK;
}

static int put_json(struct view *view, hone_store *store, hone_error *err)
{
    hone_json json;
    int rc = HONE_OK;
    hone_json_init(&json, view->text);
    view->json = &json;
    hone_json_begin_object(&json);
    hone_view_write_sweep(&json, view->sweep, name_state(view));
    hone_json_key(&json, "paused");
    hone_json_bool(&json, view->now.paused);
    hone_json_key(&json, "concurrency");
    if (view->now.live) {
        hone_json_int(&json, view->now.concurrency);
    } else {
        hone_json_null(&json);
    }
    hone_json_key(&json, "best");
    if (view->sweep->best == 0) {
        hone_json_null(&json);
    } else {
        rc = hone_store_trial(store, view->sweep->id, view->sweep->best, put_best, view,
                              err);
    }
    hone_json_key(&json, "alerts");
    hone_json_begin_array(&json);
    hone_json_end(&json);
    hone_json_end(&json);
    hone_buf_putc(view->text, '\n');
    return rc;
}

static void put_state(struct view *view)
{
    const hone_sweep_info *sweep = view->sweep;
    hone_buf line;
    hone_buf_init(&line, MAX_TEXT);
    hone_buf_printf(&line, "%s (%s)", sweep->name, sweep->uid);
    hone_render_field(view->text, "sweep", PAD, hone_buf_text(&line));
    hone_buf_reset(&line);
    hone_buf_puts(&line, name_state(view));
    if (view->now.live) {
        hone_buf_printf(&line, ", %u at a time", view->now.concurrency);
    }
    if (sweep->state_reason != NULL && sweep->state_reason[0] != '\0') {
        hone_buf_printf(&line, ": %s", sweep->state_reason);
    }
    hone_render_field(view->text, "state", PAD, hone_buf_text(&line));
    hone_render_field(view->text, "method", PAD, sweep->method);
    hone_buf_reset(&line);
    hone_progress_counts(&line, sweep->counts, sweep->planned);
    hone_render_field(view->text, "trials", PAD, hone_buf_text(&line));
    hone_buf_release(&line);
}

static void put_pace(struct view *view)
{
    double rate = hone_view_rate(view->sweep), left = hone_view_left(view->sweep);
    hone_buf line;
    hone_buf_init(&line, MAX_TEXT);
    if (isfinite(rate)) {
        hone_render_real(&line, rate >= 1 ? rate : rate * 60);
        hone_buf_puts(&line, rate >= 1 ? " trials/s" : " trials/min");
        hone_render_field(view->text, "rate", PAD, hone_buf_text(&line));
    }
    if (isfinite(left)) {
        hone_buf_reset(&line);
        hone_render_duration(&line, left);
        hone_render_field(view->text, "time left", PAD, hone_buf_text(&line));
    }
    hone_buf_release(&line);
}

static int put_text(struct view *view, hone_store *store, hone_error *err)
{
    int rc = HONE_OK;
    put_state(view);
    if (view->sweep->best != 0) {
        rc = hone_store_trial(store, view->sweep->id, view->sweep->best, put_best, view,
                              err);
    }
    put_pace(view);
    return rc;
}

static int show(struct target *target, enum form form)
{
    struct out out;
    hone_buf text;
    hone_error err = {.code = 0};
    struct view view = {.text = &text, .sweep = target->sweep};
    ask_live(&view, hone_buf_text(&target->dir));
    if (hone_out_open(&out, NULL, NULL) != HONE_OK) {
        return EXIT_FAILED;
    }
    hone_buf_init(&text, MAX_TEXT);
    int rc = form == FORM_JSON ? put_json(&view, target->store, &err)
                               : put_text(&view, target->store, &err);
    if (rc == HONE_OK) {
        hone_out_buf(&out, &text);
    }
    hone_buf_release(&text);
    return hone_out_close(&out, rc == HONE_OK ? EXIT_DONE : hone_exit_error(&err, rc));
}

static int run(const struct args *args)
{
    struct target target;
    int status = hone_target_open_sweep(&target, args);
    if (status == EXIT_DONE) {
        status = show(&target, hone_args_form(args));
    }
    hone_target_close(&target);
    return status;
}

static const hone_option options_table[] = {OPTION_JSON, OPTION_STORE, OPTION_END};

const struct command hone_cmd_status = {
    .name = "status",
    .synopsis = "[SWEEP]",
    .summary = "how far a sweep is: counts, best, rate, time left",
    .options = options_table,
    .operands = OPERAND_SWEEP,
    .max_operands = 1,
    .run = run};
