#include "engine/allot.h"

#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hone/sweep.h>

enum { CPUS_MAX = 64 * 1024 };

/* The trials' environment: the spec's has the last word. */
static const char *get_variable(void *arg, const char *name)
{
    const hone_spec *spec = arg;
    for (uint32_t i = 0; i < spec->n_env; i++) {
        if (strcmp(spec->env[i].name, name) == 0)
            return spec->env[i].value;
    }
    return getenv(name);
}

static int refuse_gpus(const hone_spec *spec, const hone_gpus *gpus, hone_error *err)
{
    const hone_resources *wanted = &spec->resources;
    char found[120] = "no GPU is at hand (CUDA_VISIBLE_DEVICES and its like are not set, "
                      "and this machine has none)";
    if (gpus->told_by != NULL && gpus->n == 0)
        snprintf(found, sizeof(found), "no GPU is at hand (%s is set and names none)",
                 gpus->told_by);
    else if (gpus->n > 0)
        snprintf(found, sizeof(found), "%" PRIu32 " %s at hand (%s)", gpus->n,
                 gpus->n == 1 ? "GPU is" : "GPUs are",
                 gpus->told_by != NULL ? gpus->told_by : "this machine's");
    return hone_error_set(err, HONE_ESPEC,
                          "%s:%d:%d: error: resources.gpus is %g, but %s", spec->path,
                          wanted->gpus_line, wanted->gpus_column, wanted->gpus, found);
}

/* The processors of this process, ascending; owned by the caller. NULL without memory. */
static uint32_t *list_cpus(uint32_t *n)
{
    size_t size = CPU_ALLOC_SIZE(CPUS_MAX);
    cpu_set_t *set = CPU_ALLOC(CPUS_MAX);
    uint32_t *cpus = malloc(CPUS_MAX * sizeof(*cpus));
    *n = 0;
    if (set != NULL && cpus != NULL && sched_getaffinity(0, size, set) == 0) {
        for (uint32_t i = 0; i < CPUS_MAX; i++) {
            if (CPU_ISSET_S(i, size, set))
                cpus[(*n)++] = i;
        }
    }
    CPU_FREE(set);
    return cpus;
}

static uint32_t choose_concurrency(const hone_spec *spec, uint32_t capacity)
{
    if (capacity > 0)
        return capacity;
    uint32_t processors = hone_default_concurrency();
    uint32_t each = spec->resources.cpus > 0 ? spec->resources.cpus : 1;
    return processors >= each ? processors / each : 1;
}

static int find_gpus(hone_allotment *allotment, const hone_spec *spec, uint32_t *capacity,
                     hone_error *err)
{
    hone_gpu_world world = {
        .get_variable = get_variable, .arg = (void *)(uintptr_t)spec, .root = ""};
    int rc = hone_gpus_find(&allotment->gpus, &world);
    if (rc != HONE_OK)
        return hone_error_set(err, rc, "out of memory");
    *capacity = hone_devices_capacity(&spec->resources, &allotment->gpus);
    return *capacity > 0 ? HONE_OK : refuse_gpus(spec, &allotment->gpus, err);
}

static int hand_out(hone_allotment *allotment, const hone_spec *spec, hone_error *err)
{
    uint32_t n_cpus;
    uint32_t *cpus = list_cpus(&n_cpus);
    if (cpus == NULL)
        return hone_error_set(err, HONE_ENOMEM, "out of memory");
    hone_devices_options options = {.resources = &spec->resources,
                                    .gpus = &allotment->gpus,
                                    .cpus = cpus,
                                    .n_cpus = n_cpus,
                                    .concurrency = allotment->concurrency};
    int rc = hone_devices_init(&allotment->devices, &options);
    free(cpus);
    if (rc != HONE_OK)
        return hone_error_set(err, rc, "out of memory");
    allotment->any = true;
    size_t len = strlen(allotment->note);
    uint32_t each = spec->resources.cpus;
    if (each > 0 && allotment->devices.n_sets == 0)
        snprintf(allotment->note + len, sizeof(allotment->note) - len,
                 "%s%" PRIu32 " %s of %" PRIu32 " %s do not fit on %" PRIu32
                 "; they may use all",
                 len > 0 ? "; " : "", allotment->concurrency,
                 allotment->concurrency == 1 ? "trial" : "trials at a time", each,
                 each == 1 ? "processor" : "processors", n_cpus);
    return HONE_OK;
}

int hone_allot(hone_allotment *allotment, const hone_spec *spec, uint32_t wanted,
               hone_error *err)
{
    uint32_t capacity = 0;
    *allotment = (hone_allotment){.any = false};
    int rc =
        spec->resources.gpus > 0 ? find_gpus(allotment, spec, &capacity, err) : HONE_OK;
    if (rc != HONE_OK)
        return rc;
    allotment->concurrency = wanted > 0 ? wanted : choose_concurrency(spec, capacity);
    if (capacity > 0 && allotment->concurrency > capacity) {
        allotment->concurrency = capacity;
        snprintf(allotment->note, sizeof(allotment->note),
                 "%" PRIu32 " %s enough for %" PRIu32 " %s of %g, not for %" PRIu32,
                 allotment->gpus.n, allotment->gpus.n == 1 ? "GPU is" : "GPUs are",
                 capacity, capacity == 1 ? "trial" : "trials at a time",
                 spec->resources.gpus, wanted);
    }
    if (spec->resources.gpus > 0 || spec->resources.cpus > 0)
        rc = hand_out(allotment, spec, err);
    return rc;
}

void hone_allotment_release(hone_allotment *allotment)
{
    hone_devices_free(&allotment->devices);
    hone_gpus_release(&allotment->gpus);
}
