/* Reading one sweep's row and the sums over its trials. */
#ifndef HONE_STORE_SWEEP_INFO_H
#define HONE_STORE_SWEEP_INFO_H

#include <hone/store.h>

#include "store/row.h"

/* A sweep as read: the texts live in the arena. */
typedef struct hone_sweep_reading {
    hone_arena arena;
    hone_sweep_info info;
} hone_sweep_reading;

const char *hone_sweep_state_text(hone_sweep_state state);
/* Reads the sweep with this id, freeing what was read before. HONE_ENOTFOUND without one;
 * the reading needs a release also then. */
HONE_MUST_CHECK int hone_sweep_info_read(hone_db *db, const char *dir, int64_t id,
                                         hone_sweep_reading *reading, hone_error *err);
void hone_sweep_reading_release(hone_sweep_reading *reading);
/* The one id that a query by text (NULL: without parameter) finds; 0: none. */
HONE_MUST_CHECK int hone_sweep_find(hone_db *db, hone_query query, const char *text,
                                    int64_t *id, hone_error *err);
/* First and last trial id of a sweep. */
int64_t hone_trials_first(int64_t sweep);
int64_t hone_trials_last(int64_t sweep);

#endif
