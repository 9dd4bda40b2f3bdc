/* The greatest expected improvement: a Gaussian process search that is asked what its
 * next point would be worth. */
#include <hone/promise.h>

#include <math.h>
#include <stdlib.h>

#include "math/normal.h"
#include "math/warp.h"
#include "search/cube.h"
#include "search/hunt.h"
#include "search/surrogate.h"
#include "search/trials.h"
#include "search/untried.h"

#include "base/banned.h"

enum { LEAST = 10, LEAST_AN_AXIS = 2, INCUMBENTS = 4 };

struct hone_promise {
    hone_problem problem;
    hone_cube cube;
    hone_untried untried;
    hone_trials trials;
    hone_surrogate surrogate; /* this and the rest: where something varies */
    hone_hunt hunt;
    hone_config *point; /* owned */
    double *x;          /* owned: the point, in the cube and as modelled */
    uint64_t last;      /* the highest number observed */
};

static int init_model(hone_promise *promise)
{
    const hone_cube *cube = &promise->cube;
    promise->point = calloc(1, hone_config_size(promise->problem.space));
    promise->x = calloc(2 * (size_t)cube->n + 1, sizeof(double));
    if (promise->point == NULL || promise->x == NULL)
        return HONE_ENOMEM;
    if (cube->n == 0)
        return 0;
    int code = hone_surrogate_init(&promise->surrogate, cube, &promise->trials);
    return code != 0 ? code
                     : hone_hunt_init(&promise->hunt, cube, &promise->untried,
                                      promise->problem.seed);
}

int hone_promise_new(const hone_space *space, uint64_t seed, hone_promise **out,
                     hone_error *err)
{
    hone_promise *promise = calloc(1, sizeof *promise);
    if (promise == NULL)
        return hone_error_set(err, HONE_ENOMEM, "out of memory");
    promise->problem = (hone_problem){.space = space, .seed = seed};
    int code = hone_untried_init(&promise->untried, &promise->problem, err);
    if (code == 0)
        code = hone_cube_init(&promise->cube, space, err);
    if (code == 0) {
        hone_trials_init(&promise->trials, &promise->cube, 1);
        if (init_model(promise) != 0)
            code = hone_error_set(err, HONE_ENOMEM, "out of memory");
    }
    if (code == 0)
        *out = promise;
    else
        hone_promise_free(promise);
    return code;
}

void hone_promise_free(hone_promise *promise)
{
    if (promise == NULL)
        return;
    hone_surrogate_release(&promise->surrogate);
    hone_hunt_release(&promise->hunt);
    hone_trials_release(&promise->trials);
    hone_cube_release(&promise->cube);
    hone_untried_release(&promise->untried);
    free(promise->point);
    free(promise->x);
    free(promise);
}

int hone_promise_observe(hone_promise *promise, const hone_observation *observation)
{
    if (observation->kind == HONE_OBSERVE_PENDING) {
        int code = hone_untried_observe(&promise->untried, observation->config);
        if (code != 0)
            return code;
    }
    if (promise->cube.n == 0)
        return 0;
    size_t at;
    int code = hone_surrogate_reserve(&promise->surrogate, promise->trials.n + 1);
    if (code != 0)
        return code;
    if (observation->number > promise->last)
        promise->last = observation->number;
    return hone_trials_observe(&promise->trials, observation, &at);
}

/* E[max(best - Y, 0)] of Y ~ N(mean, variance). */
static double expect(double best, const hone_belief *belief)
{
    double sigma = sqrt(fmax(belief->variance, 0));
    if (!(sigma > 0))
        return fmax(best - belief->mean, 0);
    return sigma * exp(hone_log_improvement((best - belief->mean) / sigma));
}

/* The improvement in units of the objective: how far below the best a value lies that is
 * better by as much in the model's. */
static double unbend(const hone_surrogate *surrogate, size_t n, double best,
                     double improvement)
{
    hone_warp warp;
    hone_warp_init(&warp, surrogate->sorted, n, surrogate->warp);
    return hone_warp_undo(&warp, best) - hone_warp_undo(&warp, best - improvement);
}

double hone_promise_value(hone_promise *promise)
{
    hone_surrogate *surrogate = &promise->surrogate;
    const hone_cube *cube = &promise->cube;
    const double *incumbents[INCUMBENTS];
    size_t n = cube->n > 0 ? hone_surrogate_count(surrogate) : 0;
    if (cube->n == 0 || n < LEAST || n < (size_t)LEAST_AN_AXIS * cube->n)
        return INFINITY;
    hone_prey prey = {.process = &surrogate->process,
                      .best = hone_surrogate_learn(surrogate, n),
                      .number = promise->last + 1,
                      .incumbents = incumbents};
    for (; prey.n_incumbents < INCUMBENTS && prey.n_incumbents < n; prey.n_incumbents++)
        incumbents[prey.n_incumbents] =
            hone_trials_point(&promise->trials, surrogate->ranked[prey.n_incumbents]);
    promise->point->n = promise->problem.space->n;
    if (!hone_hunt_find(&promise->hunt, &prey, promise->point))
        return 0;
    hone_belief belief;
    hone_cube_encode(cube, promise->point, promise->x);
    hone_surrogate_model(cube, promise->x, promise->x + cube->n);
    hone_process_predict(&surrogate->process, promise->x + cube->n, 1, &belief);
    return unbend(surrogate, n, prey.best, expect(prey.best, &belief));
}
