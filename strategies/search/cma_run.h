/* CMA-ES over trials in the order of their numbers: which of them are a generation, when
 * it is told, when to start again.
 *
 *   init  update*  release
 *
 * The state is a function of the trials alone (of what ended and how, never of when), so
 * that it can be computed anew: after the end of a trial whose generation was told
 * without it, it is, from the last state before. */
#ifndef HONE_SEARCH_CMA_RUN_H
#define HONE_SEARCH_CMA_RUN_H

#include "search/cma_axes.h"
#include "search/cma_model.h"
#include "search/trials.h"

enum { HONE_CMA_HISTORY = 64, HONE_CMA_KEPT = 8 };

/* The distribution that trials `first` and on are drawn from. */
typedef struct hone_cma_state {
    hone_cma cma;
    size_t first;     /* place of the generation's first trial */
    uint32_t lambda;  /* points of a generation */
    uint32_t n_real;  /* trials of it: the others are the model's */
    uint32_t largest; /* lambda of any run so far */
    uint64_t n_runs;
    double trust; /* in the model, -1 to 1: smoothed Kendall's tau */
    uint32_t n_history;
    double history[HONE_CMA_HISTORY]; /* best of each generation of the run, a ring */
} hone_cma_state;

typedef struct hone_cma_plan {
    uint32_t startup; /* trials of an even design */
    uint32_t lambda;  /* of the first run */
    double sigma;     /* initial */
    bool restarts;    /* where a run has come to its end; each doubles lambda */
    bool surrogate;   /* use the model */
} hone_cma_plan;

typedef struct hone_cma_run {
    const hone_cma_axes *axes;
    const hone_trials *trials;
    hone_cma_plan plan;
    hone_cma_model model;
    hone_cma_state states[HONE_CMA_KEPT]; /* a ring: the last one is the current one */
    uint64_t n_states;                    /* ever; 0: the design is not done */
    uint64_t oldest;                      /* of those still in the ring */
    size_t room;                          /* points, values, weights; owned */
    double *points, *values, *weights;
    hone_tried *ranked;
} hone_cma_run;

/* Errors: HONE_ENOMEM. On error `release` is still to be called. */
HONE_MUST_CHECK int hone_cma_run_init(hone_cma_run *run, const hone_cma_axes *axes,
                                      const hone_trials *trials,
                                      const hone_cma_plan *plan);
void hone_cma_run_release(hone_cma_run *run);
/* Trial `at` has ended. Errors: HONE_ENOMEM. */
HONE_MUST_CHECK int hone_cma_run_update(hone_cma_run *run, size_t at);
/* The distribution to draw from; NULL while the design is not done. */
const hone_cma_state *hone_cma_run_state(const hone_cma_run *run);
/* Whether the model may choose among candidates. */
bool hone_cma_run_trusts(const hone_cma_run *run);

#endif
