/* The hunt for the point whose expected improvement is greatest, over any space.
 *
 *   init  find*  release
 *
 * Many candidates, evenly spread and around the best trials, are judged; from the best of
 * them real axes (and ordered ones of many levels) climb along the gradient, the others
 * go through their values one axis at a time. */
#ifndef HONE_SEARCH_HUNT_H
#define HONE_SEARCH_HUNT_H

#include "math/process.h"
#include "math/sobol.h"
#include "search/cube.h"
#include "search/untried.h"

typedef struct hone_hunt {
    const hone_cube *cube;       /* borrowed */
    const hone_untried *untried; /* borrowed */
    uint64_t seed;
    hone_sobol_axis *axes; /* owned */
    double *memory;        /* owned: everything below */
    double *u;             /* candidates as drawn, whether an axis exists or not */
    double *x;             /* candidates as modelled */
    double *scores;
    double *best_u, *trial_u, *trial_x; /* of climbs */
    double *slopes;                     /* of means and variances */
    double *vars;                       /* the minimiser's: variables, bounds, scales */
    double *work;
    uint32_t *smooth;     /* owned: axes that climb */
    hone_config *scratch; /* owned */
} hone_hunt;

/* What is hunted with. */
typedef struct hone_prey {
    hone_process *process;
    double best;                     /* the value to improve on */
    uint64_t number;                 /* of the trial */
    const double *const *incumbents; /* the best trials' coordinates, best first */
    size_t n_incumbents;
} hone_prey;

HONE_MUST_CHECK int hone_hunt_init(hone_hunt *hunt, const hone_cube *cube,
                                   const hone_untried *untried, uint64_t seed);
void hone_hunt_release(hone_hunt *hunt);

/* Fills the configuration; false where no candidate may be tried. The hunt's memory is
 * scratch: the answer depends on the arguments alone. */
bool hone_hunt_find(hone_hunt *hunt, const hone_prey *prey, hone_config *point);

#endif
