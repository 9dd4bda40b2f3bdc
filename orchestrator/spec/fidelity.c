/* `fidelity`: a parameter that is the budget of a trial, which the scheduler chooses.
 *
 *   hone_read_fidelity  (the other keys)  hone_check_early_terminate  hone_bind_fidelity
 *
 * The key is noted first, `early_terminate` then takes a promoter in place of a
 * scheduler, and when the parameters are known the one that is named becomes a constant:
 * its value is no choice of the method's. */
#include "spec/reader.h"

#include <string.h>

#include "spec/nearest.h"
#include "spec/param.h"
#include "base/banned.h"

/* A bound as it was written; node NULL: it was not. */
typedef struct written_bound {
    const char *name;
    const hone_node *node;
    hone_value value;
} written_bound;

typedef struct fidelity_draft {
    const hone_node *parameter;
    written_bound min, max;
} fidelity_draft;

void hone_read_fidelity(hone_reader *reader, const hone_node *node, void *target)
{
    char shown[64];
    (void)target;
    if (node->kind == HONE_NODE_MAP)
        reader->later.fidelity = node;
    else
        hone_read_error(reader, node,
                        "fidelity is %s; write {parameter: epochs, min: 1, max: 81}",
                        hone_node_show(node, shown));
}

static void note_parameter(hone_reader *reader, const hone_node *node, void *target)
{
    fidelity_draft *draft = target;
    if (hone_read_text(reader, node, "fidelity.parameter") != NULL)
        draft->parameter = node;
}

static void read_min(hone_reader *reader, const hone_node *node, void *target)
{
    fidelity_draft *draft = target;
    if (hone_read_number(reader, node, draft->min.name, &draft->min.value))
        draft->min.node = node;
}

static void read_max(hone_reader *reader, const hone_node *node, void *target)
{
    fidelity_draft *draft = target;
    if (hone_read_number(reader, node, draft->max.name, &draft->max.value))
        draft->max.node = node;
}

static const hone_field fields[] = {
    {"parameter", HONE_FIELD_READ, note_parameter, NULL},
    {"min", HONE_FIELD_READ, read_min, NULL},
    {"max", HONE_FIELD_READ, read_max, NULL},
    {NULL, HONE_FIELD_READ, NULL, NULL},
};

/* ---- the parameter ---- */

static const char *param_name_at(const void *arg, uint32_t i)
{
    const hone_space *space = arg;
    return i < space->n ? space->params[i].name : NULL;
}

static uint32_t find_param(hone_reader *reader, const fidelity_draft *draft)
{
    const hone_space *space = reader->spec->space;
    uint32_t i = 0;
    while (i < space->n && strcmp(space->params[i].name, draft->parameter->text) != 0)
        i++;
    if (i < space->n)
        return i;
    const char *near = hone_nearest(draft->parameter->text, param_name_at, space);
    hone_read_error(reader, draft->parameter,
                    "fidelity.parameter is %.60s, which is no parameter%s%s",
                    draft->parameter->text, near != NULL ? "; did you mean " : "",
                    near != NULL ? near : "");
    return i;
}

/* Whether it has a range of numbers; then its bounds, and whether they are whole. A
 * constant number is the most that a trial can have. */
static bool find_range(const hone_param *param, hone_budget_range *range)
{
    switch (param->distribution) {
    case HONE_CONSTANT:
        range->integer = param->values[0].kind == HONE_INT;
        range->max =
            range->integer ? (double)param->values[0].integer : param->values[0].real;
        range->min = 0;
        return range->integer || param->values[0].kind == HONE_REAL;
    case HONE_INT_UNIFORM:
        range->integer = true;
        break;
    case HONE_STEPPED:
        range->integer = param->steps.integer;
        break;
    case HONE_Q_UNIFORM:
    case HONE_Q_LOG_UNIFORM_VALUES:
        range->integer = param->q_integer;
        break;
    case HONE_UNIFORM:
    case HONE_LOG_UNIFORM_VALUES:
    case HONE_INV_LOG_UNIFORM_VALUES:
        range->integer = false;
        break;
    case HONE_CATEGORICAL:
    case HONE_LOG_UNIFORM:
    case HONE_Q_LOG_UNIFORM:
    case HONE_INV_LOG_UNIFORM:
    case HONE_NORMAL:
    case HONE_Q_NORMAL:
    case HONE_LOG_NORMAL:
    case HONE_Q_LOG_NORMAL:
    case HONE_BETA:
    case HONE_Q_BETA:
    case HONE_N_DISTRIBUTIONS:
        return false;
    }
    range->min = param->min;
    range->max = param->max;
    return true;
}

static bool check_param(hone_reader *reader, const fidelity_draft *draft,
                        const hone_param *param, hone_budget_range *range)
{
    if (!find_range(param, range)) {
        hone_read_error(reader, draft->parameter,
                        "fidelity.parameter is %.60s, which is %s; it has to be a number "
                        "with a range: {min: 1, max: 81}",
                        param->name, hone_distribution_name(param->distribution));
        return false;
    }
    if (param->n_clauses > 0) {
        hone_read_error(
            reader, draft->parameter,
            "fidelity.parameter is %.60s, which has a condition; a budget has "
            "to exist in every trial",
            param->name);
        return false;
    }
    return true;
}

/* ---- the range ---- */

/* It is within those of the parameter, which it defaults to. */
static bool take_bound(hone_reader *reader, const written_bound *written,
                       const hone_budget_range *own, double *bound)
{
    const hone_value *value = &written->value;
    if (written->node == NULL)
        return true;
    *bound = value->kind == HONE_INT ? (double)value->integer : value->real;
    if (own->integer && value->kind != HONE_INT)
        hone_read_error(reader, written->node, "%s is %.40s; the parameter is an integer",
                        written->name, written->node->text);
    else if (*bound > own->max)
        hone_read_error(reader, written->node, "%s is %.40s; the parameter ends at %g",
                        written->name, written->node->text, own->max);
    else if (*bound < own->min)
        hone_read_error(reader, written->node, "%s is %.40s; the parameter begins at %g",
                        written->name, written->node->text, own->min);
    else
        return true;
    return false;
}

static bool find_bounds(hone_reader *reader, const hone_node *node,
                        const fidelity_draft *draft, hone_budget_range *range)
{
    const hone_budget_range own = *range;
    bool good = take_bound(reader, &draft->min, &own, &range->min);
    good &= take_bound(reader, &draft->max, &own, &range->max);
    if (!good)
        return false;
    const hone_node *at = draft->min.node != NULL ? draft->min.node : node;
    if (!(range->min > 0))
        hone_read_error(reader, at,
                        "fidelity.min is %g; the least budget is above 0, such as min: 1",
                        range->min);
    else if (!(range->min < range->max))
        hone_read_error(reader, at, "fidelity.min is %g; it is below fidelity.max, %g",
                        range->min, range->max);
    else
        return true;
    return false;
}

void hone_try_promoter(hone_reader *reader, const hone_node *at)
{
    hone_error err = {0};
    const hone_fidelity *fidelity = &reader->spec->fidelity;
    const hone_promoter *promoter = fidelity->promoter;
    void *state = hone_read_alloc(reader, promoter->state_size);
    if (state == NULL)
        return;
    if (promoter->init(state, &fidelity->range, &fidelity->settings, &err) == HONE_ESPEC)
        hone_read_error(reader, at, "%s", err.text);
    promoter->release(state);
}

/* All that the method sees of it. */
static void fix_param(hone_reader *reader, hone_param *param,
                      const hone_budget_range *range)
{
    hone_value *most = hone_read_alloc(reader, sizeof *most);
    if (most == NULL)
        return;
    *most = range->integer ? hone_value_int((int64_t)range->max)
                           : hone_value_real(range->max);
    param->distribution = HONE_CONSTANT;
    param->min = param->max = 0;
    param->q = 0;
    param->steps = (hone_steps){0};
    param->n_values = 1;
    param->values = most;
    param->fallback = *most;
}

static void check_company(hone_reader *reader)
{
    const hone_spec *spec = reader->spec;
    const hone_node *node = reader->later.fidelity;
    if (spec->repeats.max > 1)
        hone_read_error(reader, node,
                        "fidelity and repeats do not go together; take one of them out");
    if (spec->objective.name == NULL)
        hone_read_error(reader, node,
                        "fidelity needs a metric; add metric: {name: loss, goal: "
                        "minimize}");
    if (reader->later.early_terminate == NULL)
        hone_read_error(reader, node,
                        "fidelity needs to know who chooses; add early_terminate: {type: "
                        "asha} or {type: hyperband}");
}

/* A promoter with a population gives the later trials itself. */
static void check_population(hone_reader *reader)
{
    const hone_spec *spec = reader->spec;
    const hone_promoter *promoter = spec->fidelity.promoter;
    const hone_node *node = reader->later.early_terminate;
    if (promoter == NULL || promoter->population == NULL)
        return;
    if (reader->strategy != NULL &&
        (reader->strategy->traits & HONE_STRATEGY_FINITE) != 0)
        hone_read_error(reader, node,
                        "early_terminate %s begins with trials of the method and goes on "
                        "from them; a %s goes through all: take method: random",
                        promoter->name, reader->strategy->name);
    if (spec->stop.trials > 0)
        hone_read_error(reader, node,
                        "early_terminate %s ends when its population has had "
                        "fidelity.max; take stop.trials (run_cap) out",
                        promoter->name);
}

void hone_bind_fidelity(hone_reader *reader, hone_param *params, uint32_t n)
{
    const hone_node *node = reader->later.fidelity;
    fidelity_draft draft = {.min.name = "fidelity.min", .max.name = "fidelity.max"};
    if (node == NULL)
        return;
    hone_read_fields(reader, node, fields, "fidelity.", &draft);
    check_company(reader);
    check_population(reader);
    if (draft.parameter == NULL) {
        if (hone_node_find(node, "parameter") == NULL)
            hone_read_error(reader, node,
                            "fidelity needs parameter: the name of the one that is the "
                            "budget");
        return;
    }
    hone_fidelity *fidelity = &reader->spec->fidelity;
    fidelity->param = find_param(reader, &draft);
    if (fidelity->param >= n || reader->drafts[fidelity->param].broken)
        return;
    hone_param *param = &params[fidelity->param];
    if (!check_param(reader, &draft, param, &fidelity->range) ||
        !find_bounds(reader, node, &draft, &fidelity->range))
        return;
    fix_param(reader, param, &fidelity->range);
    if (fidelity->promoter != NULL)
        hone_try_promoter(reader, node);
}
