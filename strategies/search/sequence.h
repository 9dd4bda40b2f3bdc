/* What strategies over a sequence of points of the unit cube share: sobol, halton, lhs.
 *
 *   init  (observe | suggest | count)*  release
 *
 * Every parameter that varies is one dimension, in the order of the space. Points that
 * break a constraint, or that repeat a configuration of a finite space, are left out; the
 * cursor is the index after the last point that became a trial, and moves in observe.
 *
 * A hone_sequence is the first member of its strategy's state, so that `suggest` and its
 * kin stand in the strategy's table as they are. */
#ifndef HONE_SEARCH_SEQUENCE_H
#define HONE_SEARCH_SEQUENCE_H

#include <hone/strategy.h>

#include "search/sampler.h"

#define HONE_SEQUENCE_END (UINT64_C(1) << 32) /* points: 2^32 */

typedef struct hone_sequence hone_sequence;

/* Coordinate of point `at` < HONE_SEQUENCE_END in [0,1), dimension < n. */
typedef double (*hone_sequence_coordinate)(const hone_sequence *sequence, uint32_t at,
                                           uint32_t dimension);

struct hone_sequence {
    hone_sequence_coordinate coordinate;
    uint64_t seed;
    uint64_t cursor;
    uint32_t n; /* dimensions */
    hone_sampler sampler;
    uint32_t *dimensions; /* of each parameter; UINT32_MAX where it does not vary; owned
                           */
    hone_config *scratch; /* owned */
};

/* Errors: HONE_ESPEC where more than `most` parameters vary, with the strategy's name,
 * and as hone_sampler_init; HONE_ENOMEM. On error `release` is still to be called. */
HONE_MUST_CHECK int hone_sequence_init(hone_sequence *sequence,
                                       const hone_problem *problem, uint32_t most,
                                       const char *name, hone_error *err);

/* Members of hone_strategy. */
hone_suggestion hone_sequence_suggest(const void *self, uint64_t number,
                                      hone_config *point);
int hone_sequence_observe(void *self, const hone_observation *observation);
uint64_t hone_sequence_count(const void *self);
void hone_sequence_release(void *self);

#endif
