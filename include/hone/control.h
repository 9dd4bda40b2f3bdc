/* Steering a sweep from another process: while an orchestrator runs it, through a socket
 * in the sweep's folder, which only its owner may use; else in the record.
 *
 * docs/steering.md has the protocol, for programs that speak it themselves. */
#ifndef HONE_CONTROL_H
#define HONE_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#include <hone/error.h>

typedef enum hone_control_kind {
    HONE_CONTROL_STATUS,
    HONE_CONTROL_PAUSE,  /* start no more trials; those that run go on */
    HONE_CONTROL_RESUME, /* and now start them again */
    HONE_CONTROL_STOP,   /* let the running trials finish, and end */
    HONE_CONTROL_SCALE,  /* another number of trials at a time */
    HONE_CONTROL_KILL,   /* cancel one trial, whether it runs or waits */
    HONE_CONTROL_ADD,    /* a configuration of the user's, as the next trial */
    HONE_N_CONTROLS
} hone_control_kind;

/* The most that a request's `params` may be. */
enum { HONE_CONTROL_PARAMS_MAX = 1000, HONE_CONTROL_LINE_MAX = 64 * 1024 };

typedef struct hone_control_request {
    hone_control_kind kind;
    bool now;                  /* STOP: end the running trials; KILL: without SIGTERM */
    uint32_t concurrency;      /* SCALE: at least 1 */
    uint64_t trial;            /* KILL */
    uint32_t n_params;         /* ADD */
    const char *const *params; /* "NAME=VALUE" each; borrowed */
} hone_control_request;

typedef struct hone_control_answer {
    bool live;   /* an orchestrator has answered; else the record was changed */
    bool paused; /* where live, like all below up to waiting */
    bool ending; /* it starts no more trials */
    uint32_t concurrency;
    uint64_t running, waiting; /* trials */
    uint64_t trial;            /* KILL, ADD: its number */
    char said[200];            /* what was done, one line, for the user */
} hone_control_answer;

/* Carries out a request on the sweep with this name or uid in the store at `store`, and
 * returns when it is done: a trial that was added or cancelled is on disk then. Waits at
 * most a few seconds. Errors: HONE_EREFUSED with the reason (nothing like that runs,
 * there is such a trial already), HONE_EUSAGE (a wrong parameter), HONE_ENOTFOUND (no
 * sweep), HONE_EIO (the orchestrator does not answer), and those of a store. */
HONE_API HONE_MUST_CHECK int hone_control_steer(const char *store, const char *sweep,
                                                const hone_control_request *request,
                                                hone_control_answer *answer,
                                                hone_error *err);

/* Asks a live orchestrator alone, through the socket of the sweep with this uid, and
 * waits no longer than `timeout_ms`. HONE_ENOTFOUND where none listens. */
HONE_API HONE_MUST_CHECK int hone_control_ask(const char *store, const char *uid,
                                              const hone_control_request *request,
                                              int timeout_ms, hone_control_answer *answer,
                                              hone_error *err);

#endif
