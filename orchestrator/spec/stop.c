/* `stop`, and what it says together with `metric`. */
#include "spec/reader.h"

#include "base/banned.h"

static void read_stop_trials(hone_reader *reader, const hone_node *node, void *target)
{
    uint64_t trials;
    hone_stop *stop = target;
    if (hone_read_count(reader, node, "stop.trials", 1, &trials) &&
        (stop->trials == 0 || trials < stop->trials))
        stop->trials = trials;
}

static void read_stop_time(hone_reader *reader, const hone_node *node, void *target)
{
    double seconds;
    hone_stop *stop = target;
    if (!hone_read_duration(reader, node, "stop.time", &seconds))
        return;
    if (seconds > 0)
        stop->time_s = seconds;
    else
        hone_read_error(reader, node, "stop.time is %.40s; a time above 0 is needed",
                        node->text);
}

static void note_stop_target(hone_reader *reader, const hone_node *node, void *target)
{
    (void)target;
    reader->later.stop_target = node;
}

static void read_stagnation(hone_reader *reader, const hone_node *node, void *target)
{
    hone_stop *stop = target;
    reader->later.stagnation = node;
    (void)hone_read_count(reader, node, "stop.stagnation", 1, &stop->stagnation);
}

/* Null: no number of failures stops the sweep, nor does the default rule. */
static void read_failures(hone_reader *reader, const hone_node *node, void *target)
{
    hone_stop *stop = target;
    if (hone_node_is_null(node) ||
        hone_read_count(reader, node, "stop.failures", 1, &stop->failures))
        stop->failures_given = true;
}

static void read_improvement(hone_reader *reader, const hone_node *node, void *target)
{
    hone_value value;
    hone_stop *stop = target;
    reader->later.improvement = node;
    if (!hone_read_number(reader, node, "stop.expected_improvement", &value) ||
        !hone_value_number(&value, &stop->improvement))
        return;
    if (!(stop->improvement > 0))
        hone_read_error(
            reader, node,
            "stop.expected_improvement is %.40s; it has to be above 0, in the "
            "objective's units",
            node->text);
}

static const hone_field stop_fields[] = {
    {"trials", HONE_FIELD_READ, read_stop_trials, NULL},
    {"time", HONE_FIELD_READ, read_stop_time, NULL},
    {"target", HONE_FIELD_READ, note_stop_target, NULL},
    {"stagnation", HONE_FIELD_READ, read_stagnation, NULL},
    {"expected_improvement", HONE_FIELD_READ, read_improvement, NULL},
    {"failures", HONE_FIELD_READ, read_failures, NULL},
    {NULL, HONE_FIELD_READ, NULL, NULL},
};

void hone_read_stop(hone_reader *reader, const hone_node *node, void *target)
{
    char shown[64];
    (void)target;
    if (node->kind == HONE_NODE_MAP)
        hone_read_fields(reader, node, stop_fields, "stop.", &reader->spec->stop);
    else
        hone_read_error(
            reader, node,
            "stop is %s; it is a mapping with trials, time, target, stagnation, "
            "expected_improvement or failures",
            hone_node_show(node, shown));
}

static bool read_target(hone_reader *reader, const hone_node *node, const char *what,
                        double *target)
{
    hone_value value;
    return node != NULL && hone_read_number(reader, node, what, &value) &&
           hone_value_number(&value, target);
}

static void check_needs_metric(hone_reader *reader, const hone_node *node,
                               const char *what)
{
    if (node != NULL && reader->spec->objective.name == NULL)
        hone_read_error(reader, node,
                        "%s needs a metric; add metric: {name: loss, goal: "
                        "minimize}",
                        what);
}

void hone_check_stop(hone_reader *reader)
{
    const hone_deferred *later = &reader->later;
    hone_objective *objective = &reader->spec->objective;
    double metric = 0, stop = 0;
    bool has_metric = read_target(reader, later->metric_target, "metric.target", &metric);
    bool has_stop = read_target(reader, later->stop_target, "stop.target", &stop);
    bool differ = metric < stop || metric > stop;
    check_needs_metric(reader, later->stop_target, "stop.target");
    check_needs_metric(reader, later->stagnation, "stop.stagnation");
    check_needs_metric(reader, later->improvement, "stop.expected_improvement");
    if (has_metric && has_stop && differ)
        hone_read_error(
            reader, later->stop_target,
            "stop.target is %.40s, but metric.target is %.40s; they are the same "
            "thing, so one will do",
            later->stop_target->text, later->metric_target->text);
    objective->has_target = has_metric || has_stop;
    objective->target = has_metric ? metric : stop;
}
