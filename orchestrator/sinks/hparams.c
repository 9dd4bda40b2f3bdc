#include "sinks/hparams.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sinks/proto.h"

#include "base/banned.h"

enum { MESSAGE_MAX = 64 * 1024 * 1024 };

/* Fields of the plugin's messages, and of google.protobuf.Value. */
enum {
    DATA_EXPERIMENT = 2,
    DATA_START = 3,
    DATA_END = 4,
    START_HPARAMS = 1,
    START_TIME = 5,
    END_STATUS = 1,
    END_TIME = 2,
    ENTRY_KEY = 1,
    ENTRY_VALUE = 2,
    VALUE_NUMBER = 2,
    VALUE_TEXT = 3,
    VALUE_BOOL = 4,
    EXPERIMENT_TIME = 3,
    EXPERIMENT_HPARAM = 4,
    EXPERIMENT_METRIC = 5,
    EXPERIMENT_NAME = 6,
    INFO_NAME = 1,
    INFO_TYPE = 4,
    INFO_DISCRETE = 5,
    INFO_INTERVAL = 6,
    INFO_DIFFERS = 7,
    INTERVAL_MIN = 1,
    INTERVAL_MAX = 2,
    LIST_VALUE = 1,
    METRIC_NAME = 1,
    METRIC_LABEL = 3,
    NAME_TAG = 2
};

enum { STATUS_SUCCESS = 1, STATUS_FAILURE = 2, STATUS_RUNNING = 3 };

void hone_hparams_init(hone_hparams *hparams)
{
    *hparams = (hone_hparams){0};
}

void hone_hparams_release(hone_hparams *hparams)
{
    for (uint32_t i = 0; i < hparams->n; i++) {
        free(hparams->items[i].name);
        for (uint32_t k = 0; k < hparams->items[i].n_values; k++)
            free(hparams->items[i].values[k]);
    }
    for (uint32_t i = 0; i < hparams->n_metrics; i++)
        free(hparams->metrics[i]);
    free(hparams->items);
    *hparams = (hone_hparams){0};
}

/* ---- learning ---- */

static hone_hparam *find(const hone_hparams *hparams, const char *name)
{
    for (uint32_t i = 0; i < hparams->n; i++)
        if (strcmp(hparams->items[i].name, name) == 0)
            return &hparams->items[i];
    return NULL;
}

static hone_hparam *add(hone_hparams *hparams, const char *name)
{
    if (hparams->n == hparams->cap) {
        uint32_t cap = hparams->cap == 0 ? 16 : hparams->cap * 2;
        hone_hparam *grown = realloc(hparams->items, cap * sizeof *grown);
        if (grown == NULL)
            return NULL;
        hparams->items = grown;
        hparams->cap = cap;
    }
    hone_hparam *item = &hparams->items[hparams->n];
    *item = (hone_hparam){.name = strdup(name), .min = INFINITY, .max = -INFINITY};
    if (item->name == NULL)
        return NULL;
    hparams->n++;
    return item;
}

static hone_hparam_type type_of(const hone_value *value)
{
    double number;
    if (value->kind == HONE_BOOL)
        return HONE_HPARAM_BOOL;
    bool is_number = hone_value_number(value, &number) && isfinite(number);
    return is_number ? HONE_HPARAM_NUMBER : HONE_HPARAM_TEXT;
}

/* Lists and mappings are their JSON; the plugin knows no nesting. */
static void write_text(hone_buf *out, const hone_value *value)
{
    bool nested = value->kind == HONE_LIST || value->kind == HONE_MAP;
    hone_value_write(out, value, nested ? HONE_FORM_JSON : HONE_FORM_YAML);
}

static int note_value(hone_hparam *item, const hone_value *value)
{
    hone_buf text;
    hone_buf_init(&text, MESSAGE_MAX);
    write_text(&text, value);
    int code = hone_buf_status(&text);
    bool known = item->many || code != 0;
    for (uint32_t k = 0; !known && k < item->n_values; k++)
        known = strcmp(item->values[k], hone_buf_text(&text)) == 0;
    if (!known && item->n_values == HONE_HPARAM_VALUES) {
        item->many = true;
    } else if (!known) {
        char *copy = strdup(hone_buf_text(&text));
        if (copy != NULL)
            item->values[item->n_values++] = copy;
        else
            code = HONE_ENOMEM;
    }
    hone_buf_release(&text);
    return code;
}

static int learn_param(hone_hparams *hparams, const hone_param_value *param)
{
    hone_hparam *item = find(hparams, param->name);
    hone_hparam_type type = type_of(&param->value);
    double number;
    if (item == NULL) {
        item = add(hparams, param->name);
        if (item == NULL)
            return HONE_ENOMEM;
        item->type = type;
    }
    if (item->type != type)
        item->type = HONE_HPARAM_TEXT;
    if (type == HONE_HPARAM_NUMBER && hone_value_number(&param->value, &number)) {
        item->min = fmin(item->min, number);
        item->max = fmax(item->max, number);
    }
    return note_value(item, &param->value);
}

static int learn_metric(hone_hparams *hparams, const char *name)
{
    for (uint32_t i = 0; i < hparams->n_metrics; i++)
        if (strcmp(hparams->metrics[i], name) == 0)
            return HONE_OK;
    if (hparams->n_metrics == HONE_HPARAM_METRICS)
        return HONE_OK; /* its curve is there; the table has enough columns */
    char *copy = strdup(name);
    if (copy == NULL)
        return HONE_ENOMEM;
    hparams->metrics[hparams->n_metrics++] = copy;
    return HONE_OK;
}

int hone_hparams_learn(hone_hparams *hparams, const hone_trial_info *trial)
{
    int code = HONE_OK;
    for (uint32_t i = 0; code == HONE_OK && i < trial->n_params; i++)
        code = learn_param(hparams, &trial->params[i]);
    for (uint32_t i = 0; code == HONE_OK && i < trial->n_metrics; i++)
        code = learn_metric(hparams, trial->metrics[i].name);
    return code;
}

/* ---- writing ---- */

static void put_value(hone_buf *out, hone_hparam_type type, const hone_value *value)
{
    double number = 0;
    hone_buf text;
    if (type == HONE_HPARAM_NUMBER && hone_value_number(value, &number)) {
        hone_proto_double(out, VALUE_NUMBER, number);
    } else if (type == HONE_HPARAM_BOOL) {
        hone_proto_varint(out, VALUE_BOOL, value->boolean);
    } else {
        hone_buf_init(&text, MESSAGE_MAX);
        write_text(&text, value);
        hone_proto_message(out, VALUE_TEXT, &text);
        hone_buf_release(&text);
    }
}

/* The scratch that nested messages are made in. */
typedef struct desk {
    hone_buf outer, middle, inner;
} desk;

static void open_desk(desk *self)
{
    hone_buf_init(&self->outer, MESSAGE_MAX);
    hone_buf_init(&self->middle, MESSAGE_MAX);
    hone_buf_init(&self->inner, MESSAGE_MAX);
}

static void close_desk(desk *self)
{
    hone_buf_release(&self->outer);
    hone_buf_release(&self->middle);
    hone_buf_release(&self->inner);
}

static void put_domain(desk *self, const hone_hparam *item)
{
    if (item->type == HONE_HPARAM_NUMBER) {
        hone_proto_double(&self->inner, INTERVAL_MIN, item->min);
        hone_proto_double(&self->inner, INTERVAL_MAX, item->max);
        hone_proto_message(&self->middle, INFO_INTERVAL, &self->inner);
        return;
    }
    if (item->type != HONE_HPARAM_TEXT || item->many)
        return;
    hone_buf value;
    hone_buf_init(&value, MESSAGE_MAX);
    for (uint32_t k = 0; k < item->n_values; k++) {
        hone_proto_text(&value, VALUE_TEXT, item->values[k]);
        hone_proto_message(&self->inner, LIST_VALUE, &value);
    }
    hone_proto_message(&self->middle, INFO_DISCRETE, &self->inner);
    hone_buf_release(&value);
}

static void put_hparam(desk *self, const hone_hparam *item)
{
    hone_proto_text(&self->middle, INFO_NAME, item->name);
    hone_proto_varint(&self->middle, INFO_TYPE, (uint64_t)item->type);
    put_domain(self, item);
    hone_proto_varint(&self->middle, INFO_DIFFERS, item->many || item->n_values > 1);
    hone_proto_message(&self->outer, EXPERIMENT_HPARAM, &self->middle);
}

static void put_metric(desk *self, const char *tag, const char *label)
{
    hone_proto_text(&self->inner, NAME_TAG, tag);
    hone_proto_message(&self->middle, METRIC_NAME, &self->inner);
    if (label != NULL)
        hone_proto_text(&self->middle, METRIC_LABEL, label);
    hone_proto_message(&self->outer, EXPERIMENT_METRIC, &self->middle);
}

void hone_hparams_experiment(const hone_hparams *hparams, const hone_sweep_info *sweep,
                             double created, hone_buf *out)
{
    static const hone_hparam status = {.name = (char *)(uintptr_t)HONE_HPARAMS_STATUS,
                                       .type = HONE_HPARAM_TEXT,
                                       .many = true};
    desk self;
    open_desk(&self);
    hone_proto_text(&self.outer, EXPERIMENT_NAME, sweep->name);
    hone_proto_double(&self.outer, EXPERIMENT_TIME, created);
    for (uint32_t i = 0; i < hparams->n; i++)
        put_hparam(&self, &hparams->items[i]);
    put_hparam(&self, &status);
    if (sweep->objective != NULL)
        put_metric(&self, HONE_HPARAMS_OBJECTIVE, sweep->objective);
    for (uint32_t i = 0; i < hparams->n_metrics; i++)
        put_metric(&self, hparams->metrics[i], NULL);
    hone_proto_message(out, DATA_EXPERIMENT, &self.outer);
    close_desk(&self);
}

static void put_entry(desk *self, const char *name)
{
    hone_proto_text(&self->middle, ENTRY_KEY, name);
    hone_proto_message(&self->middle, ENTRY_VALUE, &self->inner);
    hone_proto_message(&self->outer, START_HPARAMS, &self->middle);
}

void hone_hparams_start(const hone_hparams *hparams, const hone_trial_info *trial,
                        double started, hone_buf *out)
{
    desk self;
    open_desk(&self);
    for (uint32_t i = 0; i < trial->n_params; i++) {
        const hone_hparam *item = find(hparams, trial->params[i].name);
        hone_hparam_type type = item != NULL ? item->type : HONE_HPARAM_TEXT;
        put_value(&self.inner, type, &trial->params[i].value);
        put_entry(&self, trial->params[i].name);
    }
    hone_proto_text(&self.inner, VALUE_TEXT, hone_status_text(trial->status));
    put_entry(&self, HONE_HPARAMS_STATUS);
    hone_proto_double(&self.outer, START_TIME, started);
    hone_proto_message(out, DATA_START, &self.outer);
    close_desk(&self);
}

void hone_hparams_end(const hone_trial_info *trial, double ended, hone_buf *out)
{
    desk self;
    bool well =
        trial->status == HONE_STATUS_COMPLETED || trial->status == HONE_STATUS_PRUNED;
    open_desk(&self);
    hone_proto_varint(&self.outer, END_STATUS,
                      trial->status == HONE_STATUS_RUNNING ? STATUS_RUNNING
                      : well                               ? STATUS_SUCCESS
                                                           : STATUS_FAILURE);
    if (trial->status != HONE_STATUS_RUNNING)
        hone_proto_double(&self.outer, END_TIME, ended);
    hone_proto_message(out, DATA_END, &self.outer);
    close_desk(&self);
}
