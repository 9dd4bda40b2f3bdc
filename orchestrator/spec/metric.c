/* `metric` (the objective, W&B's) and `metrics` (rules that find metrics in output). */
#include "spec/reader.h"

#include <stddef.h>
#include <string.h>

#include "base/banned.h"

/* ---- metric ---- */

static void read_metric_name(hone_reader *reader, const hone_node *node, void *target)
{
    (void)target;
    const char *name = hone_read_text(reader, node, "metric.name");
    if (name != NULL && node->n > HONE_METRIC_NAME_MAX)
        hone_read_error(reader, node, "metric.name has %u bytes; %d is the limit",
                        node->n, HONE_METRIC_NAME_MAX);
    else
        reader->spec->objective.name = name;
}

static bool is_text(const hone_node *node, const char *text)
{
    return node->kind == HONE_NODE_SCALAR && strcmp(node->text, text) == 0;
}

/* W&B replaces what it does not know by the default. */
static void read_goal(hone_reader *reader, const hone_node *node, void *target)
{
    char shown[64];
    (void)target;
    reader->spec->objective.maximize = is_text(node, "maximize");
    if (!is_text(node, "maximize") && !is_text(node, "minimize"))
        hone_read_warning(reader, node,
                          "metric.goal is %s, so minimize is taken; write minimize or "
                          "maximize",
                          hone_node_show(node, shown));
}

static void note_metric_target(hone_reader *reader, const hone_node *node, void *target)
{
    (void)target;
    reader->later.metric_target = node;
}

static void check_impute(hone_reader *reader, const hone_node *node, void *target)
{
    static const char *const words[] = {"latest", "best", "worst", "false"};
    char shown[64];
    (void)target;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (is_text(node, words[i]))
            return;
    hone_read_warning(reader, node, "impute is %s; W&B has latest, best and worst",
                      hone_node_show(node, shown));
}

static const hone_field metric_fields[] = {
    {"name", HONE_FIELD_READ, read_metric_name, NULL},
    {"goal", HONE_FIELD_READ, read_goal, NULL},
    {"target", HONE_FIELD_READ, note_metric_target, NULL},
    {"impute", HONE_FIELD_READ, check_impute, NULL},
    {"impute_while_running", HONE_FIELD_READ, check_impute, NULL},
    {NULL, HONE_FIELD_READ, NULL, NULL},
};

void hone_read_metric(hone_reader *reader, const hone_node *node, void *target)
{
    (void)target;
    if (node->kind == HONE_NODE_SCALAR && node->n > 0) {
        hone_read_error(
            reader, node,
            "metric is a mapping; write metric: {name: %.60s, goal: minimize}",
            node->text);
        return;
    }
    if (node->kind != HONE_NODE_MAP) {
        hone_read_error(
            reader, node,
            "metric is a mapping; write metric: {name: loss, goal: minimize}");
        return;
    }
    hone_read_fields(reader, node, metric_fields, "metric.", NULL);
    if (hone_node_find(node, "name") == NULL)
        hone_read_error(reader, node, "metric needs name, the metric to optimise");
}

/* ---- metrics ---- */

static void read_pattern(hone_reader *reader, const hone_node *node, void *target)
{
    hone_rule *rule = target;
    rule->line = node->at.line;
    rule->column = node->at.column;
    const char *pattern = hone_read_text(reader, node, "pattern");
    if (pattern != NULL && node->n > HONE_PATTERN_MAX)
        hone_read_error(reader, node, "pattern has %u bytes; %d is the limit", node->n,
                        HONE_PATTERN_MAX);
    else
        rule->pattern = pattern;
}

/* Whether a relative path stays inside the folder that it is relative to. */
static bool stays_inside(const char *path)
{
    if (path[0] == '/')
        return false;
    while (*path != '\0') {
        size_t len = strcspn(path, "/");
        if (len == 2 && path[0] == '.' && path[1] == '.')
            return false;
        path += len + (path[len] == '/');
    }
    return true;
}

static bool is_later_source(const char *word)
{
    static const char *const words[] = {"tensorboard", "mlflow", "wandb", "csv", "json"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(word, words[i]) == 0)
            return true;
    return false;
}

static void read_from(hone_reader *reader, const hone_node *node, void *target)
{
    static const struct {
        const char *word;
        hone_source source;
    } sources[] = {{"both", HONE_FROM_BOTH},
                   {"stdout", HONE_FROM_STDOUT},
                   {"stderr", HONE_FROM_STDERR}};
    hone_rule *rule = target;
    const char *from = hone_read_text(reader, node, "from");
    if (from == NULL)
        return;
    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++) {
        if (strcmp(from, sources[i].word) == 0) {
            rule->from = sources[i].source;
            return;
        }
    }
    if (is_later_source(from)) {
        hone_read_unsupported(reader, node, "from: %s is not yet supported", from);
        return;
    }
    if (!stays_inside(from)) {
        hone_read_error(reader, node,
                        "from is %.60s; a file is named relative to the trial's folder, "
                        "and lies in it",
                        from);
        return;
    }
    rule->from = HONE_FROM_FILE;
    rule->file = from;
}

static void read_take(hone_reader *reader, const hone_node *node, void *target)
{
    static const char *const words[] = {"last", "min", "max", "first", "mean"};
    static const hone_take takes[] = {HONE_TAKE_LAST, HONE_TAKE_MIN, HONE_TAKE_MAX,
                                      HONE_TAKE_FIRST, HONE_TAKE_MEAN};
    hone_rule *rule = target;
    int i = hone_read_choice(reader, node, "take", words, 5);
    if (i >= 0)
        rule->take = takes[i];
}

/* hone_check_objectives makes an objective of it. */
static void note_rule_goal(hone_reader *reader, const hone_node *node, void *target)
{
    static const char *const words[] = {"minimize", "maximize"};
    (void)target;
    (void)hone_read_choice(reader, node, "goal", words, 2);
}

static const hone_field rule_fields[] = {
    {"pattern", HONE_FIELD_READ, read_pattern, NULL},
    {"from", HONE_FIELD_READ, read_from, NULL},
    {"take", HONE_FIELD_READ, read_take, NULL},
    {"goal", HONE_FIELD_READ, note_rule_goal, NULL},
    {NULL, HONE_FIELD_READ, NULL, NULL},
};

static void read_rule(hone_reader *reader, const hone_node_pair *pair, hone_rule *rule)
{
    char shown[64];
    *rule = (hone_rule){.metric = pair->key->text,
                        .line = pair->value->at.line,
                        .column = pair->value->at.column};
    if (pair->key->n == 0)
        hone_read_error(reader, pair->key, "a metric needs a name");
    else if (pair->key->n > HONE_METRIC_NAME_MAX)
        hone_read_error(reader, pair->key,
                        "the metric's name has %u bytes; %d is the limit", pair->key->n,
                        HONE_METRIC_NAME_MAX);
    if (pair->value->kind == HONE_NODE_MAP)
        hone_read_fields(reader, pair->value, rule_fields, "metrics.", rule);
    else if (pair->value->kind == HONE_NODE_SCALAR && !hone_node_is_null(pair->value))
        read_pattern(reader, pair->value, rule);
    else
        hone_read_error(
            reader, pair->value,
            "metrics.%.60s is %s; it is a pattern, or a mapping with pattern, "
            "from, take, goal",
            pair->key->text, hone_node_show(pair->value, shown));
}

void hone_read_metrics(hone_reader *reader, const hone_node *node, void *target)
{
    char shown[64];
    (void)target;
    if (node->kind == HONE_NODE_LIST) {
        hone_read_error(reader, node,
                        "metrics is a list; it maps names to goals or patterns: "
                        "metrics: {loss: {goal: minimize}, accuracy: {goal: maximize}}");
        return;
    }
    if (node->kind != HONE_NODE_MAP || node->n == 0) {
        hone_read_error(reader, node,
                        "metrics is %s; it maps a name to a pattern: loss: 'loss=(\\S+)'",
                        node->kind == HONE_NODE_MAP ? "empty"
                                                    : hone_node_show(node, shown));
        return;
    }
    hone_rule *rules = hone_read_alloc(reader, node->n * sizeof *rules);
    if (rules == NULL)
        return;
    for (uint32_t i = 0; i < node->n; i++)
        read_rule(reader, &node->pairs[i], &rules[i]);
    reader->later.metrics = node;
    reader->spec->n_rules = node->n;
    reader->spec->rules = rules;
}
