/* The best of an earlier sweep, read anew each time that a sweep is opened; once its
 * first trials are recorded, they count, and not what the earlier sweep has become. */
#include "engine/warm_start.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct warmth {
    hone_sweep *sweep;
    hone_config *config;    /* owned, scratch */
    hone_setting *settings; /* owned, room for the space */
    uint32_t n_found, n_taken;
} warmth;

static const hone_param_value *find_param(const hone_trial_info *trial, const char *name)
{
    for (uint32_t i = 0; i < trial->n_params; i++)
        if (strcmp(trial->params[i].name, name) == 0)
            return &trial->params[i];
    return NULL;
}

/* A parameter that the earlier sweep did not have is at its default. */
static hone_settings list_settings(const warmth *self, const hone_trial_info *trial)
{
    const hone_space *space = self->sweep->spec->space;
    const hone_fidelity *fidelity = &self->sweep->spec->fidelity;
    hone_settings settings = {.items = self->settings};
    for (uint32_t i = 0; i < space->n; i++) {
        const hone_param *param = &space->params[i];
        bool budget =
            fidelity->promoter != NULL && !fidelity->by_step && fidelity->param == i;
        const hone_param_value *found =
            budget ? NULL : find_param(trial, param->name); /* a budget it gets anew */
        const hone_value *value = found != NULL ? &found->value : &param->fallback;
        if (value->kind != HONE_ABSENT && (found != NULL || param->n_clauses == 0))
            self->settings[settings.n++] =
                (hone_setting){.name = param->name, .value = *value};
    }
    return settings;
}

/* What does not fit this space is passed over. */
static int take_trial(void *arg, const hone_trial_info *trial)
{
    warmth *self = arg;
    const hone_space *space = self->sweep->spec->space;
    hone_settings settings = list_settings(self, trial);
    hone_error why = {0};
    self->n_found++;
    memset(self->config, 0, hone_config_size(space));
    int rc = hone_config_take(space, &settings, self->config, &why);
    if (rc != HONE_OK)
        return rc == HONE_ENOMEM ? rc : HONE_OK;
    self->n_taken++;
    return hone_plan_begin_with(self->sweep->plan, self->config);
}

static int read_best(warmth *self, hone_store *store, int64_t id, hone_error *err)
{
    const hone_spec *spec = self->sweep->spec;
    self->config = malloc(hone_config_size(spec->space));
    self->settings = calloc(spec->space->n + (size_t)1, sizeof(*self->settings));
    int rc =
        self->config == NULL || self->settings == NULL
            ? hone_error_set(err, HONE_ENOMEM, "out of memory")
            : hone_store_best(store, id, spec->warm_start.top, take_trial, self, err);
    free(self->settings);
    free(self->config);
    return rc;
}

static int refuse(const hone_spec *spec, const char *why, hone_error *err)
{
    return hone_error_set(err, HONE_ESPEC, "%s:%d:%d: error: warm_start: %s", spec->path,
                          spec->warm_start.line, spec->warm_start.column, why);
}

static void say_what_is_taken(const warmth *self)
{
    const hone_sweep *sweep = self->sweep;
    char line[300];
    if (sweep->options.observer.message == NULL)
        return;
    snprintf(line, sizeof(line),
             "warm start: %" PRIu32 " trial%s first, from the best of %.100s",
             self->n_taken, self->n_taken == 1 ? "" : "s", sweep->spec->warm_start.sweep);
    if (self->n_taken < self->n_found)
        snprintf(line + strlen(line), sizeof(line) - strlen(line),
                 "; %" PRIu32 " of its %" PRIu32 " best are not in this space",
                 self->n_found - self->n_taken, self->n_found);
    sweep->options.observer.message(sweep->options.observer.arg, line);
}

/* A sweep that is recorded already goes on whatever has become of the earlier one. */
static int begin(warmth *self, hone_store *store, bool is_new, hone_error *err)
{
    const hone_spec *spec = self->sweep->spec;
    const hone_sweep_info *earlier = NULL;
    hone_error why = {0};
    int rc = hone_store_sweep(store, spec->warm_start.sweep, &earlier, &why);
    if (rc == HONE_ENOTFOUND)
        return is_new ? refuse(spec, why.text, err) : HONE_OK;
    if (rc != HONE_OK)
        return hone_error_set(err, rc, "%s", why.text);
    if (strcmp(earlier->name, self->sweep->name) == 0)
        return refuse(spec, "a sweep cannot begin with its own trials", err);
    rc = read_best(self, store, earlier->id, err);
    if (rc != HONE_OK || !is_new)
        return rc;
    if (self->n_taken == 0)
        return refuse(spec,
                      self->n_found == 0
                          ? "that sweep has no completed trial yet"
                          : "no trial of that sweep has a configuration of this space",
                      err);
    say_what_is_taken(self);
    return HONE_OK;
}

int hone_warm_begin(hone_sweep *sweep, const char *store, hone_error *err)
{
    warmth self = {.sweep = sweep};
    hone_store *reader = NULL;
    const hone_sweep_info *own = NULL;
    hone_error ignored = {0};
    if (sweep->spec->warm_start.sweep == NULL)
        return HONE_OK;
    int rc = hone_store_open(store, &reader, err);
    if (rc == HONE_ENOTFOUND)
        return refuse(sweep->spec, "there is no store yet, and so no earlier sweep", err);
    if (rc != HONE_OK)
        return rc;
    bool is_new = hone_store_sweep(reader, sweep->name, &own, &ignored) != HONE_OK;
    rc = begin(&self, reader, is_new, err);
    hone_store_close(reader);
    return rc;
}
