/* Questions about functions, one a line, each with an answer of one line. */
#include "serve.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "function.h"

#include "base/banned.h"

/* Specs are read once for each function, by its index. */
enum { SPECS_MAX = 64 };

typedef struct spec_cache {
    hone_spec *specs[SPECS_MAX]; /* owned */
} spec_cache;

static const hone_spec *get_spec(spec_cache *cache, const quality_function *function,
                                 hone_error *err)
{
    uint32_t i = 0;
    while (quality_function_at(i) != function)
        i++;
    if (i >= SPECS_MAX) {
        hone_error_set(err, HONE_ELIMIT, "more than %d functions", SPECS_MAX);
        return NULL;
    }
    if (cache->specs[i] == NULL &&
        quality_function_spec(function, "random", &cache->specs[i], err) != 0) {
        hone_spec_free(cache->specs[i]);
        cache->specs[i] = NULL;
    }
    return cache->specs[i];
}

static json_t *make_value(const hone_value *value)
{
    double number = 0;
    if (value->kind == HONE_TEXT)
        return json_string(value->text);
    if (value->kind == HONE_INT)
        return json_integer(value->integer);
    if (value->kind == HONE_BOOL)
        return json_boolean(value->boolean);
    return hone_value_number(value, &number) ? json_real(number) : json_null();
}

static json_t *make_values(uint32_t n, const hone_value *values)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < n; i++)
        json_array_append_new(list, make_value(&values[i]));
    return list;
}

static json_t *make_param(const hone_space *space, const hone_param *param)
{
    json_t *json = json_pack("{ss}", "name", param->name);
    hone_distribution distribution = param->distribution;
    bool integer = distribution == HONE_INT_UNIFORM || param->q_integer;
    bool log = distribution == HONE_LOG_UNIFORM_VALUES ||
               distribution == HONE_Q_LOG_UNIFORM_VALUES;
    if (distribution == HONE_CATEGORICAL)
        json_object_set_new(json, "values", make_values(param->n_values, param->values));
    else
        json_object_update_new(json,
                               json_pack("{sb sb sf sf}", "integer", integer, "log", log,
                                         "min", param->min, "max", param->max));
    if (param->steps.n > 1)
        json_object_set_new(
            json, "step",
            json_real((param->max - param->min) / (double)(param->steps.n - 1)));
    json_t *when = json_object();
    for (uint32_t i = 0; i < param->n_clauses; i++) {
        const hone_clause *clause = &param->clauses[i];
        json_object_set_new(when, space->params[clause->param].name,
                            make_values(clause->n_values, clause->values));
    }
    json_object_set_new(json, "when", when);
    return json;
}

static json_t *make_space(const quality_function *function, const hone_space *space,
                          const uint32_t *order)
{
    json_t *params = json_array();
    for (uint32_t i = 0; i < space->n; i++)
        json_array_append_new(params, make_param(space, &space->params[order[i]]));
    json_t *minimum =
        isnan(function->minimum) ? json_null() : json_real(function->minimum);
    return json_pack("{so sf so}", "minimum", minimum, "noise", function->noise, "params",
                     params);
}

static void answer_space(spec_cache *cache, const char *name, FILE *out)
{
    hone_error err = {0};
    const quality_function *function = quality_function_find(name);
    const hone_spec *spec = function != NULL ? get_spec(cache, function, &err) : NULL;
    uint32_t *order =
        spec != NULL ? calloc(spec->space->n + (size_t)1, sizeof *order) : NULL;
    if (order == NULL || hone_space_order(spec->space, order, &err) != 0) {
        fprintf(out, "error: no space of %s: %s\n", name, err.text);
    } else {
        json_t *json = make_space(function, spec->space, order);
        json_dumpf(json, out, JSON_COMPACT);
        fputc('\n', out);
        json_decref(json);
    }
    free(order);
}

static hone_value read_value(const json_t *json)
{
    if (json_is_string(json))
        return hone_value_text(json_string_value(json));
    if (json_is_integer(json))
        return hone_value_int(json_integer_value(json));
    if (json_is_boolean(json))
        return hone_value_bool(json_boolean_value(json));
    if (json_is_real(json))
        return hone_value_real(json_real_value(json));
    return (hone_value){.kind = HONE_ABSENT};
}

static bool read_point(const hone_space *space, const json_t *json, hone_config *config)
{
    size_t n = 0;
    config->n = space->n;
    for (uint32_t i = 0; i < space->n; i++) {
        const json_t *value = json_object_get(json, space->params[i].name);
        config->values[i] = read_value(value);
        n += value != NULL;
    }
    return n == json_object_size(json) && hone_config_member(space, config);
}

static void answer_value(const quality_function *function, quality_point *point,
                         const char *rest, FILE *out)
{
    char *end;
    point->seed = strtoull(rest, &end, 10);
    point->number = strtoull(end, &end, 10);
    double value = function->value(point);
    fprintf(out, "%.17g %.17g\n", quality_observed(function, point, value), value);
}

static void answer_point(spec_cache *cache, const char *name, const char *text, FILE *out)
{
    hone_error err = {0};
    json_error_t detail;
    const quality_function *function = quality_function_find(name);
    const hone_spec *spec = function != NULL ? get_spec(cache, function, &err) : NULL;
    json_t *json = json_loads(text, JSON_DISABLE_EOF_CHECK, &detail);
    hone_config *config =
        spec != NULL && json != NULL ? calloc(1, hone_config_size(spec->space)) : NULL;
    if (config == NULL) {
        fprintf(out, "error: no value of %s: %s\n", name,
                json == NULL ? detail.text : err.text);
    } else if (!read_point(spec->space, json, config)) {
        fprintf(out, "error: no point of %s\n", name);
    } else {
        quality_point point = {.space = spec->space, .config = config};
        answer_value(function, &point, text + detail.position, out);
    }
    free(config);
    json_decref(json);
}

int quality_serve(FILE *in, FILE *out)
{
    spec_cache cache = {0};
    char *line = NULL;
    size_t size = 0;
    ssize_t len;
    while ((len = getline(&line, &size, in)) > 0) {
        line[strcspn(line, "\n")] = '\0';
        size_t name = strcspn(line, " ");
        const char *rest = line[name] == ' ' ? line + name + 1 : "";
        line[name] = '\0';
        if (strcmp(line, "space") == 0)
            answer_space(&cache, rest, out);
        else
            answer_point(&cache, line, rest, out);
        fflush(out);
    }
    free(line);
    for (uint32_t i = 0; i < SPECS_MAX; i++)
        hone_spec_free(cache.specs[i]);
    return feof(in) && !ferror(out) ? 0 : 1;
}
