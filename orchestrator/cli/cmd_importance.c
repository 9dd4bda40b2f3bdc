/* hone importance: how much each parameter matters, and how sure that is.
 *
 *   gather (the record's trials -> evidence)   hone_importance_make   put text or JSON
 *
 * A trial of the record is taken where it is a point of the space as the sweep's spec now
 * has it; what is left out is counted, by why. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <hone/importance.h>
#include <hone/spec.h>
#include <hone/store.h>

#include "cli/command.h"
#include "cli/exit.h"
#include "cli/importance_view.h"
#include "cli/sweep_view.h"
#include "cli/target.h"
#include "cli/term.h"

enum { MAX_TEXT = 64 * 1024 * 1024 };

static const double TOP_OF_PED = 0.1; /* Watanabe and others (2023), section 5 */

/* Trials on their way from the record. */
struct gathering {
    struct importance_view *view;
    hone_evidence *evidence;
    const hone_space *space;
    bool with_pruned;
    bool is_first;         /* the first objective, which the record has by itself */
    hone_config *config;   /* owned */
    hone_setting *items;   /* owned: what a trial gives for each parameter */
    uint32_t n_items, cap; /* room */
};

static bool is_given(const struct gathering *all, uint32_t n, const char *name)
{
    for (uint32_t i = 0; i < n; i++) {
        if (strcmp(all->items[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* What a trial gives; a parameter that is newer than it has its default. */
static int list_values(struct gathering *all, const hone_trial_info *trial)
{
    uint32_t most = trial->n_params + all->space->n;
    if (most > all->cap) {
        hone_setting *items = realloc(all->items, most * sizeof(*items));
        if (items == NULL) {
            return HONE_ENOMEM;
        }
        all->items = items;
        all->cap = most;
    }
    for (uint32_t i = 0; i < trial->n_params; i++) {
        all->items[i] = (hone_setting){.name = trial->params[i].name,
                                       .value = trial->params[i].value};
    }
    all->n_items = trial->n_params;
    if (trial->n_params >= all->space->n) {
        return HONE_OK;
    }
    for (uint32_t i = 0; i < all->space->n; i++) {
        const hone_param *param = &all->space->params[i];
        if (param->fallback.kind != HONE_ABSENT && param->n_clauses == 0 &&
            !is_given(all, trial->n_params, param->name)) {
            all->items[all->n_items++] =
                (hone_setting){.name = param->name, .value = param->fallback};
        }
    }
    return HONE_OK;
}

/* The objective that is asked for; NaN where the trial has none. */
static double value_of(const struct gathering *all, const hone_trial_info *trial)
{
    if (!trial->has_objective) {
        return (double)NAN;
    }
    return all->is_first ? trial->objective
                         : hone_view_metric(trial, all->view->objective->name);
}

/* Why a trial is left out, or NULL. */
static uint64_t *leave_out(const struct gathering *all, const hone_trial_info *trial)
{
    struct left_out *left = &all->view->left;
    bool is_pruned = trial->status == HONE_STATUS_PRUNED;
    if (trial->rerun_of != 0) {
        return &left->reruns;
    }
    if (trial->status == HONE_STATUS_FAILED) {
        return &left->failed;
    }
    if (trial->status == HONE_STATUS_CANCELLED) {
        return &left->cancelled;
    }
    if (is_pruned && (!all->with_pruned || !trial->has_objective)) {
        return &left->pruned;
    }
    if (trial->status != HONE_STATUS_COMPLETED && !is_pruned) {
        return &left->unfinished;
    }
    return isfinite(value_of(all, trial)) ? NULL : &left->not_finite;
}

static int on_trial(void *arg, const hone_trial_info *trial)
{
    struct gathering *all = arg;
    uint64_t *why = leave_out(all, trial);
    if (why != NULL) {
        (*why)++;
        return HONE_OK;
    }
    int rc = list_values(all, trial);
    if (rc != HONE_OK) {
        return rc;
    }
    hone_settings values = {.n = all->n_items, .items = all->items};
    rc = hone_config_take(all->space, &values, all->config, NULL);
    if (rc == HONE_EUSAGE) {
        all->view->left.outside++;
        return HONE_OK;
    }
    if (rc != HONE_OK) {
        return rc;
    }
    double value = value_of(all, trial);
    return hone_evidence_add(all->evidence, all->config,
                             all->view->objective->maximize ? -value : value);
}

static int gather(struct gathering *all, const struct target *target, hone_error *err)
{
    int rc = hone_evidence_new(all->space, &all->evidence, err);
    all->config = calloc(1, hone_config_size(all->space));
    if (rc == HONE_OK && all->config == NULL) {
        rc = HONE_ENOMEM;
    }
    if (rc == HONE_OK) {
        all->config->n = all->space->n;
        rc = hone_store_trials(target->store, target->sweep->id, 1, on_trial, all, err);
    }
    free(all->config);
    free(all->items);
    return rc;
}

static int print_view(const struct importance_view *view, const struct args *args)
{
    struct out out;
    hone_buf text;
    hone_error err = {.code = 0};
    int rc = hone_out_open(&out, NULL, &err);
    if (rc != HONE_OK) {
        return hone_exit_error(&err, rc);
    }
    if (hone_args_form(args) == FORM_JSON) {
        hone_buf_init(&text, MAX_TEXT);
        hone_importance_put_json(view, &text);
        hone_out_buf(&out, &text);
        hone_buf_release(&text);
    } else {
        struct term term;
        hone_term_inspect(&term, stdout);
        hone_importance_put_text(view, &out, term.width);
    }
    return hone_out_close(&out, EXIT_DONE);
}

/* Says that there are too few, and of what there are some instead. */
static int say_few(const struct importance_view *view, uint64_t n)
{
    hone_buf why;
    hone_buf_init(&why, MAX_TEXT);
    hone_importance_put_left_out(view, &why);
    hone_say("importance needs at least %d finished trials with a value, or a full grid "
             "of %d; %s has %llu%s%s",
             HONE_IMPORTANCE_LEAST, HONE_IMPORTANCE_LEAST_GRID, view->sweep->name,
             (unsigned long long)n, why.len > 0 ? "; left out: " : "",
             hone_buf_text(&why));
    hone_buf_release(&why);
    return EXIT_FAILED;
}

static int measure(struct importance_view *view, const hone_evidence *evidence,
                   const struct args *args)
{
    hone_error err = {.code = 0};
    hone_importance *importance;
    int rc = hone_importance_make(evidence, &view->options, &importance, &err);
    if (rc == HONE_ELIMIT) {
        return say_few(view, hone_evidence_count(evidence));
    }
    if (rc != HONE_OK) {
        return hone_exit_error(&err, rc);
    }
    view->importance = importance;
    int status = print_view(view, args);
    hone_importance_free(importance);
    return status;
}

/* The objective with this name, NULL the first; NULL, with a message, where the spec has
 * none of it. */
static const hone_objective *find_objective(const hone_spec *spec, const char *name)
{
    hone_buf known;
    if (name == NULL || strcmp(name, spec->objective.name) == 0) {
        return &spec->objective;
    }
    hone_buf_init(&known, MAX_TEXT);
    hone_buf_puts(&known, spec->objective.name);
    for (uint32_t i = 0; i < spec->n_others; i++) {
        if (strcmp(name, spec->others[i].name) == 0) {
            hone_buf_release(&known);
            return &spec->others[i];
        }
        hone_buf_printf(&known, ", %s", spec->others[i].name);
    }
    hone_say("%s is no objective of the sweep; it has %s", name, hone_buf_text(&known));
    hone_buf_release(&known);
    return NULL;
}

static int measure_spec(const struct target *target, const hone_spec *spec,
                        const struct args *args, struct importance_view *view)
{
    hone_error err = {.code = 0};
    struct gathering all = {
        .view = view, .space = spec->space, .with_pruned = hone_args_has(args, "pruned")};
    view->sweep = target->sweep;
    view->space = spec->space;
    view->options.seed = target->sweep->seed;
    view->objective = find_objective(spec, hone_args_text(args, "objective"));
    if (view->objective == NULL) {
        return EXIT_WRONG;
    }
    all.is_first = view->objective == &spec->objective;
    int rc = gather(&all, target, &err);
    int status =
        rc == HONE_OK ? measure(view, all.evidence, args) : hone_exit_error(&err, rc);
    hone_evidence_free(all.evidence);
    return status;
}

static int analyse(const struct target *target, const struct args *args,
                   struct importance_view *view)
{
    hone_error err = {.code = 0};
    hone_spec *spec = NULL;
    const hone_sweep_info *sweep = target->sweep;
    int rc =
        hone_spec_read(sweep->spec_path, sweep->spec, strlen(sweep->spec), &spec, &err);
    if (rc != HONE_OK) {
        hone_spec_free(spec);
        hone_say(
            "the recorded spec of %s cannot be read any more; hone check %s says why",
            sweep->name, sweep->spec_path);
        return rc == HONE_ENOMEM ? hone_exit_status(rc) : EXIT_WRONG;
    }
    int status = measure_spec(target, spec, args, view);
    hone_spec_free(spec);
    return status;
}

static int run(const struct args *args)
{
    struct target target;
    struct importance_view view = {.sweep = NULL};
    const char *top = hone_args_text(args, "top");
    bool is_ped = strcmp(hone_args_text(args, "method"), "ped-anova") == 0;
    view.options.method = is_ped ? HONE_IMPORTANCE_PED : HONE_IMPORTANCE_FANOVA;
    view.options.top = is_ped ? TOP_OF_PED : 1;
    if (top != NULL && !hone_real_read(top, strlen(top), &view.options.top)) {
        return hone_exit_wrong("--top %s is no number; say a share, as 0.1", top);
    }
    int status = hone_target_open_sweep(&target, args);
    if (status == EXIT_DONE && target.sweep->objective == NULL) {
        status = hone_exit_wrong("%s optimises no metric, so that no parameter matters "
                                 "for it; its spec needs metric: {name: ...}",
                                 target.sweep->name);
    } else if (status == EXIT_DONE) {
        status = analyse(&target, args, &view);
    }
    hone_target_close(&target);
    return status;
}

static const hone_option options_table[] = {
    {.name = "method",
     .letter = 'm',
     .type = HONE_OPTION_CHOICE,
     .choices = "fanova|ped-anova",
     .fallback = "fanova",
     .placeholder = "METHOD",
     .text = "shares of the variance, or of what sets the best trials apart"},
    {.name = "top",
     .letter = 't',
     .type = HONE_OPTION_REAL,
     .min = 0.001,
     .max = 1,
     .placeholder = "SHARE",
     .text = "what matters among the best: fanova takes worse trials for the worst of "
             "these (default 1), ped-anova compares these with all (default 0.1)"},
    {.name = "objective",
     .type = HONE_OPTION_TEXT,
     .placeholder = "NAME",
     .text = "of several objectives this one; default: the first"},
    {.name = "pruned",
     .type = HONE_OPTION_FLAG,
     .text = "count trials that were stopped early, by their last value"},
    OPTION_JSON,
    OPTION_STORE,
    OPTION_END};

const struct command hone_cmd_importance = {
    .name = "importance",
    .synopsis = "[SWEEP]",
    .summary = "which parameters matter, and how sure that is",
    .options = options_table,
    .operands = OPERAND_SWEEP,
    .max_operands = 1,
    .details =
        "For each parameter, and for pairs of them beyond what the two do alone, the "
        "share of the objective's variance over the space that is due to it, with the "
        "interval that other trials of the kind would give in 95 of 100 cases. An effect "
        "whose interval reaches "
        "down to what a useless parameter shows cannot be told from none, and is said to "
        "be so. Where the trials are a full grid the means are exact; else a forest of "
        "regression trees stands for the objective, and the first line says how much of "
        "the variance among trials it foretells that it did not see: where that is "
        "little, so is what it says of parameters.\n\n"
        "A parameter that its condition switches off is measured among the trials that "
        "have it. The last column is where the objective is best on average.\n\n"
        "Trials that failed, were cancelled or pruned or are not finished, reruns, "
        "objectives that are no finite number, and trials outside of the space as the "
        "spec now has it are left out and counted. The same trials always give the same "
        "answer.\n\n"
        "The exit status is 1 where there are too few trials, 2 where the sweep "
        "optimises no metric.",
    .run = run};
