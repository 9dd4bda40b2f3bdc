/* Which GPUs this process may use, and by which variables a program is told of some.
 *
 * An inherited CUDA_VISIBLE_DEVICES (or ROCR_, HIP_VISIBLE_DEVICES, ZE_AFFINITY_MASK) is
 * the list that is handed out, in its own words: indices, UUIDs, MIG instances. Where
 * none is set all GPUs of the machine are taken. */
#ifndef HONE_ENGINE_GPUS_H
#define HONE_ENGINE_GPUS_H

#include <stdbool.h>
#include <stdint.h>

#include <hone/error.h>

enum { HONE_GPU_VARIABLES = 4, HONE_GPU_MAX = 1024 };

typedef struct hone_gpu_variable {
    const char *name;        /* NULL ends the array */
    const char *const *list; /* what to write for each of the n GPUs; owned */
    bool relative; /* counts from 0 among those that another variable leaves visible */
} hone_gpu_variable;

typedef struct hone_gpus {
    uint32_t n;
    const char *told_by; /* the variable that is the list; NULL: none is set */
    hone_gpu_variable variables[HONE_GPU_VARIABLES + 1]; /* [0]: the names in messages */
} hone_gpus;

/* Where to look. */
typedef struct hone_gpu_world {
    const char *(*get_variable)(void *arg, const char *name); /* NULL: not set */
    void *arg;
    const char *root; /* before /dev and /sys; "" but in tests */
} hone_gpu_world;

/* Fills `gpus`; n is 0 where there is none. Errors: HONE_ENOMEM. */
HONE_MUST_CHECK int hone_gpus_find(hone_gpus *gpus, const hone_gpu_world *world);
void hone_gpus_release(hone_gpus *gpus);

#endif
