/* Terminals: what a stream can do, and the width of text. */
#include <locale.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include "cli/term.h"

enum { USUAL_WIDTH = 80, LEAST_WIDTH = 20 };

static int find_width(FILE *stream)
{
    struct winsize size;
    const char *columns = getenv("COLUMNS");
    long width = columns != NULL ? strtol(columns, NULL, 10) : 0;
    if (width <= 0 && ioctl(fileno(stream), TIOCGWINSZ, &size) == 0) {
        width = size.ws_col;
    }
    if (width <= 0 || width > 10000) {
        width = USUAL_WIDTH;
    }
    return width < LEAST_WIDTH ? LEAST_WIDTH : (int)width;
}

void hone_term_inspect(struct term *term, FILE *stream)
{
    const char *type = getenv("TERM"), *no_color = getenv("NO_COLOR");
    *term = (struct term){.tty = isatty(fileno(stream)) == 1};
    if (!term->tty) {
        return;
    }
    term->redraw = type != NULL && type[0] != '\0' && strcmp(type, "dumb") != 0;
    term->color = term->redraw && (no_color == NULL || no_color[0] == '\0');
    term->width = find_width(stream);
}

/* Bytes of the character at the start of `text`, its code in *code; 1 and U+FFFD where
 * the bytes are no UTF-8. */
static size_t read_char(const char *text, size_t len, uint32_t *code)
{
    static const uint32_t lowest[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *c = (const unsigned char *)text;
    size_t need = c[0] < 0x80 ? 1 : c[0] >= 0xf0 ? 4 : c[0] >= 0xe0 ? 3 : 2;
    uint32_t value = need == 1 ? c[0] : c[0] & (0xffu >> (need + 1));
    *code = 0xfffd;
    if ((c[0] >= 0x80 && (c[0] < 0xc2 || c[0] > 0xf4)) || need > len) {
        return 1;
    }
    for (size_t i = 1; i < need; i++) {
        if ((c[i] & 0xc0) != 0x80) {
            return 1;
        }
        value = value << 6 | (c[i] & 0x3fu);
    }
    if (value < lowest[need] || (value >= 0xd800 && value < 0xe000) || value > 0x10ffff) {
        return 1;
    }
    *code = value;
    return need;
}

static int char_width(uint32_t code)
{
    int width = code < 0x80 ? 1 : wcwidth((wchar_t)code);
    return width < 0 ? 1 : width;
}

int hone_term_width(const char *text, size_t len)
{
    int width = 0;
    while (len > 0) {
        uint32_t code;
        size_t used = read_char(text, len, &code);
        width += char_width(code);
        text += used;
        len -= used;
    }
    return width;
}

size_t hone_term_fit(const char *text, size_t len, int width)
{
    size_t fit = 0;
    while (fit < len) {
        uint32_t code;
        size_t used = read_char(text + fit, len - fit, &code);
        width -= char_width(code);
        if (width < 0) {
            break;
        }
        fit += used;
    }
    return fit;
}

void hone_term_clean(hone_buf *out, const char *text, size_t len)
{
    while (len > 0) {
        uint32_t code;
        size_t used = read_char(text, len, &code);
        if (code == '\n') {
            hone_buf_puts(out, "\\n");
        } else if (code == '\t') {
            hone_buf_puts(out, "\\t");
        } else if (code < 0x20 || (code >= 0x7f && code < 0xa0)) {
            hone_buf_printf(out, "\\x%02x", code);
        } else if (code == 0xfffd) {
            hone_buf_puts(out, "\xef\xbf\xbd");
        } else {
            hone_buf_add(out, text, used);
        }
        text += used;
        len -= used;
    }
}
