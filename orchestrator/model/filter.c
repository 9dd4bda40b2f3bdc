/* Filters: an expression whose names are looked up in a recorded trial.
 *
 * Names are gathered while the expression is parsed, and told apart once: a fixed field,
 * `params.`, `metrics.`, or a free name, which is looked for among both. A trial is then
 * tested without an allocation. */
#include <hone/filter.h>

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/expr.h"
#include "base/banned.h"

enum { MAX_NAMES = 256, MAX_ARENA = 1024 * 1024 };

#define FIELD_MAP(XX)                                                                    \
    XX(NUMBER, "number")                                                                 \
    XX(STATUS, "status")                                                                 \
    XX(REASON, "reason")                                                                 \
    XX(DETAIL, "detail")                                                                 \
    XX(OBJECTIVE, "objective")                                                           \
    XX(ATTEMPTS, "attempts")                                                             \
    XX(EXIT_CODE, "exit_code")                                                           \
    XX(SIGNAL, "signal")                                                                 \
    XX(STARTED_AT, "started_at")                                                         \
    XX(ENDED_AT, "ended_at")                                                             \
    XX(DURATION, "duration")                                                             \
    XX(CPU_TIME, "cpu_time")                                                             \
    XX(MAX_RSS, "max_rss")                                                               \
    XX(REPEATS, "repeats")                                                               \
    XX(OBJECTIVE_SE, "objective_se")                                                     \
    XX(RERUN_OF, "rerun_of")

enum field {
#define XX(name, text) FIELD_##name,
    FIELD_MAP(XX)
#undef XX
        N_FIELDS
};

static const char *const field_names[N_FIELDS] = {
#define XX(name, text) [FIELD_##name] = text,
    FIELD_MAP(XX)
#undef XX
};

enum source { FROM_FIELD, FROM_PARAM, FROM_METRIC, FROM_EITHER };

struct name {
    const char *text; /* in the arena, as written */
    const char *key;  /* in `text`, behind params. or metrics. */
    enum source source;
    enum field field;
};

struct hone_filter {
    hone_arena arena; /* owns names and expression */
    const hone_expr *expr;
    int refused; /* why a name was not taken: HONE_ELIMIT or HONE_ENOMEM */
    uint32_t n;
    struct name names[MAX_NAMES];
};

/* The trial under test, and room for its times as text. */
struct test {
    const hone_filter *filter;
    const hone_trial_info *trial;
    char started_at[HONE_TIME_TEXT], ended_at[HONE_TIME_TEXT];
};

static void tell_source(struct name *name)
{
    static const char params[] = "params.", metrics[] = "metrics.";
    name->key = name->text;
    name->source = FROM_EITHER;
    for (int i = 0; i < N_FIELDS; i++) {
        if (strcmp(field_names[i], name->text) == 0) {
            name->source = FROM_FIELD;
            name->field = (enum field)i;
        }
    }
    if (strncmp(name->text, params, sizeof params - 1) == 0) {
        name->source = FROM_PARAM;
        name->key += sizeof params - 1;
    } else if (strncmp(name->text, metrics, sizeof metrics - 1) == 0) {
        name->source = FROM_METRIC;
        name->key += sizeof metrics - 1;
    }
}

static int64_t find_name(void *arg, const char *text, size_t len)
{
    hone_filter *filter = arg;
    for (uint32_t i = 0; i < filter->n; i++) {
        if (strlen(filter->names[i].text) == len &&
            memcmp(filter->names[i].text, text, len) == 0) {
            return i;
        }
    }
    if (filter->n == MAX_NAMES) {
        filter->refused = HONE_ELIMIT;
        return -1;
    }
    char *copy = hone_arena_copy(&filter->arena, text, len);
    if (copy == NULL) {
        filter->refused = HONE_ENOMEM;
        return -1;
    }
    filter->names[filter->n].text = copy;
    tell_source(&filter->names[filter->n]);
    return filter->n++;
}

int hone_filter_new(const char *text, hone_filter **out, hone_error *err)
{
    hone_filter *filter = calloc(1, sizeof *filter);
    if (filter == NULL) {
        return hone_error_set(err, HONE_ENOMEM, "out of memory");
    }
    hone_arena_init(&filter->arena, MAX_ARENA);
    const hone_expr_names names = {.find = find_name, .arg = filter};
    hone_error inner = {.code = 0};
    size_t offset = 0;
    int rc = hone_expr_parse(text, strlen(text), &names, &filter->arena, &filter->expr,
                             &offset, &inner);
    if (filter->refused == HONE_ELIMIT) {
        rc = hone_error_set(err, HONE_ELIMIT, "the expression has more than %d names",
                            MAX_NAMES);
    } else if (filter->refused == HONE_ENOMEM) {
        rc = hone_error_set(err, HONE_ENOMEM, "out of memory");
    } else if (rc != HONE_OK) {
        rc = hone_error_set(err, rc, "%s, at byte %zu of the expression", inner.text,
                            offset + 1);
    }
    if (rc != HONE_OK) {
        hone_filter_free(filter);
        filter = NULL;
    }
    *out = filter;
    return rc;
}

void hone_filter_free(hone_filter *filter)
{
    if (filter != NULL) {
        hone_arena_release(&filter->arena);
        free(filter);
    }
}

const char *hone_filter_name(const hone_filter *filter, uint32_t i)
{
    return i < filter->n ? filter->names[i].text : NULL;
}

bool hone_filter_name_is_free(const hone_filter *filter, uint32_t i)
{
    assert(i < filter->n);
    return filter->names[i].source != FROM_FIELD;
}

static hone_value absent(void)
{
    return (hone_value){.kind = HONE_ABSENT};
}

static hone_value text_or_absent(const char *text)
{
    return text != NULL ? hone_value_text(text) : absent();
}

static hone_value real_or_absent(double real, bool known)
{
    return known ? hone_value_real(real) : absent();
}

static hone_value int_or_absent(int64_t integer, bool known)
{
    return known ? hone_value_int(integer) : absent();
}

static hone_value field_value(struct test *test, enum field field)
{
    const hone_trial_info *trial = test->trial;
    switch (field) {
    case FIELD_NUMBER:
        return hone_value_int((int64_t)trial->number);
    case FIELD_STATUS:
        return text_or_absent(hone_status_text(trial->status));
    case FIELD_REASON:
        return text_or_absent(hone_reason_text(trial->reason));
    case FIELD_DETAIL:
        return text_or_absent(trial->detail);
    case FIELD_OBJECTIVE:
        return real_or_absent(trial->objective, trial->has_objective);
    case FIELD_ATTEMPTS:
        return hone_value_int(trial->attempts);
    case FIELD_EXIT_CODE:
        return int_or_absent(trial->exit_code, trial->has_exit_code);
    case FIELD_SIGNAL:
        return int_or_absent(trial->signal, trial->signal != 0);
    case FIELD_STARTED_AT:
        return hone_time_write(trial->started_at, test->started_at) > 0
                   ? hone_value_text(test->started_at)
                   : absent();
    case FIELD_ENDED_AT:
        return hone_time_write(trial->ended_at, test->ended_at) > 0
                   ? hone_value_text(test->ended_at)
                   : absent();
    case FIELD_DURATION:
        return real_or_absent(trial->duration_s, !isnan(trial->duration_s));
    case FIELD_CPU_TIME:
        return real_or_absent(trial->cpu_time_s, !isnan(trial->cpu_time_s));
    case FIELD_MAX_RSS:
        return int_or_absent(trial->max_rss, trial->max_rss >= 0);
    case FIELD_REPEATS:
        return int_or_absent(hone_trial_repeats(trial), hone_trial_repeats(trial) > 0);
    case FIELD_OBJECTIVE_SE:
        return real_or_absent(hone_trial_se(trial), !isnan(hone_trial_se(trial)));
    case FIELD_RERUN_OF:
        return int_or_absent((int64_t)trial->rerun_of, trial->rerun_of != 0);
    case N_FIELDS:
    default:
        return absent();
    }
}

static hone_value find_value(void *arg, uint32_t id)
{
    struct test *test = arg;
    const struct name *name = &test->filter->names[id];
    assert(id < test->filter->n);
    if (name->source == FROM_FIELD) {
        return field_value(test, name->field);
    }
    for (uint32_t i = 0; name->source != FROM_METRIC && i < test->trial->n_params; i++) {
        if (strcmp(test->trial->params[i].name, name->key) == 0) {
            return test->trial->params[i].value;
        }
    }
    for (uint32_t i = 0; name->source != FROM_PARAM && i < test->trial->n_metrics; i++) {
        if (strcmp(test->trial->metrics[i].name, name->key) == 0) {
            return hone_value_real(test->trial->metrics[i].value);
        }
    }
    return absent();
}

bool hone_filter_test(const hone_filter *filter, const hone_trial_info *trial)
{
    struct test test = {.filter = filter, .trial = trial};
    return hone_expr_test(filter->expr, find_value, &test) == HONE_TRUE;
}
