/* A trial as JSON: the object of `hone trials --json`, and its parts. */
#include <math.h>
#include <string.h>

#include <hone/export.h>

#include "base/banned.h"

/* Parameters n of `params`, all alike in their first `depth` keys. A group's parameters
 * stand together, so one pass finds where it ends. */
static void write_group(hone_json *json, uint32_t n, const hone_param_value *params,
                        uint32_t depth)
{
    hone_json_begin_object(json);
    uint32_t i = 0;
    while (i < n) {
        const char *key = params[i].path[depth];
        uint32_t end = i + 1;
        hone_json_key(json, key);
        if (params[i].depth == depth + 1) {
            hone_json_value(json, &params[i].value);
        } else {
            while (end < n && params[end].depth > depth + 1 &&
                   strcmp(params[end].path[depth], key) == 0) {
                end++;
            }
            write_group(json, end - i, params + i, depth + 1);
        }
        i = end;
    }
    hone_json_end(json);
}

void hone_params_write_json(hone_json *json, uint32_t n, const hone_param_value *params)
{
    write_group(json, n, params, 0);
}

void hone_metrics_write_json(hone_json *json, const hone_trial_info *trial)
{
    hone_json_begin_object(json);
    for (uint32_t i = 0; i < trial->n_metrics; i++) {
        hone_json_key(json, trial->metrics[i].name);
        hone_json_real(json, trial->metrics[i].value);
    }
    hone_json_end(json);
}

void hone_time_write_json(hone_json *json, hone_time time)
{
    char text[HONE_TIME_TEXT];
    if (hone_time_write(time, text) > 0) {
        hone_json_text(json, text);
    } else {
        hone_json_null(json);
    }
}

void hone_seconds_write_json(hone_json *json, double seconds)
{
    if (isfinite(seconds) && seconds >= 0) {
        hone_json_real(json, seconds);
    } else {
        hone_json_null(json);
    }
}

static void write_outcome(hone_json *json, const hone_trial_info *trial)
{
    hone_json_key(json, "objective");
    if (trial->has_objective) {
        hone_json_real(json, trial->objective);
    } else {
        hone_json_null(json);
    }
    hone_json_key(json, "attempts");
    hone_json_int(json, trial->attempts);
    hone_json_key(json, "exit_code");
    if (trial->has_exit_code) {
        hone_json_int(json, trial->exit_code);
    } else {
        hone_json_null(json);
    }
    hone_json_key(json, "signal");
    if (trial->signal != 0) {
        hone_json_int(json, trial->signal);
    } else {
        hone_json_null(json);
    }
}

static void write_costs(hone_json *json, const hone_trial_info *trial)
{
    hone_json_key(json, "started_at");
    hone_time_write_json(json, trial->started_at);
    hone_json_key(json, "ended_at");
    hone_time_write_json(json, trial->ended_at);
    hone_json_key(json, "duration");
    hone_seconds_write_json(json, trial->duration_s);
    hone_json_key(json, "cpu_time");
    hone_seconds_write_json(json, trial->cpu_time_s);
    hone_json_key(json, "max_rss");
    if (trial->max_rss >= 0) {
        hone_json_int(json, trial->max_rss);
    } else {
        hone_json_null(json);
    }
}

void hone_repeats_write_json(hone_json *json, const hone_trial_info *trial)
{
    hone_summary summary = hone_trial_summary(trial);
    hone_interval interval = hone_summary_interval(&summary);
    hone_json_key(json, "repeats");
    hone_json_int(json, hone_trial_repeats(trial));
    hone_json_key(json, "objective_se");
    hone_seconds_write_json(json, hone_summary_se(&summary));
    hone_json_key(json, "objective_ci");
    if (!isfinite(interval.low)) {
        hone_json_null(json);
        return;
    }
    hone_json_begin_array(json);
    hone_json_real(json, interval.low);
    hone_json_real(json, interval.high);
    hone_json_end(json);
}

void hone_trial_write_members(hone_json *json, const hone_trial_info *trial)
{
    const char *reason = hone_reason_text(trial->reason);
    hone_json_key(json, "sweep");
    hone_json_text(json, trial->sweep);
    hone_json_key(json, "number");
    hone_json_int(json, (int64_t)trial->number);
    hone_json_key(json, "status");
    hone_json_text(json, hone_status_text(trial->status));
    hone_json_key(json, "reason");
    hone_json_text(json, reason != NULL && reason[0] != '\0' ? reason : NULL);
    hone_json_key(json, "detail");
    hone_json_text(json, trial->detail);
    hone_json_key(json, "params");
    hone_params_write_json(json, trial->n_params, trial->params);
    hone_json_key(json, "metrics");
    hone_metrics_write_json(json, trial);
    write_outcome(json, trial);
    write_costs(json, trial);
    if (trial->parent != 0) {
        hone_json_key(json, "parent");
        hone_json_int(json, (int64_t)trial->parent);
    }
    hone_json_key(json, "rerun_of");
    if (trial->rerun_of != 0) {
        hone_json_int(json, (int64_t)trial->rerun_of);
    } else {
        hone_json_null(json);
    }
    hone_repeats_write_json(json, trial);
}

void hone_trial_write_json(hone_json *json, const hone_trial_info *trial)
{
    hone_json_begin_object(json);
    hone_trial_write_members(json, trial);
    hone_json_end(json);
}
