#include "analysis/binned.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "base/banned.h"

static const double LEAST_WIDTH = 1e-9;

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* The active coordinates of an axis, sorted; returns how many. */
static size_t sort_axis(const hone_sample *sample, uint32_t axis, double *sorted)
{
    const hone_evidence *evidence = sample->evidence;
    size_t n = 0;
    for (size_t i = 0; i < sample->n; i++) {
        double x = evidence->x[sample->rows[i] * (size_t)evidence->cube.n + axis];
        if (!isnan(x))
            sorted[n++] = x;
    }
    qsort(sorted, n, sizeof(*sorted), by_size);
    return n;
}

static size_t count_distinct(const double *sorted, size_t n)
{
    size_t distinct = n > 0;
    for (size_t i = 1; i < n; i++)
        distinct += sorted[i] > sorted[i - 1];
    return distinct;
}

/* Puts runs of equal coordinates into cells. Where there is a cell for each run, each has
 * its own; else a run goes on with the cell before until that holds its share. */
static void cut_cells(hone_column *column, const double *sorted, size_t n,
                      size_t distinct)
{
    size_t in_cells = 0;
    column->n = 0;
    for (size_t i = 0; i < n;) {
        size_t end = i + 1;
        while (end < n && sorted[end] == sorted[i])
            end++;
        bool is_due = column->n == 0 || distinct <= HONE_CELLS ||
                      in_cells * HONE_CELLS >= column->n * n;
        if (is_due && column->n < HONE_CELLS)
            column->first[column->n++] = sorted[i];
        column->last[column->n - 1] = sorted[i];
        in_cells = end;
        i = end;
    }
    assert(column->n <= HONE_CELLS);
}

/* No cell is so narrow that a leaf in it weighs nothing, and the sum is 1. */
static void settle_widths(hone_column *column)
{
    double sum = 0;
    for (uint32_t b = 0; b < column->n; b++) {
        column->width[b] = fmax(column->width[b], LEAST_WIDTH);
        sum += column->width[b];
    }
    for (uint32_t b = 0; b < column->n; b++)
        column->width[b] /= sum;
}

/* Numbers fill the axis: borders lie half-way between the values seen. */
static void measure_ordered(hone_column *column)
{
    double from = 0;
    for (uint32_t b = 0; b < column->n; b++) {
        bool is_last = b + 1 == column->n;
        double to = is_last ? 1 : (column->last[b] + column->first[b + 1]) / 2;
        column->width[b] = to - from;
        from = to;
    }
}

/* Of choices that no trial had nothing is known: those that were seen share the axis. */
static void measure_choices(hone_column *column, const hone_cube *cube)
{
    for (uint32_t b = 0; b < column->n; b++)
        column->width[b] = hone_cube_chance(cube, column->axis, column->first[b]);
}

static uint8_t find_cell(const hone_column *column, double x)
{
    uint32_t low = 0, high = column->n - 1;
    if (isnan(x))
        return HONE_NO_CELL;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (x <= column->last[middle])
            high = middle;
        else
            low = middle + 1;
    }
    return (uint8_t)low;
}

static void fill_column(hone_binned *table, const hone_sample *sample)
{
    const hone_evidence *evidence = sample->evidence;
    const hone_column *column = &table->columns[table->d];
    uint8_t *cells = table->cells + table->d * table->n;
    for (size_t i = 0; i < sample->n; i++)
        cells[i] = find_cell(
            column,
            evidence->x[sample->rows[i] * (size_t)evidence->cube.n + column->axis]);
}

/* Mean 0 and variance 1; values so large that their squares are not are no obstacle. */
static void standardise(double *y, size_t n)
{
    double low = y[0], high = y[0], mean = 0, square = 0;
    for (size_t i = 0; i < n; i++) {
        low = fmin(low, y[i]);
        high = fmax(high, y[i]);
    }
    double half = high / 2 - low / 2;
    for (size_t i = 0; i < n; i++) {
        y[i] = half > 0 ? (y[i] / 2 - low / 2) / half : 0;
        mean += y[i] / (double)n;
    }
    for (size_t i = 0; i < n; i++)
        square += (y[i] - mean) * (y[i] - mean) / (double)n;
    for (size_t i = 0; i < n; i++)
        y[i] = square > 0 ? (y[i] - mean) / sqrt(square) : 0;
}

int hone_binned_init(hone_binned *table, const hone_sample *sample)
{
    const hone_evidence *evidence = sample->evidence;
    const hone_cube *cube = &evidence->cube;
    size_t n = sample->n;
    assert(n > 0);
    *table = (hone_binned){.n = n};
    double *sorted = calloc(n, sizeof(*sorted));
    table->columns = calloc(cube->n + (size_t)1, sizeof(*table->columns));
    table->cells = calloc(cube->n + (size_t)1, n);
    table->y = calloc(n, sizeof(*table->y));
    if (sorted == NULL || table->columns == NULL || table->cells == NULL ||
        table->y == NULL) {
        free(sorted);
        return HONE_ENOMEM;
    }
    for (size_t i = 0; i < n; i++)
        table->y[i] = sample->y[sample->rows[i]];
    standardise(table->y, n);
    for (uint32_t a = 0; a < cube->n; a++) {
        size_t active = sort_axis(sample, a, sorted);
        size_t distinct = count_distinct(sorted, active);
        if (distinct < 2)
            continue;
        hone_column *column = &table->columns[table->d];
        *column = (hone_column){.axis = a};
        column->unordered = cube->axes[a].kind == HONE_AXIS_CHOICE;
        cut_cells(column, sorted, active, distinct);
        if (column->unordered)
            measure_choices(column, cube);
        else
            measure_ordered(column);
        settle_widths(column);
        fill_column(table, sample);
        table->d++;
    }
    free(sorted);
    return HONE_OK;
}

void hone_binned_release(hone_binned *table)
{
    free(table->columns);
    free(table->cells);
    free(table->y);
    *table = (hone_binned){0};
}

uint64_t hone_column_all(const hone_column *column)
{
    return column->n == HONE_CELLS ? UINT64_MAX : (UINT64_C(1) << column->n) - 1;
}

bool hone_binned_is_whole(const hone_binned *table, uint32_t c)
{
    const uint8_t *cells = table->cells + c * table->n;
    for (size_t i = 0; i < table->n; i++) {
        if (cells[i] == HONE_NO_CELL)
            return false;
    }
    return true;
}
