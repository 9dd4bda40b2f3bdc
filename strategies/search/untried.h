/* What may still be tried: for strategies that learn, over any space.
 *
 *   init  (observe | may | draw)*  release
 *
 * A configuration may be tried if it keeps every constraint and was not observed. `draw`
 * gives a random one, also where few are left: a finite space is exhausted, in the end by
 * a shuffled list of it. Everything is a function of the seed, the number and what was
 * observed. */
#ifndef HONE_SEARCH_UNTRIED_H
#define HONE_SEARCH_UNTRIED_H

#include <hone/strategy.h>

#include "search/sampler.h"
#include "search/seen.h"

typedef struct hone_untried {
    const hone_problem *problem; /* borrowed */
    hone_sampler sampler;
    hone_seen seen; /* of an endless space; of a finite one the sampler's walk knows */
} hone_untried;

/* Errors: as hone_sampler_init. On error `release` is still to be called. */
HONE_MUST_CHECK int hone_untried_init(hone_untried *untried, const hone_problem *problem,
                                      hone_error *err);
void hone_untried_release(hone_untried *untried);

/* A configuration is being tried. Errors: HONE_ENOMEM. */
HONE_MUST_CHECK int hone_untried_observe(hone_untried *untried,
                                         const hone_config *config);
/* Whether the configuration may be tried. */
bool hone_untried_may(const hone_untried *untried, const hone_config *config);
/* Fills a random configuration that may be tried, the one of trial `number`; false where
 * there is none (or none that a million draws find). */
bool hone_untried_draw(const hone_untried *untried, uint64_t number, hone_config *point);
/* Configurations in all; UINT64_MAX where endless or too many to list. */
uint64_t hone_untried_count(const hone_untried *untried);

#endif
