/* PED-ANOVA over the cells of a table.
 *
 * Densities live on the cells, whose widths weigh them: a choice has its count and a
 * prior of one trial spread over all; a number has Gaussian kernels with Scott's
 * bandwidth, cut at the ends of the axis. The interval is the percentile bootstrap over
 * trials; the floor of an axis is what it diverges where the best are drawn at random
 * among all. So many axes are looked at that the floor is that of the least of them in 95
 * of 100 draws (Bonferroni), as far as the number of draws can tell. */
#include "analysis/density.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/quantile.h"
#include "base/banned.h"
#include "math/philox.h"

enum { RESAMPLES = 200, EXCHANGES = 400, PHASE_RESAMPLE = 1, PHASE_EXCHANGE };

/* Bandwidths of a ladder, each 1.4 of the one before. */
enum { RUNGS = 12 };
static const double NARROWEST = 1.0 / 50, RUNG = 1.4;

/* What a trial in one cell gives to each, for every bandwidth. */
struct ladder {
    double share[RUNGS][HONE_CELLS][HONE_CELLS]; /* [from][to], each row sums to 1 */
};

struct density {
    const hone_binned *table;
    uint64_t seed;
    size_t n_top;
    uint32_t *ranked;      /* owned: the rows, the best first */
    uint16_t *weights;     /* owned: RESAMPLES rows of n: how often each was drawn */
    double *found;         /* owned: d divergences */
    double *floors;        /* owned: d */
    double *resampled;     /* owned: RESAMPLES rows of d divergences */
    double *sorted;        /* owned: EXCHANGES */
    uint32_t *drawn;       /* owned: the rows, exchanged */
    struct ladder *ladder; /* owned: of the column that is measured */
};

static double normal_cdf(double z)
{
    return 0.5 * erfc(-z / sqrt(2));
}

static double centre_of(const hone_column *column, uint32_t cell)
{
    double from = 0;
    for (uint32_t b = 0; b < cell; b++)
        from += column->width[b];
    return from + column->width[cell] / 2;
}

static void build_ladder(struct ladder *ladder, const hone_column *column)
{
    memset(ladder, 0, sizeof(*ladder));
    for (uint32_t k = 0; k < RUNGS; k++) {
        double width = NARROWEST * pow(RUNG, k);
        for (uint32_t a = 0; a < column->n; a++) {
            double *row = ladder->share[k][a], from = 0, sum = 0;
            double centre = centre_of(column, a);
            for (uint32_t b = 0; b < column->n; b++) {
                double to = from + column->width[b];
                row[b] = normal_cdf((to - centre) / width) -
                         normal_cdf((from - centre) / width);
                from = to;
                sum += row[b];
            }
            for (uint32_t b = 0; b < column->n; b++)
                row[b] = column->unordered ? (double)(a == b) : row[b] / sum;
        }
    }
}

/* The bandwidth of Scott (1992), Multivariate density estimation, as a rung. */
static uint32_t choose_rung(const hone_column *column, const double *counts)
{
    double n = 0, mean = 0, square = 0;
    for (uint32_t b = 0; b < column->n; b++) {
        double at = centre_of(column, b);
        n += counts[b];
        mean += counts[b] * at;
        square += counts[b] * at * at;
    }
    if (n <= 0)
        return RUNGS - 1;
    double variance = fmax(square / n - mean * mean / n / n, 0);
    double width = 1.059 * sqrt(variance) * pow(n, -0.2);
    double rung = round(log(fmax(width, NARROWEST) / NARROWEST) / log(RUNG));
    return rung > RUNGS - 1 ? RUNGS - 1 : (uint32_t)rung;
}

/* The chance of each cell: the kernels of all trials, and one that is the space itself.
 */
static void estimate(const struct ladder *ladder, const hone_column *column,
                     const double *counts, double *chance)
{
    uint32_t rung = choose_rung(column, counts);
    double n = 1;
    for (uint32_t b = 0; b < column->n; b++)
        chance[b] = column->width[b];
    for (uint32_t a = 0; a < column->n; a++) {
        n += counts[a];
        for (uint32_t b = 0; b < column->n && counts[a] > 0; b++)
            chance[b] += counts[a] * ladder->share[rung][a][b];
    }
    for (uint32_t b = 0; b < column->n; b++)
        chance[b] /= n;
}

/* The Pearson divergence of the best from all; `ratios` may be NULL. */
static double diverge(const struct density *density, uint32_t c, const double *tops,
                      const double *all, double *ratios)
{
    const hone_column *column = &density->table->columns[c];
    double of_tops[HONE_CELLS], of_all[HONE_CELLS], sum = 0;
    estimate(density->ladder, column, tops, of_tops);
    estimate(density->ladder, column, all, of_all);
    for (uint32_t b = 0; b < column->n; b++) {
        double ratio = of_all[b] > 0 ? of_tops[b] / of_all[b] : 1;
        sum += of_all[b] * (ratio - 1) * (ratio - 1);
        if (ratios != NULL)
            ratios[b] = -ratio;
    }
    return sum;
}

/* Counts the trials of a resample (NULL: all, once each) into cells; the best of them are
 * the first n_top in the order of ranks. */
static void count_cells(const struct density *density, uint32_t c,
                        const uint16_t *weights, double *tops, double *all)
{
    const uint8_t *cells = density->table->cells + c * density->table->n;
    size_t left = density->n_top;
    memset(tops, 0, HONE_CELLS * sizeof(*tops));
    memset(all, 0, HONE_CELLS * sizeof(*all));
    for (size_t i = 0; i < density->table->n; i++) {
        uint32_t row = density->ranked[i];
        size_t weight = weights == NULL ? 1 : weights[row];
        size_t top = weight < left ? weight : left;
        all[cells[row]] += (double)weight;
        tops[cells[row]] += (double)top;
        left -= top;
    }
}

/* The floor: the divergence of as many trials, drawn from all. */
static double find_floor(struct density *density, uint32_t c, const double *all)
{
    uint32_t n = (uint32_t)density->table->n, d = density->table->d;
    const uint8_t *cells = density->table->cells + c * (size_t)n;
    for (uint32_t r = 0; r < EXCHANGES; r++) {
        double tops[HONE_CELLS] = {0};
        for (uint32_t i = 0; i < density->n_top; i++) {
            hone_counter at = {.number =
                                   (uint64_t)PHASE_EXCHANGE << 56 | (uint64_t)c << 24 | r,
                               .stream = HONE_STREAM_RESAMPLE,
                               .attempt = i};
            uint32_t k = i + (uint32_t)(hone_philox_uniform(density->seed, at) * (n - i));
            uint32_t row = density->drawn[k];
            density->drawn[k] = density->drawn[i];
            density->drawn[i] = row;
            tops[cells[row]]++;
        }
        density->sorted[r] = diverge(density, c, tops, all, NULL);
    }
    hone_sort(density->sorted, EXCHANGES);
    return hone_quantile(density->sorted, EXCHANGES, 1 - 0.05 / d);
}

static void measure_column(struct density *density, uint32_t c, double *ratios)
{
    double tops[HONE_CELLS], all[HONE_CELLS];
    uint32_t d = density->table->d;
    build_ladder(density->ladder, &density->table->columns[c]);
    for (uint32_t r = 0; r < RESAMPLES; r++) {
        count_cells(density, c, density->weights + r * density->table->n, tops, all);
        density->resampled[r * (size_t)d + c] = diverge(density, c, tops, all, NULL);
    }
    count_cells(density, c, NULL, tops, all);
    density->found[c] = diverge(density, c, tops, all, ratios);
    density->floors[c] = find_floor(density, c, all);
}

/* Divergences to shares of their sum. */
static void take_shares(struct density *density, hone_shares *shares)
{
    uint32_t d = density->table->d;
    double sum = 0;
    for (uint32_t c = 0; c < d; c++)
        sum += density->found[c];
    for (uint32_t r = 0; r < RESAMPLES; r++) {
        double *row = density->resampled + r * (size_t)d, of_row = 0;
        for (uint32_t c = 0; c < d; c++)
            of_row += row[c];
        for (uint32_t c = 0; c < d; c++)
            row[c] = of_row > 0 ? row[c] / of_row : 0;
    }
    for (uint32_t c = 0; c < d; c++) {
        for (uint32_t r = 0; r < RESAMPLES; r++)
            density->sorted[r] = density->resampled[r * (size_t)d + c];
        hone_sort(density->sorted, RESAMPLES);
        shares->mains[c] =
            (hone_share){.share = sum > 0 ? density->found[c] / sum : 0,
                         .low = hone_quantile(density->sorted, RESAMPLES, 0.025),
                         .high = hone_quantile(density->sorted, RESAMPLES, 0.975),
                         .floor = sum > 0 ? fmin(density->floors[c] / sum, 1) : 1};
    }
}

/* The order of trials: ties by number. */
typedef struct rank {
    double y;
    uint32_t row;
} rank;

static int by_rank(const void *a, const void *b)
{
    const rank *x = a, *y = b;
    if (x->y < y->y || x->y > y->y)
        return x->y < y->y ? -1 : 1;
    return x->row < y->row ? -1 : 1;
}

static int rank_rows(struct density *density)
{
    uint32_t n = (uint32_t)density->table->n;
    rank *ranks = calloc(n, sizeof(*ranks));
    if (ranks == NULL)
        return HONE_ENOMEM;
    for (uint32_t i = 0; i < n; i++)
        ranks[i] = (rank){.y = density->table->y[i], .row = i};
    qsort(ranks, n, sizeof(*ranks), by_rank);
    for (uint32_t i = 0; i < n; i++) {
        density->ranked[i] = ranks[i].row;
        density->drawn[i] = i;
    }
    free(ranks);
    return HONE_OK;
}

static int density_init(struct density *density)
{
    size_t n = density->table->n, d = density->table->d;
    density->ranked = calloc(n, sizeof(*density->ranked));
    density->drawn = calloc(n, sizeof(*density->drawn));
    density->weights = calloc(n, RESAMPLES * sizeof(*density->weights));
    density->found = calloc(d + 1, sizeof(double));
    density->floors = calloc(d + 1, sizeof(double));
    density->resampled = calloc(d + 1, RESAMPLES * sizeof(double));
    density->sorted = calloc(EXCHANGES, sizeof(double));
    density->ladder = calloc(1, sizeof(*density->ladder));
    if (density->ranked == NULL || density->drawn == NULL || density->weights == NULL ||
        density->found == NULL || density->floors == NULL || density->resampled == NULL ||
        density->sorted == NULL || density->ladder == NULL)
        return HONE_ENOMEM;
    for (size_t i = 0; i < RESAMPLES * n; i++) {
        hone_counter at = {.number = (uint64_t)PHASE_RESAMPLE << 56 | i / n,
                           .stream = HONE_STREAM_RESAMPLE,
                           .attempt = (uint32_t)(i % n)};
        size_t row = (size_t)(hone_philox_uniform(density->seed, at) * (double)n);
        density->weights[i / n * n + row]++;
    }
    return rank_rows(density);
}

int hone_density_measure(const hone_binned *table, double top, uint64_t seed,
                         hone_shares *shares)
{
    struct density density = {
        .table = table, .seed = seed, .n_top = hone_count_tops(table->n, top)};
    int rc = density_init(&density);
    for (uint32_t c = 0; c < table->d && rc == HONE_OK; c++) {
        if (hone_binned_is_whole(table, c))
            measure_column(&density, c, shares->means + c * (size_t)HONE_CELLS);
    }
    if (rc == HONE_OK)
        take_shares(&density, shares);
    free(density.ranked);
    free(density.drawn);
    free(density.weights);
    free(density.found);
    free(density.floors);
    free(density.resampled);
    free(density.sorted);
    free(density.ladder);
    return rc;
}
