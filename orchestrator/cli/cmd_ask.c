/* hone ask: trials for a loop of the user's own. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <hone/ask.h>
#include <hone/export.h>
#include <hone/store.h>

#include "cli/argv.h"
#include "cli/command.h"
#include "cli/exit.h"
#include "cli/out.h"
#include "cli/render.h"
#include "cli/spec_file.h"
#include "cli/target.h"

enum { MAX_LINE = 1024 * 1024, MAX_ASKED = 100000 };

struct printer {
    struct out out;
    enum form form;
    uint64_t n;
};

static void print_trial(void *arg, const hone_asked *trial)
{
    struct printer *printer = arg;
    hone_buf line;
    hone_buf_init(&line, MAX_LINE);
    if (printer->form == FORM_JSON) {
        hone_json json;
        hone_json_init(&json, &line);
        hone_json_begin_object(&json);
        hone_json_key(&json, "trial");
        hone_json_int(&json, (int64_t)trial->trial);
        hone_json_key(&json, "params");
        hone_params_write_json(&json, trial->n_params, trial->params);
        hone_json_end(&json);
    } else {
        hone_buf_printf(&line, "trial %llu  ", (unsigned long long)trial->trial);
        hone_render_params(&line, trial->n_params, trial->params);
    }
    hone_buf_putc(&line, '\n');
    hone_out_buf(&printer->out, &line);
    hone_out_flush(&printer->out);
    hone_buf_release(&line);
    printer->n++;
}

static void say_line(void *arg, const char *line)
{
    (void)arg;
    hone_say("%s", line);
}

static int ask(const struct args *args, const hone_spec *spec, const char *store,
               const char *name)
{
    struct printer printer = {.form = hone_args_form(args)};
    hone_error err = {.code = 0};
    hone_ask_end end = HONE_ASK_ALL;
    if (hone_out_open(&printer.out, NULL, NULL) != HONE_OK) {
        return EXIT_FAILED;
    }
    hone_ask_options options = {.store = store,
                                .name = name,
                                .n = hone_args_count(args, "trials", 1),
                                .given = print_trial,
                                .said = say_line,
                                .arg = &printer};
    int rc = hone_ask(spec, &options, &end, &err);
    int status = rc == HONE_OK ? EXIT_DONE : hone_exit_error(&err, rc);
    if (rc == HONE_OK && end == HONE_ASK_WAITS) {
        hone_say("what comes next depends on results: hone tell");
    } else if (rc == HONE_OK && end == HONE_ASK_DONE) {
        hone_say("nothing is left to be tried");
    }
    if (rc == HONE_OK && printer.n == 0) {
        status = EXIT_FAILED;
    }
    return hone_out_close(&printer.out, status);
}

/* The recorded spec, under the recorded name. */
static int ask_sweep(const struct args *args)
{
    struct target target;
    hone_spec *spec = NULL;
    char *name = NULL;
    int status = hone_target_open_sweep(&target, args);
    if (status == EXIT_DONE) {
        hone_error err = {.code = 0};
        name = strdup(target.sweep->name);
        int rc = name == NULL
                     ? HONE_ENOMEM
                     : hone_spec_read(target.sweep->spec_path, target.sweep->spec,
                                      strlen(target.sweep->spec), &spec, &err);
        status = rc == HONE_OK ? EXIT_DONE : hone_exit_error(&err, rc);
    }
    hone_store_close(target.store);
    target.store = NULL;
    if (status == EXIT_DONE) {
        status = ask(args, spec, hone_buf_text(&target.dir), name);
    }
    hone_spec_free(spec);
    free(name);
    hone_target_close(&target);
    return status;
}

/* A file, or what can be nothing else, so that it is missed as one. */
static bool is_spec(const char *operand)
{
    const char *dot = strrchr(operand, '.');
    return strcmp(operand, "-") == 0 || strchr(operand, '/') != NULL ||
           (dot != NULL && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0)) ||
           access(operand, F_OK) == 0;
}

static int run(const struct args *args)
{
    const char *operand = hone_args_operand(args, 0);
    if (operand == NULL || !is_spec(operand)) {
        return ask_sweep(args);
    }
    hone_spec *spec;
    hone_buf dir;
    int status = hone_cli_spec_load(operand, FOR_ASKING, &spec);
    if (status != EXIT_DONE) {
        return status;
    }
    hone_buf_init(&dir, MAX_LINE);
    hone_store_find_dir(&dir, hone_args_text(args, "store"));
    status = ask(args, spec, hone_buf_text(&dir), hone_args_text(args, "name"));
    hone_buf_release(&dir);
    hone_spec_free(spec);
    return status;
}

static const hone_option options_table[] = {
    {.name = "trials",
     .letter = 'n',
     .type = HONE_OPTION_INT,
     .min = 1,
     .max = MAX_ASKED,
     .placeholder = "K",
     .text = "how many; default: 1"},
    {.name = "name",
     .type = HONE_OPTION_TEXT,
     .placeholder = "NAME",
     .text = "name of a SPEC's sweep in the store; default: the spec's"},
    OPTION_JSON,
    OPTION_STORE,
    OPTION_END};

const struct command hone_cmd_ask = {
    .name = "ask",
    .synopsis = "[SPEC|SWEEP]",
    .summary = "get trials from a strategy, for a loop of your own",
    .options = options_table,
    .operands = "SPEC\tthe sweep's YAML file; it needs no command\n"
                "SWEEP\tname or id of a sweep; default: the newest\n",
    .max_operands = 1,
    .details =
        "Each trial is recorded as running and printed in a line, with --json "
        "{\"trial\",\"params\"}. It is yours from then on: run it wherever you like, and "
        "say with hone tell what it came to. It is never taken for lost; hone run and "
        "hone resume leave it alone, and hone kill gives it up. Between two calls "
        "nothing runs: the strategy is built anew from the record each time.\n\n"
        "Exit status: 0 at least one trial was given, 1 nothing is left or nothing comes "
        "before results are told, 2 the spec is wrong, 3 the store cannot be used: "
        "another hone runs the sweep. (One that asks or tells is waited for.)",
    .run = run};
