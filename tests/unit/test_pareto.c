/* Fronts, crowding and hypervolume: by hand, and against their definitions. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <hone/pareto.h>

#include "math/philox.h"

static void test_domination(void **state)
{
    (void)state;
    static const double a[] = {1, 2, 3}, b[] = {1, 2, 4}, c[] = {0, 9, 3};
    static const double nan_row[] = {1, NAN, 3}, inf_row[] = {1, INFINITY, 3};
    assert_true(hone_pareto_dominates(a, b, 3));
    assert_false(hone_pareto_dominates(b, a, 3));
    assert_false(hone_pareto_dominates(a, a, 3));
    assert_false(hone_pareto_dominates(a, c, 3) || hone_pareto_dominates(c, a, 3));
    assert_true(hone_pareto_dominates(a, nan_row, 3));
    assert_false(hone_pareto_dominates(nan_row, inf_row, 3));
    assert_true(hone_pareto_dominates(a, c, 2) == false);
    assert_true(hone_pareto_dominates(c, a, 1));
}

/* Three fronts, a pair of equal points, a NaN. */
static const double sample[][2] = {{1, 5}, {3, 3}, {2, 4}, {3, 3},   {5, 1},
                                   {4, 4}, {2, 6}, {6, 6}, {NAN, 0}, {5, 5}};
static const hone_objectives sample_points = {10, 2, &sample[0][0]};

static void test_front_and_ranks(void **state)
{
    (void)state;
    static const uint32_t expected_front[] = {0, 1, 2, 3, 4, 8};
    static const uint32_t expected[] = {0, 0, 0, 0, 0, 1, 1, 3, 0, 2};
    uint32_t front[10], ranks[10];
    assert_int_equal(hone_pareto_front(&sample_points, front), 6);
    assert_memory_equal(front, expected_front, sizeof expected_front);
    assert_int_equal(hone_pareto_ranks(&sample_points, ranks), 0);
    assert_memory_equal(ranks, expected, sizeof expected);
}

static void fill_random(double *values, size_t n, uint64_t seed, uint32_t levels)
{
    for (size_t i = 0; i < n; i++)
        values[i] =
            floor(levels * hone_philox_uniform(seed, (hone_counter){.number = i})) /
            levels;
}

/* By the definition: peel one front after the other. */
static void check_ranks(uint32_t n, uint32_t m, uint64_t seed, uint32_t levels)
{
    double values[120 * 4];
    uint32_t ranks[120], expected[120], left = n;
    assert_true(n <= 120 && m <= 4);
    fill_random(values, (size_t)n * m, seed, levels);
    hone_objectives points = {.n = n, .n_objectives = m, .values = values};
    memset(expected, 0xff, sizeof expected);
    for (uint32_t rank = 0; left > 0; rank++) {
        for (uint32_t i = 0; i < n; i++) {
            bool dominated = false;
            for (uint32_t k = 0; k < n; k++)
                dominated = dominated ||
                            (expected[k] >= rank &&
                             hone_pareto_dominates(values + k * m, values + i * m, m));
            if (expected[i] == UINT32_MAX && !dominated) {
                expected[i] = rank;
                left--;
            }
        }
    }
    assert_int_equal(hone_pareto_ranks(&points, ranks), 0);
    assert_memory_equal(ranks, expected, n * sizeof *ranks);
    uint32_t front[120], n_front = hone_pareto_front(&points, front), of_rank_0 = 0;
    for (uint32_t i = 0; i < n; i++)
        of_rank_0 += ranks[i] == 0;
    assert_int_equal(n_front, of_rank_0);
    for (uint32_t i = 0; i < n_front; i++)
        assert_true(ranks[front[i]] == 0 && (i == 0 || front[i] > front[i - 1]));
}

static void test_random_ranks(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 10; seed++) {
        for (uint32_t m = 1; m <= 4; m++) {
            check_ranks(120, m, seed, 1000000);
            check_ranks(60, m, seed, 4); /* full of ties */
        }
    }
}

static void test_crowding(void **state)
{
    (void)state;
    /* 0: (0,10) 1: (2,6) 2: (5,3) 3: (10,0); alone in its front 4: (20,20). */
    static const double values[] = {0, 10, 2, 6, 5, 3, 10, 0, 20, 20};
    hone_objectives points = {.n = 5, .n_objectives = 2, .values = values};
    uint32_t ranks[5];
    double distances[5];
    assert_int_equal(hone_pareto_ranks(&points, ranks), 0);
    assert_int_equal(hone_pareto_crowding(&points, ranks, distances), 0);
    assert_true(isinf(distances[0]) && isinf(distances[3]) && isinf(distances[4]));
    assert_true(fabs(distances[1] - (0.5 + 0.7)) < 1e-12);
    assert_true(fabs(distances[2] - (0.8 + 0.6)) < 1e-12);
}

static double measure(const double *values, uint32_t n, uint32_t m, const double *ref)
{
    hone_objectives points = {.n = n, .n_objectives = m, .values = values};
    double volume = -1;
    assert_int_equal(hone_pareto_hypervolume(&points, ref, &volume), 0);
    return volume;
}

static void test_hypervolume(void **state)
{
    (void)state;
    static const double ref[] = {4, 4, 4, 4};
    static const double steps[] = {1, 3, 2, 2, 3, 1, 3, 3, 4, 0, NAN, 1, 2, 2};
    assert_true(fabs(measure(steps, 7, 2, ref) - 6) < 1e-12);
    assert_true(measure(steps, 0, 2, ref) == 0);
    static const double outside[] = {5, 0, 4, 4};
    assert_true(measure(outside, 2, 2, ref) == 0);
    static const double line[] = {3, 1.5, 9};
    assert_true(fabs(measure(line, 3, 1, ref) - 2.5) < 1e-12);
    /* Boxes of 3x1x1, 1x3x1 and 1x1x3 share a unit cube. */
    static const double cross[] = {1, 3, 3, 3, 1, 3, 3, 3, 1};
    assert_true(fabs(measure(cross, 3, 3, ref) - 7) < 1e-12);
    static const double corner[] = {2, 2, 2, 2, 3, 3, 3, 3};
    assert_true(fabs(measure(corner, 2, 4, ref) - 16) < 1e-12);
}

/* Points on a lattice of 8 levels: the cells that they dominate, counted. */
static void test_hypervolume_by_counting(void **state)
{
    (void)state;
    enum { N = 14, LEVELS = 8 };
    static const double ref[] = {1, 1, 1};
    for (uint64_t seed = 0; seed < 10; seed++) {
        double values[N * 3];
        fill_random(values, N * 3, seed, LEVELS);
        int cells = 0;
        for (int cell = 0; cell < LEVELS * LEVELS * LEVELS; cell++) {
            bool dominated = false;
            for (int i = 0; i < N; i++)
                dominated =
                    dominated || (values[3 * i] * LEVELS <= cell % LEVELS &&
                                  values[3 * i + 1] * LEVELS <= cell / LEVELS % LEVELS &&
                                  values[3 * i + 2] * LEVELS <= cell / LEVELS / LEVELS);
            cells += dominated;
        }
        double expected = cells / (double)(LEVELS * LEVELS * LEVELS);
        assert_true(fabs(measure(values, N, 3, ref) - expected) < 1e-12);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_domination),
        cmocka_unit_test(test_front_and_ranks),
        cmocka_unit_test(test_random_ranks),
        cmocka_unit_test(test_crowding),
        cmocka_unit_test(test_hypervolume),
        cmocka_unit_test(test_hypervolume_by_counting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
