/* Command templates: the list of a spec's `command`, compiled.
 *
 *   hone_command_compile  hone_command_expand*                    (template_expand.c)
 *
 * W&B's rules: an element that is as a whole ${macro} is replaced, an unknown one
 * vanishes,
 * ${envvar:X} is replaced anywhere. hone's: ${name} of a parameter is replaced anywhere
 * too, and $${x} is a literal ${x}. Everything else inside an element stays as it is, for
 * such files exist (Hydra's ${now:%Y}); where it may be a slip, a remark says so.
 *
 * A string is compiled by template_shell.c. */
#include "spec/template.h"
#include "spec/template_parts.h"

#include <assert.h>
#include <string.h>

#include "base/banned.h"

/* Room for every part of a text: at most two for each `$`, and what follows the last. */
static hone_part *alloc_parts(hone_arena *arena, const char *text, size_t len)
{
    size_t n = 1;

    for (size_t i = 0; i < len; i++)
        n += text[i] == '$' ? 2 : 0;
    return hone_arena_alloc(arena, n * sizeof(hone_part));
}

static void add_text(hone_element *element, hone_part *parts, const char *text,
                     size_t len)
{
    if (len > 0)
        parts[element->n++] =
            (hone_part){.kind = HONE_PART_TEXT, .text = text, .len = (uint32_t)len};
}

static void remark_inside(hone_compile *compile, const hone_reference *reference,
                          size_t offset)
{
    const char *near;

    if (reference->kind == HONE_REFERENCE_MACRO) {
        hone_compile_remark(
            compile, offset,
            "${%.*s} inside an element stays as it is; it is replaced only "
            "where it is the whole element",
            (int)reference->name_len, reference->name);
        return;
    }
    near = hone_reference_near(compile, reference);
    if (near)
        hone_compile_remark(compile, offset,
                            "no parameter %.*s, so ${%.*s} stays as it is; did you mean "
                            "${%s}",
                            (int)reference->name_len, reference->name,
                            (int)reference->name_len, reference->name, near);
}

/* An element with references anywhere in it. */
static int compile_text(hone_compile *compile, const char *text, size_t len,
                        hone_element *out, hone_error *err)
{
    hone_part *parts = alloc_parts(compile->arena, text, len);
    hone_element element = {.parts = parts};
    size_t start = 0; /* of the text that is not yet in a part */
    size_t at = 0;

    if (!parts)
        return hone_error_set(err, HONE_ENOMEM, "out of memory for the command");
    while (at + 1 < len) {
        hone_reference reference;
        int code;

        if (len - at >= 3 && memcmp(text + at, "$${", 3) == 0) {
            add_text(&element, parts, text + start, at - start);
            start = at + 1;
            at += 3;
            continue;
        }
        if (text[at] != '$' || text[at + 1] != '{') {
            at++;
            continue;
        }
        reference = hone_reference_read(&compile->names, text + at, len - at);
        if (reference.kind == HONE_REFERENCE_UNKNOWN ||
            reference.kind == HONE_REFERENCE_MACRO) {
            remark_inside(compile, &reference, at);
            at += 2;
            continue;
        }
        add_text(&element, parts, text + start, at - start);
        compile->bad_offset = at;
        code = hone_reference_part(compile, &reference, &parts[element.n++], err);
        if (code)
            return code;
        at += reference.len;
        start = at;
    }
    add_text(&element, parts, text + start, len - start);
    *out = element;
    return 0;
}

/* An element that is ${NAME} from end to end. *vanishes where no one knows the name. */
static int compile_whole(hone_compile *compile, const hone_reference *reference,
                         hone_element *out, hone_error *err)
{
    hone_part *part;
    const char *near;

    if (reference->kind != HONE_REFERENCE_UNKNOWN) {
        part = hone_arena_alloc(compile->arena, sizeof *part);
        if (!part)
            return hone_error_set(err, HONE_ENOMEM, "out of memory for the command");
        *out = (hone_element){.n = 1, .parts = part};
        compile->bad_offset = 0;
        return hone_reference_part(compile, reference, part, err);
    }
    near = hone_reference_near(compile, reference);
    hone_compile_remark(
        compile, 0, "no parameter and no macro %.*s: the element vanishes%s%s%s",
        (int)reference->name_len, reference->name, near ? "; did you mean ${" : "",
        near ? near : "", near ? "}" : "");
    *out = (hone_element){.n = 0};
    return 0;
}

/* The text of an element: what it says, or Python's str() of what else it is. */
static const char *element_text(hone_compile *compile, const hone_value *item,
                                size_t *len)
{
    hone_buf text;
    const char *copy = NULL;

    if (item->kind == HONE_TEXT) {
        *len = item->n;
        return hone_arena_copy(compile->arena, item->text, item->n);
    }
    hone_buf_init(&text, HONE_SPEC_MAX_BYTES);
    hone_value_write(&text, item, HONE_FORM_PYTHON);
    if (hone_buf_status(&text) == 0) {
        *len = text.len;
        copy = hone_arena_copy(compile->arena, hone_buf_text(&text), text.len);
    }
    hone_buf_release(&text);
    return copy;
}

/* Compiles one item; *kept is false where the element vanishes. */
static int compile_item(hone_compile *compile, const hone_value *item, hone_element *out,
                        bool *kept, hone_error *err)
{
    hone_reference reference;
    size_t len = 0;
    const char *text = element_text(compile, item, &len);
    int code;

    *kept = true;
    if (!text)
        return hone_error_set(err, HONE_ENOMEM, "out of memory for the command");
    if (len < 3 || memcmp(text, "${", 2) != 0)
        return compile_text(compile, text, len, out, err);
    reference = hone_reference_read(&compile->names, text, len);
    if (reference.len != len)
        return compile_text(compile, text, len, out, err);
    code = compile_whole(compile, &reference, out, err);
    *kept = out->n > 0;
    return code;
}

static int compile_list(hone_compile *compile, const hone_value *list,
                        hone_command *command, hone_error *err)
{
    hone_element *elements = hone_arena_alloc(compile->arena, list->n * sizeof *elements);

    if (!elements)
        return hone_error_set(err, HONE_ENOMEM, "out of memory for the command");
    for (uint32_t i = 0; i < list->n; i++) {
        bool kept;
        int code;

        compile->item = i;
        code = compile_item(compile, &list->items[i], &elements[command->n], &kept, err);
        if (code)
            return code;
        command->n += kept;
    }
    command->elements = elements;
    return 0;
}

static int compile_string(hone_compile *compile, const hone_value *text,
                          hone_command *command, hone_error *err)
{
    hone_element *element = hone_arena_alloc(compile->arena, sizeof *element);
    const char *copy = hone_arena_copy(compile->arena, text->text, text->n);

    if (!element || !copy)
        return hone_error_set(err, HONE_ENOMEM, "out of memory for the command");
    if (strspn(copy, " \t\n") == text->n)
        return hone_error_set(err, HONE_ESPEC,
                              "command is empty; leave it out, or give a command");
    command->shell = true;
    command->n = 1;
    command->elements = element;
    return hone_shell_compile(compile, copy, text->n, element, err);
}

static int compile_command(hone_compile *compile, const hone_value *value,
                           hone_command *command, hone_error *err)
{
    static const hone_value by_default[] = {
        {.kind = HONE_TEXT, .n = 6, .text = "${env}"},
        {.kind = HONE_TEXT, .n = 14, .text = "${interpreter}"},
        {.kind = HONE_TEXT, .n = 10, .text = "${program}"},
        {.kind = HONE_TEXT, .n = 7, .text = "${args}"},
    };
    static const hone_value default_list = {
        .kind = HONE_LIST, .n = 4, .items = by_default};

    /* W&B: an empty list is no command. */
    if (!value || value->kind == HONE_NULL || (value->kind == HONE_LIST && value->n == 0))
        return compile_list(compile, &default_list, command, err);
    if (value->kind == HONE_LIST)
        return compile_list(compile, value, command, err);
    if (value->kind == HONE_TEXT)
        return compile_string(compile, value, command, err);
    return hone_error_set(
        err, HONE_ESPEC,
        "command is neither a list nor a string; a list has one argument "
        "an item, a string is run by /bin/sh");
}

int hone_command_compile(const hone_value *command, const char *program,
                         const hone_space *space, hone_arena *arena,
                         const hone_command **out, uint32_t *bad_item, size_t *bad_offset,
                         hone_error *err)
{
    hone_compile compile = {.arena = arena, .program = program};
    hone_command *made = hone_arena_alloc(arena, sizeof *made);
    int code = made ? hone_names_make(space, arena, &compile.names) : HONE_ENOMEM;

    if (code)
        return hone_error_set(err, code, "out of memory for the command");
    code = compile_command(&compile, command, made, err);
    *bad_item = code ? compile.item : compile.remark_item;
    *bad_offset = code ? compile.bad_offset : compile.remark_offset;
    if (code)
        return code;
    if (err)
        *err = compile.remark;
    made->wants_json_file = compile.wants_json_file;
    if (program) {
        made->program = hone_arena_copy(arena, program, strlen(program));
        if (!made->program)
            return hone_error_set(err, HONE_ENOMEM, "out of memory for the command");
    }
    *out = made;
    return 0;
}

bool hone_command_wants_json_file(const hone_command *command)
{
    return command->wants_json_file;
}
