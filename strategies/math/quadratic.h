/* A quadratic model of values at points, by weighted least squares: 1, y_i and l_j; with
 * more points y_i^2, with still more y_i y_k. So Hansen (2019), A global surrogate
 * assisted CMA-ES, GECCO, section 3.
 *
 *   init  (fit | predict)*  release */
#ifndef HONE_MATH_QUADRATIC_H
#define HONE_MATH_QUADRATIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <hone/error.h>

typedef enum hone_quadratic_kind {
    HONE_QUADRATIC_NONE, /* too few points: predict gives 0 */
    HONE_QUADRATIC_LINEAR,
    HONE_QUADRATIC_DIAGONAL,
    HONE_QUADRATIC_FULL
} hone_quadratic_kind;

enum { HONE_QUADRATIC_MOST = 12 }; /* above so many y the model is diagonal at best */

typedef struct hone_quadratic {
    uint32_t n;        /* coordinates y */
    uint32_t n_linear; /* coordinates l, which have no squares; they come after the y */
    hone_quadratic_kind kind;
    uint32_t n_terms;
    double *terms; /* owned: coefficients */
    double *gram, *row;
} hone_quadratic;

/* Points to fit: rows of n + n_linear coordinates. */
typedef struct hone_quadratic_points {
    uint32_t n;
    const double *rows, *values, *weights; /* finite; weights above 0 */
} hone_quadratic_points;

/* Errors: HONE_ENOMEM. On error `release` is still to be called. */
HONE_MUST_CHECK int hone_quadratic_init(hone_quadratic *model, uint32_t n,
                                        uint32_t n_linear);
void hone_quadratic_release(hone_quadratic *model);
/* Terms of the largest model there can be: points to have at hand. */
uint32_t hone_quadratic_terms(const hone_quadratic *model);
void hone_quadratic_fit(hone_quadratic *model, const hone_quadratic_points *points);
double hone_quadratic_predict(const hone_quadratic *model, const double *row);

#endif
