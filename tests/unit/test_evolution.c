/* nsga2 and evolution: fronts are approached, minima found, and nothing depends on the
 * order in which trials end. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <hone/pareto.h>
#include <hone/strategy.h>

#include "math/philox.h"
#include "space_kit.h"

enum { DIMENSIONS = 6, MOST = 1000 };

typedef struct search {
    const hone_strategy *strategy;
    void *self;
    hone_problem problem;
} search;

static void open_search(search *s, const char *name, const hone_space *space,
                        uint32_t n_objectives)
{
    static const hone_settings none = {0};
    memset(s, 0, sizeof *s);
    s->strategy = hone_strategy_find(name);
    assert_non_null(s->strategy);
    s->problem = (hone_problem){.space = space, .seed = 8, .n_objectives = n_objectives};
    s->self = calloc(1, s->strategy->state_size);
    assert_non_null(s->self);
    assert_int_equal(s->strategy->init(s->self, &s->problem, &none, NULL), 0);
}

static void close_search(search *s)
{
    s->strategy->release(s->self);
    free(s->self);
}

static void tell(search *s, hone_observation_kind kind, uint64_t number,
                 const hone_config *config, const double *objectives)
{
    hone_observation seen = {.kind = kind,
                             .number = number,
                             .config = config,
                             .objective = objectives ? objectives[0] : 0,
                             .objectives =
                                 s->problem.n_objectives > 1 ? objectives : NULL};
    assert_int_equal(s->strategy->observe(s->self, &seen), 0);
}

static const hone_param unit_params[DIMENSIONS] = {
    KIT_RANGE("a", HONE_UNIFORM, 0, 1), KIT_RANGE("b", HONE_UNIFORM, 0, 1),
    KIT_RANGE("c", HONE_UNIFORM, 0, 1), KIT_RANGE("d", HONE_UNIFORM, 0, 1),
    KIT_RANGE("e", HONE_UNIFORM, 0, 1), KIT_RANGE("f", HONE_UNIFORM, 0, 1)};
static const hone_space unit = {.n = DIMENSIONS, .params = unit_params};

/* Zitzler, Deb, Thiele (2000), Comparison of multiobjective evolutionary algorithms: the
 * front is f2 = 1 - sqrt(f1), its volume below (1.1, 1.1) is 0.8767 (2/3 + 0.21). */
static void measure_zdt1(const hone_config *config, double *f)
{
    double x[DIMENSIONS], g = 1;
    for (int i = 0; i < DIMENSIONS; i++) {
        (void)hone_value_number(&config->values[i], &x[i]);
        g += i > 0 ? 9 * x[i] / (DIMENSIONS - 1) : 0;
    }
    f[0] = x[0];
    f[1] = g * (1 - sqrt(x[0] / g));
}

static double approach_zdt1(const char *name, int trials)
{
    static double values[MOST][2];
    static const double reference[] = {1.1, 1.1};
    double volume = 0;
    search s;
    hone_config *point = kit_config(&unit);
    assert_true(trials <= MOST);
    open_search(&s, name, &unit, 2);
    for (int i = 0; i < trials; i++) {
        uint64_t number = (uint64_t)i + 1;
        assert_int_equal(s.strategy->suggest(s.self, number, point), HONE_SUGGESTED);
        measure_zdt1(point, values[i]);
        tell(&s, HONE_OBSERVE_PENDING, number, point, NULL);
        tell(&s, HONE_OBSERVE_COMPLETED, number, point, values[i]);
    }
    hone_objectives points = {
        .n = (uint32_t)trials, .n_objectives = 2, .values = &values[0][0]};
    assert_int_equal(hone_pareto_hypervolume(&points, reference, &volume), 0);
    close_search(&s);
    free(point);
    return volume;
}

static void test_front_is_approached(void **state)
{
    (void)state;
    double random = approach_zdt1("random", MOST);
    double genetic = approach_zdt1("nsga2", MOST);
    double differential = approach_zdt1("evolution", MOST);
    print_message("random %.4f nsga2 %.4f evolution %.4f\n", random, genetic,
                  differential);
    assert_true(random < 0.4);
    assert_true(genetic > 0.82 && genetic < 0.8767);
    assert_true(differential > 0.75 && differential < 0.8767);
}

static double measure_bowl(const hone_config *config)
{
    double sum = 0, x;
    for (int i = 0; i < DIMENSIONS; i++) {
        (void)hone_value_number(&config->values[i], &x);
        sum += (1 + i) * (x - 0.1 * i) * (x - 0.1 * i);
    }
    return sum;
}

static double find_minimum(const char *name, int trials)
{
    search s;
    double best = INFINITY;
    hone_config *point = kit_config(&unit);
    open_search(&s, name, &unit, 1);
    for (uint64_t number = 1; number <= (uint64_t)trials; number++) {
        assert_int_equal(s.strategy->suggest(s.self, number, point), HONE_SUGGESTED);
        double value = measure_bowl(point);
        best = fmin(best, value);
        tell(&s, HONE_OBSERVE_PENDING, number, point, NULL);
        tell(&s, HONE_OBSERVE_COMPLETED, number, point, &value);
    }
    close_search(&s);
    free(point);
    return best;
}

static void test_minima(void **state)
{
    (void)state;
    double random = find_minimum("random", 500);
    assert_true(find_minimum("nsga2", 500) < 0.02);
    assert_true(find_minimum("evolution", 500) < 1e-3);
    assert_true(random > 0.05);
}

/* --- order ------------------------------------------------------------------------- */

static const hone_value models[] = {KIT_TEXT("net"), KIT_TEXT("tree"), KIT_TEXT("svm")};
static const hone_clause if_net[] = {{.param = 1, .n_values = 1, .values = models}};
static const hone_param branch_params[] = {KIT_RANGE("depth", HONE_INT_UNIFORM, 0, 500),
                                           KIT_CHOICES("model", models),
                                           {.name = "rate",
                                            .distribution = HONE_LOG_UNIFORM_VALUES,
                                            .min = 1e-4,
                                            .max = 1,
                                            .n_clauses = 1,
                                            .clauses = if_net},
                                           KIT_RANGE("x", HONE_UNIFORM, -1, 1)};
static const hone_space branches = {.n = 4, .params = branch_params};

enum { TRIALS = 120, JOBS = 8 };

typedef struct history {
    hone_config *configs[TRIALS + 1];
    hone_observation_kind kinds[TRIALS + 1]; /* PENDING: not ended */
    double values[TRIALS + 1][2];
    uint64_t n;
} history;

static void end_trial(search *s, history *h, uint64_t i)
{
    double x = 0, depth = (double)h->configs[i]->values[0].integer;
    (void)hone_value_number(&h->configs[i]->values[3], &x);
    h->values[i][0] = i % 13 == 5 ? NAN : x * x + depth;
    h->values[i][1] = (x - 1) * (x - 1) + 1 / (1 + depth);
    h->kinds[i] = i % 10 == 1   ? HONE_OBSERVE_FAILED
                  : i % 10 == 4 ? HONE_OBSERVE_PRUNED
                                : HONE_OBSERVE_COMPLETED;
    tell(s, h->kinds[i], i, h->configs[i], h->values[i]);
}

/* A fresh search that is told all the same, ended trials from the last to the first. */
static void check_same_suggestion(const search *s, const history *h,
                                  const hone_config *expected)
{
    search other;
    hone_config *point = kit_config(&branches);
    open_search(&other, s->strategy->name, &branches, s->problem.n_objectives);
    for (uint64_t i = 1; i <= h->n; i++)
        tell(&other, HONE_OBSERVE_PENDING, i, h->configs[i], NULL);
    for (uint64_t i = h->n; i > 0; i--) {
        if (h->kinds[i] != HONE_OBSERVE_PENDING)
            tell(&other, h->kinds[i], i, h->configs[i], h->values[i]);
    }
    assert_int_equal(other.strategy->suggest(other.self, h->n + 1, point),
                     HONE_SUGGESTED);
    hone_identity a = hone_config_identity(&branches, point);
    hone_identity b = hone_config_identity(&branches, expected);
    assert_true(a.low == b.low && a.high == b.high);
    close_search(&other);
    free(point);
}

static void check_order(const char *name, uint32_t n_objectives)
{
    history h = {0};
    search s;
    open_search(&s, name, &branches, n_objectives);
    for (uint64_t step = 0; h.n < TRIALS; step++) {
        uint64_t running[JOBS], n = 0;
        for (uint64_t i = 1; i <= h.n && h.n >= JOBS; i++) {
            if (h.kinds[i] == HONE_OBSERVE_PENDING)
                running[n++] = i;
        }
        if (n > 0)
            end_trial(&s, &h,
                      running[hone_philox_bits(4, (hone_counter){.number = step}) % n]);
        hone_config *point = kit_config(&branches);
        assert_int_equal(s.strategy->suggest(s.self, h.n + 1, point), HONE_SUGGESTED);
        if (h.n % 5 == 0)
            check_same_suggestion(&s, &h, point);
        h.configs[++h.n] = point;
        tell(&s, HONE_OBSERVE_PENDING, h.n, point, NULL);
    }
    for (uint64_t i = 1; i <= h.n; i++)
        free(h.configs[i]);
    close_search(&s);
}

static void test_order_of_ends_is_nothing(void **state)
{
    (void)state;
    check_order("nsga2", 2);
    check_order("nsga2", 1);
    check_order("evolution", 2);
    check_order("evolution", 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_front_is_approached),
        cmocka_unit_test(test_minima),
        cmocka_unit_test(test_order_of_ends_is_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
