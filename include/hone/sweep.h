/* Running a sweep: the whole engine behind four calls.
 *
 *   hone_sweep_run                                        blocking, a loop of its own
 *   hone_sweep_open  uv_run(loop)  hone_sweep_close       in a loop of the caller's
 *
 * The store is written by a thread inside; everything else, observers included, happens
 * on the loop's thread. */
#ifndef HONE_SWEEP_H
#define HONE_SWEEP_H

#include <hone/executor.h>
#include <hone/spec.h>
#include <hone/store.h>

struct uv_loop_s;

typedef struct hone_sweep hone_sweep;

/* What a progress display shows. Everything pointed to is borrowed until the call
 * returns. */
typedef struct hone_progress {
    const char *name; /* the sweep's */
    uint64_t planned; /* UINT64_MAX: endless */
    uint64_t counts[HONE_N_STATUSES];
    uint32_t concurrency;
    double elapsed_s;      /* of this run */
    double trials_per_s;   /* ended in this run */
    double left_s;         /* estimate, NaN where there is none */
    const char *objective; /* NULL: none */
    bool maximize;
    uint64_t best; /* trial number, 0: none yet */
    double best_objective;
    double best_se;          /* its standard error; NaN: it has no repeats */
    const char *best_params; /* "lr=0.1 depth=4", "" where best is 0 */
    int interrupts;          /* Ctrl-C so far: 1 drains, 2 ends, 3 kills */
    bool paused;             /* nothing is started until `hone resume` */
} hone_progress;

/* Called on the loop's thread; any member may be NULL. */
typedef struct hone_sweep_observer {
    /* At most `interval_ms` apart while something runs, and once at the end. */
    void (*progress)(void *arg, const hone_progress *progress);
    /* A trial ended and its end is on disk. `name` of an objective may be NULL. */
    void (*ended)(void *arg, const hone_trial_info *trial);
    /* One line for the user: what was taken up, why the sweep stops. */
    void (*message)(void *arg, const char *line);
    void *arg;
    uint32_t interval_ms; /* 0: 200 */
} hone_sweep_observer;

typedef struct hone_sweep_options {
    const char *store;    /* folder; NULL: ".hone" */
    const char *name;     /* NULL: the spec's */
    uint32_t concurrency; /* 0: the spec's, else what there are GPUs for, where it wants
                             some, else what there are processors for */
    bool fresh;           /* a new sweep even where the store has the name: "name-2" */
    bool retry_failed;    /* failed trials are run again */
    bool force;           /* go on also where the command or the objective has changed */
    bool handle_signals;  /* SIGINT, SIGTERM, SIGHUP end the run in steps; after a run
                             that one of them ended they are ignored */
    hone_on_exit on_exit; /* what becomes of running trials if the process dies */
    const char *keeper;   /* program that answers "__keeper"; NULL: this executable */
    hone_sweep_observer observer;
} hone_sweep_options;

typedef struct hone_sweep_outcome {
    uint64_t counts[HONE_N_STATUSES];
    bool complete;    /* nothing is left to run */
    int signal;       /* what ended it, 0: nothing */
    char name[144];   /* the sweep's, for the line that tells how to go on */
    char reason[300]; /* why it stopped with more to do; "" else */
} hone_sweep_outcome;

/* Runs what the sweep still lacks. Returns when it is complete, stopped or interrupted.
 * Errors: HONE_ESPEC, HONE_EUNSUPPORTED (nothing was started or written), HONE_EHELD,
 * HONE_ESTORE, HONE_EFULL, HONE_ENEWER, HONE_EDAMAGED, HONE_ECHANGED, HONE_ENOMEM. */
HONE_API HONE_MUST_CHECK int hone_sweep_run(const hone_spec *spec,
                                            const hone_sweep_options *options,
                                            hone_sweep_outcome *outcome, hone_error *err);

/* The same in the caller's loop: handles keep the loop alive until the sweep has ended.
 */
HONE_API HONE_MUST_CHECK int hone_sweep_open(hone_sweep **out, struct uv_loop_s *loop,
                                             const hone_spec *spec,
                                             const hone_sweep_options *options,
                                             hone_error *err);
/* One step of the ladder: 1 drain, 2 end (SIGTERM, grace, SIGKILL), 3 kill at once. */
HONE_API void hone_sweep_interrupt(hone_sweep *sweep);
/* After uv_run returned: fills the outcome, frees everything. */
HONE_API HONE_MUST_CHECK int
hone_sweep_close(hone_sweep *sweep, hone_sweep_outcome *outcome, hone_error *err);

/* The processors this process may use (affinity and cgroup quota), at least 1. */
HONE_API uint32_t hone_default_concurrency(void);

#endif
