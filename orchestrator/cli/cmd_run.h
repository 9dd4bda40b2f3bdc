/* Running a spec: what `run` and `resume` share. */
#ifndef HONE_CLI_CMD_RUN_H
#define HONE_CLI_CMD_RUN_H

#include <hone/sweep.h>

#include "cli/argv.h"
#include "cli/progress.h"

struct run_request {
    const hone_spec *spec;
    hone_sweep_options options; /* observer and signals are filled by the run */
    const char *given_store; /* what --store said, for the line that goes on; or NULL */
    enum verbosity verbosity;
    bool resuming; /* a sweep that runs elsewhere already is what was asked for */
};

/* What --on-exit says. */
hone_on_exit hone_cli_on_exit(const struct args *args);

/* Runs with progress on stderr and the result on stdout; returns the exit status. */
int hone_cli_run_sweep(struct run_request *request);

#endif
