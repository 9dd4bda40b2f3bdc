/* The one JSON writer: streaming, sticky, compact, with a nesting stack that puts commas.
 *
 *   init  value  status        value := object | array | scalar
 *   object := begin_object (key value)* end     array := begin_array value* end
 *
 * What JSON has no number for (NaN, infinities) is written as "nan", "inf", "-inf".
 * Bytes that are no UTF-8 are written as U+FFFD. */
#ifndef HONE_JSON_H
#define HONE_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include <hone/buf.h>
#include <hone/value.h>

enum { HONE_JSON_DEPTH = 64 };

typedef struct hone_json {
    hone_buf *out;                /* borrowed */
    int depth;                    /* open containers */
    char closer[HONE_JSON_DEPTH]; /* '}' or ']' of each open container */
    bool comma;                   /* a comma is due before the next item */
} hone_json;

HONE_API void hone_json_init(hone_json *json, hone_buf *out);
HONE_API void hone_json_begin_object(hone_json *json);
HONE_API void hone_json_begin_array(hone_json *json);
HONE_API void hone_json_end(hone_json *json);
HONE_API void hone_json_key(hone_json *json, const char *key);
HONE_API void hone_json_null(hone_json *json);
HONE_API void hone_json_bool(hone_json *json, bool value);
HONE_API void hone_json_int(hone_json *json, int64_t value);
HONE_API void hone_json_real(hone_json *json, double value);
HONE_API void hone_json_text(hone_json *json, const char *text); /* NULL writes null */
HONE_API void hone_json_bytes(hone_json *json, const char *text, size_t len);
HONE_API void hone_json_value(hone_json *json, const hone_value *value);

#endif
