/* A configuration as nested data. */
#include "spec/entries.h"

#include <assert.h>
#include <string.h>

#include "base/banned.h"

static bool is_present(const hone_config *config, const hone_entry *entry)
{
    for (uint32_t i = entry->first; i < entry->end; i++) {
        if (config->values[i].kind != HONE_ABSENT)
            return true;
    }
    return false;
}

/* The entry that starts at `first` and ends at `limit` at the latest. */
static hone_entry entry_at(const hone_space *space, uint32_t first, uint32_t limit,
                           uint32_t depth)
{
    const hone_param *params = space->params;
    hone_entry entry = {first, first + 1};

    assert(first < limit && params[first].depth > depth);
    if (params[first].depth == depth + 1)
        return entry;
    while (entry.end < limit && params[entry.end].depth > depth + 1 &&
           strcmp(params[entry.end].path[depth], params[first].path[depth]) == 0)
        entry.end++;
    return entry;
}

bool hone_entry_is_leaf(const hone_space *space, const hone_entry *entry, uint32_t depth)
{
    return space->params[entry->first].depth == depth + 1;
}

/* Moves `i` on to the next plain parameter. */
static uint32_t skip_to_plain(const hone_space *space, const hone_config *config,
                              uint32_t i)
{
    while (i < space->n &&
           (space->params[i].depth > 1 || config->values[i].kind == HONE_ABSENT))
        i++;
    return i;
}

/* Moves `i` on to the next group with something in it, which goes to *group. */
static uint32_t skip_to_group(const hone_space *space, const hone_config *config,
                              uint32_t i, hone_entry *group)
{
    while (i < space->n) {
        *group = entry_at(space, i, space->n, 0);
        if (space->params[i].depth > 1 && is_present(config, group))
            return i;
        i = group->end;
    }
    return i;
}

bool hone_top_next(hone_top *top, const hone_space *space, const hone_config *config,
                   hone_entry *out)
{
    const hone_param *params = space->params;
    hone_entry group = {0, 0};
    bool plain_first;

    assert(config->n == space->n);
    top->plain = skip_to_plain(space, config, top->plain);
    top->group = skip_to_group(space, config, top->group, &group);
    if (top->plain == space->n && top->group == space->n)
        return false;
    plain_first = top->group == space->n ||
                  (top->plain < space->n &&
                   strcmp(params[top->plain].path[0], params[top->group].path[0]) < 0);
    if (plain_first) {
        *out = (hone_entry){top->plain, top->plain + 1};
        top->plain++;
    } else {
        *out = group;
        top->group = group.end;
    }
    return true;
}

bool hone_group_next(hone_entry *rest, uint32_t depth, const hone_space *space,
                     const hone_config *config, hone_entry *out)
{
    while (rest->first < rest->end) {
        *out = entry_at(space, rest->first, rest->end, depth);
        rest->first = out->end;
        if (is_present(config, out))
            return true;
    }
    return false;
}

void hone_value_write_inner(hone_buf *out, const hone_value *value, hone_form form)
{
    hone_value list = {.kind = HONE_LIST, .n = 1, .items = value};
    size_t start = out->len;

    /* hone_value_write has the inner form for what stands in a list: "[x]" less brackets.
     */
    hone_value_write(out, &list, form);
    if (hone_buf_status(out))
        return;
    assert(out->len >= start + 2 && out->data[start] == '[');
    memmove(out->data + start, out->data + start + 1, out->len - start - 2);
    hone_buf_truncate(out, out->len - 2);
}

static void write_group(hone_buf *out, const hone_space *space, const hone_config *config,
                        hone_entry rest, uint32_t depth, hone_form form)
{
    hone_entry entry;
    const char *comma = "";

    hone_buf_putc(out, '{');
    while (hone_group_next(&rest, depth, space, config, &entry)) {
        hone_value key = hone_value_text(space->params[entry.first].path[depth]);

        hone_buf_puts(out, comma);
        comma = ", ";
        hone_value_write_inner(out, &key, form);
        hone_buf_puts(out, ": ");
        if (hone_entry_is_leaf(space, &entry, depth))
            hone_value_write_inner(out, &config->values[entry.first], form);
        else
            write_group(out, space, config, entry, depth + 1, form);
    }
    hone_buf_putc(out, '}');
}

void hone_entry_write(hone_buf *out, const hone_space *space, const hone_config *config,
                      const hone_entry *entry, hone_form form)
{
    if (hone_entry_is_leaf(space, entry, 0))
        hone_value_write(out, &config->values[entry->first], form);
    else
        write_group(out, space, config, *entry, 1, form);
}
