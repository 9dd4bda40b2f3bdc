/* The forest.
 *
 * It is made in replicates: each draws as many trials as there are, with replacement, and
 * grows a few trees of them. The mean over all replicates is the estimate; the quantiles
 * over replicates are its interval (the percentile bootstrap, Efron 1979, with the whole
 * forest as the statistic).
 *
 *   1. choose    how small leaves may be: trees with different limits foretell the trials
 *                that were kept from them; the limit that errs least is taken. Noise
 *                then is averaged away, and what is no noise is not.
 *   2. estimate  shares, interval, and how much of the variance is explained.
 *   3. shadows   to every axis comes a copy in which the values of the trials are
 *                exchanged at random: as useless as can be, and otherwise like it. The
 *                share that these get is the floor of each axis (Kursa, Rudnicki 2010,
 *                Feature selection with the Boruta package).
 *   4. additive  the floor of pairs: the objective is put together again from what the
 *                axes do alone and from residuals that are exchanged at random; there are
 *                no interactions in it, and what pairs get of it is due to the trees. */
#include "analysis/forest.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/quantile.h"
#include "base/banned.h"
#include "math/philox.h"

enum { REPLICATES = 64, CHECKS = 32, TREES = 4, TRIES = 8, LEAVES = 2000 };

/* Where random numbers are used: the upper bits of a counter's number. */
enum { PHASE_CHOOSE = 1, PHASE_ESTIMATE, PHASE_SHADOWS, PHASE_ADDITIVE, PHASE_EXCHANGE };

/* Of a variance: no spread is taken for the trees' alone. */
static const double LEAST_SCALE = 0.1;

/* So much more is to be explained by larger leaves, which hide what is weak. */
static const double BETTER = 0.02;

/* A run of replicates over a table and an objective. */
typedef struct forest_run {
    const hone_binned *table;
    uint64_t seed;
    uint32_t phase, least;
    hone_grower grower;
    hone_variance_work work;
    hone_variances sums; /* of one replicate; its arrays are owned */
    hone_foretold foretold;
    double *shares;      /* owned: REPLICATES rows of d mains, then pairs */
    double *tree_shares; /* owned: TREES rows, likewise */
    double *within;      /* owned: one such row */
    double *sorted;      /* owned: REPLICATES */
} forest_run;

static hone_counter place(uint32_t phase, uint32_t column, uint32_t replicate, uint32_t i)
{
    return (hone_counter){.number =
                              (uint64_t)phase << 56 | (uint64_t)column << 24 | replicate,
                          .stream = HONE_STREAM_RESAMPLE,
                          .attempt = i};
}

static int run_init(forest_run *run, const hone_binned *table, const double *y)
{
    size_t d = table->d;
    run->table = table;
    int rc = hone_grower_init(&run->grower, table, y);
    int rc_work = hone_variance_init(&run->work, table);
    run->sums.mains = calloc(d + 1, sizeof(double));
    run->sums.pairs = calloc(HONE_PAIRS, sizeof(double));
    run->foretold.sums = calloc(table->n, sizeof(double));
    run->foretold.counts = calloc(table->n, sizeof(uint32_t));
    run->shares = calloc((d + HONE_PAIRS) * REPLICATES, sizeof(double));
    run->tree_shares = calloc((d + HONE_PAIRS) * TREES, sizeof(double));
    run->within = calloc(d + HONE_PAIRS, sizeof(double));
    run->sorted = calloc(REPLICATES, sizeof(double));
    bool is_there = rc == HONE_OK && rc_work == HONE_OK && run->sums.mains != NULL &&
                    run->sums.pairs != NULL && run->foretold.sums != NULL &&
                    run->foretold.counts != NULL && run->shares != NULL &&
                    run->tree_shares != NULL && run->within != NULL &&
                    run->sorted != NULL;
    return is_there ? HONE_OK : HONE_ENOMEM;
}

static void run_release(forest_run *run)
{
    hone_grower_release(&run->grower);
    hone_variance_release(&run->work);
    free(run->sums.mains);
    free(run->sums.pairs);
    free(run->foretold.sums);
    free(run->foretold.counts);
    free(run->shares);
    free(run->tree_shares);
    free(run->within);
    free(run->sorted);
}

static void draw_trials(forest_run *run, uint32_t replicate)
{
    uint32_t n = (uint32_t)run->table->n;
    memset(run->grower.weights, 0, n * sizeof(*run->grower.weights));
    for (uint32_t i = 0; i < n; i++) {
        double u = hone_philox_uniform(run->seed, place(run->phase, 0, replicate, i));
        run->grower.weights[(uint32_t)(u * n)]++;
    }
}

/* The shares of one tree: all 0 where it has one leaf. */
static void take_tree(const forest_run *run, double *shares)
{
    size_t d = run->table->d;
    double all = run->sums.all;
    for (size_t c = 0; c < d; c++)
        shares[c] = all > 0 ? run->sums.mains[c] / all : 0;
    for (size_t p = 0; p < run->work.n_pairs; p++)
        shares[d + p] = all > 0 ? run->sums.pairs[p] / all : 0;
}

/* Grows the trees of a replicate. The mean of their shares is one row of `shares`; the
 * variance of that mean, as far as it is due to the trees, is added to `within`. */
static int grow_replicate(forest_run *run, uint32_t replicate)
{
    size_t d = run->table->d, width = d + run->work.n_pairs;
    double *shares = run->shares + replicate * width;
    draw_trials(run, replicate);
    for (uint32_t t = 0; t < TREES; t++) {
        hone_tree_rule rule = {.least = run->least,
                               .seed = run->seed,
                               .number = (uint64_t)run->phase << 56 |
                                         ((uint64_t)replicate * TREES + t)};
        run->sums.all = 0;
        memset(run->sums.mains, 0, d * sizeof(double));
        memset(run->sums.pairs, 0, HONE_PAIRS * sizeof(double));
        int rc = hone_tree_grow(&run->grower, &rule);
        if (rc == HONE_OK)
            rc = hone_variance_add(&run->work, &run->grower.leaves, &run->sums);
        if (rc != HONE_OK)
            return rc;
        take_tree(run, run->tree_shares + t * width);
    }
    for (size_t i = 0; i < width; i++) {
        double mean = 0, square = 0;
        for (uint32_t t = 0; t < TREES; t++)
            mean += run->tree_shares[t * width + i] / TREES;
        for (uint32_t t = 0; t < TREES; t++) {
            double off = run->tree_shares[t * width + i] - mean;
            square += off * off;
        }
        shares[i] = mean;
        run->within[i] += square / (TREES - 1) / TREES;
    }
    return HONE_OK;
}

/* Starts a phase of replicates: forgets those of the phase before. */
static void begin_phase(forest_run *run, uint32_t phase)
{
    size_t width = run->table->d + (size_t)HONE_PAIRS;
    run->phase = phase;
    memset(run->within, 0, width * sizeof(*run->within));
    memset(run->foretold.sums, 0, run->table->n * sizeof(double));
    memset(run->foretold.counts, 0, run->table->n * sizeof(uint32_t));
}

/* How the i-th share spreads over `n` replicates. A replicate of a few trees spreads for
 * two reasons: its trials, and its trees; a forest has so many trees that the second one
 * is gone. So distances from the mean are cut by the part of it (Athey, Tibshirani, Wager
 * 2019, Generalized random forests, Annals of Statistics 47, section 4.1). */
struct spread {
    double mean, scale;
};

static struct spread sort_shares(forest_run *run, uint32_t n, size_t i)
{
    size_t width = run->table->d + run->work.n_pairs;
    struct spread spread = {.mean = 0};
    double between = 0;
    for (uint32_t r = 0; r < n; r++) {
        run->sorted[r] = run->shares[r * width + i];
        spread.mean += run->sorted[r] / n;
    }
    for (uint32_t r = 0; r < n; r++)
        between += (run->sorted[r] - spread.mean) * (run->sorted[r] - spread.mean);
    between /= n - 1;
    double within = run->within[i] / n;
    spread.scale = sqrt(fmax(between > 0 ? 1 - within / between : 0, LEAST_SCALE));
    hone_sort(run->sorted, n);
    return spread;
}

static double quantile_of(const forest_run *run, uint32_t n, const struct spread *spread,
                          double p)
{
    double at = hone_quantile(run->sorted, n, p);
    if (at <= 0)
        return 0; /* so many replicates without the effect are no matter of the trees */
    return spread->mean + spread->scale * (at - spread->mean);
}

static void take_share(forest_run *run, size_t i, hone_share *share)
{
    struct spread spread = sort_shares(run, REPLICATES, i);
    share->share = spread.mean;
    share->low = quantile_of(run, REPLICATES, &spread, 0.025);
    share->high = quantile_of(run, REPLICATES, &spread, 0.975);
}

static double take_floor(forest_run *run, size_t i)
{
    struct spread spread = sort_shares(run, CHECKS, i);
    return quantile_of(run, CHECKS, &spread, 0.95);
}

/* The share of the variance that was foretold; NaN where there is none. */
static double explain(const forest_run *run)
{
    double error = 0, mean = 0, square = 0, n = 0;
    for (size_t i = 0; i < run->table->n; i++) {
        if (run->foretold.counts[i] == 0)
            continue;
        double y = run->grower.y[i];
        double off = y - run->foretold.sums[i] / run->foretold.counts[i];
        error += off * off;
        mean += y;
        square += y * y;
        n++;
    }
    double variance = n > 0 ? square - mean * mean / n : 0;
    return variance > 0 ? 1 - error / variance : NAN;
}

/* Step 1. Leaves `gains` of the trees in the run. Of very many trials the smallest leaves
 * would take long and tell no more. */
static int choose_least(forest_run *run)
{
    static const uint32_t limits[] = {1, 3, 8, 20, 50};
    double best = -INFINITY;
    size_t n = run->table->n, n_limits = sizeof limits / sizeof *limits;
    size_t first = n > 8 * LEAVES ? 3 : n > 3 * LEAVES ? 2 : n > LEAVES ? 1 : 0;
    uint32_t least = limits[first];
    run->grower.foretold = run->foretold;
    for (size_t k = first; k < n_limits; k++) {
        if (k > first && limits[k] * (size_t)8 > n)
            break;
        run->least = limits[k];
        begin_phase(run, PHASE_CHOOSE);
        for (uint32_t r = 0; r < TRIES; r++) {
            int rc = grow_replicate(run, r);
            if (rc != HONE_OK)
                return rc;
        }
        double explained = explain(run);
        if (explained > best + BETTER) {
            best = explained;
            least = limits[k];
        }
    }
    run->least = least;
    return HONE_OK;
}

/* Step 2. */
static int estimate(forest_run *run, hone_shares *shares)
{
    const hone_binned *table = run->table;
    size_t d = table->d;
    begin_phase(run, PHASE_ESTIMATE);
    run->work.n_pairs = shares->n_pairs;
    run->work.wanted = shares->pairs_of;
    run->sums.means = shares->means;
    for (uint32_t r = 0; r < REPLICATES; r++) {
        int rc = grow_replicate(run, r);
        if (rc != HONE_OK)
            return rc;
    }
    for (size_t c = 0; c < d; c++)
        take_share(run, c, &shares->mains[c]);
    for (size_t p = 0; p < shares->n_pairs; p++)
        take_share(run, d + p, &shares->pairs[p]);
    for (size_t i = 0; i < d * HONE_CELLS; i++)
        shares->means[i] /= REPLICATES * TREES;
    shares->explained = explain(run);
    return HONE_OK;
}

/* A table with a shadow behind the columns; its y is borrowed. */
static int shadow_init(hone_binned *shadowed, const hone_binned *table)
{
    size_t d = table->d;
    *shadowed = (hone_binned){.n = table->n, .d = 2 * table->d, .y = table->y};
    shadowed->columns = calloc(2 * d + 1, sizeof(*shadowed->columns));
    shadowed->cells = calloc(2 * d + 1, table->n);
    if (shadowed->columns == NULL || shadowed->cells == NULL)
        return HONE_ENOMEM;
    for (size_t c = 0; c < 2 * d; c++)
        shadowed->columns[c] = table->columns[c % d];
    memcpy(shadowed->cells, table->cells, d * table->n);
    return HONE_OK;
}

/* Exchanges the cells of a column among the trials that have the axis; `active` has room
 * for all of them. */
static void exchange_cells(uint8_t *cells, uint32_t n, uint64_t seed, hone_counter at,
                           uint32_t *active)
{
    uint32_t n_active = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (cells[i] != HONE_NO_CELL)
            active[n_active++] = i;
    }
    for (uint32_t i = 1; i < n_active; i++) {
        at.attempt = i;
        uint32_t k = (uint32_t)(hone_philox_uniform(seed, at) * (i + 1));
        uint8_t cell = cells[active[i]];
        cells[active[i]] = cells[active[k]];
        cells[active[k]] = cell;
    }
}

/* Step 3. */
static int floor_mains(const hone_binned *table, const forest_run *measured,
                       hone_shares *shares)
{
    hone_binned shadowed;
    forest_run run = {
        .phase = PHASE_SHADOWS, .seed = measured->seed, .least = measured->least};
    uint32_t d = table->d, n = (uint32_t)table->n;
    uint32_t *active = calloc(n, sizeof(*active));
    int rc = shadow_init(&shadowed, table);
    if (rc == HONE_OK)
        rc = run_init(&run, &shadowed, table->y);
    if (active == NULL)
        rc = HONE_ENOMEM;
    for (uint32_t r = 0; rc == HONE_OK && r < CHECKS; r++) {
        memcpy(shadowed.cells + (size_t)d * n, table->cells, (size_t)d * n);
        for (uint32_t c = 0; c < d; c++)
            exchange_cells(shadowed.cells + (size_t)(d + c) * n, n, run.seed,
                           place(PHASE_EXCHANGE, c, r, 0), active);
        rc = grow_replicate(&run, r);
    }
    for (uint32_t c = 0; rc == HONE_OK && c < d; c++)
        shares->mains[c].floor = take_floor(&run, d + c);
    run_release(&run);
    free(shadowed.columns);
    free(shadowed.cells);
    free(active);
    return rc;
}

/* Splits the objective into what the axes do alone and the residual. */
static void split_additive(const hone_binned *table, const double *means, double *alone,
                           double *residual)
{
    double mean = 0;
    for (size_t i = 0; i < table->n; i++) {
        alone[i] = 0;
        for (uint32_t c = 0; c < table->d; c++) {
            uint8_t b = table->cells[c * table->n + i];
            alone[i] += b == HONE_NO_CELL ? 0 : means[c * (size_t)HONE_CELLS + b];
        }
        residual[i] = table->y[i] - alone[i];
        mean += residual[i] / (double)table->n;
    }
    for (size_t i = 0; i < table->n; i++)
        residual[i] -= mean;
}

/* Step 4. */
static int floor_pairs(forest_run *run, hone_shares *shares)
{
    const hone_binned *table = run->table;
    uint32_t n = (uint32_t)table->n;
    double *y = calloc(n, sizeof(*y)), *alone = calloc(n, sizeof(*alone));
    double *residual = calloc(n, sizeof(*residual));
    int rc = y != NULL && alone != NULL && residual != NULL ? HONE_OK : HONE_ENOMEM;
    if (rc == HONE_OK)
        split_additive(table, shares->means, alone, residual);
    begin_phase(run, PHASE_ADDITIVE);
    run->sums.means = NULL;
    run->grower.y = y;
    for (uint32_t r = 0; rc == HONE_OK && r < CHECKS; r++) {
        for (uint32_t i = 0; i < n; i++) {
            hone_counter at = place(PHASE_EXCHANGE, UINT32_MAX, r, i);
            uint32_t k = (uint32_t)(hone_philox_uniform(run->seed, at) * (i + 1));
            double moved = residual[i];
            residual[i] = residual[k];
            residual[k] = moved;
        }
        for (uint32_t i = 0; i < n; i++)
            y[i] = alone[i] + residual[i];
        rc = grow_replicate(run, r);
    }
    for (uint32_t p = 0; rc == HONE_OK && p < shares->n_pairs; p++)
        shares->pairs[p].floor = take_floor(run, table->d + p);
    free(y);
    free(alone);
    free(residual);
    return rc;
}

int hone_forest_measure(const hone_binned *table, uint64_t seed, hone_shares *shares)
{
    forest_run run = {.seed = seed};
    int rc = run_init(&run, table, table->y);
    if (rc == HONE_OK)
        rc = choose_least(&run);
    if (rc == HONE_OK) {
        shares->n_pairs = hone_choose_pairs(table, run.grower.gains, shares->pairs_of);
        rc = estimate(&run, shares);
    }
    if (rc == HONE_OK)
        rc = floor_mains(table, &run, shares);
    if (rc == HONE_OK && shares->n_pairs > 0)
        rc = floor_pairs(&run, shares);
    run_release(&run);
    return rc;
}
