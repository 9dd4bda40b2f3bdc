/* A regression tree over a table: boxes that fill the cube, each with a mean.
 *
 *   hone_grower_init  (hone_tree_grow)*  hone_grower_release
 *
 * Breiman, Friedman, Olshen, Stone (1984), Classification and regression trees: the split
 * that leaves the least squared error. Choices are put in the order of their means, where
 * the best split into two sets is one of neighbours (Fisher 1958, On grouping for maximum
 * homogeneity). Some axes, drawn at each node, are looked at (Breiman 2001, Random
 * forests). An axis can be split where all trials of the node have it. */
#ifndef HONE_ANALYSIS_TREE_H
#define HONE_ANALYSIS_TREE_H

#include "analysis/binned.h"

/* The leaves: on every axis a set of cells. Their boxes fill the cube. */
typedef struct hone_leaves {
    size_t n, capacity;
    uint64_t *boxes; /* owned: n rows of d */
    double *values;  /* owned */
} hone_leaves;

typedef struct hone_tree_rule {
    uint32_t least;        /* different trials in a leaf, at least */
    uint64_t seed, number; /* of the tree: another number draws other axes */
} hone_tree_rule;

/* What the trials that a tree did not see would have got from it: one sum a row. */
typedef struct hone_foretold {
    double *sums;
    uint32_t *counts;
} hone_foretold;

typedef struct hone_grower {
    const hone_binned *table; /* borrowed */
    const double *y;          /* borrowed: one a row */
    uint32_t *weights;        /* owned: how often each row was drawn; the caller fills */
    hone_foretold foretold;   /* borrowed; NULLs: not wanted */
    hone_leaves leaves;       /* of the last tree; owned */
    double
        *gains; /* owned: d, what each axis has explained in all trees, pairs and all */
    /* The nodes that are still to be split, and room for the work. */
    uint32_t *rows;  /* owned: seen ones from the front, unseen ones from the back */
    uint32_t *order; /* owned: d axes */
    struct hone_node *nodes; /* owned */
    uint64_t *boxes;         /* owned: one a node */
} hone_grower;

/* Errors: HONE_ENOMEM; `release` is to be called nevertheless. */
HONE_MUST_CHECK int hone_grower_init(hone_grower *grower, const hone_binned *table,
                                     const double *y);
void hone_grower_release(hone_grower *grower);

/* Grows a tree of the rows with a weight; at least one has. Errors: HONE_ENOMEM. */
HONE_MUST_CHECK int hone_tree_grow(hone_grower *grower, const hone_tree_rule *rule);

#endif
