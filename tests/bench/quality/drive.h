/* One search: a strategy against a function, in this process, by the public interface. */
#ifndef QUALITY_DRIVE_H
#define QUALITY_DRIVE_H

#include "function.h"

/* Numbers of ended trials at which the best so far is taken. */
#define QUALITY_BUDGETS                                                                  \
    {                                                                                    \
        10, 20, 50, 100, 200, 300                                                        \
    }
enum { QUALITY_N_BUDGETS = 6 };
extern const uint32_t quality_budgets[QUALITY_N_BUDGETS];

typedef struct quality_task {
    const quality_function *function;
    const char *method; /* `tpe`, or `{name: tpe, startup_trials: 20}` */
    uint64_t seed;
    uint32_t trials, parallel; /* how many in all, and at a time */
} quality_task;

typedef enum quality_end {
    QUALITY_NOT_RUN, /* or its process died */
    QUALITY_RAN,
    QUALITY_REFUSED, /* the strategy does not suit the space; `text` says why */
    QUALITY_BROKEN   /* the strategy broke its contract; `text` says how */
} quality_end;

typedef struct quality_result {
    quality_end end;
    uint32_t trials;                /* that ended; fewer where the space did */
    double best[QUALITY_N_BUDGETS]; /* the value at the best observation so far */
    double cpu_ms;                  /* processor time for one suggest and its observes */
    char text[256];
} quality_result;

void quality_drive(const quality_task *task, quality_result *result);

/* Milliseconds of processor time for a suggestion after `history` random trials: the
 * first, the mean and the worst of `asks` (each observed before the next); and the bytes
 * that the strategy then holds on the heap. */
typedef struct quality_latency {
    double first_ms, mean_ms, worst_ms, heap;
} quality_latency;
int quality_measure_latency(const quality_task *task, uint32_t history, uint32_t asks,
                            quality_latency *latency, hone_error *err);

#endif
