/* Control groups by their files: see group.h.
 *
 * A group that holds processes may not share a controller out to groups below it, so the
 * groups of attempts are made beside our own, below its parent; below our own only where
 * that shares memory out already (the root of the hierarchy may). */
#include "executors/group.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/banned.h"

enum { CGROUP2_MAGIC = 0x63677270 };

static bool join(char out[static HONE_PATH_MAX], const char *dir, const char *name)
{
    int n = snprintf(out, HONE_PATH_MAX, "%s/%s", dir, name);
    return n > 0 && n < HONE_PATH_MAX;
}

/* The content of a small file, cut to the size; false where it cannot be read. */
static bool read_file(const char *dir, const char *name, char *text, size_t size)
{
    char path[HONE_PATH_MAX];
    int fd = join(path, dir, name) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0)
        return false;
    ssize_t n = read(fd, text, size - 1);
    close(fd);
    text[n > 0 ? n : 0] = '\0';
    return n >= 0;
}

static bool write_file(const char *dir, const char *name, const char *text)
{
    char path[HONE_PATH_MAX];
    int fd = join(path, dir, name) ? open(path, O_WRONLY | O_CLOEXEC) : -1;
    if (fd < 0)
        return false;
    size_t len = strlen(text);
    bool written = write(fd, text, len) == (ssize_t)len;
    return close(fd) == 0 && written;
}

static bool exists(const char *dir, const char *name, int mode)
{
    char path[HONE_PATH_MAX];
    return join(path, dir, name) && access(path, mode) == 0;
}

/* Whether a list of words separated by blanks has this one. */
static bool has_word(char *list, const char *word)
{
    char *rest = NULL;
    for (char *at = strtok_r(list, " \n", &rest); at != NULL;
         at = strtok_r(NULL, " \n", &rest))
        if (strcmp(at, word) == 0)
            return true;
    return false;
}

static bool shares_memory(const char *dir)
{
    char controllers[1024];
    return read_file(dir, "cgroup.subtree_control", controllers, sizeof controllers) &&
           has_word(controllers, "memory");
}

/* "hone-PID-N" of a keeper that is gone: rmdir takes it only when nothing is in it. */
static void remove_stale(const char *parent)
{
    DIR *dir = opendir(parent);
    if (dir == NULL)
        return;
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        int pid = 0;
        unsigned n = 0;
        if (sscanf(entry->d_name, "hone-%d-%u", &pid, &n) == 2 && pid > 1 &&
            kill(pid, 0) != 0 && errno == ESRCH)
            (void)unlinkat(dirfd(dir), entry->d_name, AT_REMOVEDIR);
    }
    closedir(dir);
}

bool hone_group_make(hone_group *group, uint64_t max)
{
    char name[64], bytes[32];
    assert(group->state == HONE_GROUP_POSSIBLE);
    snprintf(name, sizeof name, "hone-%d-%u", (int)getpid(), group->n_made);
    snprintf(bytes, sizeof bytes, "%" PRIu64, max);
    if (!join(group->path, group->parent, name) ||
        (mkdir(group->path, 0777) != 0 && errno != EEXIST))
        return false;
    group->state = HONE_GROUP_MADE;
    group->n_made++;
    if (write_file(group->path, "memory.max", bytes)) {
        /* Not in every kernel: no way out by swap; all of the group dies, or none. */
        (void)write_file(group->path, "memory.swap.max", "0");
        (void)write_file(group->path, "memory.oom.group", "1");
        return true;
    }
    hone_group_remove(group);
    return false;
}

static bool move_self(const char *dir)
{
    return write_file(dir, "cgroup.procs", "0");
}

bool hone_group_enter(const hone_group *group)
{
    return group->state == HONE_GROUP_MADE && move_self(group->path);
}

bool hone_group_leave(const hone_group *group)
{
    return move_self(group->home);
}

void hone_group_kill(const hone_group *group)
{
    if (group->state == HONE_GROUP_MADE)
        (void)write_file(group->path, "cgroup.kill", "1");
}

uint64_t hone_group_oom_kills(const hone_group *group)
{
    char events[1024];
    unsigned long long kills = 0;
    if (group->state != HONE_GROUP_MADE ||
        !read_file(group->path, "memory.events", events, sizeof events))
        return 0;
    const char *found = strstr(events, "oom_kill ");
    return found != NULL && sscanf(found, "oom_kill %llu", &kills) == 1 ? kills : 0;
}

uint64_t hone_group_peak(const hone_group *group)
{
    char peak[64];
    if (group->state != HONE_GROUP_MADE ||
        !read_file(group->path, "memory.peak", peak, sizeof peak))
        return 0;
    return strtoull(peak, NULL, 10);
}

void hone_group_remove(hone_group *group)
{
    if (group->state != HONE_GROUP_MADE)
        return;
    (void)rmdir(group->path); /* else the next keeper's probe does it */
    group->state = HONE_GROUP_POSSIBLE;
}

/* Whether a group below group->parent can be made, limited, killed, entered and left. */
static bool try_parent(hone_group *group)
{
    if (!shares_memory(group->parent) || !exists(group->home, "cgroup.procs", W_OK))
        return false;
    group->state = HONE_GROUP_POSSIBLE;
    if (!hone_group_make(group, UINT64_C(1) << 40))
        return false;
    bool works = exists(group->path, "cgroup.kill", W_OK) && hone_group_enter(group) &&
                 hone_group_leave(group);
    hone_group_remove(group);
    if (works)
        remove_stale(group->parent);
    return works;
}

void hone_group_probe_at(hone_group *group, const char *mount, const char *path)
{
    if (group->state != HONE_GROUP_UNKNOWN)
        return;
    group->state = HONE_GROUP_NOWHERE;
    int n = snprintf(group->home, sizeof group->home, "%s%s", mount,
                     strcmp(path, "/") == 0 ? "" : path);
    if (n <= 0 || n >= HONE_PATH_MAX)
        return;
    memcpy(group->parent, group->home, sizeof group->parent);
    bool found = try_parent(group);
    if (!found && strlen(group->home) > strlen(mount)) {
        *strrchr(group->parent, '/') = '\0';
        found = try_parent(group);
    }
    group->state = found ? HONE_GROUP_POSSIBLE : HONE_GROUP_NOWHERE;
}

static bool is_cgroup2(const char *mount)
{
    struct statfs status;
    return statfs(mount, &status) == 0 && status.f_type == CGROUP2_MAGIC;
}

void hone_group_probe(hone_group *group)
{
    static const char *const mounts[] = {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"};
    char line[HONE_PATH_MAX], path[HONE_PATH_MAX] = "";
    if (group->state != HONE_GROUP_UNKNOWN)
        return;
    FILE *file = fopen("/proc/self/cgroup", "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (strncmp(line, "0::/", 4) == 0)
            memcpy(path, line + 3, strlen(line + 3) + 1);
    }
    if (file != NULL)
        fclose(file);
    for (size_t i = 0; path[0] != '\0' && i < sizeof mounts / sizeof mounts[0]; i++)
        if (group->state == HONE_GROUP_UNKNOWN && is_cgroup2(mounts[i]))
            hone_group_probe_at(group, mounts[i], path);
    if (group->state == HONE_GROUP_UNKNOWN)
        group->state = HONE_GROUP_NOWHERE;
}
