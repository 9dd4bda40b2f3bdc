/* Sorting by domination, crowding, hypervolume. */
#include <hone/pareto.h>

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

static double read_value(double value)
{
    return isnan(value) ? INFINITY : value;
}

static const double *row_of(const hone_objectives *points, uint32_t i)
{
    assert(i < points->n);
    return points->values + (size_t)i * points->n_objectives;
}

bool hone_pareto_dominates(const double *a, const double *b, uint32_t n_objectives)
{
    bool better = false;
    for (uint32_t k = 0; k < n_objectives; k++) {
        double x = read_value(a[k]), y = read_value(b[k]);
        if (x > y)
            return false;
        better = better || x < y;
    }
    return better;
}

uint32_t hone_pareto_front(const hone_objectives *points, uint32_t *front)
{
    uint32_t n = 0, m = points->n_objectives;
    for (uint32_t i = 0; i < points->n; i++) {
        const double *row = row_of(points, i);
        bool dominated = false;
        uint32_t kept = 0;
        for (uint32_t k = 0; k < n && !dominated; k++)
            dominated = hone_pareto_dominates(row_of(points, front[k]), row, m);
        if (dominated)
            continue;
        for (uint32_t k = 0; k < n; k++) {
            if (!hone_pareto_dominates(row, row_of(points, front[k]), m))
                front[kept++] = front[k];
        }
        front[kept++] = i;
        n = kept;
    }
    return n;
}

/* --- fronts ------------------------------------------------------------------------ */

typedef struct sorted_point {
    const double *row;
    uint32_t index, n_objectives;
    uint32_t next; /* in its front, towards better ones; UINT32_MAX ends */
} sorted_point;

static int compare_rows(const void *left, const void *right)
{
    const sorted_point *a = left, *b = right;
    for (uint32_t k = 0; k < a->n_objectives; k++) {
        double x = read_value(a->row[k]), y = read_value(b->row[k]);
        if (x != y)
            return x < y ? -1 : 1;
    }
    return a->index < b->index ? -1 : a->index > b->index;
}

/* All points by their first objective, then by the others: one that dominates comes
 * before what it dominates. NULL without memory. */
static sorted_point *sort_points(const hone_objectives *points)
{
    sorted_point *sorted = calloc(points->n + (size_t)1, sizeof *sorted);
    for (uint32_t i = 0; sorted != NULL && i < points->n; i++)
        sorted[i] = (sorted_point){
            .row = row_of(points, i), .index = i, .n_objectives = points->n_objectives};
    if (sorted != NULL)
        qsort(sorted, points->n, sizeof *sorted, compare_rows);
    return sorted;
}

static bool front_dominates(const sorted_point *sorted, uint32_t last,
                            const sorted_point *point)
{
    for (uint32_t i = last; i != UINT32_MAX; i = sorted[i].next) {
        if (hone_pareto_dominates(sorted[i].row, point->row, point->n_objectives))
            return true;
    }
    return false;
}

/* The first front without a member that dominates the point: fronts that have one come
 * before those that have none. */
static uint32_t find_front(const sorted_point *sorted, const uint32_t *last, uint32_t n,
                           const sorted_point *point)
{
    uint32_t low = 0;
    while (low < n) {
        uint32_t middle = low + (n - low) / 2;
        if (front_dominates(sorted, last[middle], point))
            low = middle + 1;
        else
            n = middle;
    }
    return low;
}

int hone_pareto_ranks(const hone_objectives *points, uint32_t *ranks)
{
    assert(points->n_objectives >= 1);
    sorted_point *sorted = sort_points(points);
    uint32_t *last = calloc(points->n + (size_t)1, sizeof *last), n = 0;
    int code = sorted != NULL && last != NULL ? 0 : HONE_ENOMEM;
    for (uint32_t i = 0; code == 0 && i < points->n; i++) {
        uint32_t front = find_front(sorted, last, n, &sorted[i]);
        sorted[i].next = front < n ? last[front] : UINT32_MAX;
        last[front] = i;
        n += front == n;
        ranks[sorted[i].index] = front;
    }
    free(sorted);
    free(last);
    return code;
}

/* --- crowding ---------------------------------------------------------------------- */

typedef struct place {
    uint32_t rank, index;
    double value;
} place;

static int compare_places(const void *left, const void *right)
{
    const place *a = left, *b = right;
    if (a->rank != b->rank)
        return a->rank < b->rank ? -1 : 1;
    if (a->value != b->value)
        return a->value < b->value ? -1 : 1;
    return a->index < b->index ? -1 : a->index > b->index;
}

/* One front along one objective, n places sorted by it. */
static void add_distances(const place *front, uint32_t n, double *distances)
{
    double range = front[n - 1].value - front[0].value;
    distances[front[0].index] = distances[front[n - 1].index] = INFINITY;
    for (uint32_t i = 1; i + 1 < n && range > 0 && isfinite(range); i++)
        distances[front[i].index] += (front[i + 1].value - front[i - 1].value) / range;
}

int hone_pareto_crowding(const hone_objectives *points, const uint32_t *ranks,
                         double *distances)
{
    uint32_t n = points->n;
    place *places = calloc(n + (size_t)1, sizeof *places);
    if (places == NULL)
        return HONE_ENOMEM;
    for (uint32_t i = 0; i < n; i++)
        distances[i] = 0;
    for (uint32_t k = 0; k < points->n_objectives; k++) {
        for (uint32_t i = 0; i < n; i++)
            places[i] = (place){
                .rank = ranks[i], .index = i, .value = read_value(row_of(points, i)[k])};
        qsort(places, n, sizeof *places, compare_places);
        for (uint32_t from = 0, to; from < n; from = to) {
            for (to = from; to < n && places[to].rank == places[from].rank; to++) {
            }
            add_distances(places + from, to - from, distances);
        }
    }
    free(places);
    return 0;
}

/* --- hypervolume ------------------------------------------------------------------- */

/* The front of the points below the reference, as rows of a new block; *n of them. NULL
 * without memory. */
static double *take_front(const hone_objectives *points, const double *reference,
                          uint32_t *n)
{
    uint32_t m = points->n_objectives, below = 0;
    double *rows = calloc(points->n * (size_t)m + 1, sizeof *rows);
    uint32_t *front = calloc(points->n + (size_t)1, sizeof *front);
    for (uint32_t i = 0; rows != NULL && i < points->n; i++) {
        const double *row = row_of(points, i);
        bool inside = true;
        for (uint32_t k = 0; k < m; k++)
            inside = inside && row[k] < reference[k]; /* NaN is not */
        if (inside)
            memcpy(rows + below++ * (size_t)m, row, m * sizeof *rows);
    }
    if (rows == NULL || front == NULL) {
        free(rows);
        free(front);
        return NULL;
    }
    hone_objectives inside = {.n = below, .n_objectives = m, .values = rows};
    *n = hone_pareto_front(&inside, front);
    for (uint32_t i = 0; i < *n; i++) /* front[i] >= i */
        memmove(rows + i * (size_t)m, rows + front[i] * (size_t)m, m * sizeof *rows);
    free(front);
    return rows;
}

static int compare_pairs(const void *left, const void *right)
{
    const double *a = left, *b = right;
    if (a[0] != b[0])
        return a[0] < b[0] ? -1 : 1;
    return (a[1] > b[1]) - (a[1] < b[1]);
}

static double sweep_pairs(double *rows, uint32_t n, const double *reference)
{
    double volume = 0, ceiling = reference[1];
    qsort(rows, n, 2 * sizeof *rows, compare_pairs);
    for (uint32_t i = 0; i < n; i++) {
        volume += (reference[0] - rows[2 * i]) * fmax(0, ceiling - rows[2 * i + 1]);
        ceiling = fmin(ceiling, rows[2 * i + 1]);
    }
    return volume;
}

/* What row `i` dominates and no later one does: its box without the volume of the later
 * ones, each moved to where it is nowhere better than the row. */
static int measure_exclusive(const double *rows, uint32_t n, uint32_t m,
                             const double *reference, double *volume)
{
    const double *rest = rows + m;
    double box = 1, shared = 0;
    for (uint32_t k = 0; k < m; k++)
        box *= reference[k] - rows[k];
    double *moved = calloc((n - 1) * (size_t)m + 1, sizeof *moved);
    if (moved == NULL)
        return HONE_ENOMEM;
    for (uint32_t i = 0; i + 1 < n; i++) {
        for (uint32_t k = 0; k < m; k++)
            moved[i * (size_t)m + k] = fmax(rest[i * (size_t)m + k], rows[k]);
    }
    hone_objectives limited = {.n = n - 1, .n_objectives = m, .values = moved};
    int code = hone_pareto_hypervolume(&limited, reference, &shared);
    free(moved);
    *volume += box - shared;
    return code;
}

int hone_pareto_hypervolume(const hone_objectives *points, const double *reference,
                            double *volume)
{
    uint32_t m = points->n_objectives, n = 0;
    int code = 0;
    *volume = 0;
    if (points->n == 0)
        return 0;
    double *rows = take_front(points, reference, &n);
    if (rows == NULL)
        return HONE_ENOMEM;
    if (m == 2)
        *volume = sweep_pairs(rows, n, reference);
    for (uint32_t i = 0; i < n && m != 2 && code == 0; i++)
        code = measure_exclusive(rows + i * (size_t)m, n - i, m, reference, volume);
    free(rows);
    return code;
}
