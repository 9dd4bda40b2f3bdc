#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <hone/trial.h>

static void test_status_words(void **state)
{
    (void)state;
    static const char *const words[] = {"pending", "running", "completed",
                                        "failed",  "pruned",  "cancelled"};
    assert_int_equal(HONE_N_STATUSES, 6);
    for (int i = 0; i < HONE_N_STATUSES; i++) {
        hone_status status = HONE_N_STATUSES;
        assert_string_equal(hone_status_text((hone_status)i), words[i]);
        assert_true(hone_status_find(words[i], &status));
        assert_int_equal(status, i);
    }
    hone_status status = HONE_STATUS_PRUNED;
    assert_false(hone_status_find("Pending", &status));
    assert_false(hone_status_find("", &status));
    assert_int_equal(status, HONE_STATUS_PRUNED);
    assert_null(hone_status_text(HONE_N_STATUSES));
    assert_null(hone_status_text((hone_status)-1));
}

static void test_reason_words(void **state)
{
    (void)state;
    hone_reason reason;
    assert_string_equal(hone_reason_text(HONE_REASON_NONE), "");
    assert_string_equal(hone_reason_text(HONE_REASON_OUT_OF_MEMORY), "out-of-memory");
    assert_true(hone_reason_find("", &reason));
    assert_int_equal(reason, HONE_REASON_NONE);
    assert_true(hone_reason_find("no-metric", &reason));
    assert_int_equal(reason, HONE_REASON_NO_METRIC);
    assert_false(hone_reason_find("no_metric", &reason));
    assert_null(hone_reason_text(HONE_N_REASONS));
    for (int i = 0; i < HONE_N_REASONS; i++) {
        assert_true(hone_reason_find(hone_reason_text((hone_reason)i), &reason));
        assert_int_equal(reason, i);
    }
}

static void test_times(void **state)
{
    (void)state;
    static const struct {
        hone_time time;
        const char *text;
    } cases[] = {
        {HONE_NO_TIME, ""},
        {0, "1970-01-01T00:00:00.000000Z"},
        {-1, "1969-12-31T23:59:59.999999Z"},
        {1795546800123456, "2026-11-24T19:00:00.123456Z"},
        {951782399000000, "2000-02-28T23:59:59.000000Z"},
        {951782400000000, "2000-02-29T00:00:00.000000Z"},
        {951868800000001, "2000-03-01T00:00:00.000001Z"},
        {1709164800000000, "2024-02-29T00:00:00.000000Z"},
        {4107542400000000, "2100-03-01T00:00:00.000000Z"},
        {4107456000000000, "2100-02-28T00:00:00.000000Z"},
        {1767225599999999, "2025-12-31T23:59:59.999999Z"},
        {1767225600000000, "2026-01-01T00:00:00.000000Z"},
        {-62167219200000000, "0000-01-01T00:00:00.000000Z"},
        {253402300799999999, "9999-12-31T23:59:59.999999Z"},
        {INT64_MAX, "294247-01-10T04:00:54.775807Z"},
        {INT64_MIN + 1, "-290308-12-21T19:59:05.224193Z"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[HONE_TIME_TEXT];
        size_t len = hone_time_write(cases[i].time, text);
        assert_string_equal(text, cases[i].text);
        assert_int_equal(len, strlen(text));
    }
}

static void test_times_order_as_texts(void **state)
{
    (void)state;
    char before[HONE_TIME_TEXT], text[HONE_TIME_TEXT];
    hone_time_write(-5000000000000000, before);
    /* A step of about 35 hours crosses every day and month of 300 years. */
    for (hone_time time = -5000000000000000; time < 5000000000000000;) {
        time += 123456789012;
        hone_time_write(time, text);
        assert_true(strcmp(before, text) < 0);
        memcpy(before, text, sizeof before);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_status_words),
        cmocka_unit_test(test_reason_words),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_times_order_as_texts),
    };
    return cmocka_run_group_tests_name("trial", tests, NULL, NULL);
}
