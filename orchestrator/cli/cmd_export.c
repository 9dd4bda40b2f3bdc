/* hone export: a sweep in a format that other programs read. */
#include <string.h>

#include <hone/export.h>

#include "cli/command.h"
#include "cli/exit.h"
#include "cli/nearest.h"
#include "cli/out.h"
#include "cli/out_folder.h"
#include "cli/target.h"

enum { END_EXPORT = 1, MAX_NAMES = 1024 };

static int write_bytes(void *arg, const char *bytes, size_t len)
{
    return hone_out_write(arg, bytes, len) ? HONE_OK : END_EXPORT;
}

static int refuse_format(const char *name)
{
    hone_buf names;
    struct nearest nearest = {.wanted = name};
    hone_buf_init(&names, MAX_NAMES);
    for (uint32_t i = 0; hone_sink_at(i) != NULL; i++) {
        hone_cli_nearest_offer(&nearest, hone_sink_at(i)->name);
        hone_buf_printf(&names, "%s%s", i > 0 ? ", " : "", hone_sink_at(i)->name);
    }
    if (nearest.name != NULL) {
        hone_exit_wrong("there is no format %s; did you mean %s?", name, nearest.name);
    } else {
        hone_exit_wrong("there is no format %s; there are %s", name,
                        hone_buf_text(&names));
    }
    hone_buf_release(&names);
    return EXIT_WRONG;
}

static int export_sweep(const struct target *target, const hone_sink *sink,
                        const char *path)
{
    struct out out;
    hone_error err = {.code = 0};
    int rc = hone_out_open(&out, path, &err);
    if (rc != HONE_OK) {
        return hone_exit_error(&err, rc);
    }
    rc = sink->run(target->store, target->sweep, write_bytes, &out, &err);
    /* An output that failed is the output's to tell. */
    bool failed = rc != HONE_OK && rc != END_EXPORT;
    return hone_out_close(&out, failed ? hone_exit_error(&err, rc) : EXIT_DONE);
}

static int export_folder(const struct target *target, const hone_sink *sink,
                         const char *path)
{
    struct out_folder out;
    hone_error err = {.code = 0};
    int rc = hone_out_folder_open(&out, path, &err);
    if (rc != HONE_OK) {
        return hone_exit_error(&err, rc);
    }
    rc = sink->run_folder(target->store, target->sweep, out.temp, &err);
    return hone_out_folder_close(&out,
                                 rc != HONE_OK ? hone_exit_error(&err, rc) : EXIT_DONE);
}

static int run(const struct args *args)
{
    struct target target;
    const char *format = hone_args_text(args, "to");
    const char *path = hone_args_text(args, "output");
    if (format == NULL) {
        return hone_exit_wrong(
            "export needs a format: --to csv, json, jsonl, yaml, tensorboard");
    }
    const hone_sink *sink = hone_sink_find(format);
    if (sink == NULL) {
        return refuse_format(format);
    }
    if (sink->run_folder != NULL && path == NULL) {
        return hone_exit_wrong("--to %s makes a folder; name it by -o", sink->name);
    }
    int status = hone_target_open_sweep(&target, args);
    if (status == EXIT_DONE && sink->run_folder != NULL) {
        status = export_folder(&target, sink, path);
    } else if (status == EXIT_DONE) {
        status = export_sweep(&target, sink, path);
    }
    hone_target_close(&target);
    return status;
}

static const hone_option options_table[] = {
    {.name = "to",
     .letter = 't',
     .type = HONE_OPTION_TEXT,
     .placeholder = "FORMAT",
     .text =
         "csv, json (as trials --json), jsonl (one object a line), yaml, or tensorboard "
         "(a log folder)"},
    {.name = "output",
     .letter = 'o',
     .type = HONE_OPTION_TEXT,
     .placeholder = "PATH",
     .text = "write to a file, or for tensorboard a new folder, whole or not at all; "
             "default: standard output"},
    OPTION_STORE,
    OPTION_END};

const struct command hone_cmd_export = {
    .name = "export",
    .synopsis = "[SWEEP]",
    .summary = "write a sweep in a format that other programs read",
    .options = options_table,
    .operands = OPERAND_SWEEP,
    .max_operands = 1,
    .details =
        "`tensorboard --logdir PATH` shows every curve, and in its HParams tab each "
        "trial "
        "with its parameters and last values; hone/objective is what counts for a trial, "
        "hone.status what became of it. A folder is for one sweep: TensorBoard takes the "
        "columns of its table from one.",
    .run = run};
