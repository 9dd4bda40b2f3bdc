/* The reactor's trials in flight: a table by number, and the queue of those that wait for
 * a slot, in the order of their numbers. For the reactor's own files. */
#ifndef HONE_ENGINE_RUNS_H
#define HONE_ENGINE_RUNS_H

#include "engine/reactor.h"

/* Takes a spare run or a new one and puts it under its number; NULL without memory. */
hone_run *hone_runs_add(hone_reactor *reactor, uint64_t number,
                        const hone_config *config);
/* The next number gets this configuration, and is to be recorded; NULL without memory. */
hone_run *hone_runs_record(hone_reactor *reactor, const hone_config *config);
/* Takes it out of the table and keeps its memory for another. */
void hone_runs_remove(hone_reactor *reactor, hone_run *run);
void hone_runs_free(hone_run *run);

/* A step of its life, which must be a legal one. */
void hone_run_move(hone_run *run, hone_step step);
/* A repeat ended well: the next has all its tries. Errors: HONE_ENOMEM. */
HONE_MUST_CHECK int hone_runs_score(hone_run *run, double score);

/* A trial that is to run again goes before younger ones. */
void hone_ready_add(hone_reactor *reactor, hone_run *run);
/* The first; there must be one. */
hone_run *hone_ready_take(hone_reactor *reactor);
bool hone_ready_has(const hone_reactor *reactor, const hone_run *run);
/* Takes out one that is in it. */
void hone_ready_drop(hone_reactor *reactor, hone_run *run);

#endif
