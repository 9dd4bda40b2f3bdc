/* The printed line that comes nearest to a metric that was not found: what a user needs
 * to see when a trial failed for want of it. */
#ifndef HONE_ENGINE_NEAREST_H
#define HONE_ENGINE_NEAREST_H

#include <stddef.h>

/* A line inside the text it was found in; len 0: none. */
typedef struct hone_nearest {
    const char *line;
    size_t len;
    int rank; /* 3: the name and a number, 2: the name, 1: a number, 0: nothing */
} hone_nearest;

/* Looks through `text` and keeps the best line, the last of equals; starts from a zeroed
 * struct, and may be called again with more text. */
void hone_nearest_look(hone_nearest *nearest, const char *metric, const char *text,
                       size_t len);

#endif
