/* Expressions at their edges: signs, infinities, what an int64 no longer holds, broken
 * words in every place where a word is read. The answers are Python's. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "model/expr.h"

static const struct {
    const char *name;
    hone_value value;
} params[] = {
    {"i", {HONE_INT, .integer = -7}},
    {"two", {HONE_INT, .integer = 2}},
    {"least", {HONE_INT, .integer = INT64_MIN}},
    {"x", {HONE_REAL, .real = -7.5}},
    {"inf", {HONE_REAL, .real = INFINITY}},
    {"nan", {HONE_REAL, .real = NAN}},
    {"gone", {.kind = HONE_ABSENT}},
    {"far", {.kind = HONE_NULL}}, /* resolves to more than an id can be */
};

static int64_t find_param(void *arg, const char *name, size_t len)
{
    (void)arg;
    for (size_t i = 0; i < sizeof params / sizeof *params; i++)
        if (strlen(params[i].name) == len && memcmp(params[i].name, name, len) == 0)
            return strcmp(params[i].name, "far") == 0 ? INT64_C(1) << 40 : (int64_t)i;
    return -1;
}

static hone_value value_of(void *arg, uint32_t id)
{
    (void)arg;
    return params[id].value;
}

static int parse(const char *text, hone_truth *truth, size_t *offset, hone_error *err)
{
    static const hone_expr_names names = {.find = find_param};
    const hone_expr *expr = NULL;
    hone_arena arena;
    hone_arena_init(&arena, 1 << 20);
    int code = hone_expr_parse(text, strlen(text), &names, &arena, &expr, offset, err);
    if (code == 0)
        *truth = hone_expr_test(expr, value_of, NULL);
    hone_arena_release(&arena);
    return code;
}

static void check_all(const char *const *texts, size_t n, hone_truth expected)
{
    for (size_t i = 0; i < n; i++) {
        hone_truth truth = HONE_UNKNOWN;
        hone_error err = {0};
        if (parse(texts[i], &truth, NULL, &err) != 0)
            fail_msg("%s: %s", texts[i], err.text);
        if (truth != expected)
            fail_msg("%s: got %d", texts[i], truth);
    }
}

#define CHECK(texts, truth) check_all(texts, sizeof(texts) / sizeof *(texts), truth)

static void test_true(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "6 // two == 3 and -6 // two == -3 and 6 % two == 0 and -6 % two == 0",
        "i // two == -4 and i // -2 == 3 and i % two == 1 and i % -2 == -1",
        "least // -1 == 9223372036854775808.0 and least % -1 == 0",
        "least - 1 <= least and least - 1 == least * 1.0",
        "3 ** 100 > 5e47 and 10 ** 19 > 9e18 and 2 ** 64 == 18446744073709551616.0",
        "two ** 62 == 4611686018427387904 and two ** 63 == 9223372036854775808.0",
        "0.0 ** 0 == 1 and 0.0 + 0 == 0 and 0 ** -inf == inf and two ** -inf == 0",
        "5 // inf == 0 and -5 // inf == -1 and 5 // -inf == -1 and -5 // -inf == 0",
        "0 // -inf == 0 and -5 % inf == inf and 5 % inf == 5 and 5 % -inf == -inf",
        "x // 2 == -4 and x % 2 == 0.5 and x // -2 == 3 and x % -2 == -1.5",
        "i > x and x < i and i >= x and -7.0 == i and i < 0.5 and i > -1e30",
        "least > -1e19 and least < 1e19 and least == -9223372036854775808.0",
        "0.5 > -0.5 and -0.0 == 0 and not -0.0",
        "'' < 'a' and 'a' > '' and 'ab' > 'a' and 'a' < 'ab' and 'b' > 'ab'",
        "'a' <= 'a' and 'a' >= 'a' and not 'a' < 'a' and '' <= ''",
        "'a\\tb' != 'a b' and 'a\\\\b' != 'a\\'b'",
        "abs(two) == 2 and abs(i) == 7 and abs\t(x) == 7.5 and abs(-0.0) == 0",
        "abs(least) == 9223372036854775808.0 and -least == abs(least)",
        "max(two, 2.0, 1) == 2 and min(i, x) == x",
        "not (nan == nan) and not (nan != nan) and not (nan != 1) and not (1 != nan)",
        "not (nan not in [1]) and not (nan in [1]) and 1 not in [nan]",
        "not nan and not log(0) and (nan or 3) == 3",
        "1 in [two, 1, gone]",
        "not 'a' < 1 and not 1 < 'a' and not [1] < [2] and 'a' != 1",
        "[1, 2] == [1, 2.0] and [1] != [2] and not [] and [0]",
    };
    CHECK(texts, HONE_TRUE);
}

static void test_false(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "nan",
        "log(two - 2)",
        "0 ** -1 == 0",
        "0.0 ** -0.5 > 0",
        "inf // 2 == inf",
        "inf - inf == 0",
        "nan < 1",
        "0.5 < nan",
        "nan >= nan",
        "1 < 'a'",
        "'a' < 1",
        "null < 1",
        "null >= null",
        "min(1, 'a') <= 1",
        "abs('a') >= 0",
        "sqrt(-1) >= 0",
        "max(null) == null",
        "-'a' == 'a'",
    };
    CHECK(texts, HONE_FALSE);
}

static void test_unknown(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "gone",
        "-gone > 0",
        "abs(gone) >= 0",
        "min(gone, 1) < 9",
        "min(1, gone) < 9",
        "max(gone, gone) < 9",
        "not gone",
        "gone in [1]",
        "1 in [gone]",
        "gone and true",
        "gone or false",
        "gone or gone",
        "gone not in [gone]",
        "1 < two < gone",
        "gone ** 0 == 1",
        "gone == gone",
    };
    CHECK(texts, HONE_UNKNOWN);
}

/* A word that is none stops the parser wherever it stands; the offset is its own. */
static void test_broken_words(void **state)
{
    (void)state;
    static const char *const starts[] = {
        "",          "i ",
        "1 ",        "i < ",
        "i in [",    "i in [1, ",
        "[1] ",      "[i, 1] ",
        "(",         "(i ",
        "(i) ",      "min",
        "min(",      "min(i, ",
        "min(i) ",   "not ",
        "-",         "i and ",
        "i + ",      "i ** ",
        "`i` ",      "'a' ",
        "i not ",    "i not in ",
        "i in [i] ", "true or not (",
        "[1, ",
    };
    static const char *const words[] = {"$", "\"open", "`open", "1x", "\x01"};
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        for (size_t k = 0; k < sizeof words / sizeof *words; k++) {
            char text[100];
            hone_truth truth;
            hone_error err = {0};
            size_t offset = 1000;
            snprintf(text, sizeof text, "%s%s", starts[i], words[k]);
            if (strcmp(starts[i], "min") == 0)
                snprintf(text, sizeof text, "min (%s", words[k]);
            if (parse(text, &truth, &offset, &err) != HONE_ESYNTAX)
                fail_msg("%s is taken", text);
            assert_int_equal(err.code, HONE_ESYNTAX);
            if (offset + strlen(words[k]) > strlen(text) + 4 || offset > strlen(text))
                fail_msg("%s: offset %zu", text, offset);
        }
    }
}

static void test_messages(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
        size_t offset;
    } cases[] = {
        {"foo(1) > 0", "unknown name \"foo\"", 0},
        {"two < foo-bar", "unknown name \"foo\"", 6},
        {"far > 1", "unknown name \"far\"", 0},
        {". < 1", NULL, 0},
        {"two.5 < 1", NULL, 3},
        {"two. < 1", NULL, 3},
        {"min() < 1", "min() has 0 arguments, it takes one or more", 0},
        {"abs(1, 2) < 1", "abs() has 2 arguments, it takes one", 0},
        {"[two] == 1", "a list with names in it can only stand after \"in\"", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        hone_truth truth;
        hone_error err = {0};
        size_t offset = 1000;
        assert_int_equal(parse(cases[i].text, &truth, &offset, &err), HONE_ESYNTAX);
        if (cases[i].message != NULL)
            assert_string_equal(err.text, cases[i].message);
        if (offset != cases[i].offset)
            fail_msg("%s: %s at %zu", cases[i].text, err.text, offset);
    }
}

/* A word is quoted whole or up to a whole character. */
static void test_long_words(void **state)
{
    (void)state;
    for (int shift = 0; shift < 2; shift++) {
        char text[300] = "a";
        hone_truth truth;
        hone_error err = {0};
        for (int i = 0; i < 100; i++)
            memcpy(text + shift + 2 * i, "\xc3\xa9", 3);
        assert_int_equal(parse(text, &truth, NULL, &err), HONE_ESYNTAX);
        const char *quoted = strchr(err.text, '"') + 1;
        size_t len = (size_t)(strchr(quoted, '"') - quoted);
        assert_int_equal(len, shift == 0 ? 60 : 59);
        assert_memory_equal(quoted, text, len);
    }
}

static void test_too_long(void **state)
{
    (void)state;
    static char text[HONE_EXPR_MAX_BYTES + 10];
    hone_truth truth = HONE_FALSE;
    hone_error err = {0};
    size_t offset = 0;
    memset(text, ' ', sizeof text - 1);
    text[0] = '1';
    assert_int_equal(parse(text, &truth, &offset, &err), HONE_ESYNTAX);
    assert_int_equal(offset, HONE_EXPR_MAX_BYTES);
    assert_int_equal(parse(text, &truth, NULL, &err), HONE_ESYNTAX);
    text[HONE_EXPR_MAX_BYTES] = '\0';
    assert_int_equal(parse(text, &truth, &offset, &err), 0);
    assert_int_equal(truth, HONE_TRUE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_true),     cmocka_unit_test(test_false),
        cmocka_unit_test(test_unknown),  cmocka_unit_test(test_broken_words),
        cmocka_unit_test(test_messages), cmocka_unit_test(test_long_words),
        cmocka_unit_test(test_too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
