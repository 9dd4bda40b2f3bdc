/* Locks: see lock.h for the calls.
 *
 * A killed holder does not let go at once: it may sit in an fsync, and a keeper that it
 * was just starting has a copy of its descriptors until it executes. So a lock whose file
 * names a process that has ended, or that has SIGKILL on its way, is waited for, and does
 * not count as held.
 *
 * On file systems whose locks hold on one machine only, each of two machines gets the
 * lock. So the line in the file has a number that its holder raises as long as it lives.
 * Whoever gets the lock and finds the line of another machine watches that number:
 * clocks of two machines are not compared. */
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

#define BEAT " beat %010u"

static void write_holder(int fd)
{
    char host[256] = "", boot[HONE_BOOT_MAX], since[HONE_TIME_TEXT] = "", text[512];
    struct timespec now;
    if (gethostname(host, sizeof host - 1) != 0)
        host[0] = '\0';
    hone_boot_id(boot);
    clock_gettime(CLOCK_REALTIME, &now);
    hone_time_write((hone_time)now.tv_sec * 1000000 + now.tv_nsec / 1000, since);
    int len = snprintf(text, sizeof text, "process %ld on %s since %s boot %s" BEAT "\n",
                       (long)getpid(), host, since, boot, 0u);
    /* Not without space on the disk: then another machine would not be refused. */
    if (ftruncate(fd, 0) == 0 && pwrite(fd, text, (size_t)len, 0) != len)
        (void)ftruncate(fd, 0);
    (void)fdatasync(fd); /* for other machines, which see what has left this one */
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

/* Whether a holder's line is of this start of this machine. */
static bool is_of_boot(const char *text, const char *boot)
{
    const char *its_boot = strstr(text, " boot ");
    size_t len = strlen(boot);
    return its_boot != NULL && len > 0 && strncmp(its_boot + 6, boot, len) == 0 &&
           (its_boot[6 + len] == '\0' || its_boot[6 + len] == ' ');
}

/* Whether it is of another machine: of another name, and with a kernel of its own. */
static bool is_foreign(const char *text)
{
    char boot[HONE_BOOT_MAX], host[256] = "", on[300];
    const char *its_host = strstr(text, " on ");
    hone_boot_id(boot);
    if (its_host == NULL || is_of_boot(text, boot) ||
        gethostname(host, sizeof host - 1) != 0)
        return false;
    int len = snprintf(on, sizeof on, " on %s ", host);
    return strncmp(its_host, on, (size_t)len) != 0;
}

/* Of another machine, or of this one before it was started anew, nothing is known. */
static bool is_holder_dead(int fd)
{
    char text[512], boot[HONE_BOOT_MAX];
    read_holder(fd, text, sizeof text);
    hone_boot_id(boot);
    if (strncmp(text, "process ", 8) != 0 || !is_of_boot(text, boot))
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

static int refuse_holder(int code, char *text, const char *path, hone_error *err)
{
    char *boot = strstr(text, " boot ");
    if (boot != NULL)
        *boot = '\0';
    for (char *c = text; *c != '\0'; c++)
        if (*c < ' ' || *c > '~')
            *c = '?';
    return hone_error_set(err, code, "the sweep is run by %s; end that first (%s)",
                          text[0] != '\0' ? text : "another orchestrator", path);
}

static int refuse_held(int fd, const char *path, hone_error *err)
{
    char text[512];
    read_holder(fd, text, sizeof text);
    return refuse_holder(HONE_EHELD, text, path, err);
}

/* Opened anew each time: that is when a network file system looks for what is new. */
static void read_line_of(const char *path, char *text, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    text[0] = '\0';
    if (fd < 0)
        return;
    read_holder(fd, text, size);
    close(fd);
}

/* Having the lock: whether somebody on another machine has it, too. */
static int refuse_foreign(const char *path, int patience_ms, hone_error *err)
{
    enum { PAUSE_MS = 100 };
    char first[512], now[512];
    read_line_of(path, first, sizeof first);
    if (!is_foreign(first))
        return HONE_OK;
    for (int ms = 0; ms < patience_ms; ms += PAUSE_MS) {
        nanosleep(&(struct timespec){.tv_nsec = PAUSE_MS * 1000000L}, NULL);
        read_line_of(path, now, sizeof now);
        if (now[0] == '\0') /* it has just ended */
            return HONE_OK;
        if (strcmp(now, first) != 0)
            return refuse_holder(HONE_ESTORE, now, path, err);
    }
    return HONE_OK;
}

int hone_lock_take(const char *path, int patience_ms, int *fd, hone_error *err)
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
    if (rc == HONE_OK)
        rc = refuse_foreign(path, patience_ms, err);
    if (rc != HONE_OK) {
        close(file);
        return rc;
    }
    write_holder(file);
    *fd = file;
    return HONE_OK;
}

void hone_lock_drop(int fd)
{
    (void)!ftruncate(fd, 0);
    close(fd); /* gives the lock back */
}

int hone_lock_beat(const char *path, unsigned beat, hone_error *err)
{
    char text[512], line[600], boot[HONE_BOOT_MAX], process[32];
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return HONE_OK; /* later, perhaps */
    read_holder(fd, text, sizeof text);
    hone_boot_id(boot);
    snprintf(process, sizeof process, "process %ld ", (long)getpid());
    char *end = strstr(text, " beat ");
    int rc = HONE_OK;
    if (text[0] != '\0' &&
        (strncmp(text, process, strlen(process)) != 0 || !is_of_boot(text, boot))) {
        rc = refuse_holder(HONE_ESTORE, text, path, err);
    } else if (end != NULL) {
        *end = '\0';
        int len = snprintf(line, sizeof line, "%s" BEAT "\n", text, beat);
        if (pwrite(fd, line, (size_t)len, 0) == len)
            (void)fdatasync(fd);
    }
    close(fd);
    return rc;
}

/* Fresh enough to be shown as running; the lock is not given or refused by this. */
static bool is_fresh(int fd)
{
    struct stat status;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return fstat(fd, &status) == 0 &&
           now.tv_sec - status.st_mtim.tv_sec < HONE_BEAT_PATIENCE_MS / 1000;
}

bool hone_lock_held(const char *path)
{
    char text[512];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    bool held = fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK &&
                !is_holder_dead(fd);
    read_holder(fd, text, sizeof text);
    held |= is_foreign(text) && is_fresh(fd);
    close(fd);
    return held;
}
