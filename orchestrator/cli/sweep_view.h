/* A sweep as `status` and `ls` show it. */
#ifndef HONE_CLI_SWEEP_VIEW_H
#define HONE_CLI_SWEEP_VIEW_H

#include <hone/export.h>

/* "running", "interrupted", "complete" or "stopped". */
const char *hone_view_state(const hone_sweep_info *sweep);
/* Trials a second while it was running; NaN where unknown. */
double hone_view_rate(const hone_sweep_info *sweep);
/* Seconds left at that rate; NaN where unknown or not running. */
double hone_view_left(const hone_sweep_info *sweep);
/* The members of the sweep's JSON object, without the best trial. */
void hone_view_write_sweep(hone_json *json, const hone_sweep_info *sweep,
                           const char *state);
/* "best" of an object: {"trial","objective","params","metrics"}, in an open object. */
void hone_view_write_best(hone_json *json, const hone_trial_info *trial);

/* The value of a trial's metric; NaN where it has none. */
double hone_view_metric(const hone_trial_info *trial, const char *name);

#endif
