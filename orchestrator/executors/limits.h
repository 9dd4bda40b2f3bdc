/* Limits of this process. */
#ifndef HONE_EXECUTORS_LIMITS_H
#define HONE_EXECUTORS_LIMITS_H

#include <stdint.h>

/* Raises the soft limit of open files to the hard one, and returns what it was: keepers
 * get that back, since programs that use select() break above 1024. */
uint64_t hone_limits_raise(void);
/* Sets the soft limit back. */
void hone_limits_restore(uint64_t soft);

#endif
