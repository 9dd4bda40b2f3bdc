/* What a ${NAME} in a command stands for: macros, parameters by name, near misses. */
#include "spec/nearest.h"
#include "spec/template_parts.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

enum {
    NEAR_NAME = 64, /* longer names are no slips */
    /* Names compared in one command, so that a hostile one ends. */
    NEAR_MAX = 1000000
};

static const char *const macro_names[HONE_N_MACROS] = {
#define XX(name, text) [HONE_MACRO_##name] = text,
    HONE_MACRO_MAP(XX)
#undef XX
};

static int compare_params(const void *left, const void *right, void *arg)
{
    const hone_space *space = arg;
    uint32_t a = *(const uint32_t *)left;
    uint32_t b = *(const uint32_t *)right;

    return strcmp(space->params[a].name, space->params[b].name);
}

int hone_names_make(const hone_space *space, hone_arena *arena, hone_names *out)
{
    uint32_t *order = hone_arena_alloc(arena, sizeof *order * (space->n + (size_t)1));

    if (!order)
        return HONE_ENOMEM;
    for (uint32_t i = 0; i < space->n; i++)
        order[i] = i;
    /* qsort_r does not write to the argument, which it cannot say. */
    qsort_r(order, space->n, sizeof *order, compare_params, (void *)(uintptr_t)space);
    *out = (hone_names){.space = space, .order = order};
    return 0;
}

/* As strcmp, of name[0..len) and a NUL-terminated text. */
static int compare_name(const char *name, size_t len, const char *text)
{
    int order = strncmp(name, text, len);

    return order ? order : (text[len] == '\0' ? 0 : -1);
}

int64_t hone_names_find(const hone_names *names, const char *name, size_t len)
{
    uint32_t low = 0;
    uint32_t high = names->space->n;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        uint32_t param = names->order[middle];
        int order = compare_name(name, len, names->space->params[param].name);

        if (order == 0)
            return param;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return -1;
}

static const char *name_at(const void *arg, uint32_t i)
{
    const hone_space *space = arg;

    return i < space->n ? space->params[i].name : NULL;
}

/* A name in capitals is meant for the environment. */
static bool is_capital(const char *name)
{
    return name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")] == '\0';
}

const char *hone_reference_near(hone_compile *compile, const hone_reference *reference)
{
    const hone_space *space = compile->names.space;
    char name[NEAR_NAME];

    if (reference->name_len >= sizeof name || compile->compared > NEAR_MAX)
        return NULL;
    memcpy(name, reference->name, reference->name_len);
    name[reference->name_len] = '\0';
    if (is_capital(name))
        return NULL;
    compile->compared += space->n;
    return hone_nearest(name, name_at, space);
}

/* Whether it is envvar:X, with X as W&B has it: [A-Z0-9_]*. */
static bool is_envvar(const char *name, size_t len)
{
    static const char prefix[] = "envvar:";
    size_t i = sizeof prefix - 1;

    if (len < i || memcmp(name, prefix, i) != 0)
        return false;
    while (i < len && ((name[i] >= 'A' && name[i] <= 'Z') ||
                       (name[i] >= '0' && name[i] <= '9') || name[i] == '_'))
        i++;
    return i == len;
}

static bool find_macro(const char *name, size_t len, hone_macro *out)
{
    for (int i = 0; i < HONE_N_MACROS; i++) {
        if (compare_name(name, len, macro_names[i]) == 0) {
            *out = (hone_macro)i;
            return true;
        }
    }
    return false;
}

hone_reference hone_reference_read(const hone_names *names, const char *text, size_t len)
{
    hone_reference reference = {.kind = HONE_REFERENCE_UNKNOWN};
    const char *end;
    int64_t param;

    assert(len >= 2 && text[0] == '$' && text[1] == '{');
    reference.name = text + 2;
    end = memchr(reference.name, '}', len - 2);
    if (!end)
        return reference;
    reference.name_len = (size_t)(end - reference.name);
    reference.len = reference.name_len + 3;
    param = hone_names_find(names, reference.name, reference.name_len);
    if (find_macro(reference.name, reference.name_len, &reference.macro)) {
        reference.kind = HONE_REFERENCE_MACRO;
    } else if (is_envvar(reference.name, reference.name_len)) {
        reference.kind = HONE_REFERENCE_ENVVAR;
    } else if (param >= 0) {
        reference.kind = HONE_REFERENCE_PARAM;
        reference.param = (uint32_t)param;
    }
    return reference;
}

/* A program is needed where the macro is used, and only there. */
static int macro_part(hone_compile *compile, hone_macro macro, hone_part *out,
                      hone_error *err)
{
    if (macro == HONE_MACRO_PROGRAM && !compile->program)
        return hone_error_set(err, HONE_ESPEC,
                              "command uses ${program}, but there is no program; add "
                              "`program: train.py`");
    if (macro == HONE_MACRO_ARGS_JSON_FILE)
        compile->wants_json_file = true;
    *out = (hone_part){.kind = HONE_PART_MACRO, .macro = macro};
    return 0;
}

int hone_reference_part(hone_compile *compile, const hone_reference *reference,
                        hone_part *out, hone_error *err)
{
    const size_t prefix = strlen("envvar:");
    const char *name;

    switch (reference->kind) {
    case HONE_REFERENCE_PARAM:
        *out = (hone_part){.kind = HONE_PART_PARAM, .param = reference->param};
        return 0;
    case HONE_REFERENCE_ENVVAR:
        name = hone_arena_copy(compile->arena, reference->name + prefix,
                               reference->name_len - prefix);
        if (!name)
            return hone_error_set(err, HONE_ENOMEM, "out of memory for the command");
        *out = (hone_part){.kind = HONE_PART_ENVVAR, .text = name};
        return 0;
    case HONE_REFERENCE_MACRO:
        return macro_part(compile, reference->macro, out, err);
    case HONE_REFERENCE_UNKNOWN:
        break;
    }
    assert(reference->kind != HONE_REFERENCE_UNKNOWN);
    return HONE_ESPEC;
}

void hone_compile_remark(hone_compile *compile, size_t offset, const char *format, ...)
{
    char line[sizeof compile->remark.text];
    va_list args;

    if (compile->remark.code)
        return;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    compile->remark_item = compile->item;
    compile->remark_offset = offset;
    hone_error_set(&compile->remark, HONE_ENOTFOUND, "%s", line);
}
