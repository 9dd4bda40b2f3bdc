/* The space as learning strategies see it: a point of [0,1]^n, one axis a parameter.
 *
 *   init  (encode | decode | value | cell)*  release
 *
 * On every axis the parameter's own distribution is uniform, but for choices with
 * probabilities, which lie at equal distances too. Parameters with one value have no
 * axis. Choices that are all numbers are an ordered axis, in the order of their sizes:
 * {values: [64, 16, 32]} is 16, 32, 64 at 1/6, 1/2, 5/6. A parameter that its condition
 * switches off is NaN. */
#ifndef HONE_SEARCH_CUBE_H
#define HONE_SEARCH_CUBE_H

#include <hone/space.h>

typedef enum hone_axis_kind {
    HONE_AXIS_REAL,    /* endlessly many values */
    HONE_AXIS_ORDERED, /* n levels in their order: whole numbers, steps, numeric choices
                        */
    HONE_AXIS_CHOICE   /* n values without an order, at (i + 1/2) / n */
} hone_axis_kind;

typedef struct hone_axis {
    uint32_t param; /* index into the space */
    hone_axis_kind kind;
    uint64_t n;            /* values; UINT64_MAX where endless */
    const uint32_t *ranks; /* of choices: the number of the value at each place,
                              ascending; NULL: the axis is the parameter's own u */
} hone_axis;

typedef struct hone_cube {
    const hone_space *space; /* borrowed */
    uint32_t n;
    hone_axis *axes;     /* owned, n, in the order of the space */
    uint32_t *order;     /* owned: the parameters, see hone_space_order */
    uint32_t *axis_of;   /* owned: the axis of each parameter; UINT32_MAX: none */
    uint32_t *all_ranks; /* owned */
} hone_cube;

/* Errors: HONE_ESPEC where conditions go in a circle; HONE_ENOMEM. On error `release` is
 * still to be called. */
HONE_MUST_CHECK int hone_cube_init(hone_cube *cube, const hone_space *space,
                                   hone_error *err);
void hone_cube_release(hone_cube *cube);

/* Fills n coordinates: the middle of the cell of each value. */
void hone_cube_encode(const hone_cube *cube, const hone_config *config, double *x);

/* Fills the configuration whose cells hold `x`, absent parameters left out; coordinates
 * of those are not read, all others are in [0,1]. Constraints are not looked at. */
void hone_cube_decode(const hone_cube *cube, const double *x, hone_config *point);

/* The value at a coordinate in [0,1], borrowed from the space. */
hone_value hone_cube_value(const hone_cube *cube, uint32_t axis, double x);

/* All coordinates that have the same value as `x`; a point on a REAL axis. */
hone_span hone_cube_cell(const hone_cube *cube, uint32_t axis, double x);

/* The chance of the cell around `x` before anything is known: its width, but for choices
 * with probabilities. 0 on a REAL axis. */
double hone_cube_chance(const hone_cube *cube, uint32_t axis, double x);

#endif
