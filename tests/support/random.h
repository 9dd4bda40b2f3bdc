/* Numbers for texts that a test makes up: the same in each run. */
#ifndef HONE_TESTS_RANDOM_H
#define HONE_TESTS_RANDOM_H

#include <stdint.h>

struct random {
    uint64_t state;
};

static inline uint32_t draw(struct random *random, uint32_t below)
{
    random->state = random->state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((random->state >> 33) % below);
}

#endif
