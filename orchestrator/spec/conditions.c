/* `when`: names become indices, values are checked against what the parent can have. */
#include "spec/param.h"
#include "spec/nearest.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/banned.h"

/* Comparisons for the check of values in one spec; a larger one is not checked further.
 */
enum { MAX_COMPARISONS = 2000000, MAX_COMPUTED = 1000, SHOWN_VALUES = 8 };

typedef struct resolver {
    hone_reader *reader;
    const hone_names *names;
    hone_draft *drafts;
    uint32_t n_compared;
} resolver;

static uint32_t count_clauses(const hone_when *when)
{
    uint32_t n = 0;
    for (; when != NULL; when = when->outer)
        if (when->node->kind == HONE_NODE_MAP)
            n += when->node->n;
    return n;
}

/* A member of the same group first, then a full dotted name. */
static int64_t find_parent(resolver *resolve, const hone_when *when, const hone_node *key)
{
    if (when->group[0] != '\0') {
        const char *name =
            hone_read_format(resolve->reader, "%s.%s", when->group, key->text);
        int64_t found =
            name != NULL ? hone_names_find(resolve->names, name, strlen(name)) : -1;
        if (found >= 0)
            return found;
    }
    return hone_names_find(resolve->names, key->text, key->n);
}

static const char *space_name_at(const void *arg, uint32_t i)
{
    const hone_space *space = arg;
    return i < space->n ? space->params[i].name : NULL;
}

static void refuse_parent(resolver *resolve, const hone_node *key)
{
    const char *near = hone_nearest(key->text, space_name_at, resolve->names->space);
    hone_read_error(resolve->reader, key, "when: no parameter %.60s%s%s", key->text,
                    near != NULL ? "; did you mean " : "", near != NULL ? near : "");
}

/* A parameter with a list of values; the others' are computed. */
static bool has_choices(const hone_param *param)
{
    return param->n_values > 0;
}

static bool is_continuous(const hone_param *parent)
{
    return !has_choices(parent) && hone_param_support(parent) == UINT64_MAX &&
           !(parent->q > 0);
}

/* The values of a parent that may be compared one by one; 0 where they are too many. */
static uint64_t count_values(const hone_param *parent)
{
    if (has_choices(parent))
        return parent->n_values;
    uint64_t support = hone_param_support(parent);
    return support <= MAX_COMPUTED ? support : 0;
}

static hone_value value_at(const hone_param *parent, uint64_t i)
{
    return has_choices(parent) ? parent->values[i] : hone_param_support_value(parent, i);
}

/* Whether the parent can have the value; true where that is too much work to tell. */
static bool can_have(resolver *resolve, const hone_param *parent, const hone_value *value)
{
    double number;
    if (parent->distribution == HONE_INT_UNIFORM) {
        bool is_number = value->kind == HONE_INT || value->kind == HONE_REAL;
        return is_number && hone_value_number(value, &number) &&
               number == floor(number) && number >= parent->min && number <= parent->max;
    }
    uint64_t n = count_values(parent);
    if (n == 0 || n > MAX_COMPARISONS - resolve->n_compared)
        return true;
    resolve->n_compared += (uint32_t)n;
    for (uint64_t i = 0; i < n; i++) {
        hone_value own = value_at(parent, i);
        if (hone_value_equal(&own, value))
            return true;
    }
    return false;
}

static void refuse_value(resolver *resolve, const hone_param *parent,
                         const hone_node *node)
{
    char shown[64];
    hone_buf text;
    hone_buf_init(&text, 200);
    if (parent->distribution == HONE_INT_UNIFORM) {
        hone_buf_printf(&text, "an integer from %.0f to %.0f", parent->min, parent->max);
    } else {
        uint64_t n = count_values(parent);
        for (uint64_t i = 0; i < n && i < SHOWN_VALUES; i++) {
            hone_value own = value_at(parent, i);
            hone_buf_puts(&text, i == 0 ? "" : i + 1 == n ? " or " : ", ");
            hone_value_write(&text, &own, HONE_FORM_YAML);
        }
        if (n > SHOWN_VALUES)
            hone_buf_puts(&text, ", ...");
    }
    /* Where it does not fit, what fitted is shown. */
    hone_read_error(resolve->reader, node, "when: %.60s is never %s; it is %s",
                    parent->name, hone_node_show(node, shown), hone_buf_text(&text));
    hone_buf_release(&text);
}

static bool fill_values(resolver *resolve, const hone_param *parent,
                        const hone_node *node, hone_clause *clause)
{
    bool is_list = node->kind == HONE_NODE_LIST;
    bool check = !resolve->drafts[clause->param].broken;
    uint32_t n = is_list ? node->n : 1;
    hone_value *values = hone_read_alloc(resolve->reader, n * sizeof *values);
    const char *what = hone_read_format(resolve->reader, "when.%.60s", parent->name);
    if (values == NULL || what == NULL)
        return false;
    for (uint32_t i = 0; i < n; i++) {
        const hone_node *item = is_list ? node->items[i] : node;
        values[i] = hone_read_value(resolve->reader, item, what);
        if (check && !can_have(resolve, parent, &values[i]))
            refuse_value(resolve, parent, item);
    }
    clause->values = values;
    clause->n_values = n;
    return true;
}

/* One clause; false where it cannot be. */
static bool fill_clause(resolver *resolve, hone_draft *draft, const hone_when *when,
                        const hone_node_pair *pair, hone_clause *clause)
{
    int64_t found = find_parent(resolve, when, pair->key);
    if (found < 0) {
        refuse_parent(resolve, pair->key);
        return false;
    }
    const hone_draft *parent = &resolve->drafts[found];
    clause->param = (uint32_t)found;
    if (parent == draft) {
        hone_read_error(resolve->reader, pair->key, "when: %.60s cannot depend on itself",
                        draft->param->name);
        return false;
    }
    if (!parent->broken && is_continuous(parent->param)) {
        hone_read_error(
            resolve->reader, pair->key,
            "when: %.60s is drawn from a continuous range; a condition needs a "
            "parameter with values",
            parent->param->name);
        return false;
    }
    if (pair->value->kind == HONE_NODE_LIST && pair->value->n == 0) {
        hone_read_error(resolve->reader, pair->value, "when: %.60s has an empty list",
                        pair->key->text);
        return false;
    }
    return fill_values(resolve, parent->param, pair->value, clause);
}

static void resolve_draft(resolver *resolve, hone_draft *draft)
{
    char shown[64];
    uint32_t n = count_clauses(draft->when), filled = 0;
    hone_clause *clauses = hone_read_alloc(resolve->reader, n * sizeof *clauses);
    if (clauses == NULL)
        return;
    for (const hone_when *when = draft->when; when != NULL; when = when->outer) {
        if (when->node->kind != HONE_NODE_MAP) {
            hone_read_error(
                resolve->reader, when->node,
                "when is %s; it maps a parameter to its values: when: {model: "
                "tree}",
                hone_node_show(when->node, shown));
            continue;
        }
        for (uint32_t i = 0; i < when->node->n; i++)
            filled += fill_clause(resolve, draft, when, &when->node->pairs[i],
                                  &clauses[filled]);
    }
    assert(filled <= n);
    draft->param->clauses = clauses;
    draft->param->n_clauses = filled;
}

/* Leaves `open` true for the parameters whose conditions can never be decided. */
static void close_decided(const hone_space *space, bool *open)
{
    bool changed = true;
    while (changed) {
        changed = false;
        for (uint32_t i = 0; i < space->n; i++) {
            bool waits = false;
            for (uint32_t k = 0; k < space->params[i].n_clauses; k++)
                waits |= open[space->params[i].clauses[k].param];
            changed |= open[i] && !waits;
            open[i] = open[i] && waits;
        }
    }
}

/* A parameter in the circle that `at` waits for: n steps from child to parent end in the
 * circle, n more go round it. The first of the space, so that the message does not depend
 * on where we came from. */
static uint32_t find_in_circle(const hone_space *space, const bool *open, uint32_t at)
{
    uint32_t first = UINT32_MAX;
    for (uint32_t step = 0; step < 2 * space->n; step++) {
        const hone_param *param = &space->params[at];
        uint32_t k = 0;
        while (k < param->n_clauses && !open[param->clauses[k].param])
            k++;
        assert(k < param->n_clauses);
        at = param->clauses[k].param;
        if (step >= space->n && at < first)
            first = at;
    }
    return first;
}

static void refuse_circle(resolver *resolve)
{
    const hone_space *space = resolve->reader->spec->space;
    bool *open = hone_read_alloc(resolve->reader, space->n * sizeof *open);
    if (open == NULL)
        return;
    for (uint32_t i = 0; i < space->n; i++)
        open[i] = true;
    close_decided(space, open);
    for (uint32_t i = 0; i < space->n; i++) {
        if (!open[i])
            continue;
        const hone_draft *draft = &resolve->drafts[find_in_circle(space, open, i)];
        hone_read_error(resolve->reader, draft->when->node,
                        "the conditions go in a circle: %.60s depends on itself",
                        draft->param->name);
        return;
    }
}

void hone_read_conditions(hone_reader *reader, const hone_names *names,
                          hone_draft *drafts)
{
    resolver resolve = {.reader = reader, .names = names, .drafts = drafts};
    const hone_space *space = reader->spec->space;
    uint32_t *order = hone_read_alloc(reader, space->n * sizeof *order);
    hone_error err = {0};
    if (order == NULL)
        return;
    for (uint32_t i = 0; i < space->n; i++)
        if (drafts[i].when != NULL)
            resolve_draft(&resolve, &drafts[i]);
    int code = hone_space_order(space, order, &err);
    if (code == HONE_ENOMEM)
        reader->no_memory = true;
    else if (code != 0)
        refuse_circle(&resolve);
}
