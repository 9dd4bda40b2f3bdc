/* hone stop: end a running sweep, ready to go on later. */
#include <stdio.h>
#include <time.h>

#include "cli/command.h"
#include "cli/exit.h"
#include "cli/steer.h"

enum { LOOK_MS = 20 };

/* Until no orchestrator holds the sweep any more: it may be resumed then. */
static int wait_for_end(struct target *target)
{
    hone_error err = {.code = 0};
    char uid[32]; /* what the store has shown is overwritten by the next look */
    snprintf(uid, sizeof uid, "%s", target->sweep->uid);
    while (target->sweep->live) {
        nanosleep(&(struct timespec){.tv_nsec = LOOK_MS * 1000000L}, NULL);
        int rc = hone_store_sweep(target->store, uid, &target->sweep, &err);
        if (rc != HONE_OK) {
            return hone_exit_error(&err, rc);
        }
    }
    return EXIT_DONE;
}

static int run(const struct args *args)
{
    struct target target;
    hone_control_request request = {.kind = HONE_CONTROL_STOP,
                                    .now = hone_args_has(args, "now")};
    int status = hone_target_open_sweep(&target, args);
    if (status == EXIT_DONE) {
        status = hone_cli_steer(&target, hone_args_form(args), &request);
    }
    if (status == EXIT_DONE && hone_args_has(args, "wait")) {
        status = wait_for_end(&target);
    }
    hone_target_close(&target);
    return status;
}

static const hone_option options_table[] = {
    {.name = "now",
     .type = HONE_OPTION_FLAG,
     .text =
         "end the running trials, too (SIGTERM, then SIGKILL); they count as not run"},
    {.name = "wait",
     .type = HONE_OPTION_FLAG,
     .text = "return when the sweep has ended, and can be resumed"},
    OPTION_JSON,
    OPTION_STORE,
    OPTION_END};

const struct command hone_cmd_stop = {
    .name = "stop",
    .synopsis = "[SWEEP]",
    .summary = "end a running sweep, ready to go on later",
    .options = options_table,
    .operands = OPERAND_SWEEP,
    .max_operands = 1,
    .details =
        "Like the first Ctrl-C: no more trials are started, the running ones finish. "
        "With --now like the second; --now once more kills at once. hone resume goes "
        "on. Where the sweep is not running there is nothing to do, and the exit "
        "status is 0.",
    .run = run};
