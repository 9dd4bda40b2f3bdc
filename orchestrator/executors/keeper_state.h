/* A keeper at work: what its loop (keeper.c), its attempt (keeper_attempt.c) and its
 * journal (keeper_journal.c) share. */
#ifndef HONE_EXECUTORS_KEEPER_STATE_H
#define HONE_EXECUTORS_KEEPER_STATE_H

#include "executors/keeper.h"
#include "executors/wire.h"

#define HONE_NO_DEADLINE INT64_MAX
#define HONE_NS_PER_S    1000000000LL
#define HONE_RETRY_NS    100000000LL

/* keeper.c says what they mean. */
typedef enum hone_keeper_state {
    HONE_KEEPER_IDLE,
    HONE_KEEPER_RUNNING,
    HONE_KEEPER_STOPPING,
    HONE_KEEPER_ENDING,
    HONE_KEEPER_DRAINING,
    HONE_KEEPER_LEAVING,
    HONE_N_KEEPER_STATES
} hone_keeper_state;

/* Why an attempt ends. */
typedef enum hone_end_cause {
    HONE_END_ITSELF,
    HONE_END_ASKED, /* by hone, or a signal to the keeper */
    HONE_END_TIMED_OUT,
    HONE_END_UNRECORDED /* its start could not be written to the journal */
} hone_end_cause;

typedef struct hone_attempt {
    hone_start_record start;
    int64_t started_ns, ended_ns; /* monotonic */
    int64_t grace_ns;
    int64_t cpu_us;  /* of all that have been waited for */
    int64_t max_rss; /* bytes */
    int status;      /* of the main process, once it has ended */
    bool main_ended, childless;
    hone_end_cause cause;
    int record_errno;      /* of HONE_END_UNRECORDED */
    hone_placed placed[2]; /* its outputs, once it has ended */
} hone_attempt;

typedef struct hone_keeper {
    hone_keeper_state state;
    int socket; /* -1: hone is gone */
    int signals, lock, null, journal;
    uint64_t journal_len;
    int64_t deadline_ns;
    int64_t oom_read_ns; /* when oom_kills was read */
    uint64_t oom_kills;  /* of the machine */
    hone_attempt now;
    hone_buf input, line, message;
    hone_spawn_scratch scratch;
    hone_slot_files files;
    hone_output outputs[2];
} hone_keeper;

/* Nanoseconds by a clock that nobody sets. */
int64_t hone_keeper_clock(void);

/* Whether an errno says that there is no space. */
bool hone_is_full(int code);
/* Opens the journal in the slot's folder. Returns 0 or errno. */
int hone_journal_open(hone_keeper *keeper);
/* Appends keeper->line with one write. Returns 0 or errno; then nothing of it stays. */
int hone_journal_append(hone_keeper *keeper);
/* Empties a long journal whose records are known to be on disk elsewhere. */
void hone_journal_trim(hone_keeper *keeper, const hone_launch *launch);
/* To hone, where it is there. */
void hone_keeper_send(hone_keeper *keeper, hone_frame_type type, const hone_buf *text);

/* From IDLE: starts it, or tells that it could not be started. */
void hone_attempt_launch(hone_keeper *keeper, const hone_launch *launch);
/* SIGKILL to all of it; to be called again whenever one of its processes has ended. */
void hone_attempt_kill(hone_keeper *keeper);
/* All its processes have ended: publishes how, or waits for space on the disk. */
void hone_attempt_finish(hone_keeper *keeper);

#endif
