/* A sweep for a moment, as hone ask and hone tell have it. */
#ifndef HONE_ENGINE_BORROW_H
#define HONE_ENGINE_BORROW_H

#include "engine/sweep_state.h"

/* hone_sweep_load, to record. Where the lock is held for a moment, by another ask or
 * tell, it is waited for; HONE_EHELD at once where an orchestrator has it, or after ten
 * seconds. */
HONE_MUST_CHECK int hone_sweep_borrow(hone_sweep **out, const hone_sweep_options *options,
                                      const hone_spec *spec, hone_resume **resume,
                                      hone_error *err);

#endif
