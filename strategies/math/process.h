/* A Gaussian process: what the values seen so far tell of those not seen.
 *
 *   init  (reserve clear add* factor believe* (predict | slopes)*)*  release
 *
 * Values are to be about standard normal; their mean is taken to be 0 (Rasmussen,
 * Williams 2006, Gaussian processes for machine learning, algorithm 2.1). */
#ifndef HONE_MATH_PROCESS_H
#define HONE_MATH_PROCESS_H

#include <stdbool.h>

#include "math/kernel.h"
#include "math/linalg.h"

typedef struct hone_process {
    hone_kernel kernel; /* its rates are owned */
    size_t n, capacity, stride;
    double *x;      /* owned: axis by axis, `stride` apart */
    double *y;      /* owned */
    double *alpha;  /* owned: K^-1 y */
    double *factor; /* owned: U of K = U'U */
    double *panel;  /* owned: scratch */
    double *row;    /* owned: scratch */
    double *slopes; /* owned: scratch */
    double *work;   /* owned: scratch */
} hone_process;

/* What is known of the value at a point, before noise. */
typedef struct hone_belief {
    double mean, variance;
} hone_belief;

/* The axes are borrowed. Errors, here and in reserve: HONE_ENOMEM, then the process holds
 * what it held. */
int hone_process_init(hone_process *process, const hone_kernel_axis *axes,
                      uint32_t n_axes);
void hone_process_release(hone_process *process);
/* Makes room for n points and forgets those there are. */
int hone_process_reserve(hone_process *process, size_t n);
void hone_process_clear(hone_process *process);
/* Points past the capacity are not taken; returns false. */
bool hone_process_add(hone_process *process, const double *x, double y);
/* Takes the kernel's parameters (hone_kernel_set) and all points added. Where K is not
 * positive definite in doubles, the noise grows until it is. n^3/6. */
void hone_process_factor(hone_process *process, const double *theta);
/* Adds a point whose value is taken to be its mean (Ginsbourger, Le Riche, Carraro 2010,
 * Kriging is well-suited to parallelize optimization: the kriging believer): all means
 * stay, the variance around it falls. Returns that mean; INFINITY where there is no room.
 * n^2/2. */
double hone_process_believe(hone_process *process, const double *x);
/* The same, but a value below `least` is taken to be that. */
void hone_process_dread(hone_process *process, const double *x, double least);
/* Of up to HONE_PANEL points, one after another in x. n^2 / 2 a point. */
void hone_process_predict(hone_process *process, const double *x, size_t n,
                          hone_belief *beliefs);
/* Of one point; also the derivatives of mean and variance by each coordinate. */
hone_belief hone_process_slopes(hone_process *process, const double *x, double *mean,
                                double *variance);

#endif
