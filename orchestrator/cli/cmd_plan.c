/* hone plan: what a spec would run, lazily. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hone/export.h>
#include <hone/plan.h>

#include "cli/argv.h"
#include "cli/cmd_plan.h"
#include "cli/command.h"
#include "cli/exit.h"
#include "cli/out.h"
#include "cli/render.h"
#include "cli/spec_file.h"

enum { MAX_LINE = 64 * 1024 * 1024 };

struct printer {
    const hone_spec *spec;
    hone_param_value *params; /* owned: room for the space's */
    hone_buf argv, line;
    struct out out;
};

static const char *get_env(void *arg, const char *name)
{
    (void)arg;
    return getenv(name);
}

uint32_t hone_cli_plan_params(const hone_space *space, const hone_config *config,
                              hone_param_value *params)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < space->n; i++) {
        if (config->values[i].kind != HONE_ABSENT) {
            params[n++] = (hone_param_value){.name = space->params[i].name,
                                             .path = space->params[i].path,
                                             .depth = space->params[i].depth,
                                             .value = config->values[i]};
        }
    }
    return n;
}

/* The argument list into printer->argv; *n is 0 where the spec has no command. */
static int expand(struct printer *printer, const hone_config *config, uint32_t *n)
{
    hone_command_context context = {.params_json_file = "args.json", .getenv = get_env};
    hone_error err = {.code = 0};
    hone_buf_reset(&printer->argv);
    *n = 0;
    if (printer->spec->command == NULL) {
        return EXIT_DONE;
    }
    int rc = hone_command_expand(printer->spec->command, printer->spec->space, config,
                                 &context, &printer->argv, n);
    if (rc == HONE_OK) {
        rc = hone_buf_status(&printer->argv);
    }
    return rc == HONE_OK ? EXIT_DONE : hone_exit_error(&err, rc);
}

static void put_json(struct printer *printer, uint32_t n_params, uint32_t n_args)
{
    hone_json json;
    const char *arg = hone_buf_text(&printer->argv);
    hone_json_init(&json, &printer->line);
    hone_json_begin_object(&json);
    hone_json_key(&json, "params");
    hone_params_write_json(&json, n_params, printer->params);
    hone_json_key(&json, "argv");
    hone_json_begin_array(&json);
    for (uint32_t i = 0; i < n_args; i++) {
        hone_json_text(&json, arg);
        arg += strlen(arg) + 1;
    }
    hone_json_end(&json);
    hone_json_end(&json);
}

/* The command line, quoted for a shell; without a command, the parameters. */
static void put_plain(struct printer *printer, uint32_t n_params, uint32_t n_args)
{
    const char *arg = hone_buf_text(&printer->argv);
    for (uint32_t i = 0; i < n_args; i++) {
        hone_buf_puts(&printer->line, i > 0 ? " " : "");
        hone_shell_quote(&printer->line, arg);
        arg += strlen(arg) + 1;
    }
    if (n_args == 0) {
        hone_render_params(&printer->line, n_params, printer->params);
    }
}

/* Prints until the end, the limit, or nobody wants more. */
static int print_all(struct printer *printer, hone_plan *plan,
                     const struct plan_options *options)
{
    int status = EXIT_DONE;
    bool waits = false, wanted = true;
    for (uint64_t i = 0; i < options->limit && wanted && status == EXIT_DONE; i++) {
        const hone_config *config;
        uint32_t n_args;
        int rc = hone_plan_next(plan, &config, &waits);
        if (rc != HONE_OK) {
            return hone_exit_error(&(hone_error){.code = 0}, rc);
        }
        if (config == NULL) {
            break;
        }
        uint32_t n = hone_cli_plan_params(printer->spec->space, config, printer->params);
        status = expand(printer, config, &n_args);
        if (status == EXIT_DONE && options->json) {
            put_json(printer, n, n_args);
        } else if (status == EXIT_DONE) {
            put_plain(printer, n, n_args);
        }
        hone_buf_putc(&printer->line, '\n');
        wanted = hone_out_buf(&printer->out, &printer->line);
    }
    if (waits && wanted) {
        hone_say("what comes next depends on results");
    }
    return status;
}

static int print_plan(const hone_spec *spec, hone_plan *plan,
                      const struct plan_options *options)
{
    struct printer printer = {.spec = spec};
    hone_error err = {.code = 0};
    printer.params = calloc(spec->space->n + 1u, sizeof *printer.params);
    if (printer.params == NULL) {
        return hone_exit_error(&err, HONE_ENOMEM);
    }
    int rc = hone_out_open(&printer.out, NULL, &err);
    if (rc != HONE_OK) {
        free(printer.params);
        return hone_exit_error(&err, rc);
    }
    hone_buf_init(&printer.argv, MAX_LINE);
    hone_buf_init(&printer.line, MAX_LINE);
    int status = hone_out_close(&printer.out, print_all(&printer, plan, options));
    hone_buf_release(&printer.argv);
    hone_buf_release(&printer.line);
    free(printer.params);
    return status;
}

static int make_plan(const hone_spec *spec, hone_plan **plan)
{
    hone_error err = {.code = 0};
    int rc = hone_plan_make(spec, plan, &err);
    if (rc == HONE_OK) {
        return EXIT_DONE;
    }
    /* It starts with FILE:LINE:COLUMN, like every message about a spec. */
    fprintf(stderr, "%s\n", err.text[0] != '\0' ? err.text : hone_error_text(rc));
    return hone_exit_status(rc);
}

int hone_cli_plan_print(const hone_spec *spec, const struct plan_options *options)
{
    hone_plan *plan = NULL;
    int status = make_plan(spec, &plan);
    if (status == EXIT_DONE) {
        status = print_plan(spec, plan, options);
    }
    hone_plan_free(plan);
    return status;
}

static int print_count(const hone_spec *spec)
{
    hone_plan *plan = NULL;
    struct out out;
    char text[32] = "inf\n";
    int status = make_plan(spec, &plan);
    if (status == EXIT_DONE && hone_out_open(&out, NULL, NULL) == HONE_OK) {
        uint64_t n = hone_plan_count(plan);
        if (n != UINT64_MAX) {
            snprintf(text, sizeof text, "%llu\n", (unsigned long long)n);
        }
        hone_out_write(&out, text, strlen(text));
        status = hone_out_close(&out, status);
    }
    hone_plan_free(plan);
    return status;
}

static int run(const struct args *args)
{
    hone_spec *spec;
    int status = hone_cli_spec_load(args->operands[0], FOR_READING, &spec);
    if (status != EXIT_DONE) {
        return status;
    }
    if (hone_args_has(args, "count")) {
        status = print_count(spec);
    } else {
        struct plan_options options = {.json = hone_args_has(args, "json"),
                                       .limit =
                                           hone_args_count(args, "limit", UINT64_MAX)};
        status = hone_cli_plan_print(spec, &options);
    }
    hone_spec_free(spec);
    return status;
}

static const hone_option options_table[] = {
    {.name = "count",
     .letter = 'c',
     .type = HONE_OPTION_FLAG,
     .text = "print the number of trials alone; inf where there is no end"},
    {.name = "json",
     .type = HONE_OPTION_FLAG,
     .text = "print a JSON object a line: {\"params\":{},\"argv\":[]}"},
    {.name = "limit",
     .letter = 'n',
     .type = HONE_OPTION_INT,
     .min = 0,
     .max = 9e15,
     .placeholder = "N",
     .text = "print N configurations at most"},
    OPTION_END};

const struct command hone_cmd_plan = {
    .name = "plan",
    .synopsis = "SPEC",
    .summary = "print what a sweep would run, a command line each",
    .options = options_table,
    .operands = OPERAND_SPEC,
    .min_operands = 1,
    .max_operands = 1,
    .details = "Nothing is computed ahead: of a grid of any size the first lines come at "
               "once. What a method learns from results cannot be planned; its first "
               "trials can.",
    .run = run};
