/* Independent draws, without repetition where the space is finite.
 *
 * The draw of a parameter is Philox(seed, trial number, parameter, attempt): nothing that
 * was drawn before has a part in it. Where every configuration is equally likely
 * (finitely many values of equal chance, no conditions) drawing without repetition is
 * walking a random permutation of the space, which costs no memory; in other finite
 * spaces draws that were seen are replaced, see search/sampler.h. */
#include <hone/strategy.h>

#include "math/philox.h"
#include "search/sampler.h"

#include "base/banned.h"

typedef struct random_search {
    uint64_t seed;
    bool even; /* every configuration is equally likely: the walk is the search */
    hone_sampler sampler;
} random_search;

static bool is_even(const hone_param *param)
{
    return param->n_clauses == 0 &&
           (param->distribution == HONE_CONSTANT ||
            param->distribution == HONE_INT_UNIFORM ||
            param->distribution == HONE_STEPPED ||
            (param->distribution == HONE_CATEGORICAL && !param->probabilities));
}

static int init_random(void *self, const hone_problem *problem,
                       const hone_settings *settings, hone_error *err)
{
    random_search *search = self;
    (void)settings;
    int code = hone_sampler_init(&search->sampler, problem, err);
    if (code) {
        return code;
    }
    search->seed = problem->seed;
    search->even = search->sampler.walk.lattice;
    for (uint32_t i = 0; i < problem->space->n; i++) {
        search->even = search->even && is_even(&problem->space->params[i]);
    }
    if (search->even) {
        search->sampler.walk.memory = HONE_WALK_STRAYS;
    }
    return 0;
}

/* One trial's draws; `at` counts its attempts. */
typedef struct trial_draws {
    uint64_t seed, number;
} trial_draws;

static double draw_coordinate(const void *arg, uint64_t at, uint32_t param)
{
    const trial_draws *draws = arg;
    return hone_philox_uniform(draws->seed, (hone_counter){.number = draws->number,
                                                           .stream = param,
                                                           .attempt = (uint32_t)at});
}

static hone_suggestion suggest_random(const void *self, uint64_t number,
                                      hone_config *point)
{
    const random_search *search = self;
    if (search->even) {
        return hone_walk_next(&search->sampler.walk, point) ? HONE_SUGGESTED
                                                            : HONE_SUGGEST_DONE;
    }
    trial_draws trial = {.seed = search->seed, .number = number};
    hone_draws draws = {.coordinate = draw_coordinate, .arg = &trial, .end = UINT32_MAX};
    uint64_t at;
    return hone_sampler_find(&search->sampler, &draws, point, &at);
}

static int observe_random(void *self, const hone_observation *observation)
{
    random_search *search = self;
    return observation->kind == HONE_OBSERVE_PENDING
               ? hone_sampler_observe(&search->sampler, observation->config)
               : 0;
}

static uint64_t count_random(const void *self)
{
    const random_search *search = self;
    return hone_sampler_count(&search->sampler);
}

static void release_random(void *self)
{
    random_search *search = self;
    hone_sampler_release(&search->sampler);
}

extern const hone_strategy hone_strategy_random;
const hone_strategy hone_strategy_random = {
    .name = "random",
    .summary = "independent draws from each parameter's distribution",
    .reference =
        "Bergstra, Bengio (2012), Random search for hyper-parameter optimization, "
        "JMLR 13, 281-305",
    .traits = HONE_STRATEGY_CONDITIONAL,
    .state_size = sizeof(random_search),
    .init = init_random,
    .suggest = suggest_random,
    .observe = observe_random,
    .count = count_random,
    .release = release_random,
};
