/* The nearest known name: Damerau's distance (1964), restricted to one edit a place. */
#include <string.h>

#include "cli/nearest.h"

enum { MAX_LEN = 64 };

static unsigned smallest(unsigned a, unsigned b, unsigned c)
{
    unsigned ab = a < b ? a : b;
    return ab < c ? ab : c;
}

unsigned hone_cli_edit_distance(const char *a, const char *b, unsigned limit)
{
    size_t n = strlen(a), m = strlen(b);
    unsigned rows[3][MAX_LEN + 1]; /* this row and the two above */
    if (n > MAX_LEN || m > MAX_LEN) {
        return limit + 1;
    }
    for (size_t j = 0; j <= m; j++) {
        rows[0][j] = (unsigned)j;
    }
    for (size_t i = 1; i <= n; i++) {
        unsigned *row = rows[i % 3], *above = rows[(i - 1) % 3];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= m; j++) {
            unsigned replace = above[j - 1] + (a[i - 1] != b[j - 1]);
            row[j] = smallest(above[j] + 1, row[j - 1] + 1, replace);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                unsigned swap = rows[(i - 2) % 3][j - 2] + 1;
                row[j] = swap < row[j] ? swap : row[j];
            }
        }
    }
    unsigned distance = rows[n % 3][m];
    return distance > limit ? limit + 1 : distance;
}

void hone_cli_nearest_offer(struct nearest *nearest, const char *name)
{
    size_t len = strlen(nearest->wanted);
    unsigned limit = len < 6 ? (len < 2 ? 0 : 1) : (unsigned)(len / 3);
    unsigned distance = hone_cli_edit_distance(nearest->wanted, name, limit);
    if (distance > limit && len >= 2 && strncmp(name, nearest->wanted, len) == 0) {
        distance = limit;
    }
    if (distance <= limit && (nearest->name == NULL || distance < nearest->distance)) {
        nearest->name = name;
        nearest->distance = distance;
    }
}
