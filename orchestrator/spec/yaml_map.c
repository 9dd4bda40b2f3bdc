#include "spec/yaml_map.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/* A pair and where it stood; own pairs of a mapping come before merged ones. */
typedef struct entry {
    hone_node_pair pair;
    size_t position;
    bool merged;
} entry;

static int compare_entries(const void *left, const void *right)
{
    const entry *a = left, *b = right;
    int order = strcmp(a->pair.key->text, b->pair.key->text);
    if (order != 0)
        return order;
    return a->position < b->position ? -1 : a->position > b->position;
}

static int compare_positions(const void *left, const void *right)
{
    const entry *a = left, *b = right;
    return a->position < b->position ? -1 : a->position > b->position;
}

static void warn_duplicate(hone_yaml_mapping *mapping, const entry *first,
                           const entry *again)
{
    hone_diag_add(mapping->diag, HONE_SEVERITY_WARNING, again->pair.key->at,
                  "%.60s is there twice, first on line %d; the last one counts",
                  again->pair.key->text, first->pair.key->at.line);
}

/* Leaves one entry a key; returns how many are left, in the order of the file. */
static size_t remove_duplicates(hone_yaml_mapping *mapping, entry *entries, size_t n)
{
    size_t kept = 0;
    qsort(entries, n, sizeof *entries, compare_entries);
    for (size_t i = 0; i < n; i++) {
        entry *last = kept > 0 ? &entries[kept - 1] : NULL;
        if (last == NULL ||
            strcmp(last->pair.key->text, entries[i].pair.key->text) != 0) {
            entries[kept++] = entries[i];
        } else if (!entries[i].merged) {
            warn_duplicate(mapping, last, &entries[i]);
            last->pair = entries[i].pair;
        }
    }
    qsort(entries, kept, sizeof *entries, compare_positions);
    return kept;
}

static bool is_merge(const hone_node *key)
{
    return key->type == HONE_NODE_PLAIN && strcmp(key->text, "<<") == 0;
}

/* The mappings that `<<` names: one, or the items of a list. NULL past the end. */
static const hone_node *merge_at(const hone_node *value, uint32_t i)
{
    if (value->kind == HONE_NODE_MAP)
        return i == 0 ? value : NULL;
    return value->kind == HONE_NODE_LIST && i < value->n ? value->items[i] : NULL;
}

static int fail_merge(hone_yaml_mapping *mapping, const hone_node *at, const char *text)
{
    hone_diag_add(mapping->diag, HONE_SEVERITY_ERROR, at->at, "%s", text);
    return HONE_ESPEC;
}

/* Counts the pairs that a merge key adds, within the budget. */
static int count_merged(hone_yaml_mapping *mapping, const hone_node *key,
                        const hone_node *value, size_t *n)
{
    if (value->kind == HONE_NODE_SCALAR)
        return fail_merge(mapping, value, "<< takes a mapping or a list of mappings");
    const hone_node *map;
    for (uint32_t i = 0; (map = merge_at(value, i)) != NULL; i++) {
        if (map->kind != HONE_NODE_MAP)
            return fail_merge(mapping, map, "<< takes a mapping or a list of mappings");
        if (map->weight > mapping->budget)
            return fail_merge(mapping, key, "aliases expand to more than 10000 nodes");
        mapping->budget -= map->weight;
        *n += map->n;
    }
    return 0;
}

static int check_pairs(hone_yaml_mapping *mapping, const hone_node *const *children,
                       size_t n_pairs, size_t *n)
{
    for (size_t i = 0; i < n_pairs; i++) {
        const hone_node *key = children[2 * i];
        if (key->kind != HONE_NODE_SCALAR)
            return fail_merge(mapping, key, "a key is a scalar, not a list or a mapping");
        int code = 0;
        if (is_merge(key))
            code = count_merged(mapping, key, children[2 * i + 1], n);
        else
            ++*n;
        if (code != 0)
            return code;
    }
    return 0;
}

/* Own pairs first, then merged ones: where keys are equal, the first of them wins. */
static size_t collect_pairs(entry *entries, const hone_node *const *children,
                            size_t n_pairs)
{
    size_t n = 0;
    for (size_t i = 0; i < n_pairs; i++) {
        if (is_merge(children[2 * i]))
            continue;
        entries[n] =
            (entry){.pair = {children[2 * i], children[2 * i + 1]}, .position = n};
        n++;
    }
    for (size_t i = 0; i < n_pairs; i++) {
        const hone_node *map;
        if (!is_merge(children[2 * i]))
            continue;
        for (uint32_t k = 0; (map = merge_at(children[2 * i + 1], k)) != NULL; k++) {
            for (uint32_t j = 0; j < map->n; j++, n++)
                entries[n] = (entry){map->pairs[j], n, true};
        }
    }
    return n;
}

int hone_yaml_fill_map(hone_yaml_mapping *mapping, hone_node *node,
                       const hone_node *const *children, size_t n_pairs)
{
    size_t n = 0;
    int code = check_pairs(mapping, children, n_pairs, &n);
    if (code != 0)
        return code;
    entry *entries = calloc(n + 1, sizeof *entries);
    hone_node_pair *pairs = hone_arena_alloc(mapping->arena, n * sizeof *pairs);
    if (entries != NULL && pairs != NULL) {
        size_t collected = collect_pairs(entries, children, n_pairs);
        assert(collected == n);
        n = remove_duplicates(mapping, entries, collected);
        for (size_t i = 0; i < n; i++)
            pairs[i] = entries[i].pair;
        node->pairs = pairs;
        node->n = (uint32_t)n;
    } else {
        code = HONE_ENOMEM;
    }
    free(entries);
    return code;
}
