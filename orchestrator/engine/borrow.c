/* A sweep for a moment. */
#include "engine/borrow.h"

#include <hone/control.h>

enum { PATIENCE_S = 10 };

/* Waits until the lock is free, or for a while; whether it is worth another try. */
static bool wait_for_lock(const hone_sweep_options *options, const hone_spec *spec)
{
    const char *store = options->store != NULL ? options->store : ".hone";
    const char *name = options->name != NULL ? options->name : spec->name;
    hone_control_request request = {.kind = HONE_CONTROL_STATUS};
    hone_control_answer answer = {0};
    hone_error ignored = {0};
    int rc = hone_control_steer(store, name, &request, &answer, &ignored);
    return rc == HONE_EIO || (rc == HONE_OK && !answer.live);
}

int hone_sweep_borrow(hone_sweep **out, const hone_sweep_options *options,
                      const hone_spec *spec, hone_resume **resume, hone_error *err)
{
    uint64_t until = uv_hrtime() + PATIENCE_S * UINT64_C(1000000000);
    int rc;
    do {
        rc = hone_sweep_load(out, options, spec, HONE_SWEEP_TO_RECORD, resume, err);
    } while (rc == HONE_EHELD && uv_hrtime() < until && wait_for_lock(options, spec));
    return rc;
}
