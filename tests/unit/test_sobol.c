/* The Sobol sequence: published points, the net property, and that scrambling keeps it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "math/sobol.h"

static void test_published_points(void **state)
{
    (void)state;
    /* Joe and Kuo's program on new-joe-kuo-6: the first ten points of three dimensions.
     */
    static const double points[][3] = {
        {0, 0, 0},
        {.5, .5, .5},
        {.75, .25, .25},
        {.25, .75, .75},
        {.375, .375, .625},
        {.875, .875, .125},
        {.625, .125, .875},
        {.125, .625, .375},
        {.1875, .3125, .9375},
        {.6875, .8125, .4375},
    };
    hone_sobol_axis axes[3];
    hone_sobol_init(axes, 3);
    for (uint32_t i = 0; i < 10; i++) {
        for (uint32_t d = 0; d < 3; d++) {
            assert_true(hone_sobol_digits(&axes[d], i) * 0x1p-32 == points[i][d]);
        }
    }
}

/* Rows of new-joe-kuo-6 picked over the table: dimension (from 1), polynomial, m_1.. */
static void test_published_numbers(void **state)
{
    (void)state;
    static const struct {
        uint32_t dimension, degree, a;
        uint32_t m[13];
    } rows[] = {
        {2, 1, 0, {1}},
        {3, 2, 1, {1, 3}},
        {7, 4, 4, {1, 3, 5, 13}},
        {10, 5, 7, {1, 1, 7, 11, 19}},
        {12, 5, 13, {1, 1, 1, 3, 11}},
        {999, 13, 3386, {1, 3, 3, 15, 21, 57, 45, 161, 331, 719, 273, 3479, 4173}},
        {1000, 13, 3396, {1, 1, 3, 9, 3, 3, 105, 201, 373, 877, 919, 1263, 6649}},
    };
    hone_sobol_axis *axes = calloc(HONE_SOBOL_DIMENSIONS, sizeof *axes);
    assert_non_null(axes);
    hone_sobol_init(axes, HONE_SOBOL_DIMENSIONS);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const uint32_t *v = axes[rows[i].dimension - 1].directions, s = rows[i].degree;
        assert_int_equal(hone_sobol_polynomials[rows[i].dimension - 2],
                         (1U << s) + 2 * rows[i].a + 1);
        for (uint32_t k = 0; k < s; k++) {
            assert_int_equal(v[k], rows[i].m[k] << (31 - k));
        }
    }
    for (uint32_t d = 0; d < HONE_SOBOL_DIMENSIONS; d++) {
        for (uint32_t k = 0; k < 32; k++) { /* m_k odd and below 2^k */
            uint32_t last = axes[d].directions[k] << k;
            assert_true(last == UINT32_C(1) << 31);
        }
    }
    free(axes);
}

/* x^(2^i) modulo a polynomial over GF(2), to see that its order is full. */
static uint32_t multiply(uint32_t a, uint32_t b, uint32_t modulus, uint32_t degree)
{
    uint32_t product = 0;
    for (; b; b >>= 1) {
        product ^= b & 1 ? a : 0;
        a <<= 1;
        a ^= a >> degree ? modulus : 0;
    }
    return product;
}

static uint32_t power_of_x(uint32_t exponent, uint32_t modulus, uint32_t degree)
{
    uint32_t result = 1, base = degree == 1 ? modulus ^ 2 : 2;
    for (; exponent; exponent >>= 1) {
        result = exponent & 1 ? multiply(result, base, modulus, degree) : result;
        base = multiply(base, base, modulus, degree);
    }
    return result;
}

static void test_polynomials_are_primitive(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < HONE_SOBOL_DIMENSIONS - 1; i++) {
        uint32_t polynomial = hone_sobol_polynomials[i], degree = 0;
        while (polynomial >> (degree + 1)) {
            degree++;
        }
        assert_true(i == 0 || polynomial > hone_sobol_polynomials[i - 1]);
        uint32_t order = (1U << degree) - 1;
        assert_int_equal(power_of_x(order, polynomial, degree), 1);
        for (uint32_t p = 2; p < order; p++) {
            if (order % p == 0) {
                assert_int_not_equal(power_of_x(order / p, polynomial, degree), 1);
            }
        }
    }
}

/* Each box of 2^-a by 2^-b, a + b = m - t, holds 2^t of the first 2^m points. */
static void check_net(const double *x, const double *y, uint32_t m, uint32_t t)
{
    for (uint32_t a = 0; a <= m - t; a++) {
        uint32_t b = m - t - a;
        unsigned char boxes[1024] = {0};
        for (uint32_t i = 0; i < 1U << m; i++) {
            uint32_t column = (uint32_t)(x[i] * (1U << a));
            uint32_t row = (uint32_t)(y[i] * (1U << b));
            boxes[column << b | row]++;
        }
        for (uint32_t box = 0; box < 1U << (m - t); box++) {
            assert_int_equal(boxes[box], 1U << t);
        }
    }
}

static void fill_scrambled(double *out, const hone_sobol_axis *axis, uint32_t n,
                           uint64_t seed, uint32_t dimension)
{
    for (uint32_t i = 0; i < n; i++) {
        out[i] = hone_sobol_scrambled(axis, i, seed, dimension);
        assert_true(out[i] >= 0 && out[i] < 1);
    }
}

static void test_scrambled_nets(void **state)
{
    (void)state;
    enum { MOST = 10 };
    static double x[1 << MOST], y[1 << MOST];
    hone_sobol_axis axes[40];
    hone_sobol_init(axes, 40);
    for (uint64_t seed = 0; seed < 3; seed++) {
        for (uint32_t m = 0; m <= MOST; m += 2) { /* dimensions 1 and 2: t = 0 */
            fill_scrambled(x, &axes[0], 1U << m, seed, 0);
            fill_scrambled(y, &axes[1], 1U << m, seed, 1);
            check_net(x, y, m, 0);
        }
        for (uint32_t d = 2; d < 40; d++) { /* alone, every dimension has t = 0 */
            fill_scrambled(y, &axes[d], 256, seed, d);
            memset(x, 0, sizeof x);
            unsigned char cells[256] = {0};
            for (uint32_t i = 0; i < 256; i++) {
                cells[(int)(y[i] * 256)]++;
            }
            for (uint32_t i = 0; i < 256; i++) {
                assert_int_equal(cells[i], 1);
            }
        }
    }
}

/* Nested: two points agree in exactly as many leading digits as before. */
static uint32_t count_common(uint32_t a, uint32_t b)
{
    return a == b ? 32 : (uint32_t)__builtin_clz(a ^ b);
}

static void test_scrambling_is_nested(void **state)
{
    (void)state;
    hone_sobol_axis axes[6];
    hone_sobol_init(axes, 6);
    uint32_t n_flipped = 0;
    for (uint32_t i = 0; i < 200; i++) {
        for (uint32_t k = i + 1; k < 200; k++) {
            uint32_t plain[2] = {hone_sobol_digits(&axes[5], i),
                                 hone_sobol_digits(&axes[5], k)};
            uint32_t mixed[2] = {
                (uint32_t)(hone_sobol_scrambled(&axes[5], i, 4, 5) * 0x1p32),
                (uint32_t)(hone_sobol_scrambled(&axes[5], k, 4, 5) * 0x1p32)};
            assert_int_equal(count_common(plain[0], plain[1]),
                             count_common(mixed[0], mixed[1]));
            n_flipped += (uint32_t)__builtin_popcount(plain[0] ^ mixed[0]);
        }
    }
    uint32_t pairs = 200 * 199 / 2;
    assert_in_range(n_flipped / pairs, 14, 18); /* half of 32 digits */
}

static void test_seeds_and_dimensions_differ(void **state)
{
    (void)state;
    hone_sobol_axis axis;
    hone_sobol_init(&axis, 1);
    double u = hone_sobol_scrambled(&axis, 0, 1, 0);
    assert_true(u != 0);
    assert_true(u == hone_sobol_scrambled(&axis, 0, 1, 0));
    assert_true(u != hone_sobol_scrambled(&axis, 0, 2, 0));
    assert_true(u != hone_sobol_scrambled(&axis, 0, 1, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published_points),
        cmocka_unit_test(test_published_numbers),
        cmocka_unit_test(test_polynomials_are_primitive),
        cmocka_unit_test(test_scrambled_nets),
        cmocka_unit_test(test_scrambling_is_nested),
        cmocka_unit_test(test_seeds_and_dimensions_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
