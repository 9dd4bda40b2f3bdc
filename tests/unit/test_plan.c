/* Plans: a spec's method bound to its space, and the trials that come of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/plan_state.h"

static hone_spec *load(const char *text)
{
    hone_spec *spec = NULL;
    assert_int_equal(hone_spec_read("dir/s.yaml", text, strlen(text), &spec, NULL),
                     HONE_OK);
    return spec;
}

static hone_plan *make(const hone_spec *spec)
{
    hone_plan *plan = NULL;
    hone_error err = {0};
    assert_int_equal(hone_plan_make(spec, &plan, &err), HONE_OK);
    assert_int_equal(err.code, HONE_OK);
    return plan;
}

/* The values of parameter 0, one letter a trial. */
static void read_letters(hone_plan *plan, char *letters, size_t size)
{
    const hone_config *point;
    bool waits = true;
    size_t n = 0;
    while (hone_plan_next(plan, &point, &waits) == HONE_OK && point != NULL) {
        assert_true(n + 1 < size);
        assert_false(waits);
        letters[n++] = point->values[0].text[0];
    }
    assert_false(waits);
    letters[n] = '\0';
    assert_int_equal(hone_plan_next(plan, &point, &waits), HONE_OK);
    assert_null(point); /* the end stays the end */
}

static void test_trials_in_order(void **state)
{
    (void)state;
    static const struct {
        const char *head, *letters;
        uint64_t count;
    } cases[] = {
        {"method: grid", "abcd", 4},
        {"method: grid\nstop: {trials: 3}", "abc", 3},
        {"method: grid\nrun_cap: 2", "ab", 2},
        {"method: grid\nstop: {trials: 4}", "abcd", 4},
        {"method: grid\nstop: {trials: 100}", "abcd", 4},
        {"method: {name: grid, order: sorted}", "abcd", 4},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[300], letters[10];
        snprintf(text, sizeof text, "%s\nparameters: {x: {values: [a, b, c, d]}}\n",
                 cases[i].head);
        hone_spec *spec = load(text);
        hone_plan *plan = make(spec);
        assert_false(hone_plan_adaptive(plan));
        assert_int_equal(hone_plan_count(plan), cases[i].count);
        read_letters(plan, letters, sizeof letters);
        assert_string_equal(letters, cases[i].letters);
        hone_plan_free(plan);
        hone_spec_free(spec);
    }
}

/* `order: shuffled` beside the method and the method's own option are one and the same,
 * and the seed decides. */
static void test_shuffled(void **state)
{
    (void)state;
    static const char *const heads[] = {
        "method: grid\norder: shuffled\nseed: 3",
        "method: {name: grid, order: shuffled}\nseed: 3",
        "method: grid\norder: shuffled\nseed: 4",
        "method: grid\nseed: 3",
    };
    char letters[4][20];
    for (size_t i = 0; i < 4; i++) {
        char text[300];
        snprintf(text, sizeof text,
                 "%s\nparameters: {x: {values: [a, b, c, d, e, f, g, h, i, j]}}\n",
                 heads[i]);
        hone_spec *spec = load(text);
        hone_plan *plan = make(spec);
        read_letters(plan, letters[i], sizeof letters[i]);
        assert_int_equal(strlen(letters[i]), 10);
        hone_plan_free(plan);
        hone_spec_free(spec);
    }
    assert_string_equal(letters[0], letters[1]);
    assert_string_not_equal(letters[0], letters[2]);
    assert_string_equal(letters[3], "abcdefghij");
}

static void test_endless(void **state)
{
    (void)state;
    hone_spec *spec = load("method: random\nparameters: {x: {min: 0.0, max: 1.0}}\n");
    hone_plan *plan = make(spec);
    const hone_config *point;
    bool waits;
    assert_true(hone_plan_count(plan) == UINT64_MAX);
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(hone_plan_next(plan, &point, &waits), HONE_OK);
        assert_non_null(point);
    }
    hone_plan_free(plan);
    hone_spec_free(spec);
}

/* A method that learns begins with the defaults, where all that exist have one. */
static void test_defaults_come_first(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t depth; /* of the first trial; 0: not the default's */
    } cases[] = {
        {"method: tpe\nparameters: {depth: {min: 1, max: 900, default: 77}, k: {value: "
         "1}}\n",
         77},
        {"method: tpe\nparameters: {depth: {min: 1, max: 900, default: 77}, x: {min: "
         "0.0, max: "
         "1.0}}\n",
         0},
        {"method: tpe\nparameters: {depth: {min: 1, max: 900, default: 77}, m: {values: "
         "[a, b], "
         "default: a}, x: {min: 0.0, max: 1.0, when: {m: b}}}\n",
         77},
        {"method: tpe\nconstraints: [depth < 50]\nparameters: {depth: {min: 1, max: 900, "
         "default: 77}}\n",
         0},
        {"method: random\nparameters: {depth: {min: 1, max: 900, default: 77}}\n", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        hone_spec *spec = load(cases[i].text);
        hone_plan *plan = make(spec);
        const hone_config *point = NULL;
        assert_int_equal(hone_plan_suggest(plan, 1, &point), HONE_SUGGESTED);
        if (cases[i].depth != 0)
            assert_int_equal(point->values[0].integer, cases[i].depth);
        else
            assert_int_not_equal(point->values[0].integer, 77);
        hone_plan_free(plan);
        hone_spec_free(spec);
    }
}

/* A method of a later release is named where the spec names it. */
static void test_unsupported_method(void **state)
{
    (void)state;
    hone_spec *spec = load("name: s\n"
                           "method: custom\nparameters: {x: {values: [a, b]}}\n");
    hone_plan *plan = NULL;
    hone_error err = {0};
    assert_int_equal(hone_plan_make(spec, &plan, &err), HONE_EUNSUPPORTED);
    assert_null(plan);
    assert_non_null(strstr(err.text, "dir/s.yaml:2:9: error: "));
    assert_non_null(strstr(err.text, "custom"));
    hone_spec_free(spec);

    /* A spec that was not read from a file says nothing of a place. */
    static const hone_space space = {0};
    const hone_spec made = {.path = "-", .method = "nosuch", .space = &space};
    assert_int_equal(hone_plan_make(&made, &plan, &err), HONE_EUNSUPPORTED);
    assert_string_equal(err.text, "-: error: method nosuch is not yet supported");
}

static void test_empty_space(void **state)
{
    (void)state;
    hone_spec *spec =
        load("method: grid\nparameters: {x: {values: [1, 2]}}\nconstraints: [x > 2]\n");
    hone_plan *plan = NULL;
    hone_error err = {0};
    assert_int_equal(hone_plan_make(spec, &plan, &err), HONE_ESPEC);
    assert_null(plan);
    assert_int_equal(strncmp(err.text, "dir/s.yaml: error: ", 19), 0);
    assert_non_null(strstr(err.text, "constraint"));
    hone_spec_free(spec);
}

int main(void)
{
    hone_plan_free(NULL);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trials_in_order),
        cmocka_unit_test(test_shuffled),
        cmocka_unit_test(test_endless),
        cmocka_unit_test(test_defaults_come_first),
        cmocka_unit_test(test_unsupported_method),
        cmocka_unit_test(test_empty_space),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
