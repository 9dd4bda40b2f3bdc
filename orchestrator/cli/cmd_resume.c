/* hone resume: go on with an interrupted sweep, from the store alone. */
#include <stdlib.h>
#include <string.h>

#include <hone/sweep.h>

#include "cli/argv.h"
#include "cli/cmd_run.h"
#include "cli/command.h"
#include "cli/exit.h"
#include "cli/out.h"
#include "cli/spec_file.h"
#include "cli/steer.h"
#include "cli/target.h"

enum { MAX_CONCURRENCY = 100000 };

/* Runs the recorded spec under the recorded name. */
static int go_on(const struct args *args, const hone_spec *spec, const char *dir,
                 const char *name)
{
    int status = hone_cli_spec_admit(spec, FOR_RUNNING);
    if (status != EXIT_DONE) {
        return status;
    }
    struct run_request request = {
        .spec = spec,
        .options = {.store = dir,
                    .name = name,
                    .concurrency = (uint32_t)hone_args_count(args, "concurrency", 0),
                    .retry_failed = hone_args_has(args, "retry-failed"),
                    .on_exit = hone_cli_on_exit(args)},
        .given_store = hone_args_text(args, "store"),
        .verbosity = hone_args_has(args, "quiet") ? QUIET : VERBOSE,
        .resuming = true};
    return hone_cli_run_sweep(&request);
}

static int run(const struct args *args)
{
    struct target target;
    hone_spec *spec = NULL;
    char *name = NULL;
    hone_error err = {.code = 0};
    int status = hone_target_open_sweep(&target, args);
    if (status != EXIT_DONE) {
        goto done;
    }
    if (target.sweep->live) {
        status = hone_cli_steer(&target, FORM_TEXT,
                                &(hone_control_request){.kind = HONE_CONTROL_RESUME});
        goto done;
    }
    name = strdup(target.sweep->name);
    int rc = name == NULL ? HONE_ENOMEM
                          : hone_spec_read(target.sweep->spec_path, target.sweep->spec,
                                           strlen(target.sweep->spec), &spec, &err);
    if (rc != HONE_OK && spec == NULL) {
        status = hone_exit_error(&err, rc);
        goto done;
    }
    hone_store_close(target.store); /* the writer is alone with its connection */
    target.store = NULL;
    status = go_on(args, spec, hone_buf_text(&target.dir), name);
done:
    hone_spec_free(spec);
    free(name);
    hone_target_close(&target);
    return status;
}

static const hone_option options_table[] = {
    {.name = "concurrency",
     .letter = 'j',
     .type = HONE_OPTION_INT,
     .min = 1,
     .max = MAX_CONCURRENCY,
     .placeholder = "N",
     .text = "trials at a time; default: the spec's, else the processors at hand"},
    {.name = "retry-failed",
     .type = HONE_OPTION_FLAG,
     .text = "run the trials that failed once more"},
    {.name = "on-exit",
     .type = HONE_OPTION_CHOICE,
     .choices = "keep|kill",
     .fallback = "keep",
     .placeholder = "keep|kill",
     .text = "what becomes of running trials if hone itself is killed"},
    {.name = "quiet",
     .letter = 'q',
     .type = HONE_OPTION_FLAG,
     .text = "no progress, only messages and the result"},
    OPTION_STORE,
    OPTION_END};

const struct command hone_cmd_resume = {
    .name = "resume",
    .synopsis = "[SWEEP]",
    .summary = "go on with an interrupted sweep by its recorded spec",
    .options = options_table,
    .operands = OPERAND_SWEEP,
    .max_operands = 1,
    .details =
        "The spec's file is not needed: its text is in the store. Where the sweep "
        "is running already it goes on where it was paused, and the exit status is 0.",
    .run = run};
