#include "store/param_table.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

enum { TABLE_MAX = 256 << 20 }; /* bytes */

/* ---- parameters ---- */

static int read_param(const hone_row *row, hone_param_table *table,
                      hone_recorded_param *param)
{
    bool failed = false;
    param->id = hone_row_get_int(row, 0, 0);
    param->name = hone_row_copy_text(row, 1, &table->arena, &failed);
    const char *path = hone_row_get_text(row, 2);
    if (failed)
        return HONE_ENOMEM;
    if (param->name == NULL || path == NULL)
        return HONE_EDAMAGED;
    return hone_texts_read(path, &table->arena, &param->path, &param->depth);
}

static int count_params(hone_db *db, int64_t sweep, uint32_t *n)
{
    hone_row row = hone_row_begin(db, HONE_QUERY_PARAMS);
    hone_row_int(&row, sweep);
    *n = 0;
    while (hone_row_next(&row))
        (*n)++;
    return hone_row_done(&row);
}

static int fail_table(hone_db *db, int rc, hone_error *err)
{
    if (rc == HONE_ENOMEM)
        return hone_error_set(err, rc, "out of memory");
    return hone_error_set(err, HONE_EDAMAGED,
                          "%s is damaged: a recorded parameter cannot be read", db->path);
}

int hone_param_table_read(hone_db *db, int64_t sweep, hone_param_table *table,
                          hone_error *err)
{
    hone_arena_release(&table->arena);
    *table = (hone_param_table){0};
    hone_arena_init(&table->arena, TABLE_MAX);
    uint32_t n = 0;
    int code = count_params(db, sweep, &n);
    if (code != SQLITE_OK)
        return hone_db_fail(db, code, err);
    table->items = hone_arena_alloc(&table->arena, n * sizeof *table->items);
    if (table->items == NULL)
        return fail_table(db, HONE_ENOMEM, err);
    hone_row row = hone_row_begin(db, HONE_QUERY_PARAMS);
    hone_row_int(&row, sweep);
    int rc = HONE_OK;
    while (rc == HONE_OK && table->n < n && hone_row_next(&row))
        rc = read_param(&row, table, &table->items[table->n++]);
    code = hone_row_done(&row);
    if (rc != HONE_OK)
        return fail_table(db, rc, err);
    table->sweep = sweep;
    return code == SQLITE_OK ? HONE_OK : hone_db_fail(db, code, err);
}

void hone_param_table_release(hone_param_table *table)
{
    hone_arena_release(&table->arena);
    *table = (hone_param_table){0};
}

static int compare_id(const void *key, const void *item)
{
    int64_t id = *(const int64_t *)key, other = ((const hone_recorded_param *)item)->id;
    return (id > other) - (id < other);
}

const hone_recorded_param *hone_param_table_find(const hone_param_table *table,
                                                 int64_t id)
{
    if (table->n == 0)
        return NULL;
    return bsearch(&id, table->items, table->n, sizeof *table->items, compare_id);
}

static bool same_path(const hone_param *param, const hone_recorded_param *recorded)
{
    if (param->depth != recorded->depth)
        return false;
    for (uint32_t i = 0; i < param->depth; i++)
        if (strcmp(param->path[i], recorded->path[i]) != 0)
            return false;
    return true;
}

int64_t hone_space_index(const hone_space *space, const hone_recorded_param *param)
{
    for (uint32_t i = 0; i < space->n; i++)
        if (same_path(&space->params[i], param))
            return i;
    return -1;
}

/* ---- settings ---- */

static void step_walk(hone_settings_walk *walk)
{
    walk->trial = hone_row_next(&walk->row) ? hone_row_get_int(&walk->row, 0, INT64_MAX)
                                            : INT64_MAX;
}

void hone_settings_begin(hone_settings_walk *walk, hone_db *db, int64_t first,
                         int64_t last)
{
    *walk = (hone_settings_walk){.row = hone_row_begin(db, HONE_QUERY_SETTINGS)};
    hone_row_int(&walk->row, first);
    hone_row_int(&walk->row, last);
    step_walk(walk);
}

/* The columns kind, value and spelling of the present row. */
static int read_setting(const hone_row *row, hone_value *value, hone_arena *arena)
{
    sqlite3_stmt *statement = row->statement;
    hone_cell cell = {.type = HONE_CELL_NULL, .spelling = hone_row_get_text(row, 4)};
    switch (sqlite3_column_type(statement, 3)) {
    case SQLITE_INTEGER:
        cell.type = HONE_CELL_INT;
        cell.integer = sqlite3_column_int64(statement, 3);
        break;
    case SQLITE_FLOAT:
        cell.type = HONE_CELL_REAL;
        cell.real = sqlite3_column_double(statement, 3);
        break;
    case SQLITE_TEXT:
        cell.type = HONE_CELL_TEXT;
        cell.text = hone_row_get_text(row, 3);
        cell.text_len = (size_t)sqlite3_column_bytes(statement, 3);
        if (cell.text == NULL)
            return HONE_ENOMEM;
        break;
    default:
        break;
    }
    return hone_cell_read(value, hone_row_get_text(row, 2), &cell, arena);
}

bool hone_settings_next(hone_settings_walk *walk, int64_t trial, int64_t *param,
                        hone_value *value, hone_arena *arena)
{
    while (walk->trial < trial)
        step_walk(walk);
    if (walk->trial != trial || walk->result != HONE_OK)
        return false;
    *param = hone_row_get_int(&walk->row, 1, 0);
    walk->result = read_setting(&walk->row, value, arena);
    step_walk(walk);
    return walk->result == HONE_OK;
}

int hone_settings_end(hone_settings_walk *walk, hone_error *err)
{
    int rc = hone_row_done(&walk->row);
    if (rc != SQLITE_OK)
        return hone_db_fail(walk->row.db, rc, err);
    if (walk->result == HONE_ENOMEM)
        return hone_error_set(err, HONE_ENOMEM, "out of memory");
    if (walk->result != HONE_OK)
        return hone_error_set(err, HONE_EDAMAGED,
                              "%s is damaged: a parameter's value cannot be read",
                              walk->row.db->path);
    return HONE_OK;
}
