/* What a command line names: a store, a sweep in it, a trial of the sweep.
 *
 *   hone_target_open   ...   hone_target_close
 *
 * The functions say what is wrong on stderr and return the exit status. */
#ifndef HONE_CLI_TARGET_H
#define HONE_CLI_TARGET_H

#include <stdint.h>

#include <hone/store.h>

#include "cli/argv.h"

struct target {
    hone_buf dir; /* the store's folder */
    hone_store *store;
    const hone_sweep_info *sweep; /* borrowed from the store; NULL: none was asked for */
    uint64_t trial;               /* 0: none was asked for */
};

/* The store alone. */
HONE_MUST_CHECK int hone_target_open_store(struct target *target,
                                           const struct args *args);
/* The store and the sweep that the first operand names, or the newest. */
HONE_MUST_CHECK int hone_target_open_sweep(struct target *target,
                                           const struct args *args);
/* The store and the sweep with this name or id; NULL is the newest. */
HONE_MUST_CHECK int hone_target_open_named(struct target *target, const struct args *args,
                                           const char *name);
/* The store, sweep and trial that the first operand names: SWEEP/NUMBER or NUMBER. */
HONE_MUST_CHECK int hone_target_open_trial(struct target *target,
                                           const struct args *args);
/* Also after a failed open. */
void hone_target_close(struct target *target);

#endif
