/* Random numbers by counter: a draw is a function of where it is used, never of how many
 * were drawn before. Philox4x32-10: Salmon, Moraes, Dror, Shaw (2011), Parallel random
 * numbers: as easy as 1, 2, 3, SC11. */
#ifndef HONE_MATH_PHILOX_H
#define HONE_MATH_PHILOX_H

#include <stdint.h>

/* Streams below this are parameters; those from it on are other uses of the same seed. */
enum {
    HONE_STREAM_PERMUTE = 0x7fff0000,
    HONE_STREAM_SCRAMBLE = 0x7fff0001,
    HONE_STREAM_DIGITS = 0x7fff0002,
    HONE_STREAM_HUNT = 0x7fff0003,
    HONE_STREAM_FOREST = 0x7fff0004, /* which axes a tree looks at */
    HONE_STREAM_RESAMPLE =
        0x7fff0005 /* which trials it is made of, which are exchanged */
};

/* One draw's place. `number` is a trial or an index, `stream` a parameter or one of the
 * streams above, `attempt` counts redraws. */
typedef struct hone_counter {
    uint64_t number;
    uint32_t stream;
    uint32_t attempt;
} hone_counter;

/* The bare block function: 128 bits of counter and 64 of key to 128 bits. */
void hone_philox_block(const uint32_t counter[static 4], const uint32_t key[static 2],
                       uint32_t out[static 4]);

/* 64 random bits of this seed at this place. */
uint64_t hone_philox_bits(uint64_t seed, hone_counter at);

/* A multiple of 2^-53 in [0,1), uniform. */
double hone_philox_uniform(uint64_t seed, hone_counter at);

#endif
