#include "cli/out_folder.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/exit.h"

enum { MAX_OPEN = 16 };

int hone_out_folder_open(struct out_folder *out, const char *path, hone_error *err)
{
    static const char suffix[] = ".hone-XXXXXX";
    size_t len = strlen(path);
    while (len > 1 && path[len - 1] == '/') {
        len--;
    }
    *out = (struct out_folder){.path = path};
    /* An empty one makes room, and is made again: rename(2) wants nothing else there. */
    if (rmdir(path) != 0 && errno != ENOENT) {
        return hone_error_set(err, HONE_EIO, "%s: %s", path,
                              errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR
                                  ? "there is something already; name a new folder"
                                  : strerror(errno));
    }
    out->temp = malloc(len + sizeof suffix);
    if (out->temp == NULL) {
        return hone_error_set(err, HONE_ENOMEM, "out of memory");
    }
    memcpy(out->temp, path, len);
    memcpy(out->temp + len, suffix, sizeof suffix);
    mode_t mask = umask(0);
    umask(mask);
    if (mkdtemp(out->temp) == NULL || chmod(out->temp, 0777 & ~mask) != 0) {
        int rc = hone_error_set(err, HONE_EIO, "%s: %s", path, strerror(errno));
        free(out->temp);
        return rc;
    }
    return HONE_OK;
}

static int remove_one(const char *path, const struct stat *info, int kind,
                      struct FTW *place)
{
    (void)info, (void)kind, (void)place;
    (void)remove(path); /* what stays is beside the place, under a name of its own */
    return 0;
}

int hone_out_folder_close(struct out_folder *out, int status)
{
    if (status == EXIT_DONE && rename(out->temp, out->path) != 0) {
        hone_say("cannot write %s: %s", out->path, strerror(errno));
        status = EXIT_FAILED;
    }
    if (status != EXIT_DONE) {
        (void)nftw(out->temp, remove_one, MAX_OPEN, FTW_DEPTH | FTW_PHYS);
    }
    free(out->temp);
    return status;
}
