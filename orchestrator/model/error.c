#include <hone/error.h>

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

const char *hone_error_name(int code)
{
    switch (code) {
#define XX(name, number, text)                                                           \
    case HONE_E##name:                                                                   \
        return "HONE_E" #name;
        HONE_ERROR_MAP(XX)
#undef XX
    default:
        return NULL;
    }
}

const char *hone_error_text(int code)
{
    switch (code) {
    case HONE_OK:
        return "no error";
#define XX(name, number, text)                                                           \
    case HONE_E##name:                                                                   \
        return text;
        HONE_ERROR_MAP(XX)
#undef XX
    default:
        return "unknown error";
    }
}

/* Values quoted in a message come from outside: line breaks would make it two lines, and
 * other control bytes would reach the terminal. */
static void make_one_line(char *text)
{
    for (unsigned char *byte = (unsigned char *)text; *byte != '\0'; byte++)
        if (*byte < 0x20 || *byte == 0x7f)
            *byte = *byte == '\n' || *byte == '\t' ? ' ' : '?';
}

/* Takes away what a cut left of a multi-byte UTF-8 character at the end. */
static void trim_cut_character(char *text, size_t len)
{
    size_t i = len;
    while (i > 0 && len - i < 3 && ((unsigned char)text[i - 1] & 0xC0) == 0x80)
        i--;
    if (i == 0)
        return;
    unsigned char lead = (unsigned char)text[i - 1];
    size_t width = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    if (width > len - i + 1)
        text[i - 1] = '\0';
}

int hone_error_set(hone_error *err, int code, const char *format, ...)
{
    if (err == NULL)
        return code;
    /* By a copy, so that the arguments may quote err->text itself. */
    char text[sizeof err->text];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (n < 0)
        text[0] = '\0';
    else if ((size_t)n >= sizeof text)
        trim_cut_character(text, sizeof text - 1);
    make_one_line(text);
    err->code = code;
    memcpy(err->text, text, strlen(text) + 1);
    return code;
}
