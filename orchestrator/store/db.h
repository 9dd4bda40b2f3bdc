/* One SQLite connection to a store: opening, transactions, prepared statements, and what
 * its failures mean. Used by one thread at a time.
 *
 *   open  (begin  statement*  (commit | rollback)  tend?)*  close
 *
 * Several orchestrators may write to one store, each its own sweep. SQLite 3.7.0
 * to 3.51.2 can damage a WAL database when two connections write and checkpoint at one
 * moment (sqlite.org/wal.html, the WAL-reset bug), so every transaction and every
 * checkpoint is made under an exclusive lock on a file of its own, hone.lock. Readers
 * take no lock. */
#ifndef HONE_STORE_DB_H
#define HONE_STORE_DB_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include <hone/error.h>

typedef enum hone_query {
#define QUERY(id, text) HONE_QUERY_##id,
#include "store/queries.def"
#undef QUERY
    HONE_N_QUERIES
} hone_query;

typedef enum hone_db_mode {
    HONE_DB_WRITE, /* creates the file where missing */
    HONE_DB_READ,  /* never writes, never checkpoints */
    HONE_DB_COPY   /* a private copy: like READ, but SQLite may write beside it */
} hone_db_mode;

typedef struct hone_db {
    sqlite3 *handle;
    sqlite3_stmt *statements[HONE_N_QUERIES]; /* prepared at first use */
    char *path;                               /* owned: DIR/hone.db */
    hone_db_mode mode;
    int lock_fd;   /* hone.lock, -1 of a reader */
    bool remote;   /* on a network file system: no WAL */
    int wal_pages; /* in the WAL after the last commit */
} hone_db;

enum {
    HONE_WAL_PAGES = 1000,     /* a checkpoint is due; the WAL is then used again from its
                                  start, in place, and fdatasync needs no metadata */
    HONE_DB_BUSY_MS = 10000,   /* wait for another program's lock */
    HONE_WAL_BYTES = 64 << 20, /* a WAL that a slow reader made longer is cut to this */
};

/* SQL text of a query, for tests. */
const char *hone_query_text(hone_query query);

/* Opens DIR/hone.db. On error *db needs no close. */
HONE_MUST_CHECK int hone_db_open(hone_db *db, const char *dir, hone_db_mode mode,
                                 hone_error *err);
/* Chooses the journal mode by file system and verifies what is in force. */
HONE_MUST_CHECK int hone_db_journal(hone_db *db, hone_error *err);
void hone_db_close(hone_db *db);

/* BEGIN IMMEDIATE under the store's lock; a commit or rollback gives the lock back. */
HONE_MUST_CHECK int hone_db_begin(hone_db *db, hone_error *err);
HONE_MUST_CHECK int hone_db_commit(hone_db *db, hone_error *err);
/* Safe in every state: SQLite may have rolled back by itself. */
void hone_db_rollback(hone_db *db);
/* Checkpoints where the WAL has grown long; its failures cost nothing but space. */
void hone_db_tend(hone_db *db);

/* The prepared statement, reset; NULL (and the reason in the connection) on failure. */
sqlite3_stmt *hone_db_statement(hone_db *db, hone_query query);
/* Runs SQL without parameters: schema and settings. */
HONE_MUST_CHECK int hone_db_exec(hone_db *db, const char *sql, hone_error *err);
/* The first column of a query without parameters; unchanged where it has no row. */
HONE_MUST_CHECK int hone_db_number(hone_db *db, hone_query query, int64_t *number,
                                   hone_error *err);

/* Fills err with what SQLite's result code `rc` means for the user; returns HONE_E*. */
int hone_db_fail(const hone_db *db, int rc, hone_error *err);
/* Whether, after this SQLite code, the outcome of the transaction is unknown and the
 * connection must not be used again. */
bool hone_db_broken(int rc);
/* Whether statfs's f_type is a network (or unknown remote) file system. */
bool hone_db_is_remote(int64_t f_type);

/* Fills err for a failed system call on a path: HONE_EFULL or HONE_ESTORE. */
int hone_store_fail(const char *path, const char *what, int error, hone_error *err);

#endif
