/* `resources` of a spec: what it may say, and what is said where it is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <hone/spec.h>

#define BASE "program: t.py\nmethod: random\nparameters: {lr: {value: 1}}\n"

static hone_spec *read_line(const char *line, int *code)
{
    char text[1024];
    hone_error err;
    hone_spec *spec = NULL;
    int n = snprintf(text, sizeof text, BASE "%s\n", line);
    assert_true(n > 0 && (size_t)n < sizeof text);
    *code = hone_spec_read("t.yaml", text, (size_t)n, &spec, &err);
    assert_non_null(spec);
    return spec;
}

static void test_values(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        double gpus;
        uint32_t cpus;
        uint64_t memory;
    } rows[] = {
        {"resources: {gpus: 1, cpus: 2, memory: 4GiB}", 1, 2, UINT64_C(4) << 30},
        {"resources: {gpus: 0.5}", 0.5, 0, 0},
        {"resources: {gpus: 8.0}", 8, 0, 0},
        {"resources: {cpus: 16}", 0, 16, 0},
        {"resources: {memory: 4294967296}", 0, 0, UINT64_C(1) << 32},
        {"resources: {memory: 4e9}", 0, 0, 4000000000},
        {"resources: {memory: 2000kB}", 0, 0, 2000000},
        {"resources: {memory: 500 MB}", 0, 0, 500000000},
        {"resources: {memory: \"1.5gib\"}", 0, 0, UINT64_C(3) << 29},
        {"resources: {memory: 2048KiB}", 0, 0, 2 << 20},
        {"resources: {memory: 1TB}", 0, 0, 1000000000000},
        {"resources: {}", 0, 0, 0},
        {"", 0, 0, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int code;
        hone_spec *spec = read_line(rows[i].line, &code);
        assert_int_equal(code, 0);
        assert_int_equal(spec->diagnostics.n, 0);
        assert_true(spec->resources.gpus == rows[i].gpus);
        assert_int_equal(spec->resources.cpus, rows[i].cpus);
        assert_int_equal(spec->resources.memory, rows[i].memory);
        hone_spec_free(spec);
    }
}

static void test_place(void **state)
{
    (void)state;
    int code;
    hone_spec *spec = read_line("resources:\n  gpus: 2", &code);
    assert_int_equal(spec->resources.gpus_line, 5);
    assert_int_equal(spec->resources.gpus_column, 9);
    hone_spec_free(spec);
}

#define GPUS                                                                             \
    "; whole GPUs (1 to 1024), or a part of one (0.01 to 1) that trials share, are "     \
    "needed"
#define SIZES                                                                            \
    "; write bytes, or a size such as 500MB or 4GiB (kB, MB, GB, TB, KiB, MiB, GiB, "    \
    "TiB)"
#define LEAST ", less than any program needs; at least 1MiB, or with its unit, as in 4GiB"

static void test_errors(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        int column;
        const char *text;
    } rows[] = {
        {"resources: 3", 12, "resources is 3; it is a mapping with gpus, cpus or memory"},
        {"resources: [gpus]", 12,
         "resources is a list; it is a mapping with gpus, cpus or memory"},
        {"resources:", 11,
         "resources is empty; it is a mapping with gpus, cpus or memory"},
        {"resources: {gpu: 1}", 13, "unknown key resources.gpu; did you mean gpus"},
        {"resources: {gpus: 0}", 19, "resources.gpus is 0" GPUS},
        {"resources: {gpus: -1}", 19, "resources.gpus is -1" GPUS},
        {"resources: {gpus: 1.5}", 19, "resources.gpus is 1.5" GPUS},
        {"resources: {gpus: 0.001}", 19, "resources.gpus is 0.001" GPUS},
        {"resources: {gpus: 2000}", 19, "resources.gpus is 2000" GPUS},
        {"resources: {gpus: all}", 19, "resources.gpus is all; a number is needed"},
        {"resources: {gpus: .inf}", 19,
         "resources.gpus is .inf; a finite number is needed"},
        {"resources: {cpus: 0}", 19,
         "resources.cpus is 0; an integer of at least 1 is needed"},
        {"resources: {cpus: 0.5}", 19,
         "resources.cpus is 0.5; an integer of at least 1 is needed"},
        {"resources: {cpus: 70000}", 19, "resources.cpus is 70000; 65536 is the limit"},
        {"resources: {cpus: []}", 19, "resources.cpus is a list; a number is needed"},
        {"resources: {memory: 4G}", 21, "resources.memory is 4G" SIZES},
        {"resources: {memory: lots}", 21, "resources.memory is lots" SIZES},
        {"resources: {memory: -4GiB}", 21, "resources.memory is -4GiB" SIZES},
        {"resources: {memory: 1.2.3GiB}", 21, "resources.memory is 1.2.3GiB" SIZES},
        {"resources: {memory: }", 21, "resources.memory is empty" SIZES},
        {"resources: {memory: {max: 1}}", 21, "resources.memory is a mapping" SIZES},
        {"resources: {memory: 4}", 21, "resources.memory is 4" LEAST},
        {"resources: {memory: 512kB}", 21, "resources.memory is 512kB" LEAST},
        {"resources: {memory: 0GiB}", 21, "resources.memory is 0GiB" LEAST},
        {"resources: {memory: 99999999TiB}", 21,
         "resources.memory is 99999999TiB; 4194304TiB is the limit"},
        {"resources: {memory: 1e400TiB}", 21,
         "resources.memory is 1e400TiB; 4194304TiB is the limit"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int code;
        hone_spec *spec = read_line(rows[i].line, &code);
        assert_int_equal(code, HONE_ESPEC);
        assert_int_equal(spec->diagnostics.n, 1);
        const hone_diagnostic *found = &spec->diagnostics.items[0];
        assert_string_equal(found->text, rows[i].text);
        assert_int_equal(found->line, 4);
        assert_int_equal(found->column, rows[i].column);
        hone_spec_free(spec);
    }
}

static void test_all_at_once(void **state)
{
    (void)state;
    int code;
    hone_spec *spec = read_line("resources: {gpus: 0, cpus: 0, memory: 0}", &code);
    assert_int_equal(spec->diagnostics.n, 3);
    hone_spec_free(spec);
    spec = read_line("resources: {disk: 1GB}", &code);
    assert_int_equal(code, 0);
    assert_int_equal(spec->diagnostics.n, 1);
    assert_string_equal(spec->diagnostics.items[0].text,
                        "unknown key resources.disk is ignored");
    hone_spec_free(spec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_place),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_all_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
