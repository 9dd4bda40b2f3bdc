/* A set of fingerprints: open addressing, linear probing. */
#include "search/seen.h"

#include <assert.h>
#include <stdlib.h>

#include "base/banned.h"

enum { FIRST_CAPACITY = 64 };

static uint64_t make_fingerprint(hone_identity identity)
{
    return identity.low ? identity.low : 1; /* 0 marks a free slot */
}

/* The slot that holds the fingerprint, or the free one where it belongs. */
static size_t find_slot(const hone_seen *seen, uint64_t fingerprint)
{
    assert(seen->n < seen->capacity);
    size_t mask = seen->capacity - 1, at = (size_t)fingerprint & mask;
    while (seen->slots[at] != 0 && seen->slots[at] != fingerprint) {
        at = (at + 1) & mask;
    }
    return at;
}

static int grow_seen(hone_seen *seen)
{
    hone_seen wider = {.n = seen->n};
    wider.capacity = seen->capacity ? 2 * seen->capacity : FIRST_CAPACITY;
    wider.slots = calloc(wider.capacity, sizeof *wider.slots);
    if (!wider.slots) {
        return HONE_ENOMEM;
    }
    for (size_t i = 0; i < seen->capacity; i++) {
        if (seen->slots[i] != 0) {
            wider.slots[find_slot(&wider, seen->slots[i])] = seen->slots[i];
        }
    }
    free(seen->slots);
    *seen = wider;
    return 0;
}

int hone_seen_add(hone_seen *seen, hone_identity identity)
{
    if (2 * (seen->n + 1) > seen->capacity) {
        int code = grow_seen(seen);
        if (code) {
            return code;
        }
    }
    uint64_t fingerprint = make_fingerprint(identity);
    size_t at = find_slot(seen, fingerprint);
    seen->n += seen->slots[at] == 0;
    seen->slots[at] = fingerprint;
    return 0;
}

bool hone_seen_has(const hone_seen *seen, hone_identity identity)
{
    return seen->n > 0 && seen->slots[find_slot(seen, make_fingerprint(identity))] != 0;
}

void hone_seen_release(hone_seen *seen)
{
    free(seen->slots);
    *seen = (hone_seen){0};
}
