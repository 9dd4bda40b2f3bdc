/* The program hone: finds the command, and lets it run. */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <hone/executor.h>
#include <hone/hone.h>

#include "cli/argv.h"
#include "cli/command.h"
#include "cli/exit.h"
#include "cli/help.h"
#include "cli/nearest.h"
#include "cli/out.h"

enum { MAX_HELP = 1024 * 1024 };

static int print(void (*write)(hone_buf *out, const struct command *command),
                 const struct command *command)
{
    struct out out;
    hone_buf text;
    if (hone_out_open(&out, NULL, NULL) != HONE_OK) {
        return EXIT_FAILED;
    }
    hone_buf_init(&text, MAX_HELP);
    write(&text, command);
    hone_out_buf(&out, &text);
    hone_buf_release(&text);
    return hone_out_close(&out, EXIT_DONE);
}

static void write_program_help(hone_buf *out, const struct command *command)
{
    (void)command;
    hone_help_program(out);
}

static void write_version(hone_buf *out, const struct command *command)
{
    (void)command;
    hone_buf_puts(out, "hone " HONE_VERSION "\n");
}

static void write_completion(hone_buf *out, const struct command *command)
{
    (void)command;
    hone_help_bash(out);
}

static int refuse_command(const char *name)
{
    struct nearest nearest = {.wanted = name};
    for (unsigned i = 0; hone_cli_command_at(i) != NULL; i++) {
        hone_cli_nearest_offer(&nearest, hone_cli_command_at(i)->name);
    }
    if (nearest.name != NULL) {
        return hone_exit_wrong("there is no command %s; did you mean %s?", name,
                               nearest.name);
    }
    return hone_exit_wrong("there is no command %s; see hone --help", name);
}

static int run_command(const struct command *command, int argc, char **argv)
{
    struct args args;
    hone_error err = {.code = 0};
    int rc = hone_args_parse(&args, command->options, argc, argv, &err);
    if (rc != HONE_OK) {
        return hone_exit_error(&err, rc);
    }
    if (args.help) {
        return print(hone_help_command, command);
    }
    if (args.n_operands < command->min_operands) {
        return hone_exit_wrong("%s needs an operand: hone %s %s", command->name,
                               command->name, command->synopsis);
    }
    if (args.n_operands > command->max_operands) {
        return hone_exit_wrong("%s takes no operand '%s'; see hone %s --help",
                               command->name, args.operands[command->max_operands],
                               command->name);
    }
    return command->run(&args);
}

/* `hone help [COMMAND]`. */
static int show_help(int argc, char **argv)
{
    if (argc < 3) {
        return print(write_program_help, NULL);
    }
    const struct command *command = hone_cli_command_find(argv[2]);
    return command != NULL ? print(hone_help_command, command) : refuse_command(argv[2]);
}

/* `hone __docs man [COMMAND]`, `hone __docs completion`: for the build, not for users. */
static int show_docs(int argc, char **argv)
{
    if (argc >= 3 && strcmp(argv[2], "completion") == 0) {
        return print(write_completion, NULL);
    }
    if (argc < 3 || strcmp(argv[2], "man") != 0) {
        return hone_exit_wrong("__docs prints: man [COMMAND], completion");
    }
    const struct command *command = argc > 3 ? hone_cli_command_find(argv[3]) : NULL;
    if (argc > 3 && command == NULL) {
        return refuse_command(argv[3]);
    }
    return print(hone_help_scdoc, command);
}

/* A program started without them (`>&-`) would take its database for its standard output.
 */
static void open_standard_files(void)
{
    for (int fd = 0; fd <= 2; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF) {
            (void)open("/dev/null",
                       fd == 0 ? O_RDONLY : O_WRONLY); /* the lowest free one */
        }
    }
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "__keeper") == 0) {
        return hone_keeper_main(argc, argv);
    }
    open_standard_files();
    /* Character widths need a UTF-8 locale; numbers stay as in C. */
    if (setlocale(LC_CTYPE, "C.UTF-8") == NULL) {
        setlocale(LC_CTYPE, "");
    }
    signal(SIGPIPE, SIG_IGN); /* a reader that went away is an errno, see cli/out.h */
    if (argc < 2) {
        hone_say("what shall it do? see hone --help");
        return EXIT_WRONG;
    }
    const char *name = argv[1];
    if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0) {
        return print(write_version, NULL);
    }
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 ||
        strcmp(name, "help") == 0) {
        return show_help(argc, argv);
    }
    if (strcmp(name, "__docs") == 0) {
        return show_docs(argc, argv);
    }
    const struct command *command = hone_cli_command_find(name);
    if (command != NULL) {
        return run_command(command, argc - 1, argv + 1);
    }
    return name[0] == '-' ? hone_exit_wrong("there is no option %s before the command; "
                                            "see hone --help",
                                            name)
                          : refuse_command(name);
}
