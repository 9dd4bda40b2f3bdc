/* Population based training: a population of trials learns together, and from budget to
 * budget those that do badly go on from a copy of one that does well, with its parameters
 * a little changed.
 *
 * Jaderberg, Dalibard, Osindero, Czarnecki, Donahue, Razavi, Vinyals, Green, Dunning,
 * Simonyan, Fernando, Kavukcuoglu (2017), Population based training of neural networks:
 * algorithm 1, exploit by truncation selection, explore by perturbing or resampling
 * (section 4). Deviation: the members wait for one another at each budget, so that what
 * is decided is a function of results and not of who came first; and members share what
 * there is of the machine, however many there are.
 *
 * The members of a generation are its slots: at first the first trials. When all of them
 * have come to a budget, or are lost, the worst `quantile` and those that are lost or
 * have no number are replaced, slot by slot, by trials that begin as copies of one of the
 * best `quantile`; after that the others go on. All of it is worked out anew from the
 * trials, their parents and values whenever it is asked for. */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "math/philox.h"
#include "schedule/explore.h"
#include "schedule/rungs.h"
#include "search/settings.h"
#include "base/banned.h"

enum { POPULATION_MAX = 256, STREAM_PARENT = 0x7fff0100 };

typedef struct pbt_trial {
    bool known, lost;
    uint64_t parent; /* 0: none */
    uint32_t first;  /* its first rung */
    uint32_t aim;    /* the rung that it goes to, or has come to */
    uint32_t n_come; /* the highest that it has come to, plus 1 */
    double *values;  /* owned: one a rung */
} pbt_trial;

typedef struct climb_pbt {
    hone_rungs rungs;
    uint32_t population, n_cut;
    double resample, perturb;
    uint64_t seed;
    pbt_trial *trials; /* owned: by number */
    uint64_t n;
} climb_pbt;

static const hone_option options[] = {
    {.name = "population",
     .type = HONE_OPTION_INT,
     .min = 2,
     .max = POPULATION_MAX,
     .fallback = "10",
     .text = "Members; the method gives the first trials."},
    {.name = "interval",
     .type = HONE_OPTION_REAL,
     .min = 1e-9,
     .max = 1e12,
     .text = "Budget from one comparison to the next; a tenth of fidelity.max."},
    {.name = "quantile",
     .type = HONE_OPTION_REAL,
     .min = 0,
     .max = 0.5,
     .fallback = "0.25",
     .text = "The share that is replaced, by copies of as large a share."},
    {.name = "resample",
     .type = HONE_OPTION_REAL,
     .min = 0,
     .max = 1,
     .fallback = "0.25",
     .text = "How probably a parameter of a copy is drawn anew."},
    {.name = "perturb",
     .type = HONE_OPTION_REAL,
     .min = 0.001,
     .max = 0.999,
     .fallback = "0.2",
     .text = "Else a number is multiplied by 1 + this, or 1 - this."},
    {.type = HONE_OPTION_END}};

static int make_rungs(climb_pbt *self, const hone_budget_range *range, double interval,
                      hone_error *err)
{
    double n = ceil(range->max / interval - 1e-9);
    if (n > HONE_RUNGS_MAX || n < 2 || (range->integer && interval != floor(interval)))
        return hone_error_set(
            err, HONE_ESPEC,
            "early_terminate.interval is %g; it goes 2 to %d times into "
            "fidelity.max, %g%s",
            interval, HONE_RUNGS_MAX, range->max,
            range->integer ? ", and is a whole number" : "");
    for (uint32_t k = 1; k < (uint32_t)n; k++)
        self->rungs.at[self->rungs.n++] = interval * k;
    self->rungs.at[self->rungs.n++] = range->max;
    return HONE_OK;
}

static int init(void *state, const hone_budget_range *range,
                const hone_settings *settings, hone_error *err)
{
    climb_pbt *self = state;
    double tenth = range->integer ? ceil(range->max / 10) : range->max / 10;
    double quantile = hone_settings_number(settings, "quantile", 0.25);
    self->population = (uint32_t)hone_settings_number(settings, "population", 10);
    self->resample = hone_settings_number(settings, "resample", 0.25);
    self->perturb = hone_settings_number(settings, "perturb", 0.2);
    self->seed = range->seed;
    self->n_cut = (uint32_t)floor(quantile * self->population + 1e-9);
    if (self->n_cut == 0)
        return hone_error_set(err, HONE_ESPEC,
                              "early_terminate.quantile is %g, of a population of %u "
                              "nobody: make it at least %.2g",
                              quantile, self->population, 1.0 / self->population);
    return make_rungs(self, range, hone_settings_number(settings, "interval", tenth),
                      err);
}

static const hone_rungs *rungs(const void *state)
{
    const climb_pbt *self = state;
    return &self->rungs;
}

static uint64_t population(const void *state)
{
    const climb_pbt *self = state;
    return self->population;
}

/* ---- trials ---- */

static const pbt_trial *find_trial(const climb_pbt *self, uint64_t number)
{
    return number <= self->n && self->trials[number - 1].known ? &self->trials[number - 1]
                                                               : NULL;
}

/* NULL without memory. */
static pbt_trial *get_trial(climb_pbt *self, uint64_t number)
{
    if (number > self->n) {
        uint64_t n = number + number / 2;
        pbt_trial *grown = reallocarray(self->trials, n, sizeof(*grown));
        if (grown == NULL)
            return NULL;
        memset(grown + self->n, 0, (n - self->n) * sizeof(*grown));
        self->trials = grown;
        self->n = n;
    }
    pbt_trial *trial = &self->trials[number - 1];
    if (trial->values == NULL)
        trial->values = calloc(self->rungs.n, sizeof(*trial->values));
    return trial->values != NULL ? trial : NULL;
}

static int begun(void *state, const hone_promotion *at)
{
    climb_pbt *self = state;
    pbt_trial *trial = get_trial(self, at->number);
    if (trial == NULL)
        return HONE_ENOMEM;
    trial->known = true;
    trial->parent = at->parent;
    trial->first = at->rung;
    if (trial->aim < at->rung)
        trial->aim = at->rung;
    return HONE_OK;
}

static uint32_t first(const void *state, uint64_t number)
{
    const pbt_trial *trial = find_trial(state, number);
    return trial != NULL ? trial->first : 0;
}

static int reached(void *state, const hone_promotion *at, double value)
{
    pbt_trial *trial = get_trial(state, at->number);
    if (trial == NULL)
        return HONE_ENOMEM;
    trial->values[at->rung] = isfinite(value) ? value : (double)INFINITY;
    if (trial->n_come < at->rung + 1)
        trial->n_come = at->rung + 1;
    return HONE_OK;
}

static int lost(void *state, uint64_t number)
{
    pbt_trial *trial = get_trial(state, number);
    if (trial == NULL)
        return HONE_ENOMEM;
    trial->lost = true;
    return HONE_OK;
}

static int promoted(void *state, const hone_promotion *promotion)
{
    pbt_trial *trial = get_trial(state, promotion->number);
    if (trial == NULL)
        return HONE_ENOMEM;
    if (trial->aim < promotion->rung)
        trial->aim = promotion->rung;
    return HONE_OK;
}

/* ---- generations ---- */

typedef struct member {
    uint64_t number;
    uint32_t slot;
    double value; /* at the generation's rung */
} member;

typedef struct generation {
    uint32_t n;
    uint64_t slots[POPULATION_MAX]; /* numbers */
    member ranked[POPULATION_MAX];  /* best first */
    uint32_t n_cut;                 /* how many count as the best, and as the worst */
    uint32_t n_valued;              /* of which have a value */
    uint32_t n_replaced;            /* the last of them go */
} generation;

static void find_founders(const climb_pbt *self, generation *g)
{
    for (uint64_t number = 1; number <= self->n && g->n < self->population; number++) {
        const pbt_trial *trial = find_trial(self, number);
        if (trial != NULL && trial->parent == 0)
            g->slots[g->n++] = number;
    }
}

static int compare_members(const void *a, const void *b)
{
    const member *x = a, *y = b;
    if (x->value != y->value)
        return x->value < y->value ? -1 : 1;
    return x->slot < y->slot ? -1 : x->slot > y->slot;
}

/* False where somebody is still on the way to rung k. */
static bool rank_members(const climb_pbt *self, uint32_t k, generation *g)
{
    g->n_valued = 0;
    for (uint32_t i = 0; i < g->n; i++) {
        const pbt_trial *trial = find_trial(self, g->slots[i]);
        bool come = trial->n_come > k;
        if (!come && !trial->lost)
            return false;
        double value = come ? trial->values[k] : (double)INFINITY;
        g->ranked[i] = (member){.number = g->slots[i], .slot = i, .value = value};
        g->n_valued += value < INFINITY;
    }
    qsort(g->ranked, g->n, sizeof(*g->ranked), compare_members);
    g->n_cut = self->n_cut * g->n / self->population; /* there may be too few */
    g->n_replaced = g->n_cut;
    if (g->n - g->n_valued > g->n_replaced)
        g->n_replaced = g->n - g->n_valued;
    return true;
}

/* The first trial after `number` that was begun as a copy at this rung; 0: none. */
static uint64_t find_child(const climb_pbt *self, uint64_t number, uint32_t rung)
{
    while (++number <= self->n) {
        const pbt_trial *trial = find_trial(self, number);
        if (trial != NULL && trial->parent != 0 && trial->first == rung)
            return number;
    }
    return 0;
}

/* One of the best is copied, of those that are still there; false where nobody is. */
static bool fork_slot(const climb_pbt *self, const generation *g, uint32_t slot,
                      uint32_t rung, hone_promotion *next)
{
    uint64_t parents[POPULATION_MAX];
    uint32_t n = 0, most = g->n_cut > 0 ? g->n_cut : 1;
    for (uint32_t i = 0; i < g->n_valued && n < most; i++)
        if (!find_trial(self, g->ranked[i].number)->lost)
            parents[n++] = g->ranked[i].number;
    const hone_counter at = {.number = slot, .stream = STREAM_PARENT, .attempt = rung};
    uint32_t which = (uint32_t)(hone_philox_uniform(self->seed, at) * n);
    if (n > 0)
        *next = (hone_promotion){.parent = parents[which], .slot = slot, .rung = rung};
    return n > 0;
}

typedef enum replacement { ALL_REPLACED, FORK, NOBODY } replacement;

/* Those that go, slot by slot, where a copy has taken their place; FORK: one has none
 * yet.
 */
static replacement replace_worst(const climb_pbt *self, generation *g, uint32_t rung,
                                 hone_promotion *next)
{
    bool goes[POPULATION_MAX] = {false};
    uint64_t child = 0;
    for (uint32_t i = g->n - g->n_replaced; i < g->n; i++)
        goes[g->ranked[i].slot] = true;
    for (uint32_t slot = 0; slot < g->n; slot++) {
        if (!goes[slot])
            continue;
        child = find_child(self, child, rung);
        if (child == 0)
            return fork_slot(self, g, slot, rung, next) ? FORK : NOBODY;
        g->slots[slot] = child;
    }
    return ALL_REPLACED;
}

static bool find_survivor(const climb_pbt *self, const generation *g, uint32_t rung,
                          hone_promotion *next)
{
    for (uint32_t slot = 0; slot < g->n; slot++) {
        const pbt_trial *trial = find_trial(self, g->slots[slot]);
        if (trial->aim >= rung || trial->lost)
            continue;
        *next = (hone_promotion){.number = g->slots[slot], .rung = rung};
        return true;
    }
    return false;
}

static bool next(const void *state, const hone_climb *climb, hone_promotion *next)
{
    const climb_pbt *self = state;
    generation g = {.n = 0};
    find_founders(self, &g);
    if (g.n == 0 || (g.n < self->population && climb->stage == HONE_CLIMB_OPEN))
        return false;
    for (uint32_t k = 0; k + 1 < self->rungs.n; k++) {
        if (!rank_members(self, k, &g) || g.n_valued == 0)
            return false;
        replacement done = replace_worst(self, &g, k + 1, next);
        if (done != ALL_REPLACED)
            return done == FORK;
        if (find_survivor(self, &g, k + 1, next))
            return true;
    }
    return false;
}

static int explore(const void *state, const hone_space *space, const hone_config *parent,
                   const hone_promotion *fork, hone_config *child)
{
    const climb_pbt *self = state;
    const hone_explore rule = {.resample = self->resample,
                               .perturb = self->perturb,
                               .seed = self->seed,
                               .key = (uint64_t)fork->rung << 32 | fork->slot};
    return hone_explore_near(space, &rule, parent, child);
}

static void release(void *state)
{
    climb_pbt *self = state;
    for (uint64_t i = 0; i < self->n; i++)
        free(self->trials[i].values);
    free(self->trials);
}

extern const hone_promoter hone_promoter_pbt;
const hone_promoter hone_promoter_pbt = {
    .name = "pbt",
    .summary = "population based training: the worst go on as changed copies of the best",
    .reference = "Jaderberg, Dalibard, Osindero, Czarnecki, Donahue, Razavi, Vinyals, "
                 "Green, Dunning, Simonyan, Fernando, Kavukcuoglu (2017), Population "
                 "based training of neural networks",
    .options = options,
    .state_size = sizeof(climb_pbt),
    .init = init,
    .rungs = rungs,
    .population = population,
    .first = first,
    .begun = begun,
    .reached = reached,
    .lost = lost,
    .next = next,
    .explore = explore,
    .promoted = promoted,
    .release = release,
};
