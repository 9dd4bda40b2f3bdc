/* Reading a spec for a command. */
#include <stdio.h>
#include <string.h>

#include "cli/exit.h"
#include "cli/spec_file.h"

enum { MAX_TEXT = 4 * 1024 * 1024 };

/* Line `line` of the spec's text, cut to its room. */
static void copy_line(const hone_spec *spec, int line, char *out, size_t size)
{
    const char *at = spec->source, *end = spec->source + spec->source_len;
    for (int i = 1; i < line && at < end; i++) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        at = newline == NULL ? end : newline + 1;
    }
    const char *newline = memchr(at, '\n', (size_t)(end - at));
    size_t len = (size_t)((newline == NULL ? end : newline) - at);
    len = len < size ? len : size - 1;
    memcpy(out, at, len);
    out[len] = '\0';
}

bool hone_cli_pattern_fault(const hone_spec *spec, uint32_t i,
                            struct pattern_fault *fault)
{
    hone_extractor *extractor = NULL;
    hone_error err = {.code = 0};
    int rc = hone_extractor_new(&spec->rules[i], 1, &extractor, NULL, NULL, &err);
    hone_extractor_free(extractor);
    if (rc != HONE_ESYNTAX) {
        return false;
    }
    snprintf(fault->text, sizeof fault->text, "%s", err.text);
    copy_line(spec, spec->rules[i].line, fault->source, sizeof fault->source);
    fault->diagnostic = (hone_diagnostic){.severity = HONE_SEVERITY_ERROR,
                                          .line = spec->rules[i].line,
                                          .column = spec->rules[i].column,
                                          .width = 1,
                                          .text = fault->text,
                                          .source = fault->source};
    return true;
}

/* Prints what a list of diagnostics came to, and releases it. */
static void say_text(hone_buf *text)
{
    fputs(hone_buf_text(text), stderr);
    if (hone_buf_status(text) == HONE_ENOMEM) {
        hone_say("out of memory for all that is to be said of the spec");
    }
    hone_buf_release(text);
}

uint32_t hone_cli_patterns_say(const hone_spec *spec)
{
    hone_buf text;
    uint32_t n = 0;
    hone_buf_init(&text, MAX_TEXT);
    for (uint32_t i = 0; i < spec->n_rules; i++) {
        struct pattern_fault fault;
        if (hone_cli_pattern_fault(spec, i, &fault)) {
            hone_diagnostic_write(&text, spec->path, &fault.diagnostic);
            n++;
        }
    }
    say_text(&text);
    return n;
}

/* Whether it is of no interest to whoever only asks for trials. */
static bool is_idle(const hone_diagnostic *found, enum purpose purpose)
{
    return purpose == FOR_ASKING && found->severity == HONE_SEVERITY_UNRUNNABLE;
}

static void say_diagnostics(const hone_spec *spec, enum purpose purpose)
{
    hone_buf text;
    hone_buf_init(&text, MAX_TEXT);
    for (uint32_t i = 0; i < spec->diagnostics.n; i++) {
        if (!is_idle(&spec->diagnostics.items[i], purpose)) {
            hone_diagnostic_write(&text, spec->path, &spec->diagnostics.items[i]);
        }
    }
    if (spec->diagnostics.n_left_out > 0) {
        hone_buf_printf(&text, "%s: %u more are left out\n", spec->path,
                        spec->diagnostics.n_left_out);
    }
    say_text(&text);
}

void hone_cli_spec_say(const hone_spec *spec)
{
    say_diagnostics(spec, FOR_READING);
}

int hone_cli_spec_admit(const hone_spec *spec, enum purpose purpose)
{
    const char *obstacle = NULL; /* what check lets pass and run does not */
    say_diagnostics(spec, purpose);
    for (uint32_t i = 0; i < spec->diagnostics.n; i++) {
        const hone_diagnostic *item = &spec->diagnostics.items[i];
        if (item->severity == HONE_SEVERITY_ERROR) {
            return EXIT_WRONG;
        }
        if (item->severity != HONE_SEVERITY_WARNING && obstacle == NULL &&
            !is_idle(item, purpose)) {
            obstacle = item->text;
        }
    }
    if (hone_cli_patterns_say(spec) > 0) {
        return EXIT_WRONG;
    }
    if (purpose != FOR_READING && obstacle != NULL) {
        return hone_exit_wrong("%s is not run: %s", spec->path, obstacle);
    }
    return EXIT_DONE;
}

int hone_cli_spec_load(const char *path, enum purpose purpose, hone_spec **out)
{
    hone_error err = {.code = 0};
    hone_spec *spec = NULL;
    int rc = hone_spec_read_file(path, &spec, &err);
    int status = EXIT_DONE;
    if (rc == HONE_ENOMEM) { /* what was found so far may be wrong for want of the rest */
        status = hone_exit_error(&err, rc);
    } else if (spec != NULL) {
        status = hone_cli_spec_admit(spec, purpose);
    }
    if (rc != HONE_OK && rc != HONE_ENOMEM) {
        if (spec == NULL || status == EXIT_DONE) {
            hone_exit_error(&err, rc);
        }
        status = EXIT_WRONG;
    }
    if (status != EXIT_DONE) {
        hone_spec_free(spec);
        spec = NULL;
    }
    *out = spec;
    return status;
}
