/* The kernel's parameters that are most probable given the values seen.
 *
 *   init  (reserve load (value | best)*)*  release */
#ifndef HONE_MATH_FIT_H
#define HONE_MATH_FIT_H

#include "math/kernel.h"
#include "math/linalg.h"

typedef struct hone_fit {
    hone_kernel kernel; /* its rates are owned */
    size_t n, capacity, stride;
    double *x;       /* owned: as hone_process has it */
    double *y;       /* owned */
    double *pairs;   /* owned: distances, axis by axis */
    double *values;  /* owned: of each pair: k, then its weight in the gradient */
    double *alpha;   /* owned */
    double *factor;  /* owned */
    double *inverse; /* owned */
    double *scratch; /* owned */
    double *work;    /* owned: of the kernel */
    double *box;     /* owned: theta's lower and upper bounds, and the minimiser's work */
} hone_fit;

/* The axes are borrowed. Errors, here and in reserve: HONE_ENOMEM. */
int hone_fit_init(hone_fit *fit, const hone_kernel_axis *axes, uint32_t n_axes);
void hone_fit_release(hone_fit *fit);
int hone_fit_reserve(hone_fit *fit, size_t n);
/* Forgets all points. */
void hone_fit_clear(hone_fit *fit);
void hone_fit_add(hone_fit *fit, const double *x, double y);
/* Takes in the points added. */
void hone_fit_load(hone_fit *fit);
/* Takes in other values of the same points. */
void hone_fit_set_values(hone_fit *fit, const double *y);

/* Parameters: n_axes + HONE_KERNEL_EXTRAS. */
size_t hone_fit_size(const hone_fit *fit);
/* Where a search for the best may start: lengths at their median times `scale`. */
void hone_fit_start(const hone_fit *fit, double scale, double *theta);
/* The negative logarithm of the posterior density, up to a constant, and its gradient;
 * INFINITY where the covariance is not positive definite. */
double hone_fit_value(void *fit, const double *theta, double *gradient);
/* Improves theta in at most so many evaluations of the above; returns its value. */
double hone_fit_best(hone_fit *fit, double *theta, unsigned evaluations);

#endif
