/* A library for LD_PRELOAD that sets the clock for all processes of a test at once, and
 * for them alone.
 *
 *   HONE_CLOCK=FILE   holds a number of microseconds (int64_t, changed by the test at any
 *                     time) by which the time of day is off
 *
 * Clocks that nobody can set are left alone, and so is what waits for a time of day by
 * itself: with such a deadline a program would wait by another clock than it reads, and
 * the test see it. Plain C without sanitizers. */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* Set once, before main. */
static _Atomic int64_t *shift_us;

__attribute__((constructor)) static void map_clock(void)
{
    const char *path = getenv("HONE_CLOCK");
    int fd = path != NULL ? open(path, O_RDWR | O_CLOEXEC) : -1;
    void *map =
        fd < 0 ? MAP_FAILED : mmap(NULL, sizeof *shift_us, PROT_READ, MAP_SHARED, fd, 0);
    if (fd >= 0)
        close(fd);
    if (path != NULL && map == MAP_FAILED)
        abort();
    if (path != NULL)
        shift_us = map;
}

static void shift(struct timespec *at)
{
    enum { US_PER_S = 1000000, NS_PER_US = 1000 };
    int64_t by = shift_us != NULL ? atomic_load(shift_us) : 0;
    int64_t us = (int64_t)at->tv_sec * US_PER_S + at->tv_nsec / NS_PER_US + by;
    int64_t rest = us % US_PER_S;
    rest += rest < 0 ? US_PER_S : 0;
    at->tv_sec = (time_t)((us - rest) / US_PER_S);
    at->tv_nsec = (long)(rest * NS_PER_US + at->tv_nsec % NS_PER_US);
}

int clock_gettime(clockid_t clock, struct timespec *at)
{
    static int (*next)(clockid_t, struct timespec *);
    if (next == NULL)
        *(void **)&next = dlsym(RTLD_NEXT, "clock_gettime");
    int code = next(clock, at);
    if (code == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        shift(at);
    return code;
}

int gettimeofday(struct timeval *restrict at, void *restrict zone)
{
    struct timespec now;
    (void)zone;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0)
        return -1;
    *at = (struct timeval){.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000};
    return 0;
}

time_t time(time_t *at)
{
    struct timespec now = {.tv_sec = -1};
    (void)clock_gettime(CLOCK_REALTIME, &now);
    if (at != NULL)
        *at = now.tv_sec;
    return now.tv_sec;
}

int timespec_get(struct timespec *at, int base)
{
    return base == TIME_UTC && clock_gettime(CLOCK_REALTIME, at) == 0 ? base : 0;
}
