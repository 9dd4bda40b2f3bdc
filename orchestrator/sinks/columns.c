/* The columns of a table of trials: fixed ones, one a parameter, one a metric.
 *
 *   hone_columns_new  learn*  (count name find cell number)*  hone_columns_free
 *
 * Names are learned from trials because the record has no other list of them: `when` and
 * an extended spec give trials different parameters, and metrics are whatever was
 * printed. Each kind of name is kept in a list of its own with a sorted index beside it,
 * so that a trial costs a binary search a name. Most trials have the parameters of the
 * one before at the same places, which is looked at first. */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <hone/export.h>

#include "base/banned.h"

enum { MAX_NAMES = 20000 };

#define HEAD_MAP(XX) XX(NUMBER, "number") XX(STATUS, "status") XX(REASON, "reason")
#define TAIL_MAP(XX)                                                                     \
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
    XX(OBJECTIVE_SE, "objective_se")

enum fixed {
#define XX(name, text) FIXED_##name,
    HEAD_MAP(XX) TAIL_MAP(XX)
#undef XX
        N_FIXED
};

/* The last two are columns only where a trial has repeats. */
enum { N_HEAD = FIXED_OBJECTIVE, N_ALWAYS = FIXED_REPEATS };

static const char *const fixed_names[N_FIXED] = {
#define XX(name, text) [FIXED_##name] = text,
    HEAD_MAP(XX) TAIL_MAP(XX)
#undef XX
};

/* Names of one kind. `sorted` holds indices into `shown`. */
struct names {
    const char *prefix; /* "params." or "metrics." */
    uint32_t n, cap;
    char **shown;     /* owned: prefix and name in one block, pointing at either */
    char **blocks;    /* owned: "params.lr"; the name starts at strlen(prefix) */
    uint32_t *sorted; /* by name */
};

struct hone_columns {
    struct names params, metrics;
    bool repeated; /* a trial has more than one repeat */
};

static const char *plain_name(const struct names *names, uint32_t i)
{
    return names->blocks[i] + strlen(names->prefix);
}

/* Where `name` is, or belongs, in the sorted index. */
static uint32_t search_names(const struct names *names, const char *name, bool *found)
{
    uint32_t low = 0, high = names->n;
    *found = false;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = strcmp(plain_name(names, names->sorted[middle]), name);
        if (order == 0) {
            *found = true;
            return middle;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static int grow_names(struct names *names)
{
    uint32_t cap = names->cap == 0 ? 16 : names->cap * 2;
    char **shown = realloc(names->shown, cap * sizeof *shown);
    if (shown != NULL) {
        names->shown = shown;
    }
    char **blocks = realloc(names->blocks, cap * sizeof *blocks);
    if (blocks != NULL) {
        names->blocks = blocks;
    }
    uint32_t *sorted = realloc(names->sorted, cap * sizeof *sorted);
    if (sorted != NULL) {
        names->sorted = sorted;
    }
    if (shown == NULL || blocks == NULL || sorted == NULL) {
        return HONE_ENOMEM;
    }
    names->cap = cap;
    return HONE_OK;
}

static bool is_fixed(const char *name)
{
    for (int i = 0; i < N_FIXED; i++) {
        if (strcmp(fixed_names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

/* Shows the name in full where the other kind, or a fixed column, has it too. */
static void tell_apart(struct names *names, uint32_t i, struct names *other)
{
    const char *name = plain_name(names, i);
    bool shared;
    uint32_t at = search_names(other, name, &shared);
    if (shared) {
        uint32_t j = other->sorted[at];
        other->shown[j] = other->blocks[j];
    }
    if (shared || is_fixed(name)) {
        names->shown[i] = names->blocks[i];
    }
}

static int learn_name(struct names *names, struct names *other, const char *name,
                      hone_error *err)
{
    bool found;
    uint32_t at = search_names(names, name, &found);
    if (found) {
        return HONE_OK;
    }
    if (names->n == MAX_NAMES) {
        return hone_error_set(err, HONE_ELIMIT,
                              "the trials have more than %d different %s names; "
                              "use json or jsonl, which have no columns",
                              MAX_NAMES, names->prefix);
    }
    if (names->n == names->cap && grow_names(names) != HONE_OK) {
        return hone_error_set(err, HONE_ENOMEM, "out of memory");
    }
    size_t prefix = strlen(names->prefix), len = strlen(name);
    char *block = malloc(prefix + len + 1);
    if (block == NULL) {
        return hone_error_set(err, HONE_ENOMEM, "out of memory");
    }
    memcpy(block, names->prefix, prefix);
    memcpy(block + prefix, name, len + 1);
    memmove(names->sorted + at + 1, names->sorted + at,
            (names->n - at) * sizeof *names->sorted);
    names->sorted[at] = names->n;
    names->blocks[names->n] = block;
    names->shown[names->n] = block + prefix;
    names->n++;
    tell_apart(names, names->n - 1, other);
    return HONE_OK;
}

int hone_columns_new(hone_columns **out, hone_error *err)
{
    hone_columns *columns = calloc(1, sizeof *columns);
    if (columns == NULL) {
        return hone_error_set(err, HONE_ENOMEM, "out of memory");
    }
    columns->params.prefix = "params.";
    columns->metrics.prefix = "metrics.";
    *out = columns;
    return HONE_OK;
}

static void release_names(struct names *names)
{
    for (uint32_t i = 0; i < names->n; i++) {
        free(names->blocks[i]);
    }
    free(names->blocks);
    free(names->shown);
    free(names->sorted);
}

void hone_columns_free(hone_columns *columns)
{
    if (columns == NULL) {
        return;
    }
    release_names(&columns->params);
    release_names(&columns->metrics);
    free(columns);
}

int hone_columns_learn(hone_columns *columns, const hone_trial_info *trial,
                       hone_error *err)
{
    int rc = HONE_OK;
    columns->repeated |= trial->n_scores > 1;
    for (uint32_t i = 0; i < trial->n_params && rc == HONE_OK; i++) {
        rc = learn_name(&columns->params, &columns->metrics, trial->params[i].name, err);
    }
    for (uint32_t i = 0; i < trial->n_metrics && rc == HONE_OK; i++) {
        rc = learn_name(&columns->metrics, &columns->params, trial->metrics[i].name, err);
    }
    return rc;
}

uint32_t hone_columns_count(const hone_columns *columns)
{
    uint32_t n_fixed = columns->repeated ? N_FIXED : N_ALWAYS;
    return n_fixed + columns->params.n + columns->metrics.n;
}

/* What column `i` is: its kind, and *at the index in the list of that kind. */
static hone_column_kind locate(const hone_columns *columns, uint32_t i, uint32_t *at)
{
    assert(i < hone_columns_count(columns));
    if (i < N_HEAD) {
        *at = i;
        return HONE_COLUMN_FIXED;
    }
    i -= N_HEAD;
    if (i < columns->params.n) {
        *at = i;
        return HONE_COLUMN_PARAM;
    }
    i -= columns->params.n;
    if (i < columns->metrics.n) {
        *at = columns->metrics.sorted[i];
        return HONE_COLUMN_METRIC;
    }
    *at = i - columns->metrics.n + N_HEAD;
    return HONE_COLUMN_FIXED;
}

hone_column_kind hone_columns_kind(const hone_columns *columns, uint32_t i)
{
    uint32_t at;
    return locate(columns, i, &at);
}

const char *hone_columns_name(const hone_columns *columns, uint32_t i)
{
    uint32_t at;
    switch (locate(columns, i, &at)) {
    case HONE_COLUMN_PARAM:
        return columns->params.shown[at];
    case HONE_COLUMN_METRIC:
        return columns->metrics.shown[at];
    case HONE_COLUMN_FIXED:
    default:
        return fixed_names[at];
    }
}

int64_t hone_columns_find(const hone_columns *columns, const char *name)
{
    uint32_t n = hone_columns_count(columns);
    for (uint32_t i = 0; i < n; i++) {
        if (strcmp(hone_columns_name(columns, i), name) == 0) {
            return i;
        }
    }
    for (uint32_t i = 0; i < n; i++) {
        uint32_t at;
        hone_column_kind kind = locate(columns, i, &at);
        if ((kind == HONE_COLUMN_PARAM &&
             strcmp(columns->params.blocks[at], name) == 0) ||
            (kind == HONE_COLUMN_METRIC &&
             strcmp(columns->metrics.blocks[at], name) == 0)) {
            return i;
        }
    }
    return -1;
}

static const hone_value *find_param(const hone_columns *columns, uint32_t at,
                                    const hone_trial_info *trial)
{
    const char *name = plain_name(&columns->params, at);
    if (at < trial->n_params && strcmp(trial->params[at].name, name) == 0) {
        return &trial->params[at].value;
    }
    for (uint32_t i = 0; i < trial->n_params; i++) {
        if (strcmp(trial->params[i].name, name) == 0) {
            return &trial->params[i].value;
        }
    }
    return NULL;
}

static const hone_metric_value *find_metric(const hone_columns *columns, uint32_t at,
                                            const hone_trial_info *trial)
{
    const char *name = plain_name(&columns->metrics, at);
    for (uint32_t i = 0; i < trial->n_metrics; i++) {
        if (strcmp(trial->metrics[i].name, name) == 0) {
            return &trial->metrics[i];
        }
    }
    return NULL;
}

static bool fixed_number(enum fixed column, const hone_trial_info *trial, double *number)
{
    switch (column) {
    case FIXED_NUMBER:
        *number = (double)trial->number;
        return true;
    case FIXED_OBJECTIVE:
        *number = trial->objective;
        return trial->has_objective;
    case FIXED_ATTEMPTS:
        *number = trial->attempts;
        return true;
    case FIXED_EXIT_CODE:
        *number = trial->exit_code;
        return trial->has_exit_code;
    case FIXED_SIGNAL:
        *number = trial->signal;
        return trial->signal != 0;
    case FIXED_STARTED_AT:
        *number = (double)trial->started_at;
        return trial->started_at != HONE_NO_TIME;
    case FIXED_ENDED_AT:
        *number = (double)trial->ended_at;
        return trial->ended_at != HONE_NO_TIME;
    case FIXED_DURATION:
        *number = trial->duration_s;
        return !isnan(trial->duration_s);
    case FIXED_CPU_TIME:
        *number = trial->cpu_time_s;
        return !isnan(trial->cpu_time_s);
    case FIXED_MAX_RSS:
        *number = (double)trial->max_rss;
        return trial->max_rss >= 0;
    case FIXED_REPEATS:
        *number = hone_trial_repeats(trial);
        return *number > 0;
    case FIXED_OBJECTIVE_SE:
        *number = hone_trial_se(trial);
        return isfinite(*number);
    case FIXED_STATUS:
    case FIXED_REASON:
    case N_FIXED:
    default:
        return false;
    }
}

bool hone_columns_number(const hone_columns *columns, uint32_t i,
                         const hone_trial_info *trial, double *number)
{
    uint32_t at;
    hone_column_kind kind = locate(columns, i, &at);
    if (kind == HONE_COLUMN_PARAM) {
        const hone_value *value = find_param(columns, at, trial);
        return value != NULL && hone_value_number(value, number);
    }
    if (kind == HONE_COLUMN_METRIC) {
        const hone_metric_value *metric = find_metric(columns, at, trial);
        if (metric != NULL) {
            *number = metric->value;
        }
        return metric != NULL;
    }
    return fixed_number((enum fixed)at, trial, number);
}

static void write_real(hone_buf *out, double real)
{
    char text[HONE_REAL_TEXT];
    hone_buf_add(out, text, hone_real_write(real, text));
}

static void write_time(hone_buf *out, hone_time time)
{
    char text[HONE_TIME_TEXT];
    hone_buf_add(out, text, hone_time_write(time, text));
}

static void write_fixed(enum fixed column, const hone_trial_info *trial, hone_buf *out)
{
    double number;
    if (column == FIXED_STATUS) {
        hone_buf_puts(out, hone_status_text(trial->status));
    } else if (column == FIXED_REASON) {
        hone_buf_puts(out, hone_reason_text(trial->reason));
    } else if (column == FIXED_STARTED_AT) {
        write_time(out, trial->started_at);
    } else if (column == FIXED_ENDED_AT) {
        write_time(out, trial->ended_at);
    } else if (!fixed_number(column, trial, &number)) {
        return;
    } else if (column == FIXED_OBJECTIVE || column == FIXED_OBJECTIVE_SE ||
               column == FIXED_DURATION || column == FIXED_CPU_TIME) {
        write_real(out, number);
    } else {
        hone_buf_printf(out, "%.0f", number);
    }
}

void hone_columns_cell(const hone_columns *columns, uint32_t i,
                       const hone_trial_info *trial, hone_buf *out)
{
    uint32_t at;
    hone_column_kind kind = locate(columns, i, &at);
    if (kind == HONE_COLUMN_PARAM) {
        const hone_value *value = find_param(columns, at, trial);
        if (value != NULL) {
            hone_value_write(out, value, HONE_FORM_YAML);
        }
    } else if (kind == HONE_COLUMN_METRIC) {
        const hone_metric_value *metric = find_metric(columns, at, trial);
        if (metric != NULL) {
            write_real(out, metric->value);
        }
    } else {
        write_fixed((enum fixed)at, trial, out);
    }
}
