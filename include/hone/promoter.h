/* The interface of a promoter: which trial is worth a greater budget. A const table, one
 * file, one algorithm.
 *
 *   init  (reached | lost | promoted | next)*  release
 *
 * Pure, like a strategy. Trials climb a ladder of rungs, the budgets that there are: each
 * begins at its first, is run up to it, and rests there with the value that it came to
 * until it is promoted, if ever. What `next` says is a function of the set of what was
 * heard, not of its order, so that a sweep goes on from its record. */
#ifndef HONE_PROMOTER_H
#define HONE_PROMOTER_H

#include <stdint.h>

#include <hone/strategy.h>

enum { HONE_RUNGS_MAX = 64 };

/* The budgets, ascending; the last is all that a trial can have. */
typedef struct hone_rungs {
    uint32_t n;
    double at[HONE_RUNGS_MAX];
} hone_rungs;

/* What the parameter that is the budget can be. */
typedef struct hone_budget_range {
    double min, max; /* 0 < min < max */
    bool integer;    /* budgets are whole numbers */
    uint64_t seed;   /* of the sweep, for those that draw */
} hone_budget_range;

typedef struct hone_promotion {
    uint64_t number; /* trial, from 1 */
    uint32_t rung;   /* that it is to reach */
    /* Of a trial that begins as a copy of another one: which; else 0. Where `next` has
     * one, there is no number yet, and `explore` says what its configuration is. */
    uint64_t parent;
    uint32_t slot; /* whose place in a population it takes */
} hone_promotion;

/* How far the sweep is when it asks who is next. */
typedef enum hone_climb_stage {
    HONE_CLIMB_OPEN,   /* there will be more trials */
    HONE_CLIMB_CLOSED, /* there are no more than these */
    HONE_CLIMB_IDLE    /* and none of them runs, or is to run: what is not promoted now
                          never is */
} hone_climb_stage;

typedef struct hone_climb {
    hone_climb_stage stage;
    uint64_t n_trials; /* numbers that have been given */
} hone_climb;

typedef struct hone_promoter {
    const char *name;           /* what early_terminate.type says */
    const char *summary;        /* one line for the docs */
    const char *reference;      /* authors, year, title */
    const hone_option *options; /* ends with HONE_OPTION_END */
    size_t state_size;
    /* Settings are checked against `options` before. Errors: HONE_ESPEC with a line that
     * names what is wrong and the remedy; HONE_ENOMEM. On error the core calls `release`
     * nevertheless. */
    int (*init)(void *self, const hone_budget_range *range, const hone_settings *settings,
                hone_error *err);
    /* Constant after init; borrowed. */
    const hone_rungs *(*rungs)(const void *self);
    /* How many trials the method gives; NULL: as many as it likes. */
    uint64_t (*population)(const void *self);
    /* A trial was begun, at this rung; told first of all of it. NULL: that is its
     * `first`, and nothing is learnt. Errors: HONE_ENOMEM. */
    int (*begun)(void *self, const hone_promotion *at);
    /* The rung at which a trial begins: a function of its number. */
    uint32_t (*first)(const void *self, uint64_t number);
    /* The trial has come to a rung, with this value: smaller is better, NaN and infinity
     * are never promoted. Told once a trial and rung. Errors: HONE_ENOMEM. */
    int (*reached)(void *self, const hone_promotion *at, double value);
    /* The trial will come to nothing more: it failed, or the user gave it up. To be
     * told again changes nothing. Errors: HONE_ENOMEM. */
    int (*lost)(void *self, uint64_t number);
    /* Whether a trial that stands there is among those that go on by now. NULL: to know
     * it all of its company have to come there. */
    bool (*worthy)(const void *self, const hone_promotion *at);
    /* Who is to be promoted, if anybody is; asked before a new trial is begun. */
    bool (*next)(const void *self, const hone_climb *climb, hone_promotion *next);
    /* The configuration of a copy. NULL: there are no copies. Errors: HONE_ENOMEM. */
    int (*explore)(const void *self, const hone_space *space, const hone_config *parent,
                   const hone_promotion *fork, hone_config *child);
    /* It has been. Errors: HONE_ENOMEM. */
    int (*promoted)(void *self, const hone_promotion *promotion);
    void (*release)(void *self);
} hone_promoter;

/* The promoter with this name, or NULL. */
HONE_API const hone_promoter *hone_promoter_find(const char *name);
/* The i-th promoter of the list, or NULL past its end. */
HONE_API const hone_promoter *hone_promoter_at(uint32_t i);

#endif
