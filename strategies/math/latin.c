#include "math/latin.h"

#include <assert.h>

#include "math/permute.h"
#include "math/philox.h"

#include "base/banned.h"

enum { LEVELS = 32 }; /* doublings that keep the promise: more than there are points */

/* Which half of an interval the point in it takes: by hashing, so that it need not be
 * remembered. cells + cell is another number for every interval of every level. */
static uint64_t take_half(uint64_t cells, uint64_t cell, uint64_t seed,
                          uint32_t dimension)
{
    assert(cell < cells);
    hone_counter node = {
        .number = cells + cell, .stream = HONE_STREAM_SCRAMBLE, .attempt = dimension};
    return hone_philox_bits(seed, node) & 1;
}

/* The interval of the index-th point among `cells` that get one each. */
static uint64_t shuffle_cell(uint64_t cells, uint64_t index, uint64_t seed,
                             uint32_t dimension)
{
    hone_counter place = {
        .number = cells, .stream = HONE_STREAM_PERMUTE, .attempt = dimension};
    hone_permutation permutation;
    hone_permutation_init(&permutation, cells, hone_philox_bits(seed, place));
    return hone_permutation_at(&permutation, index);
}

double hone_latin_point(uint32_t first, uint32_t index, uint64_t seed, uint32_t dimension)
{
    assert(first >= 1 && first <= UINT32_C(1) << 31);
    uint64_t cells = first, cell;
    if (index < first) {
        cell = shuffle_cell(cells, index, seed, dimension);
    } else {
        while (cells * 2 <= index)
            cells *= 2;
        /* Each of the intervals has a point already; this one takes the other half. */
        cell = shuffle_cell(cells, index - cells, seed, dimension);
        cell = cell * 2 + (take_half(cells, cell, seed, dimension) ^ 1);
        cells *= 2;
    }
    while (cells < UINT64_C(1) << LEVELS) {
        cell = cell * 2 + take_half(cells, cell, seed, dimension);
        cells *= 2;
    }
    hone_counter below = {
        .number = index, .stream = HONE_STREAM_DIGITS, .attempt = dimension};
    double u = ((double)cell + hone_philox_uniform(seed, below)) / (double)cells;
    return u < 1 ? u : 1 - 0x1p-53;
}
