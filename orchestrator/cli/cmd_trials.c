/* hone trials: the table of a sweep's trials. */
#include "cli/command.h"
#include "cli/exit.h"
#include "cli/listing.h"
#include "cli/target.h"
#include "cli/term.h"

static int list(const struct target *target, const struct args *args)
{
    struct out out;
    struct term term;
    hone_term_inspect(&term, stdout);
    struct listing listing = {.form = hone_args_has(args, "json")  ? FORM_JSON
                                      : hone_args_has(args, "csv") ? FORM_CSV
                                                                   : FORM_TEXT,
                              .columns = hone_args_text(args, "columns"),
                              .where = hone_args_text(args, "where"),
                              .sort = hone_args_text(args, "sort"),
                              .limit = hone_args_count(args, "limit", UINT64_MAX),
                              .width = term.width};
    if (hone_out_open(&out, NULL, NULL) != HONE_OK) {
        return EXIT_FAILED;
    }
    return hone_out_close(
        &out, hone_listing_write(target->store, target->sweep, &listing, &out));
}

static int run(const struct args *args)
{
    struct target target;
    if (hone_args_has(args, "json") && hone_args_has(args, "csv")) {
        return hone_exit_wrong("--json and --csv cannot both be; say one");
    }
    int status = hone_target_open_sweep(&target, args);
    if (status == EXIT_DONE) {
        status = list(&target, args);
    }
    hone_target_close(&target);
    return status;
}

static const hone_option options_table[] = {
    {.name = "where",
     .letter = 'w',
     .type = HONE_OPTION_TEXT,
     .placeholder = "EXPR",
     .text = "only the trials for which an expression is true"},
    {.name = "sort",
     .type = HONE_OPTION_TEXT,
     .placeholder = "COLUMN",
     .text = "order by a column; -COLUMN: descending"},
    {.name = "columns",
     .type = HONE_OPTION_TEXT,
     .placeholder = "A,B,...",
     .text = "the columns to print, by name"},
    {.name = "limit",
     .letter = 'n',
     .type = HONE_OPTION_INT,
     .min = 0,
     .max = 9e15,
     .placeholder = "N",
     .text = "print N trials at most"},
    {.name = "json",
     .type = HONE_OPTION_FLAG,
     .text = "print one JSON array of objects, with every field"},
    {.name = "csv", .type = HONE_OPTION_FLAG, .text = "print CSV, with every column"},
    OPTION_STORE,
    OPTION_END};

const struct command hone_cmd_trials = {
    .name = "trials",
    .synopsis = "[SWEEP]",
    .summary = "the table of trials",
    .options = options_table,
    .operands = OPERAND_SWEEP,
    .max_operands = 1,
    .details =
        "Columns are number, status, reason, each parameter, each metric, objective, "
        "attempts, exit_code, signal, started_at, ended_at, duration, cpu_time and "
        "max_rss. Where two would have the same name they are params.NAME and "
        "metrics.NAME.\n\n"
        "An expression compares columns, parameters and metrics: --where 'lr < 0.1 and "
        "status == \"completed\"'; names that are no plain words stand in backquotes.\n\n"
        "Times are UTC, durations seconds, sizes bytes. On a terminal lines are cut to "
        "its width, in a pipe never.",
    .run = run};
