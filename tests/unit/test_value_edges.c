/* Values at their edges: what an int64 or a double no longer holds, what differs in a
 * single bit or place, text that is no UTF-8, and buffers that end anywhere. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <hone/json.h>
#include <hone/option.h>
#include <hone/space.h>

#include "model/number.h"

static void test_integers_are_read_whole_or_not(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool taken;
        int64_t integer;
    } cases[] = {
        {"0", true, 0},
        {"+5", true, 5},
        {"-0", true, 0},
        {"007", true, 7},
        {"9223372036854775807", true, INT64_MAX},
        {"-9223372036854775808", true, INT64_MIN},
        {"9223372036854775808", false, 0},
        {"-9223372036854775809", false, 0},
        {"92233720368547758070", false, 0},
        {"", false, 0},
        {"+", false, 0},
        {"-", false, 0},
        {"+-1", false, 0},
        {"1 ", false, 0},
        {" 1", false, 0},
        {"1e3", false, 0},
        {"/", false, 0},
        {":", false, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t integer = 0;
        bool taken = hone_int_read(cases[i].text, strlen(cases[i].text), &integer);
        assert_int_equal(taken, cases[i].taken);
        assert_int_equal(integer, cases[i].integer);
    }
}

static void test_exponents_of_any_length(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double real;
    } cases[] = {
        {"1e-99999999999999999999", 0},           {"1e99999999999999999999", INFINITY},
        {"-1e-99999999999999999999", 0},          {"0e99999999999999999999", 0},
        {"12345678901234567890e-99999999999", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double real = NAN;
        assert_true(hone_real_read(cases[i].text, strlen(cases[i].text), &real));
        assert_true(real == cases[i].real);
    }
    double minus = 0;
    assert_true(hone_real_read("-0e5", 4, &minus) && signbit(minus));
}

static void test_plain_scalars_in_other_bases(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        hone_value value;
    } cases[] = {
        {"0xfF", {HONE_INT, .integer = 255}},
        {"0o17", {HONE_INT, .integer = 15}},
        {"-0x10", {HONE_INT, .integer = -16}},
        {"+0o7", {HONE_INT, .integer = 7}},
        {"-0x8000000000000000", {HONE_INT, .integer = INT64_MIN}},
        {"0x7fffffffffffffff", {HONE_INT, .integer = INT64_MAX}},
        {"0x8000000000000000", {HONE_REAL, .real = 0x1p63}},
        {"0x10000000000000000", {HONE_REAL, .real = 0x1p64}},
        {"-0x10000000000000000", {HONE_REAL, .real = -0x1p64}},
        {"0o1000000000000000000000", {HONE_REAL, .real = 0x1p63}},
        {"0o8", {.kind = HONE_TEXT}},
        {"0xg", {.kind = HONE_TEXT}},
        {"0x/", {.kind = HONE_TEXT}},
        {"0xG", {.kind = HONE_TEXT}},
        {"0x@", {.kind = HONE_TEXT}},
        {"0x`", {.kind = HONE_TEXT}},
        {"0x", {.kind = HONE_TEXT}},
        {"0b1", {.kind = HONE_TEXT}},
        {"+.5", {HONE_REAL, .real = 0.5}},
        {"-5.", {HONE_REAL, .real = -5}},
        {"+x", {.kind = HONE_TEXT}},
        {"+inf", {.kind = HONE_TEXT}},
        {"-nan", {.kind = HONE_TEXT}},
        {"+.inf", {HONE_REAL, .real = INFINITY}},
        {"-.INF", {HONE_REAL, .real = -INFINITY}},
        {"-.nan", {.kind = HONE_TEXT}},
        {"1/2", {.kind = HONE_TEXT}},
        {":1", {.kind = HONE_TEXT}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        hone_value got = hone_value_from_plain(cases[i].text);
        if (got.kind != cases[i].value.kind)
            fail_msg("%s is of kind %d", cases[i].text, got.kind);
        if (got.kind != HONE_TEXT && !hone_value_equal(&got, &cases[i].value))
            fail_msg("%s is another number", cases[i].text);
    }
}

#define REAL(x)                                                                          \
    {                                                                                    \
        .kind = HONE_REAL, .real = (x)                                                   \
    }
#define INT(x)                                                                           \
    {                                                                                    \
        .kind = HONE_INT, .integer = (x)                                                 \
    }
#define BOOL(x)                                                                          \
    {                                                                                    \
        .kind = HONE_BOOL, .boolean = (x)                                                \
    }

static void test_equality(void **state)
{
    (void)state;
    static const hone_value one = INT(1), two = INT(2);
    static const hone_pair a1[] = {{"a", INT(1)}, {"b", INT(2)}};
    static const hone_pair a2[] = {{"b", REAL(2)}, {"a", REAL(1)}};
    static const hone_pair other[] = {{"a", INT(1)}, {"b", INT(3)}};
    static const hone_pair keys[] = {{"a", INT(1)}, {"c", INT(2)}};
    static const struct {
        hone_value a, b;
        bool equal;
    } cases[] = {
        {{.kind = HONE_ABSENT}, {.kind = HONE_ABSENT}, true},
        {{.kind = HONE_ABSENT}, {.kind = HONE_NULL}, false},
        {BOOL(true), BOOL(true), true},
        {BOOL(true), BOOL(false), false},
        {BOOL(true), INT(1), false},
        {INT(INT64_MAX), REAL(0x1p63), false},
        {REAL(0x1p63), INT(INT64_MAX), false},
        {REAL(-0x1p63), INT(INT64_MIN), true},
        {REAL(-0x1p64), INT(INT64_MIN), false},
        {INT(0), REAL(-0.0), true},
        {INT(2), REAL(2.5), false},
        {INT(2), REAL(NAN), false},
        {REAL(NAN), REAL(NAN), true},
        {REAL(NAN), REAL(1), false},
        {REAL(1), REAL(NAN), false},
        {{.kind = HONE_LIST, .n = 1, .items = &one},
         {.kind = HONE_LIST, .n = 1, .items = &two},
         false},
        {{.kind = HONE_MAP, .n = 2, .pairs = a1},
         {.kind = HONE_MAP, .n = 2, .pairs = a2},
         true},
        {{.kind = HONE_MAP, .n = 2, .pairs = a1},
         {.kind = HONE_MAP, .n = 2, .pairs = other},
         false},
        {{.kind = HONE_MAP, .n = 2, .pairs = a1},
         {.kind = HONE_MAP, .n = 2, .pairs = keys},
         false},
        {{.kind = HONE_MAP, .n = 2, .pairs = a1},
         {.kind = HONE_MAP, .n = 1, .pairs = a1},
         false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (hone_value_equal(&cases[i].a, &cases[i].b) != cases[i].equal ||
            hone_value_equal(&cases[i].b, &cases[i].a) != cases[i].equal)
            fail_msg("case %zu", i);
    }
}

static void test_kinds_as_numbers(void **state)
{
    (void)state;
    static const hone_value none[] = {{.kind = HONE_ABSENT},
                                      {.kind = HONE_NULL},
                                      {.kind = HONE_TEXT},
                                      {.kind = HONE_LIST},
                                      {.kind = HONE_MAP}};
    static const hone_value some[] = {INT(-3), REAL(-3), BOOL(true), BOOL(false)};
    static const double numbers[] = {-3, -3, 1, 0};
    double number = 7;
    for (size_t i = 0; i < 5; i++)
        assert_false(hone_value_number(&none[i], &number));
    assert_true(number == 7);
    for (size_t i = 0; i < 4; i++)
        assert_true(hone_value_number(&some[i], &number) && number == numbers[i]);
}

/* Any two equal configurations have one identity, whatever kinds say it. */
static void test_identity_of_kinds(void **state)
{
    (void)state;
    static const char *const path[] = {"x"};
    const hone_param param = {.name = "x", .path = path, .depth = 1};
    const hone_space space = {.n = 1, .params = &param};
    static const hone_value values[] = {
        INT(1),
        REAL(1),
        BOOL(true),
        INT(INT64_MAX),
        REAL(0x1p63),
        REAL(INFINITY),
        REAL(NAN),
        {.kind = HONE_TEXT, .n = 1, .text = "1"},
        {.kind = HONE_NULL},
        {.kind = HONE_ABSENT},
        {.kind = HONE_LIST},
        {.kind = HONE_MAP},
    };
    enum { N = sizeof values / sizeof *values };
    hone_identity ids[N];
    hone_config *config = calloc(1, hone_config_size(&space));
    assert_non_null(config);
    config->n = 1;
    for (size_t i = 0; i < N; i++) {
        config->values[0] = values[i];
        ids[i] = hone_config_identity(&space, config);
        for (size_t k = 0; k < i; k++)
            assert_int_equal(ids[i].low == ids[k].low && ids[i].high == ids[k].high,
                             hone_value_equal(&values[i], &values[k]));
    }
    free(config);
}

static void expect_yaml(const char *text, size_t len, const char *expected)
{
    const hone_value item = {.kind = HONE_TEXT, .n = (uint32_t)len, .text = text};
    const hone_value list = {.kind = HONE_LIST, .n = 1, .items = &item};
    hone_buf out;
    hone_buf_init(&out, 1000);
    hone_value_write(&out, &list, HONE_FORM_YAML);
    assert_string_equal(hone_buf_text(&out), expected);
    hone_buf_release(&out);
}

/* Text inside a list is plain only where nobody can take it for anything else. */
static void test_inner_text_in_yaml(void **state)
{
    (void)state;
    expect_yaml("a b", 3, "[a b]");
    expect_yaml("a  b", 4, "[\"a  b\"]");
    expect_yaml("a ", 2, "[\"a \"]");
    expect_yaml("a\xc3\xa9", 3, "[a\xc3\xa9]");
    expect_yaml("a, b", 4, "[\"a, b\"]");
    const hone_value broken = {.kind = HONE_TEXT, .n = 2, .text = "a\xff"};
    const hone_value list = {.kind = HONE_LIST, .n = 1, .items = &broken};
    hone_buf out;
    hone_buf_init(&out, 1000);
    hone_value_write(&out, &list, HONE_FORM_YAML);
    assert_int_equal(strncmp(hone_buf_text(&out), "[\"a", 3), 0);
    assert_null(memchr(hone_buf_text(&out), '\xff', out.len));
    hone_buf_release(&out);
}

/* A writer whose buffer ends anywhere fails there, once, and keeps a true prefix. */
static void test_buffers_end_anywhere(void **state)
{
    (void)state;
    static const hone_value items[] = {INT(1), BOOL(true), {.kind = HONE_NULL}};
    static const hone_pair pairs[] = {
        {"a", {.kind = HONE_LIST, .n = 3, .items = items}},
        {"b c", {.kind = HONE_TEXT, .n = 4, .text = "x, y"}},
        {"d", REAL(0.5)}};
    static const hone_value map = {.kind = HONE_MAP, .n = 3, .pairs = pairs};
    for (int form = HONE_FORM_PYTHON; form <= HONE_FORM_JSON; form++) {
        hone_buf whole, out;
        hone_buf_init(&whole, 1000);
        hone_value_write(&whole, &map, (hone_form)form);
        assert_int_equal(hone_buf_status(&whole), 0);
        for (size_t max = 0; max < whole.len; max++) {
            hone_buf_init(&out, max);
            hone_value_write(&out, &map, (hone_form)form);
            assert_int_equal(hone_buf_status(&out), HONE_ELIMIT);
            assert_true(out.len <= max);
            assert_memory_equal(hone_buf_text(&out), hone_buf_text(&whole), out.len);
            hone_buf_release(&out);
        }
        hone_buf_release(&whole);
    }
}

static void test_options_of_no_bounds(void **state)
{
    (void)state;
    static const hone_option real = {
        .name = "r", .type = HONE_OPTION_REAL, .min = -INFINITY, .max = INFINITY};
    static const hone_option choice = {
        .name = "c", .type = HONE_OPTION_CHOICE, .choices = "a|b"};
    static const struct {
        const hone_option *option;
        hone_value value;
        const char *message;
    } cases[] = {
        {&real, REAL(1e308), ""},
        {&real, REAL(INFINITY), "r is inf, expected a number"},
        {&choice, INT(3), "c is 3, expected one of a, b"},
        {&choice, {.kind = HONE_NULL}, "c is null, expected one of a, b"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        hone_error err = {0};
        int code = hone_option_check(cases[i].option, &cases[i].value, &err);
        assert_int_equal(code, cases[i].message[0] == '\0' ? 0 : HONE_ERANGE);
        assert_string_equal(err.text, cases[i].message);
    }
}

/* Parameters whose bounds leave nothing, or go past what integers can count. */
static void test_wide_and_empty_parameters(void **state)
{
    (void)state;
    hone_param param = {.name = "x", .distribution = HONE_Q_UNIFORM, .min = 1, .max = 1};
    param.q = 0.5;
    assert_int_equal(hone_param_levels(&param), 0);
    param.max = 1e12;
    param.min = 0;
    assert_true(hone_param_levels(&param) == 2000000000000);
    assert_true(hone_param_level(&param, 30000000001).real == 15000000000.5);
    assert_true(hone_param_level(&param, 3).real == 1.5);
    param = (hone_param){.name = "x",
                         .distribution = HONE_Q_UNIFORM,
                         .min = -0x1p70,
                         .max = -0x1p70 + 0x1p20,
                         .q = 0x1p18,
                         .q_integer = true};
    assert_int_equal(hone_param_draw(&param, 0).kind, HONE_REAL);
    assert_true(hone_param_draw(&param, 0).real == -0x1p70);
    param = (hone_param){.name = "x",
                         .distribution = HONE_INT_UNIFORM,
                         .min = -0x1p63,
                         .max = -0x1p63 + 0x1p12};
    hone_value least = hone_param_support_value(&param, 0);
    assert_int_equal(least.kind, HONE_INT);
    assert_true(least.integer == INT64_MIN);
    param.min = -0x1p62;
    param.max = 0x1p62 + 0x1p12;
    assert_true(hone_param_support(&param) == UINT64_MAX); /* past 2^63 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_integers_are_read_whole_or_not),
        cmocka_unit_test(test_exponents_of_any_length),
        cmocka_unit_test(test_plain_scalars_in_other_bases),
        cmocka_unit_test(test_equality),
        cmocka_unit_test(test_kinds_as_numbers),
        cmocka_unit_test(test_identity_of_kinds),
        cmocka_unit_test(test_inner_text_in_yaml),
        cmocka_unit_test(test_buffers_end_anywhere),
        cmocka_unit_test(test_options_of_no_bounds),
        cmocka_unit_test(test_wide_and_empty_parameters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
