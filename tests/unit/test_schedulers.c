/* Each scheduler's rule, on curves whose rulings were worked out by hand. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <hone/scheduler.h>

typedef struct rig {
    const hone_scheduler *scheduler;
    void *self;
    hone_ruling ruling; /* the last */
} rig;

enum { SETTINGS_MAX = 4 };

typedef struct setup {
    const char *type;
    bool maximize;
    hone_setting settings[SETTINGS_MAX];
} setup;

#define INT(key, number)                                                                 \
    {                                                                                    \
        .name = key, .value = {.kind = HONE_INT, .integer = (number) }                   \
    }
#define REAL(key, number)                                                                \
    {                                                                                    \
        .name = key, .value = {.kind = HONE_REAL, .real = (number) }                     \
    }

static int start(rig *r, const setup *s, hone_error *err)
{
    hone_watch watch = {.metric = "loss", .maximize = s->maximize};
    hone_settings settings = {.items = s->settings};
    while (settings.n < SETTINGS_MAX && s->settings[settings.n].name != NULL)
        settings.n++;
    r->scheduler = hone_scheduler_find(s->type);
    assert_non_null(r->scheduler);
    r->self = calloc(1, r->scheduler->state_size);
    assert_non_null(r->self);
    return r->scheduler->init(r->self, &watch, &settings, err);
}

static void stop(rig *r)
{
    if (r->scheduler->release != NULL)
        r->scheduler->release(r->self);
    free(r->self);
}

static bool report(rig *r, uint64_t number, double step, double value)
{
    r->ruling = (hone_ruling){.kind = HONE_RULING_CONTINUE};
    hone_report point = {.number = number, .step = step, .value = value};
    assert_int_equal(r->scheduler->report(r->self, &point, &r->ruling), HONE_OK);
    return r->ruling.kind == HONE_RULING_STOP;
}

static bool revise(rig *r, uint64_t number)
{
    r->ruling = (hone_ruling){.kind = HONE_RULING_CONTINUE};
    r->scheduler->revise(r->self, number, &r->ruling);
    return r->ruling.kind == HONE_RULING_STOP;
}

/* A whole curve at steps 1, 2, ... of a trial that ends well. */
static void complete(rig *r, uint64_t number, unsigned n, const double *values)
{
    for (unsigned i = 0; i < n; i++)
        (void)report(r, number, i + 1, values[i]);
    assert_int_equal(r->scheduler->ended(r->self, number, HONE_STATUS_COMPLETED),
                     HONE_OK);
}

/* The example that W&B's own code has: five histories, the first of a trial that has
 * ended already; of those that run the first goes, or the first two. */
static void test_hyperband_is_wandbs(void **state)
{
    (void)state;
    static const double histories[5][3] = {
        {10, 9, NAN}, {10, 10, NAN}, {10, 8, 8}, {10, 7, 7}, {10, 6, 6}};
    static const struct {
        setup s;
        const char *stopped; /* one letter a running trial */
        const char *why;     /* of the first of them */
    } cases[] = {
        {{"hyperband", false, {INT("max_iter", 5), INT("s", 2), INT("eta", 2)}},
         "x...",
         "10 at step 2 is worse than 8, the best half of 5 values"},
        {{"hyperband", false, {INT("min_iter", 2), INT("eta", 2)}},
         "x...",
         "10 at step 2 is worse than 8, the best half of 5 values"},
        {{"hyperband", false, {INT("min_iter", 2)}},
         "xx..",
         "10 at step 2 is worse than 7, the best third of 5 values"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rig r;
        assert_int_equal(start(&r, &cases[i].s, NULL), HONE_OK);
        for (uint64_t trial = 1; trial <= 5; trial++)
            for (int k = 0; k < 3; k++)
                if (!isnan(histories[trial - 1][k]))
                    (void)report(&r, trial, k + 1, histories[trial - 1][k]);
        char stopped[5] = "";
        for (uint64_t trial = 2; trial <= 5; trial++) {
            stopped[trial - 2] = revise(&r, trial) ? 'x' : '.';
            if (trial == 2)
                assert_string_equal(r.ruling.why, cases[i].why);
        }
        assert_string_equal(stopped, cases[i].stopped);
        stop(&r);
    }
}

static void test_asha(void **state)
{
    (void)state;
    setup s = {"asha", true, {INT("min_iter", 1), INT("eta", 2)}};
    rig r;
    assert_int_equal(start(&r, &s, NULL), HONE_OK);
    /* Accuracies come in with their sign flipped. */
    assert_false(report(&r, 1, 1, -0.5)); /* the first of a rung is its best */
    assert_false(report(&r, 2, 1, -0.6));
    assert_true(report(&r, 3, 1, -0.55)); /* one of three goes on */
    assert_string_equal(r.ruling.why,
                        "0.55 at step 1 is worse than 0.6, the best half of 3 values");
    assert_false(report(&r, 4, 1, -0.6)); /* two of four */
    assert_false(report(&r, 1, 2, -0.1));
    assert_false(report(&r, 1, 3, -0.1)); /* no rung stands there */
    assert_true(report(&r, 5, 4, NAN));
    r.scheduler->restart(r.self, 4);
    assert_true(report(&r, 4, 1, -0.54)); /* its 0.6 is taken out again */
    stop(&r);
}

static void test_percentiles(void **state)
{
    (void)state;
    static const double curves[4][3] = {{9, 4, 4}, {8, 3, 3}, {7, 2, 2}, {6, 1, 1}};
    static const struct {
        setup s;
        double step, value;
        const char *why; /* NULL: it goes on */
    } cases[] = {
        {{"median", false, {INT("startup_trials", 4)}}, 2, 2.4, NULL},
        {{"median", false, {INT("startup_trials", 4)}},
         2,
         2.6,
         "2.6 at step 2 is worse than 2.5, the median of 4 values"},
        {{"median", false, {INT("startup_trials", 5)}}, 2, 99, NULL},
        {{"median", false, {INT("startup_trials", 1), REAL("warmup_steps", 3)}},
         2,
         99,
         NULL},
        {{"percentile", false, {INT("startup_trials", 1), REAL("percentile", 0)}},
         3,
         1.5,
         "1.5 at step 3 is worse than 1, the best 0 % of 4 values"},
        {{"percentile", false, {INT("startup_trials", 1), REAL("percentile", 100)}},
         1,
         8.9,
         NULL},
        {{"median", false, {INT("startup_trials", 1)}},
         2,
         NAN,
         "nan at step 2 is no number"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rig r;
        assert_int_equal(start(&r, &cases[i].s, NULL), HONE_OK);
        for (uint64_t trial = 1; trial <= 4; trial++)
            complete(&r, trial, 3, curves[trial - 1]);
        bool stopped = report(&r, 5, cases[i].step, cases[i].value);
        assert_int_equal(stopped, cases[i].why != NULL);
        if (stopped)
            assert_string_equal(r.ruling.why, cases[i].why);
        stop(&r);
    }
}

/* Looked at once in an interval, at its first point. */
static void test_intervals(void **state)
{
    (void)state;
    static const double good[12] = {0};
    setup s = {"median", false, {INT("startup_trials", 1), REAL("interval_steps", 4)}};
    rig r;
    assert_int_equal(start(&r, &s, NULL), HONE_OK);
    complete(&r, 1, 12, good);
    bool stopped[12];
    for (int step = 1; step <= 12; step++)
        stopped[step - 1] = report(&r, 2, step, 5);
    static const bool wanted[12] = {true,  false, false, true,  false, false,
                                    false, true,  false, false, false, true};
    assert_memory_equal(stopped, wanted, sizeof wanted);
    stop(&r);
}

static void test_threshold(void **state)
{
    (void)state;
    setup s = {"threshold", true, {REAL("lower", 0.2), REAL("warmup_steps", 3)}};
    rig r;
    assert_int_equal(start(&r, &s, NULL), HONE_OK);
    assert_false(report(&r, 1, 2, -0.1));
    assert_false(report(&r, 1, 3, -0.2));
    assert_true(report(&r, 1, 4, -0.1));
    assert_string_equal(r.ruling.why, "0.1 at step 4 is below 0.2, the limit");
    assert_true(report(&r, 2, 4, NAN));
    stop(&r);
}

static void test_patience(void **state)
{
    (void)state;
    setup s = {"patience", false, {INT("steps", 2), REAL("min_delta", 0.1)}};
    rig r;
    assert_int_equal(start(&r, &s, NULL), HONE_OK);
    static const double values[] = {5, 4, 3, 2.95, 2.8, 2.75, 2.74};
    static const bool wanted[] = {false, false, false, false, false, false, true};
    for (size_t i = 0; i < sizeof wanted; i++)
        assert_int_equal(report(&r, 1, (double)i * 10, values[i]), wanted[i]);
    assert_string_equal(r.ruling.why, "no value of the last 2, up to step 60, is better "
                                      "than 2.8 by more than 0.1");
    r.scheduler->restart(r.self, 1);
    assert_false(report(&r, 1, 0, 9));
    stop(&r);
}

static void test_bad_settings(void **state)
{
    (void)state;
    static const struct {
        setup s;
        const char *text;
    } cases[] = {
        {{"hyperband", false, {INT("max_iter", 9)}},
         "early_terminate.max_iter needs s beside it"},
        {{"hyperband", false, {INT("max_iter", 2), INT("s", 3)}},
         "early_terminate needs min_iter, or max_iter together with s, that give a band "
         "of 1 to 65535 points"},
        {{"asha", false, {INT("max_iter", 1)}},
         "early_terminate.max_iter is 1; it is above the first rung at 1"},
        {{"threshold", false, {{0}}}, "early_terminate needs lower, upper or both"},
        {{"threshold", false, {REAL("lower", 2), REAL("upper", 1)}},
         "early_terminate.lower is 2; it is at most upper, 1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rig r;
        hone_error err = {0};
        int rc = start(&r, &cases[i].s, &err);
        assert_int_equal(rc, HONE_ESPEC);
        assert_string_equal(err.text, cases[i].text);
        stop(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hyperband_is_wandbs), cmocka_unit_test(test_asha),
        cmocka_unit_test(test_percentiles),         cmocka_unit_test(test_intervals),
        cmocka_unit_test(test_threshold),           cmocka_unit_test(test_patience),
        cmocka_unit_test(test_bad_settings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
