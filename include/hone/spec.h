/* The sweep spec: a YAML file as typed data, and everything that is wrong with it.
 *
 *   hone_spec_read -> hone_spec (immutable, one arena) + hone_diagnostics
 *
 * A W&B sweep file is a spec, with the meaning it has there; hone's own keys come on top.
 */
#ifndef HONE_SPEC_H
#define HONE_SPEC_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <hone/metrics.h>
#include <hone/promoter.h>
#include <hone/scheduler.h>
#include <hone/space.h>
#include <hone/strategy.h>
#include <hone/trial.h>

typedef enum hone_severity {
    HONE_SEVERITY_ERROR,       /* the spec is refused by every command */
    HONE_SEVERITY_UNSUPPORTED, /* read and checked, but `run` refuses it: not yet built */
    HONE_SEVERITY_UNRUNNABLE,  /* a warning of `check`, refused by `run`: no command */
    HONE_SEVERITY_WARNING
} hone_severity;

typedef struct hone_diagnostic {
    hone_severity severity;
    int line, column; /* from 1; 0 where the whole file is meant */
    int width;        /* characters to underline, at least 1 */
    const char *text; /* "lr.min is 0; a log scale needs min > 0" */
    const char
        *source; /* the source line without its newline, cut at 200 bytes, or NULL */
} hone_diagnostic;

/* In the order of the file. Ends with a count of those left out past the limit of 100. */
typedef struct hone_diagnostics {
    uint32_t n;
    const hone_diagnostic *items;
    uint32_t n_left_out;
} hone_diagnostics;

typedef struct hone_objective {
    const char *name; /* NULL: the spec optimises nothing */
    bool maximize;
    bool has_target; /* of the first alone */
    double target;
} hone_objective;

/* Objectives in all, at most. */
enum { HONE_OBJECTIVES_MAX = 8 };

/* What `stop` says; 0, NaN and false mean "no such limit". */
typedef struct hone_stop {
    uint64_t trials;     /* the smaller of `stop.trials` and `run_cap` */
    double time_s;       /* wall seconds of the sweep's run */
    uint64_t stagnation; /* trials without improvement */
    double improvement;  /* the sweep ends where no more is to be expected */
    uint64_t failures;   /* failed trials */
    bool failures_given; /* else the default: the first 5 all fail the same way */
} hone_stop;

/* What `resources` gives each trial; 0: no such share. */
typedef struct hone_resources {
    double gpus; /* whole ones, or a part below 1 of one that trials share */
    int gpus_line, gpus_column;
    uint32_t cpus;   /* processors of its own */
    uint64_t memory; /* bytes for its whole process tree, a hard limit */
} hone_resources;

/* What `early_terminate` says. */
typedef struct hone_early_stop {
    const hone_scheduler *scheduler; /* NULL: no trial is stopped early */
    hone_settings settings;          /* checked */
    hone_watch watch; /* the metric it looks at, and the objective's goal */
} hone_early_stop;

/* What `warm_start` says: the best trials of an earlier sweep are tried first. */
enum { HONE_WARM_START_TOP = 10, HONE_WARM_START_MAX = 10000 };
typedef struct hone_warm_start {
    const char *sweep; /* name or id, of the same store; NULL: none */
    uint32_t top;      /* how many, 1 to HONE_WARM_START_MAX */
    int line, column;
} hone_warm_start;

/* A budget: a value in place of the one that a configuration has. */
typedef struct hone_budget {
    bool there;
    uint32_t param; /* index into the space */
    hone_value value;
} hone_budget;

/* What `fidelity`, or `promote`, says: trials climb a ladder of budgets. With `fidelity`
 * a parameter is the budget of a trial, chosen for it. In the space that parameter is a
 * constant, `range.max`; what a trial really has is beside its configuration
 * (hone_budget). */
typedef struct hone_fidelity {
    const hone_promoter *promoter; /* who chooses; NULL: no parameter is a budget */
    hone_settings settings;        /* of early_terminate, checked */
    bool by_step;   /* no parameter: rungs are steps of the metric that is watched, and a
                       trial is ended there and goes on from its checkpoint */
    uint32_t param; /* index into the space */
    hone_budget_range range;
} hone_fidelity;

typedef struct hone_env_entry {
    const char *name;
    const char *value; /* NULL: taken out of the environment */
} hone_env_entry;

/* Exit statuses, 1 to 255. */
enum { HONE_STATUSES_MAX = 32 };
typedef struct hone_statuses {
    uint32_t n;
    uint8_t items[HONE_STATUSES_MAX];
} hone_statuses;

/* What becomes of an attempt that failed. */
#define HONE_REASON_BIT(reason) (UINT32_C(1) << (reason))
typedef struct hone_retry {
    uint32_t retries; /* how often it is tried again; 0: never */
    uint32_t reasons; /* HONE_REASON_BIT of the reasons for which it is; by default all
                         but not-found and no-metric */
    hone_statuses statuses; /* and the exit statuses */
    hone_statuses
        requeue; /* exit statuses that mean "preempted, run me again": uncounted */
} hone_retry;

/* How often each configuration is run, with seeds of its own. */
typedef struct hone_repeats {
    uint32_t max; /* 0: `repeats` is not given, once */
    bool race;    /* whether one that has fallen behind completes with what it has... */
    uint32_t min; /* ...after this many */
} hone_repeats;

typedef struct hone_command hone_command; /* compiled; hone_command_expand */

typedef struct hone_spec {
    const char *name;   /* `name`, else the file's stem */
    const char *path;   /* as given; "-" for standard input */
    const char *source; /* the whole text, for the record */
    size_t source_len;
    const char *description; /* NULL where absent, like project and entity */
    const char *project, *entity;
    const char *program;
    const char *method;     /* a name */
    const char *external;   /* of method "external": the user's program; else NULL */
    hone_settings settings; /* of "external": what its mapping has besides, unchecked */
    hone_objective objective; /* the first */
    uint32_t n_others;        /* further ones, of a spec that seeks a trade-off */
    const hone_objective *others;
    uint32_t n_rules;
    const hone_rule *rules;
    const hone_space *space;
    const hone_command *command; /* NULL: neither program nor command */
    uint32_t concurrency;        /* 0: not given */
    uint64_t seed;
    bool seed_given;
    bool shuffled;    /* `order: shuffled` */
    double timeout_s; /* 0: none */
    double grace_s;   /* default 10 */
    uint32_t n_env;
    const hone_env_entry *env;
    const char
        *workdir; /* NULL: where hone was started; "trial": the trial's own folder */
    hone_stop stop;
    hone_retry retry;
    hone_repeats repeats;
    hone_resources resources;
    hone_early_stop early_stop;
    hone_warm_start warm_start;
    hone_fidelity fidelity;
    hone_diagnostics diagnostics; /* warnings and unsupported keys of a spec that loads */
    /* Digests of 32 hexadecimal digits: of what gives a result its meaning (command,
     * objective, rules, env, workdir), and of what is searched (parameters, constraints,
     * method, seed, order). Trials of another space may be kept, of another meaning not.
     */
    char digest[33], space_digest[33];
} hone_spec;

enum { HONE_SPEC_MAX_BYTES = 1024 * 1024 };

/* Reads the spec in `text` (`len` bytes, any bytes at all). `path` names it in messages.
 * Returns 0 and a spec in *out, which the caller frees; or HONE_ESPEC where a diagnostic
 * is an error: *out is then still set and holds the diagnostics and the name, nothing
 * else. HONE_ENOMEM otherwise. */
HONE_API HONE_MUST_CHECK int hone_spec_read(const char *path, const char *text,
                                            size_t len, hone_spec **out, hone_error *err);

/* The same from a file; "-" is standard input. HONE_EIO with the reason where it cannot
 * be read, HONE_ESPEC as above (also for a file over HONE_SPEC_MAX_BYTES). */
HONE_API HONE_MUST_CHECK int hone_spec_read_file(const char *path, hone_spec **out,
                                                 hone_error *err);
HONE_API void hone_spec_free(hone_spec *spec);

/* Appends "FILE:LINE:COLUMN: error: TEXT\n", the source line and a caret below it. */
HONE_API void hone_diagnostic_write(hone_buf *out, const char *path,
                                    const hone_diagnostic *diagnostic);

/* What a command needs of its trial besides the configuration. All borrowed. */
typedef struct hone_command_context {
    const char *params_json_file;                       /* path for ${args_json_file} */
    const char *(*getenv)(void *arg, const char *name); /* for ${envvar:X}; NULL: unset */
    void *getenv_arg;
} hone_command_context;

/* Appends the argument list of one configuration: each argument followed by a NUL byte.
 * A string command becomes /bin/sh -c TEXT with every value quoted for the shell.
 * `*n` is the number of arguments. Errors: HONE_ELIMIT, HONE_ENOMEM (from the buffer). */
HONE_API HONE_MUST_CHECK int hone_command_expand(const hone_command *command,
                                                 const hone_space *space,
                                                 const hone_config *config,
                                                 const hone_command_context *context,
                                                 hone_buf *argv, uint32_t *n);

/* Whether the command uses ${args_json_file} (the file is written only then). */
HONE_API bool hone_command_wants_json_file(const hone_command *command);

/* A configuration as a user says it: `texts` are n times NAME=VALUE, in any order. A
 * parameter that can have one value alone may be left out. Fills `config`, which has room
 * for the space and whose values borrow from it. Errors: HONE_EUSAGE with a line that
 * names the parameter (unknown: the nearest; a value: what it can be); HONE_ENOMEM. */
HONE_API HONE_MUST_CHECK int hone_config_read(const hone_space *space, uint32_t n,
                                              const char *const *texts,
                                              hone_config *config, hone_error *err);
/* The same from values that have their types: a number for a number, a list for a list;
 * names are those of the parameters, with dots. */
HONE_API HONE_MUST_CHECK int hone_config_take(const hone_space *space,
                                              const hone_settings *values,
                                              hone_config *config, hone_error *err);

/* The configuration as nested data: {"optimizer": {"lr": 0.1}}; absent ones left out.
 * JSON in W&B's form (args_json), or the parameter file that wandb.init reads
 * ("wandb_version: 1", then NAME: / value: ...; PyYAML reads every type back). */
HONE_API void hone_config_write_json(hone_buf *out, const hone_space *space,
                                     const hone_config *config);
HONE_API void hone_config_write_wandb(hone_buf *out, const hone_space *space,
                                      const hone_config *config);
/* Plain nested YAML that PyYAML reads back with the same types, `indent` spaces deep. */
HONE_API void hone_config_write_yaml(hone_buf *out, const hone_space *space,
                                     const hone_config *config, int indent);

#endif
