/* Where things lie in a store:
 *
 *   DIR/hone.db  DIR/hone.lock  DIR/.gitignore
 *   DIR/sweeps/UID/sweep.lock
 *   DIR/sweeps/UID/slots/FOLDER/stdout, stderr, ...   made by the executor
 *   DIR/sweeps/UID/trials/NUMBER/                     likewise, where a trial left files
 */
#ifndef HONE_STORE_PATHS_H
#define HONE_STORE_PATHS_H

#include <hone/buf.h>

/* DIR/NAME, to be freed by the caller; NULL where memory is exhausted. */
char *hone_path_in(const char *dir, const char *name);
/* DIR/sweeps/UID/NAME, likewise; NAME "" is the sweep's folder. */
char *hone_path_of_sweep(const char *dir, const char *uid, const char *name);

/* Makes the folder of a store (with its parents) and its .gitignore; *absolute is its
 * real path, to be freed by the caller. Errors: HONE_ESTORE with the path, HONE_EFULL. */
HONE_MUST_CHECK int hone_store_make_dir(const char *dir, char **absolute,
                                        hone_error *err);
/* Makes DIR/sweeps/UID. */
HONE_MUST_CHECK int hone_store_make_sweep_dir(const char *dir, const char *uid,
                                              hone_error *err);

#endif
