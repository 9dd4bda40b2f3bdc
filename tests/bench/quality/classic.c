/* Continuous functions of the literature, from Surjanovic and Bingham (2013), Virtual
 * Library of Simulation Experiments, and the papers named there. Ackley and Rastrigin
 * have their optimum away from the middle of the box, where CMA-ES would start. */
#include <assert.h>
#include <math.h>

#include "function.h"

#include "base/banned.h"

#define UNIT "{min: 0.0, max: 1.0}"

static double value_branin(const quality_point *point)
{
    double x[2];
    quality_vector(point, 2, x);
    const double b = 5.1 / (4 * M_PI * M_PI), c = 5 / M_PI, t = 1 / (8 * M_PI);
    double bowl = x[1] - b * x[0] * x[0] + c * x[0] - 6;
    return bowl * bowl + 10 * (1 - t) * cos(x[0]) + 10;
}

/* One bump of Hartmann's functions: position and inverse widths. */
typedef struct bump {
    double height, at[6], width[6];
} bump;

static double sum_bumps(const bump *bumps, const double *x, uint32_t n)
{
    double sum = 0;
    for (int i = 0; i < 4; i++) {
        double exponent = 0;
        for (uint32_t j = 0; j < n; j++)
            exponent +=
                bumps[i].width[j] * (x[j] - bumps[i].at[j]) * (x[j] - bumps[i].at[j]);
        sum += bumps[i].height * exp(-exponent);
    }
    return -sum;
}

static double value_hartmann3(const quality_point *point)
{
    static const bump bumps[4] = {
        {1.0, {.3689, .1170, .2673}, {3, 10, 30}},
        {1.2, {.4699, .4387, .7470}, {.1, 10, 35}},
        {3.0, {.1091, .8732, .5547}, {3, 10, 30}},
        {3.2, {.0381, .5743, .8828}, {.1, 10, 35}},
    };
    double x[3];
    quality_vector(point, 3, x);
    return sum_bumps(bumps, x, 3);
}

static double value_hartmann6(const quality_point *point)
{
    static const bump bumps[4] = {
        {1.0, {.1312, .1696, .5569, .0124, .8283, .5886}, {10, 3, 17, 3.5, 1.7, 8}},
        {1.2, {.2329, .4135, .8307, .3736, .1004, .9991}, {.05, 10, 17, .1, 8, 14}},
        {3.0, {.2348, .1451, .3522, .2883, .3047, .6650}, {3, 3.5, 1.7, 10, 17, 8}},
        {3.2, {.4047, .8828, .8732, .5743, .1091, .0381}, {17, 8, .05, 10, .1, 14}},
    };
    double x[6];
    quality_vector(point, 6, x);
    return sum_bumps(bumps, x, 6);
}

static double value_rosenbrock5(const quality_point *point)
{
    double x[5], sum = 0;
    quality_vector(point, 5, x);
    for (int i = 0; i < 4; i++) {
        double valley = x[i + 1] - x[i] * x[i];
        sum += 100 * valley * valley + (1 - x[i]) * (1 - x[i]);
    }
    return sum;
}

/* Where the optimum lies, in halves of the box's width from its middle. */
static const double offsets[10] = {.31, -.47, .12, .58, -.23, -.61, .44, -.09, .27, -.36};

static void read_shifted(const quality_point *point, uint32_t n, double half, double *z)
{
    assert(n <= 10);
    quality_vector(point, n, z);
    for (uint32_t i = 0; i < n; i++)
        z[i] -= half * offsets[i];
}

static double value_ackley10(const quality_point *point)
{
    double z[10], squares = 0, waves = 0;
    read_shifted(point, 10, 32.768, z);
    for (int i = 0; i < 10; i++) {
        squares += z[i] * z[i];
        waves += cos(2 * M_PI * z[i]);
    }
    return -20 * exp(-.2 * sqrt(squares / 10)) - exp(waves / 10) + 20 + exp(1.0);
}

static double value_rastrigin5(const quality_point *point)
{
    double z[5], sum = 50;
    read_shifted(point, 5, 5.12, z);
    for (int i = 0; i < 5; i++)
        sum += z[i] * z[i] - 10 * cos(2 * M_PI * z[i]);
    return sum;
}

static double value_levy5(const quality_point *point)
{
    double w[5];
    quality_vector(point, 5, w);
    for (int i = 0; i < 5; i++)
        w[i] = 1 + (w[i] - 1) / 4;
    double first = sin(M_PI * w[0]), last = sin(2 * M_PI * w[4]), sum = first * first;
    for (int i = 0; i < 4; i++) {
        double wave = sin(M_PI * w[i] + 1);
        sum += (w[i] - 1) * (w[i] - 1) * (1 + 10 * wave * wave);
    }
    return sum + (w[4] - 1) * (w[4] - 1) * (1 + last * last);
}

static double value_styblinski4(const quality_point *point)
{
    double x[4], sum = 0;
    quality_vector(point, 4, x);
    for (int i = 0; i < 4; i++) {
        double square = x[i] * x[i];
        sum += square * square - 16 * square + 5 * x[i];
    }
    return sum / 2;
}

static double value_camel(const quality_point *point)
{
    double x[2];
    quality_vector(point, 2, x);
    double a = x[0] * x[0], b = x[1] * x[1];
    return (4 - 2.1 * a + a * a / 3) * a + x[0] * x[1] + (4 * b - 4) * b;
}

static double value_michalewicz5(const quality_point *point)
{
    double x[5], sum = 0;
    quality_vector(point, 5, x);
    for (int i = 0; i < 5; i++)
        sum -= sin(x[i]) * pow(sin((i + 1) * x[i] * x[i] / M_PI), 20);
    return sum;
}

static double value_griewank8(const quality_point *point)
{
    double z[8], squares = 0, waves = 1;
    read_shifted(point, 8, 50, z);
    for (int i = 0; i < 8; i++) {
        squares += z[i] * z[i];
        waves *= cos(z[i] / sqrt(i + 1));
    }
    return 1 + squares / 4000 - waves;
}

/* Mirrors z at the plane across v. */
static void reflect(double *z, const double *v, int n)
{
    double along = 0, length = 0;
    for (int i = 0; i < n; i++) {
        along += z[i] * v[i];
        length += v[i] * v[i];
    }
    for (int i = 0; i < n; i++)
        z[i] -= 2 * along / length * v[i];
}

/* The axes are as 1 to 100, and none lies along a parameter. */
static double value_ellipsoid20(const quality_point *point)
{
    double z[20], v[20], w[20], sum = 0;
    quality_vector(point, 20, z);
    for (int i = 0; i < 20; i++) {
        z[i] -= 5 * (i < 10 ? offsets[i] : -.7 * offsets[i - 10]);
        v[i] = sin(i + 1);
        w[i] = cos(2 * i + 1);
    }
    reflect(z, v, 20);
    reflect(z, w, 20);
    for (int i = 0; i < 20; i++)
        sum += pow(10, 4 * i / 19.) * z[i] * z[i];
    return sum;
}

#define BOX5(range)                                                                      \
    "  x1: " range "\n  x2: " range "\n  x3: " range "\n  x4: " range "\n  x5: " range   \
    "\n"
#define ACKLEY_RANGE      "{min: -32.768, max: 32.768}"
#define RASTRIGIN_RANGE   "{min: -5.12, max: 5.12}"
#define LEVY_RANGE        "{min: -10.0, max: 10.0}"
#define ROSENBROCK_RANGE  "{min: -5.0, max: 10.0}"
#define MICHALEWICZ_RANGE "{min: 0.0, max: 3.141592653589793}"
#define GRIEWANK_RANGE    "{min: -50.0, max: 50.0}"
#define ELLIPSOID(n)      "  x" #n ": {min: -5.0, max: 5.0}\n"
#define STYBLINSKI_RANGE  "{min: -5.0, max: 5.0}"

const quality_function quality_classic[] = {
    {.name = "branin",
     .parameters = "  x1: {min: -5.0, max: 10.0}\n  x2: {min: 0.0, max: 15.0}\n",
     .minimum = 0.39788735772973816,
     .value = value_branin,
     .summary = "2 real, three equal minima"},
    {.name = "hartmann3",
     .parameters = "  x1: " UNIT "\n  x2: " UNIT "\n  x3: " UNIT "\n",
     .minimum = -3.86278214782076,
     .value = value_hartmann3,
     .summary = "3 real, four bumps"},
    {.name = "hartmann6",
     .parameters = BOX5(UNIT) "  x6: " UNIT "\n",
     .minimum = -3.32236801141551,
     .value = value_hartmann6,
     .summary = "6 real, four bumps"},
    {.name = "rosenbrock5",
     .parameters = BOX5(ROSENBROCK_RANGE),
     .minimum = 0,
     .value = value_rosenbrock5,
     .summary = "5 real, a curved valley"},
    {.name = "ackley10",
     .parameters = BOX5(ACKLEY_RANGE) "  x6: " ACKLEY_RANGE "\n  x7: " ACKLEY_RANGE
                                      "\n  x8: " ACKLEY_RANGE "\n  x9: " ACKLEY_RANGE
                                      "\n  x10: " ACKLEY_RANGE "\n",
     .minimum = 0,
     .value = value_ackley10,
     .summary = "10 real, a funnel under ripples, shifted"},
    {.name = "levy5",
     .parameters = BOX5(LEVY_RANGE),
     .minimum = 0,
     .value = value_levy5,
     .summary = "5 real, ripples"},
    {.name = "rastrigin5",
     .parameters = BOX5(RASTRIGIN_RANGE),
     .minimum = 0,
     .value = value_rastrigin5,
     .summary = "5 real, 10^5 local minima, shifted"},
    {.name = "styblinski4",
     .parameters = "  x1: " STYBLINSKI_RANGE "\n  x2: " STYBLINSKI_RANGE
                   "\n  x3: " STYBLINSKI_RANGE "\n  x4: " STYBLINSKI_RANGE "\n",
     .minimum = -156.66466281508566,
     .value = value_styblinski4,
     .summary = "4 real, 16 local minima"},
    {.name = "camel",
     .parameters = "  x1: {min: -3.0, max: 3.0}\n  x2: {min: -2.0, max: 2.0}\n",
     .minimum = -1.0316284534898774,
     .value = value_camel,
     .summary = "2 real, six local minima"},
    {.name = "michalewicz5",
     .parameters = BOX5(MICHALEWICZ_RANGE),
     .minimum = -4.687658179,
     .value = value_michalewicz5,
     .summary = "5 real, 120 steep valleys"},
    {.name = "griewank8",
     .parameters = BOX5(GRIEWANK_RANGE) "  x6: " GRIEWANK_RANGE "\n  x7: " GRIEWANK_RANGE
                                        "\n  x8: " GRIEWANK_RANGE "\n",
     .minimum = 0,
     .value = value_griewank8,
     .summary = "8 real, a bowl with ripples, shifted"},
    {.name = "ellipsoid20",
     .parameters = ELLIPSOID(1) ELLIPSOID(2) ELLIPSOID(3) ELLIPSOID(4) ELLIPSOID(5)
         ELLIPSOID(6) ELLIPSOID(7) ELLIPSOID(8) ELLIPSOID(9) ELLIPSOID(10) ELLIPSOID(11)
             ELLIPSOID(12) ELLIPSOID(13) ELLIPSOID(14) ELLIPSOID(15) ELLIPSOID(16)
                 ELLIPSOID(17) ELLIPSOID(18) ELLIPSOID(19) ELLIPSOID(20),
     .minimum = 0,
     .value = value_ellipsoid20,
     .summary = "20 real, axes 1 to 100, rotated, shifted"},
    {.name = "noisy_branin",
     .parameters = "  x1: {min: -5.0, max: 10.0}\n  x2: {min: 0.0, max: 15.0}\n",
     .minimum = 0.39788735772973816,
     .value = value_branin,
     .noise = 2,
     .summary = "branin, observed with a deviation of 2"},
    {.name = "noisy_hartmann6",
     .parameters = BOX5(UNIT) "  x6: " UNIT "\n",
     .minimum = -3.32236801141551,
     .value = value_hartmann6,
     .noise = .2,
     .summary = "hartmann6, observed with a deviation of 0.2"},
    {.name = NULL},
};
