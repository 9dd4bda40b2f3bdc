/* Replaying recorded trials: see replay.h. */
#include "engine/replay.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

typedef struct hone_replay_item {
    hone_replay trial; /* its config is owned */
    hone_hearing hearing;
} item;

void hone_replayer_init(hone_replayer *replayer, hone_reactor *reactor, hone_plan *plan)
{
    const hone_spec *spec = reactor->options.spec;
    *replayer =
        (hone_replayer){.reactor = reactor,
                        .plan = plan,
                        .ordered = hone_plan_adaptive(plan) || spec->stop.stagnation > 0};
}

static hone_config *copy_config(const hone_replayer *replayer, const hone_config *config)
{
    size_t size = hone_config_size(replayer->reactor->options.spec->space);
    hone_config *copy = malloc(size);
    if (copy != NULL)
        memcpy(copy, config, size);
    return copy;
}

/* ---- the ladder ---- */

/* The budget that a trial began with. */
static double first_budget(const hone_replay *trial)
{
    for (uint32_t i = 0; i < trial->n_ends; i++)
        if (trial->ends[i].budget > 0)
            return trial->ends[i].budget;
    return trial->budget;
}

/* The rungs that a trial came to, the one that it is on the way to, and whether it will
 * come to more. */
static int recall_climb(const hone_replayer *replayer, const hone_replay *trial)
{
    const hone_reactor *reactor = replayer->reactor;
    hone_ladder *ladder = reactor->options.ladder;
    bool by_step = ladder->fidelity->by_step;
    int rc = hone_ladder_begun(ladder, trial->number, trial->parent, first_budget(trial));
    for (uint32_t i = 0; i < trial->n_arrivals && rc == HONE_OK; i++)
        rc = hone_ladder_reached(ladder, trial->number, trial->arrivals[i].step,
                                 trial->arrivals[i].value);
    for (uint32_t i = 0; i < trial->n_ends && rc == HONE_OK && !by_step; i++)
        if (trial->ends[i].budget > 0)
            rc = hone_ladder_reached(ladder, trial->number, trial->ends[i].budget,
                                     trial->ends[i].score);
    if (rc == HONE_OK)
        rc = hone_ladder_given(ladder, trial->number, trial->budget);
    bool climbs = !trial->foreign && (hone_reactor_rests(reactor, trial) ||
                                      trial->status == HONE_STATUS_COMPLETED);
    if (rc == HONE_OK && hone_reactor_has_ended(reactor, trial) && !climbs)
        rc = hone_ladder_lost(ladder, trial->number);
    return rc;
}

/* Where rungs are steps, the record of a trial has none that it goes to: it rests where
 * it came last, or is on the way to the next. */
static double find_budget(const hone_replayer *replayer, const hone_replay *trial)
{
    const hone_reactor *reactor = replayer->reactor;
    const hone_ladder *ladder = reactor->options.ladder;
    if (!ladder->fidelity->by_step)
        return trial->budget;
    if (trial->n_arrivals == 0)
        return hone_ladder_first(ladder, trial->number);
    double last = trial->arrivals[trial->n_arrivals - 1].step;
    return hone_reactor_rests(reactor, trial) ? last : hone_ladder_above(ladder, last);
}

/* What it came to, at a rung. */
static int observe_rung(const hone_replayer *replayer, const hone_replay *trial,
                        double objective, double budget)
{
    bool maximize = replayer->reactor->options.spec->objective.maximize;
    hone_observation observation = {.kind = HONE_OBSERVE_PRUNED,
                                    .number = trial->number,
                                    .config = trial->config,
                                    .objective = maximize ? -objective : objective,
                                    .progress = budget};
    return hone_plan_observe(replayer->plan, &observation);
}

/* One that is on the way to a rung is known by the last that it came to. */
static int observe_last_rung(const hone_replayer *replayer, const hone_replay *trial)
{
    for (uint32_t i = trial->n_ends; i-- > 0;)
        if (trial->ends[i].budget > 0)
            return observe_rung(replayer, trial, trial->ends[i].score,
                                trial->ends[i].budget);
    return HONE_OK;
}

/* ---- ends ---- */

/* How far a pruned trial came is in its curve: the strategy hears of it when that is read
 * (recall.h). Where it rests at a rung, that is known. */
static int observe_end(hone_replayer *replayer, const hone_replay *trial)
{
    const hone_spec *spec = replayer->reactor->options.spec;
    if (hone_reactor_rests(replayer->reactor, trial) && trial->has_objective)
        return observe_rung(replayer, trial, trial->objective, trial->budget);
    hone_observation observation = {
        .kind = hone_observation_of(trial->status, trial->has_objective),
        .number = trial->number,
        .config = trial->config};
    if (observation.kind == HONE_OBSERVE_PRUNED && spec->n_others == 0)
        return HONE_OK;
    hone_goals goals = trial->goals;
    goals.values[0] = trial->objective;
    hone_goals_observe(spec, &goals, &observation);
    return hone_plan_observe(replayer->plan, &observation);
}

static int tell_end(hone_replayer *replayer, const hone_replay *trial,
                    hone_hearing hearing)
{
    const hone_stopper *stopper = &replayer->reactor->stopper;
    uint64_t best_before = stopper->best_number;
    hone_replayed what = hone_reactor_replay(replayer->reactor, trial);
    if (what == HONE_REPLAY_NOMEM)
        return HONE_ENOMEM;
    assert(what == HONE_REPLAY_ENDED);
    if (stopper->best_number != best_before) {
        free(replayer->best);
        bool known = hearing == HONE_HEARD; /* else its values are of another space */
        replayer->best = known ? copy_config(replayer, trial->config) : NULL;
        if (known && replayer->best == NULL)
            return HONE_ENOMEM;
    }
    return hearing == HONE_HEARD ? observe_end(replayer, trial) : HONE_OK;
}

static int keep_end(hone_replayer *replayer, const hone_replay *trial,
                    hone_hearing hearing)
{
    if (replayer->n == replayer->cap) {
        size_t cap = replayer->cap == 0 ? 64 : replayer->cap * 2;
        item *grown = realloc(replayer->items, cap * sizeof(*grown));
        if (grown == NULL)
            return HONE_ENOMEM;
        replayer->items = grown;
        replayer->cap = cap;
    }
    item *kept = &replayer->items[replayer->n];
    *kept = (item){.trial = *trial, .hearing = hearing};
    kept->trial.config = copy_config(replayer, trial->config);
    replayer->n += kept->trial.config != NULL;
    return kept->trial.config != NULL ? HONE_OK : HONE_ENOMEM;
}

int hone_replayer_trial(hone_replayer *replayer, const hone_replay *recorded,
                        hone_hearing hearing, hone_replayed *what)
{
    int rc = HONE_OK;
    bool climbs = replayer->reactor->options.ladder != NULL;
    hone_replay trial = *recorded;
    trial.foreign = hearing == HONE_UNHEARD;
    if (climbs)
        trial.budget = find_budget(replayer, &trial);
    hone_observation pending = {
        .kind = HONE_OBSERVE_PENDING, .number = trial.number, .config = trial.config};
    if (hearing == HONE_HEARD)
        rc = hone_plan_observe(replayer->plan, &pending);
    if (rc == HONE_OK && climbs)
        rc = recall_climb(replayer, &trial);
    if (rc != HONE_OK)
        return rc;
    *what = HONE_REPLAY_ENDED;
    if (hone_reactor_has_ended(replayer->reactor, &trial))
        return replayer->ordered ? keep_end(replayer, &trial, hearing)
                                 : tell_end(replayer, &trial, hearing);
    *what = hone_reactor_replay(replayer->reactor, &trial);
    if (*what == HONE_REPLAY_NOMEM)
        return HONE_ENOMEM;
    return climbs && hearing == HONE_HEARD ? observe_last_rung(replayer, &trial)
                                           : HONE_OK;
}

static int by_sequence(const void *a, const void *b)
{
    const item *x = a, *y = b;
    return (x->trial.sequence > y->trial.sequence) -
           (x->trial.sequence < y->trial.sequence);
}

int hone_replayer_finish(hone_replayer *replayer)
{
    int rc = HONE_OK;
    if (replayer->n > 0)
        qsort(replayer->items, replayer->n, sizeof(*replayer->items), by_sequence);
    for (size_t i = 0; i < replayer->n && rc == HONE_OK; i++)
        rc = tell_end(replayer, &replayer->items[i].trial, replayer->items[i].hearing);
    return rc;
}

void hone_replayer_release(hone_replayer *replayer)
{
    for (size_t i = 0; i < replayer->n; i++)
        free((hone_config *)(uintptr_t)replayer->items[i].trial.config);
    free(replayer->items);
    free(replayer->best);
    *replayer = (hone_replayer){0};
}
