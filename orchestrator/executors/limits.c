#include "executors/limits.h"

#include <sys/resource.h>

#include "base/banned.h"

uint64_t hone_limits_raise(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return RLIM_INFINITY;
    rlim_t soft = limit.rlim_cur;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE,
                    &limit); /* where it fails: as many files as there were */
    return (uint64_t)soft;
}

void hone_limits_restore(uint64_t soft)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = soft < limit.rlim_max ? (rlim_t)soft : limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}
