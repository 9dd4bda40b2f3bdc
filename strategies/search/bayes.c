/* The best of the strategies that learn, for the space at hand.
 *
 * Which one that is was measured (docs/strategies.md, tests/bench/quality): no single one
 * wins everywhere, and none loses where it is taken here.
 *
 *   several objectives                        nsga2
 *   conditions, or more than 40 parameters    tpe, and every third trial evolution's
 *   else                                      cmaes
 *
 * Of two each hears of all trials: evolution leaves a branch of the space that tpe has
 * settled in too early. The choice is made from the problem and the number alone, so that
 * it holds when a sweep goes on. */
#include <hone/strategy.h>

#include <assert.h>
#include <stdlib.h>

#include "base/banned.h"

extern const hone_strategy hone_strategy_bayes, hone_strategy_cmaes,
    hone_strategy_evolution, hone_strategy_nsga2, hone_strategy_tpe;

enum {
    CMAES_MOST = 40, /* parameters; more is beyond what a covariance learns in a sweep */
    TURN = 3         /* every so many trials the second strategy has its turn */
};

typedef struct bayes_part {
    const hone_strategy *strategy; /* NULL: there is none */
    void *state;                   /* owned */
} bayes_part;

typedef struct bayes {
    bayes_part first, second;
    bool second_knows; /* of the observation that the first had no memory for */
} bayes;

/* Parameters that vary, and whether any has a condition. */
static uint32_t count_varying(const hone_space *space, bool *conditional)
{
    uint32_t n = 0;
    *conditional = false;
    for (uint32_t i = 0; i < space->n; i++) {
        n += hone_param_support(&space->params[i]) > 1;
        *conditional |= space->params[i].n_clauses > 0;
    }
    return n;
}

static void choose(bayes *self, const hone_problem *problem)
{
    bool conditional;
    uint32_t n = count_varying(problem->space, &conditional);
    if (problem->n_objectives > 1) {
        self->first.strategy = &hone_strategy_nsga2;
    } else if (conditional || n == 0 || n > CMAES_MOST) {
        self->first.strategy = &hone_strategy_tpe;
        self->second.strategy = &hone_strategy_evolution;
    } else {
        self->first.strategy = &hone_strategy_cmaes;
    }
}

static int init_part(bayes_part *part, const hone_problem *problem, hone_error *err)
{
    const hone_settings none = {0};
    if (part->strategy == NULL)
        return HONE_OK;
    part->state = calloc(1, part->strategy->state_size);
    if (part->state == NULL)
        return hone_error_set(err, HONE_ENOMEM, "out of memory");
    return part->strategy->init(part->state, problem, &none, err);
}

static int init(void *state, const hone_problem *problem, const hone_settings *settings,
                hone_error *err)
{
    bayes *self = state;
    assert(settings->n == 0);
    choose(self, problem);
    int rc = init_part(&self->first, problem, err);
    return rc == HONE_OK ? init_part(&self->second, problem, err) : rc;
}

static hone_suggestion suggest(const void *state, uint64_t number, hone_config *point)
{
    const bayes *self = state;
    bool turn = self->second.strategy != NULL && number % TURN == 0;
    const bayes_part *asked = turn ? &self->second : &self->first;
    return asked->strategy->suggest(asked->state, number, point);
}

/* Where one of the two cannot take it, it is told again, to that one alone. */
static int observe(void *state, const hone_observation *observation)
{
    bayes *self = state;
    if (self->second.strategy != NULL && !self->second_knows) {
        int rc = self->second.strategy->observe(self->second.state, observation);
        if (rc != HONE_OK)
            return rc;
    }
    int rc = self->first.strategy->observe(self->first.state, observation);
    self->second_knows = rc != HONE_OK;
    return rc;
}

static uint64_t count(const void *state)
{
    const bayes *self = state;
    return self->first.strategy->count(self->first.state);
}

static void release_part(bayes_part *part)
{
    if (part->state != NULL && part->strategy->release != NULL)
        part->strategy->release(part->state);
    free(part->state);
}

static void release(void *state)
{
    bayes *self = state;
    release_part(&self->first);
    release_part(&self->second);
}

const hone_strategy hone_strategy_bayes = {
    .name = "bayes",
    .summary = "the best of the methods that learn, chosen for the space",
    .traits = HONE_STRATEGY_CONDITIONAL | HONE_STRATEGY_ADAPTIVE |
              HONE_STRATEGY_MULTI_OBJECTIVE,
    .state_size = sizeof(bayes),
    .init = init,
    .suggest = suggest,
    .observe = observe,
    .count = count,
    .release = release,
};
