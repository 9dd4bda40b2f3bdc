/* A setting described as data: name, type, range, default, text. The same table type
 * serves strategies, commands and spec fields; parser, --help, man pages and docs read
 * it. */
#ifndef HONE_OPTION_H
#define HONE_OPTION_H

#include <stdbool.h>
#include <stddef.h>

#include <hone/value.h>

typedef enum hone_option_type {
    HONE_OPTION_END,  /* ends a table */
    HONE_OPTION_FLAG, /* present or not */
    HONE_OPTION_INT,
    HONE_OPTION_REAL,
    HONE_OPTION_TEXT,
    HONE_OPTION_CHOICE /* one of `choices` */
} hone_option_type;

typedef struct hone_option {
    const char *name; /* "startup_trials"; of a command: the long option without dashes */
    hone_option_type type;
    char letter;             /* short option of a command, 0 without one */
    double min, max;         /* INT and REAL: both included; min == max: unbounded */
    const char *fallback;    /* default as text, NULL without one */
    const char *choices;     /* CHOICE: words separated by '|' */
    const char *placeholder; /* "N", "FILE"; NULL for a flag */
    const char *text;        /* one sentence for --help, man page and docs */
} hone_option;

/* Finds an option by its name in a table that HONE_OPTION_END ends; NULL where absent. */
HONE_API const hone_option *hone_option_find(const hone_option *table, const char *name);

/* Checks `value` against `option`'s type, range and choices.
 * Errors: HONE_ERANGE with a line that names the option, the value and the limit. */
HONE_API HONE_MUST_CHECK int hone_option_check(const hone_option *option,
                                               const hone_value *value, hone_error *err);

#endif
