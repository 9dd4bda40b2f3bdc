#include "search/untried.h"

#include "math/philox.h"

#include "base/banned.h"

int hone_untried_init(hone_untried *untried, const hone_problem *problem, hone_error *err)
{
    *untried = (hone_untried){.problem = problem};
    return hone_sampler_init(&untried->sampler, problem, err);
}

void hone_untried_release(hone_untried *untried)
{
    hone_sampler_release(&untried->sampler);
    hone_seen_release(&untried->seen);
}

int hone_untried_observe(hone_untried *untried, const hone_config *config)
{
    if (untried->sampler.finite)
        return hone_sampler_observe(&untried->sampler, config);
    return hone_seen_add(&untried->seen,
                         hone_config_identity(untried->problem->space, config));
}

static bool is_seen(const hone_untried *untried, const hone_config *config)
{
    if (untried->sampler.finite)
        return hone_walk_has(&untried->sampler.walk, config);
    return hone_seen_has(&untried->seen,
                         hone_config_identity(untried->problem->space, config));
}

bool hone_untried_may(const hone_untried *untried, const hone_config *config)
{
    return hone_config_allowed(untried->problem->space, config) &&
           !is_seen(untried, config);
}

typedef struct number_draws {
    uint64_t seed, number;
} number_draws;

static double draw_coordinate(const void *arg, uint64_t at, uint32_t param)
{
    const number_draws *draws = arg;
    return hone_philox_uniform(draws->seed, (hone_counter){.number = draws->number,
                                                           .stream = param,
                                                           .attempt = (uint32_t)at});
}

bool hone_untried_draw(const hone_untried *untried, uint64_t number, hone_config *point)
{
    number_draws draw = {.seed = untried->problem->seed, .number = number};
    hone_draws draws = {.coordinate = draw_coordinate, .arg = &draw, .end = UINT32_MAX};
    do {
        uint64_t at;
        if (hone_sampler_find(&untried->sampler, &draws, point, &at) != HONE_SUGGESTED)
            return false;
        draws.first = at + 1;
    } while (is_seen(untried, point)); /* an endless space: once in a blue moon */
    return true;
}

uint64_t hone_untried_count(const hone_untried *untried)
{
    return hone_sampler_count(&untried->sampler);
}
