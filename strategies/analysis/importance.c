/* Importance of parameters: which trials an effect is measured on, and what is said of
 * it.
 *
 *   hone_evidence_new  hone_evidence_add*  hone_importance_make*
 *
 * A parameter that its condition switches off is measured where it is on: parameters that
 * are active in the same trials make up a group, and each group has a model of its own,
 * of these trials. In it the other parameters have their part too; only the effects of
 * the group are taken from it. A pair is measured in the group of the one that is active
 * in fewer trials, where the other is always active.
 *
 * Where the trials are a full grid the means are exact (factorial.h); else a forest
 * stands for the objective (forest.h), or densities do (density.h). */
#include <hone/importance.h>

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "analysis/density.h"
#include "analysis/factorial.h"
#include "analysis/forest.h"
#include "base/banned.h"

/* A cell belongs to the best region where its mean is in the best part of all means. */
static const double BEST_PART = 0.25;

/* Of what a forest says: less is due to its steps, and of no interest. */
static const double LEAST_SHARE = 0.005;

static const double CHANCE = 8;

/* ---- the work ---- */

struct work {
    const hone_evidence *evidence;
    const hone_importance_options *options;
    hone_importance *answer;
    double *y;      /* owned: as it counts */
    uint32_t *used; /* owned: rows that are used */
    uint32_t *rows; /* owned: of those, the rows of a group */
    bool *is_done;  /* owned: axes whose group was measured */
    bool *is_in;    /* owned: axes of the group at hand */
    bool is_worth;  /* what the group's model says */
    uint32_t n_groups;
    uint32_t cap_pairs;
};

static int work_init(struct work *work)
{
    size_t n = work->evidence->n, d = work->evidence->cube.n;
    work->y = calloc(n + 1, sizeof(*work->y));
    work->used = calloc(n + 1, sizeof(*work->used));
    work->rows = calloc(n + 1, sizeof(*work->rows));
    work->is_done = calloc(d + 1, sizeof(*work->is_done));
    work->is_in = calloc(d + 1, sizeof(*work->is_in));
    bool is_there = work->y != NULL && work->used != NULL && work->rows != NULL &&
                    work->is_done != NULL && work->is_in != NULL;
    double top = work->options->method == HONE_IMPORTANCE_FANOVA ? work->options->top : 1;
    return is_there
               ? hone_evidence_cut(work->evidence, top, work->y, &work->answer->outlying)
               : HONE_ENOMEM;
}

static void work_release(struct work *work)
{
    free(work->y);
    free(work->used);
    free(work->rows);
    free(work->is_done);
    free(work->is_in);
}

/* ---- what is said of an effect ---- */

/* The exact test of a grid is the F test; a forest has to clear the floor by its whole
 * interval, for its floor is but that of one axis among many; and it has to foretell
 * something. */
static hone_effect_state judge(const struct work *work, const hone_share *share)
{
    bool is_exact = work->answer->model == HONE_MODEL_FACTORIAL;
    bool is_clear = (is_exact ? share->share : share->low) > share->floor;
    bool is_some = share->share > (is_exact ? 0 : LEAST_SHARE);
    return is_clear && is_some && work->is_worth ? HONE_EFFECT_TOLD : HONE_EFFECT_UNTOLD;
}

static hone_effect *effect_of(const struct work *work, uint32_t axis)
{
    return &work->answer->params[work->evidence->cube.axes[axis].param];
}

static void take_share(const struct work *work, const hone_share *share,
                       hone_effect *effect)
{
    effect->state = judge(work, share);
    effect->share = share->share;
    effect->low = isnan(share->low) ? NAN : fmin(fmax(share->low, 0), share->share);
    effect->high = isnan(share->high) ? NAN : fmax(fmin(share->high, 1), share->share);
    effect->floor = share->floor;
}

/* The best cell, and its neighbours as far as they are nearly as good. */
static void take_best(const struct work *work, const hone_column *column,
                      const double *means, hone_effect *effect)
{
    const hone_cube *cube = &work->evidence->cube;
    uint32_t best = 0, worst = 0;
    for (uint32_t b = 1; b < column->n; b++) {
        best = means[b] < means[best] ? b : best;
        worst = means[b] > means[worst] ? b : worst;
    }
    double limit = means[best] + BEST_PART * (means[worst] - means[best]);
    uint32_t from = best, to = best;
    while (!column->unordered && from > 0 && means[from - 1] <= limit)
        from--;
    while (!column->unordered && to + 1 < column->n && means[to + 1] <= limit)
        to++;
    double low = column->first[from], high = column->last[to];
    effect->best_low = hone_cube_value(cube, column->axis, low);
    effect->best_high = hone_cube_value(cube, column->axis, high);
}

static int add_pair(struct work *work, const hone_binned *table, hone_pair_of pair,
                    const hone_share *share)
{
    hone_importance *answer = work->answer;
    if (answer->n_pairs == work->cap_pairs) {
        uint32_t cap = work->cap_pairs == 0 ? HONE_PAIRS : work->cap_pairs * 2;
        hone_effect *pairs = realloc(answer->pairs, cap * sizeof(*pairs));
        if (pairs == NULL)
            return HONE_ENOMEM;
        answer->pairs = pairs;
        work->cap_pairs = cap;
    }
    hone_effect *effect = &answer->pairs[answer->n_pairs++];
    const hone_axis *axes = work->evidence->cube.axes;
    uint32_t a = table->columns[pair.a].axis, b = table->columns[pair.b].axis;
    *effect = (hone_effect){.param = axes[a].param, .other = axes[b].param};
    take_share(work, share, effect);
    uint64_t n_a = effect_of(work, a)->n, n_b = effect_of(work, b)->n;
    effect->n = n_a < n_b ? n_a : n_b;
    return HONE_OK;
}

/* Whether the model foretells anything. The only axis of a table has all of the variance
 * that trees find, useless or not: it has to explain what chance does in one of about 200
 * cases (chi-squared of one degree). */
static bool is_worth(const struct work *work, const hone_binned *table,
                     const hone_shares *shares)
{
    double least = table->d == 1 ? CHANCE / (double)table->n : 0;
    return work->answer->model != HONE_MODEL_FOREST || shares->explained > least;
}

/* Takes the effects of the group out of what its model says. */
static int take_group(struct work *work, const hone_binned *table,
                      const hone_shares *shares)
{
    double rest = 1;
    work->is_worth = is_worth(work, table, shares);
    for (uint32_t c = 0; c < table->d; c++) {
        const hone_column *column = &table->columns[c];
        hone_effect *effect = effect_of(work, column->axis);
        rest -= shares->mains[c].share;
        if (!work->is_in[column->axis])
            continue;
        take_share(work, &shares->mains[c], effect);
        if (effect->state == HONE_EFFECT_TOLD)
            take_best(work, column, shares->means + c * (size_t)HONE_CELLS, effect);
    }
    for (uint32_t p = 0; p < shares->n_pairs; p++) {
        hone_pair_of pair = shares->pairs_of[p];
        rest -= shares->pairs[p].share;
        if (!hone_binned_is_whole(table, pair.a) ||
            !hone_binned_is_whole(table, pair.b) ||
            (!work->is_in[table->columns[pair.a].axis] &&
             !work->is_in[table->columns[pair.b].axis]))
            continue;
        int rc = add_pair(work, table, pair, &shares->pairs[p]);
        if (rc != HONE_OK)
            return rc;
    }
    work->answer->rest = fmax(rest, 0);
    return HONE_OK;
}

/* ---- groups ---- */

/* Fills the group of an axis: its rows among those used, and the axes that are active in
 * the very same ones. Returns the number of rows. */
static size_t find_group(struct work *work, uint32_t axis)
{
    const hone_evidence *evidence = work->evidence;
    size_t n = 0;
    for (size_t i = 0; i < work->answer->n_used; i++) {
        if (hone_evidence_active(evidence, work->used[i], axis))
            work->rows[n++] = work->used[i];
    }
    for (uint32_t a = 0; a < evidence->cube.n; a++) {
        bool is_same = !work->is_done[a];
        for (size_t i = 0; i < work->answer->n_used && is_same; i++)
            is_same = hone_evidence_active(evidence, work->used[i], a) ==
                      hone_evidence_active(evidence, work->used[i], axis);
        work->is_in[a] = is_same;
        work->is_done[a] = work->is_done[a] || is_same;
    }
    return n;
}

static void mark_group(struct work *work, hone_effect_state state)
{
    for (uint32_t a = 0; a < work->evidence->cube.n; a++) {
        if (work->is_in[a])
            effect_of(work, a)->state = state;
    }
}

static int measure_table(const struct work *work, const hone_binned *table,
                         hone_shares *shares)
{
    uint64_t seed = work->options->seed;
    int rc = hone_shares_init(shares, table);
    if (rc != HONE_OK)
        return rc;
    switch (work->answer->model) {
    case HONE_MODEL_DENSITY:
        return hone_density_measure(table, work->options->top, seed, shares);
    case HONE_MODEL_FACTORIAL:
        return hone_factorial_measure(table, seed, shares);
    case HONE_MODEL_FOREST:
    default:
        return hone_forest_measure(table, seed, shares);
    }
}

static int measure_group(struct work *work, const hone_sample *sample)
{
    hone_binned table;
    hone_shares shares = {0};
    int rc = hone_binned_init(&table, sample);
    mark_group(work, HONE_EFFECT_STILL);
    if (rc == HONE_OK && table.d > 0)
        rc = measure_table(work, &table, &shares);
    if (rc == HONE_OK && table.d > 0)
        rc = take_group(work, &table, &shares);
    if (table.d > 0 && sample->n == work->answer->n_used)
        work->answer->explained = shares.explained;
    hone_shares_release(&shares);
    hone_binned_release(&table);
    return rc;
}

static int measure_groups(struct work *work)
{
    const hone_evidence *evidence = work->evidence;
    int rc = HONE_OK;
    for (uint32_t a = 0; a < evidence->cube.n && rc == HONE_OK; a++) {
        if (work->is_done[a])
            continue;
        hone_sample sample = {.evidence = evidence, .rows = work->rows, .y = work->y};
        sample.n = find_group(work, a);
        work->n_groups++;
        bool is_scarce = sample.n < HONE_IMPORTANCE_LEAST &&
                         work->answer->model != HONE_MODEL_FACTORIAL;
        if (is_scarce)
            mark_group(work, HONE_EFFECT_SCARCE);
        else
            rc = measure_group(work, &sample);
    }
    if (work->n_groups != 1 || work->answer->model == HONE_MODEL_DENSITY)
        work->answer->rest = NAN;
    return rc;
}

/* Whether all rows are a full grid; it needs no sampling. Errors: HONE_ENOMEM. */
static int find_grid(struct work *work, bool *is_grid)
{
    hone_binned table;
    size_t n = work->evidence->n;
    hone_sample sample = {
        .evidence = work->evidence, .n = n, .rows = work->rows, .y = work->y};
    *is_grid = false;
    if (work->options->method != HONE_IMPORTANCE_FANOVA || n < HONE_IMPORTANCE_LEAST_GRID)
        return HONE_OK;
    for (size_t i = 0; i < n; i++)
        work->rows[i] = work->used[i] = (uint32_t)i;
    int rc = hone_binned_init(&table, &sample);
    if (rc == HONE_OK)
        rc = hone_factorial_find(&table, &sample, is_grid);
    hone_binned_release(&table);
    return rc;
}

/* ---- the answer ---- */

static int by_share(const void *a, const void *b)
{
    const hone_effect *x = a, *y = b;
    if (isnan(x->share) != isnan(y->share))
        return isnan(x->share) ? 1 : -1;
    if (x->share < y->share || x->share > y->share)
        return x->share > y->share ? -1 : 1;
    if (x->param != y->param)
        return x->param < y->param ? -1 : 1;
    return x->other < y->other ? -1 : x->other > y->other;
}

/* How many trials a parameter exists in; one with a single value has no axis, and is
 * taken to exist in all. */
static uint64_t count_active(const hone_evidence *evidence, uint32_t param)
{
    uint32_t axis = evidence->cube.axis_of[param];
    uint64_t n = 0;
    if (axis == UINT32_MAX)
        return evidence->n;
    for (size_t i = 0; i < evidence->n; i++)
        n += hone_evidence_active(evidence, i, axis);
    return n;
}

static int answer_init(hone_importance *answer, const struct work *work)
{
    const hone_evidence *evidence = work->evidence;
    const hone_space *space = evidence->cube.space;
    answer->params = calloc(space->n + (size_t)1, sizeof(*answer->params));
    if (answer->params == NULL)
        return HONE_ENOMEM;
    answer->n_params = space->n;
    answer->n = evidence->n;
    answer->explained = answer->outlying = answer->rest = NAN;
    for (uint32_t i = 0; i < space->n; i++) {
        bool is_fixed = evidence->cube.axis_of[i] == UINT32_MAX;
        answer->params[i] =
            (hone_effect){.param = i,
                          .other = UINT32_MAX,
                          .state = is_fixed ? HONE_EFFECT_CONSTANT : HONE_EFFECT_STILL,
                          .share = NAN,
                          .low = NAN,
                          .high = NAN,
                          .floor = NAN,
                          .n = count_active(evidence, i)};
    }
    return HONE_OK;
}

static int make(struct work *work, hone_error *err)
{
    hone_importance *answer = work->answer;
    uint64_t n = work->evidence->n;
    bool is_grid = false;
    int rc = find_grid(work, &is_grid);
    if (rc != HONE_OK)
        return rc;
    if (!is_grid && n < HONE_IMPORTANCE_LEAST)
        return hone_error_set(err, HONE_ELIMIT,
                              "importance needs at least %d finished trials with a "
                              "value, or a full grid; there are %llu",
                              HONE_IMPORTANCE_LEAST, (unsigned long long)n);
    answer->n_used = n;
    answer->model = is_grid ? HONE_MODEL_FACTORIAL : HONE_MODEL_FOREST;
    if (work->options->method == HONE_IMPORTANCE_PED) {
        answer->model = HONE_MODEL_DENSITY;
        answer->n_tops = hone_count_tops(n, work->options->top);
    }
    if (!is_grid)
        answer->n_used =
            hone_evidence_choose(work->evidence, work->options->seed, work->used);
    return measure_groups(work);
}

int hone_importance_make(const hone_evidence *evidence,
                         const hone_importance_options *options, hone_importance **out,
                         hone_error *err)
{
    hone_error local = {.code = 0};
    struct work work = {.evidence = evidence, .options = options};
    assert(options->top > 0 && options->top <= 1);
    *out = NULL;
    int rc = HONE_ENOMEM;
    work.answer = calloc(1, sizeof(*work.answer));
    if (work.answer != NULL)
        rc = answer_init(work.answer, &work);
    if (rc == HONE_OK && evidence->n > 0)
        rc = work_init(&work);
    if (rc == HONE_OK)
        rc = make(&work, &local);
    work_release(&work);
    if (rc != HONE_OK) {
        hone_importance_free(work.answer);
        return hone_error_set(err, rc, "%s",
                              local.code != 0 ? local.text : hone_error_text(rc));
    }
    hone_importance *answer = work.answer;
    qsort(answer->params, answer->n_params, sizeof(*answer->params), by_share);
    if (answer->n_pairs > 0)
        qsort(answer->pairs, answer->n_pairs, sizeof(*answer->pairs), by_share);
    *out = answer;
    return HONE_OK;
}

void hone_importance_free(hone_importance *importance)
{
    if (importance == NULL)
        return;
    free(importance->params);
    free(importance->pairs);
    free(importance);
}
