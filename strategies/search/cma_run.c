/* Generations out of trials that end in any order.
 *
 * A generation is the next `n_real` trials by number. It is told when all of them were
 * suggested and at least half have ended, so that stragglers hold nobody up; those that
 * end later are taken in by computing the state anew. Trials that were drawn from an
 * older distribution, because many run at a time, count like any others (see math/cma.h
 * on steps that are too long).
 *
 * The model (search/cma_model.h) fills a generation up to lambda points, the more of them
 * the better it ranked trials that it had not seen: all of a generation are trials while
 * Kendall's tau is low, one of eight where it is high. So Hansen (2019), A global
 * surrogate assisted CMA-ES, GECCO, with the share decided before and not during a
 * generation.
 *
 * Restarts: Auger, Hansen (2005), A restart CMA evolution strategy with increasing
 * population size, CEC. */
#include "search/cma_run.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "math/philox.h"

#include "base/banned.h"

enum {
    STREAM_MEAN = 0x7ffe3000, /* of a restart */
    VIRTUAL_ATTEMPT = 1000    /* attempts from here on are the model's points */
};

#define TRUST_RATE      0.4
#define TRUST_TO_CHOOSE 0.3  /* tau from which the model chooses among candidates */
#define NARROW          1e-4 /* of the range: nobody tunes finer */
#define FLAT            1e-5 /* relative change of the best over a run's last generations */

int hone_cma_run_init(hone_cma_run *run, const hone_cma_axes *axes,
                      const hone_trials *trials, const hone_cma_plan *plan)
{
    assert(plan->startup >= 2 && plan->lambda >= 4 && plan->sigma > 0);
    *run = (hone_cma_run){.axes = axes, .trials = trials, .plan = *plan};
    int code = hone_cma_model_init(&run->model, axes, trials);
    for (int i = 0; i < HONE_CMA_KEPT && code == 0; i++)
        code = hone_cma_init(&run->states[i].cma, axes->dim, axes->n_choices);
    return code;
}

void hone_cma_run_release(hone_cma_run *run)
{
    hone_cma_model_release(&run->model);
    for (int i = 0; i < HONE_CMA_KEPT; i++)
        hone_cma_release(&run->states[i].cma);
    free(run->points);
    free(run->values);
    free(run->weights);
    free(run->ranked);
    *run = (hone_cma_run){0};
}

static int make_room(hone_cma_run *run, size_t n)
{
    if (n <= run->room)
        return 0;
    free(run->points);
    free(run->values);
    free(run->weights);
    free(run->ranked);
    run->room = 0;
    run->points = calloc(n, run->axes->width * sizeof *run->points);
    run->values = calloc(n, sizeof *run->values);
    run->weights = calloc(n, sizeof *run->weights);
    run->ranked = calloc(n, sizeof *run->ranked);
    if (!run->points || !run->values || !run->weights || !run->ranked)
        return HONE_ENOMEM;
    run->room = n;
    return 0;
}

static hone_cma_state *state_at(const hone_cma_run *run, uint64_t i)
{
    return (hone_cma_state *)&run->states[i % HONE_CMA_KEPT];
}

const hone_cma_state *hone_cma_run_state(const hone_cma_run *run)
{
    return run->n_states > 0 ? state_at(run, run->n_states - 1) : NULL;
}

bool hone_cma_run_trusts(const hone_cma_run *run)
{
    const hone_cma_state *state = hone_cma_run_state(run);
    return state != NULL && run->plan.surrogate && hone_cma_model_knows(&run->model) &&
           state->trust > TRUST_TO_CHOOSE;
}

/* A free place at k < n points that are there already, which move up. */
static void open_gap(hone_cma_run *run, uint32_t k, uint32_t n)
{
    size_t width = run->axes->width;
    memmove(run->points + (k + 1) * width, run->points + k * width,
            (n - k) * width * sizeof *run->points);
    memmove(run->values + k + 1, run->values + k, (n - k) * sizeof *run->values);
    memmove(run->ranked + k + 1, run->ranked + k, (n - k) * sizeof *run->ranked);
}

/* The trials from `first` on that have ended, best first; settled where `cma` is there.
 */
static uint32_t rank_trials(hone_cma_run *run, size_t first, size_t count,
                            const hone_cma *cma)
{
    const hone_trials *trials = run->trials;
    uint32_t n = 0;
    for (size_t at = first; at < first + count; at++) {
        const hone_tried *tried = &trials->items[at];
        if (!tried->ended)
            continue;
        uint32_t k = n;
        while (k > 0 && hone_tried_better(tried, &run->ranked[k - 1]))
            k--;
        open_gap(run, k, n++);
        double *point = run->points + k * (size_t)run->axes->width;
        run->ranked[k] = *tried;
        run->values[k] = tried->value;
        hone_cma_axes_take(run->axes, hone_trials_point(trials, at), point);
        if (cma != NULL)
            hone_cma_axes_settle(run->axes, cma, tried->number, point);
    }
    return n;
}

/* Fills n points up to lambda by the model's. */
static uint32_t add_virtual(hone_cma_run *run, const hone_cma_state *state, uint32_t n)
{
    size_t width = run->axes->width;
    double point[HONE_CMA_AXES + 1];
    hone_cma_draw draw = {
        .number = state->first, .attempt = VIRTUAL_ATTEMPT, .stretch = 1};
    for (; n < state->lambda; n++, draw.attempt++) {
        (void)hone_cma_axes_draw(run->axes, &state->cma, draw, point);
        double value = hone_cma_model_predict(&run->model, point);
        uint32_t k = n;
        while (k > 0 && value < run->values[k - 1])
            k--;
        open_gap(run, k, n);
        memcpy(run->points + k * width, point, width * sizeof *point);
        run->values[k] = value;
    }
    return n;
}

static double predict_trial(const hone_cma_run *run, size_t at)
{
    double point[HONE_CMA_AXES + 1];
    hone_cma_axes_take(run->axes, hone_trials_point(run->trials, at), point);
    return hone_cma_model_predict(&run->model, point);
}

/* Kendall's tau between a model that has not seen this generation and the trials: pairs
 * with one of it and one of it or of the last lambda before. */
static double measure_trust(const hone_cma_run *run, const hone_cma_state *state)
{
    const hone_tried *items = run->trials->items;
    size_t first = state->first, end = first + state->n_real;
    double agree = 0, pairs = 0;
    if (!hone_cma_model_knows(&run->model))
        return 0;
    for (size_t i = first; i < end; i++) {
        double predicted = items[i].ended ? predict_trial(run, i) : 0;
        for (size_t k = first > state->lambda ? first - state->lambda : 0; k < i; k++) {
            bool better = hone_tried_better(&items[i], &items[k]);
            if (!items[i].ended || !items[k].ended ||
                better == hone_tried_better(&items[k], &items[i]))
                continue;
            agree += (predicted < predict_trial(run, k)) == better ? 1 : -1;
            pairs++;
        }
    }
    return pairs > 0 ? agree / pairs : 0;
}

/* How many of the next generation's points are to be trials. */
static uint32_t share_generation(const hone_cma_state *state)
{
    double share = state->trust < 0.3    ? 1
                   : state->trust < 0.6  ? 0.5
                   : state->trust < 0.85 ? 0.25
                                         : 0.125;
    return (uint32_t)ceil(share * state->lambda);
}

static bool is_narrow(const hone_cma_run *run, const hone_cma *cma)
{
    for (uint32_t i = 0; i < run->axes->n_numeric; i++) {
        const hone_axis *axis = &run->axes->cube->axes[run->axes->axes[i]];
        double finest =
            axis->kind == HONE_AXIS_REAL ? NARROW : fmin(1, 0.5 / (double)axis->n);
        if (hone_cma_deviation(cma, i) >= finest)
            return false;
    }
    return run->axes->n_numeric > 0;
}

/* The best of a generation has not changed for 10 + 30 n / lambda of them. */
static bool is_flat(const hone_cma_state *state)
{
    double low = INFINITY, high = -INFINITY;
    uint32_t span = 10 + (30 * state->cma.n + state->lambda - 1) / state->lambda;
    span = span < HONE_CMA_HISTORY ? span : HONE_CMA_HISTORY;
    if (state->n_history < span)
        return false;
    for (uint32_t i = 1; i <= span; i++) {
        double value = state->history[(state->n_history - i) % HONE_CMA_HISTORY];
        low = fmin(low, value);
        high = fmax(high, value);
    }
    return !(high - low > FLAT * fmax(fabs(low), 1e-8));
}

static void begin_run(const hone_cma_run *run, hone_cma_state *state, const double *mean)
{
    hone_cma_start(&state->cma, run->plan.sigma);
    hone_cma_axes_start(run->axes, &state->cma, mean);
    state->n_runs++;
    state->n_history = 0;
    state->trust = 0;
    state->n_real = state->lambda;
}

/* From a random place, with twice the population. */
static void begin_again(const hone_cma_run *run, hone_cma_state *state)
{
    double mean[HONE_CMA_AXES + 1];
    for (uint32_t i = 0; i < run->axes->dim; i++) {
        hone_counter at = {.number = state->n_runs, .stream = STREAM_MEAN + i};
        mean[i] = hone_philox_uniform(run->axes->seed, at);
    }
    uint32_t most = UINT32_C(1) << 14;
    state->largest = state->lambda = state->largest < most ? state->largest * 2 : most;
    begin_run(run, state, mean);
}

static void widen_axes(const hone_cma_run *run, hone_cma_state *state)
{
    double alpha = 1 / ((double)state->lambda * state->cma.n);
    hone_cma_axes_widen(run->axes, &state->cma, fmin(alpha, 0.4));
}

/* The first state: in the middle of the best three of the design, by weight. */
static void begin_first(hone_cma_run *run, hone_cma_state *state)
{
    static const double weights[] = {0.56, 0.31, 0.13}; /* ln 3.5 - ln i, sum 1 */
    double mean[HONE_CMA_AXES + 1];
    uint32_t n = rank_trials(run, 0, run->plan.startup, NULL);
    assert(n >= 1);
    for (uint32_t i = 0; i < run->axes->dim; i++) {
        mean[i] = 0;
        for (uint32_t k = 0; k < 3; k++) {
            uint32_t from = k < n && isfinite(run->values[k]) ? k : 0;
            mean[i] += weights[k] * run->points[from * (size_t)run->axes->width + i];
        }
    }
    state->lambda = state->largest = run->plan.lambda;
    state->n_runs = 0;
    state->first = run->plan.startup;
    begin_run(run, state, mean);
    widen_axes(run, state);
}

static void tell_generation(hone_cma_run *run, hone_cma_state *state)
{
    size_t end = state->first + state->n_real;
    if (run->plan.surrogate) {
        hone_cma_model_fit(&run->model, &state->cma, state->first);
        state->trust += TRUST_RATE * (measure_trust(run, state) - state->trust);
        hone_cma_model_fit(&run->model, &state->cma, end);
    }
    uint32_t n = rank_trials(run, state->first, state->n_real, &state->cma);
    double best = run->values[0];
    if (run->plan.surrogate && hone_cma_model_knows(&run->model))
        n = add_virtual(run, state, n);
    state->first = end;
    state->history[state->n_history++ % HONE_CMA_HISTORY] = best;
    if (n < 2)
        return;
    hone_cma_points points = {.n = n,
                              .stride = run->axes->width,
                              .x = run->points,
                              .values = run->values,
                              .weights = run->weights};
    hone_cma_tell(&state->cma, &points);
    hone_cma_axes_learn(run->axes, &state->cma, &points);
    state->n_real = share_generation(state);
    widen_axes(run, state);
}

/* Whether `count` trials from `first` on were all suggested, and half of them ended. */
static bool is_ready(const hone_trials *trials, size_t first, size_t count)
{
    size_t n_ended = 0;
    if (count > trials->n || first > trials->n - count)
        return false;
    for (size_t at = first; at < first + count; at++)
        n_ended += trials->items[at].ended;
    return n_ended > 0 && 2 * n_ended >= count;
}

/* A copy of the current state as the current state. */
static hone_cma_state *push_state(hone_cma_run *run)
{
    hone_cma_state *to = state_at(run, run->n_states);
    if (run->n_states > 0) {
        const hone_cma_state *from = hone_cma_run_state(run);
        hone_cma cma = to->cma;
        hone_cma_copy(&cma, &from->cma);
        *to = *from;
        to->cma = cma;
    }
    run->n_states++;
    if (run->n_states - run->oldest > HONE_CMA_KEPT)
        run->oldest++;
    return to;
}

/* Back to the last state that was computed without trial `at`. */
static void go_back(hone_cma_run *run, size_t at)
{
    uint64_t n = run->n_states;
    while (n > run->oldest && state_at(run, n - 1)->first > at)
        n--;
    if (n == run->oldest)
        n = run->oldest = 0;
    run->n_states = n;
}

int hone_cma_run_update(hone_cma_run *run, size_t at)
{
    const hone_trials *trials = run->trials;
    go_back(run, at);
    for (;;) {
        const hone_cma_state *now = hone_cma_run_state(run);
        size_t first = now != NULL ? now->first : 0;
        size_t count = now != NULL ? now->n_real : run->plan.startup;
        if (!is_ready(trials, first, count))
            break;
        size_t most = now != NULL && now->lambda > count ? now->lambda : count;
        int code = make_room(run, most);
        if (code != 0)
            return code;
        hone_cma_state *next = push_state(run);
        if (now == NULL) {
            begin_first(run, next);
            continue;
        }
        tell_generation(run, next);
        bool over = is_narrow(run, &next->cma) || is_flat(next);
        if (run->plan.restarts && over) {
            begin_again(run, next);
            widen_axes(run, next);
        }
    }
    if (run->n_states > 0 && run->plan.surrogate)
        hone_cma_model_fit(&run->model, &hone_cma_run_state(run)->cma, trials->n);
    return 0;
}
