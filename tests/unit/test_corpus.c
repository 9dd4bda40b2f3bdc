/* Real W&B sweep files against what the reference makes of them: whether they load, the
 * distribution and bounds of every parameter, the number of grid points.
 *
 * The files are data that is not part of the project: the folder is HONE_SHARED, or
 * ../shared beside the sources; where it is missing the tests are skipped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <jansson.h>

#include <hone/spec.h>

static void corpus_path(char *out, size_t size, const char *file)
{
    const char *shared = getenv("HONE_SHARED");
    if (shared != NULL && shared[0] != '\0')
        snprintf(out, size, "%s/wandb-corpus/%s", shared, file);
    else
        snprintf(out, size, "%s/../shared/wandb-corpus/%s", HONE_SOURCE_DIR, file);
}

static json_t *load_expected(void)
{
    char path[4096];
    json_error_t err;
    corpus_path(path, sizeof path, "expected.json");
    json_t *expected = json_load_file(path, 0, &err);
    if (expected == NULL) {
        print_message("[  SKIPPED ] no corpus at %s\n", path);
        skip();
    }
    return expected;
}

static hone_spec *load_spec(const char *file, int *code)
{
    char path[4096];
    hone_spec *spec = NULL;
    hone_error err = {0};
    corpus_path(path, sizeof path, file);
    *code = hone_spec_read_file(path, &spec, &err);
    assert_non_null(spec);
    return spec;
}

static const hone_param *find_param(const hone_space *space, const char *name)
{
    for (uint32_t i = 0; i < space->n; i++)
        if (strcmp(space->params[i].name, name) == 0)
            return &space->params[i];
    return NULL;
}

/* Files that no reader can take: broken YAML, no method, no parameters, parameters inside
 * another. Everything else loads; bounds such as 1e-5, text to PyYAML, are numbers. */
static bool must_fail(const char *file)
{
    static const char *const files[] = {"012.yaml", "030.yaml", "063.yaml", "082.yaml",
                                        "090.yaml"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        if (strcmp(file, files[i]) == 0)
            return true;
    return false;
}

static void test_loads(void **state)
{
    (void)state;
    json_t *expected = load_expected();
    const char *file;
    json_t *entry;
    size_t n_valid = 0;
    json_object_foreach(expected, file, entry)
    {
        int code;
        hone_spec *spec = load_spec(file, &code);
        if (code != (must_fail(file) ? HONE_ESPEC : 0))
            print_error("%s: %d, %s\n", file, code,
                        spec->diagnostics.n > 0 ? spec->diagnostics.items[0].text : "");
        assert_int_equal(code, must_fail(file) ? HONE_ESPEC : 0);
        if (json_is_true(json_object_get(entry, "valid"))) {
            assert_int_equal(code, 0);
            n_valid++;
        }
        hone_spec_free(spec);
    }
    assert_true(n_valid > 30);
    json_decref(expected);
}

static void compare_bound(const json_t *filled, const char *key, double actual)
{
    const json_t *wanted = json_object_get(filled, key);
    if (json_is_number(wanted))
        assert_true(fabs(json_number_value(wanted) - actual) <= 1e-15 * fabs(actual));
}

static void compare_param(const char *file, const hone_param *param, const json_t *type)
{
    const json_t *filled = json_object_get(type, "filled");
    const char *wanted = json_string_value(json_object_get(filled, "distribution"));
    const char *actual = hone_distribution_name(param->distribution);
    if (strcmp(wanted, actual) != 0)
        print_error("%s: %s\n", file, param->name);
    assert_string_equal(actual, wanted);
    compare_bound(filled, "min", param->min);
    compare_bound(filled, "max", param->max);
    compare_bound(filled, "q", param->q);
    compare_bound(filled, "mu", param->mu);
    compare_bound(filled, "sigma", param->sigma);
}

static void test_parameters(void **state)
{
    (void)state;
    json_t *expected = load_expected();
    const char *file, *name;
    json_t *entry, *type;
    size_t n_compared = 0;
    json_object_foreach(expected, file, entry)
    {
        int code;
        hone_spec *spec = load_spec(file, &code);
        json_object_foreach(json_object_get(entry, "param_types"), name, type)
        {
            if (code != 0)
                continue;
            const hone_param *param = find_param(spec->space, name);
            assert_non_null(param);
            compare_param(file, param, type);
            n_compared++;
        }
        json_t *leaves = json_object_get(entry, "n_parameters_leaf");
        if (code == 0 && json_is_integer(leaves))
            assert_int_equal(spec->space->n, json_integer_value(leaves));
        hone_spec_free(spec);
    }
    assert_true(n_compared > 400);
    json_decref(expected);
}

/* The product of the levels: what a grid without conditions runs. */
static uint64_t count_points(const hone_space *space)
{
    uint64_t n = 1;
    for (uint32_t i = 0; i < space->n; i++)
        n *= hone_param_levels(&space->params[i]);
    return n;
}

static void test_grid_points(void **state)
{
    (void)state;
    json_t *expected = load_expected();
    const char *file;
    json_t *entry;
    size_t n_grids = 0;
    json_object_foreach(expected, file, entry)
    {
        int code;
        const json_t *points = json_object_get(entry, "grid_points");
        if (!json_is_integer(points))
            continue;
        hone_spec *spec = load_spec(file, &code);
        assert_int_equal(code, 0);
        assert_string_equal(spec->method, "grid");
        assert_true(count_points(spec->space) == (uint64_t)json_integer_value(points));
        hone_spec_free(spec);
        n_grids++;
    }
    assert_true(n_grids > 15);
    json_decref(expected);
}

/* What is wrong with the broken ones is said at the right place. */
static void test_places(void **state)
{
    (void)state;
    static const struct {
        const char *file;
        int line, column;
        const char *text;
    } table[] = {
        {"030.yaml", 2, 13, "mapping values are not allowed in this context"},
        {"012.yaml", 2, 1, "method is missing; add `method: grid` or `method: random`"},
        {"059.yaml", 13, 5,
         "values is there twice, first on line 12; the last one counts"},
        {"063.yaml", 31, 5,
         "similarity has no key n_conv_layers; is it a parameter that is indented too "
         "deep"},
        {"023.yaml", 8, 21, "learning_rate.values has 0.001 more than once"},
    };
    json_decref(load_expected());
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        int code;
        bool found = false;
        hone_spec *spec = load_spec(table[i].file, &code);
        for (uint32_t k = 0; k < spec->diagnostics.n; k++) {
            const hone_diagnostic *item = &spec->diagnostics.items[k];
            if (strcmp(item->text, table[i].text) != 0)
                continue;
            assert_int_equal(item->line, table[i].line);
            assert_int_equal(item->column, table[i].column);
            found = true;
        }
        if (!found)
            print_error("%s: not said: %s\n", table[i].file, table[i].text);
        assert_true(found);
        hone_spec_free(spec);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_loads),
        cmocka_unit_test(test_parameters),
        cmocka_unit_test(test_grid_points),
        cmocka_unit_test(test_places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
