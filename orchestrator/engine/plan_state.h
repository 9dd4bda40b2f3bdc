/* A plan from the inside: the strategy bound to its space, for the loop that drives it.
 */
#ifndef HONE_ENGINE_PLAN_STATE_H
#define HONE_ENGINE_PLAN_STATE_H

#include <hone/plan.h>

#include "engine/known.h"
#include "engine/ladder.h"

/* Whether the strategy learns from results. */
bool hone_plan_adaptive(const hone_plan *plan);
/* What an external sampler is to know; NULL: the method is none. */
const hone_known *hone_plan_known(const hone_plan *plan);
/* The promoter of `fidelity`, bound; NULL: the spec has none. */
hone_ladder *hone_plan_ladder(hone_plan *plan);
/* What a strategy is told of a trial that ended for good. */
hone_observation_kind hone_observation_of(hone_status status, bool has_objective);
/* Asks for trial `number`; the point is borrowed until the next call. */
hone_suggestion hone_plan_suggest(hone_plan *plan, uint64_t number,
                                  const hone_config **point);
/* What the sweep is to begin with, after what was told so before; copied. Errors:
 * HONE_ENOMEM. */
HONE_MUST_CHECK int hone_plan_begin_with(hone_plan *plan, const hone_config *config);
/* What trial `number` is to be whatever the method; NULL: what the method says. For an
 * external sampler: hone_plan_suggest looks there itself. */
const hone_config *hone_plan_first(const hone_plan *plan, uint64_t number);
/* Whether what was observed leaves less to be expected than stop.expected_improvement;
 * then `why` says so. */
bool hone_plan_has_enough(const hone_plan *plan, char *why, size_t size);
/* Errors: HONE_ENOMEM. */
HONE_MUST_CHECK int hone_plan_observe(hone_plan *plan,
                                      const hone_observation *observation);

#endif
