/* When a sweep ends by itself: the rules of `stop`, fed with trials in the order of their
 * ends. Pure: time is told by the caller. */
#ifndef HONE_ENGINE_STOP_H
#define HONE_ENGINE_STOP_H

#include <stdbool.h>
#include <stdint.h>

#include <hone/spec.h>
#include <hone/trial.h>

typedef enum hone_stop_verdict {
    HONE_GO_ON,
    HONE_STOP_DONE,  /* the sweep has what it wanted */
    HONE_STOP_FAILED /* too many failures: more to do, but not like this */
} hone_stop_verdict;

/* The rules' memory. */
typedef struct hone_stopper {
    const hone_spec *spec; /* borrowed */
    uint64_t n_ended;      /* in this run: completed, failed or pruned */
    uint64_t n_failed;     /* in this run */
    uint64_t n_alike;      /* the first failures, as long as all trials fail alike */
    hone_reason alike_reason;
    int alike_code;      /* exit code, or minus the signal */
    uint64_t since_best; /* ended trials since the last improvement */
    bool has_best;
    double best; /* smaller is better */
    uint64_t best_number;
} hone_stopper;

/* How a trial ended, as far as the rules care. */
typedef struct hone_stop_trial {
    uint64_t number;
    hone_status status;
    hone_reason reason;
    int code; /* exit code, or minus the signal */
    bool has_objective;
    double objective; /* as the spec has it, not normalised */
} hone_stop_trial;

/* The first so many trials that all fail the same way stop a sweep that says nothing of
 * failures (W&B's agent has the same number). */
enum { HONE_STOP_ALIKE = 5 };

void hone_stopper_init(hone_stopper *stopper, const hone_spec *spec);
/* Forgets the failures: those of an earlier run must not stop the one that goes on. */
void hone_stopper_begin_run(hone_stopper *stopper);
/* Counts a trial that ended for good; tells whether it is the best so far. One that the
 * user cancelled says nothing of the sweep and is not counted. */
bool hone_stopper_ended(hone_stopper *stopper, const hone_stop_trial *trial);
/* Whether a value of the objective reaches the target. */
bool hone_stopper_reaches(const hone_stopper *stopper, double objective);
/* What the rules say now; `why` gets a line where it is not HONE_GO_ON. */
hone_stop_verdict hone_stopper_verdict(const hone_stopper *stopper, char *why,
                                       size_t size);

#endif
