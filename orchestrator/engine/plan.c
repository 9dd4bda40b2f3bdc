/* A spec's method bound to its space. */
#include <hone/plan.h>
#include <hone/promise.h>

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/firsts.h"
#include "engine/known.h"
#include "engine/plan_state.h"

struct hone_plan {
    const hone_spec *spec; /* borrowed */
    const hone_strategy *strategy;
    void *state; /* owned, state_size bytes */
    hone_problem problem;
    hone_config *point; /* owned */
    hone_firsts firsts;
    hone_promise *promise; /* owned; NULL: nobody asks for it */
    hone_config *shown;    /* owned: a point with its first budget */
    hone_ladder ladder;
    uint64_t next; /* number that hone_plan_next asks for */
    uint32_t n_settings;
    hone_setting settings[]; /* the spec's, and `order` */
};

/* A method that is known and not yet built is named at its place in the spec. */
static int refuse_method(const hone_spec *spec, hone_error *err)
{
    for (uint32_t i = 0; i < spec->diagnostics.n; i++) {
        const hone_diagnostic *found = &spec->diagnostics.items[i];
        if (found->severity == HONE_SEVERITY_UNSUPPORTED &&
            strstr(found->text, spec->method) != NULL)
            return hone_error_set(err, HONE_EUNSUPPORTED, "%s:%d:%d: error: %s",
                                  spec->path, found->line, found->column, found->text);
    }
    return hone_error_set(err, HONE_EUNSUPPORTED,
                          "%s: error: method %s is not yet supported", spec->path,
                          spec->method);
}

static int bind(hone_plan *plan, hone_error *err)
{
    const hone_spec *spec = plan->spec;
    for (uint32_t i = 0; i < spec->settings.n; i++)
        plan->settings[plan->n_settings++] = spec->settings.items[i];
    if (spec->shuffled)
        plan->settings[plan->n_settings++] =
            (hone_setting){.name = "order", .value = hone_value_text("shuffled")};
    plan->problem = (hone_problem){
        .space = spec->space, .seed = spec->seed, .n_objectives = spec->n_others + 1};
    hone_settings settings = {.n = plan->n_settings, .items = plan->settings};
    hone_error detail = {0};
    int rc = plan->strategy->init(plan->state, &plan->problem, &settings, &detail);
    if (rc != HONE_OK)
        return hone_error_set(err, rc, "%s: error: %s", spec->path,
                              detail.text[0] != '\0' ? detail.text : hone_error_text(rc));
    return HONE_OK;
}

/* The configuration of all defaults, where every parameter of it has one: what the user
 * thinks best is a good place to learn from. Strategies that do not learn keep their
 * sequence. Errors: HONE_ENOMEM. */
static int make_first(hone_plan *plan)
{
    const hone_space *space = plan->spec->space;
    if (!hone_plan_adaptive(plan) || space->n == 0 || plan->spec->external != NULL)
        return HONE_OK;
    uint32_t *order = malloc(space->n * sizeof(*order));
    hone_config *first = calloc(1, hone_config_size(space));
    int rc = order != NULL && first != NULL ? hone_space_order(space, order, NULL)
                                            : HONE_ENOMEM;
    bool complete = rc == HONE_OK;
    for (uint32_t k = 0; complete && k < space->n; k++) {
        const hone_param *param = &space->params[order[k]];
        first->n = space->n;
        if (!hone_param_active(space, order[k], first))
            continue;
        bool fixed = hone_param_support(param) == 1;
        complete = fixed || param->fallback.kind != HONE_ABSENT;
        if (complete)
            first->values[order[k]] =
                fixed ? hone_param_support_value(param, 0) : param->fallback;
    }
    free(order);
    if (complete && hone_config_member(space, first))
        rc = hone_firsts_add(&plan->firsts, first);
    free(first);
    return rc;
}

int hone_plan_make(const hone_spec *spec, hone_plan **out, hone_error *err)
{
    const hone_strategy *strategy =
        spec->external != NULL ? &hone_strategy_known : hone_strategy_find(spec->method);
    if (strategy == NULL)
        return refuse_method(spec, err);
    hone_plan *plan =
        calloc(1, sizeof(*plan) + (spec->settings.n + 1) * sizeof(plan->settings[0]));
    if (plan == NULL)
        return hone_error_set(err, HONE_ENOMEM, "out of memory");
    plan->spec = spec;
    plan->strategy = strategy;
    plan->next = 1;
    plan->firsts.space = spec->space;
    int rc = HONE_OK;
    plan->state = calloc(1, strategy->state_size > 0 ? strategy->state_size : 1);
    plan->point = calloc(1, hone_config_size(spec->space));
    plan->shown = calloc(1, hone_config_size(spec->space));
    if (plan->state == NULL || plan->point == NULL || plan->shown == NULL) {
        rc = hone_error_set(err, HONE_ENOMEM, "out of memory");
        goto fail_alloc;
    }
    rc = bind(plan, err);
    if (rc == HONE_OK)
        rc = hone_ladder_init(&plan->ladder, spec, err);
    if (rc != HONE_OK)
        goto fail_bind;
    if (spec->stop.improvement > 0)
        rc = hone_promise_new(spec->space, spec->seed, &plan->promise, err);
    if (rc != HONE_OK)
        goto fail_bind;
    rc = make_first(plan);
    if (rc != HONE_OK) {
        hone_error_set(err, rc, "out of memory");
        goto fail_bind;
    }
    *out = plan;
    return HONE_OK;

fail_bind:
    hone_plan_free(plan);
    return rc;
fail_alloc:
    free(plan->shown);
    free(plan->point);
    free(plan->state);
    free(plan);
    return rc;
}

void hone_plan_free(hone_plan *plan)
{
    if (plan == NULL)
        return;
    if (plan->strategy->release != NULL)
        plan->strategy->release(plan->state);
    hone_firsts_release(&plan->firsts);
    hone_promise_free(plan->promise);
    hone_ladder_release(&plan->ladder);
    free(plan->shown);
    free(plan->point);
    free(plan->state);
    free(plan);
}

uint64_t hone_plan_count(const hone_plan *plan)
{
    uint64_t count =
        plan->strategy->count != NULL ? plan->strategy->count(plan->state) : UINT64_MAX;
    uint64_t limit = plan->spec->stop.trials;
    uint64_t population = hone_ladder_population(&plan->ladder);
    count = population < count ? population : count;
    return limit > 0 && limit < count ? limit : count;
}

bool hone_plan_adaptive(const hone_plan *plan)
{
    return (plan->strategy->traits & HONE_STRATEGY_ADAPTIVE) != 0;
}

const hone_known *hone_plan_known(const hone_plan *plan)
{
    return plan->strategy == &hone_strategy_known ? plan->state : NULL;
}

hone_observation_kind hone_observation_of(hone_status status, bool has_objective)
{
    if (has_objective && status == HONE_STATUS_COMPLETED)
        return HONE_OBSERVE_COMPLETED;
    if (has_objective && status == HONE_STATUS_PRUNED)
        return HONE_OBSERVE_PRUNED;
    return HONE_OBSERVE_FAILED;
}

hone_suggestion hone_plan_suggest(hone_plan *plan, uint64_t number,
                                  const hone_config **point)
{
    plan->point->n = plan->spec->space->n;
    *point = hone_firsts_next(&plan->firsts, number);
    if (*point != NULL)
        return HONE_SUGGESTED;
    *point = plan->point;
    return plan->strategy->suggest(plan->state, number, plan->point);
}

int hone_plan_begin_with(hone_plan *plan, const hone_config *config)
{
    return hone_firsts_add(&plan->firsts, config);
}

const hone_config *hone_plan_first(const hone_plan *plan, uint64_t number)
{
    return hone_firsts_next(&plan->firsts, number);
}

int hone_plan_observe(hone_plan *plan, const hone_observation *observation)
{
    if (observation->kind == HONE_OBSERVE_PENDING)
        hone_firsts_note(&plan->firsts, observation->config);
    int rc = plan->promise != NULL ? hone_promise_observe(plan->promise, observation)
                                   : HONE_OK;
    if (rc != HONE_OK || plan->strategy->observe == NULL)
        return rc;
    return plan->strategy->observe(plan->state, observation);
}

bool hone_plan_has_enough(const hone_plan *plan, char *why, size_t size)
{
    double least = plan->spec->stop.improvement;
    double value = plan->promise != NULL ? hone_promise_value(plan->promise) : INFINITY;
    if (value >= least)
        return false;
    snprintf(why, size,
             "an improvement of %.3g is all that can be expected; "
             "stop.expected_improvement is %g",
             value, least);
    return true;
}

hone_ladder *hone_plan_ladder(hone_plan *plan)
{
    return plan->ladder.state != NULL ? &plan->ladder : NULL;
}

/* As the trial would begin. */
static const hone_config *show_budget(hone_plan *plan, uint64_t number,
                                      const hone_config *point)
{
    hone_budget budget = hone_fidelity_budget(&plan->spec->fidelity,
                                              hone_ladder_first(&plan->ladder, number));
    if (!budget.there)
        return point;
    memcpy(plan->shown, point, hone_config_size(plan->spec->space));
    plan->shown->values[budget.param] = budget.value;
    return plan->shown;
}

int hone_plan_next(hone_plan *plan, const hone_config **point, bool *waits)
{
    *waits = false;
    *point = NULL;
    if (plan->next > hone_plan_count(plan))
        return HONE_OK;
    const hone_config *next = NULL;
    hone_suggestion answer = hone_plan_suggest(plan, plan->next, &next);
    *waits = answer == HONE_SUGGEST_WAIT;
    if (answer != HONE_SUGGESTED)
        return HONE_OK;
    hone_observation pending = {
        .kind = HONE_OBSERVE_PENDING, .number = plan->next, .config = next};
    int rc = hone_plan_observe(plan, &pending);
    if (rc != HONE_OK)
        return rc;
    *point = show_budget(plan, plan->next, next);
    plan->next++;
    return HONE_OK;
}
