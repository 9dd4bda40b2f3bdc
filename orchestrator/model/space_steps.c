/* Levels of `step` and `count`: exact decimals, or computed from the bounds. */
#include "model/space_steps.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "model/special.h"

#include "base/banned.h"

enum { LEVEL_DIGITS = 12 };

/* Number / 10^decimals as the double nearest to it: what its decimal text reads as. */
static double make_decimal(int64_t number, uint32_t decimals)
{
    char text[48];
    snprintf(text, sizeof text, "%" PRId64 "e-%" PRIu32, number, decimals);
    return strtod(text, NULL); /* no decimal point in it: the same in every locale */
}

static hone_value make_exact_level(const hone_steps *steps, uint64_t i)
{
    /* Cannot overflow: the last level is inside the bounds that the spec gave. */
    int64_t number = (int64_t)((uint64_t)steps->first + i * (uint64_t)steps->step);
    if (steps->integer) {
        assert(steps->decimals == 0);
        return hone_value_int(number);
    }
    return hone_value_real(make_decimal(number, steps->decimals));
}

/* Level i of n between the bounds, both ends exact. */
static double compute_level(const hone_param *param, uint64_t i)
{
    const hone_steps *steps = &param->steps;
    if (i == 0) {
        return param->min;
    }
    if (i + 1 == steps->n) {
        return param->max;
    }
    double share = (double)i / (double)(steps->n - 1);
    double level;
    if (steps->log) {
        double low = log(param->min), high = log(param->max);
        level = exp(low + share * (high - low));
    } else {
        level = param->min + share * (param->max - param->min);
    }
    return hone_round_digits(level, LEVEL_DIGITS);
}

/* Whether rounding to integers can make neighbours equal. */
static bool may_repeat(const hone_steps *steps)
{
    return steps->integer && !steps->decimal;
}

uint64_t hone_steps_count(const hone_param *param)
{
    const hone_steps *steps = &param->steps;
    if (!may_repeat(steps)) {
        return steps->n;
    }
    uint64_t count = 0;
    double last = 0;
    for (uint64_t i = 0; i < steps->n; i++) {
        double level = nearbyint(compute_level(param, i));
        count += i == 0 || level != last;
        last = level;
    }
    return count;
}

/* The double as INT where an int64 holds it. */
static hone_value make_integer(double level)
{
    return fabs(level) < 0x1p63 ? hone_value_int((int64_t)level) : hone_value_real(level);
}

hone_value hone_steps_level(const hone_param *param, uint64_t i)
{
    const hone_steps *steps = &param->steps;
    assert(i < steps->n);
    if (steps->decimal) {
        return make_exact_level(steps, i);
    }
    if (!may_repeat(steps)) {
        return hone_value_real(compute_level(param, i));
    }
    uint64_t seen = 0;
    double last = 0;
    for (uint64_t k = 0; k < steps->n; k++) {
        double level = nearbyint(compute_level(param, k));
        seen += k == 0 || level != last;
        last = level;
        if (seen == i + 1) {
            break;
        }
    }
    return make_integer(last);
}
