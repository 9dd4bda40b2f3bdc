#include "engine/ladder.h"

#include <assert.h>
#include <stdlib.h>

/* Budgets go through the record as decimals: equal ones may differ in the last place. */
static const double hair = 1e-9;

int hone_ladder_init(hone_ladder *ladder, const hone_spec *spec, hone_error *err)
{
    const hone_promoter *promoter = spec->fidelity.promoter;
    *ladder = (hone_ladder){.maximize = spec->objective.maximize};
    if (promoter == NULL)
        return HONE_OK;
    ladder->state = calloc(1, promoter->state_size);
    if (ladder->state == NULL)
        return hone_error_set(err, HONE_ENOMEM, "out of memory");
    ladder->fidelity = &spec->fidelity;
    hone_budget_range range = spec->fidelity.range;
    range.seed = spec->seed;
    int rc = promoter->init(ladder->state, &range, &spec->fidelity.settings, err);
    ladder->rungs = promoter->rungs(ladder->state);
    return rc;
}

void hone_ladder_release(hone_ladder *ladder)
{
    if (ladder->state != NULL)
        ladder->fidelity->promoter->release(ladder->state);
    free(ladder->state);
    *ladder = (hone_ladder){0};
}

double hone_ladder_first(const hone_ladder *ladder, uint64_t number)
{
    if (ladder->fidelity == NULL)
        return 0;
    uint32_t rung = ladder->fidelity->promoter->first(ladder->state, number);
    assert(rung < ladder->rungs->n);
    return ladder->rungs->at[rung];
}

bool hone_ladder_is_top(const hone_ladder *ladder, double budget)
{
    return budget >= ladder->rungs->at[ladder->rungs->n - 1] * (1 - hair);
}

/* The highest rung within the budget; false where it is below the first. */
static bool find_rung(const hone_ladder *ladder, double budget, uint32_t *rung)
{
    uint32_t n = ladder->rungs->n;
    while (n > 0 && ladder->rungs->at[n - 1] > budget * (1 + hair))
        n--;
    *rung = n - 1;
    return n > 0;
}

double hone_ladder_above(const hone_ladder *ladder, double budget)
{
    uint32_t rung = 0;
    bool found = find_rung(ladder, budget, &rung);
    assert(!found || rung + 1 < ladder->rungs->n);
    return ladder->rungs->at[found ? rung + 1 : 0];
}

bool hone_ladder_worthy(const hone_ladder *ladder, uint64_t number, double budget)
{
    hone_promotion at = {.number = number};
    return find_rung(ladder, budget, &at.rung) &&
           ladder->fidelity->promoter->worthy(ladder->state, &at);
}

uint32_t hone_ladder_steps(const hone_ladder *ladder, const double **steps)
{
    if (ladder->fidelity == NULL || !ladder->fidelity->by_step)
        return 0;
    *steps = ladder->rungs->at;
    return ladder->rungs->n - 1; /* at the last it has had all */
}

int hone_ladder_reached(hone_ladder *ladder, uint64_t number, double budget,
                        double objective)
{
    hone_promotion at = {.number = number};
    if (!find_rung(ladder, budget, &at.rung))
        return HONE_OK;
    return ladder->fidelity->promoter->reached(ladder->state, &at,
                                               ladder->maximize ? -objective : objective);
}

int hone_ladder_given(hone_ladder *ladder, uint64_t number, double budget)
{
    const hone_promoter *promoter = ladder->fidelity->promoter;
    hone_promotion given = {.number = number};
    if (!find_rung(ladder, budget, &given.rung) ||
        given.rung <= promoter->first(ladder->state, number))
        return HONE_OK;
    return promoter->promoted(ladder->state, &given);
}

int hone_ladder_lost(hone_ladder *ladder, uint64_t number)
{
    return ladder->fidelity->promoter->lost(ladder->state, number);
}

bool hone_ladder_next(const hone_ladder *ladder, const hone_climb *climb,
                      hone_promotion *next, double *budget)
{
    if (!ladder->fidelity->promoter->next(ladder->state, climb, next))
        return false;
    assert(next->rung < ladder->rungs->n);
    *budget = ladder->rungs->at[next->rung];
    return true;
}

uint64_t hone_ladder_population(const hone_ladder *ladder)
{
    if (ladder->fidelity == NULL || ladder->fidelity->promoter->population == NULL)
        return UINT64_MAX;
    return ladder->fidelity->promoter->population(ladder->state);
}

int hone_ladder_takes_more(const hone_ladder *ladder, hone_error *err)
{
    if (hone_ladder_population(ladder) == UINT64_MAX)
        return HONE_OK;
    return hone_error_set(err, HONE_EREFUSED,
                          "a population of %s takes no trials from outside",
                          ladder->fidelity->promoter->name);
}

int hone_ladder_begun(hone_ladder *ladder, uint64_t number, uint64_t parent,
                      double budget)
{
    const hone_promoter *promoter = ladder->fidelity->promoter;
    hone_promotion at = {.number = number, .parent = parent};
    if (promoter->begun == NULL || !find_rung(ladder, budget, &at.rung))
        return HONE_OK;
    return promoter->begun(ladder->state, &at);
}

int hone_ladder_explore(const hone_ladder *ladder, const hone_space *space,
                        const hone_config *parent, const hone_promotion *fork,
                        hone_config *child)
{
    return ladder->fidelity->promoter->explore(ladder->state, space, parent, fork, child);
}

hone_budget hone_fidelity_budget(const hone_fidelity *fidelity, double budget)
{
    if (fidelity->promoter == NULL || fidelity->by_step || budget == 0)
        return (hone_budget){.there = false};
    return (hone_budget){.there = true,
                         .param = fidelity->param,
                         .value = fidelity->range.integer
                                      ? hone_value_int((int64_t)budget)
                                      : hone_value_real(budget)};
}

double hone_fidelity_take(const hone_fidelity *fidelity, const hone_space *space,
                          hone_config *config)
{
    if (fidelity->promoter == NULL || fidelity->by_step)
        return 0;
    const hone_value recorded = config->values[fidelity->param];
    config->values[fidelity->param] = space->params[fidelity->param].values[0];
    if (recorded.kind == HONE_INT)
        return recorded.integer > 0 ? (double)recorded.integer : 0;
    return recorded.kind == HONE_REAL && recorded.real > 0 ? recorded.real : 0;
}
