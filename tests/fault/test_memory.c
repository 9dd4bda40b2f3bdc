/* Memory runs out at every allocation in turn.
 *
 * Each scenario runs once undisturbed and is then repeated with the first, the second,
 * ... allocation failing, alone or with all that follow it, until there are no more. Each
 * time there is either HONE_ENOMEM or the very same result; under ASan, no leak. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <hone/filter.h>
#include <hone/importance.h>
#include <hone/metrics.h>

#include "engine/fifo.h"
#include "engine/plan_state.h"
#include "engine/ladder.h"
#include "engine/reactor.h"
#include "failing_alloc.h"
#include "model/expr.h"
#include "spec/template.h"

enum { TRANSCRIPT_MAX = 64 * 1024 };

/* What a scenario did, as text: no block of it comes from the allocator. */
typedef struct transcript {
    size_t len;
    char text[TRANSCRIPT_MAX];
} transcript;

static void note(transcript *log, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void note(transcript *log, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(log->text + log->len, sizeof log->text - log->len, format, args);
    va_end(args);
    assert_true(n >= 0 && (size_t)n < sizeof log->text - log->len);
    log->len += (size_t)n;
}

/* Runs with `arg`, writes what came of it; returns 0, another result that the arguments
 * deserve, or HONE_ENOMEM. */
typedef int (*scenario)(const void *arg, transcript *log);

static uint64_t exhaust(scenario run, const void *arg, failing_mode mode)
{
    static transcript expected, log;
    expected.len = 0;
    expected.text[0] = '\0';
    int code = run(arg, &expected);
    assert_int_not_equal(code, HONE_ENOMEM);
    for (uint64_t k = 1;; k++) {
        log.len = 0;
        log.text[0] = '\0';
        failing_alloc_start(k, mode);
        int got = run(arg, &log);
        bool failed = failing_alloc_stop();
        if (got == HONE_ENOMEM) {
            assert_true(failed);
            continue;
        }
        assert_int_equal(got, code);
        assert_string_equal(log.text, expected.text);
        if (!failed)
            return k - 1;
    }
}

/* Returns how many allocations there are. */
static uint64_t exhaust_both(scenario run, const void *arg)
{
    uint64_t n = exhaust(run, arg, FAIL_ONCE);
    assert_int_equal(exhaust(run, arg, FAIL_ON), n);
    return n;
}

/* ---- specs ---- */

static const char full_spec[] =
    "name: everything\ndescription: d\nproject: p\nentity: e\nprogram: train.py\n"
    "method: {name: random}\nseed: 7\nconcurrency: 2\ntimeout: 90s\ngrace: 5\n"
    "metric: {name: loss, goal: minimize, target: 0.1}\n"
    "metrics:\n"
    "  loss: 'loss=(?<value>\\S+)'\n"
    "  acc: {pattern: 'acc (\\S+)', from: stderr, take: max}\n"
    "  file: {from: metrics.jsonl}\n"
    "command: [python3, '${program}', '${args}', '--lr=${lr}', '${opt.name}']\n"
    "stop: {trials: 10, time: 1h30m, stagnation: 5, failures: 3}\n"
    "env: {A: 1, B: ~, C: x}\nworkdir: trial\n"
    "parameters:\n"
    "  lr: {distribution: log_uniform_values, min: 1e-5, max: 1e-1}\n"
    "  n: {distribution: q_normal, mu: 3, sigma: 2, q: 1}\n"
    "  b: {distribution: beta, a: 2, b: 3}\n"
    "  c: {values: [a, b], probabilities: [0.3, 0.7]}\n"
    "  w: {min: 0.1, max: 0.9, step: 0.2}\n"
    "  l: {min: 1e-4, max: 1e-1, scale: log, count: 4}\n"
    "  any: {values: [0.10, 1e-3, \"x\", null, true, [1, [2]], {a: 1, b: {c: d}}]}\n"
    "  fixed: {value: 3}\n"
    "  opt:\n"
    "    parameters:\n"
    "      name: {values: [sgd, adam]}\n"
    "      beta: {values: [0.9, 0.99], when: {name: adam, c: [a, b]}}\n"
    "constraints: [\"lr * w < 2 or c in ['a', c]\", \"any != null\"]\n";

static const char shell_spec[] =
    "%TAG !y! tag:yaml.org,2002:\n---\n"
    "anchors: &a {x: 1, y: [1, 2]}\nmore: {<<: [*a, {z: 1}], x: 2}\n"
    "method: grid\norder: shuffled\n"
    "command: |\n"
    "  x=${lr}; python t.py \"${lr}\" '${lr}' ${HOME:-1} $((1+2)) `id` # ${lr}\n"
    "  cat <<E\n  $HOME\n  E\n"
    "parameters: {lr: {values: [!y!str 1, !!float 2, 017, 1_000, yes, 12:30, .inf]}}\n";

static const char wrong_spec[] =
    "metod: grid\nmethod: gird\nseed: -1\nstop: {trails: 5, time: 1x, failures: 0}\n"
    "metric: {name: los, goal: least}\nmetrics: {loss: '(', acc: {patern: x}}\n"
    "early_terminate: {type: hyperband, max_iter: 27, s: 2}\n"
    "env: {A=B: 1, C: [1]}\ntimeout: -3\nconcurrency: many\n"
    "command: [\"${program}\", \"${lrr}\", \"${args\"]\n"
    "parameters:\n"
    "  lr: {distribution: log_uniform_values, min: 0, max: -1}\n"
    "  a: {values: []}\n  b: {min: 1}\n  c: {valus: [1]}\n  d: {vales: 1, min: 3, max: "
    "1}\n"
    "  e: {values: [1, 1.0, 1e0], probabilities: [0.5, 0.6, -1]}\n"
    "  f: {values: [1], when: {g: 1}}\n  g: {values: [1], when: {f: 1}}\n"
    "  h: {distribution: unifrom, min: \"1\", max: 2.0}\n"
    "  i: {min: 0, max: 1, step: 0.3, count: 7}\n  a: 3\n"
    "constraints: [\"lr <\", \"nosuch > 1\", 3]\nconstraints: x\n";

static const char macros_spec[] =
    "method: grid\nparameters: {a: {value: 1}, b: {values: [1, 2]}}\n"
    "command: [a, '${args_json}', '${args_no_hyphens}', '${args_json_file}', "
    "'${envvar:HOME}', '${nope}', '${interpreter}', '${args_no_boolean_flags}']\n";

static const char *const specs[] = {
    full_spec,         shell_spec,
    wrong_spec,        "",
    "- a\n",           "a: b: c\n",
    "a: [\n",          "x: *nosuch\n",
    "a: !!binary x\n", "method: tpe\nparameters: {a: {min: 1, max: 2}}\n",
    macros_spec,
};

enum { N_SPECS = sizeof specs / sizeof *specs };

static int read_spec(const void *arg, transcript *log)
{
    const char *text = arg;
    hone_spec *spec = NULL;
    hone_error err = {0};
    int code = hone_spec_read("dir/sweep.yaml", text, strlen(text), &spec, &err);
    assert_int_equal(err.code, code);
    if (code == HONE_ENOMEM) {
        assert_null(spec);
        return code;
    }
    note(log, "%s %s\n", spec->name, spec->digest);
    for (uint32_t i = 0; i < spec->diagnostics.n; i++) {
        const hone_diagnostic *item = &spec->diagnostics.items[i];
        note(log, "%d %d:%d+%d %s | %s\n", item->severity, item->line, item->column,
             item->width, item->text, item->source != NULL ? item->source : "-");
    }
    hone_spec_free(spec);
    return code;
}

static void test_specs(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_SPECS; i++)
        assert_true(exhaust_both(read_spec, specs[i]) >= 4);
    assert_true(exhaust_both(read_spec, full_spec) > 200);
}

static int read_file(const void *arg, transcript *log)
{
    hone_spec *spec = NULL;
    hone_error err = {0};
    int code = hone_spec_read_file(arg, &spec, &err);
    assert_int_equal(err.code, code);
    assert_int_equal(spec == NULL, code == HONE_ENOMEM);
    if (spec != NULL)
        note(log, "%s", spec->digest);
    hone_spec_free(spec);
    return code;
}

static void test_spec_file(void **state)
{
    (void)state;
    assert_true(exhaust_both(read_file, HONE_SOURCE_DIR "/tests/fuzz/spec/grid.yaml") >
                10);
}

/* ---- plans ---- */

static const char *const spaces[] = {
    /* finite, even */
    "  a: {values: [x, y, z]}\n  b: {min: 1, max: 9}\n",
    /* conditions and constraints */
    "  a: {values: [x, y, z]}\n  b: {min: 1, max: 9, when: {a: [x, y]}}\n"
    "  c: {values: [1, 2, 3]}\n  d: {values: [1, 2], when: {c: 3}}\n  e: {value: 5}\n"
    "  f: {min: 0, max: 0.5, step: 0.1}\n"
    "constraints: [\"c < b\", \"f > 0.1 or a == 'z'\"]\n",
    /* uneven */
    "  a: {values: [x, y, z], probabilities: [0.9, 0.05, 0.05]}\n  b: {min: 1, max: 9}\n",
    /* endless */
    ("  a: {min: 0.0, max: 1.0}\n  b: {distribution: normal, mu: 0, sigma: 1}\n"
     "  c: {values: [1, 2]}\nconstraints: [\"a < 0.9\"]\n"),
    /* nothing left */
    "  a: {values: [1, 2]}\nconstraints: [\"a > 2\"]\n",
};

enum { N_SPACES = sizeof spaces / sizeof *spaces };

static void note_point(transcript *log, const hone_spec *spec, const hone_config *point)
{
    hone_identity identity = hone_config_identity(spec->space, point);
    note(log, "%016llx%016llx\n", (unsigned long long)identity.high,
         (unsigned long long)identity.low);
}

/* An observation that fails changes nothing: the same one again is taken. */
static int observe(hone_plan *plan, const hone_observation *seen)
{
    int code = hone_plan_observe(plan, seen);
    if (code == HONE_ENOMEM)
        code = hone_plan_observe(plan, seen);
    return code;
}

static int follow_plan(hone_plan *plan, const hone_spec *spec, transcript *log)
{
    note(log, "%llu %d\n", (unsigned long long)hone_plan_count(plan),
         hone_plan_adaptive(plan));
    for (uint64_t number = 1; number <= 50; number++) {
        const hone_config *point = NULL;
        if (hone_plan_suggest(plan, number, &point) != HONE_SUGGESTED)
            break;
        note_point(log, spec, point);
        hone_observation seen = {
            .kind = HONE_OBSERVE_PENDING, .number = number, .config = point};
        int code = observe(plan, &seen);
        if (code != HONE_OK)
            return code;
        seen.kind = number % 3 == 0 ? HONE_OBSERVE_FAILED : HONE_OBSERVE_COMPLETED;
        seen.objective = number % 5 == 0 ? NAN : (double)(number % 7);
        code = observe(plan, &seen);
        if (code != HONE_OK)
            return code;
    }
    return HONE_OK;
}

static int make_plan(const void *arg, transcript *log)
{
    const hone_spec *spec = arg;
    hone_plan *plan = NULL;
    hone_error err = {0};
    int code = hone_plan_make(spec, &plan, &err);
    assert_int_equal(err.code, code);
    assert_int_equal(plan == NULL, code != HONE_OK);
    assert_int_equal(err.text[0] == '\0', code == HONE_OK);
    if (code != HONE_OK && code != HONE_ENOMEM)
        note(log, "%s", err.text);
    if (code == HONE_OK)
        code = follow_plan(plan, spec, log);
    hone_plan_free(plan);
    return code;
}

static hone_spec *load_space(const char *method, const char *order, const char *space)
{
    char text[2048];
    hone_spec *spec = NULL;
    hone_error err = {0};
    snprintf(text, sizeof text, "method: %s\n%scommand: [a]\nparameters:\n%s", method,
             order, space);
    int code = hone_spec_read("s.yaml", text, strlen(text), &spec, &err);
    if (code != HONE_OK) {
        hone_spec_free(spec);
        return NULL;
    }
    return spec;
}

/* A grid has to refuse what has no levels, others conditions: when the spec is read, or
 * here. */
static void exhaust_plan(const hone_strategy *strategy, const char *order,
                         const char *space)
{
    hone_spec *spec = load_space(strategy->name, order, space);
    if (spec == NULL) {
        assert_true((strategy->traits & HONE_STRATEGY_FINITE) ||
                    !(strategy->traits & HONE_STRATEGY_CONDITIONAL));
        return;
    }
    assert_true(exhaust_both(make_plan, spec) >= 3);
    hone_spec_free(spec);
}

static void test_plans(void **state)
{
    (void)state;
    const hone_strategy *strategy;
    for (uint32_t i = 0; (strategy = hone_strategy_at(i)) != NULL; i++) {
        for (size_t k = 0; k < N_SPACES; k++)
            exhaust_plan(strategy, "", spaces[k]);
    }
    exhaust_plan(hone_strategy_find("grid"), "order: shuffled\n", spaces[1]);
}

/* ---- ladders of budgets ---- */

enum { CLIMBERS = 12 };

/* Somebody goes on, or is copied; *n: trials so far. */
static int go_on(hone_ladder *ladder, const hone_spec *spec, uint64_t *n, transcript *log)
{
    const hone_climb climb = {.stage = HONE_CLIMB_IDLE, .n_trials = *n};
    hone_promotion next = {0};
    double budget = 0;
    if (!hone_ladder_next(ladder, &climb, &next, &budget))
        return HONE_OK;
    note(log, "%llu %llu %g\n", (unsigned long long)next.number,
         (unsigned long long)next.parent, budget);
    if (next.parent == 0)
        return hone_ladder_given(ladder, next.number, budget);
    hone_config *parent = calloc(2, hone_config_size(spec->space));
    if (parent == NULL)
        return HONE_ENOMEM;
    hone_config *child =
        (hone_config *)(void *)((char *)parent + hone_config_size(spec->space));
    parent->n = spec->space->n;
    for (uint32_t i = 0; i < parent->n; i++)
        parent->values[i] = hone_param_draw(&spec->space->params[i], 0.5);
    int rc = hone_ladder_explore(ladder, spec->space, parent, &next, child);
    free(parent);
    return rc == HONE_OK ? hone_ladder_begun(ladder, ++*n, next.parent, budget) : rc;
}

static int climb(const void *arg, transcript *log)
{
    const hone_spec *spec = arg;
    hone_error err = {0};
    hone_ladder ladder;
    uint64_t n = CLIMBERS;
    int rc = hone_ladder_init(&ladder, spec, &err);
    for (uint64_t i = 1; rc == HONE_OK && i <= CLIMBERS; i++) {
        double first = hone_ladder_first(&ladder, i);
        rc = hone_ladder_begun(&ladder, i, 0, first);
        if (rc == HONE_OK)
            rc = i == 5 ? hone_ladder_lost(&ladder, i)
                        : hone_ladder_reached(&ladder, i, first, (double)(i * 7 % 12));
    }
    for (int i = 0; rc == HONE_OK && i < 8; i++)
        rc = go_on(&ladder, spec, &n, log);
    hone_ladder_release(&ladder);
    return rc;
}

static void test_ladders(void **state)
{
    (void)state;
    static const char *const types[] = {"asha, eta: 3", "hyperband",
                                        "pbt, population: 12"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        char text[500];
        hone_spec *spec = NULL;
        int n = snprintf(text, sizeof text,
                         "method: random\nprogram: t.py\n"
                         "metric: {name: loss, goal: minimize}\n"
                         "parameters: {lr: {min: 0.1, max: 0.9}, n: {min: 1, max: 27}}\n"
                         "fidelity: {parameter: n}\nearly_terminate: {type: %s}\n",
                         types[i]);
        assert_int_equal(hone_spec_read("-", text, (size_t)n, &spec, NULL), HONE_OK);
        assert_true(exhaust_both(climb, spec) >= 2);
        hone_spec_free(spec);
    }
}

/* ---- the reactor ---- */

/* One turn of a sweep of three trials, from hand to mouth; what is not done for want of
 * memory must be told. */
typedef struct small_sweep {
    hone_reactor reactor;
    hone_actions actions;
    uint64_t started, concluded;
    bool asked, finished;
} small_sweep;

static int tell(small_sweep *sweep, const hone_event *event, transcript *log)
{
    sweep->actions.n = 0;
    hone_reactor_step(&sweep->reactor, event, &sweep->actions);
    for (uint32_t i = 0; i < sweep->actions.n; i++) {
        const hone_action *action = &sweep->actions.items[i];
        note(log, "%d %llu\n", action->kind, (unsigned long long)action->number);
        sweep->asked |= action->kind == HONE_ACTION_ASK;
        sweep->finished |= action->kind == HONE_ACTION_FINISH;
        if (action->kind == HONE_ACTION_START)
            sweep->started = action->number;
    }
    return sweep->actions.failed ? HONE_ENOMEM : HONE_OK;
}

static int tell_kind(small_sweep *sweep, hone_event_kind kind, uint64_t number,
                     transcript *log)
{
    static const hone_config config = {0};
    static const hone_exit well = {.reason = HONE_REASON_NONE};
    hone_event event = {.kind = kind, .number = number, .config = &config, .exit = &well};
    if (kind == HONE_EVENT_ENDED) {
        hone_run *run = hone_reactor_run(&sweep->reactor, number);
        hone_metric metric = {.name = "loss", .name_len = 4, .value = (double)number};
        if (hone_tally_add(&run->tally, &metric) == NULL)
            return HONE_ENOMEM;
    }
    return tell(sweep, &event, log);
}

static int run_sweep(small_sweep *sweep, transcript *log)
{
    static const hone_event_kind life[] = {HONE_EVENT_SUGGESTED, HONE_EVENT_RECORDED,
                                           HONE_EVENT_STARTED, HONE_EVENT_ENDED,
                                           HONE_EVENT_SETTLED};
    hone_reactor_begin(&sweep->reactor, &sweep->actions);
    int code = sweep->actions.failed ? HONE_ENOMEM : HONE_OK;
    for (uint64_t number = 1; number <= 3; number++) {
        for (size_t i = 0; i < sizeof life / sizeof *life && code == HONE_OK; i++)
            code = tell_kind(sweep, life[i], number, log);
    }
    return code;
}

static int live_reactor(const void *arg, transcript *log)
{
    static const hone_config config = {0};
    static const hone_replay old = {
        .number = 1, .status = HONE_STATUS_RUNNING, .attempts = 1, .config = &config};
    static const hone_space space = {0};
    static const hone_spec spec = {.space = &space, .objective = {.name = "loss"}};
    static small_sweep sweep;
    sweep = (small_sweep){0};
    hone_reactor_options options = {
        .spec = &spec, .concurrency = 1, .n_slots = 1, .planned = 3};
    int code = hone_reactor_init(&sweep.reactor, &options);
    if (code == HONE_OK && arg != NULL) {
        if (hone_reactor_replay(&sweep.reactor, &old) == HONE_REPLAY_NOMEM)
            code = HONE_ENOMEM;
        else
            note(log, "replayed\n");
    } else if (code == HONE_OK) {
        code = run_sweep(&sweep, log);
        assert_int_equal(sweep.finished, code == HONE_OK);
    }
    hone_actions_release(&sweep.actions);
    hone_reactor_release(&sweep.reactor);
    return code;
}

static void test_reactor(void **state)
{
    (void)state;
    assert_true(exhaust_both(live_reactor, NULL) >= 6);
    assert_int_equal(exhaust_both(live_reactor, ""), 3);
}

static int fill_tally(const void *arg, transcript *log)
{
    (void)arg;
    hone_tally tally;
    bool all = true;
    hone_tally_init(&tally);
    for (int i = 0; i < 30; i++) {
        char name[16];
        int len = snprintf(name, sizeof name, "m%d", i % 10);
        hone_metric metric = {.name = name, .name_len = (uint32_t)len, .value = i};
        all &= hone_tally_add(&tally, &metric) != NULL;
    }
    for (uint32_t i = 0; i < tally.n; i++)
        note(log, "%s %llu\n", tally.metrics[i].name,
             (unsigned long long)tally.metrics[i].n);
    assert_false(tally.full);
    hone_tally_release(&tally);
    return all ? HONE_OK : HONE_ENOMEM;
}

static int fill_queue(const void *arg, transcript *log)
{
    (void)arg;
    hone_fifo fifo;
    int n = 0;
    hone_fifo_init(&fifo, sizeof n);
    while (n < 100 && hone_fifo_push(&fifo, &n))
        n++;
    assert_int_equal(fifo.n, n); /* what was taken is still there */
    for (int i = 0; i < n; i++) {
        assert_int_equal(*(int *)hone_fifo_front(&fifo), i);
        hone_fifo_pop(&fifo);
    }
    note(log, "%d", n);
    hone_fifo_release(&fifo);
    return n == 100 ? HONE_OK : HONE_ENOMEM;
}

static void test_tally_and_queue(void **state)
{
    (void)state;
    assert_true(exhaust_both(fill_tally, NULL) >= 13);
    assert_int_equal(exhaust_both(fill_queue, NULL), 4);
}

/* ---- expressions, templates, values ---- */

static int64_t find_name(void *arg, const char *name, size_t len)
{
    (void)arg;
    return len == 1 && name[0] >= 'a' && name[0] <= 'e' ? name[0] - 'a' : -1;
}

static hone_value value_of(void *arg, uint32_t id)
{
    (void)arg;
    return hone_value_int((int64_t)id);
}

static int parse_expr(const void *arg, transcript *log)
{
    static const hone_expr_names names = {.find = find_name};
    const char *text = arg;
    const hone_expr *expr = NULL;
    hone_arena arena;
    hone_error err = {0};
    hone_arena_init(&arena, 1 << 20);
    int code = hone_expr_parse(text, strlen(text), &names, &arena, &expr, NULL, &err);
    assert_int_equal(err.code, code);
    if (code == HONE_OK)
        note(log, "%d", hone_expr_test(expr, value_of, NULL));
    else if (code != HONE_ENOMEM)
        note(log, "%s", err.text);
    hone_arena_release(&arena);
    return code;
}

static int make_filter(const void *arg, transcript *log)
{
    hone_filter *filter = NULL;
    hone_error err = {0};
    int code = hone_filter_new(arg, &filter, &err);
    assert_int_equal(err.code, code);
    assert_int_equal(filter == NULL, code != HONE_OK);
    for (uint32_t i = 0; filter != NULL && hone_filter_name(filter, i) != NULL; i++)
        note(log, "%s\n", hone_filter_name(filter, i));
    hone_filter_free(filter);
    return code;
}

static void test_expressions(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "a < 1 <= b != `c` and not d in ['x\\n', 1, [2],] or e ** -2 // 3 % 4 * 5 / 6",
        "min(a, b, 1) - max(1, 2) + abs(-c) == log(1) + sqrt(4) && !(d >= e || true)",
        "a in [b, c, 'text'] or 1 not in [1, 2]",
        "a + 1 = 2",
        "a and nosuch",
        "'open",
        "min() < 1",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        exhaust_both(parse_expr, texts[i]);
        exhaust_both(make_filter, texts[i]);
    }
    assert_true(exhaust_both(parse_expr, texts[0]) > 20);
}

static int expand_spec(const void *arg, transcript *log)
{
    const hone_spec *spec = arg;
    hone_config *config = calloc(1, hone_config_size(spec->space));
    if (config == NULL)
        return HONE_ENOMEM;
    config->n = spec->space->n;
    for (uint32_t i = 0; i < config->n; i++)
        config->values[i] = hone_param_draw(&spec->space->params[i], 0.75);
    hone_buf out;
    uint32_t n = 0;
    hone_command_context context = {.params_json_file = "/tmp/p"};
    hone_buf_init(&out, 1 << 20);
    int code =
        hone_command_expand(spec->command, spec->space, config, &context, &out, &n);
    if (code == HONE_OK) {
        note(log, "%u %zu\n", n, out.len);
        hone_config_write_json(&out, spec->space, config);
        hone_config_write_wandb(&out, spec->space, config);
        hone_config_write_yaml(&out, spec->space, config, 4);
        code = hone_buf_status(&out);
    }
    if (code == HONE_OK)
        note(log, "%zu %s", out.len, out.data + out.len / 2);
    hone_buf_release(&out);
    free(config);
    return code;
}

static void test_expansion(void **state)
{
    (void)state;
    static const size_t with_command[] = {0, 1, N_SPECS - 1};
    for (size_t i = 0; i < sizeof with_command / sizeof *with_command; i++) {
        const char *text = specs[with_command[i]];
        hone_spec *spec = NULL;
        int code = hone_spec_read("s", text, strlen(text), &spec, NULL);
        assert_int_equal(code, HONE_OK);
        assert_true(exhaust_both(expand_spec, spec) >= 3);
        hone_spec_free(spec);
    }
}

/* ---- importance ---- */

static hone_spec *load_spec_of(const char *space)
{
    hone_spec *spec = load_space("random", "", space);
    assert_non_null(spec);
    return spec;
}

/* What is asked of the first trials of a space. */
typedef struct question {
    const hone_spec *spec;
    uint32_t n;
    hone_importance_options options;
} question;

static int fill_evidence(const question *q, hone_evidence *evidence)
{
    uint32_t left = q->n;
    union {
        hone_config config;
        char room[1024];
    } point;
    assert_true(hone_config_size(q->spec->space) <= sizeof point);
    for (uint32_t i = 0; left > 0; i++, left--) {
        uint32_t at = i;
        point.config.n = q->spec->space->n;
        for (uint32_t k = 0; k < point.config.n; k++) {
            const hone_param *param = &q->spec->space->params[k];
            uint64_t levels = hone_param_support(param);
            bool is_real = levels == UINT64_MAX;
            point.config.values[k] =
                !hone_param_active(q->spec->space, k, &point.config)
                    ? (hone_value){.kind = HONE_ABSENT}
                : is_real ? hone_param_draw(param, i * 0.37 - (int)(i * 0.37))
                          : hone_param_support_value(param, at % levels);
            at = is_real ? at : (uint32_t)(at / levels);
        }
        int code = hone_evidence_add(evidence, &point.config, i * 7 % 11);
        if (code != HONE_OK)
            return code;
    }
    return HONE_OK;
}

static int measure(const void *arg, transcript *log)
{
    const question *q = arg;
    hone_evidence *evidence = NULL;
    hone_importance *answer = NULL;
    hone_error err = {0};
    int code = hone_evidence_new(q->spec->space, &evidence, &err);
    if (code == HONE_OK)
        code = fill_evidence(q, evidence);
    if (code == HONE_OK)
        code = hone_importance_make(evidence, &q->options, &answer, &err);
    assert_int_equal(answer != NULL, code == HONE_OK);
    for (uint32_t i = 0; code == HONE_OK && i < answer->n_params; i++)
        note(log, "%u %d %.17g %.17g\n", answer->params[i].param,
             (int)answer->params[i].state, answer->params[i].share,
             answer->params[i].floor);
    hone_importance_free(answer);
    hone_evidence_free(evidence);
    return code;
}

static void test_importance(void **state)
{
    (void)state;
    hone_spec *forest = load_spec_of("  a: {values: [x, y, z]}\n"
                                     "  b: {min: 0.0, max: 1.0, when: {a: [x, y]}}\n"
                                     "  c: {min: 1, max: 9}\n");
    hone_spec *grid =
        load_spec_of("  a: {values: [x, y, z]}\n  b: {values: [1, 2, 3, 4]}\n");
    const question questions[] = {
        {.spec = forest, .n = 30, .options = {.top = 1}},
        {.spec = forest, .n = 30, .options = {.method = HONE_IMPORTANCE_PED, .top = 0.2}},
        {.spec = grid, .n = 12, .options = {.top = 1}},
        {.spec = grid, .n = 3, .options = {.top = 1}},
    };
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++)
        assert_true(exhaust_both(measure, &questions[i]) >= 3);
    hone_spec_free(forest);
    hone_spec_free(grid);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_specs),       cmocka_unit_test(test_spec_file),
        cmocka_unit_test(test_plans),       cmocka_unit_test(test_reactor),
        cmocka_unit_test(test_ladders),     cmocka_unit_test(test_tally_and_queue),
        cmocka_unit_test(test_expressions), cmocka_unit_test(test_expansion),
        cmocka_unit_test(test_importance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
