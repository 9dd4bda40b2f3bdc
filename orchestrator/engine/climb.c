#include "engine/climb.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/ending.h"
#include "engine/runs.h"

int hone_climb_begin(const hone_reactor *reactor, hone_run *run)
{
    hone_ladder *ladder = reactor->options.ladder;
    run->budget = ladder != NULL ? hone_ladder_first(ladder, run->number) : 0;
    return ladder != NULL ? hone_ladder_begun(ladder, run->number, 0, run->budget)
                          : HONE_OK;
}

static void forget_why(hone_run *run)
{
    free(run->why);
    run->why = NULL;
}

/* ---- rungs that are steps ---- */

static bool goes_on(const hone_reactor *reactor, const hone_run *run,
                    const hone_event *event)
{
    bool runs = hone_lifecycle_status(run->state) == HONE_STATUS_RUNNING;
    if (run->pruned)
        return false;
    /* Whom the word would not reach, or who is ended for another reason, is not judged.
     */
    return !runs || event->gone || run->wished ||
           hone_ladder_worthy(reactor->options.ladder, run->number, run->budget);
}

static void halt_at_rung(hone_reactor *reactor, hone_run *run, const hone_event *event,
                         hone_actions *actions)
{
    char why[HONE_RULING_WHY];
    run->stands = true;
    snprintf(why, sizeof why,
             "%.6g at step %.6g is not among the best there; may be promoted later",
             event->report.value, event->report.step);
    forget_why(run);
    run->why = strdup(why); /* without memory the reason is left out */
    if (run->pruned)        /* by an earlier hone */
        return;
    run->pruned = true;
    hone_ending_wish(reactor, run, HONE_KILL_TERM, actions);
}

/* While it is being ended it may come to further rungs; then it stands there. */
void hone_climb_report(hone_reactor *reactor, const hone_event *event,
                       hone_actions *actions)
{
    hone_ladder *ladder = reactor->options.ladder;
    const hone_report *report = &event->report;
    hone_run *run = hone_reactor_run(reactor, report->number);
    while (run != NULL && !hone_ladder_is_top(ladder, run->budget)) {
        double at = run->stands ? hone_ladder_above(ladder, run->budget) : run->budget;
        if (hone_ladder_is_top(ladder, at) || !(report->step >= at))
            return;
        run->budget = at;
        int rc = hone_ladder_given(ladder, run->number, at);
        if (rc == HONE_OK)
            rc = hone_ladder_reached(ladder, run->number, at, report->value);
        if (rc == HONE_OK && !run->stands && goes_on(reactor, run, event)) {
            run->budget = hone_ladder_above(ladder, at);
            rc = hone_ladder_given(ladder, run->number, run->budget);
        } else if (!run->stands) {
            halt_at_rung(reactor, run, event, actions);
        }
        if (rc != HONE_OK) {
            actions->failed = true;
            return;
        }
    }
}

/* One that was told to end at a rung, and had nothing more to do, has ended by itself. */
static void judge_by_step(const hone_reactor *reactor, hone_run *run,
                          const hone_exit *exit, hone_verdict *verdict)
{
    const hone_spec *spec = reactor->options.spec;
    const char *watched = spec->early_stop.watch.metric;
    const hone_tally_metric *curve =
        hone_tally_find(&run->tally, watched, strlen(watched));
    if (!run->pruned || verdict->status != HONE_STATUS_PRUNED)
        return;
    if (exit->reason == HONE_REASON_NONE && verdict->has_objective && curve != NULL &&
        hone_ladder_is_top(reactor->options.ladder, curve->step)) {
        verdict->status = HONE_STATUS_COMPLETED;
        forget_why(run);
        return;
    }
    verdict->rests = true;
    verdict->score = verdict->has_objective ? verdict->objective : (double)NAN;
    verdict->budget = run->budget;
}

/* ---- ends ---- */

void hone_climb_judge(const hone_reactor *reactor, hone_run *run, const hone_exit *exit,
                      hone_verdict *verdict)
{
    const hone_ladder *ladder = reactor->options.ladder;
    if (ladder != NULL && ladder->fidelity->by_step)
        judge_by_step(reactor, run, exit, verdict);
    if (ladder == NULL || ladder->fidelity->by_step ||
        verdict->status != HONE_STATUS_COMPLETED)
        return;
    assert(verdict->has_objective); /* a fidelity needs a metric */
    run->came = true;
    run->came_to = verdict->objective;
    verdict->score = verdict->objective;
    verdict->budget = run->budget;
    if (hone_ladder_is_top(ladder, run->budget))
        return;
    verdict->status = HONE_STATUS_PRUNED;
    verdict->rests = true;
}

int hone_climb_settle(hone_reactor *reactor, hone_run *run)
{
    hone_ladder *ladder = reactor->options.ladder;
    hone_status status = hone_lifecycle_status(run->state);
    if (ladder == NULL)
        return HONE_OK;
    if (run->came) {
        run->came = false;
        run->delay_ms = run->n_lost = run->n_retried = 0;
        run->n_requeued = run->n_refused = 0;
        return hone_ladder_reached(ladder, run->number, run->budget, run->came_to);
    }
    /* It may have been told to end at a rung, and have had all by then. */
    if (status == HONE_STATUS_COMPLETED && run->stands)
        return hone_ladder_given(ladder, run->number,
                                 hone_ladder_above(ladder, run->budget));
    bool over = status == HONE_STATUS_FAILED || status == HONE_STATUS_CANCELLED;
    return over ? hone_ladder_lost(ladder, run->number) : HONE_OK;
}

int hone_climb_lose(hone_reactor *reactor, const hone_run *run)
{
    hone_ladder *ladder = reactor->options.ladder;
    return ladder != NULL ? hone_ladder_lost(ladder, run->number) : HONE_OK;
}

static hone_climb_stage find_stage(const hone_reactor *reactor)
{
    bool idle = reactor->n_busy == 0 && reactor->n_ready == 0 &&
                reactor->n_recording == 0 && reactor->n_delayed == 0 &&
                reactor->n_unsettled == 0 && !reactor->asking;
    if (idle && (reactor->exhausted || reactor->waiting))
        return HONE_CLIMB_IDLE;
    return reactor->exhausted ? HONE_CLIMB_CLOSED : HONE_CLIMB_OPEN;
}

static bool find_next(const hone_reactor *reactor, hone_promotion *next, double *budget)
{
    hone_climb climb = {.stage = find_stage(reactor),
                        .n_trials = reactor->next_number - 1};
    return hone_ladder_next(reactor->options.ladder, &climb, next, budget);
}

bool hone_climb_waits(const hone_reactor *reactor)
{
    hone_promotion next;
    double budget;
    return reactor->options.ladder != NULL && !reactor->halted &&
           find_next(reactor, &next, &budget);
}

/* A trial that begins as a copy of one that rests. */
static bool begin_copy(hone_reactor *reactor, const hone_promotion *fork, double budget,
                       hone_actions *actions)
{
    const hone_space *space = reactor->options.spec->space;
    hone_ladder *ladder = reactor->options.ladder;
    const hone_run *parent = hone_reactor_run(reactor, fork->parent);
    assert(parent != NULL && parent->rests);
    hone_config *config = calloc(1, hone_config_size(space));
    int rc = config == NULL
                 ? HONE_ENOMEM
                 : hone_ladder_explore(ladder, space, parent->config, fork, config);
    hone_run *run = rc == HONE_OK ? hone_runs_record(reactor, config) : NULL;
    free(config);
    if (run == NULL ||
        hone_ladder_begun(ladder, run->number, fork->parent, budget) != HONE_OK) {
        actions->failed = true;
        return false;
    }
    run->budget = budget;
    run->parent = fork->parent;
    run->copying = true;
    reactor->n_copying++;
    reactor->last_kept = run->number; /* its parent goes on: it could not be made anew */
    hone_actions_add(
        actions,
        (hone_action){.kind = HONE_ACTION_RECORD, .number = run->number, .run = run});
    return true;
}

static bool promote_one(hone_reactor *reactor, hone_actions *actions)
{
    hone_ladder *ladder = reactor->options.ladder;
    hone_promotion next;
    double budget;
    if (!find_next(reactor, &next, &budget))
        return false;
    if (next.parent != 0)
        return begin_copy(reactor, &next, budget, actions);
    uint64_t number = next.number;
    hone_run *run = hone_reactor_run(reactor, number);
    if (reactor->n_copying > 0)
        return false;
    assert(run != NULL);
    if (!run->rests) /* it is being ended: it goes on when that is on disk */
        return false;
    assert(run->state == HONE_STATE_RESTING);
    if (hone_ladder_given(ladder, number, budget) != HONE_OK) {
        actions->failed = true;
        return false;
    }
    run->rests = run->stands = run->pruned = false;
    forget_why(run);
    run->budget = budget;
    run->attempt++;
    reactor->counts[HONE_STATUS_PRUNED]--;
    reactor->counts[HONE_STATUS_PENDING]++;
    reactor->n_recording++;
    hone_actions_add(
        actions,
        (hone_action){.kind = HONE_ACTION_PROMOTE, .number = run->number, .run = run});
    return true;
}

void hone_climb_promote(hone_reactor *reactor, uint32_t wanted, hone_actions *actions)
{
    if (reactor->options.ladder == NULL)
        return;
    while (reactor->n_ready + reactor->n_recording + reactor->asking < wanted &&
           promote_one(reactor, actions))
        continue;
}

hone_run *hone_climb_revive(hone_reactor *reactor, const hone_replay *trial)
{
    hone_run *run = hone_runs_add(reactor, trial->number, trial->config);
    if (run == NULL)
        return NULL;
    run->attempt = trial->attempts;
    run->budget = trial->budget;
    run->parent = trial->parent;
    run->rests = true;
    hone_run_move(run, HONE_STEP_RESTED);
    reactor->counts[HONE_STATUS_PRUNED]++;
    return run;
}
