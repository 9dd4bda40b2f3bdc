/* `warm_start`: a sweep's name, or a mapping with sweep and top. */
#include "spec/reader.h"

#include "base/banned.h"

static void read_sweep(hone_reader *reader, const hone_node *node, void *target)
{
    hone_warm_start *warm_start = target;
    warm_start->sweep = hone_read_text(reader, node, "warm_start.sweep");
    warm_start->line = node->at.line;
    warm_start->column = node->at.column;
}

static void read_top(hone_reader *reader, const hone_node *node, void *target)
{
    hone_warm_start *warm_start = target;
    uint64_t top;
    if (!hone_read_count(reader, node, "warm_start.top", 1, &top))
        return;
    if (top > HONE_WARM_START_MAX)
        hone_read_error(reader, node, "warm_start.top is %.40s; %d is the limit",
                        node->text, HONE_WARM_START_MAX);
    else
        warm_start->top = (uint32_t)top;
}

static const hone_field warm_start_fields[] = {
    {"sweep", HONE_FIELD_READ, read_sweep, NULL},
    {"top", HONE_FIELD_READ, read_top, NULL},
    {NULL, HONE_FIELD_READ, NULL, NULL},
};

void hone_read_warm_start(hone_reader *reader, const hone_node *node, void *target)
{
    char shown[64];
    hone_warm_start *warm_start = &reader->spec->warm_start;
    (void)target;
    warm_start->top = HONE_WARM_START_TOP;
    if (node->kind == HONE_NODE_SCALAR && !hone_node_is_null(node)) {
        read_sweep(reader, node, warm_start);
        return;
    }
    if (node->kind != HONE_NODE_MAP) {
        hone_read_error(reader, node,
                        "warm_start is %s; it names an earlier sweep, or is a mapping "
                        "with sweep and top",
                        hone_node_show(node, shown));
        return;
    }
    hone_read_fields(reader, node, warm_start_fields, "warm_start.", warm_start);
    if (hone_node_find(node, "sweep") == NULL)
        hone_read_error(reader, node, "warm_start needs sweep, the earlier sweep's name");
}
