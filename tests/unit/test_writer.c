/* The writer: tickets, order, group commit, locks, and that every query is served by an
 * index. */
#include "store_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "store/db.h"
#include "store/lock.h"

static const hone_writer_events quiet = {0};

/* What the writer's thread told; read after flush or close. */
typedef struct told {
    pthread_mutex_t mutex;
    uint64_t last, batches, failures;
} told;

static void note_commit(void *arg, uint64_t ticket)
{
    told *state = arg;
    pthread_mutex_lock(&state->mutex);
    assert_true(ticket > state->last); /* grows, and each batch is told once */
    state->last = ticket;
    state->batches++;
    pthread_mutex_unlock(&state->mutex);
}

static void note_failure(void *arg, const hone_error *why)
{
    told *state = arg;
    pthread_mutex_lock(&state->mutex);
    assert_true(why->code < 0);
    state->failures++;
    pthread_mutex_unlock(&state->mutex);
}

static hone_writer_events events_of(told *state)
{
    pthread_mutex_init(&state->mutex, NULL);
    return (hone_writer_events){
        .committed = note_commit, .failed = note_failure, .arg = state};
}

static int count_trial(void *arg, const hone_trial_info *trial)
{
    assert_int_equal(trial->number, ++*(uint64_t *)arg);
    return 0;
}

static uint64_t count_trials(const char *dir)
{
    hone_store *store = fixture_read(dir);
    const hone_sweep_info *info = NULL;
    hone_error err = {0};
    uint64_t n = 0;
    assert_int_equal(hone_store_sweep(store, "toy", &info, &err), 0);
    assert_int_equal(hone_store_trials(store, info->id, 0, count_trial, &n, &err), 0);
    hone_store_close(store);
    return n;
}

static void test_tickets_grow_by_one(void **unused)
{
    (void)unused;
    char *dir = fixture_dir();
    hone_spec spec = fixture_spec();
    told state = {0};
    hone_writer *writer = fixture_open(dir, &spec);
    fixture_start(writer, events_of(&state));
    for (uint64_t i = 1; i <= 500; i++)
        assert_int_equal(fixture_put_trial(writer, i, 0.5), i);
    fixture_flush(writer);
    assert_int_equal(hone_writer_backlog(writer), 0);
    pthread_mutex_lock(&state.mutex);
    assert_int_equal(state.last, 500);
    assert_true(state.batches < 100); /* grouped */
    assert_int_equal(state.failures, 0);
    pthread_mutex_unlock(&state.mutex);
    fixture_flush(writer); /* nothing to do is no wait */
    hone_writer_close(writer);
    assert_int_equal(count_trials(dir), 500);
    fixture_remove(dir);
}

static int64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void hurry(hone_writer *writer, told *state, uint64_t ticket)
{
    uint64_t last = 0;
    hone_writer_hurry(writer);
    while (last < ticket) {
        sched_yield();
        pthread_mutex_lock(&state->mutex);
        last = state->last;
        pthread_mutex_unlock(&state->mutex);
    }
}

/* A record right behind another one is gathered with those to come for five milliseconds,
 * so that no pair can be quicker; but not where it is hurried. One quick pair tells, and
 * a busy machine or a slow disk is given many chances to show one. */
static void test_hurry(void **unused)
{
    (void)unused;
    enum { PAIRS_MAX = 2000, GATHER_US = 5000 };
    char *dir = fixture_dir();
    hone_spec spec = fixture_spec();
    told state = {0};
    hone_writer *writer = fixture_open(dir, &spec);
    fixture_start(writer, events_of(&state));
    hone_writer_hurry(writer); /* nothing to hurry */
    uint64_t n = 0;
    int64_t pair = GATHER_US;
    while (pair >= GATHER_US && n < 2 * PAIRS_MAX) {
        int64_t from = now_us();
        fixture_put_trial(writer, ++n, 0.5);
        fixture_flush(writer);
        fixture_put_trial(writer, ++n, 0.5);
        hurry(writer, &state, n);
        pair = now_us() - from;
    }
    assert_true(pair < GATHER_US);
    hone_writer_close(writer);
    assert_int_equal(count_trials(dir), n);
    fixture_remove(dir);
}

static void test_puts_before_start_wait(void **unused)
{
    (void)unused;
    char *dir = fixture_dir();
    hone_spec spec = fixture_spec();
    told state = {0};
    hone_writer *writer = fixture_open(dir, &spec);
    assert_int_equal(fixture_put_trial(writer, 1, 0.5), 1);
    assert_true(hone_writer_backlog(writer) > 0);
    fixture_start(writer, events_of(&state));
    hone_writer_close(writer); /* close flushes */
    assert_int_equal(state.last, 1);
    assert_int_equal(count_trials(dir), 1);
    fixture_remove(dir);
}

static void test_close_without_start(void **unused)
{
    (void)unused;
    char *dir = fixture_dir();
    hone_writer *writer = NULL;
    hone_error err = {0};
    hone_writer_close(NULL);
    assert_int_equal(hone_writer_open(dir, &writer, &err), 0);
    hone_writer_close(writer);
    hone_spec spec = fixture_spec();
    writer = fixture_open(dir, &spec);
    hone_writer_close(writer);
    writer = fixture_open(dir, &spec); /* the lock was given back */
    hone_writer_close(writer);
    fixture_remove(dir);
}

static void test_sweep_is_held_once(void **unused)
{
    (void)unused;
    char *dir = fixture_dir(), text[32];
    hone_spec spec = fixture_spec();
    hone_error err = {0};
    hone_writer *first = fixture_open(dir, &spec), *second = NULL;
    assert_int_equal(hone_writer_open(dir, &second, &err), 0);
    assert_int_equal(hone_writer_lock(second, "abcd1234", &err), HONE_EHELD);
    snprintf(text, sizeof text, "process %ld on ", (long)getpid());
    assert_non_null(strstr(err.text, text));
    assert_non_null(strstr(err.text, " since 20"));
    assert_null(strchr(err.text, '\n'));
    hone_writer_close(first);
    assert_int_equal(hone_writer_lock(second, "abcd1234", &err), 0);
    hone_writer_close(second);
    fixture_remove(dir);
}

/* A lock is gone with its process, also when that was killed; nobody inherits it. */
static void test_lock_ends_with_its_process(void **unused)
{
    (void)unused;
    char *dir = fixture_dir(), path[256];
    hone_error err = {0};
    snprintf(path, sizeof path, "%s.lock", dir);
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    pid_t pid = fork();
    if (pid == 0) {
        int fd = -1;
        if (hone_lock_take(path, 0, &fd, NULL) == 0 && write(fds[1], "x", 1) == 1)
            pause();
        _exit(1);
    }
    char byte;
    assert_int_equal(read(fds[0], &byte, 1), 1);
    assert_true(hone_lock_held(path));
    int fd = -1;
    assert_int_equal(hone_lock_take(path, 0, &fd, &err), HONE_EHELD);
    assert_int_equal(fd, -1);
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_false(hone_lock_held(path));
    assert_int_equal(hone_lock_take(path, 0, &fd, &err), 0);
    assert_true((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
    assert_true(hone_lock_held(path));
    close(fd);
    close(fds[0]);
    close(fds[1]);
    fixture_remove(dir);
}

/* Two orchestrators, two sweeps, one store: both write at the same time. */
static void test_two_sweeps_at_once(void **unused)
{
    (void)unused;
    char *dir = fixture_dir();
    hone_spec spec = fixture_spec(), other = fixture_spec();
    hone_error err = {0};
    other.name = "other";
    hone_writer *first = fixture_open(dir, &spec), *second = NULL;
    bool created = false;
    const hone_sweep_info *info = NULL;
    hone_sweep_row row = {.name = "other", .uid = "efgh5678", .spec = &other};
    assert_int_equal(hone_writer_open(dir, &second, &err), 0);
    assert_int_equal(hone_writer_sweep(second, &row, &created, &info, &err), 0);
    assert_int_equal(hone_writer_lock(second, info->uid, &err), 0);
    int64_t id = info->id;
    fixture_start(first, quiet);
    fixture_start(second, quiet);
    for (uint64_t i = 1; i <= 200; i++) {
        fixture_run_trial(first, i, 1);
        fixture_run_trial(second, i, 2);
        if (i % 20 == 0)
            fixture_flush(i % 40 == 0 ? first : second);
    }
    fixture_flush(first);
    fixture_flush(second);
    hone_writer_close(first);
    hone_writer_close(second);
    assert_int_equal(count_trials(dir), 200);
    hone_store *store = fixture_read(dir);
    uint64_t n = 0;
    assert_int_equal(hone_store_trials(store, id, 0, count_trial, &n, &err), 0);
    assert_int_equal(n, 200);
    assert_int_equal(hone_store_check(store, NULL, NULL, &err), 0);
    hone_store_close(store);
    fixture_remove(dir);
}

/* More names than the cache holds, some of them longer than it takes. */
static void test_many_metrics(void **unused)
{
    (void)unused;
    char *dir = fixture_dir();
    hone_spec spec = fixture_spec();
    hone_writer *writer = fixture_open(dir, &spec);
    fixture_start(writer, quiet);
    fixture_put_trial(writer, 1, 0.5);
    fixture_put_start(writer, 1, 1);
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 600; i++) {
            char name[HONE_METRIC_NAME_MAX + 1];
            snprintf(name, sizeof name, "%0*d", i % 3 == 0 ? 190 : 8, i);
            assert_true(fixture_put_metric(writer, 1, name, round, i) > 0);
        }
    fixture_flush(writer);
    hone_store *store = fixture_read(dir);
    const hone_sweep_info *info = NULL;
    hone_error err = {0};
    assert_int_equal(hone_store_sweep(store, NULL, &info, &err), 0);
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    char path[256];
    snprintf(path, sizeof path, "%s/hone.db", dir);
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), 0);
    assert_int_equal(sqlite3_prepare_v2(db,
                                        "SELECT count(DISTINCT name), count(*), "
                                        "sum(CAST(name AS INTEGER) = value) FROM metrics",
                                        -1, &statement, NULL),
                     0);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_int_equal(sqlite3_column_int(statement, 0), 600);
    assert_int_equal(sqlite3_column_int(statement, 1), 1200);
    assert_int_equal(sqlite3_column_int(statement, 2), 1200);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    hone_store_close(store);
    hone_writer_close(writer);
    fixture_remove(dir);
}

/* ---- queries ---- */

/* Whether a step of a plan reads a whole table or index that grows with the trials. */
static bool scans_big_table(const char *step)
{
    static const char *const big[] = {"trial",  "setting",    "attempt", "point",
                                      "result", "transition", "launch",  "metric",
                                      "t",      "a",          "l",       "p"};
    if (strncmp(step, "SCAN ", 5) != 0)
        return false;
    const char *name = step + 5;
    size_t len = strcspn(name, " ");
    for (size_t i = 0; i < sizeof big / sizeof big[0]; i++)
        if (strlen(big[i]) == len && strncmp(big[i], name, len) == 0)
            return true;
    return false;
}

static void test_queries_use_indexes(void **unused)
{
    (void)unused;
    char *dir = fixture_dir(), path[256];
    hone_spec spec = fixture_spec();
    hone_writer_close(fixture_open(dir, &spec));
    snprintf(path, sizeof path, "%s/hone.db", dir);
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), 0);
    for (int i = 0; i < HONE_N_QUERIES; i++) {
        const char *text = hone_query_text((hone_query)i);
        char *explain = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", text);
        sqlite3_stmt *statement = NULL;
        if (sqlite3_prepare_v2(db, text, -1, &statement, NULL) != SQLITE_OK)
            fail_msg("%s: %s", text, sqlite3_errmsg(db));
        sqlite3_finalize(statement);
        if (strncmp(text, "PRAGMA", 6) == 0) {
            sqlite3_free(explain);
            continue;
        }
        assert_int_equal(sqlite3_prepare_v2(db, explain, -1, &statement, NULL), 0);
        while (sqlite3_step(statement) == SQLITE_ROW) {
            const char *step = (const char *)sqlite3_column_text(statement, 3);
            if (scans_big_table(step))
                fail_msg("%s: %s", text, step);
        }
        sqlite3_finalize(statement);
        sqlite3_free(explain);
    }
    sqlite3_close(db);
    fixture_remove(dir);
}

static void pass_ticket(void *arg, uint64_t ticket)
{
    assert_int_equal(write(((int *)arg)[1], &ticket, sizeof ticket), sizeof ticket);
}

static void await_ticket(const int *ends, uint64_t wanted)
{
    for (uint64_t ticket = 0; ticket < wanted;)
        assert_int_equal(read(ends[0], &ticket, sizeof ticket), sizeof ticket);
}

static void check_cell(const char *dir, const char *query, const char *wanted)
{
    char path[256];
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    snprintf(path, sizeof path, "%s/hone.db", dir);
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), 0);
    assert_int_equal(sqlite3_prepare_v2(db, query, -1, &statement, NULL), 0);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(statement, 0), wanted);
    sqlite3_finalize(statement);
    sqlite3_close(db);
}

static void check_points(const char *dir, const char *wanted)
{
    check_cell(dir,
               "SELECT group_concat(name || step, ' ') || ' to ' ||"
               " (SELECT stdout_read FROM attempt) FROM"
               " (SELECT * FROM metrics ORDER BY seq)",
               wanted);
}

/* Where to read on is written with each metric of a line: whoever is killed in the middle
 * of one has none of it on record, or all. */
static void test_lines_are_whole(void **unused)
{
    (void)unused;
    char *dir = fixture_dir();
    hone_spec spec = fixture_spec();
    int ends[2], status;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        hone_writer *writer = fixture_open(dir, &spec);
        fixture_start(writer,
                      (hone_writer_events){.committed = pass_ticket, .arg = ends});
        fixture_put_trial(writer, 1, 0.1);
        fixture_put_start(writer, 1, 1);
        fixture_put_metric(writer, 1, "loss", 1, 0.5);
        uint64_t last = fixture_put_metric(writer, 1, "acc", 1, 0.5);
        fixture_put_metric(writer, 1, "loss", 2, 0.5); /* and "acc" would follow */
        await_ticket(ends, last);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    check_points(dir, "loss1.0 acc1.0 to 110");

    hone_writer *writer = fixture_open(dir, &spec);
    fixture_start(writer, (hone_writer_events){.committed = pass_ticket, .arg = ends});
    fixture_put_metric(writer, 1, "loss", 2, 0.5);
    hone_writer_unput(writer); /* "acc" did not fit */
    fixture_flush(writer);
    check_points(dir, "loss1.0 acc1.0 to 110");
    fixture_put_metric(writer, 1, "loss", 2, 0.5);
    uint64_t last = fixture_put_metric(writer, 1, "acc", 2, 0.5);
    hone_writer_seal(writer);
    await_ticket(ends, last);
    check_points(dir, "loss1.0 acc1.0 loss2.0 acc2.0 to 120");
    hone_writer_close(writer);
    close(ends[0]);
    close(ends[1]);
    fixture_remove(dir);
}

static uint64_t read_ticket(const int ends[2])
{
    uint64_t ticket = 0;
    assert_int_equal(read(ends[0], &ticket, sizeof ticket), sizeof ticket);
    return ticket;
}

static hone_attempt_end end_with(const char *detail)
{
    return (hone_attempt_end){.number = 2,
                              .attempt = 1,
                              .status = HONE_STATUS_FAILED,
                              .detail = detail,
                              .started_at = HONE_NO_TIME,
                              .at = 1,
                              .duration_s = 1,
                              .cpu_time_s = 1,
                              .max_rss = -1};
}

/* What is joined is written at once, however long it is, or not at all. */
static void test_joined(void **unused)
{
    (void)unused;
    enum { LONG = 5 * 1024 * 1024 };
    char *dir = fixture_dir(), *detail = malloc(LONG + 1);
    hone_spec spec = fixture_spec();
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_non_null(detail);
    memset(detail, 'x', LONG);
    detail[LONG] = '\0';
    hone_writer *writer = fixture_open(dir, &spec);
    fixture_start(writer, (hone_writer_events){.committed = pass_ticket, .arg = ends});

    uint64_t first = fixture_put_trial(writer, 1, 0.1);
    assert_int_equal(read_ticket(ends), first);
    hone_writer_join(writer);
    fixture_put_trial(writer, 2, 0.2);
    fixture_put_start(writer, 2, 1);
    hone_writer_unput(writer);
    fixture_flush(writer);
    check_cell(dir, "SELECT group_concat(number) FROM trials", "1");

    hone_writer_join(writer);
    fixture_put_trial(writer, 2, 0.2);
    fixture_put_start(writer, 2, 1);
    hone_attempt_end end = end_with(detail);
    assert_true(hone_writer_put_end(writer, &end) > 0);
    uint64_t last = hone_writer_put_state(writer, HONE_SWEEP_OPEN, NULL, 1);
    hone_writer_hurry(writer); /* which does not cut it */
    hone_writer_seal(writer);
    assert_int_equal(last, first + 4);
    assert_int_equal(read_ticket(ends), last);
    check_cell(dir,
               "SELECT group_concat(number || status) FROM (SELECT * FROM trials"
               " ORDER BY number)",
               "1pending,2failed");
    uint64_t next = fixture_put_trial(writer, 3, 0.3); /* and is over then */
    assert_int_equal(read_ticket(ends), next);
    hone_writer_close(writer);
    close(ends[0]);
    close(ends[1]);
    free(detail);
    fixture_remove(dir);
}

/* The views that users query while a sweep runs. */
static void test_views(void **unused)
{
    (void)unused;
    static const char *const cells[][2] = {
        {"SELECT group_concat(status || number) FROM trials WHERE sweep = 'toy'",
         "completed1"},
        {"SELECT started_at || ' ' || created_at FROM trials",
         "1970-01-01T00:00:02.500000Z 1970-01-01T00:00:01.000000Z"},
        {"SELECT group_concat(name || '=' || text, ' ') FROM params WHERE number = 1",
         "model=tree optimizer.lr=0.1 d\xc3\xa9pth=1"},
        {"SELECT typeof(value) FROM params WHERE name = 'optimizer.lr'", "real"},
        {"SELECT name || step || value || time FROM metrics",
         "loss1.00.51970-01-01T00:00:03.000000Z"},
        {"SELECT group_concat(name || value || points) FROM results",
         "loss0.252,acc0.51"},
    };
    char *dir = fixture_dir(), path[256];
    hone_spec spec = fixture_spec();
    hone_writer *writer = fixture_open(dir, &spec);
    fixture_start(writer, quiet);
    fixture_put_trial(writer, 1, 0.1);
    fixture_put_start(writer, 1, 1);
    fixture_put_metric(writer, 1, "loss", 1, 0.5);
    fixture_put_end(writer, 1, 1, HONE_STATUS_COMPLETED, 0.25);
    fixture_flush(writer);
    snprintf(path, sizeof path, "%s/hone.db", dir);
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), 0);
    for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++) {
        sqlite3_stmt *statement = NULL;
        assert_int_equal(sqlite3_prepare_v2(db, cells[i][0], -1, &statement, NULL), 0);
        assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
        assert_string_equal((const char *)sqlite3_column_text(statement, 0), cells[i][1]);
        sqlite3_finalize(statement);
    }
    sqlite3_close(db);
    hone_writer_close(writer);
    fixture_remove(dir);
}

static void test_remote_file_systems(void **unused)
{
    (void)unused;
    assert_true(hone_db_is_remote(0x6969));
    assert_true(hone_db_is_remote(0xFF534D42));
    assert_true(hone_db_is_remote((int64_t)(int32_t)0xFF534D42)); /* a signed f_type */
    assert_true(hone_db_is_remote(0x0BD00BD0));
    assert_false(hone_db_is_remote(0xEF53));
    assert_false(hone_db_is_remote(0x01021994));
    assert_false(hone_db_is_remote(0x58465342));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tickets_grow_by_one),
        cmocka_unit_test(test_hurry),
        cmocka_unit_test(test_puts_before_start_wait),
        cmocka_unit_test(test_close_without_start),
        cmocka_unit_test(test_sweep_is_held_once),
        cmocka_unit_test(test_lock_ends_with_its_process),
        cmocka_unit_test(test_two_sweeps_at_once),
        cmocka_unit_test(test_lines_are_whole),
        cmocka_unit_test(test_joined),
        cmocka_unit_test(test_many_metrics),
        cmocka_unit_test(test_queries_use_indexes),
        cmocka_unit_test(test_views),
        cmocka_unit_test(test_remote_file_systems),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
