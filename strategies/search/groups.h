/* Which parameters hang together by conditions and constraints, and the table of what
 * they allow: the part of a lattice that cannot be computed by dividing an index.
 *
 *   hone_groups_make  hone_groups_free
 *
 * A control is named by a condition or a constraint. A dependent has a condition and is
 * no control. Controls and dependents that are linked form a group. Worked example:
 *
 *   model: {values: [tree, net]}, depth: {values: [2, 4, 6], when: {model: tree}}
 *
 * is one group with the control `model`, the dependent `depth` and two rows: (0), of
 * weight 3, and (1), of weight 1; before = {0, 3, 4}. */
#ifndef HONE_SEARCH_GROUPS_H
#define HONE_SEARCH_GROUPS_H

#include "search/lattice.h"

enum { HONE_NO_LEVEL = UINT32_MAX }; /* in a row: the control is absent */

typedef struct hone_group {
    uint32_t n_controls;
    uint32_t *controls; /* parameters in visiting order */
    uint32_t n_dependents;
    uint32_t *dependents; /* likewise */
    uint32_t n_rows;
    uint32_t *rows;   /* n_rows times n_controls level numbers, in lexicographic order */
    uint64_t *before; /* n_rows + 1: weight of all earlier rows */
} hone_group;

typedef enum hone_role {
    HONE_ROLE_FREE,
    HONE_ROLE_CONTROL,
    HONE_ROLE_DEPENDENT
} hone_role;

/* Of each parameter of the space. */
typedef struct hone_place {
    hone_role role;
    uint32_t group;  /* of CONTROL and DEPENDENT */
    uint32_t column; /* of CONTROL: in its group's rows */
    uint64_t size;   /* number of values */
} hone_place;

typedef struct hone_groups {
    hone_place *places; /* one per parameter */
    uint32_t n;
    hone_group *groups;
} hone_groups;

/* The i-th value of a parameter on these axes. */
hone_value hone_axis_value(const hone_param *param, hone_axes axes, uint64_t i);

/* Fills *groups; `order` is the space's. Errors as hone_lattice_make; on error *groups
 * may be freed and is otherwise unusable. */
HONE_MUST_CHECK int hone_groups_make(hone_groups *groups, const hone_space *space,
                                     hone_axes axes, const uint32_t *order,
                                     hone_error *err);
void hone_groups_free(hone_groups *groups);

#endif
