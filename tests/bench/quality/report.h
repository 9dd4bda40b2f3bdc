/* What came of the searches: tables, verdicts, a file. */
#ifndef QUALITY_REPORT_H
#define QUALITY_REPORT_H

#include <stdio.h>

#include "baseline.h"
#include "drive.h"

/* Results in the order function, method, seed. */
typedef struct quality_outcome {
    uint32_t n_functions, n_methods, n_seeds, trials;
    const quality_function *const *functions;
    const char *const *methods;
    const quality_result *results;
    const char *against; /* the bar is the engine whose name ends so; NULL: the best */
} quality_outcome;

typedef enum quality_verdict {
    QUALITY_BETTER,
    QUALITY_SAME,   /* the difference is within the noise */
    QUALITY_SOLVED, /* both are as good as at the minimum */
    QUALITY_WORSE
} quality_verdict;

/* `sample` against the bar; `solved` is how far from the minimum counts as there. */
quality_verdict quality_judge(const quality_sample *sample, const quality_sample *bar,
                              double minimum, double solved);

/* Markdown, aligned to be read as plain text, too. */
void quality_report(FILE *out, const quality_outcome *outcome,
                    const quality_baseline *baseline);
/* The raw values, in the form of a baseline. False where the file cannot be written. */
bool quality_report_json(const char *path, const quality_outcome *outcome);

#endif
