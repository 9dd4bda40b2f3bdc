/* Small spaces and configurations for tests: parameters by name, one value each.
 *
 *   flat_space_init  flat_space_add*  ... release
 *
 * Dots in a path argument make groups: "optim/lr" is lr in the group optim. Parameters
 * must be added in the order of a space (plain ones by name, then groups). */
#ifndef TESTS_FLAT_SPACE_H
#define TESTS_FLAT_SPACE_H

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <hone/space.h>

enum { FLAT_MAX = 16, FLAT_DEPTH = 4, FLAT_NAME = 64 };

typedef struct flat_space {
    hone_space space;
    hone_param params[FLAT_MAX];
    char names[FLAT_MAX][FLAT_NAME];
    char keys[FLAT_MAX][FLAT_NAME];
    const char *paths[FLAT_MAX][FLAT_DEPTH];
    hone_config *config;
} flat_space;

static inline void flat_space_init(flat_space *flat)
{
    memset(flat, 0, sizeof *flat);
    flat->space.params = flat->params;
    flat->config = calloc(1, sizeof(hone_config) + FLAT_MAX * sizeof(hone_value));
    assert(flat->config);
}

static inline void flat_space_release(flat_space *flat)
{
    free(flat->config);
}

/* `path` is borrowed for nothing: keys separated by '/'. */
static inline void flat_space_add(flat_space *flat, const char *path, hone_value value)
{
    unsigned i = flat->space.n;
    char *key;

    assert(i < FLAT_MAX && strlen(path) < FLAT_NAME);
    memcpy(flat->names[i], path, strlen(path) + 1);
    memcpy(flat->keys[i], path, strlen(path) + 1);
    for (char *c = flat->names[i]; *c; c++)
        *c = *c == '/' ? '.' : *c;
    key = flat->keys[i];
    for (char *c = flat->keys[i];; c++) {
        bool end = *c == '\0';

        if (*c != '/' && !end)
            continue;
        *c = '\0';
        assert(flat->params[i].depth < FLAT_DEPTH);
        flat->paths[i][flat->params[i].depth++] = key;
        key = c + 1;
        if (end)
            break;
    }
    flat->params[i].name = flat->names[i];
    flat->params[i].path = flat->paths[i];
    flat->config->values[i] = value;
    flat->config->n = ++flat->space.n;
}

#endif
