/* The lazy lattice and the grid over it: W&B's vectors, and brute force on random spaces.
 */
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
#include "search/groups.h"
#include "search/lattice.h"
#include "space_kit.h"

/* --- brute force ------------------------------------------------------------------- */

/* Every configuration of the full product in visiting order, filtered. */
typedef struct brute {
    const hone_space *space;
    const uint32_t *order;
    hone_config *config;
    hone_axes axes;
    const hone_lattice *lattice;
    hone_config *point; /* what the lattice gives */
    uint64_t count;
} brute;

static void compare_point(brute *all)
{
    if (!hone_config_allowed(all->space, all->config)) {
        return;
    }
    if (all->lattice) {
        assert_true(all->count < hone_lattice_count(all->lattice));
        hone_lattice_point(all->lattice, all->count, all->point);
        for (uint32_t i = 0; i < all->space->n; i++) {
            assert_int_equal(all->point->values[i].kind, all->config->values[i].kind);
            assert_true(
                hone_value_equal(&all->point->values[i], &all->config->values[i]));
        }
    }
    all->count++;
}

static void enumerate_from(brute *all, uint32_t k)
{
    if (k == all->space->n) {
        compare_point(all);
        return;
    }
    uint32_t i = all->order[k];
    const hone_param *param = &all->space->params[i];
    if (!hone_param_active(all->space, i, all->config)) {
        all->config->values[i] = (hone_value){.kind = HONE_ABSENT};
        enumerate_from(all, k + 1);
        return;
    }
    uint64_t n = all->axes == HONE_AXES_LEVELS ? hone_param_levels(param)
                                               : hone_param_support(param);
    for (uint64_t level = 0; level < n; level++) {
        all->config->values[i] = hone_axis_value(param, all->axes, level);
        enumerate_from(all, k + 1);
    }
}

/* Compares count and order with the filtered product; returns the count, 0 where the
 * lattice says that nothing is left. */
static uint64_t check_lattice(const hone_space *space, hone_axes axes)
{
    uint32_t order[32];
    assert_int_equal(hone_space_order(space, order, NULL), 0);
    hone_lattice *lattice = NULL;
    hone_error err = {0};
    int code = hone_lattice_make(space, axes, &lattice, &err);
    brute all = {.space = space,
                 .order = order,
                 .axes = axes,
                 .config = kit_config(space),
                 .point = kit_config(space),
                 .lattice = lattice};
    enumerate_from(&all, 0);
    if (all.count == 0) {
        assert_int_equal(code, HONE_ESPEC);
    } else {
        assert_int_equal(code, 0);
        assert_int_equal(hone_lattice_count(lattice), all.count);
    }
    hone_lattice_free(lattice);
    free(all.config);
    free(all.point);
    return all.count;
}

/* --- random spaces ----------------------------------------------------------------- */

enum { MOST_PARAMS = 7, MOST_VALUES = 4 };

typedef struct random_space {
    uint64_t seed;
    uint64_t n_drawn;
    hone_space space;
    hone_param params[MOST_PARAMS];
    hone_value values[MOST_PARAMS][MOST_VALUES];
    hone_clause clauses[MOST_PARAMS][2];
    hone_value wanted[MOST_PARAMS][2][2];
    const hone_expr *constraints[3];
} random_space;

static uint32_t draw_below(random_space *random, uint32_t n)
{
    double u =
        hone_philox_uniform(random->seed, (hone_counter){.number = random->n_drawn++});
    return (uint32_t)(u * n);
}

static void add_conditions(random_space *random, const uint32_t *rank, uint32_t i)
{
    uint32_t n = draw_below(random, 4); /* 0, 1, 2 clauses; mostly none or one */
    n = n == 3 ? 0 : n;
    for (uint32_t k = 0; k < n; k++) {
        uint32_t on = draw_below(random, random->space.n);
        if (rank[on] >= rank[i]) {
            continue; /* would make a circle */
        }
        hone_param *param = &random->params[i];
        hone_clause *clause = &random->clauses[i][param->n_clauses];
        hone_value *wanted = random->wanted[i][param->n_clauses];
        *clause = (hone_clause){on, 1 + draw_below(random, 2), wanted};
        for (uint32_t v = 0; v < clause->n_values; v++) {
            wanted[v] = hone_value_int(draw_below(random, MOST_VALUES));
        }
        param->n_clauses++;
        param->clauses = random->clauses[i];
    }
}

static void make_random_space(random_space *random, uint64_t seed, hone_arena *arena)
{
    static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g"};
    memset(random, 0, sizeof *random);
    random->seed = seed;
    random->space.params = random->params;
    random->space.n = 1 + draw_below(random, MOST_PARAMS);
    uint32_t rank[MOST_PARAMS];
    for (uint32_t i = 0; i < random->space.n; i++) {
        rank[i] = draw_below(random, 1000);
        random->params[i] = (hone_param){.name = names[i],
                                         .distribution = HONE_CATEGORICAL,
                                         .n_values = 1 + draw_below(random, MOST_VALUES),
                                         .values = random->values[i]};
        for (uint32_t v = 0; v < MOST_VALUES; v++) {
            random->values[i][v] = hone_value_int((int64_t)(v ^ (seed & 3)));
        }
        if (draw_below(random, 3) == 0) {
            random->params[i] = (hone_param)KIT_RANGE(names[i], HONE_INT_UNIFORM, 0, 2);
        }
    }
    for (uint32_t i = 0; i < random->space.n; i++) {
        add_conditions(random, rank, i);
    }
    random->space.constraints = random->constraints;
    uint32_t n = draw_below(random, 4);
    for (uint32_t k = 0; k < n; k++) {
        char text[64];
        const char *a = names[draw_below(random, random->space.n)];
        const char *b = names[draw_below(random, random->space.n)];
        switch (draw_below(random, 5)) {
        case 0:
            snprintf(text, sizeof text, "%s <= %s", a, b);
            break;
        case 1:
            snprintf(text, sizeof text, "%s + %s != 3", a, b);
            break;
        case 2:
            snprintf(text, sizeof text, "%s < 2 or %s > 1", a, b);
            break;
        case 3:
            snprintf(text, sizeof text, "%s * 2 >= %s", a, b);
            break;
        default:
            snprintf(text, sizeof text, "not (%s == %s)", a, b);
            break;
        }
        random->constraints[k] = kit_constraint(&random->space, text, arena);
        assert_non_null(random->constraints[k]);
    }
    random->space.n_constraints = n;
}

static void test_random_spaces_match_brute_force(void **state)
{
    (void)state;
    uint64_t n_points = 0, n_empty = 0;
    for (uint64_t seed = 0; seed < 1500; seed++) {
        random_space random;
        hone_arena arena;
        hone_arena_init(&arena, 1 << 16);
        make_random_space(&random, seed, &arena);
        uint64_t count = check_lattice(&random.space, HONE_AXES_LEVELS);
        n_points += count;
        n_empty += count == 0;
        assert_int_equal(check_lattice(&random.space, HONE_AXES_SUPPORT), count);
        hone_arena_release(&arena);
    }
    assert_true(n_points > 20000);
    assert_true(n_empty > 5 && n_empty < 500);
}

/* --- by hand ----------------------------------------------------------------------- */

typedef struct grid_run {
    const hone_strategy *strategy;
    void *self;
    hone_config *point;
    uint64_t number;
} grid_run;

static int open_grid(grid_run *run, const hone_problem *problem, const char *order,
                     hone_error *err)
{
    hone_setting item = {.name = "order", .value = hone_value_text(order ? order : "")};
    hone_settings settings = {.n = order != NULL, .items = &item};
    run->strategy = hone_strategy_find("grid");
    assert_non_null(run->strategy);
    run->self = calloc(1, run->strategy->state_size);
    run->point = kit_config(problem->space);
    run->number = 0;
    return run->strategy->init(run->self, problem, &settings, err);
}

static const hone_config *step_grid(grid_run *run)
{
    if (run->strategy->suggest(run->self, ++run->number, run->point) != HONE_SUGGESTED) {
        return NULL;
    }
    hone_observation seen = {
        .kind = HONE_OBSERVE_PENDING, .number = run->number, .config = run->point};
    assert_int_equal(run->strategy->observe(run->self, &seen), 0);
    return run->point;
}

static void close_grid(grid_run *run)
{
    run->strategy->release(run->self);
    free(run->self);
    free(run->point);
}

static void test_published_grid(void **state)
{
    (void)state;
    static const hone_value letters[] = {KIT_TEXT("x"), KIT_TEXT("y")};
    static const hone_value numbers[] = {KIT_INT(1), KIT_INT(2)};
    static const hone_param params[] = {
        KIT_CHOICES("A", letters),
        KIT_CHOICES("b", numbers),
        KIT_RANGE("c", HONE_INT_UNIFORM, 1, 2),
        {.name = "q", .distribution = HONE_Q_UNIFORM, .max = 1, .q = .4},
    };
    static const struct {
        const char *a;
        int64_t b, c;
        double q;
    } want[] = {{"x", 1, 1, 0},
                {"x", 1, 1, .4},
                {"x", 1, 1, .8},
                {"x", 1, 2, 0},
                {"x", 1, 2, .4}};
    hone_space space = {.n = 4, .params = params};
    hone_problem problem = {.space = &space, .seed = 1};
    grid_run run;
    assert_int_equal(open_grid(&run, &problem, NULL, NULL), 0);
    assert_int_equal(run.strategy->count(run.self), 24);
    for (size_t i = 0; i < KIT_COUNT(want); i++) {
        const hone_config *point = step_grid(&run);
        assert_string_equal(point->values[0].text, want[i].a);
        assert_int_equal(point->values[1].integer, want[i].b);
        assert_int_equal(point->values[2].integer, want[i].c);
        assert_true(point->values[3].real == want[i].q);
    }
    for (int i = 5; i < 24; i++) {
        assert_non_null(step_grid(&run));
    }
    assert_null(step_grid(&run));
    close_grid(&run);
}

/* model: tree, net; depth when tree; width when net; act when net and width 2. */
static void test_nested_conditions(void **state)
{
    (void)state;
    static const hone_value models[] = {KIT_TEXT("tree"), KIT_TEXT("net")};
    static const hone_value widths[] = {KIT_INT(1), KIT_INT(2)};
    static const hone_clause on_tree[] = {{2, 1, &models[0]}};
    static const hone_clause on_net[] = {{2, 1, &models[1]}};
    static const hone_clause on_width[] = {{3, 1, &widths[1]}};
    hone_param params[] = {KIT_RANGE("act", HONE_INT_UNIFORM, 0, 3),
                           KIT_RANGE("depth", HONE_INT_UNIFORM, 0, 4),
                           KIT_CHOICES("model", models), KIT_CHOICES("width", widths)};
    params[0].n_clauses = params[1].n_clauses = params[3].n_clauses = 1;
    params[0].clauses = on_width;
    params[1].clauses = on_tree;
    params[3].clauses = on_net;
    hone_space space = {.n = 4, .params = params};
    assert_int_equal(check_lattice(&space, HONE_AXES_LEVELS), 5 + 1 + 4);
}

static void test_huge_grid_starts_at_once(void **state)
{
    (void)state;
    hone_param params[6];
    for (uint32_t i = 0; i < 5; i++) {
        params[i] = (hone_param)KIT_RANGE("x", HONE_INT_UNIFORM, 1, 1000);
    }
    static const char *const names[] = {"a", "b", "c", "d", "e"};
    for (uint32_t i = 0; i < 5; i++) {
        params[i].name = names[i];
    }
    hone_space space = {.n = 5, .params = params};
    hone_problem problem = {.space = &space, .seed = 5};
    grid_run run;
    assert_int_equal(open_grid(&run, &problem, "shuffled", NULL), 0);
    assert_true(run.strategy->count(run.self) == UINT64_C(1000000000000000));
    assert_non_null(step_grid(&run));
    close_grid(&run);
    hone_lattice *lattice;
    assert_int_equal(hone_lattice_make(&space, HONE_AXES_LEVELS, &lattice, NULL), 0);
    hone_config *point = kit_config(&space);
    hone_lattice_point(lattice, UINT64_C(999999999999999), point);
    assert_int_equal(point->values[0].integer, 1000);
    assert_int_equal(point->values[4].integer, 1000);
    hone_lattice_point(lattice, 1001, point);
    assert_int_equal(point->values[3].integer, 2);
    assert_int_equal(point->values[4].integer, 2);
    free(point);
    hone_lattice_free(lattice);
}

/* What was tried already, in whatever order, is passed over; strangers do no harm. */
static void test_record_of_another_order(void **state)
{
    (void)state;
    static const hone_param params[] = {KIT_RANGE("a", HONE_INT_UNIFORM, 0, 9)};
    hone_space space = {.n = 1, .params = params};
    hone_problem problem = {.space = &space, .seed = 1};
    static const int64_t tried[] = {3, 1, 77, 0, 9, 3};
    static const int64_t left[] = {2, 4, 5, 6, 7, 8};
    grid_run run;
    assert_int_equal(open_grid(&run, &problem, "sorted", NULL), 0);
    hone_config *config = kit_config(&space);
    for (size_t i = 0; i < KIT_COUNT(tried); i++) {
        config->values[0] = hone_value_int(tried[i]);
        hone_observation seen = {
            .kind = HONE_OBSERVE_PENDING, .number = i + 1, .config = config};
        assert_int_equal(run.strategy->observe(run.self, &seen), 0);
    }
    for (size_t i = 0; i < KIT_COUNT(left); i++) {
        assert_int_equal(step_grid(&run)->values[0].integer, left[i]);
    }
    assert_null(step_grid(&run));
    free(config);
    close_grid(&run);
}

/* --- refusals ---------------------------------------------------------------------- */

static void check_refused(const hone_space *space, const char *word)
{
    hone_problem problem = {.space = space, .seed = 1};
    hone_error err = {0};
    grid_run run;
    assert_int_equal(open_grid(&run, &problem, NULL, &err), HONE_ESPEC);
    assert_int_equal(err.code, HONE_ESPEC);
    if (!strstr(err.text, word)) {
        fail_msg("\"%s\" does not say %s", err.text, word);
    }
    close_grid(&run);
    assert_int_equal(open_grid(&run, &problem, NULL, NULL), HONE_ESPEC);
    close_grid(&run);
}

static void test_refusals(void **state)
{
    (void)state;
    static const hone_value values[] = {KIT_INT(1), KIT_INT(2)};
    static const double probabilities[] = {.5, .5};
    hone_param params[] = {KIT_RANGE("lr", HONE_UNIFORM, 0, 1),
                           KIT_RANGE("b", HONE_INT_UNIFORM, 0, 1)};
    hone_space space = {.n = 2, .params = params};
    check_refused(&space, "lr is uniform");
    params[0] = (hone_param)KIT_CHOICES("lr", values);
    params[0].probabilities = probabilities;
    check_refused(&space, "probabilities");
    params[0] = (hone_param)KIT_RANGE("lr", HONE_INT_UNIFORM, -9.2e18, 9.2e18);
    check_refused(&space, "2^63");
    params[0] = params[1] = (hone_param)KIT_RANGE("lr", HONE_INT_UNIFORM, 1, 4e9);
    check_refused(&space, "2^63"); /* 1.6e19 */
    hone_param many[4];
    for (int i = 0; i < 4; i++) {
        many[i] = params[0];
    }
    hone_space wide = {.n = 4, .params = many};
    check_refused(&wide, "2^63");
}

static void test_constraint_refusals(void **state)
{
    (void)state;
    hone_arena arena;
    hone_arena_init(&arena, 1 << 16);
    hone_param params[] = {KIT_RANGE("a", HONE_INT_UNIFORM, 0, 5000),
                           KIT_RANGE("b", HONE_INT_UNIFORM, 0, 5000)};
    hone_space space = {.n = 2, .params = params, .n_constraints = 1};
    const hone_expr *constraint;
    space.constraints = &constraint;
    constraint = kit_constraint(&space, "a > b + 9000", &arena);
    check_refused(&space, "a, b: more than 16777216 combinations to look at");
    params[0].max = 4094;
    params[1].max = 4094;
    constraint = kit_constraint(&space, "a + b >= 0", &arena);
    check_refused(&space, "a, b: more than 8388608 combinations to keep");
    params[0].max = 1e9;
    check_refused(&space, "look at");
    params[0].max = 100;
    constraint = kit_constraint(&space, "a > 300", &arena);
    check_refused(&space, "leave no configuration");
    constraint = kit_constraint(&space, "1 > 2", &arena);
    assert_non_null(constraint);
    check_refused(&space, "whatever the parameters are");
    hone_arena_release(&arena);
}

/* Weights that do not fit: of one row, of all rows, of two groups. */
static void test_weight_overflow(void **state)
{
    (void)state;
    static const hone_value flags[] = {KIT_INT(0), KIT_INT(1)};
    static const hone_clause on[] = {{0, 1, &flags[1]}};
    static const hone_clause on_any[] = {{0, 2, flags}};
    static const hone_clause on_other[] = {{3, 2, flags}};
    hone_param params[] = {
        KIT_CHOICES("flag", flags), KIT_RANGE("x", HONE_INT_UNIFORM, 1, 4e9),
        KIT_RANGE("y", HONE_INT_UNIFORM, 1, 4e9), KIT_CHOICES("other", flags)};
    params[1].n_clauses = params[2].n_clauses = 1;
    params[1].clauses = params[2].clauses = on;
    hone_space space = {.n = 3, .params = params};
    check_refused(&space, "2^63");
    params[1].max = params[2].max = 2.5e9;
    params[1].clauses = params[2].clauses = on_any;
    check_refused(&space, "2^63");
    params[2].clauses = on_other;
    space.n = 4;
    check_refused(&space, "2^63");
}

static void test_long_names_are_cut(void **state)
{
    (void)state;
    enum { PARAMS = 40 };
    static char names[PARAMS][32], text[PARAMS * 40];
    hone_param params[PARAMS];
    hone_space space = {.n = PARAMS, .params = params, .n_constraints = 1};
    size_t len = 0;
    for (int i = 0; i < PARAMS; i++) {
        snprintf(names[i], sizeof names[i], "parameter_%02d", i);
        params[i] = (hone_param)KIT_RANGE(names[i], HONE_INT_UNIFORM, 0, 9);
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%s", i ? " + " : "",
                                names[i]);
    }
    snprintf(text + len, sizeof text - len, " >= 0");
    hone_arena arena;
    hone_arena_init(&arena, 1 << 20);
    const hone_expr *constraint = kit_constraint(&space, text, &arena);
    assert_non_null(constraint);
    space.constraints = &constraint;
    check_refused(&space, "parameter_13, ...: more than 838860 combinations to keep");
    hone_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published_grid),
        cmocka_unit_test(test_random_spaces_match_brute_force),
        cmocka_unit_test(test_nested_conditions),
        cmocka_unit_test(test_huge_grid_starts_at_once),
        cmocka_unit_test(test_record_of_another_order),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_constraint_refusals),
        cmocka_unit_test(test_weight_overflow),
        cmocka_unit_test(test_long_names_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
