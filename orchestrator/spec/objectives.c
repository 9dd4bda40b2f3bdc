/* Objectives: `metric`, and each entry of `metrics` that has a goal. The first is
 * `metric`, or the first of those; the rest are `others`. */
#include "spec/reader.h"

#include <string.h>

#include "base/banned.h"

/* The goal of an entry of `metrics`; NULL: it is no objective. */
static const hone_node *find_goal(const hone_node *entry)
{
    return entry->kind == HONE_NODE_MAP ? hone_node_find(entry, "goal") : NULL;
}

static bool is_maximize(const hone_node *goal)
{
    return goal->kind == HONE_NODE_SCALAR && strcmp(goal->text, "maximize") == 0;
}

/* `metric` may say of one of them that it is the first. */
static void check_same(hone_reader *reader, const hone_node *goal)
{
    if (reader->spec->objective.maximize != is_maximize(goal))
        hone_read_error(reader, goal,
                        "the goal of %.60s is %.20s here, and another one "
                        "in metric",
                        reader->spec->objective.name, goal->text);
}

void hone_read_objectives(hone_reader *reader)
{
    hone_spec *spec = reader->spec;
    const hone_node *metrics = reader->later.metrics;
    hone_objective *others =
        hone_read_alloc(reader, (metrics != NULL ? metrics->n : 0) * sizeof(*others) + 1);
    if (others == NULL || metrics == NULL)
        return;
    for (uint32_t i = 0; i < metrics->n; i++) {
        const hone_node *goal = find_goal(metrics->pairs[i].value);
        if (goal == NULL)
            continue;
        const char *name = metrics->pairs[i].key->text;
        hone_objective objective = {.name = name, .maximize = is_maximize(goal)};
        if (spec->objective.name == NULL) {
            spec->objective = objective;
        } else if (strcmp(spec->objective.name, name) == 0) {
            check_same(reader, goal);
        } else {
            others[spec->n_others++] = objective;
            reader->later.other_goal = goal;
        }
    }
    spec->others = others;
    if (spec->n_others >= HONE_OBJECTIVES_MAX)
        hone_read_error(reader, reader->later.other_goal,
                        "there are %u objectives; %d is the limit", spec->n_others + 1,
                        HONE_OBJECTIVES_MAX);
}

void hone_check_objectives(hone_reader *reader)
{
    const hone_spec *spec = reader->spec;
    const hone_strategy *strategy = reader->strategy;
    const hone_node *other = reader->later.other_goal;
    if (other == NULL)
        return;
    if (strategy != NULL && (strategy->traits & HONE_STRATEGY_ADAPTIVE) != 0 &&
        (strategy->traits & HONE_STRATEGY_MULTI_OBJECTIVE) == 0)
        hone_read_error(reader, other,
                        "method %s has one objective, and here is another; bayes, nsga2, "
                        "random and the like take several",
                        strategy->name);
    if (spec->stop.stagnation > 0)
        hone_read_error(reader, reader->later.stagnation,
                        "stop.stagnation is for one objective, and here are %u",
                        spec->n_others + 1);
    if (spec->stop.improvement > 0)
        hone_read_error(reader, reader->later.improvement,
                        "stop.expected_improvement is for one objective, and here are %u",
                        spec->n_others + 1);
    if (reader->later.fidelity != NULL)
        hone_read_error(reader, reader->later.fidelity,
                        "fidelity is for one objective, and here are %u",
                        spec->n_others + 1);
    if (spec->repeats.max > 1)
        hone_read_error(reader, other,
                        "repeats are for one objective, and here is another");
}
