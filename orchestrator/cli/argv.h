/* A command line taken apart by a command's option table (getopt_long's habits). */
#ifndef HONE_CLI_ARGV_H
#define HONE_CLI_ARGV_H

#include <stdbool.h>
#include <stdint.h>

#include <hone/error.h>
#include <hone/option.h>

enum { ARGS_MAX_OPTIONS = 24 };

/* What was given. Everything points into argv. */
struct args {
    const hone_option *table;
    const char *values[ARGS_MAX_OPTIONS]; /* by index in the table; "" for a flag */
    bool help;
    int n_operands;
    char **operands;
};

/* Takes `argv` apart; argv[0] is the command's name. Options and operands may be mixed,
 * the last of an option given twice counts; `--help` is always known. Reorders argv.
 * Errors: HONE_EUSAGE with the nearest known name; HONE_ERANGE. */
HONE_MUST_CHECK int hone_args_parse(struct args *args, const hone_option *table, int argc,
                                    char **argv, hone_error *err);

/* Whether the option was given; its text, else the table's fallback, else NULL. `name`
 * must be in the table. */
bool hone_args_has(const struct args *args, const char *name);
const char *hone_args_text(const struct args *args, const char *name);
/* The number of an INT option; `fallback` where it was not given. */
uint64_t hone_args_count(const struct args *args, const char *name, uint64_t fallback);
/* How results are printed: --json, or as text for people. */
enum form { FORM_TEXT, FORM_JSON, FORM_CSV };
enum form hone_args_form(const struct args *args);
/* The i-th operand, or NULL. */
const char *hone_args_operand(const struct args *args, int i);

#endif
