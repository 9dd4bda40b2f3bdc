/* The process of an external sampler.
 *
 * Interface in the order of calls: new, ask, tell, forget, close, free. Callbacks go to
 * the owner: answered, failed, said.
 *
 * A life of the program begins with `launch`: it is started in a process group of its
 * own, with three pipes, and `hello` is put in line. Lines wait in `waiting`; one write
 * at a time takes all that is there (`pump`). While it is being caught up, `pump` gets
 * the next portion of trials from the owner whenever the last one is written, so that a
 * long record is never in memory as a whole; the ask comes behind the last portion.
 *
 * A life is over when the process has ended and its output is read to the end, in either
 * order; what keeps the pipes open beyond that (a child in the background) is killed with
 * the group. `bury` closes the handles, and `on_buried` decides whether there is another
 * life. A program that closes its input or its output cannot be talked to: it is put
 * down, and counts as dead. */
#include "engine/external.h"

#include <assert.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <uv.h>

enum {
    CHUNK = 64 * 1024,
    LINE_MAX_BYTES = 4 * 1024 * 1024, /* of an answer */
    SAID_MAX = 400,                   /* bytes of a line of its stderr that are shown */
    WAITING_MAX = 256 * 1024 * 1024,  /* bytes that it has not read yet */
    PATIENCE_MS = 2000, /* from SIGTERM to SIGKILL, and for pipes of a dead process */
    DOUBT_MS = 300      /* for one that has closed a pipe to end by itself */
};

typedef enum life {
    LIFE_NONE,
    LIFE_UP,
    LIFE_PUT_DOWN, /* told to end */
    LIFE_BURIED    /* its handles are being closed */
} life;

struct hone_external {
    hone_external_options options;
    hone_config *config; /* the last suggestion; owned */
    life life, life_was; /* before it was buried */
    uv_process_t process;
    uv_pipe_t in, out, err; /* its standard streams, from our side */
    uv_timer_t timer;
    uv_write_t write;
    unsigned n_open; /* handles of this life that are not closed */
    bool spawned, exited, out_ended, err_ended, writing;
    int64_t exit_status;
    int exit_signal;
    char trouble[80];          /* why it is put down, or will be; "": it is not */
    hone_buf waiting, sending; /* lines to it */
    hone_buf line, err_line;   /* from it, not complete */
    uint64_t next;             /* trial to be told next while it is caught up; 0: it is */
    uint64_t asked;            /* 0: nothing */
    bool ask_sent;
    bool over; /* there is no other life: closed, or given up */
    bool closed;
    unsigned n_deaths, n_wrong;
    char last_said[SAID_MAX]; /* the last line of its stderr */
    char why[512];
    char chunk[CHUNK];
};

static void pump(hone_external *self);
static void launch(hone_external *self);

static void say(hone_external *self, const char *line)
{
    if (self->options.said != NULL)
        self->options.said(self->options.arg, line);
}

/* ---- the end of a life ---- */

static void give_up(hone_external *self, int code)
{
    if (self->over)
        return;
    self->over = true;
    self->asked = 0;
    self->options.failed(self->options.arg, code, self->why);
}

static void kill_group(hone_external *self, int signal)
{
    if (uv_process_get_pid(&self->process) > 0)
        (void)kill(-uv_process_get_pid(&self->process), signal);
}

static void on_timer_closed(uv_handle_t *handle)
{
    hone_external *self = handle->data;
    self->closed = true;
}

/* What has become of the process, as far as is known. */
static void describe_end(const hone_external *self, char *out, size_t size)
{
    bool by_itself = self->exited && self->life_was == LIFE_UP;
    if (self->trouble[0] != '\0' && !by_itself)
        snprintf(out, size, "%s", self->trouble);
    else if (self->exit_signal != 0)
        snprintf(out, size, "ended by signal %d", self->exit_signal);
    else
        snprintf(out, size, "ended with exit status %" PRId64, self->exit_status);
}

static void count_death(hone_external *self)
{
    char end[sizeof(self->trouble)];
    describe_end(self, end, sizeof(end));
    self->n_deaths++;
    const char *colon = self->last_said[0] != '\0' ? ": " : "";
    if (self->n_deaths >= HONE_EXTERNAL_DEATHS && self->asked != 0) {
        snprintf(self->why, sizeof(self->why),
                 "the sampler '%.80s' gave no answer in %d starts; it %s%s%.120s",
                 self->options.spec->external, HONE_EXTERNAL_DEATHS, end, colon,
                 self->last_said);
        give_up(self, HONE_EIO);
    } else if (self->asked != 0) {
        snprintf(self->why, sizeof(self->why),
                 "the sampler %s%s%.120s; it is started again", end, colon,
                 self->last_said);
        say(self, self->why);
    }
}

static void on_buried(uv_handle_t *handle)
{
    hone_external *self = handle->data;
    assert(self->n_open > 0);
    if (--self->n_open > 0)
        return;
    self->life = LIFE_NONE;
    if (!self->over)
        count_death(self);
    if (!self->over && self->asked != 0)
        launch(self);
    else if (self->over && !uv_is_closing((uv_handle_t *)&self->timer))
        uv_close((uv_handle_t *)&self->timer, on_timer_closed);
}

static void bury(hone_external *self)
{
    if (self->life == LIFE_BURIED)
        return;
    self->life_was = self->life;
    self->life = LIFE_BURIED;
    uv_timer_stop(&self->timer);
    if (self->spawned)
        uv_close((uv_handle_t *)&self->process, on_buried);
    uv_close((uv_handle_t *)&self->in, on_buried);
    uv_close((uv_handle_t *)&self->out, on_buried);
    uv_close((uv_handle_t *)&self->err, on_buried);
}

static void bury_when_over(hone_external *self)
{
    if (self->exited && self->out_ended && self->err_ended)
        bury(self);
}

static void on_patience(uv_timer_t *timer);

static void put_down(hone_external *self, const char *trouble)
{
    if (self->life != LIFE_UP)
        return;
    self->life = LIFE_PUT_DOWN;
    snprintf(self->trouble, sizeof(self->trouble), "%s", trouble);
    if (self->exited)
        return; /* its pipes are being read to their end */
    kill_group(self, SIGTERM);
    uv_timer_start(&self->timer, on_patience, PATIENCE_MS, 0);
}

/* A pipe is closed: most likely it is ending, and how it ends is the better word. */
static void doubt(hone_external *self, const char *trouble)
{
    if (self->life != LIFE_UP || self->exited || self->trouble[0] != '\0')
        return;
    snprintf(self->trouble, sizeof(self->trouble), "%s", trouble);
    uv_timer_start(&self->timer, on_patience, DOUBT_MS, 0);
}

static void on_patience(uv_timer_t *timer)
{
    hone_external *self = timer->data;
    char trouble[sizeof(self->trouble)];
    memcpy(trouble, self->trouble, sizeof(trouble));
    if (self->exited)
        bury(self);
    else if (self->life == LIFE_UP)
        put_down(self, trouble);
    else
        kill_group(self, SIGKILL);
}

static void on_process_end(uv_process_t *process, int64_t status, int signal)
{
    hone_external *self = process->data;
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
    hone_external *self = request->data;
    self->writing = false;
    if (self->life == LIFE_BURIED)
        return;
    if (status != 0)
        doubt(self, "closed its standard input");
    pump(self);
}

/* Puts more in line, where it is being caught up or is to be asked. */
static int refill(hone_external *self, hone_error *err)
{
    int rc = HONE_OK;
    while (rc == HONE_OK && self->next != 0 && self->waiting.len == 0)
        rc = self->options.recall(self->options.arg, self->next, &self->waiting,
                                  &self->next, err);
    if (rc == HONE_OK && self->next == 0 && self->asked != 0 && !self->ask_sent) {
        self->ask_sent = true;
        hone_external_write_ask(&self->waiting, self->asked);
    }
    if (rc == HONE_OK && hone_buf_status(&self->waiting) == HONE_ELIMIT)
        rc = hone_error_set(err, HONE_ELIMIT,
                            "the sampler '%.80s' leaves more than %d bytes unread",
                            self->options.spec->external, WAITING_MAX);
    else if (rc == HONE_OK && hone_buf_status(&self->waiting) != HONE_OK)
        rc = hone_error_set(err, HONE_ENOMEM, "out of memory");
    return rc;
}

static void pump(hone_external *self)
{
    hone_error err = {0};
    if (self->life != LIFE_UP || self->writing || self->over)
        return;
    int rc = refill(self, &err);
    if (rc != HONE_OK) {
        snprintf(self->why, sizeof(self->why), "%s",
                 err.text[0] != '\0' ? err.text : hone_error_text(rc));
        put_down(self, "cannot be told more");
        give_up(self, rc);
        return;
    }
    if (self->waiting.len == 0)
        return;
    hone_buf filled = self->waiting;
    self->waiting = self->sending;
    self->sending = filled;
    hone_buf_reset(&self->waiting);
    uv_buf_t bytes = uv_buf_init(self->sending.data, (unsigned)self->sending.len);
    self->writing = true;
    if (uv_write(&self->write, (uv_stream_t *)&self->in, &bytes, 1, on_written) != 0) {
        self->writing = false;
        doubt(self, "closed its standard input");
    }
}

/* ---- lines from it ---- */

static void answer_wrong(hone_external *self, const char *text)
{
    hone_external_write_error(&self->waiting, text);
    if (++self->n_wrong >= HONE_EXTERNAL_WRONG) {
        snprintf(self->why, sizeof(self->why),
                 "the sampler '%.80s' gave %d answers of no use in a row: %.200s",
                 self->options.spec->external, HONE_EXTERNAL_WRONG, text);
        put_down(self, "gave answers of no use");
        give_up(self, HONE_EUSAGE);
    }
    pump(self);
}

static void take_answer(hone_external *self, const char *line, size_t len)
{
    hone_error err = {0};
    hone_suggestion answer = HONE_SUGGEST_WAIT;
    if (self->asked == 0 || !self->ask_sent) {
        answer_wrong(self, "nothing is asked");
        return;
    }
    int rc = hone_external_read_answer(line, len, self->options.spec->space, &answer,
                                       self->config, &err);
    uint64_t same = rc == HONE_OK && answer == HONE_SUGGESTED
                        ? hone_known_same(self->options.known, self->config)
                        : 0;
    if (same != 0)
        rc = hone_error_set(&err, HONE_EUSAGE,
                            "trial %" PRIu64 " has this configuration already", same);
    if (rc != HONE_OK) {
        answer_wrong(self, err.text);
        return;
    }
    self->asked = 0;
    self->n_deaths = self->n_wrong = 0;
    self->options.answered(self->options.arg, answer,
                           answer == HONE_SUGGESTED ? self->config : NULL);
}

static void take_line(hone_external *self, const char *line, size_t len)
{
    if (self->life != LIFE_UP || self->over)
        return;
    if (len > 0 && line[len - 1] == '\r')
        len--;
    if (len > 0)
        take_answer(self, line, len);
}

static void take_said(hone_external *self, const char *line, size_t len)
{
    char shown[SAID_MAX + 20];
    if (len == 0)
        return;
    snprintf(self->last_said, sizeof(self->last_said), "%.*s",
             (int)(len < SAID_MAX ? len : SAID_MAX), line);
    snprintf(shown, sizeof(shown), "sampler: %s", self->last_said);
    if (!self->over)
        say(self, shown);
}

typedef void line_fn(hone_external *self, const char *line, size_t len);

/* Feeds bytes into `buf` and gives each line that is complete away. A line that is too
 * long fails the buffer. */
static void feed(hone_external *self, hone_buf *buf, size_t len, line_fn *take)
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
    hone_external *self = handle->data;
    (void)wanted;
    *out = uv_buf_init(self->chunk, sizeof(self->chunk));
}

static void on_out(uv_stream_t *stream, ssize_t len, const uv_buf_t *bytes)
{
    hone_external *self = stream->data;
    (void)bytes;
    if (len >= 0) {
        feed(self, &self->line, (size_t)len, take_line);
        if (hone_buf_status(&self->line) != HONE_OK) {
            hone_buf_reset(&self->line);
            put_down(self, "wrote a line of more than 4 MiB");
        }
        return;
    }
    uv_read_stop(stream);
    self->out_ended = true;
    doubt(self, "closed its standard output");
    bury_when_over(self);
}

static void on_err(uv_stream_t *stream, ssize_t len, const uv_buf_t *bytes)
{
    hone_external *self = stream->data;
    (void)bytes;
    if (len >= 0) {
        feed(self, &self->err_line, (size_t)len, take_said);
        return;
    }
    uv_read_stop(stream);
    take_said(self, hone_buf_text(&self->err_line), self->err_line.len);
    self->err_ended = true;
    bury_when_over(self);
}

/* ---- the start of a life ---- */

/* Opens a pipe whose end `ours` is a handle of the loop and whose other end is for the
 * child. A real pipe: a program may open /dev/stdin, which no socket allows. */
static int open_pipe(hone_external *self, uv_pipe_t *ours, uv_file *theirs,
                     bool child_reads)
{
    uv_file ends[2];
    int rc = uv_pipe(ends, child_reads ? 0 : UV_NONBLOCK_PIPE,
                     child_reads ? UV_NONBLOCK_PIPE : 0);
    uv_pipe_init(self->options.loop, ours, 0);
    ours->data = self;
    self->n_open++;
    *theirs = -1;
    if (rc != 0)
        return rc;
    *theirs = ends[child_reads ? 0 : 1];
    uv_file own = ends[child_reads ? 1 : 0];
    rc = uv_pipe_open(ours, own);
    if (rc != 0)
        close(own);
    return rc;
}

static int spawn(hone_external *self, const uv_file theirs[static 3])
{
    char *args[] = {(char[]){"/bin/sh"}, (char[]){"-c"},
                    (char *)(uintptr_t)self->options.spec->external, NULL};
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

static void begin_life(hone_external *self)
{
    self->life = LIFE_UP;
    self->spawned = self->exited = self->out_ended = self->err_ended = false;
    self->ask_sent = false;
    self->exit_status = 0;
    self->exit_signal = 0;
    self->trouble[0] = self->last_said[0] = '\0';
    self->next = 1;
    hone_buf_reset(&self->waiting);
    hone_buf_reset(&self->line);
    hone_buf_reset(&self->err_line);
    memset(&self->process, 0, sizeof(self->process));
    self->process.data = self;
    self->n_open = 0;
}

static void launch(hone_external *self)
{
    uv_file theirs[3];
    assert(self->life == LIFE_NONE && !self->writing);
    begin_life(self);
    int rc = open_pipe(self, &self->in, &theirs[0], true);
    int other = open_pipe(self, &self->out, &theirs[1], false);
    rc = rc != 0 ? rc : other;
    other = open_pipe(self, &self->err, &theirs[2], false);
    rc = rc != 0 ? rc : other;
    rc = rc != 0 ? rc : spawn(self, theirs);
    for (int i = 0; i < 3; i++) {
        if (theirs[i] >= 0)
            close(theirs[i]);
    }
    if (rc != 0) {
        snprintf(self->trouble, sizeof(self->trouble), "could not be started: %s",
                 uv_strerror(rc));
        bury(self);
        return;
    }
    hone_external_write_hello(&self->waiting, self->options.spec, self->options.sweep);
    uv_read_start((uv_stream_t *)&self->out, lend_chunk, on_out);
    uv_read_start((uv_stream_t *)&self->err, lend_chunk, on_err);
    pump(self);
}

/* ---- for the owner ---- */

int hone_external_new(const hone_external_options *options, hone_external **out,
                      hone_error *err)
{
    assert(options->spec->external != NULL);
    hone_external *self = calloc(1, sizeof(*self));
    hone_config *config = calloc(1, hone_config_size(options->spec->space));
    if (self == NULL || config == NULL) {
        free(self);
        free(config);
        return hone_error_set(err, HONE_ENOMEM, "out of memory");
    }
    self->options = *options;
    self->config = config;
    hone_buf_init(&self->waiting, WAITING_MAX);
    hone_buf_init(&self->sending, WAITING_MAX);
    hone_buf_init(&self->line, LINE_MAX_BYTES);
    hone_buf_init(&self->err_line, CHUNK);
    uv_timer_init(options->loop, &self->timer);
    self->timer.data = self;
    self->write.data = self;
    *out = self;
    return HONE_OK;
}

void hone_external_ask(hone_external *self, uint64_t number)
{
    assert(self->asked == 0 && number > 0);
    if (self->over)
        return;
    self->asked = number;
    self->ask_sent = false;
    if (self->life == LIFE_NONE)
        launch(self);
    else
        pump(self);
}

void hone_external_tell(hone_external *self, const hone_external_trial *trial)
{
    bool will_be_recalled = self->next != 0 && trial->number >= self->next;
    if (self->life != LIFE_UP || will_be_recalled || self->over)
        return;
    hone_external_write_trial(&self->waiting, trial);
    pump(self);
}

void hone_external_forget(hone_external *self)
{
    self->asked = 0;
}

void hone_external_close(hone_external *self)
{
    if (self == NULL)
        return;
    self->over = true;
    self->asked = 0;
    if (self->life == LIFE_UP)
        put_down(self, "");
    else if (self->life == LIFE_NONE && !uv_is_closing((uv_handle_t *)&self->timer))
        uv_close((uv_handle_t *)&self->timer, on_timer_closed);
}

void hone_external_free(hone_external *self)
{
    if (self == NULL)
        return;
    assert(self->closed);
    hone_buf_release(&self->waiting);
    hone_buf_release(&self->sending);
    hone_buf_release(&self->line);
    hone_buf_release(&self->err_line);
    free(self->config);
    free(self);
}
