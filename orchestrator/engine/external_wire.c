/* The words between hone and an external sampler.
 *
 * Written: hello (once a start), trial, ask, error. Read: an answer to an ask. Parameters
 * are named flat, with dots; their values are those of JSON, and what it has no number
 * for is text ("nan", "inf", "-inf"). */
#include "engine/external_wire.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include <hone/json.h>

#include "engine/goals.h"
#include "base/arena.h"
#include "model/expr.h"

enum {
    PROTOCOL = 1,
    VALUES_MAX = 4 * 1024 * 1024, /* bytes of an answer's values in memory */
    VALUE_DEPTH = 16              /* of lists and mappings in an answer */
};

/* ---- writing ---- */

static void put_text(hone_json *json, const char *key, const char *text)
{
    hone_json_key(json, key);
    hone_json_text(json, text);
}

static void put_int(hone_json *json, const char *key, uint64_t value)
{
    hone_json_key(json, key);
    hone_json_int(json, (int64_t)(value & INT64_MAX));
}

static void put_bool(hone_json *json, const char *key, bool value)
{
    hone_json_key(json, key);
    hone_json_bool(json, value);
}

/* A bound that is a whole number is written as one. */
static void put_real(hone_json *json, const char *key, double value)
{
    hone_json_key(json, key);
    if (value == floor(value) && fabs(value) < 0x1p53)
        hone_json_int(json, (int64_t)value);
    else
        hone_json_real(json, value);
}

static void put_values(hone_json *json, uint32_t n, const hone_value *values)
{
    hone_json_begin_array(json);
    for (uint32_t i = 0; i < n; i++)
        hone_json_value(json, &values[i]);
    hone_json_end(json);
}

/* What the distribution is made of, as the spec has it. */
static void put_shape(hone_json *json, const hone_param *param)
{
    switch (param->distribution) {
    case HONE_CONSTANT:
    case HONE_CATEGORICAL:
    case HONE_N_DISTRIBUTIONS:
        return;
    case HONE_INT_UNIFORM:
    case HONE_UNIFORM:
    case HONE_Q_UNIFORM:
    case HONE_LOG_UNIFORM:
    case HONE_Q_LOG_UNIFORM:
    case HONE_INV_LOG_UNIFORM:
    case HONE_LOG_UNIFORM_VALUES:
    case HONE_Q_LOG_UNIFORM_VALUES:
    case HONE_INV_LOG_UNIFORM_VALUES:
    case HONE_STEPPED:
        put_real(json, "min", param->min);
        put_real(json, "max", param->max);
        break;
    case HONE_NORMAL:
    case HONE_Q_NORMAL:
    case HONE_LOG_NORMAL:
    case HONE_Q_LOG_NORMAL:
        put_real(json, "mu", param->mu);
        put_real(json, "sigma", param->sigma);
        break;
    case HONE_BETA:
    case HONE_Q_BETA:
        put_real(json, "a", param->a);
        put_real(json, "b", param->b);
        break;
    }
    if (strncmp(hone_distribution_name(param->distribution), "q_", 2) == 0)
        put_real(json, "q", param->q);
}

static void put_steps(hone_json *json, const hone_steps *steps)
{
    if (steps->n == 0)
        return;
    put_int(json, "levels", steps->n);
    put_bool(json, "log", steps->log);
    put_bool(json, "integer", steps->integer);
    if (steps->decimal)
        put_real(json, "step", (double)steps->step / pow(10, steps->decimals));
}

static void put_condition(hone_json *json, const hone_space *space,
                          const hone_param *param)
{
    if (param->n_clauses == 0)
        return;
    hone_json_key(json, "when");
    hone_json_begin_array(json);
    for (uint32_t i = 0; i < param->n_clauses; i++) {
        const hone_clause *clause = &param->clauses[i];
        hone_json_begin_object(json);
        put_text(json, "name", space->params[clause->param].name);
        hone_json_key(json, "values");
        put_values(json, clause->n_values, clause->values);
        hone_json_end(json);
    }
    hone_json_end(json);
}

static void put_param(hone_json *json, const hone_space *space, const hone_param *param)
{
    hone_json_begin_object(json);
    put_text(json, "name", param->name);
    put_text(json, "distribution", hone_distribution_name(param->distribution));
    put_shape(json, param);
    if (param->n_values > 0) {
        hone_json_key(json, "values");
        put_values(json, param->n_values, param->values);
    }
    if (param->probabilities != NULL) {
        hone_json_key(json, "probabilities");
        hone_json_begin_array(json);
        for (uint32_t i = 0; i < param->n_values; i++)
            hone_json_real(json, param->probabilities[i]);
        hone_json_end(json);
    }
    put_steps(json, &param->steps);
    if (param->fallback.kind != HONE_ABSENT) {
        hone_json_key(json, "default");
        hone_json_value(json, &param->fallback);
    }
    put_condition(json, space, param);
    hone_json_end(json);
}

static void put_goal(hone_json *json, const hone_objective *objective)
{
    hone_json_begin_object(json);
    put_text(json, "name", objective->name);
    put_text(json, "goal", objective->maximize ? "maximize" : "minimize");
    hone_json_end(json);
}

static void put_objective(hone_json *json, const hone_objective *objective)
{
    hone_json_key(json, "objective");
    if (objective->name == NULL) {
        hone_json_null(json);
        return;
    }
    put_goal(json, objective);
}

/* All of them, the first included. */
static void put_goals(hone_json *json, const hone_spec *spec)
{
    if (spec->n_others == 0)
        return;
    hone_json_key(json, "objectives");
    hone_json_begin_array(json);
    for (uint32_t i = 0; i <= spec->n_others; i++)
        put_goal(json, hone_goal_at(spec, i));
    hone_json_end(json);
}

static void put_objectives(hone_json *json, const hone_external_trial *trial)
{
    if (trial->values == NULL)
        return;
    hone_json_key(json, "objectives");
    hone_json_begin_object(json);
    for (uint32_t i = 0; i <= trial->spec->n_others; i++) {
        hone_json_key(json, hone_goal_at(trial->spec, i)->name);
        hone_json_real(json, trial->values[i]);
    }
    hone_json_end(json);
}

static void put_settings(hone_json *json, const hone_settings *settings)
{
    hone_json_key(json, "settings");
    hone_json_begin_object(json);
    for (uint32_t i = 0; i < settings->n; i++) {
        hone_json_key(json, settings->items[i].name);
        hone_json_value(json, &settings->items[i].value);
    }
    hone_json_end(json);
}

static void put_constraints(hone_json *json, const hone_space *space)
{
    hone_json_key(json, "constraints");
    hone_json_begin_array(json);
    for (uint32_t i = 0; i < space->n_constraints; i++)
        hone_json_text(json, hone_expr_text(space->constraints[i]));
    hone_json_end(json);
}

void hone_external_write_hello(hone_buf *out, const hone_spec *spec, const char *sweep)
{
    hone_json json;
    const hone_space *space = spec->space;
    hone_json_init(&json, out);
    hone_json_begin_object(&json);
    put_int(&json, "hone", PROTOCOL);
    put_text(&json, "sweep", sweep);
    put_int(&json, "seed", spec->seed);
    put_objective(&json, &spec->objective);
    put_goals(&json, spec);
    put_settings(&json, &spec->settings);
    hone_json_key(&json, "parameters");
    hone_json_begin_array(&json);
    for (uint32_t i = 0; i < space->n; i++)
        put_param(&json, space, &space->params[i]);
    hone_json_end(&json);
    put_constraints(&json, space);
    hone_json_end(&json);
    hone_buf_putc(out, '\n');
}

static void put_params(hone_json *json, const hone_external_trial *trial)
{
    hone_json_key(json, "params");
    hone_json_begin_object(json);
    for (uint32_t i = 0; trial->config != NULL && i < trial->space->n; i++) {
        if (trial->config->values[i].kind == HONE_ABSENT)
            continue;
        hone_json_key(json, trial->space->params[i].name);
        hone_json_value(json, &trial->config->values[i]);
    }
    for (uint32_t i = 0; trial->config == NULL && i < trial->n_params; i++) {
        hone_json_key(json, trial->params[i].name);
        hone_json_value(json, &trial->params[i].value);
    }
    hone_json_end(json);
}

void hone_external_write_trial(hone_buf *out, const hone_external_trial *trial)
{
    hone_json json;
    bool has = trial->has_objective;
    hone_json_init(&json, out);
    hone_json_begin_object(&json);
    put_int(&json, "trial", trial->number);
    put_text(&json, "status", hone_status_text(trial->status));
    put_params(&json, trial);
    hone_json_key(&json, "objective");
    if (has)
        hone_json_real(&json, trial->objective);
    else
        hone_json_null(&json);
    hone_json_key(&json, "value");
    if (has)
        hone_json_real(&json, trial->maximize ? -trial->objective : trial->objective);
    else
        hone_json_null(&json);
    put_objectives(&json, trial);
    hone_json_end(&json);
    hone_buf_putc(out, '\n');
}

void hone_external_write_ask(hone_buf *out, uint64_t number)
{
    hone_json json;
    hone_json_init(&json, out);
    hone_json_begin_object(&json);
    put_int(&json, "ask", number);
    hone_json_end(&json);
    hone_buf_putc(out, '\n');
}

void hone_external_write_error(hone_buf *out, const char *text)
{
    hone_json json;
    hone_json_init(&json, out);
    hone_json_begin_object(&json);
    put_text(&json, "error", text);
    hone_json_end(&json);
    hone_buf_putc(out, '\n');
}

/* ---- reading ---- */

static int convert(const json_t *json, int depth, hone_arena *arena, hone_value *value);

static int convert_list(const json_t *json, int depth, hone_arena *arena,
                        hone_value *value)
{
    size_t n = json_array_size(json);
    hone_value *items = hone_arena_alloc(arena, (n + 1) * sizeof(*items));
    int rc = items != NULL ? HONE_OK : HONE_ENOMEM;
    for (size_t i = 0; rc == HONE_OK && i < n; i++)
        rc = convert(json_array_get(json, i), depth + 1, arena, &items[i]);
    *value = (hone_value){.kind = HONE_LIST, .n = (uint32_t)n, .items = items};
    return rc;
}

static int convert_map(const json_t *json, int depth, hone_arena *arena,
                       hone_value *value)
{
    size_t n = json_object_size(json), i = 0;
    hone_pair *pairs = hone_arena_alloc(arena, (n + 1) * sizeof(*pairs));
    int rc = pairs != NULL ? HONE_OK : HONE_ENOMEM;
    const char *key;
    json_t *item;
    json_object_foreach((json_t *)(uintptr_t)json, key, item)
    {
        if (rc != HONE_OK)
            break;
        pairs[i].key = key;
        rc = convert(item, depth + 1, arena, &pairs[i++].value);
    }
    *value = (hone_value){.kind = HONE_MAP, .n = (uint32_t)n, .pairs = pairs};
    return rc;
}

/* Text is borrowed from `json`. Errors: HONE_ELIMIT (nested too deeply), HONE_ENOMEM. */
static int convert(const json_t *json, int depth, hone_arena *arena, hone_value *value)
{
    if (depth > VALUE_DEPTH)
        return HONE_ELIMIT;
    switch (json_typeof(json)) {
    case JSON_ARRAY:
        return convert_list(json, depth, arena, value);
    case JSON_OBJECT:
        return convert_map(json, depth, arena, value);
    case JSON_STRING:
        *value = hone_value_text(json_string_value(json));
        break;
    case JSON_INTEGER:
        *value = hone_value_int(json_integer_value(json));
        break;
    case JSON_REAL:
        *value = hone_value_real(json_real_value(json));
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        *value = hone_value_bool(json_is_true(json));
        break;
    case JSON_NULL:
        *value = (hone_value){.kind = HONE_NULL};
        break;
    }
    return HONE_OK;
}

static int read_params(const json_t *params, const hone_space *space, hone_config *config,
                       hone_error *err)
{
    hone_arena arena;
    hone_arena_init(&arena, VALUES_MAX);
    size_t n = json_object_size(params), i = 0;
    hone_setting *items = hone_arena_alloc(&arena, (n + 1) * sizeof(*items));
    int rc = items != NULL ? HONE_OK : HONE_ENOMEM;
    const char *key;
    json_t *item;
    json_object_foreach((json_t *)(uintptr_t)params, key, item)
    {
        if (rc != HONE_OK)
            break;
        items[i].name = key;
        rc = convert(item, 0, &arena, &items[i++].value);
    }
    if (rc == HONE_ELIMIT)
        rc = hone_error_set(err, HONE_EUSAGE,
                            "a value in \"params\" is nested more than %d deep",
                            VALUE_DEPTH);
    else if (rc != HONE_OK)
        hone_error_set(err, rc, "out of memory");
    else
        rc = hone_config_take(space, &(hone_settings){.n = (uint32_t)n, .items = items},
                              config, err);
    hone_arena_release(&arena);
    return rc;
}

static int read_object(const json_t *root, const hone_space *space,
                       hone_suggestion *answer, hone_config *config, hone_error *err)
{
    const json_t *params = json_object_get(root, "params");
    bool waits = json_is_true(json_object_get(root, "wait"));
    bool done = json_is_true(json_object_get(root, "done"));
    if ((params != NULL) + waits + done != 1)
        return hone_error_set(err, HONE_EUSAGE,
                              "an answer has either \"params\", or \"wait\": true, or "
                              "\"done\": true");
    *answer = waits ? HONE_SUGGEST_WAIT : HONE_SUGGEST_DONE;
    if (params == NULL)
        return HONE_OK;
    *answer = HONE_SUGGESTED;
    if (!json_is_object(params))
        return hone_error_set(err, HONE_EUSAGE,
                              "\"params\" has to be an object, {\"NAME\": VALUE, ...}");
    return read_params(params, space, config, err);
}

int hone_external_read_answer(const char *line, size_t len, const hone_space *space,
                              hone_suggestion *answer, hone_config *config,
                              hone_error *err)
{
    json_error_t detail;
    json_t *root = json_loadb(line, len, JSON_REJECT_DUPLICATES, &detail);
    int rc = HONE_OK;
    if (root == NULL && json_error_code(&detail) == json_error_out_of_memory)
        rc = hone_error_set(err, HONE_ENOMEM, "out of memory");
    else if (root == NULL)
        rc = hone_error_set(err, HONE_EUSAGE, "an answer is one JSON object a line: %s",
                            detail.text);
    else if (!json_is_object(root))
        rc = hone_error_set(err, HONE_EUSAGE,
                            "an answer is one JSON object a line: this is no object");
    else
        rc = read_object(root, space, answer, config, err);
    json_decref(root);
    return rc;
}
