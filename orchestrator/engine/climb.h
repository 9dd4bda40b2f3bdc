/* What the reactor does where a parameter is the budget of trials: a trial that has come
 * to a rung rests, and is promoted when the ladder says so. For the reactor's own files;
 * all of it does nothing where there is no ladder.
 *
 * A budget is the value of a parameter, or a step at which the trial is ended.
 *
 *   RUNNING -> (REPORT [WISH], WISHED [KILL]) -> ENDED [CONCLUDE] -> RESTING, SETTLED
 *   -> promoted [PROMOTE] -> RECORDED -> ready, as a trial that is to run again */
#ifndef HONE_ENGINE_CLIMB_H
#define HONE_ENGINE_CLIMB_H

#include "engine/reactor.h"

/* A new trial gets its first budget. Errors: HONE_ENOMEM. */
HONE_MUST_CHECK int hone_climb_begin(const hone_reactor *reactor, hone_run *run);
/* A point of a trial whose rungs are steps: at one it goes on, or is ended to rest there.
 */
void hone_climb_report(hone_reactor *reactor, const hone_event *event,
                       hone_actions *actions);
/* An attempt that ended well has come to its rung: the verdict says so, and where there
 * are rungs above the trial rests. */
void hone_climb_judge(const hone_reactor *reactor, hone_run *run, const hone_exit *exit,
                      hone_verdict *verdict);
/* The end is on disk: the ladder is told. Errors: HONE_ENOMEM. */
HONE_MUST_CHECK int hone_climb_settle(hone_reactor *reactor, hone_run *run);
/* The user has given up a trial that does not run. Errors: HONE_ENOMEM. */
HONE_MUST_CHECK int hone_climb_lose(hone_reactor *reactor, const hone_run *run);
/* Promotes, or begins copies, up to so many trials that wait. A trial does not go on
 * while it is being copied. */
void hone_climb_promote(hone_reactor *reactor, uint32_t wanted, hone_actions *actions);
/* Whether one could be promoted: in a pause none is. */
bool hone_climb_waits(const hone_reactor *reactor);
/* A trial of the record that rests. NULL without memory. */
hone_run *hone_climb_revive(hone_reactor *reactor, const hone_replay *trial);

#endif
