/* `warm_start`: what a sweep begins with, from the record of an earlier one. */
#ifndef HONE_ENGINE_WARM_START_H
#define HONE_ENGINE_WARM_START_H

#include "engine/sweep_state.h"

/* Gives the sweep's plan the best configurations of the sweep that its spec names, as far
 * as they are in its space; `store` is the folder of both. Before the sweep is recorded.
 * Errors: HONE_ESPEC with the spec's line where a new sweep has nothing to begin with;
 * those of the store. */
HONE_MUST_CHECK int hone_warm_begin(hone_sweep *sweep, const char *store,
                                    hone_error *err);

#endif
