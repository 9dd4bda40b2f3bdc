/* Metrics found in a log, and the nearest line for those that were not. */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli/found.h"

enum { MAX_METRICS = 10000, MAX_KEPT = 2000 };

/* Where `name` is, or belongs. */
static uint32_t search(const struct findings *findings, const char *name, size_t len,
                       bool *found)
{
    uint32_t low = 0, high = findings->n;
    *found = false;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const char *other = findings->items[middle].name;
        int order = strncmp(other, name, len);
        if (order == 0 && other[len] != '\0') {
            order = 1;
        }
        if (order == 0) {
            *found = true;
            return middle;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static struct found *insert(struct findings *findings, uint32_t at, const char *name,
                            size_t len)
{
    if (findings->n == findings->cap) {
        uint32_t cap = findings->cap == 0 ? 16 : 2 * findings->cap;
        struct found *items = realloc(findings->items, cap * sizeof *items);
        if (items == NULL) {
            return NULL;
        }
        findings->items = items;
        findings->cap = cap;
    }
    char *copy = strndup(name, len);
    if (copy == NULL) {
        return NULL;
    }
    memmove(findings->items + at + 1, findings->items + at,
            (findings->n - at) * sizeof *findings->items);
    findings->n++;
    findings->items[at] = (struct found){.name = copy, .min = NAN, .max = NAN};
    return &findings->items[at];
}

void hone_found_metric(void *arg, const hone_metric *metric)
{
    struct findings *findings = arg;
    bool known;
    uint32_t at = search(findings, metric->name, metric->name_len, &known);
    if (!known && findings->n == MAX_METRICS) {
        findings->n_dropped++;
        return;
    }
    struct found *found = known ? &findings->items[at]
                                : insert(findings, at, metric->name, metric->name_len);
    if (found == NULL) {
        findings->failed = HONE_ENOMEM;
        return;
    }
    if (found->n++ == 0) {
        found->first = metric->value;
    }
    found->last = metric->value;
    found->min = fmin(found->min, metric->value); /* fmin passes over NaN */
    found->max = fmax(found->max, metric->value);
    if (metric->has_step) {
        found->first_step = found->has_step ? found->first_step : metric->step;
        found->last_step = metric->step;
        found->has_step = true;
    }
}

const struct found *hone_found_find(const struct findings *findings, const char *name)
{
    bool known;
    uint32_t at = search(findings, name, strlen(name), &known);
    return known ? &findings->items[at] : NULL;
}

/* Letters and digits of `part` in order in the line, whatever the case and the marks
 * between them: "val_loss" is in "Val Loss: 0.3". */
static bool contains(const char *line, size_t len, const char *part, size_t part_len)
{
    for (size_t start = 0; start + part_len <= len; start++) {
        size_t i = 0;
        while (i < part_len && (tolower((unsigned char)line[start + i]) ==
                                    tolower((unsigned char)part[i]) ||
                                (!isalnum((unsigned char)part[i]) &&
                                 !isalnum((unsigned char)line[start + i])))) {
            i++;
        }
        if (i == part_len) {
            return true;
        }
    }
    return false;
}

int hone_line_score(const char *name, const char *line, size_t len)
{
    static const char marks[] = "/_.- :";
    bool digit = false;
    for (size_t i = 0; i < len && !digit; i++) {
        digit = isdigit((unsigned char)line[i]) != 0;
    }
    size_t name_len = strlen(name);
    if (!digit || name_len == 0) {
        return 0;
    }
    if (memmem(line, len, name, name_len) != NULL) {
        return 4;
    }
    if (contains(line, len, name, name_len)) {
        return 3;
    }
    /* The parts of the name: "eval/val_loss" has eval, val and loss; the last says most.
     */
    int score = 0;
    for (const char *part = name; *part != '\0';) {
        size_t part_len = strcspn(part, marks);
        bool last = part[part_len] == '\0';
        if (part_len >= 3 && contains(line, len, part, part_len)) {
            score = last ? 2 : (score > 1 ? score : 1);
        }
        part += part_len + (last ? 0 : 1);
    }
    return score;
}

void hone_found_line(struct findings *findings, const char *line, size_t len)
{
    for (uint32_t i = 0; i < findings->n_wanted; i++) {
        struct wanted *wanted = &findings->wanted[i];
        if (wanted->found || wanted->score == 4) {
            continue;
        }
        size_t kept = len < MAX_KEPT ? len : MAX_KEPT;
        int score = hone_line_score(wanted->name, line, kept);
        if (score > wanted->score) {
            char *copy = malloc(kept + 1);
            if (copy == NULL) {
                findings->failed = HONE_ENOMEM;
                return;
            }
            memcpy(copy, line, kept);
            copy[kept] = '\0';
            free(wanted->line);
            wanted->line = copy;
            wanted->len = kept;
            wanted->score = score;
        }
    }
}

void hone_found_mark(struct findings *findings)
{
    for (uint32_t i = 0; i < findings->n_wanted; i++) {
        struct wanted *wanted = &findings->wanted[i];
        wanted->found = wanted->found || hone_found_find(findings, wanted->name) != NULL;
    }
}

void hone_found_release(struct findings *findings)
{
    for (uint32_t i = 0; i < findings->n; i++) {
        free(findings->items[i].name);
    }
    for (uint32_t i = 0; i < findings->n_wanted; i++) {
        free(findings->wanted[i].line);
    }
    free(findings->items);
    free(findings->wanted);
}
