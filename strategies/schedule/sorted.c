#include "schedule/sorted.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/* How many are below `value`. */
static uint32_t find_place(const hone_sorted *sorted, double value)
{
    uint32_t low = 0, high = sorted->n;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (sorted->values[middle] < value)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int hone_sorted_add(hone_sorted *sorted, double value)
{
    double kept = isnan(value) ? INFINITY : value;
    if (sorted->n == sorted->cap) {
        uint32_t cap = sorted->cap == 0 ? 16 : sorted->cap * 2;
        double *grown = realloc(sorted->values, cap * sizeof(*grown));
        if (grown == NULL)
            return HONE_ENOMEM;
        sorted->values = grown;
        sorted->cap = cap;
    }
    uint32_t at = find_place(sorted, kept);
    memmove(sorted->values + at + 1, sorted->values + at,
            (sorted->n - at) * sizeof(*sorted->values));
    sorted->values[at] = kept;
    sorted->n++;
    return HONE_OK;
}

void hone_sorted_remove(hone_sorted *sorted, double value)
{
    uint32_t at = find_place(sorted, isnan(value) ? INFINITY : value);
    assert(at < sorted->n);
    sorted->n--;
    memmove(sorted->values + at, sorted->values + at + 1,
            (sorted->n - at) * sizeof(*sorted->values));
}

void hone_sorted_release(hone_sorted *sorted)
{
    free(sorted->values);
    *sorted = (hone_sorted){0};
}
