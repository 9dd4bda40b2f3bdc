/* hone run: launch a sweep, or go on with it. */
#include <stdio.h>
#include <string.h>

#include <hone/sweep.h>

#include "cli/argv.h"
#include "cli/cmd_plan.h"
#include "cli/cmd_run.h"
#include "cli/command.h"
#include "cli/exit.h"
#include "cli/out.h"
#include "cli/progress.h"
#include "cli/render.h"
#include "cli/spec_file.h"

enum { MAX_RESULT = 1024 * 1024, SIGNAL_STATUS = 128, MAX_CONCURRENCY = 100000 };

struct result {
    hone_buf line;
};

static int put_best(void *arg, const hone_trial_info *trial)
{
    struct result *result = arg;
    hone_buf_puts(&result->line, " \xc2\xb7 best ");
    hone_render_real(&result->line, trial->objective);
    hone_buf_printf(&result->line, " (trial %llu: ", (unsigned long long)trial->number);
    hone_render_params(&result->line, trial->n_params, trial->params);
    hone_buf_putc(&result->line, ')');
    return HONE_OK;
}

/* The best from the record, as it is on disk; without one, nothing is added. */
static void find_best(struct result *result, const char *dir, const char *name)
{
    hone_buf found;
    hone_store *store = NULL;
    const hone_sweep_info *sweep;
    hone_buf_init(&found, MAX_RESULT);
    hone_store_find_dir(&found, dir);
    if (hone_store_open(hone_buf_text(&found), &store, NULL) == HONE_OK &&
        hone_store_sweep(store, name, &sweep, NULL) == HONE_OK &&
        hone_store_best(store, sweep->id, 1, put_best, result, NULL) != HONE_OK) {
        hone_say("the best trial cannot be read from the store");
    }
    hone_store_close(store);
    hone_buf_release(&found);
}

/* "demo: 24/24 completed ..." on stdout. */
static int print_result(const hone_sweep_outcome *outcome, const char *dir, int status)
{
    struct result result;
    struct out out;
    if (hone_out_open(&out, NULL, NULL) != HONE_OK) {
        return EXIT_FAILED;
    }
    hone_buf_init(&result.line, MAX_RESULT);
    hone_buf_printf(&result.line, "%s: ", outcome->name);
    bool first = true;
    for (int i = 0; i < HONE_N_STATUSES; i++) {
        if (outcome->counts[i] > 0) {
            hone_buf_printf(&result.line, "%s%llu %s", first ? "" : " \xc2\xb7 ",
                            (unsigned long long)outcome->counts[i],
                            hone_status_text((hone_status)i));
            first = false;
        }
    }
    hone_buf_puts(&result.line, first ? "no trials" : "");
    find_best(&result, dir, outcome->name);
    hone_buf_putc(&result.line, '\n');
    hone_out_buf(&out, &result.line);
    hone_buf_release(&result.line);
    return hone_out_close(&out, status);
}

static int judge(const hone_sweep_outcome *outcome)
{
    if (outcome->signal != 0) {
        return SIGNAL_STATUS + outcome->signal;
    }
    /* With a reason, it was not the user who ended it. */
    bool given_up = !outcome->complete && outcome->reason[0] != '\0';
    return outcome->counts[HONE_STATUS_FAILED] > 0 || given_up ? EXIT_FAILED : EXIT_DONE;
}

/* Says how to go on, where there is more to do. */
static void say_how_to_go_on(const hone_sweep_outcome *outcome, const char *dir)
{
    hone_buf line;
    if (outcome->complete) {
        return;
    }
    hone_buf_init(&line, MAX_RESULT);
    if (outcome->reason[0] != '\0') {
        hone_buf_printf(&line, "%s; ", outcome->reason);
    }
    hone_buf_puts(&line, "to go on: hone resume ");
    hone_shell_quote(&line, outcome->name);
    if (dir != NULL) {
        hone_buf_puts(&line, " --store ");
        hone_shell_quote(&line, dir);
    }
    hone_say("%s", hone_buf_status(&line) == HONE_OK ? hone_buf_text(&line)
                                                     : "to go on: hone resume");
    hone_buf_release(&line);
}

hone_on_exit hone_cli_on_exit(const struct args *args)
{
    return strcmp(hone_args_text(args, "on-exit"), "kill") == 0 ? HONE_ON_EXIT_KILL
                                                                : HONE_ON_EXIT_KEEP;
}

int hone_cli_run_sweep(struct run_request *request)
{
    struct progress progress;
    hone_error err = {.code = 0};
    hone_sweep_outcome outcome = {.complete = false};
    hone_progress_init(&progress, stderr, request->verbosity);
    hone_progress_observe(&progress, &request->options.observer);
    request->options.handle_signals = true;
    int rc = hone_sweep_run(request->spec, &request->options, &outcome, &err);
    hone_progress_clear(&progress);
    if (rc == HONE_EHELD && request->resuming) {
        hone_say("%s is running", request->options.name);
        return EXIT_DONE;
    }
    if (rc != HONE_OK) {
        return hone_exit_error(&err, rc);
    }
    int status = print_result(&outcome, request->options.store, judge(&outcome));
    say_how_to_go_on(&outcome, request->given_store);
    return status;
}

static int run(const struct args *args)
{
    hone_spec *spec;
    int status = hone_cli_spec_load(args->operands[0], FOR_RUNNING, &spec);
    if (status != EXIT_DONE) {
        return status;
    }
    if (hone_args_has(args, "dry-run")) {
        status = hone_cli_plan_print(spec, &(struct plan_options){.limit = UINT64_MAX});
    } else {
        hone_buf dir;
        hone_buf_init(&dir, MAX_RESULT);
        hone_store_find_dir(&dir, hone_args_text(args, "store"));
        struct run_request request = {
            .spec = spec,
            .options = {.store = hone_buf_text(&dir),
                        .name = hone_args_text(args, "name"),
                        .concurrency = (uint32_t)hone_args_count(args, "concurrency", 0),
                        .fresh = hone_args_has(args, "new"),
                        .retry_failed = hone_args_has(args, "retry-failed"),
                        .force = hone_args_has(args, "force"),
                        .on_exit = hone_cli_on_exit(args)},
            .given_store = hone_args_text(args, "store"),
            .verbosity = hone_args_has(args, "quiet") ? QUIET : VERBOSE};
        status = hone_cli_run_sweep(&request);
        hone_buf_release(&dir);
    }
    hone_spec_free(spec);
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
    {.name = "name",
     .type = HONE_OPTION_TEXT,
     .placeholder = "NAME",
     .text = "name of the sweep in the store; default: the spec's"},
    {.name = "dry-run",
     .letter = 'n',
     .type = HONE_OPTION_FLAG,
     .text = "print what would be run, a line each; start and write nothing"},
    {.name = "retry-failed",
     .type = HONE_OPTION_FLAG,
     .text = "run the trials that failed once more"},
    {.name = "new",
     .type = HONE_OPTION_FLAG,
     .text = "start a new sweep even where the store has one of this name"},
    {.name = "force",
     .type = HONE_OPTION_FLAG,
     .text = "go on with a sweep whose command, objective or environment has changed"},
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

const struct command hone_cmd_run = {
    .name = "run",
    .synopsis = "SPEC",
    .summary = "launch a sweep, or go on with it where the store has it",
    .options = options_table,
    .operands = OPERAND_SPEC,
    .min_operands = 1,
    .max_operands = 1,
    .details =
        "Only what is missing is run: a sweep that was interrupted goes on, one that is "
        "complete has nothing to do. Progress goes to stderr, the result to stdout.\n\n"
        "The first Ctrl-C starts no more trials and lets the running ones finish; the "
        "second ends them (SIGTERM, then SIGKILL), and they count as not run; the third "
        "kills at once. SIGTERM is the second Ctrl-C. The exit status is then 130 or "
        "143, "
        "and the line that goes on is printed.\n\n"
        "Exit status: 0 complete, 1 a trial failed for good, 2 the spec is wrong, 3 the "
        "store cannot be used.",
    .run = run};
