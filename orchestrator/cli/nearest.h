/* The nearest known name, for messages about an unknown one. */
#ifndef HONE_CLI_NEAREST_H
#define HONE_CLI_NEAREST_H

#include <stddef.h>

/* Edits (insert, delete, replace, swap of neighbours) from `a` to `b`, at most `limit`
 * + 1. Names over 64 bytes count as far apart. */
unsigned hone_cli_edit_distance(const char *a, const char *b, unsigned limit);

struct nearest {
    const char *wanted;
    const char *name; /* the nearest so far, NULL while there is none near enough */
    unsigned distance;
};

/* One name more: kept where it is nearer, and within a third of the wanted name's length
 * (at least 1 edit), or where it starts with it. */
void hone_cli_nearest_offer(struct nearest *nearest, const char *name);

#endif
