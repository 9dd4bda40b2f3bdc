/* YAML that any 1.1 or 1.2 reader takes for the same types; PyYAML is the strictest of
 * the common ones: its floats need a point and a signed exponent (`1.0e-05`), its plain
 * words include yes, no, on and off, and its reader refuses what is not printable. */
#include <math.h>
#include <string.h>
#include <strings.h>

#include <hone/export.h>

#include "base/banned.h"

static void indent_line(hone_buf *out, int indent)
{
    for (int i = 0; i < indent; i++) {
        hone_buf_putc(out, ' ');
    }
}

/* Words that some reader takes for a boolean, null or number. */
static bool is_reserved(const char *text)
{
    static const char *const words[] = {"true", "false", "yes", "no",  "on",
                                        "off",  "y",     "n",   "null"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcasecmp(text, words[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* Plain only where no reader can see anything but text: a letter, then letters, digits
 * and a few marks. Dates, numbers and `~` do not start with a letter. */
static bool is_plain(const char *text)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
    static const char more[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789-./+";
    return strspn(text, letters) > 0 && text[strspn(text, more)] == '\0' &&
           !is_reserved(text);
}

/* Length of the UTF-8 character at `c` (1 to 4), its code in *code; 0 where it is none.
 */
static int decode_utf8(const unsigned char *c, uint32_t *code)
{
    static const uint32_t lowest[] = {0, 0, 0x80, 0x800, 0x10000};
    int len = c[0] < 0x80 ? 1 : c[0] >= 0xf0 ? 4 : c[0] >= 0xe0 ? 3 : 2;
    if (len == 1) {
        *code = c[0];
        return 1;
    }
    if (c[0] < 0xc2 || c[0] > 0xf4) {
        return 0;
    }
    uint32_t value = c[0] & (0xffu >> (len + 1));
    for (int i = 1; i < len; i++) {
        if ((c[i] & 0xc0) != 0x80) {
            return 0;
        }
        value = value << 6 | (c[i] & 0x3fu);
    }
    if (value < lowest[len] || (value >= 0xd800 && value < 0xe000) || value > 0x10ffff) {
        return 0;
    }
    *code = value;
    return len;
}

static void quote_text(hone_buf *out, const char *text)
{
    const unsigned char *c = (const unsigned char *)text;
    hone_buf_putc(out, '"');
    while (*c != '\0') {
        uint32_t code = 0;
        int len = decode_utf8(c, &code);
        if (len == 0) {
            hone_buf_puts(out, "\\uFFFD");
            len = 1;
        } else if (code == '"' || code == '\\') {
            hone_buf_printf(out, "\\%c", (int)code);
        } else if (code == '\n') {
            hone_buf_puts(out, "\\n");
        } else if (code == '\t') {
            hone_buf_puts(out, "\\t");
        } else if (code < 0x20 || (code >= 0x7f && code < 0xa0)) {
            hone_buf_printf(out, "\\x%02x", code);
        } else if (code == 0x2028 || code == 0x2029 || code == 0xfeff || code >= 0xfffe) {
            /* Past the first plane, as PyYAML's C emitter does: readable everywhere. */
            hone_buf_printf(out, code > 0xffff ? "\\U%08X" : "\\u%04X", code);
        } else {
            hone_buf_add(out, c, (size_t)len);
        }
        c += len;
    }
    hone_buf_putc(out, '"');
}

void hone_text_write_yaml(hone_buf *out, const char *text)
{
    if (is_plain(text)) {
        hone_buf_puts(out, text);
    } else {
        quote_text(out, text);
    }
}

void hone_real_write_yaml(hone_buf *out, double real)
{
    char text[HONE_REAL_TEXT];
    if (isnan(real)) {
        hone_buf_puts(out, ".nan");
        return;
    }
    if (isinf(real)) {
        hone_buf_puts(out, real > 0 ? ".inf" : "-.inf");
        return;
    }
    hone_real_write(real, text);
    size_t digits = strcspn(text, "e");
    hone_buf_add(out, text, digits);
    if (memchr(text, '.', digits) == NULL) {
        hone_buf_puts(out, ".0");
    }
    hone_buf_puts(out, text + digits);
}

static void write_value(hone_buf *out, const hone_value *value)
{
    switch (value->kind) {
    case HONE_BOOL:
        hone_buf_puts(out, value->boolean ? "true" : "false");
        break;
    case HONE_INT:
        hone_buf_printf(out, "%lld", (long long)value->integer);
        break;
    case HONE_REAL:
        hone_real_write_yaml(out, value->real);
        break;
    case HONE_TEXT:
        hone_text_write_yaml(out, value->text);
        break;
    case HONE_LIST:
        hone_buf_putc(out, '[');
        for (uint32_t i = 0; i < value->n; i++) {
            hone_buf_puts(out, i > 0 ? ", " : "");
            write_value(out, &value->items[i]);
        }
        hone_buf_putc(out, ']');
        break;
    case HONE_MAP:
        hone_buf_putc(out, '{');
        for (uint32_t i = 0; i < value->n; i++) {
            hone_buf_puts(out, i > 0 ? ", " : "");
            hone_text_write_yaml(out, value->pairs[i].key);
            hone_buf_puts(out, ": ");
            write_value(out, &value->pairs[i].value);
        }
        hone_buf_putc(out, '}');
        break;
    case HONE_ABSENT:
    case HONE_NULL:
    default:
        hone_buf_puts(out, "null");
        break;
    }
}

static void write_group(hone_buf *out, uint32_t n, const hone_param_value *params,
                        uint32_t depth, int indent)
{
    uint32_t i = 0;
    while (i < n) {
        const char *key = params[i].path[depth];
        uint32_t end = i + 1;
        indent_line(out, indent);
        hone_text_write_yaml(out, key);
        if (params[i].depth == depth + 1) {
            hone_buf_puts(out, ": ");
            write_value(out, &params[i].value);
            hone_buf_putc(out, '\n');
        } else {
            while (end < n && params[end].depth > depth + 1 &&
                   strcmp(params[end].path[depth], key) == 0) {
                end++;
            }
            hone_buf_puts(out, ":\n");
            write_group(out, end - i, params + i, depth + 1, indent + 2);
        }
        i = end;
    }
}

void hone_params_write_yaml(hone_buf *out, uint32_t n, const hone_param_value *params,
                            int indent)
{
    write_group(out, n, params, 0, indent);
}

void hone_metrics_write_yaml(hone_buf *out, const hone_trial_info *trial, int indent)
{
    for (uint32_t i = 0; i < trial->n_metrics; i++) {
        indent_line(out, indent);
        hone_text_write_yaml(out, trial->metrics[i].name);
        hone_buf_puts(out, ": ");
        hone_real_write_yaml(out, trial->metrics[i].value);
        hone_buf_putc(out, '\n');
    }
}
