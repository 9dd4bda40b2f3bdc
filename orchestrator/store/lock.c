/* Locks: see lock.h for the calls.
 *
 * A killed holder does not let go at once: it may sit in an fsync, and a keeper that it
 * was just starting has a copy of its descriptors until it executes. So a lock whose file
 * names a process that has ended, or that has SIGKILL on its way, is waited for, and does
 * not count as held. */
#include "store/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <hone/trial.h>

#include "base/durable.h"
#include "store/db.h"

#include "base/banned.h"

static int set_lock(int fd, short type)
{
    struct flock lock = {.l_type = type, .l_whence = SEEK_SET};
    int rc;
    do
        rc = fcntl(fd, F_OFD_SETLK, &lock);
    while (rc != 0 && errno == EINTR);
    return rc == 0 ? 0 : errno;
}

int hone_lock_wait(int fd, const char *path, int wait_ms, hone_error *err)
{
    /* Tried again with growing pauses: F_OFD_SETLKW would wait for ever. */
    int pause_ms = 1, waited_ms = 0;
    int error;
    while ((error = set_lock(fd, F_WRLCK)) == EAGAIN || error == EACCES) {
        if (waited_ms >= wait_ms)
            return hone_error_set(
                err, HONE_ESTORE,
                "another orchestrator has been writing to %s for %d ms; "
                "end it if it hangs",
                path, waited_ms);
        nanosleep(&(struct timespec){.tv_nsec = pause_ms * 1000000L}, NULL);
        waited_ms += pause_ms;
        pause_ms = pause_ms < 16 ? pause_ms * 2 : 16;
    }
    return error == 0 ? HONE_OK : hone_store_fail(path, "lock", error, err);
}

void hone_lock_give(int fd)
{
    (void)set_lock(fd, F_UNLCK);
}

static void write_holder(int fd)
{
    char host[256] = "", boot[HONE_BOOT_MAX], since[HONE_TIME_TEXT] = "", text[512];
    struct timespec now;
    if (gethostname(host, sizeof host - 1) != 0)
        host[0] = '\0';
    hone_boot_id(boot);
    clock_gettime(CLOCK_REALTIME, &now);
    hone_time_write((hone_time)now.tv_sec * 1000000 + now.tv_nsec / 1000, since);
    int len = snprintf(text, sizeof text, "process %ld on %s since %s boot %s\n",
                       (long)getpid(), host, since, boot);
    /* Only for the message of whoever comes second: failure costs no more than that. */
    if (ftruncate(fd, 0) == 0 && pwrite(fd, text, (size_t)len, 0) != len)
        (void)ftruncate(fd, 0);
}

/* What the lock file says of its holder, without the newline. */
static void read_holder(int fd, char *text, size_t size)
{
    ssize_t len = pread(fd, text, size - 1, 0);
    text[len > 0 ? len : 0] = '\0';
    text[strcspn(text, "\n")] = '\0';
}

/* Whether a process of this machine has ended or has been killed, as /proc has it. */
static bool is_dead(long pid)
{
    char path[64], line[256];
    uint64_t pending = 0, bits;
    char state = '\0';
    snprintf(path, sizeof path, "/proc/%ld/status", pid);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return errno == ENOENT && access("/proc/self", F_OK) == 0;
    while (fgets(line, sizeof line, file) != NULL) {
        if (sscanf(line, "SigPnd: %" SCNx64, &bits) == 1 ||
            sscanf(line, "ShdPnd: %" SCNx64, &bits) == 1)
            pending |= bits;
        else
            (void)sscanf(line, "State: %c", &state);
    }
    fclose(file);
    return state == 'Z' || state == 'X' || (pending >> (SIGKILL - 1) & 1) != 0;
}

/* Of another machine, or of this one before it was started anew, nothing is known. */
static bool is_holder_dead(int fd)
{
    char text[512], boot[HONE_BOOT_MAX];
    read_holder(fd, text, sizeof text);
    hone_boot_id(boot);
    const char *its_boot = strstr(text, " boot ");
    if (its_boot == NULL || boot[0] == '\0' || strcmp(its_boot + 6, boot) != 0 ||
        strncmp(text, "process ", 8) != 0)
        return false;
    long pid = strtol(text + 8, NULL, 10);
    return pid > 0 && is_dead(pid);
}

/* Returns 0 or errno: EAGAIN where somebody alive holds the lock, or a dead one for all
 * too long. */
static int set_lock_after_death(int fd)
{
    enum { PAUSE_MS = 5, PATIENCE_MS = 10000 };
    int error = set_lock(fd, F_WRLCK);
    for (int ms = 0; (error == EAGAIN || error == EACCES) && ms < PATIENCE_MS;
         ms += PAUSE_MS) {
        if (!is_holder_dead(fd))
            return error;
        nanosleep(&(struct timespec){.tv_nsec = PAUSE_MS * 1000000L}, NULL);
        error = set_lock(fd, F_WRLCK);
    }
    return error;
}

static int refuse_held(int fd, const char *path, hone_error *err)
{
    char text[512];
    read_holder(fd, text, sizeof text);
    char *boot = strstr(text, " boot ");
    if (boot != NULL)
        *boot = '\0';
    for (char *c = text; *c != '\0'; c++)
        if (*c < ' ' || *c > '~')
            *c = '?';
    return hone_error_set(err, HONE_EHELD, "the sweep is run by %s; end that first (%s)",
                          text[0] != '\0' ? text : "another orchestrator", path);
}

int hone_lock_take(const char *path, int *fd, hone_error *err)
{
    *fd = -1;
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (file < 0)
        return hone_store_fail(path, "open", errno, err);
    int error = set_lock_after_death(file);
    int rc = HONE_OK;
    if (error == EAGAIN || error == EACCES)
        rc = refuse_held(file, path, err);
    else if (error != 0)
        rc = hone_store_fail(path, "lock", error, err);
    if (rc != HONE_OK) {
        close(file);
        return rc;
    }
    write_holder(file);
    *fd = file;
    return HONE_OK;
}

bool hone_lock_held(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    bool held = fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK &&
                !is_holder_dead(fd);
    close(fd);
    return held;
}
