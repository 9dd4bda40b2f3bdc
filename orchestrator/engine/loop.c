/* The binding to libuv.
 *
 * Order of a turn: libuv's callbacks post events; before the loop waits, `drain` gives
 * each event to the reactor and has its actions carried out (which may post more). So no
 * decision is made inside a callback, and the depth is two, never five.
 *
 * Output is looked at ten times a second while a trial runs, and to its end when one has
 * ended. A turn reads at most READ_BUDGET bytes of one slot, so that a flood from one
 * child delays the others by milliseconds; `busy` brings the loop back at once for the
 * rest. */
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>

#include "engine/control.h"
#include "engine/sampler.h"
#include "engine/sweep_state.h"

enum {
    TAIL_INTERVAL_MS = 100,
    PROGRESS_INTERVAL_MS = 200,
    SPACE_INTERVAL_MS = 3000,
    READ_BUDGET = 8 * 1024 * 1024, /* bytes of one slot in one turn */
    READ_PATIENCE_NS = 2000000000, /* with output that cannot be read */
    BACKLOG_MAX = 64 * 1024 * 1024 /* bytes waiting for the disk before reading waits */
};

hone_time hone_loop_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (hone_time)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void hone_loop_fail(hone_sweep *sweep, int code, const char *text)
{
    if (sweep->failure == HONE_OK)
        sweep->failure = hone_error_set(&sweep->failure_detail, code, "%s", text);
    /* Without memory the record could get holes. It stays as it is, and what runs is left
     * to the next hone. */
    if (code == HONE_ENOMEM)
        hone_loop_leave(sweep);
    else
        hone_loop_post(sweep, &(hone_event){.kind = HONE_EVENT_HALT,
                                            .text = sweep->failure_detail.text});
}

void hone_loop_post(hone_sweep *sweep, const hone_event *event)
{
    if (hone_fifo_push(&sweep->events, event))
        return;
    /* Without memory for its queue a loop can only be left; the record stays whole. */
    if (sweep->failure == HONE_OK)
        sweep->failure =
            hone_error_set(&sweep->failure_detail, HONE_ENOMEM, "out of memory");
    hone_loop_leave(sweep);
}

/* ---- output ---- */

/* A metric that gets lost takes its line along: the next hone reads that again. */
static void lose_line(hone_sweep *sweep)
{
    hone_writer_unput(sweep->writer);
    hone_loop_fail(sweep, HONE_ENOMEM, "out of memory");
}

static void on_metric(void *arg, const hone_metric *metric)
{
    hone_metric_context *context = arg;
    hone_sweep *sweep = context->sweep;
    hone_run *run = context->run;
    if (sweep->finished)
        return; /* after one that got lost: a later one would say that it was read */
    /* How far a rule's file was read is not on record: it is read again from its start.
     */
    if (context->source == HONE_FROM_FILE && hone_tally_pass(&run->tally, metric))
        return;
    const hone_tally_metric *added = hone_tally_add(&run->tally, metric);
    if (added == NULL && !run->tally.full)
        lose_line(sweep);
    if (added == NULL)
        return;
    if (hone_writer_put_metric(sweep->writer, run->number, run->attempt, metric,
                               added->step, context->source, context->now) == 0) {
        lose_line(sweep);
        return;
    }
    if (hone_early_watches(&sweep->early, added->name))
        hone_loop_post(sweep, &(hone_event){.kind = HONE_EVENT_REPORT,
                                            .report = {.number = run->number,
                                                       .step = added->step,
                                                       .value = metric->value},
                                            .gone = sweep->slots[run->slot].ended});
    const hone_objective *objective = &sweep->spec->objective;
    if (!objective->has_target || sweep->reactor.halted ||
        sweep->spec->repeats.max > 1 || /* the mean is meant, not one repeat */
        sweep->reactor.options.objective_take == HONE_TAKE_MEAN ||
        strcmp(added->name, objective->name) != 0)
        return;
    if (hone_stopper_reaches(&sweep->reactor.stopper, metric->value))
        hone_loop_post(sweep,
                       &(hone_event){.kind = HONE_EVENT_REACHED, .number = run->number});
}

static void on_source(void *arg, hone_source source)
{
    hone_metric_context *context = arg;
    context->source = source;
}

/* Output that cannot be read now is read later. Where that never comes, an ended attempt
 * is left to the next hone, rather than taken for one that printed nothing: its keeper's
 * journal has the end. */
static void bear_with(hone_sweep *sweep, const hone_slot *slot)
{
    const hone_tail *tail = &slot->tail;
    if (!slot->ended || uv_hrtime() - tail->failing_since < READ_PATIENCE_NS)
        return;
    char line[400];
    snprintf(line, sizeof(line), "the output of trial %llu cannot be read: %s: %s",
             (unsigned long long)slot->number, tail->failed_path,
             strerror(tail->failed_errno));
    hone_loop_fail(sweep, HONE_EIO, line);
    hone_loop_leave(sweep);
}

/* All has been read, unless memory failed: then the end is left to the next hone. */
static void end_slot(hone_sweep *sweep, hone_slot *slot)
{
    if (!sweep->finished && hone_tail_end(&slot->tail, &sweep->reader) != HONE_OK)
        hone_loop_fail(sweep, HONE_ENOMEM, "out of memory");
    hone_writer_seal(sweep->writer);
    if (!sweep->finished)
        hone_perform_ended(sweep, slot);
}

/* Reads one slot; true where more is left than a turn may take. */
static bool read_slot(hone_sweep *sweep, hone_slot *slot)
{
    hone_run *run = hone_reactor_run(&sweep->reactor, slot->number);
    if (run == NULL)
        return false;
    sweep->metric.run = run;
    sweep->metric.now = hone_loop_now();
    bool more = false;
    int64_t got = hone_tail_read(&slot->tail, &sweep->reader, READ_BUDGET, &more);
    hone_writer_seal(sweep->writer);
    if (got == HONE_ENOMEM)
        hone_loop_fail(sweep, HONE_ENOMEM, "out of memory");
    if (got == HONE_EIO)
        bear_with(sweep, slot);
    else if (!more && slot->ended)
        end_slot(sweep, slot);
    return more && !sweep->finished;
}

static void on_busy(uv_idle_t *handle);

static void read_slots(hone_sweep *sweep)
{
    bool more = false;
    if (sweep->finished || hone_writer_backlog(sweep->writer) > BACKLOG_MAX)
        return;
    for (uint32_t i = 0; i < sweep->n_slots; i++) {
        if (sweep->slots[i].number != 0)
            more |= read_slot(sweep, &sweep->slots[i]);
    }
    if (more)
        uv_idle_start(&sweep->handles.busy, on_busy);
    else
        uv_idle_stop(&sweep->handles.busy);
}

static void on_busy(uv_idle_t *handle)
{
    read_slots(handle->data);
}

/* Each delay is looked at once, and goes behind the others where it is not over. */
static void check_delays(hone_sweep *sweep)
{
    uint64_t now = uv_hrtime();
    for (size_t i = sweep->delays.n; i > 0; i--) {
        hone_delay delay = *(hone_delay *)hone_fifo_front(&sweep->delays);
        hone_fifo_pop(&sweep->delays);
        if (delay.due_ns <= now)
            hone_loop_post(sweep,
                           &(hone_event){.kind = HONE_EVENT_DUE, .number = delay.number});
        else
            (void)hone_fifo_push(&sweep->delays, &delay); /* into the room just made */
    }
}

static void on_tail(uv_timer_t *handle)
{
    read_slots(handle->data);
    check_delays(handle->data);
}

/* ---- the executor ---- */

static hone_slot *find_slot(hone_sweep *sweep, uint64_t number)
{
    for (uint32_t i = 0; i < sweep->n_slots; i++) {
        if (sweep->slots[i].number == number)
            return &sweep->slots[i];
    }
    return NULL;
}

static void on_started(void *arg, uint64_t trial, uint32_t attempt, int64_t pid,
                       hone_time at)
{
    hone_sweep *sweep = arg;
    hone_slot *slot = find_slot(sweep, trial);
    if (slot != NULL)
        hone_tail_started(&slot->tail);
    if (hone_writer_put_pid(sweep->writer, trial, attempt, pid, at) == 0)
        hone_loop_fail(sweep, HONE_ENOMEM, "out of memory");
    hone_loop_post(sweep, &(hone_event){.kind = HONE_EVENT_STARTED, .number = trial});
}

static void on_ended(void *arg, const hone_exit *exit)
{
    hone_sweep *sweep = arg;
    hone_slot *slot = find_slot(sweep, exit->trial);
    if (slot == NULL || slot->ended)
        return;
    slot->exit = *exit;
    slot->ended = true;
    const hone_tail_start where = hone_perform_where(sweep, slot);
    if (hone_tail_finish(&slot->tail, &where, exit) != HONE_OK)
        hone_loop_fail(sweep, HONE_ENOMEM, "out of memory");
    if (read_slot(sweep, slot))
        uv_idle_start(&sweep->handles.busy, on_busy);
}

static void on_broken(void *arg, uint32_t slot, const hone_error *why)
{
    hone_sweep *sweep = arg;
    char line[600];
    snprintf(line, sizeof(line), "slot %u: %s", slot, why->text);
    if (sweep->options.observer.message != NULL)
        sweep->options.observer.message(sweep->options.observer.arg, line);
}

hone_executor_events hone_loop_executor_events(hone_sweep *sweep)
{
    return (hone_executor_events){
        .started = on_started, .ended = on_ended, .broken = on_broken, .arg = sweep};
}

/* ---- the store's thread ---- */

static void on_committed(void *arg, uint64_t ticket)
{
    hone_sweep *sweep = arg;
    atomic_store(&sweep->news.committed, ticket);
    uv_async_send(&sweep->handles.store_news);
}

static void on_store_failed(void *arg, const hone_error *why)
{
    hone_sweep *sweep = arg;
    sweep->news.why = *why;
    atomic_store(&sweep->news.failed, true);
    uv_async_send(&sweep->handles.store_news);
}

hone_writer_events hone_loop_store_events(hone_sweep *sweep)
{
    return (hone_writer_events){
        .committed = on_committed, .failed = on_store_failed, .arg = sweep};
}

/* ---- space on the disk ---- */

static const uint64_t space_patience_ns = 60 * UINT64_C(1000000000);

static void tell_space(hone_sweep *sweep, hone_disk_news news)
{
    hone_event event = {.kind = HONE_EVENT_HOLD, .text = sweep->disk.said};
    if (news == HONE_DISK_BACK)
        event.kind = HONE_EVENT_RELEASE;
    if (news != HONE_DISK_SAME)
        hone_loop_post(sweep, &event);
}

/* With nothing running a full disk is waited for no longer than a minute: whoever started
 * the sweep shall hear of it. */
static void give_up_waiting(hone_sweep *sweep)
{
    uint64_t now = uv_hrtime();
    if (!sweep->disk.low || sweep->reactor.n_busy > 0)
        sweep->waits_since_ns = 0;
    else if (sweep->waits_since_ns == 0)
        sweep->waits_since_ns = now;
    else if (now - sweep->waits_since_ns > space_patience_ns)
        hone_loop_fail(
            sweep, HONE_EFULL,
            "the disk of the store has no space; nothing is lost, free some and "
            "go on with hone resume");
}

/* Whatever else keeps the file system from answering may pass: then waiting goes on, for
 * as long as it may. */
static void lose_store(hone_sweep *sweep, int error)
{
    char line[sizeof(sweep->failure_detail.text)];
    if (error != ENOENT) {
        give_up_waiting(sweep);
        return;
    }
    snprintf(line, sizeof(line), "the sweep's folder has been removed: %s", sweep->dir);
    hone_loop_fail(sweep, HONE_ESTORE, line);
}

static void on_space(uv_timer_t *handle)
{
    hone_sweep *sweep = handle->data;
    struct statvfs found;
    if (sweep->finished)
        return;
    if (statvfs(sweep->dir, &found) != 0) {
        lose_store(sweep, errno);
        return;
    }
    hone_disk_room room = {.size = found.f_blocks * found.f_frsize,
                           .free = found.f_bavail * found.f_frsize,
                           .n_files = found.f_files,
                           .n_files_free = found.f_favail};
    tell_space(sweep,
               hone_disk_look(&sweep->disk, &room, atomic_load(&sweep->news.committed)));
    give_up_waiting(sweep);
}

/* A full disk is waited for, with what runs running on; the record is kept in memory. Any
 * other failure ends the run. */
static void take_store_failure(hone_sweep *sweep, uint64_t committed)
{
    if (sweep->news.why.code == HONE_EFULL)
        tell_space(sweep, hone_disk_refuse(&sweep->disk, committed));
    else
        hone_loop_fail(sweep, sweep->news.why.code, sweep->news.why.text);
}

static void on_store_news(uv_async_t *handle)
{
    hone_sweep *sweep = handle->data;
    uint64_t committed = atomic_load(&sweep->news.committed);
    hone_due *due;
    while ((due = hone_fifo_front(&sweep->dues)) != NULL && due->ticket <= committed) {
        if (due->kind == HONE_EVENT_SETTLED)
            hone_perform_settled(sweep, due);
        hone_loop_post(sweep, &(hone_event){.kind = due->kind, .number = due->number});
        hone_fifo_pop(&sweep->dues);
    }
    if (atomic_exchange(&sweep->news.failed, false))
        take_store_failure(sweep, committed);
}

/* ---- the queue ---- */

/* What the reactor has answered. */
static void carry_out(hone_sweep *sweep)
{
    for (uint32_t i = 0; i < sweep->actions.n && !sweep->finished; i++)
        hone_perform(sweep, &sweep->actions.items[i]);
    if (sweep->actions.failed && sweep->failure == HONE_OK) {
        sweep->actions.failed = false;
        hone_loop_fail(sweep, HONE_ENOMEM, "out of memory");
    }
}

static void take_step(hone_sweep *sweep, const hone_event *event)
{
    sweep->actions.n = 0;
    hone_reactor_step(&sweep->reactor, event, &sweep->actions);
    carry_out(sweep);
}

void hone_loop_drain(hone_sweep *sweep)
{
    hone_event *front;
    while (!sweep->finished && (front = hone_fifo_front(&sweep->events)) != NULL) {
        hone_event event = *front;
        hone_fifo_pop(&sweep->events);
        take_step(sweep, &event);
    }
}

static void before_wait(uv_prepare_t *handle)
{
    hone_sweep *sweep = handle->data;
    hone_loop_drain(sweep);
    if (hone_sampler_lets_go(sweep))
        hone_loop_drain(sweep);
    if (hone_reactor_starves(&sweep->reactor))
        hone_writer_hurry(sweep->writer);
    hone_control_serve(sweep);
}

void hone_loop_begin(hone_sweep *sweep)
{
    on_space(&sweep->handles.space);
    hone_perform_promise(sweep);
    hone_loop_drain(sweep); /* a disk that is full is known before anything is started */
    sweep->actions.n = 0;
    hone_reactor_begin(&sweep->reactor, &sweep->actions);
    carry_out(sweep);
    hone_loop_drain(sweep);
}

/* ---- time, signals, progress ---- */

static void on_time_up(uv_timer_t *handle)
{
    hone_loop_post(handle->data, &(hone_event){.kind = HONE_EVENT_TIME_UP});
}

static void on_progress(uv_timer_t *handle)
{
    hone_sweep *sweep = handle->data;
    hone_progress progress;
    hone_outcome_progress(sweep, &progress);
    sweep->options.observer.progress(sweep->options.observer.arg, &progress);
}

static void on_signal(uv_signal_t *handle, int number)
{
    hone_sweep *sweep = handle->data;
    if (sweep->signal == 0)
        sweep->signal = number;
    /* The second Ctrl-C does not wait for space on the disk either. */
    if (sweep->disk.refused && (number != SIGINT || sweep->reactor.interrupts > 0))
        hone_loop_fail(sweep, HONE_EFULL, "the disk of the store is full");
    hone_event_kind kind = number == SIGINT ? HONE_EVENT_INTERRUPT : HONE_EVENT_TERMINATE;
    hone_loop_post(sweep, &(hone_event){.kind = kind});
}

void hone_sweep_interrupt(hone_sweep *sweep)
{
    hone_loop_post(sweep, &(hone_event){.kind = HONE_EVENT_INTERRUPT});
    uv_async_send(&sweep->handles.store_news); /* the queue is emptied in the next turn */
}

/* ---- handles ---- */

/* Initialisation cannot fail for these kinds, except where said. */
static void adopt_handle(hone_sweep *sweep, uv_handle_t *handle)
{
    handle->data = sweep;
    sweep->handles.open[sweep->handles.n_open++] = handle;
}

static const int signal_numbers[] = {SIGINT, SIGTERM, SIGHUP};
enum { N_SIGNALS = sizeof(signal_numbers) / sizeof(signal_numbers[0]) };

static int open_signals(hone_sweep *sweep)
{
    if (!sweep->options.handle_signals)
        return 0;
    for (uint32_t i = 0; i < N_SIGNALS; i++) {
        uv_signal_t *handle = &sweep->handles.signals[i];
        int rc = uv_signal_init(sweep->loop, handle);
        if (rc != 0)
            return rc;
        adopt_handle(sweep, (uv_handle_t *)handle);
        rc = uv_signal_start(handle, on_signal, signal_numbers[i]);
        if (rc != 0)
            return rc;
        uv_unref((uv_handle_t *)handle);
    }
    return 0;
}

/* After a run that a signal has ended, one more must not cut short what its caller has to
 * say; libuv would leave it to kill the process. */
static void retire_signals(hone_sweep *sweep)
{
    sigset_t all, before;
    if (!sweep->options.handle_signals || sweep->signal == 0)
        return;
    sigemptyset(&all);
    for (uint32_t i = 0; i < N_SIGNALS; i++)
        sigaddset(&all, signal_numbers[i]);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    for (uint32_t i = 0; i < N_SIGNALS; i++) {
        uv_signal_stop(&sweep->handles.signals[i]);
        signal(signal_numbers[i], SIG_IGN);
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void start_timers(hone_sweep *sweep)
{
    hone_handles *handles = &sweep->handles;
    uv_timer_start(&handles->tail, on_tail, TAIL_INTERVAL_MS, TAIL_INTERVAL_MS);
    uint32_t interval = sweep->options.observer.interval_ms;
    interval = interval > 0 ? interval : PROGRESS_INTERVAL_MS;
    if (sweep->options.observer.progress != NULL)
        uv_timer_start(&handles->progress, on_progress, interval, interval);
    double time_s = sweep->spec->stop.time_s;
    if (time_s > 0)
        uv_timer_start(&handles->time_up, on_time_up, (uint64_t)ceil(time_s * 1000), 0);
    uv_timer_start(&handles->space, on_space, SPACE_INTERVAL_MS, SPACE_INTERVAL_MS);
    uv_prepare_start(&handles->before_wait, before_wait);
}

int hone_loop_open(hone_sweep *sweep, hone_error *err)
{
    hone_handles *handles = &sweep->handles;
    sweep->metric.sweep = sweep;
    sweep->reader.found = on_metric;
    sweep->reader.source = on_source;
    sweep->reader.arg = &sweep->metric;
    int rc = uv_async_init(sweep->loop, &handles->store_news, on_store_news);
    if (rc != 0)
        return hone_error_set(err, HONE_EIO, "the event loop cannot start: %s",
                              uv_strerror(rc));
    adopt_handle(sweep, (uv_handle_t *)&handles->store_news);
    uv_prepare_init(sweep->loop, &handles->before_wait);
    adopt_handle(sweep, (uv_handle_t *)&handles->before_wait);
    uv_timer_init(sweep->loop, &handles->tail);
    adopt_handle(sweep, (uv_handle_t *)&handles->tail);
    uv_timer_init(sweep->loop, &handles->progress);
    adopt_handle(sweep, (uv_handle_t *)&handles->progress);
    uv_timer_init(sweep->loop, &handles->time_up);
    adopt_handle(sweep, (uv_handle_t *)&handles->time_up);
    uv_timer_init(sweep->loop, &handles->space);
    adopt_handle(sweep, (uv_handle_t *)&handles->space);
    uv_timer_init(sweep->loop, &handles->beat);
    adopt_handle(sweep, (uv_handle_t *)&handles->beat);
    uv_idle_init(sweep->loop, &handles->busy);
    adopt_handle(sweep, (uv_handle_t *)&handles->busy);
    rc = open_signals(sweep);
    if (rc != 0)
        return hone_error_set(err, HONE_EIO, "signals cannot be watched: %s",
                              uv_strerror(rc));
    start_timers(sweep);
    return HONE_OK;
}

void hone_loop_close(hone_sweep *sweep)
{
    hone_handles *handles = &sweep->handles;
    hone_control_close(sweep);
    hone_external_close(sweep->external);
    retire_signals(sweep);
    for (uint32_t i = 0; i < handles->n_open; i++)
        uv_close(handles->open[i], NULL);
    handles->n_open = 0;
}

/* Nobody sends to a closed uv_async_t: the writer's thread ends before the handles do. */
static void on_executor_closed(void *arg)
{
    hone_sweep *sweep = arg;
    hone_error err = {0};
    if (hone_writer_flush(sweep->writer, &err) != HONE_OK && sweep->failure == HONE_OK)
        sweep->failure = hone_error_set(&sweep->failure_detail, err.code, "%s", err.text);
    hone_writer_close(sweep->writer);
    sweep->writer = NULL;
    hone_loop_close(sweep);
}

void hone_loop_leave(hone_sweep *sweep)
{
    if (sweep->finished)
        return;
    sweep->finished = true;
    uv_timer_stop(&sweep->handles.tail);
    uv_idle_stop(&sweep->handles.busy);
    hone_control_leave(sweep);
    sweep->executor->close(sweep->executor_self, on_executor_closed, sweep);
    sweep->executor_self = NULL;
}
