/* What promoters share: the ladder of budgets, and who has come how far.
 *
 *   hone_standing: (zeroed)  (add | leave | best)*  release */
#ifndef HONE_SCHEDULE_RUNGS_H
#define HONE_SCHEDULE_RUNGS_H

#include <hone/promoter.h>

/* Rungs at min, min * eta, ...: floor(log_eta(max / min)) + 1 of them, as Li et al. count
 * them (2018, section 3; 2016, algorithm 1), of which the last is max itself. Whole
 * budgets are rounded, and none comes twice. Errors: HONE_ESPEC where there are more than
 * HONE_RUNGS_MAX, or one alone. */
HONE_MUST_CHECK int hone_rungs_make(hone_rungs *rungs, const hone_budget_range *range,
                                    double eta, hone_error *err);

/* A trial at a rung. */
typedef struct hone_stander {
    uint64_t number;
    double value; /* smaller is better; +inf: none that counts */
    bool left;    /* it has gone on, or will never */
    bool lost;    /* it will come to nothing more */
} hone_stander;

/* Those who have come to a rung, best first; of equals the lower number. */
typedef struct hone_standing {
    hone_stander *items; /* owned */
    uint32_t n, cap;
} hone_standing;

/* O(n). One that stands there already stays as it is. Errors: HONE_ENOMEM, then nothing
 * changed. */
HONE_MUST_CHECK int hone_standing_add(hone_standing *standing, uint64_t number,
                                      double value);
/* The trial, where it stands there; else NULL. O(n). */
hone_stander *hone_standing_find(const hone_standing *standing, uint64_t number);
/* It is not to be chosen any more; nothing where it does not stand there. */
void hone_standing_leave(hone_standing *standing, uint64_t number);
/* The first of the best `n` that has not left and has a value; NULL: there is none. */
const hone_stander *hone_standing_best(const hone_standing *standing, uint32_t n);
/* How many have a value. */
uint32_t hone_standing_valued(const hone_standing *standing);
void hone_standing_release(hone_standing *standing);

#endif
