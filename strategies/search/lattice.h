/* A finite space as a list that is never written down: index -> configuration.
 *
 *   make  (count | point)*  free
 *
 * The order is that of the full product with the parameters of hone_space_order as
 * digits, the last one fastest, and with every configuration that does not exist left
 * out: where a condition does not hold its parameter is absent (once), and what breaks a
 * constraint is not there. */
#ifndef HONE_SEARCH_LATTICE_H
#define HONE_SEARCH_LATTICE_H

#include <stdint.h>

#include <hone/space.h>

/* What the parameters range over. */
typedef enum hone_axes {
    HONE_AXES_LEVELS, /* what a grid goes through */
    HONE_AXES_SUPPORT /* everything that a draw can give */
} hone_axes;

enum {
    HONE_LATTICE_MAX_TRIED = 1 << 24, /* assignments of one group's controls looked at */
    HONE_LATTICE_MAX_ROWS = 1 << 23,  /* and kept */
    HONE_LATTICE_MAX_CELLS = 1 << 25  /* rows times controls: 128 MiB */
};

typedef struct hone_lattice hone_lattice;

/* Tabulates the conditions and constraints of `space` (borrowed), nothing else: O(n)
 * without them. Errors: HONE_ESPEC where a parameter has no levels, conditions go in a
 * circle or constraints leave nothing; HONE_ELIMIT past the limits above or past 2^63
 * points; HONE_ENOMEM. */
HONE_MUST_CHECK int hone_lattice_make(const hone_space *space, hone_axes axes,
                                      hone_lattice **out, hone_error *err);
void hone_lattice_free(hone_lattice *lattice);

/* Number of configurations, 1 .. 2^63. */
uint64_t hone_lattice_count(const hone_lattice *lattice);

/* Fills `point` with configuration `index` < count. O(n + log rows). Uses scratch memory
 * of the lattice: not for two threads at once. */
void hone_lattice_point(const hone_lattice *lattice, uint64_t index, hone_config *point);

#endif
