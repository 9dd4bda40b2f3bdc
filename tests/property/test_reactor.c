/* The reactor against a world that answers in random order.
 *
 * The world keeps what it was told to do and lets it happen in any order that a real one
 * could: rows reach the disk in order, processes start and end whenever they like, the
 * user interrupts, pauses, scales, cancels and adds. After every step the invariants
 * hold: nothing is started beyond the limit of that moment, in a pause, or after it was
 * cancelled; nothing is told to end before that is on its way to the disk; never two
 * trials on a slot, no trial started before its row is on disk, none twice; numbers have
 * no gaps; and the sweep always finishes. Where a parameter is the budget of trials, one
 * is promoted only from where it rests, and each of its attempts has the budget that it
 * was given. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/reactor.h"

enum { TRIALS_MAX = 400, SLOTS_MAX = 64, DISK_MAX = 16 * TRIALS_MAX };

typedef enum stage {
    ABSENT,
    RECORDING,
    RECORDED,
    STARTED,
    NAMED,
    ENDING,
    RESTING,
    OVER
} stage;

typedef struct world {
    uint64_t random;
    hone_reactor reactor;
    hone_actions actions;
    stage stages[TRIALS_MAX + 1];
    uint32_t slot_of[TRIALS_MAX + 1];
    int starts[TRIALS_MAX + 1];
    uint64_t on_slot[SLOTS_MAX];
    uint64_t disk[DISK_MAX]; /* what is on its way to the disk, in order */
    hone_event_kind disk_kind[DISK_MAX];
    bool wished[TRIALS_MAX + 1];
    uint32_t disk_first, disk_n;
    uint64_t delayed[TRIALS_MAX];
    uint32_t n_delayed;
    uint64_t asked_number;
    uint64_t exhausts_after; /* the strategy has so many trials */
    uint32_t n_running, most_running;
    bool asked, finished, interrupted, paused;
    bool cancelled[TRIALS_MAX + 1];
    uint32_t n_added, most_allowed;
    int fail_percent, lost_percent;
    hone_ladder ladder;
    double budget[TRIALS_MAX + 1];
    uint32_t n_promoted;
    double steps[TRIALS_MAX + 1]; /* that a trial has come to, where rungs are steps */
} world;

static uint32_t draw(world *w, uint32_t below)
{
    w->random ^= w->random << 13;
    w->random ^= w->random >> 7;
    w->random ^= w->random << 17;
    return (uint32_t)((w->random >> 20) % below);
}

static void to_disk(world *w, uint64_t number, hone_event_kind kind)
{
    assert_true(w->disk_n < DISK_MAX);
    w->disk_kind[w->disk_n] = kind;
    w->disk[w->disk_n++] = number;
}

static bool by_step(const world *w)
{
    return w->reactor.options.spec->fidelity.by_step;
}

static void obey(world *w, const hone_action *action)
{
    uint64_t number = action->number;
    assert_false(w->finished);
    switch (action->kind) {
    case HONE_ACTION_ASK:
        assert_false(w->asked);
        w->asked = true;
        w->asked_number = number;
        break;
    case HONE_ACTION_RECORD:
        assert_int_equal(w->stages[number], ABSENT);
        if (action->run->parent != 0) /* which has to be at rest to be copied */
            assert_int_equal(w->stages[action->run->parent], RESTING);
        w->stages[number] = RECORDING;
        w->budget[number] = action->run->budget;
        to_disk(w, number, HONE_EVENT_RECORDED);
        break;
    case HONE_ACTION_PROMOTE:
        assert_int_equal(w->reactor.n_copying, 0);
        assert_int_equal(w->stages[number], RESTING);
        assert_false(w->cancelled[number]);
        assert_true(action->run->budget > w->budget[number]);
        assert_false(action->run->rests || action->run->pruned);
        w->stages[number] = RECORDING;
        w->budget[number] = action->run->budget;
        w->n_promoted++;
        to_disk(w, number, HONE_EVENT_RECORDED);
        break;
    case HONE_ACTION_START:
        if (!by_step(w))
            assert_true(action->run->budget == w->budget[number]);
        assert_int_equal(w->stages[number], RECORDED);
        assert_int_equal(w->on_slot[action->run->slot], 0);
        assert_false(w->paused || w->cancelled[number]);
        assert_true(w->n_running < w->reactor.options.concurrency);
        w->on_slot[action->run->slot] = number;
        w->slot_of[number] = action->run->slot;
        w->stages[number] = STARTED;
        w->wished[number] = false;
        w->starts[number]++;
        assert_int_equal(action->run->attempt, w->starts[number]);
        w->n_running++;
        break;
    case HONE_ACTION_WISH:
        assert_true(w->stages[number] == STARTED || w->stages[number] == NAMED);
        assert_int_equal(action->wish, w->cancelled[number]  ? HONE_WISH_CANCELLED
                                       : action->run->pruned ? HONE_WISH_PRUNED
                                                             : HONE_WISH_INTERRUPTED);
        assert_true(by_step(w) || !action->run->pruned);
        w->wished[number] = true;
        to_disk(w, number, HONE_EVENT_WISHED);
        break;
    case HONE_ACTION_KILL:
        assert_true(w->wished[number]);
        assert_true(w->stages[number] == STARTED || w->stages[number] == NAMED);
        break;
    case HONE_ACTION_CONCLUDE:
        assert_int_equal(w->stages[number], ENDING);
        w->stages[number] = OVER;
        if (action->verdict.status == HONE_STATUS_PENDING)
            w->stages[number] = RECORDED;
        if (action->verdict.rests) {
            w->stages[number] = RESTING;
            w->budget[number] = action->run->budget;
        }
        assert_int_equal(action->verdict.status == HONE_STATUS_CANCELLED,
                         w->cancelled[number]);
        to_disk(w, number, HONE_EVENT_SETTLED);
        break;
    case HONE_ACTION_CANCEL:
        assert_true(w->stages[number] == RECORDED || w->stages[number] == RESTING);
        assert_true(w->cancelled[number]);
        w->stages[number] = OVER;
        to_disk(w, number, HONE_EVENT_SETTLED);
        break;
    case HONE_ACTION_DELAY:
        assert_int_equal(w->stages[number], RECORDED);
        w->delayed[w->n_delayed++] = number;
        break;
    case HONE_ACTION_WITHDRAW:
        assert_int_equal(w->stages[number], RECORDED);
        assert_int_equal(w->starts[number], 0);
        w->stages[number] = ABSENT;
        break;
    case HONE_ACTION_SAY:
        assert_true(strlen(action->text) > 0);
        break;
    case HONE_ACTION_FINISH:
        w->finished = true;
        break;
    }
}

static void tell(world *w, const hone_event *event)
{
    w->actions.n = 0;
    hone_reactor_step(&w->reactor, event, &w->actions);
    for (uint32_t i = 0; i < w->actions.n; i++)
        obey(w, &w->actions.items[i]);
    if (w->n_running > w->most_running)
        w->most_running = w->n_running;
    assert_int_equal(w->n_running, w->reactor.counts[HONE_STATUS_RUNNING]);
}

static hone_config *make_config(const world *w)
{
    const hone_space *space = w->reactor.options.spec->space;
    hone_config *config = calloc(1, hone_config_size(space));
    assert_non_null(config);
    config->n = space->n;
    for (uint32_t i = 0; i < space->n; i++)
        config->values[i] = space->params[i].values[0];
    return config;
}

static void answer(world *w)
{
    hone_config *config = make_config(w);
    w->asked = false;
    hone_event event = {
        .kind = HONE_EVENT_SUGGESTED, .number = w->asked_number, .config = config};
    if (w->asked_number > w->exhausts_after)
        event.kind = HONE_EVENT_EXHAUSTED;
    tell(w, &event);
    free(config);
}

static void commit(world *w)
{
    uint64_t number = w->disk[w->disk_first];
    hone_event_kind kind = w->disk_kind[w->disk_first++];
    if (kind == HONE_EVENT_RECORDED)
        w->stages[number] = RECORDED;
    tell(w, &(hone_event){.kind = kind, .number = number});
}

static void end_trial(world *w, uint64_t number)
{
    hone_exit exit = {.trial = number, .exit_code = 0, .reason = HONE_REASON_NONE};
    if ((int)draw(w, 100) < w->fail_percent) {
        exit.reason = HONE_REASON_EXIT;
        exit.exit_code = 1 + (int)draw(w, 3);
    } else if ((int)draw(w, 100) < w->lost_percent) {
        exit.reason = HONE_REASON_LOST;
    }
    hone_run *run = hone_reactor_run(&w->reactor, number);
    if (w->reactor.options.ladder != NULL && (!by_step(w) || run->tally.n == 0)) {
        hone_metric metric = {.name = "loss", .name_len = 4, .value = draw(w, 50)};
        assert_non_null(hone_tally_add(&run->tally, &metric));
    }
    w->stages[number] = ENDING;
    w->on_slot[w->slot_of[number]] = 0;
    w->n_running--;
    tell(w, &(hone_event){.kind = HONE_EVENT_ENDED, .number = number, .exit = &exit});
}

/* A trial comes a few steps further, sometimes when its processes have gone. */
static void report(world *w, uint64_t number)
{
    hone_event event = {.kind = HONE_EVENT_REPORT, .gone = draw(w, 20) == 0};
    w->steps[number] += 1 + draw(w, 6);
    event.report =
        (hone_report){.number = number, .step = w->steps[number], .value = draw(w, 50)};
    if (draw(w, 30) == 0)
        event.report.value = NAN;
    hone_metric metric = {.name = "loss",
                          .name_len = 4,
                          .has_step = true,
                          .step = event.report.step,
                          .value = event.report.value};
    hone_run *run = hone_reactor_run(&w->reactor, number);
    assert_non_null(hone_tally_add(&run->tally, &metric));
    tell(w, &event);
}

/* One thing happens; false where nothing can. */
static bool happen(world *w)
{
    for (int tries = 0; tries < 200; tries++) {
        uint32_t choice = draw(w, 100);
        uint64_t number = w->on_slot[draw(w, SLOTS_MAX)];
        if (choice < 30 && w->asked) {
            answer(w);
            return true;
        }
        if (choice >= 30 && choice < 55 && w->disk_first < w->disk_n) {
            commit(w);
            return true;
        }
        if (choice >= 55 && choice < 60 && w->n_delayed > 0) {
            tell(w, &(hone_event){.kind = HONE_EVENT_DUE,
                                  .number = w->delayed[--w->n_delayed]});
            return true;
        }
        if (choice >= 60 && number != 0 && w->stages[number] == STARTED) {
            w->stages[number] = NAMED;
            tell(w, &(hone_event){.kind = HONE_EVENT_STARTED, .number = number});
            return true;
        }
        bool on_its_way = w->stages[number] == NAMED && w->steps[number] < 27;
        if (choice >= 65 && number != 0 && by_step(w) && on_its_way) {
            report(w, number);
            return true;
        }
        if (choice >= 60 && number != 0) {
            end_trial(w, number);
            return true;
        }
    }
    return w->asked || w->disk_first < w->disk_n || w->n_running > 0 || w->n_delayed > 0;
}

static void cancel_some(world *w)
{
    uint64_t number = 1 + draw(w, (uint32_t)w->reactor.next_number + 2);
    const hone_run *run = hone_reactor_run(&w->reactor, number);
    if (run != NULL && !hone_lifecycle_final(run->state))
        w->cancelled[number] = true;
    tell(w, &(hone_event){.kind = HONE_EVENT_CANCEL,
                          .number = number,
                          .how = draw(w, 2) == 0 ? HONE_KILL_TERM : HONE_KILL_NOW});
}

/* The user does something. */
static void steer(world *w)
{
    hone_config *config = make_config(w);
    uint32_t wanted = 1 + draw(w, w->reactor.options.n_slots);
    switch (draw(w, 5)) {
    case 0:
        w->paused = true;
        tell(w, &(hone_event){.kind = HONE_EVENT_PAUSE});
        break;
    case 1:
        w->paused = false;
        tell(w, &(hone_event){.kind = HONE_EVENT_RESUME});
        break;
    case 2:
        w->most_allowed = wanted > w->most_allowed ? wanted : w->most_allowed;
        tell(w, &(hone_event){.kind = HONE_EVENT_SCALE, .number = wanted});
        assert_int_equal(w->reactor.options.concurrency, wanted);
        break;
    case 3:
        cancel_some(w);
        break;
    default:
        if (w->reactor.options.ladder != NULL &&
            hone_ladder_population(&w->ladder) != UINT64_MAX)
            break; /* it takes none */
        if (w->n_added++ < 50)
            tell(w, &(hone_event){.kind = HONE_EVENT_ADD, .config = config});
        break;
    }
    free(config);
}

static void run_world(uint64_t seed, const hone_spec *spec, world *w)
{
    memset(w, 0, sizeof(*w));
    w->random = seed * 0x9e3779b97f4a7c15U + 1;
    w->exhausts_after = 1 + draw(w, 120);
    w->fail_percent = (int)draw(w, 3) * 10;
    w->lost_percent = (int)draw(w, 2) * 5;
    hone_reactor_options options = {.spec = spec,
                                    .concurrency = 1 + draw(w, 16),
                                    .planned = 1 + draw(w, 150),
                                    .adaptive = draw(w, 2) == 0};
    options.n_slots = options.concurrency + draw(w, 8);
    options.limit = options.planned;
    w->most_allowed = options.concurrency;
    if (spec->fidelity.promoter != NULL) {
        assert_int_equal(hone_ladder_init(&w->ladder, spec, NULL), HONE_OK);
        options.ladder = &w->ladder;
        uint64_t most = hone_ladder_population(&w->ladder);
        options.planned = options.planned < most ? options.planned : most;
        options.limit = options.planned;
    }
    uint32_t steering = seed % 2 == 0 ? 1 + draw(w, 10) : 0; /* percent of the steps */
    assert_int_equal(hone_reactor_init(&w->reactor, &options), HONE_OK);
    hone_reactor_begin(&w->reactor, &w->actions);
    for (uint32_t i = 0; i < w->actions.n; i++)
        obey(w, &w->actions.items[i]);
    uint32_t interrupt_at = draw(w, 3) == 0 ? draw(w, 300) : UINT32_MAX;
    for (uint32_t step = 0; !w->finished; step++) {
        assert_true(step < 100000);
        if (step >= interrupt_at && draw(w, 20) == 0 && w->reactor.interrupts < 3) {
            w->interrupted = true;
            tell(w, &(hone_event){.kind = HONE_EVENT_INTERRUPT});
        } else if (draw(w, 100) < steering) {
            steer(w);
        } else if (!happen(w)) {
            /* Only a pause lets a sweep stand still. */
            assert_true(w->paused && !w->interrupted);
            w->paused = false;
            tell(w, &(hone_event){.kind = HONE_EVENT_RESUME});
        }
    }
}

static void release_world(world *w)
{
    hone_actions_release(&w->actions);
    hone_reactor_release(&w->reactor);
    hone_ladder_release(&w->ladder);
}

/* Everything up to the last trial ran, and nothing beyond it; or, in an interrupted
 * world, what is left is the beginning of the list. */
static void check_trials(const world *w)
{
    uint64_t last = w->exhausts_after < w->reactor.options.limit
                        ? w->exhausts_after
                        : w->reactor.options.limit;
    const hone_promoter *promoter = w->reactor.options.spec->fidelity.promoter;
    if (w->n_added > 0 || (promoter != NULL && promoter->population != NULL))
        last = w->reactor.next_number - 1;
    for (uint64_t i = 1; i <= TRIALS_MAX; i++) {
        if (!w->interrupted)
            assert_true(w->stages[i] == (i <= last ? OVER : ABSENT) ||
                        (i <= last && w->stages[i] == RESTING));
        else if (i > 1 && w->stages[i] != ABSENT)
            assert_int_not_equal(w->stages[i - 1], ABSENT);
        assert_true(w->starts[i] <= 5 * (HONE_LOST_MAX + 2 + HONE_REQUEUE_MAX));
    }
}

static void test_random_worlds(void **state)
{
    (void)state;
    static const hone_space space = {0};
    hone_spec spec = {.space = &space};
    spec.stop.failures = 1000000; /* no rule stops it */
    spec.stop.failures_given = true;
    spec.retry = (hone_retry){.retries = 2,
                              .reasons = HONE_REASON_BIT(HONE_REASON_EXIT),
                              .requeue = {.n = 1, .items = {3}}};
    static world w;
    for (uint64_t seed = 1; seed <= 2000; seed++) {
        run_world(seed, &spec, &w);
        assert_int_equal(w.n_running, 0);
        check_trials(&w);
        assert_true(w.most_running <= w.most_allowed);
        release_world(&w);
    }
}

/* With nothing steered and nothing failing a sweep on a ladder ends with trials that have
 * had all, and at least as many at each rung as at the next. */
static void check_ladder(const world *w)
{
    uint32_t n[HONE_RUNGS_MAX] = {0}, n_cancelled = 0;
    const hone_rungs *rungs = w->ladder.rungs;
    for (uint64_t i = 1; i <= TRIALS_MAX; i++) {
        n_cancelled += w->cancelled[i];
        for (uint32_t k = 0; k < rungs->n; k++)
            if (w->stages[i] != ABSENT && w->budget[i] >= rungs->at[k])
                n[k]++;
    }
    for (uint32_t k = 1; k < rungs->n; k++)
        assert_true(n[k] <= n[k - 1]);
    bool untouched = !w->interrupted && w->n_added == 0 && n_cancelled == 0;
    if (untouched && w->fail_percent == 0 && w->lost_percent == 0)
        assert_true(n[rungs->n - 1] > 0);
}

static void test_worlds_with_a_ladder(void **state)
{
    (void)state;
    static const hone_value most = {.kind = HONE_INT, .integer = 27};
    static const hone_param epochs = {
        .name = "epochs", .distribution = HONE_CONSTANT, .n_values = 1, .values = &most};
    static const hone_space space = {.n = 1, .params = &epochs};
    static world w;
    uint32_t n_promoted = 0;
    hone_spec spec = {
        .space = &space,
        .objective = {.name = "loss"},
        .fidelity = {.range = {.min = 1, .max = 27, .integer = true}},
        .retry = {.retries = 2, .reasons = HONE_REASON_BIT(HONE_REASON_EXIT)}};
    spec.stop.failures = 1000000;
    spec.stop.failures_given = true;
    for (uint64_t seed = 1; seed <= 2000; seed++) {
        spec.fidelity.promoter = hone_promoter_at((uint32_t)(seed % 3));
        run_world(seed, &spec, &w);
        assert_int_equal(w.n_running, 0);
        check_trials(&w);
        check_ladder(&w);
        n_promoted += w.n_promoted;
        release_world(&w);
    }
    assert_true(n_promoted > 20000);
}

/* Where rungs are steps trials are ended at them, and some of those go on later. */
static void test_worlds_with_a_ladder_of_steps(void **state)
{
    (void)state;
    static const hone_space space = {0};
    static world w;
    uint32_t n_promoted = 0;
    hone_spec spec = {
        .space = &space,
        .objective = {.name = "loss"},
        .early_stop = {.watch = {.metric = "loss"}},
        .fidelity = {.range = {.min = 1, .max = 27}, .by_step = true},
        .retry = {.retries = 2, .reasons = HONE_REASON_BIT(HONE_REASON_EXIT)}};
    spec.fidelity.promoter = hone_promoter_find("asha");
    spec.stop.failures = 1000000;
    spec.stop.failures_given = true;
    for (uint64_t seed = 1; seed <= 2000; seed++) {
        run_world(seed, &spec, &w);
        assert_int_equal(w.n_running, 0);
        check_trials(&w);
        n_promoted += w.n_promoted;
        release_world(&w);
    }
    assert_true(n_promoted > 4000);
}

static void test_alike_failures_stop(void **state)
{
    (void)state;
    static const hone_space space = {0};
    hone_spec spec = {.space = &space};
    static world w;
    memset(&w, 0, sizeof(w));
    w.random = 7;
    w.exhausts_after = 100;
    hone_reactor_options options = {
        .spec = &spec, .concurrency = 1, .n_slots = 1, .planned = 100};
    assert_int_equal(hone_reactor_init(&w.reactor, &options), HONE_OK);
    hone_reactor_begin(&w.reactor, &w.actions);
    for (uint32_t i = 0; i < w.actions.n; i++)
        obey(&w, &w.actions.items[i]);
    hone_exit exit = {.reason = HONE_REASON_EXIT, .exit_code = 3};
    for (int step = 0; !w.finished; step++) {
        assert_true(step < 1000);
        uint64_t number = w.on_slot[0];
        if (w.asked) {
            answer(&w);
        } else if (number != 0) {
            w.stages[number] = ENDING;
            w.on_slot[0] = 0;
            w.n_running--;
            tell(&w, &(hone_event){
                         .kind = HONE_EVENT_ENDED, .number = number, .exit = &exit});
        } else {
            commit(&w);
        }
    }
    assert_int_equal(w.reactor.counts[HONE_STATUS_FAILED], HONE_STOP_ALIKE);
    assert_int_equal(w.reactor.counts[HONE_STATUS_PENDING], 0);
    assert_int_equal(w.reactor.verdict, HONE_STOP_FAILED);
    release_world(&w);
}

/* A trial that the user cancels in each of the states that it can wait or run in. */
static void test_cancel(void **state)
{
    (void)state;
    static const hone_space space = {0};
    hone_spec spec = {.space = &space};
    static world w;
    memset(&w, 0, sizeof(w));
    w.exhausts_after = 4;
    hone_reactor_options options = {
        .spec = &spec, .concurrency = 1, .n_slots = 2, .planned = 4};
    assert_int_equal(hone_reactor_init(&w.reactor, &options), HONE_OK);
    w.cancelled[1] = w.cancelled[3] = true;
    hone_reactor_begin(&w.reactor, &w.actions);
    obey(&w, &w.actions.items[0]);
    answer(&w);
    /* Its row is on the way to the disk: it is cancelled when that is there. */
    tell(&w, &(hone_event){.kind = HONE_EVENT_CANCEL, .number = 1});
    assert_int_equal(w.reactor.counts[HONE_STATUS_PENDING], 1);
    commit(&w);
    assert_int_equal(w.reactor.counts[HONE_STATUS_CANCELLED], 1);
    assert_int_equal(w.starts[1], 0);
    while (w.stages[2] != STARTED || w.stages[3] != RECORDED)
        w.asked ? answer(&w) : commit(&w);
    /* It waits for a slot. */
    tell(&w, &(hone_event){.kind = HONE_EVENT_CANCEL, .number = 3});
    assert_int_equal(w.stages[3], OVER);
    /* It runs: it is told to end, and ends well nevertheless. */
    w.cancelled[2] = true;
    tell(&w, &(hone_event){.kind = HONE_EVENT_CANCEL, .number = 2});
    assert_int_equal(w.actions.items[1].kind, HONE_ACTION_WISH);
    assert_int_equal(hone_reactor_run(&w.reactor, 2)->state, HONE_STATE_STARTING);
    while (w.disk_first < w.disk_n)
        commit(&w);
    assert_int_equal(hone_reactor_run(&w.reactor, 2)->state, HONE_STATE_STOPPING);
    while (!w.finished)
        w.asked                   ? answer(&w)
        : w.disk_first < w.disk_n ? commit(&w)
                                  : end_trial(&w, w.on_slot[0]);
    assert_int_equal(w.reactor.counts[HONE_STATUS_CANCELLED], 3);
    assert_int_equal(w.reactor.counts[HONE_STATUS_COMPLETED], 1);
    release_world(&w);
}

static void test_replay_counts(void **state)
{
    (void)state;
    static const hone_space space = {0};
    hone_spec spec = {.space = &space, .objective = {.name = "loss"}};
    hone_config config = {0};
    hone_reactor reactor;
    hone_reactor_options options = {.spec = &spec,
                                    .concurrency = 2,
                                    .n_slots = 4,
                                    .planned = 10,
                                    .retry_failed = true};
    assert_int_equal(hone_reactor_init(&reactor, &options), HONE_OK);
    hone_replay trial = {.number = 1,
                         .status = HONE_STATUS_COMPLETED,
                         .has_objective = true,
                         .objective = 0.5,
                         .attempts = 1,
                         .config = &config};
    assert_int_equal(hone_reactor_replay(&reactor, &trial), HONE_REPLAY_ENDED);
    trial = (hone_replay){
        .number = 2, .status = HONE_STATUS_FAILED, .attempts = 1, .config = &config};
    assert_int_equal(hone_reactor_replay(&reactor, &trial), HONE_REPLAY_AGAIN);
    trial = (hone_replay){
        .number = 3, .status = HONE_STATUS_RUNNING, .attempts = 1, .config = &config};
    assert_int_equal(hone_reactor_replay(&reactor, &trial), HONE_REPLAY_READY);
    assert_int_equal(reactor.next_number, 4);
    assert_int_equal(reactor.stopper.best_number, 1);
    hone_run *run = hone_reactor_revive(&reactor, 3, 1);
    assert_non_null(run);
    assert_int_equal(run->state, HONE_STATE_RUNNING);
    assert_int_equal(run->attempt, 1);
    assert_int_equal(hone_reactor_run(&reactor, 2)->attempt, 2);
    assert_int_equal(reactor.counts[HONE_STATUS_RUNNING], 1);
    assert_int_equal(reactor.counts[HONE_STATUS_PENDING], 1);
    hone_reactor_release(&reactor);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_worlds),
        cmocka_unit_test(test_worlds_with_a_ladder),
        cmocka_unit_test(test_worlds_with_a_ladder_of_steps),
        cmocka_unit_test(test_alike_failures_stop),
        cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_replay_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
