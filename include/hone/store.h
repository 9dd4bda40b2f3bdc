/* The record, read: any number of readers beside the one orchestrator that writes.
 *
 *   hone_store_find_dir   hone_store_open  (queries)*  hone_store_close
 *
 * Opened read-only; never creates, never checkpoints, never waits for the writer. */
#ifndef HONE_STORE_H
#define HONE_STORE_H

#include <hone/space.h>
#include <hone/trial.h>

typedef struct hone_store hone_store;

/* Where the store is: `given` (may be NULL), else HONE_STORE, else the folder .hone in
 * the working directory or the nearest parent that has one, else ".hone" itself, which
 * need not exist. Appends the path. The environment is read here and nowhere else. */
HONE_API void hone_store_find_dir(hone_buf *out, const char *given);

/* Errors: HONE_ENOTFOUND (no store there), HONE_ENEWER, HONE_EDAMAGED, HONE_ESTORE. */
HONE_API HONE_MUST_CHECK int hone_store_open(const char *dir, hone_store **out,
                                             hone_error *err);
HONE_API void hone_store_close(hone_store *store);

/* How far a sweep is. */
typedef enum hone_sweep_state {
    HONE_SWEEP_OPEN,     /* has more to do: running, or interrupted */
    HONE_SWEEP_COMPLETE, /* its strategy is exhausted, or `stop` ended it */
    HONE_SWEEP_STOPPED   /* a stop rule ended it with more to do (failures) */
} hone_sweep_state;

typedef struct hone_sweep_info {
    int64_t id;
    const char *uid; /* 8 characters [a-z0-9], as W&B's sweep ids */
    const char *name;
    const char *spec_path;
    const char *spec; /* its text */
    const char *digest;
    const char *method;
    const char *objective; /* NULL: none */
    bool maximize;
    hone_sweep_state state;
    const char *state_reason; /* NULL or one line: why it stopped */
    bool live;                /* an orchestrator holds its lock right now */
    uint64_t planned;         /* trials in all; UINT64_MAX where endless */
    uint64_t seed;            /* of the sweep, as it began */
    uint64_t counts[HONE_N_STATUSES];
    hone_time created_at, first_start, last_end;
    uint64_t best; /* trial number, 0: none */
    double best_objective;
    double busy_s; /* sum of the durations of ended attempts */
} hone_sweep_info;

typedef int (*hone_sweep_fn)(void *arg, const hone_sweep_info *sweep);
typedef int (*hone_trial_fn)(void *arg, const hone_trial_info *trial);

/* Visits all sweeps, oldest first. A visitor's non-zero answer ends the visit and is
 * returned. A visitor may ask the store anything (it runs in no transaction), but the
 * sweep that hone_store_sweeps shows it is overwritten by the next call that fills a
 * sweep. */
HONE_API HONE_MUST_CHECK int hone_store_sweeps(hone_store *store, hone_sweep_fn visit,
                                               void *arg, hone_error *err);

/* Finds one sweep by name or uid; NULL is the newest (the last that was started or gone
 * on with). The answer is borrowed until the next call that fills a sweep. Errors:
 * HONE_ENOTFOUND with the names that are there. */
HONE_API HONE_MUST_CHECK int hone_store_sweep(hone_store *store, const char *name,
                                              const hone_sweep_info **out,
                                              hone_error *err);

/* Visits the trials of a sweep by number, from `first` on. */
HONE_API HONE_MUST_CHECK int hone_store_trials(hone_store *store, int64_t sweep,
                                               uint64_t first, hone_trial_fn visit,
                                               void *arg, hone_error *err);
/* One trial; HONE_ENOTFOUND where the sweep has no such number. */
HONE_API HONE_MUST_CHECK int hone_store_trial(hone_store *store, int64_t sweep,
                                              uint64_t number, hone_trial_fn visit,
                                              void *arg, hone_error *err);
/* Visits the completed trials with an objective that is a number, best first, at most
 * `limit`; reruns and NaN are no candidates. Ties: the lower number first. */
HONE_API HONE_MUST_CHECK int hone_store_best(hone_store *store, int64_t sweep,
                                             uint64_t limit, hone_trial_fn visit,
                                             void *arg, hone_error *err);

/* The lowest trial with this very configuration; *number is 0 where there is none. Reads
 * the sweep's trials one by one. */
HONE_API HONE_MUST_CHECK int hone_store_find_config(hone_store *store, int64_t sweep,
                                                    hone_identity identity,
                                                    uint64_t *number, hone_error *err);

typedef int (*hone_attempt_fn)(void *arg, const hone_attempt_info *attempt);
HONE_API HONE_MUST_CHECK int hone_store_attempts(hone_store *store, int64_t sweep,
                                                 uint64_t number, hone_attempt_fn visit,
                                                 void *arg, hone_error *err);

typedef int (*hone_detail_fn)(void *arg, const hone_trial_detail *detail);
HONE_API HONE_MUST_CHECK int hone_store_detail(hone_store *store, int64_t sweep,
                                               uint64_t number, hone_detail_fn visit,
                                               void *arg, hone_error *err);

typedef struct hone_point {
    const char *name; /* metric */
    uint32_t attempt;
    double step, value;
    hone_time time;
} hone_point;

typedef int (*hone_point_fn)(void *arg, const hone_point *point);
/* Visits the history of a trial's last attempt (`attempt` 0) or of one attempt: metric by
 * metric (by name), each in the order printed. */
HONE_API HONE_MUST_CHECK int hone_store_history(hone_store *store, int64_t sweep,
                                                uint64_t number, uint32_t attempt,
                                                hone_point_fn visit, void *arg,
                                                hone_error *err);

typedef struct hone_transition {
    hone_time time;
    hone_status from, to;
    hone_reason reason;
    uint32_t attempt;
} hone_transition;

typedef int (*hone_transition_fn)(void *arg, const hone_transition *transition);
/* Visits what became of a trial, in order; that it was recorded, pending, is none. */
HONE_API HONE_MUST_CHECK int hone_store_transitions(hone_store *store, int64_t sweep,
                                                    uint64_t number,
                                                    hone_transition_fn visit, void *arg,
                                                    hone_error *err);

/* The whole check of `hone doctor`: SQLite's integrity_check and foreign keys. 0, or
 * HONE_EDAMAGED with the first finding. `schema` and `journal` (may be NULL) get the
 * schema version and the journal mode in force ("wal"), static storage. */
HONE_API HONE_MUST_CHECK int hone_store_check(hone_store *store, int *schema,
                                              const char **journal, hone_error *err);

#endif
