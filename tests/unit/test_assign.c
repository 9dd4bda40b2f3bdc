/* Configurations from NAME=VALUE: what is taken, and what each refusal says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <hone/spec.h>

static const char yaml[] = "command: train\n"
                           "method: random\n"
                           "constraints: ['depth < 9']\n"
                           "parameters:\n"
                           "  lr: {min: 1.0e-4, max: 1.0e-1, scale: log}\n"
                           "  model: {values: [tree, '1', 2.50, true, null, [1, a]]}\n"
                           "  depth: {min: 1, max: 10, when: {model: tree}}\n"
                           "  drop: {min: 0.1, max: 0.3, step: 0.1}\n"
                           "  batch: {distribution: q_uniform, min: 0, max: 64, q: 16}\n"
                           "  noise: {distribution: normal, mu: 0, sigma: 1}\n"
                           "  scale: {distribution: log_normal, mu: 0, sigma: 1}\n"
                           "  fixed: {value: 0.10}\n"
                           "  optim:\n"
                           "    parameters:\n"
                           "      beta: {min: 0.5, max: 0.9}\n";

enum { TEXTS_MAX = 12 };

/* Texts separated by spaces; the configuration as JSON, or the refusal. */
static char *read_config(const hone_spec *spec, const char *line)
{
    char copy[400];
    const char *texts[TEXTS_MAX];
    uint32_t n = 0;
    snprintf(copy, sizeof copy, "%s", line);
    for (char *word = strtok(copy, " "); word != NULL; word = strtok(NULL, " "))
        texts[n++] = word;
    hone_config *config = calloc(1, hone_config_size(spec->space));
    hone_error err = {0};
    int rc = hone_config_read(spec->space, n, texts, config, &err);
    hone_buf out;
    hone_buf_init(&out, 4000);
    if (rc == HONE_OK) {
        hone_config_write_json(&out, spec->space, config);
    } else {
        assert_int_equal(rc, HONE_EUSAGE);
        hone_buf_puts(&out, err.text);
    }
    free(config);
    char *text = strdup(hone_buf_text(&out));
    hone_buf_release(&out);
    return text;
}

#define REST " drop=0.2 batch=32 noise=0 scale=2 optim.beta=0.75"

#define REST_JSON "\"noise\": 0.0, \"optim\": {\"beta\": 0.75}, \"scale\": 2.0}"

static const struct {
    const char *line, *answer;
} cases[] = {
    /* Typed by the parameter; one that can have one value alone may be left out. */
    {"lr=1e-3 model=tree depth=3" REST,
     "{\"batch\": 32, \"depth\": 3, \"drop\": 0.2, \"fixed\": 0.1, \"lr\": 0.001, "
     "\"model\": \"tree\", " REST_JSON},
    {"lr=0.0001 model=tree depth=3.0 fixed=0.1" REST,
     "{\"batch\": 32, \"depth\": 3, \"drop\": 0.2, \"fixed\": 0.1, \"lr\": 0.0001, "
     "\"model\": \"tree\", " REST_JSON},
    {"lr=0.1 model=1 depth=3" REST, "depth does not exist in this configuration: its "
                                    "`when` does not hold"},
    {"lr=0.1 model=true" REST,
     "{\"batch\": 32, \"drop\": 0.2, \"fixed\": 0.1, \"lr\": 0.1, \"model\": "
     "true, " REST_JSON},
    {"lr=0.1 model=1" REST,
     "{\"batch\": 32, \"drop\": 0.2, \"fixed\": 0.1, \"lr\": 0.1, \"model\": "
     "\"1\", " REST_JSON},
    {"lr=0.1 model=None" REST,
     "{\"batch\": 32, \"drop\": 0.2, \"fixed\": 0.1, \"lr\": 0.1, \"model\": "
     "null, " REST_JSON},
    /* Choices by type, then by their letters. */
    {"model=1 lr=1" REST, "lr is '1'; it has to be a number from 0.0001 to 0.1"},
    {"model=2.5" REST, "no value is given for lr"},
    {"model=True" REST, "no value is given for lr"},
    {"model=[1,a]" REST, "model is '[1,a]'; it can be tree, 1, 2.50, true, null, [1, a]"},
    {"model=oak lr=0.1" REST,
     "model is 'oak'; it can be tree, 1, 2.50, true, null, [1, a]"},
    /* Numbers. */
    {"lr=nan" REST, "lr is 'nan'; it has to be a number from 0.0001 to 0.1"},
    {"lr=.inf" REST, "lr is '.inf'; it has to be a number from 0.0001 to 0.1"},
    {"lr=true" REST, "lr is 'true'; it has to be a number from 0.0001 to 0.1"},
    {"lr=1e999" REST, "lr is '1e999'; it has to be a number from 0.0001 to 0.1"},
    {"model=tree lr=0.1 depth=2.5" REST,
     "depth is '2.5'; it has to be a whole number from 1 to 10"},
    {"model=tree lr=0.1 depth=11" REST,
     "depth is '11'; it has to be a whole number from 1 to 10"},
    {"drop=0.25", "drop is 0.25; it goes in steps, the nearest are 0.2 and 0.3"},
    {"drop=0.4", "drop is '0.4'; it has to be a number from 0.1 to 0.3"},
    {"batch=20", "batch is 20; it goes in steps, the nearest are 16 and 32"},
    {"batch=0 noise=x", "noise is 'x'; it has to be a number"},
    {"batch=0 noise=-1e9 scale=0", "scale is '0'; it has to be a number above 0"},
    {"fixed=0.2", "fixed is '0.2'; it can be 0.10"},
    /* Names. */
    {"optim.beta=0.4 lr=0.1 model=tree depth=1",
     "optim.beta is '0.4'; it has to be a number from 0.5 to 0.9"},
    {"dpeth=1", "dpeth is no parameter of the sweep; did you mean depth"},
    {"=1", "'=1' is no NAME=VALUE"},
    {"lr", "'lr' is no NAME=VALUE"},
    {"lr=0.1 lr=0.1", "lr is given twice"},
    {"", "no value is given for batch, drop, lr, model, noise, optim.beta, scale"},
    {"lr=0.1 model=tree depth=9" REST,
     "the configuration breaks a constraint of the spec"},
};

static void test_cases(void **state)
{
    (void)state;
    hone_spec *spec = NULL;
    hone_error err = {0};
    assert_int_equal(hone_spec_read("sweep.yaml", yaml, sizeof yaml - 1, &spec, &err),
                     HONE_OK);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *answer = read_config(spec, cases[i].line);
        if (strcmp(answer, cases[i].answer) != 0)
            print_message("of: %s\n", cases[i].line);
        assert_string_equal(answer, cases[i].answer);
        free(answer);
    }
    hone_spec_free(spec);
}

/* Names and values of any length and bytes end in a message, never elsewhere. */
static void test_hostile(void **state)
{
    (void)state;
    hone_spec *spec = NULL;
    hone_error err = {0};
    assert_int_equal(hone_spec_read("sweep.yaml", yaml, sizeof yaml - 1, &spec, &err),
                     HONE_OK);
    hone_config *config = calloc(1, hone_config_size(spec->space));
    char *text = malloc(100001);
    memset(text, 'x', 100000);
    text[100000] = '\0';
    assert_int_equal(
        hone_config_read(spec->space, 1, (const char *const *)&text, config, &err),
        HONE_EUSAGE);
    memcpy(text, "lr=", 3);
    assert_int_equal(
        hone_config_read(spec->space, 1, (const char *const *)&text, config, &err),
        HONE_EUSAGE);
    memcpy(text, "\xff\xfe\n=", 4);
    assert_int_equal(
        hone_config_read(spec->space, 1, (const char *const *)&text, config, &err),
        HONE_EUSAGE);
    free(text);
    free(config);
    hone_spec_free(spec);
}

/* Values that have their types: text is never taken for a number, nor the other way
 * round. */
static void test_values(void **state)
{
    (void)state;
    hone_spec *spec = NULL;
    hone_error err = {0};
    static const char text[] = "command: t\nmethod: random\nparameters:\n"
                               "  m: {values: ['1', 1, 2.50, [1, a]]}\n"
                               "  x: {min: 0.0, max: 1.0}\n";
    static const hone_value items[] = {{.kind = HONE_INT, .integer = 1},
                                       {.kind = HONE_TEXT, .n = 1, .text = "a"}};
    const struct {
        hone_value m, x;
        const char *answer;
    } rows[] = {
        {hone_value_text("1"), hone_value_int(1), "{\"m\": \"1\", \"x\": 1.0}"},
        {hone_value_int(1), hone_value_real(0.5), "{\"m\": 1, \"x\": 0.5}"},
        {hone_value_real(2.5), hone_value_int(0), "{\"m\": 2.5, \"x\": 0.0}"},
        {{.kind = HONE_LIST, .n = 2, .items = items},
         hone_value_int(0),
         "{\"m\": [1, \"a\"], \"x\": 0.0}"},
        {hone_value_text("2.50"), hone_value_int(0),
         "m is '2.50'; it can be 1, 1, 2.50, [1, a]"},
        {hone_value_int(1), hone_value_text("0.5"),
         "x is '0.5'; it has to be a number from 0 to 1"},
        {{.kind = HONE_LIST, .n = 1, .items = items},
         hone_value_int(0),
         "m is '[1]'; it can be 1, 1, 2.50, [1, a]"},
        {hone_value_int(1), hone_value_bool(true),
         "x is 'true'; it has to be a number from 0 to 1"},
    };
    assert_int_equal(hone_spec_read("s.yaml", text, sizeof text - 1, &spec, &err),
                     HONE_OK);
    hone_config *config = calloc(1, hone_config_size(spec->space));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const hone_setting given[] = {{.name = "x", .value = rows[i].x},
                                      {.name = "m", .value = rows[i].m}};
        hone_buf out;
        hone_buf_init(&out, 4000);
        int rc = hone_config_take(spec->space, &(hone_settings){.n = 2, .items = given},
                                  config, &err);
        if (rc == HONE_OK)
            hone_config_write_json(&out, spec->space, config);
        assert_string_equal(rc == HONE_OK ? hone_buf_text(&out) : err.text,
                            rows[i].answer);
        hone_buf_release(&out);
    }
    const hone_setting twice[] = {{.name = "x", .value = rows[0].x},
                                  {.name = "x", .value = rows[0].x}};
    assert_int_equal(hone_config_take(spec->space,
                                      &(hone_settings){.n = 2, .items = twice}, config,
                                      &err),
                     HONE_EUSAGE);
    assert_string_equal(err.text, "x is given twice");
    free(config);
    hone_spec_free(spec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_hostile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
