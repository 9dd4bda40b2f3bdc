/* What every strategy of the list promises, on every space of a small collection. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <hone/strategy.h>

#include "space_kit.h"

/* --- the collection ---------------------------------------------------------------- */

static const hone_value colours[] = {KIT_TEXT("red"), KIT_TEXT("green"),
                                     KIT_TEXT("blue")};
static const hone_value models[] = {KIT_TEXT("tree"), KIT_TEXT("net")};
static const hone_value widths[] = {KIT_INT(16), KIT_INT(32), KIT_INT(64)};
static const hone_value fixed[] = {KIT_REAL(.5)};
static const double chances[] = {.9, .08, .02};
static const hone_clause on_tree[] = {{1, 1, &models[0]}};
static const hone_clause on_net[] = {{1, 1, &models[1]}};
static const hone_clause on_wide[] = {{3, 2, &widths[1]}};

#define TENTHS                                                                           \
    {                                                                                    \
        .name = "rate", .distribution = HONE_STEPPED, .steps = {                         \
            .n = 4,                                                                      \
            .first = 1,                                                                  \
            .step = 1,                                                                   \
            .decimals = 1,                                                               \
            .decimal = true                                                              \
        }                                                                                \
    }

static const hone_param even_params[] = {
    KIT_CHOICES("colour", colours),
    KIT_RANGE("depth", HONE_INT_UNIFORM, -2, 2),
    {.name = "fixed", .distribution = HONE_CONSTANT, .n_values = 1, .values = fixed},
    TENTHS};
static const hone_param conditional_params[] = {
    {.name = "depth",
     .distribution = HONE_INT_UNIFORM,
     .min = 1,
     .max = 5,
     .n_clauses = 1,
     .clauses = on_tree},
    KIT_CHOICES("model", models),
    {.name = "rate",
     .distribution = HONE_INT_UNIFORM,
     .min = 0,
     .max = 9,
     .n_clauses = 1,
     .clauses = on_wide},
    {.name = "width",
     .distribution = HONE_CATEGORICAL,
     .n_values = 3,
     .values = widths,
     .n_clauses = 1,
     .clauses = on_net},
};
static const hone_param pair_params[] = {KIT_RANGE("a", HONE_INT_UNIFORM, 0, 11),
                                         KIT_RANGE("b", HONE_INT_UNIFORM, 0, 11)};
static const hone_param uneven_params[] = {
    {.name = "colour",
     .distribution = HONE_CATEGORICAL,
     .n_values = 3,
     .values = colours,
     .probabilities = chances},
    {.name = "size",
     .distribution = HONE_Q_LOG_UNIFORM_VALUES,
     .min = 1,
     .max = 64,
     .q = 8,
     .q_integer = true},
};
static const hone_param real_params[] = {
    {.name = "lr", .distribution = HONE_LOG_UNIFORM_VALUES, .min = 1e-5, .max = 1e-1},
    KIT_CHOICES("model", models),
    {.name = "shift", .distribution = HONE_NORMAL, .sigma = 3},
    KIT_CHOICES("width", widths),
    {.name = "x",
     .distribution = HONE_UNIFORM,
     .min = -1,
     .max = 1,
     .n_clauses = 1,
     .clauses = on_net},
};

static const hone_param flat_params[] = {
    {.name = "lr", .distribution = HONE_LOG_UNIFORM_VALUES, .min = 1e-5, .max = 1e-1},
    KIT_CHOICES("model", models),
    {.name = "shift", .distribution = HONE_NORMAL, .sigma = 3},
    KIT_CHOICES("width", widths),
    {.name = "x", .distribution = HONE_UNIFORM, .min = -1, .max = 1},
};

typedef struct space_sample {
    const char *name;
    uint32_t n;
    const hone_param *params;
    const char *constraint;
    uint64_t count; /* of configurations, UINT64_MAX endless */
    bool gridless;  /* a grid has to refuse it */
    bool conditional;
} space_sample;

static const space_sample samples[] = {
    {"even", KIT_COUNT(even_params), even_params, NULL, 60, false, false},
    {"conditional", KIT_COUNT(conditional_params), conditional_params, NULL, 26, false,
     true},
    {"constrained", KIT_COUNT(pair_params), pair_params, "a < b", 66, false, false},
    {"both", KIT_COUNT(conditional_params), conditional_params, "rate > 3 or width == 64",
     22, false, true},
    {"uneven", KIT_COUNT(uneven_params), uneven_params, NULL, 27, true, false},
    {"real", KIT_COUNT(real_params), real_params, "lr < 0.01", UINT64_MAX, true, true},
    {"flat", KIT_COUNT(flat_params), flat_params, "lr < 0.01", UINT64_MAX, true, false},
};

/* --- running ----------------------------------------------------------------------- */

typedef struct run {
    const hone_strategy *strategy;
    hone_arena arena;
    const hone_expr *constraint;
    hone_space space;
    hone_problem problem;
    void *self;
    hone_config *point;
    uint64_t number;
    int code;
} run;

static void open_run(run *r, const hone_strategy *strategy, const space_sample *sample,
                     uint64_t seed)
{
    *r = (run){.strategy = strategy};
    hone_arena_init(&r->arena, 1 << 16);
    r->space = (hone_space){.n = sample->n, .params = sample->params};
    if (sample->constraint) {
        r->constraint = kit_constraint(&r->space, sample->constraint, &r->arena);
        assert_non_null(r->constraint);
        r->space.constraints = &r->constraint;
        r->space.n_constraints = 1;
    }
    r->problem = (hone_problem){.space = &r->space, .seed = seed};
    hone_setting shuffled = {.name = "order", .value = hone_value_text("shuffled")};
    hone_settings settings = {.n = 0, .items = &shuffled};
    if (seed && strategy->options && hone_option_find(strategy->options, "order")) {
        settings.n = 1;
    }
    r->self = calloc(1, strategy->state_size);
    r->point = kit_config(&r->space);
    hone_error err = {0};
    r->code = strategy->init(r->self, &r->problem, &settings, &err);
    assert_int_equal(r->code != 0, err.text[0] != 0);
}

static void close_run(run *r)
{
    if (r->strategy->release) {
        r->strategy->release(r->self);
    }
    free(r->self);
    free(r->point);
    hone_arena_release(&r->arena);
}

static void observe(run *r, hone_observation_kind kind, uint64_t number,
                    const hone_config *config, double objective)
{
    if (r->strategy->observe) {
        hone_observation seen = {
            .kind = kind, .number = number, .config = config, .objective = objective};
        assert_int_equal(r->strategy->observe(r->self, &seen), 0);
    }
}

/* The next trial, pending; NULL at the end. Trials end at once, so nobody waits. */
static const hone_config *step(run *r, double objective)
{
    hone_suggestion answer = r->strategy->suggest(r->self, r->number + 1, r->point);
    if (answer != HONE_SUGGESTED) {
        assert_int_equal(answer, HONE_SUGGEST_DONE);
        return NULL;
    }
    r->number++;
    observe(r, HONE_OBSERVE_PENDING, r->number, r->point, 0);
    observe(r, HONE_OBSERVE_COMPLETED, r->number, r->point, objective);
    return r->point;
}

static bool same(hone_identity a, hone_identity b)
{
    return a.low == b.low && a.high == b.high;
}

/* Calls `check` with an open run for every strategy and every space that it accepts. */
static void for_each(uint64_t seed, void (*check)(run *r, const space_sample *sample))
{
    const hone_strategy *strategy;
    for (uint32_t i = 0; (strategy = hone_strategy_at(i)) != NULL; i++) {
        for (size_t k = 0; k < KIT_COUNT(samples); k++) {
            run r;
            open_run(&r, strategy, &samples[k], seed);
            bool refused =
                (samples[k].gridless && (strategy->traits & HONE_STRATEGY_FINITE)) ||
                (samples[k].conditional &&
                 !(strategy->traits & HONE_STRATEGY_CONDITIONAL));
            assert_int_equal(r.code, refused ? HONE_ESPEC : 0);
            if (!refused) {
                check(&r, &samples[k]);
            }
            close_run(&r);
        }
    }
}

/* --- promises ---------------------------------------------------------------------- */

static void check_value(const hone_param *param, const hone_value *value)
{
    uint64_t support = hone_param_support(param);
    if (support == UINT64_MAX) {
        assert_int_equal(value->kind, HONE_REAL);
        assert_true(isfinite(value->real));
        if (param->distribution != HONE_NORMAL) {
            assert_true(value->real >= param->min && value->real <= param->max);
        }
        return;
    }
    bool found = false;
    for (uint64_t i = 0; i < support && !found; i++) {
        hone_value other = hone_param_support_value(param, i);
        found = hone_value_equal(&other, value);
    }
    assert_true(found);
}

static void check_point(const hone_space *space, const hone_config *point)
{
    assert_int_equal(point->n, space->n);
    for (uint32_t i = 0; i < space->n; i++) {
        bool active = hone_param_active(space, i, point);
        assert_int_equal(active, point->values[i].kind != HONE_ABSENT);
        if (active) {
            check_value(&space->params[i], &point->values[i]);
        }
    }
    assert_true(hone_config_allowed(space, point));
}

static void check_inside(run *r, const space_sample *sample)
{
    (void)sample;
    for (int i = 0; i < 100; i++) {
        const hone_config *point = step(r, i);
        if (!point) {
            return;
        }
        check_point(&r->space, point);
    }
}

static void test_points_are_inside(void **state)
{
    (void)state;
    for_each(0, check_inside);
    for_each(1, check_inside);
}

static void check_exhaustion(run *r, const space_sample *sample)
{
    enum { MOST = 200 };
    hone_identity seen[MOST];
    uint64_t n = 0;
    const hone_config *point;
    while (n < MOST && (point = step(r, (double)n)) != NULL) {
        seen[n] = hone_config_identity(&r->space, point);
        for (uint64_t i = 0; i < n; i++) {
            assert_false(same(seen[i], seen[n]));
        }
        n++;
    }
    uint64_t count = r->strategy->count ? r->strategy->count(r->self) : UINT64_MAX;
    if (sample->count == UINT64_MAX) {
        assert_int_equal(n, MOST);
        assert_true(count == UINT64_MAX);
        return;
    }
    assert_int_equal(n, count);
    assert_int_equal(n, sample->count);
    for (int i = 0; i < 3; i++) {
        assert_null(step(r, 0)); /* done is done */
    }
}

static void test_finite_spaces_are_exhausted(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 5; seed++) {
        for_each(seed, check_exhaustion);
    }
}

/* Two runs in step; the second ends its trials late and in another order, which a
 * strategy that does not learn must not notice. */
static void check_same_seed(run *r, const space_sample *sample)
{
    run other;
    open_run(&other, r->strategy, sample, r->problem.seed);
    bool learns = r->strategy->traits & HONE_STRATEGY_ADAPTIVE;
    hone_config *late = kit_config(&r->space);
    for (int i = 0; i < 60; i++) {
        const hone_config *point = step(r, i % 7);
        hone_suggestion answer =
            other.strategy->suggest(other.self, ++other.number, other.point);
        assert_int_equal(answer == HONE_SUGGESTED, point != NULL);
        if (!point) {
            break;
        }
        assert_true(same(hone_config_identity(&r->space, point),
                         hone_config_identity(&r->space, other.point)));
        observe(&other, HONE_OBSERVE_PENDING, other.number, other.point, 0);
        if (learns) {
            observe(&other, HONE_OBSERVE_COMPLETED, other.number, other.point, i % 7);
        } else if (i % 2 == 0) {
            memcpy(late, other.point, hone_config_size(&r->space));
        } else {
            observe(&other, HONE_OBSERVE_FAILED, other.number, other.point, 0);
            observe(&other, HONE_OBSERVE_COMPLETED, other.number - 1, late, i);
        }
    }
    free(late);
    close_run(&other);
}

static void test_same_seed_same_points(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 3; seed++) {
        for_each(seed, check_same_seed);
    }
}

static void check_other_seed(run *r, const space_sample *sample)
{
    run other;
    open_run(&other, r->strategy, sample, r->problem.seed + 1);
    int differ = 0;
    for (int i = 0; i < 10; i++) {
        const hone_config *a = step(r, i), *b = step(&other, i);
        assert_non_null(a);
        assert_non_null(b);
        differ +=
            !same(hone_config_identity(&r->space, a), hone_config_identity(&r->space, b));
    }
    assert_true(differ >= 3);
    close_run(&other);
}

static void test_other_seed_other_points(void **state)
{
    (void)state;
    for_each(1, check_other_seed); /* seed 0 is a grid's sorted order */
}

static void check_bad_results(run *r, const space_sample *sample)
{
    (void)sample;
    static const double objectives[] = {NAN, INFINITY, -INFINITY, 1e308, -1e308, 0};
    for (int i = 0; i < 50; i++) {
        hone_suggestion answer = r->strategy->suggest(r->self, ++r->number, r->point);
        if (answer == HONE_SUGGEST_DONE) {
            return;
        }
        check_point(&r->space, r->point);
        observe(r, HONE_OBSERVE_PENDING, r->number, r->point, 0);
        observe(r, i % 2 ? HONE_OBSERVE_FAILED : HONE_OBSERVE_COMPLETED, r->number,
                r->point, objectives[i % 6]);
    }
}

static void test_failures_and_nan(void **state)
{
    (void)state;
    for_each(2, check_bad_results);
}

/* A strategy fed with the record stands where the live one stands; asking twice, or
 * never, changes nothing. */
static void check_replay(run *r, const space_sample *sample)
{
    run replay;
    open_run(&replay, r->strategy, sample, r->problem.seed);
    for (int i = 0; i < 40; i++) {
        const hone_config *point = step(r, i);
        if (!point) {
            break;
        }
        replay.number++;
        if (i % 3 == 0) {
            for (int twice = 0; twice < 2; twice++) {
                assert_int_equal(
                    replay.strategy->suggest(replay.self, replay.number, replay.point),
                    HONE_SUGGESTED);
                assert_true(same(hone_config_identity(&r->space, point),
                                 hone_config_identity(&r->space, replay.point)));
            }
        }
        observe(&replay, HONE_OBSERVE_PENDING, replay.number, point, 0);
        observe(&replay, HONE_OBSERVE_COMPLETED, replay.number, point, i);
    }
    close_run(&replay);
}

static void test_replay(void **state)
{
    (void)state;
    for_each(0, check_replay);
    for_each(3, check_replay);
}

static void check_thousand(run *r, const space_sample *sample)
{
    uint64_t n = 0;
    while (n < 1000 && step(r, (double)n)) {
        n++;
    }
    assert_true(n == 1000 || sample->count < 1000);
}

static void test_thousand_trials(void **state)
{
    (void)state;
    for_each(4, check_thousand);
}

static void test_list(void **state)
{
    (void)state;
    uint32_t n = 0;
    const hone_strategy *strategy;
    for (; (strategy = hone_strategy_at(n)) != NULL; n++) {
        assert_ptr_equal(hone_strategy_find(strategy->name), strategy);
        assert_true(strategy->summary[0] >= 'a' && strategy->summary[0] <= 'z');
        assert_true(strategy->init && strategy->suggest && strategy->state_size > 0);
    }
    assert_true(n >= 3);
    assert_null(hone_strategy_find("none such"));
    assert_null(hone_strategy_find(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_list),
        cmocka_unit_test(test_points_are_inside),
        cmocka_unit_test(test_finite_spaces_are_exhausted),
        cmocka_unit_test(test_same_seed_same_points),
        cmocka_unit_test(test_other_seed_other_points),
        cmocka_unit_test(test_failures_and_nan),
        cmocka_unit_test(test_replay),
        cmocka_unit_test(test_thousand_trials),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
