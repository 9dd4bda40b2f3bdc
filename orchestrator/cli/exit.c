/* Exit statuses and messages. */
#include <stdarg.h>
#include <stdio.h>

#include <hone/buf.h>

#include "cli/exit.h"

enum { MAX_LINE = 8192 };

int hone_exit_status(int code)
{
    switch (code) {
    case HONE_OK:
        return EXIT_DONE;
    case HONE_ESTORE:
    case HONE_EHELD:
    case HONE_EDAMAGED:
    case HONE_EFULL:
    case HONE_ENEWER:
        return EXIT_STORE;
    case HONE_EIO:
    case HONE_ENOMEM:
    case HONE_ELIMIT:
    case HONE_ESPAWN:
    case HONE_EREFUSED:
        return EXIT_FAILED;
    default: /* USAGE SPEC UNSUPPORTED NOTFOUND CHANGED SYNTAX RANGE */
        return EXIT_WRONG;
    }
}

int hone_exit_error(const hone_error *err, int code)
{
    hone_say("%s", err->text[0] != '\0' ? err->text : hone_error_text(code));
    return hone_exit_status(code);
}

HONE_PRINTF(1, 0) static void say_list(const char *format, va_list list)
{
    char line[MAX_LINE];
    vsnprintf(line, sizeof line, format, list);
    /* What a message quotes may hold anything; the terminal shall not obey it. */
    for (char *c = line; *c != '\0'; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f) {
            *c = ' ';
        }
    }
    fprintf(stderr, "hone: %s\n", line);
}

int hone_exit_wrong(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    say_list(format, list);
    va_end(list);
    return EXIT_WRONG;
}

void hone_say(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    say_list(format, list);
    va_end(list);
}
