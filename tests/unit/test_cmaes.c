/* The cmaes strategy: what it refuses, that nothing depends on the order in which trials
 * end, and that it finds minima over all kinds of axes, many trials at a time. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <hone/strategy.h>

#include "math/philox.h"
#include "space_kit.h"

typedef struct search {
    const hone_strategy *strategy;
    void *self;
    hone_problem problem;
    int code;
    hone_error err;
} search;

static void open_search(search *s, const hone_space *space, const hone_settings *settings)
{
    static const hone_settings none = {0};
    memset(s, 0, sizeof *s);
    s->strategy = hone_strategy_find("cmaes");
    assert_non_null(s->strategy);
    s->problem = (hone_problem){.space = space, .seed = 21};
    s->self = calloc(1, s->strategy->state_size);
    assert_non_null(s->self);
    s->code =
        s->strategy->init(s->self, &s->problem, settings ? settings : &none, &s->err);
}

static void close_search(search *s)
{
    s->strategy->release(s->self);
    free(s->self);
}

static void tell(search *s, hone_observation_kind kind, uint64_t number,
                 const hone_config *config, double objective)
{
    hone_observation seen = {.kind = kind,
                             .number = number,
                             .config = config,
                             .objective = objective,
                             .progress = 1};
    assert_int_equal(s->strategy->observe(s->self, &seen), 0);
}

static const hone_value colours[] = {KIT_TEXT("red"), KIT_TEXT("green"),
                                     KIT_TEXT("blue")};
static const hone_param mixed_params[] = {
    KIT_CHOICES("colour", colours),
    KIT_RANGE("depth", HONE_INT_UNIFORM, 0, 40),
    KIT_RANGE("x", HONE_UNIFORM, -5, 5),
    KIT_RANGE("y", HONE_UNIFORM, -5, 5),
};
static const hone_space mixed = {.n = KIT_COUNT(mixed_params), .params = mixed_params};

/* Least 0: green, 33, 1, -2. */
static double measure(const hone_config *config)
{
    double depth = (double)config->values[1].integer, x = 0, y = 0;
    (void)hone_value_number(&config->values[2], &x);
    (void)hone_value_number(&config->values[3], &y);
    double off = config->values[0].text[0] == 'g' ? 0 : 2;
    return off + (depth - 33) * (depth - 33) / 10 + (x - 1) * (x - 1) +
           3 * (y + 2 + (x - 1) / 2) * (y + 2 + (x - 1) / 2);
}

static void test_refusals(void **state)
{
    (void)state;
    static const hone_value net[] = {KIT_TEXT("red")};
    static const hone_clause if_red[] = {{.param = 0, .n_values = 1, .values = net}};
    static const hone_param params[] = {
        KIT_CHOICES("colour", colours),
        {.name = "width",
         .distribution = HONE_INT_UNIFORM,
         .min = 1,
         .max = 8,
         .n_clauses = 1,
         .clauses = if_red},
    };
    hone_space space = {.n = 2, .params = params};
    search s;
    open_search(&s, &space, NULL);
    assert_int_equal(s.code, HONE_ESPEC);
    assert_string_equal(s.err.text, "parameter width has a condition; cmaes does not "
                                    "handle `when`, use method tpe or bayes");
    close_search(&s);
    enum { N = 201 };
    hone_param *many = calloc(N, sizeof *many);
    assert_non_null(many);
    for (int i = 0; i < N; i++)
        many[i] = (hone_param)KIT_RANGE("x", HONE_UNIFORM, 0, 1);
    space = (hone_space){.n = N, .params = many};
    open_search(&s, &space, NULL);
    assert_int_equal(s.code, HONE_ESPEC);
    assert_string_equal(s.err.text, "201 parameters vary; cmaes learns at most 200, use "
                                    "method tpe or random");
    close_search(&s);
    free(many);
}

/* --- many at a time ---------------------------------------------------------------- */

enum { TRIALS = 160, JOBS = 16 };

typedef struct history {
    hone_config *configs[TRIALS + 1];
    hone_observation_kind kinds[TRIALS + 1]; /* PENDING: not ended */
    double values[TRIALS + 1];
    uint64_t n;
} history;

/* Ends a running trial that chance picks; one in eight fails or is pruned. */
static void end_one(search *s, history *h, uint64_t step)
{
    uint64_t running[JOBS], n = 0;
    for (uint64_t i = 1; i <= h->n; i++) {
        if (h->kinds[i] == HONE_OBSERVE_PENDING)
            running[n++] = i;
    }
    uint64_t pick = running[hone_philox_bits(4, (hone_counter){.number = step}) % n];
    h->kinds[pick] = pick % 16 == 3   ? HONE_OBSERVE_FAILED
                     : pick % 16 == 9 ? HONE_OBSERVE_PRUNED
                                      : HONE_OBSERVE_COMPLETED;
    h->values[pick] = measure(h->configs[pick]);
    tell(s, h->kinds[pick], pick, h->configs[pick], h->values[pick]);
}

/* A fresh search that is told all the same, ended trials from the last to the first. */
static void check_same_suggestion(const history *h, const hone_config *expected)
{
    search other;
    hone_config *point = kit_config(&mixed);
    open_search(&other, &mixed, NULL);
    for (uint64_t i = 1; i <= h->n; i++)
        tell(&other, HONE_OBSERVE_PENDING, i, h->configs[i], 0);
    for (uint64_t i = h->n; i > 0; i--) {
        if (h->kinds[i] != HONE_OBSERVE_PENDING)
            tell(&other, h->kinds[i], i, h->configs[i], h->values[i]);
    }
    assert_int_equal(other.strategy->suggest(other.self, h->n + 1, point),
                     HONE_SUGGESTED);
    hone_identity a = hone_config_identity(&mixed, point);
    hone_identity b = hone_config_identity(&mixed, expected);
    assert_true(a.low == b.low && a.high == b.high);
    close_search(&other);
    free(point);
}

static void test_order_of_ends_is_nothing(void **state)
{
    (void)state;
    history h = {0};
    search s;
    open_search(&s, &mixed, NULL);
    assert_int_equal(s.code, 0);
    for (uint64_t step = 0; h.n < TRIALS; step++) {
        if (h.n >= JOBS)
            end_one(&s, &h, step);
        hone_config *point = kit_config(&mixed);
        assert_int_equal(s.strategy->suggest(s.self, h.n + 1, point), HONE_SUGGESTED);
        if (h.n % 9 == 0)
            check_same_suggestion(&h, point);
        h.configs[++h.n] = point;
        tell(&s, HONE_OBSERVE_PENDING, h.n, point, 0);
    }
    for (uint64_t i = 1; i <= h.n; i++) {
        hone_identity a = hone_config_identity(&mixed, h.configs[i]);
        for (uint64_t k = 1; k < i; k++) {
            hone_identity b = hone_config_identity(&mixed, h.configs[k]);
            assert_false(a.low == b.low && a.high == b.high);
        }
    }
    for (uint64_t i = 1; i <= h.n; i++)
        free(h.configs[i]);
    close_search(&s);
}

/* --- minima ------------------------------------------------------------------------ */

typedef double (*objective)(const hone_config *config);

/* The best of `trials`, one after the other. */
static double find_minimum(const hone_space *space, objective f, int trials,
                           const hone_settings *settings)
{
    search s;
    double best = INFINITY;
    hone_config *point = kit_config(space);
    open_search(&s, space, settings);
    assert_int_equal(s.code, 0);
    for (uint64_t i = 1; i <= (uint64_t)trials; i++) {
        if (s.strategy->suggest(s.self, i, point) == HONE_SUGGEST_DONE)
            break;
        double value = f(point);
        tell(&s, HONE_OBSERVE_PENDING, i, point, 0);
        tell(&s, HONE_OBSERVE_COMPLETED, i, point, value);
        best = fmin(best, value);
    }
    close_search(&s);
    free(point);
    return best;
}

static const hone_param integer_params[] = {
    KIT_RANGE("a", HONE_INT_UNIFORM, 0, 100), KIT_RANGE("b", HONE_INT_UNIFORM, 0, 100),
    KIT_RANGE("c", HONE_INT_UNIFORM, 0, 100), KIT_RANGE("d", HONE_INT_UNIFORM, 0, 1)};
static const hone_space integers = {.n = 4, .params = integer_params};

static double far_corner(const hone_config *config)
{
    static const int64_t least[] = {7, 100, 61, 1};
    double sum = 0;
    for (int i = 0; i < 4; i++) {
        double off = (double)(config->values[i].integer - least[i]);
        sum += (i == 3 ? 200 : 1) * off * off;
    }
    return sum;
}

static double everywhere(const hone_config *config)
{
    (void)config;
    return 4;
}

static double nowhere(const hone_config *config)
{
    (void)config;
    return NAN;
}

static void test_minima(void **state)
{
    (void)state;
    hone_setting plain = {.name = "surrogate", .value = KIT_TEXT("none")};
    hone_settings no_model = {.n = 1, .items = &plain};
    assert_true(find_minimum(&mixed, measure, 150, NULL) < 1e-3);
    assert_true(find_minimum(&mixed, measure, 400, &no_model) < 1e-2);
    assert_true(find_minimum(&integers, far_corner, 150, NULL) == 0);
    assert_true(find_minimum(&integers, far_corner, 400, &no_model) <= 4);
}

static void test_nothing_to_learn(void **state)
{
    (void)state;
    hone_setting stay = {.name = "restarts", .value = KIT_TEXT("none")};
    hone_settings once = {.n = 1, .items = &stay};
    assert_true(find_minimum(&mixed, everywhere, 1000, NULL) == 4);
    assert_true(find_minimum(&mixed, everywhere, 1000, &once) == 4);
    assert_true(find_minimum(&mixed, nowhere, 300, NULL) == INFINITY);
    assert_true(find_minimum(&mixed, nowhere, 300, &once) == INFINITY);
    assert_true(find_minimum(&mixed, measure, 1500, &once) < 1e-3);
}

static const hone_param constant_params[] = {
    {.name = "c", .distribution = HONE_CONSTANT, .n_values = 1, .values = colours},
    KIT_CHOICES("colour", colours)};

/* Spaces without a numeric axis, and without any. */
static void test_small_spaces(void **state)
{
    (void)state;
    for (uint32_t n = 1; n <= 2; n++) {
        hone_space space = {.n = n, .params = constant_params};
        hone_config *point = kit_config(&space);
        search s;
        open_search(&s, &space, NULL);
        assert_int_equal(s.code, 0);
        uint64_t number = 1;
        while (s.strategy->suggest(s.self, number, point) == HONE_SUGGESTED) {
            tell(&s, HONE_OBSERVE_PENDING, number, point, 0);
            tell(&s, HONE_OBSERVE_COMPLETED, number, point, (double)number);
            number++;
        }
        assert_int_equal(number - 1, n == 1 ? 1 : 3);
        close_search(&s);
        free(point);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_order_of_ends_is_nothing),
        cmocka_unit_test(test_minima),
        cmocka_unit_test(test_nothing_to_learn),
        cmocka_unit_test(test_small_spaces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
