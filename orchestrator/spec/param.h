/* One parameter of a spec on its way to a hone_param; shared by the files that read
 * parameters: parameters.c walks the tree, leaf.c finds the distribution, then choices.c,
 * bounds.c and steps.c fill it, conditions.c resolves `when`. */
#ifndef HONE_SPEC_PARAM_H
#define HONE_SPEC_PARAM_H

#include "spec/reader.h"
#include "spec/template_parts.h"

#define HONE_KEY_MAP(XX)                                                                 \
    XX(DISTRIBUTION, "distribution")                                                     \
    XX(VALUE, "value")                                                                   \
    XX(VALUES, "values")                                                                 \
    XX(PROBABILITIES, "probabilities")                                                   \
    XX(MIN, "min")                                                                       \
    XX(MAX, "max")                                                                       \
    XX(MU, "mu")                                                                         \
    XX(SIGMA, "sigma")                                                                   \
    XX(Q, "q")                                                                           \
    XX(A, "a")                                                                           \
    XX(B, "b")                                                                           \
    XX(STEP, "step")                                                                     \
    XX(COUNT, "count")                                                                   \
    XX(SCALE, "scale")                                                                   \
    XX(WHEN, "when")                                                                     \
    XX(DEFAULT, "default")                                                               \
    XX(PARAMETERS, "parameters")

/* The keys of a parameter's entry. */
typedef enum hone_key {
#define XX(name, text) HONE_KEY_##name,
    HONE_KEY_MAP(XX)
#undef XX
        HONE_N_KEYS
} hone_key;

/* A `when`, and those of the groups around it. */
typedef struct hone_when {
    const hone_node *node;
    const char *group; /* the dotted name of the group whose members it may name, "" */
    const struct hone_when *outer;
} hone_when;

struct hone_draft {
    hone_param *param;
    const hone_node *key;
    const hone_node *entry;
    const hone_when *when; /* NULL: none */
    bool broken; /* something is wrong with it: no use in looking at what it means */
};

/* One entry, its keys found. */
typedef struct hone_leaf {
    hone_reader *reader;
    hone_param *param;
    const hone_node *key;
    const hone_node *nodes[HONE_N_KEYS]; /* NULL: not there */
    hone_value numbers[HONE_N_KEYS];     /* of the keys that hold numbers, once read */
} hone_leaf;

/* Fills draft->param from its entry; sets draft->broken where it cannot. */
void hone_read_leaf(hone_reader *reader, hone_draft *draft);

/* "lr.min": the name of a key for messages. Borrowed from the arena; never NULL. */
const char *hone_leaf_what(hone_leaf *leaf, hone_key key);
/* Reads the number of a key into leaf->numbers and *number. */
bool hone_leaf_number(hone_leaf *leaf, hone_key key, double *number);

/* `values` and `probabilities`. */
bool hone_leaf_choices(hone_leaf *leaf);
/* min and max of a range: both numbers, min < max. */
bool hone_leaf_bounds(hone_leaf *leaf);
/* Both bounds, once read, are integers that a double holds exactly. */
bool hone_leaf_integers(hone_leaf *leaf);
/* min > 0, for a log scale. */
bool hone_leaf_positive_min(hone_leaf *leaf);
/* `step`, `count` and `scale: log` with `count`. */
bool hone_leaf_steps(hone_leaf *leaf);
bool hone_leaf_count(hone_leaf *leaf, bool log);

/* Compiles `constraints` into the space. */
void hone_read_constraints(hone_reader *reader, hone_space *space, hone_names *names);
/* Resolves every `when` of the drafts into clauses. */
void hone_read_conditions(hone_reader *reader, const hone_names *names,
                          hone_draft *drafts);

#endif
