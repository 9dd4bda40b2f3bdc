/* The scheduler of `early_terminate` bound to a sweep: values as they are printed go in,
 * rulings come out. Pure.
 *
 *   init  (report | revise | restart | ended)*  release */
#ifndef HONE_ENGINE_EARLY_H
#define HONE_ENGINE_EARLY_H

#include <hone/spec.h>

typedef struct hone_early {
    const hone_early_stop *rule; /* borrowed; its scheduler may be NULL: never stops */
    void *state;                 /* owned */
    bool ladder; /* points of the metric are for a ladder of steps, which has its place */
} hone_early;

/* Errors: HONE_ENOMEM, or what the scheduler says of its settings; release all the same.
 */
HONE_MUST_CHECK int hone_early_init(hone_early *early, const hone_early_stop *rule,
                                    hone_error *err);
void hone_early_release(hone_early *early);

/* Whether this is the metric that is watched, by the scheduler or a ladder of steps. */
bool hone_early_watches(const hone_early *early, const char *metric);

/* report->value is as printed. Errors: HONE_ENOMEM. */
HONE_MUST_CHECK int hone_early_report(hone_early *early, const hone_report *report,
                                      hone_ruling *ruling);
/* What is to be said of a trial now that another has reported. */
void hone_early_revise(const hone_early *early, uint64_t number, hone_ruling *ruling);
/* The trial runs anew. */
void hone_early_restart(hone_early *early, uint64_t number);
/* Errors: HONE_ENOMEM. */
HONE_MUST_CHECK int hone_early_ended(hone_early *early, uint64_t number,
                                     hone_status status);

#endif
