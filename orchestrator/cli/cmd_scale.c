/* hone scale: another number of trials at a time. */
#include "cli/command.h"
#include "cli/exit.h"
#include "cli/steer.h"

enum { MAX_CONCURRENCY = 100000 };

static int run(const struct args *args)
{
    const char *count = hone_args_operand(args, args->n_operands - 1);
    const char *sweep = args->n_operands > 1 ? hone_args_operand(args, 0) : NULL;
    hone_value value = hone_value_from_plain(count);
    if (value.kind != HONE_INT || value.integer < 1 || value.integer > MAX_CONCURRENCY) {
        return hone_exit_wrong("'%s' is no number of trials; say 1 to %d", count,
                               MAX_CONCURRENCY);
    }
    hone_control_request request = {.kind = HONE_CONTROL_SCALE,
                                    .concurrency = (uint32_t)value.integer};
    return hone_cli_steer_sweep(args, sweep, &request);
}

static const hone_option options_table[] = {OPTION_JSON, OPTION_STORE, OPTION_END};

const struct command hone_cmd_scale = {
    .name = "scale",
    .synopsis = "[SWEEP] N",
    .summary = "run another number of trials at a time",
    .options = options_table,
    .operands = OPERAND_SWEEP "N\ttrials at a time from now on\n",
    .min_operands = 1,
    .max_operands = 2,
    .details =
        "Trials that run beyond a smaller number go on to their end. The number holds "
        "as long as this orchestrator runs the sweep.\n\n"
        "Exit status: 0 done, 1 the sweep is not running, or has no room for that "
        "many.",
    .run = run};
