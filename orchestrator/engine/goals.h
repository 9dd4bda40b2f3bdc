/* A trial's values where a spec has several objectives: `objective` first, then `others`
 * in their order. Pure. */
#ifndef HONE_ENGINE_GOALS_H
#define HONE_ENGINE_GOALS_H

#include <hone/spec.h>
#include <hone/strategy.h>

#include "engine/tally.h"

typedef struct hone_goals {
    double values[HONE_OBJECTIVES_MAX];
} hone_goals;

static inline const hone_objective *hone_goal_at(const hone_spec *spec, uint32_t i)
{
    return i == 0 ? &spec->objective : &spec->others[i - 1];
}

/* The first objective that never appeared; NULL: all have, or the spec has none. */
const char *hone_goals_missing(const hone_spec *spec, const hone_tally *tally);

/* What the metrics come to, all of them there. */
hone_goals hone_goals_of(const hone_spec *spec, const hone_extractor *extractor,
                         const hone_tally *tally);

/* Fills what an observation of one ended trial says of its objectives: `goals` is made
 * such that smaller is better, and is borrowed by the observation where there are
 * several. What was pruned has not come to all of its objectives: it counts as failed. */
void hone_goals_observe(const hone_spec *spec, hone_goals *goals,
                        hone_observation *observation);

#endif
