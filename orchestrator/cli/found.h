/* What the rules of a spec find in a log, gathered metric by metric. */
#ifndef HONE_CLI_FOUND_H
#define HONE_CLI_FOUND_H

#include <hone/metrics.h>

/* One metric found. */
struct found {
    char *name; /* owned */
    uint64_t n;
    double first, last, min, max; /* min and max of what is a number; NaN without one */
    bool has_step;
    double first_step, last_step;
};

/* A metric that the spec wants, and the line of the log that comes nearest to it. */
struct wanted {
    const char *name; /* borrowed */
    bool objective;
    bool found;
    int score;  /* of the nearest line, 0: none */
    char *line; /* owned, NULL: none */
    size_t len;
};

/*   init  (line)*  release;  `hone_found_metric` is a hone_metric_fn for the struct. */
struct findings {
    struct found *items; /* owned, sorted by name */
    uint32_t n, cap;
    uint32_t n_dropped; /* values of metrics past the ceiling of 10000 names */
    struct wanted *wanted;
    uint32_t n_wanted;
    int failed; /* HONE_ENOMEM */
};

void hone_found_metric(void *findings, const hone_metric *metric);
/* The metric with this name, or NULL. */
const struct found *hone_found_find(const struct findings *findings, const char *name);
/* Marks the wanted metrics that were found: no line is looked for any more. */
void hone_found_mark(struct findings *findings);
/* Compares a line with every wanted metric not yet marked; keeps the nearest. */
void hone_found_line(struct findings *findings, const char *line, size_t len);
void hone_found_release(struct findings *findings);

/* How near a line comes to showing the metric: 0 not at all, more is nearer. A line
 * without a digit shows nothing; the whole name counts more than its last part. */
int hone_line_score(const char *name, const char *line, size_t len);

#endif
