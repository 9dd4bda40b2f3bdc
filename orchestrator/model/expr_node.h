/* The tree of an expression, between expr_parse.c and expr_eval.c.
 *
 * Worked example: `a - 1 + b` is one SUM node whose children are NAME a, CONST 1 with
 * join SUBTRACT, NAME b with join ADD. Chains are flat, so that the depth of the tree,
 * and with it the recursion, follows the nesting of the text and not its length. */
#ifndef HONE_MODEL_EXPR_NODE_H
#define HONE_MODEL_EXPR_NODE_H

#include <stdint.h>

#include <hone/value.h>

#include "model/expr.h"

typedef enum hone_node_kind {
    HONE_NODE_CONST, /* value */
    HONE_NODE_NAME,  /* id */
    HONE_NODE_NOT,
    HONE_NODE_NEGATE,
    HONE_NODE_OR,
    HONE_NODE_AND,
    HONE_NODE_COMPARE,
    HONE_NODE_ARITHMETIC,
    HONE_NODE_LIST, /* with names in it; only to the right of `in` */
    HONE_NODE_MIN,
    HONE_NODE_MAX,
    HONE_NODE_ABS,
    HONE_NODE_LOG,
    HONE_NODE_SQRT
} hone_node_kind;

typedef enum hone_join {
    HONE_JOIN_NONE, /* the first child */
    HONE_JOIN_OR,
    HONE_JOIN_AND,
    HONE_JOIN_LESS,
    HONE_JOIN_LESS_EQUAL,
    HONE_JOIN_MORE,
    HONE_JOIN_MORE_EQUAL,
    HONE_JOIN_EQUAL,
    HONE_JOIN_UNEQUAL,
    HONE_JOIN_IN,
    HONE_JOIN_NOT_IN,
    HONE_JOIN_ADD,
    HONE_JOIN_SUBTRACT,
    HONE_JOIN_MULTIPLY,
    HONE_JOIN_DIVIDE,
    HONE_JOIN_FLOOR_DIVIDE,
    HONE_JOIN_MODULO,
    HONE_JOIN_POWER
} hone_join;

typedef struct hone_node hone_node;
struct hone_node {
    hone_node_kind kind;
    hone_join join; /* what joins it to its elder sibling */
    uint32_t id;
    hone_value value;
    const hone_node *first, *next; /* child, younger sibling */
    const hone_node *next_name;    /* NAME: the next in order of appearance */
};

struct hone_expr {
    const hone_node *root;
    const hone_node *first_name;
    const char *text; /* as it was written */
};

/* The value of a tree without names, for folding constants. */
hone_value hone_node_value(const hone_node *node);

#endif
