/* Man pages (in scdoc's language) and completion, from the same tables as --help. */
#include <stdio.h>
#include <string.h>

#include "cli/help.h"

/* Text with scdoc's marks escaped. */
static void put_text(hone_buf *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (strchr("\\*_`[]<>#~|!+.", text[i]) != NULL && text[i] != '\0' &&
            (text[i] != '.' || i == 0)) {
            hone_buf_putc(out, '\\');
        }
        hone_buf_putc(out, text[i]);
    }
}

static void put_string(hone_buf *out, const char *text)
{
    put_text(out, text, strlen(text));
}

static void put_options(hone_buf *out, const hone_option *options)
{
    hone_buf_puts(out, "# OPTIONS\n\n");
    for (; options != NULL && options->type != HONE_OPTION_END; options++) {
        if (options->letter != 0) {
            hone_buf_printf(out, "*-%c*, ", options->letter);
        }
        hone_buf_puts(out, "*--");
        hone_buf_puts(out, options->name);
        hone_buf_putc(out, '*');
        if (options->type != HONE_OPTION_FLAG) {
            hone_buf_puts(out, " ");
            put_string(out,
                       options->placeholder != NULL ? options->placeholder : "VALUE");
        }
        hone_buf_puts(out, "\n\t");
        put_string(out, options->text);
        if (options->choices != NULL) {
            hone_buf_puts(out, ": ");
            put_string(out, options->choices);
        }
        if (options->fallback != NULL) {
            hone_buf_puts(out, " (default: ");
            put_string(out, options->fallback);
            hone_buf_putc(out, ')');
        }
        hone_buf_puts(out, "\n\n");
    }
    hone_buf_puts(out, "*-h*, *--help*\n\tshow the help\n\n");
}

static void put_operands(hone_buf *out, const char *operands)
{
    while (operands != NULL && *operands != '\0') {
        size_t name = strcspn(operands, "\t"), all = strcspn(operands, "\n");
        hone_buf_putc(out, '*');
        put_text(out, operands, name);
        hone_buf_puts(out, "*\n\t");
        put_text(out, operands + name + 1, all - name - 1);
        hone_buf_puts(out, "\n\n");
        operands += all + 1;
    }
}

static void put_statuses(hone_buf *out)
{
    hone_buf_puts(out, "# EXIT STATUS\n\n"
                       "*0*\n\tcomplete\n\n"
                       "*1*\n\tsomething ran and failed\n\n"
                       "*2*\n\twrong usage or spec\n\n"
                       "*3*\n\tthe store cannot be used\n\n"
                       "*130*, *143*\n\tended by a signal\n\n");
}

static void put_program(hone_buf *out)
{
    hone_buf_puts(out, "hone(1)\n\n# NAME\n\nhone - searches hyperparameters\n\n"
                       "# SYNOPSIS\n\n*hone* COMMAND \\[OPTIONS\\]\n\n# COMMANDS\n\n");
    for (unsigned i = 0; hone_cli_command_at(i) != NULL; i++) {
        const struct command *command = hone_cli_command_at(i);
        hone_buf_printf(out, "*hone-%s*(1)\n\t", command->name);
        put_string(out, command->summary);
        hone_buf_puts(out, "\n\n");
    }
    put_statuses(out);
}

void hone_help_scdoc(hone_buf *out, const struct command *command)
{
    if (command == NULL) {
        put_program(out);
        return;
    }
    hone_buf_printf(out, "hone-%s(1)\n\n# NAME\n\nhone-%s - ", command->name,
                    command->name);
    put_string(out, command->summary);
    hone_buf_printf(out, "\n\n# SYNOPSIS\n\n*hone %s* \\[OPTIONS\\] ", command->name);
    put_string(out, command->synopsis);
    hone_buf_puts(out, "\n\n");
    if (command->details != NULL || command->operands != NULL) {
        hone_buf_puts(out, "# DESCRIPTION\n\n");
        put_operands(out, command->operands);
        put_string(out, command->details != NULL ? command->details : "");
        hone_buf_puts(out, "\n\n");
    }
    put_options(out, command->options);
    put_statuses(out);
    hone_buf_puts(out, "# SEE ALSO\n\n*hone*(1)\n");
}

static void put_options_case(hone_buf *out, const struct command *command)
{
    hone_buf_printf(out, "    %s) words=\"--help", command->name);
    for (const hone_option *option = command->options;
         option != NULL && option->type != HONE_OPTION_END; option++) {
        hone_buf_printf(out, " --%s", option->name);
    }
    hone_buf_puts(out, "\" ;;\n");
}

void hone_help_bash(hone_buf *out)
{
    hone_buf_puts(out, "# bash completion of hone\n_hone()\n{\n"
                       "    local current=${COMP_WORDS[COMP_CWORD]} words=\n"
                       "    COMPREPLY=()\n"
                       "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n        words=\"help");
    for (unsigned i = 0; hone_cli_command_at(i) != NULL; i++) {
        hone_buf_printf(out, " %s", hone_cli_command_at(i)->name);
    }
    hone_buf_puts(out,
                  "\"\n        COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
                  "        return\n    fi\n"
                  "    case $current in\n    -*) ;;\n    *) return ;;\n    esac\n"
                  "    case ${COMP_WORDS[1]} in\n");
    for (unsigned i = 0; hone_cli_command_at(i) != NULL; i++) {
        put_options_case(out, hone_cli_command_at(i));
    }
    hone_buf_puts(out, "    esac\n"
                       "    COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n}\n"
                       "complete -o default -F _hone hone\n");
}
