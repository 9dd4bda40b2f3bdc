/* The operators of expressions over two values, as Python has them.
 *
 *   hone_operand_join  hone_operand_negate  hone_operand_compare
 *
 * Whole numbers stay int64 as long as they fit. Comparisons are exact, also between an
 * int64 and a double; text compares by bytes (code points, in UTF-8). */
#include "model/expr_operand.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/banned.h"

/* An integer, also of true and false. */
static bool get_integer(const hone_value *value, int64_t *integer)
{
    if (value->kind == HONE_BOOL)
        *integer = value->boolean;
    else if (value->kind == HONE_INT)
        *integer = value->integer;
    else
        return false;
    return true;
}

/* Squares and multiplies; false where the result leaves int64. */
static bool integer_power(int64_t base, int64_t exponent, int64_t *result)
{
    int64_t power = 1;
    if (exponent < 0)
        return false;
    while (exponent > 0) {
        if ((exponent & 1) != 0 && __builtin_mul_overflow(power, base, &power))
            return false;
        exponent >>= 1;
        if (exponent > 0 && __builtin_mul_overflow(base, base, &base))
            return false;
    }
    *result = power;
    return true;
}

/* False where the result is no int64: then doubles have the answer. */
static bool join_integers(hone_join join, int64_t a, int64_t b, int64_t *result)
{
    bool divisible = b != 0 && !(a == INT64_MIN && b == -1);
    switch ((int)join) {
    case HONE_JOIN_ADD:
        return !__builtin_add_overflow(a, b, result);
    case HONE_JOIN_SUBTRACT:
        return !__builtin_sub_overflow(a, b, result);
    case HONE_JOIN_MULTIPLY:
        return !__builtin_mul_overflow(a, b, result);
    case HONE_JOIN_FLOOR_DIVIDE:
        if (divisible)
            *result = a / b - (a % b != 0 && (a % b < 0) != (b < 0));
        return divisible;
    case HONE_JOIN_MODULO:
        if (divisible)
            *result = a % b + (a % b != 0 && (a % b < 0) != (b < 0) ? b : 0);
        return divisible;
    case HONE_JOIN_POWER:
        return integer_power(a, b, result);
    default:
        return false;
    }
}

/* The remainder with the sign of the divisor, as Python has it. */
static double floor_modulo(double a, double b)
{
    double rest = fmod(a, b);
    if (rest != 0 && (rest < 0) != (b < 0))
        rest += b;
    return rest;
}

/* What is divided by an infinity is 0, and rounds down to -1 where the signs differ. Else
 * the difference is a multiple of b but for rounding: nearest, not floor. */
static double floor_divide(double a, double b)
{
    if (isinf(b) && isfinite(a))
        return a != 0 && (a < 0) != (b < 0) ? -1 : 0;
    return round((a - floor_modulo(a, b)) / b);
}

static double join_reals(hone_join join, double a, double b)
{
    bool division = join == HONE_JOIN_DIVIDE || join == HONE_JOIN_FLOOR_DIVIDE ||
                    join == HONE_JOIN_MODULO;
    if (b == 0 && division)
        return NAN;
    switch ((int)join) {
    case HONE_JOIN_ADD:
        return a + b;
    case HONE_JOIN_SUBTRACT:
        return a - b;
    case HONE_JOIN_MULTIPLY:
        return a * b;
    case HONE_JOIN_DIVIDE:
        return a / b;
    case HONE_JOIN_FLOOR_DIVIDE:
        return floor_divide(a, b);
    case HONE_JOIN_MODULO:
        return floor_modulo(a, b);
    case HONE_JOIN_POWER:
        return a == 0 && b < 0 && isfinite(b) ? NAN : pow(a, b);
    default:
        return NAN;
    }
}

hone_value hone_operand_join(hone_join join, const hone_value *a, const hone_value *b)
{
    int64_t i, j, integer;
    double x, y;
    if (a->kind == HONE_ABSENT || b->kind == HONE_ABSENT)
        return (hone_value){.kind = HONE_ABSENT};
    if (get_integer(a, &i) && get_integer(b, &j) && join_integers(join, i, j, &integer))
        return hone_value_int(integer);
    if (!hone_value_number(a, &x) || !hone_value_number(b, &y))
        return hone_value_real(NAN);
    return hone_value_real(join_reals(join, x, y));
}

typedef enum order { LESS, SAME, MORE, UNORDERED } order;

/* Exact, also where the integer has more digits than a double. */
static order order_mixed(int64_t integer, double real)
{
    if (isnan(real))
        return UNORDERED;
    if (real >= 0x1p63)
        return LESS;
    if (real < -0x1p63)
        return MORE;
    int64_t whole = (int64_t)real;
    if (integer != whole)
        return integer < whole ? LESS : MORE;
    double rest = real - (double)whole;
    return rest > 0 ? LESS : rest < 0 ? MORE : SAME;
}

static order order_reals(double a, double b)
{
    if (isnan(a) || isnan(b))
        return UNORDERED;
    return a < b ? LESS : a > b ? MORE : SAME;
}

static order reverse(order o)
{
    return o == LESS ? MORE : o == MORE ? LESS : o;
}

static order order_texts(const hone_value *a, const hone_value *b)
{
    uint32_t n = a->n < b->n ? a->n : b->n;
    int sign = n == 0 ? 0 : memcmp(a->text, b->text, n);
    if (sign != 0)
        return sign < 0 ? LESS : MORE;
    return a->n < b->n ? LESS : a->n > b->n ? MORE : SAME;
}

static bool is_numeric(const hone_value *value)
{
    return value->kind == HONE_INT || value->kind == HONE_REAL ||
           value->kind == HONE_BOOL;
}

static order order_values(const hone_value *a, const hone_value *b)
{
    int64_t i, j;
    if (a->kind == HONE_TEXT && b->kind == HONE_TEXT)
        return order_texts(a, b);
    if (!is_numeric(a) || !is_numeric(b))
        return UNORDERED;
    bool a_whole = get_integer(a, &i), b_whole = get_integer(b, &j);
    if (a_whole && b_whole)
        return i < j ? LESS : i > j ? MORE : SAME;
    if (a_whole)
        return order_mixed(i, b->real);
    if (b_whole)
        return reverse(order_mixed(j, a->real));
    return order_reals(a->real, b->real);
}

bool hone_operand_is_nan(const hone_value *value)
{
    return value->kind == HONE_REAL && isnan(value->real);
}

/* `==`: numbers by their value (true is 1, as in Python), NaN equals nothing. */
static bool is_same(const hone_value *a, const hone_value *b)
{
    if (is_numeric(a) && is_numeric(b))
        return order_values(a, b) == SAME;
    return hone_value_equal(a, b);
}

/* `a in b`: an item of a list, a part of a text, a key of a mapping. */
static bool contains(const hone_value *all, const hone_value *value)
{
    if (all->kind == HONE_LIST) {
        for (uint32_t i = 0; i < all->n; i++)
            if (is_same(&all->items[i], value))
                return true;
        return false;
    }
    if (value->kind != HONE_TEXT)
        return false;
    if (all->kind == HONE_TEXT)
        return memmem(all->text, all->n, value->text, value->n) != NULL;
    if (all->kind == HONE_MAP)
        for (uint32_t i = 0; i < all->n; i++)
            if (strcmp(all->pairs[i].key, value->text) == 0)
                return true;
    return false;
}

bool hone_operand_compare(hone_join join, const hone_value *a, const hone_value *b)
{
    order o;
    switch ((int)join) {
    case HONE_JOIN_EQUAL:
        return is_same(a, b);
    case HONE_JOIN_UNEQUAL:
        return !hone_operand_is_nan(a) && !hone_operand_is_nan(b) && !is_same(a, b);
    case HONE_JOIN_IN:
        return contains(b, a);
    case HONE_JOIN_NOT_IN:
        return !hone_operand_is_nan(a) && !contains(b, a);
    default:
        break;
    }
    o = order_values(a, b);
    switch ((int)join) {
    case HONE_JOIN_LESS:
        return o == LESS;
    case HONE_JOIN_LESS_EQUAL:
        return o == LESS || o == SAME;
    case HONE_JOIN_MORE:
        return o == MORE;
    case HONE_JOIN_MORE_EQUAL:
        return o == MORE || o == SAME;
    default:
        return false;
    }
}

hone_value hone_operand_negate(const hone_value *value)
{
    const hone_value zero = hone_value_int(0);
    int64_t integer;
    if (get_integer(value, &integer))
        return hone_operand_join(HONE_JOIN_SUBTRACT, &zero, value);
    /* 0 - x would lose the sign of zero. */
    if (value->kind == HONE_REAL)
        return hone_value_real(-value->real);
    return value->kind == HONE_ABSENT ? *value : hone_value_real(NAN);
}

bool hone_operand_is_number(const hone_value *value)
{
    return is_numeric(value) && !hone_operand_is_nan(value);
}
