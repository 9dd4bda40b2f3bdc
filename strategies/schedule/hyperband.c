/* W&B's hyperband stopping: at certain counts of points, the bands, a trial must be among
 * the best 1/eta of all trials that have come as far.
 *
 * A point counts by being there, not by its step, and only finite ones count. A trial is
 * held against the band that it reached last; as more trials reach it, one that was good
 * enough may not be any more, so that running trials are looked at again whenever one
 * reaches a band. The method is half of successive halving (Jamieson, Talwalkar 2016):
 * there is one bracket, and nothing is promoted. */
#include <assert.h>
#include <math.h>

#include "schedule/curves.h"
#include "schedule/sorted.h"
#include "schedule/why.h"
#include "search/settings.h"
#include "base/banned.h"

enum { BANDS_MAX = 100 };

typedef struct hyper_band {
    uint32_t at;         /* points */
    hone_sorted reached; /* the values there of all trials that have come as far */
} hyper_band;

typedef struct hyperband {
    hone_watch watch;
    hone_curves curves; /* of finite values */
    double eta;
    bool strict; /* the value at the band counts, not the best so far */
    uint32_t n_bands;
    hyper_band bands[BANDS_MAX];
    char limit_name[48];
} hyperband;

static const hone_option options[] = {
    {.name = "min_iter",
     .type = HONE_OPTION_INT,
     .min = 1,
     .max = 1e9,
     .text = "The first band, in points of the metric; the others are eta times the one "
             "before."},
    {.name = "max_iter",
     .type = HONE_OPTION_INT,
     .min = 1,
     .max = 1e9,
     .text = "Instead of min_iter: the bands are max_iter / eta, / eta^2, ... / eta^s."},
    {.name = "s",
     .type = HONE_OPTION_INT,
     .min = 1,
     .max = BANDS_MAX,
     .text = "How many bands max_iter gives."},
    {.name = "eta",
     .type = HONE_OPTION_REAL,
     .min = 1.0000001,
     .max = 1e6,
     .fallback = "3",
     .text = "One in eta trials goes on at each band."},
    {.name = "strict",
     .type = HONE_OPTION_FLAG,
     .fallback = "true",
     .text = "Compare the value at the band; false: the best value so far."},
    {.type = HONE_OPTION_END}};

static void add_band(hyperband *self, double at)
{
    /* Past what a curve keeps no trial is told apart. */
    if (at < 1 || at > HONE_CURVE_POINTS - 1 || self->n_bands == BANDS_MAX)
        return;
    self->bands[self->n_bands++].at = (uint32_t)at;
}

static bool is_false(const hone_value *value)
{
    return value != NULL && !value->boolean;
}

static int init(void *state, const hone_watch *watch, const hone_settings *settings,
                hone_error *err)
{
    hyperband *self = state;
    self->watch = *watch;
    self->eta = hone_settings_number(settings, "eta", 3);
    self->strict = !is_false(hone_settings_find(settings, "strict"));
    double min = hone_settings_number(settings, "min_iter", 0);
    double max = hone_settings_number(settings, "max_iter", 0);
    double s = hone_settings_number(settings, "s", 0);
    if (max > 0 && s == 0)
        return hone_error_set(err, HONE_ESPEC,
                              "early_terminate.max_iter needs s beside it");
    if (max > 0) {
        /* Ascending: the smallest is max / eta^s. */
        for (double k = s; k >= 1; k--)
            add_band(self, floor(max / pow(self->eta, k) + 1e-9));
    } else if (min > 0) {
        for (int k = 0; k < BANDS_MAX; k++)
            add_band(self, floor(min * pow(self->eta, k) + 1e-9));
    }
    if (self->n_bands == 0)
        return hone_error_set(err, HONE_ESPEC,
                              "early_terminate needs min_iter, or max_iter together with "
                              "s, that give a band of 1 to %d points",
                              HONE_CURVE_POINTS - 1);
    hone_limit_name(self->eta, sizeof(self->limit_name), self->limit_name);
    return HONE_OK;
}

static void revise(const void *state, uint64_t number, hone_ruling *ruling)
{
    const hyperband *self = state;
    const hone_curve *curve = hone_curves_at(&self->curves, number);
    const hyper_band *last = NULL;
    for (uint32_t i = 0; curve != NULL && i < self->n_bands; i++)
        if (self->bands[i].at <= curve->n)
            last = &self->bands[i];
    if (last == NULL)
        return;
    const hone_sorted *reached = &last->reached;
    assert(reached->n > 0 && self->eta > 1);
    double limit = reached->values[(uint32_t)(reached->n / self->eta)];
    double value = self->strict ? curve->values[last->at - 1] : curve->best;
    if (!(value > limit))
        return;
    hone_loss loss = {.value = value,
                      .step = curve->steps[self->strict ? last->at - 1 : curve->n - 1],
                      .limit = limit,
                      .limit_name = self->limit_name,
                      .n = reached->n};
    hone_ruling_lost(ruling, &self->watch, &loss);
}

static int report(void *state, const hone_report *report, hone_ruling *ruling)
{
    hyperband *self = state;
    if (!isfinite(report->value))
        return HONE_OK;
    const hone_curve *curve = hone_curves_add(&self->curves, report);
    if (curve == NULL)
        return HONE_ENOMEM;
    for (uint32_t i = 0; i < self->n_bands; i++) {
        if (self->bands[i].at != curve->n)
            continue;
        if (hone_sorted_add(&self->bands[i].reached, report->value) != HONE_OK)
            return HONE_ENOMEM;
        ruling->others = true;
    }
    revise(self, report->number, ruling);
    return HONE_OK;
}

/* Points of a lost attempt leave the bands again. */
static void restart(void *state, uint64_t number)
{
    hyperband *self = state;
    const hone_curve *curve = hone_curves_at(&self->curves, number);
    for (uint32_t i = 0; curve != NULL && i < self->n_bands; i++) {
        hyper_band *band = &self->bands[i];
        if (band->at <= curve->n)
            hone_sorted_remove(&band->reached, curve->values[band->at - 1]);
    }
    hone_curves_restart(&self->curves, number);
}

static int ended(void *state, uint64_t number, hone_status status)
{
    hyperband *self = state;
    hone_curves_end(&self->curves, number, status);
    return HONE_OK;
}

static void release(void *state)
{
    hyperband *self = state;
    for (uint32_t i = 0; i < self->n_bands; i++)
        hone_sorted_release(&self->bands[i].reached);
    hone_curves_release(&self->curves);
}

extern const hone_scheduler hone_scheduler_hyperband;
const hone_scheduler hone_scheduler_hyperband = {
    .name = "hyperband",
    .summary = "W&B's: the best 1/eta of all trials go on at each band",
    .reference = "Jamieson, Talwalkar (2016), Non-stochastic best arm identification and "
                 "hyperparameter optimization, AISTATS",
    .options = options,
    .state_size = sizeof(hyperband),
    .init = init,
    .report = report,
    .revise = revise,
    .restart = restart,
    .ended = ended,
    .release = release,
};
