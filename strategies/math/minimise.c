/* Projected L-BFGS: the two-loop recursion over the free components, then a backtracking
 * line search along the projected path (Armijo's rule, quadratic interpolation). */
#include "math/minimise.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/banned.h"

enum { MEMORY = HONE_MINIMISE_MEMORY };

typedef struct search {
    const hone_minimum *problem;
    double *x, *gradient, *trial, *trial_gradient, *direction;
    double *steps, *changes; /* MEMORY rows of n */
    double products[MEMORY]; /* step . change of each */
    size_t kept, next;       /* rows in use; the row to fill next */
    unsigned evaluations;
    double value;
} search;

size_t hone_minimise_work(size_t n)
{
    return (4 + 2 * (size_t)MEMORY) * n;
}

static double dot(const double *x, const double *y, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i] * y[i];
    return sum;
}

static double clip(double x, double low, double high)
{
    return x < low ? low : x > high ? high : x;
}

/* At a bound, with the gradient pointing out of the box. */
static bool is_bound(const search *s, size_t i)
{
    const hone_minimum *p = s->problem;
    return (s->x[i] <= p->low[i] && s->gradient[i] >= 0) ||
           (s->x[i] >= p->high[i] && s->gradient[i] <= 0);
}

static void mask_direction(search *s)
{
    for (size_t i = 0; i < s->problem->n; i++) {
        if (is_bound(s, i))
            s->direction[i] = 0;
    }
}

/* The two-loop recursion. */
static void aim_step(search *s)
{
    size_t n = s->problem->n;
    double by[MEMORY];
    for (size_t i = 0; i < n; i++)
        s->direction[i] = -s->gradient[i];
    mask_direction(s);
    for (size_t k = 0; k < s->kept; k++) {
        size_t row = (s->next + MEMORY - 1 - k) % MEMORY;
        by[row] = dot(s->steps + row * n, s->direction, n) / s->products[row];
        for (size_t i = 0; i < n; i++)
            s->direction[i] -= by[row] * s->changes[row * n + i];
    }
    if (s->kept > 0) {
        size_t last = (s->next + MEMORY - 1) % MEMORY;
        const double *change = s->changes + last * n;
        double scale = s->products[last] / dot(change, change, n);
        for (size_t i = 0; i < n; i++)
            s->direction[i] *= scale;
    }
    for (size_t k = s->kept; k-- > 0;) {
        size_t row = (s->next + MEMORY - 1 - k) % MEMORY;
        double back = dot(s->changes + row * n, s->direction, n) / s->products[row];
        for (size_t i = 0; i < n; i++)
            s->direction[i] += (by[row] - back) * s->steps[row * n + i];
    }
    mask_direction(s);
}

/* Steepest descent where the memory is empty or misleads. */
static void aim(search *s)
{
    size_t n = s->problem->n;
    aim_step(s);
    if (dot(s->direction, s->gradient, n) >= 0 && s->kept > 0) {
        s->kept = 0;
        aim_step(s);
    }
    double length = sqrt(dot(s->direction, s->direction, n));
    double most = s->kept > 0 ? 10 * s->problem->step : s->problem->step;
    for (size_t i = 0; i < n && length > most; i++)
        s->direction[i] *= most / length;
}

static void remember(search *s)
{
    size_t n = s->problem->n;
    double *step = s->steps + s->next * n, *change = s->changes + s->next * n;
    for (size_t i = 0; i < n; i++) {
        step[i] = s->trial[i] - s->x[i];
        change[i] = s->trial_gradient[i] - s->gradient[i];
    }
    double product = dot(step, change, n);
    if (!(product > 1e-10 * dot(change, change, n)))
        return; /* no curvature to learn from */
    s->products[s->next] = product;
    s->next = (s->next + 1) % MEMORY;
    s->kept += s->kept < MEMORY;
}

/* Goes along the direction; false where no step helps. */
static bool advance(search *s)
{
    const hone_minimum *p = s->problem;
    double length = 1;
    while (s->evaluations < p->evaluations) {
        double slope = 0;
        for (size_t i = 0; i < p->n; i++) {
            s->trial[i] = clip(s->x[i] + length * s->direction[i], p->low[i], p->high[i]);
            slope += s->gradient[i] * (s->trial[i] - s->x[i]);
        }
        if (!(slope < 0))
            return false;
        double value = p->value(p->arg, s->trial, s->trial_gradient);
        s->evaluations++;
        if (isfinite(value) && value <= s->value + 1e-4 * slope) {
            remember(s);
            memcpy(s->x, s->trial, p->n * sizeof *s->x);
            memcpy(s->gradient, s->trial_gradient, p->n * sizeof *s->gradient);
            s->value = value;
            return true;
        }
        double best = isfinite(value) ? -slope / (2 * (value - s->value - slope)) : 0.1;
        length *= clip(best, 0.1, 0.5);
    }
    return false;
}

static bool is_flat(const search *s)
{
    double most = 0;
    for (size_t i = 0; i < s->problem->n; i++) {
        if (!is_bound(s, i) && fabs(s->gradient[i]) > most)
            most = fabs(s->gradient[i]);
    }
    return most <= s->problem->tolerance;
}

double hone_minimise(const hone_minimum *problem, double *x)
{
    size_t n = problem->n;
    double *work = problem->work;
    assert(problem->evaluations > 0);
    search s = {.problem = problem,
                .x = x,
                .gradient = work,
                .trial = work + n,
                .trial_gradient = work + 2 * n,
                .direction = work + 3 * n,
                .steps = work + 4 * n,
                .changes = work + (4 + MEMORY) * n,
                .evaluations = 1};
    for (size_t i = 0; i < n; i++)
        x[i] = clip(x[i], problem->low[i], problem->high[i]);
    s.value = problem->value(problem->arg, x, s.gradient);
    if (!isfinite(s.value))
        return s.value;
    while (s.evaluations < problem->evaluations && !is_flat(&s)) {
        double before = s.value;
        aim(&s);
        if (!advance(&s)) {
            if (s.kept == 0)
                break;
            s.kept = 0;
        } else if (before - s.value < 1e-9 * (1 + fabs(before))) {
            break;
        }
    }
    return s.value;
}
