/* Diagnostics: collected, sorted by place, given their source lines, written out.
 *
 *   hone_diag_init  hone_diag_add*  hone_diag_finish      hone_diagnostic_write
 *
 * Lines are counted as libyaml counts them: LF, CR, CRLF, NEL, LS and PS end one. All
 * source lines are found in one pass, since the places are sorted by then. */
#include "spec/diag.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "base/banned.h"

enum { TEXT_MAX = 600 };

void hone_diag_init(hone_diag *diag, hone_arena *arena, const char *source, size_t len)
{
    *diag = (hone_diag){.arena = arena, .source = source, .len = len};
}

/* The last of the least severe, which gives way to one that is more severe. */
static hone_diagnostic *find_least(hone_diag *diag)
{
    hone_diagnostic *least = &diag->items[0];
    for (uint32_t i = 1; i < diag->n; i++)
        if (diag->items[i].severity >= least->severity)
            least = &diag->items[i];
    return least;
}

bool hone_diag_full(hone_diag *diag, hone_severity severity)
{
    return diag->n == HONE_DIAG_MAX && find_least(diag)->severity <= severity;
}

/* The place for one more, or NULL. */
static hone_diagnostic *find_room(hone_diag *diag, hone_severity severity)
{
    if (diag->n < HONE_DIAG_MAX)
        return &diag->items[diag->n++];
    diag->n_left_out++;
    return hone_diag_full(diag, severity) ? NULL : find_least(diag);
}

/* Copies text of the spec so that no terminal takes it for a command: one line, no
 * control characters, no broken UTF-8. A tab stays where `tab` is a tab. */
static size_t copy_clean(char *out, const char *text, size_t len, char tab)
{
    size_t n = 0;
    for (size_t at = 0; at < len;) {
        int32_t code;
        size_t width = hone_utf8_decode(text + at, len - at, &code);
        if (code == '\t') {
            out[n++] = tab;
        } else if (code < 0x20 || (code >= 0x7f && code < 0xa0) ||
                   (code != ' ' && !hone_utf8_printable(code) && code != 0xa0)) {
            out[n++] = '?';
        } else {
            memcpy(out + n, text + at, width);
            n += width;
        }
        at += width;
    }
    out[n] = '\0';
    return n;
}

void hone_diag_addv(hone_diag *diag, hone_severity severity, hone_place at,
                    const char *format, va_list args)
{
    hone_diagnostic *item = find_room(diag, severity);
    diag->n_errors += severity == HONE_SEVERITY_ERROR;
    if (item == NULL)
        return;
    char text[TEXT_MAX];
    int n = vsnprintf(text, sizeof text, format, args);
    size_t len = n < 0 ? 0 : (size_t)n < sizeof text ? (size_t)n : sizeof text - 1;
    char *clean = hone_arena_alloc(diag->arena, len + 1);
    if (clean == NULL)
        diag->no_memory = true;
    else
        copy_clean(clean, text, len, ' ');
    *item = (hone_diagnostic){.severity = severity,
                              .line = at.line,
                              .column = at.column,
                              .width = at.width > 0 ? at.width : 1,
                              .text = clean != NULL ? clean : ""};
}

void hone_diag_add(hone_diag *diag, hone_severity severity, hone_place at,
                   const char *format, ...)
{
    va_list args;
    va_start(args, format);
    hone_diag_addv(diag, severity, at, format, args);
    va_end(args);
}

/* By place; what concerns the whole file comes last, where a reader looks for it. */
static int compare_places(const void *left, const void *right)
{
    const hone_diagnostic *a = left, *b = right;
    if ((a->line == 0) != (b->line == 0))
        return a->line == 0 ? 1 : -1;
    if (a->line != b->line)
        return a->line < b->line ? -1 : 1;
    if (a->column != b->column)
        return a->column < b->column ? -1 : 1;
    if (a->severity != b->severity)
        return a->severity < b->severity ? -1 : 1;
    return strcmp(a->text, b->text);
}

/* Bytes of the line break at `at`, 0 where there is none. */
static size_t break_width(const char *text, size_t len, size_t at)
{
    const char *here = text + at;
    size_t rest = len - at;
    if (*here == '\n')
        return 1;
    if (*here == '\r')
        return rest > 1 && here[1] == '\n' ? 2 : 1;
    if (rest > 1 && memcmp(here, "\xc2\x85", 2) == 0)
        return 2;
    if (rest > 2 && memcmp(here, "\xe2\x80", 2) == 0 &&
        ((unsigned char)here[2] == 0xa8 || (unsigned char)here[2] == 0xa9))
        return 3;
    return 0;
}

/* A walk over the lines of a text. */
typedef struct liner {
    const char *text;
    size_t len;
    size_t start; /* of line `line` */
    int line;
} liner;

/* The end of the present line; *next is where the one after it begins. */
static size_t find_line_end(const liner *lines, size_t *next)
{
    size_t at = lines->start;
    while (at < lines->len) {
        size_t width = break_width(lines->text, lines->len, at);
        if (width > 0) {
            *next = at + width;
            return at;
        }
        at++;
    }
    *next = lines->len;
    return at;
}

/* Moves on to line number `line`, not before the present one; false past the end. */
static bool seek_line(liner *lines, int line)
{
    assert(line >= lines->line);
    while (lines->line < line) {
        size_t next;
        if (find_line_end(lines, &next) == lines->len)
            return false;
        lines->start = next;
        lines->line++;
    }
    return true;
}

static const char *copy_line(hone_diag *diag, const liner *lines)
{
    size_t next;
    size_t end = find_line_end(lines, &next);
    size_t len = end - lines->start;
    if (len > HONE_DIAG_SOURCE_MAX) {
        len = HONE_DIAG_SOURCE_MAX;
        while (len > 0 && ((unsigned char)lines->text[lines->start + len] & 0xc0) == 0x80)
            len--;
    }
    char *copy = hone_arena_alloc(diag->arena, len + 1);
    if (copy == NULL) {
        diag->no_memory = true;
        return NULL;
    }
    copy_clean(copy, lines->text + lines->start, len, '\t');
    return copy;
}

int hone_diag_finish(hone_diag *diag, hone_diagnostics *out)
{
    qsort(diag->items, diag->n, sizeof diag->items[0], compare_places);
    liner lines = {.text = diag->source, .len = diag->len, .line = 1};
    for (uint32_t i = 0; i < diag->n; i++) {
        hone_diagnostic *item = &diag->items[i];
        if (item->line == 0)
            break;
        bool same = i > 0 && diag->items[i - 1].line == item->line;
        if (same)
            item->source = diag->items[i - 1].source;
        else if (seek_line(&lines, item->line))
            item->source = copy_line(diag, &lines);
    }
    hone_diagnostic *items = hone_arena_alloc(diag->arena, sizeof *items * diag->n);
    if (items == NULL || diag->no_memory)
        return HONE_ENOMEM;
    memcpy(items, diag->items, sizeof *items * diag->n);
    *out =
        (hone_diagnostics){.n = diag->n, .items = items, .n_left_out = diag->n_left_out};
    return 0;
}

static const char *severity_word(hone_severity severity)
{
    switch (severity) {
    case HONE_SEVERITY_ERROR:
        return "error";
    case HONE_SEVERITY_UNSUPPORTED:
        return "unsupported";
    case HONE_SEVERITY_UNRUNNABLE:
    case HONE_SEVERITY_WARNING:
        return "warning";
    }
    return "error";
}

/* A line of blanks up to the column, tabs where the source has them, then the carets. */
static void write_caret(hone_buf *out, const hone_diagnostic *diagnostic)
{
    const char *source = diagnostic->source;
    size_t len = strlen(source);
    size_t at = 0;
    int column = 1;
    hone_buf_puts(out, "    ");
    while (column < diagnostic->column && at < len) {
        int32_t code;
        hone_buf_putc(out, source[at] == '\t' ? '\t' : ' ');
        at += hone_utf8_decode(source + at, len - at, &code);
        column++;
    }
    hone_buf_putc(out, '^');
    for (int i = 1; i < diagnostic->width && at < len; i++) {
        int32_t code;
        at += hone_utf8_decode(source + at, len - at, &code);
        if (at < len)
            hone_buf_putc(out, '~');
    }
    hone_buf_putc(out, '\n');
}

/* Whether the column lies in what is left of the source line (or just behind it). */
static bool shows_column(const hone_diagnostic *diagnostic)
{
    size_t len = strlen(diagnostic->source);
    int columns = 1;
    for (size_t at = 0; at < len; columns++) {
        int32_t code;
        at += hone_utf8_decode(diagnostic->source + at, len - at, &code);
    }
    return diagnostic->column <= columns;
}

void hone_diagnostic_write(hone_buf *out, const char *path,
                           const hone_diagnostic *diagnostic)
{
    hone_buf_puts(out, path);
    if (diagnostic->line > 0)
        hone_buf_printf(out, ":%d:%d", diagnostic->line, diagnostic->column);
    hone_buf_printf(out, ": %s: %s\n", severity_word(diagnostic->severity),
                    diagnostic->text);
    if (diagnostic->source == NULL || diagnostic->source[0] == '\0')
        return;
    hone_buf_printf(out, "    %s\n", diagnostic->source);
    if (shows_column(diagnostic))
        write_caret(out, diagnostic);
}
