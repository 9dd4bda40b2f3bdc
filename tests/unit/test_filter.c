/* Filters over a trial made by hand. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <hone/filter.h>

static const char *const path[] = {"x"};

static bool test_trial(const char *text)
{
    const hone_param_value params[] = {{"lr", path, 1, hone_value_real(0.1)},
                                       {"loss", path, 1, hone_value_text("mse")},
                                       {"optim.name", path, 1, hone_value_text("adam")},
                                       {"x y", path, 1, hone_value_bool(true)}};
    const hone_metric_value metrics[] = {{"acc", 0.9, 1}, {"loss", 0.25, 3}};
    const hone_trial_info trial = {.number = 7,
                                   .status = HONE_STATUS_FAILED,
                                   .reason = HONE_REASON_EXIT,
                                   .detail = "exit status 3",
                                   .n_params = 4,
                                   .params = params,
                                   .n_metrics = 2,
                                   .metrics = metrics,
                                   .has_exit_code = true,
                                   .exit_code = 3,
                                   .attempts = 2,
                                   .started_at = 1700000000000000,
                                   .ended_at = HONE_NO_TIME,
                                   .duration_s = NAN,
                                   .cpu_time_s = 1.5,
                                   .max_rss = -1};
    hone_filter *filter;
    hone_error err = {.code = 0};
    if (hone_filter_new(text, &filter, &err) != HONE_OK) {
        fail_msg("%s: %s", text, err.text);
    }
    bool found = hone_filter_test(filter, &trial);
    hone_filter_free(filter);
    return found;
}

static void names_are_found_in_a_trial(void **state)
{
    (void)state;
    static const char *const yes[] = {
        "number == 7",
        "status == 'failed' and reason == 'exit'",
        "lr > 0.05",
        "loss == 'mse'",
        "metrics.loss < 0.3",
        "params.loss in ['mse', 'l1']",
        "optim.name == 'adam'",
        "`x y`",
        "acc >= 0.9",
        "exit_code == 3 && attempts == 2",
        "started_at > '2023-11-14' and started_at < '2023-12'",
        "detail == 'exit status 3'",
        "duration > 5 or cpu_time == 1.5",
        "not rerun_of or lr == 0.1"};
    static const char *const no[] = {
        "number > 7",   "objective < 1",     "not objective < 1", "duration > 0",
        "nothing == 1", "ended_at > '2023'", "max_rss > 0",       "signal == 0",
        "lr == '0.1'",  "metrics.lr > 0",    "params.acc > 0"};
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
        if (!test_trial(yes[i])) {
            fail_msg("%s is not true", yes[i]);
        }
    }
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++) {
        if (test_trial(no[i])) {
            fail_msg("%s is true", no[i]);
        }
    }
}

static void names_are_listed_once(void **state)
{
    (void)state;
    hone_filter *filter;
    assert_int_equal(
        hone_filter_new("lr < acc and lr > 0 or status == 'x'", &filter, NULL), HONE_OK);
    assert_string_equal(hone_filter_name(filter, 0), "lr");
    assert_string_equal(hone_filter_name(filter, 1), "acc");
    assert_string_equal(hone_filter_name(filter, 2), "status");
    assert_null(hone_filter_name(filter, 3));
    assert_true(hone_filter_name_is_free(filter, 0));
    assert_false(hone_filter_name_is_free(filter, 2));
    hone_filter_free(filter);
}

static void mistakes_are_placed(void **state)
{
    (void)state;
    hone_filter *filter;
    hone_error err = {.code = 0};
    assert_int_equal(hone_filter_new("lr <", &filter, &err), HONE_ESYNTAX);
    assert_null(filter);
    assert_non_null(strstr(err.text, "of the expression"));
    assert_int_equal(hone_filter_new("", &filter, &err), HONE_ESYNTAX);
    assert_int_equal(hone_filter_new("lr = 1", &filter, &err), HONE_ESYNTAX);
    hone_filter_free(NULL);
}

/* As many names as a filter takes are no excuse for another mistake. */
static void names_have_a_limit(void **state)
{
    (void)state;
    static const struct {
        int n;
        const char *end;
        int code;
    } cases[] = {
        {256, "", HONE_OK},     {256, "+n0", HONE_OK},  {256, "+", HONE_ESYNTAX},
        {257, "", HONE_ELIMIT}, {300, "", HONE_ELIMIT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        hone_filter *filter;
        hone_error err = {.code = 0};
        char many[4096] = "0";
        size_t len = 1;
        for (int k = 0; k < cases[i].n; k++) {
            len += (size_t)snprintf(many + len, sizeof many - len, "+n%d", k);
        }
        snprintf(many + len, sizeof many - len, "%s", cases[i].end);
        assert_int_equal(hone_filter_new(many, &filter, &err), cases[i].code);
        assert_int_equal(err.code, cases[i].code);
        hone_filter_free(filter);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(names_are_found_in_a_trial),
                                       cmocka_unit_test(names_are_listed_once),
                                       cmocka_unit_test(mistakes_are_placed),
                                       cmocka_unit_test(names_have_a_limit)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
