/* Whether a configuration of the record is one of a space: what an extended sweep keeps.
 */
#include <math.h>

#include <hone/space.h>

#include "base/banned.h"

/* Rounding to 12 significant digits may carry a draw past a bound that has more; each
 * bound has its own slack, as one of them may be tiny. */
static bool within(double number, double low, double high)
{
    const double slack = 1e-11;
    return number >= low - slack * fabs(low) && number <= high + slack * fabs(high);
}

static bool is_choice(const hone_param *param, const hone_value *value)
{
    for (uint32_t i = 0; i < param->n_values; i++) {
        if (hone_value_equal(&param->values[i], value))
            return true;
    }
    return false;
}

/* Levels ascend: a binary search by their numbers. */
static bool is_level(const hone_param *param, const hone_value *value, double number)
{
    uint64_t low = 0, high = hone_param_levels(param);
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        hone_value level = hone_param_level(param, middle);
        double at = NAN;
        if (hone_value_equal(&level, value))
            return true;
        if (!hone_value_number(&level, &at))
            return false;
        if (at < number)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

static bool in_range(const hone_param *param, const hone_value *value, double number)
{
    double slack = param->q; /* quantised draws are not clamped */
    switch (param->distribution) {
    case HONE_STEPPED:
        return is_level(param, value, number);
    case HONE_INT_UNIFORM:
        return value->kind == HONE_INT && number >= param->min && number <= param->max;
    case HONE_UNIFORM:
    case HONE_LOG_UNIFORM_VALUES:
    case HONE_INV_LOG_UNIFORM_VALUES:
        return within(number, param->min, param->max);
    case HONE_Q_UNIFORM:
    case HONE_Q_LOG_UNIFORM_VALUES:
        return within(number, param->min - slack, param->max + slack);
    case HONE_LOG_UNIFORM:
        return within(number, exp(param->min), exp(param->max));
    case HONE_Q_LOG_UNIFORM:
        return within(number, exp(param->min) - slack, exp(param->max) + slack);
    case HONE_INV_LOG_UNIFORM:
        return within(number, exp(-param->max), exp(-param->min));
    case HONE_BETA:
    case HONE_Q_BETA:
        return within(number, 0 - slack, 1 + slack);
    case HONE_LOG_NORMAL:
    case HONE_Q_LOG_NORMAL:
        return number >= 0;
    case HONE_NORMAL:
    case HONE_Q_NORMAL:
        return isfinite(number);
    case HONE_CONSTANT:
    case HONE_CATEGORICAL:
    case HONE_N_DISTRIBUTIONS:
        break;
    }
    return false;
}

bool hone_param_allows(const hone_param *param, const hone_value *value)
{
    double number = NAN;
    if (param->distribution == HONE_CONSTANT || param->distribution == HONE_CATEGORICAL)
        return is_choice(param, value);
    bool real = value->kind == HONE_INT || value->kind == HONE_REAL;
    return real && hone_value_number(value, &number) && in_range(param, value, number);
}

bool hone_config_member(const hone_space *space, const hone_config *config)
{
    for (uint32_t i = 0; i < space->n; i++) {
        const hone_value *value = &config->values[i];
        bool there = value->kind != HONE_ABSENT;
        if (there != hone_param_active(space, i, config) ||
            (there && !hone_param_allows(&space->params[i], value)))
            return false;
    }
    return hone_config_allowed(space, config);
}
