/* Cholesky factors, solves and inverses against matrices whose answers are known. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "math/linalg.h"
#include "near.h"

/* The factor of {{4,12,-16},{12,37,-43},{-16,-43,98}} is {{2,6,-8},{0,1,5},{0,0,3}}. */
static void test_known_factor(void **state)
{
    (void)state;
    double a[9] = {4, 12, -16, 0, 37, -43, 0, 0, 98};
    const double u[9] = {2, 6, -8, 0, 1, 5, 0, 0, 3};
    hone_triangle t = {a, 3, 3};
    assert_true(hone_cholesky(t));
    for (int i = 0; i < 9; i++)
        assert_near(a[i], u[i], 1e-14);
    assert_near(hone_cholesky_log_det(t), log(36), 1e-14);
    double b[3] = {1, 2, 3}; /* A x = b: x = (28.58, -7.67, 1.33) */
    hone_solve_lower(t, b);
    hone_solve_upper(t, b);
    assert_near(b[0], 343.0 / 12, 1e-12);
    assert_near(b[1], -23.0 / 3, 1e-12);
    assert_near(b[2], 4.0 / 3, 1e-12);
}

static void test_not_positive(void **state)
{
    (void)state;
    double indefinite[4] = {1, 2, 0, 1}, broken[4] = {1, NAN, 0, 1}, none[1] = {0};
    assert_false(hone_cholesky((hone_triangle){indefinite, 2, 2}));
    assert_false(hone_cholesky((hone_triangle){broken, 2, 2}));
    assert_false(hone_cholesky((hone_triangle){none, 1, 1}));
}

/* min(i, j) has the inverse tridiag(-1, 2, -1) whose last element is 1, and determinant
 * 1; its factor is all ones. Sizes around multiples of the block and panel sizes. */
static void check_brownian(size_t n)
{
    size_t stride = n < HONE_PANEL ? HONE_PANEL : n + n % 3;
    double *a = calloc(n * stride, sizeof *a), *inverse = calloc(n * stride, sizeof *a);
    double *work = calloc(n * stride + HONE_PANEL, sizeof *work);
    double *panel = calloc(n * HONE_PANEL, sizeof *panel);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i; j < n; j++)
            a[i * stride + j] = (double)(i + 1);
    }
    hone_triangle t = {a, n, stride};
    assert_true(hone_cholesky(t));
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i; j < n; j++)
            assert_near(a[i * stride + j], 1, 1e-12);
    }
    assert_near(hone_cholesky_log_det(t), 0, 1e-12);
    hone_cholesky_invert(t, (hone_triangle){inverse, n, stride}, work);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i; j < n; j++) {
            double expected = i == j ? (i + 1 == n ? 1 : 2) : j == i + 1 ? -1 : 0;
            assert_near(inverse[i * stride + j], expected, 1e-10);
        }
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t c = 0; c < HONE_PANEL; c++)
            panel[i * HONE_PANEL + c] = (double)((i + 1) * (c + 1)); /* U'y: y = c + 1 */
    }
    hone_solve_panel(t, panel);
    for (size_t i = 0; i < n; i++) {
        for (size_t c = 0; c < HONE_PANEL; c++)
            assert_near(panel[i * HONE_PANEL + c], (double)(c + 1), 1e-10);
    }
    free(a);
    free(inverse);
    free(work);
    free(panel);
}

static void test_sizes(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 31, 33, 50};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        check_brownian(sizes[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_factor),
        cmocka_unit_test(test_not_positive),
        cmocka_unit_test(test_sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
