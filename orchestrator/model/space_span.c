/* The other way round: from a value to the u in [0,1] that draw it.
 *
 * Each distribution has a function that is its cumulative distribution before anything is
 * quantised or rounded; a quantised value is drawn by the interval between that of half a
 * step below and half a step above. */
#include <hone/space.h>

#include <assert.h>
#include <math.h>

#include "model/space_steps.h"
#include "model/special.h"

#include "base/banned.h"

static double clip(double u)
{
    return u > 0 ? fmin(u, 1) : 0; /* NaN, where both bounds are one, is 0 */
}

static double share(double at, double low, double high)
{
    return clip((at - low) / (high - low));
}

/* log for numbers, whatever an older spec may have left in the record. */
static double log_of(double real)
{
    return real > 0 ? log(real) : -INFINITY;
}

static double normal_cdf(const hone_param *param, double at)
{
    return clip(0.5 * erfc(-(at - param->mu) / (param->sigma * sqrt(2))));
}

static double beta_cdf(const hone_param *param, double at)
{
    if (at <= 0 || at >= 1 || param->a <= 0 || param->b <= 0)
        return at >= 1 ? 1 : at <= 0 ? 0 : 0.5;
    return clip(exp(hone_beta_log_cdf(log(at) - log1p(-at), param->a, param->b)));
}

/* The chance of a raw draw below `at`. */
static double find_cdf(const hone_param *param, double at)
{
    double min = param->min, max = param->max;
    switch (param->distribution) {
    case HONE_UNIFORM:
    case HONE_Q_UNIFORM:
        return share(at, min, max);
    case HONE_LOG_UNIFORM:
    case HONE_Q_LOG_UNIFORM:
        return share(log_of(at), min, max);
    case HONE_INV_LOG_UNIFORM:
        return share(log_of(at), -max, -min);
    case HONE_LOG_UNIFORM_VALUES:
    case HONE_Q_LOG_UNIFORM_VALUES:
    case HONE_INV_LOG_UNIFORM_VALUES:
        return share(log_of(at), log(min), log(max));
    case HONE_NORMAL:
    case HONE_Q_NORMAL:
        return normal_cdf(param, at);
    case HONE_LOG_NORMAL:
    case HONE_Q_LOG_NORMAL:
        return normal_cdf(param, log_of(at));
    case HONE_BETA:
    case HONE_Q_BETA:
        return beta_cdf(param, at);
    case HONE_CONSTANT:
    case HONE_CATEGORICAL:
    case HONE_INT_UNIFORM:
    case HONE_STEPPED:
    case HONE_N_DISTRIBUTIONS:
        break;
    }
    assert(param->distribution == HONE_UNIFORM);
    return 0;
}

static hone_span span_choice(const hone_param *param, const hone_value *value)
{
    double sum = 0;
    for (uint32_t i = 0; i < param->n_values; i++) {
        double chance =
            param->probabilities ? param->probabilities[i] : 1.0 / param->n_values;
        if (hone_value_equal(&param->values[i], value))
            return (hone_span){clip(sum), clip(sum + chance)};
        sum += chance;
    }
    return (hone_span){0, 1};
}

/* Levels ascend: a binary search for the last that is not above. */
static hone_span span_step(const hone_param *param, double number)
{
    uint64_t n = hone_steps_count(param), low = 0, high = n;
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;
        hone_value level = hone_steps_level(param, middle);
        double at = 0;
        if (hone_value_number(&level, &at) && at <= number)
            low = middle;
        else
            high = middle;
    }
    return (hone_span){(double)low / (double)n, ((double)low + 1) / (double)n};
}

hone_span hone_param_span(const hone_param *param, const hone_value *value)
{
    double number = 0;
    if (param->distribution == HONE_CONSTANT)
        return (hone_span){0, 1};
    if (param->distribution == HONE_CATEGORICAL)
        return span_choice(param, value);
    if (!hone_value_number(value, &number))
        return (hone_span){0, 1};
    if (param->distribution == HONE_STEPPED)
        return span_step(param, number);
    if (param->distribution == HONE_INT_UNIFORM) {
        double past = param->max + 1;
        return (hone_span){share(number, param->min, past),
                           share(number + 1, param->min, past)};
    }
    if (hone_param_quantised(param))
        return (hone_span){find_cdf(param, number - param->q / 2),
                           find_cdf(param, number + param->q / 2)};
    double u = find_cdf(param, number);
    return (hone_span){u, u};
}
