/* A trial is stopped whose best value so far is worse than the percentile of what the
 * completed trials had at the same step: `median` is the 50th.
 *
 * Golovin, Solnik, Moitra, Kochanski, Karro, Sculley (2017), Google Vizier: a service for
 * black-box optimization, KDD, section 3.2.2, with the value at the step in place of the
 * running average, and any percentile, as Optuna has it. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "schedule/curves.h"
#include "schedule/why.h"
#include "search/settings.h"
#include "base/banned.h"

typedef struct percentile {
    hone_watch watch;
    hone_curves curves;
    double percent; /* of the completed trials that are better than the limit */
    double startup, warmup, interval;
    char named[48];
} percentile;

#define SHARED_OPTIONS                                                                   \
    {.name = "startup_trials",                                                           \
     .type = HONE_OPTION_INT,                                                            \
     .min = 1,                                                                           \
     .max = 1e6,                                                                         \
     .fallback = "5",                                                                    \
     .text = "Completed trials before any is stopped."},                                 \
        {.name = "warmup_steps",                                                         \
         .type = HONE_OPTION_REAL,                                                       \
         .min = 0,                                                                       \
         .max = 1e12,                                                                    \
         .fallback = "0",                                                                \
         .text = "No trial is stopped before this step."},                               \
    {                                                                                    \
        .name = "interval_steps", .type = HONE_OPTION_REAL, .min = 1e-9, .max = 1e12,    \
        .fallback = "1", .text = "Trials are looked at once in so many steps."           \
    }

static const hone_option median_options[] = {SHARED_OPTIONS, {.type = HONE_OPTION_END}};
static const hone_option percentile_options[] = {
    {.name = "percentile",
     .type = HONE_OPTION_REAL,
     .min = 0,
     .max = 100,
     .fallback = "25",
     .text = "Trials that are not among so many per cent are stopped."},
    SHARED_OPTIONS,
    {.type = HONE_OPTION_END}};

static void read_settings(percentile *self, const hone_watch *watch,
                          const hone_settings *settings)
{
    self->watch = *watch;
    self->startup = hone_settings_number(settings, "startup_trials", 5);
    self->warmup = hone_settings_number(settings, "warmup_steps", 0);
    self->interval = hone_settings_number(settings, "interval_steps", 1);
}

static int init_median(void *state, const hone_watch *watch,
                       const hone_settings *settings, hone_error *err)
{
    percentile *self = state;
    (void)err;
    read_settings(self, watch, settings);
    self->percent = 50;
    snprintf(self->named, sizeof(self->named), "the median");
    return HONE_OK;
}

static int init_percentile(void *state, const hone_watch *watch,
                           const hone_settings *settings, hone_error *err)
{
    percentile *self = state;
    (void)err;
    read_settings(self, watch, settings);
    self->percent = hone_settings_number(settings, "percentile", 25);
    snprintf(self->named, sizeof(self->named), "the best %.6g %%", self->percent);
    return HONE_OK;
}

/* Whether this is the trial's first point in its interval, and past the warm-up. */
static bool is_due(const percentile *self, const hone_curve *curve)
{
    double step = curve->steps[curve->n - 1];
    if (!(step >= self->warmup))
        return false;
    if (curve->n == 1 || curve->steps[curve->n - 2] < self->warmup)
        return true;
    double before = curve->steps[curve->n - 2];
    return floor((step - self->warmup) / self->interval) >
           floor((before - self->warmup) / self->interval);
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The p-th per cent of ascending values, by linear interpolation between two. */
static double interpolate(const double *values, uint64_t n, double p)
{
    double at = p / 100 * (double)(n - 1), below = floor(at);
    uint64_t i = (uint64_t)below;
    if (i + 1 >= n)
        return values[n - 1];
    return values[i] + (at - below) * (values[i + 1] - values[i]);
}

/* Gathers the completed trials' values at `step`, ascending; returns how many. */
static uint64_t gather(const percentile *self, double step, double *values)
{
    uint64_t n = 0;
    for (uint64_t number = 1; number <= self->curves.n; number++) {
        const hone_curve *curve = hone_curves_at(&self->curves, number);
        if (curve == NULL || !curve->completed)
            continue;
        double value = hone_curve_value(curve, step);
        if (!isnan(value))
            values[n++] = value;
    }
    qsort(values, n, sizeof(*values), compare);
    return n;
}

static int report(void *state, const hone_report *report, hone_ruling *ruling)
{
    percentile *self = state;
    const hone_curve *curve = hone_curves_add(&self->curves, report);
    if (curve == NULL)
        return HONE_ENOMEM;
    if (!is_due(self, curve))
        return HONE_OK;
    double *values = malloc(self->curves.n * sizeof(*values));
    if (values == NULL)
        return HONE_ENOMEM;
    uint64_t n = gather(self, report->step, values);
    double limit = n > 0 ? interpolate(values, n, self->percent) : NAN;
    free(values);
    if ((double)n < self->startup)
        return HONE_OK;
    if (curve->best == INFINITY && isnan(report->value)) {
        hone_ruling_not_a_number(ruling, report->step);
    } else if (curve->best > limit) {
        hone_loss loss = {.value = curve->best,
                          .step = report->step,
                          .limit = limit,
                          .limit_name = self->named,
                          .n = n};
        hone_ruling_lost(ruling, &self->watch, &loss);
    }
    return HONE_OK;
}

static void restart(void *state, uint64_t number)
{
    percentile *self = state;
    hone_curves_restart(&self->curves, number);
}

static int ended(void *state, uint64_t number, hone_status status)
{
    percentile *self = state;
    hone_curves_end(&self->curves, number, status);
    return HONE_OK;
}

static void release(void *state)
{
    percentile *self = state;
    hone_curves_release(&self->curves);
}

extern const hone_scheduler hone_scheduler_median;
const hone_scheduler hone_scheduler_median = {
    .name = "median",
    .summary = "stops what is worse than the median of the completed trials at its step",
    .reference = "Golovin, Solnik, Moitra, Kochanski, Karro, Sculley (2017), Google "
                 "Vizier: a service for black-box optimization, KDD",
    .options = median_options,
    .state_size = sizeof(percentile),
    .init = init_median,
    .report = report,
    .restart = restart,
    .ended = ended,
    .release = release,
};

extern const hone_scheduler hone_scheduler_percentile;
const hone_scheduler hone_scheduler_percentile = {
    .name = "percentile",
    .summary = "stops what is not among the best per cent of the completed trials",
    .reference = "Golovin, Solnik, Moitra, Kochanski, Karro, Sculley (2017), Google "
                 "Vizier: a service for black-box optimization, KDD",
    .options = percentile_options,
    .state_size = sizeof(percentile),
    .init = init_percentile,
    .report = report,
    .restart = restart,
    .ended = ended,
    .release = release,
};
