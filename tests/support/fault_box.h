/* A small sweep in a folder of its own, run by the real program: for tests that end hone
 * by force. fault_record.h holds what came of it against what must have come.
 *
 *   box_enter  (box_make  box_hone*  box_settle  box_verify  box_remove)*
 *
 * The process becomes the subreaper of all it starts, so that box_settle can wait for
 * keepers and trials that nobody else waits for any more: whatever is left when the time
 * is up is a leak. Checks return false and leave the reason in box->why; the box of a
 * failed case is kept. */
#ifndef HONE_TESTS_FAULT_BOX_H
#define HONE_TESTS_FAULT_BOX_H

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { BOX_TRIALS = 6, BOX_PATIENCE_MS = 60000, BOX_OUTPUT = 64 * 1024 };

/* The exit status of a program that a sanitizer has ended. */
enum { BOX_SANITIZER = 99 };

struct box {
    char dir[256];
    int n_trials;
    bool reruns;          /* whether an attempt may have been lost, and run again */
    char out[BOX_OUTPUT]; /* what the last hone said, both streams */
    char why[1024];
};

static inline bool box_fail(struct box *box, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static inline bool box_fail(struct box *box, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    vsnprintf(box->why, sizeof box->why, format, list);
    va_end(list);
    return false;
}

/* ---- the folder ---- */

static inline void box_write(const struct box *box, const char *name, const char *text)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", box->dir, name);
    FILE *file = fopen(path, "we");
    if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0) {
        perror(path);
        exit(EXIT_FAILURE);
    }
}

/* Each trial notes its start, and prints eight numbers in four ways. Two of six run long
 * enough for what they have printed to be read while they run. */
static inline void box_make(struct box *box, int n_trials)
{
    static const char script[] =
        "echo \"$HONE_TRIAL $HONE_ATTEMPT $1\" >>starts\n"
        "echo \"loss: $1.1\"\n"
        "echo \"{\\\"acc\\\": $1.5}\" >>\"$HONE_METRICS_FILE\"\n"
        "echo \"z_aux=$1.6\" >\"$HONE_TRIAL_DIR/aux.log\"\n"
        "echo \"err=$1.4\" >&2\n"
        "case ${BOX_LONG:+all}$1 in 2 | 5 | all*) sleep ${BOX_LONG:-0.15} ;; esac\n"
        "echo \"loss: $1.2\"\n"
        "echo \"z_aux=$1.7\" >>\"$HONE_TRIAL_DIR/aux.log\"\n"
        "echo \"loss: $1.3\"\n"
        "echo \"final: $1\"\n";
    char spec[1024];
    const char *tmp = getenv("TMPDIR");
    *box = (struct box){.n_trials = n_trials};
    snprintf(box->dir, sizeof box->dir, "%s/hone-box-XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm"
             : tmp != NULL                 ? tmp
                                           : "/tmp");
    if (mkdtemp(box->dir) == NULL) {
        perror(box->dir);
        exit(EXIT_FAILURE);
    }
    snprintf(spec, sizeof spec,
             "name: box\n"
             "method: grid\n"
             "metric: {name: final, goal: minimize}\n"
             "parameters: {x: {min: 1, max: %d, distribution: int_uniform}}\n"
             "command: 'sh trial.sh ${x}'\n"
             "metrics:\n"
             "  loss: 'loss: (?<value>.*)'\n"
             "  final: 'final: (?<value>.*)'\n"
             "  z_aux: {pattern: 'z_aux=(?<value>.*)', from: aux.log}\n"
             "  err: {pattern: 'err=(?<value>.*)', from: stderr}\n",
             n_trials);
    box_write(box, "sweep.yaml", spec);
    box_write(box, "trial.sh", script);
}

static inline int box_remove_entry(const char *path, const struct stat *status, int flag,
                                   struct FTW *ftw)
{
    (void)status;
    (void)flag;
    (void)ftw;
    return remove(path);
}

static inline void box_remove(const struct box *box)
{
    (void)nftw(box->dir, box_remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

/* ---- processes ---- */

/* Once a process, before the first box. */
static inline void box_enter(void)
{
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    setenv("ASAN_OPTIONS", "verify_asan_link_order=0:exitcode=99", 1);
    setenv("LSAN_OPTIONS", "exitcode=99", 1);
    setenv("UBSAN_OPTIONS", "exitcode=99:halt_on_error=1", 1);
}

static inline pid_t box_spawn(const struct box *box, const char *const *env,
                              const char *const *args)
{
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    int out = -1;
    if (chdir(box->dir) == 0)
        out = open("out", O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0666);
    if (out < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
        _exit(127);
    for (; env != NULL && *env != NULL; env += 2)
        setenv(env[0], env[1], 1);
    execv(HONE_PROGRAM, (char *const *)(uintptr_t)args);
    _exit(127);
}

static inline void box_read_output(struct box *box)
{
    char path[512];
    snprintf(path, sizeof path, "%s/out", box->dir);
    FILE *file = fopen(path, "re");
    size_t n = file != NULL ? fread(box->out, 1, sizeof box->out - 1, file) : 0;
    box->out[n] = '\0';
    if (file != NULL)
        fclose(file);
}

/* Whether `pid` has not ended within `ms`. */
static inline bool box_still_runs(pid_t pid, unsigned ms)
{
    struct pollfd ended = {.fd = (int)syscall(SYS_pidfd_open, pid, 0), .events = POLLIN};
    int n = poll(&ended, 1, (int)ms);
    close(ended.fd);
    return n == 0;
}

/* Waits for `pid`, but not for ever: a hone that hangs is aborted, and the check fails.
 */
static inline bool box_wait(struct box *box, pid_t pid, int *status)
{
    bool hangs = box_still_runs(pid, BOX_PATIENCE_MS);
    if (hangs)
        kill(pid, SIGABRT);
    (void)waitpid(pid, status, 0);
    box_read_output(box);
    return !hangs || box_fail(box, "hone hangs: %.900s", box->out);
}

/* Runs hone: `env` is pairs of names and values (or NULL), then its arguments. Fills
 * *status as waitpid has it. */
static inline bool box_hone(struct box *box, const char *const *env, int *status, ...)
{
    const char *args[16] = {"hone"};
    va_list list;
    va_start(list, status);
    for (int i = 1; i < 15 && (args[i] = va_arg(list, const char *)) != NULL;)
        i++;
    va_end(list);
    return box_wait(box, box_spawn(box, env, args), status);
}

/* What a hone that nobody killed must never do. */
static inline bool box_ended_well(struct box *box, int status)
{
    if (WIFSIGNALED(status))
        return box_fail(box, "hone died of signal %d: %.600s", WTERMSIG(status),
                        box->out);
    if (WEXITSTATUS(status) == BOX_SANITIZER || WEXITSTATUS(status) == 127)
        return box_fail(box, "exit status %d: %.900s", WEXITSTATUS(status), box->out);
    return true;
}

static inline void box_take_alarm(int number)
{
    (void)number;
}

/* The children that this process has: number, state and name of each. */
static inline const char *box_list_left(char *text, size_t size)
{
    char path[80], stat[256];
    int pid, n;
    size_t at = 0;
    text[0] = '\0';
    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    FILE *children = fopen(path, "re");
    while (children != NULL && fscanf(children, "%d", &pid) == 1) {
        snprintf(path, sizeof path, "/proc/%d/stat", pid);
        FILE *file = fopen(path, "re");
        n = file != NULL ? (int)fread(stat, 1, sizeof stat - 1, file) : 0;
        stat[n] = '\0';
        if (file != NULL)
            fclose(file);
        n = snprintf(text + at, size - at, "%.40s; ", stat);
        at += (size_t)n < size - at ? (size_t)n : size - at - 1;
    }
    if (children != NULL)
        fclose(children);
    return text;
}

/* So many seconds of a machine that is not overloaded: with more than four processes
 * waiting for each processor, as many more. */
static inline unsigned box_seconds(unsigned seconds)
{
    double minute = 0;
    unsigned now = 0, per_cpu = 4 * (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
    FILE *file = fopen("/proc/loadavg", "re");
    if (file != NULL && fscanf(file, "%lf %*f %*f %u/", &minute, &now) != 2)
        now = 0;
    if (file != NULL)
        fclose(file);
    unsigned load = minute > now ? (unsigned)minute : now;
    return load > per_cpu ? seconds * load / per_cpu + 1 : seconds;
}

/* Waits for everything that was started in the box, at most so long. */
static inline bool box_settle_within(struct box *box, unsigned seconds)
{
    struct sigaction action = {.sa_handler = box_take_alarm}, before;
    sigaction(SIGALRM, &action, &before);
    alarm(box_seconds(seconds));
    while (waitpid(-1, NULL, 0) > 0)
        continue;
    int error = errno;
    alarm(0);
    sigaction(SIGALRM, &before, NULL);
    char left[400];
    return error == ECHILD ||
           box_fail(box, "processes are left: %s", box_list_left(left, sizeof left));
}

static inline bool box_settle(struct box *box)
{
    return box_settle_within(box, 20);
}

/* Goes on after an interruption, once: by resume, or where nothing had been recorded yet
 * by run. It must come to the end. */
static inline bool box_go_on(struct box *box)
{
    int status;
    if (!box_hone(box, NULL, &status, "resume", "-j2", NULL) ||
        !box_ended_well(box, status))
        return false;
    bool nothing = strstr(box->out, "there is no store") != NULL ||
                   strstr(box->out, "holds no sweep yet") != NULL;
    if (WEXITSTATUS(status) != 0 && nothing &&
        (!box_hone(box, NULL, &status, "run", "sweep.yaml", "-j2", NULL) ||
         !box_ended_well(box, status)))
        return false;
    return WEXITSTATUS(status) == 0 ||
           box_fail(box, "going on ended with %d: %.800s", WEXITSTATUS(status), box->out);
}

/* ---- many cases ---- */

/* A fixed sequence for each seed: what is random is where the processes are by then. */
static inline unsigned box_draw(unsigned *seed, unsigned n)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (*seed >> 8) % n;
}

/* Says what went wrong with a case, and where its box is. */
static inline bool box_end_case(const struct box *box, bool good, const char *title)
{
    if (good) {
        box_remove(box);
        return true;
    }
    fprintf(stderr, "FAILED %s: %s\n    (see %s)\n", title, box->why, box->dir);
    return false;
}

/* Runs cases 0..n-1, two at a time, each pair of hands a process of its own. Returns how
 * many hands have met a failure; they go on all the same. */
static inline int box_run_cases(unsigned n, bool (*run)(unsigned index))
{
    enum { HANDS = 2 };
    int failed = 0;
    pid_t pids[HANDS];
    for (unsigned hand = 0; hand < HANDS; hand++) {
        pids[hand] = fork();
        if (pids[hand] != 0)
            continue;
        bool good = true;
        box_enter();
        for (unsigned i = hand; i < n; i += HANDS)
            good &= run(i);
        _exit(good ? EXIT_SUCCESS : EXIT_FAILURE);
    }
    for (unsigned hand = 0; hand < HANDS; hand++) {
        int status;
        failed += waitpid(pids[hand], &status, 0) < 0 || status != 0;
    }
    return failed;
}

static inline int box_run_all(const char *title, unsigned n, bool (*run)(unsigned index))
{
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    int failed = box_run_cases(n, run);
    clock_gettime(CLOCK_MONOTONIC, &to);
    printf("%s: %u cases, %s, %ld s\n", title, n, failed == 0 ? "all well" : "FAILED",
           (long)(to.tv_sec - from.tv_sec));
    fflush(stdout);
    return failed;
}

/* Everything, however long it takes, instead of what can be done each time. */
static inline bool box_soaking(void)
{
    return getenv("HONE_SOAK") != NULL;
}

/* The calls of a class that the last run counted (HONE_KILL_COUNT=count), 0: none. */
static inline unsigned box_read_count(const struct box *box, const char *class)
{
    char path[512], name[32];
    unsigned n, found = 0;
    snprintf(path, sizeof path, "%s/count", box->dir);
    FILE *file = fopen(path, "re");
    while (file != NULL && fscanf(file, "%31s %u", name, &n) == 2)
        if (strcmp(name, class) == 0)
            found = n;
    if (file != NULL)
        fclose(file);
    return found;
}

#endif
