/* What the trials near the distribution say of a point: a quadratic in the distribution's
 * own coordinates, C^-1/2 (x - m) / sigma, and one term a choice.
 *
 *   init  (fit | predict)*  release */
#ifndef HONE_SEARCH_CMA_MODEL_H
#define HONE_SEARCH_CMA_MODEL_H

#include "math/quadratic.h"
#include "search/cma_axes.h"
#include "search/trials.h"

typedef struct hone_cma_model {
    const hone_cma_axes *axes; /* borrowed */
    const hone_trials *trials; /* borrowed */
    hone_quadratic quadratic;
    uint32_t most;  /* trials to fit */
    double *center; /* owned, one block: m, then D^-1 B' / (sigma A), then room for one
                       row, then `most` each of distances, values, weights and rows */
    double *white, *row, *distances, *values, *weights, *rows;
    size_t *near; /* owned: the trials, nearest first */
} hone_cma_model;

/* Errors: HONE_ENOMEM. On error `release` is still to be called. */
HONE_MUST_CHECK int hone_cma_model_init(hone_cma_model *model, const hone_cma_axes *axes,
                                        const hone_trials *trials);
void hone_cma_model_release(hone_cma_model *model);
/* From the trials before `end` that have ended. */
void hone_cma_model_fit(hone_cma_model *model, const hone_cma *cma, size_t end);
/* Whether there were enough of them. */
bool hone_cma_model_knows(const hone_cma_model *model);
/* Smaller is better; of a point as in cma_axes.h. */
double hone_cma_model_predict(const hone_cma_model *model, const double *point);

#endif
