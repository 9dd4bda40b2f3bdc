/* Processors of the calling thread, for what it starts meanwhile. */
#ifndef HONE_EXECUTORS_AFFINITY_H
#define HONE_EXECUTORS_AFFINITY_H

#include <sched.h>
#include <stdbool.h>

enum { HONE_PROCESSORS_MAX = 64 * 1024 };

typedef struct hone_processors {
    cpu_set_t sets[HONE_PROCESSORS_MAX / CPU_SETSIZE];
} hone_processors;

/* "0-1,4" as a set; false where it is no such list, or an empty one. */
bool hone_processors_parse(const char *list, hone_processors *processors);

/* Confines the calling thread to `list`; what it was before goes into `before`, which
 * hone_affinity_leave wants back. False where the system refuses (processors that are
 * gone): nothing has changed then. */
bool hone_affinity_enter(const char *list, hone_processors *before);
void hone_affinity_leave(const hone_processors *before);

#endif
