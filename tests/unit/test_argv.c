/* Command lines: options from a table, messages that name the nearest, help. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/argv.h"
#include "cli/command.h"
#include "cli/help.h"
#include "cli/nearest.h"

static const hone_option table[] = {
    {.name = "concurrency",
     .letter = 'j',
     .type = HONE_OPTION_INT,
     .min = 1,
     .max = 100,
     .placeholder = "N",
     .text = "how many"},
    {.name = "format",
     .type = HONE_OPTION_CHOICE,
     .choices = "yaml|json",
     .fallback = "yaml",
     .text = "how"},
    {.name = "quiet", .letter = 'q', .type = HONE_OPTION_FLAG, .text = "silent"},
    {.name = "store", .type = HONE_OPTION_TEXT, .placeholder = "DIR", .text = "where"},
    {.name = "stdout", .type = HONE_OPTION_FLAG, .text = "one"},
    OPTION_END};

enum { MAX_WORDS = 12, MAX_HELP = 1 << 20 };

/* Parses words separated by single spaces; the first is the command. `line` is cut up. */
static int parse(struct args *args, char *line, hone_error *err)
{
    static char *words[MAX_WORDS + 1];
    int n = 0;
    for (char *word = line; word != NULL && n < MAX_WORDS;) {
        char *end = strchr(word, ' ');
        words[n++] = word;
        if (end != NULL) {
            *end = '\0';
        }
        word = end != NULL ? end + 1 : NULL;
    }
    words[n] = NULL;
    return hone_args_parse(args, table, n, words, err);
}

static void options_are_taken_in_every_form(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "run -j 4 --store /d a b", "run a --concurrency=4 b --store=/d",
        "run -j4 --sto /d a b", "run --conc 4 a --store /d -- b",
        "run -j 9 -j 4 --store /d a b"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct args args;
        char line[100];
        memcpy(line, lines[i], strlen(lines[i]) + 1);
        assert_int_equal(parse(&args, line, NULL), HONE_OK);
        assert_true(hone_args_has(&args, "concurrency"));
        assert_int_equal(hone_args_count(&args, "concurrency", 1), 4);
        assert_string_equal(hone_args_text(&args, "store"), "/d");
        assert_string_equal(hone_args_text(&args, "format"), "yaml");
        assert_false(hone_args_has(&args, "format"));
        assert_false(hone_args_has(&args, "quiet"));
        assert_int_equal(args.n_operands, 2);
        assert_string_equal(hone_args_operand(&args, 0), "a");
        assert_string_equal(hone_args_operand(&args, 1), "b");
        assert_null(hone_args_operand(&args, 2));
    }
}

static void flags_and_help(void **state)
{
    (void)state;
    struct args args;
    char line[] = "run -qh", second[] = "run --help", third[] = "run";
    assert_int_equal(parse(&args, line, NULL), HONE_OK);
    assert_true(hone_args_has(&args, "quiet"));
    assert_true(args.help);
    assert_int_equal(parse(&args, second, NULL), HONE_OK);
    assert_true(args.help);
    assert_int_equal(parse(&args, third, NULL), HONE_OK);
    assert_false(args.help);
    assert_int_equal(args.n_operands, 0);
    assert_int_equal(hone_args_count(&args, "concurrency", 17), 17);
}

static void mistakes_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *line, *part;
    } cases[] = {
        {"run --qiet", "run has no option --qiet; did you mean --quiet?"},
        {"run --zzz=3", "run has no option --zzz; see hone run --help"},
        {"run -x", "run has no option -x; see hone run --help"},
        {"run -qx", "run has no option -x; see hone run --help"},
        {"run --st", "option --st is ambiguous"},
        {"run --quiet=yes", "option --quiet takes no value"},
        {"run -j", "option --concurrency needs a value: N"},
        {"run --store", "option --store needs a value: DIR"},
        {"run -j four", "option --concurrency is \"four\""},
        {"run -j 0", "option --concurrency is 0, expected a whole number from 1 to 100"},
        {"run -j 2.5", "option --concurrency is 2.5"},
        {"run --format xml", "option --format is \"xml\", expected one of yaml, json"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct args args;
        hone_error err = {.code = 0};
        char line[100];
        memcpy(line, cases[i].line, strlen(cases[i].line) + 1);
        assert_int_equal(parse(&args, line, &err), HONE_EUSAGE);
        if (strstr(err.text, cases[i].part) == NULL) {
            print_error("%s: %s\n", cases[i].line, err.text);
        }
        assert_non_null(strstr(err.text, cases[i].part));
    }
}

static void distances(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        unsigned distance;
    } cases[] = {{"", "", 0},      {"run", "run", 0},       {"rnu", "run", 1},
                 {"ru", "run", 1}, {"runs", "run", 1},      {"ran", "run", 1},
                 {"", "abc", 3},   {"kitten", "sitting", 3}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(hone_cli_edit_distance(cases[i].a, cases[i].b, 9),
                         cases[i].distance);
        assert_int_equal(hone_cli_edit_distance(cases[i].b, cases[i].a, 9),
                         cases[i].distance);
    }
    assert_int_equal(hone_cli_edit_distance("abcdefgh", "zzzzzzzz", 3), 4);
    char longest[200];
    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    assert_int_equal(hone_cli_edit_distance(longest, "a", 2), 3);
    struct nearest nearest = {.wanted = "x"};
    hone_cli_nearest_offer(&nearest, "ls");
    assert_null(nearest.name);
    nearest = (struct nearest){.wanted = "trails"};
    hone_cli_nearest_offer(&nearest, "ls");
    hone_cli_nearest_offer(&nearest, "trials");
    hone_cli_nearest_offer(&nearest, "train");
    assert_string_equal(nearest.name, "trials");
    nearest = (struct nearest){.wanted = "stat"};
    hone_cli_nearest_offer(&nearest, "status");
    assert_string_equal(nearest.name, "status");
}

static void every_command_has_its_help(void **state)
{
    (void)state;
    hone_buf help, page;
    hone_buf_init(&help, MAX_HELP);
    hone_buf_init(&page, MAX_HELP);
    for (unsigned i = 0; hone_cli_command_at(i) != NULL; i++) {
        const struct command *command = hone_cli_command_at(i);
        assert_ptr_equal(hone_cli_command_find(command->name), command);
        hone_buf_reset(&help);
        hone_buf_reset(&page);
        hone_help_command(&help, command);
        hone_help_scdoc(&page, command);
        assert_int_equal(hone_buf_status(&help), HONE_OK);
        for (const hone_option *option = command->options;
             option != NULL && option->type != HONE_OPTION_END; option++) {
            char name[64] = "--";
            memcpy(name + 2, option->name, strlen(option->name) + 1);
            assert_non_null(option->text);
            assert_non_null(strstr(hone_buf_text(&help), name));
            assert_non_null(strstr(hone_buf_text(&page), name));
        }
        /* No line of help is wider than a terminal of 80 columns. */
        for (const char *line = hone_buf_text(&help); *line != '\0';) {
            size_t len = strcspn(line, "\n");
            assert_true(len <= 80);
            line += len + (line[len] == '\n');
        }
    }
    hone_buf_release(&help);
    hone_buf_release(&page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_are_taken_in_every_form),
        cmocka_unit_test(flags_and_help), cmocka_unit_test(mistakes_are_named),
        cmocka_unit_test(distances), cmocka_unit_test(every_command_has_its_help)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
