/* The reactor step by step: what each event leads to. That it keeps its invariants
 * whatever the order is tests/property/test_reactor.c's. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "reactor_rig.h"

/* What was asked for before the end was decided on is answered, and dropped. */
static void answer_late(rig *r)
{
    uint64_t next = r->reactor.next_number;
    assert_true(r->reactor.asking && r->reactor.halted);
    tell(r, HONE_EVENT_SUGGESTED, 0);
    assert_null(find(r, HONE_ACTION_RECORD));
    assert_int_equal(r->reactor.next_number, next);
}

static void test_time_up(void **state)
{
    (void)state;
    rig r = {0};
    open_rig(&r, 1, 1);
    begin(&r);
    assert_int_equal(find(&r, HONE_ACTION_ASK)->number, 1);
    start_trials(&r, 1, 1);
    tell(&r, HONE_EVENT_SUGGESTED, 0);
    tell(&r, HONE_EVENT_RECORDED, 2); /* ahead; there is no slot for it */
    assert_null(find(&r, HONE_ACTION_START));
    tell(&r, HONE_EVENT_TIME_UP, 0);
    assert_string_equal(find(&r, HONE_ACTION_SAY)->text, "stop.time is over");
    tell(&r, HONE_EVENT_TIME_UP, 0);
    assert_null(find(&r, HONE_ACTION_SAY)); /* said once */
    answer_late(&r);
    end_badly(&r, 1, (hone_exit){.reason = HONE_REASON_NONE});
    assert_int_equal(find(&r, HONE_ACTION_CONCLUDE)->verdict.status,
                     HONE_STATUS_COMPLETED);
    assert_null(find(&r, HONE_ACTION_FINISH)); /* its end is not on disk */
    tell(&r, HONE_EVENT_SETTLED, 1);
    assert_int_equal(find(&r, HONE_ACTION_WITHDRAW)->number, 2);
    assert_string_equal(find(&r, HONE_ACTION_FINISH)->text, "stop.time is over");
    assert_int_equal(r.reactor.verdict, HONE_STOP_DONE);
    assert_int_equal(r.reactor.counts[HONE_STATUS_PENDING], 0);
    tell(&r, HONE_EVENT_INTERRUPT, 0); /* too late for anything */
    assert_int_equal(r.actions.n, 0);
    close_rig(&r);
}

static void test_suggestion_after_the_end(void **state)
{
    (void)state;
    rig r = {0};
    open_rig(&r, 1, 1);
    begin(&r);
    tell(&r, HONE_EVENT_INTERRUPT, 0);
    assert_null(find(&r, HONE_ACTION_FINISH)); /* the strategy still owes an answer */
    answer_late(&r);
    assert_non_null(find(&r, HONE_ACTION_FINISH));
    close_rig(&r);
}

static void test_target_while_it_runs(void **state)
{
    (void)state;
    rig r = {.spec = {.objective = {.name = "loss", .has_target = true, .target = 0.1}}};
    open_rig(&r, 2, 2);
    begin(&r);
    start_trials(&r, 1, 2);
    tell(&r, HONE_EVENT_REACHED, 2);
    assert_string_equal(find(&r, HONE_ACTION_SAY)->text,
                        "trial 2 reached the target of loss");
    assert_null(find(&r, HONE_ACTION_KILL)); /* the others finish */
    assert_int_equal(r.reactor.verdict, HONE_STOP_DONE);
    close_rig(&r);
}

/* Three steps, each said; a fourth changes nothing. */
static void test_interrupts(void **state)
{
    (void)state;
    rig r = {0};
    open_rig(&r, 2, 2);
    begin(&r);
    start_trials(&r, 1, 2);
    tell(&r, HONE_EVENT_INTERRUPT, 0);
    assert_int_equal(count(&r, HONE_ACTION_KILL), 0);
    assert_non_null(strstr(find(&r, HONE_ACTION_SAY)->text, "no more trials"));
    tell(&r, HONE_EVENT_INTERRUPT, 0);
    assert_int_equal(count(&r, HONE_ACTION_WISH), 2);
    assert_int_equal(find(&r, HONE_ACTION_WISH)->wish, HONE_WISH_INTERRUPTED);
    assert_int_equal(count(&r, HONE_ACTION_KILL), 0); /* not before it is on disk */
    for (uint64_t number = 1; number <= 2; number++) {
        tell(&r, HONE_EVENT_WISHED, number);
        assert_int_equal(count(&r, HONE_ACTION_KILL), 1);
        assert_int_equal(find(&r, HONE_ACTION_KILL)->number, number);
        assert_int_equal(find(&r, HONE_ACTION_KILL)->how, HONE_KILL_TERM);
    }
    tell(&r, HONE_EVENT_INTERRUPT, 0);
    assert_int_equal(count(&r, HONE_ACTION_KILL), 2);
    assert_int_equal(find(&r, HONE_ACTION_KILL)->how, HONE_KILL_NOW);
    tell(&r, HONE_EVENT_INTERRUPT, 0);
    assert_int_equal(r.actions.n, 0);
    /* What was ended so counts as not run, whatever its status was. */
    end_badly(&r, 1, (hone_exit){.reason = HONE_REASON_SIGNAL, .signal = 15});
    const hone_action *end = find(&r, HONE_ACTION_CONCLUDE);
    assert_int_equal(end->verdict.status, HONE_STATUS_PENDING);
    assert_int_equal(end->verdict.reason, HONE_REASON_INTERRUPTED);
    assert_int_equal(r.reactor.counts[HONE_STATUS_PENDING], 1);
    assert_int_equal(r.reactor.counts[HONE_STATUS_FAILED], 0);
    close_rig(&r);
}

static void test_terminate(void **state)
{
    (void)state;
    rig r = {0};
    open_rig(&r, 1, 1);
    begin(&r);
    start_trials(&r, 1, 1);
    tell(&r, HONE_EVENT_TERMINATE, 0);
    assert_null(find(&r, HONE_ACTION_KILL));
    tell(&r, HONE_EVENT_TERMINATE, 0); /* and this does not wait for the disk */
    assert_int_equal(find(&r, HONE_ACTION_KILL)->how, HONE_KILL_NOW);
    tell(&r, HONE_EVENT_WISHED, 1);
    assert_null(find(&r, HONE_ACTION_KILL));
    tell(&r, HONE_EVENT_TERMINATE, 0);
    assert_int_equal(r.actions.n, 0);
    close_rig(&r);
}

/* On a disk without space, or one that fails, a trial is ended all the same. */
static void test_wish_without_disk(void **state)
{
    (void)state;
    for (int round = 0; round < 4; round++) {
        rig r = {0};
        hone_event_kind trouble = round % 2 == 0 ? HONE_EVENT_HOLD : HONE_EVENT_HALT;
        open_rig(&r, 1, 1);
        begin(&r);
        start_trials(&r, 1, 1);
        if (round < 2)
            tell(&r, HONE_EVENT_CANCEL, 1);
        assert_null(find(&r, HONE_ACTION_KILL));
        send(&r, &(hone_event){.kind = trouble, .text = "no disk"});
        if (round >= 2)
            tell(&r, HONE_EVENT_CANCEL, 1);
        assert_int_equal(count(&r, HONE_ACTION_KILL), 1);
        close_rig(&r);
    }
}

/* What an earlier orchestrator was told to end: the one that runs is told again, the one
 * that is gone never starts, the third was only interrupted. */
static void test_wishes_of_the_dead(void **state)
{
    (void)state;
    rig r = {0};
    open_rig(&r, 1, 4);
    hone_replay trial = {.status = HONE_STATUS_RUNNING,
                         .attempts = 1,
                         .wish = HONE_WISH_CANCELLED,
                         .config = &no_values};
    for (trial.number = 1; trial.number <= 3; trial.number++) {
        trial.wish = trial.number < 3 ? HONE_WISH_CANCELLED : HONE_WISH_INTERRUPTED;
        assert_int_equal(hone_reactor_replay(&r.reactor, &trial), HONE_REPLAY_READY);
    }
    assert_non_null(hone_reactor_revive(&r.reactor, 1, 1));
    begin(&r);
    assert_int_equal(find(&r, HONE_ACTION_KILL)->number, 1);
    assert_int_equal(find(&r, HONE_ACTION_KILL)->how, HONE_KILL_TERM);
    assert_int_equal(find(&r, HONE_ACTION_CANCEL)->number, 2);
    assert_null(find(&r, HONE_ACTION_START));
    end_badly(&r, 1, (hone_exit){.reason = HONE_REASON_SIGNAL, .signal = 15});
    assert_int_equal(find(&r, HONE_ACTION_CONCLUDE)->verdict.status,
                     HONE_STATUS_CANCELLED);
    assert_int_equal(find(&r, HONE_ACTION_START)->number, 3);
    assert_int_equal(find(&r, HONE_ACTION_START)->run->attempt, 2);
    tell(&r, HONE_EVENT_STARTED, 3);
    end_badly(&r, 3, (hone_exit){.reason = HONE_REASON_NONE});
    assert_int_equal(find(&r, HONE_ACTION_CONCLUDE)->verdict.status,
                     HONE_STATUS_COMPLETED);
    close_rig(&r);
}

/* A trial whose keeper ended it, as its orchestrator was gone, is to run again, and goes
 * before those that have not been started. */
static void test_lower_numbers_first(void **state)
{
    (void)state;
    rig r = {0};
    open_rig(&r, 2, 4);
    hone_replay trial = {
        .status = HONE_STATUS_RUNNING, .attempts = 1, .config = &no_values};
    for (trial.number = 1; trial.number <= 3; trial.number++) {
        trial.status = trial.number < 3 ? HONE_STATUS_RUNNING : HONE_STATUS_PENDING;
        trial.attempts = trial.number < 3;
        assert_int_equal(hone_reactor_replay(&r.reactor, &trial), HONE_REPLAY_READY);
    }
    assert_non_null(hone_reactor_revive(&r.reactor, 1, 1));
    assert_non_null(hone_reactor_revive(&r.reactor, 2, 1));
    end_badly(&r, 1, (hone_exit){.reason = HONE_REASON_NONE});
    assert_null(find(&r, HONE_ACTION_START)); /* it has not begun */
    end_badly(&r, 2, (hone_exit){.reason = HONE_REASON_INTERRUPTED});
    begin(&r);
    assert_null(find(&r, HONE_ACTION_START)); /* 3 waits for 2, and 2 for the disk */
    tell(&r, HONE_EVENT_SETTLED, 1);
    assert_null(find(&r, HONE_ACTION_START));
    tell(&r, HONE_EVENT_SETTLED, 2);
    assert_int_equal(count(&r, HONE_ACTION_START), 2);
    assert_int_equal(find(&r, HONE_ACTION_START)->number, 2);
    assert_int_equal(r.reactor.n_returning, 0);
    close_rig(&r);
}

/* When the record cannot be written, nothing that waits for the disk is waited for. */
static void test_unwritable_record(void **state)
{
    (void)state;
    rig r = {0};
    open_rig(&r, 1, 1);
    begin(&r);
    start_trials(&r, 1, 1);
    tell(&r, HONE_EVENT_SUGGESTED, 0); /* 2 is on its way to the disk, and stays there */
    send(&r, &(hone_event){.kind = HONE_EVENT_HALT, .text = "no space left"});
    assert_string_equal(find(&r, HONE_ACTION_SAY)->text, "no space left");
    answer_late(&r);
    assert_null(find(&r, HONE_ACTION_FINISH)); /* 1 still runs */
    end_badly(&r, 1, (hone_exit){.reason = HONE_REASON_NONE});
    assert_non_null(find(&r, HONE_ACTION_FINISH));
    assert_int_equal(r.reactor.verdict, HONE_STOP_FAILED);
    close_rig(&r);
}

static void test_waiting_strategy(void **state)
{
    (void)state;
    rig r = {0};
    open_rig(&r, 2, 2);
    begin(&r);
    start_trials(&r, 1, 1);
    tell(&r, HONE_EVENT_WAIT, 0);
    assert_null(find(&r, HONE_ACTION_ASK));
    end_badly(&r, 1, (hone_exit){.reason = HONE_REASON_NONE});
    assert_int_equal(find(&r, HONE_ACTION_ASK)->number, 2); /* it has a result now */
    tell(&r, HONE_EVENT_WAIT, 0);
    assert_null(find(&r, HONE_ACTION_FINISH)); /* the result is not on disk */
    tell(&r, HONE_EVENT_SETTLED, 1);
    assert_int_equal(find(&r, HONE_ACTION_ASK)->number, 2); /* it has been told of it */
    tell(&r, HONE_EVENT_WAIT, 0);
    assert_non_null(find(&r, HONE_ACTION_FINISH)); /* nothing will ever come */
    assert_int_equal(r.reactor.verdict, HONE_GO_ON);
    close_rig(&r);
}

static void test_metric_that_never_came(void **state)
{
    (void)state;
    rig r = {.spec = {.objective = {.name = "loss"}}};
    open_rig(&r, 1, 1);
    begin(&r);
    start_trials(&r, 1, 1);
    hone_metric other = {.name = "los", .name_len = 3, .value = 1};
    assert_non_null(hone_tally_add(&hone_reactor_run(&r.reactor, 1)->tally, &other));
    end_badly(&r, 1, (hone_exit){.reason = HONE_REASON_NONE});
    const hone_action *end = find(&r, HONE_ACTION_CONCLUDE);
    assert_int_equal(end->verdict.status, HONE_STATUS_FAILED);
    assert_int_equal(end->verdict.reason, HONE_REASON_NO_METRIC);
    assert_false(end->verdict.has_objective);
    close_rig(&r);
}

/* A trial that fails keeps the objective that it reached, and is never the best. */
static void test_failure_with_a_metric(void **state)
{
    (void)state;
    rig r = {.spec = {.objective = {.name = "loss"}}};
    open_rig(&r, 1, 1);
    begin(&r);
    start_trials(&r, 1, 1);
    hone_metric loss = {.name = "loss", .name_len = 4, .value = 0.25};
    assert_non_null(hone_tally_add(&hone_reactor_run(&r.reactor, 1)->tally, &loss));
    end_badly(&r, 1, (hone_exit){.reason = HONE_REASON_EXIT, .exit_code = 1});
    const hone_action *end = find(&r, HONE_ACTION_CONCLUDE);
    assert_int_equal(end->verdict.status, HONE_STATUS_FAILED);
    assert_true(end->verdict.has_objective && end->verdict.objective == 0.25);
    assert_false(end->verdict.best);
    close_rig(&r);
}

static void test_killed_alike(void **state)
{
    (void)state;
    rig r = {0};
    open_rig(&r, 1, 1);
    begin(&r);
    for (uint64_t i = 1; i <= HONE_STOP_ALIKE; i++) {
        start_trials(&r, i, i);
        end_badly(&r, i, (hone_exit){.reason = HONE_REASON_SIGNAL, .signal = 9});
        tell(&r, HONE_EVENT_SETTLED, i);
    }
    answer_late(&r);
    assert_non_null(find(&r, HONE_ACTION_FINISH));
    assert_string_equal(find(&r, HONE_ACTION_FINISH)->text,
                        "the first 5 trials all failed the same way: signal (signal 9)");
    assert_int_equal(r.reactor.verdict, HONE_STOP_FAILED);
    close_rig(&r);
}

/* A trial whose end nobody saw runs again, before younger ones, and not for ever. */
static void test_lost_attempts(void **state)
{
    (void)state;
    rig r = {0};
    open_rig(&r, 1, 1);
    begin(&r);
    start_trials(&r, 1, 1);
    tell(&r, HONE_EVENT_SUGGESTED, 0);
    for (uint32_t lost = 1; lost <= HONE_LOST_MAX; lost++) {
        bool again = lost < HONE_LOST_MAX;
        end_badly(&r, 1, (hone_exit){.reason = HONE_REASON_LOST});
        assert_int_equal(find(&r, HONE_ACTION_CONCLUDE)->verdict.status,
                         again ? HONE_STATUS_PENDING : HONE_STATUS_FAILED);
        tell(&r, HONE_EVENT_SETTLED, 1);
        if (!again)
            break;
        assert_int_equal(find(&r, HONE_ACTION_START)->number, 1);
        assert_int_equal(find(&r, HONE_ACTION_START)->run->attempt, lost + 1);
        tell(&r, HONE_EVENT_STARTED, 1);
    }
    assert_null(hone_reactor_run(&r.reactor, 1));
    tell(&r, HONE_EVENT_RECORDED, 2);
    assert_int_equal(find(&r, HONE_ACTION_START)->number, 2);
    close_rig(&r);
}

/* Numbers that share a bucket are told apart, and each is taken out by itself. */
static void test_numbers_in_one_bucket(void **state)
{
    (void)state;
    static const uint64_t numbers[] = {5, 5 + HONE_RUN_BUCKETS, 5 + 2 * HONE_RUN_BUCKETS};
    rig r = {0};
    open_rig(&r, 3, 3);
    for (int i = 2; i >= 0; i--) { /* the record may visit them in any order */
        hone_replay old = {
            .number = numbers[i], .status = HONE_STATUS_PENDING, .config = &no_values};
        assert_int_equal(hone_reactor_replay(&r.reactor, &old), HONE_REPLAY_READY);
    }
    assert_int_equal(r.reactor.next_number, numbers[2] + 1);
    for (int i = 0; i < 3; i++)
        assert_int_equal(hone_reactor_run(&r.reactor, numbers[i])->number, numbers[i]);
    assert_null(hone_reactor_run(&r.reactor, 5 + 3 * HONE_RUN_BUCKETS));
    begin(&r);
    assert_int_equal(count(&r, HONE_ACTION_START), 3);
    assert_int_equal(find(&r, HONE_ACTION_START)->number, numbers[0]);
    for (int i = 1; i >= 0; i--) {
        tell(&r, HONE_EVENT_STARTED, numbers[i]);
        end_badly(&r, numbers[i], (hone_exit){.reason = HONE_REASON_NONE});
        tell(&r, HONE_EVENT_SETTLED, numbers[i]);
        assert_null(hone_reactor_run(&r.reactor, numbers[i]));
    }
    assert_non_null(hone_reactor_run(&r.reactor, numbers[2]));
    close_rig(&r);
}

/* Trials that are found running take slots wherever they stand in the queue; the rest of
 * it stays in order, and waits while more run than the limit allows. */
static void test_revive(void **state)
{
    (void)state;
    rig r = {0};
    open_rig(&r, 1, 2);
    for (uint64_t i = 1; i <= 5; i++) {
        hone_replay old = {.number = i,
                           .status = HONE_STATUS_RUNNING,
                           .attempts = 1,
                           .config = &no_values};
        assert_int_equal(hone_reactor_replay(&r.reactor, &old), HONE_REPLAY_READY);
    }
    assert_non_null(hone_reactor_revive(&r.reactor, 3, 1)); /* from the middle */
    assert_non_null(hone_reactor_revive(&r.reactor, 5, 1)); /* the last */
    assert_null(hone_reactor_revive(&r.reactor, 1, 1));     /* no slot is left */
    assert_int_equal(r.reactor.counts[HONE_STATUS_RUNNING], 2);
    begin(&r);
    assert_int_equal(count(&r, HONE_ACTION_START), 0);
    static const uint64_t order[] = {1, 2, 4};
    static const uint64_t ends[] = {5, 3, 1, 2};
    uint32_t n_started = 0;
    for (int i = 0; i < 4; i++) {
        end_badly(&r, ends[i], (hone_exit){.reason = HONE_REASON_NONE});
        const hone_action *start = find(&r, HONE_ACTION_START);
        assert_int_equal(start != NULL,
                         i > 0); /* after 5's end, 3 still fills the limit */
        if (start != NULL) {
            assert_int_equal(start->number, order[n_started++]);
            assert_int_equal(start->run->attempt, 2);
            tell(&r, HONE_EVENT_STARTED, start->number);
        }
    }
    close_rig(&r);
}

/* Rules that the record already meets stop a sweep before anything starts. */
static void test_goal_met_before(void **state)
{
    (void)state;
    rig r = {.spec = {.objective = {.name = "loss", .has_target = true, .target = 0.5}}};
    open_rig(&r, 1, 1);
    hone_replay old = {.number = 1,
                       .status = HONE_STATUS_COMPLETED,
                       .has_objective = true,
                       .objective = 0.25,
                       .attempts = 1,
                       .config = &no_values};
    assert_int_equal(hone_reactor_replay(&r.reactor, &old), HONE_REPLAY_ENDED);
    old = (hone_replay){
        .number = 2, .status = HONE_STATUS_PENDING, .attempts = 1, .config = &no_values};
    assert_int_equal(hone_reactor_replay(&r.reactor, &old), HONE_REPLAY_READY);
    begin(&r);
    assert_null(find(&r, HONE_ACTION_START));
    assert_null(find(&r, HONE_ACTION_WITHDRAW)); /* it has an attempt behind it */
    assert_string_equal(find(&r, HONE_ACTION_FINISH)->text,
                        "trial 1 reached the target of loss: 0.25");
    assert_int_equal(r.reactor.counts[HONE_STATUS_PENDING], 1);
    close_rig(&r);
}

/* While rows are slow and slots stand free, the distance doubles, up to a ceiling. */
static void test_ahead_of_a_slow_disk(void **state)
{
    (void)state;
    rig r = {0};
    open_rig(&r, 1, 1);
    begin(&r);
    uint64_t n = 0;
    for (tell(&r, HONE_EVENT_SUGGESTED, 0); find(&r, HONE_ACTION_ASK) != NULL;
         tell(&r, HONE_EVENT_SUGGESTED, 0)) {
        assert_true(++n < 10 * HONE_AHEAD_MAX);
    }
    assert_int_equal(r.reactor.ahead, HONE_AHEAD_MAX);
    assert_int_equal(r.reactor.n_recording, HONE_AHEAD_MAX);
    close_rig(&r);
}

/* Too many ends on their way to the disk: starts wait for it. */
static void test_ends_pile_up(void **state)
{
    (void)state;
    rig r = {.spec = {.stop = {.failures = UINT64_MAX, .failures_given = true}}};
    open_rig(&r, 1, 1);
    begin(&r);
    for (uint64_t i = 1; i <= HONE_UNSETTLED_MAX; i++) {
        start_trials(&r, i, i);
        end_badly(&r, i, (hone_exit){.reason = HONE_REASON_EXIT, .exit_code = 1});
    }
    tell(&r, HONE_EVENT_SUGGESTED, 0);
    tell(&r, HONE_EVENT_RECORDED, HONE_UNSETTLED_MAX + 1);
    assert_null(find(&r, HONE_ACTION_START));
    tell(&r, HONE_EVENT_SETTLED, 1);
    assert_int_equal(find(&r, HONE_ACTION_START)->number, HONE_UNSETTLED_MAX + 1);
    close_rig(&r);
}

static void test_refused_start(void **state)
{
    (void)state;
    rig r = {0};
    open_rig(&r, 1, 1);
    begin(&r);
    tell(&r, HONE_EVENT_SUGGESTED, 0);
    tell(&r, HONE_EVENT_RECORDED, 1);
    hone_exit why = {.reason = HONE_REASON_NOT_FOUND, .exit_code = -1};
    send(&r, &(hone_event){.kind = HONE_EVENT_REFUSED, .number = 1, .exit = &why});
    assert_int_equal(find(&r, HONE_ACTION_CONCLUDE)->verdict.reason,
                     HONE_REASON_NOT_FOUND);
    assert_int_equal(r.reactor.seats.n_free, 1);
    close_rig(&r);
}

/* Attempts that the machine had no room for: the trial waits, never fails, and ends the
 * run, pending, when that has happened too often. */
static void test_no_room(void **state)
{
    (void)state;
    rig r = {0};
    open_rig(&r, 1, 1);
    begin(&r);
    tell(&r, HONE_EVENT_SUGGESTED, 0);
    tell(&r, HONE_EVENT_RECORDED, 1);
    tell(&r, HONE_EVENT_EXHAUSTED, 0);
    for (uint32_t i = 1; i <= HONE_REFUSED_MAX; i++) {
        bool by_executor = i % 2 == 1;
        hone_exit why = {.reason = HONE_REASON_LOST,
                         .exit_code = -1,
                         .spawn_errno = by_executor ? 0 : EAGAIN};
        send(&r,
             &(hone_event){.kind = by_executor ? HONE_EVENT_REFUSED : HONE_EVENT_ENDED,
                           .number = 1,
                           .exit = &why,
                           .text = by_executor ? "no process" : NULL});
        assert_int_equal(find(&r, HONE_ACTION_CONCLUDE)->verdict.status,
                         HONE_STATUS_PENDING);
        assert_int_equal(r.reactor.halted, i == HONE_REFUSED_MAX);
        tell(&r, HONE_EVENT_SETTLED, 1);
        if (i == HONE_REFUSED_MAX)
            break;
        assert_int_equal(find(&r, HONE_ACTION_DELAY)->run->delay_ms, HONE_DELAY_FIRST_MS);
        tell(&r, HONE_EVENT_DUE, 1);
        assert_int_equal(find(&r, HONE_ACTION_START)->run->attempt, i + 1);
    }
    assert_string_equal(find(&r, HONE_ACTION_FINISH)->text,
                        "trial 1 cannot be started: Resource temporarily unavailable");
    assert_int_equal(r.reactor.counts[HONE_STATUS_PENDING], 1);
    close_rig(&r);
}

/* A strategy that cannot be asked any more: what runs finishes, and the sweep ends with
 * more to do. */
static void test_unanswered(void **state)
{
    (void)state;
    rig r = {0};
    open_rig(&r, 2, 9);
    begin(&r);
    tell(&r, HONE_EVENT_SUGGESTED, 0);
    tell(&r, HONE_EVENT_RECORDED, 1);
    tell(&r, HONE_EVENT_STARTED, 1);
    send(&r, &(hone_event){.kind = HONE_EVENT_UNANSWERED, .text = "it died"});
    assert_string_equal(find(&r, HONE_ACTION_SAY)->text, "it died");
    assert_null(find(&r, HONE_ACTION_FINISH));
    assert_false(r.reactor.asking);
    hone_exit exit = {.reason = HONE_REASON_NONE};
    send(&r, &(hone_event){.kind = HONE_EVENT_ENDED, .number = 1, .exit = &exit});
    tell(&r, HONE_EVENT_SETTLED, 1);
    assert_string_equal(find(&r, HONE_ACTION_FINISH)->text, "it died");
    assert_int_equal(r.reactor.verdict, HONE_STOP_FAILED);
    assert_false(r.reactor.exhausted);
    close_rig(&r);
}

/* A trial that somebody has asked for is neither lost nor run again: numbers go on behind
 * it, and the end of the sweep does not wait for it. */
static void test_asked(void **state)
{
    (void)state;
    rig r = {0};
    open_rig(&r, 1, 2);
    hone_replay trial = {.number = 1,
                         .status = HONE_STATUS_RUNNING,
                         .attempts = 1,
                         .wish = HONE_WISH_ASKED,
                         .config = &no_values};
    assert_int_equal(hone_reactor_replay(&r.reactor, &trial), HONE_REPLAY_OUT);
    trial.number = 2;
    assert_int_equal(hone_reactor_replay(&r.reactor, &trial), HONE_REPLAY_OUT);
    assert_int_equal(r.reactor.counts[HONE_STATUS_RUNNING], 2);
    begin(&r);
    assert_int_equal(find(&r, HONE_ACTION_ASK)->number, 3);
    assert_null(find(&r, HONE_ACTION_START));
    tell(&r, HONE_EVENT_CANCEL, 2);
    assert_int_equal(find(&r, HONE_ACTION_CANCEL)->number, 2);
    assert_int_equal(find(&r, HONE_ACTION_CANCEL)->run->attempt, 1);
    assert_null(find(&r, HONE_ACTION_KILL));
    assert_int_equal(r.reactor.counts[HONE_STATUS_RUNNING], 1);
    assert_int_equal(r.reactor.counts[HONE_STATUS_CANCELLED], 1);
    tell(&r, HONE_EVENT_EXHAUSTED, 0);
    assert_null(find(&r, HONE_ACTION_FINISH)); /* the end is on its way to the disk */
    tell(&r, HONE_EVENT_SETTLED, 2);
    assert_null(hone_reactor_run(&r.reactor, 2));
    assert_non_null(hone_reactor_run(&r.reactor, 1));
    assert_non_null(find(&r, HONE_ACTION_FINISH));
    close_rig(&r);
}

/* There is a free slot, and what it waits for is on its way to the disk. */
static void test_starves(void **state)
{
    (void)state;
    rig r = {0};
    open_rig(&r, 1, 1);
    begin(&r);
    assert_false(hone_reactor_starves(&r.reactor)); /* the strategy is waited for */
    tell(&r, HONE_EVENT_SUGGESTED, 0);
    assert_true(hone_reactor_starves(&r.reactor));
    tell(&r, HONE_EVENT_RECORDED, 1);
    assert_int_equal(find(&r, HONE_ACTION_START)->number, 1);
    assert_false(hone_reactor_starves(&r.reactor));
    tell(&r, HONE_EVENT_SUGGESTED, 0); /* one ahead, while the slot is busy */
    assert_int_equal(find(&r, HONE_ACTION_RECORD)->number, 2);
    assert_false(hone_reactor_starves(&r.reactor));
    end_badly(&r, 1, (hone_exit){.reason = HONE_REASON_NONE});
    assert_true(hone_reactor_starves(&r.reactor));
    tell(&r, HONE_EVENT_RECORDED, 2); /* takes the slot; the end of 1 has time */
    assert_false(hone_reactor_starves(&r.reactor));
    tell(&r, HONE_EVENT_TIME_UP, 0);
    answer_late(&r);
    end_badly(&r, 2, (hone_exit){.reason = HONE_REASON_NONE});
    tell(&r, HONE_EVENT_SETTLED, 1);
    assert_true(hone_reactor_starves(&r.reactor)); /* nothing is left but to finish */
    tell(&r, HONE_EVENT_SETTLED, 2);
    assert_non_null(find(&r, HONE_ACTION_FINISH));
    assert_false(hone_reactor_starves(&r.reactor));
    close_rig(&r);
}

static void test_exhausted(void **state)
{
    (void)state;
    rig r = {0};
    open_rig(&r, 1, 1);
    begin(&r);
    tell(&r, HONE_EVENT_EXHAUSTED, 0);
    assert_non_null(find(&r, HONE_ACTION_FINISH));
    assert_string_equal(find(&r, HONE_ACTION_FINISH)->text, "");
    close_rig(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_time_up),
        cmocka_unit_test(test_suggestion_after_the_end),
        cmocka_unit_test(test_target_while_it_runs),
        cmocka_unit_test(test_interrupts),
        cmocka_unit_test(test_terminate),
        cmocka_unit_test(test_wish_without_disk),
        cmocka_unit_test(test_wishes_of_the_dead),
        cmocka_unit_test(test_lower_numbers_first),
        cmocka_unit_test(test_unwritable_record),
        cmocka_unit_test(test_waiting_strategy),
        cmocka_unit_test(test_metric_that_never_came),
        cmocka_unit_test(test_failure_with_a_metric),
        cmocka_unit_test(test_killed_alike),
        cmocka_unit_test(test_lost_attempts),
        cmocka_unit_test(test_numbers_in_one_bucket),
        cmocka_unit_test(test_revive),
        cmocka_unit_test(test_goal_met_before),
        cmocka_unit_test(test_ahead_of_a_slow_disk),
        cmocka_unit_test(test_ends_pile_up),
        cmocka_unit_test(test_refused_start),
        cmocka_unit_test(test_no_room),
        cmocka_unit_test(test_unanswered),
        cmocka_unit_test(test_asked),
        cmocka_unit_test(test_starves),
        cmocka_unit_test(test_exhausted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
