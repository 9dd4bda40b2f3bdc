#include "engine/ending.h"

#include <stdlib.h>
#include <string.h>

#include "engine/runs.h"

static bool is_running(const hone_run *run)
{
    return hone_lifecycle_status(run->state) == HONE_STATUS_RUNNING;
}

static void kill_run(hone_run *run, hone_actions *actions)
{
    hone_run_move(run, HONE_STEP_STOP);
    hone_actions_add(
        actions,
        (hone_action){.kind = HONE_ACTION_KILL, .number = run->number, .how = run->how});
}

void hone_ending_wish(hone_reactor *reactor, hone_run *run, hone_kill how,
                      hone_actions *actions)
{
    bool again = run->wished;
    run->wished = true;
    run->how = how;
    hone_actions_add(actions,
                     (hone_action){.kind = HONE_ACTION_WISH,
                                   .number = run->number,
                                   .run = run,
                                   .wish = run->cancelled ? HONE_WISH_CANCELLED
                                           : run->pruned  ? HONE_WISH_PRUNED
                                                          : HONE_WISH_INTERRUPTED});
    if (again || reactor->held || reactor->unwritable)
        kill_run(run, actions);
}

void hone_ending_wished(hone_run *run, hone_actions *actions)
{
    if (run->wished && run->state != HONE_STATE_STOPPING && is_running(run))
        kill_run(run, actions);
}

/* The running trial after `last` in the table, from NULL on; NULL at its end. */
static hone_run *next_running(const hone_reactor *reactor, const hone_run *last)
{
    uint64_t bucket = last == NULL ? 0 : last->number % HONE_RUN_BUCKETS;
    hone_run *run = last == NULL ? reactor->buckets[0] : last->next_in_bucket;
    for (;;) {
        for (; run != NULL; run = run->next_in_bucket) {
            if (is_running(run))
                return run;
        }
        if (++bucket == HONE_RUN_BUCKETS)
            return NULL;
        run = reactor->buckets[bucket];
    }
}

void hone_ending_interrupt(hone_reactor *reactor, hone_kill how, hone_actions *actions)
{
    for (hone_run *run = NULL; (run = next_running(reactor, run)) != NULL;) {
        run->interrupted = true;
        hone_ending_wish(reactor, run, how, actions);
    }
}

void hone_ending_fulfil(hone_reactor *reactor, hone_actions *actions)
{
    for (hone_run *run = NULL; (run = next_running(reactor, run)) != NULL;)
        hone_ending_wished(run, actions);
}

/* The scheduler's word on a trial, acted on while it runs. One that was pruned before
 * hone went down gets its reason back. */
static void rule(hone_reactor *reactor, hone_run *run, const hone_ruling *ruling,
                 hone_actions *actions)
{
    if (ruling->kind == HONE_RULING_CONTINUE || !is_running(run) || run->n_scores > 0)
        return; /* the first repeat alone is judged */
    if (run->why == NULL)
        run->why = strdup(ruling->why); /* without memory the reason is left out */
    if (run->wished)
        return;
    run->pruned = true;
    hone_ending_wish(reactor, run, HONE_KILL_TERM, actions);
}

void hone_ending_report(hone_reactor *reactor, const hone_event *event,
                        hone_actions *actions)
{
    hone_early *early = reactor->options.early;
    hone_ruling ruling;
    hone_run *run = hone_reactor_run(reactor, event->report.number);
    if (early == NULL || (run != NULL && run->n_scores > 0))
        return;
    if (hone_early_report(early, &event->report, &ruling) != HONE_OK) {
        actions->failed = true;
        return;
    }
    if (run != NULL && !event->gone)
        rule(reactor, run, &ruling, actions);
    if (!ruling.others)
        return;
    for (hone_run *other = NULL; (other = next_running(reactor, other)) != NULL;) {
        if (other == run)
            continue;
        hone_early_revise(early, other->number, &ruling);
        rule(reactor, other, &ruling, actions);
    }
}
