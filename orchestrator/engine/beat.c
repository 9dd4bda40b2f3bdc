/* A sign of life, for file systems whose locks do not reach other machines
 * (store/lock.h).
 */
#include <stdlib.h>

#include "engine/sweep_state.h"
#include "store/lock.h"

static void write_beat(uv_work_t *work)
{
    hone_sweep *sweep = work->data;
    hone_beat *beat = &sweep->beat;
    beat->code = hone_lock_beat(beat->path, ++beat->n, &beat->err);
}

static void after_beat(uv_work_t *work, int status)
{
    hone_sweep *sweep = work->data;
    (void)status; /* nobody cancels it */
    sweep->beat.busy = false;
    if (sweep->beat.code != HONE_OK && !sweep->finished)
        hone_loop_fail(sweep, sweep->beat.code, sweep->beat.err.text);
}

static void on_beat(uv_timer_t *timer)
{
    hone_sweep *sweep = timer->data;
    hone_beat *beat = &sweep->beat;
    if (beat->busy || sweep->finished)
        return;
    beat->work.data = sweep;
    beat->busy = uv_queue_work(sweep->loop, &beat->work, write_beat, after_beat) == 0;
}

int hone_beat_begin(hone_sweep *sweep, hone_error *err)
{
    if (asprintf(&sweep->beat.path, "%s/sweep.lock", sweep->dir) < 0) {
        sweep->beat.path = NULL;
        return hone_error_set(err, HONE_ENOMEM, "out of memory");
    }
    uv_timer_start(&sweep->handles.beat, on_beat, HONE_BEAT_MS, HONE_BEAT_MS);
    return HONE_OK;
}

void hone_beat_release(hone_sweep *sweep)
{
    free(sweep->beat.path);
}
