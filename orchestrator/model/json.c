#include <hone/json.h>

#include <assert.h>
#include <math.h>
#include <string.h>

#include "model/number.h"
#include "model/quote.h"
#include "base/banned.h"

void hone_json_init(hone_json *json, hone_buf *out)
{
    *json = (hone_json){.out = out};
}

/* The comma that is due; the item that follows will ask for the next. */
static void begin_item(hone_json *json)
{
    if (json->comma)
        hone_buf_putc(json->out, ',');
    json->comma = json->depth > 0;
}

static void begin_container(hone_json *json, char opener, char closer)
{
    begin_item(json);
    if (json->depth < HONE_JSON_DEPTH)
        json->closer[json->depth] = closer;
    else if (json->out->failed == 0)
        json->out->failed = HONE_ELIMIT;
    json->depth++;
    hone_buf_putc(json->out, opener);
    json->comma = false;
}

void hone_json_begin_object(hone_json *json)
{
    begin_container(json, '{', '}');
}

void hone_json_begin_array(hone_json *json)
{
    begin_container(json, '[', ']');
}

void hone_json_end(hone_json *json)
{
    assert(json->depth > 0);
    json->depth--;
    if (json->depth < HONE_JSON_DEPTH)
        hone_buf_putc(json->out, json->closer[json->depth]);
    json->comma = json->depth > 0;
}

void hone_json_key(hone_json *json, const char *key)
{
    assert(json->depth > 0);
    assert(json->depth > HONE_JSON_DEPTH || json->closer[json->depth - 1] == '}');
    begin_item(json);
    hone_quote_write(json->out, key, strlen(key), HONE_QUOTE_JSON);
    hone_buf_putc(json->out, ':');
    json->comma = false;
}

static void put_word(hone_json *json, const char *word)
{
    begin_item(json);
    hone_buf_puts(json->out, word);
}

void hone_json_null(hone_json *json)
{
    put_word(json, "null");
}

void hone_json_bool(hone_json *json, bool value)
{
    put_word(json, value ? "true" : "false");
}

void hone_json_int(hone_json *json, int64_t value)
{
    char text[HONE_INT_TEXT];
    size_t len = hone_int_write(value, text);
    begin_item(json);
    hone_buf_add(json->out, text, len);
}

void hone_json_real(hone_json *json, double value)
{
    char text[HONE_REAL_TEXT];
    size_t len = hone_real_write(value, text);
    if (!isfinite(value)) {
        hone_json_bytes(json, text, len);
        return;
    }
    begin_item(json);
    hone_buf_add(json->out, text, len);
}

void hone_json_text(hone_json *json, const char *text)
{
    if (text == NULL)
        hone_json_null(json);
    else
        hone_json_bytes(json, text, strlen(text));
}

void hone_json_bytes(hone_json *json, const char *text, size_t len)
{
    begin_item(json);
    hone_quote_write(json->out, text, len, HONE_QUOTE_JSON);
}

static void put_list(hone_json *json, const hone_value *list)
{
    hone_json_begin_array(json);
    for (uint32_t i = 0; i < list->n && json->out->failed == 0; i++)
        hone_json_value(json, &list->items[i]);
    hone_json_end(json);
}

static void put_map(hone_json *json, const hone_value *map)
{
    hone_json_begin_object(json);
    for (uint32_t i = 0; i < map->n && json->out->failed == 0; i++) {
        hone_json_key(json, map->pairs[i].key);
        hone_json_value(json, &map->pairs[i].value);
    }
    hone_json_end(json);
}

void hone_json_value(hone_json *json, const hone_value *value)
{
    switch (value->kind) {
    case HONE_ABSENT:
    case HONE_NULL:
        hone_json_null(json);
        break;
    case HONE_BOOL:
        hone_json_bool(json, value->boolean);
        break;
    case HONE_INT:
        hone_json_int(json, value->integer);
        break;
    case HONE_REAL:
        hone_json_real(json, value->real);
        break;
    case HONE_TEXT:
        hone_json_bytes(json, value->text, value->n);
        break;
    case HONE_LIST:
        put_list(json, value);
        break;
    case HONE_MAP:
        put_map(json, value);
        break;
    }
}
