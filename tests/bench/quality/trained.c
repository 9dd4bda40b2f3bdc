/* Results of real training, from tables that tables/make.py made: a point takes the value
 * at the nearest point of the grid, by the scale of each parameter. */
#include <math.h>
#include <string.h>

#include "function.h"

#include "base/banned.h"

static const double heart[] = {
#include "tables/xgb_heart.inc"
};
static const double abalone[] = {
#include "tables/xgb_abalone.inc"
};
static const double linear[] = {
#include "tables/linear_heart.inc"
};

static const double heart_rounds[] = {2, 4, 8, 12, 20, 32, 50, 80, 125, 200};
static const double abalone_rounds[] = {5, 10, 18, 30, 50, 80, 120, 200};
static const double abalone_weights[] = {1, 3, 10, 30, 100};

#define N(list) ((uint32_t)(sizeof(list) / sizeof(list)[0]))
_Static_assert(N(heart) == 12 * 8 * 6 * N(heart_rounds), "a cell a point of the grid");
_Static_assert(N(abalone) == 9 * 8 * N(abalone_weights) * N(abalone_rounds),
               "a cell a point of the grid");
_Static_assert(N(linear) == 8 * 2 * 51, "a cell a point of the grid");

/* Which of n levels, evenly from low to high in the logarithm. */
static uint32_t find_level(double x, double low, double high, uint32_t n)
{
    double at = (n - 1) * log(x / low) / log(high / low);
    return (uint32_t)fmin(fmax(round(at), 0), n - 1);
}

/* The nearest of n numbers by their logarithms. */
static uint32_t find_nearest(double x, const double *list, uint32_t n)
{
    uint32_t best = 0;
    for (uint32_t i = 1; i < n; i++)
        if (fabs(log(x / list[i])) < fabs(log(x / list[best])))
            best = i;
    return best;
}

static double value_xgb_heart(const quality_point *point)
{
    uint32_t at = find_level(quality_number(point, "eta"), .005, .8, 12);
    at = at * 8 + (uint32_t)quality_number(point, "max_depth") - 1;
    at = at * 6 + (uint32_t)round(10 * quality_number(point, "subsample")) - 5;
    at = at * N(heart_rounds) +
         find_nearest(quality_number(point, "rounds"), heart_rounds, N(heart_rounds));
    return heart[at];
}

static double value_xgb_abalone(const quality_point *point)
{
    uint32_t at = find_level(quality_number(point, "eta"), .01, 1, 9);
    at = at * 8 + (uint32_t)quality_number(point, "max_depth") - 1;
    at = at * N(abalone_weights) + find_nearest(quality_number(point, "min_child_weight"),
                                                abalone_weights, N(abalone_weights));
    at = at * N(abalone_rounds) +
         find_nearest(quality_number(point, "rounds"), abalone_rounds, N(abalone_rounds));
    return abalone[at];
}

/* The solvers in liblinear's order, -s 0 to -s 7. */
static double value_linear_heart(const quality_point *point)
{
    static const char *const solvers[8] = {"l2_lr",         "l2_l2svc_dual", "l2_l2svc",
                                           "l2_l1svc_dual", "mcsvm",         "l1_l2svc",
                                           "l1_lr",         "l2_lr_dual"};
    const char *solver = quality_text(point, "solver");
    uint32_t at = 0;
    while (strcmp(solvers[at], solver) != 0)
        at++;
    at = at * 2 + (uint32_t)quality_number(point, "bias");
    at = at * 51 + find_level(quality_number(point, "C"), 0x1p-15, 0x1p10, 51);
    return linear[at];
}

const quality_function quality_trained[] = {
    {.name = "xgb_heart",
     .parameters =
         "  eta: {min: 0.005, max: 0.8, scale: log}\n"
         "  max_depth: {min: 1, max: 8}\n"
         "  subsample: {min: 0.5, max: 1.0, step: 0.1}\n"
         "  rounds: {distribution: q_log_uniform_values, min: 2, max: 200, q: 1}\n",
     .minimum = .3684,
     .value = value_xgb_heart,
     .summary = "xgboost on heart_scale, log loss, 3 folds; a table of 5760"},
    {.name = "xgb_abalone",
     .parameters =
         "  eta: {min: 0.01, max: 1.0, scale: log}\n"
         "  max_depth: {min: 1, max: 8}\n"
         "  min_child_weight: {distribution: q_log_uniform_values, min: 1, max: 100, "
         "q: 1}\n"
         "  rounds: {distribution: q_log_uniform_values, min: 5, max: 200, q: 1}\n",
     .minimum = .75888,
     .value = value_xgb_abalone,
     .summary = "xgboost on abalone, 10 x rmse; a table of 2880"},
    {.name = "linear_heart",
     .parameters = "  solver: {values: [l2_lr, l2_l2svc_dual, l2_l2svc, l2_l1svc_dual, "
                   "mcsvm, l1_l2svc, l1_lr, l2_lr_dual]}\n"
                   "  bias: {values: [false, true]}\n"
                   "  C: {min: 0.000030517578125, max: 1024.0, scale: log}\n",
     .minimum = .15556,
     .value = value_linear_heart,
     .summary = "liblinear on heart_scale, error of 10 folds; a table of 816"},
    {.name = NULL},
};
