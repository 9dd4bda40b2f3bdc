/* An external sampler: the talk with its program.
 *
 * Interface in the order of calls: new, ask, tell, forget, close, free. Callbacks go to
 * the owner: answered, failed, said. The process and its pipes are program.c's.
 *
 * A life of the program begins with `launch`, which puts `hello` in line. While it is
 * being caught up, `pump` gets the next portion of trials from the owner whenever the
 * last one is written, so that a long record is never in memory as a whole; the ask comes
 * behind the last portion. Where it ended and something is asked, there is another life,
 * up to a number of them without an answer. */
#include "engine/external.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/program.h"

struct hone_external {
    hone_external_options options;
    hone_program *program; /* owned */
    hone_config *config;   /* the last suggestion; owned */
    uint64_t next;         /* trial to be told next while it is caught up; 0: it is */
    uint64_t asked;        /* 0: nothing */
    bool ask_sent;
    bool over; /* there is no other life: closed, or given up */
    unsigned n_deaths, n_wrong;
    char why[512];
};

static void say(hone_external *self, const char *line)
{
    if (self->options.said != NULL)
        self->options.said(self->options.arg, line);
}

static void give_up(hone_external *self, int code)
{
    if (self->over)
        return;
    self->over = true;
    self->asked = 0;
    hone_program_close(self->program);
    self->options.failed(self->options.arg, code, self->why);
}

/* ---- lines to it ---- */

/* Puts more in line, where it is being caught up or is to be asked. */
static int refill(hone_external *self, hone_error *err)
{
    hone_buf *out = hone_program_out(self->program);
    int rc = HONE_OK;
    while (rc == HONE_OK && self->next != 0 && out->len == 0)
        rc = self->options.recall(self->options.arg, self->next, out, &self->next, err);
    if (rc == HONE_OK && self->next == 0 && self->asked != 0 && !self->ask_sent) {
        self->ask_sent = true;
        hone_external_write_ask(out, self->asked);
    }
    if (rc == HONE_OK && hone_buf_status(out) == HONE_ELIMIT)
        rc = hone_error_set(err, HONE_ELIMIT,
                            "the sampler '%.80s' leaves more than %d bytes unread",
                            self->options.spec->external, HONE_PROGRAM_UNREAD_MAX);
    else if (rc == HONE_OK && hone_buf_status(out) != HONE_OK)
        rc = hone_error_set(err, HONE_ENOMEM, "out of memory");
    return rc;
}

static void pump(hone_external *self)
{
    hone_error err = {0};
    if (!hone_program_idle(self->program) || self->over)
        return;
    int rc = refill(self, &err);
    if (rc == HONE_OK) {
        hone_program_send(self->program);
        return;
    }
    snprintf(self->why, sizeof(self->why), "%s",
             err.text[0] != '\0' ? err.text : hone_error_text(rc));
    give_up(self, rc);
}

static void on_written(void *arg)
{
    pump(arg);
}

/* ---- lines from it ---- */

static void answer_wrong(hone_external *self, const char *text)
{
    hone_external_write_error(hone_program_out(self->program), text);
    if (++self->n_wrong >= HONE_EXTERNAL_WRONG) {
        snprintf(self->why, sizeof(self->why),
                 "the sampler '%.80s' gave %d answers of no use in a row: %.200s",
                 self->options.spec->external, HONE_EXTERNAL_WRONG, text);
        give_up(self, HONE_EUSAGE);
    }
    pump(self);
}

static void on_line(void *arg, const char *line, size_t len)
{
    hone_external *self = arg;
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
    if (rc == HONE_ENOMEM) { /* which is no fault of the answer */
        snprintf(self->why, sizeof(self->why), "out of memory");
        give_up(self, rc);
        return;
    }
    if (rc != HONE_OK) {
        answer_wrong(self, err.text);
        return;
    }
    self->asked = 0;
    self->n_deaths = self->n_wrong = 0;
    self->options.answered(self->options.arg, answer,
                           answer == HONE_SUGGESTED ? self->config : NULL);
}

static void on_said(void *arg, const char *line)
{
    hone_external *self = arg;
    char shown[sizeof(self->why)];
    snprintf(shown, sizeof(shown), "sampler: %s", line);
    say(self, shown);
}

/* ---- its lives ---- */

static void launch(hone_external *self)
{
    self->next = 1;
    self->ask_sent = false;
    hone_program_start(self->program);
    hone_external_write_hello(hone_program_out(self->program), self->options.spec,
                              self->options.sweep);
    pump(self);
}

static void count_death(hone_external *self)
{
    char end[HONE_PROGRAM_END_MAX];
    hone_program_describe(self->program, end);
    self->n_deaths++;
    if (self->n_deaths >= HONE_EXTERNAL_DEATHS && self->asked != 0) {
        snprintf(self->why, sizeof(self->why),
                 "the sampler '%.80s' gave no answer in %d starts; it %s",
                 self->options.spec->external, HONE_EXTERNAL_DEATHS, end);
        give_up(self, HONE_EIO);
    } else if (self->asked != 0) {
        snprintf(self->why, sizeof(self->why), "the sampler %s; it is started again",
                 end);
        say(self, self->why);
    }
}

static void on_ended(void *arg)
{
    hone_external *self = arg;
    if (!self->over)
        count_death(self);
    if (!self->over && self->asked != 0)
        launch(self);
}

/* ---- for the owner ---- */

int hone_external_new(const hone_external_options *options, hone_external **out,
                      hone_error *err)
{
    assert(options->spec->external != NULL);
    hone_external *self = calloc(1, sizeof(*self));
    hone_config *config = calloc(1, hone_config_size(options->spec->space));
    hone_program_options program = {.loop = options->loop,
                                    .command = options->spec->external,
                                    .line = on_line,
                                    .said = on_said,
                                    .written = on_written,
                                    .ended = on_ended,
                                    .arg = self};
    int rc = self != NULL && config != NULL
                 ? hone_program_new(&program, &self->program, err)
                 : hone_error_set(err, HONE_ENOMEM, "out of memory");
    if (rc != HONE_OK) {
        free(self);
        free(config);
        return rc;
    }
    self->options = *options;
    self->config = config;
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
    if (hone_program_state(self->program) == HONE_PROGRAM_NONE)
        launch(self);
    else
        pump(self);
}

void hone_external_tell(hone_external *self, const hone_external_trial *trial)
{
    bool will_be_recalled = self->next != 0 && trial->number >= self->next;
    bool up = hone_program_state(self->program) == HONE_PROGRAM_UP;
    if (!up || will_be_recalled || self->over)
        return;
    hone_external_write_trial(hone_program_out(self->program), trial);
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
    hone_program_close(self->program);
}

void hone_external_free(hone_external *self)
{
    if (self == NULL)
        return;
    hone_program_free(self->program);
    free(self->config);
    free(self);
}
