/* A program of the user's that is spoken to in lines.
 *
 * Call order: new, start, out, idle, send, end, describe, close, free. Callbacks: line,
 * said, written, ended. Lines wait in `waiting`; one write at a time takes all that is
 * there.
 *
 * A life is over when the process has ended and its output is read to the end, in either
 * order; what keeps the pipes open beyond that (a child in the background) is killed with
 * the group. `bury` closes the handles, and the last one to be closed tells the owner. A
 * program that closes its input or its output cannot be talked to: it is put down, and
 * counts as dead. Its input is watched for that: while it thinks nothing is written. */
#include "engine/program.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <uv.h>

enum {
    CHUNK = 64 * 1024,
    LINE_MAX_BYTES = 4 * 1024 * 1024,
    SAID_MAX = 400,     /* bytes of a line of its stderr that are told */
    PATIENCE_MS = 2000, /* from SIGTERM to SIGKILL, and for pipes of a dead process */
    DOUBT_MS = 300      /* for one that has closed a pipe to end by itself */
};

struct hone_program {
    hone_program_options options;
    hone_program_life life, life_was; /* before it was buried */
    uv_process_t process;
    uv_pipe_t in, out, err; /* its standard streams, from our side */
    uv_poll_t watch;        /* of the other end of `in` */
    int watch_fd;           /* a duplicate of that of `in`; -1: none */
    uv_timer_t timer;
    uv_write_t write;
    unsigned n_open; /* handles of this life that are not closed */
    bool spawned, exited, out_ended, err_ended, writing;
    int64_t exit_status;
    int exit_signal;
    char trouble[80];          /* why it is put down, or will be; "": it is not */
    hone_buf waiting, sending; /* lines to it */
    hone_buf line, err_line;   /* from it, not complete */
    bool closing, closed;
    char last_said[SAID_MAX]; /* the last line of its stderr */
    char chunk[CHUNK];
};

/* ---- the end of a life ---- */

static void kill_group(hone_program *self, int signal)
{
    if (uv_process_get_pid(&self->process) > 0)
        (void)kill(-uv_process_get_pid(&self->process), signal);
}

static void on_timer_closed(uv_handle_t *handle)
{
    ((hone_program *)handle->data)->closed = true;
}

static void close_timer(hone_program *self)
{
    if (!uv_is_closing((uv_handle_t *)&self->timer))
        uv_close((uv_handle_t *)&self->timer, on_timer_closed);
}

static void on_buried(uv_handle_t *handle)
{
    hone_program *self = handle->data;
    assert(self->n_open > 0);
    if (--self->n_open > 0)
        return;
    self->life = HONE_PROGRAM_NONE;
    self->options.ended(self->options.arg); /* and perhaps begin another */
    if (self->closing && self->life == HONE_PROGRAM_NONE)
        close_timer(self);
}

static void bury(hone_program *self)
{
    if (self->life == HONE_PROGRAM_BURIED)
        return;
    self->life_was = self->life;
    self->life = HONE_PROGRAM_BURIED;
    uv_timer_stop(&self->timer);
    if (self->spawned)
        uv_close((uv_handle_t *)&self->process, on_buried);
    if (self->watch_fd >= 0) {
        uv_close((uv_handle_t *)&self->watch, on_buried);
        close(self->watch_fd);
        self->watch_fd = -1;
    }
    uv_close((uv_handle_t *)&self->in, on_buried);
    uv_close((uv_handle_t *)&self->out, on_buried);
    uv_close((uv_handle_t *)&self->err, on_buried);
}

static void bury_when_over(hone_program *self)
{
    if (self->exited && self->out_ended && self->err_ended)
        bury(self);
}

static void on_patience(uv_timer_t *timer);

static void put_down(hone_program *self)
{
    self->life = HONE_PROGRAM_PUT_DOWN;
    if (self->exited)
        return; /* its pipes are being read to their end */
    kill_group(self, SIGTERM);
    uv_timer_start(&self->timer, on_patience, PATIENCE_MS, 0);
}

void hone_program_end(hone_program *self, const char *trouble)
{
    if (self->life != HONE_PROGRAM_UP)
        return;
    snprintf(self->trouble, sizeof(self->trouble), "%s", trouble);
    put_down(self);
}

/* A pipe is closed: most likely it is ending, and how it ends is the better word. */
static void doubt(hone_program *self, const char *trouble)
{
    if (self->life != HONE_PROGRAM_UP || self->exited || self->trouble[0] != '\0')
        return;
    snprintf(self->trouble, sizeof(self->trouble), "%s", trouble);
    uv_timer_start(&self->timer, on_patience, DOUBT_MS, 0);
}

static void on_patience(uv_timer_t *timer)
{
    hone_program *self = timer->data;
    if (self->exited)
        bury(self);
    else if (self->life == HONE_PROGRAM_UP)
        put_down(self);
    else
        kill_group(self, SIGKILL);
}

static void on_process_end(uv_process_t *process, int64_t status, int signal)
{
    hone_program *self = process->data;
    self->exited = true;
    self->exit_status = status;
    self->exit_signal = signal;
    kill_group(self, SIGKILL); /* what it left in the background */
    uv_timer_start(&self->timer, on_patience, PATIENCE_MS, 0);
    bury_when_over(self);
}

/* ---- lines to it ---- */

static void on_written(uv_write_t *request, int status)
{
    hone_program *self = request->data;
    self->writing = false;
    if (self->life == HONE_PROGRAM_BURIED)
        return;
    if (status != 0)
        doubt(self, "closed its standard input");
    if (self->life == HONE_PROGRAM_UP)
        self->options.written(self->options.arg);
}

/* Its end of the pipe is closed: a pipe that nobody reads is in error. */
static void on_watch(uv_poll_t *watch, int status, int events)
{
    hone_program *self = watch->data;
    (void)status;
    (void)events;
    uv_poll_stop(watch);
    doubt(self, "closed its standard input");
}

bool hone_program_idle(const hone_program *self)
{
    return self->life == HONE_PROGRAM_UP && !self->writing;
}

void hone_program_send(hone_program *self)
{
    assert(hone_program_idle(self) && hone_buf_status(&self->waiting) == HONE_OK);
    if (self->waiting.len == 0)
        return;
    hone_buf filled = self->waiting;
    self->waiting = self->sending;
    self->sending = filled;
    hone_buf_reset(&self->waiting);
    uv_buf_t bytes = uv_buf_init(self->sending.data, (unsigned)self->sending.len);
    self->writing =
        uv_write(&self->write, (uv_stream_t *)&self->in, &bytes, 1, on_written) == 0;
    if (!self->writing)
        doubt(self, "closed its standard input");
}

/* ---- lines from it ---- */

static void take_line(hone_program *self, const char *line, size_t len)
{
    if (len > 0 && line[len - 1] == '\r')
        len--;
    if (len > 0 && self->life == HONE_PROGRAM_UP)
        self->options.line(self->options.arg, line, len);
}

static void take_said(hone_program *self, const char *line, size_t len)
{
    if (len == 0)
        return;
    snprintf(self->last_said, sizeof(self->last_said), "%.*s",
             (int)(len < SAID_MAX ? len : SAID_MAX), line);
    if (!self->closing)
        self->options.said(self->options.arg, self->last_said);
}

typedef void line_fn(hone_program *self, const char *line, size_t len);

/* Feeds bytes into `buf` and gives each line that is complete away. A line that is too
 * long fails the buffer. */
static void feed(hone_program *self, hone_buf *buf, size_t len, line_fn *take)
{
    const char *at = self->chunk, *end = at + len, *newline;
    while ((newline = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        hone_buf_add(buf, at, (size_t)(newline - at));
        if (hone_buf_status(buf) == HONE_OK)
            take(self, hone_buf_text(buf), buf->len);
        if (hone_buf_status(buf) == HONE_OK || take == take_said)
            hone_buf_reset(buf);
        at = newline + 1;
    }
    hone_buf_add(buf, at, (size_t)(end - at));
}

static void lend_chunk(uv_handle_t *handle, size_t wanted, uv_buf_t *out)
{
    (void)wanted;
    *out = uv_buf_init(((hone_program *)handle->data)->chunk, CHUNK);
}

static void on_out(uv_stream_t *stream, ssize_t len, const uv_buf_t *bytes)
{
    hone_program *self = stream->data;
    (void)bytes;
    if (len >= 0) {
        feed(self, &self->line, (size_t)len, take_line);
        if (hone_buf_status(&self->line) != HONE_OK) {
            hone_buf_reset(&self->line);
            hone_program_end(self, "wrote a line of more than 4 MiB");
        }
        return;
    }
    self->out_ended = true;
    doubt(self, "closed its standard output");
    bury_when_over(self);
}

static void on_err(uv_stream_t *stream, ssize_t len, const uv_buf_t *bytes)
{
    hone_program *self = stream->data;
    (void)bytes;
    if (len >= 0) {
        feed(self, &self->err_line, (size_t)len, take_said);
        return;
    }
    take_said(self, hone_buf_text(&self->err_line), self->err_line.len);
    self->err_ended = true;
    bury_when_over(self);
}

/* ---- the start of a life ---- */

/* Opens a pipe whose end `ours` is a handle of the loop and whose other end is for the
 * child. A real pipe: a program may open /dev/stdin, which no socket allows. */
static int open_pipe(hone_program *self, uv_pipe_t *ours, uv_file *theirs)
{
    uv_file ends[2];
    bool child_reads = ours == &self->in;
    int rc = uv_pipe(ends, child_reads ? 0 : UV_NONBLOCK_PIPE,
                     child_reads ? UV_NONBLOCK_PIPE : 0);
    uv_pipe_init(self->options.loop, ours, 0);
    ours->data = self;
    self->n_open++;
    *theirs = -1;
    if (rc != 0)
        return rc;
    *theirs = ends[!child_reads];
    rc = uv_pipe_open(ours, ends[child_reads]);
    if (rc != 0)
        close(ends[child_reads]);
    return rc;
}

/* libuv has one handle a descriptor: this one is of a duplicate. */
static int watch_input(hone_program *self)
{
    uv_os_fd_t fd;
    int rc = uv_fileno((uv_handle_t *)&self->in, &fd);
    if (rc != 0)
        return rc;
    self->watch_fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (self->watch_fd < 0)
        return uv_translate_sys_error(errno);
    rc = uv_poll_init(self->options.loop, &self->watch, self->watch_fd);
    if (rc != 0) {
        close(self->watch_fd);
        self->watch_fd = -1;
        return rc;
    }
    self->watch.data = self;
    self->n_open++;
    return uv_poll_start(&self->watch, UV_DISCONNECT, on_watch);
}

static int spawn(hone_program *self, const uv_file theirs[static 3])
{
    char *args[] = {(char[]){"/bin/sh"}, (char[]){"-c"},
                    (char *)(uintptr_t)self->options.command, NULL};
    uv_stdio_container_t stdio[3];
    for (int i = 0; i < 3; i++)
        stdio[i] =
            (uv_stdio_container_t){.flags = UV_INHERIT_FD, .data = {.fd = theirs[i]}};
    uv_process_options_t options = {.exit_cb = on_process_end,
                                    .file = args[0],
                                    .args = args,
                                    .flags = UV_PROCESS_DETACHED,
                                    .stdio_count = 3,
                                    .stdio = stdio};
    self->spawned = true; /* its handle is to be closed also where this fails */
    self->n_open++;
    return uv_spawn(self->options.loop, &self->process, &options);
}

static void begin_life(hone_program *self)
{
    self->life = HONE_PROGRAM_UP;
    self->spawned = self->exited = self->out_ended = self->err_ended = false;
    self->exit_status = 0;
    self->exit_signal = 0;
    self->trouble[0] = self->last_said[0] = '\0';
    hone_buf_reset(&self->waiting);
    hone_buf_reset(&self->line);
    hone_buf_reset(&self->err_line);
    memset(&self->process, 0, sizeof(self->process));
    self->process.data = self;
    self->n_open = 0;
}

void hone_program_start(hone_program *self)
{
    uv_file theirs[3];
    uv_pipe_t *ours[3] = {&self->in, &self->out, &self->err};
    assert(self->life == HONE_PROGRAM_NONE && !self->writing && !self->closing);
    begin_life(self);
    int rc = 0;
    for (int i = 0; i < 3; i++) {
        int opened = open_pipe(self, ours[i], &theirs[i]);
        rc = rc != 0 ? rc : opened;
    }
    rc = rc != 0 ? rc : watch_input(self);
    rc = rc != 0 ? rc : spawn(self, theirs);
    for (int i = 0; i < 3; i++) {
        if (theirs[i] >= 0)
            close(theirs[i]);
    }
    if (rc == 0) {
        uv_read_start((uv_stream_t *)&self->out, lend_chunk, on_out);
        uv_read_start((uv_stream_t *)&self->err, lend_chunk, on_err);
        return;
    }
    snprintf(self->trouble, sizeof(self->trouble), "could not be started: %s",
             uv_strerror(rc));
    bury(self);
}

/* ---- for the owner ---- */

int hone_program_new(const hone_program_options *options, hone_program **out,
                     hone_error *err)
{
    hone_program *self = calloc(1, sizeof(*self));
    if (self == NULL)
        return hone_error_set(err, HONE_ENOMEM, "out of memory");
    self->options = *options;
    self->watch_fd = -1;
    hone_buf_init(&self->waiting, HONE_PROGRAM_UNREAD_MAX);
    hone_buf_init(&self->sending, HONE_PROGRAM_UNREAD_MAX);
    hone_buf_init(&self->line, LINE_MAX_BYTES);
    hone_buf_init(&self->err_line, CHUNK);
    uv_timer_init(options->loop, &self->timer);
    self->timer.data = self;
    self->write.data = self;
    *out = self;
    return HONE_OK;
}

hone_program_life hone_program_state(const hone_program *self)
{
    return self->life;
}

hone_buf *hone_program_out(hone_program *self)
{
    return &self->waiting;
}

void hone_program_describe(const hone_program *self,
                           char out[static HONE_PROGRAM_END_MAX])
{
    char end[sizeof(self->trouble)];
    bool by_itself = self->exited && self->life_was == HONE_PROGRAM_UP;
    if (self->trouble[0] != '\0' && !by_itself)
        snprintf(end, sizeof(end), "%s", self->trouble);
    else if (self->exit_signal != 0)
        snprintf(end, sizeof(end), "ended by signal %d", self->exit_signal);
    else
        snprintf(end, sizeof(end), "ended with exit status %d", (int)self->exit_status);
    snprintf(out, HONE_PROGRAM_END_MAX, "%s%s%.120s", end,
             self->last_said[0] != '\0' ? ": " : "", self->last_said);
}

void hone_program_close(hone_program *self)
{
    self->closing = true;
    if (self->life == HONE_PROGRAM_UP)
        hone_program_end(self, "");
    else if (self->life == HONE_PROGRAM_NONE)
        close_timer(self);
}

void hone_program_free(hone_program *self)
{
    if (self == NULL)
        return;
    assert(self->closed);
    hone_buf_release(&self->waiting);
    hone_buf_release(&self->sending);
    hone_buf_release(&self->line);
    hone_buf_release(&self->err_line);
    free(self);
}
