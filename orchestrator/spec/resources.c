/* `resources`: what each trial gets of the machine. */
#include "spec/reader.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "model/number.h"
#include "base/banned.h"

enum { MOST_GPUS = 1024, MOST_CPUS = 65536, LEAST_MEMORY = 1024 * 1024 };

/* Trials that share a GPU: more than a hundred is a slip. */
static const double least_share = 0.01;
static const double most_memory = 0x1p62;

static void read_gpus(hone_reader *reader, const hone_node *node, void *target)
{
    hone_value value;
    double gpus = 0;
    hone_resources *resources = target;
    if (!hone_read_number(reader, node, "resources.gpus", &value) ||
        !hone_value_number(&value, &gpus))
        return;
    bool fits = gpus < 1 ? gpus >= least_share : gpus <= MOST_GPUS && floor(gpus) == gpus;
    if (!fits) {
        hone_read_error(reader, node,
                        "resources.gpus is %.40s; whole GPUs (1 to %d), or a part of one "
                        "(0.01 to 1) that trials share, are needed",
                        node->text, MOST_GPUS);
        return;
    }
    resources->gpus = gpus;
    resources->gpus_line = node->at.line;
    resources->gpus_column = node->at.column;
}

static void read_cpus(hone_reader *reader, const hone_node *node, void *target)
{
    uint64_t count;
    hone_resources *resources = target;
    if (!hone_read_count(reader, node, "resources.cpus", 1, &count))
        return;
    if (count > MOST_CPUS)
        hone_read_error(reader, node, "resources.cpus is %.40s; %d is the limit",
                        node->text, MOST_CPUS);
    else
        resources->cpus = (uint32_t)count;
}

/* The factor of a unit, whatever its case; 0 for none. The single letters mean 1000 to
 * some and 1024 to others, and are left to the writer to decide. */
static double find_unit(const char *unit)
{
    static const struct {
        const char *name;
        double factor;
    } units[] = {{"", 1},         {"B", 1},       {"kB", 1e3},     {"MB", 1e6},
                 {"GB", 1e9},     {"TB", 1e12},   {"KiB", 0x1p10}, {"MiB", 0x1p20},
                 {"GiB", 0x1p30}, {"TiB", 0x1p40}};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (strcasecmp(unit, units[i].name) == 0)
            return units[i].factor;
    return 0;
}

/* Bytes from a number, a space or none, and a unit; false where it is no such text. */
static bool parse_size(const char *text, double *bytes)
{
    size_t len = strspn(text, "0123456789.");
    if (text[len] == 'e' || text[len] == 'E') /* 4e9 */
        len += 1 + strspn(text + len + 1, "+-0123456789");
    double number, factor = find_unit(text + len + strspn(text + len, " "));
    if (len == 0 || factor <= 0 || !hone_real_read(text, len, &number))
        return false;
    *bytes = floor(number * factor);
    return true;
}

static void read_memory(hone_reader *reader, const hone_node *node, void *target)
{
    char shown[64];
    double bytes = 0;
    hone_resources *resources = target;
    if (node->kind != HONE_NODE_SCALAR || !parse_size(node->text, &bytes))
        hone_read_error(reader, node,
                        "resources.memory is %s; write bytes, or a size such as 500MB or "
                        "4GiB (kB, MB, GB, TB, KiB, MiB, GiB, TiB)",
                        hone_node_show(node, shown));
    else if (bytes < LEAST_MEMORY)
        hone_read_error(reader, node,
                        "resources.memory is %.40s, less than any program needs; at "
                        "least 1MiB, or with its unit, as in 4GiB",
                        node->text);
    else if (bytes > most_memory)
        hone_read_error(reader, node,
                        "resources.memory is %.40s; 4194304TiB is the limit", node->text);
    else
        resources->memory = (uint64_t)bytes;
}

static const hone_field resources_fields[] = {
    {"gpus", HONE_FIELD_READ, read_gpus, NULL},
    {"cpus", HONE_FIELD_READ, read_cpus, NULL},
    {"memory", HONE_FIELD_READ, read_memory, NULL},
    {NULL, HONE_FIELD_READ, NULL, NULL},
};

void hone_read_resources(hone_reader *reader, const hone_node *node, void *target)
{
    char shown[64];
    (void)target;
    if (node->kind == HONE_NODE_MAP)
        hone_read_fields(reader, node, resources_fields, "resources.",
                         &reader->spec->resources);
    else
        hone_read_error(reader, node,
                        "resources is %s; it is a mapping with gpus, cpus or memory",
                        hone_node_show(node, shown));
}
