/* The space: W&B's vectors, supports, levels, conditions, constraints. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <hone/space.h>

#include "space_kit.h"

static double number_of(hone_value value)
{
    double number = NAN;
    assert_true(hone_value_number(&value, &number));
    return number;
}

static void assert_near(double got, double want, double relative)
{
    if (!(fabs(got - want) <= relative * fabs(want))) {
        fail_msg("got %.17g, want %.17g", got, want);
    }
}

/* --- draws ------------------------------------------------------------------------- */

typedef struct draw_case {
    hone_param param;
    double u, want;
    hone_kind kind;
} draw_case;

#define QUANTISED(kind, low, high, step, whole)                                          \
    {                                                                                    \
        .name = "x", .distribution = (kind), .min = (low), .max = (high), .q = (step),   \
        .q_integer = (whole)                                                             \
    }
#define SHAPED(kind, ...)                                                                \
    {                                                                                    \
        .name = "x", .distribution = (kind), __VA_ARGS__                                 \
    }

static void test_published_draws(void **state)
{
    (void)state;
    static const draw_case cases[] = {
        {QUANTISED(HONE_Q_UNIFORM, 0, 10, 4, true), .2, 0, HONE_INT},
        {QUANTISED(HONE_Q_UNIFORM, 0, 10, 4, true), .25, 4, HONE_INT},
        {QUANTISED(HONE_Q_UNIFORM, 0, 10, 4, true), .5, 4, HONE_INT},
        {QUANTISED(HONE_Q_UNIFORM, 0, 10, 4, true), .999, 8, HONE_INT},
        {QUANTISED(HONE_Q_LOG_UNIFORM_VALUES, 1, 256, 8, true), 0, 0, HONE_INT},
        {QUANTISED(HONE_Q_LOG_UNIFORM_VALUES, 1, 256, 8, true), .3, 8, HONE_INT},
        {QUANTISED(HONE_Q_LOG_UNIFORM_VALUES, 1, 256, 8, true), .9, 144, HONE_INT},
        {QUANTISED(HONE_Q_LOG_UNIFORM_VALUES, 1, 256, 8, true), 1, 256, HONE_INT},
        {QUANTISED(HONE_Q_UNIFORM, 0, 10, 1, false), .25, 2, HONE_REAL},
        {QUANTISED(HONE_Q_UNIFORM, 0, 10, 1, false), .05, 0, HONE_REAL},
        {QUANTISED(HONE_Q_UNIFORM, 0, 1, .1, false), .31, .3, HONE_REAL},
        {QUANTISED(HONE_Q_UNIFORM, -1, 1, .1, false), .15, -.7, HONE_REAL},
        {QUANTISED(HONE_Q_UNIFORM, 0, 1e13, .5, false), .7, 7e12, HONE_REAL},
        {QUANTISED(HONE_Q_LOG_UNIFORM, 0, 100, 1, true), .9999999, 2.688e43, HONE_REAL},
        {KIT_RANGE("x", HONE_INT_UNIFORM, 1, 3), 0, 1, HONE_INT},
        {KIT_RANGE("x", HONE_INT_UNIFORM, 1, 3), .01, 1, HONE_INT},
        {KIT_RANGE("x", HONE_INT_UNIFORM, 1, 3), .34, 2, HONE_INT},
        {KIT_RANGE("x", HONE_INT_UNIFORM, 1, 3), .67, 3, HONE_INT},
        {KIT_RANGE("x", HONE_INT_UNIFORM, 1, 3), 1, 3, HONE_INT},
        {KIT_RANGE("x", HONE_INV_LOG_UNIFORM_VALUES, .01, 1), 0, .01, HONE_REAL},
        {KIT_RANGE("x", HONE_INV_LOG_UNIFORM_VALUES, .01, 1), .5, .1, HONE_REAL},
        {KIT_RANGE("x", HONE_INV_LOG_UNIFORM_VALUES, .01, 1), 1, 1, HONE_REAL},
        {KIT_RANGE("x", HONE_LOG_UNIFORM_VALUES, 1e-4, 1e-2), .5, 1e-3, HONE_REAL},
        {KIT_RANGE("x", HONE_LOG_UNIFORM, 0, 2), .5, 2.71828182846, HONE_REAL},
        {KIT_RANGE("x", HONE_INV_LOG_UNIFORM, 0, 2), .5, .367879441171, HONE_REAL},
        {KIT_RANGE("x", HONE_UNIFORM, -2, 2), .75, 1, HONE_REAL},
        {SHAPED(HONE_BETA, .a = 1, .b = 1), .25, .25, HONE_REAL},
        {SHAPED(HONE_Q_BETA, .a = 1, .b = 1, .q = .25), .3, .25, HONE_REAL},
        {SHAPED(HONE_LOG_NORMAL, .mu = 0, .sigma = 1), .5, 1, HONE_REAL},
        {SHAPED(HONE_NORMAL, .mu = 3, .sigma = 2), .5, 3, HONE_REAL},
        {SHAPED(HONE_NORMAL, .mu = 0, .sigma = 1), .975, 1.95996398454, HONE_REAL},
        {SHAPED(HONE_Q_NORMAL, .mu = 10, .sigma = 2, .q = 1), .975, 14, HONE_REAL},
        {SHAPED(HONE_Q_LOG_NORMAL, .mu = 0, .sigma = 1, .q = 2, .q_integer = true), .9, 4,
         HONE_INT},
        {SHAPED(HONE_STEPPED, .steps = {.n = 4, .step = 1, .decimal = true}), .5, .2e1,
         HONE_REAL},
    };
    for (size_t i = 0; i < KIT_COUNT(cases); i++) {
        hone_value value = hone_param_draw(&cases[i].param, cases[i].u);
        if (value.kind != cases[i].kind) {
            fail_msg("case %zu: kind %d", i, value.kind);
        }
        if (cases[i].want != number_of(value)) {
            assert_near(number_of(value), cases[i].want, 1e-4);
            assert_true(cases[i].want > 1e40); /* the only one that is not exact */
        }
    }
    hone_param param = SHAPED(HONE_LOG_NORMAL, .mu = 0, .sigma = 1);
    assert_near(number_of(hone_param_draw(&param, .841344746)), 2.71828, 1e-6);
}

static void test_choices(void **state)
{
    (void)state;
    static const hone_value values[] = {KIT_TEXT("a"), KIT_TEXT("b"), KIT_TEXT("c")};
    static const struct {
        double u;
        uint32_t even, weighted;
    } cases[] = {{0, 0, 0},   {.29, 0, 0}, {.31, 0, 2},
                 {.34, 1, 2}, {.67, 2, 2}, {1, 2, 0}};
    static const double probabilities[] = {.3, 0, .7};
    hone_param param = KIT_CHOICES("x", values);
    hone_param weighted = param;
    weighted.probabilities = probabilities;
    for (size_t i = 0; i < KIT_COUNT(cases); i++) {
        assert_ptr_equal(hone_param_draw(&param, cases[i].u).text,
                         values[cases[i].even].text);
        assert_ptr_equal(hone_param_draw(&weighted, cases[i].u).text,
                         values[cases[i].weighted].text);
    }
    assert_int_equal(hone_param_support(&weighted), 2);
    assert_string_equal(hone_param_support_value(&weighted, 1).text, "c");
    assert_int_equal(hone_param_support(&param), 3);
    assert_int_equal(hone_param_levels(&param), 3);
    assert_int_equal(hone_param_levels(&weighted), 0);
    static const double late[] = {0, .4, .6};
    weighted.probabilities = late;
    assert_string_equal(hone_param_draw(&weighted, 1).text, "b");
    hone_param constant = {
        .distribution = HONE_CONSTANT, .n_values = 1, .values = values};
    assert_string_equal(hone_param_draw(&constant, .5).text, "a");
    assert_int_equal(hone_param_support(&constant), 1);
    assert_string_equal(hone_param_level(&constant, 0).text, "a");
}

/* Every distribution: never falls as u grows, finite, and inside its bounds. */
static void test_draws_are_monotonic(void **state)
{
    (void)state;
    for (int d = HONE_INT_UNIFORM; d <= HONE_Q_BETA; d++) {
        hone_param param = {.name = "x", .distribution = (hone_distribution)d};
        param.min = d == HONE_LOG_UNIFORM || d == HONE_Q_LOG_UNIFORM ? -3 : 1;
        param.max = 7;
        param.sigma = param.a = param.b = 2;
        param.q = .25;
        double last = -INFINITY;
        for (int i = 0; i <= 4096; i++) {
            double u = i == 4096 ? 1 - 0x1p-53 : i / 4096.;
            double number = number_of(hone_param_draw(&param, u));
            assert_true(isfinite(number));
            assert_true(number >= last);
            last = number;
            if (d == HONE_UNIFORM || d == HONE_INT_UNIFORM ||
                d == HONE_LOG_UNIFORM_VALUES || d == HONE_INV_LOG_UNIFORM_VALUES) {
                assert_true(number >= param.min && number <= param.max);
            }
        }
    }
    hone_param long_bound = KIT_RANGE("x", HONE_UNIFORM, 0, .12345678901251234);
    assert_true(number_of(hone_param_draw(&long_bound, 1 - 0x1p-53)) <= long_bound.max);
}

/* Distinct draws are the support, in its order. */
static void test_support_is_what_draws_give(void **state)
{
    (void)state;
    static const hone_param params[] = {
        QUANTISED(HONE_Q_UNIFORM, 0, 10, 4, true),
        QUANTISED(HONE_Q_UNIFORM, -.3, .7, .1, false),
        QUANTISED(HONE_Q_LOG_UNIFORM_VALUES, 1, 256, 8, true),
        QUANTISED(HONE_Q_LOG_UNIFORM, 0, 3, .5, false),
        SHAPED(HONE_Q_BETA, .a = 2, .b = 2, .q = .125),
        KIT_RANGE("x", HONE_INT_UNIFORM, -3, 3),
        SHAPED(HONE_STEPPED,
               .steps = {.n = 5, .first = -2, .step = 3, .decimals = 2, .decimal = true}),
        SHAPED(HONE_STEPPED, .min = 1, .max = 10,
               .steps = {.n = 20, .log = true, .integer = true}),
    };
    for (size_t p = 0; p < KIT_COUNT(params); p++) {
        uint64_t support = hone_param_support(&params[p]), at = 0;
        hone_value last = hone_param_support_value(&params[p], 0);
        for (int i = 0; i < 100000; i++) {
            hone_value value = hone_param_draw(&params[p], (i + .5) / 100000);
            if (!hone_value_equal(&value, &last)) {
                /* the first may be what only u = 0 gives: a tie rounded down */
                at++;
                assert_true(at < support);
                hone_value next = hone_param_support_value(&params[p], at);
                if (!hone_value_equal(&value, &next)) {
                    fail_msg("param %zu: %.17g, want %.17g", p, number_of(value),
                             number_of(next));
                }
                last = value;
            }
        }
        assert_int_equal(at + 1, support);
    }
    static const hone_param endless[] = {
        KIT_RANGE("x", HONE_UNIFORM, 0, 1),
        KIT_RANGE("x", HONE_LOG_UNIFORM, 0, 1),
        KIT_RANGE("x", HONE_INV_LOG_UNIFORM, 0, 1),
        KIT_RANGE("x", HONE_LOG_UNIFORM_VALUES, 1, 2),
        KIT_RANGE("x", HONE_INV_LOG_UNIFORM_VALUES, 1, 2),
        SHAPED(HONE_NORMAL, .sigma = 1),
        SHAPED(HONE_Q_NORMAL, .sigma = 1, .q = 1),
        SHAPED(HONE_LOG_NORMAL, .sigma = 1),
        SHAPED(HONE_Q_LOG_NORMAL, .sigma = 1, .q = 1),
        SHAPED(HONE_BETA, .a = 1, .b = 1),
        KIT_RANGE("x", HONE_INT_UNIFORM, -9.2e18, 9.2e18),
        QUANTISED(HONE_Q_UNIFORM, 0, 1, 1e-300, false),
    };
    for (size_t p = 0; p < KIT_COUNT(endless); p++) {
        assert_true(hone_param_support(&endless[p]) == UINT64_MAX);
    }
    hone_param wide = KIT_RANGE("x", HONE_INT_UNIFORM, 0, 9.2e18);
    assert_true(hone_param_support_value(&wide, 5).integer == 5);
    wide.max = 4e18;
    assert_true(hone_param_support_value(&wide, 3999999999999999999).integer ==
                3999999999999999999);
}

/* --- levels ------------------------------------------------------------------------ */

static void test_levels(void **state)
{
    (void)state;
    static const struct {
        hone_param param;
        uint64_t n;
        double first, second, last;
        hone_kind kind;
    } cases[] = {
        {QUANTISED(HONE_Q_UNIFORM, 0, 1, .4, false), 3, 0, .4, .8, HONE_REAL},
        {QUANTISED(HONE_Q_UNIFORM, 0, 10, 4, true), 3, 0, 4, 8, HONE_INT},
        {QUANTISED(HONE_Q_UNIFORM, .5, 10, 4, true), 3, .5, 4.5, 8.5, HONE_REAL},
        {QUANTISED(HONE_Q_UNIFORM, -.3, .2, .1, false), 5, -.3, -.2, .1, HONE_REAL},
        {QUANTISED(HONE_Q_UNIFORM, -.3, .05, .1, false), 4, -.3, -.2, 0, HONE_REAL},
        {QUANTISED(HONE_Q_UNIFORM, 0, .3, .1, false), 3, 0, .1, .2, HONE_REAL},
        {KIT_RANGE("x", HONE_INT_UNIFORM, -1, 5), 7, -1, 0, 5, HONE_INT},
        {SHAPED(HONE_STEPPED,
                .steps = {.n = 3, .first = 1, .step = 1, .decimals = 1, .decimal = true}),
         3, .1, .2, .3, HONE_REAL},
        {SHAPED(
             HONE_STEPPED,
             .steps = {.n = 3, .first = 8, .step = 8, .decimal = true, .integer = true}),
         3, 8, 16, 24, HONE_INT},
        {SHAPED(HONE_STEPPED, .min = 1e-4, .max = 1e-1, .steps = {.n = 4, .log = true}),
         4, 1e-4, 1e-3, 1e-1, HONE_REAL},
        {SHAPED(HONE_STEPPED, .min = 0, .max = .7, .steps = {.n = 8}), 8, 0, .1, .7,
         HONE_REAL},
        {SHAPED(HONE_STEPPED, .min = .3, .max = .7, .steps = {.n = 1}), 1, .3, .3, .3,
         HONE_REAL},
        {SHAPED(HONE_STEPPED, .min = 16, .max = 256,
                .steps = {.n = 5, .log = true, .integer = true}),
         5, 16, 32, 256, HONE_INT},
        {SHAPED(HONE_STEPPED, .min = 1, .max = 4,
                .steps = {.n = 9, .log = true, .integer = true}),
         4, 1, 2, 4, HONE_INT},
    };
    for (size_t i = 0; i < KIT_COUNT(cases); i++) {
        const hone_param *param = &cases[i].param;
        assert_int_equal(hone_param_levels(param), cases[i].n);
        const uint64_t at[] = {0, cases[i].n > 1, cases[i].n - 1};
        const double want[] = {cases[i].first, cases[i].second, cases[i].last};
        for (int k = 0; k < 3; k++) {
            hone_value value = hone_param_level(param, at[k]);
            assert_int_equal(value.kind, cases[i].kind);
            if (number_of(value) != want[k]) {
                fail_msg("case %zu level %d: %.17g", i, k, number_of(value));
            }
        }
    }
    hone_param none = KIT_RANGE("x", HONE_UNIFORM, 0, 1);
    assert_int_equal(hone_param_levels(&none), 0);
}

/* Exact decimals are what strtod makes of their text, over many decimals. */
static void test_steps_are_exact(void **state)
{
    (void)state;
    for (uint32_t decimals = 0; decimals < 18; decimals++) {
        hone_param param = SHAPED(
            HONE_STEPPED, .steps = {.n = 1000, .first = -70, .step = 7, .decimal = true});
        param.steps.decimals = decimals;
        for (uint64_t i = 0; i < param.steps.n; i += 13) {
            char text[64];
            snprintf(text, sizeof text, "%de-%u", -70 + 7 * (int)i, decimals);
            assert_true(hone_param_level(&param, i).real == strtod(text, NULL));
        }
    }
}

/* --- conditions, constraints ------------------------------------------------------- */

static void test_conditions(void **state)
{
    (void)state;
    static const hone_value models[] = {KIT_TEXT("tree"), KIT_TEXT("net")};
    static const hone_value flags[] = {{.kind = HONE_BOOL, .boolean = true}, KIT_INT(1)};
    static const hone_clause on_tree[] = {{0, 1, models}};
    static const hone_clause on_both[] = {{0, 2, models}, {1, 1, &flags[1]}};
    hone_param params[] = {KIT_CHOICES("model", models), KIT_CHOICES("flag", flags),
                           KIT_RANGE("depth", HONE_INT_UNIFORM, 1, 3)};
    params[1].n_clauses = 1;
    params[1].clauses = on_tree;
    params[2].n_clauses = 2;
    params[2].clauses = on_both;
    hone_space space = {.n = 3, .params = params};
    hone_config *config = kit_config(&space);
    config->values[0] = models[0];
    config->values[1] = flags[0];
    assert_true(hone_param_active(&space, 0, config));
    assert_true(hone_param_active(&space, 1, config));
    assert_false(hone_param_active(&space, 2, config)); /* true is not 1 */
    config->values[1] = hone_value_real(1.0);
    assert_true(hone_param_active(&space, 2, config));
    config->values[0] = models[1];
    assert_false(hone_param_active(&space, 1, config));
    config->values[1] = (hone_value){.kind = HONE_ABSENT};
    assert_false(hone_param_active(&space, 2, config)); /* recursive */
    free(config);
}

static void test_constraints(void **state)
{
    (void)state;
    static const hone_param params[] = {KIT_RANGE("a", HONE_INT_UNIFORM, 0, 9),
                                        KIT_RANGE("b", HONE_INT_UNIFORM, 0, 9)};
    hone_arena arena;
    hone_arena_init(&arena, 1 << 16);
    hone_space space = {.n = 2, .params = params};
    const hone_expr *constraints[] = {kit_constraint(&space, "a < b", &arena),
                                      kit_constraint(&space, "a + b < 10", &arena)};
    assert_non_null(constraints[0]);
    assert_non_null(constraints[1]);
    space.n_constraints = 2;
    space.constraints = constraints;
    hone_config *config = kit_config(&space);
    assert_true(hone_config_allowed(&space, config)); /* unknown is kept */
    config->values[0] = hone_value_int(2);
    assert_true(hone_config_allowed(&space, config));
    config->values[1] = hone_value_int(1);
    assert_false(hone_config_allowed(&space, config));
    config->values[1] = hone_value_int(3);
    assert_true(hone_config_allowed(&space, config));
    config->values[1] = hone_value_int(9);
    assert_false(hone_config_allowed(&space, config));
    free(config);
    hone_arena_release(&arena);
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(hone_distribution_name(HONE_Q_LOG_UNIFORM_VALUES),
                        "q_log_uniform_values");
    assert_null(hone_distribution_name(HONE_N_DISTRIBUTIONS));
    for (int d = 0; d < HONE_N_DISTRIBUTIONS; d++) {
        assert_non_null(hone_distribution_name((hone_distribution)d));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published_draws),
        cmocka_unit_test(test_choices),
        cmocka_unit_test(test_draws_are_monotonic),
        cmocka_unit_test(test_support_is_what_draws_give),
        cmocka_unit_test(test_levels),
        cmocka_unit_test(test_steps_are_exact),
        cmocka_unit_test(test_conditions),
        cmocka_unit_test(test_constraints),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
