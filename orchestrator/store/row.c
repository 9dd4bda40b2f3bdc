#include "store/row.h"

#include <assert.h>
#include <limits.h>
#include <math.h>
#include <string.h>

#include "base/banned.h"

hone_row hone_row_begin(hone_db *db, hone_query query)
{
    hone_row row = {.db = db, .statement = hone_db_statement(db, query)};
    if (row.statement == NULL)
        row.rc = sqlite3_extended_errcode(db->handle);
    return row;
}

static void note(hone_row *row, int rc)
{
    if (row->rc == SQLITE_OK)
        row->rc = rc;
}

void hone_row_int(hone_row *row, int64_t value)
{
    row->at++;
    if (row->statement != NULL)
        note(row, sqlite3_bind_int64(row->statement, row->at, value));
}

void hone_row_real(hone_row *row, double value)
{
    row->at++;
    if (row->statement != NULL)
        note(row, sqlite3_bind_double(row->statement, row->at, value));
}

void hone_row_bytes(hone_row *row, const char *text, size_t len)
{
    row->at++;
    if (row->statement != NULL)
        note(row, sqlite3_bind_text64(row->statement, row->at, text, len, SQLITE_STATIC,
                                      SQLITE_UTF8));
}

void hone_row_text(hone_row *row, const char *text)
{
    if (text == NULL)
        hone_row_null(row);
    else
        hone_row_bytes(row, text, strlen(text));
}

void hone_row_blob(hone_row *row, const void *bytes, size_t len)
{
    row->at++;
    if (row->statement != NULL)
        note(row,
             sqlite3_bind_blob64(row->statement, row->at, bytes, len, SQLITE_STATIC));
}

void hone_row_null(hone_row *row)
{
    row->at++;
    if (row->statement != NULL)
        note(row, sqlite3_bind_null(row->statement, row->at));
}

int hone_row_run(hone_row *row)
{
    if (row->rc == SQLITE_OK) {
        assert(row->at == sqlite3_bind_parameter_count(row->statement));
        int rc = sqlite3_step(row->statement);
        assert(rc != SQLITE_ROW);
        note(row, rc == SQLITE_DONE ? SQLITE_OK : rc);
    }
    if (row->statement != NULL)
        sqlite3_reset(row->statement);
    return row->rc;
}

bool hone_row_next(hone_row *row)
{
    if (row->rc != SQLITE_OK)
        return false;
    assert(row->at == sqlite3_bind_parameter_count(row->statement));
    int rc = sqlite3_step(row->statement);
    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        note(row, rc);
    return rc == SQLITE_ROW;
}

int hone_row_done(hone_row *row)
{
    if (row->statement != NULL)
        sqlite3_reset(row->statement);
    return row->rc;
}

bool hone_row_is_null(const hone_row *row, int column)
{
    return sqlite3_column_type(row->statement, column) == SQLITE_NULL;
}

int64_t hone_row_get_int(const hone_row *row, int column, int64_t otherwise)
{
    return hone_row_is_null(row, column) ? otherwise
                                         : sqlite3_column_int64(row->statement, column);
}

double hone_row_get_real(const hone_row *row, int column)
{
    return hone_row_is_null(row, column) ? (double)NAN
                                         : sqlite3_column_double(row->statement, column);
}

const char *hone_row_get_text(const hone_row *row, int column)
{
    return (const char *)sqlite3_column_text(row->statement, column);
}

const char *hone_row_copy_text(const hone_row *row, int column, hone_arena *arena,
                               bool *failed)
{
    if (hone_row_is_null(row, column))
        return NULL;
    const char *text = hone_row_get_text(row, column);
    const char *copy = NULL;
    if (text != NULL)
        copy = hone_arena_copy(arena, text,
                               (size_t)sqlite3_column_bytes(row->statement, column));
    if (copy == NULL)
        *failed = true;
    return copy;
}
