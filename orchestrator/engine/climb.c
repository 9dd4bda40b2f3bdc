#include "engine/climb.h"

#include <assert.h>
#include <math.h>

#include "engine/runs.h"

void hone_climb_begin(const hone_reactor *reactor, hone_run *run)
{
    const hone_ladder *ladder = reactor->options.ladder;
    run->budget = ladder != NULL ? hone_ladder_first(ladder, run->number) : 0;
}

void hone_climb_judge(const hone_reactor *reactor, hone_run *run, hone_verdict *verdict)
{
    const hone_ladder *ladder = reactor->options.ladder;
    if (ladder == NULL || verdict->status != HONE_STATUS_COMPLETED)
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

static bool find_next(const hone_reactor *reactor, uint64_t *number, double *budget)
{
    hone_climb climb = {.stage = find_stage(reactor),
                        .n_trials = reactor->next_number - 1};
    return hone_ladder_next(reactor->options.ladder, &climb, number, budget);
}

bool hone_climb_waits(const hone_reactor *reactor)
{
    uint64_t number;
    double budget;
    return reactor->options.ladder != NULL && !reactor->halted &&
           find_next(reactor, &number, &budget);
}

static bool promote_one(hone_reactor *reactor, hone_actions *actions)
{
    hone_ladder *ladder = reactor->options.ladder;
    uint64_t number;
    double budget;
    if (!find_next(reactor, &number, &budget))
        return false;
    hone_run *run = hone_reactor_run(reactor, number);
    assert(run != NULL && run->state == HONE_STATE_RESTING && run->rests);
    if (hone_ladder_given(ladder, number, budget) != HONE_OK) {
        actions->failed = true;
        return false;
    }
    run->rests = false;
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
    run->rests = true;
    hone_run_move(run, HONE_STEP_RESTED);
    reactor->counts[HONE_STATUS_PRUNED]++;
    return run;
}
