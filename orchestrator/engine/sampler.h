/* The external sampler of a running sweep: what the reactor asks goes to it, what it
 * answers comes back as an event, what becomes of trials it is told. All of it does
 * nothing where the method is a strategy of hone's. */
#ifndef HONE_ENGINE_SAMPLER_H
#define HONE_ENGINE_SAMPLER_H

#include "engine/sweep_state.h"

HONE_MUST_CHECK int hone_sampler_open(hone_sweep *sweep, hone_error *err);
void hone_sampler_ask(hone_sweep *sweep, uint64_t number);
/* A trial is on its way to the record. */
void hone_sampler_tell_pending(hone_sweep *sweep, const hone_run *run);
/* Its end is in the record. */
void hone_sampler_tell_end(hone_sweep *sweep, const hone_run *run,
                           const hone_verdict *verdict);
/* A sweep that ends does not wait for an answer: true where an event was posted. */
bool hone_sampler_lets_go(hone_sweep *sweep);

#endif
