/* The reactor's ways to end a running trial before its time: each is wished for on disk
 * first, and then done. For reactor.c alone.
 *
 *   WISH -> (on disk) -> WISHED -> KILL */
#ifndef HONE_ENGINE_ENDING_H
#define HONE_ENGINE_ENDING_H

#include "engine/reactor.h"

/* Ends what runs, as soon as the wish is on disk; at once where that may take long, or
 * where it is wished for again. */
void hone_ending_wish(hone_reactor *reactor, hone_run *run, hone_kill how,
                      hone_actions *actions);
/* The wish is on disk. */
void hone_ending_wished(hone_run *run, hone_actions *actions);

/* All that runs ends, and counts as not run. */
void hone_ending_interrupt(hone_reactor *reactor, hone_kill how, hone_actions *actions);
/* What was wished for is not waited for any longer; or, when a sweep goes on, is done
 * (once more, should it have been done before). */
void hone_ending_fulfil(hone_reactor *reactor, hone_actions *actions);

/* A point of the metric that the scheduler watches: it may end its trial, and others. */
void hone_ending_report(hone_reactor *reactor, const hone_event *event,
                        hone_actions *actions);

#endif
