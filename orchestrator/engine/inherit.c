/* What a trial that begins as a copy of another one begins with: its checkpoint folder.
 *
 * The copy is made before the trial's row is written, so that a trial which the record
 * has has all that it is to have. Should hone be killed in between, the folder is made
 * anew: the next hone comes to the same decision. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "engine/copy_tree.h"
#include "engine/sweep_state.h"

typedef struct inheritance {
    uv_work_t work;
    hone_sweep *sweep;
    uint64_t number, parent;
    char *folder, *from, *to; /* owned */
    int code;
    hone_error err;
} inheritance;

static void free_inheritance(inheritance *self)
{
    free(self->folder);
    free(self->from);
    free(self->to);
    free(self);
}

/* On a thread of libuv's: checkpoints may be large. */
static void copy(uv_work_t *work)
{
    inheritance *self = work->data;
    if (mkdir(self->folder, 0777) != 0 && errno != EEXIST)
        self->code =
            hone_error_set(&self->err, HONE_EIO, "%s cannot be made", self->folder);
    else
        self->code = hone_tree_copy(self->from, self->to, &self->err);
}

static void after_copy(uv_work_t *work, int status)
{
    inheritance *self = work->data;
    hone_sweep *sweep = self->sweep;
    (void)status; /* nobody cancels it */
    if (!sweep->finished && self->code != HONE_OK) {
        char line[600];
        snprintf(line, sizeof(line),
                 "the checkpoint of trial %llu cannot be copied for trial %llu: %s",
                 (unsigned long long)self->parent, (unsigned long long)self->number,
                 self->err.text);
        hone_loop_fail(sweep, self->code, line);
    } else if (!sweep->finished) {
        const hone_run *run = hone_reactor_run(&sweep->reactor, self->number);
        hone_perform_put_trial(sweep, run);
    }
    free_inheritance(self);
}

static char *write_path(hone_sweep *sweep, uint64_t number, const char *rest)
{
    char *path = NULL;
    const char *dir = hone_launcher_trial_dir(&sweep->launcher, number, 1);
    if (hone_buf_status(&sweep->launcher.trial_dir) != HONE_OK ||
        asprintf(&path, "%s%s", dir, rest) < 0)
        return NULL;
    return path;
}

void hone_perform_copy(hone_sweep *sweep, const hone_run *run)
{
    inheritance *self = calloc(1, sizeof(*self));
    if (self == NULL) {
        hone_loop_fail(sweep, HONE_ENOMEM, "out of memory");
        return;
    }
    self->work.data = self;
    self->sweep = sweep;
    self->number = run->number;
    self->parent = run->parent;
    self->folder = write_path(sweep, run->number, "");
    self->from = write_path(sweep, run->parent, "/checkpoint");
    self->to = write_path(sweep, run->number, "/checkpoint");
    if (self->folder != NULL && self->from != NULL && self->to != NULL &&
        uv_queue_work(sweep->loop, &self->work, copy, after_copy) == 0)
        return;
    hone_loop_fail(sweep, HONE_ENOMEM, "out of memory");
    free_inheritance(self);
}
