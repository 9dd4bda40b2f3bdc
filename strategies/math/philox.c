/* Draws by counter, over Random123's Philox. */
#include "math/philox.h"

#include <Random123/philox.h>

#include "base/banned.h"

void hone_philox_block(const uint32_t counter[static 4], const uint32_t key[static 2],
                       uint32_t out[static 4])
{
    philox4x32_ctr_t block = {{counter[0], counter[1], counter[2], counter[3]}};
    philox4x32_key_t with = {{key[0], key[1]}};
    block = philox4x32(block, with);
    for (int i = 0; i < 4; i++) {
        out[i] = block.v[i];
    }
}

uint64_t hone_philox_bits(uint64_t seed, hone_counter at)
{
    const uint32_t counter[4] = {(uint32_t)at.number, (uint32_t)(at.number >> 32),
                                 at.stream, at.attempt};
    const uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    uint32_t out[4];
    hone_philox_block(counter, key, out);
    return out[0] | (uint64_t)out[1] << 32;
}

double hone_philox_uniform(uint64_t seed, hone_counter at)
{
    return (double)(hone_philox_bits(seed, at) >> 11) * 0x1p-53;
}
