/* Trials as JSON, YAML, CSV and columns, on trials made by hand. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <hone/export.h>

enum { MAX_TEXT = 1 << 20 };

static const char *const path_lr[] = {"lr"};
static const char *const path_adam_beta[] = {"optim", "adam", "beta"};
static const char *const path_adam_name[] = {"optim", "adam", "name"};
static const char *const path_depth[] = {"optim", "depth"};

/* lr=0.10 (as spelled), and three parameters in groups. */
static void make_params(hone_param_value params[4])
{
    params[0] = (hone_param_value){"lr", path_lr, 1, hone_value_real(0.1)};
    params[0].value.spelling = "0.10";
    params[1] =
        (hone_param_value){"optim.adam.beta", path_adam_beta, 3, hone_value_real(1e-5)};
    params[2] = (hone_param_value){"optim.adam.name", path_adam_name, 3,
                                   hone_value_text("no, \"x\"\n")};
    params[3] = (hone_param_value){"optim.depth", path_depth, 2, hone_value_int(4)};
}

static hone_trial_info make_trial(const hone_param_value *params, uint32_t n)
{
    return (hone_trial_info){.sweep = "demo",
                             .number = 7,
                             .status = HONE_STATUS_COMPLETED,
                             .reason = HONE_REASON_NONE,
                             .n_params = n,
                             .params = params,
                             .has_objective = true,
                             .objective = 0.25,
                             .attempts = 2,
                             .has_exit_code = true,
                             .started_at = 1700000000000000,
                             .ended_at = 1700000001500000,
                             .duration_s = 1.5,
                             .cpu_time_s = NAN,
                             .max_rss = -1};
}

static void json_has_every_field(void **state)
{
    (void)state;
    hone_param_value params[4];
    make_params(params);
    const hone_metric_value metrics[] = {{"acc", INFINITY, 1}, {"loss", 0.25, 3}};
    hone_trial_info trial = make_trial(params, 4);
    trial.metrics = metrics;
    trial.n_metrics = 2;
    hone_buf text;
    hone_json json;
    hone_buf_init(&text, MAX_TEXT);
    hone_json_init(&json, &text);
    hone_trial_write_json(&json, &trial);
    assert_int_equal(hone_buf_status(&text), HONE_OK);
    assert_string_equal(
        hone_buf_text(&text),
        "{\"sweep\":\"demo\",\"number\":7,\"status\":\"completed\",\"reason\":null,"
        "\"detail\":null,\"params\":{\"lr\":0.1,\"optim\":{\"adam\":{\"beta\":1e-05,"
        "\"name\":\"no, \\\"x\\\"\\n\"},\"depth\":4}},"
        "\"metrics\":{\"acc\":\"inf\",\"loss\":0.25},\"objective\":0.25,\"attempts\":2,"
        "\"exit_code\":0,\"signal\":null,\"started_at\":\"2023-11-14T22:13:20.000000Z\","
        "\"ended_at\":\"2023-11-14T22:13:21.500000Z\",\"duration\":1.5,"
        "\"cpu_time\":null,\"max_rss\":null,\"rerun_of\":null,\"repeats\":1,"
        "\"objective_se\":null,\"objective_ci\":null}");
    hone_buf_release(&text);
}

static void json_says_what_is_unknown(void **state)
{
    (void)state;
    hone_trial_info trial = make_trial(NULL, 0);
    trial.status = HONE_STATUS_FAILED;
    trial.reason = HONE_REASON_NO_METRIC;
    trial.detail = "no line";
    trial.has_exit_code = false;
    trial.has_objective = false;
    trial.signal = 9;
    trial.started_at = HONE_NO_TIME;
    trial.ended_at = HONE_NO_TIME;
    trial.rerun_of = 3;
    hone_buf text;
    hone_json json;
    hone_buf_init(&text, MAX_TEXT);
    hone_json_init(&json, &text);
    hone_trial_write_json(&json, &trial);
    const char *const parts[] = {"\"reason\":\"no-metric\"",
                                 "\"detail\":\"no line\"",
                                 "\"params\":{}",
                                 "\"metrics\":{}",
                                 "\"objective\":null",
                                 "\"exit_code\":null",
                                 "\"signal\":9",
                                 "\"started_at\":null",
                                 "\"rerun_of\":3"};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        assert_non_null(strstr(hone_buf_text(&text), parts[i]));
    }
    trial.has_objective = true;
    trial.objective = NAN;
    hone_buf_reset(&text);
    hone_json_init(&json, &text);
    hone_trial_write_json(&json, &trial);
    assert_non_null(strstr(hone_buf_text(&text), "\"objective\":\"nan\""));
    hone_buf_release(&text);
}

static void csv_quotes_what_needs_it(void **state)
{
    (void)state;
    static const struct {
        const char *text, *cell;
    } cases[] = {{"plain", "plain"},     {"", ""},
                 {"a,b", "\"a,b\""},     {"a\"b", "\"a\"\"b\""},
                 {"a\nb", "\"a\nb\""},   {"a\rb", "\"a\rb\""},
                 {" lead", "\" lead\""}, {"trail ", "\"trail \""},
                 {"in side", "in side"}};
    hone_buf text;
    hone_buf_init(&text, MAX_TEXT);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        hone_buf_reset(&text);
        hone_csv_write_cell(&text, cases[i].text);
        assert_string_equal(hone_buf_text(&text), cases[i].cell);
    }
    hone_buf_release(&text);
}

static void yaml_keeps_types(void **state)
{
    (void)state;
    hone_param_value params[4];
    make_params(params);
    hone_buf text;
    hone_buf_init(&text, MAX_TEXT);
    hone_params_write_yaml(&text, 4, params, 2);
    assert_string_equal(hone_buf_text(&text), "  lr: 0.1\n"
                                              "  optim:\n"
                                              "    adam:\n"
                                              "      beta: 1.0e-05\n"
                                              "      name: \"no, \\\"x\\\"\\n\"\n"
                                              "    depth: 4\n");
    static const struct {
        double real;
        const char *yaml;
    } reals[] = {{1e16, "1.0e+16"}, {2, "2.0"},         {-0.5, "-0.5"},
                 {NAN, ".nan"},     {INFINITY, ".inf"}, {-INFINITY, "-.inf"}};
    for (size_t i = 0; i < sizeof reals / sizeof reals[0]; i++) {
        hone_buf_reset(&text);
        hone_real_write_yaml(&text, reals[i].real);
        assert_string_equal(hone_buf_text(&text), reals[i].yaml);
    }
    static const struct {
        const char *text, *yaml;
    } texts[] = {{"adam", "adam"}, {"no", "\"no\""}, {"1e-5", "\"1e-5\""},
                 {"", "\"\""},     {"~", "\"~\""},   {"2024-01-01", "\"2024-01-01\""}};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        hone_buf_reset(&text);
        hone_text_write_yaml(&text, texts[i].text);
        assert_string_equal(hone_buf_text(&text), texts[i].yaml);
    }
    hone_buf_release(&text);
}

static void check_cell(const hone_columns *columns, const char *name,
                       const hone_trial_info *trial, const char *expected)
{
    hone_buf text;
    hone_buf_init(&text, MAX_TEXT);
    int64_t i = hone_columns_find(columns, name);
    assert_true(i >= 0);
    hone_columns_cell(columns, (uint32_t)i, trial, &text);
    assert_string_equal(hone_buf_text(&text), expected);
    hone_buf_release(&text);
}

static void columns_are_the_union(void **state)
{
    (void)state;
    hone_param_value params[4];
    make_params(params);
    const hone_metric_value metrics[] = {{"zeta", 1, 1}, {"acc", 0.5, 1}};
    hone_trial_info first = make_trial(params, 1), second = make_trial(params + 3, 1);
    second.number = 8;
    second.metrics = metrics;
    second.n_metrics = 2;
    hone_columns *columns;
    assert_int_equal(hone_columns_new(&columns, NULL), HONE_OK);
    assert_int_equal(hone_columns_learn(columns, &first, NULL), HONE_OK);
    assert_int_equal(hone_columns_learn(columns, &second, NULL), HONE_OK);
    assert_int_equal(hone_columns_learn(columns, &first, NULL), HONE_OK);
    static const char *const names[] = {
        "number",   "status",    "reason",   "lr",        "optim.depth", "acc",
        "zeta",     "objective", "attempts", "exit_code", "signal",      "started_at",
        "ended_at", "duration",  "cpu_time", "max_rss"};
    assert_int_equal(hone_columns_count(columns), sizeof names / sizeof names[0]);
    for (uint32_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_string_equal(hone_columns_name(columns, i), names[i]);
    }
    assert_int_equal(hone_columns_kind(columns, 0), HONE_COLUMN_FIXED);
    assert_int_equal(hone_columns_kind(columns, 3), HONE_COLUMN_PARAM);
    assert_int_equal(hone_columns_kind(columns, 6), HONE_COLUMN_METRIC);
    assert_int_equal(hone_columns_kind(columns, 7), HONE_COLUMN_FIXED);
    assert_int_equal(hone_columns_find(columns, "nothing"), -1);
    check_cell(columns, "number", &second, "8");
    check_cell(columns, "status", &first, "completed");
    check_cell(columns, "lr", &first, "0.10");
    check_cell(columns, "lr", &second, "");
    check_cell(columns, "params.lr", &first, "0.10");
    check_cell(columns, "optim.depth", &second, "4");
    check_cell(columns, "acc", &second, "0.5");
    check_cell(columns, "acc", &first, "");
    check_cell(columns, "duration", &first, "1.5");
    check_cell(columns, "cpu_time", &first, "");
    check_cell(columns, "started_at", &first, "2023-11-14T22:13:20.000000Z");
    double number;
    assert_true(hone_columns_number(columns, 3, &first, &number));
    assert_true(number == 0.1);
    assert_false(hone_columns_number(columns, 3, &second, &number));
    assert_false(hone_columns_number(columns, 1, &second, &number));
    hone_columns_free(columns);
}

static void equal_names_are_told_apart(void **state)
{
    (void)state;
    static const char *const path_loss[] = {"loss"};
    static const char *const path_status[] = {"status"};
    const hone_param_value params[] = {{"loss", path_loss, 1, hone_value_text("mse")},
                                       {"status", path_status, 1, hone_value_int(3)}};
    const hone_metric_value metrics[] = {{"duration", 2, 1}, {"loss", 0.5, 1}};
    hone_trial_info trial = make_trial(params, 2);
    trial.metrics = metrics;
    trial.n_metrics = 2;
    hone_columns *columns;
    assert_int_equal(hone_columns_new(&columns, NULL), HONE_OK);
    assert_int_equal(hone_columns_learn(columns, &trial, NULL), HONE_OK);
    check_cell(columns, "params.loss", &trial, "mse");
    check_cell(columns, "metrics.loss", &trial, "0.5");
    check_cell(columns, "params.status", &trial, "3");
    check_cell(columns, "status", &trial, "completed");
    check_cell(columns, "metrics.duration", &trial, "2.0");
    assert_int_equal(hone_columns_find(columns, "loss"), -1);
    hone_columns_free(columns);
}

static void exporters_are_found_by_name(void **state)
{
    (void)state;
    static const char *const names[] = {"csv", "json", "jsonl", "yaml", "tensorboard"};
    for (uint32_t i = 0; i < 5; i++) {
        assert_ptr_equal(hone_sink_find(names[i]), hone_sink_at(i));
        assert_non_null(hone_sink_at(i)->summary);
    }
    assert_null(hone_sink_at(5));
    assert_null(hone_sink_find("xml"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(json_has_every_field),
                                       cmocka_unit_test(json_says_what_is_unknown),
                                       cmocka_unit_test(csv_quotes_what_needs_it),
                                       cmocka_unit_test(yaml_keeps_types),
                                       cmocka_unit_test(columns_are_the_union),
                                       cmocka_unit_test(equal_names_are_told_apart),
                                       cmocka_unit_test(exporters_are_found_by_name)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
