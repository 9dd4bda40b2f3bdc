/* Requests from outside, one function each: it checks what only this sweep knows, posts
 * the event, lets the loop empty its queue, and tells what has become of it. */
#include "engine/steer.h"

#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hone/spec.h>
#include <hone/store.h>

#include "engine/control_wire.h"

static void decide(hone_sweep *sweep, const hone_event *event)
{
    hone_loop_post(sweep, event);
    hone_loop_drain(sweep);
}

static uint64_t n_running(const hone_sweep *sweep)
{
    return sweep->reactor.counts[HONE_STATUS_RUNNING];
}

static const char *plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}

HONE_PRINTF(2, 3)
static void say(hone_control_answer *answer, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    vsnprintf(answer->said, sizeof(answer->said), format, list);
    va_end(list);
}

static int refuse_ending(const hone_sweep *sweep, hone_error *err)
{
    const hone_reactor *reactor = &sweep->reactor;
    if (!reactor->halted && !reactor->finished && !sweep->finished)
        return HONE_OK;
    return hone_error_set(err, HONE_EREFUSED,
                          "%s is ending; hone resume goes on when it has", sweep->name);
}

/* ---- one function a request ---- */

static int tell_status(hone_sweep *sweep, const hone_control_request *request,
                       hone_control_answer *answer, hone_error *err)
{
    (void)request;
    (void)err;
    say(answer, "%" PRIu64 " trial%s running", n_running(sweep),
        plural(n_running(sweep)));
    return HONE_OK;
}

static int pause_sweep(hone_sweep *sweep, const hone_control_request *request,
                       hone_control_answer *answer, hone_error *err)
{
    (void)request;
    int rc = refuse_ending(sweep, err);
    if (rc != HONE_OK)
        return rc;
    decide(sweep, &(hone_event){.kind = HONE_EVENT_PAUSE});
    say(answer, "paused; %" PRIu64 " trial%s still running", n_running(sweep),
        plural(n_running(sweep)));
    return HONE_OK;
}

static int resume_sweep(hone_sweep *sweep, const hone_control_request *request,
                        hone_control_answer *answer, hone_error *err)
{
    (void)request;
    int rc = refuse_ending(sweep, err);
    if (rc != HONE_OK)
        return rc;
    bool paused = sweep->reactor.paused;
    decide(sweep, &(hone_event){.kind = HONE_EVENT_RESUME});
    say(answer, paused ? "no longer paused" : "running, and was not paused");
    return HONE_OK;
}

/* The outcome is that of the signal whose step of the ladder it is. */
static int stop_sweep(hone_sweep *sweep, const hone_control_request *request,
                      hone_control_answer *answer, hone_error *err)
{
    (void)err;
    bool over = sweep->reactor.finished || sweep->finished;
    if (sweep->signal == 0 && !over)
        sweep->signal = request->now ? SIGTERM : SIGINT;
    decide(sweep,
           &(hone_event){.kind = request->now ? HONE_EVENT_TERMINATE : HONE_EVENT_STOP});
    uint64_t n = n_running(sweep);
    if (request->now)
        say(answer, "%" PRIu64 " running trial%s being ended", n, plural(n));
    else
        say(answer, "no more trials are started; %" PRIu64 " still running", n);
    return HONE_OK;
}

static int scale_sweep(hone_sweep *sweep, const hone_control_request *request,
                       hone_control_answer *answer, hone_error *err)
{
    int rc = refuse_ending(sweep, err);
    if (rc != HONE_OK)
        return rc;
    if (request->concurrency > sweep->n_slots)
        return hone_error_set(err, HONE_EREFUSED,
                              "%" PRIu32 " trials at a time are more than this run of %s "
                              "has room for, %" PRIu32 "; stop it and resume it with -j",
                              request->concurrency, sweep->name, sweep->n_slots);
    uint32_t gpus_for = sweep->allotment.devices.n_shares; /* 0: none are handed out */
    bool capped = gpus_for > 0 && request->concurrency > gpus_for;
    uint32_t concurrency = capped ? gpus_for : request->concurrency;
    decide(sweep, &(hone_event){.kind = HONE_EVENT_SCALE, .number = concurrency});
    say(answer, "%" PRIu32 " trial%s at a time%s, %" PRIu64 " running", concurrency,
        plural(concurrency), capped ? ", as many as there are GPUs for" : "",
        n_running(sweep));
    return HONE_OK;
}

static int kill_trial(hone_sweep *sweep, const hone_control_request *request,
                      hone_control_answer *answer, hone_error *err)
{
    const hone_run *run = hone_reactor_run(&sweep->reactor, request->trial);
    if (sweep->reactor.finished || sweep->finished)
        return refuse_ending(sweep, err);
    if (request->trial >= sweep->reactor.next_number)
        return hone_error_set(err, HONE_EREFUSED, "%s has no trial %" PRIu64, sweep->name,
                              request->trial);
    if (run == NULL || hone_lifecycle_final(run->state))
        return hone_error_set(err, HONE_EREFUSED, "trial %" PRIu64 " has ended already",
                              request->trial);
    answer->trial = request->trial;
    bool runs = hone_lifecycle_status(run->state) == HONE_STATUS_RUNNING;
    decide(sweep, &(hone_event){.kind = HONE_EVENT_CANCEL,
                                .number = request->trial,
                                .how = request->now ? HONE_KILL_NOW : HONE_KILL_TERM});
    if (runs)
        say(answer, "trial %" PRIu64 " is being ended", request->trial);
    else
        say(answer, "trial %" PRIu64 " is cancelled", request->trial);
    return HONE_OK;
}

/* A trial of this configuration, on disk or on the way there; 0: none. */
static int find_same(hone_sweep *sweep, const hone_config *config, uint64_t *number,
                     hone_error *err)
{
    const char *dir = sweep->options.store != NULL ? sweep->options.store : ".hone";
    hone_store *store = NULL;
    *number = hone_reactor_find(&sweep->reactor, config);
    if (*number != 0)
        return HONE_OK;
    int rc = hone_store_open(dir, &store, err);
    if (rc == HONE_OK)
        rc = hone_store_find_config(store, sweep->id,
                                    hone_config_identity(sweep->spec->space, config),
                                    number, err);
    hone_store_close(store);
    return rc;
}

static int add_config(hone_sweep *sweep, const hone_control_request *request,
                      hone_config *config, hone_control_answer *answer, hone_error *err)
{
    uint64_t same = 0;
    int rc = hone_config_read(sweep->spec->space, request->n_params, request->params,
                              config, err);
    if (rc == HONE_OK)
        rc = find_same(sweep, config, &same, err);
    if (rc != HONE_OK)
        return rc;
    if (same != 0)
        return hone_error_set(err, HONE_EREFUSED,
                              "trial %" PRIu64 " of %s has this configuration already",
                              same, sweep->name);
    answer->trial = sweep->reactor.next_number;
    decide(sweep, &(hone_event){.kind = HONE_EVENT_ADD, .config = config});
    if (hone_reactor_run(&sweep->reactor, answer->trial) == NULL)
        return hone_error_set(err, HONE_ENOMEM, "out of memory");
    say(answer, "trial %" PRIu64 " is added", answer->trial);
    return HONE_OK;
}

static int add_trial(hone_sweep *sweep, const hone_control_request *request,
                     hone_control_answer *answer, hone_error *err)
{
    int rc = refuse_ending(sweep, err);
    if (rc != HONE_OK)
        return rc;
    const hone_ladder *ladder = sweep->reactor.options.ladder;
    if (ladder != NULL)
        rc = hone_ladder_takes_more(ladder, err);
    if (rc != HONE_OK)
        return rc;
    hone_config *config = calloc(1, hone_config_size(sweep->spec->space));
    rc = config != NULL ? add_config(sweep, request, config, answer, err)
                        : hone_error_set(err, HONE_ENOMEM, "out of memory");
    free(config);
    return rc;
}

/* ---- answers ---- */

/* Whether what was asked for is on disk: an added trial waits for its row, a cancelled
 * one that did not run for its end, one that runs for the wish. */
static bool is_done(const hone_sweep *sweep, hone_control_kind kind, uint64_t trial)
{
    const hone_run *run = hone_reactor_run(&sweep->reactor, trial);
    if (run == NULL || (kind != HONE_CONTROL_ADD && kind != HONE_CONTROL_KILL))
        return true;
    if (kind == HONE_CONTROL_ADD)
        return run->state != HONE_STATE_NEW;
    return run->state == HONE_STATE_STOPPING;
}

static void put_answer(const hone_sweep *sweep, hone_control_answer *answer,
                       hone_buf *out)
{
    const hone_reactor *reactor = &sweep->reactor;
    answer->paused = reactor->paused;
    answer->ending = reactor->halted || reactor->finished || sweep->finished;
    answer->concurrency = reactor->options.concurrency;
    answer->running = reactor->counts[HONE_STATUS_RUNNING];
    answer->waiting = reactor->counts[HONE_STATUS_PENDING];
    hone_control_write_answer(out, answer);
}

static int carry_out(hone_sweep *sweep, const hone_control_request *request,
                     hone_control_answer *answer, hone_error *err)
{
    static int (*const table[HONE_N_CONTROLS])(hone_sweep *, const hone_control_request *,
                                               hone_control_answer *, hone_error *) = {
        [HONE_CONTROL_STATUS] = tell_status,  [HONE_CONTROL_PAUSE] = pause_sweep,
        [HONE_CONTROL_RESUME] = resume_sweep, [HONE_CONTROL_STOP] = stop_sweep,
        [HONE_CONTROL_SCALE] = scale_sweep,   [HONE_CONTROL_KILL] = kill_trial,
        [HONE_CONTROL_ADD] = add_trial};
    return table[request->kind](sweep, request, answer, err);
}

void hone_steer_begin(hone_sweep *sweep, hone_steering *steering, const char *line,
                      size_t len, hone_buf *out)
{
    hone_control_message message;
    hone_control_answer answer = {.live = true};
    hone_error err = {0};
    int rc = hone_control_read_request(line, len, &message, &err);
    if (rc == HONE_OK)
        rc = carry_out(sweep, &message.request, &answer, &err);
    hone_control_kind kind = message.request.kind;
    hone_control_message_release(&message);
    if (rc != HONE_OK)
        hone_control_write_refusal(out, &err);
    else if (is_done(sweep, kind, answer.trial))
        put_answer(sweep, &answer, out);
    else
        *steering = (hone_steering){.pending = true, .kind = kind, .trial = answer.trial};
}

void hone_steer_go_on(hone_sweep *sweep, hone_steering *steering, hone_buf *out)
{
    hone_error err = {0};
    hone_control_answer answer = {.live = true, .trial = steering->trial};
    bool done = is_done(sweep, steering->kind, steering->trial);
    if (!done && !sweep->reactor.unwritable && !sweep->finished)
        return;
    steering->pending = false;
    if (!done) {
        hone_error_set(&err, HONE_ESTORE, "the record cannot be written");
        hone_control_write_refusal(out, &err);
        return;
    }
    const hone_run *run = hone_reactor_run(&sweep->reactor, steering->trial);
    bool runs = run != NULL && run->state == HONE_STATE_STOPPING;
    const char *now = runs ? "being ended" : "cancelled";
    say(&answer, "trial %" PRIu64 " is %s", steering->trial,
        steering->kind == HONE_CONTROL_ADD ? "added" : now);
    put_answer(sweep, &answer, out);
}
