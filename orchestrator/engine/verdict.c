/* What an attempt came to: the part of the reactor that judges ends. */
#include "engine/verdict.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/goals.h"
#include "engine/runs.h"

hone_verdict hone_verdict_of(const hone_reactor *reactor, const hone_run *run,
                             const hone_exit *exit)
{
    const hone_objective *objective = &reactor->options.spec->objective;
    hone_verdict verdict = {.status = HONE_STATUS_FAILED, .reason = exit->reason};
    if (run->cancelled)
        return (hone_verdict){.status = HONE_STATUS_CANCELLED, .reason = exit->reason};
    if (run->interrupted && !run->pruned)
        return (hone_verdict){.status = HONE_STATUS_PENDING,
                              .reason = HONE_REASON_INTERRUPTED};
    bool missing = hone_goals_missing(reactor->options.spec, &run->tally) != NULL;
    if (objective->name != NULL) {
        const hone_tally_metric *found =
            hone_tally_find(&run->tally, objective->name, strlen(objective->name));
        verdict.has_objective = found != NULL && (run->pruned || !missing);
        if (found != NULL)
            verdict.objective = hone_tally_value(found, reactor->options.objective_take);
    }
    if (run->pruned) {
        verdict.status = HONE_STATUS_PRUNED;
        verdict.reason = HONE_REASON_NONE;
        return verdict;
    }
    if (exit->reason != HONE_REASON_NONE)
        return verdict;
    if (missing)
        verdict.reason = HONE_REASON_NO_METRIC;
    else
        verdict.status = HONE_STATUS_COMPLETED;
    return verdict;
}

/* The trials that this one races: the best of those completed, and those in flight. */
static hone_contest contest_of(const hone_reactor *reactor, const hone_run *run)
{
    hone_contest contest = {.rule = &reactor->options.spec->repeats,
                            .maximize = reactor->options.spec->objective.maximize};
    if (!contest.rule->race)
        return contest;
    hone_contest_enter(&contest, reactor->stopper.best_number, &reactor->best);
    for (uint32_t i = 0; i < HONE_RUN_BUCKETS; i++) {
        for (const hone_run *other = reactor->buckets[i]; other != NULL;
             other = other->next_in_bucket) {
            hone_status status = hone_lifecycle_status(other->state);
            bool races = status == HONE_STATUS_PENDING || status == HONE_STATUS_RUNNING;
            if (other == run || !races || other->n_scores < contest.rule->min)
                continue;
            hone_summary summary = hone_summary_of(other->n_scores, other->scores);
            hone_contest_enter(&contest, other->number, &summary);
        }
    }
    return contest;
}

/* Without memory the reason is left out. */
static void note_lost_race(hone_run *run, const hone_contest *contest, double mean)
{
    char text[120];
    if (isfinite(mean))
        snprintf(text, sizeof(text),
                 "fell behind trial %" PRIu64 " after %" PRIu32
                 " repeats (Welch's t test, 5 %%)",
                 contest->number, run->n_scores);
    else
        snprintf(text, sizeof(text),
                 "fell out of the race after %" PRIu32
                 " repeats: its mean is no finite number",
                 run->n_scores);
    free(run->why);
    run->why = strdup(text);
}

int hone_verdict_repeat(const hone_reactor *reactor, hone_run *run, hone_verdict *verdict)
{
    const hone_spec *spec = reactor->options.spec;
    bool several = spec->repeats.max > 1 || run->n_scores > 0;
    if (verdict->status != HONE_STATUS_COMPLETED || !several)
        return HONE_OK;
    verdict->scored = true;
    verdict->score = verdict->has_objective ? verdict->objective : (double)NAN;
    if (hone_runs_score(run, verdict->score) != HONE_OK)
        return HONE_ENOMEM;
    hone_summary summary = hone_summary_of(run->n_scores, run->scores);
    verdict->objective = verdict->has_objective ? summary.mean : 0;
    run->delay_ms = 0;
    run->requeues = false;
    const hone_contest contest = contest_of(reactor, run);
    switch (hone_repeats_after(&contest, &summary)) {
    case HONE_REPEATS_MORE:
        verdict->status = HONE_STATUS_PENDING;
        verdict->has_objective = false;
        break;
    case HONE_REPEATS_BEHIND:
        note_lost_race(run, &contest, summary.mean);
        break;
    case HONE_REPEATS_DONE:
        break;
    }
    return HONE_OK;
}

static bool has_status(const hone_statuses *statuses, int code)
{
    for (uint32_t i = 0; i < statuses->n; i++) {
        if (statuses->items[i] == code)
            return true;
    }
    return false;
}

bool hone_verdict_tries_again(const hone_reactor *reactor, hone_run *run,
                              hone_reason reason, int code)
{
    const hone_retry *retry = &reactor->options.spec->retry;
    run->delay_ms = 0;
    run->requeues = false;
    if (run->refused) {
        run->n_refused++;
        run->delay_ms = HONE_DELAY_FIRST_MS;
        return true;
    }
    if (reason == HONE_REASON_LOST && run->n_lost + 1 < HONE_LOST_MAX) {
        run->n_lost++;
        return true;
    }
    bool by_exit = reason == HONE_REASON_EXIT;
    if (by_exit && has_status(&retry->requeue, code) &&
        run->n_requeued < HONE_REQUEUE_MAX) {
        run->n_requeued++;
        run->requeues = true;
        run->delay_ms = HONE_DELAY_FIRST_MS;
        return true;
    }
    bool wanted = (retry->reasons & HONE_REASON_BIT(reason)) != 0 ||
                  (by_exit && has_status(&retry->statuses, code));
    if (!wanted || run->n_retried >= retry->retries)
        return false;
    uint32_t doublings = run->n_retried < 6 ? run->n_retried : 6;
    uint32_t delay_ms = (uint32_t)HONE_DELAY_FIRST_MS << doublings;
    run->delay_ms = delay_ms < HONE_DELAY_MAX_MS ? delay_ms : HONE_DELAY_MAX_MS;
    run->n_retried++;
    return true;
}
