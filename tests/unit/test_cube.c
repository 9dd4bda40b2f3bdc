/* The cube: every configuration leads to its own cell and back, over all kinds of axes.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "search/cube.h"
#include "search/untried.h"
#include "space_kit.h"

static const hone_value sizes[] = {KIT_INT(64), KIT_REAL(0.5), KIT_INT(32)};
static const hone_value flags[] = {KIT_INT(0), KIT_INT(1)};
static const hone_value models[] = {KIT_TEXT("tree"), KIT_TEXT("net"), KIT_TEXT("svm")};
static const hone_value net[] = {KIT_TEXT("net")};
static const double chances[] = {0.5, 0.2, 0.3};
static const hone_clause if_net[] = {{.param = 3, .n_values = 1, .values = net}};

/* `width` exists for nets alone. */
static const hone_param params[] = {
    KIT_CHOICES("batch", sizes),
    KIT_CHOICES("flag", flags),
    {.name = "fixed", .distribution = HONE_CONSTANT, .n_values = 1, .values = sizes},
    {.name = "model",
     .distribution = HONE_CATEGORICAL,
     .n_values = 3,
     .values = models,
     .probabilities = chances},
    KIT_RANGE("rate", HONE_LOG_UNIFORM_VALUES, 1e-4, 1),
    {.name = "width",
     .distribution = HONE_INT_UNIFORM,
     .min = 1,
     .max = 8,
     .n_clauses = 1,
     .clauses = if_net},
};
static const hone_space space = {.n = KIT_COUNT(params), .params = params};

static void test_axes(void **state)
{
    (void)state;
    hone_cube cube;
    assert_int_equal(hone_cube_init(&cube, &space, NULL), 0);
    static const hone_axis_kind kinds[] = {HONE_AXIS_ORDERED, HONE_AXIS_CHOICE,
                                           HONE_AXIS_CHOICE, HONE_AXIS_REAL,
                                           HONE_AXIS_ORDERED};
    static const uint64_t counts[] = {3, 2, 3, UINT64_MAX, 8};
    assert_int_equal(cube.n, 5);
    for (uint32_t a = 0; a < cube.n; a++) {
        assert_int_equal(cube.axes[a].kind, kinds[a]);
        assert_true(cube.axes[a].n == counts[a]);
    }
    assert_true(hone_cube_value(&cube, 0, 0.0).real == 0.5);
    assert_int_equal(hone_cube_value(&cube, 0, 0.5).integer, 32);
    assert_int_equal(hone_cube_value(&cube, 0, 1.0).integer, 64);
    assert_true(fabs(hone_cube_chance(&cube, 2, 0.5) - 0.2) < 1e-12);
    assert_true(fabs(hone_cube_chance(&cube, 4, 0.5) - 0.125) < 1e-12);
    assert_true(hone_cube_chance(&cube, 3, 0.5) == 0);
    hone_span cell = hone_cube_cell(&cube, 4, 0.3);
    assert_true(fabs(cell.low - 0.25) < 1e-12 && fabs(cell.high - 0.375) < 1e-12);
    hone_cube_release(&cube);
}

static bool same_value(const hone_value *a, const hone_value *b)
{
    if (a->kind == HONE_ABSENT || b->kind == HONE_ABSENT)
        return a->kind == b->kind;
    return hone_value_equal(a, b);
}

static void test_there_and_back(void **state)
{
    (void)state;
    hone_cube cube;
    hone_problem problem = {.space = &space, .seed = 7};
    hone_untried untried;
    assert_int_equal(hone_cube_init(&cube, &space, NULL), 0);
    assert_int_equal(hone_untried_init(&untried, &problem, NULL), 0);
    hone_config *point = kit_config(&space), *back = kit_config(&space);
    unsigned n_nets = 0;
    for (uint64_t number = 1; number <= 500; number++) {
        double x[5];
        assert_true(hone_untried_draw(&untried, number, point));
        assert_true(hone_untried_may(&untried, point));
        assert_int_equal(hone_untried_observe(&untried, point), 0);
        assert_false(hone_untried_may(&untried, point));
        hone_cube_encode(&cube, point, x);
        bool is_net = point->values[5].kind != HONE_ABSENT;
        n_nets += is_net;
        assert_true(isnan(x[4]) == !is_net);
        hone_cube_decode(&cube, x, back);
        for (uint32_t i = 0; i < space.n; i++) {
            double was = 0, is = 0;
            if (i != 4)
                assert_true(same_value(&point->values[i], &back->values[i]));
            else if (hone_value_number(&point->values[i], &was) &&
                     hone_value_number(&back->values[i], &is))
                assert_true(fabs(was - is) < 1e-10 * was);
        }
    }
    assert_in_range(n_nets, 70, 130);
    free(point);
    free(back);
    hone_untried_release(&untried);
    hone_cube_release(&cube);
}

/* Every one of a finite space's configurations, once. */
static void test_exhaustion(void **state)
{
    (void)state;
    static const hone_param few[] = {KIT_CHOICES("batch", sizes),
                                     KIT_CHOICES("flag", flags)};
    static const hone_space small = {.n = 2, .params = few};
    hone_problem problem = {.space = &small, .seed = 1};
    hone_untried untried;
    assert_int_equal(hone_untried_init(&untried, &problem, NULL), 0);
    assert_true(hone_untried_count(&untried) == 6);
    hone_config *point = kit_config(&small);
    for (uint64_t number = 1; number <= 6; number++) {
        assert_true(hone_untried_draw(&untried, number, point));
        assert_true(hone_untried_may(&untried, point));
        assert_int_equal(hone_untried_observe(&untried, point), 0);
    }
    assert_false(hone_untried_draw(&untried, 7, point));
    free(point);
    hone_untried_release(&untried);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_axes),
        cmocka_unit_test(test_there_and_back),
        cmocka_unit_test(test_exhaustion),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
