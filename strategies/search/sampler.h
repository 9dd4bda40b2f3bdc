/* What strategies that draw points from the unit cube share: conditions, constraints, and
 * no configuration of a finite space twice.
 *
 *   init  (observe | find)*  release
 *
 * A draw that breaks a constraint, or that repeats a configuration, is replaced by the
 * strategy's next one. After HONE_SAMPLER_REPEATS repetitions the first configuration not
 * yet tried of a shuffled list of the whole space is taken, so that a finite space is
 * always exhausted. After HONE_SAMPLER_REJECTIONS broken constraints an endless space is
 * given up: what is left of it is smaller than chance can find. */
#ifndef HONE_SEARCH_SAMPLER_H
#define HONE_SEARCH_SAMPLER_H

#include <hone/strategy.h>

#include "search/walk.h"

enum { HONE_SAMPLER_REJECTIONS = 1000000, HONE_SAMPLER_REPEATS = 64 };

typedef struct hone_sampler {
    const hone_space *space;
    uint32_t *order; /* of hone_space_order; owned */
    bool finite;     /* every parameter has finitely many values */
    hone_walk walk;  /* of a finite space; without a lattice where that is too large */
} hone_sampler;

/* Where draws come from: `coordinate` gives u in [0,1) of one parameter for draw `at`. */
typedef struct hone_draws {
    double (*coordinate)(const void *arg, uint64_t at, uint32_t param);
    const void *arg;
    uint64_t first, end; /* draws to try: first .. end-1 */
} hone_draws;

/* Errors: HONE_ESPEC where a finite space is empty or conditions go in a circle;
 * HONE_ENOMEM. On error `release` is still to be called. */
HONE_MUST_CHECK int hone_sampler_init(hone_sampler *sampler, const hone_problem *problem,
                                      hone_error *err);
void hone_sampler_release(hone_sampler *sampler);

/* Fills the first draw that may be tried; *at is then its number, or draws->end where the
 * list of the space gave the point. HONE_SUGGEST_DONE where there is none. */
hone_suggestion hone_sampler_find(const hone_sampler *sampler, const hone_draws *draws,
                                  hone_config *point, uint64_t *at);
/* Errors: HONE_ENOMEM. */
HONE_MUST_CHECK int hone_sampler_observe(hone_sampler *sampler,
                                         const hone_config *config);
/* Exact where the space is finite and could be tabulated, else UINT64_MAX. */
uint64_t hone_sampler_count(const hone_sampler *sampler);

#endif
