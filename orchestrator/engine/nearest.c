/* The printed line that comes nearest to a metric that was not found. */
#include "engine/nearest.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

/* Letters and digits only, in lower case: val_loss, "Val loss" and val/loss are alike. */
static bool holds_name(const char *line, size_t len, const char *metric)
{
    for (size_t start = 0; start < len; start++) {
        const char *want = metric;
        size_t at = start;
        while (*want != '\0' && at < len) {
            if (!isalnum((unsigned char)*want)) {
                want++;
            } else if (!isalnum((unsigned char)line[at])) {
                at++;
            } else if (tolower((unsigned char)*want) ==
                       tolower((unsigned char)line[at])) {
                want++;
                at++;
            } else {
                break;
            }
        }
        if (*want == '\0')
            return true;
    }
    return false;
}

static int rank_line(const char *line, size_t len, const char *metric)
{
    bool number = false;
    for (size_t i = 0; i < len; i++)
        number |= isdigit((unsigned char)line[i]) != 0;
    return (holds_name(line, len, metric) ? 2 : 0) + (number ? 1 : 0);
}

void hone_nearest_look(hone_nearest *nearest, const char *metric, const char *text,
                       size_t len)
{
    const char *end = text + len;
    while (text < end) {
        const char *stop = memchr(text, '\n', (size_t)(end - text));
        size_t n = (size_t)((stop != NULL ? stop : end) - text);
        int rank = n > 0 ? rank_line(text, n < 500 ? n : 500, metric) : 0;
        if (n > 0 && rank >= nearest->rank)
            *nearest = (hone_nearest){.line = text, .len = n, .rank = rank};
        text += n + 1;
    }
}
