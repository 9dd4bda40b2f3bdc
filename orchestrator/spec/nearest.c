#include "spec/nearest.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "base/banned.h"

enum { NAME_MAX_BYTES = 48 }; /* slips are in short names */

static char fold(char byte)
{
    if (byte >= 'A' && byte <= 'Z')
        return (char)(byte - 'A' + 'a');
    return byte == '-' ? '_' : byte;
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* The optimal string alignment distance: insert, delete, replace, or swap two neighbours
 * (Damerau 1964, Levenshtein 1966), three rows at a time. */
static unsigned edit_distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    unsigned rows[3][NAME_MAX_BYTES + 1];
    assert(a_len <= NAME_MAX_BYTES && b_len <= NAME_MAX_BYTES);
    for (size_t j = 0; j <= b_len; j++)
        rows[0][j] = (unsigned)j;
    for (size_t i = 1; i <= a_len; i++) {
        unsigned *row = rows[i % 3], *above = rows[(i + 2) % 3];
        const unsigned *two_above = rows[(i + 1) % 3];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= b_len; j++) {
            char x = fold(a[i - 1]), y = fold(b[j - 1]);
            row[j] = least(above[j - 1] + (x != y), least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && x == fold(b[j - 2]) && fold(a[i - 2]) == y)
                row[j] = least(row[j], two_above[j - 2] + 1);
        }
    }
    return rows[a_len % 3][b_len];
}

/* The largest distance that still is a slip. */
static unsigned slip_limit(size_t len)
{
    if (len < 3)
        return 0;
    return len <= 5 ? 1 : len <= 10 ? 2 : 3;
}

const char *hone_nearest(const char *name, hone_name_at at, const void *arg)
{
    size_t len = strlen(name);
    const char *nearest = NULL;
    unsigned best = UINT32_MAX;
    if (len == 0 || len > NAME_MAX_BYTES)
        return NULL;
    for (uint32_t i = 0;; i++) {
        const char *known = at(arg, i);
        if (known == NULL)
            return nearest;
        size_t known_len = strnlen(known, NAME_MAX_BYTES + 1);
        if (known_len > NAME_MAX_BYTES)
            continue;
        unsigned distance = edit_distance(name, len, known, known_len);
        if (distance < best &&
            distance <= slip_limit(len > known_len ? len : known_len)) {
            best = distance;
            nearest = known;
        }
    }
}

typedef struct list {
    const char *const *names;
    uint32_t n;
} list;

static const char *list_at(const void *arg, uint32_t i)
{
    const list *names = arg;
    return i < names->n ? names->names[i] : NULL;
}

const char *hone_nearest_of(const char *name, const char *const *names, uint32_t n)
{
    list all = {names, n};
    return hone_nearest(name, list_at, &all);
}
