/* The normal distribution that CMA-ES adapts: Hansen (2016), The CMA evolution strategy:
 * a tutorial, arXiv:1604.00772. Equations are numbered as there.
 *
 *   init  start  (sample* tell)*  release
 *
 * A point is x = m + sigma A y, y ~ N(0, C), C = B D^2 B'. A is a diagonal that belongs
 * to axes with few levels (Hamano, Saito, Nomura, Shirakawa 2022, CMA-ES with margin,
 * GECCO); elsewhere it is 1. Points told need not have been sampled from this very
 * distribution: longer steps than it makes are shortened (Hansen 2011, Injecting external
 * solutions into CMA-ES, arXiv:1110.4181). */
#ifndef HONE_MATH_CMA_H
#define HONE_MATH_CMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <hone/error.h>

typedef struct hone_cma {
    uint32_t n;
    uint64_t told; /* generations since start */
    double sigma;
    /* Owned, in one block of `size` doubles, with room for `extra` of the caller's. */
    double *mean, *path_sigma, *path_c, *margin /* A */, *scale /* D */;
    double *cov, *basis; /* n x n */
    double *extra;
    double *work; /* not part of the state */
    size_t size;
} hone_cma;

/* What is learned how fast from lambda points in n dimensions. */
typedef struct hone_cma_rates {
    uint32_t n, lambda;
    double mu_eff, c_sigma, d_sigma, c_c, c_1, c_mu, chi_n;
} hone_cma_rates;

/* Points of a generation, best first. */
typedef struct hone_cma_points {
    uint32_t n;
    size_t stride;        /* of the rows: at least the number of axes */
    const double *x;      /* n rows */
    const double *values; /* equal ones share their weights; +inf is a failure */
    double *weights;      /* room for n */
} hone_cma_points;

/* Fills lambda weights as well (eq. 49 to 53): positive ones sum to 1. lambda >= 2. */
void hone_cma_rates_fill(hone_cma_rates *rates, uint32_t n, uint32_t lambda,
                         double *weights);

/* Errors: HONE_ENOMEM. On error `release` is still to be called. */
HONE_MUST_CHECK int hone_cma_init(hone_cma *cma, uint32_t n, size_t n_extra);
void hone_cma_release(hone_cma *cma);
/* Both were initialised for the same n and n_extra. */
void hone_cma_copy(hone_cma *to, const hone_cma *from);

/* C = A = 1, empty paths; `mean` and the caller's doubles are left alone. */
void hone_cma_start(hone_cma *cma, double sigma);
/* x of a z ~ N(0, 1), eq. 38 to 40. */
void hone_cma_sample(const hone_cma *cma, const double *z, double *x);
/* The standard deviation along an axis. */
double hone_cma_deviation(const hone_cma *cma, uint32_t axis);
/* Learns from a generation of at least 2 points. */
void hone_cma_tell(hone_cma *cma, const hone_cma_points *points);

#endif
