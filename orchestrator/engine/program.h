/* A program of the user's that is spoken to in lines: its process and its three pipes.
 *
 *   new  (start  (out, send)*  [end] -> ended)*  close  (the loop turns)  free
 *
 * It runs in a process group of its own, which ends with it. Whoever turns the loop
 * ignores SIGPIPE. */
#ifndef HONE_ENGINE_PROGRAM_H
#define HONE_ENGINE_PROGRAM_H

#include <stdbool.h>

#include <hone/buf.h>

struct uv_loop_s;

typedef struct hone_program hone_program;

typedef struct hone_program_options {
    struct uv_loop_s *loop; /* all that is pointed to is borrowed */
    const char *command;    /* for /bin/sh -c */
    /* A line of its standard output, without the newline; not of one that is ended. */
    void (*line)(void *arg, const char *line, size_t len);
    void (*said)(void *arg,
                 const char *line); /* of its standard error, cut to 400 bytes */
    void (*written)(void *arg);     /* all that was sent: there is room */
    /* It is gone, and may be started again. */
    void (*ended)(void *arg);
    void *arg;
} hone_program_options;

typedef enum hone_program_life {
    HONE_PROGRAM_NONE, /* it can be started */
    HONE_PROGRAM_UP,
    HONE_PROGRAM_PUT_DOWN, /* told to end */
    HONE_PROGRAM_BURIED    /* its handles are being closed */
} hone_program_life;

enum {
    HONE_PROGRAM_UNREAD_MAX = 256 * 1024 * 1024, /* bytes in `out` */
    HONE_PROGRAM_END_MAX = 240                   /* bytes of hone_program_describe */
};

HONE_MUST_CHECK int hone_program_new(const hone_program_options *options,
                                     hone_program **out, hone_error *err);
/* Where it cannot be started, it has ended: that is told later. */
void hone_program_start(hone_program *program);
hone_program_life hone_program_state(const hone_program *program);
/* Lines for it are put in here; empty when it starts. */
hone_buf *hone_program_out(hone_program *program);
/* Whether what is sent is written at once: no earlier write is under way. */
bool hone_program_idle(const hone_program *program);
/* Writes what is in `out`. Only where it is idle. */
void hone_program_send(hone_program *program);
/* Ends it, where it is up: SIGTERM, and SIGKILL two seconds later. `trouble` is what it
 * did: "closed its standard input". */
void hone_program_end(hone_program *program, const char *trouble);
/* How its last life ended: `trouble`, or "ended with exit status 3", and its last line on
 * standard error behind a colon. */
void hone_program_describe(const hone_program *program,
                           char out[static HONE_PROGRAM_END_MAX]);
/* There is no other life. Its handles are closed when the loop has nothing left. Twice is
 * fine. */
void hone_program_close(hone_program *program);
/* After that. NULL is fine. */
void hone_program_free(hone_program *program);

#endif
