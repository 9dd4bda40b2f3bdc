/* Running a spec: what `run` and `resume` share. */
#ifndef HONE_CLI_CMD_RUN_H
#define HONE_CLI_CMD_RUN_H

#include <hone/sweep.h>

/* Runs `spec` with progress on stderr and the result on stdout; returns the exit status.
 * The observer and the signals of `options` are filled here. */
int hone_cli_run_sweep(const hone_spec *spec, hone_sweep_options *options, bool quiet);

#endif
