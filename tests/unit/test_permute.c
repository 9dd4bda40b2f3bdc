/* Keyed permutations: bijections for every n, different for every seed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "math/permute.h"

static void check_bijection(uint64_t n, uint64_t seed)
{
    hone_permutation permutation;
    hone_permutation_init(&permutation, n, seed);
    unsigned char *hit = calloc(n, 1);
    assert_non_null(hit);
    for (uint64_t i = 0; i < n; i++) {
        uint64_t image = hone_permutation_at(&permutation, i);
        assert_true(image < n);
        assert_int_equal(hit[image], 0);
        hit[image] = 1;
    }
    free(hit);
}

static void test_bijection(void **state)
{
    (void)state;
    for (uint64_t n = 1; n <= 70; n++) {
        check_bijection(n, n * 77);
    }
    for (uint64_t n = 64; n <= 8192; n *= 2) {
        check_bijection(n - 1, 1);
        check_bijection(n, 2);
        check_bijection(n + 1, 3);
    }
}

/* Too large to enumerate: in range, no collision among a few thousand. */
static void test_huge(void **state)
{
    (void)state;
    static const uint64_t sizes[] = {UINT64_C(1) << 63, (UINT64_C(1) << 62) + 1,
                                     UINT64_C(1000000000000000)};
    for (size_t s = 0; s < 3; s++) {
        hone_permutation permutation;
        hone_permutation_init(&permutation, sizes[s], 9);
        uint64_t images[500];
        for (uint64_t i = 0; i < 500; i++) {
            images[i] = hone_permutation_at(&permutation, i + sizes[s] - 500);
            assert_true(images[i] < sizes[s]);
            for (uint64_t k = 0; k < i; k++) {
                assert_true(images[k] != images[i]);
            }
        }
    }
}

/* Over many seeds every position gets every value about equally often. */
static void test_even_over_seeds(void **state)
{
    (void)state;
    enum { SEEDS = 6000 };
    for (uint64_t n = 2; n <= 9; n++) {
        int counts[9][9] = {0};
        for (uint64_t seed = 0; seed < SEEDS / 4; seed++) {
            hone_permutation permutation;
            hone_permutation_init(&permutation, n, seed);
            for (uint64_t i = 0; i < n; i++) {
                counts[i][hone_permutation_at(&permutation, i)]++;
            }
        }
        int want = SEEDS / 4 / (int)n;
        for (uint64_t i = 0; i < n; i++) {
            for (uint64_t k = 0; k < n; k++) { /* five standard deviations, at most 100 */
                assert_in_range(counts[i][k], want - 100, want + 100);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bijection),
        cmocka_unit_test(test_huge),
        cmocka_unit_test(test_even_over_seeds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
