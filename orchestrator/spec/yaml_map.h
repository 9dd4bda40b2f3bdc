/* Mappings of a YAML tree: duplicate keys and merge keys. Used by yaml.c alone. */
#ifndef HONE_SPEC_YAML_MAP_H
#define HONE_SPEC_YAML_MAP_H

#include "spec/yaml.h"

typedef struct hone_yaml_mapping {
    hone_arena *arena;
    hone_diag *diag;
    uint32_t budget; /* nodes that merge keys may still add */
} hone_yaml_mapping;

/* Fills the mapping from `n_pairs` keys and values that alternate in `children`. Of equal
 * keys the last one's value counts, at the first one's position, with a warning. `<<`
 * adds the pairs of a mapping, or of a list of them, whose keys are not there yet.
 * Errors: HONE_ESPEC, HONE_ENOMEM. O(n log n). */
HONE_MUST_CHECK int hone_yaml_fill_map(hone_yaml_mapping *mapping, hone_node *node,
                                       const hone_node *const *children, size_t n_pairs);

#endif
