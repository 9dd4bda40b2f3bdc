/* Stops trials whose value is outside of fixed bounds, or no number at all. */
#include <math.h>
#include <stdio.h>

#include "schedule/why.h"
#include "search/settings.h"
#include "base/banned.h"

typedef struct threshold {
    hone_watch watch;
    double lower, upper; /* as printed, like all that is compared here */
    double warmup;
} threshold;

static const hone_option options[] = {
    {.name = "lower",
     .type = HONE_OPTION_REAL,
     .text = "A trial whose value is below is stopped."},
    {.name = "upper",
     .type = HONE_OPTION_REAL,
     .text = "A trial whose value is above is stopped."},
    {.name = "warmup_steps",
     .type = HONE_OPTION_REAL,
     .min = 0,
     .max = 1e12,
     .fallback = "0",
     .text = "No trial is stopped before this step."},
    {.type = HONE_OPTION_END}};

static int init(void *state, const hone_watch *watch, const hone_settings *settings,
                hone_error *err)
{
    threshold *self = state;
    self->watch = *watch;
    self->lower = hone_settings_number(settings, "lower", -INFINITY);
    self->upper = hone_settings_number(settings, "upper", INFINITY);
    self->warmup = hone_settings_number(settings, "warmup_steps", 0);
    if (isinf(self->lower) && isinf(self->upper))
        return hone_error_set(err, HONE_ESPEC,
                              "early_terminate needs lower, upper or both");
    if (self->lower > self->upper)
        return hone_error_set(err, HONE_ESPEC,
                              "early_terminate.lower is %g; it is at most upper, %g",
                              self->lower, self->upper);
    return HONE_OK;
}

static int report(void *state, const hone_report *report, hone_ruling *ruling)
{
    const threshold *self = state;
    double value = self->watch.maximize ? -report->value : report->value;
    if (!(report->step >= self->warmup))
        return HONE_OK;
    if (isnan(value)) {
        hone_ruling_not_a_number(ruling, report->step);
        return HONE_OK;
    }
    bool low = value<self->lower, high = value> self->upper;
    if (!low && !high)
        return HONE_OK;
    ruling->kind = HONE_RULING_STOP;
    snprintf(ruling->why, sizeof(ruling->why), "%.6g at step %.6g is %s %.6g, the limit",
             value, report->step, low ? "below" : "above",
             low ? self->lower : self->upper);
    return HONE_OK;
}

extern const hone_scheduler hone_scheduler_threshold;
const hone_scheduler hone_scheduler_threshold = {
    .name = "threshold",
    .summary = "stops what leaves fixed bounds, or is no number",
    .options = options,
    .state_size = sizeof(threshold),
    .init = init,
    .report = report,
};
