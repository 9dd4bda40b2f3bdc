/* The interface of a scheduler: whether a running trial is worth going on with.
 *
 *   init  (report revise* | restart | ended)*  release
 *
 * Pure, like a strategy: a scheduler sees the curves of trials and answers, with a reason
 * that has the numbers in it. Its state is a function of the set of reports and ends, not
 * of the order in which trials were heard, so that it is rebuilt from the record. */
#ifndef HONE_SCHEDULER_H
#define HONE_SCHEDULER_H

#include <stdint.h>

#include <hone/strategy.h>
#include <hone/trial.h>

/* One point of the watched metric. */
typedef struct hone_report {
    uint64_t number; /* trial, from 1 */
    double step;     /* as printed, else the count of the trial's points */
    double value;    /* smaller is better, whatever the spec's goal; may be NaN or inf */
} hone_report;

typedef enum hone_ruling_kind {
    HONE_RULING_CONTINUE,
    HONE_RULING_STOP, /* not worth going on with: it is pruned */
} hone_ruling_kind;

enum { HONE_RULING_WHY = 200 };

/* An answer. `others` asks for `revise` on every other running trial: what was heard may
 * have changed what is to be said of them. */
typedef struct hone_ruling {
    hone_ruling_kind kind;
    bool others;
    char why[HONE_RULING_WHY]; /* of STOP: "0.61 at step 9 is worse than 0.42, ..." */
} hone_ruling;

/* What is watched. */
typedef struct hone_watch {
    const char *metric; /* its name, borrowed */
    bool maximize;      /* reasons show values as they were printed */
} hone_watch;

typedef struct hone_scheduler {
    const char *name;           /* what early_terminate.type says */
    const char *summary;        /* one line for the docs */
    const char *reference;      /* authors, year, title; NULL: nothing to cite */
    const hone_option *options; /* ends with HONE_OPTION_END */
    size_t state_size;
    /* Settings are checked against `options` before. Errors: HONE_ESPEC with a line that
     * names what is missing and the remedy; HONE_ENOMEM. On error the core calls
     * `release` nevertheless. */
    int (*init)(void *self, const hone_watch *watch, const hone_settings *settings,
                hone_error *err);
    /* Takes one point in and rules on its trial. Errors: HONE_ENOMEM. */
    int (*report)(void *self, const hone_report *report, hone_ruling *ruling);
    /* Rules again on a trial that has reported before. NULL: rulings never change. */
    void (*revise)(const void *self, uint64_t number, hone_ruling *ruling);
    /* The trial runs anew: its points so far do not count. */
    void (*restart)(void *self, uint64_t number);
    /* The trial ended, once: COMPLETED, FAILED, PRUNED or CANCELLED. */
    int (*ended)(void *self, uint64_t number, hone_status status);
    void (*release)(void *self);
} hone_scheduler;

/* The scheduler with this name, or NULL. */
HONE_API const hone_scheduler *hone_scheduler_find(const char *name);
/* The i-th scheduler of the list, or NULL past its end. */
HONE_API const hone_scheduler *hone_scheduler_at(uint32_t i);

#endif
