/* `repeats`: how often each configuration is run. */
#include "spec/reader.h"

#include "base/banned.h"

enum { REPEATS_MAX = 1000, RACE_MIN = 3 };

static bool read_number_of(hone_reader *reader, const hone_node *node, const char *what,
                           uint32_t *number)
{
    uint64_t count;
    if (!hone_read_count(reader, node, what, 1, &count))
        return false;
    if (count > REPEATS_MAX) {
        hone_read_error(reader, node, "%s is %.40s; %d is the limit", what, node->text,
                        REPEATS_MAX);
        return false;
    }
    *number = (uint32_t)count;
    return true;
}

static void read_max(hone_reader *reader, const hone_node *node, void *target)
{
    hone_repeats *repeats = target;
    (void)read_number_of(reader, node, "repeats.max", &repeats->max);
}

static void read_min(hone_reader *reader, const hone_node *node, void *target)
{
    hone_repeats *repeats = target;
    if (!read_number_of(reader, node, "repeats.min", &repeats->min))
        return;
    if (repeats->min < 2)
        hone_read_error(reader, node,
                        "repeats.min is 1; two scores are the least that can be "
                        "compared, so 2 or more is needed");
}

static void read_race(hone_reader *reader, const hone_node *node, void *target)
{
    hone_repeats *repeats = target;
    hone_value value = hone_read_value(reader, node, "repeats.race");
    char shown[64];
    if (value.kind == HONE_BOOL)
        repeats->race = value.boolean;
    else
        hone_read_error(reader, node, "repeats.race is %s; it is true or false",
                        hone_node_show(node, shown));
}

static const hone_field repeats_fields[] = {
    {"max", HONE_FIELD_READ, read_max, NULL},
    {"race", HONE_FIELD_READ, read_race, NULL},
    {"min", HONE_FIELD_READ, read_min, NULL},
    {NULL, HONE_FIELD_READ, NULL, NULL},
};

static void check_race(hone_reader *reader, const hone_node *node, hone_repeats *repeats)
{
    const hone_node *min = hone_node_find(node, "min");
    if (!repeats->race) {
        if (min != NULL)
            hone_read_error(reader, min,
                            "repeats.min says when a race begins; add race: true");
        return;
    }
    reader->later.race = hone_node_find(node, "race");
    if (min == NULL)
        repeats->min = repeats->max < RACE_MIN ? repeats->max : RACE_MIN;
    else if (repeats->max > 0 && repeats->min > repeats->max)
        hone_read_error(reader, min, "repeats.min is %u, but repeats.max is %u",
                        repeats->min, repeats->max);
}

void hone_read_repeats(hone_reader *reader, const hone_node *node, void *target)
{
    hone_repeats *repeats = &reader->spec->repeats;
    (void)target;
    if (node->kind != HONE_NODE_MAP) {
        (void)read_number_of(reader, node, "repeats", &repeats->max);
        return;
    }
    hone_read_fields(reader, node, repeats_fields, "repeats.", repeats);
    if (hone_node_find(node, "max") == NULL)
        hone_read_error(reader, node,
                        "repeats needs max: the most runs of a "
                        "configuration");
    check_race(reader, node, repeats);
}

void hone_check_repeats(hone_reader *reader)
{
    if (reader->later.race != NULL && reader->spec->objective.name == NULL)
        hone_read_error(reader, reader->later.race,
                        "repeats.race needs a metric; add metric: {name: loss, goal: "
                        "minimize}");
}
