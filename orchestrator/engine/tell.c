/* hone tell: what a trial that was asked for has come to. */
#include <hone/ask.h>

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/borrow.h"

typedef struct telling {
    hone_sweep *sweep;
    const hone_tell_request *request;
    hone_tally tally;
    bool found, out;
    hone_status status;
    uint32_t attempt;
    uint64_t n_open; /* other trials that have not ended */
    hone_error *err;
} telling;

static int on_trial(void *arg, const hone_stored_trial *trial)
{
    telling *self = arg;
    bool open =
        trial->status == HONE_STATUS_PENDING || trial->status == HONE_STATUS_RUNNING;
    if (trial->number != self->request->trial) {
        self->n_open += open;
        return HONE_OK;
    }
    self->found = true;
    self->status = trial->status;
    self->attempt = trial->attempts;
    self->out = trial->status == HONE_STATUS_RUNNING && trial->wish == HONE_WISH_ASKED;
    return HONE_OK;
}

static int find_trial(telling *self)
{
    hone_sweep *sweep = self->sweep;
    uint64_t number = self->request->trial;
    int rc =
        hone_writer_load(sweep->writer, sweep->spec->space, on_trial, self, self->err);
    if (rc != HONE_OK || self->out)
        return rc;
    if (!self->found)
        return hone_error_set(self->err, HONE_EREFUSED, "%s has no trial %" PRIu64,
                              sweep->name, number);
    bool ended =
        self->status != HONE_STATUS_RUNNING && self->status != HONE_STATUS_PENDING;
    return hone_error_set(self->err, HONE_EREFUSED,
                          ended ? "trial %" PRIu64 " is %s already"
                                : "trial %" PRIu64 " is %s, and for hone to run: only "
                                  "trials of hone ask are told",
                          number, hone_status_text(self->status));
}

static int on_point(void *arg, const hone_point *point)
{
    telling *self = arg;
    hone_metric metric = {.name = point->name,
                          .name_len = (uint32_t)strlen(point->name),
                          .has_step = true,
                          .step = point->step,
                          .value = point->value};
    bool added = hone_tally_add(&self->tally, &metric) != NULL || self->tally.full;
    return added ? HONE_OK : hone_error_set(self->err, HONE_ENOMEM, "out of memory");
}

static int put_points(telling *self)
{
    const hone_tell_request *request = self->request;
    for (uint32_t i = 0; i < request->n_metrics; i++) {
        hone_metric metric = {.name = request->metrics[i].name,
                              .name_len = (uint32_t)strlen(request->metrics[i].name),
                              .has_step = request->on_the_way,
                              .step = request->step,
                              .value = request->metrics[i].value};
        const hone_tally_metric *added = hone_tally_add(&self->tally, &metric);
        if (added == NULL && self->tally.full)
            return hone_error_set(self->err, HONE_ELIMIT,
                                  "trial %" PRIu64 " has %d metrics already, the limit",
                                  request->trial, HONE_TALLY_MAX);
        if (added == NULL || hone_writer_put_metric(self->sweep->writer, request->trial,
                                                    self->attempt, &metric, added->step,
                                                    HONE_FROM_FILE, hone_loop_now()) == 0)
            return hone_error_set(self->err, HONE_ENOMEM, "out of memory");
    }
    hone_writer_seal(self->sweep->writer);
    return HONE_OK;
}

static bool is_told(const telling *self, const char *name)
{
    for (uint32_t i = 0; i < self->request->n_metrics; i++)
        if (strcmp(self->request->metrics[i].name, name) == 0)
            return true;
    return hone_tally_find(&self->tally, name, strlen(name)) != NULL;
}

/* A completed trial has its objectives: told now, or on the way. */
static int check_objective(const telling *self)
{
    const hone_tell_request *request = self->request;
    const hone_spec *spec = self->sweep->spec;
    if (spec->objective.name == NULL || request->on_the_way ||
        request->status != HONE_STATUS_COMPLETED)
        return HONE_OK;
    for (uint32_t i = 0; i <= spec->n_others; i++) {
        const char *name = hone_goal_at(spec, i)->name;
        if (!is_told(self, name))
            return hone_error_set(self->err, HONE_EUSAGE,
                                  "no value is given for %.100s, the objective; say "
                                  "%.100s=VALUE, or --status failed",
                                  name, name);
    }
    return HONE_OK;
}

/* What the metrics so far make of the objective, as in a run. */
static void judge(telling *self, hone_told *told)
{
    const char *name = self->sweep->spec->objective.name;
    const hone_tally_metric *found =
        name != NULL ? hone_tally_find(&self->tally, name, strlen(name)) : NULL;
    told->status =
        self->request->on_the_way ? HONE_STATUS_RUNNING : self->request->status;
    bool counts =
        told->status != HONE_STATUS_FAILED && told->status != HONE_STATUS_CANCELLED;
    told->has_objective = found != NULL && counts;
    if (told->has_objective)
        told->objective =
            hone_tally_value(found, self->sweep->reactor.options.objective_take);
}

/* Whether the sweep has all it wanted with this: `stop` says so, or all its trials have
 * ended. (That a strategy has nothing any more hone ask finds.) */
static bool is_last(telling *self, const hone_told *told, char *why, size_t size)
{
    hone_reactor *reactor = &self->sweep->reactor;
    uint64_t last = reactor->options.planned < reactor->options.limit
                        ? reactor->options.planned
                        : reactor->options.limit;
    hone_stop_trial ended = {.number = self->request->trial,
                             .status = told->status,
                             .has_objective = told->has_objective,
                             .objective = told->objective};
    if (self->n_open > 0)
        return false;
    hone_stopper_ended(&reactor->stopper, &ended);
    return reactor->next_number > last ||
           hone_stopper_verdict(&reactor->stopper, why, size) == HONE_STOP_DONE;
}

static int put_end(telling *self, const hone_told *told)
{
    hone_sweep *sweep = self->sweep;
    const char *detail =
        self->request->detail != NULL ? self->request->detail : "as hone tell said";
    char why[sizeof(sweep->reactor.why)] = "";
    hone_metric_value *metrics = calloc(self->tally.n + (size_t)1, sizeof(*metrics));
    for (uint32_t i = 0; metrics != NULL && i < self->tally.n; i++) {
        const hone_tally_metric *metric = &self->tally.metrics[i];
        hone_take take = hone_extractor_take(sweep->extractor, metric->name, metric->len);
        metrics[i] = (hone_metric_value){.name = metric->name,
                                         .value = hone_tally_value(metric, take),
                                         .n = metric->n};
    }
    hone_attempt_end end = {.number = self->request->trial,
                            .attempt = self->attempt,
                            .status = told->status,
                            .detail =
                                told->status == HONE_STATUS_COMPLETED ? NULL : detail,
                            .started_at = HONE_NO_TIME,
                            .at = hone_loop_now(),
                            .duration_s = NAN,
                            .cpu_time_s = NAN,
                            .max_rss = -1,
                            .has_objective = told->has_objective,
                            .objective = told->objective,
                            .n_metrics = self->tally.n,
                            .metrics = metrics};
    bool put = metrics != NULL && hone_writer_put_end(sweep->writer, &end) != 0;
    if (put && is_last(self, told, why, sizeof(why)))
        put = hone_writer_put_state(sweep->writer, HONE_SWEEP_COMPLETE,
                                    why[0] != '\0' ? why : NULL, hone_loop_now()) != 0;
    free(metrics);
    return put ? HONE_OK : hone_error_set(self->err, HONE_ENOMEM, "out of memory");
}

static int tell(telling *self, hone_told *told)
{
    hone_writer *writer = self->sweep->writer;
    int rc = find_trial(self);
    if (rc == HONE_OK)
        rc = hone_writer_load_points(writer, self->request->trial, self->attempt,
                                     on_point, self, self->err);
    /* What was put before it is started waits: all of it is written at once, or none. */
    if (rc == HONE_OK)
        rc = check_objective(self);
    if (rc == HONE_OK)
        rc = put_points(self);
    if (rc == HONE_OK)
        judge(self, told);
    if (rc == HONE_OK && !self->request->on_the_way)
        rc = put_end(self, told);
    if (rc == HONE_OK)
        rc = hone_writer_start(writer, &(hone_writer_events){0}, self->err);
    return rc == HONE_OK ? hone_writer_flush(writer, self->err) : rc;
}

int hone_tell(const hone_spec *spec, const char *store, const char *name,
              const hone_tell_request *request, hone_told *told, hone_error *err)
{
    hone_sweep_options options = {.store = store, .name = name};
    telling self = {.request = request, .err = err};
    hone_resume *resume = NULL;
    *told = (hone_told){0};
    int rc = hone_sweep_borrow(&self.sweep, &options, spec, &resume, err);
    if (rc != HONE_OK)
        return rc;
    hone_tally_init(&self.tally);
    rc = tell(&self, told);
    hone_tally_release(&self.tally);
    hone_resume_free(resume);
    hone_sweep_release(self.sweep);
    return rc;
}
