/* The trials in flight: a table by number, and the queue of those that wait for a slot.
 */
#include "engine/runs.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* ---- runs in flight ---- */

hone_run *hone_reactor_run(const hone_reactor *reactor, uint64_t number)
{
    hone_run *run = reactor->buckets[number % HONE_RUN_BUCKETS];
    while (run != NULL && run->number != number)
        run = run->next_in_bucket;
    return run;
}

uint64_t hone_reactor_find(const hone_reactor *reactor, const hone_config *config)
{
    const hone_space *space = reactor->options.spec->space;
    hone_identity wanted = hone_config_identity(space, config);
    for (uint32_t i = 0; i < HONE_RUN_BUCKETS; i++) {
        for (const hone_run *run = reactor->buckets[i]; run != NULL;
             run = run->next_in_bucket) {
            hone_identity found = hone_config_identity(space, run->config);
            if (found.high == wanted.high && found.low == wanted.low)
                return run->number;
        }
    }
    return 0;
}

static hone_run *new_run(void)
{
    hone_run *run = calloc(1, sizeof(*run));
    if (run != NULL)
        hone_tally_init(&run->tally);
    return run;
}

hone_run *hone_runs_add(hone_reactor *reactor, uint64_t number, const hone_config *config)
{
    assert(hone_reactor_run(reactor, number) == NULL);
    size_t size = hone_config_size(reactor->options.spec->space);
    hone_run *run = reactor->spare;
    if (run != NULL)
        reactor->spare = run->next_ready;
    else if ((run = new_run()) == NULL)
        return NULL;
    if (run->config == NULL && (run->config = malloc(size)) == NULL) {
        run->next_ready = reactor->spare;
        reactor->spare = run;
        return NULL;
    }
    memcpy(run->config, config, size);
    run->number = number;
    run->n_scores = 0;
    run->attempt = 1;
    run->n_lost = run->n_retried = run->n_requeued = run->n_refused = run->delay_ms = 0;
    run->state = HONE_STATE_NEW;
    run->interrupted = run->wished = run->returning = false;
    run->cancelled = run->pruned = run->delayed = run->refused = run->out = false;
    run->rests = run->came = run->stands = run->copying = false;
    run->parent = 0;
    run->budget = 0;
    free(run->why);
    run->why = NULL;
    run->next_ready = NULL;
    run->next_in_bucket = reactor->buckets[number % HONE_RUN_BUCKETS];
    reactor->buckets[number % HONE_RUN_BUCKETS] = run;
    return run;
}

hone_run *hone_runs_record(hone_reactor *reactor, const hone_config *config)
{
    hone_run *run = hone_runs_add(reactor, reactor->next_number, config);
    if (run == NULL)
        return NULL;
    reactor->next_number++;
    reactor->n_recording++;
    reactor->counts[HONE_STATUS_PENDING]++;
    return run;
}

void hone_runs_remove(hone_reactor *reactor, hone_run *run)
{
    hone_run **link = &reactor->buckets[run->number % HONE_RUN_BUCKETS];
    while (*link != run)
        link = &(*link)->next_in_bucket;
    *link = run->next_in_bucket;
    hone_tally_reset(&run->tally);
    run->next_ready = reactor->spare;
    reactor->spare = run;
}

void hone_runs_free(hone_run *run)
{
    hone_tally_release(&run->tally);
    free(run->why);
    free(run->scores);
    free(run->config);
    free(run);
}

void hone_run_move(hone_run *run, hone_step step)
{
    hone_state next = hone_lifecycle_next(run->state, step);
    assert(next != HONE_N_STATES);
    run->state = next;
}

/* ---- the queue of ready trials ---- */

void hone_ready_add(hone_reactor *reactor, hone_run *run)
{
    assert(run->state == HONE_STATE_PENDING);
    hone_run **link = &reactor->ready_first;
    if (reactor->ready_last != NULL && reactor->ready_last->number < run->number)
        link = &reactor->ready_last->next_ready;
    while (*link != NULL && (*link)->number < run->number)
        link = &(*link)->next_ready;
    run->next_ready = *link;
    *link = run;
    if (run->next_ready == NULL)
        reactor->ready_last = run;
    reactor->n_ready++;
}

hone_run *hone_ready_take(hone_reactor *reactor)
{
    hone_run *run = reactor->ready_first;
    reactor->ready_first = run->next_ready;
    if (reactor->ready_first == NULL)
        reactor->ready_last = NULL;
    run->next_ready = NULL;
    reactor->n_ready--;
    return run;
}

bool hone_ready_has(const hone_reactor *reactor, const hone_run *run)
{
    const hone_run *at = reactor->ready_first;
    while (at != NULL && at != run)
        at = at->next_ready;
    return at != NULL;
}

void hone_ready_drop(hone_reactor *reactor, hone_run *run)
{
    hone_run *before = NULL;
    for (hone_run *at = reactor->ready_first; at != run; at = at->next_ready)
        before = at;
    *(before == NULL ? &reactor->ready_first : &before->next_ready) = run->next_ready;
    if (reactor->ready_last == run)
        reactor->ready_last = before;
    run->next_ready = NULL;
    reactor->n_ready--;
}

/* ---- repeats ---- */

uint32_t hone_run_repeat(const hone_run *run)
{
    return run->n_scores + 1;
}

int hone_runs_score(hone_run *run, double score)
{
    if (run->n_scores == run->cap_scores) {
        uint32_t cap = run->cap_scores == 0 ? 8 : 2 * run->cap_scores;
        double *grown = realloc(run->scores, cap * sizeof(*grown));
        if (grown == NULL)
            return HONE_ENOMEM;
        run->scores = grown;
        run->cap_scores = cap;
    }
    run->scores[run->n_scores++] = score;
    run->n_lost = run->n_retried = run->n_requeued = run->n_refused = 0;
    return HONE_OK;
}
