/* Draws by counter: published vectors, and the place as the only thing that counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "math/philox.h"

static void test_published_vectors(void **state)
{
    (void)state;
    /* Salmon et al., Random123, kat_vectors: philox4x32, 10 rounds. */
    static const struct {
        uint32_t counter[4], key[2], want[4];
    } cases[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t out[4];
        hone_philox_block(cases[i].counter, cases[i].key, out);
        assert_memory_equal(out, cases[i].want, sizeof out);
    }
}

static void test_place_is_all(void **state)
{
    (void)state;
    const hone_counter at = {.number = 7, .stream = 3, .attempt = 1};
    uint64_t bits = hone_philox_bits(42, at);
    assert_true(bits == hone_philox_bits(42, at));
    /* The bits are words 0 and 1 of the block, low word first. */
    const uint32_t counter[] = {7, 0, 3, 1}, key[] = {42, 0};
    uint32_t out[4];
    hone_philox_block(counter, key, out);
    assert_true(bits == (out[0] | (uint64_t)out[1] << 32));
    const hone_counter others[] = {{.number = 8, .stream = 3, .attempt = 1},
                                   {.number = 7 + (UINT64_C(1) << 32), 3, 1},
                                   {.number = 7, .stream = 4, .attempt = 1},
                                   {.number = 7, .stream = 3, .attempt = 2}};
    for (size_t i = 0; i < 4; i++) {
        assert_true(bits != hone_philox_bits(42, others[i]));
    }
    assert_true(bits != hone_philox_bits(43, at));
    assert_true(bits != hone_philox_bits(42 + (UINT64_C(1) << 32), at));
}

static void test_uniform(void **state)
{
    (void)state;
    enum { DRAWS = 40000, BINS = 40 };
    int bins[BINS] = {0};
    double sum = 0;
    for (uint64_t i = 1; i <= DRAWS; i++) {
        double u = hone_philox_uniform(1, (hone_counter){.number = i});
        assert_true(u >= 0 && u < 1);
        assert_true(u * 0x1p53 == (double)(uint64_t)(u * 0x1p53));
        bins[(int)(u * BINS)]++;
        sum += u;
    }
    assert_true(sum / DRAWS > .49 && sum / DRAWS < .51);
    for (int i = 0; i < BINS; i++) {
        assert_in_range(bins[i], DRAWS / BINS - 150, DRAWS / BINS + 150);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published_vectors),
        cmocka_unit_test(test_place_is_all),
        cmocka_unit_test(test_uniform),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
