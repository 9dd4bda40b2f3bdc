/* Fuzz target: the expression language of `constraints` and `--where`.
 *
 * Any bytes are an expression or a syntax error inside the text. An expression has the
 * same truth each time, its names are those that were resolved, and the laws of logic
 * hold around it: "not (E)" is the opposite, "(E) or true" true, "(E) and false" false,
 * "(E) and (E)" and "(E) or (E)" the same again, whatever in E is absent. */
#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/expr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const hone_value widths[] = {{HONE_INT, .integer = 64}, {HONE_REAL, .real = 0.5}};
static const hone_pair entries[] = {{"a", {HONE_INT, .integer = 1}}};

static const struct {
    const char *name;
    hone_value value;
} params[] = {
    {"a", {HONE_INT, .integer = 3}},
    {"b", {HONE_REAL, .real = -0.25}},
    {"big", {HONE_INT, .integer = INT64_MAX}},
    {"least", {HONE_INT, .integer = INT64_MIN}},
    {"inf", {HONE_REAL, .real = INFINITY}},
    {"nan", {HONE_REAL, .real = NAN}},
    {"t", {HONE_TEXT, 4, .text = "tree"}},
    {"yes", {HONE_BOOL, .boolean = true}},
    {"nil", {.kind = HONE_NULL}},
    {"gone", {.kind = HONE_ABSENT}},
    {"x.y", {HONE_INT, .integer = 0}},
    {"list", {HONE_LIST, 2, .items = widths}},
    {"map", {HONE_MAP, 1, .pairs = entries}},
};

enum { N_PARAMS = sizeof params / sizeof *params };

static int64_t find_param(void *arg, const char *name, size_t len)
{
    (void)arg;
    for (int64_t i = 0; i < N_PARAMS; i++)
        if (strlen(params[i].name) == len && memcmp(params[i].name, name, len) == 0)
            return i;
    return -1;
}

static hone_value value_of(void *arg, uint32_t id)
{
    (void)arg;
    assert(id < N_PARAMS);
    return params[id].value;
}

static void check_id(void *arg, uint32_t id)
{
    uint32_t *n = arg;
    assert(id < N_PARAMS);
    ++*n;
}

/* Parses and tests one text; false where it is none. */
static bool test_text(const char *text, size_t len, hone_truth *truth)
{
    static const hone_expr_names names = {.find = find_param};
    const hone_expr *expr = NULL;
    hone_arena arena;
    hone_error err = {0};
    size_t offset = 0;
    uint32_t n_names = 0;
    hone_arena_init(&arena, 1 << 22);
    int code = hone_expr_parse(text, len, &names, &arena, &expr, &offset, &err);
    if (code == 0) {
        *truth = hone_expr_test(expr, value_of, NULL);
        assert(hone_expr_test(expr, value_of, NULL) == *truth);
        hone_expr_visit(expr, check_id, &n_names);
        assert(n_names <= len);
    } else {
        assert(code == HONE_ESYNTAX && err.code == code && offset <= len);
        assert(err.text[0] != '\0' && strchr(err.text, '\n') == NULL);
    }
    hone_arena_release(&arena);
    return code == 0;
}

/* `pattern` has an @ for each place of the text. Where the text becomes too long or too
 * deep by it, nothing is learnt. */
static void check_law(const char *pattern, const char *text, size_t len,
                      hone_truth expected)
{
    hone_buf all;
    hone_truth truth;
    hone_buf_init(&all, 4 * (size_t)HONE_EXPR_MAX_BYTES);
    for (; *pattern != '\0'; pattern++) {
        if (*pattern == '@')
            hone_buf_add(&all, text, len);
        else
            hone_buf_putc(&all, *pattern);
    }
    assert(hone_buf_status(&all) == 0);
    if (test_text(all.data, all.len, &truth))
        assert(truth == expected);
    hone_buf_release(&all);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    hone_truth truth;
    if (!test_text(text, size, &truth))
        return 0;
    check_law("not (@)", text, size,
              truth == HONE_UNKNOWN ? truth
              : truth == HONE_TRUE  ? HONE_FALSE
                                    : HONE_TRUE);
    check_law("(@) or true", text, size, HONE_TRUE);
    check_law("(@) and false", text, size, HONE_FALSE);
    check_law("(@) and (@)", text, size, truth);
    check_law("(@) or (@)", text, size, truth);
    return 0;
}
