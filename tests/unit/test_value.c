#include <float.h>
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <hone/value.h>

static void check_real(double real, const char *expected)
{
    char text[HONE_REAL_TEXT];
    size_t len = hone_real_write(real, text);
    assert_string_equal(text, expected);
    assert_int_equal(len, strlen(expected));
}

static void test_real_is_pythons_repr(void **state)
{
    (void)state;
    static const struct {
        double real;
        const char *text;
    } cases[] = {
        {0.1, "0.1"},
        {0.1 + 0.2, "0.30000000000000004"},
        {1e-5, "1e-05"},
        {0.0001, "0.0001"},
        {0.00012345, "0.00012345"},
        {1.5e-7, "1.5e-07"},
        {1e16, "1e+16"},
        {1e15, "1000000000000000.0"},
        {9999999999999998.0, "9999999999999998.0"},
        {12345678901234567.0, "1.2345678901234568e+16"},
        {1e22, "1e+22"},
        {1e23, "1e+23"},
        {5e-324, "5e-324"},
        {DBL_MIN, "2.2250738585072014e-308"},
        {DBL_MIN / 2, "1.1125369292536007e-308"},
        {DBL_MAX, "1.7976931348623157e+308"},
        {-DBL_MAX, "-1.7976931348623157e+308"},
        {1.0, "1.0"},
        {0.0, "0.0"},
        {-0.0, "-0.0"},
        {-2.5, "-2.5"},
        {123456.789, "123456.789"},
        {1e100, "1e+100"},
        {3.141592653589793, "3.141592653589793"},
        {0x1p53, "9007199254740992.0"},
        {0x1p-44, "5.684341886080802e-14"},
        {INFINITY, "inf"},
        {-INFINITY, "-inf"},
        {NAN, "nan"},
        {-NAN, "nan"},
        /* Powers of two whose nearest 16 digits do not read back, but the next do. */
        {0x1p-1017, "7.120236347223045e-307"},
        {0x1p-957, "8.209073602596753e-289"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_real(cases[i].real, cases[i].text);
}

/* A linear congruential sequence; the high bits are good enough to spread over doubles.
 */
static uint64_t next_bits(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return *seed ^ (*seed >> 29);
}

static void check_round_trip(double real)
{
    char text[HONE_REAL_TEXT];
    double back = 0;
    size_t len = hone_real_write(real, text);
    assert_true(hone_real_read(text, len, &back));
    if (memcmp(&back, &real, sizeof back) != 0)
        fail_msg("%a was written as %s and read as %a", real, text, back);
}

static void test_random_reals_round_trip(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (int i = 0; i < 20000; i++) {
        uint64_t bits = next_bits(&seed);
        double real;
        memcpy(&real, &bits, sizeof real);
        if (!isnan(real))
            check_round_trip(real);
    }
    for (int exponent = -1074; exponent < 1024; exponent++)
        check_round_trip(ldexp(1, exponent));
}

static void test_real_is_read_whole_or_not(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double real;
    } good[] = {
        {"0", 0},
        {"007", 7},
        {"1.", 1},
        {".5", 0.5},
        {"-0.5", -0.5},
        {"+1e3", 1000},
        {"1E-4", 1e-4},
        {"1e+05", 1e5},
        {"123456789012345678", 123456789012345678.0},
        {"9007199254740993", 9007199254740992.0},
        {"9007199254740993.00000000000000000000000000000001", 9007199254740994.0},
        {"1e999", INFINITY},
        {"-1e999", -INFINITY},
        {"1e-999", 0},
        {"0e99999999999999999999999", 0},
        {"1e99999999999999999999999", INFINITY},
        {"0.00000000000000000000000000000001e32", 1},
        {"4.9406564584124654e-324", 5e-324},
        {"inf", INFINITY},
        {"-Infinity", -INFINITY},
        {"+INF", INFINITY},
    };
    static const char *const bad[] = {
        "",    "+",    "-",     ".",     "-.",   "e5",  ".e5", "1e",      "1e+", "1e5x",
        " 1",  "1 ",   "1..2",  "1.2.3", "0x10", "1_0", "--1", "infinit", "in",  "nano",
        "1,5", "1e.5", "1e5.0", "١",     "1\n",  "n",   "+-1", "infx",    "1d5", "1e 5",
    };
    double real;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        real = 42;
        if (!hone_real_read(good[i].text, strlen(good[i].text), &real) ||
            real != good[i].real)
            fail_msg("%s: got %a", good[i].text, real);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (hone_real_read(bad[i], strlen(bad[i]), &real))
            fail_msg("\"%s\" was read as %a", bad[i], real);
    assert_true(hone_real_read("-NaN", 4, &real) && isnan(real));
    assert_true(hone_real_read("-0", 2, &real) && signbit(real));
    assert_true(hone_real_read("1.5rest", 3, &real) && real == 1.5);
    assert_false(hone_real_read("1\0", 2, &real));
}

static void test_many_digits_are_read_right(void **state)
{
    (void)state;
    static char text[5000];
    double real;
    memset(text, '0', sizeof text);
    memcpy(text, "0.", 2);
    memcpy(text + 3002, "1e3001", 6);
    assert_true(hone_real_read(text, 3008, &real));
    assert_true(real == 1);
    /* 2^53 + 1 is half-way between two doubles; a 1 far behind decides. */
    memset(text, '0', sizeof text);
    memcpy(text, "9007199254740993.", 17);
    assert_true(hone_real_read(text, sizeof text, &real));
    assert_true(real == 9007199254740992.0);
    text[sizeof text - 1] = '1';
    assert_true(hone_real_read(text, sizeof text, &real));
    assert_true(real == 9007199254740994.0);
}

static void test_locale_changes_nothing(void **state)
{
    (void)state;
    static const char *const locales[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "tr_TR.UTF-8"};
    for (size_t i = 0; i < 3; i++)
        if (setlocale(LC_ALL, locales[i]) != NULL)
            break;
    double real;
    check_real(0.1, "0.1");
    check_real(1.5e-7, "1.5e-07");
    assert_true(hone_real_read("0.30000000000000004", 19, &real));
    assert_true(real == 0.1 + 0.2);
    assert_false(hone_real_read("0,5", 3, &real));
    setlocale(LC_ALL, "C");
}

static void check_written(const hone_value *value, hone_form form, const char *expected)
{
    hone_buf out;
    hone_buf_init(&out, 10000);
    hone_value_write(&out, value, form);
    assert_int_equal(hone_buf_status(&out), 0);
    assert_string_equal(hone_buf_text(&out), expected);
    hone_buf_release(&out);
}

static void check_forms(hone_value value, const char *python, const char *yaml,
                        const char *json)
{
    check_written(&value, HONE_FORM_PYTHON, python);
    check_written(&value, HONE_FORM_YAML, yaml);
    check_written(&value, HONE_FORM_JSON, json);
}

static hone_value list_of(const hone_value *items, uint32_t n)
{
    return (hone_value){.kind = HONE_LIST, .n = n, .items = items};
}

static void test_scalars_in_three_forms(void **state)
{
    (void)state;
    check_forms((hone_value){.kind = HONE_ABSENT}, "", "", "");
    check_forms((hone_value){.kind = HONE_NULL}, "None", "null", "null");
    check_forms(hone_value_bool(true), "True", "true", "true");
    check_forms(hone_value_bool(false), "False", "false", "false");
    check_forms(hone_value_int(INT64_MIN), "-9223372036854775808", "-9223372036854775808",
                "-9223372036854775808");
    check_forms(hone_value_int(0), "0", "0", "0");
    check_forms(hone_value_real(1e-5), "1e-05", "1e-05", "1e-05");
    check_forms(hone_value_real(2), "2.0", "2.0", "2.0");
    check_forms(hone_value_real(-INFINITY), "-inf", "-inf", "-Infinity");
    check_forms(hone_value_real(NAN), "nan", "nan", "NaN");
    check_forms(hone_value_text(""), "", "", "\"\"");
    check_forms(hone_value_text("a 'b'\n"), "a 'b'\n", "a 'b'\n", "\"a 'b'\\n\"");
    check_forms(hone_value_from_plain("0.10"), "0.10", "0.10", "0.1");
    check_forms(hone_value_from_plain("1e-4"), "1e-4", "1e-4", "0.0001");
    check_forms(hone_value_from_plain("0x1F"), "0x1F", "0x1F", "31");
    check_forms(hone_value_from_plain("+1"), "+1", "+1", "1");
}

static void test_collections_in_three_forms(void **state)
{
    (void)state;
    const hone_value items[] = {
        hone_value_int(1),     hone_value_text("a"),  {.kind = HONE_NULL},
        hone_value_bool(true), hone_value_real(1e-5), hone_value_from_plain("0.10"),
        {.kind = HONE_ABSENT},
    };
    const hone_pair inner[] = {{"beta", hone_value_real(0.9)}, {"1", hone_value_int(2)}};
    const hone_pair pairs[] = {
        {"lr", hone_value_from_plain("1e-1")},
        {"nadam", {.kind = HONE_MAP, .n = 2, .pairs = inner}},
        {"l", list_of(items, 2)},
    };
    check_forms(list_of(items, 7), "[1, 'a', None, True, 1e-05, 0.1, None]",
                "[1, a, null, true, 1.0e-05, 0.1, null]",
                "[1, \"a\", null, true, 1e-05, 0.1, null]");
    check_forms((hone_value){.kind = HONE_MAP, .n = 3, .pairs = pairs},
                "{'lr': 0.1, 'nadam': {'beta': 0.9, '1': 2}, 'l': [1, 'a']}",
                "{lr: 0.1, nadam: {beta: 0.9, \"1\": 2}, l: [1, a]}",
                "{\"lr\": 0.1, \"nadam\": {\"beta\": 0.9, \"1\": 2}, \"l\": [1, \"a\"]}");
    check_forms(list_of(NULL, 0), "[]", "[]", "[]");
    check_forms((hone_value){.kind = HONE_MAP}, "{}", "{}", "{}");
}

static void test_inner_texts_are_quoted(void **state)
{
    (void)state;
    static const struct {
        const char *text, *python, *yaml, *json;
    } cases[] = {
        {"it's", "[\"it's\"]", "[\"it's\"]", "[\"it's\"]"},
        {"say \"x\"", "['say \"x\"']", "[\"say \\\"x\\\"\"]", "[\"say \\\"x\\\"\"]"},
        {"'\"", "['\\'\"']", "[\"'\\\"\"]", "[\"'\\\"\"]"},
        {"\t\n\\\x01\x7f", "['\\t\\n\\\\\\x01\\x7f']", "[\"\\t\\n\\\\\\x01\\x7f\"]",
         "[\"\\t\\n\\\\\\u0001\\u007f\"]"},
        {"\b\f\r", "['\\x08\\x0c\\r']", "[\"\\x08\\x0c\\r\"]", "[\"\\b\\f\\r\"]"},
        {"h\xC3\xA9", "['h\xC3\xA9']", "[h\xC3\xA9]", "[\"h\\u00e9\"]"},
        {"\xC2\xA0", "['\\xa0']", "[\"\\xa0\"]", "[\"\\u00a0\"]"},
        {"\xE2\x80\xA8", "['\\u2028']", "[\"\\u2028\"]", "[\"\\u2028\"]"},
        {"\xF0\x9F\x98\x80", "['\xF0\x9F\x98\x80']", "[\"\xF0\x9F\x98\x80\"]",
         "[\"\\ud83d\\ude00\"]"},
        {"\xF3\xA0\x80\x81", "['\\U000e0001']", "[\"\\U000e0001\"]",
         "[\"\\udb40\\udc01\"]"},
        {"\xFF", "['\xEF\xBF\xBD']", "[\"\xEF\xBF\xBD\"]", "[\"\\ufffd\"]"},
        {"", "['']", "[\"\"]", "[\"\"]"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const hone_value text = hone_value_text(cases[i].text);
        check_forms(list_of(&text, 1), cases[i].python, cases[i].yaml, cases[i].json);
    }
}

static void test_yaml_quotes_what_reads_as_another_type(void **state)
{
    (void)state;
    static const char *const plain[] = {
        "adam", "a b", "/data/x.csv", "lr-1_x",  "_1",
        "e5",   "nan", "None",        "path/to", "x=1",
    };
    static const char *const quoted[] = {
        "1",    "1.5",   "1e-5",  "0x1F",       "true", "True", "yes", "No",   "ON",
        "off",  "y",     "N",     "null",       "~",    "=",    "<<",  ".inf", ".nan",
        ".a",   "1_000", "12:30", "017",        "0o17", "-x",   "- x", "a: b", "a:",
        "a #b", "#a",    "a,b",   "[x",         "{x",   "x]",   "!t",  "&a",   "*a",
        "%a",   "@a",    "`a",    "?",          "|",    ">",    " a",  "a ",   "---",
        "...",  "",      "+1",    "2001-01-01",
    };
    char expected[64];
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
        const hone_value text = hone_value_text(plain[i]), list = list_of(&text, 1);
        snprintf(expected, sizeof expected, "[%s]", plain[i]);
        check_written(&list, HONE_FORM_YAML, expected);
    }
    for (size_t i = 0; i < sizeof quoted / sizeof *quoted; i++) {
        const hone_value text = hone_value_text(quoted[i]), list = list_of(&text, 1);
        snprintf(expected, sizeof expected, "[\"%s\"]", quoted[i]);
        check_written(&list, HONE_FORM_YAML, expected);
    }
}

static void test_depth_is_limited(void **state)
{
    (void)state;
    hone_value nest[HONE_VALUE_DEPTH + 2] = {hone_value_int(1)};
    for (size_t i = 1; i < HONE_VALUE_DEPTH + 2; i++)
        nest[i] = list_of(&nest[i - 1], 1);
    hone_buf out;
    hone_buf_init(&out, 10000);
    hone_value_write(&out, &nest[HONE_VALUE_DEPTH], HONE_FORM_JSON);
    assert_int_equal(hone_buf_status(&out), 0);
    assert_int_equal(out.len, 2 * HONE_VALUE_DEPTH + 1);
    hone_buf_reset(&out);
    hone_value_write(&out, &nest[HONE_VALUE_DEPTH + 1], HONE_FORM_JSON);
    assert_int_equal(hone_buf_status(&out), HONE_ELIMIT);
    hone_buf_release(&out);
    assert_true(hone_value_equal(&nest[HONE_VALUE_DEPTH], &nest[HONE_VALUE_DEPTH]));
}

static void test_equality_is_that_of_points(void **state)
{
    (void)state;
    const hone_value one = hone_value_int(1), two = hone_value_int(2);
    const hone_pair ab[] = {{"a", one}, {"b", two}}, ba[] = {{"b", two}, {"a", one}};
    const hone_pair ac[] = {{"a", one}, {"c", two}};
    const struct {
        hone_value a, b;
        bool equal;
    } cases[] = {
        {one, hone_value_real(1), true},
        {one, hone_value_from_plain("1e0"), true},
        {hone_value_from_plain("0.10"), hone_value_real(0.1), true},
        {one, hone_value_bool(true), false},
        {one, hone_value_text("1"), false},
        {one, two, false},
        {hone_value_real(0.0), hone_value_real(-0.0), true},
        {hone_value_real(NAN), hone_value_real(NAN), true},
        {hone_value_real(NAN), one, false},
        {hone_value_int(9007199254740993), hone_value_real(9007199254740992.0), false},
        {hone_value_int(INT64_MAX), hone_value_real(0x1p63), false},
        {hone_value_int(INT64_MIN), hone_value_real(-0x1p63), true},
        {hone_value_text("a"), hone_value_text("a"), true},
        {hone_value_text("a"), hone_value_text("ab"), false},
        {{.kind = HONE_NULL}, {.kind = HONE_NULL}, true},
        {{.kind = HONE_NULL}, {.kind = HONE_ABSENT}, false},
        {list_of(&one, 1), list_of(&one, 1), true},
        {list_of(&one, 1), list_of(&two, 1), false},
        {list_of(&one, 1), list_of(NULL, 0), false},
        {{.kind = HONE_MAP, .n = 2, .pairs = ab},
         {.kind = HONE_MAP, .n = 2, .pairs = ba},
         true},
        {{.kind = HONE_MAP, .n = 2, .pairs = ab},
         {.kind = HONE_MAP, .n = 2, .pairs = ac},
         false},
        {{.kind = HONE_MAP, .n = 2, .pairs = ab},
         {.kind = HONE_MAP, .n = 1, .pairs = ab},
         false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (hone_value_equal(&cases[i].a, &cases[i].b) != cases[i].equal ||
            hone_value_equal(&cases[i].b, &cases[i].a) != cases[i].equal)
            fail_msg("case %zu", i);
    }
}

static void test_plain_scalars_are_typed(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        hone_kind kind;
        double number;
    } cases[] = {
        {"", HONE_NULL, 0},
        {"~", HONE_NULL, 0},
        {"null", HONE_NULL, 0},
        {"NULL", HONE_NULL, 0},
        {"nULL", HONE_TEXT, 0},
        {"None", HONE_TEXT, 0},
        {"true", HONE_BOOL, 1},
        {"TRUE", HONE_BOOL, 1},
        {"False", HONE_BOOL, 0},
        {"yes", HONE_TEXT, 0},
        {"0", HONE_INT, 0},
        {"-7", HONE_INT, -7},
        {"+1", HONE_INT, 1},
        {"017", HONE_INT, 17},
        {"0x1F", HONE_INT, 31},
        {"-0x1f", HONE_INT, -31},
        {"0o17", HONE_INT, 15},
        {"0o8", HONE_TEXT, 0},
        {"0x", HONE_TEXT, 0},
        {"0xg", HONE_TEXT, 0},
        {"0b11", HONE_TEXT, 0},
        {"1_000", HONE_TEXT, 0},
        {"1e-4", HONE_REAL, 1e-4},
        {"1E5", HONE_REAL, 1e5},
        {".5", HONE_REAL, 0.5},
        {"5.", HONE_REAL, 5},
        {"-.5e1", HONE_REAL, -5},
        {"1.0", HONE_REAL, 1},
        {".inf", HONE_REAL, INFINITY},
        {"-.INF", HONE_REAL, -INFINITY},
        {"+.Inf", HONE_REAL, INFINITY},
        {"inf", HONE_TEXT, 0},
        {"nan", HONE_TEXT, 0},
        {"infinity", HONE_TEXT, 0},
        {"-inf", HONE_TEXT, 0},
        {"-.nan", HONE_TEXT, 0},
        {".", HONE_TEXT, 0},
        {"-", HONE_TEXT, 0},
        {"1.2.3", HONE_TEXT, 0},
        {"12:30", HONE_TEXT, 0},
        {"1e", HONE_TEXT, 0},
        {"9223372036854775807", HONE_INT, 0x1p63},
        {"-9223372036854775808", HONE_INT, -0x1p63},
        {"9223372036854775808", HONE_REAL, 0x1p63},
        {"0xFFFFFFFFFFFFFFFF", HONE_REAL, 0x1p64},
        {"-0x8000000000000000", HONE_INT, -0x1p63},
        {"100000000000000000000", HONE_REAL, 1e20},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        hone_value value = hone_value_from_plain(cases[i].text);
        double number = 0;
        bool numeric = hone_value_number(&value, &number);
        if (value.kind != cases[i].kind || number != cases[i].number)
            fail_msg("%s: kind %d, number %g", cases[i].text, value.kind, number);
        bool spelled = value.kind == HONE_INT || value.kind == HONE_REAL;
        assert_int_equal(numeric, spelled || value.kind == HONE_BOOL);
        assert_ptr_equal(value.spelling, spelled ? cases[i].text : NULL);
        if (value.kind == HONE_TEXT)
            assert_int_equal(value.n, strlen(cases[i].text));
    }
    hone_value nan_value = hone_value_from_plain(".NaN");
    assert_true(nan_value.kind == HONE_REAL && isnan(nan_value.real));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_real_is_pythons_repr),
        cmocka_unit_test(test_random_reals_round_trip),
        cmocka_unit_test(test_real_is_read_whole_or_not),
        cmocka_unit_test(test_many_digits_are_read_right),
        cmocka_unit_test(test_locale_changes_nothing),
        cmocka_unit_test(test_scalars_in_three_forms),
        cmocka_unit_test(test_collections_in_three_forms),
        cmocka_unit_test(test_inner_texts_are_quoted),
        cmocka_unit_test(test_yaml_quotes_what_reads_as_another_type),
        cmocka_unit_test(test_depth_is_limited),
        cmocka_unit_test(test_equality_is_that_of_points),
        cmocka_unit_test(test_plain_scalars_are_typed),
    };
    return cmocka_run_group_tests_name("value", tests, NULL, NULL);
}
