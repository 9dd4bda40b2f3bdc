/* Specs for tests: texts, and all that is said of them. */
#ifndef HONE_TESTS_SPEC_ROWS_H
#define HONE_TESTS_SPEC_ROWS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hone/spec.h>

static inline hone_spec *read_spec(const char *text, int *code)
{
    hone_spec *spec = NULL;
    hone_error err = {0};
    *code = hone_spec_read("dir/sweep.yaml", text, strlen(text), &spec, &err);
    assert_non_null(spec);
    return spec;
}

/* Reads a text that is expected to load. */
static inline hone_spec *load(const char *text)
{
    int code;
    hone_spec *spec = read_spec(text, &code);
    if (code != 0)
        print_error("%s\n%s\n", text, spec->diagnostics.items[0].text);
    assert_int_equal(code, 0);
    return spec;
}

static const char severity_letters[] = "EURW";

/* "E 3:5 text\n" for each diagnostic. */
static inline char *list_diagnostics(const hone_spec *spec)
{
    size_t size = 64 * 1024, len = 0;
    char *out = malloc(size);
    assert_non_null(out);
    out[0] = '\0';
    for (uint32_t i = 0; i < spec->diagnostics.n; i++) {
        const hone_diagnostic *item = &spec->diagnostics.items[i];
        int n = snprintf(out + len, size - len, "%c %d:%d %s\n",
                         severity_letters[item->severity], item->line, item->column,
                         item->text);
        assert_true(n > 0 && (size_t)n < size - len);
        len += (size_t)n;
    }
    return out;
}

typedef struct row {
    const char *text;
    const char *expected; /* all diagnostics, as list_diagnostics has them */
} row;

static inline void check_rows(const char *head, const row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char text[4096];
        int code;
        int len = snprintf(text, sizeof text, "%s%s", head, rows[i].text);
        assert_true(len >= 0 && (size_t)len < sizeof text);
        hone_spec *spec = read_spec(text, &code);
        char *actual = list_diagnostics(spec);
        if (strcmp(actual, rows[i].expected) != 0)
            print_error("in:\n%s", text);
        assert_string_equal(actual, rows[i].expected);
        bool failed = strncmp(actual, "E ", 2) == 0 || strstr(actual, "\nE ") != NULL;
        assert_int_equal(code, failed ? HONE_ESPEC : 0);
        free(actual);
        hone_spec_free(spec);
    }
}

#define CHECK(head, rows) check_rows(head, rows, sizeof rows / sizeof rows[0])

#define BASE "program: t.py\nmethod: random\n"
#define ONE  BASE "parameters: {lr: {value: 1}}\n"
/* One parameter, its entry from line 4 on. */
#define PARAM BASE "parameters:\n  lr: "
#define GRID  "program: t.py\nmethod: grid\nparameters:\n  lr: "

#endif
