/* Small spaces for tests, made of literals. Everything lives in the caller's block. */
#ifndef HONE_TESTS_SPACE_KIT_H
#define HONE_TESTS_SPACE_KIT_H

#include <stdlib.h>
#include <string.h>

#include <hone/space.h>

#include "base/arena.h"
#include "model/expr.h"

#define KIT_COUNT(array) ((uint32_t)(sizeof(array) / sizeof *(array)))

/* A categorical parameter over an array of values. */
#define KIT_CHOICES(key, array)                                                          \
    {                                                                                    \
        .name = (key), .distribution = HONE_CATEGORICAL, .n_values = KIT_COUNT(array),   \
        .values = (array)                                                                \
    }

/* A parameter with bounds. */
#define KIT_RANGE(key, kind, low, high)                                                  \
    {                                                                                    \
        .name = (key), .distribution = (kind), .min = (low), .max = (high), .q = 1       \
    }

#define KIT_INT(number)                                                                  \
    {                                                                                    \
        .kind = HONE_INT, .integer = (number)                                            \
    }
#define KIT_REAL(number)                                                                 \
    {                                                                                    \
        .kind = HONE_REAL, .real = (number)                                              \
    }
#define KIT_TEXT(string)                                                                 \
    {                                                                                    \
        .kind = HONE_TEXT, .n = sizeof(string) - 1, .text = (string)                     \
    }

static inline int64_t kit_find(void *arg, const char *name, size_t len)
{
    const hone_space *space = arg;
    for (uint32_t i = 0; i < space->n; i++) {
        if (strlen(space->params[i].name) == len &&
            memcmp(space->params[i].name, name, len) == 0) {
            return i;
        }
    }
    return -1;
}

/* Compiles `text` over the space; NULL where it does not compile. */
static inline const hone_expr *kit_constraint(const hone_space *space, const char *text,
                                              hone_arena *arena)
{
    hone_expr_names names = {.find = kit_find, .arg = (void *)(uintptr_t)space};
    const hone_expr *expr = NULL;
    size_t offset;
    return hone_expr_parse(text, strlen(text), &names, arena, &expr, &offset, NULL) == 0
               ? expr
               : NULL;
}

static inline hone_config *kit_config(const hone_space *space)
{
    hone_config *config = calloc(1, hone_config_size(space));
    if (!config) {
        abort();
    }
    config->n = space->n;
    return config;
}

#endif
