/* Stops a trial that has not improved on itself for a number of points. */
#include <math.h>
#include <stdio.h>

#include "schedule/curves.h"
#include "schedule/why.h"
#include "search/settings.h"
#include "base/banned.h"

typedef struct patience {
    hone_watch watch;
    hone_curves curves;
    uint32_t steps;
    double min_delta;
} patience;

static const hone_option options[] = {
    {.name = "steps",
     .type = HONE_OPTION_INT,
     .min = 1,
     .max = HONE_CURVE_POINTS / 2,
     .fallback = "10",
     .text = "Points without improvement that end a trial."},
    {.name = "min_delta",
     .type = HONE_OPTION_REAL,
     .min = 0,
     .max = 1e300,
     .fallback = "0",
     .text = "What counts as improvement has to be more than this."},
    {.type = HONE_OPTION_END}};

static int init(void *state, const hone_watch *watch, const hone_settings *settings,
                hone_error *err)
{
    patience *self = state;
    (void)err;
    self->watch = *watch;
    self->steps = (uint32_t)hone_settings_number(settings, "steps", 10);
    self->min_delta = hone_settings_number(settings, "min_delta", 0);
    return HONE_OK;
}

static double find_least(const double *values, uint32_t n)
{
    double least = INFINITY;
    for (uint32_t i = 0; i < n; i++)
        least = fmin(least, values[i]);
    return least;
}

static int report(void *state, const hone_report *report, hone_ruling *ruling)
{
    patience *self = state;
    const hone_curve *curve = hone_curves_add(&self->curves, report);
    if (curve == NULL)
        return HONE_ENOMEM;
    if (curve->n <= self->steps)
        return HONE_OK;
    uint32_t n_before = curve->n - self->steps;
    double before = find_least(curve->values, n_before);
    double since = find_least(curve->values + n_before, self->steps);
    if (since < before - self->min_delta)
        return HONE_OK;
    ruling->kind = HONE_RULING_STOP;
    snprintf(ruling->why, sizeof(ruling->why),
             "no value of the last %u, up to step %.6g, is better than %.6g by more than "
             "%.6g",
             self->steps, report->step, (self->watch.maximize ? -before : before) + 0.0,
             self->min_delta);
    return HONE_OK;
}

static void restart(void *state, uint64_t number)
{
    patience *self = state;
    hone_curves_restart(&self->curves, number);
}

static int ended(void *state, uint64_t number, hone_status status)
{
    patience *self = state;
    hone_curves_end(&self->curves, number, status);
    return HONE_OK;
}

static void release(void *state)
{
    patience *self = state;
    hone_curves_release(&self->curves);
}

extern const hone_scheduler hone_scheduler_patience;
const hone_scheduler hone_scheduler_patience = {
    .name = "patience",
    .summary = "stops what has not improved for a number of points",
    .options = options,
    .state_size = sizeof(patience),
    .init = init,
    .report = report,
    .restart = restart,
    .ended = ended,
    .release = release,
};
