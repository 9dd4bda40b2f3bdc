/* `early_terminate`: a scheduler by its type, with `fidelity` a promoter, and its options
 * beside it. */
#include "spec/reader.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "spec/nearest.h"
#include "base/banned.h"

static const char *type_at(const void *arg, uint32_t i)
{
    (void)arg;
    const hone_scheduler *scheduler = hone_scheduler_at(i);
    return scheduler != NULL ? scheduler->name : NULL;
}

static const char *promoter_at(const void *arg, uint32_t i)
{
    (void)arg;
    const hone_promoter *promoter = hone_promoter_at(i);
    return promoter != NULL ? promoter->name : NULL;
}

/* `name` is none of those that there are; with a fidelity these are others. */
static void refuse_type(hone_reader *reader, const hone_node *node, hone_name_at at)
{
    if (at == type_at && hone_promoter_find(node->text) != NULL) {
        hone_read_error(reader, node,
                        "early_terminate.type is %.60s, which gives trials budgets; add "
                        "fidelity: {parameter: epochs}",
                        node->text);
        return;
    }
    const char *near = hone_nearest(node->text, at, NULL);
    char all[200] = "";
    size_t len = 0;
    for (uint32_t i = 0; near == NULL && at(NULL, i) != NULL; i++)
        len += (size_t)snprintf(all + len, sizeof all - len, "%s%s", i > 0 ? ", " : "",
                                at(NULL, i));
    hone_read_error(reader, node, "early_terminate.type is %.60s; %s%s%s", node->text,
                    at == promoter_at ? "with fidelity " : "",
                    near != NULL ? "did you mean " : "it is one of ",
                    near != NULL ? near : all);
}

void hone_read_early_terminate(hone_reader *reader, const hone_node *node, void *target)
{
    char shown[64];
    (void)target;
    if (node->kind == HONE_NODE_MAP)
        reader->later.early_terminate = node;
    else /* W&B's server lets a bare word pass with a warning. */
        hone_read_warning(reader, node,
                          "early_terminate is %s and has no effect; write {type: "
                          "hyperband, min_iter: 3}",
                          hone_node_show(node, shown));
}

/* The node that says who it is; NULL where that is wrong. */
static const hone_node *find_type(hone_reader *reader, const hone_node *node)
{
    const hone_node *type = hone_node_find(node, "type");
    if (type == NULL)
        hone_read_error(reader, node, "early_terminate needs type, such as hyperband");
    else if (hone_read_text(reader, type, "early_terminate.type") != NULL)
        return type;
    return NULL;
}

static void read_scheduler(hone_reader *reader, const hone_node *node)
{
    hone_early_stop *stop = &reader->spec->early_stop;
    const hone_node *type = find_type(reader, node);
    const hone_node *metric = hone_node_find(node, "metric");
    if (metric != NULL)
        stop->watch.metric = hone_read_text(reader, metric, "early_terminate.metric");
    if (type == NULL)
        return;
    stop->scheduler = hone_scheduler_find(type->text);
    if (stop->scheduler == NULL) {
        refuse_type(reader, type, type_at);
        return;
    }
    char what[80];
    snprintf(what, sizeof what, "early_terminate %s", stop->scheduler->name);
    hone_option_reading reading = {.options = stop->scheduler->options,
                                   .what = what,
                                   .passed_over = "type",
                                   .passed_too = "metric"};
    stop->settings = hone_read_options(reader, node, &reading);
}

/* With a fidelity the rungs are budgets. */
static void read_promoter(hone_reader *reader, const hone_node *node)
{
    hone_fidelity *fidelity = &reader->spec->fidelity;
    const hone_node *type = find_type(reader, node);
    if (type == NULL)
        return;
    fidelity->promoter = hone_promoter_find(type->text);
    if (fidelity->promoter == NULL) {
        refuse_type(reader, type, promoter_at);
        return;
    }
    char what[80];
    snprintf(what, sizeof what, "early_terminate %s with fidelity",
             fidelity->promoter->name);
    hone_option_reading reading = {
        .options = fidelity->promoter->options, .what = what, .passed_over = "type"};
    fidelity->settings = hone_read_options(reader, node, &reading);
}

/* What the scheduler itself has to say of its settings. */
static void try_scheduler(hone_reader *reader, const hone_early_stop *stop)
{
    hone_error err = {0};
    void *state = hone_read_alloc(reader, stop->scheduler->state_size);
    if (state == NULL)
        return;
    if (stop->scheduler->init(state, &stop->watch, &stop->settings, &err) == HONE_ESPEC)
        hone_read_error(reader, reader->later.early_terminate, "%s", err.text);
    if (stop->scheduler->release != NULL)
        stop->scheduler->release(state);
}

static const hone_value *find_setting(const hone_settings *settings, const char *name)
{
    for (uint32_t i = 0; i < settings->n; i++)
        if (strcmp(settings->items[i].name, name) == 0)
            return &settings->items[i].value;
    return NULL;
}

static double number_of(const hone_value *value, double fallback)
{
    if (value == NULL)
        return fallback;
    return value->kind == HONE_INT ? (double)value->integer : value->real;
}

/* `promote`: the promoter of the same name takes the scheduler's place. */
static void take_promoter(hone_reader *reader)
{
    hone_early_stop *stop = &reader->spec->early_stop;
    hone_fidelity *fidelity = &reader->spec->fidelity;
    const hone_node *node = reader->later.early_terminate;
    const hone_value *max = find_setting(&stop->settings, "max_iter");
    if (max == NULL) {
        hone_read_error(
            reader, node,
            "early_terminate.promote needs max_iter: the last step of a trial");
        return;
    }
    if (find_setting(&stop->settings, "startup_trials") != NULL)
        hone_read_error(reader, node,
                        "early_terminate.startup_trials has no meaning with promote");
    if (reader->spec->repeats.max > 1)
        hone_read_error(
            reader, node,
            "early_terminate.promote and repeats do not go together; take one "
            "of them out");
    if (reader->spec->n_others > 0)
        hone_read_error(reader, node,
                        "early_terminate.promote is for one objective, and here are %u",
                        reader->spec->n_others + 1);
    *fidelity = (hone_fidelity){
        .promoter = hone_promoter_find(stop->scheduler->name),
        .settings = stop->settings,
        .by_step = true,
        .range = {.min = number_of(find_setting(&stop->settings, "min_iter"), 1),
                  .max = number_of(max, 0)}};
    assert(fidelity->promoter != NULL && fidelity->promoter->worthy != NULL);
    stop->scheduler = NULL;
    if (fidelity->range.min < fidelity->range.max) /* else the scheduler has said so */
        hone_try_promoter(reader, node);
}

void hone_check_early_terminate(hone_reader *reader)
{
    hone_early_stop *stop = &reader->spec->early_stop;
    const hone_node *node = reader->later.early_terminate;
    if (node == NULL)
        return;
    if (reader->later.fidelity != NULL) {
        read_promoter(reader, node);
        return;
    }
    read_scheduler(reader, node);
    if (stop->scheduler == NULL)
        return;
    if (stop->watch.metric == NULL)
        stop->watch.metric = reader->spec->objective.name;
    stop->watch.maximize = reader->spec->objective.maximize;
    if (stop->watch.metric == NULL)
        hone_read_error(reader, node,
                        "early_terminate needs a metric to look at; add metric: {name: "
                        "loss, goal: minimize}");
    else
        try_scheduler(reader, stop);
    const hone_value *promote = find_setting(&stop->settings, "promote");
    if (promote != NULL && promote->boolean)
        take_promoter(reader);
}
