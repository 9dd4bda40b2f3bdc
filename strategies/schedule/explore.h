/* Explore: a configuration near another one. Pure. */
#ifndef HONE_SCHEDULE_EXPLORE_H
#define HONE_SCHEDULE_EXPLORE_H

#include <hone/space.h>

typedef struct hone_explore {
    double resample;    /* probability with which a parameter is drawn anew */
    double perturb;     /* else a number is multiplied by 1 + this, or 1 - this */
    uint64_t seed, key; /* which draws are made */
} hone_explore;

/* Fills `child`, of the space, whose values borrow from it or are copied from `parent`.
 * What has finitely many levels goes at least to the next one, numbers stay within their
 * bounds, choices are kept where they are not drawn anew, and parameters whose condition
 * now holds are drawn. Where no constraint can be kept it is the parent once more.
 * Errors: HONE_ENOMEM. */
HONE_MUST_CHECK int hone_explore_near(const hone_space *space, const hone_explore *rule,
                                      const hone_config *parent, hone_config *child);

#endif
