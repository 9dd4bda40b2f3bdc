/* YAML that any reader, PyYAML too, takes for the same types: block style, one parameter
 * or metric a line. What a scalar looks like is hone_value_write's to know: it quotes and
 * points inside a list, which is where a value goes here. */
#include <string.h>

#include <hone/export.h>

#include "base/banned.h"

enum { VALUE_MAX = 64 * 1024 * 1024 };

/* The value as it stands inside a list: the list of it alone, without the brackets. */
static void write_value(hone_buf *out, const hone_value *value)
{
    const hone_value list = {.kind = HONE_LIST, .n = 1, .items = value};
    hone_buf text;
    hone_buf_init(&text, VALUE_MAX);
    hone_value_write(&text, &list, HONE_FORM_YAML);
    if (hone_buf_status(&text) == HONE_OK) {
        hone_buf_add(out, text.data + 1, text.len - 2);
    } else {
        out->failed = out->failed != 0 ? out->failed : hone_buf_status(&text);
    }
    hone_buf_release(&text);
}

static void indent_line(hone_buf *out, int indent)
{
    for (int i = 0; i < indent; i++) {
        hone_buf_putc(out, ' ');
    }
}

void hone_text_write_yaml(hone_buf *out, const char *text)
{
    const hone_value value = hone_value_text(text);
    write_value(out, &value);
}

void hone_real_write_yaml(hone_buf *out, double real)
{
    const hone_value value = hone_value_real(real);
    write_value(out, &value);
}

static void write_group(hone_buf *out, uint32_t n, const hone_param_value *params,
                        uint32_t depth, int indent)
{
    uint32_t i = 0;
    while (i < n) {
        const char *key = params[i].path[depth];
        uint32_t end = i + 1;
        indent_line(out, indent);
        hone_text_write_yaml(out, key);
        if (params[i].depth == depth + 1) {
            hone_buf_puts(out, ": ");
            write_value(out, &params[i].value);
            hone_buf_putc(out, '\n');
        } else {
            while (end < n && params[end].depth > depth + 1 &&
                   strcmp(params[end].path[depth], key) == 0) {
                end++;
            }
            hone_buf_puts(out, ":\n");
            write_group(out, end - i, params + i, depth + 1, indent + 2);
        }
        i = end;
    }
}

void hone_params_write_yaml(hone_buf *out, uint32_t n, const hone_param_value *params,
                            int indent)
{
    write_group(out, n, params, 0, indent);
}

void hone_metrics_write_yaml(hone_buf *out, const hone_trial_info *trial, int indent)
{
    for (uint32_t i = 0; i < trial->n_metrics; i++) {
        indent_line(out, indent);
        hone_text_write_yaml(out, trial->metrics[i].name);
        hone_buf_puts(out, ": ");
        hone_real_write_yaml(out, trial->metrics[i].value);
        hone_buf_putc(out, '\n');
    }
}
