/* The model of the objective that a search by a Gaussian process asks: which trials it
 * learns from, how their values are bent, which parameters are the most probable.
 *
 *   init  (reserve* (count | learn)*)*  release
 *
 * What it says is a function of the set of trials. Parameters are fitted anew when the
 * number of ended trials has grown by a tenth, to the first of these by number. The last
 * fit is kept, with what it was fitted to: a function's value that need not be computed
 * twice. So `learn` may be called where nothing may change. */
#ifndef HONE_SEARCH_SURROGATE_H
#define HONE_SEARCH_SURROGATE_H

#include "math/fit.h"
#include "math/process.h"
#include "math/warp.h"
#include "search/trials.h"

enum {
    HONE_SURROGATE_POINTS = 256, /* trials that the process is conditioned on, at most */
    HONE_SURROGATE_FITTED = 128, /* trials that its parameters are fitted to, at most */
    HONE_SURROGATE_BELIEFS = 64  /* pending and failed ones */
};

typedef struct hone_surrogate {
    const hone_cube *cube; /* borrowed, like trials */
    const hone_trials *trials;
    hone_kernel_axis *axes; /* owned, as all that follows */
    hone_process process;
    hone_fit fit;
    size_t n_fitted;      /* trials that theta was fitted to; 0: none */
    uint64_t last_fitted; /* the number of the last of them */
    unsigned warp;        /* its kind */
    double *theta;
    double *trial_theta, *x, *bent; /* scratch, like the rest, by capacity */
    size_t capacity;
    double *sorted;     /* values, ascending */
    double *values;     /* of trials, by place */
    size_t *usable;     /* places of the trials with values */
    size_t *ranked;     /* the same, best first */
    unsigned char *use; /* by place: whether it is among the points */
} hone_surrogate;

/* The cube has an axis at least. Errors, here and in reserve: HONE_ENOMEM. */
HONE_MUST_CHECK int hone_surrogate_init(hone_surrogate *surrogate, const hone_cube *cube,
                                        const hone_trials *trials);
void hone_surrogate_release(hone_surrogate *surrogate);
/* Makes room for n trials, of any kind. */
HONE_MUST_CHECK int hone_surrogate_reserve(hone_surrogate *surrogate, size_t n);

/* The number of trials with values: completed, or pruned. */
size_t hone_surrogate_count(hone_surrogate *surrogate);
/* Conditions the process on the trials, n > 0 of which have values: what `count` has just
 * said. Returns the value to improve on; `ranked` holds the n then. */
double hone_surrogate_learn(hone_surrogate *surrogate, size_t n);

/* What the kernel makes of an axis, and of a point of the cube. */
hone_kernel_axis hone_surrogate_axis(const hone_cube *cube, uint32_t axis);
void hone_surrogate_model(const hone_cube *cube, const double *x, double *modelled);

#endif
