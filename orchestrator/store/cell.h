/* A parameter's value as the table `setting` keeps it: a word for its kind, a value, and
 * the user's spelling.
 *
 *   kind   value                          spelling
 *   null   NULL
 *   bool   0 or 1
 *   int    INTEGER                        as written in the spec, else NULL
 *   real   REAL; 'nan' and '-0.0' as text, which SQLite's REAL has not
 *   text   TEXT
 *   list,  TEXT, the JSON of it           which of its strings, counted from 0 in order,
 *   map                                   are NaN or an infinity: "0,3"; else NULL */
#ifndef HONE_STORE_CELL_H
#define HONE_STORE_CELL_H

#include <hone/value.h>

#include "base/arena.h"

/* Whether the value fits a plain column; else `text` is what stands for it. */
typedef enum hone_cell_type {
    HONE_CELL_NULL,
    HONE_CELL_INT,
    HONE_CELL_REAL,
    HONE_CELL_TEXT
} hone_cell_type;

/* A value taken apart. Texts are borrowed from the value, or from `json` and `odd`. */
typedef struct hone_cell {
    hone_cell_type type;
    int64_t integer;
    double real;
    const char *text; /* `text_len` bytes */
    size_t text_len;
    const char *spelling; /* NULL: none */
} hone_cell;

const char *hone_cell_kind(hone_kind kind);

/* Takes a value apart. `json` and `odd` are emptied and may hold what the cell borrows.
 * Errors: HONE_ENOMEM, HONE_ELIMIT (nested too deeply). */
HONE_MUST_CHECK int hone_cell_write(hone_cell *cell, const hone_value *value,
                                    hone_buf *json, hone_buf *odd);

/* Puts it together again, in the arena. HONE_ENOMEM; HONE_EDAMAGED where the cell is none
 * that hone_cell_write made. */
HONE_MUST_CHECK int hone_cell_read(hone_value *value, const char *kind,
                                   const hone_cell *cell, hone_arena *arena);

/* The keys of a parameter as a JSON array, and back. */
void hone_path_write(hone_buf *out, const char *const *path, uint32_t depth);
HONE_MUST_CHECK int hone_texts_read(const char *json, hone_arena *arena,
                                    const char *const **texts, uint32_t *n);
/* `n` NUL-terminated strings, one after the other, as a JSON array. */
void hone_texts_write(hone_buf *out, const char *texts, uint32_t n);

#endif
