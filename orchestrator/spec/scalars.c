/* Scalars of a spec: text, numbers, counts, durations, words, and values of any kind.
 *
 * Only plain scalars are typed. What a YAML 1.1 reader (W&B's) would type otherwise, such
 * as `yes`, 017, 1_000, 12:30 or a date, stays text with a warning; where a number is
 * needed it is an error that names the fix. */
#include "spec/reader.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "model/number.h"
#include "spec/nearest.h"
#include "base/banned.h"

/* ---- what YAML 1.1 would make of a plain text ---- */

typedef enum trap {
    TRAP_NONE,
    TRAP_BOOL,
    TRAP_OCTAL,
    TRAP_ZERO, /* 008: text for both, but no number either */
    TRAP_NUMBER,
    TRAP_SEXAGESIMAL,
    TRAP_DATE
} trap;

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static const char *skip_sign(const char *text)
{
    return *text == '-' || *text == '+' ? text + 1 : text;
}

/* Bytes of `text` that are matched by `shape`, where 9 is a digit and another byte
 * itself; 0 where it does not begin so. */
static size_t match_shape(const char *text, const char *shape)
{
    size_t n = 0;
    for (; shape[n] != '\0'; n++)
        if (shape[n] == '9' ? !is_digit(text[n]) : text[n] != shape[n])
            return 0;
    return n;
}

/* 2026-01-31, or a time behind it. */
static bool is_date(const char *text)
{
    size_t n = match_shape(text, "9999-99-99");
    if (n == 0)
        return false;
    bool time = text[n] == 'T' || text[n] == 't' || text[n] == ' ';
    return text[n] == '\0' || (time && is_digit(text[n + 1]));
}

/* 1_000, 1_000.5 */
static bool is_grouped(const char *text)
{
    size_t n = strspn(text, "0123456789_");
    if (!is_digit(*text) || memchr(text, '_', n) == NULL)
        return false;
    return text[n] == '\0' ||
           (text[n] == '.' &&
            strspn(text + n + 1, "0123456789_eE+-") == strlen(text + n + 1));
}

/* 12:30, 1:02:03.5: groups under 60 behind the first. */
static bool is_sexagesimal(const char *text)
{
    size_t at = strspn(text, "0123456789");
    bool zero = text[0] == '0';
    if (at == 0 || text[at] != ':')
        return false;
    while (text[at] == ':') {
        size_t n = strspn(text + at + 1, "0123456789");
        if (n == 0 || n > 2 || (n == 2 && text[at + 1] > '5'))
            return false;
        at += n + 1;
    }
    if (text[at] == '.')
        return strspn(text + at + 1, "0123456789_") == strlen(text + at + 1);
    return text[at] == '\0' && !zero;
}

static bool holds_only(const char *text, const char *bytes)
{
    return *text != '\0' && strspn(text, bytes) == strlen(text);
}

static trap find_number_trap(const char *text)
{
    if (text[0] == '0' && is_digit(text[1]) && holds_only(text, "0123456789"))
        return holds_only(text, "01234567") ? TRAP_OCTAL : TRAP_ZERO;
    if (text[0] == '0' && text[1] == 'b' && holds_only(text + 2, "01_"))
        return TRAP_NUMBER;
    if (is_grouped(text))
        return TRAP_NUMBER;
    return is_sexagesimal(text) ? TRAP_SEXAGESIMAL : TRAP_NONE;
}

static trap find_trap(const char *text)
{
    static const char *const words[] = {"yes", "no", "on", "off"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcasecmp(text, words[i]) == 0)
            return TRAP_BOOL;
    if (is_date(text))
        return TRAP_DATE;
    return find_number_trap(skip_sign(text));
}

/* What the other reader takes it for. */
static const char *trap_meaning(trap found)
{
    switch (found) {
    case TRAP_BOOL:
        return "a boolean";
    case TRAP_OCTAL:
        return "an octal number";
    case TRAP_NUMBER:
        return "a number";
    case TRAP_SEXAGESIMAL:
        return "a number to base 60";
    case TRAP_DATE:
        return "a date";
    case TRAP_NONE:
    case TRAP_ZERO:
        break;
    }
    return "text";
}

static const char *trap_cure(trap found)
{
    switch (found) {
    case TRAP_BOOL:
        return ", or write true or false";
    case TRAP_OCTAL:
    case TRAP_NUMBER:
    case TRAP_SEXAGESIMAL:
        return ", or write a plain decimal number";
    case TRAP_DATE:
    case TRAP_NONE:
    case TRAP_ZERO:
        break;
    }
    return "";
}

/* ---- values ---- */

bool hone_node_is_null(const hone_node *node)
{
    if (node->kind != HONE_NODE_SCALAR)
        return false;
    return node->type == HONE_NODE_NULL ||
           (node->type == HONE_NODE_PLAIN &&
            hone_value_from_plain(node->text).kind == HONE_NULL);
}

const char *hone_node_show(const hone_node *node, char text[static 64])
{
    switch (node->kind) {
    case HONE_NODE_LIST:
        return "a list";
    case HONE_NODE_MAP:
        return "a mapping";
    case HONE_NODE_SCALAR:
        break;
    }
    if (node->n == 0)
        return "empty";
    /* Cut between characters: a broken one would show as `?`. */
    size_t len = node->n < 40 ? node->n : 40;
    while (len > 0 && len < node->n && ((unsigned char)node->text[len] & 0xc0) == 0x80)
        len--;
    const char *quote = node->quoted ? "\"" : "";
    snprintf(text, 64, "%s%.*s%s%s", quote, (int)len, node->text,
             len < node->n ? "..." : "", quote);
    return text;
}

static hone_value text_of(const hone_node *node)
{
    return (hone_value){.kind = HONE_TEXT, .n = node->n, .text = node->text};
}

static hone_value read_bool(hone_reader *reader, const hone_node *node)
{
    static const struct {
        const char *word;
        bool value;
    } words[] = {{"true", true},   {"yes", true}, {"on", true},
                 {"false", false}, {"no", false}, {"off", false}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcasecmp(node->text, words[i].word) == 0)
            return hone_value_bool(words[i].value);
    hone_read_error(reader, node, "%.40s is no !!bool; write true or false", node->text);
    return hone_value_bool(false);
}

static hone_value read_tagged_number(hone_reader *reader, const hone_node *node)
{
    hone_value value = hone_value_from_plain(node->text);
    bool is_float = node->type == HONE_NODE_FLOAT;
    if (value.kind == HONE_INT && is_float)
        return (hone_value){
            .kind = HONE_REAL, .real = (double)value.integer, .spelling = value.spelling};
    if (value.kind == (is_float ? HONE_REAL : HONE_INT))
        return value;
    hone_read_error(reader, node, "%.40s is no %s", node->text,
                    is_float ? "!!float" : "!!int");
    return hone_value_real(0);
}

static hone_value read_plain(hone_reader *reader, const hone_node *node, const char *what)
{
    trap found = find_trap(node->text);
    if (found == TRAP_NONE)
        return hone_value_from_plain(node->text);
    if (found == TRAP_BOOL) /* as W&B reads them */
        return read_bool(reader, node);
    if (found != TRAP_ZERO)
        hone_read_warning(
            reader, node,
            "%s: %.40s is kept as text, where YAML 1.1 (and W&B) takes it for %s; "
            "quote it%s",
            what, node->text, trap_meaning(found), trap_cure(found));
    return text_of(node);
}

static hone_value read_scalar(hone_reader *reader, const hone_node *node,
                              const char *what)
{
    switch (node->type) {
    case HONE_NODE_PLAIN:
        return read_plain(reader, node, what);
    case HONE_NODE_TEXT:
        return text_of(node);
    case HONE_NODE_INT:
    case HONE_NODE_FLOAT:
        return read_tagged_number(reader, node);
    case HONE_NODE_BOOL:
        return read_bool(reader, node);
    case HONE_NODE_NULL:
        break;
    }
    return (hone_value){.kind = HONE_NULL};
}

static hone_value read_list(hone_reader *reader, const hone_node *node, const char *what)
{
    hone_value *items = hone_read_alloc(reader, node->n * sizeof *items);
    if (items == NULL)
        return (hone_value){.kind = HONE_LIST};
    for (uint32_t i = 0; i < node->n; i++)
        items[i] = hone_read_value(reader, node->items[i], what);
    return (hone_value){.kind = HONE_LIST, .n = node->n, .items = items};
}

static hone_value read_map(hone_reader *reader, const hone_node *node, const char *what)
{
    hone_pair *pairs = hone_read_alloc(reader, node->n * sizeof *pairs);
    if (pairs == NULL)
        return (hone_value){.kind = HONE_MAP};
    for (uint32_t i = 0; i < node->n; i++) {
        pairs[i].key = node->pairs[i].key->text;
        pairs[i].value = hone_read_value(reader, node->pairs[i].value, what);
    }
    return (hone_value){.kind = HONE_MAP, .n = node->n, .pairs = pairs};
}

hone_value hone_read_value(hone_reader *reader, const hone_node *node, const char *what)
{
    switch (node->kind) {
    case HONE_NODE_SCALAR:
        return read_scalar(reader, node, what);
    case HONE_NODE_LIST:
        return read_list(reader, node, what);
    case HONE_NODE_MAP:
        return read_map(reader, node, what);
    }
    return (hone_value){.kind = HONE_NULL};
}

/* ---- scalars of a known type ---- */

const char *hone_read_text(hone_reader *reader, const hone_node *node, const char *what)
{
    char shown[64];
    if (node->kind == HONE_NODE_SCALAR && node->n > 0 && !hone_node_is_null(node))
        return node->text;
    hone_read_error(reader, node, "%s is %s; a text is needed", what,
                    hone_node_show(node, shown));
    return NULL;
}

/* The value of a scalar where a number is wanted, quoted ones with a warning. */
static bool take_number(hone_reader *reader, const hone_node *node, const char *what,
                        hone_value *value)
{
    if (node->type == HONE_NODE_INT || node->type == HONE_NODE_FLOAT) {
        *value = read_tagged_number(reader, node);
        return true;
    }
    if (node->type == HONE_NODE_BOOL || node->type == HONE_NODE_NULL ||
        find_trap(node->text) != TRAP_NONE)
        return false;
    *value = hone_value_from_plain(node->text);
    if (value->kind != HONE_INT && value->kind != HONE_REAL)
        return false;
    if (node->type == HONE_NODE_TEXT)
        hone_read_warning(reader, node, "%s is the text \"%.40s\"; taken as a number, %s",
                          what, node->text, "write it without quotes");
    return true;
}

static void refuse_number(hone_reader *reader, const hone_node *node, const char *what)
{
    char shown[64];
    trap found = TRAP_NONE;
    if (node->kind == HONE_NODE_SCALAR && node->type == HONE_NODE_PLAIN)
        found = find_trap(node->text);
    if (found == TRAP_NONE)
        hone_read_error(reader, node, "%s is %s; a number is needed", what,
                        hone_node_show(node, shown));
    else
        hone_read_error(reader, node,
                        "%s is %s, in YAML 1.1 %s; a plain decimal number is needed",
                        what, hone_node_show(node, shown), trap_meaning(found));
}

bool hone_read_number(hone_reader *reader, const hone_node *node, const char *what,
                      hone_value *value)
{
    double number;
    if (node->kind != HONE_NODE_SCALAR || !take_number(reader, node, what, value)) {
        refuse_number(reader, node, what);
        return false;
    }
    bool known = hone_value_number(value, &number);
    assert(known);
    if (known && isfinite(number))
        return true;
    hone_read_error(reader, node, "%s is %.40s; a finite number is needed", what,
                    node->text);
    return false;
}

bool hone_read_count(hone_reader *reader, const hone_node *node, const char *what,
                     uint64_t min, uint64_t *count)
{
    hone_value value;
    if (!hone_read_number(reader, node, what, &value))
        return false;
    double real = value.kind == HONE_REAL ? value.real : 0;
    if (value.kind == HONE_REAL && real == floor(real) && fabs(real) < 0x1p53)
        value = hone_value_int((int64_t)real);
    if (value.kind == HONE_INT && value.integer >= 0 && (uint64_t)value.integer >= min) {
        *count = (uint64_t)value.integer;
        return true;
    }
    hone_read_error(reader, node, "%s is %.40s; an integer of at least %llu is needed",
                    what, node->text, (unsigned long long)min);
    return false;
}

/* Adds up "1h30m"; false where it is no such text. */
static bool sum_duration(const char *text, double *seconds)
{
    static const struct {
        char unit;
        double seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
    *seconds = 0;
    if (*text == '\0')
        return false;
    while (*text != '\0') {
        size_t len = strspn(text, "0123456789.");
        double number, scale = 0;
        for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
            if (text[len] == units[i].unit)
                scale = units[i].seconds;
        if (scale <= 0 || !hone_real_read(text, len, &number))
            return false;
        *seconds += number * scale;
        text += len + 1;
    }
    return isfinite(*seconds);
}

bool hone_read_duration(hone_reader *reader, const hone_node *node, const char *what,
                        double *seconds)
{
    char shown[64];
    hone_value value;
    double number = -1;
    if (node->kind == HONE_NODE_SCALAR && sum_duration(node->text, &number)) {
        *seconds = number;
        return true;
    }
    if (node->kind == HONE_NODE_SCALAR && take_number(reader, node, what, &value) &&
        hone_value_number(&value, &number) && number >= 0 && isfinite(number)) {
        *seconds = number;
        return true;
    }
    hone_read_error(reader, node,
                    "%s is %s; write seconds, or a time such as 90s, 15m, 2h", what,
                    hone_node_show(node, shown));
    return false;
}

int hone_read_choice(hone_reader *reader, const hone_node *node, const char *what,
                     const char *const *words, int n)
{
    char shown[64], all[200] = "";
    assert(n > 0);
    for (int i = 0; i < n; i++) {
        if (node->kind == HONE_NODE_SCALAR && strcmp(node->text, words[i]) == 0)
            return i;
        size_t len = strlen(all);
        snprintf(all + len, sizeof all - len, "%s%s",
                 i == 0      ? ""
                 : i + 1 < n ? ", "
                             : " or ",
                 words[i]);
    }
    const char *near = node->kind == HONE_NODE_SCALAR
                           ? hone_nearest_of(node->text, words, (uint32_t)n)
                           : NULL;
    if (near != NULL)
        hone_read_error(reader, node, "%s is %s; did you mean %s", what,
                        hone_node_show(node, shown), near);
    else
        hone_read_error(reader, node, "%s is %s; it is %s", what,
                        hone_node_show(node, shown), all);
    return -1;
}
