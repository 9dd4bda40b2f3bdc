/* The curves of ended trials, read back from the record for the scheduler, and for a
 * strategy that is to hear how far a pruned trial came.
 *
 *   init  note*  read  release */
#ifndef HONE_ENGINE_RECALL_H
#define HONE_ENGINE_RECALL_H

#include "engine/sweep_state.h"

typedef struct hone_recall {
    hone_fifo curves;
} hone_recall;

void hone_recall_init(hone_recall *recall);
void hone_recall_release(hone_recall *recall);

/* Notes a trial of the record that ended for good, or whose first repeat has, if anybody
 * needs its curve. Errors: HONE_ENOMEM. */
HONE_MUST_CHECK int hone_recall_note(hone_recall *recall, const hone_sweep *sweep,
                                     const hone_stored_trial *trial,
                                     const hone_config *config);
/* Reads them all, before the writer is started. Errors: HONE_ENOMEM and the store's. */
HONE_MUST_CHECK int hone_recall_read(hone_recall *recall, hone_sweep *sweep,
                                     hone_error *err);

#endif
