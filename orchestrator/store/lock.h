/* Locks on files of their own: OFD locks, which neither another descriptor's close nor a
 * fork gives away, and which end with their process. */
#ifndef HONE_STORE_LOCK_H
#define HONE_STORE_LOCK_H

#include <stdbool.h>

#include <hone/error.h>

/* Waits up to `wait_ms` for the exclusive lock of an open file. HONE_ESTORE where it
 * stays with another; `path` is what the message names. */
HONE_MUST_CHECK int hone_lock_wait(int fd, const char *path, int wait_ms,
                                   hone_error *err);
/* Gives it back; giving back what one does not have is harmless. */
void hone_lock_give(int fd);

/* Takes the lock file of a sweep and writes into it who holds it: host, process, boot and
 * since when. HONE_EHELD with these of the holder; one that has been killed and is not
 * quite gone is waited for. The descriptor is close-on-exec. */
HONE_MUST_CHECK int hone_lock_take(const char *path, int *fd, hone_error *err);
/* Whether someone who is alive holds it right now. */
bool hone_lock_held(const char *path);

#endif
