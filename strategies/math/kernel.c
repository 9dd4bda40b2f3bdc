/* The covariance function and its derivatives, 64 points at a time.
 *
 * All loops run over points with the axes outside, so that compilers vectorise them; the
 * exponential is spelt out for the same reason, and because results then do not depend on
 * the machine's libm. */
#include "math/kernel.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "math/linalg.h"

#include "base/banned.h"

enum { CHUNK = HONE_KERNEL_CHUNK };

/* e^-t for t >= 0, to about 2e-13: 2^n by its bits, the rest by Taylor's series. */
static inline double decay(double t)
{
    const double big = 0x1.8p52; /* added, the lowest bits hold the nearest integer */
    double x = t < 700 ? -t : -700;
    double shifted = x * 0x1.71547652b82fep+0 + big;
    double n = shifted - big;
    double r = (x - n * 0x1.62e42fefa38p-1) - n * 0x1.ef35793c7673p-45;
    double p = 1.0 / 3628800;
    p = p * r + 1.0 / 362880;
    p = p * r + 1.0 / 40320;
    p = p * r + 1.0 / 5040;
    p = p * r + 1.0 / 720;
    p = p * r + 1.0 / 120;
    p = p * r + 1.0 / 24;
    p = p * r + 1.0 / 6;
    p = p * r + 1.0 / 2;
    p = p * r + 1;
    p = p * r + 1;
    uint64_t bits, exponent;
    memcpy(&exponent, &shifted, sizeof exponent);
    memcpy(&bits, &p, sizeof bits);
    bits += exponent << 52;
    memcpy(&p, &bits, sizeof p);
    return p;
}

int hone_kernel_has_order(uint32_t n_axes, uint32_t order)
{
    return order == 2 || n_axes > order + 1;
}

void hone_kernel_set(hone_kernel *kernel, const double *theta)
{
    uint32_t d = kernel->n_axes;
    assert(d > 0);
    const double terms[HONE_KERNEL_ORDERS] = {d, d * (d - 1.0) / 2, 1};
    for (uint32_t a = 0; a < d; a++) {
        double root = kernel->axes[a] == HONE_KERNEL_CHOICE ? 1 : sqrt(5.0);
        kernel->rates[a] = root * exp(-theta[a]);
    }
    for (uint32_t q = 0; q < HONE_KERNEL_ORDERS; q++) {
        bool has = hone_kernel_has_order(d, q);
        kernel->weights[q] = has ? exp(theta[d + q]) / terms[q] : 0;
    }
    kernel->noise = exp(theta[d + HONE_KERNEL_ORDERS]);
}

double hone_kernel_self(const hone_kernel *kernel)
{
    double d = kernel->n_axes;
    return kernel->weights[0] * d + kernel->weights[1] * (d * (d - 1) / 2) +
           kernel->weights[2];
}

double hone_kernel_distance(hone_kernel_axis axis, double x, double y)
{
    double across = fabs(x - y);
    if (axis == HONE_KERNEL_CHOICE)
        return across > 1e-9 ? 1 : 0;
    if (axis == HONE_KERNEL_METRIC || (x < 0) == (y < 0))
        return across;
    double on = x > y ? x : y;
    return sqrt(1 + (on - 0.5) * (on - 0.5));
}

/* --- base kernels ------------------------------------------------------------------ */

static void fill_distances(hone_kernel_axis axis, double x, const double *restrict at,
                           double *restrict distance, size_t n)
{
    if (axis == HONE_KERNEL_METRIC) {
        for (size_t i = 0; i < n; i++)
            distance[i] = fabs(x - at[i]);
        return;
    }
    for (size_t i = 0; i < n; i++)
        distance[i] = hone_kernel_distance(axis, x, at[i]);
}

/* M of distances. */
HONE_WIDE static void fill_base(const hone_kernel *kernel, uint32_t a,
                                const double *restrict distance, double *restrict m,
                                size_t n)
{
    double rate = kernel->rates[a];
    if (kernel->axes[a] == HONE_KERNEL_CHOICE) {
        for (size_t i = 0; i < n; i++)
            m[i] = decay(rate * distance[i]);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        double t = rate * distance[i];
        m[i] = (1 + t + t * t * (1.0 / 3)) * decay(t);
    }
}

/* M, and -dM/dt with t the distance times the rate. */
HONE_WIDE static void fill_base_slope(const hone_kernel *kernel, uint32_t a,
                                      const double *restrict distance, double *restrict m,
                                      double *restrict slope, size_t n)
{
    double rate = kernel->rates[a];
    if (kernel->axes[a] == HONE_KERNEL_CHOICE) {
        for (size_t i = 0; i < n; i++)
            slope[i] = m[i] = decay(rate * distance[i]);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        double t = rate * distance[i], e = decay(t);
        m[i] = (1 + t + t * t * (1.0 / 3)) * e;
        slope[i] = t * (1 + t) * (1.0 / 3) * e;
    }
}

/* --- their combination ------------------------------------------------------------- */

typedef struct sums {
    double first[CHUNK], squares[CHUNK], product[CHUNK];
} sums;

static void clear_sums(sums *s)
{
    for (size_t i = 0; i < CHUNK; i++) {
        s->first[i] = s->squares[i] = 0;
        s->product[i] = 1;
    }
}

static void add_base(sums *s, const double *restrict m, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        s->first[i] += m[i];
        s->squares[i] += m[i] * m[i];
        s->product[i] *= m[i];
    }
}

HONE_WIDE static void combine(const hone_kernel *kernel, const sums *s,
                              double *restrict out, size_t n)
{
    double w1 = kernel->weights[0], w2 = kernel->weights[1] / 2, w3 = kernel->weights[2];
    for (size_t i = 0; i < n; i++)
        out[i] = w1 * s->first[i] + w2 * (s->first[i] * s->first[i] - s->squares[i]) +
                 w3 * s->product[i];
}

/* dk/dM of one axis. */
HONE_WIDE static void fill_outer(const hone_kernel *kernel, const sums *s,
                                 const double *restrict m, double *restrict out, size_t n)
{
    double w1 = kernel->weights[0], w2 = kernel->weights[1], w3 = kernel->weights[2];
    for (size_t i = 0; i < n; i++)
        out[i] = w1 + w2 * (s->first[i] - m[i]) + w3 * s->product[i] / m[i];
}

static size_t get_length(size_t from, size_t n)
{
    return n - from < CHUNK ? n - from : CHUNK;
}

void hone_kernel_row(const hone_kernel *kernel, const double *x,
                     const hone_points *points, double *out)
{
    double distance[CHUNK], m[CHUNK];
    sums s;
    for (size_t from = 0; from < points->n; from += CHUNK) {
        size_t n = get_length(from, points->n);
        clear_sums(&s);
        for (uint32_t a = 0; a < kernel->n_axes; a++) {
            const double *at = points->at + a * points->stride + from;
            fill_distances(kernel->axes[a], x[a], at, distance, n);
            fill_base(kernel, a, distance, m, n);
            add_base(&s, m, n);
        }
        combine(kernel, &s, out + from, n);
    }
}

/* -dM/dt to dM/dx. */
static void turn_slope(const hone_kernel *kernel, uint32_t a, double x, const double *at,
                       double *slope, size_t n)
{
    hone_kernel_axis axis = kernel->axes[a];
    double rate = kernel->rates[a];
    if (axis == HONE_KERNEL_METRIC) {
        for (size_t i = 0; i < n; i++)
            slope[i] *= x > at[i] ? -rate : rate;
        return;
    }
    for (size_t i = 0; i < n; i++) {
        double side = x > at[i] ? 1 : -1;
        if (axis == HONE_KERNEL_CHOICE || x < 0)
            side = 0;
        else if (at[i] < 0)
            side = (x - 0.5) / hone_kernel_distance(axis, x, at[i]);
        slope[i] *= -rate * side;
    }
}

void hone_kernel_slopes(const hone_kernel *kernel, const double *x,
                        const hone_points *points, double *out, double *slopes,
                        double *work)
{
    double distance[CHUNK];
    sums s;
    for (size_t from = 0; from < points->n; from += CHUNK) {
        size_t n = get_length(from, points->n);
        clear_sums(&s);
        for (uint32_t a = 0; a < kernel->n_axes; a++) {
            const double *at = points->at + a * points->stride + from;
            double *m = work + 2 * a * (size_t)CHUNK, *slope = m + CHUNK;
            fill_distances(kernel->axes[a], x[a], at, distance, n);
            fill_base_slope(kernel, a, distance, m, slope, n);
            turn_slope(kernel, a, x[a], at, slope, n);
            add_base(&s, m, n);
        }
        combine(kernel, &s, out + from, n);
        for (uint32_t a = 0; a < kernel->n_axes; a++) {
            const double *m = work + 2 * a * (size_t)CHUNK, *slope = m + CHUNK;
            double *to = slopes + a * points->n + from;
            fill_outer(kernel, &s, m, distance, n);
            for (size_t i = 0; i < n; i++)
                to[i] = distance[i] * slope[i];
        }
    }
}

/* --- pairs, for the fit ------------------------------------------------------------ */

void hone_kernel_pairs(const hone_kernel *kernel, const hone_pairs *pairs, double *out)
{
    double m[CHUNK];
    sums s;
    for (size_t from = 0; from < pairs->n; from += CHUNK) {
        size_t n = get_length(from, pairs->n);
        clear_sums(&s);
        for (uint32_t a = 0; a < kernel->n_axes; a++) {
            fill_base(kernel, a, pairs->at + a * pairs->stride + from, m, n);
            add_base(&s, m, n);
        }
        combine(kernel, &s, out + from, n);
    }
}

/* The sum over a chunk of by[i] x[i] y[i], in an order of its own. */
static double weigh(const double *by, const double *x, const double *y, size_t n)
{
    double part[4] = {0};
    size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        for (size_t k = 0; k < 4; k++)
            part[k] += by[i + k] * x[i + k] * y[i + k];
    }
    for (; i < n; i++)
        part[0] += by[i] * x[i] * y[i];
    return (part[0] + part[1]) + (part[2] + part[3]);
}

void hone_kernel_gradient(const hone_kernel *kernel, const hone_pairs *pairs,
                          const double *by, double *gradient, double *work)
{
    uint32_t d = kernel->n_axes;
    double outer[CHUNK];
    sums s;
    for (size_t from = 0; from < pairs->n; from += CHUNK) {
        size_t n = get_length(from, pairs->n);
        clear_sums(&s);
        for (uint32_t a = 0; a < d; a++) {
            const double *distance = pairs->at + a * pairs->stride + from;
            double *m = work + 2 * a * (size_t)CHUNK, *slope = m + CHUNK;
            fill_base_slope(kernel, a, distance, m, slope, n);
            /* dt/dlog length is -t */
            for (size_t i = 0; i < n; i++)
                slope[i] *= kernel->rates[a] * distance[i];
            add_base(&s, m, n);
        }
        for (uint32_t a = 0; a < d; a++) {
            const double *m = work + 2 * a * (size_t)CHUNK, *slope = m + CHUNK;
            fill_outer(kernel, &s, m, outer, n);
            gradient[a] += weigh(by + from, outer, slope, n);
        }
        for (size_t i = 0; i < n; i++) {
            double b = by[from + i];
            gradient[d] += b * kernel->weights[0] * s.first[i];
            gradient[d + 1] +=
                b * kernel->weights[1] * (s.first[i] * s.first[i] - s.squares[i]) / 2;
            gradient[d + 2] += b * kernel->weights[2] * s.product[i];
        }
    }
}
