/* Carries out the reactor's actions, one function each. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/sampler.h"
#include "engine/sweep_state.h"

static void out_of_memory(hone_sweep *sweep)
{
    hone_loop_fail(sweep, HONE_ENOMEM, "out of memory");
}

static void wait_for(hone_sweep *sweep, const hone_due *due)
{
    if (due->ticket == 0 || !hone_fifo_push(&sweep->dues, due))
        out_of_memory(sweep);
}

/* ---- ask, record ---- */

/* A finite space is counted before; an endless one can turn out empty, or nearly so. */
static void explain_end(hone_sweep *sweep, uint64_t number)
{
    if (number == 1) {
        hone_loop_fail(sweep, HONE_ESPEC, "no configuration keeps the constraints");
        return;
    }
    if (number > sweep->reactor.options.planned ||
        sweep->options.observer.message == NULL)
        return;
    char line[200];
    snprintf(
        line, sizeof(line),
        "no further configuration was found that keeps the constraints: the sweep ends "
        "after %" PRIu64 " trials",
        number - 1);
    sweep->options.observer.message(sweep->options.observer.arg, line);
}

static void ask(hone_sweep *sweep, uint64_t number)
{
    const hone_config *point = hone_plan_first(sweep->plan, number);
    if (sweep->external != NULL && point == NULL) {
        hone_sampler_ask(sweep, number);
        return;
    }
    hone_event event = {.number = number};
    switch (hone_plan_suggest(sweep->plan, number, &point)) {
    case HONE_SUGGESTED:
        event.kind = HONE_EVENT_SUGGESTED;
        event.config = point;
        break;
    case HONE_SUGGEST_WAIT:
        event.kind = HONE_EVENT_WAIT;
        break;
    case HONE_SUGGEST_DONE:
        event.kind = HONE_EVENT_EXHAUSTED;
        explain_end(sweep, number);
        break;
    }
    hone_loop_post(sweep, &event);
}

void hone_perform_put_trial(hone_sweep *sweep, const hone_run *run)
{
    hone_due due = {.kind = HONE_EVENT_RECORDED, .number = run->number};
    hone_trial_row row = {.number = run->number,
                          .space = sweep->spec->space,
                          .config = run->config,
                          .budget =
                              hone_fidelity_budget(&sweep->spec->fidelity, run->budget),
                          .parent = run->parent,
                          .seed = hone_trial_seed(sweep->spec->seed, run->number),
                          .now = hone_loop_now()};
    due.ticket = hone_writer_put_trial(sweep->writer, &row);
    wait_for(sweep, &due);
}

static void record(hone_sweep *sweep, hone_run *run)
{
    hone_observation pending = {
        .kind = HONE_OBSERVE_PENDING, .number = run->number, .config = run->config};
    if (hone_plan_observe(sweep->plan, &pending) != HONE_OK) {
        out_of_memory(sweep);
        return;
    }
    hone_sampler_tell_pending(sweep, run);
    if (run->parent != 0)
        hone_perform_copy(sweep, run);
    else
        hone_perform_put_trial(sweep, run);
}

/* It goes on when the record has it as pending, with its new budget. */
static void promote(hone_sweep *sweep, const hone_run *run)
{
    hone_due due = {.kind = HONE_EVENT_RECORDED, .number = run->number};
    hone_budget budget = hone_fidelity_budget(&sweep->spec->fidelity, run->budget);
    due.ticket =
        hone_writer_put_promotion(sweep->writer, run->number, &budget, hone_loop_now());
    wait_for(sweep, &due);
}

/* ---- start ---- */

hone_tail_start hone_perform_where(hone_sweep *sweep, const hone_slot *slot)
{
    hone_buf_reset(&sweep->slot_dir);
    hone_buf_printf(&sweep->slot_dir, "%s/slots/%" PRIu32, sweep->dir, slot->folder);
    const char *trial_dir =
        hone_launcher_trial_dir(&sweep->launcher, slot->number, slot->repeat);
    if (hone_buf_status(&sweep->slot_dir) != HONE_OK ||
        hone_buf_status(&sweep->launcher.trial_dir) != HONE_OK)
        return (hone_tail_start){.slot_dir = NULL};
    return (hone_tail_start){.slot_dir = hone_buf_text(&sweep->slot_dir),
                             .trial_dir = trial_dir};
}

uint64_t hone_perform_put_start(hone_sweep *sweep, const hone_slot *slot,
                                const hone_launch *launch, hone_time at)
{
    hone_attempt_start start = {.number = launch->trial,
                                .attempt = launch->attempt,
                                .repeat = slot->repeat,
                                .slot = slot->folder,
                                .at = at,
                                .args = launch->args,
                                .n_args = launch->n_args,
                                .env = launch->env,
                                .n_env = launch->n_env,
                                .workdir = launch->workdir != NULL ? launch->workdir
                                                                   : launch->trial_dir};
    return hone_writer_put_start(sweep->writer, &start);
}

/* An attempt that could not even be handed over ends like one that was lost. */
static void refuse(hone_sweep *sweep, hone_slot *slot, const hone_run *run)
{
    slot->exit = (hone_exit){.trial = run->number,
                             .attempt = run->attempt,
                             .slot = run->slot,
                             .reason = HONE_REASON_LOST,
                             .exit_code = -1,
                             .started_at = hone_loop_now(),
                             .ended_at = hone_loop_now(),
                             .max_rss = -1};
    slot->number = 0;
    hone_loop_post(sweep, &(hone_event){.kind = HONE_EVENT_REFUSED,
                                        .number = run->number,
                                        .exit = &slot->exit,
                                        .text = sweep->refusal.text});
}

/* Everything that can fail before the executor is asked. */
static int prepare(hone_sweep *sweep, hone_slot *slot, const hone_run *run,
                   hone_launch *launch)
{
    slot->number = run->number;
    slot->attempt = run->attempt;
    slot->repeat = hone_run_repeat(run);
    slot->ended = false;
    slot->folder = sweep->executor->folder(sweep->executor_self, run->slot);
    hone_buf_reset(&sweep->launcher.args_json_path);
    sweep->executor->file(sweep->executor_self, run->slot, "args.json",
                          &sweep->launcher.args_json_path);
    int rc = hone_launcher_fill(&sweep->launcher, run, launch);
    if (rc != HONE_OK)
        return rc;
    launch->journal_settled = slot->end_ticket <= atomic_load(&sweep->news.committed);
    const hone_tail_start where = hone_perform_where(sweep, slot);
    return hone_tail_begin(&slot->tail, &where);
}

static void start(hone_sweep *sweep, hone_run *run)
{
    hone_slot *slot = &sweep->slots[run->slot];
    hone_launch launch;
    int rc = prepare(sweep, slot, run, &launch);
    if (rc != HONE_OK) {
        hone_loop_fail(sweep, rc,
                       rc == HONE_ENOMEM ? "out of memory"
                                         : "an argument list or environment is too long");
        sweep->refusal = sweep->failure_detail;
        refuse(sweep, slot, run);
        return;
    }
    if (hone_perform_put_start(sweep, slot, &launch, hone_loop_now()) == 0) {
        out_of_memory(sweep); /* what no record knows is not started */
        return;
    }
    hone_error *err = &sweep->refusal;
    if (sweep->executor->start(sweep->executor_self, &launch, err) == HONE_OK)
        return;
    if (sweep->options.observer.message != NULL)
        sweep->options.observer.message(sweep->options.observer.arg, err->text);
    refuse(sweep, slot, run);
}

/* ---- end ---- */

void hone_perform_ended(hone_sweep *sweep, hone_slot *slot)
{
    uint64_t number = slot->number;
    slot->number = 0;
    slot->ended = false;
    hone_loop_post(
        sweep,
        &(hone_event){.kind = HONE_EVENT_ENDED, .number = number, .exit = &slot->exit});
}

/* The value of each metric by `take`; NULL without memory. */
static hone_metric_value *collect_metrics(hone_sweep *sweep, const hone_tally *tally)
{
    hone_metric_value *values = calloc(tally->n + 1, sizeof(*values));
    for (uint32_t i = 0; values != NULL && i < tally->n; i++) {
        const hone_tally_metric *metric = &tally->metrics[i];
        hone_take take = hone_extractor_take(sweep->extractor, metric->name, metric->len);
        values[i] = (hone_metric_value){.name = metric->name,
                                        .value = hone_tally_value(metric, take),
                                        .n = metric->n};
    }
    return values;
}

static uint64_t put_end(hone_sweep *sweep, const hone_run *run, const hone_exit *exit,
                        const hone_verdict *verdict)
{
    hone_buf detail;
    hone_buf_init(&detail, 2000);
    hone_outcome_describe(sweep, run, exit, verdict, &detail);
    hone_metric_value *metrics = collect_metrics(sweep, &run->tally);
    if (metrics == NULL || hone_buf_status(&detail) == HONE_ENOMEM) {
        free(metrics);
        hone_buf_release(&detail);
        return 0;
    }
    hone_attempt_end end = {.number = run->number,
                            .attempt = run->attempt,
                            .status = verdict->status,
                            .reason = verdict->reason,
                            .detail = detail.len > 0 ? hone_buf_text(&detail) : NULL,
                            .started_at = exit->started_at,
                            .at = exit->ended_at,
                            .has_exit_code = exit->exit_code >= 0,
                            .exit_code = exit->exit_code,
                            .signal = exit->signal,
                            .pid = exit->pid,
                            .duration_s = exit->duration_s,
                            .cpu_time_s = exit->cpu_time_s,
                            .max_rss = exit->max_rss,
                            .stdout_start = exit->stdout_start,
                            .stdout_end = exit->stdout_end,
                            .stderr_start = exit->stderr_start,
                            .stderr_end = exit->stderr_end,
                            .own_stdout = exit->own_stdout,
                            .own_stderr = exit->own_stderr,
                            .has_objective = verdict->has_objective,
                            .objective = verdict->objective,
                            .scored = verdict->scored,
                            .score = verdict->score,
                            .budget = verdict->budget,
                            .n_metrics = run->tally.n,
                            .metrics = metrics};
    uint64_t ticket = hone_writer_put_end(sweep->writer, &end);
    free(metrics);
    hone_buf_release(&detail);
    return ticket;
}

static void conclude(hone_sweep *sweep, const hone_action *action)
{
    const hone_run *run = action->run;
    const hone_exit *exit = &sweep->slots[run->slot].exit;
    hone_due due = {.kind = HONE_EVENT_SETTLED,
                    .number = run->number,
                    .exit = *exit,
                    .verdict = action->verdict};
    due.ticket = put_end(sweep, run, exit, &action->verdict);
    sweep->slots[run->slot].end_ticket = due.ticket;
    if (action->verdict.best) {
        hone_buf_reset(&sweep->best_params);
        hone_outcome_params(&sweep->best_params, sweep->spec->space, run->config);
    }
    wait_for(sweep, &due);
}

/* A trial that waited is given up: an end without an attempt. */
static void cancel(hone_sweep *sweep, const hone_run *run)
{
    const hone_verdict verdict = {.status = HONE_STATUS_CANCELLED};
    hone_attempt_end end = {.number = run->number,
                            .status = verdict.status,
                            .detail = "by the user, before it was started",
                            .started_at = HONE_NO_TIME,
                            .at = hone_loop_now(),
                            .duration_s = NAN,
                            .cpu_time_s = NAN,
                            .max_rss = -1};
    if (run->out) {
        end.attempt = run->attempt;
        end.detail = HONE_OUT_CANCELLED;
    }
    hone_due due = {.kind = HONE_EVENT_SETTLED,
                    .number = run->number,
                    .exit = {.exit_code = -1,
                             .started_at = HONE_NO_TIME,
                             .ended_at = end.at,
                             .duration_s = NAN,
                             .cpu_time_s = NAN,
                             .max_rss = -1},
                    .verdict = verdict};
    due.ticket = hone_writer_put_end(sweep->writer, &end);
    wait_for(sweep, &due);
}

void hone_perform_promise(hone_sweep *sweep)
{
    if (sweep->enough[0] == '\0' &&
        hone_plan_has_enough(sweep->plan, sweep->enough, sizeof(sweep->enough)))
        hone_loop_post(sweep,
                       &(hone_event){.kind = HONE_EVENT_ENOUGH, .text = sweep->enough});
}

static void observe_end(hone_sweep *sweep, const hone_run *run,
                        const hone_verdict *verdict)
{
    if (verdict->status == HONE_STATUS_PENDING)
        return;
    hone_observation observation = {
        .kind = hone_observation_of(verdict->status, verdict->has_objective),
        .number = run->number,
        .config = run->config};
    hone_goals goals = hone_goals_of(sweep->spec, sweep->extractor, &run->tally);
    goals.values[0] = verdict->has_objective ? verdict->objective : 0; /* the mean */
    hone_goals_observe(sweep->spec, &goals, &observation);
    const char *watched = sweep->early.rule->watch.metric;
    const hone_tally_metric *curve =
        watched != NULL ? hone_tally_find(&run->tally, watched, strlen(watched)) : NULL;
    if (observation.kind == HONE_OBSERVE_PRUNED && curve != NULL)
        observation.progress = curve->step;
    if (verdict->rests) /* else the step that it came to: of those that are ended there */
        observation.progress = verdict->budget;
    if (hone_plan_observe(sweep->plan, &observation) != HONE_OK)
        out_of_memory(sweep);
    else
        hone_sampler_tell_end(sweep, run, verdict);
    hone_perform_promise(sweep);
}

static hone_param_value *collect_params(const hone_spec *spec, const hone_run *run,
                                        uint32_t *n)
{
    const hone_space *space = spec->space;
    const hone_budget budget = hone_fidelity_budget(&spec->fidelity, run->budget);
    hone_param_value *params = calloc(space->n + 1, sizeof(*params));
    *n = 0;
    for (uint32_t i = 0; params != NULL && i < space->n; i++) {
        const hone_value *value =
            budget.there && budget.param == i ? &budget.value : &run->config->values[i];
        if (value->kind == HONE_ABSENT)
            continue;
        params[(*n)++] = (hone_param_value){.name = space->params[i].name,
                                            .path = space->params[i].path,
                                            .depth = space->params[i].depth,
                                            .value = *value};
    }
    return params;
}

static void tell_observer(hone_sweep *sweep, const hone_run *run, const hone_due *due)
{
    hone_trial_info info = {.sweep = sweep->name,
                            .number = run->number,
                            .status = due->verdict.status,
                            .reason = due->verdict.reason,
                            .n_metrics = run->tally.n,
                            .has_objective = due->verdict.has_objective,
                            .objective = due->verdict.objective,
                            .n_scores = run->n_scores,
                            .scores = run->scores,
                            .attempts = run->attempt,
                            .has_exit_code = due->exit.exit_code >= 0,
                            .exit_code = due->exit.exit_code,
                            .signal = due->exit.signal,
                            .started_at = due->exit.started_at,
                            .ended_at = due->exit.ended_at,
                            .duration_s = due->exit.duration_s,
                            .cpu_time_s = due->exit.cpu_time_s,
                            .max_rss = due->exit.max_rss};
    hone_buf detail;
    hone_buf_init(&detail, 2000);
    hone_outcome_describe(sweep, run, &due->exit, &due->verdict, &detail);
    info.detail = detail.len > 0 ? hone_buf_text(&detail) : NULL;
    hone_metric_value *metrics = collect_metrics(sweep, &run->tally);
    hone_param_value *params = collect_params(sweep->spec, run, &info.n_params);
    info.metrics = metrics;
    info.params = params;
    if (metrics != NULL && params != NULL)
        sweep->options.observer.ended(sweep->options.observer.arg, &info);
    else
        out_of_memory(sweep);
    free(params);
    free(metrics);
    hone_buf_release(&detail);
}

void hone_perform_settled(hone_sweep *sweep, const hone_due *due)
{
    const hone_run *run = hone_reactor_run(&sweep->reactor, due->number);
    observe_end(sweep, run, &due->verdict);
    if (due->verdict.status != HONE_STATUS_PENDING)
        sweep->n_ended++;
    if (sweep->options.observer.ended != NULL)
        tell_observer(sweep, run, due);
}

/* ---- the rest ---- */

static void wish(hone_sweep *sweep, const hone_action *action)
{
    hone_due due = {.kind = HONE_EVENT_WISHED, .number = action->number};
    due.ticket = hone_writer_put_wish(sweep->writer, action->number, action->run->attempt,
                                      action->wish);
    wait_for(sweep, &due);
}

static void delay(hone_sweep *sweep, const hone_run *run)
{
    hone_delay delay = {.number = run->number,
                        .due_ns = uv_hrtime() + run->delay_ms * UINT64_C(1000000)};
    if (!hone_fifo_push(&sweep->delays, &delay))
        out_of_memory(sweep);
}

static void finish(hone_sweep *sweep, const char *why)
{
    const hone_reactor *reactor = &sweep->reactor;
    hone_sweep_state state = HONE_SWEEP_OPEN;
    if (reactor->verdict == HONE_STOP_DONE || (!reactor->halted && reactor->exhausted))
        state = HONE_SWEEP_COMPLETE;
    else if (reactor->verdict == HONE_STOP_FAILED)
        state = HONE_SWEEP_STOPPED;
    if (hone_writer_put_state(sweep->writer, state, why[0] != '\0' ? why : NULL,
                              hone_loop_now()) == 0)
        out_of_memory(sweep);
    if (sweep->options.observer.progress != NULL) {
        hone_progress progress;
        hone_outcome_progress(sweep, &progress);
        sweep->options.observer.progress(sweep->options.observer.arg, &progress);
    }
    hone_loop_leave(sweep);
}

void hone_perform(hone_sweep *sweep, const hone_action *action)
{
    switch (action->kind) {
    case HONE_ACTION_ASK:
        ask(sweep, action->number);
        break;
    case HONE_ACTION_RECORD:
        record(sweep, action->run);
        break;
    case HONE_ACTION_START:
        start(sweep, action->run);
        break;
    case HONE_ACTION_WISH:
        wish(sweep, action);
        break;
    case HONE_ACTION_KILL:
        sweep->executor->kill(sweep->executor_self, action->number, action->how);
        break;
    case HONE_ACTION_CONCLUDE:
        conclude(sweep, action);
        break;
    case HONE_ACTION_DELAY:
        delay(sweep, action->run);
        break;
    case HONE_ACTION_CANCEL:
        cancel(sweep, action->run);
        break;
    case HONE_ACTION_PROMOTE:
        promote(sweep, action->run);
        break;
    case HONE_ACTION_WITHDRAW:
        if (hone_writer_put_withdraw(sweep->writer, action->number) == 0)
            out_of_memory(sweep);
        break;
    case HONE_ACTION_SAY:
        if (sweep->options.observer.message != NULL)
            sweep->options.observer.message(sweep->options.observer.arg, action->text);
        break;
    case HONE_ACTION_FINISH:
        finish(sweep, action->text);
        break;
    }
}
