/* Copies and removes folders, without following a link. A folder is entered by its
 * descriptor, so that no path grows too long; DEPTH_MAX folders are open at the most. */
#include "engine/copy_tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEPTH_MAX = 64, BLOCK = 256 * 1024 };

/* What is being copied; the first failure is kept. */
typedef struct copying {
    char *block; /* owned */
    hone_error *err;
} copying;

static int fail(const copying *self, const char *what, const char *name)
{
    int code = errno == ENOSPC || errno == EDQUOT ? HONE_EFULL : HONE_EIO;
    return hone_error_set(self->err, code, "%s %.200s: %s", what, name, strerror(errno));
}

/* ---- removing ---- */

static int remove_entries(int dir, int depth);

static int remove_entry(int dir, const char *name, int depth)
{
    if (unlinkat(dir, name, 0) == 0 || errno == ENOENT)
        return 0;
    if (errno != EISDIR && errno != EPERM)
        return -1;
    int inner = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (inner < 0 || depth == 0)
        return -1;
    int rc = remove_entries(inner, depth - 1);
    return rc == 0 ? unlinkat(dir, name, AT_REMOVEDIR) : rc;
}

/* Takes the descriptor. */
static int remove_entries(int dir, int depth)
{
    DIR *list = fdopendir(dir);
    int rc = list != NULL ? 0 : -1;
    struct dirent *entry;
    if (list == NULL)
        close(dir);
    while (rc == 0 && (entry = readdir(list)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            rc = remove_entry(dirfd(list), entry->d_name, depth);
    if (list != NULL)
        closedir(list);
    return rc;
}

/* ---- copying ---- */

static int copy_bytes(copying *self, int in, int out, const char *name)
{
    for (;;) {
        ssize_t got = read(in, self->block, BLOCK);
        if (got == 0)
            return fsync(out) == 0 ? HONE_OK : fail(self, "cannot sync", name);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail(self, "cannot read", name);
        for (ssize_t done = 0; done < got;) {
            ssize_t put = write(out, self->block + done, (size_t)(got - done));
            if (put < 0 && errno != EINTR)
                return fail(self, "cannot write", name);
            done += put > 0 ? put : 0;
        }
    }
}

static int copy_file(copying *self, int from, int to, const char *name, mode_t mode)
{
    int in = openat(from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    int out =
        in < 0 ? -1 : openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    int rc = out < 0 ? fail(self, "cannot open", name) : HONE_OK;
    if (rc == HONE_OK)
        rc = copy_bytes(self, in, out, name);
    if (rc == HONE_OK && fchmod(out, mode & 07777) != 0)
        rc = fail(self, "cannot set the mode of", name);
    if (out >= 0)
        close(out);
    if (in >= 0)
        close(in);
    return rc;
}

static int copy_link(copying *self, int from, int to, const char *name)
{
    char target[PATH_MAX];
    ssize_t n = readlinkat(from, name, target, sizeof(target) - 1);
    if (n < 0)
        return fail(self, "cannot read", name);
    target[n] = '\0';
    return symlinkat(target, to, name) == 0 ? HONE_OK : fail(self, "cannot link", name);
}

static int copy_entries(copying *self, int from, int to, int depth);

static int copy_folder(copying *self, int from, int to, const char *name, int depth)
{
    errno = ELOOP;
    if (depth == 0 || mkdirat(to, name, 0700) != 0)
        return fail(self, "cannot make", name);
    int in = openat(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int out = openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int rc = in < 0 || out < 0 ? fail(self, "cannot open", name) : HONE_OK;
    if (rc == HONE_OK)
        rc = copy_entries(self, in, out, depth - 1); /* takes `in` */
    else if (in >= 0)
        close(in);
    if (out >= 0)
        close(out);
    return rc;
}

static int copy_entry(copying *self, int from, int to, const char *name, int depth)
{
    struct stat found;
    if (fstatat(from, name, &found, AT_SYMLINK_NOFOLLOW) != 0)
        return fail(self, "cannot look at", name);
    if (S_ISREG(found.st_mode))
        return copy_file(self, from, to, name, found.st_mode);
    if (S_ISLNK(found.st_mode))
        return copy_link(self, from, to, name);
    if (S_ISDIR(found.st_mode))
        return copy_folder(self, from, to, name, depth);
    return HONE_OK; /* a socket or the like is no state */
}

/* Takes `from`, not `to`. The folder's own mode comes last: it may forbid to write. */
static int copy_entries(copying *self, int from, int to, int depth)
{
    DIR *list = fdopendir(from);
    struct stat own;
    struct dirent *entry;
    int rc = list != NULL && fstat(from, &own) == 0
                 ? HONE_OK
                 : fail(self, "cannot read", "a folder");
    if (list == NULL)
        close(from);
    while (rc == HONE_OK && (entry = readdir(list)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            rc = copy_entry(self, dirfd(list), to, entry->d_name, depth);
    if (rc == HONE_OK && (fchmod(to, own.st_mode & 07777) != 0 || fsync(to) != 0))
        rc = fail(self, "cannot finish", "a folder");
    if (list != NULL)
        closedir(list);
    return rc;
}

/* ---- the whole ---- */

static int remove_tree(const copying *self, const char *path)
{
    return remove_entry(AT_FDCWD, path, DEPTH_MAX) == 0
               ? HONE_OK
               : fail(self, "cannot remove", path);
}

static int copy_beside(copying *self, int from, const char *to, const char *beside)
{
    int rc = remove_tree(self, beside);
    int out = -1;
    if (rc == HONE_OK && mkdir(beside, 0700) != 0)
        rc = fail(self, "cannot make", beside);
    if (rc == HONE_OK && (out = open(beside, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
        rc = fail(self, "cannot open", beside);
    if (rc == HONE_OK)
        rc = copy_entries(self, from, out, DEPTH_MAX);
    else
        close(from);
    if (out >= 0)
        close(out);
    if (rc == HONE_OK)
        rc = remove_tree(self, to);
    if (rc == HONE_OK && rename(beside, to) != 0)
        rc = fail(self, "cannot rename", beside);
    return rc;
}

int hone_tree_copy(const char *from, const char *to, hone_error *err)
{
    copying self = {.err = err};
    int in = open(from, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (in < 0 && errno == ENOENT)
        return remove_tree(&self, to);
    if (in < 0)
        return fail(&self, "cannot open", from);
    char *beside = NULL;
    self.block = malloc(BLOCK);
    if (self.block == NULL || asprintf(&beside, "%s.new", to) < 0) {
        free(self.block);
        close(in);
        return hone_error_set(err, HONE_ENOMEM, "out of memory");
    }
    int rc = copy_beside(&self, in, to, beside);
    free(beside);
    free(self.block);
    return rc;
}
