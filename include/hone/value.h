/* A value of a parameter: what YAML can say, tagged, copied by value.
 *
 * Text, spelling, items and pairs are borrowed from whoever made the value (the arena of
 * its spec, or the row it was read from); a copy lives no longer than that owner. */
#ifndef HONE_VALUE_H
#define HONE_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <hone/buf.h>

typedef enum hone_kind {
    HONE_ABSENT, /* the parameter does not exist in this configuration (`when`) */
    HONE_NULL,
    HONE_BOOL,
    HONE_INT,
    HONE_REAL,
    HONE_TEXT,
    HONE_LIST,
    HONE_MAP
} hone_kind;

typedef struct hone_value hone_value;
typedef struct hone_pair hone_pair;

/* Worked example: `0.10` in a spec is {HONE_REAL, .real = 0.1, .spelling = "0.10"};
 * a sampled 0.1 is the same without a spelling; "0.10" in quotes is {HONE_TEXT}. */
struct hone_value {
    hone_kind kind;
    uint32_t n; /* TEXT: bytes (NUL not counted); LIST: items; MAP: pairs; else 0 */
    union {
        bool boolean;
        int64_t integer;
        double real;
        const char *text; /* NUL-terminated, and may hold no NUL inside */
        const hone_value *items;
        const hone_pair *pairs; /* in the order of the file, keys unique */
    };
    const char *spelling; /* INT and REAL: as the user wrote it; NULL where computed */
};

struct hone_pair {
    const char *key;
    hone_value value;
};

/* How a value is written as text.
 *   PYTHON  str(): True, None, 1e-05, a string raw, [1, 'a'], {'lr': 0.1}   (W&B macros)
 *   YAML    true, null, 1e-05, a string raw, [1, a], {lr: 0.1}               (`${x}`)
 *   JSON    json.dumps(): true, null, "text", [1, "a"], {"lr": 0.1}          (args_json)
 * At the top level PYTHON and YAML write a number as the user spelled it; inside a list
 * or mapping, and in JSON, a number is written in its canonical form. YAML inside a list
 * or mapping is read alike by YAML 1.1 and 1.2: text that either takes for another type
 * is quoted, and a real has a point (1.0e-05). Infinities and NaN are inf, .inf,
 * Infinity. */
typedef enum hone_form { HONE_FORM_PYTHON, HONE_FORM_YAML, HONE_FORM_JSON } hone_form;

/* Lists and mappings nest no deeper: a reader refuses more, a writer fails with
 * HONE_ELIMIT, and deeper values equal nothing. */
enum { HONE_VALUE_DEPTH = 64 };

HONE_API hone_value hone_value_int(int64_t integer);
HONE_API hone_value hone_value_real(double real);
HONE_API hone_value hone_value_bool(bool boolean);
/* `text` is borrowed and NUL-terminated. */
HONE_API hone_value hone_value_text(const char *text);

/* Appends the value's text; ABSENT appends nothing. */
HONE_API void hone_value_write(hone_buf *out, const hone_value *value, hone_form form);

/* Whether two values are one point: 1, 1.0 and 1e0 are, 1 and true and "1" are not.
 * NaN equals NaN; mappings compare whatever the order of their keys. */
HONE_API bool hone_value_equal(const hone_value *a, const hone_value *b);

/* The number as double: of INT, REAL, and BOOL (0 or 1); false for the other kinds. */
HONE_API bool hone_value_number(const hone_value *value, double *number);

/* Types a plain (unquoted) scalar as the spec's dialect does: YAML 1.2's core schema
 * (`1e-4`, `.5`, `0x1F`, `0o17`, `~`, `True`, `.inf`; `yes`, `1_000` and `inf` are text),
 * and a sign before 0x and 0o. An integer that no int64 holds is a REAL with its
 * spelling. `text` is borrowed, also as the spelling. */
HONE_API hone_value hone_value_from_plain(const char *text);

/* Large enough for every double: sign, 17 digits, point, exponent, NUL. */
enum { HONE_REAL_TEXT = 32 };

/* Writes the shortest decimal text that reads back as the same double, in Python's form:
 * 0.1, 1e-05, 1e+16, 2.0, inf, -inf, nan. Returns its length. Independent of locale. */
HONE_API size_t hone_real_write(double real, char text[static HONE_REAL_TEXT]);

/* Reads a decimal number (also inf, nan, any case, with sign) that fills `text`[0..len)
 * exactly, whatever the locale. Returns false where it does not. */
HONE_API bool hone_real_read(const char *text, size_t len, double *real);

#endif
