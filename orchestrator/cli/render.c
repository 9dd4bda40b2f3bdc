/* Tables and the forms in which people read numbers, times and words. */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <hone/export.h>

#include "cli/render.h"
#include "cli/term.h"

enum { MAX_TABLE = 1024 * 1024 * 1024, MAX_LINE = 64 * 1024 * 1024, GAP = 2 };

void hone_table_init(struct table *table)
{
    *table = (struct table){.columns = NULL};
    hone_buf_init(&table->cells, MAX_TABLE);
}

void hone_table_release(struct table *table)
{
    for (uint32_t i = 0; i < table->n_columns; i++) {
        free(table->columns[i].title);
    }
    free(table->columns);
    hone_buf_release(&table->cells);
}

void hone_table_column(struct table *table, const char *title, enum align align)
{
    assert(table->n_cells == 0);
    if (table->n_columns == table->cap) {
        uint32_t cap = table->cap == 0 ? 16 : 2 * table->cap;
        struct column *columns = realloc(table->columns, cap * sizeof *columns);
        if (columns == NULL) {
            table->failed = HONE_ENOMEM;
            return;
        }
        table->columns = columns;
        table->cap = cap;
    }
    hone_buf clean;
    hone_buf_init(&clean, MAX_LINE);
    hone_term_clean(&clean, title, strlen(title));
    char *copy = strdup(hone_buf_text(&clean));
    if (copy != NULL) {
        table->columns[table->n_columns++] = (struct column){
            .title = copy, .align = align, .width = hone_term_width(copy, strlen(copy))};
    } else {
        table->failed = HONE_ENOMEM;
    }
    hone_buf_release(&clean);
}

void hone_table_cell(struct table *table, const char *text)
{
    if (table->failed != 0 || table->n_columns == 0) {
        return;
    }
    struct column *column = &table->columns[table->n_cells++ % table->n_columns];
    size_t start = table->cells.len;
    if (text != NULL) {
        hone_term_clean(&table->cells, text, strlen(text));
    }
    if (hone_buf_status(&table->cells) == HONE_OK) {
        int width = hone_term_width(hone_buf_text(&table->cells) + start,
                                    table->cells.len - start);
        column->width = width > column->width ? width : column->width;
    }
    hone_buf_putc(&table->cells, '\0');
}

static void pad_line(hone_buf *line, int n)
{
    for (int i = 0; i < n; i++) {
        hone_buf_putc(line, ' ');
    }
}

/* One cell and the gap after it; the last column's padding is left out. */
static void put_cell(hone_buf *line, const struct column *column, const char *text,
                     const struct column *last)
{
    int missing = column->width - hone_term_width(text, strlen(text));
    if (column->align == ALIGN_RIGHT) {
        pad_line(line, missing);
    }
    hone_buf_puts(line, text);
    if (column != last) {
        pad_line(line, (column->align == ALIGN_LEFT ? missing : 0) + GAP);
    }
}

static bool end_line(hone_buf *line, struct out *out, int width)
{
    while (line->len > 0 && line->data[line->len - 1] == ' ') {
        hone_buf_truncate(line, line->len - 1);
    }
    if (width > 0 && hone_term_width(hone_buf_text(line), line->len) > width) {
        hone_buf_truncate(line, hone_term_fit(hone_buf_text(line), line->len, width - 1));
        hone_buf_puts(line, "\xe2\x80\xa6"); /* an ellipsis */
    }
    hone_buf_putc(line, '\n');
    return hone_out_buf(out, line);
}

/* The table's own failure, handed to the output, which says it at its end. */
static bool is_whole(const struct table *table, struct out *out)
{
    hone_buf failure;
    hone_buf_init(&failure, 0);
    if (table->failed != 0 || hone_buf_status(&table->cells) != HONE_OK) {
        hone_buf_puts(&failure, "x"); /* over its ceiling of 0 */
    }
    bool whole = hone_buf_status(&failure) == HONE_OK;
    hone_out_buf(out, &failure);
    hone_buf_release(&failure);
    return whole;
}

void hone_table_write(struct table *table, struct out *out, int width)
{
    hone_buf line;
    if (!is_whole(table, out) || table->n_columns == 0) {
        return;
    }
    const struct column *last = &table->columns[table->n_columns - 1];
    hone_buf_init(&line, MAX_LINE);
    for (uint32_t i = 0; i < table->n_columns; i++) {
        put_cell(&line, &table->columns[i], table->columns[i].title, last);
    }
    bool wanted = end_line(&line, out, width);
    const char *cell = hone_buf_text(&table->cells);
    for (uint64_t i = 0; i < table->n_cells && wanted; i++) {
        const struct column *column = &table->columns[i % table->n_columns];
        put_cell(&line, column, cell, last);
        cell += strlen(cell) + 1;
        if (column == last) {
            wanted = end_line(&line, out, width);
        }
    }
    hone_buf_release(&line);
}

void hone_table_write_csv(struct table *table, struct out *out)
{
    hone_buf line;
    if (!is_whole(table, out)) {
        return;
    }
    hone_buf_init(&line, MAX_LINE);
    const char *cell = hone_buf_text(&table->cells);
    bool wanted = true;
    for (uint64_t i = 0; i < table->n_columns + table->n_cells && wanted; i++) {
        const char *text = i < table->n_columns ? table->columns[i].title : cell;
        hone_csv_write_cell(&line, text);
        cell += i < table->n_columns ? 0 : strlen(cell) + 1;
        bool last = i % table->n_columns == table->n_columns - 1;
        hone_buf_putc(&line, last ? '\n' : ',');
        if (last) {
            wanted = hone_out_buf(out, &line);
        }
    }
    hone_buf_release(&line);
}

void hone_render_field(hone_buf *out, const char *label, int pad, const char *text)
{
    hone_buf_puts(out, label);
    pad_line(out, pad - hone_term_width(label, strlen(label)) + GAP);
    hone_term_clean(out, text, strlen(text));
    hone_buf_putc(out, '\n');
}

void hone_render_duration(hone_buf *out, double seconds)
{
    static const struct {
        double seconds;
        const char *name;
    } units[] = {{86400, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}};
    if (!isfinite(seconds) || seconds < 0 || seconds > 1e15) {
        hone_buf_puts(out, "-");
        return;
    }
    if (seconds < 0.9995) {
        hone_buf_printf(out, seconds < 0.01 ? "%.1f ms" : "%.0f ms", seconds * 1000);
        return;
    }
    if (seconds < 60) {
        hone_buf_printf(out, seconds < 10 ? "%.1f s" : "%.0f s", seconds);
        return;
    }
    int unit = 0;
    while (seconds < units[unit].seconds) {
        unit++;
    }
    double whole = floor(seconds / units[unit].seconds);
    double rest =
        floor((seconds - whole * units[unit].seconds) / units[unit + 1].seconds);
    hone_buf_printf(out, "%.0f %s", whole, units[unit].name);
    if (rest > 0) {
        hone_buf_printf(out, " %.0f %s", rest, units[unit + 1].name);
    }
}

void hone_render_bytes(hone_buf *out, int64_t bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double size = (double)bytes;
    int unit = 0;
    if (bytes < 0) {
        hone_buf_puts(out, "-");
        return;
    }
    while (size >= 1024) {
        size /= 1024;
        unit++;
    }
    hone_buf_printf(out, unit == 0 || size >= 100 ? "%.0f %s" : "%.1f %s", size,
                    units[unit]);
}

void hone_render_real(hone_buf *out, double real)
{
    char shortest[HONE_REAL_TEXT];
    size_t len = hone_real_write(real, shortest);
    bool whole = len > 2 && memcmp(shortest + len - 2, ".0", 2) == 0;
    if (isfinite(real) && whole) { /* 608595.0: people read it as 608595 */
        hone_buf_add(out, shortest, len - 2);
    } else if (!isfinite(real) || len <= 8) {
        hone_buf_add(out, shortest, len);
    } else {
        hone_buf_printf(out, "%.6g", real);
    }
}

void hone_render_objective(hone_buf *out, const hone_trial_info *trial)
{
    double se = hone_trial_se(trial);
    hone_render_real(out, trial->objective);
    if (isfinite(se)) {
        hone_buf_puts(out, " +- ");
        hone_render_real(out, se);
        hone_buf_printf(out, ", %u repeats", trial->n_scores);
    }
}

void hone_render_json_number(hone_json *json, double number)
{
    const double exact = 9007199254740992; /* 2^53: whole numbers up to here are exact */
    if (number >= -exact && number <= exact && number == floor(number)) {
        hone_json_int(json, (int64_t)number);
    } else {
        hone_json_real(json, number);
    }
}

void hone_render_params(hone_buf *out, uint32_t n, const hone_param_value *params)
{
    for (uint32_t i = 0; i < n; i++) {
        hone_buf_puts(out, i > 0 ? " " : "");
        hone_buf_puts(out, params[i].name);
        hone_buf_putc(out, '=');
        hone_value_write(out, &params[i].value, HONE_FORM_YAML);
    }
}

void hone_shell_quote_always(hone_buf *out, const char *word)
{
    hone_buf_putc(out, '\'');
    for (const char *c = word; *c != '\0'; c++) {
        if (*c == '\'') {
            hone_buf_puts(out, "'\\''");
        } else {
            hone_buf_putc(out, *c);
        }
    }
    hone_buf_putc(out, '\'');
}

/* $'a\nb': keeps a word that has line ends on one line. */
static void quote_controls(hone_buf *out, const char *word)
{
    hone_buf_puts(out, "$'");
    for (const unsigned char *c = (const unsigned char *)word; *c != '\0'; c++) {
        if (*c == '\n') {
            hone_buf_puts(out, "\\n");
        } else if (*c < 0x20 || *c == 0x7f) {
            hone_buf_printf(out, "\\%03o", *c);
        } else {
            hone_buf_puts(out, *c == '\'' || *c == '\\' ? "\\" : "");
            hone_buf_putc(out, (char)*c);
        }
    }
    hone_buf_putc(out, '\'');
}

static bool has_control(const char *word)
{
    for (const unsigned char *c = (const unsigned char *)word; *c != '\0'; c++) {
        if (*c < 0x20 || *c == 0x7f) {
            return true;
        }
    }
    return false;
}

void hone_shell_quote(hone_buf *out, const char *word)
{
    static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                               "0123456789_-./:=@%+,^";
    if (word[0] != '\0' && word[strspn(word, safe)] == '\0') {
        hone_buf_puts(out, word);
    } else if (has_control(word)) {
        quote_controls(out, word);
    } else {
        hone_shell_quote_always(out, word);
    }
}
