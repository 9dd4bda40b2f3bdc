/* What follows a repeat that ended well: another one, or the end of its trial. Pure. */
#ifndef HONE_ENGINE_REPEATS_H
#define HONE_ENGINE_REPEATS_H

#include <hone/spec.h>
#include <hone/stats.h>

typedef enum hone_repeats_next {
    HONE_REPEATS_MORE,
    HONE_REPEATS_DONE,  /* the trial is completed: it has all it is to have... */
    HONE_REPEATS_BEHIND /* ...or has lost its race, and keeps the repeats it has */
} hone_repeats_next;

/* The race that a trial is in. */
typedef struct hone_contest {
    const hone_repeats *rule;
    bool maximize;
    hone_summary best; /* of the opponent; n 0: none */
    uint64_t number;   /* its trial */
} hone_contest;

/* Another trial, which may become the opponent: the one whose mean is best among those
 * with `min` repeats and a finite mean. */
void hone_contest_enter(hone_contest *contest, uint64_t number,
                        const hone_summary *other);

/* `trial` has the scores of the repeats so far, at least one.
 *
 * Without `race` all are run. With it a trial that has `min` goes on as long as its mean
 * is not worse than the best trial's by Welch's one-sided test at HONE_SIGNIFICANCE:
 * racing as in F-Race (Birattari, Stuetzle, Paquete, Varrentrapp 2002, "A racing
 * algorithm for configuring metaheuristics", GECCO 11-18) and irace (Lopez-Ibanez et al.
 * 2016, "The irace package", Operations Research Perspectives 3, 43-58), with two
 * differences. A trial's seeds are its own, so that scores are no pairs: their t-test is
 * Welch's. And the test is against the best alone, so that it needs no other trial's
 * company. One whose mean is no finite number has lost. */
hone_repeats_next hone_repeats_after(const hone_contest *contest,
                                     const hone_summary *trial);

#endif
