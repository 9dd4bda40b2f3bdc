/* CMA-ES's mathematics: eigenvalues, the tutorial's constants, rates of convergence, the
 * margin, the quadratic model. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "math/cma.h"
#include "math/eigen.h"
#include "math/margin.h"
#include "math/philox.h"
#include "math/quadratic.h"
#include "model/special.h"

static double draw(uint64_t number, uint32_t i)
{
    double u = hone_philox_uniform(5, (hone_counter){.number = number, .stream = i});
    return hone_normal_quantile(fmax(u, 0x1p-54));
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* --- eigenvalues ------------------------------------------------------------------- */

/* The second difference matrix: 2 - 2 cos(k pi / (n + 1)), k = 1..n. */
static void test_eigenvalues_of_a_string(void **state)
{
    (void)state;
    enum { N = 12 };
    double a[N * N] = {0}, values[N], vectors[N * N];
    for (int i = 0; i < N; i++) {
        a[i * N + i] = 2;
        if (i > 0)
            a[i * N + i - 1] = a[(i - 1) * N + i] = -1;
    }
    hone_eigen_decompose(a, N, values, vectors);
    qsort(values, N, sizeof *values, compare_doubles);
    for (int k = 1; k <= N; k++)
        assert_true(fabs(values[k - 1] - (2 - 2 * cos(k * M_PI / (N + 1)))) < 1e-13);
}

static void test_decomposition_is_one(void **state)
{
    (void)state;
    enum { N = 30 };
    static double a[N * N], copy[N * N], vectors[N * N];
    double values[N];
    for (int i = 0; i < N; i++) {
        for (int k = 0; k <= i; k++) /* sizes over eight orders of magnitude */
            a[i * N + k] = a[k * N + i] =
                draw((uint64_t)(i * N + k), 0) * pow(10, -(i + k) / 7.0);
    }
    memcpy(copy, a, sizeof a);
    hone_eigen_decompose(copy, N, values, vectors);
    for (int i = 0; i < N; i++) {
        for (int k = 0; k < N; k++) {
            double again = 0, unit = 0;
            for (int j = 0; j < N; j++) {
                again += vectors[i * N + j] * values[j] * vectors[k * N + j];
                unit += vectors[i * N + j] * vectors[k * N + j];
            }
            assert_true(fabs(again - a[i * N + k]) < 1e-13);
            assert_true(fabs(unit - (i == k)) < 1e-13);
        }
    }
}

static void test_trivial_matrices(void **state)
{
    (void)state;
    double one[] = {-3}, value[2], vector[4];
    hone_eigen_decompose(one, 1, value, vector);
    assert_true(value[0] == -3 && vector[0] == 1);
    double zero[4] = {0};
    hone_eigen_decompose(zero, 2, value, vector);
    assert_true(value[0] == 0 && value[1] == 0 && vector[0] == 1 && vector[1] == 0);
    double pair[] = {1, 2, 2, 1};
    hone_eigen_decompose(pair, 2, value, vector);
    qsort(value, 2, sizeof *value, compare_doubles);
    assert_true(fabs(value[0] + 1) < 1e-15 && fabs(value[1] - 3) < 1e-15);
}

/* --- CMA-ES ------------------------------------------------------------------------ */

/* Table 1 of the tutorial, worked out by hand for n = 10, lambda = 10. */
static void test_constants(void **state)
{
    (void)state;
    double w[10], positive = 0, negative = 0;
    hone_cma_rates r;
    hone_cma_rates_fill(&r, 10, 10, w);
    static const double first[] = {0.456273, 0.270755, 0.162231, 0.085233, 0.025510};
    for (int i = 0; i < 10; i++) {
        positive += w[i] > 0 ? w[i] : 0;
        negative -= w[i] < 0 ? w[i] : 0;
        if (i < 5)
            assert_true(fabs(w[i] - first[i]) < 1e-5);
        else
            assert_true(w[i] < 0);
    }
    assert_true(fabs(positive - 1) < 1e-12);
    assert_true(fabs(r.mu_eff - 3.1673) < 1e-4);
    assert_true(fabs(r.c_sigma - 0.284428) < 1e-5);
    assert_true(fabs(r.d_sigma - 1.284428) < 1e-5);
    assert_true(fabs(r.c_c - 0.294992) < 1e-5);
    assert_true(fabs(r.c_1 - 0.015284) < 1e-5);
    assert_true(fabs(r.c_mu - 0.020154) < 1e-5);
    assert_true(fabs(r.chi_n - 3.084727) < 1e-5);
    /* The least of 1 + c1/cmu = 1.758, 1 + 2 mu_eff^-/(mu_eff + 2), 4.78. */
    assert_true(fabs(negative - (1 + r.c_1 / r.c_mu)) < 1e-12);
}

typedef double (*function)(const double *x, uint32_t n);

static double sphere(const double *x, uint32_t n)
{
    double sum = 0;
    for (uint32_t i = 0; i < n; i++)
        sum += x[i] * x[i];
    return sum;
}

static double ellipsoid(const double *x, uint32_t n)
{
    double sum = 0;
    for (uint32_t i = 0; i < n; i++)
        sum += pow(1e6, i / (n - 1.0)) * x[i] * x[i];
    return sum;
}

/* An ellipsoid of condition 1e4 whose axes are those of no coordinate. */
static double turned(const double *x, uint32_t n)
{
    double y[16], mean = 0;
    for (uint32_t i = 0; i < n; i++)
        mean += x[i] / n;
    for (uint32_t i = 0; i < n; i++)
        y[i] = x[i] - 2 * mean; /* a reflection */
    double sum = 0;
    for (uint32_t i = 0; i < n; i++)
        sum += pow(1e4, i / (n - 1.0)) * y[i] * y[i];
    return sum;
}

/* Evaluations until f < 1e-9, from distance about 3 with sigma 1. */
static uint32_t count_evaluations(function f, uint32_t n, uint32_t lambda, uint64_t seed)
{
    hone_cma cma;
    double z[16], x[32][16], values[32], weights[32], best = INFINITY;
    uint32_t evaluations = 0;
    assert_int_equal(hone_cma_init(&cma, n, 0), 0);
    hone_cma_start(&cma, 1);
    for (uint32_t i = 0; i < n; i++)
        cma.mean[i] = 1;
    while (best >= 1e-9 && evaluations < 50000) {
        for (uint32_t k = 0; k < lambda; k++) {
            double point[16];
            for (uint32_t i = 0; i < n; i++)
                z[i] = draw(evaluations + (seed << 32), i);
            hone_cma_sample(&cma, z, point);
            double value = f(point, n);
            evaluations++;
            uint32_t at = k;
            for (; at > 0 && values[at - 1] > value; at--) {
                values[at] = values[at - 1];
                memcpy(x[at], x[at - 1], sizeof x[at]);
            }
            values[at] = value;
            memcpy(x[at], point, sizeof point);
        }
        hone_cma_points points = {.n = lambda,
                                  .stride = 16,
                                  .x = &x[0][0],
                                  .values = values,
                                  .weights = weights};
        best = values[0];
        hone_cma_tell(&cma, &points);
    }
    hone_cma_release(&cma);
    return evaluations;
}

/* It takes about 1600, 4300 and 3000 evaluations in ten dimensions. */
static void test_convergence(void **state)
{
    (void)state;
    static const struct {
        function f;
        uint32_t most;
    } rows[] = {{sphere, 2200}, {ellipsoid, 6500}, {turned, 5000}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (uint64_t seed = 1; seed <= 3; seed++) {
            uint32_t n = count_evaluations(rows[i].f, 10, 10, seed);
            assert_true(n < rows[i].most);
        }
    }
}

/* Equal values share weights: where all are equal the mean stays. */
static void test_ties(void **state)
{
    (void)state;
    hone_cma cma;
    double x[] = {1, 0, -1, 0, 0, 1, 0, 2}, values[] = {3, 3, 3, 3}, weights[4];
    assert_int_equal(hone_cma_init(&cma, 2, 0), 0);
    hone_cma_start(&cma, 0.5);
    hone_cma_points points = {
        .n = 4, .stride = 2, .x = x, .values = values, .weights = weights};
    hone_cma_tell(&cma, &points);
    for (int i = 1; i < 4; i++)
        assert_true(weights[i] == weights[0]);
    values[3] = INFINITY;
    hone_cma_tell(&cma, &points);
    assert_true(weights[2] == weights[0] && weights[3] < weights[0]);
    hone_cma_release(&cma);
}

/* A point from far away moves the mean no further than a sampled one could. */
static void test_far_points_are_shortened(void **state)
{
    (void)state;
    hone_cma cma;
    double x[] = {1000, 0, 0, 0.1, 0, -0.1, 0.1, 0}, values[] = {0, 1, 2, 3}, weights[4];
    assert_int_equal(hone_cma_init(&cma, 2, 0), 0);
    hone_cma_start(&cma, 1);
    hone_cma_points points = {
        .n = 4, .stride = 2, .x = x, .values = values, .weights = weights};
    hone_cma_tell(&cma, &points);
    double longest = sqrt(2) + 4.0 / 4;
    assert_true(cma.mean[0] > 0 && cma.mean[0] <= longest);
    hone_cma_release(&cma);
}

/* --- the margin -------------------------------------------------------------------- */

static double outside(const hone_margin *m)
{
    double below = m->lowest ? 0 : hone_margin_below((m->low - m->mean) / m->deviation);
    double above = m->highest ? 0 : hone_margin_below((m->mean - m->high) / m->deviation);
    return below + above;
}

static void test_margin(void **state)
{
    (void)state;
    static const hone_margin rows[] = {
        {.mean = 0.05, .deviation = 1e-6, .low = 0, .high = 0.1, .lowest = true},
        {.mean = 0.99, .deviation = 1e-3, .low = 0.9, .high = 1, .highest = true},
        {.mean = 0.45, .deviation = 1e-5, .low = 0.4, .high = 0.5},
        {.mean = 0.49, .deviation = 0.02, .low = 0.4, .high = 0.5},
        {.mean = 0.41, .deviation = 1e-4, .low = 0.4, .high = 0.5},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        hone_margin m = rows[i];
        assert_true(outside(&m) < 0.4);
        hone_margin_widen(&m, 0.05);
        assert_true(outside(&m) >= 0.05 - 1e-9);
        assert_true(m.mean >= m.low && m.mean <= m.high && m.deviation > 0);
        if (m.lowest || m.highest)
            assert_true(m.deviation == rows[i].deviation);
    }
    hone_margin wide = {.mean = 0.45, .deviation = 0.1, .low = 0.4, .high = 0.5},
                was = wide;
    hone_margin_widen(&wide, 0.05);
    assert_true(wide.mean == was.mean && wide.deviation == was.deviation);
}

/* --- the quadratic ----------------------------------------------------------------- */

static double saddle(const double *y)
{
    return 3 - y[0] + 2 * y[1] * y[1] - 4 * y[0] * y[1] + 0.5 * y[2] + 7 * y[3];
}

/* Three y and one label, n points; fitted and asked at points it has not seen. */
static double measure_error(uint32_t n, hone_quadratic_kind kind)
{
    enum { MOST = 60, WIDTH = 4 };
    double rows[MOST * WIDTH], values[MOST], weights[MOST], worst = 0;
    hone_quadratic model;
    assert_int_equal(hone_quadratic_init(&model, 3, 1), 0);
    assert_int_equal(hone_quadratic_terms(&model), 11);
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t k = 0; k < WIDTH; k++)
            rows[i * WIDTH + k] = k < 3 ? draw(i, k) : i % 2;
        values[i] = saddle(rows + i * WIDTH);
        weights[i] = 1 + i % 5;
    }
    hone_quadratic_points points = {
        .n = n, .rows = rows, .values = values, .weights = weights};
    hone_quadratic_fit(&model, &points);
    assert_int_equal(model.kind, kind);
    for (uint32_t i = 0; i < 20 && kind != HONE_QUADRATIC_NONE; i++) {
        double y[] = {draw(900 + i, 0), draw(900 + i, 1), draw(900 + i, 2), i % 2};
        worst = fmax(worst, fabs(hone_quadratic_predict(&model, y) - saddle(y)));
    }
    hone_quadratic_release(&model);
    return worst;
}

static void test_quadratic(void **state)
{
    (void)state;
    assert_true(measure_error(50, HONE_QUADRATIC_FULL) < 1e-3);
    assert_true(measure_error(13, HONE_QUADRATIC_FULL) < 1e-1);
    assert_true(measure_error(12, HONE_QUADRATIC_DIAGONAL) > 1e-2);
    measure_error(8, HONE_QUADRATIC_LINEAR);
    measure_error(5, HONE_QUADRATIC_NONE);
}

static void test_flat_values_say_nothing(void **state)
{
    (void)state;
    double rows[20], values[20], weights[20];
    hone_quadratic model;
    assert_int_equal(hone_quadratic_init(&model, 1, 0), 0);
    for (int i = 0; i < 20; i++) {
        rows[i] = i;
        values[i] = 4;
        weights[i] = 1;
    }
    hone_quadratic_points points = {
        .n = 20, .rows = rows, .values = values, .weights = weights};
    hone_quadratic_fit(&model, &points);
    assert_int_equal(model.kind, HONE_QUADRATIC_NONE);
    assert_true(hone_quadratic_predict(&model, rows) == 0);
    values[0] = 1e308;
    values[1] = -1e308;
    hone_quadratic_fit(&model, &points);
    assert_int_equal(model.kind, HONE_QUADRATIC_NONE);
    hone_quadratic_release(&model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_eigenvalues_of_a_string),
        cmocka_unit_test(test_decomposition_is_one),
        cmocka_unit_test(test_trivial_matrices),
        cmocka_unit_test(test_constants),
        cmocka_unit_test(test_convergence),
        cmocka_unit_test(test_ties),
        cmocka_unit_test(test_far_points_are_shortened),
        cmocka_unit_test(test_margin),
        cmocka_unit_test(test_quadratic),
        cmocka_unit_test(test_flat_values_say_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
