/* A Latin hypercube: every parameter is spread evenly by itself. `samples` points are
 * one, and so are twice and four times as many: it goes on by doubling, see math/latin.h.
 */
#include <hone/strategy.h>

#include "math/latin.h"
#include "search/sequence.h"
#include "search/settings.h"

#include "base/banned.h"

enum { DEFAULT_SAMPLES = 16 };

typedef struct lhs_search {
    hone_sequence sequence;
    uint32_t samples;
} lhs_search;

static double get_coordinate(const hone_sequence *sequence, uint32_t at,
                             uint32_t dimension)
{
    const lhs_search *search = (const lhs_search *)sequence;
    return hone_latin_point(search->samples, at, sequence->seed, dimension);
}

static int init_lhs(void *self, const hone_problem *problem,
                    const hone_settings *settings, hone_error *err)
{
    lhs_search *search = self;
    search->samples =
        (uint32_t)hone_settings_number(settings, "samples", DEFAULT_SAMPLES);
    search->sequence.coordinate = get_coordinate;
    return hone_sequence_init(&search->sequence, problem, UINT32_MAX, "lhs", err);
}

static const hone_option lhs_options[] = {
    {.name = "samples",
     .type = HONE_OPTION_INT,
     .min = 1,
     .max = 1000000000,
     .fallback = "16",
     .placeholder = "N",
     .text =
         "points of the first hypercube; twice, four times, ... as many are one, too"},
    {.type = HONE_OPTION_END},
};

extern const hone_strategy hone_strategy_lhs;
const hone_strategy hone_strategy_lhs = {
    .name = "lhs",
    .summary = "a Latin hypercube: every parameter is spread evenly by itself",
    .reference = "McKay, Beckman, Conover (1979), A comparison of three methods for "
                 "selecting values of input variables, Technometrics 21, 239-245; Qian "
                 "(2009), Nested Latin hypercube designs, Biometrika 96, 957-970",
    .traits = HONE_STRATEGY_CONDITIONAL,
    .options = lhs_options,
    .state_size = sizeof(lhs_search),
    .init = init_lhs,
    .suggest = hone_sequence_suggest,
    .observe = hone_sequence_observe,
    .count = hone_sequence_count,
    .release = hone_sequence_release,
};
