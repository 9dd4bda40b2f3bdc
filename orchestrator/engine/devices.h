/* What trials get of the machine: GPUs and processors, handed out so that no two have the
 * same. Pure: what there is, is told at the start.
 *
 *   init  (claim)*  (acquire | release)*  free
 *
 * All trials of a sweep want the same, so the GPUs are cut into shares once: each trial
 * gets one. With 4 GPUs and `gpus: 2` there are two shares, {0,1} and {2,3}; with `gpus:
 * 0.5` there are eight, two on each GPU, and neighbours in the list are on different
 * GPUs. Likewise the processors, where they are enough for all trials at a time. */
#ifndef HONE_ENGINE_DEVICES_H
#define HONE_ENGINE_DEVICES_H

#include <stdbool.h>
#include <stdint.h>

#include <hone/executor.h>
#include <hone/spec.h>

#include "engine/gpus.h"

enum { HONE_NO_PLACE = -1 };

typedef struct hone_devices {
    const hone_gpus *gpus; /* borrowed */
    uint32_t whole;        /* GPUs in a share; 1 where it is a part of one */
    uint32_t per_gpu;      /* shares on one GPU; 1 where they are whole */
    uint32_t n_shares;     /* 0: no GPUs are handed out */
    uint32_t *share_of;    /* slot + 1 that has the share, 0: free; owned */
    uint32_t n_cpus;       /* processors in a set */
    uint32_t n_sets;       /* 0: no processors are handed out */
    uint32_t *cpus;        /* n_sets * n_cpus numbers; owned */
    uint32_t *set_of;      /* as share_of; owned */
} hone_devices;

typedef struct hone_devices_options {
    const hone_resources *resources;
    const hone_gpus *gpus; /* outlives the devices */
    const uint32_t *cpus;  /* processors of this process, ascending */
    uint32_t n_cpus;
    uint32_t concurrency; /* trials at a time; 0: as many as there are shares */
} hone_devices_options;

/* How many trials at a time the GPUs are enough for; 0 where not even for one. */
uint32_t hone_devices_capacity(const hone_resources *resources, const hone_gpus *gpus);

/* Errors: HONE_ENOMEM. */
HONE_MUST_CHECK int hone_devices_init(hone_devices *devices,
                                      const hone_devices_options *options);
void hone_devices_free(hone_devices *devices);

/* Gives the slot, which has nothing, a share and a set; false where no share is free
 * outside the places that `shut` (by place; NULL: none) names. Without a free set the
 * trial shares its processors. */
bool hone_devices_acquire(hone_devices *devices, uint32_t slot, const bool *shut);
/* Takes back what it has. */
void hone_devices_release(hone_devices *devices, uint32_t slot);
/* What an attempt that was taken over has, by its placement, is the slot's. What is no
 * longer there, or in other hands, is passed over. */
void hone_devices_claim(hone_devices *devices, uint32_t slot, const char *placement);

/* A place is what breaks as a whole: a share of whole GPUs, or a GPU that is shared. */
uint32_t hone_devices_places(const hone_devices *devices);
/* The place that the slot has, HONE_NO_PLACE for none, or for several. */
int hone_devices_place(const hone_devices *devices, uint32_t slot);
/* Appends "GPU 1" or "GPUs 2,3". */
void hone_devices_name(const hone_devices *devices, uint32_t place, hone_buf *out);

/* Append what the slot has: the value for a variable; "0-1,4"; and the line that `claim`
 * understands ("gpus=0,1 cpus=0-3", "share=0.5 gpus=1"). False, and nothing, where it has
 * none. */
bool hone_devices_put_gpus(const hone_devices *devices, uint32_t slot,
                           const hone_gpu_variable *variable, hone_buf *out);
bool hone_devices_put_cpus(const hone_devices *devices, uint32_t slot, hone_buf *out);
bool hone_devices_put_placement(const hone_devices *devices, uint32_t slot,
                                hone_buf *out);

#endif
