/* The hunt for the greatest expected improvement.
 *
 *   init  find*  release
 *
 * Expected improvement is taken by its logarithm, which has a slope everywhere (Ament,
 * Daulton, Eriksson, Balandat, Bakshy 2023, Unexpected improvements to expected
 * improvement for Bayesian optimization). Candidates: a Sobol sequence with random
 * digital shifts, and neighbours of the best trials of which each axis moves with
 * probability 20/d at most (Eriksson, Pearce, Gardner, Turner, Poloczek 2019, Scalable
 * global optimization via local Bayesian optimization, section 3). A candidate `u` has a
 * coordinate on every axis; what the model sees of it, `x`, lies in the middles of cells
 * and is off where a condition says so. */
#include "search/hunt.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "math/minimise.h"
#include "math/normal.h"
#include "math/philox.h"
#include "search/surrogate.h"

#include "base/banned.h"

enum {
    EVEN = 256, /* candidates of the sequence */
    NEAR = 256, /* of the neighbourhoods */
    POOL = EVEN + NEAR,
    STARTS = 5,         /* candidates that climb */
    CLIMB = 24,         /* evaluations a climb */
    ROUNDS = 2,         /* climbs and sweeps over discrete axes, in turn */
    SMOOTH_LEVELS = 20, /* an ordered axis with more levels climbs too */
    SWEEP = 16          /* values tried of a discrete axis; one panel */
};

static bool is_smooth(const hone_axis *axis)
{
    return axis->kind == HONE_AXIS_REAL ||
           (axis->kind == HONE_AXIS_ORDERED && axis->n > SMOOTH_LEVELS);
}

int hone_hunt_init(hone_hunt *hunt, const hone_cube *cube, const hone_untried *untried,
                   uint64_t seed)
{
    size_t d = cube->n + (size_t)1;
    size_t n_axes = cube->n < HONE_SOBOL_DIMENSIONS ? cube->n : HONE_SOBOL_DIMENSIONS;
    *hunt = (hone_hunt){.cube = cube, .untried = untried, .seed = seed};
    hunt->axes = calloc(n_axes + 1, sizeof *hunt->axes);
    hunt->smooth = calloc(d, sizeof *hunt->smooth);
    hunt->scratch = calloc(1, hone_config_size(cube->space));
    hunt->memory = calloc(2 * POOL * d + POOL + STARTS * d + (SWEEP + 1) * 2 * d + 6 * d +
                              hone_minimise_work(d),
                          sizeof(double));
    if (hunt->axes == NULL || hunt->smooth == NULL || hunt->scratch == NULL ||
        hunt->memory == NULL)
        return HONE_ENOMEM;
    hone_sobol_init(hunt->axes, (uint32_t)n_axes);
    hunt->u = hunt->memory;
    hunt->x = hunt->u + POOL * d;
    hunt->scores = hunt->x + POOL * d;
    hunt->best_u = hunt->scores + POOL;
    hunt->trial_u = hunt->best_u + STARTS * d;
    hunt->trial_x = hunt->trial_u + (SWEEP + 1) * d;
    hunt->slopes = hunt->trial_x + (SWEEP + 1) * d;
    hunt->vars = hunt->slopes + 2 * d;
    hunt->work = hunt->vars + 4 * d;
    return 0;
}

void hone_hunt_release(hone_hunt *hunt)
{
    free(hunt->axes);
    free(hunt->memory);
    free(hunt->smooth);
    free(hunt->scratch);
    *hunt = (hone_hunt){0};
}

/* The x of a u; whether it keeps the constraints. */
static bool realise(hone_hunt *hunt, const double *u, double *x)
{
    hone_cube_decode(hunt->cube, u, hunt->scratch);
    hone_cube_encode(hunt->cube, hunt->scratch, x);
    hone_surrogate_model(hunt->cube, x, x);
    return hone_config_allowed(hunt->cube->space, hunt->scratch);
}

/* Whether a u may be tried: asked late, of the few that are chosen. */
static bool may_try(hone_hunt *hunt, const double *u)
{
    hone_cube_decode(hunt->cube, u, hunt->scratch);
    return hone_untried_may(hunt->untried, hunt->scratch);
}

/* --- candidates -------------------------------------------------------------------- */

/* Draws of one trial, in a fixed order. */
typedef struct dice {
    uint64_t seed, number;
    uint32_t at, left;
    uint32_t words[4];
} dice;

/* A multiple of 2^-32 in [0,1): a hair's breadth is all a candidate needs. */
static double roll(dice *d)
{
    if (d->left == 0) {
        const uint32_t counter[4] = {(uint32_t)d->number, (uint32_t)(d->number >> 32),
                                     HONE_STREAM_HUNT, d->at++};
        const uint32_t key[2] = {(uint32_t)d->seed, (uint32_t)(d->seed >> 32)};
        hone_philox_block(counter, key, d->words);
        d->left = 4;
    }
    return d->words[--d->left] * 0x1p-32;
}

static void fill_even(const hone_hunt *hunt, dice *d, double *u)
{
    size_t n = hunt->cube->n;
    for (size_t a = 0; a < n; a++) {
        double shift = roll(d);
        for (uint32_t i = 0; i < EVEN; i++) {
            double at = a < HONE_SOBOL_DIMENSIONS
                            ? hone_sobol_digits(&hunt->axes[a], i) * 0x1p-32 + shift
                            : roll(d);
            u[i * n + a] = at >= 1 ? at - 1 : at;
        }
    }
}

/* A normal deviate, by Box and Muller. */
static double roll_normal(dice *d)
{
    double radius = sqrt(-2 * log(1 - roll(d)));
    return radius * cos(2 * M_PI * roll(d));
}

static double reflect(double u)
{
    u = fabs(u);
    u = u > 1 ? 2 - u : u;
    return u < 0 ? 0 : u;
}

static void fill_neighbour(const hone_hunt *hunt, dice *d, const double *from, double *u)
{
    uint32_t n = hunt->cube->n;
    double chance = fmin(1, fmax(20.0 / n, 0.3)), reach = 0.3 * pow(0.01, roll(d));
    if (roll(d) < 0.5)
        chance = fmin(chance, 2.0 / n);
    uint32_t sure = (uint32_t)(roll(d) * n);
    for (uint32_t a = 0; a < n; a++) {
        bool moves = roll(d) < chance || a == (sure < n ? sure : n - 1);
        if (from[a] < 0 || isnan(from[a]))
            u[a] = roll(d);
        else if (!moves)
            u[a] = from[a];
        else if (hunt->cube->axes[a].kind == HONE_AXIS_CHOICE)
            u[a] = roll(d);
        else
            u[a] = reflect(from[a] + reach * roll_normal(d));
    }
}

/* Fills u and x of the candidates that keep the constraints; returns their number. */
static size_t fill_pool(hone_hunt *hunt, const hone_prey *prey)
{
    dice d = {.seed = hunt->seed, .number = prey->number};
    size_t n = hunt->cube->n, kept = 0;
    fill_even(hunt, &d, hunt->u);
    for (size_t i = 0; i < NEAR && prey->n_incumbents > 0; i++) {
        const double *from = prey->incumbents[i % prey->n_incumbents];
        fill_neighbour(hunt, &d, from, hunt->u + (EVEN + i) * n);
    }
    size_t all = prey->n_incumbents > 0 ? POOL : EVEN;
    for (size_t i = 0; i < all; i++) {
        if (!realise(hunt, hunt->u + i * n, hunt->x + kept * n))
            continue;
        memmove(hunt->u + kept * n, hunt->u + i * n, n * sizeof *hunt->u);
        kept++;
    }
    return kept;
}

/* --- scores ------------------------------------------------------------------------ */

static double score_belief(hone_belief belief, double best)
{
    double sigma = sqrt(belief.variance);
    return hone_log_improvement((best - belief.mean) / sigma) + log(sigma);
}

static void score_many(const hone_hunt *hunt, const hone_prey *prey, const double *x,
                       size_t n, double *scores)
{
    hone_belief beliefs[HONE_PANEL];
    for (size_t from = 0; from < n; from += HONE_PANEL) {
        size_t width = n - from < HONE_PANEL ? n - from : HONE_PANEL;
        hone_process_predict(prey->process, x + from * hunt->cube->n, width, beliefs);
        for (size_t i = 0; i < width; i++)
            scores[from + i] = score_belief(beliefs[i], prey->best);
    }
}

/* --- climbs ------------------------------------------------------------------------ */

typedef struct climb {
    hone_hunt *hunt;
    const hone_prey *prey;
    double *x; /* the point; its smooth axes vary */
    size_t n;  /* smooth axes that exist here */
    const double *scales;
} climb;

/* The negative score; variables are coordinates over their scale. */
static double value_climb(void *arg, const double *vars, double *gradient)
{
    climb *c = arg;
    uint32_t d = c->hunt->cube->n;
    double *mean = c->hunt->slopes, *variance = mean + d;
    for (size_t i = 0; i < c->n; i++)
        c->x[c->hunt->smooth[i]] = vars[i] * c->scales[i];
    hone_belief belief = hone_process_slopes(c->prey->process, c->x, mean, variance);
    double sigma = sqrt(belief.variance), z = (c->prey->best - belief.mean) / sigma;
    double log_h = hone_log_improvement(z);
    double by_mean = -exp(hone_log_normal_cdf(z) - log_h) / sigma;
    double by_sigma = exp(-z * z / 2 - 0.91893853320467274178 - log_h) / sigma;
    for (size_t i = 0; i < c->n; i++) {
        uint32_t a = c->hunt->smooth[i];
        gradient[i] =
            -c->scales[i] * (by_mean * mean[a] + by_sigma * variance[a] / (2 * sigma));
    }
    return -(log_h + log(sigma));
}

/* Moves u along its smooth axes, as far as there is an upward slope. */
static void climb_slope(hone_hunt *hunt, const hone_prey *prey, double *u, double *x)
{
    const hone_kernel *kernel = &prey->process->kernel;
    size_t d = hunt->cube->n, n = 0;
    double *vars = hunt->vars, *low = vars + d, *high = low + d, *scales = high + d;
    for (uint32_t a = 0; a < d; a++) {
        if (x[a] < 0 || !is_smooth(&hunt->cube->axes[a]))
            continue;
        hunt->smooth[n] = a;
        scales[n] = fmin(1, 1 / kernel->rates[a]);
        vars[n] = x[a] / scales[n];
        low[n] = 0;
        high[n] = 1 / scales[n];
        n++;
    }
    if (n == 0)
        return;
    climb c = {hunt, prey, x, n, scales};
    hone_minimum problem = {.value = value_climb,
                            .arg = &c,
                            .n = n,
                            .low = low,
                            .high = high,
                            .evaluations = CLIMB,
                            .step = 0.3,
                            .tolerance = 1e-3,
                            .work = hunt->work};
    (void)hone_minimise(&problem, vars);
    for (size_t i = 0; i < n; i++)
        u[hunt->smooth[i]] = fmin(1, fmax(0, vars[i] * scales[i]));
}

/* --- sweeps ------------------------------------------------------------------------ */

/* The k-th of the values of an axis to be tried from u: all where they are few, else
 * neighbours to both sides, near ones first; a negative number past the last. */
static double pick_value(const hone_axis *axis, double u, size_t k)
{
    if (axis->n <= SWEEP)
        return k < axis->n ? ((double)k + 0.5) / (double)axis->n : -1;
    if (k >= SWEEP)
        return -1;
    double away = (double)(k / 2 + 1) / (double)axis->n;
    double at = k % 2 == 0 ? u - away : u + away;
    return fmin(1, fmax(0, at));
}

/* Sets u's discrete axes, one after another, to the best values that may be tried. */
static bool sweep(hone_hunt *hunt, const hone_prey *prey, double *u, double *x,
                  double *score)
{
    size_t d = hunt->cube->n;
    bool moved = false;
    for (uint32_t a = 0; a < d; a++) {
        const hone_axis *axis = &hunt->cube->axes[a];
        if (x[a] < 0 || axis->kind == HONE_AXIS_REAL)
            continue;
        size_t n = 0;
        double value;
        for (size_t k = 0; (value = pick_value(axis, u[a], k)) >= 0; k++) {
            double *next = hunt->trial_u + n * d;
            memcpy(next, u, d * sizeof *u);
            next[a] = value;
            n += realise(hunt, next, hunt->trial_x + n * d);
        }
        double scores[SWEEP];
        score_many(hunt, prey, hunt->trial_x, n, scores);
        for (size_t i = 0; i < n; i++) {
            const double *next = hunt->trial_u + i * d;
            if (scores[i] <= *score + 1e-9 || !may_try(hunt, next))
                continue;
            *score = scores[i];
            memcpy(u, next, d * sizeof *u);
            memcpy(x, hunt->trial_x + i * d, d * sizeof *x);
            moved = true;
        }
    }
    return moved;
}

/* Improves u, which may be tried, to another that may be. */
static double improve(hone_hunt *hunt, const hone_prey *prey, double *u, double *x,
                      double score)
{
    size_t d = hunt->cube->n;
    for (int round = 0; round < ROUNDS; round++) {
        double *next_u = hunt->trial_u + SWEEP * d, *next_x = hunt->trial_x + SWEEP * d;
        double next = -INFINITY;
        memcpy(next_u, u, d * sizeof *u);
        memcpy(next_x, x, d * sizeof *x);
        climb_slope(hunt, prey, next_u, next_x);
        if (realise(hunt, next_u, next_x) && may_try(hunt, next_u))
            score_many(hunt, prey, next_x, 1, &next);
        if (next > score) {
            score = next;
            memcpy(u, next_u, d * sizeof *u);
            memcpy(x, next_x, d * sizeof *x);
        }
        if (!sweep(hunt, prey, u, x, &score))
            break;
    }
    return score;
}

static bool is_near(const hone_hunt *hunt, const double *u, size_t n_starts)
{
    size_t d = hunt->cube->n;
    for (size_t k = 0; k < n_starts; k++) {
        double away = 0;
        for (size_t a = 0; a < d; a++)
            away = fmax(away, fabs(u[a] - hunt->best_u[k * d + a]));
        if (away < 0.02)
            return true;
    }
    return false;
}

/* The best of n candidates that may be tried and is not within a hair of an earlier
 * start; n where there is none. What cannot be it loses its score. */
static size_t pick_start(hone_hunt *hunt, size_t n, size_t n_starts)
{
    for (;;) {
        size_t best = n;
        for (size_t i = 0; i < n; i++) {
            if (!isnan(hunt->scores[i]) &&
                (best == n || hunt->scores[i] > hunt->scores[best]))
                best = i;
        }
        const double *u = hunt->u + best * hunt->cube->n;
        if (best == n || (!is_near(hunt, u, n_starts) && may_try(hunt, u)))
            return best;
        hunt->scores[best] = NAN;
    }
}

bool hone_hunt_find(hone_hunt *hunt, const hone_prey *prey, hone_config *point)
{
    size_t d = hunt->cube->n, n = fill_pool(hunt, prey), best = n;
    double best_score = -INFINITY;
    score_many(hunt, prey, hunt->x, n, hunt->scores);
    for (size_t k = 0; k < STARTS; k++) {
        size_t i = pick_start(hunt, n, k);
        if (i == n)
            break;
        memcpy(hunt->best_u + k * d, hunt->u + i * d, d * sizeof *hunt->u);
        double score =
            improve(hunt, prey, hunt->u + i * d, hunt->x + i * d, hunt->scores[i]);
        hunt->scores[i] = NAN;
        if (best == n || score > best_score) {
            best = i;
            best_score = score;
        }
    }
    if (best == n)
        return false;
    hone_cube_decode(hunt->cube, hunt->u + best * d, point);
    return true;
}
