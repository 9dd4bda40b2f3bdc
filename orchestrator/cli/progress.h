/* The progress of a sweep on stderr: a block of two lines drawn in place on a terminal,
 * plain lines elsewhere. */
#ifndef HONE_CLI_PROGRESS_H
#define HONE_CLI_PROGRESS_H

#include <hone/sweep.h>

#include "cli/term.h"

enum verbosity { VERBOSE, QUIET /* messages alone */ };

struct progress {
    struct term term;
    FILE *stream; /* borrowed */
    enum verbosity verbosity;
    int drawn;          /* lines of the block on the screen */
    uint64_t best_said; /* the last best that was a line, its trial */
    double spell_s;     /* elapsed_s at which the present spell began */
    uint32_t n_lines;   /* lines in this spell, and the trials that had no line */
    uint64_t n_unsaid;
};

void hone_progress_init(struct progress *progress, FILE *stream,
                        enum verbosity verbosity);
/* Fills the callbacks; `progress` is borrowed for the observer's life. */
void hone_progress_observe(struct progress *progress, hone_sweep_observer *observer);
/* Takes the block off the screen. */
void hone_progress_clear(struct progress *progress);

/* "12/24 · 2 running · 1 failed", without colour. */
void hone_progress_counts(hone_buf *out, const uint64_t counts[HONE_N_STATUSES],
                          uint64_t planned);
/* The trials that have ended. */
uint64_t hone_progress_ended(const uint64_t counts[HONE_N_STATUSES]);

#endif
