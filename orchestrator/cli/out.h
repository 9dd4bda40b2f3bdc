/* Where results go: standard output, or a file that is written whole or not at all.
 *
 *   open (write | buf)* close            close is the one check: it says what failed
 *
 * A reader that has gone away (EPIPE) ends the output quietly and is no failure. */
#ifndef HONE_CLI_OUT_H
#define HONE_CLI_OUT_H

#include <stdbool.h>
#include <stdio.h>

#include <hone/buf.h>

struct out {
    FILE *file;
    char *path,
        *temp; /* owned; NULL for standard output and for what is no regular file */
    const char *name; /* for messages; borrowed */
    int failure;      /* errno of the first failure, 0: none */
};

/* `path` NULL or "-": standard output. Errors: HONE_EIO, HONE_ENOMEM. */
HONE_MUST_CHECK int hone_out_open(struct out *out, const char *path, hone_error *err);
/* False once nobody wants more, or after a failure. */
bool hone_out_write(struct out *out, const char *bytes, size_t len);
/* Writes the buffer and empties it; the buffer's own failure counts as one. */
bool hone_out_buf(struct out *out, hone_buf *buf);
/* Passes what is buffered on, for a reader that waits. */
bool hone_out_flush(struct out *out);
/* Puts the file in its place where `status` is 0 and all was written, else removes it.
 * Returns the exit status: `status`, or EXIT_FAILED after a message. */
int hone_out_close(struct out *out, int status);

#endif
