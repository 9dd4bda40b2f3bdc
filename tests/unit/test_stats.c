/* Means, standard errors, Student's t and Welch's test against published values. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <hone/stats.h>

#define COUNT(array) ((uint32_t)(sizeof(array) / sizeof((array)[0])))

static void assert_near(double got, double wanted, double tolerance)
{
    if (!(fabs(got - wanted) <= tolerance))
        fail_msg("got %.17g, wanted %.17g within %g", got, wanted, tolerance);
}

static void test_summary(void **state)
{
    (void)state;
    const double scores[] = {2, 4, 4, 4, 5, 5, 7, 9}; /* squares about 5 sum to 32 */
    hone_summary summary = hone_summary_of(COUNT(scores), scores);
    assert_int_equal(summary.n, 8);
    assert_true(summary.mean == 5);
    assert_near(summary.variance, 32.0 / 7, 1e-15);
    assert_near(hone_summary_se(&summary), sqrt(32.0 / 7 / 8), 1e-15);
    hone_interval interval = hone_summary_interval(&summary);
    assert_near(interval.high - 5, 2.364624251592785 * hone_summary_se(&summary), 1e-12);
    assert_near(5 - interval.low, interval.high - 5, 1e-15);
}

/* NIST StRD, NumAcc3 and NumAcc4: 1001 observations each, the first the mean, then it
 * less and more 0.1 in turn; certified are the mean and a deviation of 0.1. */
static void test_certified(void **state)
{
    (void)state;
    static const struct {
        double mean, low, high;
    } cases[] = {{1000000.2, 1000000.1, 1000000.3}, {10000000.2, 10000000.1, 10000000.3}};
    for (uint32_t c = 0; c < COUNT(cases); c++) {
        double scores[1001] = {cases[c].mean};
        for (int i = 1; i < 1001; i++)
            scores[i] = i % 2 == 1 ? cases[c].low : cases[c].high;
        hone_summary summary = hone_summary_of(1001, scores);
        assert_true(summary.mean == cases[c].mean);
        assert_near(sqrt(summary.variance), 0.1, 1e-8);
    }
}

static void test_odd_scores(void **state)
{
    (void)state;
    const double one[] = {3}, wild[] = {1, NAN, 2}, endless[] = {1, INFINITY};
    hone_summary summary = hone_summary_of(0, NULL);
    assert_true(isnan(summary.mean) && isnan(summary.variance));
    summary = hone_summary_of(1, one);
    assert_true(summary.mean == 3 && isnan(summary.variance));
    assert_true(isnan(hone_summary_se(&summary)));
    assert_true(isnan(hone_summary_interval(&summary).low));
    summary = hone_summary_of(3, wild);
    assert_true(isnan(summary.mean) && isnan(summary.variance));
    summary = hone_summary_of(2, endless);
    assert_true(isinf(summary.mean) && isnan(summary.variance));
    const double same[] = {0.1, 0.1, 0.1, 0.1, 0.1, 0.1};
    summary = hone_summary_of(6, same);
    assert_true(summary.mean == 0.1 && summary.variance == 0);
}

/* NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2, critical values of
 * Student's t, to the three decimals of the table. */
static void test_published_quantiles(void **state)
{
    (void)state;
    static const struct {
        double p, df, t;
    } cases[] = {
        {0.90, 1, 3.078},   {0.95, 1, 6.314},    {0.975, 1, 12.706}, {0.99, 1, 31.821},
        {0.995, 1, 63.657}, {0.999, 1, 318.309}, {0.975, 2, 4.303},  {0.975, 3, 3.182},
        {0.95, 4, 2.132},   {0.975, 5, 2.571},   {0.995, 7, 3.499},  {0.975, 9, 2.262},
        {0.90, 10, 1.372},  {0.975, 10, 2.228},  {0.999, 10, 4.144}, {0.975, 20, 2.086},
        {0.975, 30, 2.042}, {0.95, 60, 1.671},   {0.975, 100, 1.984}};
    for (uint32_t i = 0; i < COUNT(cases); i++) {
        assert_near(hone_student_quantile(cases[i].p, cases[i].df), cases[i].t, 5.1e-4);
        assert_near(hone_student_quantile(1 - cases[i].p, cases[i].df), -cases[i].t,
                    5.1e-4);
    }
    assert_near(hone_student_quantile(0.975, INFINITY), 1.959963984540054, 1e-12);
}

/* With one and with two degrees of freedom both have a closed form. */
static void test_closed_forms(void **state)
{
    (void)state;
    const double pi = 3.14159265358979323846;
    static const double ps[] = {0.5, 0.55, 0.7, 0.74, 0.76, 0.9, 0.975, 0.999, 0.999999};
    for (uint32_t i = 0; i < COUNT(ps); i++) {
        double p = ps[i], one = tan(pi * (p - 0.5));
        double two = (2 * p - 1) / sqrt(2 * p * (1 - p));
        assert_near(hone_student_quantile(p, 1), one, 1e-10 * (1 + one));
        assert_near(hone_student_quantile(p, 2), two, 1e-10 * (1 + two));
        assert_near(hone_student_upper(one, 1), 1 - p, 1e-13);
        assert_near(hone_student_upper(-two, 2), p, 1e-13);
    }
    assert_true(hone_student_upper(0, 3) == 0.5);
    assert_true(hone_student_upper(INFINITY, 3) == 0);
    assert_true(hone_student_upper(-INFINITY, 3) == 1);
    assert_true(isnan(hone_student_upper(NAN, 3)));
    assert_near(hone_student_upper(1.959963984540054, INFINITY), 0.025, 1e-15);
}

/* Student's sleep data (Student 1908, after Cushny and Peebles 1905); R's documentation
 * of t.test has the result of Welch's test. */
static void test_welch_published(void **state)
{
    (void)state;
    const double first[] = {0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0};
    const double second[] = {1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4};
    hone_summary a = hone_summary_of(10, first), b = hone_summary_of(10, second);
    assert_near(a.mean, 0.75, 1e-15);
    assert_near(b.mean, 2.33, 1e-15);
    hone_welch test = hone_welch_test(&a, &b);
    assert_near(test.t, -1.8608, 5e-5);
    assert_near(test.df, 17.776, 5e-4);
    assert_near(test.differ, 0.07939, 5e-6);
    assert_near(test.greater, 1 - 0.07939 / 2, 5e-6);
    test = hone_welch_test(&b, &a);
    assert_near(test.t, 1.8608, 5e-5);
    assert_near(test.greater, 0.07939 / 2, 5e-6);
}

static void test_welch_edges(void **state)
{
    (void)state;
    const hone_summary still = {.n = 3, .mean = 1}, other = {.n = 2, .mean = 2};
    hone_welch test = hone_welch_test(&still, &still);
    assert_true(test.t == 0 && test.greater == 0.5 && test.differ == 1);
    test = hone_welch_test(&other, &still);
    assert_true(isinf(test.t) && test.greater == 0 && test.differ == 0);
    test = hone_welch_test(&still, &other);
    assert_true(test.t < 0 && test.greater == 1 && test.differ == 0);
    const hone_summary one = {.n = 1, .mean = 1, .variance = NAN};
    assert_true(isnan(hone_welch_test(&one, &still).differ));
    assert_true(isnan(hone_welch_test(&still, &one).greater));
    const hone_summary tiny = {.n = 4, .mean = 1e-200, .variance = 1e-320};
    const hone_summary none = {.n = 4, .mean = 0, .variance = 1e-320};
    assert_true(isfinite(hone_welch_test(&tiny, &none).df));
    const hone_summary wild = {.n = 3, .mean = INFINITY, .variance = NAN};
    assert_true(isnan(hone_welch_test(&wild, &still).t));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_summary),      cmocka_unit_test(test_certified),
        cmocka_unit_test(test_odd_scores),   cmocka_unit_test(test_published_quantiles),
        cmocka_unit_test(test_closed_forms), cmocka_unit_test(test_welch_published),
        cmocka_unit_test(test_welch_edges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
