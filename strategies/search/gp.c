/* Gaussian process search.
 *
 * The first trials are points of a scrambled Sobol sequence. After them, every trial is
 * the point of greatest expected improvement (search/hunt.h) under a Gaussian process
 * (search/surrogate.h). Pending trials are taken to end with what the model expects of
 * them, so that the next trial keeps away from them; failed ones with that or, if it is
 * worse, a bad value. */
#include <hone/strategy.h>

#include <math.h>
#include <stdlib.h>

#include "math/philox.h"
#include "math/sobol.h"
#include "search/cube.h"
#include "search/hunt.h"
#include "search/settings.h"
#include "search/surrogate.h"
#include "search/trials.h"
#include "search/untried.h"

#include "base/banned.h"

enum {
    STARTUP_MORE = 5, /* than parameters */
    STARTUP_MOST = 10,
    INCUMBENTS = 4
};

/* What suggest works with: its answers depend on the trials alone. */
typedef struct desk {
    hone_surrogate surrogate;
    hone_hunt hunt;
    double *x; /* owned */
} desk;

typedef struct gp_search {
    const hone_problem *problem;
    hone_cube cube;
    hone_untried untried;
    hone_trials trials;
    desk *desk; /* owned; NULL where nothing varies */
    size_t startup;
} gp_search;

static const hone_option options[] = {
    {.name = "startup_trials",
     .type = HONE_OPTION_INT,
     .min = 1,
     .max = 1000000,
     .placeholder = "N",
     .text = "trials spread evenly before the model is asked; by default 5 more than "
             "parameters, at most 10"},
    {.type = HONE_OPTION_END},
};

static int init_desk(gp_search *search)
{
    search->desk = calloc(1, sizeof *search->desk);
    if (search->desk == NULL)
        return HONE_ENOMEM;
    search->desk->x = calloc(search->cube.n, sizeof(double));
    if (search->desk->x == NULL)
        return HONE_ENOMEM;
    int code =
        hone_surrogate_init(&search->desk->surrogate, &search->cube, &search->trials);
    return code != 0 ? code
                     : hone_hunt_init(&search->desk->hunt, &search->cube,
                                      &search->untried, search->problem->seed);
}

static int init_gp(void *self, const hone_problem *problem, const hone_settings *settings,
                   hone_error *err)
{
    gp_search *search = self;
    search->problem = problem;
    int code = hone_untried_init(&search->untried, problem, err);
    if (code == 0)
        code = hone_cube_init(&search->cube, problem->space, err);
    if (code != 0)
        return code;
    double startup = fmin(search->cube.n + (double)STARTUP_MORE, STARTUP_MOST);
    search->startup = (size_t)hone_settings_number(settings, "startup_trials", startup);
    hone_trials_init(&search->trials, &search->cube, 1);
    if (search->cube.n > 0 && init_desk(search) != 0)
        return hone_error_set(err, HONE_ENOMEM, "out of memory for %u parameters",
                              search->cube.n);
    return 0;
}

static void release_gp(void *self)
{
    gp_search *search = self;
    if (search->desk != NULL) {
        hone_surrogate_release(&search->desk->surrogate);
        hone_hunt_release(&search->desk->hunt);
        free(search->desk->x);
        free(search->desk);
    }
    hone_trials_release(&search->trials);
    hone_cube_release(&search->cube);
    hone_untried_release(&search->untried);
}

static int observe_gp(void *self, const hone_observation *observation)
{
    gp_search *search = self;
    if (observation->kind == HONE_OBSERVE_PENDING) {
        int code = hone_untried_observe(&search->untried, observation->config);
        if (code != 0)
            return code;
    }
    if (search->desk == NULL)
        return 0;
    size_t at;
    int code = hone_surrogate_reserve(&search->desk->surrogate, search->trials.n + 1);
    return code != 0 ? code : hone_trials_observe(&search->trials, observation, &at);
}

static bool find_point(const gp_search *search, uint64_t number, size_t n,
                       hone_config *point)
{
    hone_surrogate *surrogate = &search->desk->surrogate;
    const double *incumbents[INCUMBENTS];
    hone_prey prey = {.process = &surrogate->process,
                      .best = hone_surrogate_learn(surrogate, n),
                      .number = number,
                      .incumbents = incumbents};
    for (; prey.n_incumbents < INCUMBENTS && prey.n_incumbents < n; prey.n_incumbents++) {
        size_t at = surrogate->ranked[prey.n_incumbents];
        incumbents[prey.n_incumbents] = hone_trials_point(&search->trials, at);
    }
    return hone_hunt_find(&search->desk->hunt, &prey, point);
}

/* The number-th point of a scrambled Sobol sequence, where it may be tried. */
static bool spread_point(const gp_search *search, uint64_t number, hone_config *point)
{
    double *x = search->desk->x;
    for (uint32_t a = 0; a < search->cube.n; a++) {
        hone_counter at = {.number = number, .stream = HONE_STREAM_HUNT, .attempt = a};
        x[a] =
            a < HONE_SOBOL_DIMENSIONS
                ? hone_sobol_scrambled(&search->desk->hunt.axes[a],
                                       (uint32_t)(number - 1), search->problem->seed, a)
                : hone_philox_uniform(search->problem->seed, at);
    }
    hone_cube_decode(&search->cube, x, point);
    return hone_untried_may(&search->untried, point);
}

static hone_suggestion suggest_gp(const void *self, uint64_t number, hone_config *point)
{
    const gp_search *search = self;
    bool found = false;
    if (search->desk != NULL) {
        size_t n = hone_surrogate_count(&search->desk->surrogate);
        found = n < search->startup ? spread_point(search, number, point)
                                    : find_point(search, number, n, point);
    }
    if (!found)
        found = hone_untried_draw(&search->untried, number, point);
    return found ? HONE_SUGGESTED : HONE_SUGGEST_DONE;
}

static uint64_t count_gp(const void *self)
{
    const gp_search *search = self;
    return hone_untried_count(&search->untried);
}

extern const hone_strategy hone_strategy_gp;
const hone_strategy hone_strategy_gp = {
    .name = "gp",
    .summary = "the greatest expected improvement under a Gaussian process",
    .reference =
        "Jones, Schonlau, Welch (1998), Efficient global optimization of expensive "
        "black-box functions, J. Global Optim. 13, 455-492; Ament, Daulton, Eriksson, "
        "Balandat, Bakshy (2023), Unexpected improvements to expected improvement for "
        "Bayesian optimization, NeurIPS",
    .traits = HONE_STRATEGY_CONDITIONAL | HONE_STRATEGY_ADAPTIVE,
    .options = options,
    .state_size = sizeof(gp_search),
    .init = init_gp,
    .suggest = suggest_gp,
    .observe = observe_gp,
    .count = count_gp,
    .release = release_gp,
};
