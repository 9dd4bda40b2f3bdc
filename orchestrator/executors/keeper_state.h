/* A keeper at work: what its loop (keeper.c), its attempt (keeper_attempt.c) and its
 * journal (keeper_journal.c) share. */
#ifndef HONE_EXECUTORS_KEEPER_STATE_H
#define HONE_EXECUTORS_KEEPER_STATE_H

#include "executors/group.h"
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
    HONE_END_ABANDONED, /* hone is gone, and was started with HONE_ON_EXIT_KILL */
    HONE_END_TOO_LARGE, /* above its memory limit */
    HONE_END_UNRECORDED /* its start could not be written to the journal */
} hone_end_cause;

typedef struct hone_attempt {
    hone_start_record start;
    int64_t started_ns, ended_ns; /* monotonic */
    int64_t grace_ns;
    int64_t cpu_us;      /* of all that have been waited for */
    int64_t max_rss;     /* bytes */
    int status;          /* of the main process, once it has ended */
    uint64_t memory_max; /* 0: no limit */
    uint64_t memory;     /* of HONE_END_TOO_LARGE: what it had */
    bool main_ended, childless;
    bool killed; /* SIGKILL has ended one of its processes, and it was not ours */
    hone_end_cause cause;
    int record_errno;      /* of HONE_END_UNRECORDED */
    hone_placed placed[2]; /* its outputs, once it has ended */
} hone_attempt;

typedef struct hone_keeper {
    hone_keeper_state state;
    int socket; /* -1: hone is gone */
    int signals, lock, null, journal;
    uint64_t journal_len;
    hone_on_exit on_exit;
    int64_t deadline_ns;
    int64_t look_ns; /* when to look at the attempt's memory; HONE_NO_DEADLINE: never */
    int64_t tell_ns; /* when to tell hone of the start; HONE_NO_DEADLINE: not any more */
    hone_group group;
    int64_t oom_read_ns; /* when oom_kills was read */
    uint64_t oom_kills;  /* of the machine */
    hone_attempt now;
    hone_buf input, line, message;
    hone_spawn_scratch scratch;
    hone_slot_files files;
    hone_output outputs[2];
    int64_t pumped_ns; /* when they were last emptied */
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

/* Before the command is started: its limits. With a control group, `enter` puts this
 * process in it, so that the command begins there, and `leave` takes it out again. */
void hone_memory_begin(hone_keeper *keeper);
void hone_memory_enter(hone_keeper *keeper);
void hone_memory_leave(hone_keeper *keeper);
/* At keeper->look_ns: whether the attempt has too much, which is then in now.memory. */
HONE_MUST_CHECK bool hone_memory_exceeded(hone_keeper *keeper);
/* All have ended. Whether the kernel ended some of them at the limit (now.memory says
 * what they had), and the end of watching. */
HONE_MUST_CHECK bool hone_memory_end(hone_keeper *keeper);

/* From IDLE: starts it, or tells that it could not be started. */
void hone_attempt_launch(hone_keeper *keeper, const hone_launch *launch);
/* At keeper->tell_ns: tells hone that it runs. */
void hone_attempt_tell(hone_keeper *keeper);
/* SIGKILL to all of it; to be called again whenever one of its processes has ended. */
void hone_attempt_kill(hone_keeper *keeper);
/* All its processes have ended: publishes how, or waits for space on the disk. */
void hone_attempt_finish(hone_keeper *keeper);

#endif
