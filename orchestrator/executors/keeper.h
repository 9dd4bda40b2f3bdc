/* The parts of a keeper: the lasting process of one slot that runs attempt after attempt.
 * It depends on libc alone. keeper.c has the loop, keeper_spawn.c starts the command,
 * keeper_files.c keeps the slot's files and the trial's folder, keeper_output.c puts
 * away what the command has printed. */
#ifndef HONE_EXECUTORS_KEEPER_H
#define HONE_EXECUTORS_KEEPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include <hone/executor.h>

#include "executors/record.h"

/* One output of the attempts: a pipe that the command writes to, emptied into NAME.now in
 * the slot's folder, which hone follows. When the attempt has ended its content is put
 * away: a short one behind those of earlier attempts in the slot's log NAME, so that
 * small trials cost no files; a long one is moved as it is into the trial's folder, as
 * NAME.ATTEMPT.
 *
 * Why a pipe and not the file as the command's descriptor: whoever opens /dev/stdout
 * again, as `echo x > /dev/stdout` and `tee /dev/stderr` do, would empty the file; and a
 * command whose file cannot grow fails, while one whose pipe is full waits until the disk
 * has space. */
typedef struct hone_output {
    const char *name; /* static storage */
    int read_fd, write_fd, now_fd, log_fd;
    uint64_t end;         /* length of the log */
    off_t size;           /* of NAME.now */
    bool blocked;         /* the disk has no space for what is in the pipe */
    bool wide;            /* the pipe was made larger for this attempt */
    bool copies;          /* the file system of NAME.now cannot splice */
    size_t held, written; /* then: taken from the pipe; of that in NAME.now */
    char bytes[64 * 1024];
} hone_output;

typedef enum hone_pumped {
    HONE_PUMP_EMPTY,  /* the pipe is empty and everything is in the file */
    HONE_PUMP_MORE,   /* there may be more */
    HONE_PUMP_BLOCKED /* no space left for the file; what did not go there is kept */
} hone_pumped;

/* Where the output of an attempt lies once it is put away. */
typedef struct hone_placed {
    uint64_t start, end; /* bytes of the log, or of its own file */
    bool own;            /* in a file of its own, from its first byte on */
    bool done;
} hone_placed;

/* Opens the two files in the slot's folder, as they are, and the pipe. Returns 0 or
 * errno. */
int hone_output_open(hone_output *output, int slot_fd, const char *name);
void hone_output_close(hone_output *output);
/* Before an attempt: an empty file, and the pipe as it was at first. Returns 0 or errno.
 */
int hone_output_begin(hone_output *output, int slot_fd);
/* Moves what is in the pipe to the file, a part of it at a time. */
hone_pumped hone_output_pump(hone_output *output);
/* After it: empties the pipe and puts the content away; placed->done says that this
 * worked. Returns 0, or the errno of a full disk: it can be tried again. What can never
 * be kept is given up. */
int hone_output_put_away(hone_output *output, int slot_fd, const hone_start_record *start,
                         hone_placed *placed);
/* Gives the content up. */
void hone_output_drop(hone_output *output, hone_placed *placed);
/* Says in `end` where both outputs lie. */
void hone_outputs_tell(const hone_placed placed[2], hone_exit *end);

/* The trial's folder and `checkpoint` in it. Where an attempt left both empty they are
 * kept under another name for the next trial: making and removing folders costs ten times
 * what renaming does. Whether they are untouched shows in their modification times, which
 * are set to a moment that no clock shows. */
typedef struct hone_trial_folder {
    char path[HONE_PATH_MAX];  /* of the attempt that runs */
    char spare[HONE_PATH_MAX]; /* beside it; "" until known */
    bool has_spare;
    bool stamped; /* the folder in use was made or kept by us */
    mode_t mode;
} hone_trial_folder;

typedef struct hone_slot_files {
    char path[HONE_PATH_MAX]; /* of the slot's folder */
    int dir;
    int params, yaml, args; /* -1 until first wanted */
    uint32_t folder;        /* its number */
    hone_trial_folder trial;
} hone_slot_files;

/* Opens the folder at files->path. Returns 0 or errno. */
int hone_files_open(hone_slot_files *files);
/* Writes what `launch` says and makes the trial's folder. Returns 0 or errno. */
int hone_files_enter(hone_slot_files *files, const hone_launch *launch);
/* Moves the metrics file, puts an empty folder away, and says in `end` what stayed. */
void hone_files_leave(hone_slot_files *files, hone_exit *end);
/* Removes the folder that is kept. */
void hone_files_close(hone_slot_files *files);
/* Moves the metrics file of the slot at `slot_fd` into `trial_dir` where it holds
 * anything; takes it away otherwise. */
bool hone_files_move_metrics(int slot_fd, const char *trial_dir);
/* Makes a trial's folder, and its parent where that was removed. Returns 0 or errno. */
int hone_files_make_folder(const char *path);
/* Whether a trial's folder holds nothing but an empty `checkpoint`, or does not exist. */
bool hone_files_trial_empty(const char *trial_dir);

/* What starting commands keeps between them. */
typedef struct hone_spawn_scratch {
    char **env, **args; /* owned arrays of borrowed strings */
    size_t env_cap, args_cap;
    size_t n_env, n_own; /* n_own: of the keeper's own environment */
    char *path;          /* the program, as found */
    char *vars[3];       /* what only the keeper knows, NAME=VALUE */
    _Alignas(16) char stack[64 * 1024];
} hone_spawn_scratch;

/* In zeroed memory. Returns 0 or errno; `release` is right after either. */
HONE_MUST_CHECK int hone_spawn_scratch_open(hone_spawn_scratch *scratch,
                                            const char *slot_path);
/* Starts the command in a session of its own. `fds`, none of them below 3, become its
 * standard input, output and error; all others of the caller must close by themselves.
 * No signal of the caller may be handled or ignored. Returns 0 and the process, or
 * errno. */
HONE_MUST_CHECK int hone_keeper_spawn(hone_spawn_scratch *scratch,
                                      const hone_launch *launch, const int fds[3],
                                      pid_t *pid);
void hone_spawn_scratch_release(hone_spawn_scratch *scratch);

#endif
