#include "search/trials.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

void hone_trials_init(hone_trials *trials, const hone_cube *cube, uint32_t n_objectives)
{
    *trials =
        (hone_trials){.cube = cube, .n_objectives = n_objectives > 1 ? n_objectives : 1};
}

void hone_trials_release(hone_trials *trials)
{
    free(trials->items);
    free(trials->x);
    free(trials->objectives);
    *trials = (hone_trials){0};
}

/* `*rows` with room for `capacity` rows of `width` doubles. */
static int resize_rows(double **rows, size_t capacity, size_t width)
{
    double *moved = reallocarray(*rows, capacity * width + 1, sizeof *moved);
    if (moved == NULL)
        return HONE_ENOMEM;
    *rows = moved;
    return 0;
}

static int grow(hone_trials *trials)
{
    if (trials->n < trials->capacity)
        return 0;
    size_t capacity = trials->capacity * 2 + 32;
    hone_tried *items = reallocarray(trials->items, capacity, sizeof *items);
    if (items == NULL)
        return HONE_ENOMEM;
    trials->items = items;
    if (resize_rows(&trials->x, capacity, trials->cube->n) != 0 ||
        (trials->n_objectives > 1 &&
         resize_rows(&trials->objectives, capacity, trials->n_objectives) != 0))
        return HONE_ENOMEM;
    trials->capacity = capacity;
    return 0;
}

/* The place of the first trial with at least this number. */
static size_t find_place(const hone_trials *trials, uint64_t number)
{
    size_t at = trials->n;
    if (at > 0 && trials->items[at - 1].number < number)
        return at;
    size_t low = 0;
    while (low < at) {
        size_t middle = low + (at - low) / 2;
        if (trials->items[middle].number < number)
            low = middle + 1;
        else
            at = middle;
    }
    return at;
}

static void shift_rows(double *rows, size_t width, size_t at, size_t n)
{
    memmove(rows + (at + 1) * width, rows + at * width, (n - at) * width * sizeof *rows);
}

static int insert_trial(hone_trials *trials, const hone_observation *observation,
                        size_t at)
{
    int code = grow(trials);
    if (code != 0)
        return code;
    size_t width = trials->cube->n;
    memmove(trials->items + at + 1, trials->items + at,
            (trials->n - at) * sizeof *trials->items);
    shift_rows(trials->x, width, at, trials->n);
    if (trials->objectives != NULL)
        shift_rows(trials->objectives, trials->n_objectives, at, trials->n);
    trials->items[at] = (hone_tried){.number = observation->number, .value = INFINITY};
    hone_cube_encode(trials->cube, observation->config, trials->x + at * width);
    trials->n++;
    return 0;
}

static void fill_objectives(hone_trials *trials, const hone_observation *observation,
                            size_t at)
{
    double *row = trials->objectives + at * trials->n_objectives;
    bool failed = observation->kind == HONE_OBSERVE_FAILED;
    for (uint32_t i = 0; i < trials->n_objectives; i++) {
        double value = failed || observation->objectives == NULL
                           ? INFINITY
                           : observation->objectives[i];
        row[i] = isfinite(value) ? value : INFINITY;
    }
}

int hone_trials_observe(hone_trials *trials, const hone_observation *observation,
                        size_t *at)
{
    *at = find_place(trials, observation->number);
    if (*at == trials->n || trials->items[*at].number != observation->number) {
        int code = insert_trial(trials, observation, *at);
        if (code != 0)
            return code;
    }
    if (observation->kind == HONE_OBSERVE_PENDING)
        return 0;
    hone_tried *tried = &trials->items[*at];
    bool failed = observation->kind == HONE_OBSERVE_FAILED;
    tried->ended = true;
    tried->pruned = observation->kind == HONE_OBSERVE_PRUNED;
    tried->value =
        failed || !isfinite(observation->objective) ? INFINITY : observation->objective;
    if (trials->objectives != NULL)
        fill_objectives(trials, observation, *at);
    return 0;
}

const double *hone_trials_point(const hone_trials *trials, size_t at)
{
    assert(at < trials->n);
    return trials->x + at * trials->cube->n;
}

bool hone_tried_better(const hone_tried *a, const hone_tried *b)
{
    bool a_failed = !isfinite(a->value), b_failed = !isfinite(b->value);
    if (a_failed || b_failed)
        return b_failed && !a_failed;
    return a->pruned != b->pruned ? b->pruned : a->value < b->value;
}
