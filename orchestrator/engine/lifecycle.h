/* The life of a trial as a table: which event leads from which state to which.
 *
 * The table is the only place that knows; everything else asks hone_lifecycle_next. */
#ifndef HONE_ENGINE_LIFECYCLE_H
#define HONE_ENGINE_LIFECYCLE_H

#include <stdbool.h>

#include <hone/trial.h>

typedef enum hone_state {
    HONE_STATE_NEW,       /* suggested, its row on the way to the disk */
    HONE_STATE_PENDING,   /* recorded, waits for a slot */
    HONE_STATE_STARTING,  /* handed to the executor */
    HONE_STATE_RUNNING,   /* the executor has named its process */
    HONE_STATE_STOPPING,  /* told to end; runs until its tree has ended */
    HONE_STATE_RESTING,   /* has come to a rung, may be promoted */
    HONE_STATE_COMPLETED, /* from here on: final */
    HONE_STATE_FAILED,
    HONE_STATE_PRUNED,
    HONE_STATE_CANCELLED,
    HONE_N_STATES
} hone_state;

typedef enum hone_step {
    HONE_STEP_RECORDED,  /* its row is on disk */
    HONE_STEP_START,     /* given to a slot */
    HONE_STEP_STARTED,   /* its process runs */
    HONE_STEP_STOP,      /* SIGTERM is on its way */
    HONE_STEP_SUCCEEDED, /* ended well */
    HONE_STEP_FAILED,    /* ended badly, for good */
    HONE_STEP_PRUNED,    /* ended on a scheduler's word */
    HONE_STEP_RESTED,    /* has come to a rung */
    HONE_STEP_UNDONE,    /* ended, but counts as not run: it is to run again */
    HONE_STEP_CANCELLED, /* given up by the user: ended, or never to be started */
    HONE_N_STEPS
} hone_step;

/* The state after `step`, or HONE_N_STATES where the step is illegal in `state`. */
hone_state hone_lifecycle_next(hone_state state, hone_step step);

/* The public word for a state. */
hone_status hone_lifecycle_status(hone_state state);

/* Whether nothing can follow. */
bool hone_lifecycle_final(hone_state state);

/* Lower-case names for messages and for the table in the docs. Static storage. */
const char *hone_lifecycle_state_name(hone_state state);
const char *hone_lifecycle_step_name(hone_step step);

#endif
