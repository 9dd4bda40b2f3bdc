/* What the readers of a spec's parts share: messages, memory, and the tables of keys. */
#include "spec/reader.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "spec/nearest.h"
#include "base/banned.h"

/* Looking for near misses takes time, and a file with more is something else. */
enum { MAX_STRANGERS = 200 };

void hone_read_error(hone_reader *reader, const hone_node *at, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    hone_diag_addv(reader->diag, HONE_SEVERITY_ERROR, at->at, format, args);
    va_end(args);
}

void hone_read_warning(hone_reader *reader, const hone_node *at, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    hone_diag_addv(reader->diag, HONE_SEVERITY_WARNING, at->at, format, args);
    va_end(args);
}

void hone_read_unsupported(hone_reader *reader, const hone_node *at, const char *format,
                           ...)
{
    va_list args;
    va_start(args, format);
    hone_diag_addv(reader->diag, HONE_SEVERITY_UNSUPPORTED, at->at, format, args);
    va_end(args);
}

void *hone_read_alloc(hone_reader *reader, size_t size)
{
    void *memory = hone_arena_alloc(reader->arena, size);
    if (memory == NULL)
        reader->no_memory = true;
    return memory;
}

const char *hone_read_format(hone_reader *reader, const char *format, ...)
{
    char text[1001];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    size_t len = n < 0 ? 0 : (size_t)n < sizeof text ? (size_t)n : sizeof text - 1;
    char *copy = hone_read_alloc(reader, len + 1);
    if (copy != NULL)
        memcpy(copy, text, len);
    return copy;
}

static const hone_field *find_field(const hone_field *table, const char *name)
{
    for (; table->name != NULL; table++)
        if (strcmp(table->name, name) == 0)
            return table;
    return NULL;
}

static const char *field_name_at(const void *arg, uint32_t i)
{
    const hone_field *table = arg;
    return table[i].name; /* asked in ascending order, up to the NULL that ends it */
}

void hone_read_stranger(hone_reader *reader, const hone_node *key,
                        const hone_field *table, const char *where,
                        hone_stranger otherwise)
{
    if (++reader->n_strangers > MAX_STRANGERS) {
        if (reader->n_strangers == MAX_STRANGERS + 1)
            hone_read_error(reader, key,
                            "more than %d unknown keys; is this a sweep spec",
                            MAX_STRANGERS);
        return;
    }
    const char *near = hone_nearest(key->text, field_name_at, table);
    if (near != NULL)
        hone_read_error(reader, key, "unknown key %s%.60s; did you mean %s", where,
                        key->text, near);
    else if (otherwise == HONE_STRANGER_ERROR)
        hone_read_error(reader, key, "unknown key %s%.60s", where, key->text);
    else
        hone_read_warning(reader, key, "unknown key %s%.60s is ignored", where,
                          key->text);
}

static void read_field(hone_reader *reader, const hone_node_pair *pair,
                       const hone_field *field, const char *where, void *target)
{
    assert(field->state != HONE_FIELD_READ || field->read != NULL);
    if (field->read != NULL)
        field->read(reader, pair->value, target);
    if (field->state == HONE_FIELD_LATER)
        hone_read_unsupported(reader, pair->key, "%s%s is not yet supported", where,
                              field->name);
    else if (field->state == HONE_FIELD_NOTHING && field->note != NULL)
        hone_read_warning(reader, pair->key, "%s%s has no effect: %s", where, field->name,
                          field->note);
}

void hone_read_fields(hone_reader *reader, const hone_node *map, const hone_field *table,
                      const char *where, void *target)
{
    assert(map->kind == HONE_NODE_MAP);
    for (uint32_t i = 0; i < map->n; i++) {
        const hone_field *field = find_field(table, map->pairs[i].key->text);
        if (field != NULL)
            read_field(reader, &map->pairs[i], field, where, target);
        else
            hone_read_stranger(reader, map->pairs[i].key, table, where,
                               HONE_STRANGER_WARNING);
    }
}
