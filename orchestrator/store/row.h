/* One statement on its way: parameters bound in order, then run; the first failure is
 * remembered, so that one check at the end tells.
 *
 *   begin  (int | real | text | blob | null)*  (run | next* done)
 *
 * Texts and blobs are borrowed until run or done. */
#ifndef HONE_STORE_ROW_H
#define HONE_STORE_ROW_H

#include <hone/value.h>

#include "base/arena.h"
#include "store/db.h"

typedef struct hone_row {
    hone_db *db;
    sqlite3_stmt *statement; /* NULL where it could not be prepared */
    int at;                  /* parameters bound so far */
    int rc;                  /* SQLite's code of the first failure, 0 before */
} hone_row;

hone_row hone_row_begin(hone_db *db, hone_query query);
void hone_row_int(hone_row *row, int64_t value);
/* NaN becomes NULL. */
void hone_row_real(hone_row *row, double value);
/* NULL becomes NULL. */
void hone_row_text(hone_row *row, const char *text);
void hone_row_bytes(hone_row *row, const char *text, size_t len);
void hone_row_blob(hone_row *row, const void *bytes, size_t len);
void hone_row_null(hone_row *row);
/* Runs a statement that returns no row; SQLite's code, 0 when well. */
int hone_row_run(hone_row *row);
/* Steps to the next row; false at the end and on failure. */
bool hone_row_next(hone_row *row);
/* Ends the reading; SQLite's code, 0 when well. */
int hone_row_done(hone_row *row);

/* ---- columns of the present row ---- */

int64_t hone_row_get_int(const hone_row *row, int column, int64_t otherwise);
double hone_row_get_real(const hone_row *row, int column); /* NULL is NaN */
bool hone_row_is_null(const hone_row *row, int column);
/* Borrowed until the next step; NULL for NULL. */
const char *hone_row_get_text(const hone_row *row, int column);
/* A copy in the arena; NULL for NULL, and *failed set where memory is exhausted. */
const char *hone_row_copy_text(const hone_row *row, int column, hone_arena *arena,
                               bool *failed);

#endif
