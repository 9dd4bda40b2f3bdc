/* A command line by getopt_long, driven from a table of hone_option.
 *
 * getopt_long does the splitting (bundled letters, `--name=value`, unambiguous
 * abbreviations, `--`); its messages are off, because ours name the nearest option. */
#include <assert.h>
#include <getopt.h>
#include <string.h>

#include <hone/buf.h>

#include "cli/argv.h"
#include "cli/nearest.h"

enum { HELP = 1000, FIRST_LONG = 1001 };

struct tables {
    struct option longs[ARGS_MAX_OPTIONS + 2];
    char letters[2 * ARGS_MAX_OPTIONS + 4];
};

static int count_options(const hone_option *table)
{
    int n = 0;
    while (table != NULL && table[n].type != HONE_OPTION_END) {
        n++;
    }
    assert(n <= ARGS_MAX_OPTIONS);
    return n;
}

static void make_tables(struct tables *tables, const hone_option *table)
{
    int n = count_options(table);
    char *letter = tables->letters;
    *letter++ = ':'; /* a missing argument is told apart from an unknown option */
    *letter++ = 'h';
    for (int i = 0; i < n; i++) {
        bool flag = table[i].type == HONE_OPTION_FLAG;
        tables->longs[i] =
            (struct option){.name = table[i].name,
                            .has_arg = flag ? no_argument : required_argument,
                            .val = FIRST_LONG + i};
        if (table[i].letter != 0) {
            *letter++ = table[i].letter;
            if (!flag) {
                *letter++ = ':';
            }
        }
    }
    tables->longs[n] = (struct option){.name = "help", .val = HELP};
    tables->longs[n + 1] = (struct option){.name = NULL};
    *letter = '\0';
}

static int find_letter(const hone_option *table, int letter)
{
    for (int i = 0; table != NULL && table[i].type != HONE_OPTION_END; i++) {
        if (table[i].letter == letter) {
            return i;
        }
    }
    return -1;
}

/* The message for an option that getopt_long did not take. */
static int refuse_option(const hone_option *table, const char *command, const char *word,
                         hone_error *err)
{
    char name[64] = "";
    size_t len = strcspn(word + 2, "=");
    if (len >= sizeof name) {
        len = sizeof name - 1;
    }
    memcpy(name, word + 2, len);
    int n_abbreviated = 0;
    struct nearest nearest = {.wanted = name};
    for (int i = 0; table != NULL && table[i].type != HONE_OPTION_END; i++) {
        if (strcmp(table[i].name, name) == 0) {
            return hone_error_set(err, HONE_EUSAGE, "option --%s takes no value", name);
        }
        n_abbreviated += strncmp(table[i].name, name, len) == 0;
        hone_cli_nearest_offer(&nearest, table[i].name);
    }
    if (n_abbreviated > 1) {
        return hone_error_set(err, HONE_EUSAGE,
                              "option --%s is ambiguous; see hone %s "
                              "--help",
                              name, command);
    }
    if (nearest.name != NULL) {
        return hone_error_set(err, HONE_EUSAGE,
                              "%s has no option --%s; did you mean --%s?", command, name,
                              nearest.name);
    }
    return hone_error_set(err, HONE_EUSAGE, "%s has no option --%s; see hone %s --help",
                          command, name, command);
}

static int refuse_letter(const char *command, int letter, hone_error *err)
{
    return hone_error_set(err, HONE_EUSAGE, "%s has no option -%c; see hone %s --help",
                          command, letter, command);
}

/* A missing argument: `got` is the letter or the long option's number. */
static int refuse_bare(const hone_option *table, int got, hone_error *err)
{
    int i = got >= FIRST_LONG ? got - FIRST_LONG : find_letter(table, got);
    assert(i >= 0);
    return hone_error_set(err, HONE_EUSAGE, "option --%s needs a value: %s",
                          table[i].name,
                          table[i].placeholder != NULL ? table[i].placeholder : "VALUE");
}

static int check_option(const hone_option *option, const char *text, hone_error *err)
{
    if (option->type == HONE_OPTION_FLAG) {
        return HONE_OK;
    }
    hone_value value = hone_value_text(text);
    if (option->type == HONE_OPTION_INT || option->type == HONE_OPTION_REAL) {
        value = hone_value_from_plain(text);
    }
    int rc = hone_option_check(option, &value, err);
    if (rc == HONE_OK || err == NULL) {
        return rc;
    }
    hone_error inner = *err;
    return hone_error_set(err, HONE_EUSAGE, "option --%s", inner.text);
}

int hone_args_parse(struct args *args, const hone_option *table, int argc, char **argv,
                    hone_error *err)
{
    struct tables tables;
    int got;
    make_tables(&tables, table);
    *args = (struct args){.table = table};
    opterr = 0;
    optind = 0; /* glibc: start over, also in the middle of bundled letters */
    while ((got = getopt_long(argc, argv, tables.letters, tables.longs, NULL)) != -1) {
        const char *text = optarg != NULL ? optarg : "";
        int i = got >= FIRST_LONG ? got - FIRST_LONG : find_letter(table, got);
        if (got == HELP || (got == 'h' && i < 0)) {
            args->help = true;
        } else if (got == ':') {
            return refuse_bare(table, optopt, err);
        } else if (got == '?') {
            return optopt == 0 || optopt >= HELP
                       ? refuse_option(table, argv[0], argv[optind - 1], err)
                       : refuse_letter(argv[0], optopt, err);
        } else {
            assert(i >= 0 && i < ARGS_MAX_OPTIONS);
            int rc = check_option(&table[i], text, err);
            if (rc != HONE_OK) {
                return rc;
            }
            args->values[i] = text;
        }
    }
    args->n_operands = argc - optind;
    args->operands = argv + optind;
    return HONE_OK;
}

static int find_option(const struct args *args, const char *name)
{
    int i = 0;
    while (strcmp(args->table[i].name, name) != 0) {
        i++;
        assert(args->table[i].type != HONE_OPTION_END); /* commands ask for their own */
    }
    return i;
}

bool hone_args_has(const struct args *args, const char *name)
{
    return args->values[find_option(args, name)] != NULL;
}

const char *hone_args_text(const struct args *args, const char *name)
{
    int i = find_option(args, name);
    return args->values[i] != NULL ? args->values[i] : args->table[i].fallback;
}

uint64_t hone_args_count(const struct args *args, const char *name, uint64_t fallback)
{
    const char *text = args->values[find_option(args, name)];
    if (text == NULL) {
        return fallback;
    }
    hone_value value = hone_value_from_plain(text);
    return value.kind == HONE_INT && value.integer >= 0 ? (uint64_t)value.integer
                                                        : fallback;
}

enum form hone_args_form(const struct args *args)
{
    return hone_args_has(args, "json") ? FORM_JSON : FORM_TEXT;
}

const char *hone_args_operand(const struct args *args, int i)
{
    return i < args->n_operands ? args->operands[i] : NULL;
}
