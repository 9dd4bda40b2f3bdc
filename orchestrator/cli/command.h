/* A command of the program: a const entry that ends its file, listed in commands.def. */
#ifndef HONE_CLI_COMMAND_H
#define HONE_CLI_COMMAND_H

#include <hone/option.h>

struct args;

struct command {
    const char *name;
    const char *synopsis; /* the operands: "SPEC [LOG]" */
    const char *summary;  /* one line, no full stop */
    const hone_option *options;
    const char *operands; /* for --help: pairs of lines "NAME\ttext\n", or NULL */
    int min_operands, max_operands;
    const char *details; /* paragraphs separated by an empty line, or NULL */
    int (*run)(const struct args *args); /* returns the exit status */
};

/* The i-th command, or NULL past the end; the one with this name, or NULL. */
const struct command *hone_cli_command_at(unsigned i);
const struct command *hone_cli_command_find(const char *name);

#define COMMAND(name) extern const struct command hone_cmd_##name;
#include "cli/commands.def"
#undef COMMAND

/* Entries that many tables share. */
#define OPTION_STORE                                                                     \
    {                                                                                    \
        .name = "store", .type = HONE_OPTION_TEXT, .placeholder = "DIR",                 \
        .text = "the store; default: HONE_STORE, else the nearest folder .hone"          \
    }
#define OPTION_JSON                                                                      \
    {                                                                                    \
        .name = "json", .type = HONE_OPTION_FLAG, .text = "print JSON"                   \
    }
#define OPTION_END                                                                       \
    {                                                                                    \
        .type = HONE_OPTION_END                                                          \
    }
#define OPERAND_SPEC  "SPEC\tthe sweep's YAML file; - for standard input\n"
#define OPERAND_SWEEP "SWEEP\tname or id of a sweep; default: the newest\n"
#define OPERAND_TRIAL "TRIAL\tSWEEP/NUMBER, or NUMBER in the newest sweep\n"

#endif
