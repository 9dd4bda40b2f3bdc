/* The disk fails at the N-th operation, for every N until none is hit any more: whatever
 * was acknowledged is there, nothing is there twice, and the database is sound. */
#include "store_fixture.h"

#include <errno.h>
#include <sys/wait.h>

#include "fault_vfs.h"

#include "store/paths.h"

enum { N_TRIALS = 3, RECORDS = 5 /* a trial: new, start, pid, metric, end */ };

/* Highest ticket told, and where else to tell it (a pipe of a child that will be killed).
 */
typedef struct told {
    pthread_mutex_t mutex;
    uint64_t last;
    int failures;
    int fd;
} told;

static void note_commit(void *arg, uint64_t ticket)
{
    told *state = arg;
    pthread_mutex_lock(&state->mutex);
    assert_true(ticket > state->last);
    state->last = ticket;
    if (state->fd >= 0 && write(state->fd, &ticket, sizeof ticket) != sizeof ticket)
        abort();
    pthread_mutex_unlock(&state->mutex);
}

static void note_failure(void *arg, const hone_error *why)
{
    told *state = arg;
    pthread_mutex_lock(&state->mutex);
    state->failures++;
    assert_true(why->code == HONE_EFULL || why->code == HONE_ESTORE);
    assert_true(why->text[0] != '\0' && strchr(why->text, '\n') == NULL);
    pthread_mutex_unlock(&state->mutex);
}

/* On tmpfs where there is one: thousands of syncs. */
static char *fast_dir(void)
{
    char name[] = "/dev/shm/hone-fault-XXXXXX";
    if (mkdtemp(name) == NULL)
        return fixture_dir();
    char *dir = malloc(sizeof name + 8);
    assert_non_null(dir);
    snprintf(dir, sizeof name + 8, "%s/.hone", name);
    return dir;
}

/* Opens up to the start; NULL where the fault hit on the way, as it may. */
static hone_writer *try_open(const char *dir, told *state)
{
    hone_writer *writer = NULL;
    hone_error err = {0};
    bool created = false;
    const hone_sweep_info *info = NULL;
    hone_spec spec = fixture_spec();
    hone_sweep_row row = {.name = "toy", .uid = "abcd1234", .spec = &spec};
    hone_writer_events events = {
        .committed = note_commit, .failed = note_failure, .arg = state};
    int rc = hone_writer_open(dir, &writer, &err);
    if (rc == HONE_OK)
        rc = hone_writer_sweep(writer, &row, &created, &info, &err);
    if (rc == HONE_OK)
        rc = hone_writer_lock(writer, info->uid, &err);
    if (rc == HONE_OK)
        rc = hone_writer_start(writer, &events, &err);
    if (rc == HONE_OK)
        return writer;
    assert_true(rc == HONE_EFULL || rc == HONE_ESTORE);
    assert_true(err.text[0] != '\0');
    hone_writer_close(writer);
    return NULL;
}

static void put_trials(hone_writer *writer, int flush)
{
    hone_error err = {0};
    for (uint64_t i = 1; i <= N_TRIALS; i++) {
        fixture_put_trial(writer, i, 0.5);
        fixture_put_start(writer, i, 1);
        hone_writer_put_pid(writer, i, 1, 42, 2500000);
        fixture_put_metric(writer, i, "loss", 1, (double)i);
        fixture_put_end(writer, i, 1, HONE_STATUS_COMPLETED, (double)i);
        if (flush != 0 && hone_writer_flush(writer, &err) != HONE_OK)
            assert_true(err.code == HONE_EFULL || err.code == HONE_ESTORE);
    }
}

/* What of a trial is in the store, as the number of its records. */
static int measure_trial(void *arg, const hone_trial_info *trial)
{
    uint64_t *records = arg;
    assert_int_equal(trial->n_params, 3);
    if (trial->status == HONE_STATUS_COMPLETED) {
        assert_int_equal(trial->n_metrics, 2);
        assert_true(trial->objective == (double)trial->number);
        *records += RECORDS;
    } else {
        *records += trial->status == HONE_STATUS_PENDING ? 1 : 2;
    }
    return 0;
}

static int count_point(void *arg, const hone_point *point)
{
    (void)point;
    ++*(int *)arg;
    return 0;
}

/* All records up to `acknowledged` are there, each once, and the file is sound. */
static void check_record(const char *dir, uint64_t acknowledged)
{
    hone_store *store = NULL;
    hone_error err = {0};
    const hone_sweep_info *info = NULL;
    int rc = hone_store_open(dir, &store, &err);
    if (rc == HONE_ENOTFOUND && acknowledged == 0)
        return;
    if (rc != HONE_OK)
        fail_msg("%s", err.text);
    if (hone_store_check(store, NULL, NULL, &err) != HONE_OK)
        fail_msg("%s", err.text);
    rc = hone_store_sweep(store, "toy", &info, &err);
    if (rc == HONE_OK) {
        uint64_t records = 0;
        int64_t id = info->id;
        if (hone_store_trials(store, id, 0, measure_trial, &records, &err) != HONE_OK)
            fail_msg("%s", err.text);
        assert_true(records >=
                    acknowledged -
                        (acknowledged % RECORDS > 2 ? acknowledged % RECORDS - 2 : 0));
        for (uint64_t i = 1; i <= acknowledged / RECORDS; i++) {
            int n = 0;
            assert_int_equal(hone_store_history(store, id, i, 0, count_point, &n, &err),
                             0);
            assert_int_equal(n, 1);
        }
    } else {
        assert_int_equal(rc, HONE_ENOTFOUND);
        assert_int_equal(acknowledged, 0);
    }
    hone_store_close(store);
}

/* One run with a fault at operation `at`; whether it was hit. */
static bool run_once(fault_kind kind, int at, int times)
{
    char *dir = fast_dir();
    told state = {.mutex = PTHREAD_MUTEX_INITIALIZER, .fd = -1};
    fault_set(kind, at, times);
    hone_writer *writer = try_open(dir, &state);
    if (writer != NULL) {
        hone_error err = {0};
        put_trials(writer, 1);
        /* Every try that fails uses up faults: in the end all is written. */
        for (int i = 0; hone_writer_flush(writer, &err) != HONE_OK; i++)
            assert_true(i < times + 5);
        assert_int_equal(hone_writer_backlog(writer), 0);
        hone_writer_close(writer);
        assert_int_equal(state.last, N_TRIALS * RECORDS);
    }
    int hits = fault_hits();
    fault_set(FAULT_NONE, 0, 0);
    check_record(dir, state.last);
    fixture_remove(dir);
    return hits > 0;
}

static void run_all(fault_kind kind, int times)
{
    int at = 1;
    while (run_once(kind, at, times)) {
        at++;
        assert_true(at < 1000);
    }
    assert_true(at > 5);
}

static void test_full_once(void **unused)
{
    (void)unused;
    run_all(FAULT_FULL, 1);
}

static void test_full_for_a_while(void **unused)
{
    (void)unused;
    run_all(FAULT_FULL, 4);
}

static void test_io_error_once(void **unused)
{
    (void)unused;
    run_all(FAULT_IO, 1);
}

static void test_io_errors_for_a_while(void **unused)
{
    (void)unused;
    run_all(FAULT_IO, 4);
}

/* The sync reports an error after the transaction is on disk: it must not be written
 * again. */
static void test_sync_error_of_unknown_outcome(void **unused)
{
    (void)unused;
    run_all(FAULT_SYNC, 1);
}

/* Full until the end: flush says so and does not block, close gives up, what was
 * acknowledged stays, and the failure was told once. */
static void test_full_to_the_end(void **unused)
{
    (void)unused;
    char *dir = fast_dir();
    told state = {.mutex = PTHREAD_MUTEX_INITIALIZER, .fd = -1};
    hone_error err = {0};
    fault_set(FAULT_NONE, 0, 0);
    hone_writer *writer = try_open(dir, &state);
    assert_non_null(writer);
    fixture_run_trial(writer, 1, 1);
    fixture_flush(writer);
    fault_set(FAULT_FULL, 1, 1000000);
    fixture_run_trial(writer, 2, 2);
    assert_int_equal(hone_writer_flush(writer, &err), HONE_EFULL);
    assert_non_null(strstr(err.text, "no space left"));
    fixture_run_trial(writer, 3, 3);
    assert_int_equal(hone_writer_flush(writer, &err), HONE_EFULL);
    assert_true(hone_writer_backlog(writer) > 0);
    hone_writer_close(writer);
    assert_int_equal(state.failures, 1);
    assert_int_equal(state.last, 4);
    fault_set(FAULT_NONE, 0, 0);
    hone_store *store = fixture_read(dir);
    const hone_sweep_info *info = NULL;
    assert_int_equal(hone_store_sweep(store, NULL, &info, &err), 0);
    assert_int_equal(info->counts[HONE_STATUS_COMPLETED], 1);
    assert_int_equal(hone_store_check(store, NULL, NULL, &err), 0);
    hone_store_close(store);
    fixture_remove(dir);
}

/* ---- killed ---- */

/* In the child: the whole scenario; never returns. */
static void run_child(const char *dir, int fd, int at)
{
    told state = {.mutex = PTHREAD_MUTEX_INITIALIZER, .fd = fd};
    fault_set(FAULT_KILL, at, 1);
    hone_writer *writer = try_open(dir, &state);
    put_trials(writer, 1);
    hone_writer_close(writer);
    _exit(0);
}

static bool kill_once(int at)
{
    char *dir = fast_dir();
    int fds[2], status = 0;
    uint64_t ticket, acknowledged = 0;
    assert_int_equal(pipe(fds), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        run_child(dir, fds[1], at);
    close(fds[1]);
    while (read(fds[0], &ticket, sizeof ticket) == sizeof ticket)
        acknowledged = ticket;
    close(fds[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    check_record(dir, acknowledged);
    /* The next orchestrator goes on where it ended. */
    told state = {.mutex = PTHREAD_MUTEX_INITIALIZER, .fd = -1};
    hone_writer *writer = try_open(dir, &state);
    assert_non_null(writer);
    hone_writer_put_state(writer, HONE_SWEEP_COMPLETE, NULL, 1);
    fixture_flush(writer);
    hone_writer_close(writer);
    check_record(dir, acknowledged);
    fixture_remove(dir);
    return WIFSIGNALED(status);
}

static void test_killed_at_any_write(void **unused)
{
    (void)unused;
    int at = 1;
    while (kill_once(at)) {
        at++;
        assert_true(at < 1000);
    }
    assert_true(at > 20);
}

/* ---- read where shared memory cannot be had ---- */

static void test_read_without_shared_memory(void **unused)
{
    (void)unused;
    char *dir = fast_dir();
    told state = {.mutex = PTHREAD_MUTEX_INITIALIZER, .fd = -1};
    hone_error err = {0};
    fault_set(FAULT_NONE, 0, 0);
    hone_writer *writer = try_open(dir, &state);
    assert_non_null(writer);
    put_trials(writer, 0);
    fixture_flush(writer); /* all of it in the WAL, the writer lives */
    fault_set(FAULT_NO_SHM, 1, 1);
    hone_store *store = fixture_read(dir);
    assert_int_equal(fault_hits(), 1);
    fault_set(FAULT_NONE, 0, 0);
    const hone_sweep_info *info = NULL;
    assert_int_equal(hone_store_sweep(store, NULL, &info, &err), 0);
    assert_int_equal(info->counts[HONE_STATUS_COMPLETED], N_TRIALS);
    hone_store_close(store);
    hone_writer_close(writer);
    check_record(dir, N_TRIALS * RECORDS);
    fixture_remove(dir);
}

/* The same without WAL: a rollback journal, as on network file systems. */
static void test_without_wal(void **unused)
{
    (void)unused;
    fault.no_wal = true;
    run_all(FAULT_FULL, 1);
    run_all(FAULT_IO, 1);
    char *dir = fast_dir();
    told state = {.mutex = PTHREAD_MUTEX_INITIALIZER, .fd = -1};
    fault_set(FAULT_NONE, 0, 0);
    hone_writer *writer = try_open(dir, &state);
    assert_non_null(writer);
    put_trials(writer, 1);
    hone_store *store = fixture_read(dir);
    const char *journal = NULL;
    hone_error err = {0};
    assert_int_equal(hone_store_check(store, NULL, &journal, &err), 0);
    assert_string_not_equal(journal, "wal");
    hone_store_close(store);
    hone_writer_close(writer);
    fixture_remove(dir);
    int at = 1;
    while (kill_once(at))
        at += 3;
    assert_true(at > 20);
    fault.no_wal = false;
}

int main(void)
{
    fault_register();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_full_once),
        cmocka_unit_test(test_full_for_a_while),
        cmocka_unit_test(test_io_error_once),
        cmocka_unit_test(test_io_errors_for_a_while),
        cmocka_unit_test(test_sync_error_of_unknown_outcome),
        cmocka_unit_test(test_full_to_the_end),
        cmocka_unit_test(test_killed_at_any_write),
        cmocka_unit_test(test_read_without_shared_memory),
        cmocka_unit_test(test_without_wal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
