/* A configuration written as nested data: JSON (W&B's args_json), W&B's parameter file,
 * and plain YAML.
 *
 * The YAML is read by PyYAML (YAML 1.1) with every type unchanged. It is laid out as
 * PyYAML itself does: block style, lists at the indent of their key. Only what no reader
 * takes for something else goes without quotes. */
#include <hone/spec.h>

#include "spec/entries.h"

#include "base/banned.h"

void hone_config_write_json(hone_buf *out, const hone_space *space,
                            const hone_config *config)
{
    hone_top at = {0, 0};
    hone_entry entry;
    const char *comma = "";

    hone_buf_putc(out, '{');
    while (hone_top_next(&at, space, config, &entry)) {
        hone_value key = hone_value_text(space->params[entry.first].path[0]);

        hone_buf_puts(out, comma);
        comma = ", ";
        hone_value_write_inner(out, &key, HONE_FORM_JSON);
        hone_buf_puts(out, ": ");
        hone_entry_write(out, space, config, &entry, HONE_FORM_JSON);
    }
    hone_buf_putc(out, '}');
}

static void write_text(hone_buf *out, const char *text)
{
    const hone_value value = hone_value_text(text);

    hone_value_write_inner(out, &value, HONE_FORM_YAML);
}

static void add_spaces(hone_buf *out, int n)
{
    hone_buf_printf(out, "%*s", n, "");
}

static bool is_container(const hone_value *value)
{
    return (value->kind == HONE_LIST || value->kind == HONE_MAP) && value->n > 0;
}

static void write_items(hone_buf *out, const hone_value *list, int indent);
static void write_pairs(hone_buf *out, const hone_value *map, int indent);

/* What follows "KEY:": a scalar on its line, or the lines below it. */
static void write_after_key(hone_buf *out, const hone_value *value, int indent)
{
    if (!is_container(value)) {
        hone_buf_putc(out, ' ');
        hone_value_write_inner(out, value, HONE_FORM_YAML);
        hone_buf_putc(out, '\n');
        return;
    }
    hone_buf_putc(out, '\n');
    if (value->kind == HONE_LIST) {
        add_spaces(out, indent);
        write_items(out, value, indent);
    } else {
        add_spaces(out, indent + 2);
        write_pairs(out, value, indent + 2);
    }
}

/* The items of a list; its first line is indented already, as after "- ". */
static void write_items(hone_buf *out, const hone_value *list, int indent)
{
    for (uint32_t i = 0; i < list->n; i++) {
        const hone_value *item = &list->items[i];

        if (i > 0)
            add_spaces(out, indent);
        hone_buf_puts(out, "- ");
        if (!is_container(item)) {
            hone_value_write_inner(out, item, HONE_FORM_YAML);
            hone_buf_putc(out, '\n');
        } else if (item->kind == HONE_LIST) {
            write_items(out, item, indent + 2);
        } else {
            write_pairs(out, item, indent + 2);
        }
    }
}

/* The pairs of a mapping, likewise. */
static void write_pairs(hone_buf *out, const hone_value *map, int indent)
{
    for (uint32_t i = 0; i < map->n; i++) {
        if (i > 0)
            add_spaces(out, indent);
        write_text(out, map->pairs[i].key);
        hone_buf_putc(out, ':');
        write_after_key(out, &map->pairs[i].value, indent);
    }
}

/* Parameters that form a group, or all of them: the lines of a mapping. */
typedef struct writer {
    hone_buf *out;
    const hone_space *space;
    const hone_config *config;
} writer;

static void write_group(const writer *w, hone_entry rest, uint32_t depth, int indent);

/* What follows "KEY:" for an entry. */
static void write_entry(const writer *w, const hone_entry *entry, uint32_t depth,
                        int indent)
{
    if (hone_entry_is_leaf(w->space, entry, depth)) {
        write_after_key(w->out, &w->config->values[entry->first], indent);
        return;
    }
    hone_buf_putc(w->out, '\n');
    write_group(w, *entry, depth + 1, indent + 2);
}

static void write_group(const writer *w, hone_entry rest, uint32_t depth, int indent)
{
    hone_entry entry;

    while (hone_group_next(&rest, depth, w->space, w->config, &entry)) {
        add_spaces(w->out, indent);
        write_text(w->out, w->space->params[entry.first].path[depth]);
        hone_buf_putc(w->out, ':');
        write_entry(w, &entry, depth, indent);
    }
}

void hone_config_write_yaml(hone_buf *out, const hone_space *space,
                            const hone_config *config, int indent)
{
    const writer w = {out, space, config};
    hone_top at = {0, 0};
    hone_entry entry;

    while (hone_top_next(&at, space, config, &entry)) {
        add_spaces(out, indent);
        write_text(out, space->params[entry.first].path[0]);
        hone_buf_putc(out, ':');
        write_entry(&w, &entry, 0, indent);
    }
}

void hone_config_write_wandb(hone_buf *out, const hone_space *space,
                             const hone_config *config)
{
    const writer w = {out, space, config};
    hone_top at = {0, 0};
    hone_entry entry;
    const char *newlines = "\n\n";

    hone_buf_puts(out, "wandb_version: 1");
    while (hone_top_next(&at, space, config, &entry)) {
        hone_buf_puts(out, newlines);
        newlines = "";
        write_text(out, space->params[entry.first].path[0]);
        hone_buf_puts(out, ":\n  value:");
        write_entry(&w, &entry, 0, 2);
    }
}
