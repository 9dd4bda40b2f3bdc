/* Random and Sobol search at their limits: what is given up, what is refused, what random
 * draws depend on; and the set of what was seen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <hone/strategy.h>

#include "math/philox.h"
#include "search/sampler.h"
#include "search/seen.h"
#include "space_kit.h"

typedef struct search {
    const hone_strategy *strategy;
    void *self;
    hone_config *point;
    hone_problem problem;
    int code;
    hone_error err;
} search;

static void open_search(search *s, const char *name, const hone_space *space)
{
    static const hone_settings none = {0};
    memset(s, 0, sizeof *s);
    s->strategy = hone_strategy_find(name);
    s->problem = (hone_problem){.space = space, .seed = 11};
    s->self = calloc(1, s->strategy->state_size);
    s->point = kit_config(space);
    s->code = s->strategy->init(s->self, &s->problem, &none, &s->err);
}

static void close_search(search *s)
{
    s->strategy->release(s->self);
    free(s->self);
    free(s->point);
}

static void tell_pending(search *s, uint64_t number, const hone_config *config)
{
    hone_observation seen = {
        .kind = HONE_OBSERVE_PENDING, .number = number, .config = config};
    assert_int_equal(s->strategy->observe(s->self, &seen), 0);
}

static const char *const drawing[] = {"random", "sobol"};

static void test_seen(void **state)
{
    (void)state;
    hone_seen seen = {0};
    assert_false(hone_seen_has(&seen, (hone_identity){0, 0}));
    for (uint64_t i = 0; i < 1000; i++) { /* many share their low bits */
        assert_false(hone_seen_has(&seen, (hone_identity){0, i << 32}));
        assert_int_equal(hone_seen_add(&seen, (hone_identity){0, i << 32}), 0);
        assert_int_equal(hone_seen_add(&seen, (hone_identity){0, i << 32}), 0);
        assert_int_equal(seen.n, i + 1);
    }
    for (uint64_t i = 0; i < 1000; i++) {
        assert_true(hone_seen_has(&seen, (hone_identity){0, i << 32}));
    }
    hone_seen_release(&seen);
    assert_int_equal(seen.n, 0);
}

/* The draw of an endless space is a function of seed, number and parameter alone. */
static void test_random_depends_on_number_alone(void **state)
{
    (void)state;
    static const hone_param params[] = {KIT_RANGE("a", HONE_UNIFORM, 0, 1),
                                        KIT_RANGE("b", HONE_UNIFORM, 0, 1)};
    hone_space space = {.n = 2, .params = params};
    search s;
    open_search(&s, "random", &space);
    assert_int_equal(s.code, 0);
    for (uint64_t number = 50; number > 7; number -= 7) {
        assert_int_equal(s.strategy->suggest(s.self, number, s.point), HONE_SUGGESTED);
        for (uint32_t i = 0; i < 2; i++) {
            double u = hone_philox_uniform(11, (hone_counter){number, i, 0});
            assert_true(s.point->values[i].real == hone_param_draw(&params[i], u).real);
        }
        tell_pending(&s, number, s.point);
    }
    assert_true(s.strategy->count(s.self) == UINT64_MAX);
    close_search(&s);
}

static void test_hopeless_constraint_is_given_up(void **state)
{
    (void)state;
    static const hone_param params[] = {KIT_RANGE("a", HONE_UNIFORM, 0, 1)};
    hone_arena arena;
    hone_arena_init(&arena, 1 << 14);
    hone_space space = {.n = 1, .params = params, .n_constraints = 1};
    const hone_expr *constraint = kit_constraint(&space, "a > 2", &arena);
    assert_non_null(constraint);
    space.constraints = &constraint;
    for (int i = 0; i < 2; i++) {
        search s;
        open_search(&s, drawing[i], &space);
        assert_int_equal(s.code, 0);
        assert_int_equal(s.strategy->suggest(s.self, 1, s.point), HONE_SUGGEST_DONE);
        close_search(&s);
    }
    hone_arena_release(&arena);
}

static void test_refusals(void **state)
{
    (void)state;
    static const hone_clause on_b[] = {{1, 0, NULL}}, on_a[] = {{0, 0, NULL}};
    hone_param params[] = {KIT_RANGE("a", HONE_INT_UNIFORM, 0, 9),
                           KIT_RANGE("b", HONE_INT_UNIFORM, 0, 9)};
    hone_space space = {.n = 2, .params = params};
    hone_arena arena;
    hone_arena_init(&arena, 1 << 14);
    const hone_expr *constraint = kit_constraint(&space, "a > b + 20", &arena);
    for (int i = 0; i < 2; i++) {
        search s;
        space.n_constraints = 1;
        space.constraints = &constraint;
        open_search(&s, drawing[i], &space);
        assert_int_equal(s.code, HONE_ESPEC);
        assert_non_null(strstr(s.err.text, "leave no configuration"));
        close_search(&s);
        space.n_constraints = 0;
        params[0].n_clauses = params[1].n_clauses = 1;
        params[0].clauses = on_b;
        params[1].clauses = on_a;
        open_search(&s, drawing[i], &space);
        assert_int_equal(s.code, HONE_ESPEC);
        assert_non_null(strstr(s.err.text, "circle"));
        close_search(&s);
        params[0].n_clauses = params[1].n_clauses = 0;
    }
    hone_arena_release(&arena);
}

static void test_sobol_has_so_many_dimensions(void **state)
{
    (void)state;
    enum { PARAMS = 1002 };
    static hone_param params[PARAMS];
    static char names[PARAMS][16];
    for (int i = 0; i < PARAMS; i++) {
        snprintf(names[i], sizeof names[i], "p%d", i);
        params[i] = (hone_param)KIT_RANGE(names[i], HONE_UNIFORM, 0, 1);
    }
    static const hone_value one[] = {KIT_INT(1)};
    params[5] = (hone_param)KIT_CHOICES("p5", one); /* does not vary */
    hone_space space = {.n = PARAMS, .params = params};
    search s;
    open_search(&s, "sobol", &space);
    assert_int_equal(s.code, HONE_ESPEC);
    assert_non_null(strstr(s.err.text, "1001 parameters vary"));
    close_search(&s);
    space.n = PARAMS - 1;
    open_search(&s, "sobol", &space);
    assert_int_equal(s.code, 0);
    assert_int_equal(s.strategy->suggest(s.self, 1, s.point), HONE_SUGGESTED);
    close_search(&s);
}

/* Finite, but too large to tabulate: drawn, never repeated, endless for all we say. */
static void test_finite_without_a_list(void **state)
{
    (void)state;
    static const hone_value flags[] = {KIT_INT(0), KIT_INT(1)};
    hone_param params[] = {KIT_RANGE("a", HONE_INT_UNIFORM, 0, 1e7),
                           KIT_CHOICES("b", flags)};
    hone_space space = {.n = 2, .params = params, .n_constraints = 1};
    hone_arena arena;
    hone_arena_init(&arena, 1 << 14);
    const hone_expr *constraint = kit_constraint(&space, "a >= b", &arena);
    assert_non_null(constraint);
    space.constraints = &constraint;
    for (int i = 0; i < 2; i++) {
        search s;
        open_search(&s, drawing[i], &space);
        assert_int_equal(s.code, 0);
        assert_true(s.strategy->count(s.self) == UINT64_MAX);
        hone_identity last = {0, 0};
        for (uint64_t number = 1; number <= 100; number++) {
            assert_int_equal(s.strategy->suggest(s.self, 1, s.point), HONE_SUGGESTED);
            hone_identity identity = hone_config_identity(&space, s.point);
            assert_true(identity.low != last.low);
            last = identity;
            tell_pending(&s, number, s.point);
        }
        close_search(&s);
    }
    hone_arena_release(&arena);
}

/* Draws that always repeat end in the list where there is one, else in DONE. */
static double always_zero(const void *arg, uint64_t at, uint32_t param)
{
    (void)arg;
    (void)at;
    (void)param;
    return 0;
}

static void test_repeated_draws(void **state)
{
    (void)state;
    static const hone_param params[] = {KIT_RANGE("a", HONE_INT_UNIFORM, 0, 4)};
    hone_space space = {.n = 1, .params = params};
    hone_problem problem = {.space = &space, .seed = 3};
    hone_sampler sampler = {0};
    assert_int_equal(hone_sampler_init(&sampler, &problem, NULL), 0);
    hone_config *point = kit_config(&space);
    hone_draws draws = {.coordinate = always_zero, .end = 1000000};
    uint64_t at;
    unsigned mask = 0;
    for (int i = 0; i < 5; i++) {
        assert_int_equal(hone_sampler_find(&sampler, &draws, point, &at), HONE_SUGGESTED);
        assert_int_equal(at, i ? draws.end : 0);
        mask |= 1U << point->values[0].integer;
        assert_int_equal(hone_sampler_observe(&sampler, point), 0);
    }
    assert_int_equal(mask, 31);
    assert_int_equal(hone_sampler_find(&sampler, &draws, point, &at), HONE_SUGGEST_DONE);
    hone_sampler_release(&sampler);

    assert_int_equal(
        hone_walk_init(&sampler.walk, &problem, NULL, HONE_WALK_SHUFFLED, HONE_WALK_ALL),
        0);
    uint32_t order[] = {0};
    sampler.order = order;
    sampler.space = &space;
    sampler.finite = true;
    point->values[0] = hone_value_int(0);
    assert_int_equal(hone_sampler_observe(&sampler, point), 0);
    assert_int_equal(hone_sampler_find(&sampler, &draws, point, &at), HONE_SUGGEST_DONE);
    sampler.order = NULL;
    hone_sampler_release(&sampler);
    free(point);
}

/* Trials that somebody else chose are never suggested again, and move no cursor. */
static void test_strangers(void **state)
{
    (void)state;
    static const hone_param params[] = {KIT_RANGE("a", HONE_INT_UNIFORM, 0, 9)};
    hone_space space = {.n = 1, .params = params};
    for (int i = 0; i < 2; i++) {
        search s;
        open_search(&s, drawing[i], &space);
        hone_config *stranger = kit_config(&space);
        unsigned mask = 0;
        for (int64_t value = 0; value < 10; value += 2) {
            stranger->values[0] = hone_value_int(value);
            tell_pending(&s, (uint64_t)value + 1, stranger);
        }
        for (uint64_t number = 20; number < 25; number++) {
            assert_int_equal(s.strategy->suggest(s.self, number, s.point),
                             HONE_SUGGESTED);
            mask |= 1U << s.point->values[0].integer;
            tell_pending(&s, number, s.point);
        }
        assert_int_equal(mask, 0x2aa);
        assert_int_equal(s.strategy->suggest(s.self, 25, s.point), HONE_SUGGEST_DONE);
        tell_pending(&s, 25, stranger);
        free(stranger);
        close_search(&s);
    }
}

/* Uneven chances show in the first draws, though nothing is drawn twice. */
static void test_chances_count(void **state)
{
    (void)state;
    static const hone_value values[] = {KIT_INT(0), KIT_INT(1)};
    static const double chances[] = {.95, .05};
    hone_param params[] = {KIT_CHOICES("a", values),
                           KIT_RANGE("b", HONE_INT_UNIFORM, 0, 99)};
    params[0].probabilities = chances;
    hone_space space = {.n = 2, .params = params};
    search s;
    open_search(&s, "random", &space);
    int n_likely = 0;
    for (uint64_t number = 1; number <= 60; number++) {
        assert_int_equal(s.strategy->suggest(s.self, number, s.point), HONE_SUGGESTED);
        n_likely += s.point->values[0].integer == 0;
        tell_pending(&s, number, s.point);
    }
    assert_in_range(n_likely, 48, 60);
    assert_int_equal(s.strategy->count(s.self), 200);
    close_search(&s);
}

static void test_no_parameters(void **state)
{
    (void)state;
    static const hone_param none[1];
    hone_space space = {.n = 0, .params = none};
    for (uint32_t i = 0; i < 3; i++) {
        search s;
        open_search(&s, hone_strategy_at(i)->name, &space);
        assert_int_equal(s.code, 0);
        assert_int_equal(s.strategy->count(s.self), 1);
        assert_int_equal(s.strategy->suggest(s.self, 1, s.point), HONE_SUGGESTED);
        tell_pending(&s, 1, s.point);
        assert_int_equal(s.strategy->suggest(s.self, 2, s.point), HONE_SUGGEST_DONE);
        close_search(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_seen),
        cmocka_unit_test(test_random_depends_on_number_alone),
        cmocka_unit_test(test_hopeless_constraint_is_given_up),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_sobol_has_so_many_dimensions),
        cmocka_unit_test(test_finite_without_a_list),
        cmocka_unit_test(test_repeated_draws),
        cmocka_unit_test(test_strangers),
        cmocka_unit_test(test_chances_count),
        cmocka_unit_test(test_no_parameters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
