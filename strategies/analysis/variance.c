#include "analysis/variance.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

int hone_variance_init(hone_variance_work *work, const hone_binned *table)
{
    *work = (hone_variance_work){.table = table};
    work->means = calloc(table->d + (size_t)1, HONE_CELLS * sizeof(*work->means));
    work->square = calloc(HONE_CELLS, HONE_CELLS * sizeof(*work->square));
    return work->means != NULL && work->square != NULL ? HONE_OK : HONE_ENOMEM;
}

void hone_variance_release(hone_variance_work *work)
{
    free(work->means);
    free(work->square);
    free(work->spans);
    *work = (hone_variance_work){0};
}

static double span_of(const hone_column *column, uint64_t cells)
{
    double span = 0;
    for (; cells != 0; cells &= cells - 1)
        span += column->width[__builtin_ctzll(cells)];
    return span;
}

/* Measures each leaf on each axis. A row ends with the volume. */
static int measure_leaves(hone_variance_work *work, const hone_leaves *leaves)
{
    const hone_binned *table = work->table;
    size_t d = table->d;
    if (leaves->n > work->capacity) {
        double *spans = realloc(work->spans, leaves->n * (d + 1) * sizeof(*spans));
        if (spans == NULL)
            return HONE_ENOMEM;
        work->spans = spans;
        work->capacity = leaves->n;
    }
    for (size_t i = 0; i < leaves->n; i++) {
        double *spans = work->spans + i * (d + 1), volume = 1;
        for (uint32_t c = 0; c < d; c++) {
            uint64_t cells = leaves->boxes[i * d + c];
            bool is_whole = cells == hone_column_all(&table->columns[c]);
            spans[c] = is_whole ? 1 : span_of(&table->columns[c], cells);
            volume *= spans[c];
        }
        spans[d] = volume;
    }
    return HONE_OK;
}

/* A leaf that is whole on an axis adds the same to all of its cells: nothing. */
static void add_means(hone_variance_work *work, const hone_leaves *leaves, double mean)
{
    const hone_binned *table = work->table;
    size_t d = table->d;
    memset(work->means, 0, d * HONE_CELLS * sizeof(*work->means));
    for (size_t i = 0; i < leaves->n; i++) {
        const double *spans = work->spans + i * (d + 1);
        for (uint32_t c = 0; c < d; c++) {
            uint64_t cells = leaves->boxes[i * d + c];
            if (cells == hone_column_all(&table->columns[c]))
                continue;
            double share = (leaves->values[i] - mean) * spans[d] / spans[c];
            for (; cells != 0; cells &= cells - 1)
                work->means[c * HONE_CELLS + (size_t)__builtin_ctzll(cells)] += share;
        }
    }
}

/* Centres the means of a column and returns their variance. */
static double settle_means(const hone_column *column, double *means)
{
    double mean = 0, square = 0;
    for (uint32_t b = 0; b < column->n; b++)
        mean += column->width[b] * means[b];
    for (uint32_t b = 0; b < column->n; b++) {
        means[b] -= mean;
        square += column->width[b] * means[b] * means[b];
    }
    return square;
}

/* Means over a pair of axes. Only leaves that are part of both axes add what is not of
 * one of them alone. */
static void add_square(hone_variance_work *work, const hone_leaves *leaves,
                       hone_pair_of pair, double mean)
{
    const hone_binned *table = work->table;
    size_t d = table->d;
    uint64_t all_a = hone_column_all(&table->columns[pair.a]);
    uint64_t all_b = hone_column_all(&table->columns[pair.b]);
    memset(work->square, 0, HONE_CELLS * HONE_CELLS * sizeof(*work->square));
    for (size_t i = 0; i < leaves->n; i++) {
        uint64_t cells_a = leaves->boxes[i * d + pair.a];
        uint64_t cells_b = leaves->boxes[i * d + pair.b];
        if (cells_a == all_a || cells_b == all_b)
            continue;
        const double *spans = work->spans + i * (d + 1);
        double share =
            (leaves->values[i] - mean) * spans[d] / (spans[pair.a] * spans[pair.b]);
        for (uint64_t a = cells_a; a != 0; a &= a - 1) {
            double *row = work->square + HONE_CELLS * (size_t)__builtin_ctzll(a);
            for (uint64_t b = cells_b; b != 0; b &= b - 1)
                row[__builtin_ctzll(b)] += share;
        }
    }
}

/* The variance of the square less the means of its rows and columns. */
static double settle_square(const hone_variance_work *work, hone_pair_of pair)
{
    const hone_column *a = &work->table->columns[pair.a];
    const hone_column *b = &work->table->columns[pair.b];
    double of_column[HONE_CELLS] = {0}, all = 0, square = 0;
    for (uint32_t i = 0; i < a->n; i++) {
        for (uint32_t k = 0; k < b->n; k++) {
            double part = a->width[i] * work->square[i * HONE_CELLS + k];
            of_column[k] += part;
            all += part * b->width[k];
        }
    }
    for (uint32_t i = 0; i < a->n; i++) {
        const double *row = work->square + i * (size_t)HONE_CELLS;
        double of_row = 0;
        for (uint32_t k = 0; k < b->n; k++)
            of_row += b->width[k] * row[k];
        for (uint32_t k = 0; k < b->n; k++) {
            double left = row[k] - of_row - of_column[k] + all;
            square += a->width[i] * b->width[k] * left * left;
        }
    }
    return square;
}

int hone_variance_add(hone_variance_work *work, const hone_leaves *leaves,
                      hone_variances *sums)
{
    const hone_binned *table = work->table;
    size_t d = table->d;
    double mean = 0, all = 0;
    int rc = measure_leaves(work, leaves);
    if (rc != HONE_OK)
        return rc;
    for (size_t i = 0; i < leaves->n; i++)
        mean += work->spans[i * (d + 1) + d] * leaves->values[i];
    for (size_t i = 0; i < leaves->n; i++) {
        double off = leaves->values[i] - mean;
        all += work->spans[i * (d + 1) + d] * off * off;
    }
    sums->all += all;
    add_means(work, leaves, mean);
    for (uint32_t c = 0; c < d; c++)
        sums->mains[c] +=
            settle_means(&table->columns[c], work->means + c * (size_t)HONE_CELLS);
    for (size_t i = 0; sums->means != NULL && i < d * HONE_CELLS; i++)
        sums->means[i] += work->means[i];
    for (uint32_t p = 0; p < work->n_pairs; p++) {
        add_square(work, leaves, work->wanted[p], mean);
        sums->pairs[p] += settle_square(work, work->wanted[p]);
    }
    return HONE_OK;
}
