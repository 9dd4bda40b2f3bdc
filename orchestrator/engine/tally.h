/* What one attempt's metrics come to: per metric the count and every value that `take`
 * can ask for, without keeping the history.
 *
 *   init  (add | find)* (recall (pass | add | find)*)?  reset | release */
#ifndef HONE_ENGINE_TALLY_H
#define HONE_ENGINE_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <hone/metrics.h>

/* One metric. min and max pass over NaN unless nothing else came. */
typedef struct hone_tally_metric {
    char *name; /* owned, NUL-terminated */
    uint32_t len;
    uint64_t n;
    double first, last, min, max, sum;
    double step;    /* of the last point */
    uint64_t known; /* points that were recalled and did not come again yet */
} hone_tally_metric;

typedef struct hone_tally {
    hone_tally_metric *metrics; /* owned, in order of first appearance */
    uint32_t n, cap;
    uint32_t recent; /* where the last add landed: metrics come in rounds */
    bool full;       /* a metric was refused for HONE_TALLY_MAX */
} hone_tally;

/* Different metrics of one attempt; more is a program that prints names by the line. */
enum { HONE_TALLY_MAX = 4096 };

void hone_tally_init(hone_tally *tally);
void hone_tally_release(hone_tally *tally);
/* Forgets all points; keeps the memory of the array. */
void hone_tally_reset(hone_tally *tally);

/* Adds a point and returns its metric, whose `step` is the printed one, or one more than
 * the last where none was printed (the first is 1). NULL where the tally is full or
 * memory is out; the point is then not counted. Borrowed until the next add. */
const hone_tally_metric *hone_tally_add(hone_tally *tally, const hone_metric *metric);

/* An attempt that was taken over: the points so far come from the record. A file that is
 * read from its beginning again brings those of its metrics once more. */
void hone_tally_recall(hone_tally *tally);
/* Whether a point that was read again is one of the recalled ones: each passes once. */
bool hone_tally_pass(hone_tally *tally, const hone_metric *metric);

/* The metric with this name, or NULL. Borrowed until the next add. */
const hone_tally_metric *hone_tally_find(const hone_tally *tally, const char *name,
                                         size_t len);

double hone_tally_value(const hone_tally_metric *metric, hone_take take);

#endif
