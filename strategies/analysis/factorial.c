/* The full grid.
 *
 * On it all effects are orthogonal: sums of squares add up to that of the objective. The
 * error has what is left by the axes and all pairs of them; a grid of two axes has their
 * interaction in it, which then has no interval. In repetitions of the sweep each sum of
 * squares would be that of an effect with noise on it: (sqrt(S) + s z)^2 + s^2
 * chi2(df-1), with s^2 itself known from the error's degrees of freedom alone. Draws of
 * that give the interval; draws without the effect give the floor, which is the F test's
 * limit. */
#include "analysis/factorial.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/quantile.h"
#include "base/banned.h"
#include "math/philox.h"
#include "model/special.h"

enum { DRAWS = 2000 };

/* What rounding leaves of nothing, as a share, is nothing. */
static const double ROUNDING = 1e-12;

/* Sums of squares and degrees of freedom. */
struct effects {
    const hone_binned *table;
    double *mains; /* owned: d */
    double all, error;
    double df_error;
    uint64_t seed;
    double *draws; /* owned: DRAWS */
};

/* Whether a column has a cell for each value, which all rows have. */
static bool is_factor(const hone_binned *table, uint32_t c, const hone_cube *cube)
{
    const hone_column *column = &table->columns[c];
    if (cube->axes[column->axis].kind == HONE_AXIS_REAL ||
        !hone_binned_is_whole(table, c))
        return false;
    for (uint32_t b = 0; b < column->n; b++) {
        if (column->last[b] > column->first[b])
            return false;
    }
    return true;
}

int hone_factorial_find(const hone_binned *table, const hone_sample *sample,
                        bool *is_full)
{
    size_t n = table->n, product = 1;
    *is_full = false;
    if (table->d < 2)
        return HONE_OK;
    for (uint32_t c = 0; c < table->d; c++) {
        product *= table->columns[c].n;
        if (product > n || !is_factor(table, c, &sample->evidence->cube))
            return HONE_OK;
    }
    if (product != n)
        return HONE_OK;
    uint8_t *taken = calloc(n, 1);
    if (taken == NULL)
        return HONE_ENOMEM;
    *is_full = true;
    for (size_t i = 0; i < n && *is_full; i++) {
        size_t at = 0;
        for (uint32_t c = 0; c < table->d; c++)
            at = at * table->columns[c].n + table->cells[c * n + i];
        *is_full = taken[at] == 0;
        taken[at] = 1;
    }
    free(taken);
    return HONE_OK;
}

static void measure_main(const hone_binned *table, uint32_t c, double *means,
                         double *square)
{
    double n_cells = table->columns[c].n, n = (double)table->n;
    *square = 0;
    memset(means, 0, HONE_CELLS * sizeof(*means));
    for (size_t i = 0; i < table->n; i++)
        means[table->cells[c * table->n + i]] += table->y[i] * n_cells / n;
    for (uint32_t b = 0; b < table->columns[c].n; b++)
        *square += means[b] * means[b] / n_cells;
}

/* The mean of y is 0, so that means of cells are effects already. */
static double measure_pair(const hone_binned *table, hone_pair_of pair,
                           const double *means, double *square)
{
    uint32_t n_a = table->columns[pair.a].n, n_b = table->columns[pair.b].n;
    double cells = (double)n_a * n_b, variance = 0;
    const uint8_t *at_a = table->cells + pair.a * table->n;
    const uint8_t *at_b = table->cells + pair.b * table->n;
    memset(square, 0, HONE_CELLS * HONE_CELLS * sizeof(*square));
    for (size_t i = 0; i < table->n; i++)
        square[at_a[i] * HONE_CELLS + at_b[i]] += table->y[i] * cells / (double)table->n;
    for (uint32_t a = 0; a < n_a; a++) {
        for (uint32_t b = 0; b < n_b; b++) {
            double left = square[a * HONE_CELLS + b] - means[pair.a * HONE_CELLS + a] -
                          means[pair.b * HONE_CELLS + b];
            variance += left * left / cells;
        }
    }
    return variance;
}

/* A draw of the normal distribution, and one of chi-squared: by the cube root (Wilson,
 * Hilferty 1931), or, of few degrees, by their definition. */
static double draw_normal(uint64_t seed, hone_counter *at)
{
    at->attempt++;
    return hone_normal_quantile(hone_philox_uniform(seed, *at) + 0x1p-54);
}

static double draw_chi2(uint64_t seed, hone_counter *at, double df)
{
    double sum = 0;
    if (df > 30) {
        double k = 2 / (9 * df);
        double root = 1 - k + sqrt(k) * draw_normal(seed, at);
        return df * root * root * root;
    }
    for (double i = 0; i < df; i++) {
        double z = draw_normal(seed, at);
        sum += z * z;
    }
    return sum;
}

/* What is drawn for an effect. */
typedef struct drawn {
    double size; /* sum of squares without the noise's part */
    double others, df;
    uint64_t number; /* of the draws */
} drawn;

/* Fills `draws`, sorted: shares of the effect in repetitions of the sweep. */
static void draw_shares(const struct effects *effects, const drawn *effect)
{
    for (uint32_t r = 0; r < DRAWS; r++) {
        hone_counter at = {.number = effect->number << 32 | r,
                           .stream = HONE_STREAM_RESAMPLE};
        double chi2 = draw_chi2(effects->seed, &at, effects->df_error);
        double noise = effects->error / fmax(chi2, 1e-12);
        double first = sqrt(effect->size) + sqrt(noise) * draw_normal(effects->seed, &at);
        double square =
            first * first + noise * draw_chi2(effects->seed, &at, effect->df - 1);
        double all = square + effect->others;
        effects->draws[r] = all > 0 ? square / all : 0;
    }
    hone_sort(effects->draws, DRAWS);
}

/* The share, the interval and the floor of the effect with this sum of squares. */
static hone_share tell_effect(const struct effects *effects, double square, double df,
                              uint32_t id)
{
    hone_share share = {.low = NAN, .high = NAN, .floor = NAN};
    if (effects->all <= 0)
        return share;
    square = square < ROUNDING * effects->all ? 0 : square;
    share.share = fmin(square / effects->all, 1);
    if (effects->df_error < 1)
        return share;
    drawn effect = {.size = fmax(square - df * effects->error / effects->df_error, 0),
                    .others = fmax(effects->all - square, 0),
                    .df = df,
                    .number = 2 * (uint64_t)id};
    draw_shares(effects, &effect);
    share.low = hone_quantile(effects->draws, DRAWS, 0.025);
    share.high = hone_quantile(effects->draws, DRAWS, 0.975);
    effect.size = 0;
    effect.number++;
    draw_shares(effects, &effect);
    share.floor = hone_quantile(effects->draws, DRAWS, 0.95);
    return share;
}

static double df_of(const hone_binned *table, uint32_t c)
{
    return table->columns[c].n - 1.0;
}

/* The error, with the pairs taken off it where something is left then. */
static void find_error(struct effects *effects, const hone_shares *shares,
                       const double *pairs)
{
    const hone_binned *table = effects->table;
    double df_pairs = 0, of_pairs = 0;
    effects->error = effects->all;
    effects->df_error = (double)table->n - 1;
    for (uint32_t c = 0; c < table->d; c++) {
        effects->error -= effects->mains[c];
        effects->df_error -= df_of(table, c);
    }
    for (uint32_t p = 0; p < shares->n_pairs; p++) {
        df_pairs +=
            df_of(table, shares->pairs_of[p].a) * df_of(table, shares->pairs_of[p].b);
        of_pairs += pairs[p];
    }
    if (effects->df_error > df_pairs) {
        effects->error -= of_pairs;
        effects->df_error -= df_pairs;
    }
    if (effects->error < ROUNDING * effects->all)
        effects->error = 0;
}

/* Pairs that are the error cannot be told from it. */
static void tell_all(struct effects *effects, const double *pairs, hone_shares *shares)
{
    const hone_binned *table = effects->table;
    double df_all = (double)table->n - 1;
    find_error(effects, shares, pairs);
    for (uint32_t c = 0; c < table->d; c++) {
        shares->mains[c] = tell_effect(effects, effects->mains[c], df_of(table, c), c);
        df_all -= df_of(table, c);
    }
    bool are_error = effects->df_error >= df_all;
    for (uint32_t p = 0; p < shares->n_pairs; p++) {
        hone_pair_of pair = shares->pairs_of[p];
        double df = df_of(table, pair.a) * df_of(table, pair.b);
        shares->pairs[p] = tell_effect(effects, pairs[p], df, table->d + p);
        if (are_error)
            shares->pairs[p].low = shares->pairs[p].high = shares->pairs[p].floor = NAN;
    }
}

int hone_factorial_measure(const hone_binned *table, uint64_t seed, hone_shares *shares)
{
    struct effects effects = {.table = table, .seed = seed};
    double pairs[HONE_PAIRS];
    double *square = calloc(HONE_CELLS, HONE_CELLS * sizeof(*square));
    effects.mains = calloc(table->d + (size_t)1, sizeof(double));
    effects.draws = calloc(DRAWS, sizeof(double));
    int rc = square != NULL && effects.mains != NULL && effects.draws != NULL
                 ? HONE_OK
                 : HONE_ENOMEM;
    for (size_t i = 0; i < table->n && rc == HONE_OK; i++)
        effects.all += table->y[i] * table->y[i];
    for (uint32_t c = 0; c < table->d && rc == HONE_OK; c++) {
        measure_main(table, c, shares->means + c * (size_t)HONE_CELLS, &effects.mains[c]);
        effects.mains[c] *= (double)table->n;
    }
    if (rc == HONE_OK) {
        shares->n_pairs = hone_choose_pairs(table, effects.mains, shares->pairs_of);
        for (uint32_t p = 0; p < shares->n_pairs; p++)
            pairs[p] = (double)table->n *
                       measure_pair(table, shares->pairs_of[p], shares->means, square);
        tell_all(&effects, pairs, shares);
    }
    free(square);
    free(effects.mains);
    free(effects.draws);
    return rc;
}
