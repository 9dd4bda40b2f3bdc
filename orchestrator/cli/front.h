/* The best trials of a sweep: by its objective, or where it has several the Pareto front,
 * the trials of which none is better than another in everything. */
#ifndef HONE_CLI_FRONT_H
#define HONE_CLI_FRONT_H

#include <hone/store.h>

struct front {
    uint64_t *numbers; /* owned; the best by the first objective first */
    uint32_t n;
    bool several; /* the sweep has several objectives; else the rest is unused */
};

/* Reads the sweep's trials where it has several objectives. Errors: those of the store;
 * HONE_ESPEC where its recorded spec is not read any more; HONE_ENOMEM. */
HONE_MUST_CHECK int hone_front_read(hone_store *store, const hone_sweep_info *sweep,
                                    struct front *front, hone_error *err);
/* Visits at most `limit` of the best. */
HONE_MUST_CHECK int hone_front_visit(const struct front *front, hone_store *store,
                                     int64_t sweep, uint64_t limit, hone_trial_fn visit,
                                     void *arg, hone_error *err);
void hone_front_release(struct front *front);

#endif
