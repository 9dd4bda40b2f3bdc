/* A Parzen estimator over the cube: a mixture of product kernels, one an observation, and
 * one that is the prior.
 *
 *   fill  (log_density | draw)*
 *
 * Bergstra, Bardenet, Bengio, Kegl (2011), Algorithms for hyper-parameter optimization,
 * NIPS 24, section 4; multivariate as in Falkner, Klein, Hutter (2018), BOHB, ICML.
 * On a real or ordered axis a kernel is a normal distribution cut off at 0 and 1, see
 * hone_parzen_width; on an axis of choices it is its own choice with a share of the
 * prior. Where an observation has no coordinate (a parameter that its condition switches
 * off) its kernel is the prior, so that branches of a conditional space learn from each
 * other what they share. */
#ifndef HONE_MATH_PARZEN_H
#define HONE_MATH_PARZEN_H

#include <hone/error.h>

#include "search/cube.h"

/* How wide the kernels are on an axis that is no choice. */
typedef enum hone_parzen_width {
    /* The larger distance to the two neighbours: sees every observation by itself. */
    HONE_PARZEN_GAPS,
    /* Mostly what the spread of the observations demands, the same for all (Scott 1992,
     * Multivariate density estimation, equation 6.42), by a quarter of the exponent the
     * gap: so that the estimate closes in as the observations do, and yet keeps apart
     * what lies in several heaps. */
    HONE_PARZEN_SPREAD
} hone_parzen_width;

/* What is to be estimated. */
typedef struct hone_parzen_data {
    const hone_cube *cube;
    hone_parzen_width width;
    const double *x;        /* n_all points of cube->n coordinates; NaN: none */
    const double *cells;    /* likewise: the width of each coordinate's cell */
    uint32_t n;             /* observations, of those points */
    const uint32_t *points; /* which they are, in the order of their age */
    const double *weights;  /* n */
    double prior_weight;
    /* Per axis all points that have a coordinate there, ascending: n_sorted[a] of them.
     */
    const uint32_t *const *sorted;
    const uint32_t *n_sorted;
    uint32_t n_all;
    /* Room to work in, the caller's: hone_parzen_room doubles for each estimator, as long
     * as it is used, and n_all + 1 indices while it is filled. */
    double *room;
    uint32_t *indices;
} hone_parzen_data;

typedef struct hone_parzen {
    const hone_cube *cube; /* borrowed */
    uint32_t n;            /* kernels; the last is the prior */
    double *log_weights;   /* n; the sum of the weights is 1 */
    double *weights;       /* n */
    /* Axis by axis, n each. inv_sigma 0: the kernel is the prior on this axis. */
    double *mu, *inv_sigma, *log_scale;
} hone_parzen;

/* Doubles that an estimator of n observations needs. */
size_t hone_parzen_room(uint32_t n_axes, uint32_t n);

/* O(n_all * axes). */
void hone_parzen_fill(hone_parzen *parzen, const hone_parzen_data *data);

/* The logarithm of the density at `x` over the axes that have a coordinate there; of
 * ordered axes and choices the density of their values. `scratch` has room for n. */
double hone_parzen_log_density(const hone_parzen *parzen, const double *x,
                               double *scratch);

/* Uniform numbers in [0,1), as many as are asked for. */
typedef struct hone_uniforms {
    double (*next)(void *arg);
    void *arg;
} hone_uniforms;

/* Fills a point drawn from the mixture: a coordinate on every axis. */
void hone_parzen_draw(const hone_parzen *parzen, const hone_uniforms *uniforms,
                      double *x);

/* A number drawn from the normal distribution cut off at 0 and 1. */
double hone_truncated_normal_draw(double mu, double sigma, double u);

#endif
