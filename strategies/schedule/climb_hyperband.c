/* Hyperband: brackets of successive halving, from many trials that begin with little to
 * few that begin with all.
 *
 * Li, Jamieson, DeSalvo, Rostamizadeh, Talwalkar (2016), Hyperband: a novel bandit-based
 * approach to hyperparameter optimization, algorithm 1. Of s_max + 1 rungs bracket s,
 * from s_max down to 0, has n = ceil((s_max + 1) / (s + 1) * eta^s) trials, which begin
 * at rung s_max - s; once all that are at its i-th rung have come there, floor(n
 * eta^-(i+1)) of them go on. Trials fill the brackets in the order of their numbers, and
 * after the last bracket comes the first again. While a bracket waits for its stragglers,
 * the next one is filled. A trial that is lost
 * on its way up is replaced by the next best. A bracket that the sweep's end cuts short
 * is halved as one of as many trials as it got, and sends one on at the least. */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "schedule/rungs.h"
#include "search/settings.h"
#include "base/banned.h"

enum { LOST = 255 }; /* no rung: the trial is on the way to none */

/* The shape of the brackets, the same in each round. */
typedef struct bracket_plan {
    uint32_t rung;  /* at which it begins */
    uint64_t n;     /* trials */
    uint64_t start; /* trials of the brackets before it */
} bracket_plan;

typedef struct band {
    hone_standing *standings; /* owned: one a rung, from its first */
    uint32_t *lost;           /* owned: trials that were lost on the way to the rung */
    unsigned char *aims; /* owned: of each trial, the rung that it goes to, or LOST */
} band;

typedef struct climb_hyperband {
    hone_rungs rungs;
    double eta;
    bracket_plan plans[HONE_RUNGS_MAX];
    uint64_t round; /* trials of all brackets */
    band *brackets; /* owned; by round and plan */
    uint64_t n_brackets;
} climb_hyperband;

static const hone_option options[] = {
    {.name = "eta",
     .type = HONE_OPTION_REAL,
     .min = 1.1,
     .max = 1e6,
     .fallback = "3",
     .text = "One in eta trials goes on at each rung; each rung is eta times as far."},
    {.type = HONE_OPTION_END}};

static int init(void *state, const hone_budget_range *range,
                const hone_settings *settings, hone_error *err)
{
    climb_hyperband *self = state;
    self->eta = hone_settings_number(settings, "eta", 3);
    int rc = hone_rungs_make(&self->rungs, range, self->eta, err);
    for (uint32_t i = 0; i < self->rungs.n; i++) {
        double s = self->rungs.n - 1 - i;
        double n = ceil(self->rungs.n / (s + 1) * pow(self->eta, s) - 1e-9);
        if (n > 1e9)
            return hone_error_set(err, HONE_ESPEC,
                                  "hyperband's first bracket would have %g trials; make "
                                  "fidelity.min larger, or take early_terminate: {type: "
                                  "asha}",
                                  n);
        self->plans[i] =
            (bracket_plan){.rung = i, .n = (uint64_t)n, .start = self->round};
        self->round += (uint64_t)n;
    }
    return rc;
}

static const hone_rungs *rungs(const void *state)
{
    const climb_hyperband *self = state;
    return &self->rungs;
}

/* ---- brackets ---- */

/* Where a trial is. */
typedef struct place {
    uint64_t bracket;
    const bracket_plan *plan;
    uint64_t place; /* in it, from 0 */
} place;

static place find_seat(const climb_hyperband *self, uint64_t number)
{
    assert(number > 0);
    uint64_t round = (number - 1) / self->round, at = (number - 1) % self->round;
    uint32_t i = self->rungs.n - 1;
    while (self->plans[i].start > at)
        i--;
    return (place){.bracket = round * self->rungs.n + i,
                   .plan = &self->plans[i],
                   .place = at - self->plans[i].start};
}

static uint32_t first(const void *state, uint64_t number)
{
    return find_seat(state, number).plan->rung;
}

/* The number before that of the bracket's first trial. */
static uint64_t count_before(const climb_hyperband *self, uint64_t at)
{
    return at / self->rungs.n * self->round + self->plans[at % self->rungs.n].start;
}

static void release_bracket(band *bracket, uint32_t n_rungs)
{
    for (uint32_t k = 0; bracket->standings != NULL && k < n_rungs; k++)
        hone_standing_release(&bracket->standings[k]);
    free(bracket->standings);
    free(bracket->lost);
    free(bracket->aims);
    memset(bracket, 0, sizeof(*bracket));
}

static int fill_bracket(const climb_hyperband *self, band *bracket,
                        const bracket_plan *plan)
{
    if (bracket->aims != NULL)
        return HONE_OK;
    bracket->standings = calloc(self->rungs.n, sizeof(*bracket->standings));
    bracket->lost = calloc(self->rungs.n, sizeof(*bracket->lost));
    bracket->aims = malloc(plan->n);
    if (bracket->standings == NULL || bracket->lost == NULL || bracket->aims == NULL) {
        release_bracket(bracket, 0);
        return HONE_ENOMEM;
    }
    memset(bracket->aims, (int)plan->rung, plan->n);
    return HONE_OK;
}

/* The bracket of a trial, made where it is not there; NULL without memory. */
static band *get_bracket(climb_hyperband *self, const place *seat)
{
    if (seat->bracket >= self->n_brackets) {
        uint64_t n = seat->bracket + 1;
        band *grown = reallocarray(self->brackets, n, sizeof(*grown));
        if (grown == NULL)
            return NULL;
        memset(grown + self->n_brackets, 0, (n - self->n_brackets) * sizeof(*grown));
        self->brackets = grown;
        self->n_brackets = n;
    }
    band *found = &self->brackets[seat->bracket];
    return fill_bracket(self, found, seat->plan) == HONE_OK ? found : NULL;
}

/* ---- what is heard ---- */

static int reached(void *state, const hone_promotion *at, double value)
{
    climb_hyperband *self = state;
    place seat = find_seat(self, at->number);
    band *found = get_bracket(self, &seat);
    assert(at->rung < self->rungs.n);
    return found != NULL
               ? hone_standing_add(&found->standings[at->rung], at->number, value)
               : HONE_ENOMEM;
}

static int lost(void *state, uint64_t number)
{
    climb_hyperband *self = state;
    place seat = find_seat(self, number);
    band *found = get_bracket(self, &seat);
    if (found == NULL)
        return HONE_ENOMEM;
    uint32_t aim = found->aims[seat.place];
    if (aim == LOST)
        return HONE_OK;
    if (hone_standing_find(&found->standings[aim], number) != NULL)
        hone_standing_leave(&found->standings[aim], number);
    else
        found->lost[aim]++;
    found->aims[seat.place] = LOST;
    return HONE_OK;
}

static int promoted(void *state, const hone_promotion *promotion)
{
    climb_hyperband *self = state;
    place seat = find_seat(self, promotion->number);
    band *found = get_bracket(self, &seat);
    if (found == NULL)
        return HONE_ENOMEM;
    assert(promotion->rung > 0 && promotion->rung < self->rungs.n);
    for (uint32_t k = 0; k < promotion->rung; k++)
        hone_standing_leave(&found->standings[k], promotion->number);
    found->aims[seat.place] = (unsigned char)promotion->rung;
    return HONE_OK;
}

/* ---- who is next ---- */

/* How many go on from rung k, if it is complete: every one of `members` has come there or
 * is lost. */
static bool count_on(const band *bracket, uint32_t k, uint64_t members, uint64_t wanted,
                     uint64_t *n_on)
{
    const hone_standing *standing = &bracket->standings[k];
    if ((uint64_t)standing->n + bracket->lost[k] < members)
        return false;
    uint64_t valued = hone_standing_valued(standing);
    *n_on = wanted + bracket->lost[k + 1];
    if (*n_on > valued)
        *n_on = valued;
    return true;
}

static bool next_of_bracket(const climb_hyperband *self, uint64_t at,
                            const hone_climb *climb, hone_promotion *next)
{
    const band *bracket = &self->brackets[at];
    const bracket_plan *plan = &self->plans[at % self->rungs.n];
    uint64_t before = count_before(self, at), n = plan->n;
    bool cut = climb->stage != HONE_CLIMB_OPEN && climb->n_trials < before + n;
    if (cut)
        n = climb->n_trials > before ? climb->n_trials - before : 0;
    uint64_t members = n;
    for (uint32_t k = plan->rung; k + 1 < self->rungs.n; k++) {
        double wanted =
            floor((double)n * pow(self->eta, -(double)(k - plan->rung) - 1) + 1e-9);
        uint64_t n_on = 0;
        if (cut && wanted < 1)
            wanted = 1;
        if (!count_on(bracket, k, members, (uint64_t)wanted, &n_on))
            return false;
        const hone_stander *best =
            hone_standing_best(&bracket->standings[k], (uint32_t)n_on);
        if (best != NULL) {
            *next = (hone_promotion){.number = best->number, .rung = k + 1};
            return true;
        }
        members = n_on;
    }
    return false;
}

static bool next(const void *state, const hone_climb *climb, hone_promotion *next)
{
    const climb_hyperband *self = state;
    for (uint64_t at = 0; at < self->n_brackets; at++) {
        if (self->brackets[at].aims != NULL && next_of_bracket(self, at, climb, next))
            return true;
    }
    return false;
}

static void release(void *state)
{
    climb_hyperband *self = state;
    for (uint64_t at = 0; at < self->n_brackets; at++)
        release_bracket(&self->brackets[at], self->rungs.n);
    free(self->brackets);
}

extern const hone_promoter hone_promoter_hyperband;
const hone_promoter hone_promoter_hyperband = {
    .name = "hyperband",
    .summary = "brackets of successive halving, from many short trials to few long ones",
    .reference = "Li, Jamieson, DeSalvo, Rostamizadeh, Talwalkar (2016), Hyperband: a "
                 "novel bandit-based approach to hyperparameter optimization",
    .options = options,
    .state_size = sizeof(climb_hyperband),
    .init = init,
    .rungs = rungs,
    .first = first,
    .reached = reached,
    .lost = lost,
    .next = next,
    .promoted = promoted,
    .release = release,
};
