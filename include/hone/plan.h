/* What a spec would run, without running it: `hone plan`, and the strategy bound to it.
 */
#ifndef HONE_PLAN_H
#define HONE_PLAN_H

#include <hone/spec.h>

typedef struct hone_plan hone_plan;

/* Binds the spec's method to its space. The spec is borrowed until free. Keys that `run`
 * does not support yet are no obstacle here, as long as the method is supported.
 * Errors: HONE_ESPEC or HONE_EUNSUPPORTED, with a line "FILE:LINE:COLUMN: error: ...". */
HONE_API HONE_MUST_CHECK int hone_plan_make(const hone_spec *spec, hone_plan **out,
                                            hone_error *err);
HONE_API void hone_plan_free(hone_plan *plan);

/* Trials in all, `stop.trials` counted in; UINT64_MAX where endless. */
HONE_API uint64_t hone_plan_count(const hone_plan *plan);

/* Fills *point with the configuration of the next trial, borrowed until the next call;
 * NULL at the end. Sets *waits where the strategy would wait for results (then there is
 * no next). Errors: those of the strategy's `observe`, as HONE_ENOMEM; the same trial can
 * be asked for again. */
HONE_API HONE_MUST_CHECK int hone_plan_next(hone_plan *plan, const hone_config **point,
                                            bool *waits);

#endif
