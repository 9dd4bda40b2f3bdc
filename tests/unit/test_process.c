/* Gaussian process regression: the kernel against its formula, gradients against
 * differences, posteriors against values computed with 30 digits. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "math/fit.h"
#include "math/minimise.h"
#include "math/process.h"
#include "near.h"

enum { D = 4, N = 70, SIZE = D + HONE_KERNEL_EXTRAS }; /* more than a chunk of points */

static const hone_kernel_axis axes[D] = {HONE_KERNEL_METRIC, HONE_KERNEL_GATED,
                                         HONE_KERNEL_CHOICE, HONE_KERNEL_METRIC};
static const double theta[SIZE] = {-1.2, -0.3, 0.2, 0.5, -0.7, -1.1, 0.3, -3};

/* Points without a pattern: multiples of irrational numbers. */
static void fill_point(size_t i, double *x)
{
    static const double roots[D] = {1.41421356, 1.7320508, 2.2360679, 2.6457513};
    for (size_t a = 0; a < D; a++)
        x[a] = fmod((double)(i + 1) * roots[a], 1);
    if (i % 3 == 0)
        x[1] = HONE_KERNEL_OFF;
    x[2] = ((double)(i % 3) + 0.5) / 3;
}

static double matern(double distance, double length)
{
    double t = sqrt(5) * distance / length;
    return (1 + t + t * t / 3) * exp(-t);
}

/* The formula of math/kernel.h, for the axes above. */
static double covary(const double *x, const double *y)
{
    bool off = x[1] < 0, other = y[1] < 0;
    double on = off ? y[1] : x[1];
    double gated = off == other ? fabs(x[1] - y[1]) : hypot(1, on - 0.5);
    double m[D] = {matern(fabs(x[0] - y[0]), exp(theta[0])), matern(gated, exp(theta[1])),
                   fabs(x[2] - y[2]) > 0.1 ? exp(-exp(-theta[2])) : 1,
                   matern(fabs(x[3] - y[3]), exp(theta[3]))};
    double first = m[0] + m[1] + m[2] + m[3], second = 0;
    for (int a = 0; a < D; a++) {
        for (int b = a + 1; b < D; b++)
            second += m[a] * m[b];
    }
    return exp(theta[4]) * first / D + exp(theta[5]) * second / 6 +
           exp(theta[6]) * m[0] * m[1] * m[2] * m[3];
}

static void open_process(hone_process *process)
{
    assert_int_equal(hone_process_init(process, axes, D), 0);
    assert_int_equal(hone_process_reserve(process, N), 0);
    double x[D];
    for (size_t i = 0; i < N; i++) {
        fill_point(i, x);
        assert_true(hone_process_add(process, x, sin(5 * x[0]) + x[3] - x[2]));
    }
    hone_process_factor(process, theta);
}

static void test_kernel_is_its_formula(void **state)
{
    (void)state;
    hone_process process;
    open_process(&process);
    double x[D], y[D], row[N];
    hone_points points = {process.x, N, process.stride};
    for (size_t k = 0; k < 6; k++) {
        fill_point(100 + k, x);
        hone_kernel_row(&process.kernel, x, &points, row);
        assert_near(hone_kernel_self(&process.kernel), covary(x, x), 1e-12);
        for (size_t i = 0; i < N; i++) {
            fill_point(i, y);
            assert_near(row[i], covary(x, y), 1e-11);
        }
    }
    hone_process_release(&process);
}

/* The exponential is our own: very near and very far points. */
static void test_extreme_distances(void **state)
{
    (void)state;
    const hone_kernel_axis one[] = {HONE_KERNEL_METRIC};
    double rate, at[] = {0, 1e-9, 0.25, 0.5, 1}, row[5];
    hone_kernel kernel = {.n_axes = 1, .axes = one, .rates = &rate};
    hone_points points = {at, 5, 5};
    for (double length = 1e-4; length < 1e4; length *= 10) {
        const double by[] = {log(length), 0, 0, 0, 0};
        hone_kernel_set(&kernel, by);
        hone_kernel_row(&kernel, at, &points, row);
        for (int i = 0; i < 5; i++) {
            double expected = matern(at[i], length);
            assert_true(fabs(row[i] - expected) <= 1e-11 * expected + 1e-290);
        }
    }
}

static void test_slopes(void **state)
{
    (void)state;
    hone_process process;
    open_process(&process);
    double x[D], mean[D], variance[D], none[D], nothing[D];
    const double h = 1e-6;
    for (size_t k = 0; k < 6; k++) {
        fill_point(100 + k, x);
        hone_belief at = hone_process_slopes(&process, x, mean, variance), same;
        hone_process_predict(&process, x, 1, &same);
        assert_near(at.mean, same.mean, 1e-9);
        assert_near(at.variance, same.variance, 1e-9);
        for (int a = 0; a < D; a++) {
            if (a == 2 || x[a] < 0) {
                assert_near(mean[a], 0, 0);
                continue;
            }
            double kept = x[a];
            x[a] = kept + h;
            hone_belief above = hone_process_slopes(&process, x, none, nothing);
            x[a] = kept - h;
            hone_belief below = hone_process_slopes(&process, x, none, nothing);
            x[a] = kept;
            assert_near(mean[a], (above.mean - below.mean) / (2 * h), 1e-5);
            assert_near(variance[a], (above.variance - below.variance) / (2 * h), 1e-5);
        }
    }
    hone_process_release(&process);
}

/* --- posterior --------------------------------------------------------------------- */

static const hone_kernel_axis line[] = {HONE_KERNEL_METRIC};
static const double line_x[] = {0.1, 0.4, 0.9}, line_y[] = {1, -1, 0.5};

static void open_line(hone_process *process)
{
    const double by[] = {log(0.5), 0, 0, 0, log(0.01)};
    assert_int_equal(hone_process_init(process, line, 1), 0);
    assert_int_equal(hone_process_reserve(process, 3), 0);
    for (int i = 0; i < 3; i++)
        assert_true(hone_process_add(process, &line_x[i], line_y[i]));
    hone_process_factor(process, by);
}

static void test_posterior(void **state)
{
    (void)state;
    hone_process process;
    open_line(&process);
    const double at[] = {0.4, 0.65};
    hone_belief beliefs[2];
    hone_process_predict(&process, at, 2, beliefs);
    assert_near(beliefs[0].mean, -0.939430781755411370, 1e-11);
    assert_near(beliefs[0].variance, 0.00967289793847872533, 1e-11);
    assert_near(beliefs[1].mean, -0.675375003765685952, 1e-11);
    assert_near(beliefs[1].variance, 0.0881151448486741550, 1e-11);
    hone_process_release(&process);
}

/* A believed point leaves all means and takes variance away; a dreaded one raises. */
static void test_beliefs(void **state)
{
    (void)state;
    hone_process process;
    open_line(&process);
    const double at[] = {0.3, 0.65, 0.7};
    hone_belief before[3], after[3];
    hone_process_predict(&process, at, 3, before);
    hone_process_believe(&process, &at[1]);
    hone_process_predict(&process, at, 3, after);
    assert_int_equal(process.n, 4);
    for (int i = 0; i < 3; i++) {
        assert_near(after[i].mean, before[i].mean, 1e-12);
        assert_true(after[i].variance < before[i].variance);
    }
    assert_true(after[1].variance < 0.01);
    hone_process_dread(&process, &at[2], 1.5);
    hone_process_predict(&process, at, 3, before);
    assert_true(before[2].mean > 0.5);
    hone_process_dread(&process, &at[2], -9); /* believed: it is no worse */
    hone_process_predict(&process, at, 3, after);
    assert_near(after[0].mean, before[0].mean, 1e-9);
    hone_process_release(&process);
}

/* Two points in one place and no noise: it has to grow. */
static void test_equal_points(void **state)
{
    (void)state;
    hone_process process;
    const double by[] = {0, 0, 0, 0, -60}, x = 0.5;
    hone_belief belief;
    assert_int_equal(hone_process_init(&process, line, 1), 0);
    assert_int_equal(hone_process_reserve(&process, 3), 0);
    for (int i = 0; i < 3; i++)
        assert_true(hone_process_add(&process, &x, i));
    hone_process_factor(&process, by);
    hone_process_predict(&process, &x, 1, &belief);
    assert_near(belief.mean, 1, 1e-2);
    hone_process_release(&process);
}

/* --- fit --------------------------------------------------------------------------- */

static void open_fit(hone_fit *fit)
{
    double x[D];
    assert_int_equal(hone_fit_init(fit, axes, D), 0);
    assert_int_equal(hone_fit_reserve(fit, 40), 0);
    for (size_t i = 0; i < 40; i++) {
        fill_point(i, x);
        hone_fit_add(fit, x, sin(5 * x[0]) + x[3] - x[2]);
    }
    hone_fit_load(fit);
}

static void test_fit_gradient(void **state)
{
    (void)state;
    hone_fit fit;
    open_fit(&fit);
    double gradient[SIZE], none[SIZE], at[SIZE];
    memcpy(at, theta, sizeof at);
    hone_fit_value(&fit, at, gradient);
    const double h = 1e-5;
    for (int i = 0; i < SIZE; i++) {
        at[i] = theta[i] + h;
        double above = hone_fit_value(&fit, at, none);
        at[i] = theta[i] - h;
        double below = hone_fit_value(&fit, at, none);
        at[i] = theta[i];
        double slope = (above - below) / (2 * h);
        assert_near(gradient[i], slope, 1e-5 * (1 + fabs(slope)));
    }
    hone_fit_release(&fit);
}

/* Differences of the density on the line: likelihood plus priors that are the same. */
static void test_likelihood(void **state)
{
    (void)state;
    hone_fit fit;
    const double by[] = {log(0.5), 0, 0, 0, log(0.01)};
    double slope[5];
    assert_int_equal(hone_fit_init(&fit, line, 1), 0);
    assert_int_equal(hone_fit_reserve(&fit, 3), 0);
    for (int i = 0; i < 3; i++)
        hone_fit_add(&fit, &line_x[i], 0);
    hone_fit_load(&fit);
    double flat = hone_fit_value(&fit, by, slope);
    hone_fit_set_values(&fit, line_y);
    double value = hone_fit_value(&fit, by, slope);
    /* y'K^-1 y / 2 of these: 5.52369286443669 less half the log determinant */
    hone_process process;
    open_line(&process);
    double half =
        hone_cholesky_log_det((hone_triangle){process.factor, 3, process.stride}) / 2;
    assert_near(value - flat + half, 5.52369286443668955, 1e-10);
    hone_process_release(&process);
    hone_fit_release(&fit);
}

/* The axis that the values do not depend on gets the greatest length. */
static void test_fit_finds_relevance(void **state)
{
    (void)state;
    hone_fit fit;
    double best[SIZE], x[D];
    assert_int_equal(hone_fit_init(&fit, axes, D), 0);
    assert_int_equal(hone_fit_reserve(&fit, 60), 0);
    for (size_t i = 0; i < 60; i++) {
        fill_point(i, x);
        hone_fit_add(&fit, x, sin(8 * x[0]));
    }
    hone_fit_load(&fit);
    hone_fit_start(&fit, 1, best);
    double slopes[SIZE], first = hone_fit_value(&fit, best, slopes);
    double last = hone_fit_best(&fit, best, 60);
    assert_true(last < first - 50);
    assert_true(best[0] < best[3] - 0.5 && best[0] < best[1] - 0.5);
    assert_true(best[SIZE - 1] < -7); /* hardly noise */
    hone_fit_release(&fit);
}

/* --- minimiser --------------------------------------------------------------------- */

static double rosenbrock(void *arg, const double *x, double *gradient)
{
    ++*(unsigned *)arg;
    double a = x[1] - x[0] * x[0], b = 1 - x[0];
    gradient[0] = -400 * a * x[0] - 2 * b;
    gradient[1] = 200 * a;
    return 100 * a * a + b * b;
}

static double minimise(double low, double high, unsigned most, double *x)
{
    unsigned calls = 0;
    double lows[] = {low, low}, highs[] = {high, high}, work[64];
    assert_true(hone_minimise_work(2) <= 64);
    hone_minimum problem = {.value = rosenbrock,
                            .arg = &calls,
                            .n = 2,
                            .low = lows,
                            .high = highs,
                            .evaluations = most,
                            .step = 1,
                            .tolerance = 1e-8,
                            .work = work};
    double value = hone_minimise(&problem, x);
    assert_true(calls <= most);
    return value;
}

static void test_minimum(void **state)
{
    (void)state;
    double x[] = {-1.2, 1};
    assert_near(minimise(-5, 5, 200, x), 0, 1e-12);
    assert_near(x[0], 1, 1e-5);
    double y[] = {-1.2, 1}; /* inside [-2, 0.5]^2 the minimum is at (0.5, 0.25) */
    assert_near(minimise(-2, 0.5, 200, y), 0.25, 1e-9);
    assert_near(y[0], 0.5, 0);
    assert_near(y[1], 0.25, 1e-5);
    double z[] = {-9, 9}; /* starts outside; few evaluations */
    assert_true(minimise(-5, 5, 3, z) < 40036);
    assert_true(z[0] >= -5 && z[1] <= 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kernel_is_its_formula),
        cmocka_unit_test(test_extreme_distances),
        cmocka_unit_test(test_slopes),
        cmocka_unit_test(test_posterior),
        cmocka_unit_test(test_beliefs),
        cmocka_unit_test(test_equal_points),
        cmocka_unit_test(test_fit_gradient),
        cmocka_unit_test(test_likelihood),
        cmocka_unit_test(test_fit_finds_relevance),
        cmocka_unit_test(test_minimum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
