/* Of which trials an external sampler is to be told. */
#include "engine/known.h"

#include <stdlib.h>
#include <string.h>

static int init(void *self, const hone_problem *problem, const hone_settings *settings,
                hone_error *err)
{
    hone_known *known = self;
    (void)settings;
    (void)err;
    known->space = problem->space;
    return HONE_OK;
}

/* Who wants a suggestion has to ask the program. */
static hone_suggestion suggest(const void *self, uint64_t number, hone_config *point)
{
    (void)self;
    (void)number;
    (void)point;
    return HONE_SUGGEST_WAIT;
}

static int make_room(hone_known *known, uint64_t number)
{
    if (number <= known->cap)
        return HONE_OK;
    uint64_t cap = known->cap < 64 ? 64 : known->cap * 2;
    cap = cap < number ? number : cap;
    if (cap > SIZE_MAX / sizeof(*known->trials))
        return HONE_ENOMEM;
    hone_known_trial *grown = realloc(known->trials, cap * sizeof(*grown));
    if (grown == NULL)
        return HONE_ENOMEM;
    memset(grown + known->cap, 0, (cap - known->cap) * sizeof(*grown));
    known->trials = grown;
    known->cap = cap;
    return HONE_OK;
}

static int observe(void *self, const hone_observation *observation)
{
    hone_known *known = self;
    if (make_room(known, observation->number) != HONE_OK)
        return HONE_ENOMEM;
    if (known->n < observation->number)
        known->n = observation->number;
    known->trials[observation->number - 1] = (hone_known_trial){
        .identity = hone_config_identity(known->space, observation->config),
        .state = observation->kind == HONE_OBSERVE_PENDING ? HONE_KNOWN_PENDING
                                                           : HONE_KNOWN_ENDED};
    return HONE_OK;
}

static void release(void *self)
{
    hone_known *known = self;
    free(known->trials);
}

hone_knowledge hone_known_state(const hone_known *known, uint64_t number)
{
    return number >= 1 && number <= known->n ? known->trials[number - 1].state
                                             : HONE_KNOWN_NOT;
}

uint64_t hone_known_same(const hone_known *known, const hone_config *config)
{
    hone_identity wanted = hone_config_identity(known->space, config);
    for (uint64_t i = 0; i < known->n; i++) {
        const hone_known_trial *trial = &known->trials[i];
        if (trial->state != HONE_KNOWN_NOT && trial->identity.high == wanted.high &&
            trial->identity.low == wanted.low)
            return i + 1;
    }
    return 0;
}

const hone_strategy hone_strategy_known = {
    .name = "external",
    .summary = "what a program of the user's suggests",
    .traits = HONE_STRATEGY_CONDITIONAL | HONE_STRATEGY_ADAPTIVE |
              HONE_STRATEGY_MULTI_OBJECTIVE,
    .state_size = sizeof(hone_known),
    .init = init,
    .suggest = suggest,
    .observe = observe,
    .release = release,
};
