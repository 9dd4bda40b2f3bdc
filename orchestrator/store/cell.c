/* Values as columns: see cell.h for the table. JSON is written by hone's one writer,
 * which has no number for NaN and the infinities and writes them as strings; which
 * strings these are is kept beside it, so that a value comes back exactly as it was. */
#include "store/cell.h"

#include <assert.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <hone/json.h>

#include "base/banned.h"

static const char *const kinds[] = {
    [HONE_ABSENT] = "absent", [HONE_NULL] = "null", [HONE_BOOL] = "bool",
    [HONE_INT] = "int",       [HONE_REAL] = "real", [HONE_TEXT] = "text",
    [HONE_LIST] = "list",     [HONE_MAP] = "map",
};

const char *hone_cell_kind(hone_kind kind)
{
    assert((size_t)kind < sizeof kinds / sizeof kinds[0]);
    return kinds[kind];
}

/* ---- writing ---- */

/* Appends to `odd` the places, among the strings of the JSON, of reals that are none. */
static void note_odd(hone_buf *odd, const hone_value *value, uint32_t *n_texts, int depth)
{
    if (depth > HONE_VALUE_DEPTH)
        return; /* the JSON writer fails on it */
    if (value->kind == HONE_TEXT) {
        (*n_texts)++;
    } else if (value->kind == HONE_REAL && !isfinite(value->real)) {
        hone_buf_printf(odd, odd->len > 0 ? ",%u" : "%u", *n_texts);
        (*n_texts)++;
    } else if (value->kind == HONE_LIST) {
        for (uint32_t i = 0; i < value->n; i++)
            note_odd(odd, &value->items[i], n_texts, depth + 1);
    } else if (value->kind == HONE_MAP) {
        for (uint32_t i = 0; i < value->n; i++)
            note_odd(odd, &value->pairs[i].value, n_texts, depth + 1);
    }
}

static int write_nested(hone_cell *cell, const hone_value *value, hone_buf *json_text,
                        hone_buf *odd)
{
    hone_json json;
    hone_buf_reset(json_text);
    hone_buf_reset(odd);
    hone_json_init(&json, json_text);
    hone_json_value(&json, value);
    uint32_t n_texts = 0;
    note_odd(odd, value, &n_texts, 0);
    int rc = hone_buf_status(json_text);
    if (rc == HONE_OK)
        rc = hone_buf_status(odd);
    cell->type = HONE_CELL_TEXT;
    cell->text = hone_buf_text(json_text);
    cell->text_len = json_text->len;
    cell->spelling = odd->len > 0 ? hone_buf_text(odd) : NULL;
    return rc;
}

static void write_real(hone_cell *cell, double real)
{
    if (isnan(real) || (real == 0.0 && signbit(real) != 0)) {
        cell->type = HONE_CELL_TEXT;
        cell->text = isnan(real) ? "nan" : "-0.0";
        cell->text_len = strlen(cell->text);
        return;
    }
    cell->type = HONE_CELL_REAL;
    cell->real = real;
}

int hone_cell_write(hone_cell *cell, const hone_value *value, hone_buf *json,
                    hone_buf *odd)
{
    *cell = (hone_cell){.type = HONE_CELL_NULL};
    switch (value->kind) {
    case HONE_ABSENT:
    case HONE_NULL:
        return HONE_OK;
    case HONE_BOOL:
        cell->type = HONE_CELL_INT;
        cell->integer = value->boolean ? 1 : 0;
        return HONE_OK;
    case HONE_INT:
        cell->type = HONE_CELL_INT;
        cell->integer = value->integer;
        cell->spelling = value->spelling;
        return HONE_OK;
    case HONE_REAL:
        write_real(cell, value->real);
        cell->spelling = value->spelling;
        return HONE_OK;
    case HONE_TEXT:
        cell->type = HONE_CELL_TEXT;
        cell->text = value->text;
        cell->text_len = value->n;
        return HONE_OK;
    case HONE_LIST:
    case HONE_MAP:
        return write_nested(cell, value, json, odd);
    }
    return HONE_OK;
}

void hone_path_write(hone_buf *out, const char *const *path, uint32_t depth)
{
    hone_json json;
    hone_json_init(&json, out);
    hone_json_begin_array(&json);
    for (uint32_t i = 0; i < depth; i++)
        hone_json_text(&json, path[i]);
    hone_json_end(&json);
}

void hone_texts_write(hone_buf *out, const char *texts, uint32_t n)
{
    hone_json json;
    hone_json_init(&json, out);
    hone_json_begin_array(&json);
    for (uint32_t i = 0; i < n; i++) {
        hone_json_text(&json, texts);
        texts += strlen(texts) + 1;
    }
    hone_json_end(&json);
}

/* ---- reading ---- */

/* What is read into, and which of the strings is next to come. */
typedef struct reading {
    hone_arena *arena;
    const char *odd; /* the places that are still to come: "3,5" */
    unsigned long n_texts;
    int rc;
} reading;

static hone_value read_node(reading *state, const json_t *node);

static char *copy_text(reading *state, const char *text, size_t len)
{
    char *copy = hone_arena_copy(state->arena, text, len);
    if (copy == NULL)
        state->rc = HONE_ENOMEM;
    return copy;
}

static void *alloc_array(reading *state, size_t n, size_t size)
{
    void *array = hone_arena_alloc(state->arena, n * size);
    if (array == NULL)
        state->rc = HONE_ENOMEM;
    return array;
}

static hone_value read_string(reading *state, const json_t *node)
{
    const char *text = json_string_value(node);
    size_t len = json_string_length(node);
    unsigned long place = state->n_texts++;
    char *end = NULL;
    double real = 0;
    if (state->odd != NULL && strtoul(state->odd, &end, 10) == place &&
        end != state->odd) {
        state->odd = *end == ',' ? end + 1 : NULL;
        if (!hone_real_read(text, len, &real))
            state->rc = HONE_EDAMAGED;
        return hone_value_real(real);
    }
    return (hone_value){
        .kind = HONE_TEXT, .n = (uint32_t)len, .text = copy_text(state, text, len)};
}

static hone_value read_list(reading *state, const json_t *node)
{
    size_t n = json_array_size(node);
    hone_value *items = alloc_array(state, n, sizeof *items);
    for (size_t i = 0; items != NULL && i < n; i++)
        items[i] = read_node(state, json_array_get(node, i));
    return (hone_value){.kind = HONE_LIST, .n = (uint32_t)n, .items = items};
}

static hone_value read_map(reading *state, const json_t *node)
{
    size_t n = json_object_size(node), i = 0;
    hone_pair *pairs = alloc_array(state, n, sizeof *pairs);
    /* The iterator wants a mutable object and leaves it as it is. */
    json_t *object = (json_t *)(uintptr_t)node;
    const char *key;
    json_t *item;
    if (pairs != NULL) {
        json_object_foreach(object, key, item)
        {
            pairs[i].key = copy_text(state, key, strlen(key));
            pairs[i].value = read_node(state, item);
            i++;
        }
    }
    return (hone_value){.kind = HONE_MAP, .n = (uint32_t)n, .pairs = pairs};
}

static hone_value read_node(reading *state, const json_t *node)
{
    switch (json_typeof(node)) {
    case JSON_OBJECT:
        return read_map(state, node);
    case JSON_ARRAY:
        return read_list(state, node);
    case JSON_STRING:
        return read_string(state, node);
    case JSON_INTEGER:
        return hone_value_int(json_integer_value(node));
    case JSON_REAL:
        return hone_value_real(json_real_value(node));
    case JSON_TRUE:
        return hone_value_bool(true);
    case JSON_FALSE:
        return hone_value_bool(false);
    case JSON_NULL:
        break;
    }
    return (hone_value){.kind = HONE_NULL};
}

static int read_nested(hone_value *value, const hone_cell *cell, hone_arena *arena)
{
    json_error_t where;
    json_t *root = json_loadb(cell->text, cell->text_len, 0, &where);
    if (root == NULL)
        return json_error_code(&where) == json_error_out_of_memory ? HONE_ENOMEM
                                                                   : HONE_EDAMAGED;
    reading state = {.arena = arena, .odd = cell->spelling};
    hone_kind kind = value->kind;
    *value = read_node(&state, root);
    json_decref(root);
    if (state.rc == HONE_OK && value->kind != kind)
        state.rc = HONE_EDAMAGED;
    return state.rc;
}

static int read_number(hone_value *value, const hone_cell *cell, hone_arena *arena)
{
    if (cell->spelling != NULL) {
        value->spelling = hone_arena_copy(arena, cell->spelling, strlen(cell->spelling));
        if (value->spelling == NULL)
            return HONE_ENOMEM;
    }
    if (value->kind == HONE_INT) {
        value->integer = cell->integer;
        return cell->type == HONE_CELL_INT ? HONE_OK : HONE_EDAMAGED;
    }
    if (cell->type == HONE_CELL_TEXT)
        return hone_real_read(cell->text, cell->text_len, &value->real) ? HONE_OK
                                                                        : HONE_EDAMAGED;
    value->real = cell->real;
    return cell->type == HONE_CELL_REAL ? HONE_OK : HONE_EDAMAGED;
}

static int find_kind(const char *word, hone_kind *kind)
{
    for (size_t i = HONE_NULL; word != NULL && i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(kinds[i], word) == 0) {
            *kind = (hone_kind)i;
            return HONE_OK;
        }
    return HONE_EDAMAGED;
}

int hone_cell_read(hone_value *value, const char *kind, const hone_cell *cell,
                   hone_arena *arena)
{
    *value = (hone_value){.kind = HONE_NULL};
    int rc = find_kind(kind, &value->kind);
    if (rc != HONE_OK || value->kind == HONE_NULL)
        return rc;
    if (value->kind == HONE_BOOL) {
        value->boolean = cell->integer != 0;
        return cell->type == HONE_CELL_INT ? HONE_OK : HONE_EDAMAGED;
    }
    if (value->kind == HONE_INT || value->kind == HONE_REAL)
        return read_number(value, cell, arena);
    if (cell->type != HONE_CELL_TEXT)
        return HONE_EDAMAGED;
    if (value->kind != HONE_TEXT)
        return read_nested(value, cell, arena);
    value->n = (uint32_t)cell->text_len;
    value->text = hone_arena_copy(arena, cell->text, cell->text_len);
    return value->text != NULL ? HONE_OK : HONE_ENOMEM;
}

int hone_texts_read(const char *json, hone_arena *arena, const char *const **texts,
                    uint32_t *n)
{
    *texts = NULL;
    *n = 0;
    hone_value value = {.kind = HONE_LIST};
    hone_cell cell = {.type = HONE_CELL_TEXT, .text = json, .text_len = strlen(json)};
    int rc = read_nested(&value, &cell, arena);
    if (rc != HONE_OK)
        return rc;
    const char **list = hone_arena_alloc(arena, value.n * sizeof *list);
    if (list == NULL)
        return HONE_ENOMEM;
    for (uint32_t i = 0; i < value.n; i++) {
        if (value.items[i].kind != HONE_TEXT)
            return HONE_EDAMAGED;
        list[i] = value.items[i].text;
    }
    *texts = list;
    *n = value.n;
    return HONE_OK;
}
