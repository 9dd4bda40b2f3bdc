/* A connection: see db.h for the calls in order.
 *
 * Journal modes. WAL and synchronous FULL on local file systems: one fdatasync a commit,
 * readers never wait. TRUNCATE and EXTRA on network file systems, where WAL's shared
 * memory does not work. The mode is kept in the file's header, so it is set and read back
 * at every open: the folder may have been moved.
 *
 * Checkpoints are made here and nowhere else (wal_autocheckpoint is off), after a commit
 * is acknowledged: see hone_db_tend. */
#include "store/db.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "store/lock.h"
#include "store/paths.h"

#include "base/banned.h"

static const char *const query_texts[HONE_N_QUERIES] = {
#define QUERY(id, text) [HONE_QUERY_##id] = text,
#include "store/queries.def"
#undef QUERY
};

const char *hone_query_text(hone_query query)
{
    assert(query < HONE_N_QUERIES);
    return query_texts[query];
}

/* f_type of network file systems, and of FUSE, behind which anything may be. */
bool hone_db_is_remote(int64_t f_type)
{
    static const int64_t remote[] = {
        0x6969 /* NFS */,       0x517B /* SMB */,        0xFF534D42 /* CIFS */,
        0xFE534D42 /* SMB2 */,  0x0BD00BD0 /* Lustre */, 0x47504653 /* GPFS */,
        0x00C36400 /* Ceph */,  0x5346414F /* AFS */,    0x6B414653 /* kAFS */,
        0x01021997 /* 9p */,    0x19830326 /* BeeGFS */, 0x65735546 /* FUSE */,
        0x7461636F /* OCFS2 */, 0x01161970 /* GFS2 */,   0xAAD7AAEA /* PanFS */,
    };
    for (size_t i = 0; i < sizeof remote / sizeof remote[0]; i++)
        if ((uint32_t)f_type == remote[i])
            return true;
    return false;
}

/* ---- failures ---- */

int hone_store_fail(const char *path, const char *what, int error, hone_error *err)
{
    if (error == ENOMEM)
        return hone_error_set(err, HONE_ENOMEM, "out of memory");
    if (error == ENOSPC || error == EDQUOT)
        return hone_error_set(err, HONE_EFULL,
                              "no space left to %s %s: %s; free some space", what, path,
                              strerror(error));
    return hone_error_set(err, HONE_ESTORE, "cannot %s %s: %s", what, path,
                          strerror(error));
}

bool hone_db_broken(int rc)
{
    return (rc & 0xff) == SQLITE_IOERR || (rc & 0xff) == SQLITE_CANTOPEN;
}

static int fail_io(const hone_db *db, int rc, hone_error *err)
{
    int error = db->handle != NULL ? sqlite3_system_errno(db->handle) : 0;
    if (rc == SQLITE_IOERR_NOMEM)
        return hone_error_set(err, HONE_ENOMEM, "out of memory");
    if (error == ENOSPC || error == EDQUOT)
        return hone_error_set(err, HONE_EFULL,
                              "no space left for %s: %s; free some space", db->path,
                              strerror(error));
    return hone_error_set(err, HONE_ESTORE,
                          "reading or writing %s failed: %s (SQLite %d)", db->path,
                          error != 0 ? strerror(error) : sqlite3_errstr(rc), rc);
}

static int fail_open(const hone_db *db, int rc, hone_error *err)
{
    int error = db->handle != NULL ? sqlite3_system_errno(db->handle) : 0;
    return hone_error_set(err, HONE_ESTORE, "cannot open %s: %s", db->path,
                          error != 0 ? strerror(error) : sqlite3_errstr(rc));
}

int hone_db_fail(const hone_db *db, int rc, hone_error *err)
{
    switch (rc & 0xff) {
    case SQLITE_NOMEM:
        return hone_error_set(err, HONE_ENOMEM, "out of memory");
    case SQLITE_FULL:
        return hone_error_set(err, HONE_EFULL, "no space left for %s; free some space",
                              db->path);
    case SQLITE_IOERR:
        return fail_io(db, rc, err);
    case SQLITE_CORRUPT:
        return hone_error_set(err, HONE_EDAMAGED,
                              "%s is damaged: %s; restore it from a copy", db->path,
                              sqlite3_errmsg(db->handle));
    case SQLITE_NOTADB:
        return hone_error_set(
            err, HONE_EDAMAGED,
            "%s is not a database; move it away, or give another folder "
            "with --store",
            db->path);
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_AUTH:
        return fail_open(db, rc, err);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
        return hone_error_set(err, HONE_ESTORE,
                              "%s is locked by another program; end it and try again",
                              db->path);
    default:
        return hone_error_set(
            err, HONE_ESTORE, "%s cannot be used: %s (SQLite %d)", db->path,
            db->handle != NULL ? sqlite3_errmsg(db->handle) : sqlite3_errstr(rc), rc);
    }
}

/* ---- opening ---- */

static int note_wal(void *arg, sqlite3 *handle, const char *name, int pages)
{
    (void)handle;
    (void)name;
    hone_db *db = arg;
    db->wal_pages = pages;
    return SQLITE_OK;
}

static int configure(hone_db *db)
{
    sqlite3 *handle = db->handle;
    sqlite3_extended_result_codes(handle, 1);
    int rc = sqlite3_busy_timeout(handle, HONE_DB_BUSY_MS);
    if (rc == SQLITE_OK)
        rc = sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    if (rc == SQLITE_OK && db->mode != HONE_DB_WRITE)
        rc = sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(handle,
                          "PRAGMA trusted_schema = OFF; PRAGMA foreign_keys = ON;"
                          "PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY;"
                          "PRAGMA cache_size = -8000; PRAGMA wal_autocheckpoint = 0;",
                          NULL, NULL, NULL);
    sqlite3_wal_hook(handle, note_wal, db);
    return rc;
}

static int open_lock(hone_db *db, const char *dir, hone_error *err)
{
    char *path = hone_path_in(dir, "hone.lock");
    if (path == NULL)
        return hone_error_set(err, HONE_ENOMEM, "out of memory");
    db->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    int rc = db->lock_fd >= 0 ? HONE_OK : hone_store_fail(path, "open", errno, err);
    free(path);
    return rc;
}

int hone_db_open(hone_db *db, const char *dir, hone_db_mode mode, hone_error *err)
{
    *db = (hone_db){.mode = mode, .lock_fd = -1};
    db->path = hone_path_in(dir, "hone.db");
    if (db->path == NULL)
        return hone_error_set(err, HONE_ENOMEM, "out of memory");
    int result = mode == HONE_DB_WRITE ? open_lock(db, dir, err) : HONE_OK;
    if (result == HONE_OK) {
        int flags = SQLITE_OPEN_NOMUTEX;
        flags |= mode == HONE_DB_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
        if (mode == HONE_DB_WRITE)
            flags |= SQLITE_OPEN_CREATE;
        int rc = sqlite3_open_v2(db->path, &db->handle, flags, NULL);
        if (rc == SQLITE_OK)
            rc = configure(db);
        struct statfs fs;
        db->remote = statfs(dir, &fs) == 0 && hone_db_is_remote(fs.f_type);
        if (rc != SQLITE_OK)
            result = hone_db_fail(db, rc, err);
    }
    if (result != HONE_OK)
        hone_db_close(db);
    return result;
}

/* Runs a journal_mode pragma; whether the mode asked for is in force. */
static int set_journal(hone_db *db, const char *pragma, const char *mode, bool *in_force)
{
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(db->handle, pragma, -1, &statement, NULL);
    if (rc == SQLITE_OK && (rc = sqlite3_step(statement)) == SQLITE_ROW) {
        const char *found = (const char *)sqlite3_column_text(statement, 0);
        *in_force = found != NULL && strcmp(found, mode) == 0;
        rc = SQLITE_OK;
    }
    int end = sqlite3_finalize(statement);
    return rc == SQLITE_OK ? end : rc;
}

int hone_db_journal(hone_db *db, hone_error *err)
{
    int result = hone_lock_wait(db->lock_fd, db->path, HONE_DB_BUSY_MS, err);
    if (result != HONE_OK)
        return result;
    bool in_force = false;
    int rc = SQLITE_OK;
    if (!db->remote)
        rc = set_journal(db, "PRAGMA journal_mode = WAL", "wal", &in_force);
    const char *sync =
        in_force ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = EXTRA";
    if (rc == SQLITE_OK && !in_force) {
        rc = set_journal(db, "PRAGMA journal_mode = TRUNCATE", "truncate", &in_force);
        db->remote = true; /* where WAL cannot be had, the file system counts as remote */
    }
    if (rc == SQLITE_OK && !in_force)
        rc = SQLITE_BUSY; /* SQLite keeps the old mode where someone reads */
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(db->handle, sync, NULL, NULL, NULL);
    if (rc == SQLITE_OK) {
        char limit[64];
        snprintf(limit, sizeof limit, "PRAGMA journal_size_limit = %d", HONE_WAL_BYTES);
        rc = sqlite3_exec(db->handle, limit, NULL, NULL, NULL);
    }
    hone_lock_give(db->lock_fd);
    return rc == SQLITE_OK ? HONE_OK : hone_db_fail(db, rc, err);
}

void hone_db_close(hone_db *db)
{
    for (size_t i = 0; i < HONE_N_QUERIES; i++)
        sqlite3_finalize(db->statements[i]);
    if (db->handle != NULL) {
        assert(sqlite3_next_stmt(db->handle, NULL) == NULL);
        /* The last one out checkpoints: under the lock, or (nobody gives it) not at all.
         */
        if (db->lock_fd >= 0 &&
            hone_lock_wait(db->lock_fd, db->path, 1000, NULL) != HONE_OK)
            sqlite3_db_config(db->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
        sqlite3_close(db->handle);
    }
    if (db->lock_fd >= 0)
        close(db->lock_fd); /* gives the lock back */
    free(db->path);
    *db = (hone_db){.lock_fd = -1};
}

/* ---- statements ---- */

sqlite3_stmt *hone_db_statement(hone_db *db, hone_query query)
{
    assert(query < HONE_N_QUERIES && db->handle != NULL);
    sqlite3_stmt **statement = &db->statements[query];
    if (*statement != NULL) {
        sqlite3_reset(*statement);
        return *statement;
    }
    if (sqlite3_prepare_v3(db->handle, query_texts[query], -1, SQLITE_PREPARE_PERSISTENT,
                           statement, NULL) != SQLITE_OK)
        return NULL;
    return *statement;
}

int hone_db_exec(hone_db *db, const char *sql, hone_error *err)
{
    int rc = sqlite3_exec(db->handle, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? HONE_OK : hone_db_fail(db, rc, err);
}

int hone_db_number(hone_db *db, hone_query query, int64_t *number, hone_error *err)
{
    sqlite3_stmt *statement = hone_db_statement(db, query);
    if (statement == NULL)
        return hone_db_fail(db, sqlite3_extended_errcode(db->handle), err);
    int rc = sqlite3_step(statement);
    if (rc == SQLITE_ROW)
        *number = sqlite3_column_int64(statement, 0);
    sqlite3_reset(statement);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? HONE_OK : hone_db_fail(db, rc, err);
}

/* ---- transactions ---- */

/* Steps a statement without rows and parameters; returns SQLite's code, 0 when done. */
static int step_plain(hone_db *db, hone_query query)
{
    sqlite3_stmt *statement = hone_db_statement(db, query);
    if (statement == NULL)
        return sqlite3_extended_errcode(db->handle);
    int rc = sqlite3_step(statement);
    sqlite3_reset(statement);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

int hone_db_begin(hone_db *db, hone_error *err)
{
    assert(db->mode == HONE_DB_WRITE && sqlite3_get_autocommit(db->handle));
    int result = hone_lock_wait(db->lock_fd, db->path, HONE_DB_BUSY_MS, err);
    if (result != HONE_OK)
        return result;
    int rc = step_plain(db, HONE_QUERY_BEGIN);
    if (rc == SQLITE_OK)
        return HONE_OK;
    hone_lock_give(db->lock_fd);
    return hone_db_fail(db, rc, err);
}

int hone_db_commit(hone_db *db, hone_error *err)
{
    int rc = step_plain(db, HONE_QUERY_COMMIT);
    if (rc != SQLITE_OK)
        return hone_db_fail(db, rc, err); /* the caller rolls back */
    hone_lock_give(db->lock_fd);
    return HONE_OK;
}

void hone_db_rollback(hone_db *db)
{
    if (!sqlite3_get_autocommit(db->handle)) {
        int rc = step_plain(db, HONE_QUERY_ROLLBACK);
        (void)rc; /* a failed rollback leaves a broken connection, which is reopened */
    }
    hone_lock_give(db->lock_fd);
}

void hone_db_tend(hone_db *db)
{
    if (db->remote || db->wal_pages < HONE_WAL_PAGES)
        return;
    if (hone_lock_wait(db->lock_fd, db->path, 0, NULL) != HONE_OK)
        return; /* someone else writes: the next commit finds the WAL still long */
    int left = 0, done = 0;
    (void)sqlite3_wal_checkpoint_v2(db->handle, NULL, SQLITE_CHECKPOINT_PASSIVE, &left,
                                    &done);
    db->wal_pages = 0;
    hone_lock_give(db->lock_fd);
}
