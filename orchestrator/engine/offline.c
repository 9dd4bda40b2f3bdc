/* Steering a sweep: the orchestrator is asked where one is live; else the record is
 * changed, under the sweep's lock, as an orchestrator would. */
#include <hone/control.h>

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <hone/ask.h>
#include <hone/spec.h>
#include <hone/store.h>

#include "engine/launch.h"
#include "engine/reactor.h"
#include "store/writer.h"

enum {
    ANSWER_MS = 5000, /* an orchestrator answers in milliseconds */
    LISTEN_MS = 1000, /* one that starts listens soon, one that ends is gone soon */
    PAUSE_MS = 10
};

/* The sweep as the record has it; owned copies, because the reader is closed before the
 * writer is opened. */
typedef struct record {
    const char *store; /* borrowed */
    char *name, *uid, *spec_path;
    hone_spec *spec;
    bool live;
    hone_sweep_state state;
    uint64_t planned, seed;
    hone_writer *writer;
    /* Found by the walk over its trials: */
    hone_config *wanted; /* ADD: what is looked for; owned */
    hone_identity identity;
    uint64_t same, last;
    uint64_t asked; /* KILL: the trial, and its status */
    hone_status status;
    hone_wish wish;
    bool found;
} record;

HONE_PRINTF(2, 3)
static void say(hone_control_answer *answer, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    vsnprintf(answer->said, sizeof(answer->said), format, list);
    va_end(list);
}

static hone_time wall_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (hone_time)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* ---- the record, read ---- */

static int copy_info(record *self, const hone_sweep_info *info, hone_error *err)
{
    self->name = strdup(info->name);
    self->uid = strdup(info->uid);
    self->spec_path = strdup(info->spec_path);
    self->live = info->live;
    self->state = info->state;
    self->planned = info->planned;
    self->seed = info->seed;
    if (self->name == NULL || self->uid == NULL || self->spec_path == NULL)
        return hone_error_set(err, HONE_ENOMEM, "out of memory");
    return hone_spec_read(self->spec_path, info->spec, strlen(info->spec), &self->spec,
                          err);
}

static void close_record(record *self)
{
    hone_writer_close(self->writer);
    hone_spec_free(self->spec);
    free(self->wanted);
    free(self->name);
    free(self->uid);
    free(self->spec_path);
    *self = (record){.store = self->store};
}

static int open_record(record *self, const char *sweep, hone_error *err)
{
    hone_store *store = NULL;
    const hone_sweep_info *info = NULL;
    int rc = hone_store_open(self->store, &store, err);
    if (rc == HONE_OK)
        rc = hone_store_sweep(store, sweep, &info, err);
    if (rc == HONE_OK)
        rc = copy_info(self, info, err);
    hone_store_close(store);
    return rc;
}

static int on_trial(void *arg, const hone_stored_trial *trial)
{
    record *self = arg;
    if (trial->number > self->last)
        self->last = trial->number;
    if (trial->number == self->asked) {
        self->found = true;
        self->status = trial->status;
        self->wish = trial->wish;
    }
    if (self->wanted == NULL || self->same != 0 || trial->n_foreign > 0)
        return HONE_OK;
    hone_identity identity = hone_config_identity(self->spec->space, trial->config);
    if (identity.high == self->identity.high && identity.low == self->identity.low)
        self->same = trial->number;
    return HONE_OK;
}

/* ---- the record, written ---- */

/* Takes the sweep's lock and reads its trials. HONE_EHELD where it is live by now. */
static int begin_writing(record *self, hone_error *err)
{
    const hone_sweep_info *info = NULL;
    bool created = false;
    hone_sweep_row row = {.name = self->name,
                          .uid = self->uid,
                          .spec = self->spec,
                          .planned = self->planned,
                          .seed = self->seed,
                          .now = wall_clock()};
    int rc = hone_writer_open(self->store, &self->writer, err);
    if (rc == HONE_OK)
        rc = hone_writer_lock(self->writer, self->uid, err);
    if (rc == HONE_OK)
        rc = hone_writer_sweep(self->writer, &row, &created, &info, err);
    if (rc == HONE_OK)
        rc = hone_writer_load(self->writer, self->spec->space, on_trial, self, err);
    if (rc == HONE_OK)
        rc = hone_writer_start(self->writer, &(hone_writer_events){0}, err);
    return rc;
}

static int finish_writing(record *self, uint64_t ticket, hone_error *err)
{
    if (ticket == 0)
        return hone_error_set(err, HONE_ENOMEM, "out of memory");
    return hone_writer_flush(self->writer, err);
}

/* What a trial of this number begins with. */
static int find_budget(const hone_spec *spec, uint64_t number, hone_budget *budget,
                       hone_error *err)
{
    hone_ladder ladder;
    int rc = hone_ladder_init(&ladder, spec, err);
    if (rc == HONE_OK)
        rc = hone_ladder_takes_more(&ladder, err);
    if (rc == HONE_OK)
        *budget =
            hone_fidelity_budget(&spec->fidelity, hone_ladder_first(&ladder, number));
    hone_ladder_release(&ladder);
    return rc;
}

static int add_trial(record *self, const hone_control_request *request,
                     hone_control_answer *answer, hone_error *err)
{
    const hone_space *space = self->spec->space;
    self->wanted = calloc(1, hone_config_size(space));
    if (self->wanted == NULL)
        return hone_error_set(err, HONE_ENOMEM, "out of memory");
    int rc =
        hone_config_read(space, request->n_params, request->params, self->wanted, err);
    if (rc != HONE_OK)
        return rc;
    self->identity = hone_config_identity(space, self->wanted);
    rc = begin_writing(self, err);
    if (rc != HONE_OK)
        return rc;
    if (self->same != 0)
        return hone_error_set(err, HONE_EREFUSED,
                              "trial %" PRIu64 " of %s has this configuration already",
                              self->same, self->name);
    answer->trial = self->last + 1;
    hone_trial_row row = {.number = answer->trial,
                          .space = space,
                          .config = self->wanted,
                          .seed = hone_trial_seed(self->spec->seed, answer->trial),
                          .now = wall_clock()};
    rc = find_budget(self->spec, answer->trial, &row.budget, err);
    if (rc != HONE_OK)
        return rc;
    uint64_t ticket = hone_writer_put_trial(self->writer, &row);
    if (ticket != 0 && self->state == HONE_SWEEP_COMPLETE)
        ticket = hone_writer_put_state(self->writer, HONE_SWEEP_OPEN, NULL, wall_clock());
    say(answer, "trial %" PRIu64 " is added; hone resume runs it", answer->trial);
    return finish_writing(self, ticket, err);
}

/* One that was asked for: told as whoever has it would, the lock given back before. */
static int give_up(record *self, uint64_t number, hone_error *err)
{
    hone_tell_request request = {
        .trial = number, .status = HONE_STATUS_CANCELLED, .detail = HONE_OUT_CANCELLED};
    hone_told told;
    hone_writer_close(self->writer);
    self->writer = NULL;
    return hone_tell(self->spec, self->store, self->name, &request, &told, err);
}

static int put_cancelled(record *self, uint64_t number, hone_error *err)
{
    hone_attempt_end end = {.number = number,
                            .status = HONE_STATUS_CANCELLED,
                            .detail = "by the user, before it was started",
                            .started_at = HONE_NO_TIME,
                            .at = wall_clock(),
                            .duration_s = NAN,
                            .cpu_time_s = NAN,
                            .max_rss = -1};
    return finish_writing(self, hone_writer_put_end(self->writer, &end), err);
}

static int kill_trial(record *self, const hone_control_request *request,
                      hone_control_answer *answer, hone_error *err)
{
    self->asked = request->trial;
    int rc = begin_writing(self, err);
    if (rc != HONE_OK)
        return rc;
    if (!self->found)
        return hone_error_set(err, HONE_EREFUSED, "%s has no trial %" PRIu64, self->name,
                              request->trial);
    bool out = self->status == HONE_STATUS_RUNNING && self->wish == HONE_WISH_ASKED;
    if (self->status == HONE_STATUS_RUNNING && !out)
        return hone_error_set(err, HONE_EREFUSED,
                              "trial %" PRIu64
                              " was left running by an orchestrator that "
                              "is gone; hone resume takes it over, then kill it",
                              request->trial);
    if (self->status != HONE_STATUS_PENDING && !out)
        return hone_error_set(err, HONE_EREFUSED, "trial %" PRIu64 " is %s already",
                              request->trial, hone_status_text(self->status));
    answer->trial = request->trial;
    say(answer, "trial %" PRIu64 " is cancelled", request->trial);
    return out ? give_up(self, request->trial, err)
               : put_cancelled(self, request->trial, err);
}

static int steer_record(record *self, const hone_control_request *request,
                        hone_control_answer *answer, hone_error *err)
{
    switch (request->kind) {
    case HONE_CONTROL_ADD:
        return add_trial(self, request, answer, err);
    case HONE_CONTROL_KILL:
        return kill_trial(self, request, answer, err);
    case HONE_CONTROL_STATUS:
        say(answer, "not running");
        return HONE_OK;
    case HONE_CONTROL_STOP:
        say(answer, "not running; there is nothing to stop");
        return HONE_OK;
    case HONE_CONTROL_PAUSE:
    case HONE_CONTROL_RESUME:
    case HONE_CONTROL_SCALE:
    case HONE_N_CONTROLS:
        break;
    }
    return hone_error_set(err, HONE_EREFUSED, "%s is not running", self->name);
}

/* ---- both ---- */

/* One try; HONE_ENOTFOUND from the socket and HONE_EHELD from the record mean that the
 * sweep has just changed hands. */
static int try_once(const char *store, const char *sweep,
                    const hone_control_request *request, hone_control_answer *answer,
                    bool *again, hone_error *err)
{
    record self = {.store = store};
    *again = false;
    int rc = open_record(&self, sweep, err);
    if (rc == HONE_OK && self.live) {
        rc = hone_control_ask(store, self.uid, request, ANSWER_MS, answer, err);
        *again = rc == HONE_ENOTFOUND;
    } else if (rc == HONE_OK) {
        rc = steer_record(&self, request, answer, err);
        *again = rc == HONE_EHELD;
    }
    if (*again)
        rc = hone_error_set(err, HONE_EIO,
                            "%s is running, but its orchestrator cannot be reached; it "
                            "may be on another machine",
                            self.name);
    close_record(&self);
    return rc;
}

int hone_control_steer(const char *store, const char *sweep,
                       const hone_control_request *request, hone_control_answer *answer,
                       hone_error *err)
{
    bool again = true;
    int rc = HONE_OK;
    for (int waited = 0; again && waited < LISTEN_MS; waited += PAUSE_MS) {
        *answer = (hone_control_answer){0};
        if (waited > 0)
            nanosleep(&(struct timespec){.tv_nsec = PAUSE_MS * 1000000L}, NULL);
        rc = try_once(store, sweep, request, answer, &again, err);
    }
    return rc;
}
