#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <hone/option.h>

static const hone_option table[] = {
    {.name = "trials", .type = HONE_OPTION_INT, .min = 1, .max = 100},
    {.name = "any", .type = HONE_OPTION_INT},
    {.name = "rate", .type = HONE_OPTION_REAL, .min = 0, .max = 0.5},
    {.name = "sigma", .type = HONE_OPTION_REAL, .min = 1e-9, .max = INFINITY},
    {.name = "most", .type = HONE_OPTION_REAL, .min = -INFINITY, .max = 3},
    {.name = "name", .type = HONE_OPTION_TEXT},
    {.name = "order", .type = HONE_OPTION_CHOICE, .choices = "sorted|shuffled"},
    {.name = "flag", .type = HONE_OPTION_FLAG},
    {.type = HONE_OPTION_END},
};

static void test_find(void **state)
{
    (void)state;
    assert_ptr_equal(hone_option_find(table, "trials"), &table[0]);
    assert_ptr_equal(hone_option_find(table, "flag"), &table[7]);
    assert_null(hone_option_find(table, "trial"));
    assert_null(hone_option_find(table, ""));
    assert_null(hone_option_find(&table[8], "flag"));
}

static void test_check(void **state)
{
    (void)state;
    const struct {
        const char *option;
        hone_value value;
        const char *message; /* NULL: accepted */
    } cases[] = {
        {"trials", hone_value_int(1), NULL},
        {"trials", hone_value_int(100), NULL},
        {"trials", hone_value_int(0),
         "trials is 0, expected a whole number from 1 to 100"},
        {"trials", hone_value_int(101),
         "trials is 101, expected a whole number from 1 to 100"},
        {"trials", hone_value_from_plain("2.50"),
         "trials is 2.50, expected a whole number from 1 to 100"},
        {"trials", hone_value_text("20"),
         "trials is \"20\", expected a whole number from 1 to 100"},
        {"any", hone_value_int(INT64_MIN), NULL},
        {"any", {.kind = HONE_NULL}, "any is null, expected a whole number"},
        {"any", {.kind = HONE_ABSENT}, "any is absent, expected a whole number"},
        {"any", hone_value_bool(true), "any is true, expected a whole number"},
        {"rate", hone_value_int(0), NULL},
        {"rate", hone_value_real(0.5), NULL},
        {"rate", hone_value_real(0.75), "rate is 0.75, expected a number from 0 to 0.5"},
        {"rate", hone_value_real(NAN), "rate is nan, expected a number from 0 to 0.5"},
        {"sigma", hone_value_real(1e300), NULL},
        {"sigma", hone_value_int(0), "sigma is 0, expected a number of at least 1e-09"},
        {"sigma", hone_value_real(INFINITY),
         "sigma is inf, expected a number of at least 1e-09"},
        {"most", hone_value_int(-5), NULL},
        {"most", hone_value_int(4), "most is 4, expected a number of at most 3"},
        {"name", hone_value_text(""), NULL},
        {"name", hone_value_int(4), "name is 4, expected text"},
        {"order", hone_value_text("sorted"), NULL},
        {"order", hone_value_text("shuffled"), NULL},
        {"order", hone_value_text("sort"),
         "order is \"sort\", expected one of sorted, shuffled"},
        {"order", hone_value_text(""), "order is \"\", expected one of sorted, shuffled"},
        {"order", hone_value_text("sorted|shuffled"),
         "order is \"sorted|shuffled\", expected one of sorted, shuffled"},
        {"flag", hone_value_bool(false), NULL},
        {"flag", hone_value_text("a\n"), "flag is \"a\\n\", expected true or false"},
        {"flag", {.kind = HONE_LIST}, "flag is [], expected true or false"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        hone_error err = {0};
        const hone_option *option = hone_option_find(table, cases[i].option);
        int code = hone_option_check(option, &cases[i].value, &err);
        assert_int_equal(code, cases[i].message == NULL ? 0 : HONE_ERANGE);
        assert_string_equal(err.text, cases[i].message == NULL ? "" : cases[i].message);
    }
    assert_int_equal(hone_option_check(&table[0], &cases[2].value, NULL), HONE_ERANGE);
}

static void test_long_values_are_cut(void **state)
{
    (void)state;
    static char text[2000];
    memset(text, 'x', sizeof text - 1);
    const hone_value value = hone_value_text(text);
    hone_error err;
    assert_int_equal(hone_option_check(&table[6], &value, &err), HONE_ERANGE);
    assert_non_null(strstr(err.text, "xxx..., expected one of sorted, shuffled"));
    assert_true(strlen(err.text) < 250);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_check),
        cmocka_unit_test(test_long_values_are_cut),
    };
    return cmocka_run_group_tests_name("option", tests, NULL, NULL);
}
