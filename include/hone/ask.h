/* A strategy for a loop of one's own: trials are asked for, run by whoever asked, and
 * told what they came to. Each call takes the sweep's lock, rebuilds the strategy from
 * the record, and gives the lock back: a trial that was asked for is running in the
 * record, and stays so for as long as it takes. hone_sweep_run leaves it alone. */
#ifndef HONE_ASK_H
#define HONE_ASK_H

#include <hone/spec.h>

/* A trial that was given: on disk. Borrowed until the call returns. */
typedef struct hone_asked {
    const char *sweep;
    uint64_t trial;
    uint64_t seed; /* as HONE_SEED of a trial that hone runs */
    uint32_t n_params;
    const hone_param_value *params;
} hone_asked;

typedef struct hone_ask_options {
    const char *store; /* folder; NULL: ".hone" */
    const char *name;  /* of the sweep; NULL: the spec's */
    uint64_t n;        /* trials */
    void (*given)(void *arg, const hone_asked *trial);
    void (*said)(void *arg, const char *line); /* for the user; may be NULL */
    void *arg;
} hone_ask_options;

typedef enum hone_ask_end {
    HONE_ASK_ALL,   /* all n were given */
    HONE_ASK_WAITS, /* the strategy has nothing until results are told */
    HONE_ASK_DONE   /* it has nothing any more, or `stop` ends the sweep */
} hone_ask_end;

/* The sweep is created where the store does not have it; a command is not needed. Errors:
 * those of hone_sweep_run; HONE_EREFUSED where an external sampler cannot be asked. For
 * one of those the caller ignores SIGPIPE. Where another ask or tell has the sweep, it is
 * waited for, ten seconds at the most. */
HONE_API HONE_MUST_CHECK int hone_ask(const hone_spec *spec,
                                      const hone_ask_options *options, hone_ask_end *end,
                                      hone_error *err);

typedef struct hone_tell_request {
    uint64_t trial;
    uint32_t n_metrics;
    const hone_metric_value *metrics; /* name and value */
    bool on_the_way;                  /* a point of a trial that goes on: `step` holds */
    double step;
    hone_status status; /* else: COMPLETED, FAILED, PRUNED or CANCELLED */
    const char *detail; /* why, where not COMPLETED; NULL: "as hone tell said" */
} hone_tell_request;

typedef struct hone_told {
    hone_status status; /* RUNNING: it goes on */
    bool has_objective;
    double objective;
} hone_told;

/* Ends a trial that was asked for, or adds points to it, and returns when that is on
 * disk. Errors: HONE_EREFUSED (no trial that is out), HONE_EUSAGE (no value for the
 * objective of a completed one), and those of hone_sweep_run. */
HONE_API HONE_MUST_CHECK int hone_tell(const hone_spec *spec, const char *store,
                                       const char *name, const hone_tell_request *request,
                                       hone_told *told, hone_error *err);

#endif
