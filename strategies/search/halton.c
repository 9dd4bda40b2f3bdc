/* Points of a scrambled Halton sequence: as sobol, and the first n points are evenly
 * spread for every n, not best for powers of two. */
#include <hone/strategy.h>

#include <stdlib.h>

#include "math/halton.h"
#include "search/sequence.h"

#include "base/banned.h"

typedef struct halton_search {
    hone_sequence sequence;
    hone_halton_axis *axes; /* owned, one a dimension */
} halton_search;

static double get_coordinate(const hone_sequence *sequence, uint32_t at,
                             uint32_t dimension)
{
    const halton_search *search = (const halton_search *)sequence;
    return hone_halton_scrambled(&search->axes[dimension], at, sequence->seed, dimension);
}

static int init_axes(halton_search *search, uint64_t seed, hone_error *err)
{
    uint32_t bases[HONE_HALTON_DIMENSIONS], n = search->sequence.n;
    hone_halton_bases(bases, n);
    search->axes = calloc(n + (size_t)1, sizeof *search->axes);
    int code = search->axes == NULL ? HONE_ENOMEM : 0;
    for (uint32_t i = 0; i < n && code == 0; i++)
        code = hone_halton_init(&search->axes[i], bases[i], seed, i);
    return code ? hone_error_set(err, code, "out of memory for %u dimensions", n) : 0;
}

static int init_halton(void *self, const hone_problem *problem,
                       const hone_settings *settings, hone_error *err)
{
    halton_search *search = self;
    (void)settings;
    search->sequence.coordinate = get_coordinate;
    int code = hone_sequence_init(&search->sequence, problem, HONE_HALTON_DIMENSIONS,
                                  "halton", err);
    if (code)
        return code;
    return init_axes(search, problem->seed, err);
}

static void release_halton(void *self)
{
    halton_search *search = self;
    for (uint32_t i = 0; search->axes != NULL && i < search->sequence.n; i++)
        hone_halton_release(&search->axes[i]);
    free(search->axes);
    hone_sequence_release(&search->sequence);
}

extern const hone_strategy hone_strategy_halton;
const hone_strategy hone_strategy_halton = {
    .name = "halton",
    .summary = "a scrambled Halton sequence: evenly spread draws",
    .reference = "Halton (1960), On the efficiency of certain quasi-random sequences of "
                 "points, Numer. Math. 2, 84-90; Owen (2017), A randomized Halton "
                 "algorithm in R, arXiv:1706.02808",
    .traits = HONE_STRATEGY_CONDITIONAL,
    .state_size = sizeof(halton_search),
    .init = init_halton,
    .suggest = hone_sequence_suggest,
    .observe = hone_sequence_observe,
    .count = hone_sequence_count,
    .release = release_halton,
};
