/* What a request on the control socket does to a running sweep. */
#ifndef HONE_ENGINE_STEER_H
#define HONE_ENGINE_STEER_H

#include <hone/control.h>

#include "engine/sweep_state.h"

/* A request under way: its answer is given when what it asks for is on disk. */
typedef struct hone_steering {
    bool pending;
    hone_control_kind kind; /* ADD or KILL */
    uint64_t trial;
} hone_steering;

/* Carries out the request in `line`; appends the answer to `out`, or leaves `steering`
 * pending. The queue of events is empty before and after. */
void hone_steer_begin(hone_sweep *sweep, hone_steering *steering, const char *line,
                      size_t len, hone_buf *out);
/* Answers a pending request where it is done. */
void hone_steer_go_on(hone_sweep *sweep, hone_steering *steering, hone_buf *out);

#endif
