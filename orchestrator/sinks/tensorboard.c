/* A log folder of TensorBoard, for its scalars and its HParams table.
 *
 *   PATH/events...             the experiment: parameters, domains, metrics
 *   PATH/trial-NUMBER/events...  a session: values, every point of every curve, its end
 *
 * Written beside its place and renamed: it is there whole or not at all. */
#include "sinks/sinks.h"

#include <errno.h>
#include <fcntl.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sinks/hparams.h"
#include "sinks/tfevents.h"

#include "base/banned.h"

enum { PATH_BYTES = 4096, STEP_MOST = INT32_MAX };

/* One metric's points of one trial. */
typedef struct curve {
    char *name; /* owned */
    struct spot {
        double step, value, wall;
        size_t order;
    } * spots; /* owned */
    size_t n, cap;
} curve;

typedef struct job {
    hone_store *store;
    const hone_sweep_info *sweep;
    const char *dir; /* where it is written */
    hone_hparams hparams;
    hone_buf bytes; /* of the file at hand */
    curve curve;
    double wall; /* of the trial at hand, where a point has no time */
    hone_error *err;
} job;

static double seconds(hone_time time, double otherwise)
{
    return time != HONE_NO_TIME ? (double)time / 1e6 : otherwise;
}

static int out_of_memory(const job *self)
{
    return hone_error_set(self->err, HONE_ENOMEM, "out of memory");
}

/* ---- files ---- */

static int write_file(const job *self, const char *path)
{
    if (hone_buf_status(&self->bytes) != HONE_OK)
        return hone_error_set(self->err, self->bytes.failed, "%s cannot be written: %s",
                              path, hone_error_text(self->bytes.failed));
    FILE *file = fopen(path, "we");
    if (file == NULL)
        return hone_error_set(self->err, HONE_EIO, "%s: %s", path, strerror(errno));
    bool good =
        fwrite(hone_buf_text(&self->bytes), 1, self->bytes.len, file) == self->bytes.len;
    int error = errno;
    if (fclose(file) != 0 && good) {
        good = false;
        error = errno;
    }
    return good ? HONE_OK
                : hone_error_set(self->err, error == ENOSPC ? HONE_EFULL : HONE_EIO,
                                 "%s: %s", path, strerror(error));
}

/* Its name says to TensorBoard what it is, and sorts by time. */
static int write_events(const job *self, const char *dir, double wall)
{
    char path[PATH_BYTES];
    int n = snprintf(path, sizeof path, "%s/events.out.tfevents.%010.0f.hone.0.0", dir,
                     fmax(wall, 0));
    if (n >= (int)sizeof path)
        return hone_error_set(self->err, HONE_ELIMIT, "the path %.100s... is too long",
                              dir);
    return write_file(self, path);
}

/* ---- curves ---- */

static int by_step(const void *a, const void *b)
{
    const struct spot *x = a, *y = b;
    if (x->step != y->step)
        return x->step < y->step ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

/* Steps that TensorBoard has no numbers for: then the points are counted. */
static bool has_whole_steps(const curve *line)
{
    for (size_t i = 0; i < line->n; i++) {
        double step = line->spots[i].step;
        if (!(step >= 0 && step < STEP_MOST) || step != floor(step))
            return false;
    }
    return true;
}

static double as_float(double value)
{
    return fabs(value) > (double)FLT_MAX ? copysign((double)INFINITY, value) : value;
}

/* Of points with the same step the last counts. */
static void put_curve(job *self)
{
    curve *line = &self->curve;
    bool whole = has_whole_steps(line);
    if (whole && line->n > 0)
        qsort(line->spots, line->n, sizeof *line->spots, by_step);
    for (size_t i = 0; i < line->n; i++) {
        const struct spot *spot = &line->spots[i];
        if (whole && i + 1 < line->n && line->spots[i + 1].step == spot->step)
            continue;
        int64_t step = whole ? (int64_t)spot->step : (int64_t)i + 1;
        hone_tfevents_scalar(&self->bytes, spot->wall, step, line->name,
                             as_float(spot->value));
    }
    line->n = 0;
    free(line->name);
    line->name = NULL;
}

static int add_point(void *arg, const hone_point *point)
{
    job *self = arg;
    curve *line = &self->curve;
    if (line->name != NULL && strcmp(line->name, point->name) != 0)
        put_curve(self);
    if (line->name == NULL)
        line->name = strdup(point->name);
    if (line->n == line->cap) {
        size_t cap = line->cap == 0 ? 256 : line->cap * 2;
        struct spot *grown = realloc(line->spots, cap * sizeof *grown);
        if (grown == NULL)
            return out_of_memory(self);
        line->spots = grown;
        line->cap = cap;
    }
    if (line->name == NULL)
        return out_of_memory(self);
    line->spots[line->n] = (struct spot){.step = point->step,
                                         .value = point->value,
                                         .wall = seconds(point->time, self->wall),
                                         .order = line->n};
    line->n++;
    return HONE_OK;
}

/* ---- sessions ---- */

static int put_session(job *self, const hone_trial_info *trial)
{
    hone_buf content;
    double started = seconds(trial->started_at, seconds(self->sweep->created_at, 0));
    double ended = seconds(trial->ended_at, started);
    self->wall = started;
    hone_buf_reset(&self->bytes);
    hone_buf_init(&content, HONE_SINK_ROW_MAX);
    hone_tfevents_header(&self->bytes, started);
    hone_hparams_start(&self->hparams, trial, started, &content);
    hone_tfevents_hparams(&self->bytes, started, "_hparams_/session_start_info",
                          &content);
    int rc = hone_store_history(self->store, self->sweep->id, trial->number, 0, add_point,
                                self, self->err);
    put_curve(self);
    if (trial->has_objective)
        hone_tfevents_scalar(&self->bytes, ended, 0, HONE_HPARAMS_OBJECTIVE,
                             as_float(trial->objective));
    hone_hparams_end(trial, ended, &content);
    hone_tfevents_hparams(&self->bytes, ended, "_hparams_/session_end_info", &content);
    hone_buf_release(&content);
    return rc;
}

/* Trials that never began are no sessions. */
static bool is_session(const hone_trial_info *trial)
{
    return trial->attempts > 0;
}

static int write_trial(void *arg, const hone_trial_info *trial)
{
    job *self = arg;
    char dir[PATH_BYTES];
    if (!is_session(trial))
        return HONE_OK;
    int rc = put_session(self, trial);
    int n = snprintf(dir, sizeof dir, "%s/trial-%" PRIu64, self->dir, trial->number);
    if (rc != HONE_OK)
        return rc;
    if (n >= (int)sizeof dir)
        return hone_error_set(self->err, HONE_ELIMIT, "the path %.100s... is too long",
                              self->dir);
    if (mkdir(dir, 0777) != 0)
        return hone_error_set(self->err, HONE_EIO, "%s: %s", dir, strerror(errno));
    return write_events(self, dir, self->wall);
}

static int learn_trial(void *arg, const hone_trial_info *trial)
{
    job *self = arg;
    if (!is_session(trial))
        return HONE_OK;
    return hone_hparams_learn(&self->hparams, trial) == HONE_OK ? HONE_OK
                                                                : out_of_memory(self);
}

static int write_experiment(job *self)
{
    hone_buf content;
    double created = seconds(self->sweep->created_at, 0);
    hone_buf_reset(&self->bytes);
    hone_buf_init(&content, HONE_SINK_ROW_MAX);
    hone_tfevents_header(&self->bytes, created);
    hone_hparams_experiment(&self->hparams, self->sweep, created, &content);
    hone_tfevents_hparams(&self->bytes, created, "_hparams_/experiment", &content);
    hone_buf_release(&content);
    return write_events(self, self->dir, created);
}

static int run(hone_store *store, const hone_sweep_info *sweep, const char *dir,
               hone_error *err)
{
    job self = {.store = store, .sweep = sweep, .dir = dir, .err = err};
    hone_hparams_init(&self.hparams);
    hone_buf_init(&self.bytes, HONE_SINK_ROW_MAX);
    int rc = hone_store_trials(store, sweep->id, 1, learn_trial, &self, err);
    if (rc == HONE_OK)
        rc = write_experiment(&self);
    if (rc == HONE_OK)
        rc = hone_store_trials(store, sweep->id, 1, write_trial, &self, err);
    hone_hparams_release(&self.hparams);
    hone_buf_release(&self.bytes);
    free(self.curve.name);
    free(self.curve.spots);
    return rc;
}

const hone_sink hone_sink_tensorboard = {
    .name = "tensorboard",
    .summary = "a log folder with every curve, and the HParams table",
    .run_folder = run};
