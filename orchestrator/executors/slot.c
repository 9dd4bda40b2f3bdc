#include "executors/slot.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/banned.h"

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
    char text[64];
    int n = snprintf(text, sizeof text, "%d %" PRIu64 "\n", (int)getpid(),
                     hone_process_ticks(getpid()));
    if (fcntl(fd, F_OFD_SETLK, &whole) != 0 || ftruncate(fd, 0) != 0 ||
        pwrite(fd, text, (size_t)n, 0) != n) {
        close(fd);
        return -1;
    }
    return fd;
}

static void read_owner(int fd, hone_slot_owner *owner)
{
    char text[64];
    ssize_t n = pread(fd, text, sizeof text - 1, 0);
    text[n > 0 ? n : 0] = '\0';
    int pid = 0;
    uint64_t ticks = 0;
    *owner = (hone_slot_owner){0, 0};
    if (sscanf(text, "%d %" SCNu64, &pid, &ticks) == 2 && pid > 1)
        *owner = (hone_slot_owner){(pid_t)pid, ticks};
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
        return error == ENOENT || error == ENOTDIR ? HONE_SLOT_FREE : HONE_SLOT_UNKNOWN;
    }
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    bool held = fcntl(fd, F_OFD_GETLK, &whole) == 0 && whole.l_type != F_UNLCK;
    if (held && owner != NULL)
        read_owner(fd, owner);
    close(fd);
    return held ? HONE_SLOT_HELD : HONE_SLOT_FREE;
}

hone_time hone_wall_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (hone_time)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}
