/* Gaussian process models of trials: choice of points, warps and parameters. */
#include "search/surrogate.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

enum {
    FIT_STEPS = 25,    /* evaluations a fit */
    COARSE = 64,       /* trials that each kind of warp is fitted to, at most */
    REFINE_STEPS = 12, /* evaluations of the best of them with all that are fitted */
    SCHEDULE = 5       /* the first fit is to so many trials, or what there is */
};

/* What a failed trial is taken to be worth at best, in standard deviations above the
 * mean of those that did not fail. */
static const double DREAD = 0.7;

static bool has_condition(const hone_cube *cube, uint32_t axis)
{
    return cube->space->params[cube->axes[axis].param].n_clauses > 0;
}

hone_kernel_axis hone_surrogate_axis(const hone_cube *cube, uint32_t axis)
{
    return cube->axes[axis].kind == HONE_AXIS_CHOICE ? HONE_KERNEL_CHOICE
           : has_condition(cube, axis)               ? HONE_KERNEL_GATED
                                                     : HONE_KERNEL_METRIC;
}

void hone_surrogate_model(const hone_cube *cube, const double *x, double *modelled)
{
    for (uint32_t a = 0; a < cube->n; a++)
        modelled[a] = isnan(x[a]) ? HONE_KERNEL_OFF : x[a];
}

/* --- memory ------------------------------------------------------------------------ */

int hone_surrogate_init(hone_surrogate *surrogate, const hone_cube *cube,
                        const hone_trials *trials)
{
    uint32_t d = cube->n;
    size_t size = d + (size_t)HONE_KERNEL_EXTRAS;
    assert(d > 0);
    *surrogate = (hone_surrogate){.cube = cube, .trials = trials};
    surrogate->axes = calloc(d, sizeof *surrogate->axes);
    surrogate->theta = calloc(size, sizeof(double));
    surrogate->trial_theta = calloc(size, sizeof(double));
    surrogate->x = calloc(d, sizeof(double));
    surrogate->bent = calloc(HONE_SURROGATE_FITTED, sizeof(double));
    if (surrogate->axes == NULL || surrogate->theta == NULL ||
        surrogate->trial_theta == NULL || surrogate->x == NULL || surrogate->bent == NULL)
        return HONE_ENOMEM;
    for (uint32_t a = 0; a < d; a++)
        surrogate->axes[a] = hone_surrogate_axis(cube, a);
    int code = hone_fit_init(&surrogate->fit, surrogate->axes, d);
    return code != 0 ? code : hone_process_init(&surrogate->process, surrogate->axes, d);
}

void hone_surrogate_release(hone_surrogate *surrogate)
{
    hone_fit_release(&surrogate->fit);
    hone_process_release(&surrogate->process);
    free(surrogate->axes);
    free(surrogate->theta);
    free(surrogate->trial_theta);
    free(surrogate->x);
    free(surrogate->bent);
    free(surrogate->sorted);
    free(surrogate->values);
    free(surrogate->usable);
    free(surrogate->ranked);
    free(surrogate->use);
    *surrogate = (hone_surrogate){0};
}

static size_t get_smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Forgets what there was; false without memory. */
static bool renew(void *array, size_t n, size_t size)
{
    void *old, *fresh = calloc(n, size);
    if (fresh == NULL)
        return false;
    memcpy(&old, array, sizeof old);
    free(old);
    memcpy(array, &fresh, sizeof fresh);
    return true;
}

int hone_surrogate_reserve(hone_surrogate *surrogate, size_t n)
{
    if (n <= surrogate->capacity)
        return 0;
    size_t capacity = n < 32 ? 64 : 2 * n;
    size_t points = get_smaller(capacity, HONE_SURROGATE_POINTS + HONE_SURROGATE_BELIEFS);
    if (!renew(&surrogate->sorted, capacity, sizeof *surrogate->sorted) ||
        !renew(&surrogate->values, capacity, sizeof *surrogate->values) ||
        !renew(&surrogate->usable, capacity, sizeof *surrogate->usable) ||
        !renew(&surrogate->ranked, capacity, sizeof *surrogate->ranked) ||
        !renew(&surrogate->use, capacity, sizeof *surrogate->use) ||
        hone_process_reserve(&surrogate->process, points) != 0 ||
        hone_fit_reserve(&surrogate->fit, get_smaller(capacity, HONE_SURROGATE_FITTED)))
        return HONE_ENOMEM;
    surrogate->capacity = capacity;
    return 0;
}

/* --- which trials ------------------------------------------------------------------ */

static bool is_valued(const hone_tried *tried)
{
    return tried->ended && isfinite(tried->value);
}

static double cut(double value)
{
    return fmax(-1e300, fmin(1e300, value));
}

/* A pruned trial is worth what was last seen of it, but never more than the best of those
 * that were allowed to end. */
size_t hone_surrogate_count(hone_surrogate *surrogate)
{
    const hone_trials *trials = surrogate->trials;
    size_t n = 0;
    double best = INFINITY;
    for (size_t i = 0; i < trials->n; i++) {
        const hone_tried *tried = &trials->items[i];
        if (!is_valued(tried))
            continue;
        surrogate->values[i] = cut(tried->value);
        surrogate->usable[n++] = i;
        if (!tried->pruned)
            best = fmin(best, surrogate->values[i]);
    }
    for (size_t k = 0; k < n && isfinite(best); k++) {
        size_t i = surrogate->usable[k];
        if (trials->items[i].pruned)
            surrogate->values[i] = fmax(best, surrogate->values[i]);
    }
    return n;
}

/* Fills `ranked` with the first n of `usable`, best first; ties by number (Shell's sort:
 * there is no room for keys). */
static void rank_usable(hone_surrogate *surrogate, size_t n)
{
    const double *values = surrogate->values;
    size_t *ranked = surrogate->ranked;
    memcpy(ranked, surrogate->usable, n * sizeof *ranked);
    for (size_t gap = n / 2; gap > 0; gap /= 2) {
        for (size_t i = gap; i < n; i++) {
            size_t moved = ranked[i], at = i;
            for (; at >= gap; at -= gap) {
                size_t other = ranked[at - gap];
                bool after = values[other] > values[moved] ||
                             (values[other] == values[moved] && other > moved);
                if (!after)
                    break;
                ranked[at] = other;
            }
            ranked[at] = moved;
        }
    }
}

/* Marks in `use` at most `most` of the first n usable: half of them the best, a quarter
 * the latest, the others at even distances. */
static void choose_points(hone_surrogate *surrogate, size_t n, size_t most)
{
    memset(surrogate->use, n <= most, surrogate->trials->n);
    if (n <= most)
        return;
    size_t taken = 0;
    for (; taken < most / 2; taken++)
        surrogate->use[surrogate->ranked[taken]] = 1;
    for (size_t k = 0; k < most / 4; k++) {
        size_t at = surrogate->usable[n - 1 - k];
        taken += surrogate->use[at] == 0;
        surrogate->use[at] = 1;
    }
    size_t left = most - taken;
    for (size_t k = 0; k < left; k++)
        surrogate->use[surrogate->usable[k * n / left]] = 1;
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void bend_values(hone_surrogate *surrogate, size_t n, unsigned kind,
                        hone_warp *warp)
{
    for (size_t i = 0; i < n; i++)
        surrogate->sorted[i] = surrogate->values[surrogate->usable[i]];
    qsort(surrogate->sorted, n, sizeof *surrogate->sorted, compare_doubles);
    hone_warp_init(warp, surrogate->sorted, n, kind);
}

/* --- fit --------------------------------------------------------------------------- */

/* The number of trials that the parameters are fitted to, of n. */
static size_t find_schedule(size_t n)
{
    size_t at = SCHEDULE;
    while (at + at / 10 + 1 <= n)
        at += at / 10 + 1;
    return at < n ? at : n;
}

/* The evidence against a kind of warp, with the parameters that suit it best. */
static double fit_warp(hone_surrogate *surrogate, size_t n, unsigned kind, double *theta,
                       unsigned steps)
{
    hone_warp warp;
    bend_values(surrogate, n, kind, &warp);
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
        size_t at = surrogate->usable[i];
        if (surrogate->use[at])
            surrogate->bent[k++] = hone_warp_apply(&warp, surrogate->values[at]);
    }
    hone_fit_set_values(&surrogate->fit, surrogate->bent);
    double slopes = warp.log_slope * (double)k / (double)n;
    return hone_fit_best(&surrogate->fit, theta, steps) - slopes;
}

/* Of the first n, at most so many. */
static void load_fit(hone_surrogate *surrogate, size_t n, size_t most)
{
    rank_usable(surrogate, n);
    choose_points(surrogate, n, most);
    hone_fit_clear(&surrogate->fit);
    for (size_t i = 0; i < n; i++) {
        size_t at = surrogate->usable[i];
        if (!surrogate->use[at])
            continue;
        hone_surrogate_model(surrogate->cube, hone_trials_point(surrogate->trials, at),
                             surrogate->x);
        hone_fit_add(&surrogate->fit, surrogate->x, 0);
    }
    hone_fit_load(&surrogate->fit);
}

/* Long lengths for each warp; then short ones for the best, whose peak of the density may
 * be another. */
static void fit_parameters(hone_surrogate *surrogate, size_t n)
{
    double best = INFINITY;
    size_t size = hone_fit_size(&surrogate->fit);
    hone_fit_start(&surrogate->fit, 1, surrogate->theta);
    surrogate->warp = 0;
    for (unsigned k = 0; k <= HONE_WARPS; k++) {
        unsigned kind = k < HONE_WARPS ? k : surrogate->warp;
        hone_fit_start(&surrogate->fit, k < HONE_WARPS ? 1 : 0.1, surrogate->trial_theta);
        double value = fit_warp(surrogate, n, kind, surrogate->trial_theta, FIT_STEPS);
        if (!(value < best))
            continue;
        best = value;
        memcpy(surrogate->theta, surrogate->trial_theta, size * sizeof(double));
        surrogate->warp = kind;
    }
}

static void renew_fit(hone_surrogate *surrogate, size_t n_usable)
{
    size_t n = find_schedule(n_usable);
    uint64_t last = surrogate->trials->items[surrogate->usable[n - 1]].number;
    if (surrogate->n_fitted == n && surrogate->last_fitted == last)
        return;
    load_fit(surrogate, n, COARSE);
    fit_parameters(surrogate, n);
    if (n > COARSE) {
        load_fit(surrogate, n, HONE_SURROGATE_FITTED);
        (void)fit_warp(surrogate, n, surrogate->warp, surrogate->theta, REFINE_STEPS);
    }
    surrogate->n_fitted = n;
    surrogate->last_fitted = last;
}

/* --- process ----------------------------------------------------------------------- */

/* Returns the best mean at a trial: under noise that is better than the luckiest value.
 */
static double load_values(hone_surrogate *surrogate, size_t n)
{
    hone_process *process = &surrogate->process;
    hone_warp warp;
    bend_values(surrogate, n, surrogate->warp, &warp);
    hone_process_clear(process);
    for (size_t i = 0; i < n; i++) {
        size_t at = surrogate->usable[i];
        if (!surrogate->use[at])
            continue;
        hone_surrogate_model(surrogate->cube, hone_trials_point(surrogate->trials, at),
                             surrogate->x);
        hone_process_add(process, surrogate->x,
                         hone_warp_apply(&warp, surrogate->values[at]));
    }
    hone_process_factor(process, surrogate->theta);
    double best = INFINITY;
    for (size_t i = 0; i < process->n; i++) {
        double mean = process->y[i] - process->kernel.noise * process->alpha[i];
        best = fmin(best, mean);
    }
    return best;
}

/* The latest pending and failed trials. Pending ones are expected to improve, too, and
 * then are what is to be improved on. */
static double load_beliefs(hone_surrogate *surrogate, double best)
{
    size_t left = HONE_SURROGATE_BELIEFS;
    for (size_t i = surrogate->trials->n; i-- > 0 && left > 0;) {
        const hone_tried *tried = &surrogate->trials->items[i];
        if (is_valued(tried))
            continue;
        hone_surrogate_model(surrogate->cube, hone_trials_point(surrogate->trials, i),
                             surrogate->x);
        if (tried->ended)
            hone_process_dread(&surrogate->process, surrogate->x, DREAD);
        else
            best = fmin(best, hone_process_believe(&surrogate->process, surrogate->x));
        left--;
    }
    return best;
}

double hone_surrogate_learn(hone_surrogate *surrogate, size_t n)
{
    assert(n > 0 && n <= surrogate->trials->n);
    renew_fit(surrogate, n);
    rank_usable(surrogate, n);
    choose_points(surrogate, n, HONE_SURROGATE_POINTS);
    return load_beliefs(surrogate, load_values(surrogate, n));
}
