/* Results: buffered output with one check at the end, and files replaced as a whole. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/exit.h"
#include "cli/out.h"

/* A temporary beside `path`, which a rename puts in its place. */
static FILE *open_temporary(struct out *out)
{
    static const char suffix[] = ".hone-XXXXXX";
    size_t len = strlen(out->path);
    out->temp = malloc(len + sizeof suffix);
    if (out->temp == NULL) {
        return NULL;
    }
    memcpy(out->temp, out->path, len);
    memcpy(out->temp + len, suffix, sizeof suffix);
    int fd = mkostemp(out->temp, O_CLOEXEC);
    if (fd < 0) {
        return NULL;
    }
    mode_t mask = umask(0);
    umask(mask);
    FILE *file = fchmod(fd, 0666 & ~mask) == 0 ? fdopen(fd, "w") : NULL;
    if (file == NULL) {
        int number = errno;
        close(fd);
        unlink(out->temp);
        errno = number;
    }
    return file;
}

int hone_out_open(struct out *out, const char *path, hone_error *err)
{
    struct stat info;
    *out = (struct out){.file = stdout, .name = "standard output"};
    if (path == NULL || strcmp(path, "-") == 0) {
        return HONE_OK;
    }
    out->name = path;
    if (stat(path, &info) == 0 && !S_ISREG(info.st_mode)) {
        /* A device or pipe is written to, never replaced. */
        out->file = fopen(path, "we");
        return out->file != NULL
                   ? HONE_OK
                   : hone_error_set(err, HONE_EIO, "%s: %s", path, strerror(errno));
    }
    /* Through symbolic links: what they point at is replaced, not the link. */
    out->path = realpath(path, NULL);
    if (out->path == NULL) {
        out->path = strdup(path);
    }
    out->file = out->path != NULL ? open_temporary(out) : NULL;
    if (out->file == NULL) {
        int rc = hone_error_set(err, HONE_EIO, "%s: %s", path, strerror(errno));
        free(out->path);
        free(out->temp);
        *out = (struct out){.file = NULL};
        return rc;
    }
    return HONE_OK;
}

bool hone_out_write(struct out *out, const char *bytes, size_t len)
{
    if (out->failure == 0 && len > 0 && fwrite(bytes, 1, len, out->file) != len) {
        out->failure = errno != 0 ? errno : EIO;
    }
    return out->failure == 0;
}

bool hone_out_buf(struct out *out, hone_buf *buf)
{
    if (hone_buf_status(buf) != HONE_OK && out->failure == 0) {
        out->failure = hone_buf_status(buf) == HONE_ENOMEM ? ENOMEM : EFBIG;
    }
    bool wanted = hone_out_write(out, hone_buf_text(buf), buf->len);
    hone_buf_reset(buf);
    return wanted;
}

bool hone_out_flush(struct out *out)
{
    if (out->failure == 0 && fflush(out->file) != 0) {
        out->failure = errno;
    }
    return out->failure == 0;
}

/* Closes and renames; a failure is left in out->failure. */
static void finish_file(struct out *out, int status)
{
    if (out->temp != NULL && out->failure == 0 && fsync(fileno(out->file)) != 0) {
        out->failure = errno;
    }
    if (fclose(out->file) != 0 && out->failure == 0) {
        out->failure = errno;
    }
    if (out->temp == NULL) {
        return;
    }
    if (status == EXIT_DONE && out->failure == 0 && rename(out->temp, out->path) != 0) {
        out->failure = errno;
    }
    if (status != EXIT_DONE || out->failure != 0) {
        unlink(out->temp);
    }
}

int hone_out_close(struct out *out, int status)
{
    assert(out->file != NULL);
    hone_out_flush(out);
    if (out->file != stdout) {
        finish_file(out, status);
    }
    free(out->temp);
    free(out->path);
    if (out->failure != 0 && out->failure != EPIPE) {
        hone_say("cannot write %s: %s", out->name, strerror(out->failure));
        status = status != EXIT_DONE ? status : EXIT_FAILED;
    }
    return status;
}
