#include "model/quote.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/utf8.h"
#include "base/banned.h"

enum { REPLACEMENT = 0xFFFD };

/* Python prefers single quotes; double ones where that saves escaping. */
static char choose_delimiter(const char *text, size_t len, hone_quote style)
{
    if (style != HONE_QUOTE_PYTHON)
        return '"';
    bool has_single = memchr(text, '\'', len) != NULL;
    bool has_double = memchr(text, '"', len) != NULL;
    return has_single && !has_double ? '"' : '\'';
}

/* The letter of a two-character escape, 0 where the character has none. */
static char short_escape(int32_t code, hone_quote style)
{
    bool json = style == HONE_QUOTE_JSON || style == HONE_QUOTE_JSON_ASCII;
    switch (code) {
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    case '\b':
        return json ? 'b' : 0;
    case '\f':
        return json ? 'f' : 0;
    default:
        return 0;
    }
}

static void put_hex(hone_buf *out, char letter, int32_t code, int digits)
{
    char text[12] = {'\\', letter};
    for (int i = 0; i < digits; i++)
        text[2 + i] = "0123456789abcdef"[(code >> 4 * (digits - 1 - i)) & 15];
    hone_buf_add(out, text, (size_t)digits + 2);
}

static void put_escape(hone_buf *out, int32_t code, hone_quote style)
{
    char letter = short_escape(code, style);
    bool json = style == HONE_QUOTE_JSON || style == HONE_QUOTE_JSON_ASCII;
    if (letter != 0) {
        hone_buf_putc(out, '\\');
        hone_buf_putc(out, letter);
    } else if (json && code > 0xFFFF) {
        put_hex(out, 'u', 0xD800 + ((code - 0x10000) >> 10), 4);
        put_hex(out, 'u', 0xDC00 + ((code - 0x10000) & 0x3FF), 4);
    } else if (code > 0xFFFF) {
        put_hex(out, 'U', code, 8);
    } else if (json || code > 0xFF) {
        put_hex(out, 'u', code, 4);
    } else {
        put_hex(out, 'x', code, 2);
    }
}

/* Whether a character other than quote and backslash stands for itself; broken bytes, -1,
 * do not. */
static bool is_kept(int32_t code, hone_quote style)
{
    if (code < 0)
        return false;
    if (code >= 0x20 && code < 0x7F)
        return true;
    if (style == HONE_QUOTE_JSON)
        return code >= 0x20;
    return style != HONE_QUOTE_JSON_ASCII && hone_utf8_printable(code);
}

static void put_character(hone_buf *out, int32_t code, hone_quote style)
{
    if (code < 0 && is_kept(REPLACEMENT, style))
        hone_buf_puts(out, "\xEF\xBF\xBD");
    else
        put_escape(out, code < 0 ? REPLACEMENT : code, style);
}

void hone_quote_write(hone_buf *out, const char *text, size_t len, hone_quote style)
{
    char delimiter = choose_delimiter(text, len, style);
    hone_buf_putc(out, delimiter);
    size_t start = 0, i = 0; /* text[start..i) is kept as it is */
    while (i < len) {
        int32_t code;
        size_t width = hone_utf8_decode(text + i, len - i, &code);
        if (code == delimiter || code == '\\') {
            hone_buf_add(out, text + start, i - start);
            hone_buf_putc(out, '\\');
            start = i;
        } else if (!is_kept(code, style)) {
            hone_buf_add(out, text + start, i - start);
            put_character(out, code, style);
            start = i + width;
        }
        i += width;
    }
    hone_buf_add(out, text + start, len - start);
    hone_buf_putc(out, delimiter);
}
