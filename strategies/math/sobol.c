/* The Sobol sequence: direction numbers by recurrence, and nested uniform scrambling.
 * Joe, Kuo (2003), Remark on Algorithm 659, ACM Trans. Math. Softw. 29, 49-57. */
#include "math/sobol.h"

#include <assert.h>

#include "math/philox.h"

#include "base/banned.h"

static uint32_t measure_degree(uint32_t polynomial)
{
    uint32_t degree = 0;
    while (polynomial >> (degree + 1)) {
        degree++;
    }
    return degree;
}

/* v_k = a_1 v_(k-1) ^ ... ^ a_(s-1) v_(k-s+1) ^ v_(k-s) ^ (v_(k-s) >> s) */
static void fill_axis(hone_sobol_axis *axis, uint32_t polynomial,
                      const uint16_t *initials)
{
    uint32_t *v = axis->directions, degree = measure_degree(polynomial);
    for (uint32_t k = 0; k < HONE_SOBOL_BITS; k++) {
        if (k < degree) {
            v[k] = (uint32_t)initials[k] << (HONE_SOBOL_BITS - 1 - k);
            continue;
        }
        v[k] = v[k - degree] ^ v[k - degree] >> degree;
        for (uint32_t i = 1; i < degree; i++) {
            if (polynomial >> (degree - i) & 1) {
                v[k] ^= v[k - i];
            }
        }
    }
}

void hone_sobol_init(hone_sobol_axis *axes, uint32_t n)
{
    assert(n <= HONE_SOBOL_DIMENSIONS);
    const uint16_t *initials = hone_sobol_initials;
    for (uint32_t i = 0; i < n; i++) {
        if (i == 0) { /* van der Corput's sequence: every m_k is 1 */
            for (uint32_t k = 0; k < HONE_SOBOL_BITS; k++) {
                axes[i].directions[k] = UINT32_C(1) << (HONE_SOBOL_BITS - 1 - k);
            }
            continue;
        }
        uint32_t polynomial = hone_sobol_polynomials[i - 1];
        fill_axis(&axes[i], polynomial, initials);
        initials += measure_degree(polynomial);
    }
    assert(initials <= hone_sobol_initials + HONE_SOBOL_INITIALS);
}

uint32_t hone_sobol_digits(const hone_sobol_axis *axis, uint32_t index)
{
    uint32_t gray = index ^ index >> 1, digits = 0;
    for (uint32_t k = 0; gray; k++, gray >>= 1) {
        if (gray & 1) {
            digits ^= axis->directions[k];
        }
    }
    return digits;
}

/* The digits above digit k together with a leading 1, so that every prefix is another. */
static uint64_t make_prefix(uint32_t digits, uint32_t k)
{
    return UINT64_C(1) << k | (uint64_t)digits >> (HONE_SOBOL_BITS - k);
}

double hone_sobol_scrambled(const hone_sobol_axis *axis, uint32_t index, uint64_t seed,
                            uint32_t dimension)
{
    uint32_t digits = hone_sobol_digits(axis, index), flips = 0;
    for (uint32_t k = 0; k < HONE_SOBOL_BITS; k++) {
        hone_counter node = {.number = make_prefix(digits, k),
                             .stream = HONE_STREAM_SCRAMBLE,
                             .attempt = dimension};
        flips = flips << 1 | (uint32_t)(hone_philox_bits(seed, node) & 1);
    }
    hone_counter rest = {
        .number = index, .stream = HONE_STREAM_DIGITS, .attempt = dimension};
    uint64_t below = hone_philox_bits(seed, rest) >> 43;
    return (double)((uint64_t)(digits ^ flips) << 21 | below) * 0x1p-53;
}
