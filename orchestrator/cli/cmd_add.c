/* hone add: a configuration of the user's own. */
#include <string.h>

#include "cli/command.h"
#include "cli/exit.h"
#include "cli/steer.h"

static int run(const struct args *args)
{
    bool named = strchr(hone_args_operand(args, 0), '=') == NULL;
    uint32_t first = named ? 1 : 0, n = (uint32_t)args->n_operands - first;
    if (n > HONE_CONTROL_PARAMS_MAX) {
        return hone_exit_wrong("%u parameters are given; the limit is %d", n,
                               HONE_CONTROL_PARAMS_MAX);
    }
    hone_control_request request = {.kind = HONE_CONTROL_ADD,
                                    .n_params = n,
                                    .params =
                                        (const char *const *)args->operands + first};
    return hone_cli_steer_sweep(args, named ? hone_args_operand(args, 0) : NULL,
                                &request);
}

static const hone_option options_table[] = {OPTION_JSON, OPTION_STORE, OPTION_END};

const struct command hone_cmd_add = {
    .name = "add",
    .synopsis = "[SWEEP] NAME=VALUE...",
    .summary = "run a configuration of your own, as the next trial",
    .options = options_table,
    .operands = OPERAND_SWEEP "NAME=VALUE\ta parameter; nested ones with dots\n",
    .min_operands = 1,
    .max_operands = HONE_CONTROL_PARAMS_MAX + 1,
    .details =
        "Every parameter is given, except those that can have one value alone or do "
        "not exist in this configuration. The values have to lie in the spec's "
        "space. A configuration that the sweep has already is not run again: the "
        "trial that has it is named. Where the sweep is not running, the trial waits "
        "in the record for hone resume.\n\n"
        "Exit status: 0 done, 1 there is such a trial already, 2 a parameter is "
        "wrong.",
    .run = run};
