/* A running sweep from the inside: what the files of the loop share.
 *
 *   sweep.c    open, close, run                 resume.c   from the record to a reactor
 *   loop.c     libuv: callbacks, the queue      perform.c  carries out actions
 *   outcome.c  words and numbers for the user
 *   control.c  the socket for steering        steer.c    what a request does
 *   beat.c     a sign of life for other machines
 *   sampler.c  where the method is a program of the user's
 *
 * libuv's callbacks only turn what happened into an event (hone_loop_post). One place,
 * the prepare hook in loop.c, empties the queue before the loop waits, asks the reactor,
 * and has the actions carried out. */
#ifndef HONE_ENGINE_SWEEP_STATE_H
#define HONE_ENGINE_SWEEP_STATE_H

#include <stdatomic.h>
#include <uv.h>

#include <hone/executor.h>
#include <hone/sweep.h>

#include "engine/allot.h"
#include "engine/disk.h"
#include "engine/external.h"
#include "engine/fifo.h"
#include "engine/launch.h"
#include "engine/plan_state.h"
#include "engine/reactor.h"
#include "engine/tail.h"
#include "store/writer.h"

/* A sweep has at least so many slots, however few it uses. */
enum { HONE_SLOTS_MIN = 1024 };

/* A slot as the loop sees it. */
typedef struct hone_slot {
    hone_tail tail;
    uint64_t number; /* trial on it, 0: free */
    uint32_t attempt;
    uint32_t repeat;
    uint32_t folder;     /* of its files, as the executor numbers them */
    bool ended;          /* its processes are gone; its output is being read to the end */
    hone_exit exit;      /* where ended */
    uint64_t end_ticket; /* of the last end on this slot, 0: none */
} hone_slot;

/* What waits for the disk, by ticket. */
typedef struct hone_due {
    uint64_t ticket;
    hone_event_kind kind; /* RECORDED, WISHED or SETTLED */
    uint64_t number;
    hone_exit exit;       /* of SETTLED */
    hone_verdict verdict; /* likewise */
} hone_due;

/* A trial that is to be tried again, and when. */
typedef struct hone_delay {
    uint64_t number;
    uint64_t due_ns; /* by uv_hrtime */
} hone_delay;

/* The libuv handles; all closed by hone_loop_close. */
typedef struct hone_handles {
    uv_prepare_t before_wait;
    uv_async_t store_news; /* from the writer's thread */
    uv_timer_t tail;       /* looks at the output of running trials */
    uv_timer_t progress;
    uv_timer_t time_up;
    uv_timer_t space; /* looks at the disk */
    uv_timer_t beat;  /* tells other machines that this one lives */
    uv_idle_t busy;   /* keeps the loop from waiting while output is left to read */
    uv_signal_t signals[3];
    uv_handle_t *open[11]; /* those above that are initialised */
    uint32_t n_open;
} hone_handles;

/* News from the writer's thread. */
typedef struct hone_store_news {
    atomic_uint_fast64_t committed; /* highest ticket on disk */
    atomic_bool failed;
    hone_error why; /* written before `failed` is set, read after */
} hone_store_news;

/* Where the metric that is being told comes from. */
typedef struct hone_metric_context {
    hone_sweep *sweep;
    hone_run *run;
    hone_source source;
    hone_time now;
} hone_metric_context;

/* The sign of life that is being written, on a thread of libuv's: a network file system
 * may take its time. */
typedef struct hone_beat {
    uv_work_t work;
    char *path; /* of the lock file; owned */
    unsigned n;
    bool busy; /* the thread has it */
    int code;  /* of the last one */
    hone_error err;
} hone_beat;

typedef struct hone_control hone_control;

struct hone_sweep {
    uv_loop_t *loop;
    hone_sweep_options options;
    const hone_spec *spec; /* borrowed */
    hone_plan *plan;
    hone_extractor *extractor;
    hone_writer *writer;
    hone_launcher launcher;
    const hone_executor *executor;
    void *executor_self;
    hone_allotment allotment; /* before the reactor, which borrows from it */
    hone_early early;         /* likewise */
    hone_reactor reactor;
    hone_actions actions;
    hone_fifo events; /* hone_event */
    hone_fifo dues;   /* hone_due, by ticket */
    hone_fifo delays; /* hone_delay: trials that wait to be tried again */
    hone_slot *slots;
    uint32_t n_slots;
    hone_handles handles;
    hone_control *control;   /* owned */
    hone_external *external; /* owned; NULL: the method is a strategy of hone's */
    hone_beat beat;
    hone_store_news news;
    hone_disk disk;
    uint64_t waits_since_ns; /* for space, with nothing running; 0: it does not */
    hone_tail_reader reader;
    hone_metric_context metric;
    hone_buf best_params;      /* of the best trial so far, for progress */
    hone_buf slot_dir;         /* scratch: a slot's folder */
    char name[144], uid[16];   /* name: 120 bytes, and room for "-2" and so on */
    int64_t id;                /* in the store */
    hone_sweep_state recorded; /* when it was loaded */
    bool extended;    /* the record was begun with another space than the spec's */
    char *dir;        /* of the sweep in the store, absolute; owned */
    uint64_t n_ended; /* in this run */
    hone_time began;
    uint64_t began_mono; /* uv_hrtime */
    int signal;          /* the first that came, 0: none */
    int failure;         /* HONE_E* that ended the run, 0: none */
    hone_error failure_detail;
    char enough[160];   /* why no more is expected; "": more is */
    hone_error refusal; /* why the last attempt was refused */
    bool finished;
};

/* ---- sweep.c ---- */

typedef enum hone_sweep_use {
    HONE_SWEEP_TO_RUN,
    HONE_SWEEP_TO_RECORD /* nothing is ever started: no command is needed */
} hone_sweep_use;

typedef struct hone_resume hone_resume;
/* The first half of opening: the plan, the record under its lock, and the reactor and the
 * strategy as the record has left them. On error nothing is left to be released. */
HONE_MUST_CHECK int hone_sweep_load(hone_sweep **out, const hone_sweep_options *options,
                                    const hone_spec *spec, hone_sweep_use use,
                                    hone_resume **resume, hone_error *err);
/* Of a sweep that was loaded and not opened; its handles are closed. */
void hone_sweep_release(hone_sweep *sweep);

/* ---- loop.c ---- */

/* Errors: HONE_ENOMEM and what libuv says, as HONE_EIO. */
HONE_MUST_CHECK int hone_loop_open(hone_sweep *sweep, hone_error *err);
void hone_loop_begin(hone_sweep *sweep);
/* Closes all handles that were opened. */
void hone_loop_close(hone_sweep *sweep);
/* Ends the run: closes executor, writer and handles, in this order. */
void hone_loop_leave(hone_sweep *sweep);
void hone_loop_post(hone_sweep *sweep, const hone_event *event);
/* Gives all posted events to the reactor and carries out what it answers. Never from
 * inside a callback. */
void hone_loop_drain(hone_sweep *sweep);
/* The run cannot go on as it should; the first failure counts. */
void hone_loop_fail(hone_sweep *sweep, int code, const char *text);
hone_time hone_loop_now(void);
hone_executor_events hone_loop_executor_events(hone_sweep *sweep);
hone_writer_events hone_loop_store_events(hone_sweep *sweep);

/* ---- beat.c ---- */

/* Begins to tell, by a timer that the loop has opened. Errors: HONE_ENOMEM. */
HONE_MUST_CHECK int hone_beat_begin(hone_sweep *sweep, hone_error *err);
void hone_beat_release(hone_sweep *sweep);

/* ---- perform.c ---- */

void hone_perform(hone_sweep *sweep, const hone_action *action);
/* Writes the row of a new trial; RECORDED follows. */
void hone_perform_put_trial(hone_sweep *sweep, const hone_run *run);
/* In inherit.c: gives a new trial a copy of its parent's checkpoint folder, on a thread,
 * and then writes its row. */
void hone_perform_copy(hone_sweep *sweep, const hone_run *run);
/* Where the attempt on a slot writes; borrowed until the next call. Without memory no
 * folders, which reading refuses. */
hone_tail_start hone_perform_where(hone_sweep *sweep, const hone_slot *slot);
/* Writes the row of the attempt on a slot; its ticket, or 0 without memory. */
uint64_t hone_perform_put_start(hone_sweep *sweep, const hone_slot *slot,
                                const hone_launch *launch, hone_time at);
/* The end of an attempt, its output read: called by the loop. */
void hone_perform_ended(hone_sweep *sweep, hone_slot *slot);
/* Ends the sweep where stop.expected_improvement says so. */
void hone_perform_promise(hone_sweep *sweep);
/* An end is on disk: the strategy and the observer are told. */
void hone_perform_settled(hone_sweep *sweep, const hone_due *due);

/* ---- outcome.c ---- */

/* One sentence on how an attempt ended, for `detail`; appends nothing where it ended
 * well. */
void hone_outcome_describe(hone_sweep *sweep, const hone_run *run, const hone_exit *exit,
                           const hone_verdict *verdict, hone_buf *out);
void hone_outcome_progress(hone_sweep *sweep, hone_progress *progress);
void hone_outcome_params(hone_buf *out, const hone_space *space,
                         const hone_config *config);

/* ---- resume.c ---- */

/* Reads the record and what keepers left into plan and reactor; fills sweep->n_slots. */
HONE_MUST_CHECK int hone_resume_load(hone_sweep *sweep, uint32_t concurrency,
                                     hone_resume **out, hone_error *err);
/* Gives what still runs or ended unnoticed a slot and the metrics it has in the record;
 * before the writer is started. */
HONE_MUST_CHECK int hone_resume_points(hone_sweep *sweep, hone_resume *resume,
                                       hone_error *err);
/* After the executor is open and the writer started: takes over what runs, posts the ends
 * of what has ended. */
HONE_MUST_CHECK int hone_resume_apply(hone_sweep *sweep, hone_resume *resume,
                                      hone_error *err);
void hone_resume_free(hone_resume *resume);

#endif
