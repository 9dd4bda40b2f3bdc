/* A keyed permutation: a balanced Feistel network over the least even number of bits that
 * holds n, with Philox as its round function, walked along its cycle until it is inside
 * 0..n-1. Black, Rogaway (2002), Ciphers with arbitrary finite domains, CT-RSA: method 2.
 * The block is smaller than 4n, so that a walk takes fewer than four steps on average. */
#include "math/permute.h"

#include <assert.h>

#include "math/philox.h"

#include "base/banned.h"

enum { ROUNDS = 12 }; /* more than a large block needs: small ones mix slower */

void hone_permutation_init(hone_permutation *permutation, uint64_t n, uint64_t seed)
{
    assert(n >= 1 && n <= UINT64_C(1) << 63);
    uint32_t bits = 0;
    while (bits < 63 && UINT64_C(1) << bits < n) {
        bits++;
    }
    *permutation =
        (hone_permutation){.n = n, .seed = seed, .half = bits < 2 ? 1 : (bits + 1) / 2};
}

static uint64_t encrypt(const hone_permutation *permutation, uint64_t block)
{
    uint64_t mask = (UINT64_C(1) << permutation->half) - 1;
    uint64_t left = block >> permutation->half, right = block & mask;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        hone_counter at = {
            .number = right, .stream = HONE_STREAM_PERMUTE, .attempt = round};
        uint64_t next = left ^ (hone_philox_bits(permutation->seed, at) & mask);
        left = right;
        right = next;
    }
    return left << permutation->half | right;
}

uint64_t hone_permutation_at(const hone_permutation *permutation, uint64_t i)
{
    assert(i < permutation->n);
    do {
        i = encrypt(permutation, i);
    } while (i >= permutation->n);
    return i;
}
