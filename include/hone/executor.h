/* The interface of an executor: what starts attempts and tells of their ends.
 *
 *   open  adopt*  (start | kill)*  close
 *
 * An executor acts and never decides: when to start, retry or stop is the engine's. It
 * has a fixed number of slots, 0..n-1; the engine never starts an attempt on a busy slot.
 *
 * `local` needs Linux 5.3 or newer (pidfd_open) for taking over. */
#ifndef HONE_EXECUTOR_H
#define HONE_EXECUTOR_H

#include <stdbool.h>
#include <stdint.h>

#include <hone/metrics.h>
#include <hone/trial.h>

struct uv_loop_s;

enum { HONE_PLACEMENT_MAX = 1024 };

/* One attempt to start. Everything is borrowed during the call. */
typedef struct hone_launch {
    uint64_t trial;
    uint32_t attempt;
    uint32_t slot;
    const char *args; /* n_args strings, each followed by a NUL; args[0] found by PATH */
    uint32_t n_args;
    const char *env;       /* n_env strings NAME=VALUE, over the inherited environment */
    uint32_t n_env;        /* (NAME alone takes a variable out) */
    const char *workdir;   /* absolute; NULL: the trial's own folder */
    const char *trial_dir; /* absolute; exists when the command starts */
    const char *params_json; /* content of the slot's params.json (HONE_PARAMS_FILE) */
    const char
        *wandb_yaml; /* content of the slot's config.yaml (WANDB_SWEEP_PARAM_PATH) */
    const char *args_json; /* content of the slot's args.json; NULL: not wanted */
    double timeout_s;      /* 0: none; enforced also when hone is gone */
    double grace_s;        /* from SIGTERM to SIGKILL */
    uint64_t memory_max; /* bytes for its whole process tree; above, it is killed (reason
                            OUT_OF_MEMORY); 0: no limit */
    const char *cpus;    /* processors that it may run on, "0-1,4"; NULL: all of hone's */
    const char *placement; /* a line that a hone_leftover brings back, under
                              HONE_PLACEMENT_MAX bytes; NULL: "" */
    bool journal_settled;  /* the ends of all earlier attempts of this slot are on disk:
                              its journal may be emptied */
} hone_launch;

/* How an attempt ended: what the exit record says. */
typedef struct hone_exit {
    uint64_t trial;
    uint32_t attempt;
    uint32_t slot;      /* number of the folder that has its output */
    hone_reason reason; /* NONE, EXIT, SIGNAL, TIMEOUT, OUT_OF_MEMORY, NOT_FOUND, LOST,
                           INTERRUPTED (HONE_ON_EXIT_KILL) */
    int exit_code;      /* -1 where there is none */
    int signal;         /* 0 where there is none */
    int spawn_errno;    /* of NOT_FOUND; of LOST where the machine had no space, process
                           or memory for it; else 0 */
    int64_t pid;
    hone_time started_at, ended_at;
    double duration_s; /* by a clock that nobody sets; NAN: not known, of LOST */
    double cpu_time_s; /* of the whole tree */
    int64_t max_rss;   /* bytes, of the largest process */
    int64_t memory; /* of OUT_OF_MEMORY by memory_max: bytes that the tree had; else 0 */
    /* Where its output lies: bytes [start, end) of the slot's file "stdout", or of a file
     * of its own, TRIAL_DIR/stdout.ATTEMPT, where start is 0; likewise "stderr". */
    uint64_t stdout_start, stdout_end, stderr_start, stderr_end;
    bool own_stdout, own_stderr;
    bool has_metrics_file; /* it wrote HONE_METRICS_FILE: now trial_dir/metrics.jsonl */
    bool has_trial_dir;    /* it left something in its folder */
    bool
        on_disk; /* this record, and all that the attempt left, outlast a loss of power */
} hone_exit;

/* Told to the engine, on the loop's thread, never from inside `start` or `kill`. */
typedef struct hone_executor_events {
    /* The command runs. Not told of an attempt that ends within milliseconds: its end
     * says when it started, and as which process. */
    void (*started)(void *arg, uint64_t trial, uint32_t attempt, int64_t pid,
                    hone_time at);
    /* All processes of the attempt have ended and nothing writes its output any more. */
    void (*ended)(void *arg, const hone_exit *exit);
    /* The slot cannot be used any more; `ended` (LOST) follows where an attempt ran. */
    void (*broken)(void *arg, uint32_t slot, const hone_error *why);
    void *arg;
} hone_executor_events;

/* An attempt of an earlier orchestrator that still runs. */
typedef struct hone_leftover {
    uint64_t trial;
    uint32_t attempt;
    uint32_t slot; /* number of its folder */
    int64_t pid, keeper_pid;
    hone_time started_at;
    char placement[HONE_PLACEMENT_MAX]; /* of its launch */
} hone_leftover;

typedef enum hone_kill { HONE_KILL_TERM, HONE_KILL_NOW } hone_kill;

/* What becomes of attempts that run when their orchestrator goes away: dies, or has to
 * leave them. (Attempts that it took over itself go on.) */
typedef enum hone_on_exit {
    HONE_ON_EXIT_KEEP, /* they go on, and the next orchestrator takes them over */
    HONE_ON_EXIT_KILL  /* they are ended (SIGTERM, grace, SIGKILL), reason INTERRUPTED */
} hone_on_exit;

typedef struct hone_executor_options {
    const char *dir; /* the sweep's folder in the store, absolute; exists */
    uint32_t n_slots;
    const char *keeper; /* program to run as keeper with the argument "__keeper";
                           NULL: this executable */
    hone_on_exit on_exit;
} hone_executor_options;

typedef struct hone_executor {
    const char *name; /* what `executor` says */
    const char *summary;
    int (*open)(void **self, struct uv_loop_s *loop, const hone_executor_options *options,
                const hone_executor_events *events, hone_error *err);
    /* Errors: HONE_ESPAWN, HONE_ENOMEM; then nothing was started. */
    int (*start)(void *self, const hone_launch *launch, hone_error *err);
    /* TERM begins the ladder (SIGTERM, grace, SIGKILL to the whole tree); NOW kills. The
     * reason in the exit record is then SIGNAL; why it was killed is the engine's word.
     */
    void (*kill)(void *self, uint64_t trial, hone_kill how);
    /* Appends the absolute path of a file of a slot: "stdout.now", "stderr.now" (what the
     * running attempt prints), "stdout", "stderr" (short output of ended ones, one behind
     * the other), "metrics.jsonl", "params.json", "config.yaml", "args.json". */
    void (*file)(void *self, uint32_t slot, const char *name, hone_buf *out);
    /* The number of the slot's folder (DIR/slots/FOLDER), which the record keeps: not the
     * slot itself where an old keeper still holds the folder of that number. */
    uint32_t (*folder)(void *self, uint32_t slot);
    /* Takes over an attempt that an earlier orchestrator's keeper still runs: `ended`
     * follows when it ends, at once where it has ended already, and `kill` works on it.
     * Takes no slot. NULL: attempts do not outlive their orchestrator. */
    int (*adopt)(void *self, const hone_leftover *leftover, hone_error *err);
    /* Lets idle keepers end; busy ones go on by themselves. `closed` is called (on the
     * loop) when every handle is closed. */
    void (*close)(void *self, void (*closed)(void *arg), void *arg);
} hone_executor;

HONE_API const hone_executor *hone_executor_find(const char *name);
/* In order of the list, NULL past its end. */
HONE_API const hone_executor *hone_executor_at(uint32_t i);

/* What earlier orchestrators' keepers left in `dir`: calls `ended` for each exit record,
 * also of attempts that were recorded long ago, and for each attempt that was lost (its
 * keeper is gone; what is left of its processes is ended here), and `running` for each
 * that still runs. Both synchronously, slot by slot in the order of the records. Only the
 * holder of the sweep's lock may call it, with no executor open on `dir`. Errors:
 * HONE_ENOMEM, HONE_EIO. */
HONE_API HONE_MUST_CHECK int
hone_executor_leftovers(const char *dir, void (*ended)(void *arg, const hone_exit *exit),
                        void (*running)(void *arg, const hone_leftover *leftover),
                        void *arg, hone_error *err);

/* The keeper's main program: for the argument "__keeper". Never returns to a caller that
 * has opened anything; call it first thing in main. */
HONE_API int hone_keeper_main(int argc, char **argv);

#endif
