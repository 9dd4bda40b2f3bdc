/* What one attempt's metrics come to. */
#include "engine/tally.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void hone_tally_init(hone_tally *tally)
{
    *tally = (hone_tally){0};
}

void hone_tally_reset(hone_tally *tally)
{
    for (uint32_t i = 0; i < tally->n; i++)
        free(tally->metrics[i].name);
    tally->n = 0;
    tally->recent = 0;
    tally->full = false;
}

void hone_tally_release(hone_tally *tally)
{
    hone_tally_reset(tally);
    free(tally->metrics);
    hone_tally_init(tally);
}

static bool has_name(const hone_tally_metric *metric, const char *name, size_t len)
{
    return metric->len == len && memcmp(metric->name, name, len) == 0;
}

/* Searches from the metric after the last one on: programs print them in rounds, so the
 * first look hits. Returns tally->n where there is none. */
static uint32_t find_index(const hone_tally *tally, const char *name, size_t len)
{
    for (uint32_t i = 0; i < tally->n; i++) {
        uint32_t at = tally->recent + 1 + i;
        at = at >= tally->n ? (at - tally->n) % tally->n : at;
        if (has_name(&tally->metrics[at], name, len))
            return at;
    }
    return tally->n;
}

static hone_tally_metric *append(hone_tally *tally, const hone_metric *metric)
{
    if (tally->n == HONE_TALLY_MAX) {
        tally->full = true;
        return NULL;
    }
    if (tally->n == tally->cap) {
        uint32_t cap = tally->cap == 0 ? 4 : tally->cap * 2;
        hone_tally_metric *grown = realloc(tally->metrics, cap * sizeof(*grown));
        if (grown == NULL)
            return NULL;
        tally->metrics = grown;
        tally->cap = cap;
    }
    char *name = strndup(metric->name, metric->name_len);
    if (name == NULL)
        return NULL;
    hone_tally_metric *added = &tally->metrics[tally->n++];
    *added = (hone_tally_metric){
        .name = name, .len = metric->name_len, .min = NAN, .max = NAN};
    return added;
}

const hone_tally_metric *hone_tally_add(hone_tally *tally, const hone_metric *metric)
{
    uint32_t at = find_index(tally, metric->name, metric->name_len);
    hone_tally_metric *found =
        at < tally->n ? &tally->metrics[at] : append(tally, metric);
    if (found == NULL)
        return NULL;
    tally->recent = (uint32_t)(found - tally->metrics);
    double value = metric->value;
    if (found->n == 0)
        found->first = value;
    found->n++;
    found->last = value;
    found->min = fmin(found->min, value);
    found->max = fmax(found->max, value);
    found->sum += value;
    found->step = metric->has_step ? metric->step : found->step + 1;
    return found;
}

void hone_tally_recall(hone_tally *tally)
{
    for (uint32_t i = 0; i < tally->n; i++)
        tally->metrics[i].known = tally->metrics[i].n;
}

bool hone_tally_pass(hone_tally *tally, const hone_metric *metric)
{
    uint32_t at = find_index(tally, metric->name, metric->name_len);
    if (at == tally->n || tally->metrics[at].known == 0)
        return false;
    tally->recent = at;
    tally->metrics[at].known--;
    return true;
}

const hone_tally_metric *hone_tally_find(const hone_tally *tally, const char *name,
                                         size_t len)
{
    uint32_t at = find_index(tally, name, len);
    return at < tally->n ? &tally->metrics[at] : NULL;
}

double hone_tally_value(const hone_tally_metric *metric, hone_take take)
{
    assert(metric->n > 0);
    switch (take) {
    case HONE_TAKE_FIRST:
        return metric->first;
    case HONE_TAKE_MIN:
        return metric->min;
    case HONE_TAKE_MAX:
        return metric->max;
    case HONE_TAKE_MEAN:
        return metric->sum / (double)metric->n;
    case HONE_TAKE_LAST:
        break;
    }
    return metric->last;
}
