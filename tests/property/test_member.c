/* Membership: whatever a parameter draws, or has as a level, it allows; what lies beyond
 * its bounds, or is of another kind, it does not. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "space_kit.h"

static const hone_value words[] = {
    KIT_TEXT("a"), KIT_INT(2), KIT_REAL(0.5), {.kind = HONE_NULL}, {.kind = HONE_BOOL}};
static const double chances[] = {0.5, 0, 0.25, 0.25, 0};

typedef struct sample {
    hone_param param;
    double below, above; /* numbers that are outside; NaN: there are none */
} sample;

static const sample samples[] = {
    {KIT_RANGE("i", HONE_INT_UNIFORM, -3, 7), -4, 8},
    {KIT_RANGE("i", HONE_INT_UNIFORM, 0, 1e12), -1, 1e12 + 1},
    {KIT_RANGE("u", HONE_UNIFORM, -1.5, 2.25), -1.6, 2.26},
    {KIT_RANGE("u", HONE_UNIFORM, 1e-12, 1), 0, 1.001},
    {KIT_RANGE("q", HONE_Q_UNIFORM, -2, 9), -3.1, 10.1},
    {KIT_RANGE("l", HONE_LOG_UNIFORM, -8, 2), 3e-4, 7.4},
    {KIT_RANGE("l", HONE_Q_LOG_UNIFORM, 1, 3), 1.5, 21.2},
    {KIT_RANGE("l", HONE_INV_LOG_UNIFORM, -2, 3), 0.04, 7.4},
    {KIT_RANGE("l", HONE_LOG_UNIFORM_VALUES, 1e-9, 100), 9.9e-10, 100.1},
    {KIT_RANGE("l", HONE_Q_LOG_UNIFORM_VALUES, 4, 64), 2.9, 65.1},
    {KIT_RANGE("l", HONE_INV_LOG_UNIFORM_VALUES, 1e-6, 0.5), 9e-7, 0.51},
    {{.name = "n", .distribution = HONE_NORMAL, .mu = 5, .sigma = 2, .q = 1},
     -INFINITY,
     INFINITY},
    {{.name = "n", .distribution = HONE_Q_NORMAL, .mu = 5, .sigma = 2, .q = 0.1},
     -INFINITY,
     INFINITY},
    {{.name = "n", .distribution = HONE_LOG_NORMAL, .mu = 1, .sigma = 2, .q = 1},
     -1,
     NAN},
    {{.name = "n", .distribution = HONE_Q_LOG_NORMAL, .mu = 1, .sigma = 2, .q = 0.25},
     -1,
     NAN},
    {{.name = "b", .distribution = HONE_BETA, .a = 0.5, .b = 3}, -0.001, 1.001},
    {{.name = "b", .distribution = HONE_Q_BETA, .a = 2, .b = 2, .q = 0.3}, -0.4, 1.4},
    {{.name = "s",
      .distribution = HONE_STEPPED,
      .min = 0.1,
      .max = 0.9,
      .steps = {.n = 9, .first = 1, .step = 1, .decimals = 1, .decimal = true}},
     0,
     1},
    {{.name = "s",
      .distribution = HONE_STEPPED,
      .min = 1,
      .max = 1000,
      .steps = {.n = 12, .log = true, .integer = true}},
     0,
     1001},
    {{.name = "s",
      .distribution = HONE_STEPPED,
      .min = 1e-4,
      .max = 1e-1,
      .steps = {.n = 7, .log = true}},
     9e-5,
     0.11},
    {KIT_CHOICES("c", words), 3, 0.4},
    {{.name = "c",
      .distribution = HONE_CATEGORICAL,
      .n_values = 5,
      .values = words,
      .probabilities = chances},
     -2,
     1},
    {{.name = "k", .distribution = HONE_CONSTANT, .n_values = 1, .values = words}, 0, 1},
};

static void test_draws_and_levels_are_members(void **state)
{
    (void)state;
    for (size_t i = 0; i < KIT_COUNT(samples); i++) {
        const hone_param *param = &samples[i].param;
        for (int k = 0; k <= 1000; k++) {
            double u = k == 1000 ? 1 - 0x1p-53 : k / 1000.;
            hone_value value = hone_param_draw(param, u);
            if (!hone_param_allows(param, &value))
                fail_msg("sample %zu does not allow its draw at %g", i, u);
        }
        uint64_t n = hone_param_levels(param);
        for (uint64_t k = 0; k < n && k < 1000; k++) {
            hone_value value = hone_param_level(param, k);
            assert_true(hone_param_allows(param, &value));
        }
    }
}

/* The span of a draw holds the u it came from, and its middle draws the same. */
static void test_spans_lead_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < KIT_COUNT(samples); i++) {
        const hone_param *param = &samples[i].param;
        for (int k = 0; k <= 1000; k++) {
            double u = k == 0 ? 1e-7 : k == 1000 ? 1 - 0x1p-53 : k / 1000.;
            hone_value value = hone_param_draw(param, u);
            hone_span span = hone_param_span(param, &value);
            if (!(span.low <= u + 1e-9 && span.high >= u - 1e-9))
                fail_msg("sample %zu: %g is not in [%g, %g]", i, u, span.low, span.high);
            hone_value back = hone_param_draw(param, (span.low + span.high) / 2);
            double was = 0, is = 0;
            if (span.low < span.high)
                assert_true(hone_value_equal(&back, &value));
            else if (!hone_value_number(&value, &was) || !hone_value_number(&back, &is) ||
                     fabs(is - was) > 1e-6 * (1e-6 + fabs(was)))
                fail_msg("sample %zu: %.17g came back as %.17g", i, was, is);
        }
    }
}

static void test_beyond_is_no_member(void **state)
{
    (void)state;
    static const hone_value kinds[] = {{.kind = HONE_ABSENT},
                                       KIT_TEXT("x"),
                                       {.kind = HONE_LIST},
                                       {.kind = HONE_MAP},
                                       {.kind = HONE_BOOL, .boolean = true},
                                       KIT_REAL(NAN)};
    for (size_t i = 0; i < KIT_COUNT(samples); i++) {
        const hone_param *param = &samples[i].param;
        const double outside[] = {samples[i].below, samples[i].above};
        for (int k = 0; k < 2; k++) {
            hone_value real = hone_value_real(outside[k]);
            hone_value whole =
                hone_value_int((int64_t)fmax(fmin(outside[k], 1e15), -1e15));
            if (hone_param_allows(param, &real))
                fail_msg("sample %zu allows %g", i, outside[k]);
            if (outside[k] == rint(outside[k]) && isfinite(outside[k]))
                assert_false(hone_param_allows(param, &whole));
        }
        for (size_t k = 0; k < KIT_COUNT(kinds); k++)
            if (hone_param_allows(param, &kinds[k]))
                fail_msg("sample %zu allows kind %d", i, kinds[k].kind);
    }
}

/* Between two levels there is nothing. */
static void test_between_levels(void **state)
{
    (void)state;
    const hone_param *tenths = &samples[17].param, *log_whole = &samples[18].param;
    assert_int_equal(tenths->distribution, HONE_STEPPED);
    static const double between[] = {0.15, 0.85, 0.30000000001};
    for (size_t i = 0; i < KIT_COUNT(between); i++) {
        hone_value value = hone_value_real(between[i]);
        assert_false(hone_param_allows(tenths, &value));
    }
    hone_value half = hone_value_real(1.5);
    assert_false(hone_param_allows(log_whole, &half));
}

/* A configuration needs all: conditions, values, constraints. */
static void test_configurations(void **state)
{
    (void)state;
    static const hone_value models[] = {KIT_TEXT("tree"), KIT_TEXT("net")};
    static const hone_clause on_tree[] = {{1, 1, &models[0]}};
    static const hone_param params[] = {
        {.name = "depth",
         .distribution = HONE_INT_UNIFORM,
         .min = 1,
         .max = 5,
         .n_clauses = 1,
         .clauses = on_tree},
        KIT_CHOICES("model", models),
    };
    static const struct {
        hone_value depth, model;
        bool member;
    } cases[] = {
        {KIT_INT(3), KIT_TEXT("tree"), true},
        {{.kind = HONE_ABSENT}, KIT_TEXT("net"), true},
        {{.kind = HONE_ABSENT}, KIT_TEXT("tree"), false},
        {KIT_INT(3), KIT_TEXT("net"), false},
        {KIT_INT(6), KIT_TEXT("tree"), false},
        {KIT_INT(5), KIT_TEXT("tree"), false}, /* by the constraint */
        {KIT_INT(3), KIT_TEXT("forest"), false},
        {{.kind = HONE_ABSENT}, {.kind = HONE_ABSENT}, false},
    };
    hone_arena arena;
    hone_arena_init(&arena, 1 << 16);
    hone_space space = {.n = 2, .params = params};
    const hone_expr *constraint = kit_constraint(&space, "depth < 5", &arena);
    space.constraints = &constraint;
    space.n_constraints = 1;
    hone_config *config = kit_config(&space);
    for (size_t i = 0; i < KIT_COUNT(cases); i++) {
        config->values[0] = cases[i].depth;
        config->values[1] = cases[i].model;
        if (hone_config_member(&space, config) != cases[i].member)
            fail_msg("case %zu", i);
    }
    free(config);
    hone_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_draws_and_levels_are_members),
        cmocka_unit_test(test_spans_lead_back),
        cmocka_unit_test(test_beyond_is_no_member),
        cmocka_unit_test(test_between_levels),
        cmocka_unit_test(test_configurations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
