/* hone pause: start no more trials for now. */
#include "cli/command.h"
#include "cli/steer.h"

static int run(const struct args *args)
{
    hone_control_request request = {.kind = HONE_CONTROL_PAUSE};
    return hone_cli_steer_sweep(args, hone_args_operand(args, 0), &request);
}

static const hone_option options_table[] = {OPTION_JSON, OPTION_STORE, OPTION_END};

const struct command hone_cmd_pause = {
    .name = "pause",
    .synopsis = "[SWEEP]",
    .summary = "start no more trials of a running sweep for now",
    .options = options_table,
    .operands = OPERAND_SWEEP,
    .max_operands = 1,
    .details =
        "The trials that run go on to their end; hone resume starts more again. The "
        "pause ends with the orchestrator: a sweep that was stopped and is resumed "
        "is not paused.\n\n"
        "Exit status: 0 done, 1 the sweep is not running.",
    .run = run};
