/* The lists of functions, and what their values are made from. */
#include "function.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

enum { STREAM_POINTS = 1001 };

static const quality_function *const lists[] = {quality_classic, quality_mixed,
                                                quality_trained};

const quality_function *quality_function_at(uint32_t i)
{
    for (size_t l = 0; l < sizeof lists / sizeof lists[0]; l++) {
        const quality_function *at = lists[l];
        for (; at->name != NULL && i > 0; at++)
            i--;
        if (at->name != NULL)
            return at;
    }
    return NULL;
}

const quality_function *quality_function_find(const char *name)
{
    const quality_function *function;
    for (uint32_t i = 0; (function = quality_function_at(i)) != NULL; i++)
        if (strcmp(function->name, name) == 0)
            return function;
    return NULL;
}

/* The first error among the diagnostics of a spec that was refused. */
static const char *find_complaint(const hone_spec *spec)
{
    for (uint32_t i = 0; spec != NULL && i < spec->diagnostics.n; i++)
        if (spec->diagnostics.items[i].severity == HONE_SEVERITY_ERROR)
            return spec->diagnostics.items[i].text;
    return "";
}

int quality_function_spec(const quality_function *function, const char *method,
                          hone_spec **out, hone_error *err)
{
    hone_buf text;
    hone_buf_init(&text, HONE_SPEC_MAX_BYTES);
    hone_buf_printf(&text, "name: %s\nmethod: %s\n", function->name, method);
    hone_buf_puts(&text, "command: [true]\nmetric: {name: loss, goal: minimize}\n");
    hone_buf_printf(&text, "parameters:\n%s", function->parameters);
    *out = NULL;
    int code = hone_buf_status(&text);
    if (code == 0)
        code = hone_spec_read(function->name, text.data, text.len, out, err);
    hone_buf_release(&text);
    if (code == HONE_ESPEC)
        hone_error_set(err, code, "%s", find_complaint(*out));
    return code;
}

double quality_observed(const quality_function *function, const quality_point *point,
                        double value)
{
    if (function->noise == 0)
        return value;
    return value + function->noise * quality_normal(point->seed, point->number, 0);
}

static const hone_value *find_value(const quality_point *point, const char *name)
{
    uint32_t i = 0;
    while (i < point->space->n && strcmp(point->space->params[i].name, name) != 0)
        i++;
    assert(i < point->space->n); /* a function asks for what its space has */
    return &point->config->values[i];
}

double quality_number(const quality_point *point, const char *name)
{
    double number;
    return hone_value_number(find_value(point, name), &number) ? number : (double)NAN;
}

const char *quality_text(const quality_point *point, const char *name)
{
    const hone_value *value = find_value(point, name);
    return value->kind == HONE_TEXT ? value->text : "";
}

void quality_vector(const quality_point *point, uint32_t n, double *x)
{
    char name[16];
    for (uint32_t i = 0; i < n; i++) {
        snprintf(name, sizeof name, "x%u", i + 1);
        x[i] = quality_number(point, name);
    }
}

/* One round of SplitMix64 (Steele, Lea, Flood 2014). */
static uint64_t mix(uint64_t x)
{
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

double quality_uniform(uint64_t seed, uint64_t number, uint64_t stream)
{
    uint64_t bits = mix(mix(mix(seed) ^ number) ^ stream);
    return (double)(bits >> 11) * 0x1p-53;
}

double quality_normal(uint64_t seed, uint64_t number, uint64_t stream)
{
    double u = quality_uniform(seed, number, 2 * stream + 1);
    double v = quality_uniform(seed, number, 2 * stream + 2);
    return sqrt(-2 * log(1 - u)) * cos(2 * M_PI * v);
}

int quality_draw(const hone_space *space, uint64_t seed, uint64_t number,
                 hone_config *config, hone_error *err)
{
    uint32_t *order = calloc(space->n + (size_t)1, sizeof *order);
    int code = order == NULL ? HONE_ENOMEM : hone_space_order(space, order, err);
    config->n = space->n;
    for (uint32_t i = 0; code == 0 && i < space->n; i++) {
        uint32_t p = order[i];
        double u = quality_uniform(seed, number, STREAM_POINTS + p);
        config->values[p] = hone_param_active(space, p, config)
                                ? hone_param_draw(&space->params[p], u)
                                : (hone_value){.kind = HONE_ABSENT};
    }
    free(order);
    return code;
}
