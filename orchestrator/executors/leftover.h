/* How an attempt ended that nobody watched: from the journal of its slot. */
#ifndef HONE_EXECUTORS_LEFTOVER_H
#define HONE_EXECUTORS_LEFTOVER_H

#include "executors/record.h"

/* Fills `end` for an attempt whose keeper is gone: from its end record, else as LOST,
 * after ending what is left of its processes, moving its metrics file to the trial's
 * folder and recording the loss. Of `start` the trial, attempt and slot count where the
 * journal has a start record, all of it where it has none. */
HONE_MUST_CHECK int hone_leftover_settle(const char *dir, const hone_start_record *start,
                                         hone_exit *end);

#endif
