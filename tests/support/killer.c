/* A library for LD_PRELOAD that ends hone, or fails one of its calls, at a chosen moment.
 *
 * It counts what the orchestrator (the process whose first argument is `run` or `resume`,
 * never a keeper or a trial) asks of the system: the calls through which something of it
 * becomes visible to others. The environment says what is to happen:
 *
 *   HONE_KILL_AT=N            SIGKILL before call N (from 1)
 *   HONE_KILL_AFTER=N         SIGKILL after it
 *   HONE_FAIL=CLASS:N:ERRNO:K calls N to N+K-1 of a class fail: write, sync, cut, create,
 *                             open, rename, unlink, mkdir, spawn, send; ERRNO is a number
 *   HONE_KILL_COUNT=FILE      at exit a line "CLASS CALLS" for each class, and for `all`
 *
 * Of `write` only those to regular files are failed: nothing else has a disk to fill. The
 * library is plain C without sanitizers, and finds the functions behind its own by dlsym,
 * so that a sanitizer's are called where there are any. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum class {
    WRITE,
    SYNC,
    CUT,
    CREATE,
    OPEN, /* without O_CREAT: leaves no trace, so it is failed but never a step */
    RENAME,
    UNLINK,
    MKDIR,
    SPAWN,
    SEND,
    N_CLASSES
};

static const char *const class_names[N_CLASSES] = {"write", "sync",   "cut",    "create",
                                                   "open",  "rename", "unlink", "mkdir",
                                                   "spawn", "send"};

/* What is to happen; set once, before main. */
static struct plan {
    bool active;
    unsigned long kill_at, kill_after;
    enum class fail_class;
    unsigned long fail_at, n_fails; /* fail_at 0: never */
    int fail_errno;
    const char *count_file;
} plan;

static atomic_ulong n_steps, n_calls[N_CLASSES];

/* ---- the plan ---- */

static unsigned long read_number(const char *name)
{
    const char *text = getenv(name);
    return text != NULL ? strtoul(text, NULL, 10) : 0;
}

static void read_failure(void)
{
    const char *text = getenv("HONE_FAIL");
    const char *colon = text != NULL ? strchr(text, ':') : NULL;
    if (colon == NULL)
        return;
    for (int i = 0; i < N_CLASSES; i++) {
        if (strncmp(class_names[i], text, (size_t)(colon - text)) != 0 ||
            class_names[i][colon - text] != '\0')
            continue;
        char *end;
        plan.fail_class = (enum class)i;
        plan.fail_at = strtoul(colon + 1, &end, 10);
        plan.fail_errno = *end == ':' ? (int)strtol(end + 1, &end, 10) : EIO;
        plan.n_fails = *end == ':' ? strtoul(end + 1, NULL, 10) : 1;
    }
}

__attribute__((constructor)) static void make_plan(int argc, char **argv)
{
    if (argc < 2 || (strcmp(argv[1], "run") != 0 && strcmp(argv[1], "resume") != 0))
        return;
    plan.kill_at = read_number("HONE_KILL_AT");
    plan.kill_after = read_number("HONE_KILL_AFTER");
    plan.count_file = getenv("HONE_KILL_COUNT");
    read_failure();
    plan.active = true;
}

__attribute__((destructor)) static void tell_counts(void)
{
    FILE *file =
        plan.active && plan.count_file != NULL ? fopen(plan.count_file, "we") : NULL;
    if (file == NULL)
        return;
    fprintf(file, "all %lu\n", atomic_load(&n_steps));
    for (int i = 0; i < N_CLASSES; i++)
        fprintf(file, "%s %lu\n", class_names[i], atomic_load(&n_calls[i]));
    fclose(file);
}

/* ---- a call ---- */

static bool is_due(unsigned long call)
{
    return plan.fail_at != 0 && call >= plan.fail_at &&
           call - plan.fail_at < plan.n_fails;
}

/* Before a call: its number as a step, or 0 where the call is to fail with *error. */
static unsigned long enter(enum class class, bool failable, int *error)
{
    *error = 0;
    if (!plan.active)
        return 1;
    unsigned long step = class == OPEN ? 0 : atomic_fetch_add(&n_steps, 1) + 1;
    if (step > 0 && step == plan.kill_at)
        (void)kill(getpid(), SIGKILL);
    if (!failable)
        return step;
    unsigned long call = atomic_fetch_add(&n_calls[class], 1) + 1;
    int saved = errno;
    if (class == plan.fail_class && is_due(call))
        *error = plan.fail_errno;
    errno = saved;
    return step;
}

static void leave(unsigned long step)
{
    if (plan.active && step > 0 && step == plan.kill_after)
        (void)kill(getpid(), SIGKILL);
}

/* Whether a write to `fd` may run out of space. */
static bool is_file(int fd)
{
    struct stat status;
    int saved = errno;
    bool regular = fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
    errno = saved;
    return regular;
}

/* WRAP(CLASS, FAILABLE, RESULT, NAME, (PARAMETERS), (ARGUMENTS)) */
#define WRAP(class, failable, type, name, parameters, arguments)                         \
    type name parameters;                                                                \
    type name parameters                                                                 \
    {                                                                                    \
        static type(*next) parameters;                                                   \
        if (next == NULL)                                                                \
            *(void **)&next = dlsym(RTLD_NEXT, #name);                                   \
        int error;                                                                       \
        unsigned long step = enter(class, plan.active && (failable), &error);            \
        if (error != 0) {                                                                \
            errno = error;                                                               \
            return -1;                                                                   \
        }                                                                                \
        type result = next arguments;                                                    \
        leave(step);                                                                     \
        return result;                                                                   \
    }

/* clang-format off */
WRAP(WRITE, is_file(fd), ssize_t, write, (int fd, const void *bytes, size_t n), (fd, bytes, n))
WRAP(WRITE, is_file(fd), ssize_t, pwrite, (int fd, const void *bytes, size_t n, off_t at), (fd, bytes, n, at))
WRAP(WRITE, is_file(fd), ssize_t, pwrite64, (int fd, const void *bytes, size_t n, off64_t at), (fd, bytes, n, at))
WRAP(SYNC, true, int, fsync, (int fd), (fd))
WRAP(SYNC, true, int, fdatasync, (int fd), (fd))
WRAP(CUT, true, int, ftruncate, (int fd, off_t size), (fd, size))
WRAP(CUT, true, int, ftruncate64, (int fd, off64_t size), (fd, size))
WRAP(RENAME, true, int, rename, (const char *from, const char *to), (from, to))
WRAP(UNLINK, true, int, unlink, (const char *path), (path))
WRAP(MKDIR, true, int, mkdir, (const char *path, mode_t mode), (path, mode))
WRAP(SEND, true, ssize_t, send, (int fd, const void *bytes, size_t n, int flags), (fd, bytes, n, flags))
WRAP(SEND, true, ssize_t, sendto, (int fd, const void *bytes, size_t n, int flags, const struct sockaddr *to, socklen_t len), (fd, bytes, n, flags, to, len))
WRAP(SEND, true, ssize_t, sendmsg, (int fd, const struct msghdr *message, int flags), (fd, message, flags))
/* clang-format on */

static mode_t mode_of(int flags, va_list list)
{
    return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(list, mode_t) : 0;
}

#define WRAP_OPEN(name)                                                                  \
    int name(const char *path, int flags, ...);                                          \
    int name(const char *path, int flags, ...)                                           \
    {                                                                                    \
        static int (*next)(const char *, int, ...);                                      \
        if (next == NULL)                                                                \
            *(void **)&next = dlsym(RTLD_NEXT, #name);                                   \
        va_list list;                                                                    \
        va_start(list, flags);                                                           \
        mode_t mode = mode_of(flags, list);                                              \
        va_end(list);                                                                    \
        int error;                                                                       \
        unsigned long step =                                                             \
            enter((flags & O_CREAT) != 0 ? CREATE : OPEN, true, &error);                 \
        if (error != 0) {                                                                \
            errno = error;                                                               \
            return -1;                                                                   \
        }                                                                                \
        int result = next(path, flags, mode);                                            \
        leave(step);                                                                     \
        return result;                                                                   \
    }

WRAP_OPEN(open)
WRAP_OPEN(open64)

int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                const posix_spawnattr_t *attributes, char *const argv[],
                char *const envp[])
{
    static int (*next)(pid_t *, const char *, const posix_spawn_file_actions_t *,
                       const posix_spawnattr_t *, char *const[], char *const[]);
    if (next == NULL)
        *(void **)&next = dlsym(RTLD_NEXT, "posix_spawn");
    int error;
    unsigned long step = enter(SPAWN, true, &error);
    if (error != 0)
        return error;
    int result = next(pid, path, actions, attributes, argv, envp);
    leave(step);
    return result;
}
