#include "base/durable.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/banned.h"

/* Whether an errno says that this cannot be synced, rather than that it went wrong. */
static int is_beyond_sync(int error)
{
    return error == EINVAL || error == ENOSYS || error == ENOTSUP || error == EACCES;
}

int hone_name_sync(const char *path)
{
    char parent[PATH_MAX];
    const char *slash = strrchr(path, '/');
    int len = slash == NULL ? 0 : (int)(slash - path);
    int n = slash == path ? snprintf(parent, sizeof parent, "/")
                          : snprintf(parent, sizeof parent, "%.*s", len, path);
    if (n < 0 || (size_t)n >= sizeof parent)
        return ENAMETOOLONG;
    int fd = open(slash == NULL ? "." : parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int error = fd < 0 || fsync(fd) != 0 ? errno : 0;
    if (fd >= 0)
        close(fd);
    return is_beyond_sync(error) ? 0 : error;
}

int hone_folder_make(const char *path)
{
    return mkdir(path, 0777) == 0 ? hone_name_sync(path) : errno;
}

void hone_boot_id(char id[static HONE_BOOT_MAX])
{
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? 0 : read(fd, id, HONE_BOOT_MAX - 1);
    id[n > 0 ? n : 0] = '\0';
    id[strcspn(id, "\n")] = '\0';
    if (fd >= 0)
        close(fd);
}
