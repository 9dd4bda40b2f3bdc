/* The one writer of a store: a queue filled by the loop thread, emptied by a thread of
 * its own in one transaction a batch (group commit: while one fsync runs the next
 * collects).
 *
 *   open  sweep  (load_*)*  start  (put_* -> ticket | hurry)*  flush  close
 *
 * A put never blocks and never fails for reasons of the disk: it copies its record into
 * the queue and returns a ticket. Tickets grow by one. When a batch is on disk,
 * `committed` is called on the writer's thread with the highest ticket in it, before
 * `flush` lets go; where a batch cannot be written, `failed` is called (once), the queue
 * keeps everything, and the writer tries again with back-off until it succeeds or is
 * closed. */
#ifndef HONE_STORE_WRITER_H
#define HONE_STORE_WRITER_H

#include <hone/space.h>
#include <hone/spec.h>
#include <hone/store.h>

typedef struct hone_writer hone_writer;

typedef struct hone_writer_events {
    void (*committed)(void *arg, uint64_t ticket);    /* writer's thread */
    void (*failed)(void *arg, const hone_error *why); /* writer's thread */
    void *arg;
} hone_writer_events;

/* Creates the folder and the database where missing, migrates an older schema, chooses
 * the journal mode by file system (WAL and FULL; TRUNCATE and EXTRA on network file
 * systems). Errors: HONE_ESTORE (unwritable, said with the path), HONE_EFULL,
 * HONE_ENEWER, HONE_EDAMAGED. */
HONE_MUST_CHECK int hone_writer_open(const char *dir, hone_writer **out, hone_error *err);

/* A sweep to be written. `uid` and `created_at` are used where it is new. */
typedef struct hone_sweep_row {
    const char *name;
    const char *uid;
    const hone_spec *spec;
    uint64_t planned;
    uint64_t seed;
    hone_time now;
    bool force; /* take the spec even where its meaning has changed */
} hone_sweep_row;

/* Finds the sweep by name, or creates it with its parameters; fills *info (borrowed until
 * the next call). On an existing one with the same digest, updates spec text and planned.
 * HONE_ECHANGED where the digest differs. Synchronous; before `start`. */
HONE_MUST_CHECK int hone_writer_sweep(hone_writer *writer, const hone_sweep_row *row,
                                      bool *created, const hone_sweep_info **info,
                                      hone_error *err);

/* Takes the lock of a sweep (OFD, close-on-exec): HONE_EHELD with host, process and since
 * when, where another orchestrator has it; HONE_ESTORE where that is on another machine,
 * which is found out within 15 s. Held until close. */
HONE_MUST_CHECK int hone_writer_lock(hone_writer *writer, const char *uid,
                                     hone_error *err);

/* A trial as resume needs it, in the order of numbers. */
typedef struct hone_stored_trial {
    uint64_t number;
    hone_status status;
    hone_reason reason;
    const hone_config *config; /* over `space`, borrowed until the visit returns */
    uint32_t n_foreign;        /* recorded parameters that the space does not have */
    bool has_objective;
    double objective;
    bool has_detail; /* of a completed one: it lost a race */
    uint32_t attempts;
    /* Of the last attempt, where attempts > 0: */
    uint32_t slot;
    /* Bytes of its output whose metrics are in the record. */
    uint64_t stdout_read, stderr_read, metrics_read;
    hone_wish wish;
    uint64_t sequence; /* of its last transition */
    uint64_t parent;   /* that it began as a copy of; 0: none */
} hone_stored_trial;

typedef int (*hone_stored_trial_fn)(void *arg, const hone_stored_trial *trial);

/* Visits all trials of the sweep by number; values are those recorded, spelling included,
 * matched to `space` by name (a parameter it lacks is left out, one the row lacks is
 * ABSENT). Synchronous; before `start`. */
HONE_MUST_CHECK int hone_writer_load(hone_writer *writer, const hone_space *space,
                                     hone_stored_trial_fn visit, void *arg,
                                     hone_error *err);

/* An attempt that has ended. */
typedef struct hone_stored_end {
    hone_reason reason;
    int exit_code; /* -1: none */
    bool ran;      /* it had a process, as far as is known */
    uint32_t attempt;
    bool scored; /* a repeat that ended well */
    double score;
    double budget; /* that it came to the end of, with `score`; 0: none */
} hone_stored_end;

typedef int (*hone_stored_end_fn)(void *arg, const hone_stored_end *end);

/* What a metric of a trial came to, NaN where it has none; also from inside a visit of
 * hone_writer_load. Before `start`. */
HONE_MUST_CHECK int hone_writer_load_result(hone_writer *writer, uint64_t number,
                                            const char *metric, double *value,
                                            hone_error *err);

/* Visits the ended attempts of a trial in their order; also from inside a visit of
 * hone_writer_load. Before `start`. */
HONE_MUST_CHECK int hone_writer_load_ends(hone_writer *writer, uint64_t number,
                                          hone_stored_end_fn visit, void *arg,
                                          hone_error *err);

/* Visits the metric points of one attempt in the order printed. Before `start`. */
HONE_MUST_CHECK int hone_writer_load_points(hone_writer *writer, uint64_t number,
                                            uint32_t attempt, hone_point_fn visit,
                                            void *arg, hone_error *err);

/* Starts the thread, and makes the sweep the newest. Afterwards only put_*, flush and
 * close may be called; what was put before waits until now. */
HONE_MUST_CHECK int hone_writer_start(hone_writer *writer,
                                      const hone_writer_events *events, hone_error *err);

/* ---- puts: 0 instead of a ticket means out of memory; nothing was queued ---- */

typedef struct hone_trial_row {
    uint64_t number;
    const hone_space *space;
    const hone_config *config;
    hone_budget budget; /* takes a value's place, and is no part of the identity */
    uint64_t parent;    /* that it begins as a copy of; 0: none */
    uint64_t seed;
    hone_time now;
} hone_trial_row;

/* A new trial, pending. */
uint64_t hone_writer_put_trial(hone_writer *writer, const hone_trial_row *row);

/* A trial that has ended goes on, with another budget where it has one: it is pending
 * again. */
uint64_t hone_writer_put_promotion(hone_writer *writer, uint64_t number,
                                   const hone_budget *budget, hone_time now);

typedef struct hone_attempt_start {
    uint64_t number;
    uint32_t attempt, repeat; /* both from 1 */
    uint32_t slot;
    hone_time at;
    const char *args; /* n_args strings, each followed by a NUL */
    uint32_t n_args;
    const char *env; /* likewise */
    uint32_t n_env;
    const char *workdir;
} hone_attempt_start;

/* The attempt is about to be started: trial becomes running. */
uint64_t hone_writer_put_start(hone_writer *writer, const hone_attempt_start *start);

/* What the keeper said of the started process. */
uint64_t hone_writer_put_pid(hone_writer *writer, uint64_t number, uint32_t attempt,
                             int64_t pid, hone_time at);

/* One point. metric->end, where a reader of that stream goes on, is written in the same
 * transaction (of HONE_FROM_FILE it is not kept), and so are the other points of the same
 * line: they are kept back until a point of another line, another record, flush or seal
 * says that there are no more. */
uint64_t hone_writer_put_metric(hone_writer *writer, uint64_t number, uint32_t attempt,
                                const hone_metric *metric, double step,
                                hone_source source, hone_time at);
/* Whatever is put from now on, until flush or seal, is written in one transaction. */
void hone_writer_join(hone_writer *writer);
/* All points of the last line, or all that is joined, have been put. */
void hone_writer_seal(hone_writer *writer);
/* Not all of them could be: takes back those that were. */
void hone_writer_unput(hone_writer *writer);

/* Before a running attempt is told to end: why. A later wish takes the place of an
 * earlier one. */
uint64_t hone_writer_put_wish(hone_writer *writer, uint64_t number, uint32_t attempt,
                              hone_wish wish);

typedef struct hone_attempt_end {
    uint64_t number;
    uint32_t attempt;
    hone_status status; /* the trial's from now on; PENDING: it is to run again */
    hone_reason reason;
    const char *detail; /* may be NULL */
    hone_time started_at, at;
    bool has_exit_code;
    int exit_code, signal;
    int64_t pid;
    double duration_s, cpu_time_s;
    int64_t max_rss;
    uint64_t stdout_start, stdout_end, stderr_start,
        stderr_end; /* as hone_exit has them */
    bool own_stdout, own_stderr;
    bool has_objective;
    double objective;
    bool scored;   /* a repeat that ended well, of a trial that has several */
    double score;  /* its own objective; NaN: it has none */
    double budget; /* that it has come to the end of, with `score`; 0: none */
    uint32_t n_metrics;
    const hone_metric_value *metrics; /* by `take` */
} hone_attempt_end;

uint64_t hone_writer_put_end(hone_writer *writer, const hone_attempt_end *end);

/* A trial that was recorded and never started is taken out again. */
uint64_t hone_writer_put_withdraw(hone_writer *writer, uint64_t number);
/* A trial that had ended becomes pending again: a failed one (`--retry-failed`), or one
 * that is completed, for more repeats. */
uint64_t hone_writer_put_again(hone_writer *writer, uint64_t number, hone_time now);
uint64_t hone_writer_put_state(hone_writer *writer, hone_sweep_state state,
                               const char *reason, hone_time now);

/* Somebody waits for what was put: it is written at once, and does not wait for more to
 * write along with it. Returns at once; does not shorten the pauses on a failing disk. */
void hone_writer_hurry(hone_writer *writer);

/* Bytes waiting in the queue: back-pressure for a reader of output (never for a trial).
 */
size_t hone_writer_backlog(hone_writer *writer);

/* Waits until everything put so far is on disk; 0, or the failure of the try that it
 * hurried on: it never waits for a disk to recover. */
HONE_MUST_CHECK int hone_writer_flush(hone_writer *writer, hone_error *err);

/* Flushes (one last try where the disk fails), ends the thread, checkpoints, gives the
 * lock back. NULL is fine. */
void hone_writer_close(hone_writer *writer);

#endif
