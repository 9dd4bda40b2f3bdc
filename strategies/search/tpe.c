/* Tree-structured Parzen estimator, multivariate.
 *
 * The trials so far are divided into a good part, the best few, and the rest; over each a
 * Parzen estimator gives a density, l over the good, g over the rest. What is suggested
 * has a large l(x) / g(x), which is to say a large expected improvement (Bergstra,
 * Bardenet, Bengio, Kegl 2011, equation 5): of a number of points drawn from l the best,
 * after a short climb from there.
 *
 *   - Both densities weigh their trials and choose their widths differently: l closes in
 * on the best as they do, g is a wall of needles around what was tried.
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
    MOST_GOOD = 60,
    LOOK_AROUND = 5, /* each so many-th trial, once the good have closed in */
    SOBOL_MOST = 1000
};

/* What the prior counts among the good trials. */
#define GOOD_PRIOR 0.5

/* Kernels narrower than this share of an axis have closed in. */
#define CLOSED_IN 0.1

/* Of the climb, as shares of an axis. */
#define FIRST_STEP   0.3
#define STEP_SHRINKS 2.5

typedef struct tpe_trial {
    uint64_t number;
    hone_observation_kind kind;
    double value; /* of completed and pruned ones */
    double progress;
} tpe_trial;

/* What trials are compared by: qsort has no room for a state. */
typedef struct rank {
    uint32_t trial;
    bool pruned;
    double value, progress;
} rank;

/* Room for one suggestion, made when trials are added, so that a suggestion cannot fail
 * for want of memory: that would be another suggestion. */
typedef struct tpe_desk {
    rank *ranks;
    uint32_t *good, *rest, *indices; /* trials; the first two in the order of age */
    double *weights;
    double *good_room, *rest_room; /* of the two estimators */
    double *scratch;
    double *x, *best_x; /* one point each */
    hone_config *point;
} tpe_desk;

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
    double *cells;     /* likewise: the widths of the cells */
    uint32_t **sorted; /* owned: per axis the trials with a coordinate, ascending */
    uint32_t *n_sorted;
    tpe_desk desk;
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
     .fallback = "60",
     .text = "No more than so many trials are good."},
    {.type = HONE_OPTION_END}};

static int init(void *state, const hone_problem *problem, const hone_settings *settings,
                hone_error *err)
{
    tpe *self = state;
    self->problem = problem;
    self->startup = (uint32_t)hone_settings_number(settings, "startup_trials", 10);
    self->n_candidates = (uint32_t)hone_settings_number(settings, "candidates", 24);
    self->gamma_most = (uint32_t)hone_settings_number(settings, "most_good", MOST_GOOD);
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
    self->desk.x = calloc(self->cube.n + (size_t)1, sizeof(double));
    self->desk.best_x = calloc(self->cube.n + (size_t)1, sizeof(double));
    self->desk.point = calloc(1, hone_config_size(problem->space));
    if (self->sorted == NULL || self->n_sorted == NULL || self->sobol == NULL ||
        self->desk.x == NULL || self->desk.best_x == NULL || self->desk.point == NULL)
        return hone_error_set(err, HONE_ENOMEM, "out of memory");
    if (self->cube.n <= SOBOL_MOST)
        hone_sobol_init(self->sobol, self->cube.n);
    return HONE_OK;
}

static void release_desk(tpe_desk *desk)
{
    free(desk->ranks);
    free(desk->good);
    free(desk->rest);
    free(desk->indices);
    free(desk->weights);
    free(desk->good_room);
    free(desk->rest_room);
    free(desk->scratch);
    free(desk->x);
    free(desk->best_x);
    free(desk->point);
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
    free(self->cells);
    release_desk(&self->desk);
    hone_cube_release(&self->cube);
    hone_untried_release(&self->untried);
}

/* ---- what was tried ---- */

/* The array, grown; without memory, or once *done is false, as it was. */
static void *grow(void *array, size_t size, bool *done)
{
    void *grown = *done ? realloc(array, size) : NULL;
    *done = grown != NULL;
    return grown != NULL ? grown : array;
}

static bool grow_desk(tpe_desk *desk, uint32_t cap, uint32_t n_axes)
{
    size_t n = cap + (size_t)1, room = hone_parzen_room(n_axes, cap) * sizeof(double);
    bool done = true;
    desk->ranks = grow(desk->ranks, n * sizeof(*desk->ranks), &done);
    desk->good = grow(desk->good, n * sizeof(*desk->good), &done);
    desk->rest = grow(desk->rest, n * sizeof(*desk->rest), &done);
    desk->indices = grow(desk->indices, n * sizeof(*desk->indices), &done);
    desk->weights = grow(desk->weights, n * sizeof(*desk->weights), &done);
    desk->scratch = grow(desk->scratch, n * sizeof(*desk->scratch), &done);
    desk->good_room = grow(desk->good_room, room, &done);
    desk->rest_room = grow(desk->rest_room, room, &done);
    return done;
}

static bool make_room(tpe *self)
{
    if (self->n < self->cap)
        return true;
    uint32_t cap = self->cap == 0 ? 64 : self->cap * 2;
    size_t n_axes = self->cube.n;
    bool done = grow_desk(&self->desk, cap, self->cube.n);
    self->trials = grow(self->trials, cap * sizeof(*self->trials), &done);
    self->x = grow(self->x, (cap * n_axes + 1) * sizeof(*self->x), &done);
    self->cells = grow(self->cells, (cap * n_axes + 1) * sizeof(*self->cells), &done);
    for (uint32_t a = 0; a < n_axes; a++)
        self->sorted[a] = grow(self->sorted[a], cap * sizeof(*self->sorted[a]), &done);
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
    if (!make_room(self) || hone_untried_observe(&self->untried, seen->config) != HONE_OK)
        return HONE_ENOMEM; /* and nothing has changed */
    uint32_t i = self->n++;
    self->trials[i] = (tpe_trial){.number = seen->number, .kind = seen->kind};
    double *x = self->x + (size_t)i * self->cube.n;
    hone_cube_encode(&self->cube, seen->config, x);
    for (uint32_t a = 0; a < self->cube.n; a++) {
        hone_span cell =
            isnan(x[a]) ? (hone_span){0, 0} : hone_cube_cell(&self->cube, a, x[a]);
        self->cells[(size_t)i * self->cube.n + a] = cell.high - cell.low;
        sort_in(self, a, i);
    }
    return HONE_OK;
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
    assert(trial != NULL);
    bool was_valued =
        trial->kind == HONE_OBSERVE_COMPLETED || trial->kind == HONE_OBSERVE_PRUNED;
    /* Infinity and NaN are results, as bad as they come: failures. */
    bool valued = seen->kind != HONE_OBSERVE_FAILED && isfinite(seen->objective);
    trial->kind = valued ? seen->kind : HONE_OBSERVE_FAILED;
    trial->value = seen->objective;
    trial->progress = seen->progress;
    self->n_valued = self->n_valued - was_valued + valued;
    return HONE_OK;
}

/* ---- good and bad ---- */

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

/* Fills desk->good and desk->rest, and in desk->indices the rank of each good trial, from
 * 1; 0 of the others. */
static void divide(const tpe *self, uint32_t *n_good, uint32_t *n_rest)
{
    const tpe_desk *desk = &self->desk;
    uint32_t n_ranks = 0, most = count_good(self);
    for (uint32_t i = 0; i < self->n; i++) {
        const tpe_trial *trial = &self->trials[i];
        desk->indices[i] = 0;
        if (trial->kind == HONE_OBSERVE_COMPLETED || trial->kind == HONE_OBSERVE_PRUNED)
            desk->ranks[n_ranks++] = (rank){.trial = i,
                                            .pruned = trial->kind == HONE_OBSERVE_PRUNED,
                                            .value = trial->value,
                                            .progress = trial->progress};
    }
    qsort(desk->ranks, n_ranks, sizeof(*desk->ranks), compare_ranks);
    for (uint32_t i = 0; i < n_ranks && i < most; i++)
        desk->indices[desk->ranks[i].trial] = i + 1;
    *n_good = *n_rest = 0;
    for (uint32_t i = 0; i < self->n; i++) {
        if (desk->indices[i] > 0)
            desk->good[(*n_good)++] = i;
        else
            desk->rest[(*n_rest)++] = i;
    }
}

/* Weights by age: the last RECENT trials 1, those before rising to it from 1 / n. */
static void weigh_by_age(double *weights, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        uint32_t ramp = n > RECENT ? n - RECENT : 0;
        weights[i] =
            i >= ramp || ramp < 2 ? 1 : 1.0 / n + (1 - 1.0 / n) * (double)i / (ramp - 1);
    }
}

/* Weights of the good trials by their ranks, falling as the logarithm: those by which
 * CMA-ES recombines (Hansen 2016, arXiv:1604.00772, equation 49). Their mean is 1. */
static void weigh_by_rank(const tpe_desk *desk, uint32_t n)
{
    double sum = 0;
    for (uint32_t i = 0; i < n; i++) {
        desk->weights[i] = log((n + 1.0) / desk->indices[desk->good[i]]);
        sum += desk->weights[i];
    }
    for (uint32_t i = 0; i < n; i++)
        desk->weights[i] *= n / sum;
}

static hone_parzen_data list_trials(const tpe *self, const uint32_t *points, uint32_t n)
{
    return (hone_parzen_data){.cube = &self->cube,
                              .width = HONE_PARZEN_GAPS,
                              .x = self->x,
                              .cells = self->cells,
                              .n = n,
                              .points = points,
                              .weights = self->desk.weights,
                              .prior_weight = 1,
                              .sorted = (const uint32_t *const *)self->sorted,
                              .n_sorted = self->n_sorted,
                              .n_all = self->n,
                              .room = self->desk.rest_room,
                              .indices = self->desk.indices};
}

/* Whether the kernels are narrow on the real axes, by the geometric mean of all. */
static bool has_closed_in(const tpe *self, const hone_parzen *parzen)
{
    double sum = 0;
    uint32_t n = 0;
    for (uint32_t a = 0; a < self->cube.n; a++) {
        const double *inv_sigma = parzen->inv_sigma + (size_t)a * parzen->n;
        if (self->cube.axes[a].kind != HONE_AXIS_REAL)
            continue;
        for (uint32_t k = 0; k < parzen->n; k++) {
            sum += inv_sigma[k] > 0 ? log(inv_sigma[k]) : 0;
            n += inv_sigma[k] > 0;
        }
    }
    return n > 0 && sum > -log(CLOSED_IN) * n;
}

/* The good first: their ranks are in desk->indices, which filling writes over. Once they
 * have closed in, each LOOK_AROUND-th trial sees them all alike and with wide kernels, so
 * that the search leaves a valley that is not the deepest. */
static void estimate_good(const tpe *self, uint32_t n, uint64_t number,
                          hone_parzen *parzen)
{
    weigh_by_rank(&self->desk, n);
    hone_parzen_data data = list_trials(self, self->desk.good, n);
    data.width = HONE_PARZEN_SPREAD;
    data.prior_weight = GOOD_PRIOR;
    data.room = self->desk.good_room;
    hone_parzen_fill(parzen, &data);
    if (number % LOOK_AROUND != 0 || !has_closed_in(self, parzen))
        return;
    for (uint32_t k = 0; k < n; k++)
        self->desk.weights[k] = 1;
    data.width = HONE_PARZEN_GAPS;
    data.prior_weight = 1;
    hone_parzen_fill(parzen, &data);
}

static void estimate_rest(const tpe *self, uint32_t n, hone_parzen *parzen)
{
    weigh_by_age(self->desk.weights, n);
    hone_parzen_data data = list_trials(self, self->desk.rest, n);
    hone_parzen_fill(parzen, &data);
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
    hone_parzen good, rest;
    dice dice;
    double best;
} tpe_climb;

/* Scores the candidate at desk->x; keeps it where it is the best that may be tried. */
static void consider(tpe_climb *climb, hone_config *point)
{
    const tpe *self = climb->self;
    const tpe_desk *desk = &self->desk;
    hone_cube_decode(&self->cube, desk->x, desk->point);
    if (!hone_untried_may(&self->untried, desk->point))
        return;
    hone_cube_encode(&self->cube, desk->point, desk->x);
    double score = hone_parzen_log_density(&climb->good, desk->x, desk->scratch) -
                   hone_parzen_log_density(&climb->rest, desk->x, desk->scratch);
    if (!(score > climb->best))
        return;
    climb->best = score;
    memcpy(desk->best_x, desk->x, self->cube.n * sizeof(double));
    memcpy(point, desk->point, hone_config_size(self->problem->space));
}

static void draw_candidates(tpe_climb *climb, hone_config *point)
{
    const hone_uniforms uniforms = {.next = roll, .arg = &climb->dice};
    for (uint32_t i = 0; i < climb->self->n_candidates; i++) {
        hone_parzen_draw(&climb->good, &uniforms, climb->self->desk.x);
        consider(climb, point);
    }
}

/* One axis of the best point at a time, in ever smaller steps. */
static void climb_from_best(tpe_climb *climb, hone_config *point)
{
    enum { ROUNDS = 8 };
    const hone_cube *cube = &climb->self->cube;
    double *x = climb->self->desk.x, step = FIRST_STEP;
    for (int round = 0; round < ROUNDS; round++, step /= STEP_SHRINKS) {
        for (uint32_t a = 0; a < cube->n; a++) {
            memcpy(x, climb->self->desk.best_x, cube->n * sizeof(double));
            for (uint32_t k = 0; k < cube->n; k++) /* absent ones may come to life */
                if (isnan(x[k]))
                    x[k] = roll(&climb->dice);
            double u = roll(&climb->dice);
            x[a] = cube->axes[a].kind == HONE_AXIS_CHOICE
                       ? u
                       : hone_truncated_normal_draw(x[a], step, u);
            consider(climb, point);
        }
    }
}

/* Whether the model has a suggestion: not where all it thinks of was tried. */
static bool ask_model(const tpe *self, uint64_t number, hone_config *point)
{
    uint32_t n_good, n_rest;
    tpe_climb climb = {.self = self,
                       .best = -INFINITY,
                       .dice = {.seed = self->problem->seed, .number = number}};
    divide(self, &n_good, &n_rest);
    estimate_good(self, n_good, number, &climb.good);
    estimate_rest(self, n_rest, &climb.rest);
    draw_candidates(&climb, point);
    if (climb.best > -INFINITY)
        climb_from_best(&climb, point);
    return climb.best > -INFINITY;
}

static bool take_startup(const tpe *self, uint64_t number, hone_config *point)
{
    double *x = self->desk.x;
    if (self->cube.n > SOBOL_MOST || number > UINT32_MAX)
        return false;
    for (uint32_t a = 0; a < self->cube.n; a++)
        x[a] = hone_sobol_scrambled(&self->sobol[a], (uint32_t)(number - 1),
                                    self->problem->seed, a);
    hone_cube_decode(&self->cube, x, point);
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
