/* A sweep without processes and without a store, for tests of replay: random events drive
 * a reactor and a strategy, and what the store would get is written down.
 *
 *   open_world  begin  step_world*  close_world
 *
 * Whatever a trial comes to depends on its configuration alone (fate_of), apart from
 * losses and what the user does, which a scenario may have. */
#ifndef HONE_TESTS_REPLAY_WORLD_H
#define HONE_TESTS_REPLAY_WORLD_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <hone/buf.h>

#include "engine/replay.h"

enum { TRIALS_MAX = 64, LOG_MAX = 8000, ENDS_MAX = 64, EXIT_REQUEUE = 75 };

/* ---- the record ---- */

typedef enum entry_kind { TRIAL, START, POINT, WISH, END, WITHDRAW, PROMOTE } entry_kind;

struct entry {
    entry_kind kind;
    uint64_t number;
    uint32_t attempt; /* of END 0: it was never started */
    hone_config *config;
    hone_wish wish;
    hone_verdict verdict;
    hone_replay_end end;
    bool lost_at_sea; /* an END without a process */
    double value;
    double budget; /* of TRIAL and PROMOTE */
    uint64_t parent;
};

/* A trial as its rows have it. */
struct row {
    bool there;
    hone_replay trial;
    hone_replay_end ends[ENDS_MAX];
    uint32_t n_ends;
};

typedef struct table {
    struct row rows[TRIALS_MAX + 1];
} table;

static void end_row(struct row *row, const struct entry *entry)
{
    hone_replay *trial = &row->trial;
    trial->status = entry->verdict.status;
    trial->reason = entry->verdict.reason;
    trial->has_objective = entry->verdict.has_objective;
    trial->objective = entry->verdict.objective;
    trial->code = entry->end.exit_code;
    trial->wish = HONE_WISH_NONE;
    if (entry->attempt > 0 && !entry->lost_at_sea) {
        assert_true(row->n_ends < ENDS_MAX);
        row->ends[row->n_ends] = entry->end;
        row->ends[row->n_ends++].reason = entry->verdict.reason;
    }
}

/* What the store's tables hold after the first n entries. */
static void fold(const struct entry *log, uint32_t n, table *out)
{
    memset(out, 0, sizeof *out);
    for (uint32_t i = 0; i < n; i++) {
        struct row *row = &out->rows[log[i].number];
        hone_replay *trial = &row->trial;
        trial->number = log[i].number;
        trial->sequence = i + 1;
        switch (log[i].kind) {
        case TRIAL:
            row->there = true;
            trial->config = log[i].config;
            trial->budget = log[i].budget;
            trial->parent = log[i].parent;
            trial->status = HONE_STATUS_PENDING;
            break;
        case PROMOTE:
            trial->budget = log[i].budget;
            trial->status = HONE_STATUS_PENDING;
            trial->reason = HONE_REASON_NONE;
            break;
        case START:
            trial->status = HONE_STATUS_RUNNING;
            trial->reason = HONE_REASON_NONE;
            trial->attempts = log[i].attempt;
            break;
        case WISH:
            trial->wish = log[i].wish;
            break;
        case END:
            end_row(row, &log[i]);
            break;
        case WITHDRAW:
            row->there = false;
            break;
        case POINT:
            break;
        }
    }
}

/* ---- the world ---- */

struct scenario {
    const char *method, *stop;
    const char *ladder;  /* who gives budgets; NULL: nobody */
    const char *repeats; /* NULL: 1 */
    uint32_t concurrency;
    int lost_percent, steering_percent;
};

typedef struct world {
    uint64_t random;
    struct scenario scenario;
    const hone_spec *spec; /* borrowed */
    hone_plan *plan;
    hone_reactor reactor;
    hone_actions actions;
    uint32_t n_log, n_committed, n_owned; /* the first n_owned configs are another's */
    uint64_t running[TRIALS_MAX];         /* numbers */
    uint32_t n_running;
    uint64_t delayed[TRIALS_MAX];
    uint32_t n_delayed;
    bool asked, finished, paused;
    uint64_t asked_number;
    struct entry log[LOG_MAX];
} world;

static uint32_t draw(world *w, uint32_t below)
{
    w->random ^= w->random << 13;
    w->random ^= w->random >> 7;
    w->random ^= w->random << 17;
    return (uint32_t)((w->random >> 20) % below);
}

static uint64_t identity_of(const world *w, const hone_config *config)
{
    return hone_config_identity(w->spec->space, config).low;
}

/* What a configuration comes to, whenever and however often it is run: 0..4 completes, 5
 * fails for good, 6 fails once, 7 is preempted once. */
static uint32_t fate_of(const world *w, const hone_config *config)
{
    return (uint32_t)(identity_of(w, config) >> 7) % 8;
}

static double objective_of(const world *w, const hone_run *run)
{
    double noise =
        2.5 * (hone_run_repeat(run) * 7 % 5); /* none where 1 is all there is */
    return (double)(identity_of(w, run->config) >> 40) / 1e6 + noise - 5;
}

static hone_spec *make_spec(const struct scenario *scenario)
{
    char text[1024], ladder[200] = "";
    hone_spec *spec = NULL;
    hone_error err = {0};
    if (scenario->ladder != NULL)
        snprintf(ladder, sizeof ladder,
                 "  epochs: {min: 1, max: 9}\nfidelity: {parameter: epochs}\n"
                 "early_terminate: {type: %s}\n",
                 scenario->ladder);
    int len = snprintf(text, sizeof text,
                       "command: [train, '${args}']\nmethod: %s\nseed: 11\n"
                       "metric: {name: loss, goal: minimize}\n"
                       "retries: 2\nretry_on: [exit]\nrequeue_on: [75]\n"
                       "stop: {failures: 100000, %s}\nrepeats: %s\n"
                       "parameters:\n"
                       "  model: {values: [tree, forest, net]}\n"
                       "  depth: {min: 1, max: 9, distribution: int_uniform,"
                       " when: {model: [tree, forest]}}\n"
                       "  width: {min: 0, max: 1, step: 0.25}\n"
                       "%sconstraints: ['depth < 9']\n",
                       scenario->method, scenario->stop,
                       scenario->repeats != NULL ? scenario->repeats : "1", ladder);
    if (hone_spec_read("replay.yaml", text, (size_t)len, &spec, &err) != HONE_OK)
        fail_msg("%s", err.text);
    for (uint32_t i = 0; i < spec->diagnostics.n; i++)
        if (spec->diagnostics.items[i].severity != HONE_SEVERITY_WARNING)
            fail_msg("%s", spec->diagnostics.items[i].text);
    return spec;
}

static void open_world(world *w, const struct scenario *scenario, const hone_spec *spec,
                       uint64_t seed)
{
    hone_error err = {0};
    memset(w, 0, offsetof(world, log));
    w->random = seed * 0x9e3779b97f4a7c15U + 1;
    w->scenario = *scenario;
    w->spec = spec;
    if (hone_plan_make(w->spec, &w->plan, &err) != HONE_OK)
        fail_msg("%s", err.text);
    hone_reactor_options options = {.spec = w->spec,
                                    .objective_take = HONE_TAKE_LAST,
                                    .concurrency = scenario->concurrency,
                                    .n_slots = TRIALS_MAX,
                                    .planned = hone_plan_count(w->plan),
                                    .limit = w->spec->stop.trials,
                                    .adaptive = hone_plan_adaptive(w->plan),
                                    .ladder = hone_plan_ladder(w->plan)};
    assert_int_equal(hone_reactor_init(&w->reactor, &options), HONE_OK);
}

static void close_world(world *w)
{
    for (uint32_t i = w->n_owned; i < w->n_log; i++)
        free(w->log[i].config);
    hone_actions_release(&w->actions);
    hone_reactor_release(&w->reactor);
    hone_plan_free(w->plan);
}

static struct entry *write_down(world *w, entry_kind kind, uint64_t number)
{
    assert_true(w->n_log < LOG_MAX && number <= TRIALS_MAX);
    struct entry *added = &w->log[w->n_log++];
    *added = (struct entry){.kind = kind, .number = number};
    return added;
}

static hone_config *copy_config(const world *w, const hone_config *config)
{
    size_t size = hone_config_size(w->spec->space);
    hone_config *copy = malloc(size);
    assert_non_null(copy);
    memcpy(copy, config, size);
    return copy;
}

static void record(world *w, const hone_run *run)
{
    hone_observation pending = {
        .kind = HONE_OBSERVE_PENDING, .number = run->number, .config = run->config};
    assert_int_equal(hone_plan_observe(w->plan, &pending), HONE_OK);
    struct entry *added = write_down(w, TRIAL, run->number);
    added->config = copy_config(w, run->config);
    added->budget = run->budget;
    added->parent = run->parent;
}

static void remove_running(world *w, uint64_t number)
{
    uint32_t i = 0;
    while (w->running[i] != number)
        i++;
    w->running[i] = w->running[--w->n_running];
}

static void obey(world *w, const hone_action *action)
{
    struct entry *added;
    switch (action->kind) {
    case HONE_ACTION_ASK:
        w->asked = true;
        w->asked_number = action->number;
        break;
    case HONE_ACTION_RECORD:
        record(w, action->run);
        break;
    case HONE_ACTION_START:
        write_down(w, START, action->number)->attempt = action->run->attempt;
        w->running[w->n_running++] = action->number;
        break;
    case HONE_ACTION_WISH:
        added = write_down(w, WISH, action->number);
        added->attempt = action->run->attempt;
        added->wish = action->wish;
        break;
    case HONE_ACTION_CONCLUDE:
    case HONE_ACTION_CANCEL:
        added = write_down(w, END, action->number);
        added->verdict = action->verdict;
        if (action->kind == HONE_ACTION_CANCEL)
            added->verdict = (hone_verdict){.status = HONE_STATUS_CANCELLED};
        else
            added->attempt = action->run->attempt;
        break;
    case HONE_ACTION_DELAY:
        w->delayed[w->n_delayed++] = action->number;
        break;
    case HONE_ACTION_WITHDRAW:
        write_down(w, WITHDRAW, action->number);
        break;
    case HONE_ACTION_FINISH:
        w->finished = true;
        break;
    case HONE_ACTION_PROMOTE:
        write_down(w, PROMOTE, action->number)->budget = action->run->budget;
        break;
    case HONE_ACTION_KILL:
    case HONE_ACTION_SAY:
        break;
    }
}

static void tell(world *w, const hone_event *event)
{
    w->actions.n = 0;
    uint32_t before = w->n_log;
    hone_reactor_step(&w->reactor, event, &w->actions);
    for (uint32_t i = 0; i < w->actions.n; i++)
        obey(w, &w->actions.items[i]);
    for (uint32_t i = before; i < w->n_log && event->exit != NULL; i++)
        if (w->log[i].kind == END && w->log[i].number == event->number)
            w->log[i].end = (hone_replay_end){.reason = event->exit->reason,
                                              .exit_code = event->exit->exit_code,
                                              .scored = w->log[i].verdict.scored,
                                              .score = w->log[i].verdict.score,
                                              .budget = w->log[i].verdict.budget};
}

static void begin(world *w)
{
    w->actions.n = 0;
    hone_reactor_begin(&w->reactor, &w->actions);
    for (uint32_t i = 0; i < w->actions.n; i++)
        obey(w, &w->actions.items[i]);
}

static void answer(world *w)
{
    const hone_config *point = NULL;
    hone_event event = {.number = w->asked_number};
    w->asked = false;
    switch (hone_plan_suggest(w->plan, w->asked_number, &point)) {
    case HONE_SUGGESTED:
        event.kind = HONE_EVENT_SUGGESTED;
        event.config = point;
        break;
    case HONE_SUGGEST_WAIT:
        event.kind = HONE_EVENT_WAIT;
        break;
    case HONE_SUGGEST_DONE:
        event.kind = HONE_EVENT_EXHAUSTED;
        break;
    }
    tell(w, &event);
}

/* As hone_perform_settled does. */
static void observe_end(world *w, const struct entry *end)
{
    const hone_run *run = hone_reactor_run(&w->reactor, end->number);
    if (end->verdict.status == HONE_STATUS_PENDING)
        return;
    hone_observation observation = {
        .kind = hone_observation_of(end->verdict.status, end->verdict.has_objective),
        .progress = end->verdict.budget,
        .number = end->number,
        .config = run->config,
        .objective = end->verdict.objective};
    assert_int_equal(hone_plan_observe(w->plan, &observation), HONE_OK);
}

/* The next entry reaches the disk. */
static void commit(world *w)
{
    struct entry done = w->log[w->n_committed++];
    hone_event event = {.number = done.number};
    switch (done.kind) {
    case TRIAL:
    case PROMOTE:
        event.kind = HONE_EVENT_RECORDED;
        break;
    case WISH:
        event.kind = HONE_EVENT_WISHED;
        break;
    case END:
        if (done.lost_at_sea) /* written before the run began: nobody waits for it */
            return;
        event.kind = HONE_EVENT_SETTLED;
        observe_end(w, &done);
        break;
    case START:
    case POINT:
    case WITHDRAW:
        return;
    }
    tell(w, &event);
}

static void add_point(hone_run *run, double value)
{
    hone_metric metric = {.name = "loss", .name_len = 4, .value = value};
    assert_non_null(hone_tally_add(&run->tally, &metric));
}

static void print_point(world *w, hone_run *run, double value)
{
    struct entry *added = write_down(w, POINT, run->number);
    added->attempt = run->attempt;
    added->value = value;
    add_point(run, value);
}

static void end_trial(world *w, uint64_t number)
{
    hone_run *run = hone_reactor_run(&w->reactor, number);
    hone_exit exit = {.trial = number, .exit_code = 0, .reason = HONE_REASON_NONE};
    uint32_t fate = fate_of(w, run->config);
    if (run->wished) {
        exit.reason = HONE_REASON_SIGNAL;
        exit.signal = 15;
        exit.exit_code = -1;
    } else if ((int)draw(w, 100) < w->scenario.lost_percent) {
        exit.reason = HONE_REASON_LOST;
        exit.exit_code = -1;
    } else if (fate == 5 || (fate == 6 && run->n_retried == 0)) {
        exit.reason = HONE_REASON_EXIT;
        exit.exit_code = 3;
    } else if (fate == 7 && run->n_requeued == 0) {
        exit.reason = HONE_REASON_EXIT;
        exit.exit_code = EXIT_REQUEUE;
    } else {
        print_point(w, run, objective_of(w, run));
    }
    remove_running(w, number);
    tell(w, &(hone_event){.kind = HONE_EVENT_ENDED, .number = number, .exit = &exit});
}

static void steer(world *w)
{
    switch (draw(w, 12)) {
    case 0:
        tell(w, &(hone_event){.kind = HONE_EVENT_PAUSE});
        w->paused = true;
        break;
    case 1:
    case 2:
        tell(w, &(hone_event){.kind = HONE_EVENT_RESUME});
        w->paused = false;
        break;
    case 3:
        if (draw(w, 10) == 0)
            tell(w, &(hone_event){.kind = HONE_EVENT_INTERRUPT});
        break;
    default:
        tell(w, &(hone_event){.kind = HONE_EVENT_CANCEL,
                              .number = 1 + draw(w, (uint32_t)w->reactor.next_number),
                              .how = HONE_KILL_TERM});
        break;
    }
}

/* Something happens; false where nothing can. */
static bool happen(world *w)
{
    uint32_t choice = draw(w, 100);
    bool disk = w->n_committed < w->n_log;
    if (w->scenario.steering_percent > 0 &&
        (int)draw(w, 100) < w->scenario.steering_percent) {
        steer(w);
        return true;
    }
    if (w->n_running > 0 && choice < 30) {
        uint64_t number = w->running[draw(w, w->n_running)];
        hone_run *run = hone_reactor_run(&w->reactor, number);
        if (run->state == HONE_STATE_STARTING)
            tell(w, &(hone_event){.kind = HONE_EVENT_STARTED, .number = number});
        else if (draw(w, 2) == 0)
            print_point(w, run, (double)draw(w, 1000));
        else
            end_trial(w, number);
        return true;
    }
    if (w->asked && choice < 50) {
        answer(w);
        return true;
    }
    if (disk && choice < 90) {
        commit(w);
        return true;
    }
    if (w->n_delayed > 0) {
        tell(w,
             &(hone_event){.kind = HONE_EVENT_DUE, .number = w->delayed[--w->n_delayed]});
        return true;
    }
    return w->n_running > 0 || w->asked || disk;
}

static void step_world(world *w)
{
    if (happen(w))
        return;
    assert_true(w->paused); /* only a pause lets a sweep stand still */
    w->paused = false;
    tell(w, &(hone_event){.kind = HONE_EVENT_RESUME});
}

#endif
