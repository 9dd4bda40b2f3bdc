/* What other engines reached on the functions: files of this form,
 *
 *   {"functions": {"branin": {"engines": {"optuna 3.1.0 tpe": {
 *       "50": {"values": [one for each seed]},
 *       "100": {"n": 20, "quartiles": [low, median, high]}}}}}}
 *
 * which is also what `bench_quality --json` writes. Other keys are left alone. */
#ifndef QUALITY_BASELINE_H
#define QUALITY_BASELINE_H

#include <stdbool.h>

#include <hone/error.h>

#include "statistics.h"

enum { QUALITY_VALUES_MAX = 256 };

/* What one engine reached on one function with one budget. */
typedef struct quality_sample {
    const char *engine; /* borrowed from the baseline */
    quality_quartiles quartiles;
    uint32_t n;                        /* seeds */
    uint32_t n_values;                 /* n, or 0 where only the quartiles are known */
    double values[QUALITY_VALUES_MAX]; /* sorted */
} quality_sample;

typedef struct quality_baseline quality_baseline;

quality_baseline *quality_baseline_make(void);
void quality_baseline_free(quality_baseline *baseline);
/* Adds the engines of a file. Errors: HONE_EIO, HONE_ESYNTAX with file and line. */
int quality_baseline_read(quality_baseline *baseline, const char *path, hone_error *err);
/* The engine with the least median; or the engine whose name ends in `suffix` where that
 * is not NULL. False where there is none. */
bool quality_baseline_best(const quality_baseline *baseline, const char *function,
                           uint32_t budget, const char *suffix, quality_sample *sample);

#endif
