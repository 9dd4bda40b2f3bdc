/* A walk through a finite space that passes over what was tried already, whoever chose
 * it.
 *
 *   init  (observe | next | has)*  release
 *
 * The next configuration is the first in the walk's order that was not observed: so a
 * walk goes on where a record ends, and an extended one skips what an earlier spec ran.
 */
#ifndef HONE_SEARCH_WALK_H
#define HONE_SEARCH_WALK_H

#include <hone/strategy.h>

#include "math/permute.h"
#include "search/lattice.h"
#include "search/seen.h"

typedef enum hone_walk_order { HONE_WALK_SORTED, HONE_WALK_SHUFFLED } hone_walk_order;

/* Which observed configurations are kept: all of them (`has` answers), or only those that
 * came out of turn (O(1) memory for a walk that nobody disturbs). */
typedef enum hone_walk_memory { HONE_WALK_STRAYS, HONE_WALK_ALL } hone_walk_memory;

typedef struct hone_walk {
    const hone_space *space;
    hone_lattice *lattice; /* owned; NULL: there is nothing to walk, `has` works */
    hone_walk_order order;
    hone_walk_memory memory;
    hone_permutation permutation; /* of SHUFFLED */
    uint64_t cursor;              /* everything before it was observed */
    hone_seen seen;
    hone_config *scratch; /* owned */
} hone_walk;

/* Takes the lattice, also where it fails with HONE_ENOMEM. */
HONE_MUST_CHECK int hone_walk_init(hone_walk *walk, const hone_problem *problem,
                                   hone_lattice *lattice, hone_walk_order order,
                                   hone_walk_memory memory);
void hone_walk_release(hone_walk *walk);

/* Fills the next configuration; false where none is left or there is no lattice. */
bool hone_walk_next(const hone_walk *walk, hone_config *point);
/* Whether the configuration was observed; for HONE_WALK_ALL. */
bool hone_walk_has(const hone_walk *walk, const hone_config *config);
/* A configuration is being tried. Errors: HONE_ENOMEM. */
HONE_MUST_CHECK int hone_walk_observe(hone_walk *walk, const hone_config *config);
/* UINT64_MAX without a lattice. */
uint64_t hone_walk_count(const hone_walk *walk);

#endif
