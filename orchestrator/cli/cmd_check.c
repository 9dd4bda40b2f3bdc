/* hone check: everything that is wrong with a spec. */
#include <stdio.h>

#include <hone/export.h>
#include <hone/plan.h>

#include "cli/argv.h"
#include "cli/command.h"
#include "cli/exit.h"
#include "cli/out.h"
#include "cli/spec_file.h"

enum { MAX_TEXT = 16 * 1024 * 1024 };

static const char *severity_text(hone_severity severity)
{
    switch (severity) {
    case HONE_SEVERITY_ERROR:
        return "error";
    case HONE_SEVERITY_UNSUPPORTED:
        return "unsupported";
    case HONE_SEVERITY_UNRUNNABLE:
        return "unrunnable";
    case HONE_SEVERITY_WARNING:
    default:
        return "warning";
    }
}

static bool has_errors(const hone_spec *spec)
{
    struct pattern_fault fault;
    for (uint32_t i = 0; i < spec->n_rules; i++) {
        if (hone_cli_pattern_fault(spec, i, &fault)) {
            return true;
        }
    }
    for (uint32_t i = 0; i < spec->diagnostics.n; i++) {
        if (spec->diagnostics.items[i].severity == HONE_SEVERITY_ERROR) {
            return true;
        }
    }
    return false;
}

static void put_diagnostic(hone_json *json, const char *path,
                           const hone_diagnostic *diagnostic)
{
    hone_json_begin_object(json);
    hone_json_key(json, "severity");
    hone_json_text(json, severity_text(diagnostic->severity));
    hone_json_key(json, "file");
    hone_json_text(json, path);
    hone_json_key(json, "line");
    hone_json_int(json, diagnostic->line);
    hone_json_key(json, "column");
    hone_json_int(json, diagnostic->column);
    hone_json_key(json, "width");
    hone_json_int(json, diagnostic->width);
    hone_json_key(json, "text");
    hone_json_text(json, diagnostic->text);
    hone_json_key(json, "source");
    hone_json_text(json, diagnostic->source);
    hone_json_end(json);
}

/* The list, and after it what only binding the method to the space brings out. */
static void put_list(hone_buf *text, const hone_spec *spec, const hone_error *planning)
{
    hone_json json;
    hone_json_init(&json, text);
    hone_json_begin_array(&json);
    for (uint32_t i = 0; i < spec->diagnostics.n; i++) {
        put_diagnostic(&json, spec->path, &spec->diagnostics.items[i]);
    }
    for (uint32_t i = 0; i < spec->n_rules; i++) {
        struct pattern_fault fault;
        if (hone_cli_pattern_fault(spec, i, &fault)) {
            put_diagnostic(&json, spec->path, &fault.diagnostic);
        }
    }
    if (planning->code != HONE_OK) {
        hone_diagnostic found = {.severity = planning->code == HONE_EUNSUPPORTED
                                                 ? HONE_SEVERITY_UNSUPPORTED
                                                 : HONE_SEVERITY_ERROR,
                                 .width = 1,
                                 .text = planning->text};
        put_diagnostic(&json, spec->path, &found);
    }
    hone_json_end(&json);
    hone_buf_putc(text, '\n');
}

static void put_summary(hone_buf *text, const hone_spec *spec, const hone_plan *plan)
{
    uint32_t n = spec->space->n;
    hone_buf_printf(text, "ok: %s: method %s, %u parameter%s", spec->name, spec->method,
                    n, n == 1 ? "" : "s");
    if (plan == NULL) {
        hone_buf_putc(text, '\n');
        return;
    }
    uint64_t points = hone_plan_count(plan);
    if (points == UINT64_MAX) {
        hone_buf_puts(text, ", points without end");
    } else {
        hone_buf_printf(text, ", %llu point%s", (unsigned long long)points,
                        points == 1 ? "" : "s");
    }
    if (spec->repeats.max > 1) {
        hone_buf_printf(text, ", %s%u repeats of each",
                        spec->repeats.race ? "up to " : "", spec->repeats.max);
    }
    hone_buf_putc(text, '\n');
}

static int report(const hone_spec *spec, enum form form)
{
    hone_plan *plan = NULL;
    hone_error planning = {.code = 0};
    int rc = has_errors(spec) ? HONE_ESPEC : hone_plan_make(spec, &plan, &planning);
    bool wrong = rc != HONE_OK && rc != HONE_EUNSUPPORTED;
    struct out out;
    hone_buf text;
    if (hone_out_open(&out, NULL, NULL) != HONE_OK) {
        hone_plan_free(plan);
        return EXIT_FAILED;
    }
    hone_buf_init(&text, MAX_TEXT);
    if (form == FORM_JSON) {
        put_list(&text, spec, &planning);
    } else {
        hone_cli_spec_say(spec);
        hone_cli_patterns_say(spec);
        if (planning.code != HONE_OK) {
            fprintf(stderr, "%s\n", planning.text);
        }
        if (!wrong) {
            put_summary(&text, spec, plan);
        }
    }
    hone_out_buf(&out, &text);
    hone_buf_release(&text);
    hone_plan_free(plan);
    return hone_out_close(&out, wrong ? EXIT_WRONG : EXIT_DONE);
}

static int run(const struct args *args)
{
    hone_spec *spec = NULL;
    hone_error err = {.code = 0};
    int rc = hone_spec_read_file(args->operands[0], &spec, &err);
    if (spec == NULL) {
        hone_exit_error(&err, rc);
        return EXIT_WRONG;
    }
    int status = report(spec, hone_args_form(args));
    hone_spec_free(spec);
    return status;
}

static const hone_option options_table[] = {
    {.name = "json",
     .type = HONE_OPTION_FLAG,
     .text = "print the list of errors and warnings as JSON"},
    OPTION_END};

const struct command hone_cmd_check = {
    .name = "check",
    .synopsis = "SPEC",
    .summary = "say everything that is wrong with a spec",
    .options = options_table,
    .operands = OPERAND_SPEC,
    .min_operands = 1,
    .max_operands = 1,
    .details =
        "Errors and warnings go to stderr, each as FILE:LINE:COLUMN; a spec without "
        "errors is summed up in one line that starts with ok. The exit status is 2 "
        "where there is an error.",
    .run = run};
