/* hone kill: cancel one trial. */
#include "cli/command.h"
#include "cli/exit.h"
#include "cli/steer.h"

static int run(const struct args *args)
{
    struct target target;
    int status = hone_target_open_trial(&target, args);
    hone_control_request request = {.kind = HONE_CONTROL_KILL,
                                    .now = hone_args_has(args, "now"),
                                    .trial = target.trial};
    if (status == EXIT_DONE) {
        status = hone_cli_steer(&target, hone_args_form(args), &request);
    }
    hone_target_close(&target);
    return status;
}

static const hone_option options_table[] = {
    {.name = "now", .type = HONE_OPTION_FLAG, .text = "SIGKILL at once, without SIGTERM"},
    OPTION_JSON,
    OPTION_STORE,
    OPTION_END};

const struct command hone_cmd_kill = {
    .name = "kill",
    .synopsis = "TRIAL",
    .summary = "cancel one trial, whether it runs or waits",
    .options = options_table,
    .operands = OPERAND_TRIAL,
    .min_operands = 1,
    .max_operands = 1,
    .details =
        "A running trial is ended with its whole process tree: SIGTERM, and SIGKILL "
        "after the spec's grace. One that waits is never started. Either is "
        "cancelled then, and is not tried again. Of a sweep that is not running, a "
        "pending trial can be cancelled.\n\n"
        "Exit status: 0 done, 1 there is no such trial, or it has ended.",
    .run = run};
