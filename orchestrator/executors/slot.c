#include "executors/slot.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/durable.h"

#include "base/banned.h"

enum { LOCK_MAX = 128 }; /* bytes of what a lock file says */

void hone_slot_path(hone_buf *out, const char *dir, uint32_t folder, const char *name)
{
    hone_buf_printf(out, "%s/slots/%" PRIu32 "/%s", dir, folder, name);
}

uint64_t hone_process_ticks(pid_t pid)
{
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    text[n > 0 ? n : 0] = '\0';
    /* Field 22; the name in field 2 may hold spaces, field 3 follows its parenthesis. */
    const char *at = strrchr(text, ')');
    for (int field = 2; at != NULL && field < 22; field++)
        at = strchr(at + 1, ' ');
    uint64_t ticks = 0;
    return at != NULL && sscanf(at, " %" SCNu64, &ticks) == 1 ? ticks : 0;
}

int hone_slot_lock(int slot_fd)
{
    int fd = openat(slot_fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0)
        return -1;
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    char text[LOCK_MAX], boot[HONE_BOOT_MAX];
    hone_boot_id(boot);
    int n = snprintf(text, sizeof text, "%d %" PRIu64 " %s\n", (int)getpid(),
                     hone_process_ticks(getpid()), boot);
    /* Written over, then cut: it says at no instant that nobody was here. */
    if (fcntl(fd, F_OFD_SETLK, &whole) != 0 || pwrite(fd, text, (size_t)n, 0) != n ||
        ftruncate(fd, n) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

/* Whether the lock file is of this start of the machine; fills `owner` where it says. */
static bool read_owner(int fd, hone_slot_owner *owner)
{
    char text[LOCK_MAX], now[HONE_BOOT_MAX];
    ssize_t n = pread(fd, text, sizeof text - 1, 0);
    text[n > 0 ? n : 0] = '\0';
    int pid = 0, end = 0;
    uint64_t ticks = 0;
    *owner = (hone_slot_owner){0, 0};
    if (sscanf(text, "%d %" SCNu64 " %n", &pid, &ticks, &end) != 2 || end == 0)
        return false;
    if (pid > 1)
        *owner = (hone_slot_owner){(pid_t)pid, ticks};
    hone_boot_id(now);
    text[strcspn(text, "\n")] = '\0';
    return strcmp(text + end, now) == 0;
}

/* What a slot without a lock file is: a keeper makes that before any other. */
static hone_slot_hold probe_folder(const char *dir, uint32_t folder)
{
    hone_buf path;
    hone_buf_init(&path, 1 << 16);
    hone_slot_path(&path, dir, folder, "");
    int status = hone_buf_status(&path);
    bool there = status == HONE_OK && access(hone_buf_text(&path), F_OK) == 0;
    hone_buf_release(&path);
    errno = ENOMEM;
    if (status != HONE_OK)
        return HONE_SLOT_UNKNOWN;
    return there ? HONE_SLOT_PAST : HONE_SLOT_FREE;
}

hone_slot_hold hone_slot_probe(const char *dir, uint32_t folder, hone_slot_owner *owner)
{
    hone_buf path;
    hone_buf_init(&path, 1 << 16);
    hone_slot_path(&path, dir, folder, "lock");
    int fd = hone_buf_status(&path) == HONE_OK
                 ? open(hone_buf_text(&path), O_RDONLY | O_CLOEXEC)
                 : -1;
    int error = fd < 0 ? errno : 0;
    hone_buf_release(&path);
    if (owner != NULL)
        *owner = (hone_slot_owner){0, 0};
    if (fd < 0) {
        errno = error;
        return error == ENOENT || error == ENOTDIR ? probe_folder(dir, folder)
                                                   : HONE_SLOT_UNKNOWN;
    }
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    bool held = fcntl(fd, F_OFD_GETLK, &whole) == 0 && whole.l_type != F_UNLCK;
    hone_slot_owner found;
    bool present = read_owner(fd, &found);
    close(fd);
    if (held && owner != NULL)
        *owner = found;
    if (held)
        return HONE_SLOT_HELD;
    return present ? HONE_SLOT_FREE : HONE_SLOT_PAST;
}

hone_time hone_wall_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (hone_time)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}
