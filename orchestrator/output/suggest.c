/* A pattern for a line that no rule matched: for `hone metrics`.
 *
 *   find the name       its parts in order, in any case: eval_loss in
 *                       "eval epoch: 3, loss: 0.04"; where not all are there, the last
 *                       ones (loss)
 *   find the number     the next one behind it; without a name the line's
 *                       first, one with a point before whole ones
 *   write the pattern   the text from the name to the number, digits and blanks
 *                       generalised, then (?<value>...)
 *   try it              what does not find the number is not suggested */
#include <hone/metrics.h>

#include <assert.h>
#include <string.h>

#include "output/bytes.h"
#include "output/lines.h"
#include "output/number.h"
#include "output/regex.h"
#include "base/banned.h"

enum {
    LINE_LOOK = 2000, /* bytes of the line that are looked at */
    PART_GAP = 60,    /* between two parts of a name */
    NUMBER_GAP = 40,  /* between a name and its number */
    CONTEXT = 24,     /* text before a number without a name */
    PARTS_MAX = 12
};

static const char value_group[] =
    "(?<value>[-+]?(?:[0-9.]+(?:[eE][-+]?[0-9]+)?|[Nn][Aa][Nn]|[Ii]nf))";

struct span {
    const char *start, *end; /* start NULL: not found */
};

static bool is_alnum(char byte)
{
    return hone_is_byte(byte, HONE_BYTE_DIGIT | HONE_BYTE_LETTER);
}

static bool equal_fold(const char *a, const char *b, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        bool letters = is_alnum(a[i]) && !hone_is_digit(a[i]);
        if (a[i] != b[i] && !(letters && (a[i] | 0x20) == (b[i] | 0x20)))
            return false;
    }
    return true;
}

/* The parts of a name: val_loss is val and loss. */
static size_t split_name(const char *name, struct span parts[static PARTS_MAX])
{
    size_t n = 0;
    while (*name != '\0' && n < PARTS_MAX) {
        const char *start = name;
        while (is_alnum(*name))
            name++;
        if (name > start)
            parts[n++] = (struct span){start, name};
        else
            name++;
    }
    return n;
}

static const char *find_part(struct span in, struct span part)
{
    size_t len = (size_t)(part.end - part.start);
    for (const char *at = in.start; at + len <= in.end; at++)
        if ((at == in.start || !is_alnum(at[-1])) && equal_fold(at, part.start, len))
            return at;
    return NULL;
}

/* All parts in order, each near the one before. */
static struct span find_parts(struct span line, const struct span *parts, size_t n)
{
    for (const char *from = line.start;;) {
        const char *first = find_part((struct span){from, line.end}, parts[0]);
        if (first == NULL)
            return (struct span){0};
        const char *end = first + (parts[0].end - parts[0].start);
        size_t i = 1;
        for (; i < n; i++) {
            const char *limit = line.end - end > PART_GAP ? end + PART_GAP : line.end;
            const char *at = find_part((struct span){end, limit}, parts[i]);
            if (at == NULL)
                break;
            end = at + (parts[i].end - parts[i].start);
        }
        if (i == n)
            return (struct span){first, end};
        from = first + 1;
    }
}

static struct span find_name(struct span line, const char *name)
{
    struct span parts[PARTS_MAX];
    size_t n = split_name(name, parts);
    for (size_t skip = 0; skip < n; skip++) {
        struct span found = find_parts(line, parts + skip, n - skip);
        if (found.start != NULL)
            return found;
    }
    return (struct span){0};
}

enum number_kind { NUMBER_ANY, NUMBER_BROKEN /* 0.5, 1e-3, nan: not 12 */ };

/* The first number in [from, limit): no part of a word. */
static struct span find_number(struct span line, const char *from, const char *limit,
                               enum number_kind kind)
{
    for (const char *at = from; at < limit; at++) {
        hone_number number;
        bool inside =
            at > line.start && (is_alnum(at[-1]) || at[-1] == '_' || at[-1] == '@');
        if (!inside && hone_number_scan(at, line.end, &number) &&
            !(number.whole && kind == NUMBER_BROKEN))
            return (struct span){at, number.end};
        while (at + 1 < limit && is_alnum(*at) && is_alnum(at[1]))
            at++;
    }
    return (struct span){0};
}

/* Digits behind it belong to a name: Acc@1, top-5, valid_0. */
static bool is_glue(char byte)
{
    return is_alnum(byte) || byte == '_' || byte == '@' || byte == '-';
}

/* Text as a pattern that matches the same text with other digits and blanks. */
static void write_text(hone_buf *out, struct span text)
{
    for (const char *at = text.start; at < text.end;) {
        const char *start = at;
        while (at < text.end && (*at == ' ' || *at == '\t'))
            at++;
        if (at > start) {
            hone_buf_puts(out, "\\s+");
            continue;
        }
        while (at < text.end && hone_is_digit(*at))
            at++;
        if (at > start && start > text.start && is_glue(start[-1])) {
            hone_buf_add(out, start, (size_t)(at - start));
            continue;
        }
        if (at > start) {
            hone_buf_puts(out, "[0-9]+");
            continue;
        }
        if ((unsigned char)*at < 0x20 || *at == 0x7f) {
            hone_buf_puts(out, ".");
        } else {
            if (!is_alnum(*at) && *at != '_' && (unsigned char)*at < 0x80)
                hone_buf_putc(out, '\\');
            hone_buf_putc(out, *at);
        }
        at++;
    }
}

/* The name as printed, whose own digits (Acc@1) count. */
static void write_name(hone_buf *out, struct span name, const char *asked)
{
    size_t len = (size_t)(name.end - name.start);
    bool same = strlen(asked) == len && equal_fold(asked, name.start, len);
    if (!same) {
        write_text(out, name);
        return;
    }
    for (const char *at = name.start; at < name.end; at++) {
        if (!is_alnum(*at) && *at != '_' && (unsigned char)*at < 0x80)
            hone_buf_putc(out, '\\');
        hone_buf_putc(out, *at);
    }
}

/* Whether the pattern finds the number at `value` in the line. */
static bool finds_number(const char *pattern, struct span line, struct span value)
{
    hone_regex *regex;
    hone_match match;
    size_t offset;
    if (hone_regex_new(pattern, &regex, &offset, NULL) != HONE_OK)
        return false;
    double number;
    size_t len = (size_t)(line.end - line.start);
    bool found = hone_regex_match(regex, line.start, len, 0, &match) == 1 &&
                 match.value.text == value.start &&
                 hone_number_read(match.value.text, match.value.len, &number);
    hone_regex_free(regex);
    return found;
}

static void write_pattern(hone_buf *out, const char *asked, struct span line)
{
    struct span name = find_name(line, asked);
    struct span value = {0};
    if (name.start != NULL) {
        const char *limit =
            line.end - name.end > NUMBER_GAP ? name.end + NUMBER_GAP : line.end;
        value = find_number(line, name.end, limit, NUMBER_ANY);
    }
    size_t begin = out->len;
    if (value.start != NULL) {
        if (name.start > line.start && !is_alnum(name.start[-1]) && name.start[-1] != '_')
            hone_buf_puts(out, "\\b");
        if (name.start == line.start)
            hone_buf_putc(out, '^');
        write_name(out, name, asked);
        write_text(out, (struct span){name.end, value.start});
    } else {
        value = find_number(line, line.start, line.end, NUMBER_BROKEN);
        if (value.start == NULL)
            value = find_number(line, line.start, line.end, NUMBER_ANY);
        if (value.start == NULL)
            return;
        bool whole = value.start - line.start <= CONTEXT;
        const char *from = whole ? line.start : value.start - CONTEXT;
        hone_buf_puts(out, whole ? "^" : "");
        write_text(out, (struct span){from, value.start});
    }
    hone_buf_puts(out, value_group);
    if (hone_buf_status(out) == HONE_OK &&
        !finds_number(hone_buf_text(out) + begin, line, value))
        hone_buf_truncate(out, begin);
}

void hone_pattern_suggest(hone_buf *out, const char *name, const char *line, size_t len)
{
    assert(name != NULL);
    char plain[LINE_LOOK];
    size_t n = hone_line_strip(line, len < LINE_LOOK ? len : LINE_LOOK, plain);
    while (n > 0 && (plain[n - 1] == '\n' || plain[n - 1] == '\r'))
        n--;
    /* A NUL would end the pattern early. */
    for (size_t i = 0; i < n; i++)
        if (plain[i] == '\0')
            return;
    write_pattern(out, name, (struct span){plain, plain + n});
}
