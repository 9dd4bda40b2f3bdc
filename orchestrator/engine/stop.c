/* When a sweep ends by itself. */
#include "engine/stop.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

void hone_stopper_init(hone_stopper *stopper, const hone_spec *spec)
{
    *stopper = (hone_stopper){.spec = spec};
}

void hone_stopper_begin_run(hone_stopper *stopper)
{
    stopper->n_ended = 0;
    stopper->n_failed = 0;
    stopper->n_alike = 0;
}

/* Smaller is better from here on. */
static double normalise(const hone_spec *spec, double objective)
{
    return spec->objective.maximize ? -objective : objective;
}

static void count_failure(hone_stopper *stopper, const hone_stop_trial *trial)
{
    bool alike = stopper->n_failed == 0 || (stopper->n_alike == stopper->n_failed &&
                                            stopper->alike_reason == trial->reason &&
                                            stopper->alike_code == trial->code);
    stopper->n_failed++;
    if (!alike)
        return;
    stopper->alike_reason = trial->reason;
    stopper->alike_code = trial->code;
    stopper->n_alike++;
}

bool hone_stopper_ended(hone_stopper *stopper, const hone_stop_trial *trial)
{
    if (trial->status == HONE_STATUS_CANCELLED)
        return false;
    stopper->n_ended++;
    stopper->since_best++;
    if (trial->status == HONE_STATUS_FAILED)
        count_failure(stopper, trial);
    if (trial->status != HONE_STATUS_COMPLETED || !trial->has_objective ||
        !isfinite(trial->objective))
        return false;
    double value = normalise(stopper->spec, trial->objective);
    /* Of equals the lower number is the best, whichever ended first. */
    if (stopper->has_best &&
        (value > stopper->best ||
         (value == stopper->best && trial->number > stopper->best_number)))
        return false;
    if (!stopper->has_best || value < stopper->best)
        stopper->since_best = 0;
    stopper->has_best = true;
    stopper->best = value;
    stopper->best_number = trial->number;
    return true;
}

bool hone_stopper_reaches(const hone_stopper *stopper, double objective)
{
    const hone_objective *wanted = &stopper->spec->objective;
    return wanted->has_target && normalise(stopper->spec, objective) <=
                                     normalise(stopper->spec, wanted->target);
}

static void describe_alike(const hone_stopper *stopper, char *why, size_t size)
{
    char how[64] = "";
    if (stopper->alike_code > 0)
        snprintf(how, sizeof(how), " (status %d)", stopper->alike_code);
    else if (stopper->alike_code < 0)
        snprintf(how, sizeof(how), " (signal %d)", -stopper->alike_code);
    snprintf(why, size, "the first %d trials all failed the same way: %s%s",
             HONE_STOP_ALIKE, hone_reason_text(stopper->alike_reason), how);
}

hone_stop_verdict hone_stopper_verdict(const hone_stopper *stopper, char *why,
                                       size_t size)
{
    const hone_stop *stop = &stopper->spec->stop;
    if (stop->failures > 0 && stopper->n_failed >= stop->failures) {
        snprintf(why, size, "%" PRIu64 " trials failed; stop.failures is %" PRIu64,
                 stopper->n_failed, stop->failures);
        return HONE_STOP_FAILED;
    }
    if (!stop->failures_given && stopper->n_alike == HONE_STOP_ALIKE &&
        stopper->n_ended == HONE_STOP_ALIKE) {
        describe_alike(stopper, why, size);
        return HONE_STOP_FAILED;
    }
    double best = stopper->spec->objective.maximize ? -stopper->best : stopper->best;
    if (stopper->has_best && hone_stopper_reaches(stopper, best)) {
        snprintf(why, size, "trial %" PRIu64 " reached the target of %s: %.17g",
                 stopper->best_number, stopper->spec->objective.name, best);
        return HONE_STOP_DONE;
    }
    if (stop->stagnation > 0 && stopper->since_best >= stop->stagnation) {
        snprintf(why, size,
                 "%" PRIu64 " trials without improvement; stop.stagnation is %" PRIu64,
                 stopper->since_best, stop->stagnation);
        return HONE_STOP_DONE;
    }
    return HONE_GO_ON;
}
