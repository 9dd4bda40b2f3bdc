#include <hone/option.h>

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/banned.h"

/* Values and limits quoted in a message are cut: the line has 500 bytes. */
enum { QUOTED_MAX = 150 };

const hone_option *hone_option_find(const hone_option *table, const char *name)
{
    for (; table->type != HONE_OPTION_END; table++)
        if (strcmp(table->name, name) == 0)
            return table;
    return NULL;
}

static bool is_bounded(const hone_option *option)
{
    return option->min < option->max && (isfinite(option->min) || isfinite(option->max));
}

static bool is_choice(const char *choices, const char *text, size_t len)
{
    for (const char *word = choices; *word != '\0';) {
        size_t n = strcspn(word, "|");
        if (n == len && memcmp(word, text, n) == 0)
            return true;
        word += n;
        word += *word == '|';
    }
    return false;
}

static bool is_inside(const hone_option *option, const hone_value *value)
{
    double number;
    switch (option->type) {
    case HONE_OPTION_FLAG:
        return value->kind == HONE_BOOL;
    case HONE_OPTION_INT:
    case HONE_OPTION_REAL:
        if (value->kind != HONE_INT &&
            !(value->kind == HONE_REAL && option->type == HONE_OPTION_REAL))
            return false;
        if (!hone_value_number(value, &number) || !isfinite(number))
            return false;
        return !is_bounded(option) || (number >= option->min && number <= option->max);
    case HONE_OPTION_TEXT:
        return value->kind == HONE_TEXT;
    case HONE_OPTION_CHOICE:
        return value->kind == HONE_TEXT &&
               is_choice(option->choices, value->text, value->n);
    case HONE_OPTION_END:
        break;
    }
    return false;
}

/* A limit as people write it: 10, not 10.0. */
static void put_limit(hone_buf *out, double limit)
{
    char text[HONE_REAL_TEXT];
    size_t len = hone_real_write(limit, text);
    if (len > 2 && memcmp(text + len - 2, ".0", 2) == 0)
        len -= 2;
    hone_buf_add(out, text, len);
}

static void put_range(hone_buf *out, const hone_option *option, const char *what)
{
    hone_buf_puts(out, what);
    if (!is_bounded(option))
        return;
    if (isfinite(option->min)) {
        hone_buf_puts(out, isfinite(option->max) ? " from " : " of at least ");
        put_limit(out, option->min);
    }
    if (isfinite(option->max)) {
        hone_buf_puts(out, isfinite(option->min) ? " to " : " of at most ");
        put_limit(out, option->max);
    }
}

static void put_choices(hone_buf *out, const char *choices)
{
    hone_buf_puts(out, "one of ");
    for (const char *at = choices; *at != '\0'; at++) {
        if (*at == '|')
            hone_buf_puts(out, ", ");
        else
            hone_buf_putc(out, *at);
    }
}

static void put_expected(hone_buf *out, const hone_option *option)
{
    switch (option->type) {
    case HONE_OPTION_FLAG:
        hone_buf_puts(out, "true or false");
        break;
    case HONE_OPTION_INT:
        put_range(out, option, "a whole number");
        break;
    case HONE_OPTION_REAL:
        put_range(out, option, "a number");
        break;
    case HONE_OPTION_CHOICE:
        put_choices(out, option->choices);
        break;
    case HONE_OPTION_TEXT:
    case HONE_OPTION_END:
        hone_buf_puts(out, "text");
        break;
    }
}

/* Numbers as the user spelled them; all else as JSON, which puts "20" in quotes and is
 * ASCII, so that it can be cut anywhere. */
static void put_value(hone_buf *out, const hone_value *value)
{
    bool number = value->kind == HONE_INT || value->kind == HONE_REAL;
    if (value->kind == HONE_ABSENT)
        hone_buf_puts(out, "absent");
    else
        hone_value_write(out, value, number ? HONE_FORM_YAML : HONE_FORM_JSON);
}

int hone_option_check(const hone_option *option, const hone_value *value, hone_error *err)
{
    assert(option->type != HONE_OPTION_END && option->name != NULL);
    assert(option->type != HONE_OPTION_CHOICE || option->choices != NULL);
    if (is_inside(option, value))
        return 0;
    hone_buf found, expected;
    hone_buf_init(&found, 1 << 20);
    hone_buf_init(&expected, QUOTED_MAX * 2);
    put_value(&found, value);
    put_expected(&expected, option);
    int code =
        hone_error_set(err, HONE_ERANGE, "%s is %.*s%s, expected %s", option->name,
                       QUOTED_MAX, hone_buf_text(&found),
                       found.len > QUOTED_MAX ? "..." : "", hone_buf_text(&expected));
    hone_buf_release(&expected);
    hone_buf_release(&found);
    return code;
}
