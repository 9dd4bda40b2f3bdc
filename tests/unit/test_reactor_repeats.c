/* The reactor with repeats: what each of them leads to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "reactor_rig.h"

/* Ends the present attempt of a trial well, with the objective `loss`. */
static void end_scored(rig *r, uint64_t number, double loss)
{
    hone_run *run = hone_reactor_run(&r->reactor, number);
    hone_metric metric = {.name = "loss", .name_len = 4, .value = loss};
    assert_non_null(hone_tally_add(&run->tally, &metric));
    end_badly(r, number, (hone_exit){.reason = HONE_REASON_NONE});
}

static void open_repeats(rig *r, hone_repeats repeats)
{
    r->spec.repeats = repeats;
    r->spec.objective.name = "loss";
    open_rig(r, 1, 1);
    begin(r);
    start_trials(r, 1, 1);
    tell(r, HONE_EVENT_SUGGESTED, 0); /* trial 2 waits for the slot */
    tell(r, HONE_EVENT_RECORDED, 2);
}

static void expect_next_repeat(rig *r, uint32_t attempt, uint32_t repeat)
{
    tell(r, HONE_EVENT_SETTLED, 1);
    const hone_action *start = find(r, HONE_ACTION_START);
    assert_int_equal(start->number, 1); /* before trial 2 */
    assert_int_equal(start->run->attempt, attempt);
    assert_int_equal(hone_run_repeat(start->run), repeat);
    tell(r, HONE_EVENT_STARTED, 1);
}

static void test_repeats(void **state)
{
    (void)state;
    rig r = {.spec.retry = {.retries = 1, .reasons = HONE_REASON_BIT(HONE_REASON_EXIT)}};
    open_repeats(&r, (hone_repeats){.max = 3});
    assert_int_equal(hone_run_repeat(hone_reactor_run(&r.reactor, 1)), 1);
    end_scored(&r, 1, 0.5);
    const hone_verdict *verdict = &find(&r, HONE_ACTION_CONCLUDE)->verdict;
    assert_int_equal(verdict->status, HONE_STATUS_PENDING);
    assert_int_equal(verdict->reason, HONE_REASON_NONE);
    assert_true(verdict->scored && verdict->score == 0.5);
    assert_false(verdict->has_objective || verdict->best);
    assert_false(r.reactor.stopper.has_best); /* no rule hears of one repeat */
    assert_int_equal(r.reactor.stopper.n_ended, 0);
    expect_next_repeat(&r, 2, 2);

    /* A repeat that fails is tried again, the same repeat. */
    end_badly(&r, 1, (hone_exit){.reason = HONE_REASON_EXIT, .exit_code = 1});
    assert_int_equal(find(&r, HONE_ACTION_CONCLUDE)->verdict.status, HONE_STATUS_PENDING);
    assert_false(find(&r, HONE_ACTION_CONCLUDE)->verdict.scored);
    assert_int_equal(find(&r, HONE_ACTION_START)->number, 2); /* it waits its second */
    tell(&r, HONE_EVENT_SETTLED, 1);
    assert_non_null(find(&r, HONE_ACTION_DELAY));
    tell(&r, HONE_EVENT_STARTED, 2);
    tell(&r, HONE_EVENT_DUE, 1);
    end_badly(&r, 2, (hone_exit){.reason = HONE_REASON_SIGNAL, .signal = 9});
    const hone_run *run = find(&r, HONE_ACTION_START)->run;
    assert_int_equal(run->number, 1);
    assert_int_equal(run->attempt, 3);
    assert_int_equal(hone_run_repeat(run), 2);
    tell(&r, HONE_EVENT_SETTLED, 2);
    tell(&r, HONE_EVENT_STARTED, 1);
    end_scored(&r, 1, 0.1);
    expect_next_repeat(&r, 4, 3);

    end_scored(&r, 1, 0.3);
    verdict = &find(&r, HONE_ACTION_CONCLUDE)->verdict;
    assert_int_equal(verdict->status, HONE_STATUS_COMPLETED);
    assert_true(verdict->scored && verdict->score == 0.3);
    assert_true(verdict->has_objective && verdict->best);
    assert_true(verdict->objective > 0.3 - 1e-15 && verdict->objective < 0.3 + 1e-15);
    assert_int_equal(r.reactor.best.n, 3);
    assert_int_equal(r.reactor.stopper.best_number, 1);
    close_rig(&r);
}

/* The tries of one repeat are not those of the next; failing for good ends the trial. */
static void test_repeat_fails(void **state)
{
    (void)state;
    rig r = {0};
    open_repeats(&r, (hone_repeats){.max = 2});
    end_scored(&r, 1, 0.5);
    expect_next_repeat(&r, 2, 2);
    end_badly(&r, 1, (hone_exit){.reason = HONE_REASON_EXIT, .exit_code = 7});
    const hone_verdict *verdict = &find(&r, HONE_ACTION_CONCLUDE)->verdict;
    assert_int_equal(verdict->status, HONE_STATUS_FAILED);
    assert_false(verdict->has_objective || verdict->scored);
    assert_false(r.reactor.stopper.has_best);
    close_rig(&r);
}

static void test_race(void **state)
{
    (void)state;
    rig r = {0};
    open_repeats(&r, (hone_repeats){.max = 4, .race = true, .min = 2});
    r.reactor.best = (hone_summary){.n = 4, .mean = 0.1, .variance = 1e-4};
    r.reactor.stopper.best_number = 9;
    end_scored(&r, 1, 0.5);
    expect_next_repeat(&r, 2, 2);
    end_scored(&r, 1, 0.51); /* far behind the best: no third */
    const hone_verdict *verdict = &find(&r, HONE_ACTION_CONCLUDE)->verdict;
    assert_int_equal(verdict->status, HONE_STATUS_COMPLETED);
    assert_true(verdict->objective > 0.5049 && verdict->objective < 0.5051);
    assert_string_equal(hone_reactor_run(&r.reactor, 1)->why,
                        "fell behind trial 9 after 2 repeats (Welch's t test, 5 %)");
    close_rig(&r);
}

/* Trials in flight race each other before any is completed. */
static void test_race_in_flight(void **state)
{
    (void)state;
    rig r = {.spec.objective.name = "loss",
             .spec.repeats = {.max = 4, .race = true, .min = 2}};
    open_rig(&r, 2, 2);
    begin(&r);
    start_trials(&r, 1, 2);
    static const double scores[][2] = {{0.1, 0.5}, {0.11, 0.51}};
    for (uint32_t repeat = 0; repeat < 2; repeat++) {
        for (uint64_t number = 1; number <= 2; number++) {
            end_scored(&r, number, scores[repeat][number - 1]);
            bool behind = repeat == 1 && number == 2;
            assert_int_equal(find(&r, HONE_ACTION_CONCLUDE)->verdict.status,
                             behind ? HONE_STATUS_COMPLETED : HONE_STATUS_PENDING);
            tell(&r, HONE_EVENT_SETTLED, number);
            if (!behind)
                tell(&r, HONE_EVENT_STARTED, number);
        }
    }
    assert_int_equal(r.reactor.stopper.best_number, 2); /* of those completed, for now */
    for (uint32_t repeat = 3; repeat <= 4; repeat++) {
        end_scored(&r, 1, 0.1);
        assert_int_equal(find(&r, HONE_ACTION_CONCLUDE)->verdict.status,
                         repeat < 4 ? HONE_STATUS_PENDING : HONE_STATUS_COMPLETED);
        tell(&r, HONE_EVENT_SETTLED, 1);
        if (repeat < 4)
            tell(&r, HONE_EVENT_STARTED, 1);
    }
    assert_int_equal(r.reactor.stopper.best_number, 1);
    close_rig(&r);
}

/* A completed trial is run again where the spec has come to want more repeats of it. */
static void test_more_repeats(void **state)
{
    (void)state;
    static const struct {
        hone_repeats rule;
        hone_status status;
        uint32_t n_repeats;
        bool behind, ended;
    } cases[] = {
        {{.max = 3}, HONE_STATUS_COMPLETED, 2, false, false},
        {{.max = 2}, HONE_STATUS_COMPLETED, 2, false, true},
        {{.max = 1}, HONE_STATUS_COMPLETED, 2, false, true},
        {{.max = 0}, HONE_STATUS_COMPLETED, 1, false, true},
        {{.max = 3}, HONE_STATUS_COMPLETED, 0, false, true}, /* of somebody's own loop */
        {{.max = 3}, HONE_STATUS_PRUNED, 2, false, true},
        {{.max = 3}, HONE_STATUS_FAILED, 2, false, true},
        {{.max = 3}, HONE_STATUS_CANCELLED, 2, false, true},
        {{.max = 3, .race = true, .min = 2}, HONE_STATUS_COMPLETED, 2, false, false},
        {{.max = 3, .race = true, .min = 2}, HONE_STATUS_COMPLETED, 2, true, true},
        {{.max = 3}, HONE_STATUS_COMPLETED, 2, true, false}, /* no race any more */
    };
    static const hone_replay_end ends[] = {{.scored = true, .score = 1},
                                           {.scored = true, .score = 2}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        rig r = {.spec.objective.name = "loss", .spec.repeats = cases[i].rule};
        open_rig(&r, 1, 1);
        hone_replay trial = {.number = 1,
                             .status = cases[i].status,
                             .has_objective = true,
                             .objective = 1.5,
                             .attempts = 2,
                             .ends = ends,
                             .n_ends = 2,
                             .n_repeats = cases[i].n_repeats,
                             .behind = cases[i].behind,
                             .config = &no_values};
        assert_int_equal(hone_reactor_has_ended(&r.reactor, &trial), cases[i].ended);
        assert_int_equal(hone_reactor_replay(&r.reactor, &trial),
                         cases[i].ended ? HONE_REPLAY_ENDED : HONE_REPLAY_AGAIN);
        assert_int_equal(r.reactor.counts[HONE_STATUS_PENDING], !cases[i].ended);
        if (!cases[i].ended) {
            begin(&r);
            const hone_action *start = find(&r, HONE_ACTION_START);
            assert_int_equal(start->run->attempt, 3);
            assert_int_equal(hone_run_repeat(start->run), 3);
        }
        close_rig(&r);
    }
}

/* Finished repeats of the record count, and the next one follows. */
static void test_repeats_of_the_record(void **state)
{
    (void)state;
    rig r = {.spec.objective.name = "loss", .spec.repeats.max = 3};
    open_rig(&r, 1, 1);
    const hone_replay_end ends[] = {{.exit_code = 0, .scored = true, .score = 1},
                                    {.reason = HONE_REASON_EXIT, .exit_code = 1},
                                    {.exit_code = 0, .scored = true, .score = 2}};
    hone_replay open = {.number = 1,
                        .status = HONE_STATUS_PENDING,
                        .attempts = 3,
                        .ends = ends,
                        .n_ends = 3,
                        .config = &no_values};
    assert_int_equal(hone_reactor_replay(&r.reactor, &open), HONE_REPLAY_READY);
    hone_replay over = {.number = 2,
                        .status = HONE_STATUS_COMPLETED,
                        .attempts = 3,
                        .has_objective = true,
                        .objective = 7,
                        .summary = {.n = 3, .mean = 7, .variance = 1},
                        .config = &no_values};
    assert_int_equal(hone_reactor_replay(&r.reactor, &over), HONE_REPLAY_ENDED);
    assert_int_equal(r.reactor.best.n, 3);
    assert_true(r.reactor.best.mean == 7);
    begin(&r);
    const hone_action *start = find(&r, HONE_ACTION_START);
    assert_int_equal(start->run->attempt, 4);
    assert_int_equal(hone_run_repeat(start->run), 3);
    tell(&r, HONE_EVENT_STARTED, 1);
    end_scored(&r, 1, 3);
    assert_true(find(&r, HONE_ACTION_CONCLUDE)->verdict.objective == 2);
    assert_int_equal(find(&r, HONE_ACTION_CONCLUDE)->verdict.status,
                     HONE_STATUS_COMPLETED);
    close_rig(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_repeats),      cmocka_unit_test(test_repeat_fails),
        cmocka_unit_test(test_race),         cmocka_unit_test(test_race_in_flight),
        cmocka_unit_test(test_more_repeats), cmocka_unit_test(test_repeats_of_the_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
