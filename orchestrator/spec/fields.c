/* The top-level keys of a spec: a table of names, readers, and what is not built yet.
 *
 * `parameters`, `command`, `constraints` and `order` are only noted here: they need what
 * other keys say, wherever those stand in the file. */
#include "spec/reader.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "model/number.h"
#include "base/banned.h"

enum { NAME_MAX_BYTES = 120 };

static void read_name(hone_reader *reader, const hone_node *node, void *target)
{
    (void)target;
    const char *name = hone_read_text(reader, node, "name");
    if (name == NULL)
        return;
    if (node->n > NAME_MAX_BYTES)
        hone_read_error(reader, node, "name has %u bytes; %d is the limit", node->n,
                        NAME_MAX_BYTES);
    else if (strcspn(name, "\n\r\t") != node->n)
        hone_read_error(reader, node, "name has a line break or tab in it");
    else
        reader->spec->name = name;
}

static void read_description(hone_reader *reader, const hone_node *node, void *target)
{
    (void)target;
    if (!hone_node_is_null(node))
        reader->spec->description = hone_read_text(reader, node, "description");
}

static void read_project(hone_reader *reader, const hone_node *node, void *target)
{
    (void)target;
    if (!hone_node_is_null(node))
        reader->spec->project = hone_read_text(reader, node, "project");
}

static void read_entity(hone_reader *reader, const hone_node *node, void *target)
{
    (void)target;
    if (!hone_node_is_null(node))
        reader->spec->entity = hone_read_text(reader, node, "entity");
}

static void read_program(hone_reader *reader, const hone_node *node, void *target)
{
    (void)target;
    reader->spec->program = hone_read_text(reader, node, "program");
}

static void read_workdir(hone_reader *reader, const hone_node *node, void *target)
{
    (void)target;
    reader->spec->workdir = hone_read_text(reader, node, "workdir");
}

static void read_kind(hone_reader *reader, const hone_node *node, void *target)
{
    static const char *const words[] = {"sweep"};
    (void)target;
    hone_read_choice(reader, node, "kind", words, 1);
}

static void read_executor(hone_reader *reader, const hone_node *node, void *target)
{
    static const char *const words[] = {"local", "slurm"};
    (void)target;
    const hone_node *type = node;
    if (node->kind == HONE_NODE_MAP) {
        type = hone_node_find(node, "type");
        if (type == NULL) {
            hone_read_error(reader, node, "executor needs type; it is local or slurm");
            return;
        }
    }
    if (hone_read_choice(reader, type, "executor", words, 2) > 0)
        hone_read_unsupported(reader, type, "executor %s is not yet supported",
                              type->text);
}

static void read_concurrency(hone_reader *reader, const hone_node *node, void *target)
{
    uint64_t count = 0;
    (void)target;
    if (!hone_read_count(reader, node, "concurrency", 1, &count))
        return;
    if (count > 100000)
        hone_read_error(reader, node, "concurrency is %.40s; 100000 is the limit",
                        node->text);
    else
        reader->spec->concurrency = (uint32_t)count;
}

/* Digits alone, up to 2^64 - 1, which no hone_value holds. */
static bool read_u64(const char *text, uint64_t *number)
{
    *number = 0;
    if (*text == '\0')
        return false;
    for (; *text >= '0' && *text <= '9'; text++)
        if (__builtin_mul_overflow(*number, 10, number) ||
            __builtin_add_overflow(*number, (uint64_t)(*text - '0'), number))
            return false;
    return *text == '\0';
}

static void read_seed(hone_reader *reader, const hone_node *node, void *target)
{
    hone_value value;
    (void)target;
    if (!hone_read_number(reader, node, "seed", &value))
        return;
    if (read_u64(node->text, &reader->spec->seed)) {
        reader->spec->seed_given = true;
    } else if (value.kind == HONE_INT && value.integer >= 0) {
        reader->spec->seed = (uint64_t)value.integer;
        reader->spec->seed_given = true;
    } else {
        hone_read_error(reader, node,
                        "seed is %.40s; an integer from 0 to 2^64 - 1 is needed",
                        node->text);
    }
}

static void read_timeout(hone_reader *reader, const hone_node *node, void *target)
{
    (void)target;
    hone_read_duration(reader, node, "timeout", &reader->spec->timeout_s);
}

static void read_grace(hone_reader *reader, const hone_node *node, void *target)
{
    (void)target;
    hone_read_duration(reader, node, "grace", &reader->spec->grace_s);
}

/* The smaller of stop.trials and run_cap counts. */
static void read_run_cap(hone_reader *reader, const hone_node *node, void *target)
{
    uint64_t cap;
    (void)target;
    if (!hone_read_count(reader, node, "run_cap", 1, &cap))
        return;
    hone_stop *stop = &reader->spec->stop;
    if (stop->trials == 0 || cap < stop->trials)
        stop->trials = cap;
}

static void note_parameters(hone_reader *reader, const hone_node *node, void *target)
{
    (void)target;
    reader->later.parameters = node;
}

static void note_constraints(hone_reader *reader, const hone_node *node, void *target)
{
    (void)target;
    reader->later.constraints = node;
}

static void note_command(hone_reader *reader, const hone_node *node, void *target)
{
    (void)target;
    reader->later.command = node;
}

static void read_order(hone_reader *reader, const hone_node *node, void *target)
{
    static const char *const words[] = {"sorted", "shuffled"};
    (void)target;
    int choice = hone_read_choice(reader, node, "order", words, 2);
    reader->spec->shuffled = choice == 1;
    reader->later.order = choice >= 0 ? node : NULL;
}

static const hone_field top_fields[] = {
    /* W&B's */
    {"method", HONE_FIELD_READ, hone_read_method, NULL},
    {"parameters", HONE_FIELD_READ, note_parameters, NULL},
    {"metric", HONE_FIELD_READ, hone_read_metric, NULL},
    {"command", HONE_FIELD_READ, note_command, NULL},
    {"program", HONE_FIELD_READ, read_program, NULL},
    {"run_cap", HONE_FIELD_READ, read_run_cap, NULL},
    {"name", HONE_FIELD_READ, read_name, NULL},
    {"description", HONE_FIELD_READ, read_description, NULL},
    {"project", HONE_FIELD_READ, read_project, NULL},
    {"entity", HONE_FIELD_READ, read_entity, NULL},
    {"kind", HONE_FIELD_READ, read_kind, NULL},
    {"early_terminate", HONE_FIELD_READ, hone_read_early_terminate, NULL},
    {"scheduler", HONE_FIELD_LATER, NULL, NULL},
    {"apiVersion", HONE_FIELD_NOTHING, NULL, NULL},
    {"controller", HONE_FIELD_NOTHING, NULL, NULL},
    {"job", HONE_FIELD_NOTHING, NULL, "it is for W&B Launch"},
    {"image_uri", HONE_FIELD_NOTHING, NULL, "it is for W&B Launch"},
    {"settings", HONE_FIELD_NOTHING, NULL, "it is for W&B's own service"},
    /* hone's */
    {"metrics", HONE_FIELD_READ, hone_read_metrics, NULL},
    {"constraints", HONE_FIELD_READ, note_constraints, NULL},
    {"concurrency", HONE_FIELD_READ, read_concurrency, NULL},
    {"seed", HONE_FIELD_READ, read_seed, NULL},
    {"order", HONE_FIELD_READ, read_order, NULL},
    {"timeout", HONE_FIELD_READ, read_timeout, NULL},
    {"grace", HONE_FIELD_READ, read_grace, NULL},
    {"env", HONE_FIELD_READ, hone_read_env, NULL},
    {"workdir", HONE_FIELD_READ, read_workdir, NULL},
    {"stop", HONE_FIELD_READ, hone_read_stop, NULL},
    {"executor", HONE_FIELD_READ, read_executor, NULL},
    {"repeats", HONE_FIELD_READ, hone_read_repeats, NULL},
    {"retries", HONE_FIELD_READ, hone_read_retries, NULL},
    {"retry_on", HONE_FIELD_READ, hone_read_retry_on, NULL},
    {"requeue_on", HONE_FIELD_READ, hone_read_requeue_on, NULL},
    {"resources", HONE_FIELD_READ, hone_read_resources, NULL},
    {"inputs", HONE_FIELD_LATER, NULL, NULL},
    {"outputs", HONE_FIELD_LATER, NULL, NULL},
    {"alerts", HONE_FIELD_LATER, NULL, NULL},
    {"notify", HONE_FIELD_LATER, NULL, NULL},
    {"warm_start", HONE_FIELD_READ, hone_read_warm_start, NULL},
    {"fidelity", HONE_FIELD_READ, hone_read_fidelity, NULL},
    {"track", HONE_FIELD_LATER, NULL, NULL},
    {NULL, HONE_FIELD_READ, NULL, NULL},
};

void hone_read_top(hone_reader *reader, const hone_node *root)
{
    hone_read_fields(reader, root, top_fields, "", NULL);
    if (hone_node_find(root, "method") == NULL)
        hone_diag_add(reader->diag, HONE_SEVERITY_ERROR, reader->start,
                      "method is missing; add `method: grid` or `method: random`");
    /* A grid alone has an order; other methods draw. */
    const hone_strategy *strategy = reader->strategy;
    if (reader->later.order != NULL && strategy != NULL &&
        (strategy->traits & HONE_STRATEGY_FINITE) == 0)
        hone_read_warning(reader, reader->later.order, "order has no effect on method %s",
                          strategy->name);
}
