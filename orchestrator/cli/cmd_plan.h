/* What a spec would run: what `plan` and `run --dry-run` share. */
#ifndef HONE_CLI_CMD_PLAN_H
#define HONE_CLI_CMD_PLAN_H

#include <hone/spec.h>
#include <hone/trial.h>

struct plan_options {
    bool json;
    uint64_t limit; /* configurations at most */
};

/* Prints a configuration a line; returns the exit status. */
int hone_cli_plan_print(const hone_spec *spec, const struct plan_options *options);

/* Parameters of a configuration, absent ones left out, into `params`, which has room for
 * space->n. Returns how many. They borrow from the space and the configuration. */
uint32_t hone_cli_plan_params(const hone_space *space, const hone_config *config,
                              hone_param_value *params);

#endif
