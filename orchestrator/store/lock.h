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

/* How often a holder says that it lives, and for how long another machine waits for that
 * before it takes the holder for dead. */
enum { HONE_BEAT_MS = 3000, HONE_BEAT_PATIENCE_MS = 15000 };

/* Takes the lock file of a sweep and writes into it who holds it: host, process, boot and
 * since when. HONE_EHELD with these of the holder; one that has been killed and is not
 * quite gone is waited for. HONE_ESTORE with the same where it lives on another machine;
 * one there that has not said that it ended is watched for `patience_ms`. The descriptor
 * is close-on-exec. */
HONE_MUST_CHECK int hone_lock_take(const char *path, int patience_ms, int *fd,
                                   hone_error *err);
/* Gives it back, saying so in the file. */
void hone_lock_drop(int fd);
/* Says in the file that its holder, this process, lives: `beat` is another number each
 * time. HONE_ESTORE where another machine has taken it for dead. May block; for any
 * thread. */
HONE_MUST_CHECK int hone_lock_beat(const char *path, unsigned beat, hone_error *err);
/* Whether someone who is alive holds it right now; of another machine: whether it has
 * lived a moment ago, by the file's time. */
bool hone_lock_held(const char *path);

#endif
