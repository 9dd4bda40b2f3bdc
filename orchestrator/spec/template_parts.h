/* The inside of a compiled command, shared by template*.c alone.
 *
 * A command is a list of elements, an element a list of parts. A shell string is one
 * element whose parts know in which quotes of the shell they stand. */
#ifndef HONE_SPEC_TEMPLATE_PARTS_H
#define HONE_SPEC_TEMPLATE_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <hone/spec.h>

#include "base/arena.h"

/* The macros of W&B, and ${args_dotted}. */
#define HONE_MACRO_MAP(XX)                                                               \
    XX(ENV, "env")                                                                       \
    XX(INTERPRETER, "interpreter")                                                       \
    XX(PROGRAM, "program")                                                               \
    XX(ARGS, "args")                                                                     \
    XX(ARGS_NO_EQUALS, "args_no_equals")                                                 \
    XX(ARGS_NO_HYPHENS, "args_no_hyphens")                                               \
    XX(ARGS_NO_BOOLEAN_FLAGS, "args_no_boolean_flags")                                   \
    XX(ARGS_APPEND_HYDRA, "args_append_hydra")                                           \
    XX(ARGS_OVERRIDE_HYDRA, "args_override_hydra")                                       \
    XX(ARGS_DOTTED, "args_dotted")                                                       \
    XX(ARGS_JSON, "args_json")                                                           \
    XX(ARGS_JSON_FILE, "args_json_file")

typedef enum hone_macro {
#define XX(name, text) HONE_MACRO_##name,
    HONE_MACRO_MAP(XX)
#undef XX
        HONE_N_MACROS
} hone_macro;

typedef enum hone_part_kind {
    HONE_PART_TEXT,   /* bytes of the template */
    HONE_PART_PARAM,  /* ${lr} */
    HONE_PART_ENVVAR, /* ${envvar:HOME} */
    HONE_PART_MACRO   /* ${args}; in a list always the whole element */
} hone_part_kind;

/* Where in a shell string a part stands; NONE in a list, where there is no shell. */
typedef enum hone_quoting {
    HONE_QUOTING_NONE,
    HONE_QUOTING_WORD,  /* outside quotes, with other text before or behind it */
    HONE_QUOTING_ALONE, /* outside quotes, a word of its own: vanishes where absent */
    HONE_QUOTING_DOUBLE,
    HONE_QUOTING_SINGLE
} hone_quoting;

typedef struct hone_part {
    hone_part_kind kind;
    hone_quoting quoting;
    hone_macro macro; /* MACRO */
    uint32_t param;   /* PARAM: index into the space */
    uint32_t len;     /* bytes of text */
    const char *text; /* TEXT: the bytes; ENVVAR: the name, NUL-terminated; borrowed */
} hone_part;

typedef struct hone_element {
    uint32_t n;
    const hone_part *parts;
} hone_element;

struct hone_command {
    bool shell; /* one element, for /bin/sh -c */
    bool wants_json_file;
    uint32_t n;
    const hone_element *elements;
    const char *program; /* NULL: none, and no ${program} either */
};

/* The names of a space, sorted, for one compilation. */
typedef struct hone_names {
    const hone_space *space;
    const uint32_t *order; /* space->n indices, by name */
} hone_names;

/* One compilation. `remark` is where the first remark of a success goes. */
typedef struct hone_compile {
    hone_names names;
    hone_arena *arena;
    const char *program;
    uint32_t item;        /* the element at work */
    uint32_t remark_item; /* of the first remark, like the next two */
    size_t remark_offset;
    hone_error remark; /* code 0: none */
    size_t bad_offset; /* of the error that is returned */
    uint64_t compared; /* parameters that unknown names were compared with */
    bool wants_json_file;
} hone_compile;

/* What `${NAME}` stands for. */
typedef enum hone_reference_kind {
    HONE_REFERENCE_UNKNOWN,
    HONE_REFERENCE_PARAM,
    HONE_REFERENCE_ENVVAR,
    HONE_REFERENCE_MACRO
} hone_reference_kind;

typedef struct hone_reference {
    hone_reference_kind kind;
    size_t len;       /* of the whole ${NAME}, 0 where no } ends it */
    const char *name; /* borrowed from the template, name_len bytes */
    size_t name_len;
    uint32_t param;
    hone_macro macro;
} hone_reference;

/* Sorts the names. Errors: HONE_ENOMEM. */
HONE_MUST_CHECK int hone_names_make(const hone_space *space, hone_arena *arena,
                                    hone_names *out);
/* The index of the parameter, or -1. O(log n). */
int64_t hone_names_find(const hone_names *names, const char *name, size_t len);

/* Reads the `${` at text[0..len); macros, then parameters. */
hone_reference hone_reference_read(const hone_names *names, const char *text, size_t len);
/* The name of a parameter of which an unknown name may be a slip, or NULL. */
const char *hone_reference_near(hone_compile *compile, const hone_reference *reference);
/* The part for a reference of a known kind. Errors: HONE_ESPEC (no program). */
HONE_MUST_CHECK int hone_reference_part(hone_compile *compile,
                                        const hone_reference *reference, hone_part *out,
                                        hone_error *err);
/* Keeps the first remark. */
void hone_compile_remark(hone_compile *compile, size_t offset, const char *format, ...)
    HONE_PRINTF(3, 4);

/* Compiles a shell string of `len` bytes. Errors: HONE_ESPEC, HONE_ENOMEM. */
HONE_MUST_CHECK int hone_shell_compile(hone_compile *compile, const char *text,
                                       size_t len, hone_element *out, hone_error *err);

#endif
