/* `values` and `probabilities`: distinct choices.
 *
 * Equal choices (1 and 1.0) become one, W&B's way: the later value at the place of the
 * first. In a grid that is all; a method that draws keeps their common weight. Equal ones
 * are found by the identity of their configuration and sorting, so O(n log n). */
#include "spec/param.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "base/banned.h"

typedef struct choice {
    hone_identity identity;
    uint32_t position; /* in the list; after merging that of the first of equal ones */
    uint32_t latest;   /* position of the last of equal ones */
    double weight;
} choice;

static int compare_identities(const void *left, const void *right)
{
    const choice *a = left, *b = right;
    if (a->identity.high != b->identity.high)
        return a->identity.high < b->identity.high ? -1 : 1;
    if (a->identity.low != b->identity.low)
        return a->identity.low < b->identity.low ? -1 : 1;
    return a->position < b->position ? -1 : a->position > b->position;
}

static int compare_positions(const void *left, const void *right)
{
    const choice *a = left, *b = right;
    return a->position < b->position ? -1 : a->position > b->position;
}

static bool fill_identities(hone_reader *reader, const hone_value *values, uint32_t n,
                            choice *choices)
{
    static const hone_param any = {.name = ""};
    const hone_space space = {.n = 1, .params = &any};
    hone_config *config = hone_read_alloc(reader, hone_config_size(&space));
    if (config == NULL)
        return false;
    config->n = 1;
    for (uint32_t i = 0; i < n; i++) {
        config->values[0] = values[i];
        choices[i].identity = hone_config_identity(&space, config);
        choices[i].position = choices[i].latest = i;
    }
    return true;
}

static void warn_twice(hone_leaf *leaf, uint32_t position)
{
    char shown[64];
    const hone_node *node = leaf->nodes[HONE_KEY_VALUES]->items[position];
    hone_read_warning(leaf->reader, node, "%.60s.values has %s more than once",
                      leaf->param->name, hone_node_show(node, shown));
}

/* Leaves one of equal choices; returns how many are left, in the order of the list. */
static uint32_t merge_equal(hone_leaf *leaf, choice *choices, uint32_t n)
{
    uint32_t kept = 0;
    qsort(choices, n, sizeof *choices, compare_identities);
    for (uint32_t i = 0; i < n; i++) {
        choice *last = kept > 0 ? &choices[kept - 1] : NULL;
        if (last != NULL && last->identity.high == choices[i].identity.high &&
            last->identity.low == choices[i].identity.low) {
            last->latest = choices[i].position;
            last->weight += choices[i].weight;
            warn_twice(leaf, choices[i].position);
        } else {
            choices[kept++] = choices[i];
        }
    }
    qsort(choices, kept, sizeof *choices, compare_positions);
    return kept;
}

static bool read_weight(hone_leaf *leaf, const hone_node *node, double *weight)
{
    hone_value value;
    const char *what = hone_leaf_what(leaf, HONE_KEY_PROBABILITIES);
    if (!hone_read_number(leaf->reader, node, what, &value) ||
        !hone_value_number(&value, weight))
        return false;
    if (*weight >= 0)
        return true;
    hone_read_error(leaf->reader, node, "%s has %.40s; none is below 0", what,
                    node->text);
    return false;
}

/* Probabilities sum to 1 within what W&B tolerates, and are then made to. */
static bool read_weights(hone_leaf *leaf, choice *choices, uint32_t n)
{
    char shown[64];
    const hone_node *node = leaf->nodes[HONE_KEY_PROBABILITIES];
    const char *name = leaf->param->name;
    double sum = 0;
    bool good = true;
    if (node->kind != HONE_NODE_LIST) {
        hone_read_error(leaf->reader, node, "%.60s.probabilities is %s; a list is needed",
                        name, hone_node_show(node, shown));
        return false;
    }
    if (node->n != n) {
        hone_read_error(leaf->reader, node,
                        "%.60s has %u values, but %u probabilities; one each is needed",
                        name, n, node->n);
        return false;
    }
    for (uint32_t i = 0; i < n; i++) {
        good &= read_weight(leaf, node->items[i], &choices[i].weight);
        sum += choices[i].weight;
    }
    if (good && !(fabs(sum - 1) <= 1e-5 + 1e-8)) {
        hone_read_error(leaf->reader, node, "%.60s.probabilities sum to %.9g, not to 1",
                        name, sum);
        return false;
    }
    for (uint32_t i = 0; i < n; i++)
        choices[i].weight /= sum;
    return good;
}

static bool store_choices(hone_leaf *leaf, const hone_value *values,
                          const choice *choices, uint32_t n)
{
    hone_value *kept = hone_read_alloc(leaf->reader, n * sizeof *kept);
    double *weights = hone_read_alloc(leaf->reader, n * sizeof *weights);
    if (kept == NULL || weights == NULL)
        return false;
    for (uint32_t i = 0; i < n; i++) {
        kept[i] = values[choices[i].latest];
        weights[i] = choices[i].weight;
    }
    leaf->param->values = kept;
    leaf->param->n_values = n;
    leaf->param->probabilities = weights;
    return true;
}

static bool fill_choices(hone_leaf *leaf, choice *choices, uint32_t n)
{
    hone_reader *reader = leaf->reader;
    const hone_node *node = leaf->nodes[HONE_KEY_VALUES];
    bool weighted = leaf->nodes[HONE_KEY_PROBABILITIES] != NULL;
    hone_value list =
        hone_read_value(reader, node, hone_leaf_what(leaf, HONE_KEY_VALUES));
    if (list.n != n || !fill_identities(reader, list.items, n, choices))
        return false;
    for (uint32_t i = 0; i < n; i++)
        choices[i].weight = 1.0 / n;
    if (weighted && !read_weights(leaf, choices, n))
        return false;
    uint32_t kept = merge_equal(leaf, choices, n);
    if (!store_choices(leaf, list.items, choices, kept))
        return false;
    bool is_grid = reader->strategy != NULL &&
                   (reader->strategy->traits & HONE_STRATEGY_FINITE) != 0;
    if (!weighted && (kept == n || is_grid))
        leaf->param->probabilities = NULL;
    return true;
}

bool hone_leaf_choices(hone_leaf *leaf)
{
    char shown[64];
    const hone_node *node = leaf->nodes[HONE_KEY_VALUES];
    const char *name = leaf->param->name;
    assert(node != NULL);
    if (node->kind != HONE_NODE_LIST) {
        hone_read_error(leaf->reader, node, "%.60s.values is %s; a list is needed", name,
                        hone_node_show(node, shown));
        return false;
    }
    if (node->n == 0) {
        hone_read_error(leaf->reader, node, "%.60s.values is empty", name);
        return false;
    }
    choice *choices = calloc(node->n, sizeof *choices);
    if (choices == NULL)
        leaf->reader->no_memory = true;
    bool good = choices != NULL && fill_choices(leaf, choices, node->n);
    free(choices);
    return good;
}
