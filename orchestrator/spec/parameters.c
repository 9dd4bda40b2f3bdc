/* `parameters`: the tree of groups becomes the flat space, in the order of a grid.
 *
 *   count_leaves   walk_group (read_leaf)*   hone_read_conditions   check_strategy
 *
 * W&B's order: the names of each level sorted by code point, groups expanded in place, so
 * that the last name varies fastest. */
#include "spec/param.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

enum { MAX_PARAMS = 10000, MAX_NAME = 1000 };

typedef struct walk {
    hone_reader *reader;
    hone_draft *drafts;
    hone_param *params;
    uint32_t n;
    const char *path[HONE_YAML_MAX_DEPTH];
    uint32_t depth;
} walk;

/* The members of a group, or NULL where the entry is a parameter. */
static const hone_node *find_members(const hone_node *entry)
{
    if (entry->kind != HONE_NODE_MAP || hone_node_find(entry, "value") != NULL)
        return NULL;
    return hone_node_find(entry, "parameters");
}

/* Stops counting past the limit. */
static uint32_t count_leaves(const hone_node *members)
{
    uint32_t n = 0;
    if (members->kind != HONE_NODE_MAP)
        return 0;
    for (uint32_t i = 0; i < members->n && n <= MAX_PARAMS; i++) {
        const hone_node *inner = find_members(members->pairs[i].value);
        n += inner != NULL ? count_leaves(inner) : 1;
    }
    return n;
}

/* Letters, digits, _ . - behind a letter or _: W&B's pattern. */
static bool is_usual(const char *name)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_"
                                  "0123456789.-";
    return strspn(name, letters) == strlen(name) &&
           strchr("0123456789.-", name[0]) == NULL;
}

static bool check_name(hone_reader *reader, const hone_node *key)
{
    if (key->n == 0) {
        hone_read_error(reader, key, "a parameter needs a name");
        return false;
    }
    if (strcspn(key->text, "=\n\r") != key->n) {
        hone_read_error(reader, key,
                        "the name %.60s holds a = or a line break, which no "
                        "argument --name=value can carry",
                        key->text);
        return false;
    }
    if (!is_usual(key->text))
        hone_read_warning(
            reader, key,
            "the name %.60s is unusual: W&B takes a letter or _, then letters, "
            "digits, _ . and -",
            key->text);
    return true;
}

static const char *join_path(walk *at)
{
    size_t len = 0;
    for (uint32_t i = 0; i < at->depth; i++)
        len += strlen(at->path[i]) + 1;
    char *name = hone_read_alloc(at->reader, len + 1);
    if (name == NULL)
        return NULL;
    size_t n = 0;
    for (uint32_t i = 0; i < at->depth; i++) {
        size_t part = strlen(at->path[i]);
        memcpy(name + n, at->path[i], part);
        n += part;
        if (i + 1 < at->depth)
            name[n++] = '.';
    }
    return name;
}

static void add_leaf(walk *at, const hone_node_pair *pair, const hone_when *when,
                     const char *group)
{
    hone_reader *reader = at->reader;
    hone_draft *draft = &at->drafts[at->n];
    hone_param *param = &at->params[at->n];
    const char *name = join_path(at);
    const char **path = hone_read_alloc(reader, at->depth * sizeof *path);
    hone_when *own = hone_read_alloc(reader, sizeof *own);
    if (name == NULL || path == NULL || own == NULL)
        return;
    memcpy(path, at->path, at->depth * sizeof *path);
    if (strlen(name) > MAX_NAME)
        hone_read_error(reader, pair->key, "the name has %zu bytes; %d is the limit",
                        strlen(name), MAX_NAME);
    *param = (hone_param){.name = name,
                          .path = path,
                          .depth = at->depth,
                          .line = pair->key->at.line,
                          .column = pair->key->at.column};
    *draft = (hone_draft){
        .param = param, .key = pair->key, .entry = pair->value, .when = when};
    const hone_node *node =
        pair->value->kind == HONE_NODE_MAP ? hone_node_find(pair->value, "when") : NULL;
    if (node != NULL) {
        *own = (hone_when){.node = node, .group = group, .outer = when};
        draft->when = own;
    }
    hone_read_leaf(reader, draft);
    /* A stand-in, so that the space can be walked while other errors are looked for. */
    static const hone_value nothing = {.kind = HONE_NULL};
    if (draft->broken) {
        param->distribution = HONE_CONSTANT;
        param->n_values = 1;
        param->values = &nothing;
        param->probabilities = NULL;
    }
    at->n++;
}

/* The keys that a group may have beside its members. */
static const hone_field group_fields[] = {
    {"parameters", HONE_FIELD_NOTHING, NULL, NULL},
    {"when", HONE_FIELD_NOTHING, NULL, NULL},
    {"distribution", HONE_FIELD_NOTHING, NULL, NULL},
    {NULL, HONE_FIELD_READ, NULL, NULL},
};

static int compare_keys(const void *left, const void *right)
{
    const hone_node_pair *a = left, *b = right;
    return strcmp(a->key->text, b->key->text);
}

static void refuse_strangers(walk *at, const hone_node *entry)
{
    const char *name = join_path(at);
    const char *where = hone_read_format(at->reader, "%.60s.", name != NULL ? name : "");
    for (uint32_t i = 0; i < entry->n && where != NULL; i++) {
        const hone_node *key = entry->pairs[i].key;
        const hone_field *field = group_fields;
        while (field->name != NULL && strcmp(field->name, key->text) != 0)
            field++;
        if (field->name == NULL)
            hone_read_stranger(at->reader, key, group_fields, where, HONE_STRANGER_ERROR);
    }
}

static void walk_group(walk *at, const hone_node *members, const hone_when *when);

static void walk_inner(walk *at, const hone_node_pair *pair, const hone_node *members,
                       const hone_when *when, const char *group)
{
    hone_reader *reader = at->reader;
    hone_when *own = hone_read_alloc(reader, sizeof *own);
    const hone_node *node = hone_node_find(pair->value, "when");
    refuse_strangers(at, pair->value);
    if (members->kind != HONE_NODE_MAP || members->n == 0) {
        hone_read_error(
            reader, members, "%.60s.parameters is %s; it maps names to parameters",
            pair->key->text, members->kind == HONE_NODE_MAP ? "empty" : "no mapping");
        return;
    }
    if (own == NULL)
        return;
    if (node != NULL) {
        *own = (hone_when){.node = node, .group = group, .outer = when};
        when = own;
    }
    walk_group(at, members, when);
}

static void walk_group(walk *at, const hone_node *members, const hone_when *when)
{
    hone_reader *reader = at->reader;
    hone_node_pair *sorted = hone_read_alloc(reader, members->n * sizeof *sorted);
    const char *group = join_path(at);
    if (sorted == NULL || group == NULL)
        return;
    memcpy(sorted, members->pairs, members->n * sizeof *sorted);
    qsort(sorted, members->n, sizeof *sorted, compare_keys);
    assert(at->depth < HONE_YAML_MAX_DEPTH);
    for (uint32_t i = 0; i < members->n; i++) {
        const hone_node *inner = find_members(sorted[i].value);
        if (!check_name(reader, sorted[i].key))
            continue;
        at->path[at->depth++] = sorted[i].key->text;
        if (inner != NULL)
            walk_inner(at, &sorted[i], inner, when, group);
        else
            add_leaf(at, &sorted[i], when, group);
        at->depth--;
    }
}

/* Two ways to the same dotted name: {a: {b}} and {a.b}. */
static void check_names(hone_reader *reader, const hone_names *names,
                        const hone_draft *drafts)
{
    const hone_space *space = names->space;
    for (uint32_t i = 1; i < space->n; i++) {
        const hone_draft *one = &drafts[names->order[i - 1]];
        const hone_draft *other = &drafts[names->order[i]];
        if (strcmp(one->param->name, other->param->name) != 0)
            continue;
        bool later = other->param->line > one->param->line ||
                     (other->param->line == one->param->line &&
                      other->param->column > one->param->column);
        hone_read_error(reader, later ? other->key : one->key,
                        "two parameters are called %.60s; the other one is on line %d",
                        one->param->name, later ? one->param->line : other->param->line);
    }
}

/* What the method cannot take. */
static void check_strategy(hone_reader *reader, const hone_draft *drafts, uint32_t n)
{
    const hone_strategy *strategy = reader->strategy;
    if (strategy == NULL)
        return;
    for (uint32_t i = 0; i < n; i++) {
        const hone_param *param = drafts[i].param;
        if (drafts[i].broken)
            continue;
        if ((strategy->traits & HONE_STRATEGY_FINITE) != 0 &&
            hone_param_levels(param) == 0)
            hone_read_error(
                reader, drafts[i].key,
                "%.60s is %s, which a %s cannot go through; it needs values, step "
                "or count",
                param->name, hone_distribution_name(param->distribution), strategy->name);
        if ((strategy->traits & HONE_STRATEGY_CONDITIONAL) == 0 && drafts[i].when != NULL)
            hone_read_error(reader, drafts[i].when->node,
                            "method %s takes no conditions; bayes and tpe do",
                            strategy->name);
    }
}

static bool check_parameters(hone_reader *reader, const hone_node *node)
{
    if (node == NULL) {
        hone_diag_add(
            reader->diag, HONE_SEVERITY_ERROR, reader->start,
            "parameters is missing; add `parameters: {lr: {values: [0.1, 0.01]}}`");
        return false;
    }
    if (node->kind == HONE_NODE_MAP && node->n > 0 && count_leaves(node) <= MAX_PARAMS)
        return true;
    if (node->kind == HONE_NODE_MAP && node->n > 0)
        hone_read_error(reader, node, "more than %d parameters", MAX_PARAMS);
    else if (node->kind == HONE_NODE_MAP || hone_node_is_null(node))
        hone_read_error(reader, node, "parameters is empty; at least one is needed");
    else
        hone_read_error(reader, node, "parameters is no mapping of names to parameters");
    return false;
}

bool hone_read_parameters(hone_reader *reader)
{
    const hone_node *node = reader->later.parameters;
    if (!check_parameters(reader, node))
        return false;
    uint32_t n = count_leaves(node);
    walk at = {.reader = reader,
               .drafts = hone_read_alloc(reader, n * sizeof(hone_draft)),
               .params = hone_read_alloc(reader, n * sizeof(hone_param))};
    hone_space *space = hone_read_alloc(reader, sizeof *space);
    hone_names names;
    if (at.drafts == NULL || at.params == NULL || space == NULL)
        return false;
    walk_group(&at, node, NULL);
    assert(at.n <= n);
    *space = (hone_space){.n = at.n, .params = at.params};
    reader->spec->space = space;
    reader->drafts = at.drafts;
    if (hone_names_make(space, reader->arena, &names) != 0) {
        reader->no_memory = true;
        return false;
    }
    check_names(reader, &names, at.drafts);
    hone_read_conditions(reader, &names, at.drafts);
    hone_read_constraints(reader, space, &names);
    hone_bind_fidelity(reader, at.params, at.n);
    check_strategy(reader, at.drafts, at.n);
    return true;
}
