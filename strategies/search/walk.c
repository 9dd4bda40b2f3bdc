/* A walk through a lattice that passes over what was tried already. */
#include "search/walk.h"

#include <assert.h>
#include <stdlib.h>

#include "base/banned.h"

int hone_walk_init(hone_walk *walk, const hone_problem *problem, hone_lattice *lattice,
                   hone_walk_order order, hone_walk_memory memory)
{
    *walk = (hone_walk){
        .space = problem->space, .lattice = lattice, .order = order, .memory = memory};
    if (lattice) {
        hone_permutation_init(&walk->permutation, hone_lattice_count(lattice),
                              problem->seed);
    }
    walk->scratch = calloc(1, hone_config_size(problem->space));
    return walk->scratch ? 0 : HONE_ENOMEM;
}

void hone_walk_release(hone_walk *walk)
{
    hone_lattice_free(walk->lattice);
    hone_seen_release(&walk->seen);
    free(walk->scratch);
    *walk = (hone_walk){0};
}

uint64_t hone_walk_count(const hone_walk *walk)
{
    return walk->lattice ? hone_lattice_count(walk->lattice) : UINT64_MAX;
}

bool hone_walk_next(const hone_walk *walk, hone_config *point)
{
    if (!walk->lattice || walk->cursor >= hone_lattice_count(walk->lattice)) {
        return false;
    }
    uint64_t index = walk->cursor;
    if (walk->order == HONE_WALK_SHUFFLED) {
        index = hone_permutation_at(&walk->permutation, index);
    }
    hone_lattice_point(walk->lattice, index, point);
    return true;
}

bool hone_walk_has(const hone_walk *walk, const hone_config *config)
{
    assert(walk->memory == HONE_WALK_ALL);
    return hone_seen_has(&walk->seen, hone_config_identity(walk->space, config));
}

/* Whether the next configuration has this identity. */
static bool is_next(const hone_walk *walk, hone_identity identity)
{
    if (!hone_walk_next(walk, walk->scratch)) {
        return false;
    }
    hone_identity next = hone_config_identity(walk->space, walk->scratch);
    return next.low == identity.low && next.high == identity.high;
}

/* Moves the cursor to the first configuration that was not seen. */
static void skip_seen(hone_walk *walk)
{
    while (walk->seen.n > 0 && hone_walk_next(walk, walk->scratch) &&
           hone_seen_has(&walk->seen, hone_config_identity(walk->space, walk->scratch))) {
        walk->cursor++;
    }
}

int hone_walk_observe(hone_walk *walk, const hone_config *config)
{
    hone_identity identity = hone_config_identity(walk->space, config);
    bool in_turn = is_next(walk, identity);
    if (!in_turn || walk->memory == HONE_WALK_ALL) {
        int code = hone_seen_add(&walk->seen, identity);
        if (code) {
            return code;
        }
    }
    walk->cursor += in_turn;
    skip_seen(walk);
    return 0;
}
