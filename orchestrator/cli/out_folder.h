/* Results that are a folder, put in its place as a whole or not at all.
 *
 *   open  (files are made in `temp`)  close */
#ifndef HONE_CLI_OUT_FOLDER_H
#define HONE_CLI_OUT_FOLDER_H

#include <hone/error.h>

struct out_folder {
    char *temp;       /* where to write; owned */
    const char *path; /* borrowed */
};

/* `path` must not exist, or be an empty folder: nothing is ever replaced. Errors:
 * HONE_EIO, HONE_ENOMEM. */
HONE_MUST_CHECK int hone_out_folder_open(struct out_folder *out, const char *path,
                                         hone_error *err);
/* Puts the folder in its place where `status` is 0, else removes it. Returns the exit
 * status: `status`, or EXIT_FAILED after a message. */
int hone_out_folder_close(struct out_folder *out, int status);

#endif
