/* The interface of a search strategy: a const table, one file, one algorithm.
 *
 *   init  (observe* suggest*)*  release
 *
 * A strategy decides and never acts: no file, no clock, no log, no global. Only `observe`
 * changes its state (`suggest` gets it const), so that a sweep is replayed exactly from
 * its record. What it suggests is a function of the problem, the number and the set of
 * observations, not of the order in which trials ended. The core allocates state_size
 * zeroed bytes and passes them as `self`. */
#ifndef HONE_STRATEGY_H
#define HONE_STRATEGY_H

#include <stdint.h>

#include <hone/option.h>
#include <hone/space.h>

enum {
    HONE_STRATEGY_FINITE = 1,         /* ends by itself on every space it accepts */
    HONE_STRATEGY_CONDITIONAL = 2,    /* accepts parameters with conditions */
    HONE_STRATEGY_ADAPTIVE = 4,       /* learns from results: suggest waits for them */
    HONE_STRATEGY_MULTI_OBJECTIVE = 8 /* accepts more than one objective */
};

/* What is to be searched. Borrowed by the strategy for its whole life. */
typedef struct hone_problem {
    const hone_space *space;
    uint64_t seed;
    uint32_t n_objectives; /* 0 is 1 */
} hone_problem;

/* One option that the user set: `{name: tpe, startup_trials: 20}`. Checked before. */
typedef struct hone_setting {
    const char *name;
    hone_value value;
} hone_setting;

typedef struct hone_settings {
    uint32_t n;
    const hone_setting *items;
} hone_settings;

typedef enum hone_suggestion {
    HONE_SUGGESTED,
    HONE_SUGGEST_WAIT, /* nothing until more results are observed */
    HONE_SUGGEST_DONE  /* the space is exhausted */
} hone_suggestion;

typedef enum hone_observation_kind {
    HONE_OBSERVE_PENDING,   /* the trial was suggested and recorded */
    HONE_OBSERVE_COMPLETED, /* it ended; objective holds */
    HONE_OBSERVE_PRUNED,    /* a scheduler stopped it; objective is the last value seen */
    HONE_OBSERVE_FAILED     /* it ended without one */
} hone_observation_kind;

typedef struct hone_observation {
    hone_observation_kind kind;
    uint64_t number; /* trial number, from 1 */
    const hone_config *config;
    double objective; /* smaller is better, whatever the spec's goal; may be NaN or inf */
    const double *objectives; /* where the problem has several: n_objectives of them,
                                 [0] is `objective`; else NULL */
    double progress;          /* of PRUNED: the step that it came to; further is larger */
} hone_observation;

typedef struct hone_strategy {
    const char *name;      /* what `method` says */
    const char *summary;   /* one line for the docs */
    const char *reference; /* authors, year, title; NULL where there is nothing to cite */
    unsigned traits;
    const hone_option *options; /* NULL: none */
    size_t state_size;
    /* Errors: HONE_ESPEC with a line that names the parameter and the remedy where the
     * space does not suit; HONE_ENOMEM. On error the core calls `release` nevertheless.
     */
    int (*init)(void *self, const hone_problem *problem, const hone_settings *settings,
                hone_error *err);
    /* The configuration of trial `number` (from 1, asked in ascending order, each after
     * the PENDING observation of the one before). Fills `point`, whose values borrow from
     * the space. */
    hone_suggestion (*suggest)(const void *self, uint64_t number, hone_config *point);
    /* Called once when a trial becomes pending, in the order of numbers, and once when it
     * ends, in the order of ends; of a trial that climbs a ladder of budgets (promoter.h)
     * once at each rung, as PRUNED with a greater progress, and at its end: the last
     * word counts. How the two kinds interleave is not kept: a sweep that
     * goes on first tells of all trials that it has, then of all ends. NULL: the strategy
     * learns nothing. Errors: HONE_ENOMEM. */
    int (*observe)(void *self, const hone_observation *observation);
    /* Number of configurations in all; UINT64_MAX where endless. NULL: endless. */
    uint64_t (*count)(const void *self);
    /* NULL: nothing to release. */
    void (*release)(void *self);
} hone_strategy;

/* The strategy with this name, or NULL. */
HONE_API const hone_strategy *hone_strategy_find(const char *name);
/* The i-th strategy of the list, or NULL past its end. */
HONE_API const hone_strategy *hone_strategy_at(uint32_t i);

#endif
