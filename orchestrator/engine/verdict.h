/* Judging the end of an attempt. */
#ifndef HONE_ENGINE_VERDICT_H
#define HONE_ENGINE_VERDICT_H

#include "engine/reactor.h"

/* By how it ended, what it was ended for, and the metrics it has told. */
hone_verdict hone_verdict_of(const hone_reactor *reactor, const hone_run *run,
                             const hone_exit *exit);
/* An attempt that ended well, of a trial with several repeats: keeps its score, and makes
 * the verdict one on the trial, which is completed with the mean or PENDING for the next
 * repeat. Errors: HONE_ENOMEM. */
HONE_MUST_CHECK int hone_verdict_repeat(const hone_reactor *reactor, hone_run *run,
                                        hone_verdict *verdict);
/* Whether a failed attempt is followed by another; then it counts among the run's, and
 * run->delay_ms is what it is to wait. */
bool hone_verdict_tries_again(const hone_reactor *reactor, hone_run *run,
                              hone_reason reason, int code);

#endif
