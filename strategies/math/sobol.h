/* The Sobol sequence with Joe and Kuo's direction numbers, and its Owen scrambling. */
#ifndef HONE_MATH_SOBOL_H
#define HONE_MATH_SOBOL_H

#include <stdint.h>

enum {
    HONE_SOBOL_DIMENSIONS = 1000,
    HONE_SOBOL_INITIALS = 11780,
    HONE_SOBOL_BITS = 32 /* points: 2^32; digits of a coordinate likewise */
};

/* direction_numbers.c. Of each dimension but the first: its primitive polynomial, highest
 * coefficient first (7 is x^2 + x + 1), and as many numbers m_k as that has degrees. */
extern const uint16_t hone_sobol_polynomials[HONE_SOBOL_DIMENSIONS - 1];
extern const uint16_t hone_sobol_initials[HONE_SOBOL_INITIALS];

/* The direction numbers of one dimension: v_k as 32-bit fractions. */
typedef struct hone_sobol_axis {
    uint32_t directions[HONE_SOBOL_BITS];
} hone_sobol_axis;

/* Fills the axes of dimensions 0..n-1, n <= HONE_SOBOL_DIMENSIONS. */
void hone_sobol_init(hone_sobol_axis *axes, uint32_t n);

/* Coordinate of point `index` as a 32-bit fraction, in the order of the Gray code
 * (Antonov, Saleev 1979), which is that of Joe and Kuo's own program. */
uint32_t hone_sobol_digits(const hone_sobol_axis *axis, uint32_t index);

/* The same, scrambled: every digit is flipped by a random bit that depends on the seed,
 * the dimension and the digits above (nested uniform scrambling: Owen 1995, Randomly
 * permuted (t,m,s)-nets and (t,s)-sequences; by hashing instead of trees: Burley 2020,
 * Practical hash-based Owen scrambling, JCGT 9(4); the hash here is Philox). Digits past
 * the 32nd are random: a multiple of 2^-53 in [0,1). */
double hone_sobol_scrambled(const hone_sobol_axis *axis, uint32_t index, uint64_t seed,
                            uint32_t dimension);

#endif
