/* What every scheduler of the list promises: the order in which trials are heard means
 * nothing afterwards, a restarted trial begins anew, no number is too strange, and every
 * word to stop has a reason. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <hone/scheduler.h>

#include "math/philox.h"

typedef struct watched {
    const hone_scheduler *scheduler;
    void *self;
} watched;

/* The least that each needs to be told. */
static hone_settings settings_of(const hone_scheduler *scheduler)
{
    static const hone_setting upper = {.name = "upper",
                                       .value = {.kind = HONE_REAL, .real = 0.9}};
    static const hone_setting min_iter = {.name = "min_iter",
                                          .value = {.kind = HONE_INT, .integer = 2}};
    if (strcmp(scheduler->name, "threshold") == 0)
        return (hone_settings){.n = 1, .items = &upper};
    if (strcmp(scheduler->name, "hyperband") == 0)
        return (hone_settings){.n = 1, .items = &min_iter};
    return (hone_settings){0};
}

static void open_watched(watched *w, const hone_scheduler *scheduler)
{
    hone_watch watch = {.metric = "loss"};
    hone_settings settings = settings_of(scheduler);
    w->scheduler = scheduler;
    w->self = calloc(1, scheduler->state_size);
    assert_non_null(w->self);
    assert_int_equal(scheduler->init(w->self, &watch, &settings, NULL), HONE_OK);
}

static void close_watched(watched *w)
{
    if (w->scheduler->release != NULL)
        w->scheduler->release(w->self);
    free(w->self);
}

static hone_ruling tell(watched *w, uint64_t number, double step, double value)
{
    hone_ruling ruling = {.kind = HONE_RULING_CONTINUE};
    hone_report report = {.number = number, .step = step, .value = value};
    assert_int_equal(w->scheduler->report(w->self, &report, &ruling), HONE_OK);
    assert_int_equal(ruling.kind == HONE_RULING_STOP, ruling.why[0] != '\0');
    return ruling;
}

static void end(watched *w, uint64_t number, hone_status status)
{
    if (w->scheduler->ended != NULL)
        assert_int_equal(w->scheduler->ended(w->self, number, status), HONE_OK);
}

static double noise(uint64_t trial, uint64_t step)
{
    return hone_philox_uniform(5,
                               (hone_counter){.number = trial, .stream = (uint32_t)step});
}

static double value_at(uint64_t trial, uint64_t step)
{
    return noise(trial, 0) + 1 / (double)step + 0.1 * noise(trial, step);
}

enum { TRIALS = 20, STEPS = 12 };

/* Trial by trial, or all trials step by step. */
static void tell_all(watched *w, bool by_step)
{
    for (uint64_t i = 0; i < TRIALS * STEPS; i++) {
        uint64_t trial = by_step ? i % TRIALS : i / STEPS;
        uint64_t step = by_step ? i / TRIALS : i % STEPS;
        (void)tell(w, trial + 1, (double)step + 1, value_at(trial + 1, step + 1));
    }
    for (uint64_t trial = 1; trial <= TRIALS; trial++)
        end(w, trial, trial % 4 == 0 ? HONE_STATUS_FAILED : HONE_STATUS_COMPLETED);
}

/* A scheduler is asked for its word on a new trial, step by step. */
static void compare(watched *a, watched *b, uint64_t number, double shift)
{
    for (uint64_t step = 1; step <= STEPS; step++) {
        double value = value_at(number, step) + shift;
        hone_ruling one = tell(a, number, (double)step, value);
        hone_ruling two = tell(b, number, (double)step, value);
        assert_int_equal(one.kind, two.kind);
        assert_string_equal(one.why, two.why);
        if (a->scheduler->revise == NULL)
            continue;
        hone_ruling again = {.kind = HONE_RULING_CONTINUE};
        a->scheduler->revise(a->self, number, &again);
        assert_int_equal(again.kind, one.kind);
    }
}

static void test_order_means_nothing(void **state)
{
    (void)state;
    const hone_scheduler *scheduler;
    for (uint32_t i = 0; (scheduler = hone_scheduler_at(i)) != NULL; i++) {
        watched a, b;
        open_watched(&a, scheduler);
        open_watched(&b, scheduler);
        tell_all(&a, false);
        tell_all(&b, true);
        for (uint64_t number = TRIALS + 1; number <= TRIALS + 5; number++)
            compare(&a, &b, number, 0.2 * (double)(number - TRIALS) - 0.5);
        close_watched(&a);
        close_watched(&b);
    }
}

/* An attempt that is run again leaves nothing of the one before. */
static void test_restart_forgets(void **state)
{
    (void)state;
    const hone_scheduler *scheduler;
    for (uint32_t i = 0; (scheduler = hone_scheduler_at(i)) != NULL; i++) {
        watched a, b;
        open_watched(&a, scheduler);
        open_watched(&b, scheduler);
        for (uint64_t step = 1; step <= STEPS; step++)
            (void)tell(&b, 7, (double)step, -100);
        if (scheduler->restart != NULL) {
            scheduler->restart(b.self, 7);
            scheduler->restart(b.self, 999); /* never heard of */
        }
        tell_all(&a, true);
        tell_all(&b, true);
        compare(&a, &b, TRIALS + 1, 0.1);
        close_watched(&a);
        close_watched(&b);
    }
}

/* Very bad ones are stopped by all that compare, very good ones by none. */
static void test_good_and_bad(void **state)
{
    (void)state;
    const hone_scheduler *scheduler;
    for (uint32_t i = 0; (scheduler = hone_scheduler_at(i)) != NULL; i++) {
        watched w;
        open_watched(&w, scheduler);
        tell_all(&w, true);
        bool bad_stopped = false, good_stopped = false;
        for (uint64_t step = 1; step <= STEPS; step++) {
            bad_stopped |=
                tell(&w, 50, (double)step, 50 + (double)step).kind == HONE_RULING_STOP;
            good_stopped |=
                tell(&w, 51, (double)step, -(double)step).kind == HONE_RULING_STOP;
        }
        assert_true(bad_stopped);
        assert_false(good_stopped);
        close_watched(&w);
    }
}

static void test_strange_numbers(void **state)
{
    (void)state;
    static const double values[] = {NAN,   INFINITY, -INFINITY, 0,      -0.0,
                                    1e308, -1e308,   1e-320,    0x1p53, 1};
    static const double steps[] = {0, -5, 1, 1, 1e300, 3, NAN, INFINITY, 2, 0.5};
    enum { N = sizeof values / sizeof *values };
    const hone_scheduler *scheduler;
    for (uint32_t i = 0; (scheduler = hone_scheduler_at(i)) != NULL; i++) {
        watched w;
        open_watched(&w, scheduler);
        for (uint64_t trial = 1; trial <= 30; trial++) {
            for (uint64_t k = 0; k < N; k++)
                (void)tell(&w, trial, steps[(k * trial) % N], values[(k + trial) % N]);
            if (scheduler->restart != NULL && trial % 3 == 0)
                scheduler->restart(w.self, trial - 1);
            end(&w, trial, HONE_STATUS_COMPLETED);
        }
        close_watched(&w);
    }
}

static void test_thousand_trials(void **state)
{
    (void)state;
    const hone_scheduler *scheduler;
    for (uint32_t i = 0; (scheduler = hone_scheduler_at(i)) != NULL; i++) {
        watched w;
        open_watched(&w, scheduler);
        for (uint64_t trial = 1; trial <= 1000; trial++) {
            hone_ruling ruling = {.kind = HONE_RULING_CONTINUE};
            for (uint64_t step = 1; step <= 9 && ruling.kind != HONE_RULING_STOP; step++)
                ruling = tell(&w, trial, (double)step, value_at(trial, step));
            end(&w, trial,
                ruling.kind == HONE_RULING_STOP ? HONE_STATUS_PRUNED
                                                : HONE_STATUS_COMPLETED);
        }
        close_watched(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_means_nothing),
        cmocka_unit_test(test_restart_forgets),
        cmocka_unit_test(test_good_and_bad),
        cmocka_unit_test(test_strange_numbers),
        cmocka_unit_test(test_thousand_trials),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
