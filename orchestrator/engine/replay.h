/* From recorded trials to a reactor and a strategy that go on where those of an earlier
 * run were. Pure: the record is read by the caller.
 *
 *   init  trial*  finish  release
 *
 * Trials come in the order of their numbers. Ends are told in the order in which they
 * happened where that makes a difference: to a strategy that learns from results, and to
 * a rule that counts trials since the last improvement. Then they are kept until
 * `finish`. */
#ifndef HONE_ENGINE_REPLAY_H
#define HONE_ENGINE_REPLAY_H

#include "engine/plan_state.h"
#include "engine/reactor.h"

/* Whether the strategy hears of a trial: one that the spec no longer has it does not. */
typedef enum hone_hearing { HONE_HEARD, HONE_UNHEARD } hone_hearing;

struct hone_replay_item;

typedef struct hone_replayer {
    hone_reactor *reactor; /* borrowed */
    hone_plan *plan;       /* borrowed */
    bool ordered;
    struct hone_replay_item *items; /* ends that wait for `finish`; owned */
    size_t n, cap;
    hone_config *best; /* of the best trial so far, NULL: none that was heard; owned */
} hone_replayer;

void hone_replayer_init(hone_replayer *replayer, hone_reactor *reactor, hone_plan *plan);
/* One trial, its configuration copied. Tells in *what what it is to the reactor. Errors:
 * HONE_ENOMEM. */
HONE_MUST_CHECK int hone_replayer_trial(hone_replayer *replayer, const hone_replay *trial,
                                        hone_hearing hearing, hone_replayed *what);
HONE_MUST_CHECK int hone_replayer_finish(hone_replayer *replayer);
void hone_replayer_release(hone_replayer *replayer);

#endif
