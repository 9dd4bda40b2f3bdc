/* Trials as columns of small numbers: each axis of the cube in at most 64 cells, so that
 * a set of cells is one word.
 *
 *   hone_evidence (rows)  ->  hone_binned_init  (columns)  hone_binned_release
 *
 * Numbers and levels: cells between the values seen, cut at quantiles where these are
 * more than 64. Choices: a cell each that was seen. A cell's width is the chance that the
 * space gives it. */
#ifndef HONE_ANALYSIS_BINNED_H
#define HONE_ANALYSIS_BINNED_H

#include "analysis/evidence.h"

enum { HONE_CELLS = 64, HONE_NO_CELL = 255 };

/* What an effect is measured on: trials, and the objective as it counts. */
typedef struct hone_sample {
    const hone_evidence *evidence;
    size_t n;
    const uint32_t *rows; /* n of the evidence's */
    const double *y;      /* of all rows of the evidence */
} hone_sample;

typedef struct hone_column {
    uint32_t axis; /* of the cube */
    bool unordered;
    uint32_t n;                                 /* cells, at least 2 */
    double width[HONE_CELLS];                   /* sum 1 */
    double first[HONE_CELLS], last[HONE_CELLS]; /* smallest and largest x seen in it */
} hone_column;

typedef struct hone_binned {
    size_t n; /* rows */
    uint32_t d;
    hone_column *columns; /* owned: d, those axes of which two values were seen */
    uint8_t *cells;       /* owned: d columns of n; HONE_NO_CELL where not active */
    double *y;            /* owned: n, mean 0 and variance 1, or all 0 */
} hone_binned;

/* Errors: HONE_ENOMEM; `release` is to be called nevertheless. */
HONE_MUST_CHECK int hone_binned_init(hone_binned *table, const hone_sample *sample);
void hone_binned_release(hone_binned *table);

/* The cells of a column, all in one word. */
uint64_t hone_column_all(const hone_column *column);
/* Whether every row has a cell in column `c`. */
bool hone_binned_is_whole(const hone_binned *table, uint32_t c);

#endif
