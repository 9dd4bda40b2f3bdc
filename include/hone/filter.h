/* Which trials: an expression in the language of `constraints`, over a recorded trial.
 *
 *   hone_filter_new  (hone_filter_name | hone_filter_test)*  hone_filter_free
 *
 * A name is one of number status reason detail objective attempts exit_code signal
 * started_at ended_at duration cpu_time max_rss rerun_of, else a parameter's, else a
 * metric's; `params.NAME` and `metrics.NAME` say which. Times are text as in JSON, so
 * that they compare by what comes first. What a trial has not makes a comparison with it
 * neither true nor false, and a trial for which the whole is not true is not among them.
 */
#ifndef HONE_FILTER_H
#define HONE_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include <hone/trial.h>

typedef struct hone_filter hone_filter;

/* Errors: HONE_ESYNTAX with the place in `text`, which is only read during the call;
 * HONE_ELIMIT for more than 256 names; HONE_ENOMEM. */
HONE_API HONE_MUST_CHECK int hone_filter_new(const char *text, hone_filter **out,
                                             hone_error *err);
HONE_API void hone_filter_free(hone_filter *filter);
/* The i-th name in it, each once, borrowed; NULL past the end. Any name is taken: whether
 * some trial has it is the caller's to know. */
HONE_API const char *hone_filter_name(const hone_filter *filter, uint32_t i);
/* Whether hone_filter_test looks for the name among parameters and metrics. */
HONE_API bool hone_filter_name_is_free(const hone_filter *filter, uint32_t i);
HONE_API bool hone_filter_test(const hone_filter *filter, const hone_trial_info *trial);

#endif
