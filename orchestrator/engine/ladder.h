/* The promoter of `fidelity` bound to a sweep: budgets and values as they are printed go
 * in, promotions come out. Pure.
 *
 *   init  (first | reached | lost | promoted | next)*  release */
#ifndef HONE_ENGINE_LADDER_H
#define HONE_ENGINE_LADDER_H

#include <hone/spec.h>

typedef struct hone_ladder {
    const hone_fidelity *fidelity; /* borrowed; NULL: the spec has none */
    const hone_rungs *rungs;       /* borrowed from the promoter */
    bool maximize;
    void *state; /* owned */
} hone_ladder;

/* Errors: HONE_ENOMEM, or what the promoter says of its settings; release all the same.
 */
HONE_MUST_CHECK int hone_ladder_init(hone_ladder *ladder, const hone_spec *spec,
                                     hone_error *err);
void hone_ladder_release(hone_ladder *ladder);

/* The budget that a trial begins with, or the step of its first rung; 0 where there is no
 * ladder. */
double hone_ladder_first(const hone_ladder *ladder, uint64_t number);
/* Whether a trial of this budget has had all. */
bool hone_ladder_is_top(const hone_ladder *ladder, double budget);
/* The rung above that of a budget below the top. */
double hone_ladder_above(const hone_ladder *ladder, double budget);
/* Whether a trial that has come to this rung is among those that go on by now. */
bool hone_ladder_worthy(const hone_ladder *ladder, uint64_t number, double budget);
/* Fills the steps at which trials may be ended, ascending; 0 where they are not. */
uint32_t hone_ladder_steps(const hone_ladder *ladder, const double **steps);

/* A trial ended well with this budget; the objective is as printed. One below the first
 * rung, of a spec that has changed since, tells nothing. Errors: HONE_ENOMEM. */
HONE_MUST_CHECK int hone_ladder_reached(hone_ladder *ladder, uint64_t number,
                                        double budget, double objective);
/* The trial is given this budget, or was. Errors: HONE_ENOMEM. */
HONE_MUST_CHECK int hone_ladder_given(hone_ladder *ladder, uint64_t number,
                                      double budget);
/* Errors: HONE_ENOMEM. */
HONE_MUST_CHECK int hone_ladder_lost(hone_ladder *ladder, uint64_t number);
/* Who is to be given more, and how much; or a copy of whom is to be begun with how much.
 */
bool hone_ladder_next(const hone_ladder *ladder, const hone_climb *climb,
                      hone_promotion *next, double *budget);
/* How many trials the method gives; UINT64_MAX: as many as it likes. */
uint64_t hone_ladder_population(const hone_ladder *ladder);
/* Whether the user may add trials. Errors: HONE_EREFUSED: a population takes none. */
HONE_MUST_CHECK int hone_ladder_takes_more(const hone_ladder *ladder, hone_error *err);
/* A trial is begun, or was, with this budget; `parent` 0: it is no copy. Errors:
 * HONE_ENOMEM. */
HONE_MUST_CHECK int hone_ladder_begun(hone_ladder *ladder, uint64_t number,
                                      uint64_t parent, double budget);
/* Fills the configuration of a copy. Errors: HONE_ENOMEM. */
HONE_MUST_CHECK int hone_ladder_explore(const hone_ladder *ladder,
                                        const hone_space *space,
                                        const hone_config *parent,
                                        const hone_promotion *fork, hone_config *child);

/* A budget as the value of its parameter; 0 is none. */
hone_budget hone_fidelity_budget(const hone_fidelity *fidelity, double budget);
/* The budget that a recorded configuration has; takes it out, so that it is one of the
 * space. 0 where there is none, or it is no number. */
double hone_fidelity_take(const hone_fidelity *fidelity, const hone_space *space,
                          hone_config *config);

#endif
