/* Tree-structured Parzen estimator, multivariate.
 *
 * The trials so far are divided into a good part, the best few, and the rest; over each a
 * Parzen estimator gives a density, l over the good, g over the rest. What is suggested
 * has a large l(x) / g(x), which is to say a large expected improvement (Bergstra,
 * Bardenet, Bengio, Kegl 2011, equation 5): of a number of points drawn from l the best,
 * after a short climb from there.
 *
 *   - The first trials are points of a scrambled Sobol sequence.
 *   - Running trials and failed ones belong to the rest: so that nobody goes where
 * someone is already, or where nothing works.
 *   - Pruned trials rank behind the completed ones, the further they came the better.
 *   - A parameter that is absent in a trial is unknown there, see math/parzen.h.
 *
 * State: every trial as a point of the cube, in the order of their numbers, and per axis
 * the points in ascending order, so that a suggestion costs O(n) for n trials. */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "math/parzen.h"
#include "math/philox.h"
#include "math/sobol.h"
#include "search/settings.h"
#include "search/untried.h"
#include "base/banned.h"

enum {
    STREAM = 0x7fff0020, /* of Philox */
    RECENT = 25,         /* trials that have full weight, however many there are */
    SOBOL_MOST = 1000
};

/* Of the climb, as shares of an axis. */
#define FIRST_STEP   0.3
#define STEP_SHRINKS 2.5

typedef struct tpe_trial {
    uint64_t number;
    hone_observation_kind kind;
    double value; /* of completed and pruned ones */
    double progress;
} tpe_trial;

typedef struct tpe {
    const hone_problem *problem;
    hone_cube cube;
    hone_untried untried;
    hone_sobol_axis *sobol; /* owned; NULL where there are too many axes */
    uint32_t startup, n_candidates, gamma_most;
    double gamma;
    uint32_t n, cap;   /* trials */
    uint32_t n_valued; /* of which have a value */
    tpe_trial *trials; /* owned, by number */
    double *x;         /* owned, cap * cube.n */
    uint32_t **sorted; /* owned: per axis the trials with a coordinate, ascending */
    uint32_t *n_sorted;
} tpe;

static const hone_option options[] = {
    {.name = "startup_trials",
     .type = HONE_OPTION_INT,
     .min = 1,
     .max = 1e6,
     .fallback = "10",
     .text = "Trials with a result before the model has a say."},
    {.name = "candidates",
     .type = HONE_OPTION_INT,
     .min = 1,
     .max = 10000,
     .fallback = "24",
     .text =
         "Points that are drawn from the density of good trials for each suggestion."},
    {.name = "gamma",
     .type = HONE_OPTION_REAL,
     .min = 0.001,
     .max = 0.9,
     .text = "Share of the trials that are good; by default 0.2 less 0.01 for each "
             "parameter, at least 0.1."},
    {.name = "most_good",
     .type = HONE_OPTION_INT,
     .min = 1,
     .max = 1e6,
     .fallback = "25",
     .text = "No more than so many trials are good."},
    {.type = HONE_OPTION_END}};

static int init(void *state, const hone_problem *problem, const hone_settings *settings,
                hone_error *err)
{
    tpe *self = state;
    self->problem = problem;
    self->startup = (uint32_t)hone_settings_number(settings, "startup_trials", 10);
    self->n_candidates = (uint32_t)hone_settings_number(settings, "candidates", 24);
    self->gamma_most = (uint32_t)hone_settings_number(settings, "most_good", 25);
    int rc = hone_untried_init(&self->untried, problem, err);
    if (rc == HONE_OK)
        rc = hone_cube_init(&self->cube, problem->space, err);
    if (rc != HONE_OK)
        return rc;
    /* The more dimensions, the less there is to be seen in a wide choice of the good. */
    self->gamma =
        hone_settings_number(settings, "gamma", fmax(0.2 - 0.01 * self->cube.n, 0.1));
    self->sorted = calloc(self->cube.n + (size_t)1, sizeof(*self->sorted));
    self->n_sorted = calloc(self->cube.n + (size_t)1, sizeof(*self->n_sorted));
    self->sobol = calloc(self->cube.n + (size_t)1, sizeof(*self->sobol));
    if (self->sorted == NULL || self->n_sorted == NULL || self->sobol == NULL)
        return hone_error_set(err, HONE_ENOMEM, "out of memory");
    if (self->cube.n <= SOBOL_MOST)
        hone_sobol_init(self->sobol, self->cube.n);
    return HONE_OK;
}

static void release(void *state)
{
    tpe *self = state;
    for (uint32_t a = 0; self->sorted != NULL && a < self->cube.n; a++)
        free(self->sorted[a]);
    free(self->sorted);
    free(self->n_sorted);
    free(self->sobol);
    free(self->trials);
    free(self->x);
    hone_cube_release(&self->cube);
    hone_untried_release(&self->untried);
}

/* ---- what was tried ---- */

static bool make_room(tpe *self)
{
    if (self->n < self->cap)
        return true;
    uint32_t cap = self->cap == 0 ? 64 : self->cap * 2;
    size_t n_axes = self->cube.n;
    tpe_trial *trials = realloc(self->trials, cap * sizeof(*trials));
    if (trials != NULL)
        self->trials = trials;
    double *x = realloc(self->x, (cap * n_axes + 1) * sizeof(*x));
    if (x != NULL)
        self->x = x;
    bool done = trials != NULL && x != NULL;
    for (uint32_t a = 0; done && a < n_axes; a++) {
        uint32_t *sorted = realloc(self->sorted[a], cap * sizeof(*sorted));
        done = sorted != NULL;
        if (done)
            self->sorted[a] = sorted;
    }
    if (done)
        self->cap = cap;
    return done;
}

/* Puts point `i` into its place on an axis; of equal ones the older first. */
static void sort_in(tpe *self, uint32_t a, uint32_t i)
{
    uint32_t n_axes = self->cube.n, *sorted = self->sorted[a];
    double x = self->x[(size_t)i * n_axes + a];
    if (isnan(x))
        return;
    uint32_t low = 0, high = self->n_sorted[a];
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        double other = self->x[(size_t)sorted[middle] * n_axes + a];
        if (other < x || (other == x && sorted[middle] < i))
            low = middle + 1;
        else
            high = middle;
    }
    memmove(sorted + low + 1, sorted + low,
            (self->n_sorted[a]++ - low) * sizeof(*sorted));
    sorted[low] = i;
}

static int add_trial(tpe *self, const hone_observation *seen)
{
    assert(self->n == 0 || self->trials[self->n - 1].number < seen->number);
    if (!make_room(self))
        return HONE_ENOMEM;
    uint32_t i = self->n++;
    self->trials[i] = (tpe_trial){.number = seen->number, .kind = seen->kind};
    hone_cube_encode(&self->cube, seen->config, self->x + (size_t)i * self->cube.n);
    for (uint32_t a = 0; a < self->cube.n; a++)
        sort_in(self, a, i);
    return hone_untried_observe(&self->untried, seen->config);
}

static tpe_trial *find_trial(const tpe *self, uint64_t number)
{
    uint32_t low = 0, high = self->n;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (self->trials[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low < self->n && self->trials[low].number == number ? &self->trials[low]
                                                               : NULL;
}

static int observe(void *state, const hone_observation *seen)
{
    tpe *self = state;
    if (seen->kind == HONE_OBSERVE_PENDING)
        return add_trial(self, seen);
    tpe_trial *trial = find_trial(self, seen->number);
    assert(trial != NULL && trial->kind == HONE_OBSERVE_PENDING);
    /* Infinity and NaN are results, as bad as they come: failures. */
    bool valued = seen->kind != HONE_OBSERVE_FAILED && isfinite(seen->objective);
    trial->kind = valued ? seen->kind : HONE_OBSERVE_FAILED;
    trial->value = seen->objective;
    trial->progress = seen->progress;
    self->n_valued += valued;
    return HONE_OK;
}

/* ---- good and bad ---- */

/* The trials of one suggestion, divided. */
typedef struct division {
    const tpe *self;
    uint32_t *good, *rest; /* owned by `memory`; in the order of age */
    uint32_t n_good, n_rest;
    double *weights; /* as many as trials */
    void *memory;
} division;

/* qsort has no room for a state: trials are compared by what is copied into each. */
typedef struct rank {
    uint32_t trial;
    bool pruned;
    double value, progress;
} rank;

static int compare_ranks(const void *left, const void *right)
{
    const rank *a = left, *b = right;
    if (a->pruned != b->pruned)
        return a->pruned ? 1 : -1;
    if (a->pruned && a->progress != b->progress)
        return a->progress > b->progress ? -1 : 1;
    if (a->value != b->value)
        return a->value < b->value ? -1 : 1;
    return a->trial < b->trial ? -1 : a->trial > b->trial;
}

static uint32_t count_good(const tpe *self)
{
    double n = ceil(self->gamma * self->n_valued);
    return n < 1 ? 1 : n > self->gamma_most ? self->gamma_most : (uint32_t)n;
}

static bool divide(const tpe *self, division *parts)
{
    size_t n = self->n;
    rank *ranks = malloc((n + 1) * sizeof(*ranks));
    bool *is_good = calloc(n + 1, sizeof(*is_good));
    double *memory = malloc((n + 1) * (sizeof(double) + 2 * sizeof(uint32_t)));
    *parts = (division){.self = self, .memory = memory};
    if (ranks == NULL || is_good == NULL || memory == NULL) {
        free(ranks);
        free(is_good);
        free(memory);
        return false;
    }
    parts->weights = memory;
    parts->good = (uint32_t *)(void *)(memory + n + 1);
    parts->rest = parts->good + n + 1;
    uint32_t n_ranks = 0, n_good = count_good(self);
    for (uint32_t i = 0; i < n; i++) {
        const tpe_trial *trial = &self->trials[i];
        if (trial->kind == HONE_OBSERVE_COMPLETED || trial->kind == HONE_OBSERVE_PRUNED)
            ranks[n_ranks++] = (rank){.trial = i,
                                      .pruned = trial->kind == HONE_OBSERVE_PRUNED,
                                      .value = trial->value,
                                      .progress = trial->progress};
    }
    qsort(ranks, n_ranks, sizeof(*ranks), compare_ranks);
    for (uint32_t i = 0; i < n_ranks && i < n_good; i++)
        is_good[ranks[i].trial] = true;
    for (uint32_t i = 0; i < n; i++) {
        if (is_good[i])
            parts->good[parts->n_good++] = i;
        else
            parts->rest[parts->n_rest++] = i;
    }
    free(ranks);
    free(is_good);
    return true;
}

/* Weights by age: the last RECENT trials 1, those before rising to it from 1 / n. */
static void fill_weights(double *weights, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        uint32_t ramp = n > RECENT ? n - RECENT : 0;
        weights[i] =
            i >= ramp || ramp < 2 ? 1 : 1.0 / n + (1 - 1.0 / n) * (double)i / (ramp - 1);
    }
}

static int estimate(const division *parts, const uint32_t *points, uint32_t n,
                    hone_parzen *parzen)
{
    const tpe *self = parts->self;
    fill_weights(parts->weights, n);
    hone_parzen_data data = {.cube = &self->cube,
                             .x = self->x,
                             .n = n,
                             .points = points,
                             .weights = parts->weights,
                             .prior_weight = 1,
                             .sorted = (const uint32_t *const *)self->sorted,
                             .n_sorted = self->n_sorted,
                             .n_all = self->n};
    return hone_parzen_init(parzen, &data);
}

/* ---- suggestions ---- */

typedef struct dice {
    uint64_t seed, number;
    uint32_t count;
} dice;

static double roll(void *arg)
{
    dice *d = arg;
    return hone_philox_uniform(
        d->seed,
        (hone_counter){.number = d->number, .stream = STREAM, .attempt = d->count++});
}

/* One search for a large l / g. */
typedef struct tpe_climb {
    const tpe *self;
    const hone_parzen *good, *rest;
    double *scratch;
    dice dice;
    hone_config *trial_point; /* where candidates are written */
    double *x, *best_x;       /* cube.n each */
    double best;
} tpe_climb;

/* Scores the candidate at climb->x; keeps it where it is the best that may be tried. */
static void consider(tpe_climb *climb, hone_config *point)
{
    const tpe *self = climb->self;
    hone_cube_decode(&self->cube, climb->x, climb->trial_point);
    if (!hone_untried_may(&self->untried, climb->trial_point))
        return;
    hone_cube_encode(&self->cube, climb->trial_point, climb->x);
    double score = hone_parzen_log_density(climb->good, climb->x, climb->scratch) -
                   hone_parzen_log_density(climb->rest, climb->x, climb->scratch);
    if (!(score > climb->best))
        return;
    climb->best = score;
    memcpy(climb->best_x, climb->x, self->cube.n * sizeof(double));
    memcpy(point, climb->trial_point, hone_config_size(self->problem->space));
}

static void draw_candidates(tpe_climb *climb, hone_config *point)
{
    const hone_uniforms uniforms = {.next = roll, .arg = &climb->dice};
    for (uint32_t i = 0; i < climb->self->n_candidates; i++) {
        hone_parzen_draw(climb->good, &uniforms, climb->x);
        consider(climb, point);
    }
}

/* One axis of the best point at a time, in ever smaller steps. */
static void climb_from_best(tpe_climb *climb, hone_config *point)
{
    enum { ROUNDS = 8 };
    const hone_cube *cube = &climb->self->cube;
    double step = FIRST_STEP;
    for (int round = 0; round < ROUNDS; round++, step /= STEP_SHRINKS) {
        for (uint32_t a = 0; a < cube->n; a++) {
            memcpy(climb->x, climb->best_x, cube->n * sizeof(double));
            for (uint32_t k = 0; k < cube->n; k++) /* absent ones may come to life */
                if (isnan(climb->x[k]))
                    climb->x[k] = roll(&climb->dice);
            double u = roll(&climb->dice);
            climb->x[a] = cube->axes[a].kind == HONE_AXIS_CHOICE
                              ? u
                              : hone_truncated_normal_draw(climb->x[a], step, u);
            consider(climb, point);
        }
    }
}

static bool climb_init(tpe_climb *climb, const tpe *self, uint64_t number)
{
    size_t n_axes = self->cube.n;
    climb->self = self;
    climb->best = -INFINITY;
    climb->dice = (dice){.seed = self->problem->seed, .number = number};
    climb->trial_point = calloc(1, hone_config_size(self->problem->space));
    climb->x = malloc((2 * n_axes + self->n + 2) * sizeof(double));
    climb->best_x = climb->x + n_axes;
    climb->scratch = climb->best_x + n_axes;
    return climb->trial_point != NULL && climb->x != NULL;
}

/* Whether the model had a suggestion; without memory it has none. */
static bool ask_model(const tpe *self, uint64_t number, hone_config *point)
{
    division parts;
    hone_parzen good = {0}, rest = {0};
    tpe_climb climb = {.good = &good, .rest = &rest};
    bool found = false;
    if (!divide(self, &parts))
        return false;
    if (estimate(&parts, parts.good, parts.n_good, &good) == HONE_OK &&
        estimate(&parts, parts.rest, parts.n_rest, &rest) == HONE_OK &&
        climb_init(&climb, self, number)) {
        draw_candidates(&climb, point);
        if (climb.best > -INFINITY)
            climb_from_best(&climb, point);
        found = climb.best > -INFINITY;
    }
    free(climb.trial_point);
    free(climb.x);
    hone_parzen_release(&good);
    hone_parzen_release(&rest);
    free(parts.memory);
    return found;
}

static bool take_startup(const tpe *self, uint64_t number, hone_config *point)
{
    double *x = malloc((self->cube.n + (size_t)1) * sizeof(*x));
    if (x == NULL || self->cube.n > SOBOL_MOST || number > UINT32_MAX) {
        free(x);
        return false;
    }
    for (uint32_t a = 0; a < self->cube.n; a++)
        x[a] = hone_sobol_scrambled(&self->sobol[a], (uint32_t)(number - 1),
                                    self->problem->seed, a);
    hone_cube_decode(&self->cube, x, point);
    free(x);
    return hone_untried_may(&self->untried, point);
}

static hone_suggestion suggest(const void *state, uint64_t number, hone_config *point)
{
    const tpe *self = state;
    bool found = self->n_valued < self->startup ? take_startup(self, number, point)
                                                : ask_model(self, number, point);
    if (!found)
        found = hone_untried_draw(&self->untried, number, point);
    return found ? HONE_SUGGESTED : HONE_SUGGEST_DONE;
}

static uint64_t count(const void *state)
{
    const tpe *self = state;
    return hone_untried_count(&self->untried);
}

extern const hone_strategy hone_strategy_tpe;
const hone_strategy hone_strategy_tpe = {
    .name = "tpe",
    .summary = "tree-structured Parzen estimator: learns where good trials are dense",
    .reference =
        "Bergstra, Bardenet, Bengio, Kegl (2011), Algorithms for hyper-parameter "
        "optimization, NIPS 24",
    .traits = HONE_STRATEGY_CONDITIONAL | HONE_STRATEGY_ADAPTIVE,
    .options = options,
    .state_size = sizeof(tpe),
    .init = init,
    .suggest = suggest,
    .observe = observe,
    .count = count,
    .release = release,
};
