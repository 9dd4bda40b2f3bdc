#include "store/recorder.h"

#include <assert.h>
#include <string.h>
#include <unistd.h>

#include "store/row.h"
#include "store/schema.h"

#include "base/banned.h"

/* Ceiling of one attempt's arguments or environment as JSON; the kernel's is 2 MiB raw.
 */
enum { LAUNCH_MAX = 64 * 1024 * 1024 };

static int connect_db(hone_recorder *recorder, hone_error *err)
{
    int rc = hone_db_open(&recorder->db, recorder->dir, HONE_DB_WRITE, err);
    if (rc != HONE_OK)
        return rc;
    rc = hone_schema_migrate(&recorder->db, err);
    if (rc == HONE_OK)
        rc = hone_db_journal(&recorder->db, err);
    if (rc != HONE_OK)
        hone_db_close(&recorder->db);
    return rc;
}

int hone_recorder_open(hone_recorder *recorder, const char *dir, hone_error *err)
{
    recorder->dir = dir;
    recorder->sweep = 0;
    recorder->n_offsets = 0;
    hone_buf_init(&recorder->args, LAUNCH_MAX);
    hone_buf_init(&recorder->env, LAUNCH_MAX);
    if (gethostname(recorder->host, sizeof recorder->host - 1) != 0)
        recorder->host[0] = '\0';
    return connect_db(recorder, err);
}

void hone_recorder_close(hone_recorder *recorder)
{
    hone_db_close(&recorder->db);
    hone_buf_release(&recorder->args);
    hone_buf_release(&recorder->env);
}

/* The number of the last batch on disk, and the sequence as it left it. */
static int read_progress(hone_recorder *recorder, int64_t *batch)
{
    hone_row row = hone_row_begin(&recorder->db, HONE_QUERY_PROGRESS);
    hone_row_int(&row, recorder->sweep);
    if (hone_row_next(&row)) {
        *batch = hone_row_get_int(&row, 0, 0);
        recorder->sequence = hone_row_get_int(&row, 1, 0);
    }
    return hone_row_done(&row);
}

int hone_recorder_choose(hone_recorder *recorder, int64_t sweep, const int64_t *params,
                         hone_error *err)
{
    recorder->sweep = sweep;
    recorder->params = params;
    int rc = read_progress(recorder, &recorder->batch);
    return rc == SQLITE_OK ? HONE_OK : hone_db_fail(&recorder->db, rc, err);
}

int hone_recorder_reopen(hone_recorder *recorder, hone_error *err)
{
    if (recorder->db.path != NULL)
        hone_db_close(&recorder->db);
    return connect_db(recorder, err);
}

int64_t hone_trial_id(int64_t sweep, uint64_t number)
{
    assert(number < UINT64_C(1) << HONE_TRIAL_BITS);
    return (int64_t)((uint64_t)sweep << HONE_TRIAL_BITS | number);
}

int hone_recorder_use(hone_recorder *recorder, hone_error *err)
{
    int result = hone_db_begin(&recorder->db, err);
    if (result != HONE_OK)
        return result;
    hone_row row = hone_row_begin(&recorder->db, HONE_QUERY_SWEEP_USE);
    hone_row_int(&row, recorder->sweep);
    int rc = hone_row_run(&row);
    result = rc == SQLITE_OK ? hone_db_commit(&recorder->db, err)
                             : hone_db_fail(&recorder->db, rc, err);
    if (result != HONE_OK)
        hone_db_rollback(&recorder->db);
    return result;
}

static int write_progress(hone_recorder *recorder)
{
    hone_row row = hone_row_begin(&recorder->db, HONE_QUERY_PROGRESS_SET);
    hone_row_int(&row, recorder->sweep);
    hone_row_int(&row, recorder->batch + 1);
    hone_row_int(&row, recorder->sequence);
    return hone_row_run(&row);
}

static int apply_all(hone_recorder *recorder, const unsigned char *bytes, size_t len)
{
    int rc = SQLITE_OK;
    for (size_t at = 0; at < len && rc == SQLITE_OK;) {
        /* Records are padded to 8 bytes in memory that malloc aligned. */
        const hone_record *record = (const hone_record *)(const void *)(bytes + at);
        rc = hone_record_apply(recorder, record);
        at += record->size;
    }
    if (rc == SQLITE_OK)
        rc = hone_record_offsets(recorder);
    return rc == SQLITE_OK ? write_progress(recorder) : rc;
}

/* Inside the transaction: everything but the commit. */
static int fill_transaction(hone_recorder *recorder, const unsigned char *bytes,
                            size_t len, bool *there)
{
    int64_t batch = recorder->batch;
    int rc = read_progress(recorder, &batch);
    if (rc != SQLITE_OK)
        return rc;
    if (batch != recorder->batch && batch != recorder->batch + 1)
        return SQLITE_LOCKED; /* the sweep's lock did not hold: someone else writes it */
    *there = batch == recorder->batch + 1;
    return *there ? SQLITE_OK : apply_all(recorder, bytes, len);
}

int hone_recorder_write(hone_recorder *recorder, const unsigned char *bytes, size_t len,
                        bool *broken, hone_error *err)
{
    assert(recorder->sweep != 0);
    hone_db *db = &recorder->db;
    bool there = false;
    recorder->n_offsets = 0;
    *broken = false;
    int result = hone_db_begin(db, err);
    if (result == HONE_OK) {
        int rc = fill_transaction(recorder, bytes, len, &there);
        result = rc == SQLITE_OK ? HONE_OK : hone_db_fail(db, rc, err);
        if (result == HONE_OK && !there)
            result = hone_db_commit(db, err);
    }
    if (result == HONE_OK && !there) {
        recorder->batch++;
        return HONE_OK;
    }
    *broken = hone_db_broken(sqlite3_extended_errcode(db->handle));
    hone_db_rollback(db);
    *broken = *broken || !sqlite3_get_autocommit(db->handle); /* memory, for one */
    /* Names that this transaction added are gone with it. */
    memset(recorder->metrics, 0, sizeof recorder->metrics);
    if (there)
        recorder->batch++;
    return result;
}
