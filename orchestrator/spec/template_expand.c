/* Command templates: one configuration's argument list. Appends only; the order of work
 * is the order of the output. */
#include "spec/template_parts.h"

#include <assert.h>
#include <string.h>

#include "spec/entries.h"

#include "base/banned.h"

/* One expansion. In a shell string `scratch` holds a value, or arguments each with its
 * NUL, before they are quoted; `joined` holds arguments as one text. */
typedef struct expand {
    const hone_command *command;
    const hone_space *space;
    const hone_config *config;
    const hone_command_context *context;
    hone_buf *argv;
    hone_buf scratch, joined;
} expand;

/* How an argument list macro writes one parameter: --lr=0.1, +lr=0.1, --lr 0.1, ... */
typedef struct arg_style {
    const char *before; /* the name */
    char between;       /* name and value; NUL makes them two arguments */
    bool flags;         /* true is --name alone, false is nothing */
} arg_style;

static const arg_style *style_of(hone_macro macro)
{
    static const arg_style styles[HONE_N_MACROS] = {
        [HONE_MACRO_ARGS] = {"--", '=', false},
        [HONE_MACRO_ARGS_NO_EQUALS] = {"--", '\0', false},
        [HONE_MACRO_ARGS_NO_HYPHENS] = {"", '=', false},
        [HONE_MACRO_ARGS_NO_BOOLEAN_FLAGS] = {"--", '=', true},
        [HONE_MACRO_ARGS_APPEND_HYDRA] = {"+", '=', false},
        [HONE_MACRO_ARGS_OVERRIDE_HYDRA] = {"++", '=', false},
    };

    assert(styles[macro].before);
    return &styles[macro];
}

/* One argument a top-level name; returns how many arguments there are. */
static uint32_t add_args(const expand *e, const arg_style *style, hone_buf *out)
{
    hone_top at = {0, 0};
    hone_entry entry;
    uint32_t n = 0;

    while (hone_top_next(&at, e->space, e->config, &entry)) {
        const hone_value *value = &e->config->values[entry.first];
        bool leaf = hone_entry_is_leaf(e->space, &entry, 0);
        bool flag = style->flags && leaf && value->kind == HONE_BOOL;

        if (flag && !value->boolean)
            continue;
        hone_buf_puts(out, style->before);
        hone_buf_puts(out, e->space->params[entry.first].path[0]);
        n++;
        if (!flag) {
            hone_buf_putc(out, style->between);
            n += style->between == '\0';
            hone_entry_write(out, e->space, e->config, &entry, HONE_FORM_PYTHON);
        }
        hone_buf_putc(out, '\0');
    }
    return n;
}

/* The leaves below `entry`, each as --group.name=value. */
static uint32_t add_leaves(const expand *e, const hone_entry *entry, hone_buf *out)
{
    uint32_t n = 0;

    for (uint32_t i = entry->first; i < entry->end; i++) {
        if (e->config->values[i].kind == HONE_ABSENT)
            continue;
        hone_buf_puts(out, "--");
        hone_buf_puts(out, e->space->params[i].name);
        hone_buf_putc(out, '=');
        hone_value_write(out, &e->config->values[i], HONE_FORM_PYTHON);
        hone_buf_putc(out, '\0');
        n++;
    }
    return n;
}

static uint32_t add_dotted(const expand *e, hone_buf *out)
{
    hone_top at = {0, 0};
    hone_entry entry;
    uint32_t n = 0;

    while (hone_top_next(&at, e->space, e->config, &entry))
        n += add_leaves(e, &entry, out);
    return n;
}

static uint32_t add_one(hone_buf *out, const char *text)
{
    hone_buf_puts(out, text);
    hone_buf_putc(out, '\0');
    return 1;
}

/* Appends the macro's arguments, each with its NUL; returns how many. */
static uint32_t add_macro(const expand *e, hone_macro macro, hone_buf *out)
{
    switch (macro) {
    case HONE_MACRO_ENV:
        return add_one(out, "/usr/bin/env");
    case HONE_MACRO_INTERPRETER:
        return add_one(out, "python");
    case HONE_MACRO_PROGRAM:
        return add_one(out, e->command->program);
    case HONE_MACRO_ARGS_JSON_FILE:
        return add_one(out,
                       e->context->params_json_file ? e->context->params_json_file : "");
    case HONE_MACRO_ARGS_JSON:
        hone_config_write_json(out, e->space, e->config);
        hone_buf_putc(out, '\0');
        return 1;
    case HONE_MACRO_ARGS_DOTTED:
        return add_dotted(e, out);
    case HONE_MACRO_ARGS:
    case HONE_MACRO_ARGS_NO_EQUALS:
    case HONE_MACRO_ARGS_NO_HYPHENS:
    case HONE_MACRO_ARGS_NO_BOOLEAN_FLAGS:
    case HONE_MACRO_ARGS_APPEND_HYDRA:
    case HONE_MACRO_ARGS_OVERRIDE_HYDRA:
        return add_args(e, style_of(macro), out);
    case HONE_N_MACROS:
        break;
    }
    assert(macro < HONE_N_MACROS);
    return 0;
}

/* A variable that is not set leaves its name (W&B). */
static void add_envvar(const expand *e, const char *name, hone_buf *out)
{
    const char *value =
        e->context->getenv ? e->context->getenv(e->context->getenv_arg, name) : NULL;

    hone_buf_puts(out, value ? value : name);
}

static bool is_absent(const expand *e, const hone_part *part)
{
    return part->kind == HONE_PART_PARAM &&
           e->config->values[part->param].kind == HONE_ABSENT;
}

/* Anything but a macro. */
static void add_part(const expand *e, const hone_part *part, hone_buf *out)
{
    if (part->kind == HONE_PART_TEXT)
        hone_buf_add(out, part->text, part->len);
    else if (part->kind == HONE_PART_PARAM)
        hone_value_write(out, &e->config->values[part->param], HONE_FORM_YAML);
    else
        add_envvar(e, part->text, out);
}

/* A parameter that does not exist takes its element along. */
static uint32_t expand_element(const expand *e, const hone_element *element)
{
    if (element->n == 1 && element->parts[0].kind == HONE_PART_MACRO)
        return add_macro(e, element->parts[0].macro, e->argv);
    for (uint32_t i = 0; i < element->n; i++) {
        if (is_absent(e, &element->parts[i]))
            return 0;
    }
    for (uint32_t i = 0; i < element->n; i++)
        add_part(e, &element->parts[i], e->argv);
    hone_buf_putc(e->argv, '\0');
    return 1;
}

/* Appends `text` with every ' as '\''. */
static void add_single(hone_buf *out, const char *text, size_t len)
{
    const char *end = text + len;

    while (text < end) {
        const char *quote = memchr(text, '\'', (size_t)(end - text));

        if (!quote)
            quote = end;
        hone_buf_add(out, text, (size_t)(quote - text));
        if (quote < end)
            hone_buf_puts(out, "'\\''");
        text = quote < end ? quote + 1 : end;
    }
}

/* Appends `text` so that a shell reads exactly these bytes in that place. */
static void quote_text(hone_buf *out, const char *text, size_t len, hone_quoting quoting)
{
    assert(quoting != HONE_QUOTING_NONE);
    if (quoting == HONE_QUOTING_DOUBLE)
        hone_buf_putc(out, '"');
    if (quoting != HONE_QUOTING_SINGLE)
        hone_buf_putc(out, '\'');
    add_single(out, text, len);
    if (quoting != HONE_QUOTING_SINGLE)
        hone_buf_putc(out, '\'');
    if (quoting == HONE_QUOTING_DOUBLE)
        hone_buf_putc(out, '"');
}

/* Nothing, as a piece that cannot join what stands around it to something new. */
static void add_nothing(hone_buf *out, hone_quoting quoting)
{
    if (quoting == HONE_QUOTING_WORD)
        hone_buf_puts(out, "''");
    else if (quoting == HONE_QUOTING_DOUBLE)
        hone_buf_puts(out, "\"\"");
}

/* Whether a shell reads the text as itself, unquoted, wherever it stands as an argument.
 */
static bool is_harmless(const char *text, size_t len)
{
    static const char harmless[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "0123456789_-+=./:,@%";

    return len > 0 && strspn(text, harmless) == len;
}

/* The arguments in `args` as one text, quoted where a shell would take them apart. */
static void join_args(hone_buf *out, const char *args, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        size_t len = strlen(args);

        if (i > 0)
            hone_buf_putc(out, ' ');
        if (is_harmless(args, len))
            hone_buf_add(out, args, len);
        else
            quote_text(out, args, len, HONE_QUOTING_WORD);
        args += len + 1;
    }
}

static void quote_args(hone_buf *out, const char *args, uint32_t n, hone_quoting quoting)
{
    for (uint32_t i = 0; i < n; i++) {
        size_t len = strlen(args);

        if (i > 0)
            hone_buf_putc(out, ' ');
        quote_text(out, args, len, quoting);
        args += len + 1;
    }
}

static bool is_argument_list(hone_macro macro)
{
    return macro >= HONE_MACRO_ARGS && macro <= HONE_MACRO_ARGS_DOTTED;
}

/* The arguments of a macro in a shell string: words where it stands outside quotes.
 * Inside quotes a list of arguments is one text in which they are quoted once more, so
 * that a second shell (sh -c '... ${args}') takes them apart as they were. */
static void add_shell_macro(expand *e, const hone_part *part)
{
    uint32_t n = add_macro(e, part->macro, &e->scratch);
    bool inside =
        part->quoting == HONE_QUOTING_DOUBLE || part->quoting == HONE_QUOTING_SINGLE;

    if (n == 0)
        add_nothing(e->argv, part->quoting);
    if (!inside || !is_argument_list(part->macro)) {
        if (hone_buf_status(&e->scratch) == 0)
            quote_args(e->argv, hone_buf_text(&e->scratch), n, part->quoting);
        return;
    }
    hone_buf_reset(&e->joined);
    if (n == 0 || hone_buf_status(&e->scratch))
        return;
    join_args(&e->joined, hone_buf_text(&e->scratch), n);
    if (hone_buf_status(&e->joined) == 0)
        quote_text(e->argv, hone_buf_text(&e->joined), e->joined.len, part->quoting);
}

static void add_shell_part(expand *e, const hone_part *part)
{
    hone_buf_reset(&e->scratch);
    if (part->kind == HONE_PART_TEXT) {
        hone_buf_add(e->argv, part->text, part->len);
    } else if (part->kind == HONE_PART_MACRO) {
        add_shell_macro(e, part);
    } else if (is_absent(e, part)) {
        add_nothing(e->argv, part->quoting);
    } else {
        add_part(e, part, &e->scratch);
        if (hone_buf_status(&e->scratch) == 0)
            quote_text(e->argv, hone_buf_text(&e->scratch), e->scratch.len,
                       part->quoting);
    }
}

static int first_failure(const expand *e)
{
    int code = hone_buf_status(e->argv);

    if (!code)
        code = hone_buf_status(&e->scratch);
    return code ? code : hone_buf_status(&e->joined);
}

static int expand_shell(expand *e)
{
    const hone_element *element = &e->command->elements[0];
    int code = 0;

    hone_buf_add(e->argv, "/bin/sh\0-c", sizeof "/bin/sh\0-c");
    for (uint32_t i = 0; i < element->n && !code; i++) {
        add_shell_part(e, &element->parts[i]);
        code = first_failure(e);
    }
    hone_buf_putc(e->argv, '\0');
    return code;
}

int hone_command_expand(const hone_command *command, const hone_space *space,
                        const hone_config *config, const hone_command_context *context,
                        hone_buf *argv, uint32_t *n)
{
    expand e = {.command = command,
                .space = space,
                .config = config,
                .context = context,
                .argv = argv};
    int code = 0;

    assert(config->n == space->n);
    hone_buf_init(&e.scratch, argv->max);
    hone_buf_init(&e.joined, argv->max);
    *n = 0;
    if (command->shell) {
        code = expand_shell(&e);
        *n = 3;
    }
    for (uint32_t i = 0; i < command->n && !command->shell; i++)
        *n += expand_element(&e, &command->elements[i]);
    hone_buf_release(&e.joined);
    hone_buf_release(&e.scratch);
    return code ? code : hone_buf_status(argv);
}
