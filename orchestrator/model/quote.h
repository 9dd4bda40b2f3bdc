/* The one place that quotes and escapes strings. */
#ifndef HONE_MODEL_QUOTE_H
#define HONE_MODEL_QUOTE_H

#include <stddef.h>

#include <hone/buf.h>

typedef enum hone_quote {
    HONE_QUOTE_JSON,       /* "é\n", other characters than ASCII kept */
    HONE_QUOTE_JSON_ASCII, /* "\u00e9\n", as Python's json.dumps */
    HONE_QUOTE_PYTHON,     /* 'é\n' or "it's", as Python's repr */
    HONE_QUOTE_YAML        /* "é\n", a YAML double-quoted scalar */
} hone_quote;

/* Appends `text` in quotes. What is no UTF-8 becomes U+FFFD. */
void hone_quote_write(hone_buf *out, const char *text, size_t len, hone_quote style);

#endif
