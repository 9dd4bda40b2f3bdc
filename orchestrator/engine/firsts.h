/* The configurations that a sweep begins with, before its strategy is asked: those of the
 * user's defaults, and the best of an earlier sweep. Pure.
 *
 *   hone_firsts_add...  (hone_firsts_note* hone_firsts_next*)*  hone_firsts_release */
#ifndef HONE_ENGINE_FIRSTS_H
#define HONE_ENGINE_FIRSTS_H

#include <hone/space.h>

typedef struct hone_first {
    hone_config *config; /* owned; its values borrow from the space */
    hone_identity identity;
    bool tried; /* a trial has it */
} hone_first;

typedef struct hone_firsts {
    const hone_space *space; /* borrowed */
    hone_first *items;       /* owned */
    uint32_t n;
} hone_firsts;

/* Takes a copy, once of each configuration. Errors: HONE_ENOMEM. */
HONE_MUST_CHECK int hone_firsts_add(hone_firsts *firsts, const hone_config *config);
/* A trial has this configuration. */
void hone_firsts_note(hone_firsts *firsts, const hone_config *config);
/* What trial `number` is to be, borrowed; NULL: what the strategy says. Only the trials
 * of the first numbers are: a sweep that has gone its own way is not led back. */
const hone_config *hone_firsts_next(const hone_firsts *firsts, uint64_t number);
void hone_firsts_release(hone_firsts *firsts);

#endif
