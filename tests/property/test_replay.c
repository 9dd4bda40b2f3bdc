/* The record, cut anywhere, and replayed.
 *
 * A world of random events drives a reactor and a strategy, and writes down what the
 * store would get. Whenever all of that is on disk, a second reactor and strategy are
 * made from the record alone, as hone_resume_load does it: whatever they decide by is the
 * same. And from a record that is cut at any place, with what ran then running on, ended
 * unnoticed or lost, the sweep comes to the same table in the end. */
#include "replay_world.h"

/* ---- from the record ---- */

static void recall_points(const struct entry *log, uint32_t n, hone_run *run)
{
    for (uint32_t i = 0; i < n; i++)
        if (log[i].kind == POINT && log[i].number == run->number &&
            log[i].attempt == run->attempt)
            add_point(run, log[i].value);
}

/* As hone_resume_load does it. */
static hone_summary summarise(const struct row *row)
{
    double scores[ENDS_MAX];
    uint32_t n = 0;
    for (uint32_t i = 0; i < row->n_ends; i++)
        if (row->ends[i].scored)
            scores[n++] = row->ends[i].score;
    return hone_summary_of(n, scores);
}

/* Fills an open world from the first n entries of another's log. */
static void replay(world *w, const struct entry *log, uint32_t n, table *rows)
{
    hone_replayer replayer;
    hone_replayed ignored;
    fold(log, n, rows);
    memcpy(w->log, log, n * sizeof *log);
    w->n_log = w->n_committed = w->n_owned = n;
    hone_replayer_init(&replayer, &w->reactor, w->plan);
    for (uint32_t i = 1; i <= TRIALS_MAX; i++) {
        struct row *row = &rows->rows[i];
        row->trial.ends = row->ends;
        row->trial.n_ends = row->n_ends;
        row->trial.summary = summarise(row);
        row->trial.n_repeats = row->trial.summary.n;
        row->trial.behind = row->trial.n_repeats < w->spec->repeats.max;
        if (row->there)
            assert_int_equal(
                hone_replayer_trial(&replayer, &row->trial, HONE_HEARD, &ignored), 0);
    }
    assert_int_equal(hone_replayer_finish(&replayer), HONE_OK);
    hone_replayer_release(&replayer);
}

static hone_run *take_over(world *w, const hone_replay *trial, const struct entry *log,
                           uint32_t n)
{
    hone_run *run = hone_reactor_revive(&w->reactor, trial->number, trial->attempts);
    assert_non_null(run);
    recall_points(log, n, run);
    w->running[w->n_running++] = trial->number;
    return run;
}

/* ---- what a sweep decides by ---- */

static void dump_run(const world *w, const hone_run *run, hone_buf *out)
{
    bool runs = hone_lifecycle_status(run->state) == HONE_STATUS_RUNNING;
    hone_buf_printf(
        out, "trial %llu %s attempt %u lost %u retried %u requeued %u %s%s%s ",
        (unsigned long long)run->number, runs ? "runs" : "waits", run->attempt,
        run->n_lost, run->n_retried, run->n_requeued, run->cancelled ? "cancelled " : "",
        runs && run->interrupted ? "interrupted " : "",
        runs && run->wished ? "wished " : "");
    hone_buf_printf(out, "%llx %g of %llu%s",
                    (unsigned long long)identity_of(w, run->config), run->budget,
                    (unsigned long long)run->parent, run->rests ? " rests" : "");
    for (uint32_t i = 0; runs && i < run->tally.n; i++) {
        const hone_tally_metric *metric = &run->tally.metrics[i];
        hone_buf_printf(out, " %s n %llu %a %a %a %a %a step %g", metric->name,
                        (unsigned long long)metric->n, metric->first, metric->last,
                        metric->min, metric->max, metric->sum, metric->step);
    }
    for (uint32_t i = 0; i < run->n_scores; i++)
        hone_buf_printf(out, " scored %a", run->scores[i]);
    hone_buf_putc(out, '\n');
}

/* Who would be promoted, whatever the stage. */
static void dump_ladder(const world *w, hone_buf *out)
{
    hone_climb climb = {.n_trials = w->reactor.next_number - 1};
    hone_promotion next;
    double budget;
    for (int stage = HONE_CLIMB_OPEN; stage <= HONE_CLIMB_IDLE; stage++) {
        climb.stage = (hone_climb_stage)stage;
        if (w->reactor.options.ladder != NULL &&
            hone_ladder_next(w->reactor.options.ladder, &climb, &next, &budget))
            hone_buf_printf(out, "promotes %llu of %llu in %u to %g\n",
                            (unsigned long long)next.number,
                            (unsigned long long)next.parent, next.slot, budget);
    }
}

/* Not in it: what belongs to one run of the orchestrator (pause, steps of the ladder, the
 * failures that it has seen, which slot, how far ahead, delays under way). */
static void dump_world(const world *w, hone_buf *out)
{
    const hone_reactor *reactor = &w->reactor;
    const hone_stopper *stopper = &reactor->stopper;
    hone_buf_printf(out, "next %llu\ncounts", (unsigned long long)reactor->next_number);
    for (int i = 0; i < HONE_N_STATUSES; i++)
        hone_buf_printf(out, " %llu", (unsigned long long)reactor->counts[i]);
    hone_buf_printf(out, "\nbest %d %a of %llu\n", stopper->has_best, stopper->best,
                    (unsigned long long)stopper->best_number);
    if (w->spec->repeats.max > 1)
        hone_buf_printf(out, "its repeats %u %a %a\n", reactor->best.n,
                        reactor->best.mean, reactor->best.variance);
    if (w->spec->stop.stagnation > 0) /* else nobody asks for it */
        hone_buf_printf(out, "%llu since\n", (unsigned long long)stopper->since_best);
    for (uint64_t i = 1; i < reactor->next_number; i++) {
        const hone_run *run = hone_reactor_run(reactor, i);
        if (run != NULL && !hone_lifecycle_final(run->state))
            dump_run(w, run, out);
    }
    dump_ladder(w, out);
    const hone_config *point = NULL;
    hone_suggestion next = hone_plan_suggest(w->plan, reactor->next_number, &point);
    hone_buf_printf(
        out, "then %d %llx\n", (int)next,
        (unsigned long long)(next == HONE_SUGGESTED ? identity_of(w, point) : 0));
}

static void check_same_state(const world *live, uint64_t seed)
{
    static world copy;
    static table rows;
    hone_buf expected, found;
    open_world(&copy, &live->scenario, live->spec, seed);
    replay(&copy, live->log, live->n_log, &rows);
    for (uint32_t i = 1; i <= TRIALS_MAX; i++)
        if (rows.rows[i].there && rows.rows[i].trial.status == HONE_STATUS_RUNNING)
            (void)take_over(&copy, &rows.rows[i].trial, live->log, live->n_log);
    hone_buf_init(&expected, 1 << 20);
    hone_buf_init(&found, 1 << 20);
    dump_world(live, &expected);
    dump_world(&copy, &found);
    if (strcmp(hone_buf_text(&expected), hone_buf_text(&found)) != 0)
        fail_msg("seed %llu, %s, %u at a time, after %u entries: live\n%s\nreplayed\n%s",
                 (unsigned long long)seed, live->scenario.method,
                 live->scenario.concurrency, live->n_log, hone_buf_text(&expected),
                 hone_buf_text(&found));
    hone_buf_release(&expected);
    hone_buf_release(&found);
    close_world(&copy);
}

/* ---- the same state ---- */

static const char *const methods[] = {"random", "sobol", "grid", "grid\norder: shuffled"};

static struct scenario choose_scenario(uint64_t seed)
{
    struct scenario chosen = {.method = methods[seed % 4],
                              .stop = "trials: 40",
                              .concurrency = 1 + (uint32_t)(seed / 4 % 8)};
    return chosen;
}

#define POPULATION "pbt, population: 8, interval: 3"

/* Methods that learn see where trials stand on the ladder. */
static struct scenario choose_ladder(uint64_t seed)
{
    struct scenario chosen = choose_scenario(seed);
    static const char *const ladders[] = {"asha, eta: 3", "hyperband", POPULATION};
    chosen.ladder = ladders[seed / 2 % 3];
    if (seed / 2 % 3 == 2) {
        chosen.stop = "stagnation: 1000";
        chosen.method = "random";
    }
    if (seed % 3 == 0)
        chosen.method = seed % 2 == 0 ? "tpe" : "evolution";
    return chosen;
}

/* Races, too: what is decided of a trial depends on the others' scores. */
static struct scenario choose_repeats(uint64_t seed)
{
    struct scenario chosen = choose_scenario(seed);
    chosen.repeats = seed % 2 == 0 ? "3" : "{max: 5, race: true, min: 2}";
    if (seed % 3 == 0)
        chosen.method = seed % 2 == 0 ? "tpe" : "evolution";
    return chosen;
}

static uint32_t check_states(struct scenario (*choose)(uint64_t), uint64_t n_seeds)
{
    static world w;
    uint32_t n_checked = 0;
    for (uint64_t seed = 1; seed <= n_seeds; seed++) {
        struct scenario scenario = choose(seed);
        scenario.lost_percent = seed % 3 == 0 ? 10 : 0;
        scenario.steering_percent = seed % 2 == 0 ? 3 : 0;
        if (seed % 5 == 0 && strcmp(scenario.stop, "trials: 40") == 0)
            scenario.stop = "trials: 40, stagnation: 12";
        hone_spec *spec = make_spec(&scenario);
        open_world(&w, &scenario, spec, seed);
        begin(&w);
        for (int step = 0; !w.finished; step++) {
            assert_true(step < 100000);
            step_world(&w);
            if (w.n_committed < w.n_log || w.finished || draw(&w, 4) != 0)
                continue;
            check_same_state(&w, seed);
            n_checked++;
        }
        close_world(&w);
        hone_spec_free(spec);
    }
    return n_checked;
}

static void test_same_state(void **state)
{
    (void)state;
    assert_true(check_states(choose_scenario, 200) > 2000);
}

static void test_same_state_on_a_ladder(void **state)
{
    (void)state;
    assert_true(check_states(choose_ladder, 60) > 600);
}

static void test_same_state_with_repeats(void **state)
{
    (void)state;
    assert_true(check_states(choose_repeats, 60) > 600);
}

/* ---- the same table in the end ---- */

/* What ran at the moment of the cut: runs on, has ended unnoticed, or is lost. */
static void find_running(world *w, const struct row *row)
{
    uint32_t n = w->n_owned;
    uint32_t what = draw(w, 3);
    if (what < 2)
        (void)take_over(w, &row->trial, w->log, n);
    if (what == 1)
        end_trial(w, row->trial.number);
    if (what < 2)
        return;
    struct entry *lost = write_down(w, END, row->trial.number);
    lost->attempt = row->trial.attempts;
    lost->lost_at_sea = true;
    lost->verdict =
        (hone_verdict){.status = HONE_STATUS_PENDING, .reason = HONE_REASON_LOST};
}

static void run_to_end(world *w)
{
    for (int step = 0; !w->finished; step++) {
        assert_true(step < 100000);
        step_world(w);
    }
    assert_int_equal(w->n_committed, w->n_log);
}

static void check_same_table(const world *w, const table *expected, const table *found)
{
    for (uint32_t i = 1; i <= TRIALS_MAX; i++) {
        const hone_replay *one = &expected->rows[i].trial, *other = &found->rows[i].trial;
        assert_int_equal(expected->rows[i].there, found->rows[i].there);
        if (!expected->rows[i].there)
            continue;
        assert_true(identity_of(w, one->config) == identity_of(w, other->config));
        assert_int_equal(one->status, other->status);
        assert_int_equal(one->reason, other->reason);
        if (one->status == HONE_STATUS_COMPLETED)
            assert_true(one->objective == other->objective);
    }
}

static void check_tables(struct scenario (*choose)(uint64_t), uint64_t n_seeds)
{
    static world live, next;
    static table expected, rows;
    for (uint64_t seed = 1; seed <= n_seeds; seed++) {
        struct scenario scenario = choose(seed);
        hone_spec *spec = make_spec(&scenario);
        open_world(&live, &scenario, spec, seed);
        begin(&live);
        run_to_end(&live);
        fold(live.log, live.n_log, &expected);
        for (uint64_t i = 1; i <= 4; i++) {
            open_world(&next, &scenario, spec, seed * 100 + i);
            replay(&next, live.log, draw(&next, live.n_log), &rows);
            for (uint32_t k = 1; k <= TRIALS_MAX; k++)
                if (rows.rows[k].there &&
                    rows.rows[k].trial.status == HONE_STATUS_RUNNING)
                    find_running(&next, &rows.rows[k]);
            begin(&next);
            run_to_end(&next);
            fold(next.log, next.n_log, &rows);
            check_same_table(&live, &expected, &rows);
            close_world(&next);
        }
        close_world(&live);
        hone_spec_free(spec);
    }
}

static void test_same_table(void **state)
{
    (void)state;
    check_tables(choose_scenario, 120);
}

/* What hyperband and a population do depends on no order. What asha does is about nothing
 * else. */
static struct scenario choose_orderless_ladder(uint64_t seed)
{
    struct scenario chosen = choose_scenario(seed);
    chosen.ladder = seed % 2 == 0 ? "hyperband" : POPULATION;
    if (seed % 2 != 0) {
        chosen.stop = "stagnation: 1000";
        chosen.method = "random";
    }
    return chosen;
}

static void test_same_table_on_a_ladder(void **state)
{
    (void)state;
    check_tables(choose_orderless_ladder, 40);
}

/* Without a race, which depends on the order of ends. */
static struct scenario choose_orderless_repeats(uint64_t seed)
{
    struct scenario chosen = choose_scenario(seed);
    chosen.repeats = seed % 2 == 0 ? "3" : "2";
    return chosen;
}

static void test_same_table_with_repeats(void **state)
{
    (void)state;
    check_tables(choose_orderless_repeats, 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_state),
        cmocka_unit_test(test_same_table),
        cmocka_unit_test(test_same_state_on_a_ladder),
        cmocka_unit_test(test_same_table_on_a_ladder),
        cmocka_unit_test(test_same_state_with_repeats),
        cmocka_unit_test(test_same_table_with_repeats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
