/* How many trials at a time this process may reasonably run. */
#include <hone/sweep.h>

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Processors of the affinity mask; grows the set until the kernel's fits. */
static uint32_t count_affinity(void)
{
    for (int cpus = 1024; cpus <= 1024 * 1024; cpus *= 4) {
        cpu_set_t *set = CPU_ALLOC((size_t)cpus);
        if (set == NULL)
            return 1;
        size_t size = CPU_ALLOC_SIZE((size_t)cpus);
        int found = sched_getaffinity(0, size, set) == 0 ? CPU_COUNT_S(size, set) : 0;
        CPU_FREE(set);
        if (found > 0)
            return (uint32_t)found;
    }
    return 1;
}

/* The quota of cgroup version 2 in whole processors, rounded up; 0 where there is none.
 */
static uint32_t read_quota(void)
{
    char path[300] = "/sys/fs/cgroup";
    char line[256];
    FILE *self = fopen("/proc/self/cgroup", "re");
    while (self != NULL && fgets(line, sizeof(line), self) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (strncmp(line, "0::", 3) == 0)
            snprintf(path, sizeof(path), "/sys/fs/cgroup%s/cpu.max", line + 3);
    }
    if (self != NULL)
        fclose(self);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return 0;
    double quota = 0, period = 0;
    int got = fscanf(file, "%lf %lf", &quota, &period); /* "max 100000" reads none */
    fclose(file);
    if (got != 2 || quota <= 0 || period <= 0)
        return 0;
    return (uint32_t)((quota + period - 1) / period);
}

uint32_t hone_default_concurrency(void)
{
    uint32_t processors = count_affinity();
    uint32_t quota = read_quota();
    return quota > 0 && quota < processors ? quota : processors;
}
