/* CMA-ES: a normal distribution that moves to where results are good, and takes the shape
 * of what it finds there. The mathematics is in math/cma.h, generations in
 * search/cma_run.h, the axes in search/cma_axes.h, the model that saves trials in
 * search/cma_model.h.
 *
 * First an even design; then each trial is the best by the model of a few draws from the
 * distribution. Draws that were tried or break a constraint are replaced by longer steps,
 * in the end by a random one. Points outside are put on the border. */
#include <hone/strategy.h>

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "search/cma_run.h"
#include "search/settings.h"
#include "search/untried.h"

#include "base/banned.h"

enum {
    CANDIDATES = 16, /* draws that the model chooses from */
    ATTEMPTS = 128,  /* draws at most */
    OUTSIDE = 6      /* draws that may be replaced because they lie outside */
};

typedef struct cmaes_search {
    hone_cube cube;
    hone_untried untried;
    hone_trials trials;
    hone_cma_axes axes;
    hone_cma_run run;
} cmaes_search;

static int refuse_conditions(const hone_space *space, hone_error *err)
{
    for (uint32_t i = 0; i < space->n; i++) {
        if (space->params[i].n_clauses > 0)
            return hone_error_set(
                err, HONE_ESPEC,
                "parameter %.60s has a condition; cmaes does not handle "
                "`when`, use method tpe or bayes",
                space->params[i].name);
    }
    return 0;
}

static hone_cma_plan read_plan(const hone_settings *settings, uint32_t n)
{
    uint32_t population = 4 + (uint32_t)(3 * log(n)); /* eq. 48 */
    return (hone_cma_plan){
        .startup = (uint32_t)hone_settings_number(settings, "startup_trials", n + 4),
        .lambda = (uint32_t)hone_settings_number(settings, "population", population),
        .sigma = hone_settings_number(settings, "sigma", 0.2),
        .restarts = !hone_settings_is(settings, "restarts", "none"),
        .surrogate = !hone_settings_is(settings, "surrogate", "none")};
}

static int init_cmaes(void *self, const hone_problem *problem,
                      const hone_settings *settings, hone_error *err)
{
    cmaes_search *search = self;
    int code = refuse_conditions(problem->space, err);
    if (code == 0)
        code = hone_untried_init(&search->untried, problem, err);
    if (code == 0)
        code = hone_cube_init(&search->cube, problem->space, err);
    if (code == 0)
        code = hone_cma_axes_init(&search->axes, &search->cube, problem->seed, err);
    if (code != 0)
        return code;
    hone_trials_init(&search->trials, &search->cube, 1);
    hone_cma_plan plan = read_plan(settings, search->axes.dim);
    code = hone_cma_run_init(&search->run, &search->axes, &search->trials, &plan);
    return code ? hone_error_set(err, code, "out of memory for %u axes", search->cube.n)
                : 0;
}

/* Whether the point may be tried; fills the configuration. */
static bool fill_config(const cmaes_search *search, const double *point,
                        hone_config *config)
{
    double x[HONE_CMA_AXES];
    hone_cma_axes_give(&search->axes, point, x);
    hone_cube_decode(&search->cube, x, config);
    return hone_untried_may(&search->untried, config);
}

static bool draw_candidate(const cmaes_search *search, uint64_t number, uint32_t attempt,
                           double *point)
{
    double longer = attempt > CANDIDATES ? (attempt - CANDIDATES) / 8.0 : 0;
    hone_cma_draw draw = {.number = number, .attempt = attempt, .stretch = 1 + longer};
    return hone_cma_axes_draw(&search->axes, &hone_cma_run_state(&search->run)->cma, draw,
                              point);
}

/* The best of the candidates, or the first where there is no model. */
static bool choose_point(const cmaes_search *search, uint64_t number, hone_config *config)
{
    double point[HONE_CMA_AXES + 1], chosen[HONE_CMA_AXES + 1], least = INFINITY;
    uint32_t wanted = hone_cma_run_trusts(&search->run) ? CANDIDATES : 1, n = 0;
    for (uint32_t i = 0; i < ATTEMPTS && n < wanted && (n == 0 || i < CANDIDATES); i++) {
        bool inside = draw_candidate(search, number, i, point);
        if ((!inside && wanted == 1 && i < OUTSIDE) ||
            !fill_config(search, point, config))
            continue;
        double value = wanted > 1 ? hone_cma_model_predict(&search->run.model, point) : 0;
        if (n++ == 0 || value < least) {
            least = value;
            memcpy(chosen, point, sizeof chosen);
        }
    }
    return n > 0 && fill_config(search, chosen, config);
}

/* Of the design; what was tried before the sweep's own trials shifts nothing. */
static bool choose_even(const cmaes_search *search, hone_config *config)
{
    double point[HONE_CMA_AXES + 1];
    if (search->trials.n >= search->run.plan.startup)
        return false;
    hone_cma_axes_spread(&search->axes, search->trials.n, point);
    return fill_config(search, point, config);
}

static hone_suggestion suggest_cmaes(const void *self, uint64_t number,
                                     hone_config *point)
{
    const cmaes_search *search = self;
    bool found = hone_cma_run_state(&search->run) != NULL
                     ? choose_point(search, number, point)
                     : choose_even(search, point);
    found = found || hone_untried_draw(&search->untried, number, point);
    return found ? HONE_SUGGESTED : HONE_SUGGEST_DONE;
}

static int observe_cmaes(void *self, const hone_observation *observation)
{
    cmaes_search *search = self;
    size_t at;
    int code = hone_trials_observe(&search->trials, observation, &at);
    if (code != 0)
        return code;
    if (observation->kind == HONE_OBSERVE_PENDING)
        return hone_untried_observe(&search->untried, observation->config);
    return hone_cma_run_update(&search->run, at);
}

static uint64_t count_cmaes(const void *self)
{
    const cmaes_search *search = self;
    return hone_untried_count(&search->untried);
}

static void release_cmaes(void *self)
{
    cmaes_search *search = self;
    hone_cma_run_release(&search->run);
    hone_trials_release(&search->trials);
    hone_cma_axes_release(&search->axes);
    hone_cube_release(&search->cube);
    hone_untried_release(&search->untried);
}

static const hone_option cmaes_options[] = {
    {.name = "startup_trials",
     .type = HONE_OPTION_INT,
     .min = 2,
     .max = 100000,
     .placeholder = "N",
     .text = "Trials of an even design at the start; by default parameters + 4."},
    {.name = "population",
     .type = HONE_OPTION_INT,
     .min = 4,
     .max = 10000,
     .placeholder = "N",
     .text = "Points of a generation; by default 4 + 3 ln(parameters)."},
    {.name = "sigma",
     .type = HONE_OPTION_REAL,
     .min = 0.001,
     .max = 1,
     .fallback = "0.2",
     .placeholder = "S",
     .text = "The first standard deviation, in widths of each parameter's range."},
    {.name = "restarts",
     .type = HONE_OPTION_CHOICE,
     .fallback = "ipop",
     .choices = "ipop|none",
     .placeholder = "HOW",
     .text = "What follows when a run has come to its end: another one from a random "
             "place with twice the population, or nothing."},
    {.name = "surrogate",
     .type = HONE_OPTION_CHOICE,
     .fallback = "quadratic",
     .choices = "quadratic|none",
     .placeholder = "MODEL",
     .text = "What stands in for trials while it ranks them well."},
    {.type = HONE_OPTION_END},
};

extern const hone_strategy hone_strategy_cmaes;
const hone_strategy hone_strategy_cmaes = {
    .name = "cmaes",
    .summary = "a normal distribution that adapts (CMA-ES), helped by a quadratic model",
    .reference = "Hansen (2016), The CMA evolution strategy: a tutorial, "
                 "arXiv:1604.00772; Hansen (2019), A global surrogate assisted CMA-ES, "
                 "GECCO; Hamano, Saito, Nomura, Shirakawa (2022), CMA-ES with margin, "
                 "GECCO",
    .traits = HONE_STRATEGY_ADAPTIVE,
    .options = cmaes_options,
    .state_size = sizeof(cmaes_search),
    .init = init_cmaes,
    .suggest = suggest_cmaes,
    .observe = observe_cmaes,
    .count = count_cmaes,
    .release = release_cmaes,
};
