/* A configuration as a user says it, NAME=VALUE for each parameter, or as a program does,
 * with values that have their types.
 *
 * Three passes. Each name is matched to a parameter; then, in the order in which
 * conditions can be decided, each parameter gets its value: the given one, checked, or,
 * where none was given, the only one that it can have; last come the constraints. */
#include <hone/spec.h>

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "spec/nearest.h"

#include "base/banned.h"

enum {
    SHOWN_MAX = 300, /* bytes of a list in a message */
    SHOWN_VALUE = 60 /* and of a value */
};

/* What is given for a parameter: the VALUE of a text, or a value; borrowed. */
typedef struct given {
    const char *text;
    const hone_value *value;
} given;

typedef struct assignment {
    const hone_space *space;
    given *given;    /* one a parameter, empty where nothing is; owned */
    uint32_t *order; /* owned */
    hone_config *config;
    hone_buf missing; /* names, joined by commas */
} assignment;

static bool is_given(const given *what)
{
    return what->text != NULL || what->value != NULL;
}

/* What is given as a message has it, cut. */
static const char *show(const given *what, char room[static SHOWN_VALUE])
{
    if (what->text != NULL)
        return what->text;
    hone_buf out;
    hone_buf_init(&out, HONE_SPEC_MAX_BYTES);
    hone_value_write(&out, what->value,
                     what->value->kind == HONE_TEXT ? HONE_FORM_YAML : HONE_FORM_JSON);
    snprintf(room, SHOWN_VALUE, "%s", hone_buf_text(&out));
    hone_buf_release(&out);
    return room;
}

/* ---- the names ---- */

static const char *name_at(const void *arg, uint32_t i)
{
    const hone_space *space = arg;
    return i < space->n ? space->params[i].name : NULL;
}

static int64_t find_param(const hone_space *space, const char *name, size_t len)
{
    for (uint32_t i = 0; i < space->n; i++) {
        if (strlen(space->params[i].name) == len &&
            memcmp(space->params[i].name, name, len) == 0)
            return i;
    }
    return -1;
}

static int refuse_name(const hone_space *space, const char *text, size_t len,
                       hone_error *err)
{
    char name[64];
    size_t kept = len < sizeof name ? len : sizeof name - 1;
    memcpy(name, text, kept);
    name[kept] = '\0';
    const char *near = hone_nearest(name, name_at, space);
    if (near != NULL)
        return hone_error_set(err, HONE_EUSAGE,
                              "%s is no parameter of the sweep; did you mean %s", name,
                              near);
    hone_buf known;
    hone_buf_init(&known, SHOWN_MAX);
    for (uint32_t i = 0; i < space->n && hone_buf_status(&known) == HONE_OK; i++)
        hone_buf_printf(&known, "%s%s", i > 0 ? ", " : "", space->params[i].name);
    int rc =
        hone_error_set(err, HONE_EUSAGE, "%s is no parameter of the sweep; those are %s",
                       name, hone_buf_text(&known));
    hone_buf_release(&known);
    return rc;
}

static int take_given(assignment *all, const char *name, size_t len, given what,
                      hone_error *err)
{
    int64_t at = find_param(all->space, name, len);
    if (at < 0)
        return refuse_name(all->space, name, len, err);
    if (is_given(&all->given[at]))
        return hone_error_set(err, HONE_EUSAGE, "%s is given twice",
                              all->space->params[at].name);
    all->given[at] = what;
    return HONE_OK;
}

static int take_text(assignment *all, const char *text, hone_error *err)
{
    const char *equals = strchr(text, '=');
    if (equals == NULL || equals == text)
        return hone_error_set(err, HONE_EUSAGE, "'%s' is no NAME=VALUE", text);
    return take_given(all, text, (size_t)(equals - text), (given){.text = equals + 1},
                      err);
}

/* ---- one value ---- */

static bool writes_as(const hone_value *value, hone_form form, const char *text)
{
    hone_buf out;
    hone_buf_init(&out, HONE_SPEC_MAX_BYTES);
    hone_value_write(&out, value, form);
    bool same =
        hone_buf_status(&out) == HONE_OK && strcmp(hone_buf_text(&out), text) == 0;
    hone_buf_release(&out);
    return same;
}

static hone_value typed_value(const given *what)
{
    return what->value != NULL ? *what->value : hone_value_from_plain(what->text);
}

/* The choice that is meant: by type first ("1e-3" is 0.001), then, of a text, by its
 * letters. */
static const hone_value *find_choice(const hone_param *param, const given *what)
{
    const char *text = what->text;
    hone_value typed = typed_value(what);
    for (uint32_t i = 0; i < param->n_values; i++) {
        if (hone_value_equal(&param->values[i], &typed))
            return &param->values[i];
    }
    for (uint32_t i = 0; text != NULL && i < param->n_values; i++) {
        if (writes_as(&param->values[i], HONE_FORM_YAML, text) ||
            writes_as(&param->values[i], HONE_FORM_PYTHON, text))
            return &param->values[i];
    }
    return NULL;
}

static int take_choice(const hone_param *param, const given *what, hone_value *value,
                       hone_error *err)
{
    char room[SHOWN_VALUE];
    const hone_value *found = find_choice(param, what);
    if (found != NULL) {
        *value = *found;
        return HONE_OK;
    }
    hone_buf known;
    hone_buf_init(&known, SHOWN_MAX);
    for (uint32_t i = 0; i < param->n_values && hone_buf_status(&known) == HONE_OK; i++) {
        hone_buf_puts(&known, i > 0 ? ", " : "");
        hone_value_write(&known, &param->values[i], HONE_FORM_YAML);
    }
    int rc = hone_error_set(err, HONE_EUSAGE, "%s is '%s'; it can be %s%s", param->name,
                            show(what, room), hone_buf_text(&known),
                            hone_buf_status(&known) == HONE_OK ? "" : ", ...");
    hone_buf_release(&known);
    return rc;
}

static double number_of(hone_value value)
{
    double number = NAN;
    (void)hone_value_number(&value, &number);
    return number;
}

/* Between which numbers a draw lies; infinite where the distribution has tails. */
static void find_range(const hone_param *param, double *low, double *high)
{
    double first = number_of(hone_param_draw(param, 0));
    double last = number_of(hone_param_draw(param, 0x1.fffffffffffffp-1));
    *low = fmin(first, last);
    *high = fmax(first, last);
    switch (param->distribution) {
    case HONE_NORMAL:
    case HONE_Q_NORMAL:
        *low = -INFINITY;
        *high = INFINITY;
        break;
    case HONE_LOG_NORMAL:
    case HONE_Q_LOG_NORMAL:
        *low = 0;
        *high = INFINITY;
        break;
    case HONE_CONSTANT:
    case HONE_CATEGORICAL:
    case HONE_INT_UNIFORM:
    case HONE_UNIFORM:
    case HONE_Q_UNIFORM:
    case HONE_LOG_UNIFORM:
    case HONE_Q_LOG_UNIFORM:
    case HONE_INV_LOG_UNIFORM:
    case HONE_LOG_UNIFORM_VALUES:
    case HONE_Q_LOG_UNIFORM_VALUES:
    case HONE_INV_LOG_UNIFORM_VALUES:
    case HONE_BETA:
    case HONE_Q_BETA:
    case HONE_STEPPED:
    case HONE_N_DISTRIBUTIONS:
        break;
    }
}

/* The first of the ascending values that is not below `number`; support > 0. */
static uint64_t first_not_below(const hone_param *param, uint64_t support, double number)
{
    uint64_t low = 0, high = support - 1;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (number_of(hone_param_support_value(param, middle)) < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* A parameter that steps: the value has to be one of its steps. */
static int take_step(const hone_param *param, uint64_t support, hone_value *value,
                     hone_error *err)
{
    uint64_t at = first_not_below(param, support, number_of(*value));
    hone_value above = hone_param_support_value(param, at);
    if (hone_value_equal(&above, value)) {
        *value = above;
        return HONE_OK;
    }
    hone_value below = hone_param_support_value(param, at > 0 ? at - 1 : at);
    return hone_error_set(
        err, HONE_EUSAGE, "%s is %g; it goes in steps, the nearest are %g and %g",
        param->name, number_of(*value), number_of(below), number_of(above));
}

static int refuse_number(const hone_param *param, const given *what, hone_error *err)
{
    char room[SHOWN_VALUE];
    const char *text = show(what, room);
    double low, high;
    find_range(param, &low, &high);
    const char *kind =
        param->distribution == HONE_INT_UNIFORM ? "a whole number" : "a number";
    if (isinf(high))
        return hone_error_set(err, HONE_EUSAGE, "%s is '%s'; it has to be %s%s",
                              param->name, text, kind, low == 0 ? " above 0" : "");
    return hone_error_set(err, HONE_EUSAGE, "%s is '%s'; it has to be %s from %g to %g",
                          param->name, text, kind, low, high);
}

/* Numbers that were not written in the spec have no spelling, in the record and here. */
static int take_number(const hone_param *param, const given *what, hone_value *value,
                       hone_error *err)
{
    hone_value typed = typed_value(what);
    double low, high, number = number_of(typed);
    if ((typed.kind != HONE_INT && typed.kind != HONE_REAL) || !isfinite(number))
        return refuse_number(param, what, err);
    find_range(param, &low, &high);
    if (number < low || number > high || (isinf(high) && low == 0 && number == 0))
        return refuse_number(param, what, err);
    uint64_t support = hone_param_support(param);
    if (param->distribution == HONE_INT_UNIFORM) {
        if (typed.kind == HONE_REAL && (number != floor(number) || fabs(number) > 0x1p53))
            return refuse_number(param, what, err);
        *value = hone_value_int(typed.kind == HONE_INT ? typed.integer : (int64_t)number);
        return HONE_OK;
    }
    *value = hone_value_real(number);
    return support < UINT64_MAX ? take_step(param, support, value, err) : HONE_OK;
}

static int take_value(const hone_param *param, const given *what, hone_value *value,
                      hone_error *err)
{
    bool listed =
        param->distribution == HONE_CONSTANT || param->distribution == HONE_CATEGORICAL;
    return listed ? take_choice(param, what, value, err)
                  : take_number(param, what, value, err);
}

/* ---- the configuration ---- */

static int fill_param(assignment *all, uint32_t i, hone_error *err)
{
    const hone_param *param = &all->space->params[i];
    hone_value *value = &all->config->values[i];
    *value = (hone_value){.kind = HONE_ABSENT};
    if (!hone_param_active(all->space, i, all->config))
        return !is_given(&all->given[i])
                   ? HONE_OK
                   : hone_error_set(err, HONE_EUSAGE,
                                    "%s does not exist in this configuration: its "
                                    "`when` does not hold",
                                    param->name);
    if (is_given(&all->given[i]))
        return take_value(param, &all->given[i], value, err);
    if (hone_param_support(param) == 1)
        *value = hone_param_support_value(param, 0);
    else
        hone_buf_printf(&all->missing, "%s%s", all->missing.len > 0 ? ", " : "",
                        param->name);
    return HONE_OK;
}

static int fill_config(assignment *all, hone_error *err)
{
    const hone_space *space = all->space;
    all->config->n = space->n;
    int rc = hone_space_order(space, all->order, err);
    for (uint32_t k = 0; rc == HONE_OK && k < space->n; k++)
        rc = fill_param(all, all->order[k], err);
    if (rc == HONE_OK && all->missing.len > 0)
        rc = hone_error_set(err, HONE_EUSAGE, "no value is given for %s",
                            hone_buf_text(&all->missing));
    if (rc == HONE_OK && !hone_config_allowed(space, all->config))
        rc = hone_error_set(err, HONE_EUSAGE,
                            "the configuration breaks a constraint of the spec");
    return rc;
}

static int open_assignment(assignment *all, const hone_space *space, hone_config *config,
                           hone_error *err)
{
    *all = (assignment){.space = space, .config = config};
    hone_buf_init(&all->missing, SHOWN_MAX);
    all->given = calloc(space->n + (size_t)1, sizeof *all->given);
    all->order = calloc(space->n + (size_t)1, sizeof *all->order);
    return all->given != NULL && all->order != NULL
               ? HONE_OK
               : hone_error_set(err, HONE_ENOMEM, "out of memory");
}

static void close_assignment(assignment *all)
{
    hone_buf_release(&all->missing);
    free(all->order);
    free(all->given);
}

int hone_config_read(const hone_space *space, uint32_t n, const char *const *texts,
                     hone_config *config, hone_error *err)
{
    assignment all;
    int rc = open_assignment(&all, space, config, err);
    for (uint32_t i = 0; rc == HONE_OK && i < n; i++)
        rc = take_text(&all, texts[i], err);
    if (rc == HONE_OK)
        rc = fill_config(&all, err);
    close_assignment(&all);
    return rc;
}

int hone_config_take(const hone_space *space, const hone_settings *values,
                     hone_config *config, hone_error *err)
{
    assignment all;
    int rc = open_assignment(&all, space, config, err);
    for (uint32_t i = 0; rc == HONE_OK && i < values->n; i++) {
        const hone_setting *set = &values->items[i];
        rc = take_given(&all, set->name, strlen(set->name), (given){.value = &set->value},
                        err);
    }
    if (rc == HONE_OK)
        rc = fill_config(&all, err);
    close_assignment(&all);
    return rc;
}
