/* What one line gave: metrics in the order of the line, and the line's step.
 *
 *   init  (reset  add*  step*  read)*  release
 *
 * Collected first and told afterwards, since a line may print its step last. */
#ifndef HONE_OUTPUT_FINDS_H
#define HONE_OUTPUT_FINDS_H

#include <hone/metrics.h>

typedef struct hone_find {
    const char *name;  /* in the line; NULL: in `names` at `name_at` */
    uint32_t name_len; /* 1..HONE_METRIC_NAME_MAX */
    uint32_t name_at;
    double value;
    bool has_step; /* a step of its own, before the line's */
    double step;
} hone_find;

typedef struct hone_finds {
    hone_find *items; /* owned */
    uint32_t n, cap;
    hone_buf
        names; /* names that the line does not hold as such: a.b of {"a": {"b": 1}} */
    bool has_step;
    bool sticky; /* the step holds for the lines after this one, too */
    int rank;    /* of the step; a higher one displaces it */
    double step;
    int failed; /* HONE_ENOMEM once an addition failed */
} hone_finds;

void hone_finds_init(hone_finds *finds);
void hone_finds_release(hone_finds *finds);
/* Forgets all but the memory. */
void hone_finds_reset(hone_finds *finds);

/* Adds a metric whose name lies in the line, or (`_copy`) is kept as a copy. A name that
 * is empty or too long adds nothing. */
void hone_finds_add(hone_finds *finds, const char *name, size_t len, double value);
void hone_finds_add_copy(hone_finds *finds, const char *name, size_t len, double value);

/* Offers a step: taken where none is there or `rank` is higher. */
void hone_finds_step(hone_finds *finds, double step, int rank);

/* The name of an item; borrowed until the next addition. */
const char *hone_find_name(const hone_finds *finds, const hone_find *find);

#endif
