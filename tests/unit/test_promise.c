/* What a sweep may still hope for: large while it is far from the best, nothing where all
 * has been tried, whatever the order of the ends. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <hone/promise.h>

#include "near.h"
#include "space_kit.h"

static const hone_param plane_params[] = {KIT_RANGE("x", HONE_UNIFORM, 0, 1),
                                          KIT_RANGE("y", HONE_UNIFORM, 0, 1)};
static const hone_space plane = {.n = 2, .params = plane_params};
static const hone_param few_params[] = {KIT_RANGE("k", HONE_INT_UNIFORM, 1, 12)};
static const hone_space few = {.n = 1, .params = few_params};

enum { MOST = 40 };

/* A hundred times the distance from a corner that lies at (0.3, 0.6), squared. */
static double bowl(double x, double y, double size)
{
    return size * ((x - 0.3) * (x - 0.3) + (y - 0.6) * (y - 0.6));
}

/* Trial i of a grid of 5 x 5, or of one that closes in on the best. */
static void place(uint64_t i, double *x, double *y)
{
    double near = i < 25 ? 1 : 0.02;
    *x = i < 25 ? (double)(i % 5) / 4 : 0.3 + near * ((double)(i % 4) - 1.5);
    *y = i < 25 ? (double)(i / 5) / 4 : 0.6 + near * ((double)(i / 4 % 4) - 1.5);
}

static double ask(uint64_t n, double size, bool backwards)
{
    hone_promise *promise = NULL;
    hone_error err = {0};
    hone_config *config = kit_config(&plane);
    assert_int_equal(hone_promise_new(&plane, 7, &promise, &err), 0);
    for (int round = 0; round < 2; round++) {
        for (uint64_t k = 0; k < n; k++) {
            uint64_t i = round == 1 && backwards ? n - 1 - k : k;
            double x, y;
            place(i, &x, &y);
            config->values[0] = (hone_value)KIT_REAL(x);
            config->values[1] = (hone_value)KIT_REAL(y);
            hone_observation observation = {
                .kind = round == 0 ? HONE_OBSERVE_PENDING : HONE_OBSERVE_COMPLETED,
                .number = i + 1,
                .config = config,
                .objective = bowl(x, y, size)};
            assert_int_equal(hone_promise_observe(promise, &observation), 0);
        }
    }
    double value = hone_promise_value(promise);
    assert_true(value >= 0);
    assert_true(hone_promise_value(promise) == value);
    hone_promise_free(promise);
    free(config);
    return value;
}

static void hope_falls_as_the_best_is_found(void **state)
{
    (void)state;
    assert_true(isinf(ask(9, 1, false)));
    double coarse = ask(15, 1, false), fine = ask(MOST, 1, false);
    assert_true(coarse > 1e-3 && coarse < 1);
    assert_true(fine < coarse / 10);
}

static void hope_is_in_the_units_of_the_objective(void **state)
{
    (void)state;
    double one = ask(15, 1, false);
    assert_near(ask(15, 1000, false), 1000 * one, 1e-3 * 1000 * one);
}

static void the_order_of_ends_does_not_matter(void **state)
{
    (void)state;
    assert_true(ask(20, 1, true) == ask(20, 1, false));
}

static void nothing_is_left(void **state)
{
    (void)state;
    hone_promise *promise = NULL;
    hone_error err = {0};
    hone_config *config = kit_config(&few);
    assert_int_equal(hone_promise_new(&few, 7, &promise, &err), 0);
    for (int64_t k = 1; k <= 12; k++) {
        config->values[0] = (hone_value)KIT_INT(k);
        hone_observation observation = {.kind = HONE_OBSERVE_PENDING,
                                        .number = (uint64_t)k,
                                        .config = config,
                                        .objective = (double)(k % 5)};
        assert_int_equal(hone_promise_observe(promise, &observation), 0);
        observation.kind = HONE_OBSERVE_COMPLETED;
        assert_int_equal(hone_promise_observe(promise, &observation), 0);
    }
    assert_true(hone_promise_value(promise) == 0);
    hone_promise_free(promise);
    free(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hope_falls_as_the_best_is_found),
        cmocka_unit_test(hope_is_in_the_units_of_the_objective),
        cmocka_unit_test(the_order_of_ends_does_not_matter),
        cmocka_unit_test(nothing_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
