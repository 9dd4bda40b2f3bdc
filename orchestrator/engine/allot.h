/* What `resources` comes to on this machine: which GPUs and processors there are, and how
 * many trials at a time they are enough for. */
#ifndef HONE_ENGINE_ALLOT_H
#define HONE_ENGINE_ALLOT_H

#include "engine/devices.h"

typedef struct hone_allotment {
    hone_gpus gpus;
    hone_devices devices;
    uint32_t concurrency; /* trials at a time */
    bool any;             /* something is handed out: `devices` counts */
    char note[300];       /* a line for the user; "" where there is nothing to say */
} hone_allotment;

/* `wanted` trials at a time, 0: as many as there is room for. Errors: HONE_ESPEC,
 * located, where the GPUs are not enough for one trial; HONE_ENOMEM. Release it in any
 * case. */
HONE_MUST_CHECK int hone_allot(hone_allotment *allotment, const hone_spec *spec,
                               uint32_t wanted, hone_error *err);
void hone_allotment_release(hone_allotment *allotment);

#endif
