/* The small pure parts of the engine: life cycle, tally, stop rules, queue, nearest line.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "engine/fifo.h"
#include "engine/lifecycle.h"
#include "engine/nearest.h"
#include "engine/stop.h"
#include "engine/tally.h"

/* ---- life cycle ---- */

static void test_final_states_have_no_way_out(void **state)
{
    (void)state;
    for (int s = 0; s < HONE_N_STATES; s++) {
        bool any = false;
        for (int e = 0; e < HONE_N_STEPS; e++)
            any |= hone_lifecycle_next((hone_state)s, (hone_step)e) != HONE_N_STATES;
        assert_int_equal(any, !hone_lifecycle_final((hone_state)s));
        assert_non_null(hone_lifecycle_state_name((hone_state)s));
    }
    for (int e = 0; e < HONE_N_STEPS; e++)
        assert_true(strlen(hone_lifecycle_step_name((hone_step)e)) > 0);
}

static void test_a_life(void **state)
{
    (void)state;
    hone_state s = HONE_STATE_NEW;
    s = hone_lifecycle_next(s, HONE_STEP_RECORDED);
    assert_int_equal(hone_lifecycle_status(s), HONE_STATUS_PENDING);
    s = hone_lifecycle_next(s, HONE_STEP_START);
    s = hone_lifecycle_next(s, HONE_STEP_STARTED);
    assert_int_equal(hone_lifecycle_status(s), HONE_STATUS_RUNNING);
    s = hone_lifecycle_next(s, HONE_STEP_STOP);
    assert_int_equal(s, HONE_STATE_STOPPING);
    assert_int_equal(hone_lifecycle_next(s, HONE_STEP_UNDONE), HONE_STATE_PENDING);
    assert_int_equal(hone_lifecycle_next(s, HONE_STEP_SUCCEEDED), HONE_STATE_COMPLETED);
    assert_int_equal(hone_lifecycle_next(HONE_STATE_NEW, HONE_STEP_START), HONE_N_STATES);
    assert_int_equal(hone_lifecycle_next(HONE_STATE_PENDING, HONE_STEP_FAILED),
                     HONE_N_STATES);
}

/* ---- tally ---- */

static const hone_tally_metric *add(hone_tally *tally, const char *name, double value)
{
    hone_metric metric = {
        .name = name, .name_len = (uint32_t)strlen(name), .value = value};
    return hone_tally_add(tally, &metric);
}

static void test_tally_passes_each_recalled_point_once(void **state)
{
    (void)state;
    hone_tally tally;
    hone_tally_init(&tally);
    const hone_metric again = {.name = "loss", .name_len = 4, .value = 1};
    const hone_metric other = {.name = "acc", .name_len = 3, .value = 1};
    for (int i = 0; i < 2; i++)
        assert_non_null(add(&tally, "loss", i));
    assert_false(hone_tally_pass(&tally, &again));
    hone_tally_recall(&tally);
    assert_false(hone_tally_pass(&tally, &other));
    assert_true(hone_tally_pass(&tally, &again));
    assert_true(hone_tally_pass(&tally, &again));
    assert_false(hone_tally_pass(&tally, &again));
    assert_true(add(&tally, "loss", 2)->step == 3);
    assert_int_equal(hone_tally_find(&tally, "loss", 4)->n, 3);
    hone_tally_recall(&tally);
    hone_tally_reset(&tally);
    assert_false(hone_tally_pass(&tally, &again));
    hone_tally_release(&tally);
}

static void test_tally_takes(void **state)
{
    (void)state;
    hone_tally tally;
    hone_tally_init(&tally);
    const double values[] = {3, 1, 2};
    for (int i = 0; i < 3; i++) {
        assert_non_null(add(&tally, "loss", values[i]));
        assert_non_null(add(&tally, "acc", -values[i]));
    }
    const hone_tally_metric *loss = hone_tally_find(&tally, "loss", 4);
    assert_int_equal(loss->n, 3);
    assert_true(hone_tally_value(loss, HONE_TAKE_LAST) == 2);
    assert_true(hone_tally_value(loss, HONE_TAKE_FIRST) == 3);
    assert_true(hone_tally_value(loss, HONE_TAKE_MIN) == 1);
    assert_true(hone_tally_value(loss, HONE_TAKE_MAX) == 3);
    assert_true(hone_tally_value(loss, HONE_TAKE_MEAN) == 2);
    assert_true(loss->step == 3);
    assert_null(hone_tally_find(&tally, "los", 3));
    hone_tally_reset(&tally);
    assert_null(hone_tally_find(&tally, "loss", 4));
    hone_tally_release(&tally);
}

static void test_tally_steps_and_nan(void **state)
{
    (void)state;
    hone_tally tally;
    hone_tally_init(&tally);
    hone_metric metric = {.name = "m", .name_len = 1, .has_step = true, .step = 10};
    metric.value = NAN;
    assert_true(hone_tally_add(&tally, &metric)->step == 10);
    metric.has_step = false;
    metric.value = 5;
    const hone_tally_metric *m = hone_tally_add(&tally, &metric);
    assert_true(m->step == 11);
    assert_true(m->min == 5 && m->max == 5);
    assert_true(isnan(m->first));
    hone_tally_release(&tally);
}

static void test_tally_ceiling(void **state)
{
    (void)state;
    hone_tally tally;
    hone_tally_init(&tally);
    char name[16];
    for (int i = 0; i < HONE_TALLY_MAX; i++) {
        snprintf(name, sizeof(name), "m%d", i);
        assert_non_null(add(&tally, name, i));
    }
    assert_null(add(&tally, "one more", 1));
    assert_true(tally.full);
    assert_non_null(add(&tally, "m17", 1));
    hone_tally_release(&tally);
}

/* ---- stop rules ---- */

static hone_stop_trial completed(uint64_t number, double objective)
{
    return (hone_stop_trial){.number = number,
                             .status = HONE_STATUS_COMPLETED,
                             .has_objective = true,
                             .objective = objective};
}

static hone_stop_trial failed(uint64_t number, int code)
{
    return (hone_stop_trial){.number = number,
                             .status = HONE_STATUS_FAILED,
                             .reason = HONE_REASON_EXIT,
                             .code = code};
}

static void test_best_and_stagnation(void **state)
{
    (void)state;
    hone_spec spec = {.objective = {.name = "acc", .maximize = true}};
    spec.stop.stagnation = 2;
    hone_stopper stopper;
    hone_stopper_init(&stopper, &spec);
    char why[200];
    const struct {
        uint64_t number;
        double objective;
        bool best;
        hone_stop_verdict verdict;
    } trials[] = {
        {2, 0.5, true, HONE_GO_ON},       {1, 0.5, true, HONE_GO_ON},
        {3, NAN, false, HONE_STOP_DONE},  {4, 0.6, true, HONE_GO_ON},
        {5, INFINITY, false, HONE_GO_ON}, {6, 0.6, false, HONE_STOP_DONE},
    };
    for (size_t i = 0; i < sizeof(trials) / sizeof(trials[0]); i++) {
        hone_stop_trial trial = completed(trials[i].number, trials[i].objective);
        assert_int_equal(hone_stopper_ended(&stopper, &trial), trials[i].best);
        assert_int_equal(hone_stopper_verdict(&stopper, why, sizeof(why)),
                         trials[i].verdict);
    }
    assert_int_equal(stopper.best_number, 4);
    assert_non_null(strstr(why, "stagnation"));
}

static void test_target(void **state)
{
    (void)state;
    hone_spec spec = {.objective = {.name = "loss", .has_target = true, .target = 0.1}};
    hone_stopper stopper;
    hone_stopper_init(&stopper, &spec);
    char why[200];
    hone_stop_trial trial = completed(1, 0.2);
    hone_stopper_ended(&stopper, &trial);
    assert_int_equal(hone_stopper_verdict(&stopper, why, sizeof(why)), HONE_GO_ON);
    assert_false(hone_stopper_reaches(&stopper, 0.11));
    assert_false(hone_stopper_reaches(&stopper, NAN));
    assert_true(hone_stopper_reaches(&stopper, 0.1));
    trial = completed(2, 0.05);
    hone_stopper_ended(&stopper, &trial);
    assert_int_equal(hone_stopper_verdict(&stopper, why, sizeof(why)), HONE_STOP_DONE);
    assert_non_null(strstr(why, "trial 2 reached the target of loss"));
}

static void test_alike_failures(void **state)
{
    (void)state;
    hone_spec spec = {0};
    hone_stopper stopper;
    hone_stopper_init(&stopper, &spec);
    char why[200];
    for (uint64_t i = 1; i <= 5; i++) {
        assert_int_equal(hone_stopper_verdict(&stopper, why, sizeof(why)), HONE_GO_ON);
        hone_stop_trial trial = failed(i, 3);
        hone_stopper_ended(&stopper, &trial);
    }
    assert_int_equal(hone_stopper_verdict(&stopper, why, sizeof(why)), HONE_STOP_FAILED);
    assert_non_null(strstr(why, "exit (status 3)"));
    hone_stopper_begin_run(&stopper);
    assert_int_equal(hone_stopper_verdict(&stopper, why, sizeof(why)), HONE_GO_ON);
}

static void test_unlike_failures_go_on(void **state)
{
    (void)state;
    hone_spec spec = {0};
    hone_stopper stopper;
    hone_stopper_init(&stopper, &spec);
    char why[200];
    for (uint64_t i = 1; i <= 20; i++) {
        hone_stop_trial trial = failed(i, i == 2 ? 4 : 3);
        hone_stopper_ended(&stopper, &trial);
        assert_int_equal(hone_stopper_verdict(&stopper, why, sizeof(why)), HONE_GO_ON);
    }
}

static void test_failure_limit(void **state)
{
    (void)state;
    hone_spec spec = {.stop = {.failures = 2, .failures_given = true}};
    hone_stopper stopper;
    hone_stopper_init(&stopper, &spec);
    char why[200];
    hone_stop_trial trial = failed(1, 3);
    hone_stopper_ended(&stopper, &trial);
    assert_int_equal(hone_stopper_verdict(&stopper, why, sizeof(why)), HONE_GO_ON);
    trial = failed(2, 4);
    hone_stopper_ended(&stopper, &trial);
    assert_int_equal(hone_stopper_verdict(&stopper, why, sizeof(why)), HONE_STOP_FAILED);
}

/* ---- queue and nearest line ---- */

static void test_fifo_wraps_and_grows(void **state)
{
    (void)state;
    hone_fifo fifo;
    hone_fifo_init(&fifo, sizeof(int));
    int next_in = 0, next_out = 0;
    for (int round = 0; round < 200; round++) {
        for (int i = 0; i < 7; i++, next_in++)
            assert_true(hone_fifo_push(&fifo, &next_in));
        for (int i = 0; i < 5; i++, next_out++) {
            assert_int_equal(*(int *)hone_fifo_front(&fifo), next_out);
            hone_fifo_pop(&fifo);
        }
    }
    assert_int_equal(fifo.n, 400);
    hone_fifo_release(&fifo);
    assert_null(hone_fifo_front(&fifo));
}

static void test_nearest_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *line;
        int rank;
    } cases[] = {
        {"", NULL, 0},
        {"hello\nepoch 1\ndone\n", "epoch 1", 1},
        {"Val Loss: 0.5\nepoch 2\n", "Val Loss: 0.5", 3},
        {"val/loss none\n7\n", "val/loss none", 2},
        {"val_loss=1\nval_loss=2\n", "val_loss=2", 3},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        hone_nearest nearest = {0};
        hone_nearest_look(&nearest, "val_loss", cases[i].text, strlen(cases[i].text));
        assert_int_equal(nearest.rank, cases[i].rank);
        if (cases[i].line == NULL)
            continue;
        assert_int_equal(nearest.len, strlen(cases[i].line));
        assert_memory_equal(nearest.line, cases[i].line, nearest.len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_final_states_have_no_way_out),
        cmocka_unit_test(test_a_life),
        cmocka_unit_test(test_tally_takes),
        cmocka_unit_test(test_tally_passes_each_recalled_point_once),
        cmocka_unit_test(test_tally_steps_and_nan),
        cmocka_unit_test(test_tally_ceiling),
        cmocka_unit_test(test_best_and_stagnation),
        cmocka_unit_test(test_target),
        cmocka_unit_test(test_alike_failures),
        cmocka_unit_test(test_unlike_failures_go_on),
        cmocka_unit_test(test_failure_limit),
        cmocka_unit_test(test_fifo_wraps_and_grows),
        cmocka_unit_test(test_nearest_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
