#include "math/halton.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

#include "math/philox.h"

#include "base/banned.h"

static bool is_prime(uint32_t number)
{
    for (uint32_t i = 2; i * i <= number; i++) {
        if (number % i == 0)
            return false;
    }
    return number >= 2;
}

void hone_halton_bases(uint32_t *bases, uint32_t n)
{
    assert(n <= HONE_HALTON_DIMENSIONS);
    uint32_t number = 2;
    for (uint32_t i = 0; i < n; i++) {
        while (!is_prime(number))
            number++;
        bases[i] = number++;
    }
}

double hone_halton_inverse(uint32_t base, uint32_t index)
{
    assert(base >= 2);
    double sum = 0, weight = 1.0 / base;
    for (; index > 0; index /= base, weight /= base)
        sum += weight * (index % base);
    return sum;
}

/* Fisher and Yates's shuffle; `place` is the digit's. */
static void shuffle_digits(uint16_t *digits, uint32_t base, uint64_t seed,
                           hone_counter place)
{
    for (uint32_t i = 0; i < base; i++)
        digits[i] = (uint16_t)i;
    for (uint32_t i = base - 1; i > 0; i--) {
        place.number = (place.number & ~UINT64_C(0xffffffff)) | i;
        uint32_t other = (uint32_t)(hone_philox_uniform(seed, place) * (i + 1));
        uint16_t digit = digits[i];
        digits[i] = digits[other];
        digits[other] = digit;
    }
}

int hone_halton_init(hone_halton_axis *axis, uint32_t base, uint64_t seed,
                     uint32_t dimension)
{
    assert(base >= 2 && base <= UINT16_MAX);
    uint32_t n = 0;
    for (uint64_t cells = 1; cells < UINT64_C(1) << 32; cells *= base)
        n++;
    *axis = (hone_halton_axis){.base = base, .n_digits = n};
    axis->permuted = calloc((size_t)n * base, sizeof *axis->permuted);
    if (axis->permuted == NULL)
        return HONE_ENOMEM;
    for (uint32_t k = 0; k < n; k++) {
        hone_counter place = {.number = (uint64_t)k << 32,
                              .stream = HONE_STREAM_PERMUTE,
                              .attempt = dimension};
        shuffle_digits(axis->permuted + (size_t)k * base, base, seed, place);
    }
    return 0;
}

void hone_halton_release(hone_halton_axis *axis)
{
    free(axis->permuted);
    *axis = (hone_halton_axis){0};
}

double hone_halton_scrambled(const hone_halton_axis *axis, uint32_t index, uint64_t seed,
                             uint32_t dimension)
{
    uint64_t cells = 1, cell = 0, rest = index;
    for (uint32_t k = 0; k < axis->n_digits; k++, rest /= axis->base) {
        cell = cell * axis->base +
               axis->permuted[k * (size_t)axis->base + rest % axis->base];
        cells *= axis->base;
    }
    assert(rest == 0 && cell < cells);
    hone_counter below = {
        .number = index, .stream = HONE_STREAM_DIGITS, .attempt = dimension};
    double u = ((double)cell + hone_philox_uniform(seed, below)) / (double)cells;
    return u < 1 ? u : 1 - 0x1p-53;
}
