/* A control group (cgroup version 2) for one attempt: its memory limit, kept by the
 * kernel, and a way to end all that is in it at once.
 *
 *   probe  (make  enter  leave  (kill)*  remove)*
 *
 * Only where the system has delegated a part of its hierarchy to us, as systemd does for
 * a user's session; elsewhere there is no group, and the keeper watches by itself. */
#ifndef HONE_EXECUTORS_GROUP_H
#define HONE_EXECUTORS_GROUP_H

#include <stdbool.h>
#include <stdint.h>

#include "executors/record.h"

typedef enum hone_group_state {
    HONE_GROUP_UNKNOWN, /* not looked for yet */
    HONE_GROUP_NOWHERE,
    HONE_GROUP_POSSIBLE,
    HONE_GROUP_MADE
} hone_group_state;

typedef struct hone_group {
    hone_group_state state;
    unsigned n_made;
    char home[HONE_PATH_MAX];   /* our own group */
    char parent[HONE_PATH_MAX]; /* where groups are made */
    char path[HONE_PATH_MAX];   /* of MADE */
} hone_group;

/* Finds out whether groups can be made: makes one, and goes into it and back. Removes
 * empty ones that keepers left which are gone. Once; later calls do nothing. */
void hone_group_probe(hone_group *group);
/* The same below a given mount and path, for tests: `path` is "/" or "/a/b". */
void hone_group_probe_at(hone_group *group, const char *mount, const char *path);

/* Makes a group with a limit of `max` bytes; false where that fails. */
bool hone_group_make(hone_group *group, uint64_t max);
/* Moves this process into it, and back. */
bool hone_group_enter(const hone_group *group);
bool hone_group_leave(const hone_group *group);
/* SIGKILL to all in it. */
void hone_group_kill(const hone_group *group);
/* How many processes the kernel has killed at the limit. */
uint64_t hone_group_oom_kills(const hone_group *group);
/* The most that it had, bytes; 0 where the kernel does not say. */
uint64_t hone_group_peak(const hone_group *group);
/* When all in it have ended. */
void hone_group_remove(hone_group *group);

#endif
