/* `method`: a strategy by name, or a mapping with its options; and `early_terminate`,
 * which is checked although no scheduler is built in yet. */
#include "spec/reader.h"

#include <assert.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "spec/nearest.h"
#include "base/banned.h"

/* Strategies of later releases, and W&B's `custom`. */
static const char *const later_methods[] = {"bayes", "tpe",       "gp",       "cmaes",
                                            "nsga2", "evolution", "external", "custom"};
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

static const char *option_name_at(const void *arg, uint32_t i)
{
    const hone_option *options = arg;
    return options[i].type != HONE_OPTION_END ? options[i].name : NULL;
}

static void refuse_option(hone_reader *reader, const hone_node *key)
{
    const hone_strategy *strategy = reader->strategy;
    const char *near = NULL;
    if (strategy->options != NULL)
        near = hone_nearest(key->text, option_name_at, strategy->options);
    hone_read_error(reader, key, "method %s has no option %.60s%s%s", strategy->name,
                    key->text, near != NULL ? "; did you mean " : "",
                    near != NULL ? near : "");
}

static void read_option(hone_reader *reader, const hone_node_pair *pair,
                        hone_setting *items, uint32_t *n)
{
    const char *name = pair->key->text;
    const hone_option *option = NULL;
    hone_error err = {0};
    if (reader->strategy->options != NULL)
        option = hone_option_find(reader->strategy->options, name);
    if (option == NULL) {
        refuse_option(reader, pair->key);
        return;
    }
    hone_setting setting = {.name = option->name,
                            .value = hone_read_value(reader, pair->value, name)};
    if (hone_option_check(option, &setting.value, &err) != 0)
        hone_read_error(reader, pair->value, "%s", err.text);
    else
        items[(*n)++] = setting;
}

static void read_options(hone_reader *reader, const hone_node *map)
{
    hone_setting *items = hone_read_alloc(reader, map->n * sizeof *items);
    uint32_t n = 0;
    if (items == NULL)
        return;
    for (uint32_t i = 0; i < map->n; i++)
        if (strcmp(map->pairs[i].key->text, "name") != 0)
            read_option(reader, &map->pairs[i], items, &n);
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
    if (name != NULL) {
        find_strategy(reader, name);
    } else if (external != NULL) {
        reader->spec->method = "external";
        hone_read_unsupported(reader, external, "method external is not yet supported");
    } else {
        hone_read_error(reader, node, "method needs a name: {name: random}");
    }
    /* The options of a method to come are checked when it comes. */
    if (name != NULL && reader->strategy != NULL)
        read_options(reader, node);
}

static const char *const stopper_types[] = {"hyperband",  "asha",      "median",
                                            "percentile", "threshold", "patience"};

static const hone_field stopper_fields[] = {
    {"type", HONE_FIELD_NOTHING, NULL, NULL},
    {"metric", HONE_FIELD_NOTHING, NULL, NULL},
    {"min_iter", HONE_FIELD_NOTHING, NULL, NULL},
    {"max_iter", HONE_FIELD_NOTHING, NULL, NULL},
    {"s", HONE_FIELD_NOTHING, NULL, NULL},
    {"eta", HONE_FIELD_NOTHING, NULL, NULL},
    {"strict", HONE_FIELD_NOTHING, NULL, NULL},
    {"percentile", HONE_FIELD_NOTHING, NULL, NULL},
    {"startup_trials", HONE_FIELD_NOTHING, NULL, NULL},
    {"warmup_steps", HONE_FIELD_NOTHING, NULL, NULL},
    {"interval_steps", HONE_FIELD_NOTHING, NULL, NULL},
    {"lower", HONE_FIELD_NOTHING, NULL, NULL},
    {"upper", HONE_FIELD_NOTHING, NULL, NULL},
    {"steps", HONE_FIELD_NOTHING, NULL, NULL},
    {"min_delta", HONE_FIELD_NOTHING, NULL, NULL},
    {NULL, HONE_FIELD_READ, NULL, NULL},
};

/* W&B's hyperband: max_iter together with s, or min_iter. */
static void check_hyperband(hone_reader *reader, const hone_node *map)
{
    uint64_t count;
    hone_value eta;
    const hone_node *min = hone_node_find(map, "min_iter");
    const hone_node *max = hone_node_find(map, "max_iter");
    const hone_node *s = hone_node_find(map, "s");
    const hone_node *eta_node = hone_node_find(map, "eta");
    if (max == NULL && min == NULL)
        hone_read_error(reader, map,
                        "early_terminate needs min_iter, or max_iter together with s");
    if (max != NULL && s == NULL)
        hone_read_error(reader, max, "early_terminate.max_iter needs s beside it");
    if (min != NULL)
        (void)hone_read_count(reader, min, "early_terminate.min_iter", 1, &count);
    if (max != NULL)
        (void)hone_read_count(reader, max, "early_terminate.max_iter", 1, &count);
    if (s != NULL)
        (void)hone_read_count(reader, s, "early_terminate.s", 1, &count);
    if (eta_node == NULL ||
        !hone_read_number(reader, eta_node, "early_terminate.eta", &eta))
        return;
    double number = 0;
    if (hone_value_number(&eta, &number) && number <= 1)
        hone_read_error(reader, eta_node, "early_terminate.eta is %.40s; it is above 1",
                        eta_node->text);
}

void hone_read_early_terminate(hone_reader *reader, const hone_node *node, void *target)
{
    char shown[64];
    (void)target;
    if (node->kind != HONE_NODE_MAP) {
        /* W&B's server lets a bare word pass with a warning. */
        hone_read_warning(reader, node,
                          "early_terminate is %s; write {type: hyperband, min_iter: 3}",
                          hone_node_show(node, shown));
        return;
    }
    hone_read_fields(reader, node, stopper_fields, "early_terminate.", NULL);
    const hone_node *type = hone_node_find(node, "type");
    if (type == NULL) {
        hone_read_error(reader, node, "early_terminate needs type, such as hyperband");
        return;
    }
    int n = (int)(sizeof stopper_types / sizeof stopper_types[0]);
    if (hone_read_choice(reader, type, "early_terminate.type", stopper_types, n) == 0)
        check_hyperband(reader, node);
}
