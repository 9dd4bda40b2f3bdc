/* Tables of training programs: fastai, YOLO, spaCy, scikit-learn, R, Vowpal Wabbit.
 *
 *   split the row into cells            0  0.5134  0.2900  00:12
 *   find its header                     the nearest line before it that fits, else the
 *                                       header of the rows before
 *   give each cell its name, by the first that fits:
 *     as many names parted by two blanks as cells      Iter   Train Loss   OOB Improve
 *     names that end in the columns where cells end    nsplit rel error xerror  xstd
 *     as many words as cells                           epoch train_loss time
 *
 * A header is taken for one only if a column is a metric's or the first counts steps.
 * Two lines of names above each other (Vowpal Wabbit) are joined: average + loss.
 *
 * How the bytes came in blocks must not show: a header is looked for in exactly the last
 * LOOK bytes, which is what is remembered of the blocks before. */
#include "output/table.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "output/bytes.h"
#include "output/lines.h"
#include "output/number.h"
#include "output/words.h"
#include "base/banned.h"

enum {
    LOOK = 1000,        /* bytes before a row in which its header may stand */
    LOOK_LINES = 4,     /* and lines, blank and ruled ones not counted */
    CELLS_MAX = 40,     /* columns */
    GAP_MAX = 16 * 1024 /* bytes of other lines between two rows of a table */
};

enum cell_kind {
    CELL_WORD,
    CELL_NUMBER,
    CELL_OTHER /* 0.01s, 00:12, 6.7G: a value that is no metric */
};

/* A cell of a row, or a name of a header. */
struct cell {
    const char *text;
    uint32_t len, end; /* `end`: position in the line after its last byte */
    enum cell_kind kind;
    hone_number number;
    bool ratio; /* 44/1000 */
};

struct cells {
    struct cell items[CELLS_MAX];
    uint32_t n;
};

struct hone_table {
    char history[LOOK];
    size_t history_len;
    char header[LOOK], above[LOOK]; /* of the table that goes on */
    size_t header_len, above_len;   /* 0: there is none */
    uint64_t last_row;              /* offset */
};

hone_table *hone_table_new(void)
{
    return calloc(1, sizeof(hone_table));
}

void hone_table_free(hone_table *table)
{
    free(table);
}

void hone_table_remember(hone_table *table, const char *bytes, size_t len)
{
    if (len >= LOOK) {
        memcpy(table->history, bytes + len - LOOK, LOOK);
        table->history_len = LOOK;
        return;
    }
    size_t keep = LOOK - len < table->history_len ? LOOK - len : table->history_len;
    memmove(table->history, table->history + table->history_len - keep, keep);
    memcpy(table->history + keep, bytes, len);
    table->history_len = keep + len;
    assert(table->history_len <= LOOK);
}

void hone_table_forget(hone_table *table)
{
    table->history_len = 0;
    table->header_len = 0;
}

/* 44/1000, with the number before the slash. */
static bool is_ratio(const char *at, const char *end)
{
    if (at == end || *at != '/')
        return false;
    for (at++; at < end && hone_is_digit(*at); at++)
        ;
    return at == end;
}

static void judge_cell(struct cell *cell)
{
    const char *end = cell->text + cell->len;
    cell->kind = CELL_WORD;
    if (!hone_number_scan(cell->text, end, &cell->number)) {
        if (cell->len <= 2 && !hone_is_letter(cell->text[0]) && cell->text[0] != '#')
            cell->kind = CELL_OTHER; /* - or -- where there is no value */
        return;
    }
    const char *after = cell->number.end;
    cell->ratio = is_ratio(after, end);
    if (after == end || cell->ratio || (after + 1 == end && *after == '%'))
        cell->kind = CELL_NUMBER;
    else if (hone_is_digit(cell->text[0]))
        cell->kind = CELL_OTHER;
}

/* The cells of a row: numbers, behind at most three words. A colon ends the row, what
 * follows is a progress bar. n 0 where it is no row. */
static void split_row(const char *text, size_t len, struct cells *row)
{
    uint32_t numbers = 0, words = 0;
    row->n = 0;
    for (size_t at = 0; at < len;) {
        while (at < len && hone_is_blank(text[at]))
            at++;
        size_t start = at;
        while (at < len && !hone_is_blank(text[at]))
            at++;
        if (start == at)
            break;
        bool last = text[at - 1] == ':';
        size_t cell_len = at - start - (last ? 1 : 0);
        if (row->n == CELLS_MAX || cell_len == 0) {
            row->n = 0;
            return;
        }
        struct cell *cell = &row->items[row->n++];
        *cell = (struct cell){.text = text + start, .len = (uint32_t)cell_len};
        cell->end = (uint32_t)(start + cell_len);
        judge_cell(cell);
        numbers += cell->kind == CELL_NUMBER;
        words += cell->kind == CELL_WORD;
        if (cell->kind == CELL_WORD && (numbers > 0 || words > 3))
            break;
        if (last)
            break;
    }
    if (numbers < 2 || (row->n > 0 && row->items[row->n - 1].kind == CELL_WORD))
        row->n = 0;
}

/* Joins the words in front (macro avg) into the one label of the row. */
static void join_label(struct cells *row)
{
    uint32_t words = 0;
    while (words < row->n && row->items[words].kind == CELL_WORD)
        words++;
    if (words < 2)
        return;
    row->items[0].end = row->items[words - 1].end;
    row->items[0].len = (uint32_t)(row->items[words - 1].text - row->items[0].text) +
                        row->items[words - 1].len;
    memmove(&row->items[1], &row->items[words], (row->n - words) * sizeof(struct cell));
    row->n -= words - 1;
}

/* Names of a header, parted by `blanks` blanks or a tab. n 0 where a name is a number. */
static void split_header(const char *text, size_t len, size_t blanks, struct cells *names)
{
    names->n = 0;
    for (size_t at = 0; at < len;) {
        while (at < len && hone_is_blank(text[at]))
            at++;
        size_t start = at, end = at;
        for (; at < len; at++) {
            if (!hone_is_blank(text[at]))
                end = at + 1;
            else if (at + 1 - end >= blanks || text[at] == '\t')
                break;
        }
        if (start == end)
            break;
        hone_number number;
        bool is_number = hone_number_scan(text + start, text + end, &number);
        if (is_number || names->n == CELLS_MAX) {
            names->n = 0;
            return;
        }
        names->items[names->n++] = (struct cell){
            .text = text + start, .len = (uint32_t)(end - start), .end = (uint32_t)end};
    }
}

/* A header may end like a row, with a progress bar: "mAP50-95): 100%|###| 8/8". */
static size_t header_end(const char *text, size_t len)
{
    for (size_t i = 0; i + 1 < len; i++)
        if (text[i] == ':' && hone_is_blank(text[i + 1]))
            return i;
    return len;
}

/* The name of each cell, by the columns where names and cells end. */
static bool match_ends(const struct cells *row, const struct cells *words,
                       struct cells *names)
{
    uint32_t word = 0, aligned = 0;
    for (uint32_t i = 0; i < row->n; i++) {
        uint32_t first = word;
        while (word < words->n && words->items[word].end < row->items[i].end)
            word++;
        bool fits = word < words->n && words->items[word].end == row->items[i].end;
        names->items[i] = (struct cell){0};
        if (!fits && i > 0)
            return false;
        if (!fits) {
            word = first;
            continue;
        }
        const char *start = words->items[first].text;
        names->items[i].text = start;
        names->items[i].len =
            (uint32_t)(words->items[word].text + words->items[word].len - start);
        aligned++;
        word++;
    }
    names->n = row->n;
    return aligned >= 2 && word == words->n;
}

static bool is_header(const struct cells *names)
{
    for (uint32_t i = 0; i < names->n; i++) {
        const struct cell *name = &names->items[i];
        if (name->len > 0 &&
            ((i == 0 && hone_name_step_rank(name->text, name->len) > 0) ||
             hone_name_is_metric(name->text, name->len)))
            return true;
    }
    return false;
}

static bool match_header(const char *text, size_t len, const struct cells *row,
                         struct cells *names)
{
    struct cells words;
    len = header_end(text, len);
    split_header(text, len, 2, names);
    if (names->n == row->n)
        return is_header(names);
    split_header(text, len, 1, &words);
    if (words.n == 0)
        return false;
    if (match_ends(row, &words, names))
        return is_header(names);
    *names = words;
    return words.n == row->n && is_header(names);
}

/* Only - = + | and blanks: a line between a header and its rows. */
static bool is_rule(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (memchr("-=+| \t", text[i], 6) == NULL)
            return false;
    return true;
}

/* The lines before a row, nearest first, without blank and ruled ones. */
struct past {
    char text[LOOK];
    char plain[LOOK];
    const char *lines[LOOK_LINES];
    size_t lens[LOOK_LINES];
    uint32_t n;
};

static void look_back(const hone_table *table, const hone_table_line *line,
                      struct past *past)
{
    size_t fresh = line->before_len < LOOK ? line->before_len : LOOK;
    size_t old = LOOK - fresh < table->history_len ? LOOK - fresh : table->history_len;
    memcpy(past->text, table->history + table->history_len - old, old);
    memcpy(past->text + old, line->before + line->before_len - fresh, fresh);
    size_t at = old + fresh, used = 0;
    bool whole = at < LOOK;
    past->n = 0;
    while (at > 0 && past->n < LOOK_LINES) {
        size_t end = at;
        while (at > 0 && past->text[at - 1] != '\n' && past->text[at - 1] != '\r')
            at--;
        if (at == 0 && !whole)
            break;
        size_t len = hone_line_strip(past->text + at, end - at, past->plain + used);
        if (!is_rule(past->plain + used, len)) {
            past->lines[past->n] = past->plain + used;
            past->lens[past->n++] = len;
            used += len;
        }
        at -= at > 0;
    }
}

static void keep_header(hone_table *table, const struct past *past, uint32_t i)
{
    memcpy(table->header, past->lines[i], past->lens[i]);
    table->header_len = past->lens[i];
    table->above_len = 0;
    if (i + 1 < past->n) {
        memcpy(table->above, past->lines[i + 1], past->lens[i + 1]);
        table->above_len = past->lens[i + 1];
    }
}

/* Names of the row's cells, in table->header. */
static bool find_names(hone_table *table, const hone_table_line *line,
                       const struct cells *row, struct cells *names)
{
    struct past past;
    look_back(table, line, &past);
    for (uint32_t i = 0; i < past.n; i++) {
        if (!match_header(past.lines[i], past.lens[i], row, names))
            continue;
        keep_header(table, &past, i);
        return match_header(table->header, table->header_len, row, names);
    }
    bool near = table->header_len > 0 && line->end - table->last_row <= GAP_MAX;
    return near && match_header(table->header, table->header_len, row, names);
}

/* Box(P and mAP50): only the part outside an unmatched parenthesis. */
static void trim_name(struct cell *name)
{
    const char *open = memchr(name->text, '(', name->len);
    const char *close = memchr(name->text, ')', name->len);
    if (open != NULL && close == NULL) {
        size_t skip = (size_t)(open - name->text) + 1;
        name->text += skip;
        name->len -= (uint32_t)skip;
    }
    while (name->len > 0 && name->text[name->len - 1] == ')' && open == NULL)
        name->len--;
}

/* What stands before the column's name: the upper half of a header, the row's label. */
struct prefix {
    const char *text;
    size_t len;
    char separator;
};

static void add_cell(hone_finds *finds, const struct prefix *prefix,
                     const struct cell *name, double value)
{
    char full[HONE_METRIC_NAME_MAX];
    size_t len = prefix->len + 1 + name->len;
    if (len > sizeof(full))
        return;
    if (prefix->len == 0) {
        hone_finds_add_copy(finds, name->text, name->len, value);
        return;
    }
    memcpy(full, prefix->text, prefix->len);
    full[prefix->len] = prefix->separator;
    memcpy(full + prefix->len + 1, name->text, name->len);
    hone_finds_add_copy(finds, full, len, value);
}

static bool is_column_of_metric(const struct cell *name, const struct cell *cell)
{
    if (cell->kind != CELL_NUMBER || cell->ratio || name->len == 0)
        return false;
    if ((hone_word_flags(name->text, name->len) & HONE_WORD_ATTRIBUTE) != 0 ||
        hone_name_is_stop(name->text, name->len))
        return false;
    return !cell->number.whole || hone_name_is_metric(name->text, name->len);
}

static uint32_t find_step(const struct cells *row, struct cells *names, hone_finds *finds)
{
    uint32_t found = UINT32_MAX;
    for (uint32_t i = 0; i < row->n; i++) {
        const struct cell *name = &names->items[i];
        int rank = name->len > 0 ? hone_name_step_rank(name->text, name->len) : 0;
        if (rank == 0 || row->items[i].kind != CELL_NUMBER || !row->items[i].number.whole)
            continue;
        hone_finds_step(finds, row->items[i].number.value, rank);
        found = i;
    }
    return found;
}

/* person 0.9 0.8: rows of classes have their label before the name; `all` needs none, and
 * neither does the number of a row that counts steps elsewhere. */
static struct prefix label_of(const struct cells *row, const struct cells *names,
                              uint32_t step)
{
    const struct cell *first = &row->items[0];
    bool is_word = first->kind == CELL_WORD;
    bool is_index = names->items[0].len == 0 && step == UINT32_MAX;
    if (first->len == 3 && memcmp(first->text, "all", 3) == 0)
        return (struct prefix){0};
    if (is_word || is_index)
        return (struct prefix){first->text, first->len, '/'};
    return (struct prefix){0};
}

void hone_table_row(hone_table *table, const hone_table_line *line, hone_finds *finds)
{
    struct cells row, names, upper = {.n = 0};
    split_row(line->text, line->len, &row);
    join_label(&row);
    if (row.n < 2 || !find_names(table, line, &row, &names))
        return;
    table->last_row = line->end;
    if (table->above_len > 0)
        split_header(table->above, table->above_len, 1, &upper);
    uint32_t step = find_step(&row, &names, finds);
    struct prefix label = label_of(&row, &names, step);
    for (uint32_t i = 0; i < row.n; i++) {
        struct cell *name = &names.items[i];
        struct prefix prefix = label;
        if (name->len == 0 || i == step)
            continue;
        if (upper.n == row.n)
            prefix = (struct prefix){upper.items[i].text, upper.items[i].len, ' '};
        if (hone_name_step_rank(name->text, name->len) > 0)
            continue;
        trim_name(name);
        if (is_column_of_metric(name, &row.items[i]))
            add_cell(finds, &prefix, name, row.items[i].number.value);
    }
    finds->sticky = finds->has_step;
}
