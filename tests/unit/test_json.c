#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <hone/json.h>

static hone_buf out;
static hone_json json;

static int begin(void **state)
{
    (void)state;
    hone_buf_init(&out, 4096);
    hone_json_init(&json, &out);
    return 0;
}

static int end(void **state)
{
    (void)state;
    hone_buf_release(&out);
    return 0;
}

static void check(const char *expected)
{
    assert_int_equal(hone_buf_status(&out), 0);
    assert_int_equal(json.depth, 0);
    assert_string_equal(hone_buf_text(&out), expected);
    hone_buf_reset(&out);
    hone_json_init(&json, &out);
}

static void test_commas_and_nesting(void **state)
{
    (void)state;
    hone_json_begin_object(&json);
    hone_json_key(&json, "a");
    hone_json_int(&json, 1);
    hone_json_key(&json, "b");
    hone_json_begin_array(&json);
    hone_json_end(&json);
    hone_json_key(&json, "c");
    hone_json_begin_array(&json);
    hone_json_bool(&json, true);
    hone_json_begin_object(&json);
    hone_json_end(&json);
    hone_json_begin_array(&json);
    hone_json_null(&json);
    hone_json_end(&json);
    hone_json_text(&json, NULL);
    hone_json_end(&json);
    hone_json_key(&json, "");
    hone_json_text(&json, "x");
    hone_json_end(&json);
    check("{\"a\":1,\"b\":[],\"c\":[true,{},[null],null],\"\":\"x\"}");
    hone_json_bool(&json, false);
    check("false");
}

static void test_numbers(void **state)
{
    (void)state;
    static const struct {
        double real;
        const char *text;
    } cases[] = {{2, "2.0"},        {0.1, "0.1"},          {1e-5, "1e-05"},
                 {1e22, "1e+22"},   {-0.0, "-0.0"},        {NAN, "\"nan\""},
                 {-NAN, "\"nan\""}, {INFINITY, "\"inf\""}, {-INFINITY, "\"-inf\""}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        hone_json_real(&json, cases[i].real);
        check(cases[i].text);
    }
    hone_json_int(&json, INT64_MIN);
    check("-9223372036854775808");
    hone_json_int(&json, INT64_MAX);
    check("9223372036854775807");
}

static void test_texts_are_escaped_and_repaired(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t len;
        const char *expected;
    } cases[] = {
        {"plain", 5, "\"plain\""},
        {"", 0, "\"\""},
        {"\"\\/", 3, "\"\\\"\\\\/\""},
        {"\b\f\n\r\t", 5, "\"\\b\\f\\n\\r\\t\""},
        {"a\0b\x1f\x1b", 5, "\"a\\u0000b\\u001f\\u001b\""},
        {"\x7f", 1, "\"\x7f\""},
        {"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80", 9,
         "\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\""},
        {"a\xFF"
         "b",
         3,
         "\"a\xEF\xBF\xBD"
         "b\""},
        {"\xC3", 1, "\"\xEF\xBF\xBD\""},
        {"\xED\xA0\x80", 3, "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""},
        {"\xE2\x82\"", 3, "\"\xEF\xBF\xBD\\\"\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        hone_json_bytes(&json, cases[i].text, cases[i].len);
        check(cases[i].expected);
    }
    hone_json_begin_object(&json);
    hone_json_key(&json, "a\"\xFF");
    hone_json_null(&json);
    hone_json_end(&json);
    check("{\"a\\\"\xEF\xBF\xBD\":null}");
}

static void test_values(void **state)
{
    (void)state;
    const hone_value items[] = {
        hone_value_int(1),    hone_value_text("h\xC3\xA9"), hone_value_from_plain("0.10"),
        hone_value_real(NAN), hone_value_bool(false),       {.kind = HONE_NULL},
        {.kind = HONE_ABSENT}};
    const hone_pair pairs[] = {{"list", {.kind = HONE_LIST, .n = 7, .items = items}},
                               {"empty", {.kind = HONE_MAP}}};
    const hone_value map = {.kind = HONE_MAP, .n = 2, .pairs = pairs};
    hone_json_value(&json, &map);
    check("{\"list\":[1,\"h\xC3\xA9\",0.1,\"nan\",false,null,null],\"empty\":{}}");
}

static void test_depth_is_limited(void **state)
{
    (void)state;
    for (int i = 0; i < HONE_JSON_DEPTH; i++)
        hone_json_begin_array(&json);
    assert_int_equal(hone_buf_status(&out), 0);
    hone_json_begin_object(&json);
    assert_int_equal(hone_buf_status(&out), HONE_ELIMIT);
    hone_json_key(&json, "still harmless");
    hone_json_begin_array(&json);
    hone_json_end(&json);
    for (int i = 0; i < HONE_JSON_DEPTH + 1; i++)
        hone_json_end(&json);
    assert_int_equal(json.depth, 0);
    assert_int_equal(hone_buf_status(&out), HONE_ELIMIT);
}

static void test_deep_values_end(void **state)
{
    (void)state;
    static hone_value nest[5000];
    nest[0] = hone_value_int(1);
    for (size_t i = 1; i < 5000; i++)
        nest[i] = (hone_value){.kind = HONE_LIST, .n = 1, .items = &nest[i - 1]};
    hone_json_value(&json, &nest[4999]);
    assert_int_equal(hone_buf_status(&out), HONE_ELIMIT);
    assert_true(out.len <= HONE_JSON_DEPTH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_commas_and_nesting, begin, end),
        cmocka_unit_test_setup_teardown(test_numbers, begin, end),
        cmocka_unit_test_setup_teardown(test_texts_are_escaped_and_repaired, begin, end),
        cmocka_unit_test_setup_teardown(test_values, begin, end),
        cmocka_unit_test_setup_teardown(test_depth_is_limited, begin, end),
        cmocka_unit_test_setup_teardown(test_deep_values_end, begin, end),
    };
    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
