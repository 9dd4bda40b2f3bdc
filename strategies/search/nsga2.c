/* Evolution: children of good trials. One algorithm with two ways to make a child.
 *
 * The parents are the best `population` of all trials that have ended, by the front they
 * are in and within a front by crowding (one objective: by value), so that a child enters
 * as soon as it ends: there are no generations, and any number may run at a time.
 *
 * nsga2: two parents by binary tournaments, simulated binary crossover and polynomial
 * mutation. evolution: differential evolution, current-to-pbest, with the parents as
 * population. Choices come from either parent, now and then from nowhere; so do
 * parameters that a parent did not have because of a condition. */
#include <hone/strategy.h>

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <hone/pareto.h>

#include "math/latin.h"
#include "math/philox.h"
#include "search/cube.h"
#include "search/settings.h"
#include "search/trials.h"
#include "search/untried.h"

#include "base/banned.h"

/* Streams of a trial: one number an axis, but for PICK. */
enum {
    STREAM_PICK = 0x7ffd0000,
    STREAM_CROSS = 0x7ffd1000,
    STREAM_MUTATE = 0x7ffe4000,
    STREAM_FRESH = 0x7ffe8000
};

enum { ATTEMPTS = 64 }; /* children of one trial until chance takes over */

#define CROSS_SPREAD     15 /* eta_c: the larger, the nearer a child to its parents */
#define MUTATION_SPREAD  20 /* eta_m */
#define CROSSOVER_CHANCE 0.9

typedef enum child_maker { MAKE_GENETIC, MAKE_DIFFERENTIAL } child_maker;

typedef struct evolution_search {
    hone_cube cube;
    hone_untried untried;
    hone_trials trials;
    uint64_t seed;
    child_maker maker;
    uint32_t population;
    uint32_t n_parents;
    size_t *parents; /* owned: places of trials, best first */
    double *child;   /* owned: room for a point */
} evolution_search;

static int init_search(evolution_search *search, const hone_problem *problem,
                       hone_error *err)
{
    search->seed = problem->seed;
    int code = hone_untried_init(&search->untried, problem, err);
    if (code == 0)
        code = hone_cube_init(&search->cube, problem->space, err);
    if (code != 0)
        return code;
    hone_trials_init(&search->trials, &search->cube, problem->n_objectives);
    search->parents = calloc(search->population, sizeof *search->parents);
    search->child = calloc(search->cube.n + (size_t)1, sizeof *search->child);
    if (search->parents == NULL || search->child == NULL)
        return hone_error_set(err, HONE_ENOMEM, "out of memory for %u parents",
                              search->population);
    return 0;
}

/* --- parents ----------------------------------------------------------------------- */

typedef struct candidate {
    size_t at;
    uint32_t tier; /* completed before pruned; failures are none */
    uint32_t rank;
    double value, crowding;
} candidate;

static int compare_candidates(const void *left, const void *right)
{
    const candidate *a = left, *b = right;
    if (a->tier != b->tier)
        return a->tier < b->tier ? -1 : 1;
    if (a->rank != b->rank)
        return a->rank < b->rank ? -1 : 1;
    if (a->crowding != b->crowding)
        return a->crowding > b->crowding ? -1 : 1;
    if (a->value != b->value)
        return a->value < b->value ? -1 : 1;
    return a->at < b->at ? -1 : a->at > b->at;
}

static bool is_candidate(const hone_trials *trials, size_t at)
{
    bool finite = trials->items[at].ended && isfinite(trials->items[at].value);
    for (uint32_t k = 0; trials->objectives != NULL && k < trials->n_objectives; k++)
        finite = finite && isfinite(trials->objectives[at * trials->n_objectives + k]);
    return finite;
}

static uint32_t list_candidates(const hone_trials *trials, candidate *list)
{
    uint32_t n = 0;
    for (size_t at = 0; at < trials->n; at++) {
        if (is_candidate(trials, at))
            list[n++] = (candidate){.at = at,
                                    .tier = trials->items[at].pruned,
                                    .value = trials->items[at].value};
    }
    return n;
}

/* Fronts and crowding of all candidates together. */
static int rank_candidates(const hone_trials *trials, candidate *list, uint32_t n)
{
    uint32_t m = trials->n_objectives, *ranks = calloc(n + (size_t)1, sizeof *ranks);
    double *rows = calloc(n * (size_t)m + 1, sizeof *rows);
    double *crowding = calloc(n + (size_t)1, sizeof *crowding);
    int code = ranks != NULL && rows != NULL && crowding != NULL ? 0 : HONE_ENOMEM;
    for (uint32_t i = 0; i < n && code == 0; i++)
        memcpy(rows + i * (size_t)m, trials->objectives + list[i].at * m,
               m * sizeof *rows);
    hone_objectives points = {.n = n, .n_objectives = m, .values = rows};
    if (code == 0)
        code = hone_pareto_ranks(&points, ranks);
    if (code == 0)
        code = hone_pareto_crowding(&points, ranks, crowding);
    for (uint32_t i = 0; i < n && code == 0; i++) {
        list[i].rank = ranks[i];
        list[i].crowding = crowding[i];
    }
    free(ranks);
    free(rows);
    free(crowding);
    return code;
}

/* The parents anew, from the set of all trials. */
static int choose_parents(evolution_search *search)
{
    const hone_trials *trials = &search->trials;
    candidate *list = calloc(trials->n + 1, sizeof *list);
    if (list == NULL)
        return HONE_ENOMEM;
    uint32_t n = list_candidates(trials, list);
    int code = trials->n_objectives > 1 ? rank_candidates(trials, list, n) : 0;
    if (code == 0) {
        qsort(list, n, sizeof *list, compare_candidates);
        search->n_parents = n < search->population ? n : search->population;
        for (uint32_t i = 0; i < search->n_parents; i++)
            search->parents[i] = list[i].at;
    }
    free(list);
    return code;
}

static int observe_evolution(void *self, const hone_observation *observation)
{
    evolution_search *search = self;
    size_t at;
    int code = hone_trials_observe(&search->trials, observation, &at);
    if (code != 0)
        return code;
    return observation->kind == HONE_OBSERVE_PENDING
               ? hone_untried_observe(&search->untried, observation->config)
               : choose_parents(search);
}

/* --- children ---------------------------------------------------------------------- */

/* Random numbers of one attempt at one child. */
typedef struct throw_place {
    uint64_t seed, number;
    uint32_t attempt;
} throw_place;

static double roll(const throw_place *dice, uint32_t stream)
{
    return hone_philox_uniform(dice->seed, (hone_counter){.number = dice->number,
                                                          .stream = stream,
                                                          .attempt = dice->attempt});
}

static double fold(double x)
{
    double away = fmod(fabs(x), 2);
    return away > 1 ? 2 - away : away;
}

/* The index of a parent below `n`. */
static uint32_t pick_below(const throw_place *dice, uint32_t which, uint32_t n)
{
    return (uint32_t)(roll(dice, STREAM_PICK + which) * n);
}

static const double *parent_at(const evolution_search *search, uint32_t i)
{
    assert(i < search->n_parents);
    return hone_trials_point(&search->trials, search->parents[i]);
}

/* The better of two: parents are in order. */
static const double *pick_by_tournament(const evolution_search *search,
                                        const throw_place *dice, uint32_t which)
{
    uint32_t a = pick_below(dice, 2 * which, search->n_parents);
    uint32_t b = pick_below(dice, 2 * which + 1, search->n_parents);
    return parent_at(search, a < b ? a : b);
}

/* Deb, Agrawal (1995), Simulated binary crossover for continuous search space, Complex
 * Systems 9: one of the two children. */
static double cross_numbers(double a, double b, double u, bool first)
{
    double spread = pow(u < 0.5 ? 2 * u : 1 / (2 * (1 - u)), 1.0 / (CROSS_SPREAD + 1));
    double middle = (a + b) / 2, half = spread * (a - b) / 2;
    return middle + (first ? half : -half);
}

/* Deb, Goyal (1996), A combined genetic adaptive search for engineering design. */
static double mutate_number(double u)
{
    return u < 0.5 ? pow(2 * u, 1.0 / (MUTATION_SPREAD + 1)) - 1
                   : 1 - pow(2 - 2 * u, 1.0 / (MUTATION_SPREAD + 1));
}

static void cross_genetic(const evolution_search *search, const throw_place *dice,
                          double *child)
{
    const double *a = pick_by_tournament(search, dice, 0);
    const double *b = pick_by_tournament(search, dice, 1);
    bool crosses = roll(dice, STREAM_PICK + 4) < CROSSOVER_CHANCE;
    for (uint32_t i = 0; i < search->cube.n; i++) {
        double u = roll(dice, STREAM_CROSS + i);
        bool first = u < 0.5, both = !isnan(a[i]) && !isnan(b[i]);
        u = 2 * (first ? u : u - 0.5); /* a coin, and what is left of the number */
        child[i] = a[i];
        if (!crosses)
            continue;
        if (!both)
            child[i] = isnan(a[i]) ? b[i] : a[i];
        else if (search->cube.axes[i].kind == HONE_AXIS_CHOICE)
            child[i] = first ? a[i] : b[i];
        else if (roll(dice, STREAM_CROSS + search->cube.n + i) < 0.5)
            child[i] = cross_numbers(a[i], b[i], u, first);
    }
}

/* Zhang, Sanderson (2009), JADE: adaptive differential evolution with optional external
 * archive, IEEE Trans. Evol. Comput. 13, eq. 6: x + F (best - x) + F (a - b), with F
 * drawn each time instead of adapted. */
static void cross_differential(const evolution_search *search, const throw_place *dice,
                               double *child)
{
    uint32_t n = search->n_parents, n_best = n / 5 > 2 ? n / 5 : 2;
    n_best = n_best < n ? n_best : n;
    const double *x = parent_at(search, pick_below(dice, 0, n));
    const double *best = parent_at(search, pick_below(dice, 1, n_best));
    const double *a = parent_at(search, pick_below(dice, 2, n));
    const double *b = parent_at(search, pick_below(dice, 3, n));
    double factor = 0.4 + 0.5 * roll(dice, STREAM_PICK + 4);
    for (uint32_t i = 0; i < search->cube.n; i++) {
        double step = factor * (best[i] - x[i]) + factor * (a[i] - b[i]);
        double u = roll(dice, STREAM_CROSS + i);
        child[i] = isnan(x[i]) ? best[i] : x[i];
        if (search->cube.axes[i].kind == HONE_AXIS_CHOICE)
            child[i] = u < 0.5 && !isnan(best[i]) ? best[i] : child[i];
        else if (u < CROSSOVER_CHANCE && !isnan(step))
            child[i] = x[i] + step;
    }
}

/* A new place on an axis, by the parameter's own distribution. */
static double draw_fresh(const evolution_search *search, const throw_place *dice,
                         uint32_t i)
{
    double u = roll(dice, STREAM_FRESH + i);
    const hone_axis *axis = &search->cube.axes[i];
    for (uint64_t k = 0; axis->kind == HONE_AXIS_CHOICE && k < axis->n; k++) {
        double place = ((double)k + 0.5) / (double)axis->n;
        double chance = hone_cube_chance(&search->cube, i, place);
        if (u < chance || k + 1 == axis->n)
            return place;
        u -= chance;
    }
    return u;
}

/* One axis in n, more of them with every attempt that was in vain. */
static void mutate(const evolution_search *search, const throw_place *dice, double *child)
{
    double chance = (1 + dice->attempt / 8.0) / search->cube.n;
    for (uint32_t i = 0; i < search->cube.n; i++) {
        const hone_axis *axis = &search->cube.axes[i];
        double u = roll(dice, STREAM_MUTATE + i) / chance;
        if (isnan(child[i]) || (u < 1 && axis->kind == HONE_AXIS_CHOICE)) {
            child[i] = draw_fresh(search, dice, i);
        } else if (u < 1) {
            double step = mutate_number(u);
            if (axis->kind == HONE_AXIS_ORDERED) /* to another level, at least */
                step = copysign(fmax(fabs(step), 1.0 / (double)axis->n), step);
            child[i] += step;
        }
        child[i] = fold(child[i]);
    }
}

static bool make_child(const evolution_search *search, uint64_t number,
                       hone_config *point)
{
    throw_place dice = {.seed = search->seed, .number = number};
    for (; dice.attempt < ATTEMPTS; dice.attempt++) {
        if (search->maker == MAKE_DIFFERENTIAL)
            cross_differential(search, &dice, search->child);
        else
            cross_genetic(search, &dice, search->child);
        mutate(search, &dice, search->child);
        hone_cube_decode(&search->cube, search->child, point);
        if (hone_untried_may(&search->untried, point))
            return true;
    }
    return false;
}

/* The first population: a Latin hypercube. */
static bool make_first(const evolution_search *search, hone_config *point)
{
    for (uint32_t i = 0; i < search->cube.n; i++)
        search->child[i] = hone_latin_point(search->population,
                                            (uint32_t)search->trials.n, search->seed, i);
    hone_cube_decode(&search->cube, search->child, point);
    return hone_untried_may(&search->untried, point);
}

static hone_suggestion suggest_evolution(const void *self, uint64_t number,
                                         hone_config *point)
{
    const evolution_search *search = self;
    bool found = search->trials.n < search->population ? make_first(search, point)
                 : search->n_parents >= 2              ? make_child(search, number, point)
                                                       : false;
    found = found || hone_untried_draw(&search->untried, number, point);
    return found ? HONE_SUGGESTED : HONE_SUGGEST_DONE;
}

static uint64_t count_evolution(const void *self)
{
    const evolution_search *search = self;
    return hone_untried_count(&search->untried);
}

static void release_evolution(void *self)
{
    evolution_search *search = self;
    free(search->parents);
    free(search->child);
    hone_trials_release(&search->trials);
    hone_cube_release(&search->cube);
    hone_untried_release(&search->untried);
}

static int init_nsga2(void *self, const hone_problem *problem,
                      const hone_settings *settings, hone_error *err)
{
    evolution_search *search = self;
    search->maker = MAKE_GENETIC;
    search->population = (uint32_t)hone_settings_number(settings, "population", 32);
    return init_search(search, problem, err);
}

static int init_evolution(void *self, const hone_problem *problem,
                          const hone_settings *settings, hone_error *err)
{
    evolution_search *search = self;
    search->maker = MAKE_DIFFERENTIAL;
    search->population = (uint32_t)hone_settings_number(settings, "population", 15);
    return init_search(search, problem, err);
}

#define POPULATION(count)                                                                \
    {                                                                                    \
        .name = "population", .type = HONE_OPTION_INT, .min = 4, .max = 10000,           \
        .fallback = (count), .placeholder = "N",                                         \
        .text = "Trials of the even design at the start, and parents later."             \
    }

static const hone_option nsga2_options[] = {POPULATION("32"), {.type = HONE_OPTION_END}};
static const hone_option evolution_options[] = {POPULATION("15"),
                                                {.type = HONE_OPTION_END}};

extern const hone_strategy hone_strategy_nsga2;
const hone_strategy hone_strategy_nsga2 = {
    .name = "nsga2",
    .summary = "children of the trials on the best fronts (NSGA-II, without generations)",
    .reference =
        "Deb, Pratap, Agarwal, Meyarivan (2002), A fast and elitist "
        "multiobjective genetic algorithm: NSGA-II, IEEE Trans. Evol. Comput. 6, "
        "182-197",
    .traits = HONE_STRATEGY_ADAPTIVE | HONE_STRATEGY_CONDITIONAL |
              HONE_STRATEGY_MULTI_OBJECTIVE,
    .options = nsga2_options,
    .state_size = sizeof(evolution_search),
    .init = init_nsga2,
    .suggest = suggest_evolution,
    .observe = observe_evolution,
    .count = count_evolution,
    .release = release_evolution,
};

extern const hone_strategy hone_strategy_evolution;
const hone_strategy hone_strategy_evolution = {
    .name = "evolution",
    .summary = "differential evolution among the best trials",
    .reference = "Storn, Price (1997), Differential evolution, J. Global Optim. 11, "
                 "341-359; Zhang, Sanderson (2009), JADE, IEEE Trans. Evol. Comput. 13, "
                 "945-958",
    .traits = HONE_STRATEGY_ADAPTIVE | HONE_STRATEGY_CONDITIONAL |
              HONE_STRATEGY_MULTI_OBJECTIVE,
    .options = evolution_options,
    .state_size = sizeof(evolution_search),
    .init = init_evolution,
    .suggest = suggest_evolution,
    .observe = observe_evolution,
    .count = count_evolution,
    .release = release_evolution,
};
