/* Numbers in ascending order: what the trials at one place have reached.
 *
 *   (zeroed)  (add | remove)*  release */
#ifndef HONE_SCHEDULE_SORTED_H
#define HONE_SCHEDULE_SORTED_H

#include <stdbool.h>
#include <stdint.h>

#include <hone/error.h>

typedef struct hone_sorted {
    double *values; /* owned; NaN is kept as +inf */
    uint32_t n, cap;
} hone_sorted;

/* O(n). Errors: HONE_ENOMEM, then nothing changed. */
HONE_MUST_CHECK int hone_sorted_add(hone_sorted *sorted, double value);
/* Takes out one that is there. O(n). */
void hone_sorted_remove(hone_sorted *sorted, double value);
void hone_sorted_release(hone_sorted *sorted);

#endif
