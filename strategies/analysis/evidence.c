#include "analysis/evidence.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/quantile.h"
#include "base/banned.h"
#include "math/permute.h"

/* Trials times axes that a forest is made of in a few seconds. */
enum { MOST_CELLS = 400000, MOST_ROWS = 20000, FEWEST_ROWS = 1000 };

enum { OUTLIERS = 50 }; /* one of so many is one */

int hone_evidence_new(const hone_space *space, hone_evidence **out, hone_error *err)
{
    hone_evidence *evidence = calloc(1, sizeof(*evidence));
    *out = NULL;
    if (evidence == NULL)
        return hone_error_set(err, HONE_ENOMEM, "out of memory");
    int rc = hone_cube_init(&evidence->cube, space, err);
    if (rc != HONE_OK) {
        hone_evidence_free(evidence);
        return rc;
    }
    *out = evidence;
    return HONE_OK;
}

void hone_evidence_free(hone_evidence *evidence)
{
    if (evidence == NULL)
        return;
    hone_cube_release(&evidence->cube);
    free(evidence->x);
    free(evidence->y);
    free(evidence);
}

int hone_evidence_add(hone_evidence *evidence, const hone_config *config,
                      double objective)
{
    size_t width = evidence->cube.n;
    assert(isfinite(objective));
    if (evidence->n >= UINT32_MAX)
        return HONE_ELIMIT;
    if (evidence->n == evidence->capacity) {
        size_t capacity = evidence->capacity == 0 ? 64 : evidence->capacity * 2;
        double *x = realloc(evidence->x, capacity * (width + 1) * sizeof(*x));
        if (x == NULL)
            return HONE_ENOMEM;
        evidence->x = x;
        double *y = realloc(evidence->y, capacity * sizeof(*y));
        if (y == NULL)
            return HONE_ENOMEM;
        evidence->y = y;
        evidence->capacity = capacity;
    }
    hone_cube_encode(&evidence->cube, config, evidence->x + evidence->n * width);
    evidence->y[evidence->n++] = objective;
    return HONE_OK;
}

uint64_t hone_evidence_count(const hone_evidence *evidence)
{
    return evidence->n;
}

size_t hone_count_tops(size_t n, double top)
{
    size_t n_top = (size_t)ceil(top * (double)n);
    return n_top < 1 ? 1 : n_top > n ? n : n_top;
}

/* The part of the worst 2 of 100 in the sum of squares. Of the range, lest squares of
 * large values be infinite. */
static double measure_outliers(const double *sorted, size_t n, double worst)
{
    double low = sorted[0], half = fmin(sorted[n - 1], worst) / 2 - low / 2;
    double mean = 0, all = 0, outlying = 0;
    if (half <= 0)
        return NAN;
    for (size_t i = 0; i < n; i++)
        mean += (fmin(sorted[i], worst) / 2 - low / 2) / half / (double)n;
    for (size_t i = 0; i < n; i++) {
        double off = (fmin(sorted[i], worst) / 2 - low / 2) / half - mean;
        all += off * off;
        outlying += (n - i) * OUTLIERS <= n || i + 1 == n ? off * off : 0;
    }
    return outlying / all;
}

int hone_evidence_cut(const hone_evidence *evidence, double top, double *y,
                      double *outlying)
{
    size_t n = evidence->n;
    double *sorted = calloc(n, sizeof(*sorted));
    if (sorted == NULL)
        return HONE_ENOMEM;
    memcpy(sorted, evidence->y, n * sizeof(*sorted));
    hone_sort(sorted, n);
    double worst = sorted[hone_count_tops(n, top) - 1];
    for (size_t i = 0; i < n; i++)
        y[i] = fmin(evidence->y[i], worst);
    *outlying = measure_outliers(sorted, n, worst);
    free(sorted);
    return HONE_OK;
}

static int by_row(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

size_t hone_evidence_choose(const hone_evidence *evidence, uint64_t seed, uint32_t *rows)
{
    size_t n = evidence->n, most = MOST_CELLS / (evidence->cube.n + (size_t)1);
    most = most < FEWEST_ROWS ? FEWEST_ROWS : most > MOST_ROWS ? MOST_ROWS : most;
    if (n > most) {
        hone_permutation order;
        hone_permutation_init(&order, n, seed);
        for (size_t i = 0; i < most; i++)
            rows[i] = (uint32_t)hone_permutation_at(&order, i);
        qsort(rows, most, sizeof(*rows), by_row);
        return most;
    }
    for (size_t i = 0; i < n; i++)
        rows[i] = (uint32_t)i;
    return n;
}
