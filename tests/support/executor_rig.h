/* A loop, an executor and a note of everything it tells: for tests of executors.
 *
 *   rig_open  (rig_launch | rig_wait_started | rig_wait_ended)*  rig_close  rig_remove
 *
 * Waiting is running the loop; an alarm ends a test that would wait for ever. */
#ifndef HONE_TESTS_EXECUTOR_RIG_H
#define HONE_TESTS_EXECUTOR_RIG_H

#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include <cmocka.h>

#include <hone/executor.h>

enum { RIG_MAX = 300, RIG_TIMEOUT_S = 50 };

struct rig {
    uv_loop_t loop;
    const hone_executor *executor;
    void *self;
    char dir[512];
    size_t n_started, n_ended, n_broken, n_closed;
    int64_t pids[RIG_MAX]; /* by trial */
    hone_exit exits[RIG_MAX];
    void (*on_ended)(struct rig *rig, const hone_exit *end);
    hone_on_exit on_exit;
    uint64_t next_trial; /* for the test's own counting */
};

static inline void rig_note_started(void *arg, uint64_t trial, uint32_t attempt,
                                    int64_t pid, hone_time at)
{
    struct rig *rig = arg;
    (void)attempt;
    assert_true(trial < RIG_MAX && pid > 1 && at > 0);
    rig->pids[trial] = pid;
    rig->n_started++;
}

static inline void rig_note_ended(void *arg, const hone_exit *end)
{
    struct rig *rig = arg;
    assert_true(rig->n_ended < RIG_MAX);
    rig->exits[rig->n_ended++] = *end;
    if (rig->on_ended != NULL)
        rig->on_ended(rig, end);
}

static inline void rig_note_broken(void *arg, uint32_t slot, const hone_error *why)
{
    struct rig *rig = arg;
    (void)slot;
    assert_int_not_equal(why->text[0], '\0');
    rig->n_broken++;
}

static inline void rig_note_closed(void *arg)
{
    ((struct rig *)arg)->n_closed++;
}

/* On the folder rig->dir as it is. */
static inline void rig_reopen(struct rig *rig, const hone_executor *executor,
                              uint32_t n_slots)
{
    hone_executor_options options = {
        .dir = rig->dir, .n_slots = n_slots, .on_exit = rig->on_exit};
    hone_executor_events events = {.started = rig_note_started,
                                   .ended = rig_note_ended,
                                   .broken = rig_note_broken,
                                   .arg = rig};
    hone_error err;
    rig->executor = executor;
    rig->n_started = rig->n_ended = rig->n_closed = 0;
    assert_int_equal(uv_loop_init(&rig->loop), 0);
    assert_int_equal(executor->open(&rig->self, &rig->loop, &options, &events, &err), 0);
    alarm(RIG_TIMEOUT_S);
}

static inline void rig_open(struct rig *rig, const hone_executor *executor,
                            uint32_t n_slots)
{
    char name[] = "/tmp/hone-rig.XXXXXX";
    memset(rig, 0, sizeof *rig);
    assert_non_null(mkdtemp(name));
    assert_non_null(realpath(name, rig->dir));
    rig_reopen(rig, executor, n_slots);
}

static inline void rig_close(struct rig *rig)
{
    rig->executor->close(rig->self, rig_note_closed, rig);
    uv_run(&rig->loop, UV_RUN_DEFAULT);
    assert_int_equal(rig->n_closed, 1);
    assert_int_equal(uv_loop_close(&rig->loop), 0);
    alarm(0);
}

static inline int rig_remove_one(const char *path, const struct stat *status, int kind,
                                 struct FTW *walk)
{
    (void)status, (void)kind, (void)walk;
    return remove(path);
}

static inline void rig_remove(struct rig *rig)
{
    nftw(rig->dir, rig_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static inline void rig_wait_started(struct rig *rig, size_t n)
{
    while (rig->n_started < n)
        uv_run(&rig->loop, UV_RUN_ONCE);
}

static inline const hone_exit *rig_wait_ended(struct rig *rig, size_t n)
{
    while (rig->n_ended < n)
        uv_run(&rig->loop, UV_RUN_ONCE);
    return &rig->exits[n - 1];
}

/* Strings, each with its NUL; the block is the caller's to free. */
static inline char *rig_block(const char *const *strings, uint32_t *n)
{
    size_t len = 0;
    *n = 0;
    for (; strings[*n] != NULL; (*n)++)
        len += strlen(strings[*n]) + 1;
    char *block = calloc(1, len + 1), *at = block;
    assert_non_null(block);
    for (uint32_t i = 0; i < *n; i++) {
        size_t size = strlen(strings[i]) + 1;
        memcpy(at, strings[i], size);
        at += size;
    }
    return block;
}

/* What `launch` leaves out gets a default: the trial's folder, a grace of 10 s. */
static inline int rig_start(struct rig *rig, hone_launch launch, const char *const *args,
                            const char *const *env, hone_error *err)
{
    static const char *const nothing[] = {NULL};
    char trial_dir[600];
    snprintf(trial_dir, sizeof trial_dir, "%s/trials/%" PRIu64, rig->dir, launch.trial);
    char *arg_block = rig_block(args, &launch.n_args);
    char *env_block = rig_block(env != NULL ? env : nothing, &launch.n_env);
    launch.args = arg_block;
    launch.env = env_block;
    launch.trial_dir = trial_dir;
    launch.attempt = launch.attempt == 0 ? 1 : launch.attempt;
    launch.params_json = launch.params_json == NULL ? "{}" : launch.params_json;
    launch.grace_s = launch.grace_s == 0 ? 10 : launch.grace_s;
    int code = rig->executor->start(rig->self, &launch, err);
    free(arg_block);
    free(env_block);
    return code;
}

static inline void rig_launch(struct rig *rig, hone_launch launch,
                              const char *const *args)
{
    hone_error err;
    assert_int_equal(rig_start(rig, launch, args, NULL, &err), 0);
}

/* /bin/sh -c SCRIPT */
static inline void rig_shell(struct rig *rig, hone_launch launch, const char *script)
{
    rig_launch(rig, launch, (const char *[]){"/bin/sh", "-c", script, NULL});
}

/* Bytes from..to of a file, NUL-terminated; the caller's to free. */
static inline char *rig_read(const char *path, uint64_t from, uint64_t to)
{
    assert_true(to >= from);
    char *text = calloc(1, to - from + 1);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(text != NULL && fd >= 0);
    assert_int_equal(pread(fd, text, to - from, (off_t)from), (ssize_t)(to - from));
    close(fd);
    return text;
}

/* What an attempt printed, read where its exit says. */
static inline char *rig_output(struct rig *rig, const hone_exit *end, const char *name)
{
    char path[700];
    bool out = strcmp(name, "stdout") == 0;
    if (out ? end->own_stdout : end->own_stderr)
        snprintf(path, sizeof path, "%s/trials/%" PRIu64 "/%s.%" PRIu32, rig->dir,
                 end->trial, name, end->attempt);
    else
        snprintf(path, sizeof path, "%s/slots/%" PRIu32 "/%s", rig->dir, end->slot, name);
    return rig_read(path, out ? end->stdout_start : end->stderr_start,
                    out ? end->stdout_end : end->stderr_end);
}

static inline void rig_assert_output(struct rig *rig, const hone_exit *end,
                                     const char *name, const char *expected)
{
    char *text = rig_output(rig, end, name);
    assert_string_equal(text, expected);
    free(text);
}

/* Whether a process is there and has not ended. */
static inline bool rig_is_alive(int64_t pid)
{
    char path[64], state = 'Z';
    snprintf(path, sizeof path, "/proc/%" PRId64 "/stat", pid);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return false;
    int n = fscanf(file, "%*d (%*[^)]) %c", &state);
    fclose(file);
    return n == 1 && state != 'Z' && state != 'X';
}

static inline bool rig_exists(const char *format, ...)
    __attribute__((format(printf, 1, 2)));
static inline bool rig_exists(const char *format, ...)
{
    char path[1024];
    struct stat status;
    va_list args;
    va_start(args, format);
    vsnprintf(path, sizeof path, format, args);
    va_end(args);
    return lstat(path, &status) == 0;
}

#endif
