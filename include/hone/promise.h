/* What a sweep may still hope for: the greatest expected improvement over its best trial,
 * under a Gaussian process of all its trials, whatever method chooses them.
 *
 *   new  (observe* value*)*  free
 *
 * A function of the set of observations, like a strategy's suggestions. */
#ifndef HONE_PROMISE_H
#define HONE_PROMISE_H

#include <hone/strategy.h>

typedef struct hone_promise hone_promise; /* opaque */

/* The space is borrowed until free. Errors: those of a strategy's `init`. */
HONE_API HONE_MUST_CHECK int hone_promise_new(const hone_space *space, uint64_t seed,
                                              hone_promise **out, hone_error *err);
/* As hone_strategy.observe. Errors: HONE_ENOMEM. */
HONE_API HONE_MUST_CHECK int hone_promise_observe(hone_promise *promise,
                                                  const hone_observation *observation);
/* The expected improvement of the best trial that could come next (Mockus 1978; Jones,
 * Schonlau, Welch 1998, eq. 15), in the objective's units, at least 0. INFINITY while
 * there are fewer than 10 and two a parameter with values, and where nothing varies; 0
 * where nothing is left to be tried. Milliseconds at hundreds of trials. */
HONE_API double hone_promise_value(hone_promise *promise);
HONE_API void hone_promise_free(hone_promise *promise);

#endif
