/* Configurations written as JSON, as W&B's parameter file and as YAML. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <hone/spec.h>

#include "flat_space.h"

typedef void (*write_fn)(hone_buf *, const hone_space *, const hone_config *);

static void assert_written(const flat_space *flat, write_fn write, const char *expected)
{
    hone_buf out;

    hone_buf_init(&out, 1 << 16);
    write(&out, &flat->space, flat->config);
    assert_int_equal(hone_buf_status(&out), 0);
    assert_string_equal(hone_buf_text(&out), expected);
    hone_buf_release(&out);
}

static void write_indented(hone_buf *out, const hone_space *space,
                           const hone_config *config)
{
    hone_config_write_yaml(out, space, config, 2);
}

/* The example of W&B's own format. */
static void test_wandb_example(void **state)
{
    flat_space flat;
    (void)state;

    flat_space_init(&flat);
    flat_space_add(&flat, "batch_size", hone_value_int(32));
    flat_space_add(&flat, "lr", hone_value_real(1e-5));
    flat_space_add(&flat, "optimizer/lr", hone_value_real(0.001));
    flat_space_add(&flat, "optimizer/nadam/beta", hone_value_real(0.9));
    assert_written(&flat, hone_config_write_wandb,
                   "wandb_version: 1\n"
                   "\n"
                   "batch_size:\n"
                   "  value: 32\n"
                   "lr:\n"
                   "  value: 1.0e-05\n"
                   "optimizer:\n"
                   "  value:\n"
                   "    lr: 0.001\n"
                   "    nadam:\n"
                   "      beta: 0.9\n");
    assert_written(&flat, write_indented,
                   "  batch_size: 32\n"
                   "  lr: 1.0e-05\n"
                   "  optimizer:\n"
                   "    lr: 0.001\n"
                   "    nadam:\n"
                   "      beta: 0.9\n");
    assert_written(&flat, hone_config_write_json,
                   "{\"batch_size\": 32, \"lr\": 1e-05, \"optimizer\": "
                   "{\"lr\": 0.001, \"nadam\": {\"beta\": 0.9}}}");
    flat_space_release(&flat);
}

static void test_empty(void **state)
{
    flat_space flat;
    (void)state;

    flat_space_init(&flat);
    assert_written(&flat, hone_config_write_wandb, "wandb_version: 1");
    assert_written(&flat, write_indented, "");
    assert_written(&flat, hone_config_write_json, "{}");
    flat_space_add(&flat, "gone", (hone_value){.kind = HONE_ABSENT});
    flat_space_add(&flat, "net/units", (hone_value){.kind = HONE_ABSENT});
    assert_written(&flat, hone_config_write_wandb, "wandb_version: 1");
    assert_written(&flat, hone_config_write_json, "{}");
    flat_space_release(&flat);
}

/* Groups go in among the plain names, by name. */
static void test_order(void **state)
{
    flat_space flat;
    (void)state;

    flat_space_init(&flat);
    flat_space_add(&flat, "a", hone_value_int(1));
    flat_space_add(&flat, "z", hone_value_int(2));
    flat_space_add(&flat, "g/x", hone_value_int(3));
    flat_space_add(&flat, "h/x", (hone_value){.kind = HONE_ABSENT});
    flat_space_add(&flat, "zz/y/x", hone_value_int(4));
    flat_space_add(&flat, "zz/z/x", (hone_value){.kind = HONE_ABSENT});
    assert_written(
        &flat, hone_config_write_json,
        "{\"a\": 1, \"g\": {\"x\": 3}, \"z\": 2, \"zz\": {\"y\": {\"x\": 4}}}");
    flat_space_release(&flat);
}

/* Everything that YAML 1.1 would read as another type is quoted. */
static void test_scalars(void **state)
{
    static const struct {
        hone_value value;
        const char *yaml;
    } rows[] = {
        {{.kind = HONE_NULL}, "null"},
        {{.kind = HONE_BOOL, .boolean = true}, "true"},
        {{.kind = HONE_BOOL, .boolean = false}, "false"},
        {{.kind = HONE_INT, .integer = INT64_MIN}, "-9223372036854775808"},
        {{.kind = HONE_REAL, .real = 0.1, .spelling = "0.10"}, "0.1"},
        {{.kind = HONE_REAL, .real = 2.0}, "2.0"},
        {{.kind = HONE_REAL, .real = 1e22}, "1.0e+22"},
        {{.kind = HONE_REAL, .real = 1.5e-7}, "1.5e-07"},
        {{.kind = HONE_REAL, .real = INFINITY}, ".inf"},
        {{.kind = HONE_REAL, .real = -INFINITY}, "-.inf"},
        {{.kind = HONE_REAL, .real = NAN}, ".nan"},
        {{.kind = HONE_TEXT, .n = 4, .text = "adam"}, "adam"},
        {{.kind = HONE_TEXT, .n = 0, .text = ""}, "\"\""},
        {{.kind = HONE_TEXT, .n = 3, .text = "123"}, "\"123\""},
        {{.kind = HONE_TEXT, .n = 4, .text = "1e-4"}, "\"1e-4\""},
        {{.kind = HONE_TEXT, .n = 4, .text = "true"}, "\"true\""},
        {{.kind = HONE_TEXT, .n = 2, .text = "No"}, "\"No\""},
        {{.kind = HONE_TEXT, .n = 4, .text = "null"}, "\"null\""},
        {{.kind = HONE_TEXT, .n = 5, .text = "12:30"}, "\"12:30\""},
        {{.kind = HONE_TEXT, .n = 10, .text = "2001-01-01"}, "\"2001-01-01\""},
        {{.kind = HONE_TEXT, .n = 3, .text = "a\nb"}, "\"a\\nb\""},
        {{.kind = HONE_TEXT, .n = 4, .text = "k: v"}, "\"k: v\""},
        {{.kind = HONE_TEXT, .n = 3, .text = "#no"}, "\"#no\""},
        {{.kind = HONE_TEXT, .n = 3, .text = "q\"\\"}, "\"q\\\"\\\\\""},
        {{.kind = HONE_LIST, .n = 0}, "[]"},
        {{.kind = HONE_MAP, .n = 0}, "{}"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char expected[200];
        flat_space flat;

        flat_space_init(&flat);
        flat_space_add(&flat, "x", rows[i].value);
        snprintf(expected, sizeof expected, "wandb_version: 1\n\nx:\n  value: %s\n",
                 rows[i].yaml);
        assert_written(&flat, hone_config_write_wandb, expected);
        flat_space_release(&flat);
    }
}

/* Lists at the indent of their key, nested ones begun on the dash's line, as PyYAML has
 * it. */
static void test_containers(void **state)
{
    const hone_value inner[] = {hone_value_int(1), hone_value_text("a")};
    const hone_pair pairs[] = {{"k", hone_value_int(1)},
                               {"on", {.kind = HONE_LIST, .n = 2, .items = inner}}};
    const hone_value items[] = {{.kind = HONE_LIST, .n = 2, .items = inner},
                                {.kind = HONE_MAP, .n = 2, .pairs = pairs},
                                hone_value_bool(true)};
    flat_space flat;
    (void)state;

    flat_space_init(&flat);
    flat_space_add(&flat, "x", (hone_value){.kind = HONE_LIST, .n = 3, .items = items});
    flat_space_add(&flat, "z", (hone_value){.kind = HONE_MAP, .n = 2, .pairs = pairs});
    assert_written(&flat, hone_config_write_wandb,
                   "wandb_version: 1\n"
                   "\n"
                   "x:\n"
                   "  value:\n"
                   "  - - 1\n"
                   "    - a\n"
                   "  - k: 1\n"
                   "    \"on\":\n"
                   "    - 1\n"
                   "    - a\n"
                   "  - true\n"
                   "z:\n"
                   "  value:\n"
                   "    k: 1\n"
                   "    \"on\":\n"
                   "    - 1\n"
                   "    - a\n");
    assert_written(&flat, hone_config_write_json,
                   "{\"x\": [[1, \"a\"], {\"k\": 1, \"on\": [1, \"a\"]}, true], "
                   "\"z\": {\"k\": 1, \"on\": [1, \"a\"]}}");
    flat_space_release(&flat);
}

static void test_keys(void **state)
{
    flat_space flat;
    (void)state;

    flat_space_init(&flat);
    flat_space_add(&flat, "lr.x", hone_value_int(1));
    flat_space_add(&flat, "no", hone_value_int(2));
    assert_written(&flat, hone_config_write_wandb,
                   "wandb_version: 1\n\nlr.x:\n  value: 1\n\"no\":\n  value: 2\n");
    flat_space_release(&flat);
}

/* Whatever the bytes of a text, the file stays UTF-8 that YAML can read. */
static void test_bytes(void **state)
{
    flat_space flat;
    (void)state;

    flat_space_init(&flat);
    flat_space_add(&flat, "x", hone_value_text("\xff\x01\u00fc\u2028\U0001f600"));
    hone_buf out;
    hone_buf_init(&out, 1 << 16);
    hone_config_write_wandb(&out, &flat.space, flat.config);
    assert_int_equal(hone_buf_status(&out), 0);
    for (size_t i = 0; i < out.len; i++)
        assert_true(out.data[i] != 0x01 && out.data[i] != '\xff');
    assert_non_null(strstr(hone_buf_text(&out), "\u00fc"));
    assert_null(strstr(hone_buf_text(&out), "\u2028"));
    hone_buf_release(&out);
    flat_space_release(&flat);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wandb_example), cmocka_unit_test(test_empty),
        cmocka_unit_test(test_order),         cmocka_unit_test(test_scalars),
        cmocka_unit_test(test_containers),    cmocka_unit_test(test_keys),
        cmocka_unit_test(test_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
