/* The metrics of one line. */
#include "output/finds.h"

#include <assert.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "base/banned.h"

enum {
    FIRST_CAP = 64,
    /* A line of 64 KiB has room for fewer than 13 000 names, each at most 200 bytes. */
    NAMES_MAX = 4 * 1024 * 1024
};

void hone_finds_init(hone_finds *finds)
{
    *finds = (hone_finds){0};
    hone_buf_init(&finds->names, NAMES_MAX);
}

void hone_finds_release(hone_finds *finds)
{
    free(finds->items);
    hone_buf_release(&finds->names);
    *finds = (hone_finds){0};
}

void hone_finds_reset(hone_finds *finds)
{
    finds->n = 0;
    finds->has_step = false;
    finds->sticky = false;
    finds->rank = 0;
    finds->failed = HONE_OK;
    if (finds->names.len > 0 || finds->names.failed != HONE_OK)
        hone_buf_reset(&finds->names);
}

static hone_find *grow(hone_finds *finds)
{
    if (finds->n == finds->cap) {
        uint32_t cap = finds->cap == 0 ? FIRST_CAP : finds->cap * 2;
        hone_find *items = realloc(finds->items, cap * sizeof(*items));
        if (items == NULL) {
            finds->failed = HONE_ENOMEM;
            return NULL;
        }
        finds->items = items;
        finds->cap = cap;
    }
    return &finds->items[finds->n++];
}

/* Of what is no text (a binary file, say) nothing is a name. */
static bool is_name(const char *name, size_t len)
{
    if (len == 0 || len > HONE_METRIC_NAME_MAX)
        return false;
    for (size_t i = 0; i < len;) {
        int32_t code;
        i += hone_utf8_decode(name + i, len - i, &code);
        if (code < 0 || !hone_utf8_printable(code))
            return false;
    }
    return true;
}

void hone_finds_add(hone_finds *finds, const char *name, size_t len, double value)
{
    if (!is_name(name, len))
        return;
    hone_find *find = grow(finds);
    if (find != NULL)
        *find = (hone_find){.name = name, .name_len = (uint32_t)len, .value = value};
}

void hone_finds_add_copy(hone_finds *finds, const char *name, size_t len, double value)
{
    if (!is_name(name, len))
        return;
    size_t at = finds->names.len;
    hone_buf_add(&finds->names, name, len);
    if (hone_buf_status(&finds->names) != HONE_OK) {
        finds->failed = HONE_ENOMEM;
        return;
    }
    hone_find *find = grow(finds);
    if (find != NULL)
        *find = (hone_find){
            .name_len = (uint32_t)len, .name_at = (uint32_t)at, .value = value};
}

void hone_finds_step(hone_finds *finds, double step, int rank)
{
    if (finds->has_step && rank <= finds->rank)
        return;
    finds->has_step = true;
    finds->rank = rank;
    finds->step = step;
}

const char *hone_find_name(const hone_finds *finds, const hone_find *find)
{
    assert(find->name_len > 0);
    return find->name != NULL ? find->name : hone_buf_text(&finds->names) + find->name_at;
}
