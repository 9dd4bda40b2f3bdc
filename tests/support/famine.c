/* A library for LD_PRELOAD with which memory runs out at a chosen allocation of a
 * process, wherever it is made: in hone, in a library, in libc.
 *
 *   HONE_FAMINE=WHO:N:HOW    the N-th allocation (from 1) fails; HOW is `once`, or `on`
 *                            where all after it fail, too. WHO is `hone` (run, resume)
 *                            or `keeper`: the first that is started
 *   HONE_FAMINE_MARK=FILE    made by that keeper, so that no other is the first
 *   HONE_FAMINE_COUNT=FILE   a line "WHO N" at the end of each process: how many
 *                            allocations there were
 *
 * Left out is what others cannot do without: pthread_atfork, without which libuv ends the
 * program; pthread_getattr_np (AddressSanitizer does, where a thread starts); and
 * setlocale (glibc leaks). Allocations are counted from before main
 * to the end of the process. Plain C without sanitizers: what does not fail is asked of
 * the allocator behind this one, which is the sanitizer's where there is one, so that
 * leaks are still found. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Set once, before main. */
static struct plan {
    bool counts;
    unsigned long at; /* 0: none fails */
    bool on;
    const char *who, *count_file;
} plan;

static atomic_ulong n_allocations;
static _Thread_local bool spared;

/* ---- before the allocator behind is known: dlsym may ask for memory ---- */

enum { EARLY_BYTES = 64 * 1024 };

static _Alignas(16) char early[EARLY_BYTES];
static atomic_size_t early_used;

static void *take_early(size_t size)
{
    size_t at = atomic_fetch_add(&early_used, (size + 15) / 16 * 16);
    return at + size <= sizeof early ? early + at : NULL;
}

static bool is_early(const void *block)
{
    return (uintptr_t)block >= (uintptr_t)early &&
           (uintptr_t)block < (uintptr_t)early + sizeof early;
}

static struct {
    void *(*malloc)(size_t);
    void *(*calloc)(size_t, size_t);
    void *(*realloc)(void *, size_t);
    void (*free)(void *);
    char *(*strdup)(const char *);
    char *(*strndup)(const char *, size_t);
    int (*posix_memalign)(void **, size_t, size_t);
} behind;

static bool looking;

static bool find_behind(void)
{
    if (behind.free != NULL)
        return true;
    if (looking)
        return false;
    looking = true;
    *(void **)&behind.malloc = dlsym(RTLD_NEXT, "malloc");
    *(void **)&behind.calloc = dlsym(RTLD_NEXT, "calloc");
    *(void **)&behind.realloc = dlsym(RTLD_NEXT, "realloc");
    *(void **)&behind.strdup = dlsym(RTLD_NEXT, "strdup");
    *(void **)&behind.strndup = dlsym(RTLD_NEXT, "strndup");
    *(void **)&behind.posix_memalign = dlsym(RTLD_NEXT, "posix_memalign");
    *(void **)&behind.free = dlsym(RTLD_NEXT, "free");
    looking = false;
    return behind.free != NULL;
}

/* ---- the plan ---- */

static void read_plan(const char *text)
{
    size_t len = strlen(plan.who);
    if (text == NULL || strncmp(text, plan.who, len) != 0 || text[len] != ':')
        return;
    char *end;
    unsigned long at = strtoul(text + len + 1, &end, 10);
    const char *mark = getenv("HONE_FAMINE_MARK");
    if (mark != NULL && strcmp(plan.who, "keeper") == 0) {
        int fd = open(mark, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (fd < 0)
            return; /* it is not the first */
        close(fd);
    }
    plan.on = strcmp(end, ":on") == 0;
    plan.at = at;
}

__attribute__((constructor)) static void make_plan(int argc, char **argv)
{
    if (argc < 2)
        return;
    if (strcmp(argv[1], "run") == 0 || strcmp(argv[1], "resume") == 0)
        plan.who = "hone";
    else if (strcmp(argv[1], "__keeper") == 0)
        plan.who = "keeper";
    else
        return;
    plan.count_file = getenv("HONE_FAMINE_COUNT");
    read_plan(getenv("HONE_FAMINE"));
    plan.counts = plan.at > 0 || plan.count_file != NULL;
}

__attribute__((destructor)) static void tell_count(void)
{
    char line[64];
    plan.counts = false;
    if (plan.count_file == NULL)
        return;
    int n =
        snprintf(line, sizeof line, "%s %lu\n", plan.who, atomic_load(&n_allocations));
    int fd = open(plan.count_file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd >= 0 && write(fd, line, (size_t)n) != n)
        abort();
    if (fd >= 0)
        close(fd);
}

static bool fails_now(void)
{
    if (!plan.counts || spared)
        return false;
    unsigned long n = atomic_fetch_add(&n_allocations, 1) + 1;
    if (plan.at == 0 || n < plan.at || (n > plan.at && !plan.on))
        return false;
    errno = ENOMEM;
    return true;
}

/* ---- the allocator ---- */

void *malloc(size_t size)
{
    if (!find_behind())
        return take_early(size);
    return fails_now() ? NULL : behind.malloc(size);
}

void *calloc(size_t n, size_t size)
{
    if (!find_behind())
        return take_early(n * size); /* is zero, and small */
    return fails_now() ? NULL : behind.calloc(n, size);
}

void *realloc(void *block, size_t size)
{
    if (!find_behind() || is_early(block))
        abort();
    return fails_now() ? NULL : behind.realloc(block, size);
}

void free(void *block)
{
    if (!is_early(block) && find_behind())
        behind.free(block);
}

char *strdup(const char *text)
{
    return !find_behind() || fails_now() ? NULL : behind.strdup(text);
}

char *strndup(const char *text, size_t len)
{
    return !find_behind() || fails_now() ? NULL : behind.strndup(text, len);
}

int posix_memalign(void **block, size_t alignment, size_t size)
{
    return !find_behind() || fails_now() ? ENOMEM
                                         : behind.posix_memalign(block, alignment, size);
}

/* What pthread_atfork calls. */
int __register_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void),
                      void *object);

int __register_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void),
                      void *object)
{
    static int (*next)(void (*)(void), void (*)(void), void (*)(void), void *);
    if (next == NULL)
        *(void **)&next = dlsym(RTLD_NEXT, "__register_atfork");
    spared = true;
    int code = next(prepare, parent, child, object);
    spared = false;
    return code;
}

char *setlocale(int category, const char *locale)
{
    static char *(*next)(int, const char *);
    if (next == NULL)
        *(void **)&next = dlsym(RTLD_NEXT, "setlocale");
    spared = true;
    char *name = next(category, locale);
    spared = false;
    return name;
}

int pthread_getattr_np(pthread_t thread, pthread_attr_t *attributes)
{
    static int (*next)(pthread_t, pthread_attr_t *);
    if (next == NULL)
        *(void **)&next = dlsym(RTLD_NEXT, "pthread_getattr_np");
    spared = true;
    int code = next(thread, attributes);
    spared = false;
    return code;
}
