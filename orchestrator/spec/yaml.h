/* YAML text as a tree of nodes with places, in an arena; libyaml is used here only.
 *
 * Anchors, aliases and merge keys (`<<`) are resolved: an alias shares the node of its
 * anchor, so the tree may be a graph without cycles, and its size as seen by a walker is
 * bounded by the file and a budget. Keys are scalars, and unique in each mapping. */
#ifndef HONE_SPEC_YAML_H
#define HONE_SPEC_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "spec/diag.h"

typedef enum hone_node_kind {
    HONE_NODE_SCALAR,
    HONE_NODE_LIST,
    HONE_NODE_MAP
} hone_node_kind;

/* PLAIN: unquoted, typed by the dialect. The others follow from quotes or a tag. */
typedef enum hone_node_type {
    HONE_NODE_PLAIN,
    HONE_NODE_TEXT,
    HONE_NODE_INT,
    HONE_NODE_FLOAT,
    HONE_NODE_BOOL,
    HONE_NODE_NULL
} hone_node_type;

typedef struct hone_node hone_node;

typedef struct hone_node_pair {
    const hone_node *key, *value;
} hone_node_pair;

struct hone_node {
    hone_node_kind kind;
    hone_node_type type; /* of a scalar */
    hone_place at;
    uint32_t start;  /* byte offset of the token in the source */
    uint32_t weight; /* nodes in this subtree as a walker meets them, saturating */
    uint16_t height; /* 1 for a scalar */
    bool quoted;     /* of a scalar: '...' or "..." */
    bool literal;    /* of a scalar: a block of text after | */
    uint32_t n;      /* SCALAR: bytes of text; LIST: items; MAP: pairs */
    union {
        const char *text; /* NUL-terminated, no NUL inside */
        const hone_node *const *items;
        const hone_node_pair *pairs;
    };
};

enum {
    HONE_YAML_MAX_DEPTH = 64,
    HONE_YAML_MAX_ALIASED = 10000, /* nodes added by aliases and merge keys */
    HONE_YAML_MAX_ANCHORS = 1000
};

/* Parses `text`. *root is NULL for an empty document. What is wrong goes to `diag`.
 * Errors: HONE_ESPEC where the text is no YAML that hone takes, HONE_ENOMEM. */
HONE_MUST_CHECK int hone_yaml_parse(const char *text, size_t len, hone_arena *arena,
                                    hone_diag *diag, const hone_node **root);

/* The value of a mapping's key, or NULL. O(n). */
const hone_node *hone_node_find(const hone_node *map, const char *key);

/* The place of byte `offset` in a scalar's text, as near as escapes and folding allow. */
hone_place hone_node_place(const hone_node *node, size_t offset, const char *source,
                           size_t len);

#endif
