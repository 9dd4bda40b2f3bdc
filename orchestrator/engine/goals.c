#include "engine/goals.h"

#include <string.h>

const char *hone_goals_missing(const hone_spec *spec, const hone_tally *tally)
{
    for (uint32_t i = 0; spec->objective.name != NULL && i <= spec->n_others; i++) {
        const char *name = hone_goal_at(spec, i)->name;
        if (hone_tally_find(tally, name, strlen(name)) == NULL)
            return name;
    }
    return NULL;
}

hone_goals hone_goals_of(const hone_spec *spec, const hone_extractor *extractor,
                         const hone_tally *tally)
{
    hone_goals goals = {0};
    for (uint32_t i = 0; spec->objective.name != NULL && i <= spec->n_others; i++) {
        const char *name = hone_goal_at(spec, i)->name;
        const hone_tally_metric *metric = hone_tally_find(tally, name, strlen(name));
        if (metric != NULL)
            goals.values[i] = hone_tally_value(
                metric, hone_extractor_take(extractor, name, strlen(name)));
    }
    return goals;
}

void hone_goals_observe(const hone_spec *spec, hone_goals *goals,
                        hone_observation *observation)
{
    if (spec->n_others > 0 && observation->kind == HONE_OBSERVE_PRUNED)
        observation->kind = HONE_OBSERVE_FAILED;
    if (observation->kind == HONE_OBSERVE_FAILED)
        return;
    for (uint32_t i = 0; i <= spec->n_others; i++)
        if (hone_goal_at(spec, i)->maximize)
            goals->values[i] = -goals->values[i];
    observation->objective = goals->values[0];
    if (spec->n_others > 0)
        observation->objectives = goals->values;
}
