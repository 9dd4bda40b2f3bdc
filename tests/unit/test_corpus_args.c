/* Argument lists of real W&B grid sweeps against the reference: the first four and the
 * last of each file, in its order, numbers compared as numbers.
 *
 * The files are data that is not part of the project: the folder is HONE_SHARED, or
 * ../shared beside the sources; where it is missing the test is skipped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include <hone/plan.h>

#include "spec/template.h"

static void corpus_path(char *out, size_t size, const char *file)
{
    const char *shared = getenv("HONE_SHARED");
    if (shared != NULL && shared[0] != '\0')
        snprintf(out, size, "%s/wandb-corpus/%s", shared, file);
    else
        snprintf(out, size, "%s/../shared/wandb-corpus/%s", HONE_SOURCE_DIR, file);
}

/* Equal as text, or as numbers after the same `--name=`. */
static bool same_argument(const char *got, const char *want)
{
    if (strcmp(got, want) == 0)
        return true;
    const char *got_value = strchr(got, '='), *want_value = strchr(want, '=');
    if (got_value == NULL || want_value == NULL || got_value - got != want_value - want ||
        strncmp(got, want, (size_t)(got_value - got)) != 0)
        return false;
    double a, b;
    return hone_real_read(got_value + 1, strlen(got_value + 1), &a) &&
           hone_real_read(want_value + 1, strlen(want_value + 1), &b) && a == b;
}

static void check_arguments(const char *file, const hone_buf *args, uint32_t n,
                            const json_t *want)
{
    assert_int_equal(n, json_array_size(want));
    const char *at = hone_buf_text(args);
    for (uint32_t i = 0; i < n; i++) {
        const char *expected = json_string_value(json_array_get(want, i));
        if (!same_argument(at, expected))
            fail_msg("%s: argument %u is %s, the reference has %s", file, i, at,
                     expected);
        at += strlen(at) + 1;
    }
}

static void check_file(const char *file, const json_t *entry)
{
    char path[4096];
    corpus_path(path, sizeof(path), file);
    hone_spec *spec = NULL;
    hone_plan *plan = NULL;
    hone_error err = {0};
    assert_int_equal(hone_spec_read_file(path, &spec, &err), HONE_OK);
    assert_int_equal(hone_plan_make(spec, &plan, &err), HONE_OK);
    hone_arena arena;
    hone_arena_init(&arena, 1 << 20);
    const hone_value element = hone_value_text("${args}");
    const hone_value list = {.kind = HONE_LIST, .n = 1, .items = &element};
    const hone_command *command = NULL;
    uint32_t bad;
    size_t offset;
    assert_int_equal(hone_command_compile(&list, NULL, spec->space, &arena, &command,
                                          &bad, &offset, &err),
                     HONE_OK);
    const json_t *first = json_object_get(entry, "grid_first_args");
    uint64_t count = hone_plan_count(plan);
    assert_int_equal(count, json_integer_value(json_object_get(entry, "grid_points")));
    hone_buf args;
    hone_buf_init(&args, 1 << 20);
    for (uint64_t i = 0; i < count; i++) {
        bool waits;
        uint32_t n = 0;
        const hone_config *point;
        assert_int_equal(hone_plan_next(plan, &point, &waits), HONE_OK);
        assert_non_null(point);
        hone_buf_reset(&args);
        const hone_command_context context = {0};
        assert_int_equal(
            hone_command_expand(command, spec->space, point, &context, &args, &n),
            HONE_OK);
        if (i < json_array_size(first))
            check_arguments(file, &args, n, json_array_get(first, (size_t)i));
        if (i + 1 == count)
            check_arguments(file, &args, n, json_object_get(entry, "grid_last_args"));
    }
    hone_buf_release(&args);
    hone_arena_release(&arena);
    hone_plan_free(plan);
    hone_spec_free(spec);
}

static void test_grids(void **state)
{
    (void)state;
    char path[4096];
    json_error_t json_err;
    corpus_path(path, sizeof(path), "expected.json");
    json_t *expected = json_load_file(path, 0, &json_err);
    if (expected == NULL) {
        print_message("[  SKIPPED ] no corpus at %s\n", path);
        skip();
    }
    const char *file;
    json_t *entry;
    int n_files = 0;
    json_object_foreach(expected, file, entry)
    {
        if (json_array_size(json_object_get(entry, "grid_first_args")) == 0)
            continue;
        check_file(file, entry);
        n_files++;
    }
    print_message("%d grids have the reference's argument lists\n", n_files);
    assert_true(n_files > 15);
    json_decref(expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_grids)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
