/* What a stream is connected to, and how wide text is on it. */
#ifndef HONE_CLI_TERM_H
#define HONE_CLI_TERM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <hone/buf.h>

struct term {
    bool tty;    /* a terminal */
    bool redraw; /* one that understands ANSI: not TERM=dumb */
    bool color;  /* redraw, and no NO_COLOR */
    int width;   /* columns; 0 where it is no terminal */
};

void hone_term_inspect(struct term *term, FILE *stream);

/* Columns that UTF-8 text takes; what is no character counts as one each byte. */
int hone_term_width(const char *text, size_t len);
/* Bytes of the longest start of `text` that fits in `width` columns. */
size_t hone_term_fit(const char *text, size_t len, int width);
/* Appends text with control characters and broken UTF-8 made visible (\n, \x1b, U+FFFD),
 * so that no terminal obeys what a trial printed. */
void hone_term_clean(hone_buf *out, const char *text, size_t len);

#endif
