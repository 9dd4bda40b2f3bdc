/* Reading a spec for a command. */
#include <stdio.h>

#include "cli/exit.h"
#include "cli/spec_file.h"

enum { MAX_TEXT = 4 * 1024 * 1024 };

void hone_cli_spec_say(const hone_spec *spec)
{
    hone_buf text;
    hone_buf_init(&text, MAX_TEXT);
    for (uint32_t i = 0; i < spec->diagnostics.n; i++) {
        hone_diagnostic_write(&text, spec->path, &spec->diagnostics.items[i]);
    }
    if (spec->diagnostics.n_left_out > 0) {
        hone_buf_printf(&text, "%s: %u more are left out\n", spec->path,
                        spec->diagnostics.n_left_out);
    }
    fputs(hone_buf_text(&text), stderr);
    hone_buf_release(&text);
}

int hone_cli_spec_admit(const hone_spec *spec, enum purpose purpose)
{
    const char *obstacle = NULL; /* what check lets pass and run does not */
    hone_cli_spec_say(spec);
    for (uint32_t i = 0; i < spec->diagnostics.n; i++) {
        const hone_diagnostic *item = &spec->diagnostics.items[i];
        if (item->severity == HONE_SEVERITY_ERROR) {
            return EXIT_WRONG;
        }
        if (item->severity != HONE_SEVERITY_WARNING && obstacle == NULL) {
            obstacle = item->text;
        }
    }
    if (purpose == FOR_RUNNING && obstacle != NULL) {
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
    if (spec != NULL) {
        status = hone_cli_spec_admit(spec, purpose);
    }
    if (rc != HONE_OK) {
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
