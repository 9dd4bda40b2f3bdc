/* Memory runs out at every allocation of hone_ask and hone_tell in turn, with a strategy
 * of hone's and with a program.
 *
 * Each case is a fresh store in which trials are asked for and told of with the k-th
 * allocation failing, alone or with all that follow it, until there is none so many (with
 * HONE_SOAK each k, else some from everywhere). Each call says HONE_ENOMEM or does what
 * it should; afterwards, with memory, what is in the record is whole and the sweep goes
 * on from there; under ASan, no leak. (The writer has a thread, so which allocation is
 * the k-th may differ.) */
#include "store_fixture.h"

#include <signal.h>

#include <hone/ask.h>

#include "failing_alloc.h"

enum { STRIDE = 31 };

static const char grid_spec[] = "name: s\nmethod: grid\n"
                                "metric: {name: loss, goal: minimize}\n"
                                "parameters: {x: {values: [1, 2, 3, 4, 5, 6]}}\n";

static const char external_spec[] =
    "name: s\nmethod:\n"
    "  external: |\n"
    "    while read -r line; do\n"
    "        case $line in '{\"ask\":'*) n=${line#*:}; n=${n%\\}}\n"
    "            echo \"{\\\"params\\\":{\\\"x\\\":$n}}\" ;;\n"
    "        esac\n"
    "    done\n"
    "metric: {name: loss, goal: minimize}\nconstraints: ['x != 17']\n"
    "parameters: {x: {min: 0, max: 99}}\n";

static void on_given(void *arg, const hone_asked *trial)
{
    uint64_t *last = arg;
    assert_true(trial->trial > *last);
    assert_int_equal(trial->n_params, 1);
    assert_int_equal(trial->params[0].value.integer, (int64_t)trial->trial);
    *last = trial->trial;
}

static int ask(const char *dir, const hone_spec *spec, uint64_t n, uint64_t *last,
               hone_error *err)
{
    hone_ask_end end;
    hone_ask_options options = {.store = dir, .n = n, .given = on_given, .arg = last};
    int rc = hone_ask(spec, &options, &end, err);
    if (rc == HONE_OK)
        assert_int_equal(end, HONE_ASK_ALL);
    return rc;
}

static int tell(const char *dir, const hone_spec *spec, const hone_tell_request *request,
                hone_error *err)
{
    hone_told told;
    int rc = hone_tell(spec, dir, "s", request, &told, err);
    if (rc == HONE_OK)
        assert_int_equal(told.status, request->on_the_way ? HONE_STATUS_RUNNING
                                                          : HONE_STATUS_COMPLETED);
    return rc;
}

/* As long as there is memory: two trials, a point of the first, and its end. */
static int run_all(const char *dir, const hone_spec *spec, uint64_t *last,
                   hone_error *err)
{
    const hone_metric_value loss = {.name = "loss", .value = 0.5, .n = 1};
    hone_tell_request request = {.trial = 1,
                                 .n_metrics = 1,
                                 .metrics = &loss,
                                 .on_the_way = true,
                                 .step = 1,
                                 .status = HONE_STATUS_COMPLETED};
    int rc = ask(dir, spec, 2, last, err);
    if (rc == HONE_OK)
        rc = tell(dir, spec, &request, err);
    request.on_the_way = false;
    if (rc == HONE_OK)
        rc = tell(dir, spec, &request, err);
    return rc;
}

typedef struct seen {
    uint64_t n, n_completed;
} seen;

/* A trial is there as one that is out, or told: never as one that hone is to run. */
static int on_trial(void *arg, const hone_trial_info *trial)
{
    seen *all = arg;
    bool told = trial->status == HONE_STATUS_COMPLETED;
    assert_int_equal(trial->number, ++all->n);
    assert_true(told || trial->status == HONE_STATUS_RUNNING);
    assert_int_equal(trial->n_params, 1);
    assert_int_equal(trial->attempts, 1);
    assert_int_equal(trial->has_objective, told);
    all->n_completed += told;
    return HONE_OK;
}

static seen read_record(const char *dir)
{
    seen all = {0};
    hone_error err = {0};
    const hone_sweep_info *info = NULL;
    hone_store *store = NULL;
    if (hone_store_open(dir, &store, &err) != HONE_OK)
        return all; /* it was too early for a store */
    if (hone_store_sweep(store, "s", &info, &err) == HONE_OK)
        assert_int_equal(hone_store_trials(store, info->id, 1, on_trial, &all, &err),
                         HONE_OK);
    hone_store_close(store);
    return all;
}

static void check_case(const char *dir, const hone_spec *spec, uint64_t last, int code)
{
    hone_error err = {0};
    seen before = read_record(dir);
    assert_true(before.n >= last); /* what was given is on record */
    assert_int_equal(before.n_completed > 0, before.n_completed == 1);
    if (code == HONE_OK)
        assert_true(before.n == 2 && before.n_completed == 1);
    uint64_t next = before.n;
    if (ask(dir, spec, 1, &next, &err) != HONE_OK)
        fail_msg("with memory: %s", err.text);
    assert_int_equal(next, before.n + 1);
}

/* In memory where there is such a file system: hundreds of stores are synced. */
static char *make_dir(void)
{
    char name[] = "/dev/shm/hone-memory-XXXXXX";
    char *dir = malloc(sizeof name + 8);
    if (mkdtemp(name) == NULL || dir == NULL) {
        free(dir);
        return fixture_dir();
    }
    snprintf(dir, sizeof name + 8, "%s/.hone", name);
    return dir;
}

/* Returns how many allocations there are. */
static uint64_t exhaust(const hone_spec *spec, uint64_t first, failing_mode mode)
{
    uint64_t stride = getenv("HONE_SOAK") != NULL ? 1 : STRIDE;
    for (uint64_t k = stride == 1 ? 1 : first;; k += stride) {
        hone_error err = {0};
        uint64_t last = 0;
        char *dir = make_dir();
        failing_alloc_start(k, mode);
        int rc = run_all(dir, spec, &last, &err);
        bool failed = failing_alloc_stop();
        if (rc != HONE_OK && (rc != HONE_ENOMEM || !failed))
            fail_msg("allocation %d: %s", (int)k, err.text);
        if (rc != HONE_OK)
            assert_non_null(strstr(err.text, "memory"));
        check_case(dir, spec, last, rc);
        fixture_remove(dir);
        if (!failed)
            return k - stride;
    }
}

static void exhaust_spec(const char *text)
{
    hone_spec *spec = NULL;
    hone_error err = {0};
    assert_int_equal(hone_spec_read("s.yaml", text, strlen(text), &spec, &err), HONE_OK);
    assert_true(exhaust(spec, 1, FAIL_ONCE) > 100);
    assert_true(exhaust(spec, 1 + STRIDE / 2, FAIL_ON) > 100);
    hone_spec_free(spec);
}

static void test_strategy(void **state)
{
    (void)state;
    exhaust_spec(grid_spec);
}

static void test_program(void **state)
{
    (void)state;
    exhaust_spec(external_spec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_strategy),
                                       cmocka_unit_test(test_program)};
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
