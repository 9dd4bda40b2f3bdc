/* Of which trials an external sampler is to be told. Pure.
 *
 * Takes the place of a strategy in the plan of a sweep whose method is a program of the
 * user's: it suggests nothing, and notes what a strategy would be told. So the program is
 * told of exactly those trials that a strategy would hear of, also after a restart. */
#ifndef HONE_ENGINE_KNOWN_H
#define HONE_ENGINE_KNOWN_H

#include <hone/strategy.h>

typedef enum hone_knowledge {
    HONE_KNOWN_NOT, /* such a trial is not in the spec's space (any more), or not there */
    HONE_KNOWN_PENDING,
    HONE_KNOWN_ENDED
} hone_knowledge;

typedef struct hone_known_trial {
    hone_identity identity;
    hone_knowledge state;
} hone_known_trial;

/* The strategy's state. */
typedef struct hone_known {
    const hone_space *space;
    hone_known_trial *trials; /* by number, from 1; owned */
    uint64_t n, cap;
} hone_known;

extern const hone_strategy hone_strategy_known;

hone_knowledge hone_known_state(const hone_known *known, uint64_t number);
/* The first trial with this very configuration; 0: none. O(trials). */
uint64_t hone_known_same(const hone_known *known, const hone_config *config);

#endif
