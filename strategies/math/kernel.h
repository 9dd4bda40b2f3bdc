/* The covariance of a Gaussian process over the unit cube: how alike two points are.
 *
 * Each axis has a base kernel M in (0,1] of its own length. Their sum, the sum of their
 * pairwise products and the product of all are added up with three weights:
 *
 *   k = w1/d e1(M) + w2/(d choose 2) e2(M) + w3 M1 ... Md
 *
 * e1 carries what an axis does by itself, e2 what two do together, the product the rest:
 * few trials tell much of e1, however many axes there are (Duvenaud, Nickisch, Rasmussen
 * 2011, Additive Gaussian processes, eq. 3-5, with orders 1, 2 and d).
 *
 * M is Matern's with nu = 5/2 in the distance over the length; of choices exp(-1/length)
 * where they differ. An axis that a condition can switch off is bent into the plane: what
 * is off lies at (1/2, 1), what is on at (x, 0). So points without the axis are alike,
 * and where its length is great it hardly tells them from the others (in the spirit of
 * Swersky, Duvenaud, Snoek, Hutter, Osborne 2014, Raiders of the lost architecture). */
#ifndef HONE_MATH_KERNEL_H
#define HONE_MATH_KERNEL_H

#include <stddef.h>
#include <stdint.h>

typedef enum hone_kernel_axis {
    HONE_KERNEL_METRIC, /* x in [0,1] */
    HONE_KERNEL_GATED,  /* x in [0,1], or HONE_KERNEL_OFF */
    HONE_KERNEL_CHOICE  /* equal or not */
} hone_kernel_axis;

enum {
    HONE_KERNEL_OFF = -1,
    HONE_KERNEL_ORDERS = 3,
    HONE_KERNEL_EXTRAS = HONE_KERNEL_ORDERS + 1, /* parameters besides the lengths */
    HONE_KERNEL_CHUNK = 64
};

/* Points, axis by axis: coordinate `a` of point i is at[a * stride + i]. Borrowed. */
typedef struct hone_points {
    const double *at;
    size_t n, stride;
} hone_points;

typedef struct hone_kernel {
    uint32_t n_axes;                    /* at least 1 */
    const hone_kernel_axis *axes;       /* borrowed */
    double *rates;                      /* n_axes, borrowed: filled by hone_kernel_set */
    double weights[HONE_KERNEL_ORDERS]; /* w1/d, w2/(d choose 2), w3 */
    double noise;                       /* variance of an observation's error */
} hone_kernel;

/* Whether this order (0, 1, 2: sum, pairs, product) says something of its own with so
 * many axes. */
int hone_kernel_has_order(uint32_t n_axes, uint32_t order);
/* Takes the logarithms of: n_axes lengths, three weights, the noise. */
void hone_kernel_set(hone_kernel *kernel, const double *theta);
/* k(x,x), without the noise. */
double hone_kernel_self(const hone_kernel *kernel);
/* out[i] = k(x, point i). */
void hone_kernel_row(const hone_kernel *kernel, const double *x,
                     const hone_points *points, double *out);
/* The same, and slopes[a * points->n + i] = dk(x, point i)/dx_a (0 of choices). `work`
 * has room for 2 * n_axes * HONE_KERNEL_CHUNK doubles. */
void hone_kernel_slopes(const hone_kernel *kernel, const double *x,
                        const hone_points *points, double *out, double *slopes,
                        double *work);

/* The distance of two coordinates of an axis. */
double hone_kernel_distance(hone_kernel_axis axis, double x, double y);

/* Pairs of points by their distances: that of pair p on axis a is at[a * stride + p]. */
typedef hone_points hone_pairs;
/* out[p] = k of pair p. */
void hone_kernel_pairs(const hone_kernel *kernel, const hone_pairs *pairs, double *out);
/* Adds to gradient[0..n_axes+2] the sum over pairs of by[p] dk/dtheta. `work` as above.
 */
void hone_kernel_gradient(const hone_kernel *kernel, const hone_pairs *pairs,
                          const double *by, double *gradient, double *work);

#endif
