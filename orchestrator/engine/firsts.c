#include "engine/firsts.h"

#include <stdlib.h>
#include <string.h>

static hone_first *find(const hone_firsts *firsts, hone_identity identity)
{
    for (uint32_t i = 0; i < firsts->n; i++)
        if (firsts->items[i].identity.high == identity.high &&
            firsts->items[i].identity.low == identity.low)
            return &firsts->items[i];
    return NULL;
}

int hone_firsts_add(hone_firsts *firsts, const hone_config *config)
{
    hone_identity identity = hone_config_identity(firsts->space, config);
    if (find(firsts, identity) != NULL)
        return HONE_OK;
    size_t size = hone_config_size(firsts->space);
    hone_first *grown =
        realloc(firsts->items, (firsts->n + (size_t)1) * sizeof(*firsts->items));
    if (grown == NULL)
        return HONE_ENOMEM;
    firsts->items = grown;
    hone_config *copy = malloc(size);
    if (copy == NULL)
        return HONE_ENOMEM;
    memcpy(copy, config, size);
    firsts->items[firsts->n++] = (hone_first){.config = copy, .identity = identity};
    return HONE_OK;
}

void hone_firsts_note(hone_firsts *firsts, const hone_config *config)
{
    if (firsts->n == 0)
        return;
    hone_first *same = find(firsts, hone_config_identity(firsts->space, config));
    if (same != NULL)
        same->tried = true;
}

const hone_config *hone_firsts_next(const hone_firsts *firsts, uint64_t number)
{
    for (uint32_t i = 0; number <= firsts->n && i < firsts->n; i++)
        if (!firsts->items[i].tried)
            return firsts->items[i].config;
    return NULL;
}

void hone_firsts_release(hone_firsts *firsts)
{
    for (uint32_t i = 0; i < firsts->n; i++)
        free(firsts->items[i].config);
    free(firsts->items);
    *firsts = (hone_firsts){.space = firsts->space};
}
