/* Command templates: W&B's macros, hone's parameters, and values that try to break out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "spec/template.h"

#include "flat_space.h"

typedef struct compiled {
    flat_space flat;
    hone_arena arena;
    const hone_command *command;
    hone_buf argv;
    uint32_t n;
    uint32_t bad_item;
    size_t bad_offset;
    hone_error err;
} compiled;

static void open_compiled(compiled *c)
{
    memset(c, 0, sizeof *c);
    flat_space_init(&c->flat);
    hone_arena_init(&c->arena, 1 << 22);
    hone_buf_init(&c->argv, 1 << 20);
}

static void close_compiled(compiled *c)
{
    flat_space_release(&c->flat);
    hone_arena_release(&c->arena);
    hone_buf_release(&c->argv);
}

static int compile(compiled *c, const hone_value *command, const char *program)
{
    return hone_command_compile(command, program, &c->flat.space, &c->arena, &c->command,
                                &c->bad_item, &c->bad_offset, &c->err);
}

static int compile_list(compiled *c, const char *const *items, uint32_t n)
{
    hone_value values[16];
    hone_value list = {.kind = HONE_LIST, .n = n, .items = values};

    assert_true(n <= 16);
    for (uint32_t i = 0; i < n; i++)
        values[i] = hone_value_text(items[i]);
    return compile(c, &list, "train.py");
}

static int compile_text(compiled *c, const char *text)
{
    hone_value value = hone_value_text(text);

    return compile(c, &value, "train.py");
}

static const char *test_getenv(void *arg, const char *name)
{
    (void)arg;
    return strcmp(name, "DATA_DIR") == 0 ? "/data sets" : NULL;
}

static void expand(compiled *c)
{
    const hone_command_context context = {.params_json_file = "/tmp/p.json",
                                          .getenv = test_getenv};

    hone_buf_reset(&c->argv);
    assert_int_equal(hone_command_expand(c->command, &c->flat.space, c->flat.config,
                                         &context, &c->argv, &c->n),
                     0);
}

/* The arguments joined by '|', for tables. */
static const char *joined(compiled *c)
{
    static char text[4096];

    expand(c);
    assert_true(c->argv.len < sizeof text);
    memcpy(text, hone_buf_text(&c->argv), c->argv.len);
    for (size_t i = 0; i < c->argv.len; i++)
        text[i] = text[i] ? text[i] : '|';
    text[c->argv.len] = '\0';
    return text;
}

/* b, flag, lr, name, none, off, then optimizer: {lr, nadam: {beta}}. */
static void add_params(compiled *c)
{
    flat_space_add(&c->flat, "b", hone_value_int(32));
    flat_space_add(&c->flat, "flag", hone_value_bool(true));
    flat_space_add(&c->flat, "lr",
                   (hone_value){.kind = HONE_REAL, .real = 0.1, .spelling = "0.10"});
    flat_space_add(&c->flat, "name", hone_value_text("two words"));
    flat_space_add(&c->flat, "none", (hone_value){.kind = HONE_NULL});
    flat_space_add(&c->flat, "off", hone_value_bool(false));
    flat_space_add(&c->flat, "optimizer/lr", hone_value_real(0.001));
    flat_space_add(&c->flat, "optimizer/nadam/beta", hone_value_real(1e-5));
    flat_space_add(&c->flat, "zeta", hone_value_int(1));
    /* A space has plain names first; move zeta before the group. */
    hone_param zeta = c->flat.params[8];
    hone_value value = c->flat.config->values[8];
    for (int i = 8; i > 6; i--) {
        c->flat.params[i] = c->flat.params[i - 1];
        c->flat.config->values[i] = c->flat.config->values[i - 1];
    }
    c->flat.params[6] = zeta;
    c->flat.config->values[6] = value;
}

static void test_macros(void **state)
{
    static const struct {
        const char *macro, *expected;
    } rows[] = {
        {"${env}", "/usr/bin/env|"},
        {"${interpreter}", "python|"},
        {"${program}", "train.py|"},
        {"${args}",
         "--b=32|--flag=True|--lr=0.10|--name=two words|--none=None|--off=False|"
         "--optimizer={'lr': 0.001, 'nadam': {'beta': 1e-05}}|--zeta=1|"},
        {"${args_no_equals}", "--b|32|--flag|True|--lr|0.10|--name|two words|--none|None|"
                              "--off|False|--optimizer|"
                              "{'lr': 0.001, 'nadam': {'beta': 1e-05}}|--zeta|1|"},
        {"${args_no_hyphens}",
         "b=32|flag=True|lr=0.10|name=two words|none=None|off=False|"
         "optimizer={'lr': 0.001, 'nadam': {'beta': 1e-05}}|zeta=1|"},
        {"${args_no_boolean_flags}",
         "--b=32|--flag|--lr=0.10|--name=two words|--none=None|"
         "--optimizer={'lr': 0.001, 'nadam': {'beta': 1e-05}}|--zeta=1|"},
        {"${args_append_hydra}", "+b=32|+flag=True|+lr=0.10|+name=two words|+none=None|"
                                 "+off=False|"
                                 "+optimizer={'lr': 0.001, 'nadam': {'beta': 1e-05}}|"
                                 "+zeta=1|"},
        {"${args_override_hydra}",
         "++b=32|++flag=True|++lr=0.10|++name=two words|++none=None|++off=False|"
         "++optimizer={'lr': 0.001, 'nadam': {'beta': 1e-05}}|++zeta=1|"},
        {"${args_dotted}",
         "--b=32|--flag=True|--lr=0.10|--name=two words|--none=None|"
         "--off=False|--optimizer.lr=0.001|--optimizer.nadam.beta=1e-05|"
         "--zeta=1|"},
        {"${args_json}",
         "{\"b\": 32, \"flag\": true, \"lr\": 0.1, \"name\": \"two words\", "
         "\"none\": null, \"off\": false, \"optimizer\": {\"lr\": 0.001, "
         "\"nadam\": {\"beta\": 1e-05}}, \"zeta\": 1}|"},
        {"${args_json_file}", "/tmp/p.json|"},
        {"${envvar:DATA_DIR}", "/data sets|"},
        {"--data=${envvar:DATA_DIR}/x", "--data=/data sets/x|"},
        {"${envvar:UNSET_X}", "UNSET_X|"},
        {"${envvar:lower}", ""}, /* W&B's pattern has upper case only */
        {"${nobody}", ""},
        {"--x=${args}", "--x=${args}|"},
        {"hydra.dir=${now:%Y}", "hydra.dir=${now:%Y}|"},
        {"${lr}", "0.10|"},
        {"${none}", "null|"},
        {"--on=${flag}", "--on=true|"},
        {"--lr=${optimizer.nadam.beta}", "--lr=1e-05|"},
        {"${b}-${zeta}", "32-1|"},
        {"$${lr}", "${lr}|"},
        {"a$${lr}b${b}c", "a${lr}b32c|"},
        {"$$${b}", "$${b}|"},
        {"cost: $5 {b} ${", "cost: $5 {b} ${|"},
        {"", "|"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        compiled c;

        open_compiled(&c);
        add_params(&c);
        assert_int_equal(compile_list(&c, &rows[i].macro, 1), 0);
        assert_string_equal(joined(&c), rows[i].expected);
        assert_int_equal(hone_command_wants_json_file(c.command),
                         strcmp(rows[i].macro, "${args_json_file}") == 0);
        close_compiled(&c);
    }
}

static void test_default_command(void **state)
{
    const hone_value empty = {.kind = HONE_LIST, .n = 0};
    const hone_value *const commands[] = {NULL, &empty};
    (void)state;

    for (int i = 0; i < 2; i++) {
        compiled c;

        open_compiled(&c);
        flat_space_add(&c.flat, "a", hone_value_int(1));
        assert_int_equal(compile(&c, commands[i], "../train.py"), 0);
        assert_string_equal(joined(&c), "/usr/bin/env|python|../train.py|--a=1|");
        assert_int_equal(c.n, 4);
        close_compiled(&c);
    }
}

/* str() of what is no string: corpus 071 and 076 have such elements. */
static void test_other_elements(void **state)
{
    const hone_value items[] = {
        hone_value_bool(true),
        {.kind = HONE_NULL},
        {.kind = HONE_INT, .integer = 3000000, .spelling = "3000000"},
        {.kind = HONE_REAL, .real = 0.5, .spelling = "0.50"},
    };
    const hone_value list = {.kind = HONE_LIST, .n = 4, .items = items};
    compiled c;
    (void)state;

    open_compiled(&c);
    assert_int_equal(compile(&c, &list, NULL), 0);
    assert_string_equal(joined(&c), "True|None|3000000|0.50|");
    close_compiled(&c);
}

static void test_absent(void **state)
{
    static const char *const items[] = {"run", "--units=${units}", "${units}",
                                        "--lr=${lr}"};
    compiled c;
    (void)state;

    open_compiled(&c);
    flat_space_add(&c.flat, "lr", hone_value_real(0.5));
    flat_space_add(&c.flat, "units", (hone_value){.kind = HONE_ABSENT});
    flat_space_add(&c.flat, "net/layers", (hone_value){.kind = HONE_ABSENT});
    assert_int_equal(compile_list(&c, items, 4), 0);
    assert_string_equal(joined(&c), "run|--lr=0.5|");
    assert_int_equal(
        compile_text(&c, "run --units=${units} ${units} \"${units}\" ${args}"), 0);
    assert_string_equal(joined(&c), "/bin/sh|-c|run --units=''  \"\"\"\" '--lr=0.5'|");
    static const char *const args[] = {"${args}", "${args_json}", "${args_dotted}"};
    assert_int_equal(compile_list(&c, args, 3), 0);
    assert_string_equal(joined(&c), "--lr=0.5|{\"lr\": 0.5}|--lr=0.5|");
    close_compiled(&c);
}

static void test_errors_and_remarks(void **state)
{
    static const struct {
        const char *text;
        int code;   /* of the call */
        int remark; /* err->code */
        size_t offset;
        const char *part; /* of the message */
    } rows[] = {
        {"train ${lr}", 0, 0, 0, ""},
        {"train $HOME ${HOME} ${1} ${X:-y} ${X%.c}", 0, 0, 0, ""},
        {"train --x=${optimzer.lr}", HONE_ESPEC, HONE_ESPEC, 10,
         "did you mean ${optimizer.lr}"},
        {"train ${no such}", HONE_ESPEC, HONE_ESPEC, 6, "neither a parameter"},
        {"train ${momentun}", 0, HONE_ENOTFOUND, 6, "did you mean ${momentum}"},
        {"train $lr", 0, HONE_ENOTFOUND, 6, "write ${lr}"},
        {"x=$((${lr}+1))", HONE_ESPEC, HONE_ESPEC, 5, "inside $((...))"},
        {"echo `date ${lr}`", HONE_ESPEC, HONE_ESPEC, 11, "inside `...`"},
        {"cat <<E\n${lr}\nE", HONE_ESPEC, HONE_ESPEC, 8, "here-document"},
        {"echo ${X:-${lr}}", HONE_ESPEC, HONE_ESPEC, 10, "expansion of the shell"},
        {"echo $'a\\'' ${lr}", HONE_ESPEC, HONE_ESPEC, 12, "$'...'"},
        {"echo \"$(case x in x) echo ;; esac)\" ${lr}", HONE_ESPEC, HONE_ESPEC, 36,
         "case"},
        {"echo \"${lr}", HONE_ESPEC, HONE_ESPEC, 11, "ends inside \""},
        {"echo '${lr}", HONE_ESPEC, HONE_ESPEC, 11, "ends inside '"},
        {"echo ${lr", HONE_ESPEC, HONE_ESPEC, 5, "without a closing }"},
        {"  \n", HONE_ESPEC, HONE_ESPEC, 0, "empty"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        compiled c;

        open_compiled(&c);
        flat_space_add(&c.flat, "lr", hone_value_real(0.5));
        flat_space_add(&c.flat, "momentum", hone_value_real(0.5));
        flat_space_add(&c.flat, "optimizer/lr", hone_value_real(0.5));
        assert_int_equal(compile_text(&c, rows[i].text), rows[i].code);
        assert_int_equal(c.err.code, rows[i].remark);
        if (rows[i].remark) {
            assert_int_equal(c.bad_offset, rows[i].offset);
            assert_non_null(strstr(c.err.text, rows[i].part));
        }
        close_compiled(&c);
    }
}

static void test_list_remarks(void **state)
{
    static const char *const items[] = {"run", "${momentun}", "${gone}"};
    const hone_value program = hone_value_text("${program}");
    const hone_value list = {.kind = HONE_LIST, .n = 1, .items = &program};
    const hone_value number = hone_value_int(3);
    compiled c;
    (void)state;

    open_compiled(&c);
    flat_space_add(&c.flat, "momentum", hone_value_real(0.5));
    assert_int_equal(compile_list(&c, items, 3), 0);
    assert_int_equal(c.err.code, HONE_ENOTFOUND);
    assert_int_equal(c.bad_item, 1);
    assert_non_null(strstr(c.err.text, "did you mean ${momentum}"));
    assert_int_equal(compile(&c, &list, NULL), HONE_ESPEC);
    assert_non_null(strstr(c.err.text, "there is no program"));
    assert_int_equal(compile(&c, &number, NULL), HONE_ESPEC);
    close_compiled(&c);
}

/* Runs the expanded command and returns what it printed. */
static size_t run(compiled *c, char *out, size_t size)
{
    char *args[16] = {NULL};
    char *at;
    size_t len = 0;
    ssize_t got;
    posix_spawn_file_actions_t actions;
    int fds[2];
    pid_t pid;
    int status;

    expand(c);
    assert_true(c->n < 16);
    at = c->argv.data;
    for (uint32_t i = 0; i < c->n; i++) {
        args[i] = at;
        at += strlen(at) + 1;
    }
    assert_int_equal(pipe(fds), 0);
    assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
    posix_spawn_file_actions_adddup2(&actions, fds[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, fds[0]);
    posix_spawn_file_actions_addclose(&actions, fds[1]);
    assert_int_equal(posix_spawn(&pid, args[0], &actions, NULL, args, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    close(fds[1]);
    while ((got = read(fds[0], out + len, size - 1 - len)) > 0)
        len += (size_t)got;
    close(fds[0]);
    out[len] = '\0';
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    return len;
}

static const char *const evil[] = {
    "0.1",
    "two words",
    "$(touch pwned)",
    "`touch pwned`",
    "\"",
    "'",
    "\\",
    "a'b\"c`d$e\\",
    "line\nline",
    "\n",
    "-rf",
    "-n",
    "$HOME",
    "${HOME}",
    "!",
    "!!",
    "*",
    "~",
    "#x",
    ";touch pwned",
    "& touch pwned",
    "| cat",
    "a\\",
    "\\'",
    "'\\''",
    "\"; touch pwned; \"",
    "'; touch pwned; '",
    ")",
    "$((1",
    "\u00fcber \u2603 \U0001f600",
    "\xff\xfe",
    "%s%d",
    "",
    " ",
    "\t",
    "done",
    "x=y",
    "2",
};

/* Every place that a value may stand in, and what surrounds it once the shell has read
 * it. */
static const struct place {
    const char *text, *before, *after;
} places[] = {
    {"printf %s ${x}", "", ""},
    {"printf '%s' a${x}b", "a", "b"},
    {"printf %s \"${x}\"", "", ""},
    {"printf %s \"a ${x} b\"", "a ", " b"},
    {"printf %s 'a ${x} b'", "a ", " b"},
    {"printf %s \"a\"${x}'b'", "a", "b"},
    {"EMPTY=; printf %s \"$EMPTY${x}\"", "", ""},
    {"EMPTY=; printf %s $EMPTY${x}c", "", "c"},
    {"v=${x}; printf %s \"$v\"", "", ""},
    {"v=\"<${x}>\"; printf %s \"$v\"", "<", ">"},
    {"printf %s \"$(printf %s. ${x})\"", "", "."},
    {"printf %s \"$(printf '%s.' \"${x}\")\"", "", "."},
    {"printf %s $(printf a; (printf b))\"$(printf '%s.' '${x}')\"", "ab", "."},
    {"(printf %s ${x})", "", ""},
    {"# it's a comment ${x}\nprintf %s ${x}", "", ""},
    {"printf %s a#b\"${x}\"", "a#b", ""},
    {"printf %s \\'${x}", "'", ""},
    {"printf %s \"\\\"${x}\"", "\"", ""},
    {"printf %s `printf q`${x}", "q", ""},
    {"printf %s $((1 + (2)))${x}", "3", ""},
    {"printf %s \"${NOPE:-d}${x}\"", "d", ""},
    {"printf %s '\"'${x}'\"'", "\"", "\""},
    {"printf %s \\\n${x}", "", ""},
    {"for i in ${x}; do printf %s \"$i\"; done", "", ""},
    {"case ${x} in \"${x}\") printf %s ${x};; esac", "", ""},
    {"sh -c 'printf %s \"$1\"' sh ${x}", "", ""},
};

static void check_place(const struct place *place, const char *value)
{
    compiled c;
    char out[512], expected[512];
    size_t len;

    open_compiled(&c);
    flat_space_add(&c.flat, "x", hone_value_text(value));
    assert_int_equal(compile_text(&c, place->text), 0);
    len = run(&c, out, sizeof out);
    snprintf(expected, sizeof expected, "%s%s%s", place->before, value, place->after);
    assert_int_equal(len, strlen(expected));
    assert_string_equal(out, expected);
    close_compiled(&c);
}

static void test_evil_values_in_a_shell(void **state)
{
    char folder[] = "/tmp/hone-template-XXXXXX";
    (void)state;

    assert_non_null(mkdtemp(folder));
    assert_int_equal(chdir(folder), 0);
    for (size_t p = 0; p < sizeof places / sizeof *places; p++) {
        for (size_t v = 0; v < sizeof evil / sizeof *evil; v++)
            check_place(&places[p], evil[v]);
    }
    assert_int_not_equal(access("pwned", F_OK), 0);
    assert_int_equal(chdir("/"), 0);
    assert_int_equal(rmdir(folder), 0);
}

/* The arguments of a macro are words outside quotes, and again words to a second shell.
 */
static void test_macros_in_a_shell(void **state)
{
    static const struct {
        const char *text, *expected;
    } rows[] = {
        {"printf '<%s>' ${args}", "<--a=1><--s=it's $(x) \"q\">"},
        {"printf '<%s>' ${args_no_equals}", "<--a><1><--s><it's $(x) \"q\">"},
        {"sh -c 'printf \"<%s>\" ${args}'", "<--a=1><--s=it's $(x) \"q\">"},
        {"sh -c \"printf '<%s>' ${args}\"", "<--a=1><--s=it's $(x) \"q\">"},
        {"printf %s '${args_json}'", "{\"a\": 1, \"s\": \"it's $(x) \\\"q\\\"\"}"},
        {"printf %s \"${program} ${envvar:DATA_DIR}\"", "train.py /data sets"},
        {"x=7; printf %s $${x}", "7"},
        {"printf %s '$${s} ${other}'", "${s} ${other}"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        compiled c;
        char out[512];

        open_compiled(&c);
        flat_space_add(&c.flat, "a", hone_value_int(1));
        flat_space_add(&c.flat, "s", hone_value_text("it's $(x) \"q\""));
        assert_int_equal(compile_text(&c, rows[i].text), 0);
        run(&c, out, sizeof out);
        assert_string_equal(out, rows[i].expected);
        close_compiled(&c);
    }
}

static void test_limit(void **state)
{
    const hone_command_context context = {0};
    compiled c;
    hone_buf small;
    (void)state;

    open_compiled(&c);
    flat_space_add(&c.flat, "s", hone_value_text("0123456789"));
    assert_int_equal(compile_text(&c, "echo ${s} '${args}'"), 0);
    for (size_t max = 0; max < 60; max++) {
        int code;

        hone_buf_init(&small, max);
        code = hone_command_expand(c.command, &c.flat.space, c.flat.config, &context,
                                   &small, &c.n);
        assert_true(code == HONE_ELIMIT || (code == 0 && max >= 45));
        hone_buf_release(&small);
    }
    close_compiled(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_macros),
        cmocka_unit_test(test_default_command),
        cmocka_unit_test(test_other_elements),
        cmocka_unit_test(test_absent),
        cmocka_unit_test(test_errors_and_remarks),
        cmocka_unit_test(test_list_remarks),
        cmocka_unit_test(test_evil_values_in_a_shell),
        cmocka_unit_test(test_macros_in_a_shell),
        cmocka_unit_test(test_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
