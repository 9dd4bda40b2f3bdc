#include "store/paths.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/durable.h"
#include "store/db.h"

#include "base/banned.h"

/* Joins up to four parts with slashes. */
static char *join(const char *const *parts, size_t n)
{
    size_t len = 1;
    for (size_t i = 0; i < n; i++)
        len += strlen(parts[i]) + 1;
    char *path = malloc(len);
    if (path == NULL)
        return NULL;
    char *end = path;
    for (size_t i = 0; i < n; i++) {
        size_t part = strlen(parts[i]);
        if (part == 0)
            continue;
        if (end > path && end[-1] != '/')
            *end++ = '/';
        memcpy(end, parts[i], part);
        end += part;
    }
    *end = '\0';
    return path;
}

char *hone_path_in(const char *dir, const char *name)
{
    return join((const char *const[]){dir, name}, 2);
}

char *hone_path_of_sweep(const char *dir, const char *uid, const char *name)
{
    return join((const char *const[]){dir, "sweeps", uid, name}, 4);
}

/* mkdir that is content with a folder that is there. */
static int make_one(const char *path, hone_error *err)
{
    struct stat info;
    int error = hone_folder_make(path);
    if (error == 0)
        return HONE_OK;
    if (error == EEXIST && stat(path, &info) == 0) {
        if (S_ISDIR(info.st_mode))
            return HONE_OK;
        error = ENOTDIR;
    }
    return hone_store_fail(path, "make the folder", error, err);
}

static int make_parents(char *path, hone_error *err)
{
    for (char *slash = strchr(path + 1, '/'); slash != NULL;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        int rc = make_one(path, err);
        *slash = '/';
        if (rc != HONE_OK)
            return rc;
    }
    return make_one(path, err);
}

/* The record is not for version control: everything in it is ignored, as other tools'
 * folders are. A user's own .gitignore stays. */
static int write_gitignore(const char *dir, hone_error *err)
{
    char *path = hone_path_in(dir, ".gitignore");
    if (path == NULL)
        return hone_error_set(err, HONE_ENOMEM, "out of memory");
    int rc = HONE_OK;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0 && errno != EEXIST)
        rc = hone_store_fail(path, "write", errno, err);
    if (fd >= 0) {
        if (write(fd, "*\n", 2) != 2)
            rc = hone_store_fail(path, "write", errno, err);
        close(fd);
    }
    free(path);
    return rc;
}

int hone_store_make_dir(const char *dir, char **absolute, hone_error *err)
{
    *absolute = NULL;
    char *copy = strdup(dir[0] != '\0' ? dir : ".");
    if (copy == NULL)
        return hone_error_set(err, HONE_ENOMEM, "out of memory");
    int rc = make_parents(copy, err);
    if (rc == HONE_OK)
        rc = write_gitignore(copy, err);
    if (rc == HONE_OK && (*absolute = realpath(copy, NULL)) == NULL)
        rc = hone_store_fail(copy, "find", errno, err);
    /* Once more: whoever made the folder may have been killed before its name was safe.
     */
    int error = rc == HONE_OK ? hone_name_sync(*absolute) : 0;
    if (error != 0) {
        rc = hone_store_fail(*absolute, "sync", error, err);
        free(*absolute);
        *absolute = NULL;
    }
    free(copy);
    return rc;
}

int hone_store_make_sweep_dir(const char *dir, const char *uid, hone_error *err)
{
    char *path = hone_path_of_sweep(dir, uid, "");
    if (path == NULL)
        return hone_error_set(err, HONE_ENOMEM, "out of memory");
    int rc = make_parents(path, err);
    free(path);
    return rc;
}
