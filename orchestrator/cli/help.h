/* Help from the option tables: --help, man pages, completion. */
#ifndef HONE_CLI_HELP_H
#define HONE_CLI_HELP_H

#include <hone/buf.h>

#include "cli/command.h"

/* `hone --help`. */
void hone_help_program(hone_buf *out);
/* `hone COMMAND --help`. */
void hone_help_command(hone_buf *out, const struct command *command);
/* The command's page in scdoc's language; the program's for NULL. */
void hone_help_scdoc(hone_buf *out, const struct command *command);
/* A completion script for bash. */
void hone_help_bash(hone_buf *out);

#endif
