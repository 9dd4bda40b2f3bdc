/* A set of configurations, kept as 64-bit fingerprints of their identities: 16 bytes each
 * at most. Two configurations of a million share one with a chance of 3e-8.
 *
 *   (zeroed)  (add | has)*  release */
#ifndef HONE_SEARCH_SEEN_H
#define HONE_SEARCH_SEEN_H

#include <stdbool.h>
#include <stddef.h>

#include <hone/space.h>

typedef struct hone_seen {
    uint64_t *slots; /* open addressing; 0 is free; owned */
    size_t capacity; /* 0 or a power of two, more than half of it free */
    size_t n;
} hone_seen;

/* Adds an identity; once is enough. Errors: HONE_ENOMEM, then nothing changed. */
HONE_MUST_CHECK int hone_seen_add(hone_seen *seen, hone_identity identity);
bool hone_seen_has(const hone_seen *seen, hone_identity identity);
void hone_seen_release(hone_seen *seen);

#endif
