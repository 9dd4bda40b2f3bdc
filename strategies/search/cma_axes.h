/* The axes of the cube as CMA-ES sees them. A point of it is `dim` coordinates of the
 * normal distribution (real and ordered axes), then one a choice axis, which has chances
 * of its own (a categorical distribution beside the normal one: Hamano, Saito, Nomura,
 * Uchida, Shirakawa 2024, CatCMA, GECCO, arXiv:2405.09962; here with a constant rate).
 *
 *   init  (all others)*  release */
#ifndef HONE_SEARCH_CMA_AXES_H
#define HONE_SEARCH_CMA_AXES_H

#include "math/cma.h"
#include "math/sobol.h"
#include "search/cube.h"

enum { HONE_CMA_AXES = 200 }; /* at most: a generation costs their third power */

typedef struct hone_cma_axes {
    const hone_cube *cube; /* borrowed */
    uint64_t seed;
    uint32_t n_numeric, dim; /* dim is 1 where no axis is numeric: one coordinate, .5 */
    uint32_t n_choice_axes;
    uint32_t n_choices;     /* of all of them: doubles in hone_cma.extra */
    uint32_t width;         /* of a point: dim + n_choice_axes */
    uint32_t *axes;         /* owned: the cube's axis of each coordinate */
    hone_sobol_axis *sobol; /* owned, one a coordinate */
} hone_cma_axes;

/* Which random point. Attempt 0 of a trial is one of a scrambled Sobol sequence (Teytaud,
 * Gelly 2007, DCMA: yet another derandomization in covariance-matrix-adaptation, GECCO);
 * all others are independent. */
typedef struct hone_cma_draw {
    uint64_t number;
    uint32_t attempt;
    double stretch; /* factor of the step */
} hone_cma_draw;

/* Errors: HONE_ESPEC where there are too many axes; HONE_ENOMEM. On error `release` is
 * still to be called. */
HONE_MUST_CHECK int hone_cma_axes_init(hone_cma_axes *axes, const hone_cube *cube,
                                       uint64_t seed, hone_error *err);
void hone_cma_axes_release(hone_cma_axes *axes);

/* A point from the cube's coordinates, and back. */
void hone_cma_axes_take(const hone_cma_axes *axes, const double *x, double *point);
void hone_cma_axes_give(const hone_cma_axes *axes, const double *point, double *x);
/* An even point of the cube, the number-th of a Sobol sequence. */
void hone_cma_axes_spread(const hone_cma_axes *axes, uint64_t number, double *point);

/* Even chances for all choices, and the mean at `point`. */
void hone_cma_axes_start(const hone_cma_axes *axes, hone_cma *cma, const double *point);
/* A point of the distributions, put on the border where it was outside; whether it was
 * inside. */
bool hone_cma_axes_draw(const hone_cma_axes *axes, const hone_cma *cma,
                        hone_cma_draw draw, double *point);
/* Places inside their levels: all that is known of an ordered coordinate is its level, so
 * within that it is drawn from the distribution anew, by the trial's number. */
void hone_cma_axes_settle(const hone_cma_axes *axes, const hone_cma *cma, uint64_t number,
                          double *point);
/* Learns the chances of choices from points of a generation, best first, with weights. */
void hone_cma_axes_learn(const hone_cma_axes *axes, hone_cma *cma,
                         const hone_cma_points *points);
/* Keeps the mean inside the cube, and ordered axes moving: every other level together has
 * a chance of at least alpha. */
void hone_cma_axes_widen(const hone_cma_axes *axes, hone_cma *cma, double alpha);

#endif
