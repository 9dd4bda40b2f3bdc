/* The trials of a sweep as points of the cube, in the order of their numbers: for
 * strategies that learn from the set of them and must not see who ended first.
 *
 *   init  observe*  release */
#ifndef HONE_SEARCH_TRIALS_H
#define HONE_SEARCH_TRIALS_H

#include <hone/strategy.h>

#include "search/cube.h"

typedef struct hone_tried {
    uint64_t number;
    bool ended;
    bool pruned;  /* value is the last one seen */
    double value; /* +inf: failed, or no finite number */
} hone_tried;

typedef struct hone_trials {
    const hone_cube *cube; /* borrowed */
    uint32_t n_objectives;
    size_t n, capacity;
    hone_tried *items;  /* owned, ascending numbers */
    double *x;          /* owned: n rows of cube->n */
    double *objectives; /* owned: n rows of n_objectives; NULL for one objective */
} hone_trials;

void hone_trials_init(hone_trials *trials, const hone_cube *cube, uint32_t n_objectives);
void hone_trials_release(hone_trials *trials);

/* Takes the observation in; *at is the trial's place. An end without a beginning counts
 * as both. Errors: HONE_ENOMEM, then nothing changed. */
HONE_MUST_CHECK int hone_trials_observe(hone_trials *trials,
                                        const hone_observation *observation, size_t *at);

const double *hone_trials_point(const hone_trials *trials, size_t at);
/* Whether a is better than b, which both ended: completed ones before pruned ones before
 * failures; equal ones are neither. */
bool hone_tried_better(const hone_tried *a, const hone_tried *b);

#endif
