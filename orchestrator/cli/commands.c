/* The list of commands, and the lookup by name. */
#include <string.h>

#include "cli/command.h"

static const struct command *const commands[] = {
#define COMMAND(name) &hone_cmd_##name,
#include "cli/commands.def"
#undef COMMAND
};

const struct command *hone_cli_command_at(unsigned i)
{
    return i < sizeof commands / sizeof commands[0] ? commands[i] : NULL;
}

const struct command *hone_cli_command_find(const char *name)
{
    for (unsigned i = 0; hone_cli_command_at(i) != NULL; i++) {
        if (strcmp(commands[i]->name, name) == 0) {
            return commands[i];
        }
    }
    return NULL;
}
