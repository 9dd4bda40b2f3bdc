/* Tables on a terminal, in a pipe, and as CSV: commands never align by hand.
 *
 *   init  column*  (cell{n_columns})*  (write | write_csv)  release
 *
 * Cells are kept until the table is written, because a column is as wide as its widest.
 */
#ifndef HONE_CLI_RENDER_H
#define HONE_CLI_RENDER_H

#include <stdint.h>

#include <hone/json.h>
#include <hone/trial.h>

#include "cli/out.h"

enum align { ALIGN_LEFT, ALIGN_RIGHT };

struct column {
    char *title; /* owned */
    enum align align;
    int width; /* of its widest cell, title included */
};

struct table {
    hone_buf cells; /* row by row, each followed by a NUL; made clean for a terminal */
    struct column *columns;
    uint32_t n_columns, cap;
    uint64_t n_cells;
    int failed; /* HONE_ENOMEM: a column had no room */
};

void hone_table_init(struct table *table);
void hone_table_release(struct table *table);
/* All columns come before the first cell. */
void hone_table_column(struct table *table, const char *title, enum align align);
/* The next cell; `text` NULL is an empty one. */
void hone_table_cell(struct table *table, const char *text);
/* Writes title and rows. `width` is the terminal's, to which lines are cut, or 0. */
void hone_table_write(struct table *table, struct out *out, int width);
/* Writes the same as CSV. The cells should then be as the record has them. */
void hone_table_write_csv(struct table *table, struct out *out);

/* One line "label  text", labels aligned to `pad` columns. */
void hone_render_field(hone_buf *out, const char *label, int pad, const char *text);

/* "3.7 ms", "3.2 s", "4 min 10 s", "2 h 5 min", "3 d 4 h"; "-" for NaN and what is
 * negative. */
void hone_render_duration(hone_buf *out, double seconds);
/* "1.5 MiB"; "-" where negative. */
void hone_render_bytes(hone_buf *out, int64_t bytes);
/* At most six significant digits, for people; machines get hone_real_write. */
void hone_render_real(hone_buf *out, double real);
/* The objective; where it is the mean of repeats with its standard error: "0.41 +- 0.02,
 * 5 repeats". */
void hone_render_objective(hone_buf *out, const hone_trial_info *trial);
/* A step: 3, not 3.0, where it is a whole number. */
void hone_render_json_number(hone_json *json, double number);
/* "lr=0.1 optim.depth=4". */
void hone_render_params(hone_buf *out, uint32_t n, const hone_param_value *params);

/* One word quoted for a shell where it needs it, on one line: what has line ends or other
 * controls becomes $'a\nb', which bash, ksh, zsh and POSIX 2024 read. */
void hone_shell_quote(hone_buf *out, const char *word);
/* The word in single quotes, which every shell reads, line ends and all. */
void hone_shell_quote_always(hone_buf *out, const char *word);

#endif
