/* Asynchronous successive halving, stopping: at each rung a trial goes on if it is among
 * the best 1/eta of those that have come there so far.
 *
 * Li, Jamieson, Rostamizadeh, Gonina, Ben-tzur, Hardt, Recht, Talwalkar (2020), A system
 * for massively parallel hyperparameter tuning, MLSys: algorithm 2, in the variant that
 * stops trials instead of pausing them for a promotion later (as Tune and Optuna have
 * it). Rung k is at step min_iter * eta^(s + k); a trial is judged once at each, with the
 * value that it reported on coming there. */
#include <math.h>

#include "schedule/curves.h"
#include "schedule/sorted.h"
#include "schedule/why.h"
#include "search/settings.h"
#include "base/banned.h"

enum { RUNGS_MAX = 64 };

typedef struct asha_rung {
    double at;           /* step */
    hone_sorted reached; /* the values on coming there */
} asha_rung;

typedef struct asha {
    hone_watch watch;
    hone_curves curves;
    double eta;
    uint32_t startup; /* trials that pass each rung unjudged */
    uint32_t n_rungs;
    asha_rung rungs[RUNGS_MAX];
    char limit_name[48];
} asha;

static const hone_option options[] = {
    {.name = "min_iter",
     .type = HONE_OPTION_REAL,
     .min = 1e-9,
     .max = 1e12,
     .fallback = "1",
     .text = "Step of the first rung."},
    {.name = "max_iter",
     .type = HONE_OPTION_REAL,
     .min = 1e-9,
     .max = 1e12,
     .text = "Full length of a trial: no rung stands there or beyond."},
    {.name = "eta",
     .type = HONE_OPTION_REAL,
     .min = 1.1,
     .max = 1e6,
     .fallback = "4",
     .text = "One in eta trials goes on at each rung; each rung is eta times as far."},
    {.name = "s",
     .type = HONE_OPTION_INT,
     .min = 0,
     .max = RUNGS_MAX,
     .fallback = "0",
     .text = "How many rungs are left out at the beginning."},
    {.name = "startup_trials",
     .type = HONE_OPTION_INT,
     .min = 0,
     .max = 1e6,
     .fallback = "0",
     .text = "How many trials pass a rung unjudged."},
    {.name = "promote",
     .type = HONE_OPTION_FLAG,
     .fallback = "false",
     .text = "A trial that is ended at a rung may be promoted later, and then goes on "
             "from its checkpoint."},
    {.type = HONE_OPTION_END}};

static int init(void *state, const hone_watch *watch, const hone_settings *settings,
                hone_error *err)
{
    asha *self = state;
    self->watch = *watch;
    self->eta = hone_settings_number(settings, "eta", 4);
    self->startup = (uint32_t)hone_settings_number(settings, "startup_trials", 0);
    double min = hone_settings_number(settings, "min_iter", 1);
    double max = hone_settings_number(settings, "max_iter", INFINITY);
    double s = hone_settings_number(settings, "s", 0);
    for (int k = 0; k < RUNGS_MAX; k++) {
        double at = min * pow(self->eta, s + k);
        if (at >= max || at > 1e15)
            break;
        self->rungs[self->n_rungs++].at = at;
    }
    if (self->n_rungs == 0)
        return hone_error_set(
            err, HONE_ESPEC,
            "early_terminate.max_iter is %g; it is above the first rung "
            "at %g",
            max, min * pow(self->eta, s));
    hone_limit_name(self->eta, sizeof(self->limit_name), self->limit_name);
    return HONE_OK;
}

/* The first point at or beyond `step`; n where the trial has not come so far. */
static uint32_t find_arrival(const hone_curve *curve, double step)
{
    uint32_t i = 0;
    while (i < curve->n && curve->steps[i] < step)
        i++;
    return i;
}

static void judge(const asha *self, const asha_rung *rung, const hone_report *report,
                  hone_ruling *ruling)
{
    const hone_sorted *reached = &rung->reached;
    if (ruling->kind != HONE_RULING_CONTINUE || reached->n <= self->startup)
        return;
    if (isnan(report->value)) {
        hone_ruling_not_a_number(ruling, report->step);
        return;
    }
    uint32_t n_on = (uint32_t)(reached->n / self->eta);
    double limit = reached->values[n_on > 0 ? n_on - 1 : 0];
    if (report->value <= limit)
        return;
    hone_loss loss = {.value = report->value,
                      .step = report->step,
                      .limit = limit,
                      .limit_name = self->limit_name,
                      .n = reached->n};
    hone_ruling_lost(ruling, &self->watch, &loss);
}

static int report(void *state, const hone_report *report, hone_ruling *ruling)
{
    asha *self = state;
    const hone_curve *curve = hone_curves_add(&self->curves, report);
    if (curve == NULL)
        return HONE_ENOMEM;
    for (uint32_t k = 0; k < self->n_rungs; k++) {
        asha_rung *rung = &self->rungs[k];
        if (rung->at > report->step || find_arrival(curve, rung->at) != curve->n - 1)
            continue;
        if (hone_sorted_add(&rung->reached, report->value) != HONE_OK)
            return HONE_ENOMEM;
        judge(self, rung, report, ruling);
    }
    return HONE_OK;
}

static void restart(void *state, uint64_t number)
{
    asha *self = state;
    const hone_curve *curve = hone_curves_at(&self->curves, number);
    for (uint32_t k = 0; curve != NULL && k < self->n_rungs; k++) {
        uint32_t i = find_arrival(curve, self->rungs[k].at);
        if (i < curve->n)
            hone_sorted_remove(&self->rungs[k].reached, curve->values[i]);
    }
    hone_curves_restart(&self->curves, number);
}

static int ended(void *state, uint64_t number, hone_status status)
{
    asha *self = state;
    hone_curves_end(&self->curves, number, status);
    return HONE_OK;
}

static void release(void *state)
{
    asha *self = state;
    for (uint32_t k = 0; k < self->n_rungs; k++)
        hone_sorted_release(&self->rungs[k].reached);
    hone_curves_release(&self->curves);
}

extern const hone_scheduler hone_scheduler_asha;
const hone_scheduler hone_scheduler_asha = {
    .name = "asha",
    .summary = "asynchronous successive halving: the best 1/eta go on at each rung",
    .reference = "Li, Jamieson, Rostamizadeh, Gonina, Ben-tzur, Hardt, Recht, Talwalkar "
                 "(2020), A system for massively parallel hyperparameter tuning, MLSys",
    .options = options,
    .state_size = sizeof(asha),
    .init = init,
    .report = report,
    .restart = restart,
    .ended = ended,
    .release = release,
};
