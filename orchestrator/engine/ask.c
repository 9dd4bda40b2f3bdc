/* hone ask: trials for a loop of the user's own.
 *
 * The sweep is loaded as for a run, up to the reactor and the strategy, and nothing is
 * started. Each trial is suggested, recorded as running with the wish "asked", and given
 * away when that is on disk. One that was recorded and never given away, because hone was
 * killed in between, is out like the others: hone trials shows it. */
#include <hone/ask.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "engine/borrow.h"
#include "engine/sampler.h"

/* No slot's folder has its output. */
enum { NO_SLOT = INT32_MAX };

typedef struct asking {
    hone_sweep *sweep;
    const hone_ask_options *options;
    uint64_t number;
    hone_param_value *params;                      /* owned; room for the space */
    char why[sizeof(((hone_reactor *)NULL)->why)]; /* `stop` ends it, where it does */
    hone_error *err;
} asking;

static hone_param_value *list_params(asking *self, const hone_config *config, uint32_t *n)
{
    const hone_space *space = self->sweep->spec->space;
    *n = 0;
    for (uint32_t i = 0; i < space->n; i++) {
        if (config->values[i].kind != HONE_ABSENT)
            self->params[(*n)++] = (hone_param_value){.name = space->params[i].name,
                                                      .path = space->params[i].path,
                                                      .depth = space->params[i].depth,
                                                      .value = config->values[i]};
    }
    return self->params;
}

/* All of it, or nothing: a trial that is not known as given away is no trial to be run.
 */
static int put_trial(asking *self, const hone_config *config, uint64_t seed)
{
    hone_sweep *sweep = self->sweep;
    hone_time now = hone_loop_now();
    hone_attempt_start start = {.number = self->number,
                                .attempt = 1,
                                .repeat = 1,
                                .slot = NO_SLOT,
                                .at = now,
                                .args = "",
                                .env = ""};
    const hone_trial_row row = {.number = self->number,
                                .space = sweep->spec->space,
                                .config = config,
                                .seed = seed,
                                .now = now};
    hone_writer_join(sweep->writer);
    bool put =
        hone_writer_put_trial(sweep->writer, &row) != 0 &&
        hone_writer_put_start(sweep->writer, &start) != 0 &&
        hone_writer_put_wish(sweep->writer, self->number, 1, HONE_WISH_ASKED) != 0 &&
        hone_writer_put_state(sweep->writer, HONE_SWEEP_OPEN, NULL, now) != 0;
    if (put)
        return hone_writer_flush(sweep->writer, self->err);
    hone_writer_unput(sweep->writer);
    return hone_error_set(self->err, HONE_ENOMEM, "out of memory");
}

static int give(asking *self, const hone_config *config)
{
    hone_sweep *sweep = self->sweep;
    hone_observation pending = {
        .kind = HONE_OBSERVE_PENDING, .number = self->number, .config = config};
    uint64_t seed = hone_trial_seed(sweep->spec->seed, self->number);
    int rc = hone_plan_observe(sweep->plan, &pending);
    if (rc != HONE_OK)
        return hone_error_set(self->err, rc, "out of memory");
    if (sweep->external != NULL)
        hone_external_tell(sweep->external,
                           &(hone_external_trial){.number = self->number,
                                                  .status = HONE_STATUS_PENDING,
                                                  .config = config,
                                                  .space = sweep->spec->space});
    rc = put_trial(self, config, seed);
    if (rc != HONE_OK)
        return rc;
    sweep->reactor.counts[HONE_STATUS_RUNNING]++;
    hone_asked asked = {.sweep = sweep->name, .trial = self->number, .seed = seed};
    asked.params = list_params(self, config, &asked.n_params);
    self->options->given(self->options->arg, &asked);
    return HONE_OK;
}

/* An external sampler answers by an event, as it would to a reactor. */
static int ask_external(asking *self, hone_suggestion *answer, const hone_config **config)
{
    hone_sweep *sweep = self->sweep;
    hone_event *front = NULL;
    bool alive = true; /* it may answer and end in one turn */
    hone_sampler_ask(sweep, self->number);
    while (front == NULL && sweep->failure == HONE_OK && alive) {
        alive = uv_run(sweep->loop, UV_RUN_ONCE) != 0;
        front = hone_fifo_front(&sweep->events);
    }
    if (sweep->failure != HONE_OK)
        return hone_error_set(self->err, sweep->failure, "%s",
                              sweep->failure_detail.text);
    assert(front != NULL);
    hone_event event = *front;
    hone_fifo_pop(&sweep->events);
    *config = event.config;
    *answer = event.kind == HONE_EVENT_SUGGESTED   ? HONE_SUGGESTED
              : event.kind == HONE_EVENT_EXHAUSTED ? HONE_SUGGEST_DONE
                                                   : HONE_SUGGEST_WAIT;
    return event.kind == HONE_EVENT_UNANSWERED
               ? hone_error_set(self->err, HONE_EREFUSED, "%s", event.text)
               : HONE_OK;
}

/* What it is that ends the sweep is said. */
static bool is_over(asking *self)
{
    const hone_reactor *reactor = &self->sweep->reactor;
    if (self->number > reactor->options.limit)
        return true;
    if (hone_stopper_verdict(&reactor->stopper, self->why, sizeof(self->why)) !=
        HONE_STOP_DONE) {
        self->why[0] = '\0'; /* too many failures: whoever asks is to judge */
        return false;
    }
    if (self->options->said != NULL)
        self->options->said(self->options->arg, self->why);
    return true;
}

static int ask_all(asking *self, hone_ask_end *end)
{
    hone_sweep *sweep = self->sweep;
    int rc = HONE_OK;
    *end = HONE_ASK_ALL;
    for (uint64_t i = 0; rc == HONE_OK && i < self->options->n; i++) {
        const hone_config *config = NULL;
        hone_suggestion answer = HONE_SUGGEST_DONE;
        self->number = sweep->reactor.next_number + i;
        if (is_over(self))
            answer = HONE_SUGGEST_DONE;
        else if (sweep->external != NULL &&
                 hone_plan_first(sweep->plan, self->number) == NULL)
            rc = ask_external(self, &answer, &config);
        else
            answer = hone_plan_suggest(sweep->plan, self->number, &config);
        if (rc == HONE_OK && answer == HONE_SUGGESTED)
            rc = give(self, config);
        if (rc != HONE_OK || answer == HONE_SUGGESTED)
            continue;
        *end = answer == HONE_SUGGEST_WAIT ? HONE_ASK_WAITS : HONE_ASK_DONE;
        break;
    }
    return rc;
}

/* Nothing is left to be given, and nothing is out: the sweep is complete, if it was not
 * with the last end that was told. */
static int note_end(asking *self)
{
    const uint64_t *counts = self->sweep->reactor.counts;
    if (counts[HONE_STATUS_RUNNING] + counts[HONE_STATUS_PENDING] > 0 ||
        self->sweep->recorded == HONE_SWEEP_COMPLETE)
        return HONE_OK;
    if (hone_writer_put_state(self->sweep->writer, HONE_SWEEP_COMPLETE,
                              self->why[0] != '\0' ? self->why : NULL,
                              hone_loop_now()) == 0)
        return hone_error_set(self->err, HONE_ENOMEM, "out of memory");
    return hone_writer_flush(self->sweep->writer, self->err);
}

static int ask_in_loop(asking *self, uv_loop_t *loop, hone_resume *resume,
                       hone_ask_end *end)
{
    hone_sweep *sweep = self->sweep;
    sweep->loop = loop;
    sweep->finished = true; /* there is no run that could be left */
    int rc = hone_resume_points(sweep, resume, self->err);
    if (rc == HONE_OK)
        rc = hone_sampler_open(sweep, self->err);
    if (rc == HONE_OK)
        rc = hone_writer_start(sweep->writer, &(hone_writer_events){0}, self->err);
    while (hone_fifo_front(&sweep->events) != NULL)
        hone_fifo_pop(&sweep->events); /* points, for a scheduler that will not act */
    if (rc == HONE_OK)
        rc = ask_all(self, end);
    if (rc == HONE_OK && *end == HONE_ASK_DONE)
        rc = note_end(self);
    hone_external_close(sweep->external);
    uv_run(loop, UV_RUN_DEFAULT);
    return rc;
}

int hone_ask(const hone_spec *spec, const hone_ask_options *options, hone_ask_end *end,
             hone_error *err)
{
    hone_sweep_options sweep_options = {
        .store = options->store,
        .name = options->name,
        .observer = {.message = options->said, .arg = options->arg}};
    asking self = {.options = options, .err = err};
    hone_resume *resume = NULL;
    uv_loop_t loop;
    if (spec->fidelity.promoter != NULL && !spec->fidelity.by_step)
        return hone_error_set(
            err, HONE_EREFUSED,
            "the spec has a fidelity, whose budgets only hone run gives; "
            "take it out for ask and tell");
    int rc = uv_loop_init(&loop);
    if (rc != 0)
        return hone_error_set(err, HONE_EIO, "the event loop cannot start: %s",
                              uv_strerror(rc));
    self.params = calloc(spec->space->n + (size_t)1, sizeof(*self.params));
    rc = self.params == NULL
             ? hone_error_set(err, HONE_ENOMEM, "out of memory")
             : hone_sweep_borrow(&self.sweep, &sweep_options, spec, &resume, err);
    if (rc == HONE_OK) {
        rc = ask_in_loop(&self, &loop, resume, end);
        hone_resume_free(resume);
        hone_sweep_release(self.sweep);
    }
    free(self.params);
    (void)uv_loop_close(&loop);
    return rc;
}
