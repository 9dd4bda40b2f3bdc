/* --help, from the tables. */
#include <stdio.h>
#include <string.h>

#include <hone/error.h>

#include "cli/help.h"

enum { WIDTH = 80, INDENT = 2, TEXT_COLUMN = 26 };

/* Appends `text`, whose line has reached `column`, wrapped at WIDTH and indented to
 * `left`. */
static void put_wrapped(hone_buf *out, const char *text, size_t column, size_t left)
{
    while (*text != '\0') {
        size_t len = strcspn(text, " \n");
        if (column > left && column + 1 + len > WIDTH) {
            hone_buf_printf(out, "\n%*s", (int)left, "");
            column = left;
        } else if (column > left) {
            hone_buf_putc(out, ' ');
            column++;
        }
        hone_buf_add(out, text, len);
        column += len;
        text += len;
        text += strspn(text, " \n");
    }
    hone_buf_putc(out, '\n');
}

/* A term at INDENT and its explanation at TEXT_COLUMN, below where the term is long. */
static void put_entry(hone_buf *out, const char *term, const char *text)
{
    size_t column = INDENT + strlen(term);
    hone_buf_printf(out, "%*s%s", INDENT, "", term);
    if (column + 2 > TEXT_COLUMN) {
        hone_buf_putc(out, '\n');
        column = 0;
    }
    hone_buf_printf(out, "%*s", (int)(TEXT_COLUMN - column), "");
    put_wrapped(out, text, TEXT_COLUMN, TEXT_COLUMN);
}

static void put_option(hone_buf *out, const hone_option *option)
{
    char term[100], text[1000];
    const char *placeholder = option->placeholder != NULL ? option->placeholder : "VALUE";
    bool flag = option->type == HONE_OPTION_FLAG;
    char letter[8] = "    ";
    if (option->letter != 0) {
        snprintf(letter, sizeof letter, "-%c, ", option->letter);
    }
    snprintf(term, sizeof term, "%s--%s%s%s", letter, option->name, flag ? "" : " ",
             flag ? "" : placeholder);
    snprintf(text, sizeof text, "%s%s%s%s%s%s%s", option->text,
             option->choices != NULL ? ": " : "",
             option->choices != NULL ? option->choices : "",
             option->fallback != NULL ? " (default: " : "",
             option->fallback != NULL ? option->fallback : "",
             option->fallback != NULL ? ")" : "", "");
    put_entry(out, term, text);
}

static void put_operands(hone_buf *out, const char *operands)
{
    while (operands != NULL && *operands != '\0') {
        char term[64], text[400];
        size_t name = strcspn(operands, "\t"), all = strcspn(operands, "\n");
        snprintf(term, sizeof term, "%.*s", (int)name, operands);
        snprintf(text, sizeof text, "%.*s", (int)(all - name - 1), operands + name + 1);
        put_entry(out, term, text);
        operands += all + 1;
    }
}

/* Paragraphs are separated by an empty line. */
static void put_paragraphs(hone_buf *out, const char *text)
{
    while (text != NULL && *text != '\0') {
        const char *end = strstr(text, "\n\n");
        size_t len = end != NULL ? (size_t)(end - text) : strlen(text);
        char paragraph[2000];
        snprintf(paragraph, sizeof paragraph, "%.*s", (int)len, text);
        hone_buf_putc(out, '\n');
        put_wrapped(out, paragraph, 0, 0);
        text = end != NULL ? end + 2 : NULL;
    }
}

void hone_help_command(hone_buf *out, const struct command *command)
{
    hone_buf_printf(out, "usage: hone %s [OPTIONS]%s%s\n\n", command->name,
                    command->synopsis[0] != '\0' ? " " : "", command->synopsis);
    hone_buf_printf(out, "%s\n\n", command->summary);
    if (command->operands != NULL) {
        put_operands(out, command->operands);
        hone_buf_putc(out, '\n');
    }
    for (const hone_option *option = command->options;
         option != NULL && option->type != HONE_OPTION_END; option++) {
        put_option(out, option);
    }
    put_entry(out, "-h, --help", "show this help");
    put_paragraphs(out, command->details);
}

void hone_help_program(hone_buf *out)
{
    hone_buf_puts(out, "usage: hone COMMAND [OPTIONS]\n\n"
                       "Searches hyperparameters: runs a command over the configurations "
                       "of a sweep,\nreads its metrics, records all of it.\n\n");
    for (unsigned i = 0; hone_cli_command_at(i) != NULL; i++) {
        const struct command *command = hone_cli_command_at(i);
        char term[100];
        snprintf(term, sizeof term, "%s %s", command->name, command->synopsis);
        put_entry(out, term, command->summary);
    }
    hone_buf_puts(out,
                  "\n  hone help COMMAND       what a command does, and its options\n"
                  "  hone --version          the version of this program\n");
}
