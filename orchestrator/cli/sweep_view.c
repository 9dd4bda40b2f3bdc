/* What `status` and `ls` say of a sweep. */
#include <math.h>
#include <string.h>

#include "cli/progress.h"
#include "cli/sweep_view.h"

const char *hone_view_state(const hone_sweep_info *sweep)
{
    if (sweep->live) {
        return "running";
    }
    switch (sweep->state) {
    case HONE_SWEEP_COMPLETE:
        return "complete";
    case HONE_SWEEP_STOPPED:
        return "stopped";
    case HONE_SWEEP_OPEN:
    default:
        return "interrupted";
    }
}

double hone_view_rate(const hone_sweep_info *sweep)
{
    uint64_t ended = hone_progress_ended(sweep->counts);
    if (sweep->first_start == HONE_NO_TIME || sweep->last_end == HONE_NO_TIME ||
        sweep->last_end <= sweep->first_start || ended == 0) {
        return NAN;
    }
    return (double)ended / ((double)(sweep->last_end - sweep->first_start) / 1e6);
}

double hone_view_left(const hone_sweep_info *sweep)
{
    uint64_t ended = hone_progress_ended(sweep->counts);
    if (!sweep->live || sweep->planned == UINT64_MAX || ended > sweep->planned) {
        return NAN;
    }
    return (double)(sweep->planned - ended) / hone_view_rate(sweep);
}

static void put_text(hone_json *json, const char *key, const char *text)
{
    hone_json_key(json, key);
    hone_json_text(json, text);
}

static void put_time(hone_json *json, const char *key, hone_time time)
{
    hone_json_key(json, key);
    hone_time_write_json(json, time);
}

static void put_counts(hone_json *json, const hone_sweep_info *sweep)
{
    hone_json_key(json, "counts");
    hone_json_begin_object(json);
    for (int i = 0; i < HONE_N_STATUSES; i++) {
        hone_json_key(json, hone_status_text((hone_status)i));
        hone_json_int(json, (int64_t)sweep->counts[i]);
    }
    hone_json_end(json);
    hone_json_key(json, "planned");
    if (sweep->planned == UINT64_MAX) {
        hone_json_text(json, "inf");
    } else {
        hone_json_int(json, (int64_t)sweep->planned);
    }
}

void hone_view_write_sweep(hone_json *json, const hone_sweep_info *sweep,
                           const char *state)
{
    put_text(json, "sweep", sweep->name);
    put_text(json, "id", sweep->uid);
    put_text(json, "state", state);
    put_text(json, "reason", sweep->state_reason);
    put_text(json, "method", sweep->method);
    put_text(json, "objective", sweep->objective);
    put_text(json, "goal",
             sweep->objective == NULL ? NULL
             : sweep->maximize        ? "maximize"
                                      : "minimize");
    put_counts(json, sweep);
    put_text(json, "spec", sweep->spec_path);
    put_time(json, "created_at", sweep->created_at);
    put_time(json, "started_at", sweep->first_start);
    put_time(json, "ended_at", sweep->last_end);
    hone_json_key(json, "rate");
    hone_seconds_write_json(json, hone_view_rate(sweep));
    hone_json_key(json, "time_left");
    hone_seconds_write_json(json, hone_view_left(sweep));
}

void hone_view_write_best(hone_json *json, const hone_trial_info *trial)
{
    hone_json_key(json, "trial");
    hone_json_int(json, (int64_t)trial->number);
    hone_json_key(json, "objective");
    if (trial->has_objective) {
        hone_json_real(json, trial->objective);
    } else {
        hone_json_null(json);
    }
    if (trial->n_scores > 1) {
        hone_repeats_write_json(json, trial);
    }
    hone_json_key(json, "params");
    hone_params_write_json(json, trial->n_params, trial->params);
    hone_json_key(json, "metrics");
    hone_metrics_write_json(json, trial);
}

double hone_view_metric(const hone_trial_info *trial, const char *name)
{
    for (uint32_t i = 0; i < trial->n_metrics; i++) {
        if (strcmp(trial->metrics[i].name, name) == 0) {
            return trial->metrics[i].value;
        }
    }
    return (double)NAN;
}
