/* Tables: a line of column names, and rows of numbers under it.
 *
 *   new  (row | remember)*  free
 *
 * `remember` is told of all text in order; `row` of a line that looks like a row, and
 * finds its header among the lines shortly before it, or goes on with the last one. */
#ifndef HONE_OUTPUT_TABLE_H
#define HONE_OUTPUT_TABLE_H

#include "output/finds.h"

typedef struct hone_table hone_table;

/* NULL without memory. */
hone_table *hone_table_new(void);
void hone_table_free(hone_table *table);

/* Whole lines that have passed. `cut`: what follows does not follow directly. */
void hone_table_remember(hone_table *table, const char *bytes, size_t len);
void hone_table_forget(hone_table *table);

typedef struct hone_table_line {
    const char *text; /* the row, without escapes */
    size_t len;
    const char *before; /* whole lines before it that are not remembered yet */
    size_t before_len;
    uint64_t end; /* its offset in the stream */
} hone_table_line;

/* Adds the row's metrics under the names of their columns, and its step. */
void hone_table_row(hone_table *table, const hone_table_line *line, hone_finds *finds);

#endif
