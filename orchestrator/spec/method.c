/* `method`: a strategy by name, or a mapping with its options. */
#include "spec/reader.h"

#include <assert.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "spec/nearest.h"
#include "base/banned.h"

/* Strategies of later releases, and W&B's `custom`. */
static const char *const later_methods[] = {"custom"};
enum { N_LATER = sizeof later_methods / sizeof later_methods[0] };

/* The names that are known: those built in, then those to come. */
static const char *known_method_at(const void *arg, uint32_t i)
{
    (void)arg;
    uint32_t n = 0;
    const hone_strategy *strategy;
    while ((strategy = hone_strategy_at(n)) != NULL) {
        if (n++ == i)
            return strategy->name;
    }
    return i - n < N_LATER ? later_methods[i - n] : NULL;
}

static bool is_later(const char *name)
{
    for (size_t i = 0; i < N_LATER; i++)
        if (strcmp(name, later_methods[i]) == 0)
            return true;
    return false;
}

/* The names of those built in, with commas between. */
static void list_methods(char *out, size_t size)
{
    const hone_strategy *strategy;
    size_t len = 0;
    out[0] = '\0';
    for (uint32_t i = 0; (strategy = hone_strategy_at(i)) != NULL && len < size; i++)
        len += (size_t)snprintf(out + len, size - len, "%s%s", i > 0 ? ", " : "",
                                strategy->name);
}

static void find_strategy(hone_reader *reader, const hone_node *node)
{
    const char *name = hone_read_text(reader, node, "method");
    if (name == NULL)
        return;
    reader->spec->method = name;
    reader->strategy = hone_strategy_find(name);
    if (reader->strategy != NULL)
        return;
    if (strcmp(name, "external") == 0) {
        hone_read_error(reader, node,
                        "method external needs a command: "
                        "{external: \"python3 sampler.py\"}");
        return;
    }
    if (is_later(name)) {
        hone_read_unsupported(reader, node, "method %s is not yet supported", name);
        return;
    }
    const char *near = hone_nearest(name, known_method_at, NULL);
    char all[200];
    list_methods(all, sizeof all);
    hone_read_error(reader, node, "unknown method %.60s; %s%s", name,
                    near != NULL ? "did you mean " : "it is one of ",
                    near != NULL ? near : all);
}

static void read_options(hone_reader *reader, const hone_node *map)
{
    const hone_strategy *strategy = reader->strategy;
    char what[80];
    snprintf(what, sizeof what, "method %s", strategy->name);
    hone_option_reading reading = {
        .options = strategy->options, .what = what, .passed_over = "name"};
    reader->spec->settings = hone_read_options(reader, map, &reading);
}

/* A program of the user's. What its mapping has besides is the program's to check: it is
 * handed on. */
static void read_external(hone_reader *reader, const hone_node *map,
                          const hone_node *command)
{
    const char *text = hone_read_text(reader, command, "method.external");
    hone_setting *items = hone_read_alloc(reader, map->n * sizeof *items);
    if (text == NULL || items == NULL)
        return;
    if (text[strspn(text, " \t\n")] == '\0') {
        hone_read_error(reader, command,
                        "method.external is empty; it is a command: "
                        "{external: \"python3 sampler.py\"}");
        return;
    }
    reader->spec->method = "external";
    reader->spec->external = text;
    uint32_t n = 0;
    for (uint32_t i = 0; i < map->n; i++) {
        const char *key = map->pairs[i].key->text;
        if (strcmp(key, "external") != 0)
            items[n++] = (hone_setting){
                .name = key, .value = hone_read_value(reader, map->pairs[i].value, key)};
    }
    reader->spec->settings = (hone_settings){.n = n, .items = items};
}

void hone_read_method(hone_reader *reader, const hone_node *node, void *target)
{
    (void)target;
    if (node->kind != HONE_NODE_MAP) {
        find_strategy(reader, node);
        return;
    }
    const hone_node *name = hone_node_find(node, "name");
    const hone_node *external = hone_node_find(node, "external");
    if (external != NULL)
        read_external(reader, node, external);
    else if (name != NULL)
        find_strategy(reader, name);
    else
        hone_read_error(reader, node, "method needs a name: {name: random}");
    /* The options of a method to come are checked when it comes. */
    if (name != NULL && reader->strategy != NULL && external == NULL)
        read_options(reader, node);
}
