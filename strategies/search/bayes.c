/* The strategies that learn, in turns that suit the space at hand.
 *
 * Which ones was measured (docs/strategies.md, tests/bench/quality): no single one wins
 * everywhere, and in turns each finds what the others miss. Every one hears of all
 * trials. Whose turn it is depends on the problem and the trial's number alone, so that
 * it holds when a sweep goes on.
 *
 *   several objectives     nsga2
 *   conditions             gp, tpe, evolution
 *   1 to 20 parameters     gp, gp, cmaes
 *   21 to 40               cmaes
 *   more                   tpe, tpe, evolution
 *
 * gp says most while trials are few and costs most when they are many: its turns become
 * rare then. */
#include <hone/strategy.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

extern const hone_strategy hone_strategy_bayes, hone_strategy_cmaes,
    hone_strategy_evolution, hone_strategy_gp, hone_strategy_nsga2, hone_strategy_tpe;

enum {
    GP_MOST = 20,    /* parameters; more take it too long */
    CMAES_MOST = 40, /* parameters; more is beyond what a covariance learns in a sweep */
    FEW = 200,       /* trials up to which gp has its full turns */
    MANY = 400,      /* trials from which it has one in RARE */
    RARE = 32,
    PARTS = 3
};

/* Turns as texts that go round by numbers: the place of a part for each, as a digit. */
typedef struct bayes_turns {
    const char *few, *more, *many;
    bool rare; /* once in RARE of many it is the turn of the first part */
} bayes_turns;

typedef struct bayes_part {
    const hone_strategy *strategy; /* NULL: there is none, nor any after it */
    void *state;                   /* owned */
} bayes_part;

typedef struct bayes {
    bayes_part parts[PARTS];
    bayes_turns turns;
    uint32_t n_told; /* parts that know of the observation that the next one had no
                        memory for */
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
    static const bayes_turns alone = {"0", "0", "0", false},
                             third = {"100", "100", "100", false},
                             flat = {"001", "01", "1", true},
                             branching = {"012", "012", "12", true};
    bayes_part *parts = self->parts;
    bool conditional;
    uint32_t n = count_varying(problem->space, &conditional);
    if (problem->n_objectives > 1) {
        parts[0].strategy = &hone_strategy_nsga2;
        self->turns = alone;
    } else if (n == 0 || n > CMAES_MOST || (conditional && n > GP_MOST)) {
        parts[0].strategy = &hone_strategy_tpe;
        parts[1].strategy = &hone_strategy_evolution;
        self->turns = third;
    } else if (conditional) {
        parts[0].strategy = &hone_strategy_gp;
        parts[1].strategy = &hone_strategy_tpe;
        parts[2].strategy = &hone_strategy_evolution;
        self->turns = branching;
    } else if (n > GP_MOST) {
        parts[0].strategy = &hone_strategy_cmaes;
        self->turns = alone;
    } else {
        parts[0].strategy = &hone_strategy_gp;
        parts[1].strategy = &hone_strategy_cmaes;
        self->turns = flat;
    }
}

static int init_part(bayes_part *part, const hone_problem *problem, hone_error *err)
{
    const hone_settings none = {0};
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
    int rc = HONE_OK;
    for (uint32_t i = 0; i < PARTS && self->parts[i].strategy != NULL; i++)
        if (rc == HONE_OK)
            rc = init_part(&self->parts[i], problem, err);
    return rc;
}

static const bayes_part *find_turn(const bayes *self, uint64_t number)
{
    const char *round = number <= FEW    ? self->turns.few
                        : number <= MANY ? self->turns.more
                                         : self->turns.many;
    size_t part = (size_t)(round[number % strlen(round)] - '0');
    if (number > MANY && self->turns.rare && number % RARE == 0)
        part = 0;
    assert(part < PARTS && self->parts[part].strategy != NULL);
    return &self->parts[part];
}

static hone_suggestion suggest(const void *state, uint64_t number, hone_config *point)
{
    const bayes_part *part = find_turn(state, number);
    return part->strategy->suggest(part->state, number, point);
}

/* Where a part cannot take it, it is told again, to those that do not know it yet. */
static int observe(void *state, const hone_observation *observation)
{
    bayes *self = state;
    for (; self->n_told < PARTS; self->n_told++) {
        const bayes_part *part = &self->parts[self->n_told];
        int rc = part->strategy == NULL
                     ? HONE_OK
                     : part->strategy->observe(part->state, observation);
        if (rc != HONE_OK)
            return rc;
    }
    self->n_told = 0;
    return HONE_OK;
}

static uint64_t count(const void *state)
{
    const bayes *self = state;
    return self->parts[0].strategy->count(self->parts[0].state);
}

static void release(void *state)
{
    bayes *self = state;
    for (uint32_t i = 0; i < PARTS; i++) {
        bayes_part *part = &self->parts[i];
        if (part->state != NULL && part->strategy->release != NULL)
            part->strategy->release(part->state);
        free(part->state);
    }
}

const hone_strategy hone_strategy_bayes = {
    .name = "bayes",
    .summary = "the methods that learn, in turns that suit the space",
    .traits = HONE_STRATEGY_CONDITIONAL | HONE_STRATEGY_ADAPTIVE |
              HONE_STRATEGY_MULTI_OBJECTIVE,
    .state_size = sizeof(bayes),
    .init = init,
    .suggest = suggest,
    .observe = observe,
    .count = count,
    .release = release,
};
