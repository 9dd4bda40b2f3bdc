/* Everything that is written comes back as it was. */
#include "store_fixture.h"

#include <errno.h>
#include <math.h>
#include <sys/stat.h>

#include "store/schema.h"

static const hone_writer_events quiet = {0};

/* A store with one sweep, filled by `fill`, then closed. */
static char *filled(void (*fill)(hone_writer *writer))
{
    char *dir = fixture_dir();
    hone_spec spec = fixture_spec();
    hone_writer *writer = fixture_open(dir, &spec);
    fixture_start(writer, quiet);
    fill(writer);
    fixture_flush(writer);
    hone_writer_close(writer);
    return dir;
}

static int64_t sweep_id(hone_store *store)
{
    const hone_sweep_info *info = NULL;
    hone_error err = {0};
    assert_int_equal(hone_store_sweep(store, NULL, &info, &err), HONE_OK);
    return info->id;
}

/* ---- values ---- */

static const hone_value nested_items[] = {
    {.kind = HONE_INT, .integer = 1},
    {.kind = HONE_REAL, .real = 1.0},
    {.kind = HONE_TEXT, .text = "nan", .n = 3},
    {.kind = HONE_REAL, .real = (double)NAN},
    {.kind = HONE_REAL, .real = -(double)INFINITY},
    {.kind = HONE_NULL},
    {.kind = HONE_BOOL, .boolean = true},
};
static const hone_pair nested_pairs[] = {
    {.key = "z", .value = {.kind = HONE_LIST, .n = 7, .items = nested_items}},
    {.key = "a \"q\"", .value = {.kind = HONE_REAL, .real = 0.1}},
};

static const hone_value values[] = {
    {.kind = HONE_NULL},
    {.kind = HONE_BOOL, .boolean = true},
    {.kind = HONE_BOOL, .boolean = false},
    {.kind = HONE_INT, .integer = INT64_MIN},
    {.kind = HONE_INT, .integer = INT64_MAX},
    {.kind = HONE_INT, .integer = 16, .spelling = "0x10"},
    {.kind = HONE_REAL, .real = 1e-5, .spelling = "1e-5"},
    {.kind = HONE_REAL, .real = 0.1, .spelling = "0.10"},
    {.kind = HONE_REAL, .real = 3.0},
    {.kind = HONE_REAL, .real = 0.1 + 0.2},
    {.kind = HONE_REAL, .real = 5e-324},
    {.kind = HONE_REAL, .real = -0.0},
    {.kind = HONE_REAL, .real = (double)NAN, .spelling = ".NaN"},
    {.kind = HONE_REAL, .real = (double)INFINITY},
    {.kind = HONE_REAL, .real = -(double)INFINITY},
    {.kind = HONE_TEXT, .text = "", .n = 0},
    {.kind = HONE_TEXT, .text = "1e-5", .n = 4},
    {.kind = HONE_TEXT, .text = "na\xc3\xafve \xff\n'\"", .n = 11},
    {.kind = HONE_LIST, .n = 0, .items = nested_items},
    {.kind = HONE_LIST, .n = 7, .items = nested_items},
    {.kind = HONE_MAP, .n = 2, .pairs = nested_pairs},
    {.kind = HONE_MAP, .n = 0, .pairs = nested_pairs},
};
enum { N_VALUES = sizeof values / sizeof values[0] };

static void assert_same(const hone_value *a, const hone_value *b)
{
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->n, b->n);
    if (a->spelling == NULL)
        assert_null(b->spelling);
    else
        assert_string_equal(a->spelling, b->spelling);
    if (a->kind == HONE_REAL && isnan(a->real))
        assert_true(isnan(b->real));
    else if (a->kind == HONE_REAL)
        assert_memory_equal(&a->real, &b->real, sizeof a->real);
    else if (a->kind == HONE_INT)
        assert_true(a->integer == b->integer);
    else if (a->kind == HONE_BOOL)
        assert_int_equal(a->boolean, b->boolean);
    else if (a->kind == HONE_TEXT)
        assert_memory_equal(a->text, b->text, a->n + 1u);
    for (uint32_t i = 0; a->kind == HONE_LIST && i < a->n; i++)
        assert_same(&a->items[i], &b->items[i]);
    for (uint32_t i = 0; a->kind == HONE_MAP && i < a->n; i++) {
        assert_string_equal(a->pairs[i].key, b->pairs[i].key);
        assert_same(&a->pairs[i].value, &b->pairs[i].value);
    }
}

static void fill_values(hone_writer *writer)
{
    for (uint64_t i = 0; i < N_VALUES; i++) {
        hone_value absent = {.kind = HONE_ABSENT};
        hone_config *config = fixture_config(absent, values[i], values[i]);
        const hone_trial_row row = {
            .number = i + 1, .space = &fixture_space, .config = config};
        assert_true(hone_writer_put_trial(writer, &row) > 0);
        free(config);
    }
}

static int see_value(void *arg, const hone_trial_info *trial)
{
    uint64_t *n = arg;
    assert_int_equal(trial->number, ++*n);
    assert_int_equal(trial->n_params, 2);
    assert_string_equal(trial->params[0].name, "optimizer.lr");
    assert_int_equal(trial->params[0].depth, 2);
    assert_string_equal(trial->params[0].path[0], "optimizer");
    assert_string_equal(trial->params[0].path[1], "lr");
    assert_string_equal(trial->params[1].name, "d\xc3\xa9pth");
    assert_same(&values[trial->number - 1], &trial->params[0].value);
    assert_same(&values[trial->number - 1], &trial->params[1].value);
    return 0;
}

static int see_stored_value(void *arg, const hone_stored_trial *trial)
{
    uint64_t *n = arg;
    assert_int_equal(trial->number, ++*n);
    assert_int_equal(trial->status, HONE_STATUS_PENDING);
    assert_int_equal(trial->attempts, 0);
    assert_int_equal(trial->config->values[0].kind, HONE_ABSENT);
    assert_same(&values[trial->number - 1], &trial->config->values[1]);
    assert_same(&values[trial->number - 1], &trial->config->values[2]);
    return 0;
}

static void test_values_come_back(void **unused)
{
    (void)unused;
    char *dir = filled(fill_values);
    hone_error err = {0};
    hone_store *store = fixture_read(dir);
    uint64_t n = 0;
    assert_int_equal(hone_store_trials(store, sweep_id(store), 0, see_value, &n, &err),
                     0);
    assert_int_equal(n, N_VALUES);
    hone_store_close(store);

    hone_spec spec = fixture_spec();
    hone_writer *writer = fixture_open(dir, &spec);
    n = 0;
    assert_int_equal(hone_writer_load(writer, &fixture_space, see_stored_value, &n, &err),
                     0);
    assert_int_equal(n, N_VALUES);
    hone_writer_close(writer);
    fixture_remove(dir);
}

static int see_missing(void *arg, const hone_stored_trial *trial)
{
    (void)arg;
    assert_int_equal(trial->config->n, 1);
    assert_same(&values[trial->number - 1], &trial->config->values[0]);
    return 0;
}

static void test_load_matches_by_keys(void **unused)
{
    (void)unused;
    char *dir = filled(fill_values);
    hone_spec spec = fixture_spec();
    hone_error err = {0};
    hone_writer *writer = fixture_open(dir, &spec);
    hone_space smaller = {.n = 1, .params = &fixture_params[2]};
    assert_int_equal(hone_writer_load(writer, &smaller, see_missing, NULL, &err), 0);
    hone_writer_close(writer);
    fixture_remove(dir);
}

/* ---- a life ---- */

static void fill_life(hone_writer *writer)
{
    fixture_put_trial(writer, 1, 0.1);
    fixture_put_start(writer, 1, 1);
    fixture_put_end(writer, 1, 1, HONE_STATUS_FAILED, NAN);
    hone_writer_put_again(writer, 1, 5000000);
    fixture_put_start(writer, 1, 2);
    fixture_put_end(writer, 1, 2, HONE_STATUS_COMPLETED, 0.25);
    fixture_put_trial(writer, 2, 0.2);
    hone_writer_put_withdraw(writer, 2);
    fixture_put_trial(writer, 3, 0.3);
    fixture_put_start(writer, 3, 1);
    hone_writer_put_pid(writer, 3, 1, 77, 2600000);
    fixture_put_metric(writer, 3, "loss", 1, 0.5);
    fixture_put_metric(writer, 3, "acc", 1, 0.1);
    fixture_put_metric(writer, 3, "loss", 2, NAN);
    hone_writer_put_withdraw(writer, 3); /* started: stays */
    hone_writer_put_wish(writer, 3, 1, HONE_WISH_INTERRUPTED);
    hone_writer_put_wish(writer, 3, 1, HONE_WISH_CANCELLED);
    hone_writer_put_state(writer, HONE_SWEEP_STOPPED, "five failures", 6000000);
}

static int see_first(void *arg, const hone_trial_info *trial)
{
    (void)arg;
    assert_string_equal(trial->sweep, "toy");
    assert_int_equal(trial->status, HONE_STATUS_COMPLETED);
    assert_int_equal(trial->reason, HONE_REASON_NONE);
    assert_null(trial->detail);
    assert_int_equal(trial->attempts, 2);
    assert_true(trial->has_objective);
    assert_true(trial->objective == 0.25);
    assert_true(trial->has_exit_code);
    assert_int_equal(trial->exit_code, 0);
    assert_int_equal(trial->signal, 0);
    assert_int_equal(trial->started_at, 2500000);
    assert_int_equal(trial->ended_at, 4000000);
    assert_true(trial->duration_s == 1.5);
    assert_true(trial->cpu_time_s == 0.25);
    assert_int_equal(trial->max_rss, 1 << 20);
    assert_int_equal(trial->n_metrics, 2);
    assert_string_equal(trial->metrics[0].name, "acc");
    assert_string_equal(trial->metrics[1].name, "loss");
    assert_true(trial->metrics[1].value == 0.25);
    assert_int_equal(trial->metrics[1].n, 2);
    return 17;
}

static int see_running(void *arg, const hone_trial_info *trial)
{
    (void)arg;
    assert_int_equal(trial->number, 3);
    assert_int_equal(trial->status, HONE_STATUS_RUNNING);
    assert_false(trial->has_objective);
    assert_false(trial->has_exit_code);
    assert_int_equal(trial->started_at, 2600000);
    assert_int_equal(trial->ended_at, HONE_NO_TIME);
    assert_true(isnan(trial->duration_s));
    assert_int_equal(trial->max_rss, -1);
    assert_int_equal(trial->n_metrics, 2); /* from its points */
    assert_string_equal(trial->metrics[0].name, "acc");
    assert_true(isnan(trial->metrics[1].value));
    assert_int_equal(trial->metrics[1].n, 2);
    return 0;
}

static int see_attempt(void *arg, const hone_attempt_info *attempt)
{
    uint32_t *n = arg;
    assert_int_equal(attempt->number, ++*n);
    assert_int_equal(attempt->reason, *n == 1 ? HONE_REASON_EXIT : HONE_REASON_NONE);
    assert_int_equal(attempt->exit_code, *n == 1 ? 3 : 0);
    assert_int_equal(attempt->pid, 4242);
    assert_non_null(attempt->host);
    assert_string_equal(attempt->stdout_path, "sweeps/abcd1234/slots/1/stdout");
    assert_string_equal(attempt->stderr_path, "sweeps/abcd1234/slots/1/stderr");
    assert_int_equal(attempt->stdout_start, 10);
    assert_int_equal(attempt->stdout_end, 200);
    return 0;
}

static int see_open_attempt(void *arg, const hone_attempt_info *attempt)
{
    (void)arg;
    assert_int_equal(attempt->pid, 77);
    assert_true(attempt->stdout_end == UINT64_MAX);
    assert_string_equal(attempt->stdout_path, "sweeps/abcd1234/slots/1/stdout.now");
    assert_true(isnan(attempt->cpu_time_s));
    return 0;
}

static int see_transition(void *arg, const hone_transition *transition)
{
    static const hone_status ways[][2] = {{HONE_STATUS_PENDING, HONE_STATUS_RUNNING},
                                          {HONE_STATUS_RUNNING, HONE_STATUS_FAILED},
                                          {HONE_STATUS_FAILED, HONE_STATUS_PENDING},
                                          {HONE_STATUS_PENDING, HONE_STATUS_RUNNING},
                                          {HONE_STATUS_RUNNING, HONE_STATUS_COMPLETED}};
    uint32_t *n = arg;
    assert_true(*n < 5);
    assert_int_equal(transition->from, ways[*n][0]);
    assert_int_equal(transition->to, ways[*n][1]);
    assert_int_equal(transition->reason, *n == 1 ? HONE_REASON_EXIT : HONE_REASON_NONE);
    ++*n;
    return 0;
}

static int see_detail(void *arg, const hone_trial_detail *detail)
{
    (void)arg;
    assert_int_equal(detail->n_args, 3);
    assert_string_equal(detail->args[0], "python");
    assert_string_equal(detail->args[2], "--lr=0.1 \"x\"");
    assert_int_equal(detail->n_env, 2);
    assert_string_equal(detail->env[0], "HONE_TRIAL=1");
    assert_string_equal(detail->env[1], "PATH");
    assert_string_equal(detail->workdir, "/tmp");
    assert_int_equal(detail->seed, 7);
    const char *end = strstr(detail->trial_dir, "/.hone/sweeps/abcd1234/trials/1");
    assert_non_null(end);
    return 0;
}

static int see_point(void *arg, const hone_point *point)
{
    static const char *const names[] = {"acc", "loss", "loss"};
    uint32_t *n = arg;
    assert_true(*n < 3);
    assert_string_equal(point->name, names[*n]);
    assert_int_equal(point->attempt, 1);
    assert_true(point->step == (*n == 2 ? 2 : 1));
    assert_int_equal(point->time, 3000000);
    if (*n == 2)
        assert_true(isnan(point->value));
    ++*n;
    return 0;
}

static void test_a_life_comes_back(void **unused)
{
    (void)unused;
    char *dir = filled(fill_life);
    hone_error err = {0};
    hone_store *store = fixture_read(dir);
    int64_t id = sweep_id(store);
    assert_int_equal(hone_store_trials(store, id, 0, see_first, NULL, &err), 17);
    assert_int_equal(hone_store_trial(store, id, 1, see_first, NULL, &err), 17);
    assert_int_equal(hone_store_trials(store, id, 2, see_running, NULL, &err), 0);
    assert_int_equal(hone_store_trial(store, id, 2, see_first, NULL, &err),
                     HONE_ENOTFOUND);
    assert_string_equal(err.text, "sweep toy has no trial 2");
    assert_int_equal(hone_store_trial(store, id, UINT64_MAX, see_first, NULL, &err),
                     HONE_ENOTFOUND);
    uint32_t n = 0;
    assert_int_equal(hone_store_attempts(store, id, 1, see_attempt, &n, &err), 0);
    assert_int_equal(n, 2);
    assert_int_equal(hone_store_attempts(store, id, 3, see_open_attempt, NULL, &err), 0);
    n = 0;
    assert_int_equal(hone_store_transitions(store, id, 1, see_transition, &n, &err), 0);
    assert_int_equal(n, 5);
    assert_int_equal(hone_store_detail(store, id, 1, see_detail, NULL, &err), 0);
    n = 0;
    assert_int_equal(hone_store_history(store, id, 3, 0, see_point, &n, &err), 0);
    assert_int_equal(n, 3);
    n = 0;
    assert_int_equal(hone_store_history(store, id, 3, 7, see_point, &n, &err), 0);
    assert_int_equal(n, 0);
    assert_int_equal(hone_store_history(store, id, 2, 0, see_point, &n, &err),
                     HONE_ENOTFOUND);
    hone_store_close(store);
    fixture_remove(dir);
}

static int see_stored_life(void *arg, const hone_stored_trial *trial)
{
    uint32_t *n = arg;
    ++*n;
    if (trial->number == 1) {
        assert_int_equal(trial->status, HONE_STATUS_COMPLETED);
        assert_true(trial->objective == 0.25);
        assert_int_equal(trial->wish, HONE_WISH_NONE);
        assert_int_equal(trial->stdout_read, 0);
        return 0;
    }
    assert_int_equal(trial->number, 3);
    assert_int_equal(trial->status, HONE_STATUS_RUNNING);
    assert_int_equal(trial->slot, 1);
    assert_int_equal(trial->wish, HONE_WISH_CANCELLED); /* the last one counts */
    assert_int_equal(trial->stdout_read, 120); /* with the points: 100 + 2 * 10 */
    assert_int_equal(trial->stderr_read, 0);
    assert_int_equal(trial->metrics_read, 0);
    return 0;
}

static int see_printed(void *arg, const hone_point *point)
{
    static const char *const names[] = {"loss", "acc", "loss"};
    uint32_t *n = arg;
    assert_string_equal(point->name, names[(*n)++]);
    return 0;
}

static void test_resume_reads_it(void **unused)
{
    (void)unused;
    char *dir = filled(fill_life);
    hone_spec spec = fixture_spec();
    hone_error err = {0};
    hone_writer *writer = fixture_open(dir, &spec);
    uint32_t n = 0;
    assert_int_equal(hone_writer_load(writer, &fixture_space, see_stored_life, &n, &err),
                     0);
    assert_int_equal(n, 2);
    n = 0;
    assert_int_equal(hone_writer_load_points(writer, 3, 1, see_printed, &n, &err), 0);
    assert_int_equal(n, 3);
    hone_writer_close(writer);
    fixture_remove(dir);
}

/* ---- sweeps ---- */

static int count_sweeps(void *arg, const hone_sweep_info *info)
{
    int *n = arg;
    assert_string_equal(info->name, ++*n == 1 ? "toy" : "second");
    return 0;
}

static void test_sweeps(void **unused)
{
    (void)unused;
    char *dir = filled(fill_life);
    hone_spec spec = fixture_spec();
    hone_error err = {0};
    hone_store *store = fixture_read(dir);
    const hone_sweep_info *info = NULL;
    assert_int_equal(hone_store_sweep(store, "toy", &info, &err), HONE_OK);
    assert_string_equal(info->uid, "abcd1234");
    assert_string_equal(info->spec, "method: random\n");
    assert_string_equal(info->spec_path, "sweep.yaml");
    assert_string_equal(info->method, "random");
    assert_string_equal(info->objective, "loss");
    assert_false(info->maximize);
    assert_int_equal(info->state, HONE_SWEEP_STOPPED);
    assert_string_equal(info->state_reason, "five failures");
    assert_false(info->live);
    assert_true(info->planned == UINT64_MAX);
    assert_true(info->seed == UINT64_MAX - 1);
    assert_int_equal(info->counts[HONE_STATUS_COMPLETED], 1);
    assert_int_equal(info->counts[HONE_STATUS_RUNNING], 1);
    assert_int_equal(info->counts[HONE_STATUS_PENDING], 0);
    assert_int_equal(info->created_at, 1000000);
    assert_int_equal(info->first_start, 2500000);
    assert_int_equal(info->last_end, 4000000);
    assert_int_equal(info->best, 1);
    assert_true(info->best_objective == 0.25);
    assert_true(info->busy_s == 3.0);
    assert_int_equal(hone_store_sweep(store, "abcd1234", &info, &err), HONE_OK);
    assert_int_equal(hone_store_sweep(store, "nope", &info, &err), HONE_ENOTFOUND);
    assert_string_equal(err.text, "there is no sweep nope; there are: toy");

    /* A second one is the newest, until the first is gone on with; live while held. */
    hone_writer *writer = NULL;
    bool created = false;
    hone_sweep_row row = {
        .name = "second", .uid = "zzzz9999", .spec = &spec, .planned = 12};
    const hone_sweep_info *mine = NULL;
    assert_int_equal(hone_writer_open(dir, &writer, &err), 0);
    assert_int_equal(hone_writer_sweep(writer, &row, &created, &mine, &err), 0);
    assert_true(created);
    assert_int_equal(hone_writer_lock(writer, mine->uid, &err), 0);
    assert_int_equal(hone_store_sweep(store, NULL, &info, &err), HONE_OK);
    assert_string_equal(info->name, "second");
    assert_int_equal(info->planned, 12);
    assert_true(info->live);
    assert_int_equal(info->best, 0);
    hone_writer_close(writer);
    writer = fixture_open(dir, &spec);
    fixture_start(writer, quiet);
    assert_int_equal(hone_store_sweep(store, NULL, &info, &err), HONE_OK);
    assert_string_equal(info->name, "toy");
    hone_writer_close(writer);
    int n = 0;
    assert_int_equal(hone_store_sweeps(store, count_sweeps, &n, &err), HONE_OK);
    assert_int_equal(n, 2);
    hone_store_close(store);
    fixture_remove(dir);
}

static void test_changed_spec_is_refused(void **unused)
{
    (void)unused;
    char *dir = filled(fill_life);
    hone_spec spec = fixture_spec();
    hone_error err = {0};
    hone_writer *writer = NULL;
    bool created = true;
    const hone_sweep_info *info = NULL;
    assert_int_equal(hone_writer_open(dir, &writer, &err), 0);
    hone_sweep_row row = {.name = "toy", .uid = "other000", .spec = &spec, .planned = 5};
    spec.source = "changed comment";
    assert_int_equal(hone_writer_sweep(writer, &row, &created, &info, &err), 0);
    assert_false(created);
    assert_string_equal(info->uid, "abcd1234");
    assert_string_equal(info->spec, "changed comment");
    assert_int_equal(info->planned, 5);
    spec.digest[0] = 'f';
    assert_int_equal(hone_writer_sweep(writer, &row, &created, &info, &err),
                     HONE_ECHANGED);
    assert_non_null(strstr(err.text, "toy"));
    assert_non_null(strstr(err.text, "--new"));
    assert_null(info);
    hone_writer_close(writer);
    fixture_remove(dir);
}

/* ---- the best ---- */

static void fill_best(hone_writer *writer)
{
    static const double objectives[] = {
        0.5, (double)NAN, -(double)INFINITY, 0.25, INFINITY, 0.25, 7};
    for (uint64_t i = 0; i < 7; i++)
        fixture_run_trial(writer, i + 1, objectives[i]);
    fixture_put_trial(writer, 8, 0);
    fixture_put_start(writer, 8, 1);
    fixture_put_end(writer, 8, 1, HONE_STATUS_PRUNED, -100);
}

typedef struct ranking {
    uint64_t numbers[8];
    int n;
} ranking;

static int rank_trial(void *arg, const hone_trial_info *trial)
{
    ranking *found = arg;
    found->numbers[found->n++] = trial->number;
    assert_int_equal(trial->n_params, 3);
    return 0;
}

static void test_best(void **unused)
{
    (void)unused;
    char *dir = filled(fill_best);
    hone_error err = {0};
    hone_store *store = fixture_read(dir);
    ranking found = {0};
    int64_t id = sweep_id(store);
    assert_int_equal(hone_store_best(store, id, 10, rank_trial, &found, &err), 0);
    assert_int_equal(found.n, 4);
    assert_memory_equal(found.numbers, ((uint64_t[]){4, 6, 1, 7}), 4 * sizeof(uint64_t));
    found.n = 0;
    assert_int_equal(hone_store_best(store, id, 1, rank_trial, &found, &err), 0);
    assert_int_equal(found.n, 1);
    hone_store_close(store);
    fixture_remove(dir);
}

static void test_best_of_maximize(void **unused)
{
    (void)unused;
    char *dir = fixture_dir();
    hone_spec spec = fixture_spec();
    spec.objective.maximize = true;
    hone_error err = {0};
    hone_writer *writer = fixture_open(dir, &spec);
    fixture_start(writer, quiet);
    fill_best(writer);
    fixture_flush(writer);
    hone_store *store = fixture_read(dir); /* while the writer lives */
    ranking found = {0};
    assert_int_equal(
        hone_store_best(store, sweep_id(store), UINT64_MAX, rank_trial, &found, &err), 0);
    assert_int_equal(found.n, 4);
    assert_memory_equal(found.numbers, ((uint64_t[]){7, 1, 4, 6}), 4 * sizeof(uint64_t));
    hone_store_close(store);
    hone_writer_close(writer);
    fixture_remove(dir);
}

/* ---- pages ---- */

static void fill_many(hone_writer *writer)
{
    for (uint64_t i = 1; i <= 1000; i++)
        fixture_run_trial(writer, i, (double)i);
}

typedef struct nesting {
    hone_store *store;
    int64_t sweep;
    uint64_t n;
} nesting;

static int see_inner(void *arg, const hone_trial_info *trial)
{
    *(uint64_t *)arg = trial->number;
    return 0;
}

/* A visitor may ask the store other things. */
static int see_outer(void *arg, const hone_trial_info *trial)
{
    nesting *state = arg;
    hone_error err = {0};
    uint64_t inner = 0;
    assert_int_equal(trial->number, ++state->n);
    assert_true(trial->params[2].value.integer == (int64_t)state->n);
    assert_true(trial->metrics[1].value == (double)state->n);
    if (state->n % 100 == 0) {
        assert_int_equal(
            hone_store_trial(state->store, state->sweep, 5, see_inner, &inner, &err), 0);
        assert_int_equal(inner, 5);
        assert_true(trial->params[2].value.integer == (int64_t)state->n);
        assert_string_equal(trial->params[2].name, "d\xc3\xa9pth");
    }
    return 0;
}

static void test_pages(void **unused)
{
    (void)unused;
    char *dir = filled(fill_many);
    hone_error err = {0};
    hone_store *store = fixture_read(dir);
    nesting state = {.store = store, .sweep = sweep_id(store)};
    assert_int_equal(hone_store_trials(store, state.sweep, 0, see_outer, &state, &err),
                     0);
    assert_int_equal(state.n, 1000);
    state.n = 899;
    assert_int_equal(hone_store_trials(store, state.sweep, 900, see_outer, &state, &err),
                     0);
    assert_int_equal(state.n, 1000);
    int schema = 0;
    const char *journal = NULL;
    assert_int_equal(hone_store_check(store, &schema, &journal, &err), 0);
    assert_int_equal(schema, HONE_SCHEMA_VERSION);
    assert_string_equal(journal, "wal");
    hone_store_close(store);
    fixture_remove(dir);
}

/* ---- folders ---- */

static void test_no_store(void **unused)
{
    (void)unused;
    hone_store *store = NULL;
    hone_error err = {0};
    assert_int_equal(hone_store_open("/nonexistent/.hone", &store, &err), HONE_ENOTFOUND);
    assert_non_null(strstr(err.text, "/nonexistent/.hone"));
    assert_null(store);
    hone_writer *writer = NULL;
    assert_int_equal(hone_writer_open("/proc/nowhere/.hone", &writer, &err), HONE_ESTORE);
    assert_non_null(strstr(err.text, "/proc/nowhere"));
    assert_null(writer);
    assert_int_equal(hone_writer_open("/dev/null/x", &writer, &err), HONE_ESTORE);
}

static void test_find_dir(void **unused)
{
    (void)unused;
    char *dir = filled(fill_life);
    char here[4096], sub[256];
    hone_buf out;
    hone_buf_init(&out, 4096);
    assert_non_null(getcwd(here, sizeof here));
    snprintf(sub, sizeof sub, "%s/../a", dir);
    assert_int_equal(mkdir(sub, 0777), 0);
    assert_int_equal(chdir(sub), 0);
    unsetenv("HONE_STORE");
    hone_store_find_dir(&out, NULL);
    assert_string_equal(hone_buf_text(&out), dir);
    hone_buf_reset(&out);
    setenv("HONE_STORE", "/else/where", 1);
    hone_store_find_dir(&out, NULL);
    assert_string_equal(hone_buf_text(&out), "/else/where");
    hone_buf_reset(&out);
    hone_store_find_dir(&out, "given");
    assert_string_equal(hone_buf_text(&out), "given");
    unsetenv("HONE_STORE");
    assert_int_equal(chdir("/proc"), 0);
    hone_buf_reset(&out);
    hone_store_find_dir(&out, NULL);
    assert_string_equal(hone_buf_text(&out), ".hone");
    assert_int_equal(chdir(here), 0);
    hone_buf_release(&out);
    fixture_remove(dir);
}

static void test_ignored_by_git(void **unused)
{
    (void)unused;
    char *dir = filled(fill_life);
    char path[256], text[8] = "";
    snprintf(path, sizeof path, "%s/.gitignore", dir);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(text, sizeof text, file));
    fclose(file);
    assert_string_equal(text, "*\n");
    fixture_remove(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_come_back),
        cmocka_unit_test(test_load_matches_by_keys),
        cmocka_unit_test(test_a_life_comes_back),
        cmocka_unit_test(test_resume_reads_it),
        cmocka_unit_test(test_sweeps),
        cmocka_unit_test(test_changed_spec_is_refused),
        cmocka_unit_test(test_best),
        cmocka_unit_test(test_best_of_maximize),
        cmocka_unit_test(test_pages),
        cmocka_unit_test(test_no_store),
        cmocka_unit_test(test_find_dir),
        cmocka_unit_test(test_ignored_by_git),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
