/* The Parzen estimator against closed forms, and what tpe promises beyond the contract of
 * all strategies. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "math/parzen.h"
#include "math/philox.h"
#include "space_kit.h"

#include <hone/strategy.h>

static const hone_value words[] = {KIT_TEXT("a"), KIT_TEXT("b"), KIT_TEXT("c")};
static const hone_param params[] = {KIT_RANGE("depth", HONE_INT_UNIFORM, 1, 4),
                                    KIT_CHOICES("kind", words),
                                    KIT_RANGE("rate", HONE_UNIFORM, 0, 1)};
static const hone_space space = {.n = 3, .params = params};

/* Three observations; the last has no rate. */
static const double points[] = {0.125, 0.5 / 3, 0.2,     0.375, 1.5 / 3,
                                0.5,   0.375,   0.5 / 3, NAN};
static const double cells[] = {0.25, 1. / 3, 0, 0.25, 1. / 3, 0, 0.25, 1. / 3, 0};

typedef struct estimate {
    hone_cube cube;
    hone_parzen parzen;
    double room[64];
} estimate;

static void open_wide(estimate *e, uint32_t n, hone_parzen_width width)
{
    static const uint32_t all[] = {0, 1, 2};
    static const double weights[] = {1, 1, 1};
    static const uint32_t depth[] = {0, 1, 2}, rate[] = {0, 1};
    static const uint32_t *const sorted[] = {depth, all, rate};
    static const uint32_t n_sorted[] = {3, 3, 2};
    assert_int_equal(hone_cube_init(&e->cube, &space, NULL), HONE_OK);
    hone_parzen_data data = {.cube = &e->cube,
                             .width = width,
                             .x = points,
                             .cells = cells,
                             .n = n,
                             .points = all,
                             .weights = weights,
                             .prior_weight = 1,
                             .sorted = sorted,
                             .n_sorted = n_sorted,
                             .n_all = 3,
                             .room = e->room,
                             .indices = (uint32_t[4]){0}};
    assert_true(hone_parzen_room(3, n) <= KIT_COUNT(e->room));
    hone_parzen_fill(&e->parzen, &data);
}

static void open_estimate(estimate *e, uint32_t n)
{
    open_wide(e, n, HONE_PARZEN_GAPS);
}

static void close_estimate(estimate *e)
{
    hone_cube_release(&e->cube);
}

/* The density of `rate` alone integrates to 1, with and without observations. */
static void test_density_has_mass_one(void **state)
{
    (void)state;
    enum { STEPS = 20000 };
    for (uint32_t n = 0; n <= 3; n++) {
        estimate e;
        open_estimate(&e, n);
        double sum = 0, scratch[4];
        for (int i = 0; i < STEPS; i++) {
            double x[] = {NAN, NAN, (i + 0.5) / STEPS};
            sum += exp(hone_parzen_log_density(&e.parzen, x, scratch)) / STEPS;
        }
        assert_true(fabs(sum - 1) < 1e-6);
        sum = 0;
        for (int i = 0; i < 3; i++) {
            double x[] = {NAN, (i + 0.5) / 3, NAN};
            sum += exp(hone_parzen_log_density(&e.parzen, x, scratch));
        }
        assert_true(fabs(sum - 1) < 1e-12);
        close_estimate(&e);
    }
}

/* Of rates 0.2 and 0.5: widths 0.3 (to the other) and 0.5 (to the end), by hand. */
static void test_density_by_hand(void **state)
{
    (void)state;
    estimate e;
    open_estimate(&e, 2);
    double scratch[3], x[] = {NAN, NAN, 0.4};
    double phi1 = exp(-0.5 * pow(0.2 / 0.3, 2)) / (0.3 * sqrt(2 * M_PI));
    double in1 = 0.5 * (erf(0.8 / 0.3 / sqrt(2)) + erf(0.2 / 0.3 / sqrt(2)));
    double phi2 = exp(-0.5 * pow(0.1 / 0.5, 2)) / (0.5 * sqrt(2 * M_PI));
    double in2 = erf(0.5 / 0.5 / sqrt(2));
    double wanted = (phi1 / in1 + phi2 / in2 + 1) / 3;
    double found = exp(hone_parzen_log_density(&e.parzen, x, scratch));
    assert_true(fabs(found - wanted) < 1e-12);
    /* A kind: its own choice 1 of 1 + leak, and the leak, 3 choices / 3 kernels, shared.
     */
    double k[] = {NAN, 0.5 / 3, NAN};
    wanted = ((1 + 1. / 3) / 2 + (1. / 3) / 2 + 1. / 3) / 3;
    found = exp(hone_parzen_log_density(&e.parzen, k, scratch));
    assert_true(fabs(found - wanted) < 1e-12);
    close_estimate(&e);
}

/* The width of a kernel of `rate`, as the estimator keeps it. */
static double read_sigma(const estimate *e, uint32_t kernel)
{
    return 1 / e->parzen.inv_sigma[2 * (size_t)e->parzen.n + kernel];
}

/* Widths of rates 0.2 and 0.5 by both rules, and of one rate alone; by hand. */
static void test_widths(void **state)
{
    (void)state;
    estimate e;
    open_estimate(&e, 2);
    assert_true(fabs(read_sigma(&e, 0) - 0.3) < 1e-12);
    assert_true(fabs(read_sigma(&e, 1) - 0.5) < 1e-12);
    close_estimate(&e);
    /* Of two: variance 0.15^2, effectively 2, and 6 / 2 of the prior's; 3 axes. */
    open_wide(&e, 2, HONE_PARZEN_SPREAD);
    double common = sqrt((2 * 0.0225 + 3. / 12) / 5) * pow(2, -1. / 7);
    assert_true(fabs(read_sigma(&e, 0) - 0.7 * pow(common, 0.75) * pow(0.3, 0.25)) <
                1e-12);
    assert_true(fabs(read_sigma(&e, 1) - 0.7 * pow(common, 0.75) * pow(0.5, 0.25)) <
                1e-12);
    close_estimate(&e);
    /* Of one: 6 of the prior's to 1 without a variance. */
    open_wide(&e, 1, HONE_PARZEN_SPREAD);
    common = sqrt(6. / 12 / 7);
    assert_true(fabs(read_sigma(&e, 0) - 0.7 * pow(common, 0.75) * pow(0.8, 0.25)) <
                1e-12);
    close_estimate(&e);
}

/* Of an axis with an order, the heights in the cells' middles add up to 1 nearly: within
 * 3 in 100, by either rule. */
static void test_levels_have_mass_one(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 8; i++) {
        estimate e;
        open_wide(&e, i / 2, i % 2 == 0 ? HONE_PARZEN_GAPS : HONE_PARZEN_SPREAD);
        double sum = 0, scratch[4];
        for (int level = 0; level < 4; level++) {
            double x[] = {(level + 0.5) / 4, NAN, NAN};
            sum += 0.25 * exp(hone_parzen_log_density(&e.parzen, x, scratch));
        }
        assert_true(fabs(sum - 1) < 0.03);
        close_estimate(&e);
    }
}

static double count_up(void *arg)
{
    uint64_t *number = arg;
    return hone_philox_uniform(1, (hone_counter){.number = ++*number});
}

/* Draws follow the density: of rates below 0.3, as many as the integral says. */
static void test_draws_follow_density(void **state)
{
    (void)state;
    enum { DRAWS = 40000, STEPS = 3000 };
    estimate e;
    open_estimate(&e, 3);
    uint64_t number = 0;
    hone_uniforms uniforms = {.next = count_up, .arg = &number};
    double below = 0, kind_b = 0, mass = 0, scratch[4];
    for (int i = 0; i < DRAWS; i++) {
        double x[3];
        hone_parzen_draw(&e.parzen, &uniforms, x);
        for (int a = 0; a < 3; a++)
            assert_true(x[a] >= 0 && x[a] <= 1);
        below += x[2] < 0.3;
        kind_b += x[1] > 1. / 3 && x[1] < 2. / 3;
    }
    for (int i = 0; i < STEPS; i++) {
        double x[] = {NAN, NAN, 0.3 * (i + 0.5) / STEPS};
        mass += 0.3 / STEPS * exp(hone_parzen_log_density(&e.parzen, x, scratch));
    }
    assert_true(fabs(below / DRAWS - mass) < 0.01);
    double b[] = {NAN, 0.5, NAN};
    mass = exp(hone_parzen_log_density(&e.parzen, b, scratch));
    assert_true(fabs(kind_b / DRAWS - mass) < 0.01);
    close_estimate(&e);
}

/* ---- the strategy ---- */

typedef struct search {
    void *self;
    hone_problem problem;
    hone_config *point;
} search;

static void open_search(search *s)
{
    s->problem = (hone_problem){.space = &space, .seed = 3};
    s->self = calloc(1, hone_strategy_find("tpe")->state_size);
    s->point = kit_config(&space);
    hone_settings none = {0};
    assert_int_equal(hone_strategy_find("tpe")->init(s->self, &s->problem, &none, NULL),
                     HONE_OK);
}

static void close_search(search *s)
{
    hone_strategy_find("tpe")->release(s->self);
    free(s->self);
    free(s->point);
}

static void see(search *s, hone_observation_kind kind, uint64_t number, double value)
{
    hone_observation seen = {
        .kind = kind, .number = number, .config = s->point, .objective = value};
    assert_int_equal(hone_strategy_find("tpe")->observe(s->self, &seen), HONE_OK);
}

static double read_rate(const hone_config *point)
{
    return point->values[2].real;
}

/* Trials end in another order, and the suggestion is the same. */
static void test_order_of_ends_means_nothing(void **state)
{
    (void)state;
    enum { TRIALS = 40 };
    search forward, backward;
    open_search(&forward);
    open_search(&backward);
    double values[TRIALS];
    for (int i = 0; i < TRIALS; i++) {
        for (int a = 0; a < 3; a++)
            forward.point->values[a] =
                hone_param_draw(&params[a], fmod(0.37 * (i + 1) * (a + 1), 1));
        memcpy(backward.point, forward.point, hone_config_size(&space));
        values[i] = fabs(read_rate(forward.point) - 0.3);
        see(&forward, HONE_OBSERVE_PENDING, (uint64_t)i + 1, 0);
        see(&backward, HONE_OBSERVE_PENDING, (uint64_t)i + 1, 0);
    }
    for (int i = 0; i < TRIALS; i++) {
        int j = TRIALS - 1 - i;
        see(&forward, i % 7 == 0 ? HONE_OBSERVE_FAILED : HONE_OBSERVE_COMPLETED,
            (uint64_t)i + 1, values[i]);
        see(&backward, j % 7 == 0 ? HONE_OBSERVE_FAILED : HONE_OBSERVE_COMPLETED,
            (uint64_t)j + 1, values[j]);
    }
    const hone_strategy *tpe = hone_strategy_find("tpe");
    assert_int_equal(tpe->suggest(forward.self, TRIALS + 1, forward.point),
                     HONE_SUGGESTED);
    assert_int_equal(tpe->suggest(backward.self, TRIALS + 1, backward.point),
                     HONE_SUGGESTED);
    for (int a = 0; a < 3; a++)
        assert_true(
            hone_value_equal(&forward.point->values[a], &backward.point->values[a]));
    close_search(&forward);
    close_search(&backward);
}

/* A toy: what was good lay at a rate of 0.8 with kind b, what was bad everywhere else,
 * and that is where the next trial is, twenty times of twenty. */
static void test_ratio_points_to_the_good(void **state)
{
    (void)state;
    enum { TRIALS = 60, ASKS = 20 };
    const hone_strategy *tpe = hone_strategy_find("tpe");
    search s;
    open_search(&s);
    for (int i = 0; i < TRIALS; i++) {
        for (int a = 0; a < 3; a++)
            s.point->values[a] =
                hone_param_draw(&params[a], fmod(0.618 * (i + 1) * (a + 1), 1));
        bool good = i % 10 == 0;
        if (good) {
            s.point->values[1] = words[1];
            s.point->values[2].real = 0.8 + 0.001 * i / 10;
        }
        see(&s, HONE_OBSERVE_PENDING, (uint64_t)i + 1, 0);
        see(&s, HONE_OBSERVE_COMPLETED, (uint64_t)i + 1, good ? 0 : 1);
    }
    for (uint64_t number = TRIALS + 1; number <= TRIALS + ASKS; number++) {
        assert_int_equal(tpe->suggest(s.self, number, s.point), HONE_SUGGESTED);
        assert_true(fabs(read_rate(s.point) - 0.8) < 0.15);
        assert_true(hone_value_equal(&s.point->values[1], &words[1]));
    }
    close_search(&s);
}

/* Where everything above a rate of 0.5 fails, it stays below. */
static void test_failures_are_evidence(void **state)
{
    (void)state;
    search s;
    open_search(&s);
    const hone_strategy *tpe = hone_strategy_find("tpe");
    int n_above = 0;
    for (uint64_t number = 1; number <= 80; number++) {
        assert_int_equal(tpe->suggest(s.self, number, s.point), HONE_SUGGESTED);
        see(&s, HONE_OBSERVE_PENDING, number, 0);
        bool above = read_rate(s.point) > 0.5;
        n_above += above && number > 40;
        see(&s, above ? HONE_OBSERVE_FAILED : HONE_OBSERVE_COMPLETED, number, 1);
    }
    assert_in_range(n_above, 0, 10); /* by chance it were 20 */
    close_search(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_density_has_mass_one),
        cmocka_unit_test(test_density_by_hand),
        cmocka_unit_test(test_widths),
        cmocka_unit_test(test_levels_have_mass_one),
        cmocka_unit_test(test_draws_follow_density),
        cmocka_unit_test(test_order_of_ends_means_nothing),
        cmocka_unit_test(test_ratio_points_to_the_good),
        cmocka_unit_test(test_failures_are_evidence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
