/* The reactor.
 *
 * Object: hone_reactor, the state of a running sweep as far as decisions need it.
 * Call order: init (replay | revive)* begin step* release.
 *
 * Every step has two halves. First the event's own handler changes the state (on_*); then
 * `advance` does whatever the new state allows: start ready trials on free slots, ask for
 * the next trial, finish. Nothing else starts, asks or finishes, so the concurrency limit
 * and the end of the sweep are decided in one place.
 *
 * A trial's path, with the action it causes in brackets:
 *   SUGGESTED [RECORD] -> RECORDED -> ready -> free slot [START] -> STARTED
 *   -> ENDED [CONCLUDE] -> slot free -> SETTLED
 * A trial that waits and is given up by the user goes [CANCEL] -> SETTLED; one that runs
 * and is to end [WISH] -> WISHED [KILL] -> ENDED: should nobody live to see its end, the
 * record has what it was ended for. */
#include "engine/reactor.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/climb.h"
#include "engine/ending.h"
#include "engine/runs.h"
#include "engine/verdict.h"

/* ---- small steps ---- */

/* Numbers have no gaps: what is withdrawn is always the end of the list. */
static void keep(hone_reactor *reactor, uint64_t number)
{
    if (number > reactor->last_kept)
        reactor->last_kept = number;
}

static void count(hone_reactor *reactor, hone_status from, hone_status to)
{
    assert(reactor->counts[from] > 0);
    reactor->counts[from]--;
    reactor->counts[to]++;
}

/* ---- life of the reactor ---- */

int hone_reactor_init(hone_reactor *reactor, const hone_reactor_options *options)
{
    assert(options->concurrency > 0 && options->n_slots >= options->concurrency);
    *reactor = (hone_reactor){.options = *options, .next_number = 1};
    if (options->limit == 0)
        reactor->options.limit = options->planned;
    hone_stopper_init(&reactor->stopper, options->spec);
    reactor->ahead = options->concurrency;
    return hone_seats_init(&reactor->seats, options->n_slots, options->devices);
}

void hone_reactor_release(hone_reactor *reactor)
{
    for (uint32_t i = 0; i < HONE_RUN_BUCKETS; i++) {
        while (reactor->buckets[i] != NULL) {
            hone_run *run = reactor->buckets[i];
            reactor->buckets[i] = run->next_in_bucket;
            hone_runs_free(run);
        }
    }
    while (reactor->spare != NULL) {
        hone_run *run = reactor->spare;
        reactor->spare = run->next_ready;
        hone_runs_free(run);
    }
    hone_seats_release(&reactor->seats);
}

static bool is_open(const hone_replay *trial)
{
    return trial->status == HONE_STATUS_PENDING || trial->status == HONE_STATUS_RUNNING;
}

/* The spec has come to want more repeats than it had when the trial was completed. */
static bool wants_repeats(const hone_reactor *reactor, const hone_replay *trial)
{
    const hone_repeats *rule = &reactor->options.spec->repeats;
    return trial->n_repeats > 0 && trial->n_repeats < rule->max &&
           !(rule->race && trial->behind);
}

bool hone_reactor_has_ended(const hone_reactor *reactor, const hone_replay *trial)
{
    if (trial->status == HONE_STATUS_FAILED)
        return !reactor->options.retry_failed;
    if (trial->status == HONE_STATUS_COMPLETED)
        return !wants_repeats(reactor, trial);
    return !is_open(trial);
}

bool hone_reactor_rests(const hone_reactor *reactor, const hone_replay *trial)
{
    const hone_ladder *ladder = reactor->options.ladder;
    if (ladder == NULL || trial->foreign)
        return false;
    /* One that was completed with less than the spec now has may go on. */
    bool had_less = trial->status == HONE_STATUS_COMPLETED &&
                    !ladder->fidelity->by_step && trial->budget > 0 &&
                    !hone_ladder_is_top(ladder, trial->budget);
    return trial->status == HONE_STATUS_PRUNED || had_less;
}

/* What its attempts so far have brought, and have spent. Errors: HONE_ENOMEM. */
static int recall_ends(const hone_reactor *reactor, hone_run *run,
                       const hone_replay *trial)
{
    int rc = HONE_OK;
    for (uint32_t i = 0; i < trial->n_ends && rc == HONE_OK; i++) {
        const hone_replay_end *end = &trial->ends[i];
        if (end->scored)
            rc = hone_runs_score(run, end->score);
        else if (end->budget > 0) /* a promoted one has all its tries */
            run->n_lost = run->n_retried = run->n_requeued = 0;
        else if (is_open(trial)) /* one that is given another chance has all its tries */
            (void)hone_verdict_tries_again(reactor, run, end->reason, end->exit_code);
    }
    run->delay_ms = 0; /* it has waited long enough */
    run->requeues = false;
    return rc;
}

/* It waits for nothing but to be given up: no queue has it. */
static hone_replayed keep_out(hone_reactor *reactor, const hone_replay *trial)
{
    hone_run *run = hone_runs_add(reactor, trial->number, trial->config);
    if (run == NULL)
        return HONE_REPLAY_NOMEM;
    run->out = true;
    run->attempt = trial->attempts;
    hone_run_move(run, HONE_STEP_RECORDED);
    reactor->counts[HONE_STATUS_RUNNING]++;
    return HONE_REPLAY_OUT;
}

hone_replayed hone_reactor_replay(hone_reactor *reactor, const hone_replay *trial)
{
    if (trial->number >= reactor->next_number)
        reactor->next_number = trial->number + 1;
    keep(reactor, trial->number);
    bool open = is_open(trial);
    if (trial->status == HONE_STATUS_RUNNING && trial->wish == HONE_WISH_ASKED)
        return keep_out(reactor, trial);
    if (hone_reactor_rests(reactor, trial))
        return hone_climb_revive(reactor, trial) != NULL ? HONE_REPLAY_ENDED
                                                         : HONE_REPLAY_NOMEM;
    if (hone_reactor_has_ended(reactor, trial)) {
        reactor->counts[trial->status]++;
        hone_stop_trial ended = {.number = trial->number,
                                 .status = trial->status,
                                 .reason = trial->reason,
                                 .code = trial->code,
                                 .has_objective = trial->has_objective,
                                 .objective = trial->objective};
        if (hone_stopper_ended(&reactor->stopper, &ended))
            reactor->best = trial->summary;
        return HONE_REPLAY_ENDED;
    }
    hone_run *run = hone_runs_add(reactor, trial->number, trial->config);
    if (run == NULL)
        return HONE_REPLAY_NOMEM;
    run->attempt = trial->attempts + 1;
    run->budget = trial->budget;
    run->parent = trial->parent;
    if (recall_ends(reactor, run, trial) != HONE_OK)
        return HONE_REPLAY_NOMEM;
    if (trial->status == HONE_STATUS_RUNNING) {
        run->wished = trial->wish != HONE_WISH_NONE;
        run->cancelled = trial->wish == HONE_WISH_CANCELLED;
        run->pruned = trial->wish == HONE_WISH_PRUNED;
        run->interrupted = trial->wish == HONE_WISH_INTERRUPTED;
    }
    hone_run_move(run, HONE_STEP_RECORDED);
    reactor->counts[HONE_STATUS_PENDING]++;
    hone_ready_add(reactor, run);
    return open ? HONE_REPLAY_READY : HONE_REPLAY_AGAIN;
}

static void occupy(hone_reactor *reactor, hone_run *run, uint32_t slot)
{
    run->slot = slot;
    reactor->n_busy++;
    keep(reactor, run->number);
    count(reactor, HONE_STATUS_PENDING, HONE_STATUS_RUNNING);
    hone_run_move(run, HONE_STEP_START);
}

hone_run *hone_reactor_revive(hone_reactor *reactor, uint64_t number, uint32_t attempt)
{
    hone_run *run = hone_reactor_run(reactor, number);
    uint32_t slot;
    assert(run != NULL && run->state == HONE_STATE_PENDING);
    if (!hone_seats_seize(&reactor->seats, &slot))
        return NULL;
    hone_ready_drop(reactor, run);
    run->attempt = attempt;
    occupy(reactor, run, slot);
    hone_run_move(run, HONE_STEP_STARTED);
    return run;
}

/* ---- what the state allows ---- */

/* Lower numbers go first: whether the trial that is next in line has to wait for one
 * before it, whose last end is on its way to the disk. */
static bool comes_too_early(const hone_reactor *reactor)
{
    uint32_t left = reactor->n_returning;
    for (uint32_t i = 0; i < HONE_RUN_BUCKETS && left > 0; i++) {
        for (const hone_run *run = reactor->buckets[i]; run != NULL;
             run = run->next_in_bucket) {
            if (run->returning && run->number < reactor->ready_first->number)
                return true;
            left -= run->returning;
        }
    }
    return false;
}

static void start_ready(hone_reactor *reactor, hone_actions *actions)
{
    uint32_t slot;
    while (!reactor->halted && !reactor->paused && !reactor->held &&
           reactor->n_ready > 0 && reactor->n_busy < reactor->options.concurrency &&
           reactor->n_unsettled < HONE_UNSETTLED_MAX && !comes_too_early(reactor) &&
           hone_seats_take(&reactor->seats, &slot)) {
        hone_run *run = hone_ready_take(reactor);
        hone_tally_reset(&run->tally);
        run->interrupted = run->wished = run->pruned = false; /* was its last attempt */
        if (reactor->options.early != NULL && run->attempt > 1 && run->n_scores == 0)
            hone_early_restart(reactor->options.early, run->number);
        occupy(reactor, run, slot);
        hone_actions_add(
            actions,
            (hone_action){.kind = HONE_ACTION_START, .number = run->number, .run = run});
    }
}

/* How many trials may be recorded and not started. */
static uint32_t wanted_ahead(hone_reactor *reactor)
{
    uint32_t idle = reactor->options.concurrency > reactor->n_busy
                        ? reactor->options.concurrency - reactor->n_busy
                        : 0;
    /* The strategy is told of an end when it is on disk: to ask it before were to ask it
     * for a trial that does not know of the last one. */
    if (reactor->options.adaptive || reactor->options.ladder != NULL)
        return idle > reactor->n_unsettled ? idle - (uint32_t)reactor->n_unsettled : 0;
    if (idle > 0 && reactor->n_ready == 0 && reactor->n_recording >= reactor->ahead &&
        reactor->ahead < HONE_AHEAD_MAX)
        reactor->ahead *= 2;
    return reactor->ahead;
}

static void ask_next(hone_reactor *reactor, hone_actions *actions)
{
    if (reactor->halted || reactor->paused || reactor->held)
        return;
    if (!reactor->asking && reactor->next_number > reactor->options.limit)
        reactor->exhausted = true;
    hone_climb_promote(reactor, wanted_ahead(reactor), actions);
    if (reactor->asking || reactor->waiting || reactor->exhausted)
        return;
    if (reactor->n_ready + reactor->n_recording >= wanted_ahead(reactor))
        return;
    reactor->asking = true;
    hone_actions_add(
        actions, (hone_action){.kind = HONE_ACTION_ASK, .number = reactor->next_number});
}

/* Trials that were recorded ahead and never started leave no trace; those with attempts
 * behind them, those that the user added and those that an earlier run has left stay, to
 * be run when the sweep goes on. */
static void withdraw_ready(hone_reactor *reactor, hone_actions *actions)
{
    while (reactor->n_ready > 0) {
        hone_run *run = hone_ready_take(reactor);
        if (run->number > reactor->last_kept) {
            reactor->counts[HONE_STATUS_PENDING]--;
            hone_actions_add(actions, (hone_action){.kind = HONE_ACTION_WITHDRAW,
                                                    .number = run->number});
        }
        hone_runs_remove(reactor, run);
    }
}

bool hone_reactor_starves(const hone_reactor *reactor)
{
    return reactor->n_busy < reactor->options.concurrency && reactor->n_ready == 0 &&
           (reactor->n_recording > 0 || reactor->n_unsettled > 0);
}

static void finish_when_done(hone_reactor *reactor, hone_actions *actions)
{
    bool nothing_to_start =
        reactor->halted ||
        (reactor->exhausted && reactor->n_ready == 0 && reactor->n_delayed == 0);
    /* A strategy that waits with nothing running will never be told anything new. */
    bool stuck = reactor->waiting && reactor->n_ready == 0 && reactor->n_delayed == 0;
    bool on_the_way = reactor->n_recording > 0 || reactor->n_unsettled > 0;
    if (reactor->finished || reactor->n_busy > 0 || reactor->asking ||
        (on_the_way && !reactor->unwritable) || !(nothing_to_start || stuck) ||
        hone_climb_waits(reactor))
        return;
    reactor->finished = true;
    withdraw_ready(reactor, actions);
    hone_actions_add(actions,
                     (hone_action){.kind = HONE_ACTION_FINISH, .text = reactor->why});
}

static void advance(hone_reactor *reactor, hone_actions *actions)
{
    if (reactor->finished || !reactor->begun)
        return;
    start_ready(reactor, actions);
    ask_next(reactor, actions);
    finish_when_done(reactor, actions);
}

/* At most one line a step. */
HONE_PRINTF(3, 4)
static void say(hone_reactor *reactor, hone_actions *actions, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    vsnprintf(reactor->said, sizeof(reactor->said), format, list);
    va_end(list);
    hone_actions_add(actions,
                     (hone_action){.kind = HONE_ACTION_SAY, .text = reactor->said});
}

static void halt(hone_reactor *reactor, hone_stop_verdict verdict, const char *why,
                 hone_actions *actions)
{
    if (reactor->halted)
        return;
    reactor->halted = true;
    reactor->verdict = verdict;
    if (why != reactor->why)
        snprintf(reactor->why, sizeof(reactor->why), "%s", why);
    if (reactor->why[0] != '\0')
        hone_actions_add(actions,
                         (hone_action){.kind = HONE_ACTION_SAY, .text = reactor->why});
}

static void apply_rules(hone_reactor *reactor, hone_actions *actions)
{
    if (reactor->halted)
        return;
    hone_stop_verdict verdict =
        hone_stopper_verdict(&reactor->stopper, reactor->why, sizeof(reactor->why));
    if (verdict != HONE_GO_ON)
        halt(reactor, verdict, reactor->why, actions);
}

/* ---- events ---- */

/* The next number gets this configuration. */
static void record_next(hone_reactor *reactor, const hone_config *config,
                        hone_actions *actions)
{
    hone_run *run = hone_runs_record(reactor, config);
    if (run == NULL || hone_climb_begin(reactor, run) != HONE_OK) {
        actions->failed = true;
        return;
    }
    hone_actions_add(
        actions,
        (hone_action){.kind = HONE_ACTION_RECORD, .number = run->number, .run = run});
}

static void on_suggested(hone_reactor *reactor, const hone_event *event,
                         hone_actions *actions)
{
    assert(reactor->asking);
    reactor->asking = false;
    bool stale = reactor->stale;
    reactor->stale = false;
    if (reactor->halted || stale)
        return;
    record_next(reactor, event->config, actions);
}

static void on_add(hone_reactor *reactor, const hone_event *event, hone_actions *actions)
{
    if (reactor->halted)
        return;
    reactor->stale = reactor->asking;
    keep(reactor, reactor->next_number);
    say(reactor, actions, "trial %" PRIu64 " was added from outside",
        reactor->next_number);
    record_next(reactor, event->config, actions);
}

/* One that does not run. */
static void give_up(hone_reactor *reactor, hone_run *run, hone_actions *actions)
{
    if (hone_climb_lose(reactor, run) != HONE_OK)
        actions->failed = true;
    count(reactor, hone_lifecycle_status(run->state), HONE_STATUS_CANCELLED);
    hone_run_move(run, HONE_STEP_CANCELLED);
    keep(reactor, run->number);
    reactor->n_unsettled++;
    hone_actions_add(
        actions,
        (hone_action){.kind = HONE_ACTION_CANCEL, .number = run->number, .run = run});
}

/* A trial that is to run gets in line, or is given up where the user has said so. */
static void line_up(hone_reactor *reactor, hone_run *run, hone_actions *actions)
{
    if (!run->cancelled) {
        hone_ready_add(reactor, run);
        return;
    }
    give_up(reactor, run, actions);
}

static void on_recorded(hone_reactor *reactor, hone_run *run, hone_actions *actions)
{
    assert(reactor->n_recording > 0);
    reactor->n_recording--;
    reactor->n_copying -= run->copying;
    run->copying = false;
    hone_run_move(run, HONE_STEP_RECORDED);
    line_up(reactor, run, actions);
}

static hone_step step_of(hone_status status)
{
    if (status == HONE_STATUS_PENDING)
        return HONE_STEP_UNDONE;
    if (status == HONE_STATUS_CANCELLED)
        return HONE_STEP_CANCELLED;
    if (status == HONE_STATUS_PRUNED)
        return HONE_STEP_PRUNED;
    return status == HONE_STATUS_COMPLETED ? HONE_STEP_SUCCEEDED : HONE_STEP_FAILED;
}

/* Frees the slot; what the end says of it is judged by how the process ended: a metric
 * that is missing, a lack of memory or a preemption are not the slot's fault. */
static void leave_slot(hone_reactor *reactor, const hone_run *run, const hone_exit *exit,
                       const hone_verdict *verdict, hone_actions *actions)
{
    hone_seat_news news = HONE_SEAT_NOTHING;
    bool own = exit->reason == HONE_REASON_EXIT || exit->reason == HONE_REASON_SIGNAL ||
               exit->reason == HONE_REASON_TIMEOUT || exit->reason == HONE_REASON_LOST ||
               exit->reason == HONE_REASON_NOT_FOUND;
    if (verdict->status == HONE_STATUS_COMPLETED || verdict->scored || verdict->rests)
        news = HONE_SEAT_WELL;
    else if (own && !run->interrupted && !run->cancelled && !run->pruned &&
             !run->requeues && !run->refused)
        news = HONE_SEAT_BADLY;
    reactor->n_busy--;
    if (hone_seats_give(&reactor->seats, run->slot, news))
        hone_actions_add(
            actions, (hone_action){.kind = HONE_ACTION_SAY, .text = reactor->seats.said});
}

static void on_ended(hone_reactor *reactor, hone_run *run, const hone_exit *exit,
                     hone_actions *actions)
{
    /* Its keeper has ended it, as its hone was gone: it counts as not run. */
    run->interrupted |= exit->reason == HONE_REASON_INTERRUPTED;
    hone_verdict verdict = hone_verdict_of(reactor, run, exit);
    if (verdict.status == HONE_STATUS_FAILED &&
        hone_verdict_tries_again(reactor, run, verdict.reason, exit->exit_code)) {
        verdict.status = HONE_STATUS_PENDING;
        verdict.has_objective = false;
    }
    if (hone_verdict_repeat(reactor, run, &verdict) != HONE_OK)
        actions->failed = true;
    hone_climb_judge(reactor, run, exit, &verdict);
    hone_run_move(run, verdict.rests ? HONE_STEP_RESTED : step_of(verdict.status));
    count(reactor, HONE_STATUS_RUNNING, verdict.status);
    leave_slot(reactor, run, exit, &verdict, actions);
    reactor->n_unsettled++;
    reactor->waiting = false;
    run->returning = verdict.status == HONE_STATUS_PENDING && run->delay_ms == 0;
    reactor->n_returning += run->returning;
    if (verdict.status != HONE_STATUS_PENDING && !verdict.rests) {
        hone_stop_trial ended = {.number = run->number,
                                 .status = verdict.status,
                                 .reason = verdict.reason,
                                 .code =
                                     exit->signal > 0 ? -exit->signal : exit->exit_code,
                                 .has_objective = verdict.has_objective,
                                 .objective = verdict.objective};
        verdict.best = hone_stopper_ended(&reactor->stopper, &ended);
        if (verdict.best)
            reactor->best = hone_summary_of(run->n_scores, run->scores);
        if (reactor->options.early != NULL &&
            hone_early_ended(reactor->options.early, run->number, verdict.status) !=
                HONE_OK)
            actions->failed = true;
    }
    hone_actions_add(actions, (hone_action){.kind = HONE_ACTION_CONCLUDE,
                                            .number = run->number,
                                            .run = run,
                                            .verdict = verdict});
    apply_rules(reactor, actions);
}

/* After its CONCLUDE has been carried out, at the start of the next step: the run is
 * taken out, or gets in line again. */
static void on_settled(hone_reactor *reactor, hone_run *run, hone_actions *actions)
{
    assert(reactor->n_unsettled > 0);
    reactor->n_unsettled--;
    reactor->waiting = false; /* the strategy has been told of the end */
    reactor->n_returning -= run->returning;
    run->returning = false;
    if (hone_climb_settle(reactor, run) != HONE_OK)
        actions->failed = true;
    if (hone_lifecycle_final(run->state)) {
        hone_runs_remove(reactor, run);
        return;
    }
    if (run->state == HONE_STATE_RESTING) {
        run->rests = true;
        if (run->cancelled) {
            run->rests = false;
            give_up(reactor, run, actions);
        }
        return;
    }
    assert(run->state == HONE_STATE_PENDING);
    run->attempt++;
    run->interrupted = run->wished = false;
    if (run->delay_ms == 0 || run->cancelled) {
        line_up(reactor, run, actions);
        return;
    }
    run->delayed = true;
    reactor->n_delayed++;
    hone_actions_add(
        actions,
        (hone_action){.kind = HONE_ACTION_DELAY, .number = run->number, .run = run});
}

static void end_delay(hone_reactor *reactor, hone_run *run, hone_actions *actions)
{
    assert(reactor->n_delayed > 0 && run->delayed);
    run->delayed = false;
    reactor->n_delayed--;
    line_up(reactor, run, actions);
}

static void on_interrupt(hone_reactor *reactor, int level, hone_actions *actions)
{
    if (level <= reactor->interrupts || level > 3)
        return;
    static const char *const said[] = {
        "no more trials are started, the running ones finish; Ctrl-C again ends them",
        "the running trials are being ended; Ctrl-C again kills them",
        "the running trials are killed"};
    reactor->interrupts = level;
    halt(reactor, HONE_GO_ON, "", actions);
    if (reactor->n_busy > 0)
        hone_actions_add(actions,
                         (hone_action){.kind = HONE_ACTION_SAY, .text = said[level - 1]});
    if (level >= 2)
        hone_ending_interrupt(reactor, level == 2 ? HONE_KILL_TERM : HONE_KILL_NOW,
                              actions);
}

static void on_cancel(hone_reactor *reactor, const hone_event *event,
                      hone_actions *actions)
{
    hone_run *run = hone_reactor_run(reactor, event->number);
    if (run == NULL || hone_lifecycle_final(run->state))
        return;
    say(reactor, actions, "trial %" PRIu64 " was cancelled from outside", run->number);
    run->cancelled = true;
    if (hone_lifecycle_status(run->state) == HONE_STATUS_RUNNING) {
        hone_ending_wish(reactor, run, event->how, actions);
    } else if (run->rests) {
        run->rests = false;
        give_up(reactor, run, actions);
    } else if (run->delayed) {
        end_delay(reactor, run, actions);
    } else if (hone_ready_has(reactor, run)) {
        hone_ready_drop(reactor, run);
        line_up(reactor, run, actions);
    } else if (run->out) {
        count(reactor, HONE_STATUS_RUNNING, HONE_STATUS_PENDING);
        line_up(reactor, run, actions);
    }
    /* Else its row or its last end is on the way to the disk; line_up follows then. */
}

static void on_pause(hone_reactor *reactor, hone_actions *actions)
{
    if (!reactor->paused)
        say(reactor, actions, "paused: no more trials are started until hone resume");
    reactor->paused = true;
}

static void on_resume(hone_reactor *reactor, hone_actions *actions)
{
    if (reactor->paused)
        say(reactor, actions, "no longer paused");
    reactor->paused = false;
}

/* What runs beyond a smaller number ends by itself. */
static void on_scale(hone_reactor *reactor, uint64_t wanted, hone_actions *actions)
{
    assert(wanted > 0 && wanted <= reactor->options.n_slots);
    reactor->options.concurrency = (uint32_t)wanted;
    say(reactor, actions, "%" PRIu64 " trials at a time from now on", wanted);
}

static void on_reached(hone_reactor *reactor, uint64_t number, hone_actions *actions)
{
    char why[200];
    snprintf(why, sizeof(why), "trial %" PRIu64 " reached the target of %s", number,
             reactor->options.spec->objective.name);
    halt(reactor, HONE_STOP_DONE, why, actions);
}

/* Whether the machine had no process, descriptor or space for an attempt. That is no
 * fault of the trial: it waits, and stays pending where it has waited long enough. */
static bool is_refusal(const hone_event *event)
{
    return event->exit->reason == HONE_REASON_LOST &&
           (event->kind == HONE_EVENT_REFUSED || event->exit->spawn_errno != 0);
}

static void halt_refused(hone_reactor *reactor, const hone_run *run,
                         const hone_event *event, hone_actions *actions)
{
    char why[sizeof(reactor->why)];
    snprintf(why, sizeof(why), "trial %" PRIu64 " cannot be started: %s", run->number,
             event->text != NULL ? event->text : strerror(event->exit->spawn_errno));
    halt(reactor, HONE_STOP_FAILED, why, actions);
}

static void handle_trial_event(hone_reactor *reactor, const hone_event *event,
                               hone_actions *actions)
{
    hone_run *run = hone_reactor_run(reactor, event->number);
    bool cut_short = event->kind == HONE_EVENT_DUE && (run == NULL || !run->delayed);
    bool ended = event->kind == HONE_EVENT_WISHED && run == NULL;
    if (cut_short || ended) /* given up while it waited; over before it was told */
        return;
    assert(run != NULL);
    if (event->kind == HONE_EVENT_RECORDED)
        on_recorded(reactor, run, actions);
    else if (event->kind == HONE_EVENT_STARTED)
        hone_run_move(run, HONE_STEP_STARTED);
    else if (event->kind == HONE_EVENT_SETTLED)
        on_settled(reactor, run, actions);
    else if (event->kind == HONE_EVENT_WISHED)
        hone_ending_wished(run, actions);
    else if (event->kind == HONE_EVENT_DUE)
        end_delay(reactor, run, actions);
    else {
        run->refused = is_refusal(event);
        on_ended(reactor, run, event->exit, actions);
        if (run->refused && run->n_refused >= HONE_REFUSED_MAX)
            halt_refused(reactor, run, event, actions);
    }
}

void hone_reactor_step(hone_reactor *reactor, const hone_event *event,
                       hone_actions *actions)
{
    switch (event->kind) {
    case HONE_EVENT_SUGGESTED:
        on_suggested(reactor, event, actions);
        break;
    case HONE_EVENT_WAIT:
        reactor->asking = reactor->stale = false;
        reactor->waiting = true;
        break;
    case HONE_EVENT_EXHAUSTED:
        reactor->asking = reactor->stale = false;
        reactor->exhausted = true;
        break;
    case HONE_EVENT_UNANSWERED:
        reactor->asking = reactor->stale = false;
        halt(reactor, HONE_STOP_FAILED, event->text, actions);
        break;
    case HONE_EVENT_RECORDED:
    case HONE_EVENT_STARTED:
    case HONE_EVENT_REFUSED:
    case HONE_EVENT_ENDED:
    case HONE_EVENT_SETTLED:
    case HONE_EVENT_WISHED:
    case HONE_EVENT_DUE:
        handle_trial_event(reactor, event, actions);
        break;
    case HONE_EVENT_REACHED:
        on_reached(reactor, event->number, actions);
        break;
    case HONE_EVENT_REPORT:
        if (reactor->options.ladder != NULL)
            hone_climb_report(reactor, event, actions);
        else
            hone_ending_report(reactor, event, actions);
        break;
    case HONE_EVENT_INTERRUPT:
        on_interrupt(reactor, reactor->interrupts + 1, actions);
        break;
    case HONE_EVENT_TERMINATE:
        on_interrupt(reactor, reactor->interrupts < 2 ? 2 : 3, actions);
        break;
    case HONE_EVENT_STOP:
        on_interrupt(reactor, 1, actions);
        break;
    case HONE_EVENT_PAUSE:
        on_pause(reactor, actions);
        break;
    case HONE_EVENT_RESUME:
        on_resume(reactor, actions);
        break;
    case HONE_EVENT_SCALE:
        on_scale(reactor, event->number, actions);
        break;
    case HONE_EVENT_CANCEL:
        on_cancel(reactor, event, actions);
        break;
    case HONE_EVENT_ADD:
        on_add(reactor, event, actions);
        break;
    case HONE_EVENT_HOLD:
    case HONE_EVENT_RELEASE:
        reactor->held = event->kind == HONE_EVENT_HOLD;
        say(reactor, actions, "%s", event->text);
        if (reactor->held)
            hone_ending_fulfil(reactor, actions);
        break;
    case HONE_EVENT_TIME_UP:
        halt(reactor, HONE_STOP_DONE, "stop.time is over", actions);
        break;
    case HONE_EVENT_ENOUGH:
        halt(reactor, HONE_STOP_DONE, event->text, actions);
        break;
    case HONE_EVENT_HALT:
        reactor->unwritable = true;
        halt(reactor, HONE_STOP_FAILED, event->text, actions);
        hone_ending_fulfil(reactor, actions);
        break;
    }
    advance(reactor, actions);
}

/* Trials that an earlier run was told to give up are: those that run are told once more,
 * those that nobody runs any more never start again. */
static void keep_wishes(hone_reactor *reactor, hone_actions *actions)
{
    hone_run *next = NULL;
    hone_ending_fulfil(reactor, actions);
    for (hone_run *run = reactor->ready_first; run != NULL; run = next) {
        next = run->next_ready;
        if (!run->cancelled)
            continue;
        hone_ready_drop(reactor, run);
        line_up(reactor, run, actions);
    }
}

void hone_reactor_begin(hone_reactor *reactor, hone_actions *actions)
{
    reactor->begun = true;
    keep_wishes(reactor, actions);
    apply_rules(reactor, actions);
    hone_stopper_begin_run(&reactor->stopper);
    advance(reactor, actions);
}
