/* The words of a trial's life, and a trial as the record has it. */
#ifndef HONE_TRIAL_H
#define HONE_TRIAL_H

#include <stdbool.h>
#include <stdint.h>

#include <stddef.h>

#include <hone/error.h>
#include <hone/stats.h>
#include <hone/value.h>

/* The public status of a trial. */
#define HONE_STATUS_MAP(XX)                                                              \
    XX(PENDING, "pending") /* recorded, not started, or to be started again */           \
    XX(RUNNING, "running")                                                               \
    XX(COMPLETED, "completed") /* ended well; its objective counts */                    \
    XX(FAILED, "failed")                                                                 \
    XX(PRUNED, "pruned")       /* stopped early by a scheduler */                        \
    XX(CANCELLED, "cancelled") /* ended by the user */

typedef enum hone_status {
#define XX(name, text) HONE_STATUS_##name,
    HONE_STATUS_MAP(XX)
#undef XX
        HONE_N_STATUSES
} hone_status;

/* Why an attempt ended as it did; the words that users read and `retry_on` names. */
#define HONE_REASON_MAP(XX)                                                              \
    XX(NONE, "")     /* exit status 0 */                                                 \
    XX(EXIT, "exit") /* exit status other than 0 */                                      \
    XX(SIGNAL, "signal")                                                                 \
    XX(TIMEOUT, "timeout")                                                               \
    XX(OUT_OF_MEMORY, "out-of-memory")                                                   \
    XX(NO_METRIC, "no-metric") /* ended well, but the objective never appeared */        \
    XX(NOT_FOUND, "not-found") /* the command could not be started */                    \
    XX(LIMIT, "limit")                                                                   \
    XX(INTERRUPTED, "interrupted") /* ended by the orchestrator's own end: not run */    \
    XX(LOST, "lost") /* no exit record: the machine went down, or the keeper */

typedef enum hone_reason {
#define XX(name, text) HONE_REASON_##name,
    HONE_REASON_MAP(XX)
#undef XX
        HONE_N_REASONS
} hone_reason;

/* What the orchestrator wanted of a running attempt when it told it to end; on disk
 * before it is told, so that an end which nobody lives to see is taken for what it was.
 */
#define HONE_WISH_MAP(XX)                                                                \
    XX(NONE, "")                                                                         \
    XX(CANCELLED, "cancelled")     /* the user has given the trial up */                 \
    XX(PRUNED, "pruned")           /* a scheduler has */                                 \
    XX(INTERRUPTED, "interrupted") /* the orchestrator was told to end: not run */       \
    XX(ASKED, "asked") /* nothing: it is run by whoever asked for it (hone ask) */

typedef enum hone_wish {
#define XX(name, text) HONE_WISH_##name,
    HONE_WISH_MAP(XX)
#undef XX
        HONE_N_WISHES
} hone_wish;

/* The word of a status, reason or wish; NULL outside the enumeration. Static storage. */
HONE_API const char *hone_status_text(hone_status status);
HONE_API const char *hone_reason_text(hone_reason reason);
HONE_API const char *hone_wish_text(hone_wish wish);
/* The status, reason or wish with this word; false where there is none. */
HONE_API bool hone_status_find(const char *text, hone_status *status);
HONE_API bool hone_reason_find(const char *text, hone_reason *reason);
HONE_API bool hone_wish_find(const char *text, hone_wish *wish);

/* Microseconds since 1970-01-01 UTC; HONE_NO_TIME where something has not happened. */
typedef int64_t hone_time;
#define HONE_NO_TIME INT64_MIN

/* "2026-11-24T19:00:00.123456Z"; returns its length, 0 for HONE_NO_TIME. */
enum { HONE_TIME_TEXT = 32 };
HONE_API size_t hone_time_write(hone_time time, char text[static HONE_TIME_TEXT]);

/* The folder of a trial's repeat, below that of its sweep: "trials/17", of later repeats
 * "trials/17.2". Returns `text`. */
enum { HONE_TRIAL_FOLDER = 48 };
HONE_API const char *hone_trial_folder_write(uint64_t number, uint32_t repeat,
                                             char text[static HONE_TRIAL_FOLDER]);

/* A named parameter of a recorded trial: keys outermost first, so that nesting is kept.
 */
typedef struct hone_param_value {
    const char *name; /* keys joined by dots */
    const char *const *path;
    uint32_t depth;
    hone_value value; /* never ABSENT: absent parameters are left out */
} hone_param_value;

typedef struct hone_metric_value {
    const char *name;
    double value; /* by `take`, else the last */
    uint64_t n;   /* points in its history */
} hone_metric_value;

/* One trial as recorded. Everything pointed to is borrowed until the visit returns. */
typedef struct hone_trial_info {
    const char *sweep; /* name of the sweep */
    uint64_t number;
    hone_status status;
    hone_reason reason;
    const char
        *detail; /* a sentence for humans ("exit status 3", "no line ..."), or NULL */
    uint32_t n_params;
    const hone_param_value *params; /* in the order of the space */
    uint32_t n_metrics;
    const hone_metric_value *metrics; /* by name */
    bool has_objective;
    double objective;  /* as the spec's metric has it (not negated); may be NaN or inf */
    uint32_t n_scores; /* repeats that ended well, of a trial that has several */
    const double *scores; /* their objectives, NaN where one has none */
    uint32_t attempts;
    bool has_exit_code;
    int exit_code;
    int signal;                     /* 0: none */
    hone_time started_at, ended_at; /* of the last attempt */
    double duration_s, cpu_time_s;  /* NaN where unknown */
    int64_t max_rss;                /* bytes, -1 where unknown */
    uint64_t rerun_of;              /* 0: not a rerun */
    uint64_t parent;                /* that it began as a copy of; 0: none */
} hone_trial_info;

/* How many repeats count in the objective: 1 of a trial that has no more, 0 without a
 * result; and what they come to. */
HONE_API uint32_t hone_trial_repeats(const hone_trial_info *trial);
HONE_API hone_summary hone_trial_summary(const hone_trial_info *trial);
HONE_API double hone_trial_se(const hone_trial_info *trial); /* NaN where not known */

/* One execution of a trial's command. */
typedef struct hone_attempt_info {
    uint32_t number;
    uint32_t repeat; /* from 1 */
    bool scored;     /* ended well, one of several */
    double score;    /* its own objective then, NaN: none */
    double budget;   /* fidelity's, that it came to the end of, with `score`; 0: none */
    hone_time started_at, ended_at;
    hone_reason reason;
    bool has_seed; /* its HONE_SEED is known */
    uint64_t seed;
    bool has_exit_code;
    int exit_code, signal;
    int64_t pid;
    const char *host;
    double cpu_time_s;
    int64_t max_rss;
    uint32_t slot;
    /* Where its output lies: byte ranges of two files, paths relative to the store. */
    const char *stdout_path, *stderr_path;
    uint64_t stdout_start, stdout_end, stderr_start,
        stderr_end; /* end: UINT64_MAX open */
} hone_attempt_info;

/* Everything that tells how an attempt was run; of the trial's last attempt. */
typedef struct hone_trial_detail {
    uint32_t n_args;
    const char *const *args;
    const char *workdir;
    const char *trial_dir; /* absolute; exists only where the trial left something */
    uint32_t n_env;
    const char *const *env; /* NAME=VALUE, what differs from hone's own */
    uint64_t seed;
    const char *host;
} hone_trial_detail;

#endif
