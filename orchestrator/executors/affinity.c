#include "executors/affinity.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/* A number below HONE_PROCESSORS_MAX; NULL where there is none at `at`. */
static const char *parse_number(const char *at, long *number)
{
    char *end;
    if (*at < '0' || *at > '9')
        return NULL;
    *number = strtol(at, &end, 10);
    return *number < HONE_PROCESSORS_MAX ? end : NULL;
}

bool hone_processors_parse(const char *list, hone_processors *processors)
{
    memset(processors, 0, sizeof *processors);
    for (const char *at = list;; at++) {
        long first, last;
        at = parse_number(at, &first);
        last = first;
        if (at != NULL && *at == '-')
            at = parse_number(at + 1, &last);
        if (at == NULL || last < first)
            return false;
        for (long i = first; i <= last; i++)
            CPU_SET_S((size_t)i, sizeof processors->sets, processors->sets);
        if (*at == '\0')
            return true;
        if (*at != ',')
            return false;
    }
}

bool hone_affinity_enter(const char *list, hone_processors *before)
{
    hone_processors wanted;
    return hone_processors_parse(list, &wanted) &&
           sched_getaffinity(0, sizeof before->sets, before->sets) == 0 &&
           sched_setaffinity(0, sizeof wanted.sets, wanted.sets) == 0;
}

void hone_affinity_leave(const hone_processors *before)
{
    /* Where it fails the keeper stays where its attempt is, which does no harm. */
    (void)sched_setaffinity(0, sizeof before->sets, before->sets);
}
