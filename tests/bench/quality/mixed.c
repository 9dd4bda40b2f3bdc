/* Functions of mixed spaces: choices, integers, logarithmic scales, conditions. */
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "function.h"

#include "base/banned.h"

/* Integers, evenly in the logarithm; the caller closes the brace. */
#define LOG_INT(low, high)                                                               \
    "{distribution: q_log_uniform_values, min: " #low ", max: " #high ", q: 1"

static double square(double x)
{
    return x * x;
}

/* Maps what grows without bound to an error rate below 1. */
static double make_rate(double v)
{
    return v / (1 + v);
}

/* A choice of model with parameters of its own: the best mlp beats the best svm, but at
 * random an svm beats an mlp. */
static double value_mixed_cond(const quality_point *point)
{
    const char *model = quality_text(point, "model");
    if (strcmp(model, "svm") == 0) {
        double c = log10(quality_number(point, "C")) - 1.2;
        double gamma = log10(quality_number(point, "gamma")) + 1.7;
        return make_rate(.12 + .02 * c * c + .03 * gamma * gamma + .012 * c * gamma);
    }
    if (strcmp(model, "tree") == 0) {
        double depth = quality_number(point, "depth") - 9;
        double leaf = log(quality_number(point, "min_leaf")) - 1.1;
        return make_rate(.15 + .0015 * depth * depth + .02 * leaf * leaf);
    }
    double lr = log10(quality_number(point, "lr")) + 3.1;
    double units = log2(quality_number(point, "units")) - 7.5;
    double layers = quality_number(point, "layers") - 2;
    double dropout = quality_number(point, "dropout") - .22;
    return make_rate(.08 + .06 * lr * lr + .01 * units * units + .03 * lr * units +
                     .02 * layers * layers + .25 * dropout * dropout);
}

/* The best learning rate depends on the depth and on the booster. */
static double value_mixed_boost(const quality_point *point)
{
    static const struct booster {
        const char *name;
        double least, lr, depth, curve, slope;
    } boosters[] = {{"gbtree", .10, -1.5, 6, .004, .12},
                    {"dart", .085, -2.2, 8, .006, .20},
                    {"gblinear", .20, -.5, 1, 0, 0}};
    const struct booster *booster = boosters;
    const char *name = quality_text(point, "booster");
    while (strcmp(booster->name, name) != 0)
        booster++;
    double depth = quality_number(point, "depth") - booster->depth;
    double lr =
        log10(quality_number(point, "lr")) - (booster->lr - booster->slope * depth);
    return make_rate(booster->least + .05 * square(lr) + booster->curve * square(depth) +
                     .01 * (1 - cos(3 * M_PI * lr)));
}

/* Four logarithmic scales: a narrow basin along a slope, a plateau of guesses around it,
 * and a tolerance that hardly matters. */
static double value_svm_log(const quality_point *point)
{
    double c = log10(quality_number(point, "C")) - 1;
    double gamma = log10(quality_number(point, "gamma")) + 2;
    double epsilon = log10(quality_number(point, "epsilon")) + 2.5;
    double tolerance = log10(quality_number(point, "tol")) + 2;
    double distance =
        square(c + .6 * gamma) / 6 + square(gamma - .3 * c) / 1.5 + .15 * square(epsilon);
    return .5 - .4 * exp(-distance) + .004 * square(fmax(0, tolerance));
}

/* The best rate lies a fifth below the one at which training diverges. */
static double value_diverging(const quality_point *point)
{
    double momentum = quality_number(point, "momentum");
    double batch = quality_number(point, "batch");
    double warmup = quality_number(point, "warmup");
    double rate = quality_number(point, "lr") / (1 - momentum);
    double limit = 1.5 * sqrt(batch / 32) / (1 - warmup / 25);
    if (rate > limit)
        return (double)NAN;
    return .2 + .1 * square(log10(rate / (.8 * limit))) + .5 * square(momentum - .9) +
           .002 * warmup + .02 * square(log2(batch / 64));
}

static uint32_t read_letter(const quality_point *point, const char *name)
{
    return (uint32_t)(quality_text(point, name)[0] - 'a');
}

/* Eight choices with effects of their own and of two pairs, and a real that depends on
 * one of them. The effects are drawn once and for all. */
static double value_choices8(const quality_point *point)
{
    static const char *const names[8] = {"c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8"};
    enum { OWN = 31, PAIR = 57, OPTIMUM = 77 };
    uint32_t at[8];
    double sum = 0;
    for (uint32_t i = 0; i < 8; i++) {
        at[i] = read_letter(point, names[i]);
        sum += quality_uniform(OWN, i, at[i]);
    }
    sum += 2 * quality_uniform(PAIR, at[0], at[1]) +
           2 * quality_uniform(PAIR + 1, at[2], at[4]);
    return sum +
           4 * square(quality_number(point, "x") - quality_uniform(OPTIMUM, 0, at[4]));
}

/* How many of each of ten things to take, three at most, into what holds 60. */
static double value_knapsack10(const quality_point *point)
{
    static const double worth[10] = {8, 11, 6, 14, 9, 3, 17, 5, 12, 7};
    static const double weight[10] = {4, 7, 3, 9, 5, 2, 10, 4, 8, 3};
    double x[10], gain = 0, load = 0;
    quality_vector(point, 10, x);
    for (int i = 0; i < 10; i++) {
        gain += worth[i] * x[i];
        load += weight[i] * x[i];
    }
    return 4 * fmax(0, load - 60) - gain;
}

/* What reducing the inputs costs a linear model, and one of trees. */
static double cost_of_reduction(const quality_point *point, bool linear)
{
    const char *reduce = quality_text(point, "reduce");
    if (strcmp(reduce, "pca") == 0) {
        double cost = .004 * square(log2(quality_number(point, "pca_k") / 12));
        return linear ? cost : .05 + cost;
    }
    if (strcmp(reduce, "select") == 0) {
        double share = quality_number(point, "select_share");
        return linear ? .01 + .1 * square(share - .4) : .15 * square(share - .55);
    }
    return linear ? .03 : .012;
}

static double value_linear(const quality_point *point)
{
    const char *scaler = quality_text(point, "scaler");
    double alpha = log10(quality_number(point, "alpha")) + 2;
    double v = .20 + .01 * square(alpha) + cost_of_reduction(point, true);
    v += strcmp(quality_text(point, "penalty"), "l1") == 0 ? .01 : 0;
    return v + (strcmp(scaler, "none") == 0     ? .08
                : strcmp(scaler, "robust") == 0 ? .01
                                                : 0);
}

static double value_boost(const quality_point *point)
{
    double eta = log10(quality_number(point, "eta"));
    if (strcmp(quality_text(point, "booster"), "linear") == 0)
        return .19 + .02 * square(eta + .5);
    double depth = quality_number(point, "depth") - 5;
    double lambda = log10(quality_number(point, "lambda"));
    return .12 + .03 * square(eta + 1.5 + .08 * depth) + .003 * square(depth) +
           .005 * square(lambda);
}

/* Conditions on conditions: a model, its booster, the booster's depth. */
static double value_pipeline(const quality_point *point)
{
    const char *model = quality_text(point, "model");
    if (strcmp(model, "linear") == 0)
        return value_linear(point);
    double v = cost_of_reduction(point, false);
    if (strcmp(model, "boost") == 0)
        return v + value_boost(point);
    double trees = log10(quality_number(point, "trees")) - 2.6;
    double leaf = log2(quality_number(point, "leaf")) - 1;
    return v + .15 + .02 * square(trees) + .01 * square(leaf);
}

#define COUNT(n) "  x" #n ": {min: 0, max: 3}\n"

const quality_function quality_mixed[] = {
    {.name = "mixed_cond",
     .parameters =
         "  model: {values: [svm, tree, mlp]}\n"
         "  C: {min: 1e-3, max: 1e3, scale: log, when: {model: svm}}\n"
         "  gamma: {min: 1e-4, max: 10.0, scale: log, when: {model: svm}}\n"
         "  depth: {min: 1, max: 32, when: {model: tree}}\n"
         "  min_leaf: " LOG_INT(
             1, 64) ", when: {model: tree}}\n"
                    "  lr: {min: 1e-5, max: 1e-1, scale: log, when: {model: mlp}}\n"
                    "  units: " LOG_INT(
                        16, 512) ", when: {model: mlp}}\n"
                                 "  layers: {min: 1, max: 4, when: {model: mlp}}\n"
                                 "  dropout: {min: 0.0, max: 0.6, when: {model: mlp}}\n",
     .minimum = .0740741,
     .value = value_mixed_cond,
     .summary = "a choice of three models, 8 parameters that depend on it"},
    {.name = "mixed_boost",
     .parameters = "  lr: {min: 1e-5, max: 1.0, scale: log}\n"
                   "  depth: {min: 1, max: 16}\n"
                   "  booster: {values: [gbtree, gblinear, dart]}\n",
     .minimum = .0783410,
     .value = value_mixed_boost,
     .summary = "1 log-scaled, 1 integer, 1 choice, interacting"},
    {.name = "svm_log",
     .parameters = "  C: {min: 1e-4, max: 1e4, scale: log}\n"
                   "  gamma: {min: 1e-5, max: 100.0, scale: log}\n"
                   "  epsilon: {min: 1e-6, max: 1.0, scale: log}\n"
                   "  tol: {min: 1e-6, max: 0.1, scale: log}\n",
     .minimum = .1,
     .value = value_svm_log,
     .summary = "4 log-scaled, a basin in a plateau"},
    {.name = "diverging",
     .parameters = "  lr: {min: 1e-5, max: 10.0, scale: log}\n"
                   "  momentum: {min: 0.0, max: 0.99}\n"
                   "  batch: {values: [16, 32, 64, 128, 256]}\n"
                   "  warmup: {min: 0, max: 10}\n",
     .minimum = .2,
     .value = value_diverging,
     .summary = "real, log, integer, choice; trials fail beyond the optimum"},
    {.name = "choices8",
     .parameters = "  c1: {values: [a, b, c]}\n  c2: {values: [a, b, c, d, e]}\n"
                   "  c3: {values: [a, b, c, d]}\n  c4: {values: [a, b]}\n"
                   "  c5: {values: [a, b, c, d, e, f]}\n  c6: {values: [a, b, c]}\n"
                   "  c7: {values: [a, b, c, d]}\n  c8: {values: [a, b]}\n"
                   "  x: {min: 0.0, max: 1.0}\n",
     .minimum = 2.6647019983747833,
     .value = value_choices8,
     .summary = "8 choices (17280 of them), 1 real"},
    {.name = "knapsack10",
     .parameters = COUNT(1) COUNT(2) COUNT(3) COUNT(4) COUNT(5) COUNT(6) COUNT(7) COUNT(8)
         COUNT(9) COUNT(10),
     .minimum = -115,
     .value = value_knapsack10,
     .summary = "10 integers, a penalty"},
    {.name = "pipeline",
     .parameters =
         "  scaler: {values: [none, standard, robust]}\n"
         "  reduce: {values: [none, pca, select]}\n"
         "  pca_k: " LOG_INT(
             2,
             50) ", when: {reduce: pca}}\n"
                 "  select_share: {min: 0.05, max: 1.0, when: {reduce: select}}\n"
                 "  model: {values: [linear, forest, boost]}\n"
                 "  penalty: {values: [l1, l2], when: {model: linear}}\n"
                 "  alpha: {min: 1e-6, max: 10.0, scale: log, when: {model: linear}}\n"
                 "  trees: " LOG_INT(
                     10,
                     1000) ", when: {model: forest}}\n"
                           "  leaf: " LOG_INT(
                               1,
                               100) ", when: {model: forest}}\n"
                                    "  booster: {values: [linear, tree], when: {model: "
                                    "boost}}\n"
                                    "  eta: {min: 1e-3, max: 1.0, scale: log, when: "
                                    "{model: boost}}\n"
                                    "  depth: {min: 1, max: 12, when: {booster: tree}}\n"
                                    "  lambda: {min: 1e-4, max: 100.0, scale: log, when: "
                                    "{booster: tree}}\n",
     .minimum = .12,
     .value = value_pipeline,
     .summary = "13 parameters, conditions three deep"},
    {.name = NULL},
};
