/* The recorded parameters of a sweep, by row id; and a walk over the settings of trials.
 */
#ifndef HONE_STORE_PARAM_TABLE_H
#define HONE_STORE_PARAM_TABLE_H

#include <hone/space.h>

#include "store/cell.h"
#include "store/row.h"

typedef struct hone_recorded_param {
    int64_t id;
    const char *name;
    const char *const *path;
    uint32_t depth;
} hone_recorded_param;

typedef struct hone_param_table {
    hone_arena arena;
    int64_t sweep; /* 0: nothing read */
    uint32_t n;
    hone_recorded_param *items; /* by id, ascending; in the arena */
} hone_param_table;

/* Reads the parameters of a sweep in place of those read before. */
HONE_MUST_CHECK int hone_param_table_read(hone_db *db, int64_t sweep,
                                          hone_param_table *table, hone_error *err);
void hone_param_table_release(hone_param_table *table);
/* NULL where there is none with this id. */
const hone_recorded_param *hone_param_table_find(const hone_param_table *table,
                                                 int64_t id);
/* Index of the parameter of `space` that has the same keys, -1 without one. */
int64_t hone_space_index(const hone_space *space, const hone_recorded_param *param);

/* A walk over the settings of a range of trials, which are asked for in ascending order.
 */
typedef struct hone_settings_walk {
    hone_row row;
    int64_t trial; /* of the present row, INT64_MAX past the last */
    int result;    /* HONE_E*: memory, damage */
} hone_settings_walk;

void hone_settings_begin(hone_settings_walk *walk, hone_db *db, int64_t first,
                         int64_t last);
/* The next setting of `trial`; false when it has no more, or on failure. */
bool hone_settings_next(hone_settings_walk *walk, int64_t trial, int64_t *param,
                        hone_value *value, hone_arena *arena);
HONE_MUST_CHECK int hone_settings_end(hone_settings_walk *walk, hone_error *err);

#endif
