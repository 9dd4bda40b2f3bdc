/* Points of a scrambled Sobol sequence: random ones that keep out of each other's way. */
#include <hone/strategy.h>

#include <stdlib.h>

#include "math/sobol.h"
#include "search/sequence.h"

#include "base/banned.h"

typedef struct sobol_search {
    hone_sequence sequence;
    hone_sobol_axis *axes; /* owned, one a dimension */
} sobol_search;

static double get_coordinate(const hone_sequence *sequence, uint32_t at,
                             uint32_t dimension)
{
    const sobol_search *search = (const sobol_search *)sequence;
    return hone_sobol_scrambled(&search->axes[dimension], at, sequence->seed, dimension);
}

static int init_sobol(void *self, const hone_problem *problem,
                      const hone_settings *settings, hone_error *err)
{
    sobol_search *search = self;
    (void)settings;
    search->sequence.coordinate = get_coordinate;
    int code = hone_sequence_init(&search->sequence, problem, HONE_SOBOL_DIMENSIONS,
                                  "sobol", err);
    if (code)
        return code;
    uint32_t n = search->sequence.n;
    search->axes = calloc(n + (size_t)1, sizeof *search->axes);
    if (search->axes == NULL)
        return hone_error_set(err, HONE_ENOMEM, "out of memory for %u dimensions", n);
    hone_sobol_init(search->axes, n);
    return 0;
}

static void release_sobol(void *self)
{
    sobol_search *search = self;
    hone_sequence_release(&search->sequence);
    free(search->axes);
}

extern const hone_strategy hone_strategy_sobol;
const hone_strategy hone_strategy_sobol = {
    .name = "sobol",
    .summary = "a scrambled Sobol sequence: evenly spread draws",
    .reference =
        "Joe, Kuo (2008), Constructing Sobol sequences with better two-dimensional "
        "projections, SIAM J. Sci. Comput. 30, 2635-2654; Owen (1995), Randomly "
        "permuted (t,m,s)-nets and (t,s)-sequences",
    .traits = HONE_STRATEGY_CONDITIONAL,
    .state_size = sizeof(sobol_search),
    .init = init_sobol,
    .suggest = hone_sequence_suggest,
    .observe = hone_sequence_observe,
    .count = hone_sequence_count,
    .release = release_sobol,
};
