/* Which trial has a given configuration. */
#include "store/record.h"
#include "store/row.h"
#include "store/store_state.h"
#include "store/sweep_info.h"

#include "base/banned.h"

int hone_store_find_config(hone_store *store, int64_t sweep, hone_identity identity,
                           uint64_t *number, hone_error *err)
{
    unsigned char bytes[16];
    hone_identity_write(bytes, identity);
    int64_t first = hone_trials_first(sweep);
    hone_row row = hone_row_begin(&store->db, HONE_QUERY_TRIAL_BY_IDENTITY);
    hone_row_int(&row, first);
    hone_row_int(&row, hone_trials_last(sweep));
    hone_row_blob(&row, bytes, sizeof bytes);
    *number = hone_row_next(&row) ? (uint64_t)(hone_row_get_int(&row, 0, 0) - first) : 0;
    int rc = hone_row_done(&row);
    return rc == SQLITE_OK ? HONE_OK : hone_db_fail(&store->db, rc, err);
}
