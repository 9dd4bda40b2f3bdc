/* What is said of parameters and constraints that are not as they should be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <hone/spec.h>

#include "spec_rows.h"

static void test_inference_errors(void **state)
{
    (void)state;
    static const row rows[] = {
        {"{}\n", "E 4:3 lr is no parameter like this; it needs value, values, or min and "
                 "max\n"},
        {"3\n", "E 4:7 lr is 3; write {value: 3}\n"},
        {"[1, 2]\n", "E 4:7 lr is a list; write {values: [...]}\n"},
        {"\n", "E 4:3 lr is empty; it needs value, values, or min and max\n"},
        {"{min: 1}\n", "E 4:3 lr is no parameter like this; min needs max\n"},
        {"{value: 1, values: [1]}\n",
         "E 4:3 lr is no parameter like this; value and values exclude each other\n"},
        {"{min: 1, max: 2, q: 1}\n",
         "E 4:3 lr is no parameter like this; add distribution: q_uniform\n"},
        {"{mu: 1}\n", "E 4:3 lr is no parameter like this; add distribution: normal\n"},
        {"{value: 1, parameters: {a: {value: 1}}}\n",
         "E 4:3 lr is no parameter like this; parameters make a group, which has no "
         "other "
         "keys but when\n"},
        {"{valu: 1}\n",
         "E 4:3 lr is no parameter like this; it needs value, values, or min and max\n"
         "E 4:8 unknown key lr.valu; did you mean value\n"},
        {"{value: 1, note: x}\n", "W 4:18 unknown key lr.note is ignored\n"},
        {"{distribution: unifrm, min: 1, max: 2}\n",
         "E 4:22 unknown distribution unifrm; did you mean uniform\n"},
        {"{distribution: uniform, min: 1}\n",
         "E 4:3 lr needs max, as distribution uniform has it\n"},
        {"{distribution: uniform, min: 1, max: 2, q: 1}\n",
         "E 4:50 lr.q has no place with distribution uniform\n"},
        {"{distribution: categorical, values: [1], probabilities: [1]}\n",
         "W 4:22 lr has probabilities; W&B calls that categorical_w_probabilities\n"},
        {"{values: []}\n", "E 4:16 lr.values is empty\n"},
        {"{values: 3}\n", "E 4:16 lr.values is 3; a list is needed\n"},
        {"{values: [1, 2], probabilities: [1]}\n",
         "E 4:39 lr has 2 values, but 1 probabilities; one each is needed\n"},
        {"{values: [1, 2], probabilities: [0.5, 0.6]}\n",
         "E 4:39 lr.probabilities sum to 1.1, not to 1\n"},
        {"{values: [1, 2], probabilities: [1.5, -0.5]}\n",
         "E 4:45 lr.probabilities has -0.5; none is below 0\n"},
        {"{values: [1, 1.0, 2]}\n", "W 4:20 lr.values has 1.0 more than once\n"},
    };
    CHECK(PARAM, rows);
}

static void test_bounds(void **state)
{
    (void)state;
    static const row rows[] = {
        {"{min: 3, max: 3}\n", "E 4:13 lr.min is 3, not less than max 3\n"},
        {"{min: 3, max: 1.5}\n",
         "E 4:13 lr.min is 3, not less than max 1.5\n"
         "W 4:13 lr.min is the integer 3, the other bound a real, so lr is a real; write "
         "3.0\n"},
        {"{min: true, max: 3}\n", "E 4:13 lr.min is true; a number is needed\n"},
        {"{min: \"1e-5\", max: \"1e-3\"}\n", "W 4:13 lr.min is the text \"1e-5\"; taken "
                                             "as a number, write it without quotes\n"
                                             "W 4:26 lr.max is the text \"1e-3\"; taken "
                                             "as a number, write it without quotes\n"},
        {"{min: 1e-5, max: 1e-3}\n", ""},
        {"{min: 017, max: 1_000}\n",
         "E 4:13 lr.min is 017, in YAML 1.1 an octal number; a plain decimal number is "
         "needed\n"
         "E 4:23 lr.max is 1_000, in YAML 1.1 a number; a plain decimal number is "
         "needed\n"},
        {"{min: 1:30, max: yes}\n", "E 4:13 lr.min is 1:30, in YAML 1.1 a number to base "
                                    "60; a plain decimal number is "
                                    "needed\n"
                                    "E 4:24 lr.max is yes, in YAML 1.1 a boolean; a "
                                    "plain decimal number is needed\n"},
        {"{min: .inf, max: 3}\n", "E 4:13 lr.min is .inf; a finite number is needed\n"},
        {"{min: -1e308, max: 1e308}\n",
         "E 4:26 lr: the range from -1e308 to 1e308 is too wide\n"},
        {"{distribution: log_uniform_values, min: 0, max: 1}\n",
         "E 4:47 lr.min is 0; a log scale needs min > 0\n"},
        {"{distribution: int_uniform, min: 1.0, max: 2}\n",
         "W 4:40 lr.min is 1.0; taken as an integer\n"},
        {"{distribution: int_uniform, min: 1.5, max: 2}\n",
         "E 4:40 lr.min is 1.5; int_uniform needs integers, uniform takes reals\n"},
        {"{distribution: log_uniform, min: -5, max: 0}\n",
         "W 4:22 lr: min and max of log_uniform are exponents of e; log_uniform_values "
         "takes "
         "the limits themselves\n"},
        {"{distribution: log_uniform, min: -5, max: 1000}\n",
         "W 4:22 lr: min and max of log_uniform are exponents of e; log_uniform_values "
         "takes "
         "the limits themselves\n"
         "E 4:49 lr.max is 1000, an exponent of e whose power is no finite number; use "
         "log_uniform_values\n"},
        {"{distribution: normal, sigma: -1}\n",
         "E 4:37 lr.sigma is -1; it must be at least 0\n"},
        {"{distribution: q_uniform, min: 0, max: 1, q: 0}\n",
         "E 4:52 lr.q is 0; it must be above 0\n"},
        {"{distribution: beta, a: 0}\n", "E 4:31 lr.a is 0; it must be above 0\n"},
    };
    CHECK(PARAM, rows);
}

static void test_steps_errors(void **state)
{
    (void)state;
    static const row rows[] = {
        {"{min: 0, max: 1, step: 0.3}\n",
         "W 4:21 lr: the steps of 0.3 end at 0.9, before max 1\n"},
        {"{min: 0, max: 1, step: 0}\n",
         "E 4:30 lr.step is 0; it must be above 0 and at most max - min\n"},
        {"{min: 0, max: 1, step: 2}\n",
         "E 4:30 lr.step is 2; it must be above 0 and at most max - min\n"},
        {"{min: 0, max: 1, count: 1}\n",
         "E 4:31 lr.count is 1; an integer of at least 2 is needed\n"},
        {"{min: 0, max: 1, step: 0.1, count: 2}\n",
         "E 4:42 lr has step and count; one of them says it\n"},
        {"{min: 0, max: 1, scale: log, count: 3}\n",
         "E 4:13 lr.min is 0; a log scale needs min > 0\n"},
        {"{min: 1, max: 2, scale: log, step: 1}\n",
         "E 4:42 lr.step goes with a linear scale; a log scale has count\n"},
        {"{min: 1, max: 2, scale: lgo}\n", "E 4:31 lr.scale is lgo; did you mean log\n"},
        {"{min: 1, max: 2, step: 1, distribution: uniform}\n",
         "E 4:30 lr.step excludes distribution\n"},
        {"{values: [1], count: 2}\n", "E 4:28 lr.count excludes values\n"},
        {"{min: 1, step: 2}\n", "E 4:3 lr has step, which needs min and max\n"},
        {"{min: 1, max: 3, count: 4}\n",
         "E 4:31 lr.count is 4, but there are only 3 integers from 1 to 3\n"},
    };
    CHECK(PARAM, rows);
}

static void test_grid_errors(void **state)
{
    (void)state;
    static const row rows[] = {
        {"{min: 0.1, max: 0.2}\n",
         "E 4:3 lr is uniform, which a grid cannot go through; it needs values, step or "
         "count\n"},
        {"{distribution: normal}\n",
         "E 4:3 lr is normal, which a grid cannot go through; it needs values, step or "
         "count\n"},
        {"{min: 1e-4, max: 1e-1, scale: log}\n",
         "E 4:3 lr is log_uniform_values, which a grid cannot go through; it needs "
         "values, "
         "step or count\n"},
        {"{min: 1, max: 3}\n", ""},
        {"{min: 1e-4, max: 1e-1, scale: log, count: 4}\n", ""},
        {"{min: 3, max: 1}\n", "E 4:13 lr.min is 3, not less than max 1\n"},
    };
    CHECK(GRID, rows);
}

static void test_scalar_traps(void **state)
{
    (void)state;
    static const row rows[] = {
        {"{values: [yes, Off, \"yes\"]}\n", ""}, /* booleans, as W&B has them */
        {"{values: [017, 1_000, 12:30, 2024-01-31]}\n",
         "W 4:17 lr.values: 017 is kept as text, where YAML 1.1 (and W&B) takes it for "
         "an "
         "octal number; quote it, or write a plain decimal number\n"
         "W 4:22 lr.values: 1_000 is kept as text, where YAML 1.1 (and W&B) takes it for "
         "a "
         "number; quote it, or write a plain decimal number\n"
         "W 4:29 lr.values: 12:30 is kept as text, where YAML 1.1 (and W&B) takes it for "
         "a "
         "number to base 60; quote it, or write a plain decimal number\n"
         "W 4:36 lr.values: 2024-01-31 is kept as text, where YAML 1.1 (and W&B) takes "
         "it "
         "for a date; quote it\n"},
        {"{values: [y, n, \"yes\", 1e-4, 008, 8080:80, 2024-01-31-a, None, a_1]}\n", ""},
        {"{values: [!!bool yes, !!int \"3\", !!float 1e-5, !!str 017, !!null x]}\n", ""},
        {"{value: !!int x}\n", "E 4:15 x is no !!int\n"},
    };
    CHECK(PARAM, rows);
}

static void test_names(void **state)
{
    (void)state;
    static const row rows[] = {
        {"  ^lr: {value: 1}\n",
         "W 4:3 the name ^lr is unusual: W&B takes a letter or _, then "
         "letters, digits, _ . and -\n"},
        {"  \"\": {value: 1}\n  b: {value: 1}\n", "E 4:3 a parameter needs a name\n"},
        {"  a=b: {value: 1}\n  b: {value: 1}\n",
         "E 4:3 the name a=b holds a = or a line break, which no argument --name=value "
         "can "
         "carry\n"},
        {"  a.b: {value: 1}\n  a:\n    parameters:\n      b: {value: 1}\n",
         "E 7:7 two parameters are called a.b; the other one is on line 4\n"},
        {"  a: {value: 1}\n  a: {value: 2}\n",
         "W 5:3 a is there twice, first on line 4; the last one counts\n"},
        {"  a: {parameters: {}}\n  b: {value: 1}\n",
         "E 4:19 a.parameters is empty; it maps names to parameters\n"},
        {"  a: {parameters: {b: {valu: 1}}}\n",
         "E 4:20 a.b is no parameter like this; it needs value, values, or min and max\n"
         "E 4:24 unknown key a.b.valu; did you mean value\n"},
        {"  a: {min: 1, parameters: {b: {value: 1}}}\n", "E 4:7 unknown key a.min\n"},
        {"  on: {value: 1}\n  1: {value: 1}\n",
         "W 5:3 the name 1 is unusual: W&B takes a letter or _, then letters, digits, _ "
         ". "
         "and -\n"},
    };
    CHECK(BASE "parameters:\n", rows);
}

static void test_when_errors(void **state)
{
    (void)state;
    static const row rows[] = {
        {"{value: 1, when: {model: tree}}\n", ""},
        {"{value: 1, when: {modle: tree}}\n",
         "E 7:24 when: no parameter modle; did you mean model\n"},
        {"{value: 1, when: {model: forest}}\n",
         "E 7:31 when: model is never forest; it is tree or linear\n"},
        {"{value: 1, when: {model: [tree, forest]}}\n",
         "E 7:38 when: model is never forest; it is tree or linear\n"},
        {"{value: 1, when: {depth: 7}}\n",
         "E 7:31 when: depth is never 7; it is an integer from 1 to 3\n"},
        {"{value: 1, when: {depth: 2.0}}\n", ""},
        {"{value: 1, when: {rate: 0.5}}\n",
         "E 7:24 when: rate is drawn from a continuous range; a condition needs a "
         "parameter "
         "with values\n"},
        {"{value: 1, when: {x: 1}}\n", "E 7:24 when: x cannot depend on itself\n"},
        {"{value: 1, when: tree}\n",
         "E 7:23 when is tree; it maps a parameter to its values: when: {model: tree}\n"},
        {"{value: 1, when: {model: []}}\n", "E 7:31 when: model has an empty list\n"},
        {"{value: 1, when: {y: 1}}\n  y: {value: 1, when: {x: 1}}\n",
         "E 7:23 the conditions go in a circle: x depends on itself\n"},
    };
    CHECK(BASE
          "parameters:\n  model: {values: [tree, linear]}\n  depth: {min: 1, max: 3}\n"
          "  rate: {min: 0.1, max: 0.9}\n  x: ",
          rows);
}

static void test_constraints(void **state)
{
    (void)state;
    hone_spec *spec = load(BASE "parameters: {a: {values: [1, 2]}, b: {values: [1, 2]}}\n"
                                "constraints:\n  - a < b\n  - \"a * b <= 2\"\n");
    assert_int_equal(spec->space->n_constraints, 2);
    hone_spec_free(spec);
    spec = load(BASE "parameters: {a: {values: [1, 2]}}\nconstraints: a > 1\n");
    assert_int_equal(spec->space->n_constraints, 1);
    hone_spec_free(spec);
}

/* The place of an error inside a text: the name, not the scalar. */
static void test_constraint_places(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int line, column;
    } table[] = {
        {"constraints: a < zz\n", 4, 18},
        {"constraints: \"a < zz\"\n", 4, 19},
        {"constraints:\n  - a > 0\n  - 'a < zz'\n", 6, 10},
        {"constraints: [a > 0, a <]\n", 4, 25},
        {"constraints: |\n  a >\n  zz\n", 6, 3},
        {"constraints: {a: 1}\n", 4, 14},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        char text[400];
        int code;
        snprintf(text, sizeof text, "%sparameters: {a: {value: 1}}\n%s", BASE,
                 table[i].text);
        hone_spec *spec = read_spec(text, &code);
        assert_int_equal(code, HONE_ESPEC);
        assert_int_equal(spec->diagnostics.n, 1);
        assert_int_equal(spec->diagnostics.items[0].line, table[i].line);
        assert_int_equal(spec->diagnostics.items[0].column, table[i].column);
        hone_spec_free(spec);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_inference_errors),  cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_steps_errors),      cmocka_unit_test(test_grid_errors),
        cmocka_unit_test(test_scalar_traps),      cmocka_unit_test(test_names),
        cmocka_unit_test(test_when_errors),       cmocka_unit_test(test_constraints),
        cmocka_unit_test(test_constraint_places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
