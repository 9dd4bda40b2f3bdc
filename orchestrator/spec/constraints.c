/* `constraints` and `command`: texts in the spec that have a syntax of their own, so that
 * what is wrong with them has a place inside a scalar. */
#include "spec/param.h"

#include <assert.h>
#include <string.h>

#include "model/expr.h"
#include "spec/template.h"
#include "base/banned.h"

enum { MAX_CONSTRAINTS = 1000, MAX_ELEMENTS = 10000 };

static int64_t find_name(void *arg, const char *name, size_t len)
{
    return hone_names_find(arg, name, len);
}

/* Reports at a byte inside a scalar. */
static void report_inside(hone_reader *reader, hone_severity severity,
                          const hone_node *node, size_t offset, const char *text)
{
    hone_place at = node->at;
    if (!hone_diag_full(reader->diag, severity) && node->kind == HONE_NODE_SCALAR)
        at = hone_node_place(node, offset, reader->source, reader->len);
    hone_diag_add(reader->diag, severity, at, "%s", text);
}

static const hone_expr *read_constraint(hone_reader *reader, hone_names *names,
                                        const hone_node *node)
{
    const hone_expr_names lookup = {.find = find_name, .arg = names};
    const hone_expr *expr = NULL;
    hone_error err = {0};
    size_t offset = 0;
    if (hone_read_text(reader, node, "a constraint") == NULL)
        return NULL;
    int code = hone_expr_parse(node->text, node->n, &lookup, reader->arena, &expr,
                               &offset, &err);
    if (code == HONE_ENOMEM)
        reader->no_memory = true;
    else if (code != 0)
        report_inside(reader, HONE_SEVERITY_ERROR, node, offset, err.text);
    return code == 0 ? expr : NULL;
}

void hone_read_constraints(hone_reader *reader, hone_space *space, hone_names *names)
{
    char shown[64];
    const hone_node *node = reader->later.constraints;
    if (node == NULL)
        return;
    bool is_list = node->kind == HONE_NODE_LIST;
    uint32_t n = is_list ? node->n : 1;
    if (node->kind == HONE_NODE_MAP || n > MAX_CONSTRAINTS) {
        hone_read_error(reader, node,
                        "constraints is %s; it is a list of at most %d "
                        "expressions, such as \"depth * width <= 64\"",
                        hone_node_show(node, shown), MAX_CONSTRAINTS);
        return;
    }
    const hone_expr **all = hone_read_alloc(reader, n * sizeof *all);
    if (all == NULL)
        return;
    for (uint32_t i = 0; i < n; i++) {
        const hone_node *item = is_list ? node->items[i] : node;
        const hone_expr *expr = read_constraint(reader, names, item);
        if (expr != NULL)
            all[space->n_constraints++] = expr;
    }
    space->constraints = all;
}

/* Compiles a command; what is remarked or wrong is reported at its place. */
static const hone_command *compile(hone_reader *reader, const hone_value *command,
                                   const hone_node *node)
{
    const hone_spec *spec = reader->spec;
    const hone_command *out = NULL;
    hone_error err = {0};
    uint32_t item = 0;
    size_t offset = 0;
    int code = hone_command_compile(command, spec->program, spec->space, reader->arena,
                                    &out, &item, &offset, &err);
    if (code == HONE_ENOMEM)
        reader->no_memory = true;
    else if (err.code != 0 && node != NULL)
        report_inside(reader, code != 0 ? HONE_SEVERITY_ERROR : HONE_SEVERITY_WARNING,
                      node, offset, err.text);
    return code == 0 ? out : NULL;
}

/* Each element alone, so that every one is reported; then all of them together. */
static void compile_list(hone_reader *reader, const hone_node *node,
                         const hone_value *list)
{
    uint32_t n_good = 0;
    for (uint32_t i = 0; i < list->n; i++) {
        hone_value one = {.kind = HONE_LIST, .n = 1, .items = &list->items[i]};
        n_good += compile(reader, &one, node->items[i]) != NULL;
    }
    if (n_good == list->n)
        reader->spec->command = compile(reader, list, NULL);
}

static void read_list(hone_reader *reader, const hone_node *node)
{
    if (node->n > MAX_ELEMENTS) {
        hone_read_error(reader, node, "command has %u elements; %d is the limit", node->n,
                        MAX_ELEMENTS);
        return;
    }
    hone_value list = hone_read_value(reader, node, "command");
    if (list.n == node->n)
        compile_list(reader, node, &list);
}

void hone_read_command(hone_reader *reader)
{
    const hone_node *node = reader->later.command;
    char shown[64];
    /* W&B: an empty list is no command. */
    bool given = node != NULL && !hone_node_is_null(node) &&
                 (node->kind != HONE_NODE_LIST || node->n > 0);
    if (!given && reader->spec->program == NULL) {
        hone_diag_add(
            reader->diag, HONE_SEVERITY_UNRUNNABLE, reader->start,
            "neither program nor command: there is nothing to run; add `program: "
            "train.py`");
    } else if (!given) {
        reader->spec->command = compile(reader, NULL, reader->later.parameters);
    } else if (node->kind == HONE_NODE_LIST) {
        read_list(reader, node);
    } else if (node->kind == HONE_NODE_SCALAR) {
        hone_value text = {.kind = HONE_TEXT, .n = node->n, .text = node->text};
        reader->spec->command = compile(reader, &text, node);
    } else {
        hone_read_error(reader, node,
                        "command is %s; it is a list of arguments, or one text "
                        "for the shell",
                        hone_node_show(node, shown));
    }
}
