/* Functions of mixed spaces: choices, integers, logarithmic scales, conditions. */
#include <math.h>
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
    {.name = NULL},
};
