/* What follows a repeat: by number, and in a race. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/repeats.h"

#define COUNT(array) ((uint32_t)(sizeof(array) / sizeof((array)[0])))

static hone_repeats_next after(const hone_contest *contest, uint32_t n,
                               const double *scores)
{
    hone_summary trial = hone_summary_of(n, scores);
    return hone_repeats_after(contest, &trial);
}

static void test_by_number(void **state)
{
    (void)state;
    static const double scores[] = {9, 9, NAN, 9};
    static const struct {
        uint32_t max, n;
        hone_repeats_next next;
    } cases[] = {{0, 1, HONE_REPEATS_DONE}, {1, 1, HONE_REPEATS_DONE},
                 {2, 1, HONE_REPEATS_MORE}, {3, 2, HONE_REPEATS_MORE},
                 {4, 3, HONE_REPEATS_MORE}, {3, 3, HONE_REPEATS_DONE},
                 {3, 4, HONE_REPEATS_DONE}};
    for (uint32_t i = 0; i < COUNT(cases); i++) {
        const hone_repeats rule = {.max = cases[i].max};
        const hone_contest contest = {.rule = &rule, .best = {.n = 3, .mean = 1}};
        assert_int_equal(after(&contest, cases[i].n, scores), cases[i].next);
    }
}

/* The incumbent 1.0, 1.1, 0.9: mean 1, variance 0.01. */
static const double incumbent[] = {1.0, 1.1, 0.9};

static void test_race(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        double scores[4];
        uint32_t n;
        hone_repeats_next next;
    } cases[] = {
        {"too few to be judged", {9, 9}, 2, HONE_REPEATS_MORE},
        {"far behind", {9, 9.1, 8.9}, 3, HONE_REPEATS_BEHIND},
        {"better", {0.1, 0.2, 0.3}, 3, HONE_REPEATS_MORE},
        {"alike", {1.0, 1.1, 0.9}, 3, HONE_REPEATS_MORE},
        {"behind, within the noise", {1.1, 1.2, 1.0}, 3, HONE_REPEATS_MORE},
        /* t = 0.2 / sqrt(0.02 / 3) = 2.449 > 2.132 = t(0.95, 4) */
        {"behind, beyond the noise", {1.2, 1.3, 1.1}, 3, HONE_REPEATS_BEHIND},
        /* t = 0.17 / sqrt(0.02 / 3) = 2.082 < 2.132 */
        {"behind, just within", {1.17, 1.27, 1.07}, 3, HONE_REPEATS_MORE},
        {"far behind, very noisy", {30, -20, 10}, 3, HONE_REPEATS_MORE},
        {"no number", {1, NAN, 1}, 3, HONE_REPEATS_BEHIND},
        {"endless", {1, INFINITY, 1}, 3, HONE_REPEATS_BEHIND},
        {"all there are", {0.1, 0.2, 0.3, 0.2}, 4, HONE_REPEATS_DONE},
    };
    const hone_repeats rule = {.max = 4, .min = 3, .race = true};
    hone_contest contest = {.rule = &rule, .best = hone_summary_of(3, incumbent)};
    for (uint32_t i = 0; i < COUNT(cases); i++)
        if (after(&contest, cases[i].n, cases[i].scores) != cases[i].next)
            fail_msg("%s", cases[i].why);
    /* The same seen from the other side. */
    double mirrored[3] = {-1.0, -1.1, -0.9};
    contest.best = hone_summary_of(3, mirrored);
    contest.maximize = true;
    for (uint32_t i = 0; i < COUNT(cases); i++) {
        double scores[4];
        for (uint32_t k = 0; k < 4; k++)
            scores[k] = -cases[i].scores[k];
        if (after(&contest, cases[i].n, scores) != cases[i].next)
            fail_msg("%s, maximised", cases[i].why);
    }
}

static void test_race_without_noise(void **state)
{
    (void)state;
    const hone_repeats rule = {.max = 9, .min = 2, .race = true};
    hone_contest contest = {.rule = &rule, .best = {.n = 9, .mean = 1, .variance = 0}};
    const double same[] = {1, 1}, worse[] = {1.5, 1.5}, better[] = {0.5, 0.5};
    assert_int_equal(after(&contest, 2, same), HONE_REPEATS_MORE);
    assert_int_equal(after(&contest, 2, worse), HONE_REPEATS_BEHIND);
    assert_int_equal(after(&contest, 2, better), HONE_REPEATS_MORE);
    contest.best = (hone_summary){.n = 0}; /* nobody to run against */
    assert_int_equal(after(&contest, 2, worse), HONE_REPEATS_MORE);
    contest.best = (hone_summary){.n = 1, .mean = 1, .variance = NAN};
    assert_int_equal(after(&contest, 2, worse), HONE_REPEATS_MORE);
}

/* Who is raced against: the best mean of those that can be compared. */
static void test_opponent(void **state)
{
    (void)state;
    static const struct {
        hone_summary other;
        bool enters, enters_maximized; /* against a mean of 1 */
    } cases[] = {
        {{.n = 3, .mean = 0.5}, true, false},
        {{.n = 3, .mean = 1.5}, false, true},
        {{.n = 3, .mean = 1}, false, false},
        {{.n = 2, .mean = 0.5}, false, false}, /* fewer than `min` */
        {{.n = 3, .mean = NAN}, false, false},
        {{.n = 3, .mean = INFINITY}, false, false},
        {{.n = 3, .mean = -INFINITY}, false, false},
    };
    const hone_repeats rule = {.max = 9, .min = 3, .race = true};
    for (uint32_t i = 0; i < COUNT(cases); i++) {
        for (int maximize = 0; maximize < 2; maximize++) {
            hone_contest contest = {.rule = &rule, .maximize = maximize != 0};
            hone_contest_enter(&contest, 7, &(hone_summary){.n = 4, .mean = 1});
            assert_int_equal(contest.number, 7);
            hone_contest_enter(&contest, 8, &cases[i].other);
            bool enters = maximize ? cases[i].enters_maximized : cases[i].enters;
            assert_int_equal(contest.number, enters ? 8 : 7);
            assert_int_equal(contest.best.n, enters ? 3 : 4);
        }
    }
    const hone_repeats any = {.max = 9, .race = true};
    hone_contest contest = {.rule = &any};
    hone_contest_enter(&contest, 7, &(hone_summary){.n = 1, .mean = 1});
    assert_int_equal(contest.best.n, 0); /* one score is nothing to compare with */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_number),
        cmocka_unit_test(test_race),
        cmocka_unit_test(test_race_without_noise),
        cmocka_unit_test(test_opponent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
