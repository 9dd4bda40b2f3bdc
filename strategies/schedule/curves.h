/* The curves of trials that schedulers compare: per trial the points heard so far.
 *
 *   (zeroed)  (add | restart | end | at)*  release
 *
 * Memory is linear in points; of one trial at most HONE_CURVE_POINTS are kept, the last
 * of which is then overwritten. */
#ifndef HONE_SCHEDULE_CURVES_H
#define HONE_SCHEDULE_CURVES_H

#include <hone/scheduler.h>

enum { HONE_CURVE_POINTS = 1 << 16 };

typedef struct hone_curve {
    double *steps, *values; /* owned, n each */
    uint32_t n, cap;
    double best;    /* the least value; +inf where none was a number */
    bool completed; /* the trial has ended well */
} hone_curve;

typedef struct hone_curves {
    hone_curve *items; /* owned: trial `number` at number - 1 */
    uint64_t n, cap;   /* the highest number heard of */
} hone_curves;

/* Adds a point and returns its curve, borrowed until the next add; NULL without memory.
 */
hone_curve *hone_curves_add(hone_curves *curves, const hone_report *report);
/* The trial's curve; NULL where nothing was heard of it. */
const hone_curve *hone_curves_at(const hone_curves *curves, uint64_t number);
void hone_curves_restart(hone_curves *curves, uint64_t number);
void hone_curves_end(hone_curves *curves, uint64_t number, hone_status status);
void hone_curves_release(hone_curves *curves);

/* The last value at or before `step`; NaN where there is none. O(log n), as steps ascend
 * in what programs print; where they do not, any of those that qualify. */
double hone_curve_value(const hone_curve *curve, double step);

#endif
