/* What every executor of the list has to do. The test is its own keeper program. */
#include "executor_rig.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <time.h>

static void for_each_executor(void (*test)(const hone_executor *executor))
{
    const hone_executor *executor;
    for (uint32_t i = 0; (executor = hone_executor_at(i)) != NULL; i++)
        if (strcmp(executor->name, "local") == 0 || getenv("HONE_TEST_EXECUTORS") != NULL)
            test(executor);
}

/* One attempt of a shell script on a fresh executor; then everything is gone again. */
static hone_exit run_script(const hone_executor *executor, hone_launch launch,
                            const char *script, char **out, char **err)
{
    struct rig rig;
    rig_open(&rig, executor, 1);
    launch.trial = 1;
    rig_shell(&rig, launch, script);
    hone_exit end = *rig_wait_ended(&rig, 1);
    if (out != NULL)
        *out = rig_output(&rig, &end, "stdout");
    if (err != NULL)
        *err = rig_output(&rig, &end, "stderr");
    rig_close(&rig);
    rig_remove(&rig);
    return end;
}

static void check_ways_to_end(const hone_executor *executor)
{
    static const struct {
        const char *script;
        hone_reason reason;
        int exit_code, signal;
    } cases[] = {
        {"exit 0", HONE_REASON_NONE, 0, 0},
        {"exit 3", HONE_REASON_EXIT, 3, 0},
        {"exit 255", HONE_REASON_EXIT, 255, 0},
        {"kill -9 $$", HONE_REASON_SIGNAL, -1, SIGKILL},
        {"kill -SEGV $$", HONE_REASON_SIGNAL, -1, SIGSEGV},
        {"kill -PIPE $$", HONE_REASON_SIGNAL, -1,
         SIGPIPE}, /* not ignored by inheritance */
        {"exec 1>&- 2>&-; exit 4", HONE_REASON_EXIT, 4, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        hone_exit end = run_script(executor, (hone_launch){.workdir = "/"},
                                   cases[i].script, NULL, NULL);
        assert_int_equal(end.reason, cases[i].reason);
        assert_int_equal(end.exit_code, cases[i].exit_code);
        assert_int_equal(end.signal, cases[i].signal);
        assert_int_equal(end.trial, 1);
        assert_int_equal(end.attempt, 1);
        assert_true(end.pid > 1 && end.max_rss > 0);
        assert_true(end.ended_at >= end.started_at && end.duration_s >= 0);
        assert_false(end.has_trial_dir || end.has_metrics_file);
    }
}

static void test_ways_to_end(void **state)
{
    (void)state;
    for_each_executor(check_ways_to_end);
}

static void check_not_found(const hone_executor *executor)
{
    static const struct {
        const char *program;
        int code;
    } cases[] = {
        {"hone-no-such-program", ENOENT},
        {"/nonexistent/program", ENOENT},
        {"/etc/passwd", EACCES},
        {"./text", ENOEXEC},
        {"", ENOENT},
        {"/", EACCES},
    };
    struct rig rig;
    rig_open(&rig, executor, 1);
    char path[600];
    snprintf(path, sizeof path, "%s/text", rig.dir);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
    assert_int_equal(write(fd, "no program\n", 11), 11);
    close(fd);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        rig_launch(&rig, (hone_launch){.trial = i, .workdir = rig.dir},
                   (const char *[]){cases[i].program, NULL});
        const hone_exit *end = rig_wait_ended(&rig, i + 1);
        assert_int_equal(end->reason, HONE_REASON_NOT_FOUND);
        assert_int_equal(end->spawn_errno, cases[i].code);
        assert_int_equal(end->exit_code, -1);
        assert_false(end->has_trial_dir);
    }
    assert_int_equal(rig.n_started, 0);
    rig_launch(&rig, (hone_launch){.trial = 50, .workdir = "/nonexistent"},
               (const char *[]){"true", NULL});
    assert_int_equal(rig_wait_ended(&rig, 7)->reason, HONE_REASON_NOT_FOUND);
    rig_close(&rig);
    rig_remove(&rig);
}

static void test_not_found(void **state)
{
    (void)state;
    for_each_executor(check_not_found);
}

static void check_output_ranges(const hone_executor *executor)
{
    struct rig rig;
    rig_open(&rig, executor, 1);
    rig_shell(&rig, (hone_launch){.trial = 1}, "echo one; echo uno >&2");
    rig_wait_ended(&rig, 1);
    /* Opening the outputs again must not hurt what is there already. */
    rig_shell(&rig, (hone_launch){.trial = 2},
              "echo a; echo two > /dev/stdout; echo due | tee /dev/stderr; echo z");
    rig_wait_ended(&rig, 2);
    rig_shell(&rig, (hone_launch){.trial = 3}, ":");
    rig_wait_ended(&rig, 3);
    rig_shell(&rig, (hone_launch){.trial = 4}, "printf 'half a line'");
    rig_wait_ended(&rig, 4);
    static const char *const outs[] = {"one\n", "a\ntwo\ndue\nz\n", "", "half a line"};
    static const char *const errs[] = {"uno\n", "due\n", "", ""};
    for (size_t i = 0; i < 4; i++) {
        rig_assert_output(&rig, &rig.exits[i], "stdout", outs[i]);
        rig_assert_output(&rig, &rig.exits[i], "stderr", errs[i]);
        if (i > 0)
            assert_int_equal(rig.exits[i].stdout_start, rig.exits[i - 1].stdout_end);
    }
    hone_buf path;
    hone_buf_init(&path, 4096);
    executor->file(rig.self, 0, "stdout", &path);
    char *all = rig_read(hone_buf_text(&path), 0, rig.exits[3].stdout_end);
    assert_string_equal(all, "one\na\ntwo\ndue\nz\nhalf a line");
    free(all);
    hone_buf_release(&path);
    rig_close(&rig);
    rig_remove(&rig);
}

static void test_output_ranges(void **state)
{
    (void)state;
    for_each_executor(check_output_ranges);
}

static void check_much_output(const hone_executor *executor)
{
    char *out;
    hone_exit end = run_script(executor, (hone_launch){.workdir = "/"},
                               "head -c 3000000 /dev/zero | tr '\\0' x", &out, NULL);
    assert_int_equal(end.reason, HONE_REASON_NONE);
    assert_true(end.own_stdout && end.stdout_start == 0 && !end.own_stderr);
    assert_int_equal(end.stdout_end, 3000000);
    assert_int_equal(strspn(out, "x"), 3000000);
    free(out);
}

static void test_much_output(void **state)
{
    (void)state;
    for_each_executor(check_much_output);
}

static void check_world(const hone_executor *executor)
{
    struct rig rig;
    hone_error err;
    char expected[4096];
    setenv("HONE_TEST_KEPT", "kept", 1);
    setenv("HONE_TEST_GONE", "gone", 1);
    setenv("HONE_TEST_CHANGED", "old", 1);
    rig_open(&rig, executor, 1);
    hone_launch launch = {.trial = 1,
                          .params_json = "{\"lr\": 0.1}",
                          .wandb_yaml = "lr:\n  value: 0.1\n",
                          .args_json = "[1]"};
    const char *script =
        "pwd; cat; echo \"$HONE_TEST_KEPT,${HONE_TEST_GONE-unset},"
        "$HONE_TEST_CHANGED,$HONE_TEST_NEW\"; cat \"$HONE_PARAMS_FILE\"; echo;"
        "cat \"$WANDB_SWEEP_PARAM_PATH\" \"${HONE_PARAMS_FILE%/*}/args.json\";"
        "echo; ls; ulimit -Sn";
    const char *env[] = {"HONE_TEST_GONE", "HONE_TEST_CHANGED=new", "HONE_TEST_NEW=a=b c",
                         NULL};
    assert_int_equal(
        rig_start(&rig, launch, (const char *[]){"sh", "-c", script, NULL}, env, &err),
        0);
    const hone_exit *end = rig_wait_ended(&rig, 1);
    char *out = rig_output(&rig, end, "stdout");
    snprintf(expected, sizeof expected,
             "%s/trials/1\nkept,unset,new,a=b c\n{\"lr\": 0.1}\nlr:\n  value: 0.1\n[1]\n"
             "checkpoint\n",
             rig.dir);
    assert_int_equal(strncmp(out, expected, strlen(expected)), 0);
    assert_true(atol(out + strlen(expected)) > 0);
    free(out);
    /* Shorter files after longer ones. */
    launch = (hone_launch){.trial = 2, .params_json = "{}", .wandb_yaml = "a: {}\n"};
    rig_shell(&rig, launch, "cat \"$HONE_PARAMS_FILE\" \"$WANDB_SWEEP_PARAM_PATH\"");
    rig_assert_output(&rig, rig_wait_ended(&rig, 2), "stdout", "{}a: {}\n");
    rig_close(&rig);
    rig_remove(&rig);
}

static void test_world(void **state)
{
    (void)state;
    for_each_executor(check_world);
}

static void check_path_of_child(const hone_executor *executor)
{
    struct rig rig;
    hone_error err;
    rig_open(&rig, executor, 1);
    char script[2048], path[700];
    snprintf(script, sizeof script,
             "mkdir '%s/bin' && printf '#!/bin/sh\\necho \"mine $1\"\\n' > "
             "'%s/bin/only-here' &&"
             " chmod 755 '%s/bin/only-here'",
             rig.dir, rig.dir, rig.dir);
    rig_shell(&rig, (hone_launch){.trial = 1}, script);
    assert_int_equal(rig_wait_ended(&rig, 1)->exit_code, 0);
    snprintf(path, sizeof path, "PATH=/nonexistent:%s/bin:/usr/bin:/bin", rig.dir);
    const char *const entries[] = {path,
                                   "PATH=:bin:/usr/bin"}; /* the second from workdir */
    for (size_t i = 0; i < 2; i++) {
        const char *env[] = {entries[i], NULL};
        assert_int_equal(rig_start(&rig,
                                   (hone_launch){.trial = 2 + i, .workdir = rig.dir},
                                   (const char *[]){"only-here", "x y", NULL}, env, &err),
                         0);
        rig_assert_output(&rig, rig_wait_ended(&rig, 2 + i), "stdout", "mine x y\n");
    }
    rig_close(&rig);
    rig_remove(&rig);
}

static void test_path_of_child(void **state)
{
    (void)state;
    for_each_executor(check_path_of_child);
}

static void check_big_args(const hone_executor *executor)
{
    enum { BIG = 100 * 1024, HUGE_ARG = 200 * 1024, VAST = 17 * 1024 * 1024 };
    static const struct {
        size_t len;
        hone_reason reason;
    } cases[] = {{BIG, HONE_REASON_NONE},
                 {HUGE_ARG, HONE_REASON_NOT_FOUND}, /* one argument holds 128 KiB */
                 {VAST, HONE_REASON_NOT_FOUND}};
    struct rig rig;
    rig_open(&rig, executor, 1);
    for (size_t i = 0; i < 3; i++) {
        char *text = calloc(1, cases[i].len + 1);
        assert_non_null(text);
        memset(text, 'y', cases[i].len);
        rig_launch(&rig, (hone_launch){.trial = i},
                   (const char *[]){"/bin/sh", "-c", "echo ${#1}", "sh", text, NULL});
        free(text);
        const hone_exit *end = rig_wait_ended(&rig, i + 1);
        assert_int_equal(end->reason, cases[i].reason);
        assert_int_equal(end->spawn_errno, i == 0 ? 0 : E2BIG);
    }
    rig_assert_output(&rig, &rig.exits[0], "stdout", "102400\n");
    rig_close(&rig);
    rig_remove(&rig);
}

static void test_big_args(void **state)
{
    (void)state;
    for_each_executor(check_big_args);
}

static void check_folders(const hone_executor *executor)
{
    struct rig rig;
    rig_open(&rig, executor, 2);
    rig_shell(&rig, (hone_launch){.trial = 1}, ":");
    assert_false(rig_wait_ended(&rig, 1)->has_trial_dir);
    rig_shell(&rig, (hone_launch){.trial = 2}, "echo x > checkpoint/state");
    assert_true(rig_wait_ended(&rig, 2)->has_trial_dir);
    assert_true(rig_exists("%s/trials/2/checkpoint/state", rig.dir));
    rig_shell(&rig, (hone_launch){.trial = 3}, "echo x > gone; rm gone; ls");
    assert_false(rig_wait_ended(&rig, 3)->has_trial_dir);
    rig_assert_output(&rig, &rig.exits[2], "stdout", "checkpoint\n");
    /* The second attempt finds what the first left. */
    rig_shell(&rig, (hone_launch){.trial = 2, .attempt = 2, .slot = 1},
              "cat checkpoint/state");
    assert_true(rig_wait_ended(&rig, 4)->has_trial_dir);
    rig_assert_output(&rig, &rig.exits[3], "stdout", "x\n");
    rig_shell(&rig, (hone_launch){.trial = 4}, "cd ..; rm -r 4");
    assert_false(rig_wait_ended(&rig, 5)->has_trial_dir);
    rig_shell(&rig, (hone_launch){.trial = 5}, "rmdir checkpoint; touch checkpoint");
    assert_true(rig_wait_ended(&rig, 6)->has_trial_dir);
    rig_shell(&rig, (hone_launch){.trial = 6}, "ls");
    rig_assert_output(&rig, rig_wait_ended(&rig, 7), "stdout", "checkpoint\n");
    /* The folder that is kept for the next trial does not stay with the one that ended.
     */
    rig_shell(&rig, (hone_launch){.trial = 6, .attempt = 2, .slot = 1}, "echo x > kept");
    assert_true(rig_wait_ended(&rig, 8)->has_trial_dir);
    rig_shell(&rig, (hone_launch){.trial = 7}, "ls");
    rig_assert_output(&rig, rig_wait_ended(&rig, 9), "stdout", "checkpoint\n");
    assert_true(rig_exists("%s/trials/6/kept", rig.dir));
    rig_close(&rig);
    static const uint64_t gone[] = {1, 3, 4, 7};
    for (size_t i = 0; i < sizeof gone / sizeof gone[0]; i++)
        assert_false(rig_exists("%s/trials/%" PRIu64, rig.dir, gone[i]));
    assert_false(rig_exists("%s/trials/.spare-0", rig.dir));
    rig_remove(&rig);
}

static void test_folders(void **state)
{
    (void)state;
    for_each_executor(check_folders);
}

static void check_metrics_file(const hone_executor *executor)
{
    struct rig rig;
    rig_open(&rig, executor, 1);
    rig_shell(&rig, (hone_launch){.trial = 1},
              "echo '{\"loss\": 1}' >> \"$HONE_METRICS_FILE\"");
    const hone_exit *end = rig_wait_ended(&rig, 1);
    assert_true(end->has_metrics_file && end->has_trial_dir);
    assert_true(rig_exists("%s/trials/1/metrics.jsonl", rig.dir));
    rig_shell(&rig, (hone_launch){.trial = 2},
              "test ! -e \"$HONE_METRICS_FILE\" && "
              "mkdir \"$HONE_METRICS_FILE\"");
    end = rig_wait_ended(&rig, 2);
    assert_int_equal(end->exit_code, 0);
    assert_false(end->has_metrics_file);
    rig_shell(&rig, (hone_launch){.trial = 3}, ": > \"$HONE_METRICS_FILE\"");
    assert_false(rig_wait_ended(&rig, 3)->has_metrics_file);
    rig_close(&rig);
    rig_remove(&rig);
}

static void test_metrics_file(void **state)
{
    (void)state;
    for_each_executor(check_metrics_file);
}

enum { N_MANY = 100, N_MANY_SLOTS = 4 };

static void refill_slot(struct rig *rig, const hone_exit *end)
{
    assert_int_equal(end->reason, HONE_REASON_NONE);
    if (rig->next_trial < N_MANY)
        rig_shell(
            rig, (hone_launch){.trial = rig->next_trial++, .slot = end->slot},
            "mkdir \"${HONE_PARAMS_FILE%/*}/busy\" && echo \"$HONE_METRICS_FILE\" && "
            "rmdir \"${HONE_PARAMS_FILE%/*}/busy\"");
}

/* Two attempts on one slot at a time would fail to make their folder. */
static void check_many(const hone_executor *executor)
{
    struct rig rig;
    rig_open(&rig, executor, N_MANY_SLOTS);
    rig.on_ended = refill_slot;
    for (uint32_t slot = 0; slot < N_MANY_SLOTS; slot++) {
        assert_int_equal(executor->folder(rig.self, slot), slot);
        rig_shell(&rig, (hone_launch){.trial = rig.next_trial++, .slot = slot}, ":");
    }
    rig_wait_ended(&rig, N_MANY);
    bool seen[N_MANY] = {false};
    for (size_t i = 0; i < N_MANY; i++) {
        const hone_exit *end = &rig.exits[i];
        assert_false(seen[end->trial]);
        seen[end->trial] = true;
        /* The start of one that ended at once need not be told. */
        assert_true(end->pid > 1 && end->started_at > 0);
        assert_true(rig.pids[end->trial] == 0 || rig.pids[end->trial] == end->pid);
    }
    assert_true(rig.n_started <= N_MANY);
    rig_close(&rig);
    rig_remove(&rig);
}

static void test_many(void **state)
{
    (void)state;
    for_each_executor(check_many);
}

/* One that goes on is told as started, once, while it runs. */
static void check_started(const hone_executor *executor)
{
    struct rig rig;
    char path[600];
    rig_open(&rig, executor, 1);
    snprintf(path, sizeof path, "%s/go", rig.dir);
    assert_int_equal(mkfifo(path, 0600), 0);
    for (uint64_t trial = 1; trial <= 2; trial++) {
        rig_shell(&rig, (hone_launch){.trial = trial, .workdir = rig.dir}, "read x < go");
        rig_wait_started(&rig, trial);
        assert_int_equal(rig.n_ended, trial - 1);
        int fd = open(path, O_WRONLY | O_CLOEXEC); /* once it has opened the other end */
        assert_int_equal(write(fd, "x\n", 2), 2);
        close(fd);
        const hone_exit *end = rig_wait_ended(&rig, trial);
        assert_int_equal(end->reason, HONE_REASON_NONE);
        assert_int_equal(end->pid, rig.pids[trial]);
        assert_int_equal(rig.n_started, trial);
    }
    rig_close(&rig);
    rig_remove(&rig);
}

static void test_started(void **state)
{
    (void)state;
    for_each_executor(check_started);
}

/* Nothing of the keeper gets into a command: no descriptor, no signal ignored or blocked,
 * and it leads a session. */
static void check_clean_start(const hone_executor *executor)
{
    static const char *const lines[] = {"SigBlk:\t0000000000000000\n",
                                        "\nfds 0 1 2 done\n", "\nsession leader\n"};
    static const char ignored[] = "SigIgn:\t";
    const uint64_t of_libc = UINT64_C(3) << 31; /* 32 and 33, which nobody can set */
    char *out;
    hone_exit end =
        run_script(executor, (hone_launch){.workdir = "/"},
                   "grep Sig /proc/self/status; printf fds;"
                   "for fd in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do"
                   " test ! -e /proc/$$/fd/$fd || printf ' %s' $fd; done; echo ' done';"
                   "set -- $(cat /proc/$$/stat); test $6 = $$ && echo session leader",
                   &out, NULL);
    assert_int_equal(end.reason, HONE_REASON_NONE);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        assert_non_null(strstr(out, lines[i]));
    const char *found = strstr(out, ignored);
    assert_non_null(found);
    assert_int_equal(strtoull(found + strlen(ignored), NULL, 16) & ~of_libc, 0);
    free(out);
}

static void test_clean_start(void **state)
{
    (void)state;
    for_each_executor(check_clean_start);
}

/* Waits until the attempt has printed a line. */
static void wait_ready(struct rig *rig, uint32_t slot)
{
    char path[700];
    struct stat status = {.st_size = 0};
    snprintf(path, sizeof path, "%s/slots/%u/stdout.now", rig->dir, (unsigned)slot);
    while (stat(path, &status) != 0 || status.st_size == 0)
        uv_run(&rig->loop, UV_RUN_NOWAIT);
}

static hone_exit kill_script(const hone_executor *executor, hone_launch launch,
                             const char *script, hone_kill how, char **out)
{
    struct rig rig;
    rig_open(&rig, executor, 1);
    launch.trial = 1;
    rig_shell(&rig, launch, script);
    wait_ready(&rig, 0);
    executor->kill(rig.self, 2, HONE_KILL_NOW); /* another trial: nobody's */
    executor->kill(rig.self, 1, how);
    hone_exit end = *rig_wait_ended(&rig, 1);
    executor->kill(rig.self, 1, HONE_KILL_NOW); /* too late: nothing */
    if (out != NULL)
        *out = rig_output(&rig, &end, "stdout");
    rig_close(&rig);
    rig_remove(&rig);
    return end;
}

static void check_kill(const hone_executor *executor)
{
    hone_launch plain = {.grace_s = 20};
    hone_exit end =
        kill_script(executor, plain, "echo ready; sleep 1000", HONE_KILL_TERM, NULL);
    assert_int_equal(end.reason, HONE_REASON_SIGNAL);
    assert_int_equal(end.signal, SIGTERM);
    end = kill_script(executor, plain, "trap '' TERM; echo ready; sleep 1000",
                      HONE_KILL_NOW, NULL);
    assert_int_equal(end.reason, HONE_REASON_SIGNAL);
    assert_int_equal(end.signal, SIGKILL);
    /* Ignores SIGTERM: killed after the grace. */
    end = kill_script(executor, (hone_launch){.grace_s = 0.05},
                      "trap '' TERM; echo ready; sleep 1000", HONE_KILL_TERM, NULL);
    assert_int_equal(end.signal, SIGKILL);
    assert_true(end.duration_s >= 0.05);
    /* A stopped process takes its SIGTERM. */
    end = kill_script(executor, plain, "echo ready; kill -STOP $$", HONE_KILL_TERM, NULL);
    assert_int_equal(end.signal, SIGTERM);
}

static void test_kill(void **state)
{
    (void)state;
    for_each_executor(check_kill);
}

/* The shell dies of its SIGTERM at once; the grace is the trainer's, which saves its
 * state, also where it has a session of its own. */
static void check_grace(const hone_executor *executor)
{
    static const char *const scripts[] = {
        "sh -c 'trap \"sleep 0.1; echo saved; exit 0\" TERM; echo ready;"
        " while :; do sleep 0.01; done'; echo never",
        "setsid sh -c 'trap \"sleep 0.1; echo saved; exit 0\" TERM; echo ready;"
        " while :; do sleep 0.01; done' & wait; echo never",
    };
    for (size_t i = 0; i < 2; i++) {
        char *out;
        hone_exit end = kill_script(executor, (hone_launch){.grace_s = 20}, scripts[i],
                                    HONE_KILL_TERM, &out);
        assert_int_equal(end.signal, SIGTERM);
        assert_string_equal(out, "ready\nsaved\n");
        free(out);
    }
}

static void test_grace(void **state)
{
    (void)state;
    for_each_executor(check_grace);
}

/* A second word during the grace, NOW, does not wait for its end. */
static void check_escalation(const hone_executor *executor)
{
    struct rig rig;
    rig_open(&rig, executor, 1);
    rig_shell(&rig, (hone_launch){.trial = 1, .grace_s = 1000},
              "trap 'echo asked' TERM; echo ready; while :; do sleep 0.01; done");
    wait_ready(&rig, 0);
    executor->kill(rig.self, 1, HONE_KILL_TERM);
    executor->kill(rig.self, 1, HONE_KILL_NOW);
    const hone_exit *end = rig_wait_ended(&rig, 1);
    assert_int_equal(end->reason, HONE_REASON_SIGNAL);
    assert_int_equal(end->signal, SIGKILL);
    rig_close(&rig);
    rig_remove(&rig);
}

static void test_escalation(void **state)
{
    (void)state;
    for_each_executor(check_escalation);
}

static void check_timeout(const hone_executor *executor)
{
    hone_exit end = run_script(executor, (hone_launch){.timeout_s = 0.05, .grace_s = 20},
                               "sleep 1000", NULL, NULL);
    assert_int_equal(end.reason, HONE_REASON_TIMEOUT);
    assert_int_equal(end.signal, SIGTERM);
    assert_true(end.duration_s >= 0.05);
    end = run_script(executor, (hone_launch){.timeout_s = 0.05, .grace_s = 0.05},
                     "trap '' TERM; sleep 1000", NULL, NULL);
    assert_int_equal(end.reason, HONE_REASON_TIMEOUT);
    assert_int_equal(end.signal, SIGKILL);
    end = run_script(executor, (hone_launch){.timeout_s = 1e300}, "exit 5", NULL, NULL);
    assert_int_equal(end.reason, HONE_REASON_EXIT);
}

static void test_timeout(void **state)
{
    (void)state;
    for_each_executor(check_timeout);
}

#define UNTIL_KNOWN "; until [ -s pid ]; do sleep 0.01; done; cat pid"

/* Whatever detaches itself, the attempt's end is its end. Each script prints the process
 * that must not survive. */
static void check_escapes(const hone_executor *executor)
{
    static const char *const scripts[] = {
        "sleep 1000 & echo $!",
        "setsid sleep 1000 & echo $!",
        "(setsid sh -c 'trap \"\" TERM HUP; sleep 1000 & echo $$ > pid; wait' "
        "&)" UNTIL_KNOWN,
        "nohup sh -c 'sleep 1000 & echo $! > pid; wait' 2>/dev/null & :" UNTIL_KNOWN,
        "sh -c '(setsid sh -c \"(setsid sleep 1000 & echo \\$! > pid)\" &)'" UNTIL_KNOWN,
        "env -i sh -c '(sleep 1000 >&- 2>&- & echo $! > pid) &'" UNTIL_KNOWN,
    };
    for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++) {
        char *out;
        hone_exit end =
            run_script(executor, (hone_launch){.trial = 1}, scripts[i], &out, NULL);
        assert_int_equal(end.reason, HONE_REASON_NONE);
        long pid = atol(out);
        assert_true(pid > 1);
        assert_false(rig_is_alive(pid));
        assert_true(end.duration_s < 10);
        free(out);
    }
}

static void test_escapes(void **state)
{
    (void)state;
    for_each_executor(check_escapes);
}

static void check_resources(const hone_executor *executor)
{
    /* The work is done by a grandchild that its own parent does not wait for. */
    hone_exit end = run_script(executor, (hone_launch){.workdir = "/"},
                               "sh -c 'i=0; while [ $i -lt 30000 ]; do i=$((i+1)); done; "
                               "echo done > /dev/null' ; exit 0",
                               NULL, NULL);
    assert_true(end.cpu_time_s > 0.001 && end.cpu_time_s < 30);
    assert_true(end.max_rss > 100 * 1024 && end.max_rss < (int64_t)1 << 33);
    assert_true(end.duration_s < 30);
}

static void test_resources(void **state)
{
    (void)state;
    for_each_executor(check_resources);
}

/* Standard descriptors that one attempt makes non-blocking are not so for the next. */
static void check_shared_flags(const hone_executor *executor)
{
    struct rig rig;
    rig_open(&rig, executor, 1);
    rig_launch(&rig, (hone_launch){.trial = 1},
               (const char *[]){"/proc/self/exe", "nonblocking", NULL});
    rig_wait_ended(&rig, 1);
    rig_shell(&rig, (hone_launch){.trial = 2}, "grep flags /proc/self/fdinfo/1");
    const hone_exit *end = rig_wait_ended(&rig, 2);
    char *out = rig_output(&rig, end, "stdout");
    const char *flags = strpbrk(out, "0123456789");
    assert_non_null(flags);
    assert_int_equal(strtol(flags, NULL, 8) & O_NONBLOCK, 0);
    free(out);
    rig_close(&rig);
    rig_remove(&rig);
}

static void test_shared_flags(void **state)
{
    (void)state;
    for_each_executor(check_shared_flags);
}

static void test_registry(void **state)
{
    (void)state;
    const hone_executor *executor;
    for (uint32_t i = 0; (executor = hone_executor_at(i)) != NULL; i++) {
        assert_ptr_equal(hone_executor_find(executor->name), executor);
        assert_true(executor->summary != NULL && executor->open != NULL &&
                    executor->start != NULL && executor->kill != NULL &&
                    executor->file != NULL && executor->folder != NULL &&
                    executor->close != NULL);
    }
    assert_non_null(hone_executor_find("local"));
    assert_null(hone_executor_find("no such executor"));
}

static int make_nonblocking(void)
{
    return fcntl(1, F_SETFL, O_NONBLOCK) == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "__keeper") == 0)
        return hone_keeper_main(argc, argv);
    if (argc > 1 && strcmp(argv[1], "nonblocking") == 0)
        return make_nonblocking();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_registry),      cmocka_unit_test(test_ways_to_end),
        cmocka_unit_test(test_not_found),     cmocka_unit_test(test_output_ranges),
        cmocka_unit_test(test_much_output),   cmocka_unit_test(test_world),
        cmocka_unit_test(test_path_of_child), cmocka_unit_test(test_big_args),
        cmocka_unit_test(test_folders),       cmocka_unit_test(test_metrics_file),
        cmocka_unit_test(test_many),          cmocka_unit_test(test_kill),
        cmocka_unit_test(test_started),       cmocka_unit_test(test_clean_start),
        cmocka_unit_test(test_grace),         cmocka_unit_test(test_escalation),
        cmocka_unit_test(test_timeout),       cmocka_unit_test(test_escapes),
        cmocka_unit_test(test_resources),     cmocka_unit_test(test_shared_flags),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
