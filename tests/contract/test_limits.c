/* What an attempt may use, and what becomes of it when its hone is gone. The test is its
 * own keeper program, and the program that eats memory. */
#include "executor_rig.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "executors/affinity.h"
#include "executors/group.h"
#include "executors/slot.h"

enum { MIB = 1024 * 1024 };

static const hone_executor *local(void)
{
    return hone_executor_find("local");
}

static hone_exit run_args(hone_launch launch, const char *const *args, char **out)
{
    struct rig rig;
    rig_open(&rig, local(), 1);
    launch.trial = 1;
    launch.workdir = "/";
    rig_launch(&rig, launch, args);
    hone_exit end = *rig_wait_ended(&rig, 1);
    if (out != NULL)
        *out = rig_output(&rig, &end, "stdout");
    rig_close(&rig);
    rig_remove(&rig);
    return end;
}

/* ---- memory ---- */

static void assert_too_large(const hone_exit *end, int64_t limit)
{
    assert_int_equal(end->reason, HONE_REASON_OUT_OF_MEMORY);
    assert_int_equal(end->signal, SIGKILL);
    assert_int_equal(end->exit_code, -1);
    assert_true(end->memory >= limit);
    assert_true(end->duration_s < 20);
}

static void test_one_process_above(void **state)
{
    (void)state;
    hone_exit end =
        run_args((hone_launch){.memory_max = 64 * MIB},
                 (const char *[]){"/proc/self/exe", "eat", "200", NULL}, NULL);
    assert_too_large(&end, 64 * MIB);
}

/* None of them has too much; together they have. */
static void test_tree_above(void **state)
{
    (void)state;
    static const char script[] = "exe=$(readlink /proc/$PPID/exe); for i in 1 2 3 4; do "
                                 "\"$exe\" eat 60 & done; wait";
    hone_exit end = run_args((hone_launch){.memory_max = 160 * MIB},
                             (const char *[]){"/bin/sh", "-c", script, NULL}, NULL);
    assert_too_large(&end, 160 * MIB);
    assert_true(end.max_rss < 160 * MIB);
}

static void test_below_limit(void **state)
{
    (void)state;
    hone_exit end =
        run_args((hone_launch){.memory_max = 512 * MIB},
                 (const char *[]){"/proc/self/exe", "eat-and-go", "50", NULL}, NULL);
    assert_int_equal(end.reason, HONE_REASON_NONE);
    assert_int_equal(end.memory, 0);
}

/* Four processes that see the same 100 MiB have 100 MiB. */
static void test_shared_counts_once(void **state)
{
    (void)state;
    hone_exit end =
        run_args((hone_launch){.memory_max = 256 * MIB},
                 (const char *[]){"/proc/self/exe", "share", "100", NULL}, NULL);
    assert_int_equal(end.reason, HONE_REASON_NONE);
    assert_int_equal(end.exit_code, 0);
}

/* The slot goes on without the limit of the attempt before. */
static void test_limit_is_per_attempt(void **state)
{
    (void)state;
    struct rig rig;
    rig_open(&rig, local(), 1);
    rig_launch(&rig, (hone_launch){.trial = 1, .memory_max = 32 * MIB},
               (const char *[]){"/proc/self/exe", "eat", "100", NULL});
    assert_int_equal(rig_wait_ended(&rig, 1)->reason, HONE_REASON_OUT_OF_MEMORY);
    rig_launch(&rig, (hone_launch){.trial = 2},
               (const char *[]){"/proc/self/exe", "eat-and-go", "100", NULL});
    assert_int_equal(rig_wait_ended(&rig, 2)->reason, HONE_REASON_NONE);
    rig_close(&rig);
    rig_remove(&rig);
}

/* The journal keeps the number for an orchestrator that comes later. */
static void note_end(void *arg, const hone_exit *end)
{
    *(hone_exit *)arg = *end;
}

static void note_running(void *arg, const hone_leftover *leftover)
{
    (void)arg, (void)leftover;
    fail();
}

static void test_memory_in_journal(void **state)
{
    (void)state;
    struct rig rig;
    hone_exit end = {.memory = -1};
    hone_error err;
    rig_open(&rig, local(), 1);
    rig_launch(&rig, (hone_launch){.trial = 1, .memory_max = 32 * MIB},
               (const char *[]){"/proc/self/exe", "eat", "100", NULL});
    hone_exit told = *rig_wait_ended(&rig, 1);
    rig_close(&rig);
    assert_int_equal(hone_executor_leftovers(rig.dir, note_end, note_running, &end, &err),
                     0);
    assert_int_equal(end.reason, HONE_REASON_OUT_OF_MEMORY);
    assert_true(end.memory == told.memory && end.memory > 32 * MIB);
    rig_remove(&rig);
}

/* ---- control groups, on files that look like them ---- */

static void put_file(const char *dir, const char *name, const char *text)
{
    char path[900];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void assert_file(const char *dir, const char *name, const char *expected)
{
    char path[900];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    char *text = rig_read(path, 0, strlen(expected));
    assert_string_equal(text, expected);
    free(text);
}

/* A hierarchy with our group at /user/ours, and the group that will be made. */
static void make_hierarchy(struct rig *rig, const char *controllers, char *made)
{
    char user[600], ours[600];
    snprintf(user, sizeof user, "%s/user", rig->dir);
    snprintf(ours, sizeof ours, "%s/user/ours", rig->dir);
    snprintf(made, 600, "%s/user/hone-%d-0", rig->dir, (int)getpid());
    assert_int_equal(mkdir(user, 0777) | mkdir(ours, 0777) | mkdir(made, 0777), 0);
    put_file(user, "cgroup.subtree_control", controllers);
    put_file(ours, "cgroup.subtree_control", "\n");
    put_file(ours, "cgroup.procs", "");
    static const char *const names[] = {"cgroup.procs", "cgroup.kill", "memory.max",
                                        "memory.oom.group"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        put_file(made, names[i], "");
}

static void test_group(void **state)
{
    (void)state;
    struct rig rig;
    char made[600], ours[600];
    hone_group group = {.state = HONE_GROUP_UNKNOWN};
    rig_open(&rig, local(), 1);
    rig_close(&rig);
    make_hierarchy(&rig, "cpu memory pids\n", made);
    snprintf(ours, sizeof ours, "%s/user/ours", rig.dir);
    hone_group_probe_at(&group, rig.dir, "/user/ours");
    assert_int_equal(group.state, HONE_GROUP_POSSIBLE);
    assert_file(made, "memory.max", "1099511627776");
    assert_file(made, "cgroup.procs", "0"); /* it went in, */
    assert_file(ours, "cgroup.procs", "0"); /* and back */
    group.n_made = 0;                       /* files that are there already */
    assert_true(hone_group_make(&group, 64 * MIB));
    assert_string_equal(group.path, made);
    assert_file(made, "memory.max", "67108864");
    assert_file(made, "memory.oom.group", "1");
    assert_true(hone_group_enter(&group) && hone_group_leave(&group));
    assert_int_equal(hone_group_oom_kills(&group), 0);
    put_file(made, "memory.events", "low 0\nhigh 0\nmax 3\noom 2\noom_kill 2\n");
    put_file(made, "memory.peak", "67108000\n");
    assert_int_equal(hone_group_oom_kills(&group), 2);
    assert_int_equal(hone_group_peak(&group), 67108000);
    hone_group_kill(&group);
    assert_file(made, "cgroup.kill", "1");
    hone_group_remove(&group);
    assert_int_equal(group.state, HONE_GROUP_POSSIBLE);
    rig_remove(&rig);
}

static void test_no_group(void **state)
{
    (void)state;
    struct rig rig;
    char made[600];
    hone_group group = {.state = HONE_GROUP_UNKNOWN};
    rig_open(&rig, local(), 1);
    rig_close(&rig);
    make_hierarchy(&rig, "cpu pids\n", made); /* memory is not shared out */
    hone_group_probe_at(&group, rig.dir, "/user/ours");
    assert_int_equal(group.state, HONE_GROUP_NOWHERE);
    assert_file(made, "memory.max", "");
    assert_int_equal(hone_group_oom_kills(&group), 0);
    hone_group_kill(&group);
    hone_group_remove(&group);
    assert_int_equal(group.state, HONE_GROUP_NOWHERE);
    rig_remove(&rig);
}

/* ---- processors ---- */

static void test_processors(void **state)
{
    (void)state;
    hone_processors set;
    assert_true(hone_processors_parse("0-2,7,65535", &set));
    assert_int_equal(CPU_COUNT_S(sizeof set.sets, set.sets), 5);
    assert_true(CPU_ISSET_S((size_t)65535, sizeof set.sets, set.sets));
    static const char *const bad[] = {"",    ",",  "1,", "1-",  "-1",    "3-1",
                                      "1 2", "x1", "1x", "1;2", "65536", "0--2"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(hone_processors_parse(bad[i], &set));
}

static size_t first_processor(void)
{
    cpu_set_t mine;
    assert_int_equal(sched_getaffinity(0, sizeof mine, &mine), 0);
    size_t first = 0;
    while (!CPU_ISSET(first, &mine))
        first++;
    return first;
}

static void test_affinity(void **state)
{
    (void)state;
    struct rig rig;
    char cpus[16], expected[64], *out;
    static const char script[] = "grep Cpus_allowed_list /proc/self/status";
    rig_open(&rig, local(), 1);
    snprintf(cpus, sizeof cpus, "%zu", first_processor());
    rig_shell(&rig, (hone_launch){.trial = 1, .cpus = cpus}, script);
    const hone_exit *end = rig_wait_ended(&rig, 1);
    snprintf(expected, sizeof expected, "Cpus_allowed_list:\t%s\n", cpus);
    rig_assert_output(&rig, end, "stdout", expected);
    /* The next one has all of them again. */
    rig_shell(&rig, (hone_launch){.trial = 2}, script);
    out = rig_output(&rig, rig_wait_ended(&rig, 2), "stdout");
    char line[4096] = "";
    FILE *status = fopen("/proc/self/status", "re");
    assert_non_null(status);
    while (strncmp(line, "Cpus_allowed_list", 17) != 0)
        assert_non_null(fgets(line, sizeof line, status));
    fclose(status);
    assert_string_equal(out, line);
    free(out);
    /* Processors that are not there do not keep it from running. */
    rig_shell(&rig, (hone_launch){.trial = 3, .cpus = "60000-60001"}, "exit 0");
    assert_int_equal(rig_wait_ended(&rig, 3)->reason, HONE_REASON_NONE);
    rig_close(&rig);
    rig_remove(&rig);
}

/* ---- without hone ---- */

/* The keeper of slot 0, as its lock file says; 0 where it is free. */
static pid_t find_keeper(const struct rig *rig)
{
    hone_slot_owner owner = {0, 0};
    return hone_slot_probe(rig->dir, 0, &owner) == HONE_SLOT_HELD ? owner.pid : 0;
}

struct found {
    size_t n_ended, n_running;
    hone_exit end;
    hone_leftover running;
};

static void found_end(void *arg, const hone_exit *end)
{
    struct found *found = arg;
    found->n_ended++;
    found->end = *end;
}

static void found_running(void *arg, const hone_leftover *leftover)
{
    struct found *found = arg;
    found->n_running++;
    found->running = *leftover;
}

static struct found find_leftovers(const struct rig *rig)
{
    struct found found = {.n_ended = 0};
    hone_error err;
    assert_int_equal(
        hone_executor_leftovers(rig->dir, found_end, found_running, &found, &err), 0);
    return found;
}

/* An orchestrator that dies when it sees the file `ready`. */
static void run_and_die(const struct rig *rig, hone_launch launch, const char *script)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct rig inner = {.on_exit = rig->on_exit};
        memcpy(inner.dir, rig->dir, sizeof inner.dir);
        rig_reopen(&inner, local(), 1);
        rig_shell(&inner, launch, script);
        while (!rig_exists("%s/ready", inner.dir))
            uv_run(&inner.loop, UV_RUN_NOWAIT);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static struct rig make_dir(hone_on_exit on_exit)
{
    struct rig rig;
    rig_open(&rig, local(), 1);
    rig_close(&rig);
    rig.on_exit = on_exit;
    return rig;
}

static void check_killed(double grace_s, const char *script, int signal)
{
    struct rig rig = make_dir(HONE_ON_EXIT_KILL);
    run_and_die(&rig, (hone_launch){.trial = 5, .grace_s = grace_s}, script);
    while (find_keeper(&rig) != 0)
        continue;
    struct found found = find_leftovers(&rig);
    assert_int_equal(found.n_running, 0);
    assert_int_equal(found.n_ended, 1);
    assert_int_equal(found.end.reason, HONE_REASON_INTERRUPTED);
    assert_int_equal(found.end.signal, signal);
    assert_false(rig_is_alive(found.end.pid));
    rig_remove(&rig);
}

static void test_on_exit_kill(void **state)
{
    (void)state;
    check_killed(30, "echo >../../ready; sleep 1000", SIGTERM);
    check_killed(0.1, "trap '' TERM; echo >../../ready; while :; do sleep 1; done",
                 SIGKILL);
}

static void test_on_exit_keep(void **state)
{
    (void)state;
    struct rig rig = make_dir(HONE_ON_EXIT_KEEP);
    run_and_die(&rig, (hone_launch){.trial = 5, .placement = "gpu=0,GPU-a b cpu=0-1"},
                "echo >../../ready; sleep 1000");
    struct found found = find_leftovers(&rig);
    assert_int_equal(found.n_ended, 0);
    assert_int_equal(found.n_running, 1);
    assert_true(rig_is_alive(found.running.pid));
    assert_string_equal(found.running.placement, "gpu=0,GPU-a b cpu=0-1");
    kill((pid_t)found.running.keeper_pid, SIGQUIT);
    while (find_keeper(&rig) != 0)
        continue;
    rig_remove(&rig);
}

/* An executor that is closed while attempts run leaves them likewise. */
static void test_on_exit_closed(void **state)
{
    (void)state;
    struct rig rig;
    memset(&rig, 0, sizeof rig);
    rig = make_dir(HONE_ON_EXIT_KILL);
    rig_reopen(&rig, local(), 1);
    rig_shell(&rig, (hone_launch){.trial = 1}, "sleep 1000");
    rig_wait_started(&rig, 1);
    rig_close(&rig);
    while (find_keeper(&rig) != 0)
        continue;
    struct found found = find_leftovers(&rig);
    assert_int_equal(found.n_ended, 1);
    assert_int_equal(found.end.reason, HONE_REASON_INTERRUPTED);
    rig_remove(&rig);
}

/* ---- the program that eats memory ---- */

static char *eat(const char *mib, int flags)
{
    size_t size = strtoul(mib, NULL, 10) * MIB;
    char *bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);
    if (bytes == MAP_FAILED)
        exit(1);
    for (size_t i = 0; i < size; i += 4096)
        bytes[i] = 1;
    return bytes;
}

static int share(const char *mib)
{
    eat(mib, MAP_PRIVATE); /* what children of fork have in common */
    for (int i = 0; i < 3; i++)
        if (fork() == 0) {
            usleep(400000);
            _exit(0);
        }
    while (wait(NULL) > 0)
        continue;
    return 0;
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "__keeper") == 0)
        return hone_keeper_main(argc, argv);
    if (argc > 2 && strcmp(argv[1], "share") == 0)
        return share(argv[2]);
    if (argc > 2 && strncmp(argv[1], "eat", 3) == 0) {
        eat(argv[2], MAP_PRIVATE);
        return strcmp(argv[1], "eat") == 0 ? (int)sleep(1000) : 0;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_process_above),
        cmocka_unit_test(test_tree_above),
        cmocka_unit_test(test_below_limit),
        cmocka_unit_test(test_shared_counts_once),
        cmocka_unit_test(test_limit_is_per_attempt),
        cmocka_unit_test(test_memory_in_journal),
        cmocka_unit_test(test_group),
        cmocka_unit_test(test_no_group),
        cmocka_unit_test(test_processors),
        cmocka_unit_test(test_affinity),
        cmocka_unit_test(test_on_exit_kill),
        cmocka_unit_test(test_on_exit_keep),
        cmocka_unit_test(test_on_exit_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
