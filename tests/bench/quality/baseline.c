/* Reads baselines with jansson, and looks for the bar that is to be passed. */
#include "baseline.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

enum { FILES_MAX = 8 };

struct quality_baseline {
    uint32_t n;
    json_t *roots[FILES_MAX]; /* owned */
};

quality_baseline *quality_baseline_make(void)
{
    return calloc(1, sizeof(quality_baseline));
}

void quality_baseline_free(quality_baseline *baseline)
{
    for (uint32_t i = 0; baseline != NULL && i < baseline->n; i++)
        json_decref(baseline->roots[i]);
    free(baseline);
}

int quality_baseline_read(quality_baseline *baseline, const char *path, hone_error *err)
{
    json_error_t detail;
    if (baseline->n == FILES_MAX)
        return hone_error_set(err, HONE_ELIMIT, "more than %d baselines", FILES_MAX);
    json_t *root = json_load_file(path, 0, &detail);
    if (root == NULL)
        return hone_error_set(err, HONE_ESYNTAX, "%s:%d: %s", path, detail.line,
                              detail.text);
    baseline->roots[baseline->n++] = root;
    return 0;
}

/* A list of numbers; a null is a search that found nothing. False for anything else. */
static bool read_numbers(const json_t *list, double *numbers, uint32_t max, uint32_t *n)
{
    size_t size = json_array_size(list);
    if (size == 0 || size > max)
        return false;
    for (size_t i = 0; i < size; i++) {
        const json_t *item = json_array_get(list, i);
        if (!json_is_number(item) && !json_is_null(item))
            return false;
        numbers[i] = json_is_number(item) ? json_number_value(item) : (double)INFINITY;
    }
    *n = (uint32_t)size;
    return true;
}

static bool read_sample(const json_t *json, quality_sample *sample)
{
    double quartiles[3];
    uint32_t n;
    if (read_numbers(json_object_get(json, "values"), sample->values, QUALITY_VALUES_MAX,
                     &sample->n_values)) {
        sample->n = sample->n_values;
        sample->quartiles = quality_quartiles_of(sample->values, sample->n);
        return true;
    }
    sample->n_values = 0;
    sample->n = (uint32_t)json_integer_value(json_object_get(json, "n"));
    if (sample->n == 0 ||
        !read_numbers(json_object_get(json, "quartiles"), quartiles, 3, &n) || n != 3)
        return false;
    sample->quartiles = (quality_quartiles){quartiles[0], quartiles[1], quartiles[2]};
    return true;
}

static bool ends_in(const char *text, const char *suffix)
{
    size_t n = strlen(text), m = strlen(suffix);
    return n >= m && strcmp(text + n - m, suffix) == 0;
}

static bool pick_best(json_t *engines, const char *budget, const char *suffix,
                      quality_sample *best)
{
    bool found = false;
    const char *name;
    json_t *engine;
    json_object_foreach(engines, name, engine)
    {
        quality_sample sample = {.engine = name};
        if ((suffix != NULL && !ends_in(name, suffix)) ||
            !read_sample(json_object_get(engine, budget), &sample))
            continue;
        if (!found || sample.quartiles.median < best->quartiles.median)
            *best = sample;
        found = true;
    }
    return found;
}

bool quality_baseline_best(const quality_baseline *baseline, const char *function,
                           uint32_t budget, const char *suffix, quality_sample *sample)
{
    char key[16];
    snprintf(key, sizeof key, "%u", budget);
    bool found = false;
    for (uint32_t i = 0; i < baseline->n; i++) {
        json_t *functions = json_object_get(baseline->roots[i], "functions");
        json_t *engines =
            json_object_get(json_object_get(functions, function), "engines");
        quality_sample best;
        if (!pick_best(engines, key, suffix, &best))
            continue;
        if (!found || best.quartiles.median < sample->quartiles.median)
            *sample = best;
        found = true;
    }
    return found;
}
