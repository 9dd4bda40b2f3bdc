/* The digests of a spec: of its meaning and of its space, XXH3-128 of a canonical text.
 *
 * Each field is a tag, a length and bytes, so that no two specs give the same text by
 * chance of where one field ends. Spelling, comments, order of keys, names and limits of
 * a sweep do not count; what a trial is run with, and in which order, does. The text is
 * part of the record: a change of it makes every stored sweep look changed. */
#include "spec/reader.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

enum { DIGEST_TEXT_MAX = 256 * 1024 * 1024 };

static void add_text(hone_buf *out, const char *tag, const char *text)
{
    hone_buf_printf(out, "%s %zu:", tag, text != NULL ? strlen(text) : 0);
    hone_buf_puts(out, text != NULL ? text : "-");
    hone_buf_putc(out, '\n');
}

/* The canonical form: numbers without their spelling, text in quotes. */
static void add_value(hone_buf *out, const char *tag, const hone_value *value)
{
    hone_buf_printf(out, "%s ", tag);
    hone_value_write(out, value, HONE_FORM_JSON);
    hone_buf_putc(out, '\n');
}

static void add_real(hone_buf *out, const char *tag, double real)
{
    hone_value value = hone_value_real(real);
    add_value(out, tag, &value);
}

static void add_node(hone_buf *out, const char *tag, const hone_node *node)
{
    if (node == NULL)
        return;
    if (node->kind == HONE_NODE_SCALAR) {
        add_text(out, tag, node->text);
        return;
    }
    hone_buf_printf(out, "%s [%u\n", tag, node->n);
    for (uint32_t i = 0; node->kind == HONE_NODE_LIST && i < node->n; i++)
        add_node(out, tag, node->items[i]);
    for (uint32_t i = 0; node->kind == HONE_NODE_MAP && i < node->n; i++) {
        add_node(out, tag, node->pairs[i].key);
        add_node(out, tag, node->pairs[i].value);
    }
}

static void add_clauses(hone_buf *out, const hone_space *space, const hone_param *param)
{
    for (uint32_t i = 0; i < param->n_clauses; i++) {
        const hone_clause *clause = &param->clauses[i];
        add_text(out, "when", space->params[clause->param].name);
        for (uint32_t k = 0; k < clause->n_values; k++)
            add_value(out, "is", &clause->values[k]);
    }
}

static void add_param(hone_buf *out, const hone_space *space, const hone_param *param)
{
    const hone_steps *steps = &param->steps;
    for (uint32_t i = 0; i < param->depth; i++)
        add_text(out, "key", param->path[i]);
    add_text(out, "distribution", hone_distribution_name(param->distribution));
    add_real(out, "min", param->min);
    add_real(out, "max", param->max);
    add_real(out, "mu", param->mu);
    add_real(out, "sigma", param->sigma);
    add_real(out, "a", param->a);
    add_real(out, "b", param->b);
    add_real(out, "q", param->q);
    for (uint32_t i = 0; i < param->n_values; i++) {
        add_value(out, "value", &param->values[i]);
        if (param->probabilities != NULL)
            add_real(out, "probability", param->probabilities[i]);
    }
    hone_buf_printf(out, "steps %" PRIu64 " %d %d %d\n", steps->n, steps->log,
                    steps->integer, param->q_integer);
    add_clauses(out, space, param);
}

static int compare_env(const void *left, const void *right)
{
    const hone_env_entry *a = left, *b = right;
    return strcmp(a->name, b->name);
}

/* By name: the order of variables means nothing. */
static int add_env(hone_buf *out, const hone_spec *spec)
{
    if (spec->n_env == 0)
        return 0;
    hone_env_entry *sorted = malloc(spec->n_env * sizeof *sorted);
    if (sorted == NULL)
        return HONE_ENOMEM;
    memcpy(sorted, spec->env, spec->n_env * sizeof *sorted);
    qsort(sorted, spec->n_env, sizeof *sorted, compare_env);
    for (uint32_t i = 0; i < spec->n_env; i++) {
        add_text(out, "env", sorted[i].name);
        add_text(out, sorted[i].value != NULL ? "is" : "removed", sorted[i].value);
    }
    free(sorted);
    return 0;
}

static void add_method(hone_buf *out, const hone_spec *spec)
{
    add_text(out, "method", spec->method);
    if (spec->external != NULL)
        add_text(out, "external", spec->external);
    for (uint32_t i = 0; i < spec->settings.n; i++) {
        add_text(out, "option", spec->settings.items[i].name);
        add_value(out, "is", &spec->settings.items[i].value);
    }
    if (spec->seed_given)
        hone_buf_printf(out, "seed %" PRIu64 "\n", spec->seed);
    hone_buf_printf(out, "shuffled %d\n", spec->shuffled);
}

static void add_metrics(hone_buf *out, const hone_spec *spec)
{
    if (spec->objective.name != NULL) {
        add_text(out, "objective", spec->objective.name);
        hone_buf_printf(out, "maximize %d\n", spec->objective.maximize);
    }
    for (uint32_t i = 0; i < spec->n_others; i++) {
        add_text(out, "other objective", spec->others[i].name);
        hone_buf_printf(out, "maximize %d\n", spec->others[i].maximize);
    }
    for (uint32_t i = 0; i < spec->n_rules; i++) {
        const hone_rule *rule = &spec->rules[i];
        add_text(out, "metric", rule->metric);
        add_text(out, "pattern", rule->pattern);
        add_text(out, "file", rule->file);
        hone_buf_printf(out, "from %d take %d\n", (int)rule->from, (int)rule->take);
    }
}

/* Turns the text into a digest and releases it. Errors: HONE_ENOMEM. */
static int finish_digest(hone_buf *text, char digest[static 33])
{
    int code = hone_buf_status(text) != 0 ? HONE_ENOMEM : 0;
    if (code == 0) {
        XXH128_hash_t hash = XXH3_128bits(hone_buf_text(text), text->len);
        snprintf(digest, 33, "%016" PRIx64 "%016" PRIx64, (uint64_t)hash.high64,
                 (uint64_t)hash.low64);
    }
    hone_buf_release(text);
    return code;
}

static int digest_space(hone_spec *spec, const hone_deferred *nodes)
{
    hone_buf text;
    hone_buf_init(&text, DIGEST_TEXT_MAX);
    add_method(&text, spec);
    for (uint32_t i = 0; i < spec->space->n; i++)
        add_param(&text, spec->space, &spec->space->params[i]);
    add_node(&text, "constraints", nodes->constraints);
    return finish_digest(&text, spec->space_digest);
}

int hone_spec_digest(hone_spec *spec, const hone_deferred *nodes)
{
    hone_buf text;
    assert(spec->space != NULL);
    hone_buf_init(&text, DIGEST_TEXT_MAX);
    add_text(&text, "program", spec->program);
    add_node(&text, "command", nodes->command);
    add_text(&text, "workdir", spec->workdir);
    add_metrics(&text, spec);
    int code = add_env(&text, spec);
    int finished = finish_digest(&text, spec->digest);
    code = code != 0 ? code : finished;
    return code != 0 ? code : digest_space(spec, nodes);
}
