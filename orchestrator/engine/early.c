#include "engine/early.h"

#include <stdlib.h>
#include <string.h>

int hone_early_init(hone_early *early, const hone_early_stop *rule, hone_error *err)
{
    *early = (hone_early){.rule = rule};
    const hone_scheduler *scheduler = rule->scheduler;
    if (scheduler == NULL)
        return HONE_OK;
    early->state = calloc(1, scheduler->state_size);
    if (early->state == NULL)
        return hone_error_set(err, HONE_ENOMEM, "out of memory");
    return scheduler->init(early->state, &rule->watch, &rule->settings, err);
}

void hone_early_release(hone_early *early)
{
    if (early->state != NULL && early->rule->scheduler->release != NULL)
        early->rule->scheduler->release(early->state);
    free(early->state);
    *early = (hone_early){0};
}

bool hone_early_watches(const hone_early *early, const char *metric)
{
    return (early->state != NULL || early->ladder) &&
           strcmp(metric, early->rule->watch.metric) == 0;
}

int hone_early_report(hone_early *early, const hone_report *report, hone_ruling *ruling)
{
    *ruling = (hone_ruling){.kind = HONE_RULING_CONTINUE};
    if (early->state == NULL)
        return HONE_OK;
    hone_report signed_report = *report;
    if (early->rule->watch.maximize)
        signed_report.value = -report->value;
    return early->rule->scheduler->report(early->state, &signed_report, ruling);
}

void hone_early_revise(const hone_early *early, uint64_t number, hone_ruling *ruling)
{
    *ruling = (hone_ruling){.kind = HONE_RULING_CONTINUE};
    if (early->state != NULL && early->rule->scheduler->revise != NULL)
        early->rule->scheduler->revise(early->state, number, ruling);
}

void hone_early_restart(hone_early *early, uint64_t number)
{
    if (early->state != NULL && early->rule->scheduler->restart != NULL)
        early->rule->scheduler->restart(early->state, number);
}

int hone_early_ended(hone_early *early, uint64_t number, hone_status status)
{
    if (early->state == NULL || early->rule->scheduler->ended == NULL)
        return HONE_OK;
    return early->rule->scheduler->ended(early->state, number, status);
}
