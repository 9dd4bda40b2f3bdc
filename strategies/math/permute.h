/* A permutation of 0..n-1 that is computed, not stored: O(1) memory for any n up to 2^63.
 */
#ifndef HONE_MATH_PERMUTE_H
#define HONE_MATH_PERMUTE_H

#include <stdint.h>

typedef struct hone_permutation {
    uint64_t n;
    uint64_t seed;
    uint32_t half; /* bits of each half of the block */
} hone_permutation;

/* Fills *permutation for 1 <= n <= 2^63. */
void hone_permutation_init(hone_permutation *permutation, uint64_t n, uint64_t seed);

/* The image of i < n. Expected cost: at most four passes of the network. */
uint64_t hone_permutation_at(const hone_permutation *permutation, uint64_t i);

#endif
