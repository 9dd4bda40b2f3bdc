/* Steering a sweep from the command line: what pause, stop, scale, kill, add and resume
 * share. */
#ifndef HONE_CLI_STEER_H
#define HONE_CLI_STEER_H

#include <hone/control.h>

#include "cli/target.h"

/* Carries out the request on the target's sweep and prints what was done: one line, or
 * JSON. Returns the exit status. */
HONE_MUST_CHECK int hone_cli_steer(const struct target *target, enum form form,
                                   const hone_control_request *request);

/* The whole command for a sweep, which has --json: opens the store and the sweep with
 * this name (NULL: the newest), steers, closes. */
HONE_MUST_CHECK int hone_cli_steer_sweep(const struct args *args, const char *sweep,
                                         const hone_control_request *request);

#endif
