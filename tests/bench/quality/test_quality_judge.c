/* Statistics, verdicts, and the drive of a search. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "pool.h"
#include "report.h"

#include "base/banned.h"

static void assert_near(double a, double b, double tolerance)
{
    if (!(fabs(a - b) <= tolerance))
        fail_msg("%.17g is not %.17g", a, b);
}

static void quartiles_interpolate(void **state)
{
    (void)state;
    double odd[] = {5, 1, 4, 2, 3}, even[] = {4, 1, 3, 2}, one[] = {7};
    quality_quartiles q = quality_quartiles_of(odd, 5);
    assert_true(q.low == 2 && q.median == 3 && q.high == 4);
    q = quality_quartiles_of(even, 4);
    assert_true(q.low == 1.75 && q.median == 2.5 && q.high == 3.25);
    q = quality_quartiles_of(one, 1);
    assert_true(q.low == 7 && q.median == 7 && q.high == 7);
}

static void quartiles_stand_infinities(void **state)
{
    (void)state;
    double values[] = {INFINITY, 1, 2, INFINITY, 3};
    quality_quartiles q = quality_quartiles_of(values, 5);
    assert_true(q.low == 2 && q.median == 3 && isinf(q.high));
}

/* z = (12.5 - 0.5) / sqrt(25 * 11 / 12) for two samples of 5 that do not overlap; ties
 * take sum(t^3 - t) / (n (n - 1)) from the 11. */
static void mann_whitney_is_the_textbooks(void **state)
{
    (void)state;
    const double low[] = {1, 2, 3, 4, 5}, high[] = {6, 7, 8, 9, 10};
    assert_near(quality_mann_whitney(low, 5, high, 5),
                erfc(12 / sqrt(25 * 11. / 12) / M_SQRT2), 1e-9);
    assert_near(quality_mann_whitney(high, 5, low, 5),
                erfc(12 / sqrt(25 * 11. / 12) / M_SQRT2), 1e-9);
    assert_near(quality_mann_whitney(low, 5, low, 5), 1, 0);
    /* Of 25 pairs two are equal and one is the wrong way round: u = 2. Three pairs of
     * ties: t^3 - t sums to 18. */
    const double a[] = {1, 1, 2, 3, 4}, b[] = {3, 4, 5, 6, 7};
    double z = (12.5 - 2 - .5) / sqrt(25. / 12 * (11 - 18. / 90));
    assert_near(quality_mann_whitney(a, 5, b, 5), erfc(z / M_SQRT2), 1e-12);
    const double same[] = {2, 2, 2};
    assert_near(quality_mann_whitney(same, 3, same, 3), 1, 0);
}

static void intervals_hold_the_median(void **state)
{
    (void)state;
    double values[15];
    for (int i = 0; i < 15; i++)
        values[i] = i;
    quality_interval boot = quality_bootstrap(values, 15);
    assert_true(boot.low >= 2 && boot.low <= 5 && boot.high >= 9 && boot.high <= 12);
    const double same[] = {3, 3, 3, 3};
    boot = quality_bootstrap(same, 4);
    assert_true(boot.low == 3 && boot.high == 3);
    /* Each side has the spread of its own side. */
    quality_interval skewed = quality_interval_of((quality_quartiles){9, 10, 14}, 16);
    assert_near(10 - skewed.low, 1.96 * 1.2533 / .6745 / 4, 1e-12);
    assert_near(skewed.high - 10, 4 * (10 - skewed.low), 1e-12);
}

static quality_sample make_sample(double first, double step, uint32_t n)
{
    quality_sample sample = {.n = n, .n_values = n};
    for (uint32_t i = 0; i < n; i++)
        sample.values[i] = first + step * i;
    sample.quartiles = quality_quartiles_of(sample.values, n);
    return sample;
}

static quality_sample forget_values(quality_sample sample)
{
    sample.n_values = 0;
    return sample;
}

static void verdicts(void **state)
{
    (void)state;
    const struct {
        double ours, theirs, minimum, solved;
        quality_verdict expected;
    } cases[] = {
        {0, 100, -1, 0, QUALITY_BETTER},   {100, 0, -1, 0, QUALITY_WORSE},
        {100, 101, -1, 0, QUALITY_SAME},   {101, 100, -1, 0, QUALITY_SAME},
        {0, 100, -1, 200, QUALITY_SOLVED}, {100, 0, -1, 200, QUALITY_SOLVED},
        {0, 100, -1, 50, QUALITY_BETTER},  {100, 0, -1, 50, QUALITY_WORSE},
        {100, 0, NAN, 0, QUALITY_WORSE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        quality_sample ours = make_sample(cases[i].ours, 1, 15);
        quality_sample theirs = make_sample(cases[i].theirs, 1, 15);
        assert_int_equal(quality_judge(&ours, &theirs, cases[i].minimum, cases[i].solved),
                         cases[i].expected);
        theirs = forget_values(theirs);
        assert_int_equal(quality_judge(&ours, &theirs, cases[i].minimum, cases[i].solved),
                         cases[i].expected);
    }
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static void baseline_has_the_best(void **state)
{
    (void)state;
    char path[] = "/tmp/hone-quality-XXXXXX";
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    close(descriptor);
    write_file(path, "{\"functions\": {\"f\": {\"engines\": {"
                     "\"a random\": {\"50\": {\"values\": [9, 7, 8]}},"
                     "\"b\": {\"50\": {\"n\": 20, \"quartiles\": [1, 2, 3]}},"
                     "\"c\": {\"50\": {\"values\": [4, null, 3]}, \"cpu_ms\": 1}}}}}");
    quality_baseline *baseline = quality_baseline_make();
    quality_sample sample;
    hone_error err = {0};
    assert_int_equal(quality_baseline_read(baseline, path, &err), 0);
    assert_true(quality_baseline_best(baseline, "f", 50, NULL, &sample));
    assert_string_equal(sample.engine, "b");
    assert_true(sample.n == 20 && sample.n_values == 0 && sample.quartiles.median == 2);
    assert_true(quality_baseline_best(baseline, "f", 50, " random", &sample));
    assert_true(sample.n == 3 && sample.n_values == 3 && sample.quartiles.median == 8);
    assert_true(quality_baseline_best(baseline, "f", 50, "c", &sample));
    assert_true(sample.quartiles.median == 4 && isinf(sample.values[2]));
    assert_false(quality_baseline_best(baseline, "f", 100, NULL, &sample));
    assert_false(quality_baseline_best(baseline, "g", 50, NULL, &sample));
    write_file(path, "{\"functions\":");
    assert_int_equal(quality_baseline_read(baseline, path, &err), HONE_ESYNTAX);
    unlink(path);
    quality_baseline_free(baseline);
}

static quality_result drive(const char *function, const char *method, uint32_t parallel)
{
    quality_task task = {.function = quality_function_find(function),
                         .method = method,
                         .seed = 4,
                         .trials = 100,
                         .parallel = parallel};
    quality_result result;
    quality_drive(&task, &result);
    return result;
}

/* What random search suggests does not depend on what ends when. */
static void drive_is_repeated(void **state)
{
    (void)state;
    quality_result one = drive("mixed_cond", "random", 1);
    quality_result again = drive("mixed_cond", "random", 1);
    quality_result many = drive("mixed_cond", "random", 8);
    assert_int_equal(one.end, QUALITY_RAN);
    assert_int_equal(many.end, QUALITY_RAN);
    assert_int_equal(one.trials, 100);
    assert_memory_equal(one.best, again.best, sizeof one.best);
    assert_true(one.best[3] == many.best[3]);
    assert_int_equal(quality_budgets[3], 100);
    for (int i = 1; i < QUALITY_N_BUDGETS; i++)
        assert_true(one.best[i] <= one.best[i - 1]);
}

static void drive_says_why_not(void **state)
{
    (void)state;
    quality_result result = drive("linear_heart", "grid", 1);
    assert_int_equal(result.end, QUALITY_REFUSED);
    assert_non_null(strstr(result.text, "C"));
    result = drive("branin", "{name: sobol, no_such: 1}", 1);
    assert_int_equal(result.end, QUALITY_REFUSED);
    assert_non_null(strstr(result.text, "no_such"));
}

static void pool_does_all(void **state)
{
    (void)state;
    enum { N = 9 };
    quality_task tasks[N];
    quality_result *results = quality_results_make(N);
    assert_non_null(results);
    for (uint32_t i = 0; i < N; i++)
        tasks[i] = (quality_task){.function = quality_function_find("branin"),
                                  .method = "random",
                                  .seed = i,
                                  .trials = 10 + i,
                                  .parallel = 2};
    assert_true(quality_pool_run(tasks, results, N, 3));
    for (uint32_t i = 0; i < N; i++) {
        assert_int_equal(results[i].end, QUALITY_RAN);
        assert_int_equal(results[i].trials, 10 + i);
    }
    quality_results_free(results, N);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quartiles_interpolate),
        cmocka_unit_test(quartiles_stand_infinities),
        cmocka_unit_test(mann_whitney_is_the_textbooks),
        cmocka_unit_test(intervals_hold_the_median),
        cmocka_unit_test(verdicts),
        cmocka_unit_test(baseline_has_the_best),
        cmocka_unit_test(drive_is_repeated),
        cmocka_unit_test(drive_says_why_not),
        cmocka_unit_test(pool_does_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
