/* Asynchronous successive halving, promoting: whenever there is room, the best trial of
 * the highest rung that has one among its best 1/eta not yet promoted goes on; where no
 * rung has one, a new trial begins.
 *
 * Li, Jamieson, Rostamizadeh, Gonina, Ben-tzur, Hardt, Recht, Talwalkar (2018), A system
 * for massively parallel hyperparameter tuning: algorithm 2. Two things are added.
 * When there will be no more trials and none runs, a rung of fewer than eta sends its
 * best one on nevertheless, so that a sweep with a limit ends with a trial that has had
 * all. And a trial that is lost on its way up is replaced by the next best of its rung.
 */
#include <assert.h>
#include <math.h>

#include "schedule/rungs.h"
#include "search/settings.h"
#include "base/banned.h"

typedef struct climb_asha {
    hone_rungs rungs;
    double eta;
    uint32_t first;
    hone_standing standings[HONE_RUNGS_MAX];
    uint32_t lost[HONE_RUNGS_MAX]; /* trials, on the way from a rung to the next */
} climb_asha;

static const hone_option options[] = {
    {.name = "eta",
     .type = HONE_OPTION_REAL,
     .min = 1.1,
     .max = 1e6,
     .fallback = "4",
     .text = "One in eta trials goes on at each rung; each rung is eta times as far."},
    {.name = "s",
     .type = HONE_OPTION_INT,
     .min = 0,
     .max = HONE_RUNGS_MAX,
     .fallback = "0",
     .text = "How many rungs are left out at the beginning."},
    {.type = HONE_OPTION_END}};

static int init(void *state, const hone_budget_range *range,
                const hone_settings *settings, hone_error *err)
{
    climb_asha *self = state;
    self->eta = hone_settings_number(settings, "eta", 4);
    self->first = (uint32_t)hone_settings_number(settings, "s", 0);
    int rc = hone_rungs_make(&self->rungs, range, self->eta, err);
    if (rc == HONE_OK && self->first >= self->rungs.n - 1)
        rc = hone_error_set(err, HONE_ESPEC,
                            "early_terminate.s is %u; there are %u rungs below "
                            "the last, so it is at most %u",
                            self->first, self->rungs.n - 1, self->rungs.n - 2);
    return rc;
}

static const hone_rungs *rungs(const void *state)
{
    const climb_asha *self = state;
    return &self->rungs;
}

static uint32_t first(const void *state, uint64_t number)
{
    const climb_asha *self = state;
    (void)number;
    return self->first;
}

static int reached(void *state, const hone_promotion *at, double value)
{
    climb_asha *self = state;
    assert(at->rung < self->rungs.n);
    return hone_standing_add(&self->standings[at->rung], at->number, value);
}

static int lost(void *state, uint64_t number)
{
    climb_asha *self = state;
    hone_stander *found = NULL;
    uint32_t k = self->rungs.n;
    while (found == NULL && k-- > 0)
        found = hone_standing_find(&self->standings[k], number);
    if (found == NULL || found->lost)
        return HONE_OK;
    self->lost[k] += found->left;
    found->left = found->lost = true;
    return HONE_OK;
}

/* How many go on from a rung. */
static uint32_t count_on(const climb_asha *self, uint32_t k, hone_climb_stage stage)
{
    uint32_t n_on = (uint32_t)(self->standings[k].n / self->eta);
    if (n_on == 0 && stage == HONE_CLIMB_IDLE)
        n_on = 1;
    return n_on + self->lost[k];
}

static bool worthy(const void *state, const hone_promotion *at)
{
    const climb_asha *self = state;
    const hone_standing *standing = &self->standings[at->rung];
    const hone_stander *found = hone_standing_find(standing, at->number);
    return found != NULL && found->value != INFINITY &&
           found - standing->items < (long)count_on(self, at->rung, HONE_CLIMB_OPEN);
}

static bool next(const void *state, const hone_climb *climb, hone_promotion *next)
{
    const climb_asha *self = state;
    for (uint32_t k = self->rungs.n - 1; k-- > self->first;) {
        uint32_t n_on = count_on(self, k, climb->stage);
        const hone_stander *best = hone_standing_best(&self->standings[k], n_on);
        if (best == NULL)
            continue;
        *next = (hone_promotion){.number = best->number, .rung = k + 1};
        return true;
    }
    return false;
}

static int promoted(void *state, const hone_promotion *promotion)
{
    climb_asha *self = state;
    assert(promotion->rung > 0 && promotion->rung < self->rungs.n);
    for (uint32_t k = 0; k < promotion->rung; k++)
        hone_standing_leave(&self->standings[k], promotion->number);
    return HONE_OK;
}

static void release(void *state)
{
    climb_asha *self = state;
    for (uint32_t k = 0; k < HONE_RUNGS_MAX; k++)
        hone_standing_release(&self->standings[k]);
}

extern const hone_promoter hone_promoter_asha;
const hone_promoter hone_promoter_asha = {
    .name = "asha",
    .summary = "asynchronous successive halving: whoever is among the best 1/eta goes on",
    .reference = "Li, Jamieson, Rostamizadeh, Gonina, Ben-tzur, Hardt, Recht, Talwalkar "
                 "(2018), A system for massively parallel hyperparameter tuning",
    .options = options,
    .state_size = sizeof(climb_asha),
    .init = init,
    .rungs = rungs,
    .first = first,
    .reached = reached,
    .lost = lost,
    .worthy = worthy,
    .next = next,
    .promoted = promoted,
    .release = release,
};
