/* min and max; step and count, as exact decimals wherever these fit into 64 bits.
 *
 * Worked example: {min: 0.1, max: 0.3, step: 0.1} is 1, 3 and 1 with one decimal, so
 * three levels; in binary the last step would miss 0.3. */
#include "spec/param.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

enum { MAX_DECIMALS = 17, MAX_ROUNDED = 10000 };

bool hone_leaf_bounds(hone_leaf *leaf)
{
    hone_param *param = leaf->param;
    bool good = true;
    /* A range without `distribution` has read them before. */
    if (leaf->numbers[HONE_KEY_MIN].kind == HONE_ABSENT)
        good = hone_leaf_number(leaf, HONE_KEY_MIN, &param->min);
    if (leaf->numbers[HONE_KEY_MAX].kind == HONE_ABSENT)
        good &= hone_leaf_number(leaf, HONE_KEY_MAX, &param->max);
    if (!good)
        return false;
    bool known = hone_value_number(&leaf->numbers[HONE_KEY_MIN], &param->min) &&
                 hone_value_number(&leaf->numbers[HONE_KEY_MAX], &param->max);
    assert(known);
    const hone_node *min = leaf->nodes[HONE_KEY_MIN], *max = leaf->nodes[HONE_KEY_MAX];
    if (known && param->min < param->max && isfinite(param->max - param->min))
        return true;
    if (param->min < param->max)
        hone_read_error(leaf->reader, max,
                        "%.60s: the range from %.40s to %.40s is too wide", param->name,
                        min->text, max->text);
    else
        hone_read_error(leaf->reader, min, "%.60s.min is %.40s, not less than max %.40s",
                        param->name, min->text, max->text);
    return false;
}

bool hone_leaf_positive_min(hone_leaf *leaf)
{
    if (leaf->param->min > 0)
        return true;
    hone_read_error(leaf->reader, leaf->nodes[HONE_KEY_MIN],
                    "%.60s.min is %.40s; a log scale needs min > 0", leaf->param->name,
                    leaf->nodes[HONE_KEY_MIN]->text);
    return false;
}

/* An integer bound, also one written 2.0. */
static bool check_integer(hone_leaf *leaf, hone_key key)
{
    const hone_value *value = &leaf->numbers[key];
    const hone_node *node = leaf->nodes[key];
    double number = 0;
    bool known = hone_value_number(value, &number);
    assert(known);
    if (!known || number != floor(number)) {
        hone_read_error(leaf->reader, node,
                        "%s is %.40s; int_uniform needs integers, uniform takes reals",
                        hone_leaf_what(leaf, key), node->text);
        return false;
    }
    if (fabs(number) > 0x1p53) {
        hone_read_error(leaf->reader, node, "%s is %.40s; the limit is 2^53",
                        hone_leaf_what(leaf, key), node->text);
        return false;
    }
    if (value->kind == HONE_REAL)
        hone_read_warning(leaf->reader, node, "%s is %.40s; taken as an integer",
                          hone_leaf_what(leaf, key), node->text);
    return true;
}

bool hone_leaf_integers(hone_leaf *leaf)
{
    bool good = check_integer(leaf, HONE_KEY_MIN);
    return check_integer(leaf, HONE_KEY_MAX) && good;
}

/* number / 10^decimals */
typedef struct decimal {
    int64_t number;
    uint32_t decimals;
} decimal;

static bool scale_decimal(decimal *value, uint32_t decimals)
{
    assert(decimals >= value->decimals);
    for (; value->decimals < decimals; value->decimals++)
        if (__builtin_mul_overflow(value->number, 10, &value->number))
            return false;
    return true;
}

/* Reads sign, digits, point, digits; *end is what follows. */
static bool read_digits(const char *text, decimal *out, const char **end)
{
    bool negative = *text == '-', fraction = false;
    text += *text == '-' || *text == '+';
    for (;; text++) {
        if (*text == '.' && !fraction) {
            fraction = true;
            continue;
        }
        if (*text < '0' || *text > '9')
            break;
        int digit = negative ? '0' - *text : *text - '0';
        if (__builtin_mul_overflow(out->number, 10, &out->number) ||
            __builtin_add_overflow(out->number, digit, &out->number))
            return false;
        out->decimals += fraction;
    }
    *end = text;
    return true;
}

/* The exact decimal that the user wrote; false where none with 64 bits is. */
static bool read_decimal(const hone_value *value, decimal *out)
{
    *out = (decimal){0, 0};
    if (value->kind == HONE_INT) {
        out->number = value->integer;
        return true;
    }
    const char *at = value->spelling;
    if (at == NULL || !read_digits(at, out, &at))
        return false;
    long exponent = 0;
    if (*at == 'e' || *at == 'E')
        exponent = strtol(at + 1, NULL, 10);
    else if (*at != '\0')
        return false;
    long decimals = (long)out->decimals - exponent;
    if (exponent > 400 || exponent < -400 || decimals > MAX_DECIMALS || decimals < -18)
        return false;
    out->decimals = decimals > 0 ? (uint32_t)decimals : 0;
    for (; decimals < 0; decimals++)
        if (__builtin_mul_overflow(out->number, 10, &out->number))
            return false;
    return true;
}

/* min, max and a third number with as many decimals as the longest of them. */
static bool align_decimals(decimal *values, int n)
{
    uint32_t decimals = 0;
    for (int i = 0; i < n; i++)
        if (values[i].decimals > decimals)
            decimals = values[i].decimals;
    for (int i = 0; i < n; i++)
        if (!scale_decimal(&values[i], decimals))
            return false;
    return true;
}

static double decimal_value(decimal value)
{
    char text[48];
    snprintf(text, sizeof text, "%" PRId64 "e-%" PRIu32, value.number, value.decimals);
    return strtod(text, NULL); /* no point in it: the same in every locale */
}

/* `step` in exact decimals; false where they do not fit. */
static bool count_steps(hone_leaf *leaf, hone_steps *steps)
{
    decimal values[3];
    int64_t range;
    if (!read_decimal(&leaf->numbers[HONE_KEY_MIN], &values[0]) ||
        !read_decimal(&leaf->numbers[HONE_KEY_MAX], &values[1]) ||
        !read_decimal(&leaf->numbers[HONE_KEY_STEP], &values[2]) ||
        !align_decimals(values, 3) ||
        __builtin_sub_overflow(values[1].number, values[0].number, &range) ||
        range <= 0 || values[2].number <= 0)
        return false;
    int64_t step = values[2].number;
    steps->decimal = true;
    steps->first = values[0].number;
    steps->step = step;
    steps->decimals = values[0].decimals;
    steps->n = (uint64_t)(range / step) + 1;
    decimal last = {values[0].number + range / step * step, values[0].decimals};
    leaf->param->max = decimal_value(last);
    return true;
}

static bool is_integer(const hone_leaf *leaf, hone_key key)
{
    return leaf->numbers[key].kind == HONE_INT;
}

static void warn_last(hone_leaf *leaf, double max)
{
    char last[HONE_REAL_TEXT];
    /* Nearer than a double can tell apart counts as hit. */
    if (fabs(max - leaf->param->max) <= fabs(max) * 1e-15)
        return;
    hone_real_write(leaf->param->max, last);
    hone_read_warning(leaf->reader, leaf->nodes[HONE_KEY_MAX],
                      "%.60s: the steps of %.40s end at %s, before max %.40s",
                      leaf->param->name, leaf->nodes[HONE_KEY_STEP]->text, last,
                      leaf->nodes[HONE_KEY_MAX]->text);
}

bool hone_leaf_steps(hone_leaf *leaf)
{
    hone_param *param = leaf->param;
    hone_steps *steps = &param->steps;
    const hone_node *node = leaf->nodes[HONE_KEY_STEP];
    double step, max = param->max;
    if (!hone_leaf_number(leaf, HONE_KEY_STEP, &step))
        return false;
    /* 0.15 - 0.1 is a little less than 0.05 in doubles; decimals decide where they can.
     */
    double room = (max - param->min) * (1 + 1e-12);
    if (!(step > 0) || step > room) {
        hone_read_error(leaf->reader, node,
                        "%.60s.step is %.40s; it must be above 0 and at "
                        "most max - min",
                        param->name, node->text);
        return false;
    }
    bool integer = is_integer(leaf, HONE_KEY_MIN) && is_integer(leaf, HONE_KEY_MAX) &&
                   is_integer(leaf, HONE_KEY_STEP);
    if (!count_steps(leaf, steps)) {
        double n = floor((max - param->min) / step * (1 + 1e-12));
        if (n > 0x1p53 || integer) {
            hone_read_error(leaf->reader, node, "%.60s has more than 2^53 steps",
                            param->name);
            return false;
        }
        steps->n = (uint64_t)n + 1;
        param->max = param->min + n * step < max ? param->min + n * step : max;
    }
    steps->integer = integer;
    warn_last(leaf, max);
    return true;
}

/* `count` evenly spaced levels as exact decimals, where the distance is one. */
static bool divide_range(hone_leaf *leaf, hone_steps *steps)
{
    decimal values[2];
    int64_t range, gaps = (int64_t)(steps->n - 1);
    if (!read_decimal(&leaf->numbers[HONE_KEY_MIN], &values[0]) ||
        !read_decimal(&leaf->numbers[HONE_KEY_MAX], &values[1]) ||
        !align_decimals(values, 2))
        return false;
    while (!__builtin_sub_overflow(values[1].number, values[0].number, &range)) {
        if (range % gaps == 0) {
            steps->decimal = true;
            steps->first = values[0].number;
            steps->step = range / gaps;
            steps->decimals = values[0].decimals;
            return true;
        }
        uint32_t more = values[0].decimals + 1;
        if (steps->integer || more > MAX_DECIMALS || !scale_decimal(&values[0], more) ||
            !scale_decimal(&values[1], more))
            return false;
    }
    return false;
}

/* Integers are rounded to, which makes sense for as many as there are. */
static bool check_integers(hone_leaf *leaf, uint64_t count)
{
    const hone_param *param = leaf->param;
    const hone_node *node = leaf->nodes[HONE_KEY_COUNT];
    double integers = param->max - param->min + 1;
    if ((double)count > integers) {
        hone_read_error(
            leaf->reader, node,
            "%.60s.count is %.40s, but there are only %.0f integers from %.40s "
            "to %.40s",
            param->name, node->text, integers, leaf->nodes[HONE_KEY_MIN]->text,
            leaf->nodes[HONE_KEY_MAX]->text);
        return false;
    }
    if (!param->steps.decimal && count > MAX_ROUNDED) {
        hone_read_error(leaf->reader, node,
                        "%.60s.count is %.40s; the limit for rounded integers is %d",
                        param->name, node->text, MAX_ROUNDED);
        return false;
    }
    return true;
}

bool hone_leaf_count(hone_leaf *leaf, bool log)
{
    hone_steps *steps = &leaf->param->steps;
    uint64_t count;
    if (!hone_read_count(leaf->reader, leaf->nodes[HONE_KEY_COUNT],
                         hone_leaf_what(leaf, HONE_KEY_COUNT), 2, &count))
        return false;
    steps->n = count;
    steps->log = log;
    steps->integer = is_integer(leaf, HONE_KEY_MIN) && is_integer(leaf, HONE_KEY_MAX);
    if (!log && !divide_range(leaf, steps))
        steps->decimal = false;
    return !steps->integer || check_integers(leaf, count);
}
