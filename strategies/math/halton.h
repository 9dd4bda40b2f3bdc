/* The Halton sequence, scrambled by random permutations of its digits. */
#ifndef HONE_MATH_HALTON_H
#define HONE_MATH_HALTON_H

#include <stdint.h>

#include <hone/error.h>

enum { HONE_HALTON_DIMENSIONS = 1000 };

/* Fills the first n primes, n <= HONE_HALTON_DIMENSIONS. */
void hone_halton_bases(uint32_t *bases, uint32_t n);

/* The radical inverse: the digits of `index` in this base, mirrored at the point. Halton
 * (1960), On the efficiency of certain quasi-random sequences of points. */
double hone_halton_inverse(uint32_t base, uint32_t index);

/* One dimension's random permutations. */
typedef struct hone_halton_axis {
    uint32_t base;
    uint32_t n_digits;  /* as many as tell 2^32 points apart */
    uint16_t *permuted; /* owned: digit d at place k is permuted[k * base + d] */
} hone_halton_axis;

/* Draws the permutations of a dimension, a base of at most 2^16. Errors: HONE_ENOMEM. */
HONE_MUST_CHECK int hone_halton_init(hone_halton_axis *axis, uint32_t base, uint64_t seed,
                                     uint32_t dimension);
void hone_halton_release(hone_halton_axis *axis);

/* The radical inverse with every digit replaced by a random permutation that depends on
 * the seed, the dimension and the digit's place (Owen 2017, A randomized Halton algorithm
 * in R, arXiv:1706.02808). Digits past those that tell 2^32 points apart are random, so
 * that every coordinate is uniform in [0,1). */
double hone_halton_scrambled(const hone_halton_axis *axis, uint32_t index, uint64_t seed,
                             uint32_t dimension);

#endif
