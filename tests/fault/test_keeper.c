/* Deaths: of the keeper, of the orchestrator, of both. The test is its own keeper
 * program; the orchestrators that die are child processes of it. */
#include "executor_rig.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include "executors/slot.h"

static const hone_executor *local(void)
{
    return hone_executor_find("local");
}

/* The keeper of a slot, as its lock file says; 0 where it is free. */
static pid_t keeper_of(struct rig *rig, uint32_t folder)
{
    hone_slot_owner owner = {0, 0};
    return hone_slot_probe(rig->dir, folder, &owner) == HONE_SLOT_HELD ? owner.pid : 0;
}

static void wait_file(struct rig *rig, const char *name)
{
    while (!rig_exists("%s/%s", rig->dir, name))
        uv_run(&rig->loop, UV_RUN_NOWAIT);
}

static long read_number(struct rig *rig, const char *name)
{
    char path[700];
    long number = 0;
    snprintf(path, sizeof path, "%s/%s", rig->dir, name);
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%ld", &number), 1);
    fclose(file);
    return number;
}

/* The name appears with its content: written elsewhere, then renamed. */
#define PUBLISH(name) " > ../../" name ".part; mv ../../" name ".part ../../" name ";"

/* Until the keeper has taken what the attempt has printed: what is still in the pipe is
 * lost with it. */
static void wait_printed(struct rig *rig)
{
    char path[700];
    struct stat status = {.st_size = 0};
    snprintf(path, sizeof path, "%s/slots/0/stdout.now", rig->dir);
    while (stat(path, &status) != 0 || status.st_size == 0)
        uv_run(&rig->loop, UV_RUN_NOWAIT);
}

static void test_keeper_killed(void **state)
{
    (void)state;
    struct rig rig;
    rig_open(&rig, local(), 1);
    rig_shell(
        &rig, (hone_launch){.trial = 1},
        "echo out; echo '{}' > $HONE_METRICS_FILE;"
        "(setsid sh -c 'trap \"\" TERM; echo $$" PUBLISH("orphan") " sleep 1000' &);"
                                                                   "sleep 1000");
    rig_wait_started(&rig, 1);
    wait_file(&rig, "orphan");
    wait_printed(&rig);
    pid_t keeper = keeper_of(&rig, 0);
    assert_true(keeper > 1);
    kill(keeper, SIGKILL);
    const hone_exit *end = rig_wait_ended(&rig, 1);
    assert_int_equal(end->reason, HONE_REASON_LOST);
    assert_int_equal(end->exit_code, -1);
    assert_int_equal(end->pid, rig.pids[1]);
    assert_true(end->has_metrics_file && end->has_trial_dir);
    rig_assert_output(&rig, end, "stdout", "out\n");
    assert_false(rig_is_alive(rig.pids[1]));
    assert_false(rig_is_alive(read_number(&rig, "orphan")));
    /* The slot goes on with another keeper. */
    rig_shell(&rig, (hone_launch){.trial = 2}, "echo next; exit 7");
    end = rig_wait_ended(&rig, 2);
    assert_int_equal(end->exit_code, 7);
    rig_assert_output(&rig, end, "stdout", "next\n");
    assert_int_equal(rig.n_broken, 0);
    rig_close(&rig);
    rig_remove(&rig);
}

static void test_idle_keeper_killed(void **state)
{
    (void)state;
    struct rig rig;
    rig_open(&rig, local(), 1);
    for (uint64_t trial = 1; trial <= 3; trial++) {
        rig_shell(&rig, (hone_launch){.trial = trial}, ":");
        assert_int_equal(rig_wait_ended(&rig, trial)->reason, HONE_REASON_NONE);
        kill(keeper_of(&rig, 0), SIGKILL);
        while (keeper_of(&rig, 0) != 0) /* with its end of the socket already closed */
            continue;
    }
    assert_int_equal(rig.n_ended, 3);
    rig_close(&rig);
    rig_remove(&rig);
}

static void test_slot_unusable(void **state)
{
    (void)state;
    struct rig rig;
    char path[700];
    rig_open(&rig, local(), 1);
    snprintf(path, sizeof path, "%s/slots/0", rig.dir);
    assert_int_equal(mkdir(path, 0777), 0);
    snprintf(path, sizeof path, "%s/slots/0/journal", rig.dir);
    assert_int_equal(mkdir(path, 0777), 0); /* in the way */
    rig_shell(&rig, (hone_launch){.trial = 1}, ":");
    assert_int_equal(rig_wait_ended(&rig, 1)->reason, HONE_REASON_LOST);
    assert_int_equal(rig.n_broken, 1);
    rig_close(&rig);
    rig_remove(&rig);
}

/* A slot whose files cannot be written loses the attempt, and is there for the next. */
static void test_files_in_the_way(void **state)
{
    (void)state;
    struct rig rig;
    char path[700];
    rig_open(&rig, local(), 1);
    rig_shell(
        &rig, (hone_launch){.trial = 1},
        "echo x > kept; cd ../../slots/0; rm params.json; mkdir -p params.json/full");
    assert_true(rig_wait_ended(&rig, 1)->has_trial_dir);
    rig_shell(&rig, (hone_launch){.trial = 2}, ":");
    const hone_exit *end = rig_wait_ended(&rig, 2);
    assert_int_equal(end->reason, HONE_REASON_LOST);
    assert_int_equal(end->spawn_errno, EISDIR);
    assert_false(end->has_trial_dir);
    snprintf(path, sizeof path, "%s/slots/0/params.json/full", rig.dir);
    assert_int_equal(rmdir(path), 0);
    rig_shell(&rig, (hone_launch){.trial = 3}, "cat $HONE_PARAMS_FILE");
    rig_assert_output(&rig, rig_wait_ended(&rig, 3), "stdout", "{}");
    rig_close(&rig);
    rig_remove(&rig);
}

/* Runs `script` on slot 0 in an orchestrator of its own that dies as soon as the attempt
 * has started (or, with nothing to start it on, at once). */
static void run_and_die(struct rig *rig, hone_launch launch, const char *script)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct rig inner = {.n_started = 0};
        memcpy(inner.dir, rig->dir, sizeof inner.dir);
        rig_reopen(&inner, local(), 1);
        rig_shell(&inner, launch, script);
        rig_wait_started(&inner, 1);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

struct found {
    size_t n_ended, n_running;
    hone_exit ended[16];
    hone_leftover running[16];
};

static void note_ended(void *arg, const hone_exit *end)
{
    struct found *found = arg;
    assert_true(found->n_ended < 16);
    found->ended[found->n_ended++] = *end;
}

static void note_running(void *arg, const hone_leftover *leftover)
{
    struct found *found = arg;
    assert_true(found->n_running < 16);
    found->running[found->n_running++] = *leftover;
}

static struct found find_leftovers(struct rig *rig)
{
    struct found found = {.n_ended = 0};
    hone_error err;
    assert_int_equal(
        hone_executor_leftovers(rig->dir, note_ended, note_running, &found, &err), 0);
    return found;
}

/* A folder without an executor on it yet. */
static void make_dir(struct rig *rig)
{
    rig_open(rig, local(), 1);
    rig_close(rig);
}

static void go_on(const struct rig *rig)
{
    char path[700];
    snprintf(path, sizeof path, "%s/go", rig->dir);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    assert_true(fd >= 0);
    close(fd);
}

#define UNTIL_GO "until [ -e ../../go ]; do sleep 0.01; done; "

static void test_taken_over(void **state)
{
    (void)state;
    struct rig rig;
    hone_error err;
    make_dir(&rig);
    run_and_die(&rig, (hone_launch){.trial = 5, .attempt = 2},
                "echo before; " UNTIL_GO "echo after; echo x > kept; exit 3");
    struct found found = find_leftovers(&rig);
    assert_int_equal(found.n_ended, 0);
    assert_int_equal(found.n_running, 1);
    const hone_leftover *leftover = &found.running[0];
    assert_true(leftover->trial == 5 && leftover->attempt == 2 && leftover->slot == 0);
    assert_int_equal(leftover->keeper_pid, keeper_of(&rig, 0));
    assert_true(rig_is_alive(leftover->pid));
    rig_reopen(&rig, local(), 2);
    assert_int_equal(rig.executor->folder(rig.self, 0), 2); /* 0 is held */
    assert_int_equal(rig.executor->folder(rig.self, 1), 1);
    assert_int_equal(rig.executor->adopt(rig.self, leftover, &err), 0);
    /* Others run beside it, on a slot of their own. */
    rig_shell(&rig, (hone_launch){.trial = 6}, "echo beside");
    assert_int_equal(rig_wait_ended(&rig, 1)->trial, 6);
    assert_int_equal(rig.exits[0].slot, 2);
    go_on(&rig);
    const hone_exit *end = rig_wait_ended(&rig, 2);
    assert_true(end->trial == 5 && end->attempt == 2 && end->slot == 0);
    assert_int_equal(end->reason, HONE_REASON_EXIT);
    assert_int_equal(end->exit_code, 3);
    assert_true(end->has_trial_dir);
    rig_assert_output(&rig, end, "stdout", "before\nafter\n");
    rig_close(&rig);
    /* Nothing is forgotten before it is said to be settled. */
    found = find_leftovers(&rig);
    assert_int_equal(found.n_running, 0);
    assert_int_equal(found.n_ended, 2);
    rig_remove(&rig);
}

/* The slot's lock is of another start of the machine. */
static void start_machine_anew(const struct rig *rig)
{
    char path[700];
    snprintf(path, sizeof path, "%s/slots/0/lock", rig->dir);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs("1 1 11111111-1111-4111-8111-111111111111\n", file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* What was not synced cannot be trusted once the machine was started anew: neither the
 * end of an attempt, nor that its output is where it was, nor that it still runs. */
static void test_past_slot(void **state)
{
    (void)state;
    struct rig rig;
    rig_open(&rig, local(), 1);
    rig_shell(&rig, (hone_launch){.trial = 1}, "echo one");
    rig_wait_ended(&rig, 1);
    assert_false(rig.exits[0].on_disk);
    rig_close(&rig);
    assert_int_equal(find_leftovers(&rig).n_ended, 1);
    start_machine_anew(&rig);
    struct found found = find_leftovers(&rig);
    assert_int_equal(found.n_ended + found.n_running, 0);
    rig_reopen(&rig, local(), 1);
    assert_int_equal(rig.executor->folder(rig.self, 0), 1);
    rig_shell(&rig, (hone_launch){.trial = 1, .attempt = 2}, "echo two");
    const hone_exit *end = rig_wait_ended(&rig, 1);
    assert_true(end->slot == 1 && end->stdout_start == 0);
    rig_assert_output(&rig, end, "stdout", "two\n");
    rig_close(&rig);
    rig_remove(&rig);
}

/* What a keeper without a hone has brought to the disk counts all the same. */
static void test_past_slot_on_disk(void **state)
{
    (void)state;
    struct rig rig;
    make_dir(&rig);
    run_and_die(&rig, (hone_launch){.trial = 5, .attempt = 2}, UNTIL_GO "exit 9");
    go_on(&rig);
    while (keeper_of(&rig, 0) != 0)
        continue;
    start_machine_anew(&rig);
    struct found found = find_leftovers(&rig);
    assert_int_equal(found.n_running, 0);
    assert_int_equal(found.n_ended, 1);
    assert_true(found.ended[0].trial == 5 && found.ended[0].attempt == 2);
    assert_int_equal(found.ended[0].exit_code, 9);
    assert_true(found.ended[0].on_disk);
    rig_remove(&rig);
}

/* It ends between the look for leftovers and the takeover. */
static void test_ended_meanwhile(void **state)
{
    (void)state;
    struct rig rig;
    hone_error err;
    make_dir(&rig);
    run_and_die(&rig, (hone_launch){.trial = 5}, UNTIL_GO "exit 9");
    struct found found = find_leftovers(&rig);
    assert_int_equal(found.n_running, 1);
    go_on(&rig);
    while (keeper_of(&rig, 0) != 0)
        continue;
    rig_reopen(&rig, local(), 1);
    assert_int_equal(rig.executor->adopt(rig.self, &found.running[0], &err), 0);
    assert_int_equal(rig.n_ended, 0); /* never from inside */
    assert_int_equal(rig_wait_ended(&rig, 1)->exit_code, 9);
    rig_close(&rig);
    rig_remove(&rig);
}

static void check_adopted_kill(hone_kill how, const char *script, int signal)
{
    struct rig rig;
    hone_error err;
    make_dir(&rig);
    run_and_die(&rig, (hone_launch){.trial = 5, .grace_s = 20}, script);
    struct found found = find_leftovers(&rig);
    assert_int_equal(found.n_running, 1);
    rig_reopen(&rig, local(), 1);
    wait_file(&rig, "ready");
    assert_int_equal(rig.executor->adopt(rig.self, &found.running[0], &err), 0);
    rig.executor->kill(rig.self, 5, how);
    const hone_exit *end = rig_wait_ended(&rig, 1);
    assert_int_equal(end->reason, HONE_REASON_SIGNAL);
    assert_int_equal(end->signal, signal);
    assert_false(rig_is_alive(found.running[0].pid));
    rig_close(&rig);
    rig_remove(&rig);
}

static void test_adopted_kill(void **state)
{
    (void)state;
    check_adopted_kill(HONE_KILL_TERM, "echo >../../ready; sleep 1000", SIGTERM);
    check_adopted_kill(HONE_KILL_NOW, "trap '' TERM; echo >../../ready; sleep 1000",
                       SIGKILL);
}

/* The adopted keeper is killed as well. */
static void test_adopted_keeper_killed(void **state)
{
    (void)state;
    struct rig rig;
    hone_error err;
    make_dir(&rig);
    run_and_die(&rig, (hone_launch){.trial = 5}, "sleep 1000");
    struct found found = find_leftovers(&rig);
    assert_int_equal(found.n_running, 1);
    rig_reopen(&rig, local(), 1);
    assert_int_equal(rig.executor->adopt(rig.self, &found.running[0], &err), 0);
    kill((pid_t)found.running[0].keeper_pid, SIGKILL);
    const hone_exit *end = rig_wait_ended(&rig, 1);
    assert_int_equal(end->reason, HONE_REASON_LOST);
    assert_false(rig_is_alive(found.running[0].pid));
    rig_close(&rig);
    rig_remove(&rig);
}

/* The time limit holds with nobody there, and the end is found. */
static void test_timeout_alone(void **state)
{
    (void)state;
    struct rig rig;
    make_dir(&rig);
    run_and_die(&rig, (hone_launch){.trial = 5, .timeout_s = 0.1}, "sleep 1000");
    while (keeper_of(&rig, 0) != 0)
        continue;
    struct found found = find_leftovers(&rig);
    assert_int_equal(found.n_running, 0);
    assert_int_equal(found.n_ended, 1);
    assert_int_equal(found.ended[0].reason, HONE_REASON_TIMEOUT);
    rig_remove(&rig);
}

/* Orchestrator and keeper are gone: lost, once, and nothing of it lives on. */
static void test_both_killed(void **state)
{
    (void)state;
    struct rig rig;
    make_dir(&rig);
    run_and_die(&rig, (hone_launch){.trial = 5}, "echo $$" PUBLISH("pid") "sleep 1000");
    while (!rig_exists("%s/pid", rig.dir))
        continue;
    kill(keeper_of(&rig, 0), SIGKILL);
    while (keeper_of(&rig, 0) != 0)
        continue;
    for (int i = 0; i < 2; i++) {
        struct found found = find_leftovers(&rig);
        assert_int_equal(found.n_running, 0);
        assert_int_equal(found.n_ended, 1);
        assert_int_equal(found.ended[0].reason, HONE_REASON_LOST);
        assert_int_equal(found.ended[0].trial, 5);
    }
    assert_false(rig_is_alive(read_number(&rig, "pid")));
    rig_remove(&rig);
}

/* A launch that nobody lives to see the start of is either not begun, or found. */
static void test_death_at_launch(void **state)
{
    (void)state;
    for (int round = 0; round < 8; round++) {
        struct rig rig;
        make_dir(&rig);
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            struct rig inner = {.n_started = 0};
            memcpy(inner.dir, rig.dir, sizeof inner.dir);
            rig_reopen(&inner, local(), 1);
            rig_shell(&inner, (hone_launch){.trial = 1}, ":");
            rig_wait_ended(&inner, 1);
            rig_shell(&inner, (hone_launch){.trial = 2},
                      "echo ran >> ../../ran; " UNTIL_GO);
            _exit(0);
        }
        waitpid(child, NULL, 0);
        struct found found = find_leftovers(&rig);
        assert_int_equal(found.n_ended, 1);
        bool known = found.n_running == 1;
        go_on(&rig);
        while (keeper_of(&rig, 0) != 0)
            continue;
        assert_true(known || !rig_exists("%s/ran", rig.dir));
        assert_int_equal(find_leftovers(&rig).n_ended, known ? 2 : 1);
        rig_remove(&rig);
    }
}

/* The journal cut at any byte is read without complaint. */
static void test_cut_journal(void **state)
{
    (void)state;
    struct rig rig;
    char path[700];
    struct stat status;
    rig_open(&rig, local(), 1);
    for (uint64_t trial = 1; trial <= 2; trial++) {
        rig_shell(&rig, (hone_launch){.trial = trial}, ":");
        rig_wait_ended(&rig, trial);
    }
    rig_close(&rig);
    snprintf(path, sizeof path, "%s/slots/0/journal", rig.dir);
    assert_int_equal(stat(path, &status), 0);
    char *journal = rig_read(path, 0, (uint64_t)status.st_size);
    size_t most = 0;
    for (off_t len = 0; len <= status.st_size; len += 3) {
        FILE *file = fopen(path, "we");
        assert_non_null(file);
        assert_int_equal(fwrite(journal, 1, (size_t)len, file), (size_t)len);
        fclose(file);
        struct found found = find_leftovers(&rig);
        assert_int_equal(found.n_running, 0);
        assert_true(found.n_ended >= most); /* lost, or ended */
        most = found.n_ended;
    }
    assert_int_equal(most, 2);
    free(journal);
    rig_remove(&rig);
}

/* A journal whose ends are on disk does not grow for ever. */
static void test_settled_journal(void **state)
{
    (void)state;
    struct rig rig;
    char path[700];
    struct stat status;
    rig_open(&rig, local(), 1);
    rig_shell(&rig, (hone_launch){.trial = 1}, ":");
    rig_wait_ended(&rig, 1);
    snprintf(path, sizeof path, "%s/slots/0/journal", rig.dir);
    FILE *file = fopen(path, "ae");
    assert_non_null(file);
    for (int i = 0; i < 70 * 1024; i++)
        fputc('\n', file);
    fclose(file);
    kill(keeper_of(&rig, 0), SIGKILL); /* the next one sees the length */
    rig_shell(&rig, (hone_launch){.trial = 2}, ":");
    rig_wait_ended(&rig, 2);
    assert_int_equal(stat(path, &status), 0);
    assert_true(status.st_size > 70 * 1024);
    rig_shell(&rig, (hone_launch){.trial = 3, .journal_settled = true}, ":");
    rig_wait_ended(&rig, 3);
    assert_int_equal(stat(path, &status), 0);
    assert_true(status.st_size > 0 && status.st_size < 1024);
    rig_close(&rig);
    assert_int_equal(find_leftovers(&rig).n_ended, 1);
    rig_remove(&rig);
}

/* A process with the mark of slot 0 in its environment; executed when this returns. */
static pid_t start_marked(struct rig *rig)
{
    char mark[700], byte;
    int ready[2];
    assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
    snprintf(mark, sizeof mark, "%s/slots/0/metrics.jsonl", rig->dir);
    pid_t pid = fork();
    if (pid == 0) {
        setenv(HONE_SLOT_TAG, mark, 1);
        setsid();
        execl("/bin/sh", "sh", "-c", "sleep 1000", (char *)NULL);
        _exit(127);
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 0);
    close(ready[0]);
    return pid;
}

/* The keeper died between the start of the command and the record of it, and hone, too:
 * no journal knows the command, which must not go on beside its next attempt. */
static void test_unrecorded_start(void **state)
{
    (void)state;
    struct rig rig;
    int status;
    rig_open(&rig, local(), 2);
    rig_shell(&rig, (hone_launch){.trial = 1}, ":");
    rig_wait_ended(&rig, 1);
    rig_close(&rig);
    pid_t pid = start_marked(&rig);
    assert_int_equal(find_leftovers(&rig).n_ended, 1);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    rig_remove(&rig);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "__keeper") == 0)
        return hone_keeper_main(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keeper_killed),
        cmocka_unit_test(test_idle_keeper_killed),
        cmocka_unit_test(test_slot_unusable),
        cmocka_unit_test(test_files_in_the_way),
        cmocka_unit_test(test_taken_over),
        cmocka_unit_test(test_past_slot),
        cmocka_unit_test(test_past_slot_on_disk),
        cmocka_unit_test(test_ended_meanwhile),
        cmocka_unit_test(test_adopted_kill),
        cmocka_unit_test(test_adopted_keeper_killed),
        cmocka_unit_test(test_timeout_alone),
        cmocka_unit_test(test_both_killed),
        cmocka_unit_test(test_death_at_launch),
        cmocka_unit_test(test_cut_journal),
        cmocka_unit_test(test_settled_journal),
        cmocka_unit_test(test_unrecorded_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
