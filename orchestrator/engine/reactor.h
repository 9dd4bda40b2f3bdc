/* The reactor: everything that is decided while a sweep runs, and nothing that is done.
 *
 *   init  (replay | revive)*  begin  (step -> actions)*  release
 *
 * It is told what happened (hone_event) and answers with what is to be done
 * (hone_action), in order. No clock, no file, no process, no random number: the same
 * events give the same actions, which is what makes a sweep testable in microseconds and
 * a record replayable.
 *
 * A slot is filled as soon as it is free: trials are suggested and recorded a little
 * ahead, so that one whose row is on disk is always waiting. How far ahead adapts: each
 * time a slot stands free only because rows are on their way to the disk, the distance
 * doubles. A strategy that learns from results is asked no further ahead than there are
 * free slots. */
#ifndef HONE_ENGINE_REACTOR_H
#define HONE_ENGINE_REACTOR_H

#include <stdbool.h>
#include <stdint.h>

#include <hone/executor.h>
#include <hone/spec.h>

#include "engine/early.h"
#include "engine/ladder.h"
#include "engine/lifecycle.h"
#include "engine/goals.h"
#include "engine/repeats.h"
#include "engine/seats.h"
#include "engine/stop.h"
#include "engine/tally.h"

/* A trial in flight: from its suggestion to the moment its end is decided. Owned by the
 * reactor; lent to the loop with each action until the next step. */
typedef struct hone_run {
    uint64_t number;
    uint32_t attempt; /* of the present or next start, from 1 */
    uint32_t slot;    /* while started */
    uint32_t n_lost;  /* attempts that ended without an exit record */
    uint32_t n_retried, n_requeued;
    uint32_t n_refused; /* attempts that the machine had no room for */
    uint32_t delay_ms;  /* to wait before the next attempt */
    hone_state state;
    bool interrupted; /* told to end because the orchestrator ends */
    bool wished;      /* that it is to end is on disk, or on the way there */
    bool returning;   /* it is to run again as soon as its last end is on disk */
    hone_kill how;    /* to end it, once the wish is on disk */
    bool cancelled;   /* given up by the user: it ends for good, however it ends */
    bool pruned;      /* stopped by the scheduler: likewise */
    bool delayed;     /* waits for its delay to be over */
    bool requeues;    /* its last attempt said that it was preempted */
    bool refused;     /* its present attempt was: it never ran */
    bool out;         /* with whoever asked for it: pending here, running by the record */
    bool rests;       /* at a rung, its last end on disk, not promoted */
    bool copying;     /* what it begins with is being copied from its parent */
    uint64_t parent;  /* that it began as a copy of; 0: none */
    bool stands;      /* at the rung of its budget, a step, to be ended there */
    bool came;        /* its last attempt has come to its rung... */
    double came_to;   /* ...with this objective, of which the ladder is to be told */
    double budget;    /* of the present or next attempt, or the step of the next rung; 0:
                         there is no ladder */
    hone_tally tally; /* of the present attempt */
    double *scores;   /* of the repeats that ended well; owned */
    uint32_t n_scores, cap_scores;
    char *why; /* of a pruned one: the scheduler's reason; of a completed one: that it
                  lost a race; owned, may be NULL */
    struct hone_run *next_in_bucket;
    struct hone_run *next_ready;
    hone_config *config; /* owned */
} hone_run;

/* The repeat that its present or next attempt is of, from 1. Once a repeat has ended well
 * (n_scores has grown) this is the one after it. */
uint32_t hone_run_repeat(const hone_run *run);

typedef enum hone_event_kind {
    HONE_EVENT_SUGGESTED,  /* config */
    HONE_EVENT_WAIT,       /* the strategy has nothing until more results are in */
    HONE_EVENT_EXHAUSTED,  /* the strategy has nothing any more */
    HONE_EVENT_UNANSWERED, /* the strategy cannot be asked any more; text says why */
    HONE_EVENT_RECORDED,   /* number: its row is on disk */
    HONE_EVENT_STARTED,    /* number */
    HONE_EVENT_REFUSED,    /* number: could not be started; `exit` and text say why */
    HONE_EVENT_ENDED,      /* number, exit: its processes are gone, its output is read */
    HONE_EVENT_SETTLED,    /* number: its end is on disk */
    HONE_EVENT_WISHED,     /* number: the wish to end it is on disk */
    HONE_EVENT_DUE,        /* number: its delay is over */
    HONE_EVENT_REACHED,    /* number: its objective met the target while it runs */
    HONE_EVENT_REPORT,     /* report: a point of the metric that the scheduler watches */
    HONE_EVENT_INTERRUPT,  /* the user: one step of the ladder */
    HONE_EVENT_TERMINATE,  /* the system: the second step at once */
    HONE_EVENT_PAUSE,      /* the user, like all up to ADD: start no more for now */
    HONE_EVENT_RESUME,     /* and now go on */
    HONE_EVENT_STOP,       /* the first step of the ladder */
    HONE_EVENT_SCALE,      /* number: the concurrency from now on */
    HONE_EVENT_CANCEL,     /* number, how: give this trial up */
    HONE_EVENT_ADD,        /* config: is to be the next trial */
    HONE_EVENT_HOLD,       /* the loop: start no more until RELEASE; text says why */
    HONE_EVENT_RELEASE,    /* and now go on; text says so */
    HONE_EVENT_TIME_UP,    /* `stop.time` */
    HONE_EVENT_ENOUGH,     /* the loop: the sweep has what it wanted; text says why */
    HONE_EVENT_HALT        /* the loop: the record cannot be written; text says why */
} hone_event_kind;

typedef struct hone_event {
    hone_event_kind kind;
    uint64_t number;
    const hone_config *config; /* borrowed during the step */
    const hone_exit *exit;     /* likewise */
    hone_report report; /* its value as printed; of an attempt whose processes have gone
                           it changes nothing for the trial itself */
    bool gone;          /* of REPORT: they have */
    const char *text;   /* likewise */
    hone_kill how;
} hone_event;

typedef enum hone_action_kind {
    HONE_ACTION_ASK,      /* ask the strategy for trial `number` */
    HONE_ACTION_RECORD,   /* write its row */
    HONE_ACTION_START,    /* start attempt run->attempt on run->slot */
    HONE_ACTION_WISH,     /* write that run->attempt is told to end, and why: `wish` */
    HONE_ACTION_KILL,     /* number, how */
    HONE_ACTION_CONCLUDE, /* write the attempt's end, as `end` has it */
    HONE_ACTION_DELAY,    /* tell HONE_EVENT_DUE of `number` after run->delay_ms */
    HONE_ACTION_CANCEL,   /* write that a trial that waited is given up */
    HONE_ACTION_PROMOTE,  /* write that it is to go on, with run->budget */
    HONE_ACTION_WITHDRAW, /* take the row of a trial that was never started out again */
    HONE_ACTION_SAY,      /* a line for the user: text */
    HONE_ACTION_FINISH    /* the run is over; the last action ever */
} hone_action_kind;

/* What an attempt came to. */
typedef struct hone_verdict {
    hone_status status; /* PENDING: it is to run again */
    hone_reason reason;
    bool has_objective;
    double objective;
    bool best;     /* the best trial so far */
    bool scored;   /* a repeat ended well, of a trial that has several */
    double score;  /* its own objective; NaN: it has none */
    bool rests;    /* it has come to a rung, and may be promoted; status is PRUNED */
    double budget; /* that it has had, where it came to its rung; else 0 */
} hone_verdict;

typedef struct hone_action {
    hone_action_kind kind;
    uint64_t number;
    hone_run *run; /* all but ASK, SAY, FINISH, KILL: borrowed until the next step */
    hone_kill how;
    hone_wish wish;
    hone_verdict verdict;
    const char *text;
} hone_action;

/* What is said of an out trial that was given up. */
#define HONE_OUT_CANCELLED "by the user, while it was with whoever asked for it"

/* Filled by a step, emptied by the loop. */
typedef struct hone_actions {
    hone_action *items;
    uint32_t n, cap;
    bool failed; /* out of memory: the sweep must halt */
} hone_actions;

/* Appends one; without memory sets `failed`. */
void hone_actions_add(hone_actions *actions, hone_action action);
void hone_actions_release(hone_actions *actions);

typedef struct hone_reactor_options {
    const hone_spec *spec; /* borrowed */
    hone_take objective_take;
    uint32_t concurrency; /* at least 1 */
    uint32_t n_slots;     /* at least concurrency; taken-over trials may fill more */
    uint64_t planned;     /* trials in all; UINT64_MAX: endless */
    uint64_t limit;       /* the strategy is asked for no trial beyond this; 0: planned */
    bool adaptive;        /* the strategy learns from results */
    bool retry_failed;
    hone_ladder *ladder;   /* what `fidelity` asks for, borrowed; NULL: nothing */
    hone_early *early;     /* what `early_terminate` asks for, borrowed; NULL: nothing */
    hone_devices *devices; /* what slots get of the machine, borrowed; NULL: nothing */
} hone_reactor_options;

enum {
    HONE_RUN_BUCKETS = 1024,
    HONE_AHEAD_MAX = 256, /* trials recorded ahead at the most */
    HONE_UNSETTLED_MAX =
        4096,               /* ends that may wait for the disk before starts wait too */
    HONE_REQUEUE_MAX = 100, /* times a trial may say that it was preempted */
    HONE_REFUSED_MAX = 4,   /* refused attempts of one trial that end the run */
    HONE_DELAY_FIRST_MS = 1000, /* before the first retry; doubles with each */
    HONE_DELAY_MAX_MS = 60000,
    HONE_LOST_MAX = 3 /* attempts of one trial that may vanish before it fails */
};

typedef struct hone_reactor {
    hone_reactor_options options;
    hone_stopper stopper;
    hone_summary best; /* the repeats of the stopper's best trial */
    uint64_t counts[HONE_N_STATUSES];
    uint64_t next_number;                /* to be suggested */
    hone_run *buckets[HONE_RUN_BUCKETS]; /* runs in flight, by number */
    hone_run *ready_first, *ready_last;  /* recorded, waiting for a slot, in order */
    hone_run *spare;                     /* ended runs, kept for their memory */
    hone_seats seats;
    uint32_t n_busy;
    uint32_t n_recording, n_ready;
    uint32_t n_copying;   /* of those that are being recorded */
    uint32_t n_delayed;   /* wait for their delay to be over */
    uint32_t n_returning; /* runs that are `returning` */
    uint64_t n_unsettled; /* ends on their way to the disk */
    uint32_t ahead;       /* how many trials are recorded ahead */
    uint64_t last_kept;   /* this trial and those before it are never withdrawn */
    bool begun, asking, waiting, exhausted, paused, held, halted, finished;
    bool stale;      /* the number that is asked for was taken by the user: ask anew */
    bool unwritable; /* nothing that waits for the disk is waited for any more */
    int interrupts;
    hone_stop_verdict verdict;
    char why[300];
    char said[160]; /* the text of a SAY, until the next step */
} hone_reactor;

/* Errors: HONE_ENOMEM. */
HONE_MUST_CHECK int hone_reactor_init(hone_reactor *reactor,
                                      const hone_reactor_options *options);
void hone_reactor_release(hone_reactor *reactor);

/* How an attempt of the record ended. */
typedef struct hone_replay_end {
    hone_reason reason;
    int exit_code; /* -1: none */
    bool scored;   /* a repeat that ended well, and its objective */
    double score;
    double budget; /* that it came to the end of, with `score`; 0: none */
} hone_replay_end;

/* A rung that a trial has come to. */
typedef struct hone_arrival {
    double step;  /* of the rung */
    double value; /* as printed */
} hone_arrival;

/* A trial of the record, as hone_writer_load visits them; before `begin`. */
typedef struct hone_replay {
    uint64_t number;
    hone_status status;
    hone_reason reason;
    int code; /* exit code, or minus the signal */
    bool has_objective;
    double objective;
    hone_goals goals; /* [0] is not needed: it is `objective` */
    uint32_t attempts;
    hone_wish wish;              /* of its last attempt, where it is RUNNING */
    const hone_replay_end *ends; /* of its ended attempts that ran, where it is to run */
    uint32_t n_ends;
    hone_summary summary; /* of its repeats, where it has several */
    uint32_t n_repeats;   /* of a completed one: more may be wanted; 0: never */
    bool behind;          /* it lost a race with that many */
    uint64_t sequence;    /* of its last change, for the order of ends */
    const hone_config *config;
    double budget;       /* that it was given last; 0: none */
    uint64_t parent;     /* that it began as a copy of; 0: none */
    uint32_t n_arrivals; /* where rungs are steps: those that its ended attempts have come
                            to, by the points of the metric that is watched */
    const hone_arrival *arrivals;
    bool foreign; /* no longer in the spec; the replayer says so */
} hone_replay;

/* Takes one trial of the record into account: an ended one counts, one that is to run (or
 * to run again) becomes ready. Tells what became of it. */
typedef enum hone_replayed {
    HONE_REPLAY_NOMEM,
    HONE_REPLAY_ENDED,
    HONE_REPLAY_READY,
    HONE_REPLAY_OUT,  /* running by the record, with whoever asked for it: left alone, or
                         cancelled */
    HONE_REPLAY_AGAIN /* had ended, and becomes ready: failed, by retry_failed; completed,
                         by a spec that wants more repeats. The record must say so */
} hone_replayed;
/* Whether it is ENDED, told beforehand. */
bool hone_reactor_has_ended(const hone_reactor *reactor, const hone_replay *trial);
/* Whether it rests at a rung: ended, and may be promoted. */
bool hone_reactor_rests(const hone_reactor *reactor, const hone_replay *trial);
hone_replayed hone_reactor_replay(hone_reactor *reactor, const hone_replay *trial);

/* A ready trial is found to be running under an old keeper, or to have ended unnoticed:
 * it takes a slot and counts as started. NULL where no slot is left. */
hone_run *hone_reactor_revive(hone_reactor *reactor, uint64_t number, uint32_t attempt);

/* Fills the free slots for the first time; until then nothing is started, whatever the
 * steps before it have told of what an earlier run has left. */
void hone_reactor_begin(hone_reactor *reactor, hone_actions *actions);

/* One event, any number of actions, appended to `actions`. */
void hone_reactor_step(hone_reactor *reactor, const hone_event *event,
                       hone_actions *actions);

/* Whether there is nothing to do for a free slot, or for any, before the disk has what is
 * on its way to it. */
bool hone_reactor_starves(const hone_reactor *reactor);

/* The number of a trial in flight with this very configuration, or 0. */
uint64_t hone_reactor_find(const hone_reactor *reactor, const hone_config *config);

/* The trial in flight with this number, or NULL. */
hone_run *hone_reactor_run(const hone_reactor *reactor, uint64_t number);

#endif
