/* How much each parameter matters for the objective, and how sure that is.
 *
 *   hone_evidence_new  add*  (hone_importance_make  hone_importance_free)*  free
 *
 * Pure functions of the trials that were added and of a seed: no store, no clock. What is
 * estimated, and from whom it comes, is in docs/importance.md. */
#ifndef HONE_IMPORTANCE_H
#define HONE_IMPORTANCE_H

#include <stddef.h>

#include <hone/space.h>

typedef enum hone_importance_method {
    HONE_IMPORTANCE_FANOVA, /* shares of the variance */
    HONE_IMPORTANCE_PED     /* PED-ANOVA: what sets the best trials apart */
} hone_importance_method;

typedef struct hone_importance_options {
    hone_importance_method method;
    /* In (0,1]. FANOVA: trials beyond the best `top` of them count as the worst of those
     * (1: as they are); PED: the share of trials that are the best. */
    double top;
    uint64_t seed; /* same trials, same seed: same answer */
} hone_importance_options;

/* What came of a parameter or of a pair. */
typedef enum hone_effect_state {
    HONE_EFFECT_TOLD,     /* the interval lies above what a useless one would show */
    HONE_EFFECT_UNTOLD,   /* it cannot be told from none */
    HONE_EFFECT_CONSTANT, /* the space gives the parameter one value */
    HONE_EFFECT_STILL,    /* the trials gave it one value */
    HONE_EFFECT_SCARCE    /* it was active in too few trials */
} hone_effect_state;

/* Shares are of the variance (FANOVA) or of all divergence (PED), in [0,1], among the
 * trials in which the parameter (of a pair: both) was active; NaN where CONSTANT, STILL
 * or SCARCE. */
typedef struct hone_effect {
    uint32_t param, other; /* indices into the space; other UINT32_MAX: no pair */
    hone_effect_state state;
    double share;
    double low, high; /* 95 % interval; NaN where nothing tells (a grid without error) */
    double floor;     /* what a useless one stays below in 95 of 100 cases */
    uint64_t n;       /* trials in which it was active */
    /* TOLD parameters: where the objective is best on average, from low to high, seen
     * values; a choice has the same value twice. ABSENT else. Borrowed from the space. */
    hone_value best_low, best_high;
} hone_effect;

typedef enum hone_importance_model {
    HONE_MODEL_FOREST,    /* of regression trees */
    HONE_MODEL_FACTORIAL, /* none: the trials are a full grid, the means are exact */
    HONE_MODEL_DENSITY    /* of PED-ANOVA */
} hone_importance_model;

typedef struct hone_importance {
    hone_importance_model model;
    uint64_t n;       /* trials */
    uint64_t n_used;  /* of these, where there are so many that a sample has to do */
    uint64_t n_tops;  /* PED: the best ones; else 0 */
    double explained; /* FOREST: share of the variance among trials that were kept from
                         the trees and that these foretell; below 0: worse than the mean.
                         NaN else, and where the objective is the same everywhere */
    double outlying; /* share of the variance that the worst 2 of 100 trials make, as they
                        count; NaN where there is none */
    double rest;     /* share of no parameter or pair below; NaN where not all parameters
                        are active in all trials, and of PED */
    uint32_t n_params;
    hone_effect *params; /* owned; all of the space, the largest share first, NaN last */
    uint32_t n_pairs;
    hone_effect *pairs; /* owned; those of the strongest parameters, likewise */
} hone_importance;

/* The trials. Borrows the space. */
typedef struct hone_evidence hone_evidence;

/* Fewest trials that a model is made of, and of a full grid. */
enum { HONE_IMPORTANCE_LEAST = 10, HONE_IMPORTANCE_LEAST_GRID = 4 };

/* Errors: HONE_ESPEC where conditions go in a circle; HONE_ENOMEM. */
HONE_API HONE_MUST_CHECK int hone_evidence_new(const hone_space *space,
                                               hone_evidence **out, hone_error *err);
HONE_API void hone_evidence_free(hone_evidence *evidence);
/* `objective` is finite, and smaller is better: goal maximize is negated before. The
 * configuration is a point of the space, constraints aside. Errors: HONE_ENOMEM. */
HONE_API HONE_MUST_CHECK int
hone_evidence_add(hone_evidence *evidence, const hone_config *config, double objective);
HONE_API uint64_t hone_evidence_count(const hone_evidence *evidence);

/* Measures; the caller frees. Takes time in proportion to trials times parameters: about
 * half a second for 1000 times 20. Errors: HONE_ELIMIT with a line that says how many
 * trials it needs; HONE_ENOMEM. */
HONE_API HONE_MUST_CHECK int hone_importance_make(const hone_evidence *evidence,
                                                  const hone_importance_options *options,
                                                  hone_importance **out, hone_error *err);
HONE_API void hone_importance_free(hone_importance *importance);

#endif
