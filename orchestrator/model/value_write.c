#include <hone/value.h>

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/utf8.h"
#include "model/number.h"
#include "model/quote.h"
#include "base/banned.h"

/* What the forms spell differently. */
static const struct form {
    const char *null, *yes, *no;
    const char *infinity, *minus_infinity, *nan;
} forms[] = {
    [HONE_FORM_PYTHON] = {"None", "True", "False", "inf", "-inf", "nan"},
    [HONE_FORM_YAML] = {"null", "true", "false", ".inf", "-.inf", ".nan"},
    [HONE_FORM_JSON] = {"null", "true", "false", "Infinity", "-Infinity", "NaN"},
};

static void write_integer(hone_buf *out, int64_t integer)
{
    char text[HONE_INT_TEXT];
    size_t len = hone_int_write(integer, text);
    hone_buf_add(out, text, len);
}

static void write_real(hone_buf *out, double real, hone_form form, int depth)
{
    char text[HONE_REAL_TEXT];
    if (isnan(real)) {
        hone_buf_puts(out, forms[form].nan);
    } else if (isinf(real)) {
        hone_buf_puts(out, real < 0 ? forms[form].minus_infinity : forms[form].infinity);
    } else {
        size_t len = hone_real_write(real, text);
        const char *e =
            depth > 0 && form == HONE_FORM_YAML ? memchr(text, 'e', len) : NULL;
        size_t head = e == NULL ? len : (size_t)(e - text);
        hone_buf_add(out, text, head);
        /* YAML 1.1 takes 1e-05 for text, 1.0e-05 for a number. */
        if (head < len && memchr(text, '.', head) == NULL)
            hone_buf_puts(out, ".0");
        hone_buf_add(out, text + head, len - head);
    }
}

/* What YAML 1.1 or 1.2 reads as a bool, null or merge key, in lower case. */
static bool is_yaml_word(const char *text, size_t len)
{
    static const char *const words[] = {"true", "false", "yes", "no",  "on",
                                        "off",  "y",     "n",   "null"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t at = 0;
        while (at < len && (text[at] | 0x20) == words[i][at])
            at++;
        if (at == len && words[i][len] == '\0')
            return true;
    }
    return false;
}

/* Plain only where no reader of either YAML version can see anything but this text: it
 * starts with a letter, `_` or `/` (so it is no number, date, tag or indicator) and goes
 * on with characters that mean nothing in a flow collection. */
static bool is_yaml_plain(const char *text, size_t len)
{
    static const char inside[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "_/0123456789.+-@%=()*$^~;<>";
    enum { FIRST = 26 + 26 + 2 };
    if (len == 0 || memchr(inside, text[0], FIRST) == NULL || is_yaml_word(text, len))
        return false;
    for (size_t i = 1; i < len;) {
        int32_t code;
        size_t width = hone_utf8_decode(text + i, len - i, &code);
        if (code < 0)
            return false;
        bool inner_space = code == ' ' && i + 1 < len && text[i - 1] != ' ';
        bool kept = code >= 0x80 ? hone_utf8_printable(code)
                                 : memchr(inside, (char)code, sizeof inside - 1) != NULL;
        if (!kept && !inner_space)
            return false;
        i += width;
    }
    return true;
}

static void write_inner_text(hone_buf *out, const char *text, size_t len, hone_form form)
{
    static const hone_quote styles[] = {[HONE_FORM_PYTHON] = HONE_QUOTE_PYTHON,
                                        [HONE_FORM_YAML] = HONE_QUOTE_YAML,
                                        [HONE_FORM_JSON] = HONE_QUOTE_JSON_ASCII};
    if (form == HONE_FORM_YAML && is_yaml_plain(text, len))
        hone_buf_add(out, text, len);
    else
        hone_quote_write(out, text, len, styles[form]);
}

static void write_at(hone_buf *out, const hone_value *value, hone_form form, int depth);

static void write_list(hone_buf *out, const hone_value *list, hone_form form, int depth)
{
    hone_buf_putc(out, '[');
    for (uint32_t i = 0; i < list->n && hone_buf_status(out) == 0; i++) {
        if (i > 0)
            hone_buf_add(out, ", ", 2);
        write_at(out, &list->items[i], form, depth);
    }
    hone_buf_putc(out, ']');
}

static void write_map(hone_buf *out, const hone_value *map, hone_form form, int depth)
{
    hone_buf_putc(out, '{');
    for (uint32_t i = 0; i < map->n && hone_buf_status(out) == 0; i++) {
        const hone_pair *pair = &map->pairs[i];
        if (i > 0)
            hone_buf_add(out, ", ", 2);
        write_inner_text(out, pair->key, strlen(pair->key), form);
        hone_buf_add(out, ": ", 2);
        write_at(out, &pair->value, form, depth);
    }
    hone_buf_putc(out, '}');
}

static void write_at(hone_buf *out, const hone_value *value, hone_form form, int depth)
{
    if (depth > HONE_VALUE_DEPTH && out->failed == 0)
        out->failed = HONE_ELIMIT;
    if (out->failed != 0)
        return;
    switch (value->kind) {
    case HONE_ABSENT:
        /* Inside a collection the place must be filled. */
        if (depth == 0)
            break;
        /* fall through */
    case HONE_NULL:
        hone_buf_puts(out, forms[form].null);
        break;
    case HONE_BOOL:
        hone_buf_puts(out, value->boolean ? forms[form].yes : forms[form].no);
        break;
    case HONE_INT:
        write_integer(out, value->integer);
        break;
    case HONE_REAL:
        write_real(out, value->real, form, depth);
        break;
    case HONE_TEXT:
        write_inner_text(out, value->text, value->n, form);
        break;
    case HONE_LIST:
        write_list(out, value, form, depth + 1);
        break;
    case HONE_MAP:
        write_map(out, value, form, depth + 1);
        break;
    }
}

/* YAML alone spells it .inf; a program that is given the text reads inf and nan. */
static void write_endless(hone_buf *out, double real)
{
    char text[HONE_REAL_TEXT];
    hone_buf_add(out, text, hone_real_write(real, text));
}

void hone_value_write(hone_buf *out, const hone_value *value, hone_form form)
{
    assert((size_t)form < sizeof forms / sizeof *forms);
    if (form != HONE_FORM_JSON && value->kind == HONE_TEXT)
        hone_buf_add(out, value->text, value->n);
    else if (form != HONE_FORM_JSON && value->kind == HONE_REAL && !isfinite(value->real))
        write_endless(out, value->real);
    else if (form != HONE_FORM_JSON && value->spelling != NULL)
        hone_buf_puts(out, value->spelling);
    else
        write_at(out, value, form, 0);
}
