/* The inverse distribution functions, and the finite sets that they and grids range over.
 *
 *   draw     u in [0,1) -> value     raw quantile, then quantised or rounded
 *   support  the distinct values that draw can give, numbered
 *   levels   what a grid goes through, numbered: W&B's choice for each distribution
 *
 * Distributions are W&B's. Quantised ones are q times the nearest whole number (half to
 * even), not clamped to the bounds; since draw never falls as u grows, their support is
 * every multiple between those at both ends of u. */
#include <hone/space.h>

#include <assert.h>
#include <math.h>

#include "model/space_steps.h"
#include "model/special.h"

#include "base/banned.h"

enum { DRAW_DIGITS = 12 }; /* more than any two libm disagree on */

/* The least and the greatest u: half a step of a 53-bit u inside 0, one whole inside 1.
 */
static const double LEAST_U = 0x1p-54, GREATEST_U = 1 - 0x1p-53;

static double draw_normal(const hone_param *param, double u)
{
    return param->mu +
           param->sigma * hone_normal_quantile(fmin(fmax(u, LEAST_U), GREATEST_U));
}

static double interpolate(double low, double high, double u)
{
    return low + u * (high - low);
}

/* The quantile before it is quantised or rounded; of the continuous distributions. */
static double draw_raw(const hone_param *param, double u)
{
    double min = param->min, max = param->max;
    switch (param->distribution) {
    case HONE_UNIFORM:
    case HONE_Q_UNIFORM:
        return interpolate(min, max, u);
    case HONE_LOG_UNIFORM:
    case HONE_Q_LOG_UNIFORM:
        return exp(interpolate(min, max, u));
    case HONE_INV_LOG_UNIFORM:
        return exp(-interpolate(min, max, 1 - u));
    case HONE_LOG_UNIFORM_VALUES:
    case HONE_Q_LOG_UNIFORM_VALUES:
        return exp(interpolate(log(min), log(max), u));
    case HONE_INV_LOG_UNIFORM_VALUES:
        return exp(-interpolate(-log(max), -log(min), 1 - u));
    case HONE_NORMAL:
    case HONE_Q_NORMAL:
        return draw_normal(param, u);
    case HONE_LOG_NORMAL:
    case HONE_Q_LOG_NORMAL:
        return exp(draw_normal(param, u));
    case HONE_BETA:
    case HONE_Q_BETA:
        return hone_beta_quantile(u, param->a, param->b);
    case HONE_CONSTANT:
    case HONE_CATEGORICAL:
    case HONE_INT_UNIFORM:
    case HONE_STEPPED:
    case HONE_N_DISTRIBUTIONS:
        break;
    }
    assert(param->distribution == HONE_UNIFORM);
    return NAN;
}

/* Rounded to what all machines agree on, but never past the bounds. */
static double draw_continuous(const hone_param *param, double u)
{
    double real = hone_round_digits(draw_raw(param, u), DRAW_DIGITS);
    bool bounded = param->distribution == HONE_UNIFORM ||
                   param->distribution == HONE_LOG_UNIFORM_VALUES ||
                   param->distribution == HONE_INV_LOG_UNIFORM_VALUES;
    return bounded ? fmin(fmax(real, param->min), param->max) : real;
}

bool hone_param_quantised(const hone_param *param)
{
    hone_distribution kind = param->distribution;
    return kind == HONE_Q_UNIFORM || kind == HONE_Q_LOG_UNIFORM ||
           kind == HONE_Q_LOG_UNIFORM_VALUES || kind == HONE_Q_NORMAL ||
           kind == HONE_Q_LOG_NORMAL || kind == HONE_Q_BETA;
}

/* INT where an int64 holds the whole number, else REAL. */
static hone_value make_whole(double real)
{
    if (real >= -0x1p63 && real < 0x1p63) {
        return hone_value_int((int64_t)real);
    }
    return hone_value_real(real);
}

/* q times `multiple`: 3 * 0.1 is 0.3. Past 1e10 twelve digits could not tell neighbours
 * apart, and the product is left as it is. */
static hone_value make_multiple(const hone_param *param, double multiple)
{
    double real = multiple * param->q;
    if (param->q_integer) {
        return make_whole(real);
    }
    if (fabs(multiple) < 1e10) {
        real = hone_round_digits(real, DRAW_DIGITS);
    }
    return hone_value_real(real + 0.0); /* no -0.0 */
}

static double draw_multiple(const hone_param *param, double u)
{
    return nearbyint(draw_raw(param, u) / param->q);
}

/* The index of `n` equal shares of [0,1) that u lies in. */
static uint64_t pick_share(double u, uint64_t n)
{
    uint64_t i = (uint64_t)(u * (double)n);
    return i < n ? i : n - 1;
}

static bool is_drawable(const hone_param *param, uint32_t i)
{
    return !param->probabilities || param->probabilities[i] > 0;
}

/* The index of the i-th choice that has a chance. */
static uint32_t find_choice(const hone_param *param, uint64_t i)
{
    uint32_t k = 0;
    while (!is_drawable(param, k) || i-- > 0) {
        k++;
        assert(k < param->n_values);
    }
    return k;
}

/* W&B: values[ceil(u n) - 1], with u = 0 taken for the first. */
static uint32_t pick_choice(const hone_param *param, double u)
{
    if (!param->probabilities) {
        double i = ceil(u * param->n_values) - 1;
        return i < 1 ? 0 : i < param->n_values ? (uint32_t)i : param->n_values - 1;
    }
    double sum = 0;
    for (uint32_t i = 0; i < param->n_values; i++) {
        sum += param->probabilities[i];
        if (u < sum) {
            return i;
        }
    }
    return find_choice(param, 0); /* rounding left the sum below u: the first, as W&B */
}

static hone_value draw_int(const hone_param *param, double u)
{
    double value = ceil(interpolate(param->min, param->max + 1, u)) - 1;
    return make_whole(fmin(fmax(value, param->min), param->max));
}

hone_value hone_param_draw(const hone_param *param, double u)
{
    assert(u >= 0 && u <= 1);
    if (param->distribution == HONE_CONSTANT) {
        return param->values[0];
    }
    if (param->distribution == HONE_CATEGORICAL) {
        return param->values[pick_choice(param, u)];
    }
    if (param->distribution == HONE_INT_UNIFORM) {
        return draw_int(param, u);
    }
    if (param->distribution == HONE_STEPPED) {
        return hone_steps_level(param, pick_share(u, hone_steps_count(param)));
    }
    if (hone_param_quantised(param)) {
        return make_multiple(param, draw_multiple(param, u));
    }
    return hone_value_real(draw_continuous(param, u));
}

/* last - first + 1 of two whole numbers, UINT64_MAX where that is past 2^63. */
static uint64_t count_between(double first, double last)
{
    double n = last - first + 1;
    if (!(n < 0x1p63)) {
        return UINT64_MAX;
    }
    return n < 1 ? 0 : (uint64_t)n;
}

uint64_t hone_param_support(const hone_param *param)
{
    switch (param->distribution) {
    case HONE_CONSTANT:
        return 1;
    case HONE_CATEGORICAL: {
        uint64_t n = 0;
        for (uint32_t i = 0; i < param->n_values; i++) {
            n += is_drawable(param, i);
        }
        return n;
    }
    case HONE_INT_UNIFORM:
        return count_between(param->min, param->max);
    case HONE_STEPPED:
        return hone_steps_count(param);
    case HONE_Q_UNIFORM:
    case HONE_Q_LOG_UNIFORM:
    case HONE_Q_LOG_UNIFORM_VALUES:
    case HONE_Q_BETA:
        return count_between(draw_multiple(param, 0), draw_multiple(param, GREATEST_U));
    case HONE_UNIFORM:
    case HONE_LOG_UNIFORM:
    case HONE_INV_LOG_UNIFORM:
    case HONE_LOG_UNIFORM_VALUES:
    case HONE_INV_LOG_UNIFORM_VALUES:
    case HONE_NORMAL:
    case HONE_Q_NORMAL:
    case HONE_LOG_NORMAL:
    case HONE_Q_LOG_NORMAL:
    case HONE_BETA:
    case HONE_N_DISTRIBUTIONS:
        break;
    }
    return UINT64_MAX;
}

/* Level i of min..max: in integers where these cannot overflow. */
static hone_value make_int(const hone_param *param, uint64_t i)
{
    if (param->min >= -0x1p62 && param->max <= 0x1p62) {
        return hone_value_int((int64_t)param->min + (int64_t)i);
    }
    return make_whole(param->min + (double)i);
}

hone_value hone_param_support_value(const hone_param *param, uint64_t i)
{
    assert(i < hone_param_support(param));
    if (param->distribution == HONE_CONSTANT || param->distribution == HONE_CATEGORICAL) {
        return param->values[find_choice(param, i)];
    }
    if (param->distribution == HONE_INT_UNIFORM) {
        return make_int(param, i);
    }
    if (param->distribution == HONE_STEPPED) {
        return hone_steps_level(param, i);
    }
    return make_multiple(param, draw_multiple(param, 0) + (double)i);
}

/* numpy.arange(min, max, q): the upper end is left out. */
static uint64_t count_arange(const hone_param *param)
{
    return count_between(1, ceil((param->max - param->min) / param->q));
}

static hone_value make_arange(const hone_param *param, uint64_t i)
{
    double real = param->min + (double)i * param->q;
    if (param->q_integer && nearbyint(param->min) == param->min) {
        return make_whole(real);
    }
    /* What is left where the sum ought to be 0: -0.3 + 3 * 0.1 is 5e-17. */
    if (fabs(real) < 1e-9 * param->q) {
        real = 0;
    }
    return hone_value_real(i < (uint64_t)1e10 ? hone_round_digits(real, DRAW_DIGITS)
                                              : real);
}

uint64_t hone_param_levels(const hone_param *param)
{
    if (param->distribution == HONE_Q_UNIFORM) {
        return count_arange(param);
    }
    if (param->distribution == HONE_CONSTANT || param->distribution == HONE_INT_UNIFORM ||
        param->distribution == HONE_STEPPED ||
        (param->distribution == HONE_CATEGORICAL && !param->probabilities)) {
        return hone_param_support(param);
    }
    return 0;
}

hone_value hone_param_level(const hone_param *param, uint64_t i)
{
    assert(i < hone_param_levels(param));
    if (param->distribution == HONE_Q_UNIFORM) {
        return make_arange(param, i);
    }
    return hone_param_support_value(param, i);
}
