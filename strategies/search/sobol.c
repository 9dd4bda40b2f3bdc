/* Points of a scrambled Sobol sequence: random ones that keep out of each other's way.
 *
 * Every parameter that varies is one dimension, in the order of the space. Points that
 * break a constraint, or that repeat a configuration of a finite space, are left out; the
 * cursor is the index after the last point that became a trial, and moves in observe. */
#include <hone/strategy.h>

#include <assert.h>
#include <stdlib.h>

#include "math/sobol.h"
#include "search/sampler.h"

#include "base/banned.h"

typedef struct sobol_search {
    uint64_t seed;
    uint64_t cursor;
    hone_sampler sampler;
    uint32_t *dimensions;  /* of each parameter; NO_DIMENSION where it does not vary */
    hone_sobol_axis *axes; /* owned, like dimensions */
    hone_config *scratch;  /* owned */
} sobol_search;

enum { NO_DIMENSION = UINT32_MAX };

static int fill_dimensions(sobol_search *search, const hone_space *space, hone_error *err)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < space->n; i++) {
        bool varies = hone_param_support(&space->params[i]) > 1;
        search->dimensions[i] = varies ? n++ : NO_DIMENSION;
    }
    if (n > HONE_SOBOL_DIMENSIONS) {
        return hone_error_set(
            err, HONE_ESPEC,
            "%u parameters vary; sobol has direction numbers for %d, use "
            "method random",
            n, HONE_SOBOL_DIMENSIONS);
    }
    search->axes = calloc(n + (size_t)1, sizeof *search->axes);
    if (!search->axes) {
        return hone_error_set(err, HONE_ENOMEM, "out of memory for %u dimensions", n);
    }
    hone_sobol_init(search->axes, n);
    return 0;
}

static int init_sobol(void *self, const hone_problem *problem,
                      const hone_settings *settings, hone_error *err)
{
    sobol_search *search = self;
    const hone_space *space = problem->space;
    (void)settings;
    search->seed = problem->seed;
    int code = hone_sampler_init(&search->sampler, problem, err);
    if (code) {
        return code;
    }
    search->dimensions = calloc(space->n + (size_t)1, sizeof *search->dimensions);
    search->scratch = calloc(1, hone_config_size(space));
    if (!search->dimensions || !search->scratch) {
        return hone_error_set(err, HONE_ENOMEM, "out of memory for %u parameters",
                              space->n);
    }
    return fill_dimensions(search, space, err);
}

static double get_coordinate(const void *arg, uint64_t at, uint32_t param)
{
    const sobol_search *search = arg;
    uint32_t dimension = search->dimensions[param];
    if (dimension == NO_DIMENSION) {
        return 0;
    }
    return hone_sobol_scrambled(&search->axes[dimension], (uint32_t)at, search->seed,
                                dimension);
}

/* The next point and its index; without one the sequence's end. */
static hone_suggestion find_point(const sobol_search *search, hone_config *point,
                                  uint64_t *at)
{
    hone_draws draws = {.coordinate = get_coordinate,
                        .arg = search,
                        .first = search->cursor,
                        .end = UINT64_C(1) << HONE_SOBOL_BITS};
    return hone_sampler_find(&search->sampler, &draws, point, at);
}

static hone_suggestion suggest_sobol(const void *self, uint64_t number,
                                     hone_config *point)
{
    (void)number; /* the cursor knows */
    uint64_t at;
    return find_point(self, point, &at);
}

static int observe_sobol(void *self, const hone_observation *observation)
{
    sobol_search *search = self;
    if (observation->kind != HONE_OBSERVE_PENDING) {
        return 0;
    }
    const hone_space *space = search->sampler.space;
    uint64_t at;
    if (find_point(search, search->scratch, &at) == HONE_SUGGESTED &&
        at < UINT64_C(1) << HONE_SOBOL_BITS) {
        hone_identity next = hone_config_identity(space, search->scratch);
        hone_identity seen = hone_config_identity(space, observation->config);
        if (next.low == seen.low && next.high == seen.high) {
            search->cursor = at + 1;
        }
    }
    return hone_sampler_observe(&search->sampler, observation->config);
}

static uint64_t count_sobol(const void *self)
{
    const sobol_search *search = self;
    return hone_sampler_count(&search->sampler);
}

static void release_sobol(void *self)
{
    sobol_search *search = self;
    hone_sampler_release(&search->sampler);
    free(search->dimensions);
    free(search->axes);
    free(search->scratch);
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
    .suggest = suggest_sobol,
    .observe = observe_sobol,
    .count = count_sobol,
    .release = release_sobol,
};
