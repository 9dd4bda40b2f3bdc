/* A listing of trials.
 *
 * One pass over the trials learns the columns, and the sort keys where an order is asked
 * for. Without an order a second pass prints; with one, each trial is fetched by its
 * number, so that only keys are held in memory, never trials. */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hone/filter.h>

#include "cli/exit.h"
#include "cli/listing.h"
#include "cli/nearest.h"
#include "cli/render.h"

enum { MAX_ROW = 64 * 1024 * 1024, END_VISIT = 1 };

/* Where a trial goes in the order. Numbers come before text, what is missing comes last.
 */
struct key {
    uint64_t number;
    bool is_number;
    double real;
    char *text; /* owned; NULL: a number, or missing */
};

struct job {
    const struct listing *listing;
    hone_store *store;
    int64_t sweep;
    const char *objective; /* borrowed from the sweep; NULL: none */
    struct out *out;
    hone_error err;
    hone_columns *columns;
    hone_filter *filter; /* NULL: all trials */
    uint32_t *shown;     /* owned: indices of the columns to print */
    uint32_t n_shown;
    int64_t sort; /* column, -1: none */
    bool descending;
    struct key *keys; /* owned */
    uint64_t n_keys, cap_keys;
    uint64_t n_printed;
    struct table table;
    hone_buf row, cell;
};

static int learn_trial(void *arg, const hone_trial_info *trial)
{
    struct job *job = arg;
    return hone_columns_learn(job->columns, trial, &job->err);
}

static int refuse_column(const struct job *job, const char *name)
{
    struct nearest nearest = {.wanted = name};
    for (uint32_t i = 0; i < hone_columns_count(job->columns); i++) {
        hone_cli_nearest_offer(&nearest, hone_columns_name(job->columns, i));
    }
    return nearest.name != NULL
               ? hone_exit_wrong("there is no column %s; did you mean %s?", name,
                                 nearest.name)
               : hone_exit_wrong("there is no column %s; hone export --to csv shows all",
                                 name);
}

/* `--columns a,b,c`. */
static int choose_given(struct job *job)
{
    const char *rest = job->listing->columns;
    size_t most = 1;
    for (const char *c = rest; *c != '\0'; c++) {
        most += *c == ',';
    }
    job->shown = calloc(most, sizeof *job->shown);
    while (job->shown != NULL && rest != NULL) {
        size_t len = strcspn(rest, ",");
        char name[512];
        snprintf(name, sizeof name, "%.*s", (int)(len < 511 ? len : 511), rest);
        int64_t i = hone_columns_find(job->columns, name);
        if (i < 0) {
            return refuse_column(job, name);
        }
        job->shown[job->n_shown++] = (uint32_t)i;
        rest = rest[len] == ',' ? rest + len + 1 : NULL;
    }
    return job->shown != NULL ? EXIT_DONE : hone_exit_error(&job->err, HONE_ENOMEM);
}

static bool is_usual(const char *name)
{
    static const char *const names[] = {"number",   "status",  "reason",      "objective",
                                        "duration", "repeats", "objective_se"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

/* Whether the objective is a column anyway, as the metric that it is. */
static bool shows_objective(const struct job *job)
{
    char full[512];
    if (job->objective == NULL) {
        return false;
    }
    snprintf(full, sizeof full, "metrics.%s", job->objective);
    /* With repeats the metric is the last one's, the objective the mean. */
    return hone_columns_find(job->columns, full) >= 0 &&
           hone_columns_find(job->columns, "objective_se") < 0;
}

/* All columns in CSV; in a table for people those that tell something, none twice. */
static int choose_columns(struct job *job)
{
    uint32_t n = hone_columns_count(job->columns);
    bool twice = shows_objective(job);
    if (job->listing->columns != NULL) {
        return choose_given(job);
    }
    job->shown = calloc(n, sizeof *job->shown);
    for (uint32_t i = 0; job->shown != NULL && i < n; i++) {
        const char *name = hone_columns_name(job->columns, i);
        bool fixed = hone_columns_kind(job->columns, i) == HONE_COLUMN_FIXED;
        bool usual = is_usual(name) && !(twice && strcmp(name, "objective") == 0);
        if (job->listing->form == FORM_CSV || !fixed || usual) {
            job->shown[job->n_shown++] = i;
        }
    }
    return job->shown != NULL ? EXIT_DONE : hone_exit_error(&job->err, HONE_ENOMEM);
}

static int find_sort(struct job *job)
{
    const char *name = job->listing->sort;
    job->sort = -1;
    if (name == NULL) {
        return EXIT_DONE;
    }
    job->sort = hone_columns_find(job->columns, name);
    if (job->sort < 0 && name[0] == '-') {
        job->descending = true;
        job->sort = hone_columns_find(job->columns, name + 1);
    }
    return job->sort < 0 ? refuse_column(job, name[0] == '-' ? name + 1 : name)
                         : EXIT_DONE;
}

static bool is_wanted(const struct job *job, const hone_trial_info *trial)
{
    return job->filter == NULL || hone_filter_test(job->filter, trial);
}

static int keep_key(void *arg, const hone_trial_info *trial)
{
    struct job *job = arg;
    if (!is_wanted(job, trial)) {
        return HONE_OK;
    }
    if (job->n_keys == job->cap_keys) {
        uint64_t cap = job->cap_keys == 0 ? 256 : 2 * job->cap_keys;
        struct key *keys = realloc(job->keys, cap * sizeof *keys);
        if (keys == NULL) {
            return HONE_ENOMEM;
        }
        job->keys = keys;
        job->cap_keys = cap;
    }
    struct key *key = &job->keys[job->n_keys++];
    *key = (struct key){.number = trial->number};
    uint32_t column = (uint32_t)job->sort;
    key->is_number =
        hone_columns_number(job->columns, column, trial, &key->real) && !isnan(key->real);
    if (!key->is_number) {
        hone_buf_reset(&job->cell);
        hone_columns_cell(job->columns, column, trial, &job->cell);
        if (job->cell.len > 0) {
            key->text = strdup(hone_buf_text(&job->cell));
            return key->text != NULL ? HONE_OK : HONE_ENOMEM;
        }
    }
    return HONE_OK;
}

static int key_rank(const struct key *key)
{
    return key->is_number ? 0 : key->text != NULL ? 1 : 2;
}

static int compare_values(const struct key *a, const struct key *b)
{
    if (a->is_number) {
        return (a->real > b->real) - (a->real < b->real);
    }
    return a->text != NULL ? strcmp(a->text, b->text) : 0;
}

/* Ascending or descending, ties by number, and what is missing at the end in both. */
static int compare_keys(const struct key *a, const struct key *b, int sign)
{
    int order = key_rank(a) - key_rank(b);
    if (order == 0) {
        order = sign * compare_values(a, b);
    }
    return order != 0 ? order : (a->number > b->number) - (a->number < b->number);
}

static int compare_up(const void *a, const void *b)
{
    return compare_keys(a, b, 1);
}

static int compare_down(const void *a, const void *b)
{
    return compare_keys(a, b, -1);
}

/* A table is for people: results are rounded there. Parameters are not, they are names.
 */
static void round_cell(struct job *job, uint32_t column, const hone_trial_info *trial)
{
    static const char *const measured[] = {"objective", "duration", "cpu_time",
                                           "objective_se"};
    const char *name = hone_columns_name(job->columns, column);
    bool result = hone_columns_kind(job->columns, column) == HONE_COLUMN_METRIC;
    for (size_t i = 0; i < sizeof measured / sizeof measured[0]; i++) {
        result = result || strcmp(name, measured[i]) == 0;
    }
    double number;
    if (result && hone_columns_number(job->columns, column, trial, &number)) {
        hone_buf_reset(&job->cell);
        hone_render_real(&job->cell, number);
    }
}

static void put_cells(struct job *job, const hone_trial_info *trial)
{
    for (uint32_t i = 0; i < job->n_shown; i++) {
        hone_buf_reset(&job->cell);
        hone_columns_cell(job->columns, job->shown[i], trial, &job->cell);
        if (job->listing->form == FORM_CSV) {
            hone_buf_puts(&job->row, i > 0 ? "," : "");
            hone_csv_write_cell(&job->row, hone_buf_text(&job->cell));
        } else {
            round_cell(job, job->shown[i], trial);
            hone_table_cell(&job->table, hone_buf_text(&job->cell));
        }
    }
}

static int print_trial(void *arg, const hone_trial_info *trial)
{
    struct job *job = arg;
    hone_json json;
    bool first = job->n_printed == 0;
    if (job->n_printed == job->listing->limit) {
        return END_VISIT;
    }
    if (!is_wanted(job, trial)) {
        return HONE_OK;
    }
    job->n_printed++;
    switch (job->listing->form) {
    case FORM_JSON:
        hone_buf_puts(&job->row, first ? "[\n" : ",\n");
        hone_json_init(&json, &job->row);
        hone_trial_write_json(&json, trial);
        break;
    case FORM_CSV:
        put_cells(job, trial);
        hone_buf_putc(&job->row, '\n');
        break;
    case FORM_TEXT:
    default:
        put_cells(job, trial);
        return HONE_OK;
    }
    return hone_out_buf(job->out, &job->row) ? HONE_OK : END_VISIT;
}

static int print_sorted(struct job *job)
{
    int rc = hone_store_trials(job->store, job->sweep, 1, keep_key, job, &job->err);
    if (rc != HONE_OK || job->n_keys == 0) {
        return rc;
    }
    qsort(job->keys, job->n_keys, sizeof *job->keys,
          job->descending ? compare_down : compare_up);
    for (uint64_t i = 0; i < job->n_keys && rc == HONE_OK; i++) {
        rc = hone_store_trial(job->store, job->sweep, job->keys[i].number, print_trial,
                              job, &job->err);
    }
    return rc;
}

static void begin(struct job *job)
{
    for (uint32_t i = 0; i < job->n_shown; i++) {
        uint32_t column = job->shown[i];
        const char *name = hone_columns_name(job->columns, column);
        if (job->listing->form == FORM_TEXT) {
            bool text = strcmp(name, "status") == 0 || strcmp(name, "reason") == 0;
            hone_table_column(&job->table, name, text ? ALIGN_LEFT : ALIGN_RIGHT);
        } else if (job->listing->form == FORM_CSV) {
            hone_buf_puts(&job->row, i > 0 ? "," : "");
            hone_csv_write_cell(&job->row, name);
        }
    }
    if (job->listing->form == FORM_CSV) {
        hone_buf_putc(&job->row, '\n');
        hone_out_buf(job->out, &job->row);
    }
}

static void end(struct job *job)
{
    if (job->listing->form == FORM_TEXT) {
        hone_table_write(&job->table, job->out, job->listing->width);
    } else if (job->listing->form == FORM_JSON) {
        hone_buf_puts(&job->row, job->n_printed == 0 ? "[]\n" : "\n]\n");
        hone_out_buf(job->out, &job->row);
    }
}

/* Whether a column has the name, also one that is shown as params.NAME. */
static bool has_name(const struct job *job, const char *name)
{
    char full[512];
    snprintf(full, sizeof full, "params.%s", name);
    return hone_columns_find(job->columns, name) >= 0 ||
           hone_columns_find(job->columns, full) >= 0;
}

/* Parses `--where`; a name that no trial has is a slip, not an empty answer. */
static int make_filter(struct job *job)
{
    if (job->listing->where == NULL) {
        return EXIT_DONE;
    }
    int rc = hone_filter_new(job->listing->where, &job->filter, &job->err);
    if (rc != HONE_OK) {
        return hone_exit_error(&job->err, rc);
    }
    for (uint32_t i = 0; hone_filter_name(job->filter, i) != NULL; i++) {
        const char *name = hone_filter_name(job->filter, i);
        if (hone_filter_name_is_free(job->filter, i) && !has_name(job, name)) {
            return refuse_column(job, name);
        }
    }
    return EXIT_DONE;
}

static int list(struct job *job)
{
    const struct listing *listing = job->listing;
    int rc = hone_columns_new(&job->columns, &job->err);
    /* JSON has no columns; without order and condition it is one pass. */
    if (rc == HONE_OK &&
        (listing->form != FORM_JSON || listing->sort != NULL || listing->where != NULL)) {
        rc = hone_store_trials(job->store, job->sweep, 1, learn_trial, job, &job->err);
    }
    if (rc != HONE_OK) {
        return hone_exit_error(&job->err, rc);
    }
    int status = listing->form == FORM_JSON ? EXIT_DONE : choose_columns(job);
    if (status == EXIT_DONE) {
        status = find_sort(job);
    }
    if (status == EXIT_DONE) {
        status = make_filter(job);
    }
    if (status != EXIT_DONE) {
        return status;
    }
    begin(job);
    rc = job->sort >= 0
             ? print_sorted(job)
             : hone_store_trials(job->store, job->sweep, 1, print_trial, job, &job->err);
    if (rc != HONE_OK && rc != END_VISIT) {
        return hone_exit_error(&job->err, rc);
    }
    end(job);
    return EXIT_DONE;
}

int hone_listing_write(hone_store *store, const hone_sweep_info *sweep,
                       const struct listing *listing, struct out *out)
{
    struct job job = {.listing = listing, .store = store, .sweep = sweep->id, .out = out};
    job.objective = sweep->objective;
    hone_table_init(&job.table);
    hone_buf_init(&job.row, MAX_ROW);
    hone_buf_init(&job.cell, MAX_ROW);
    int status = list(&job);
    for (uint64_t i = 0; i < job.n_keys; i++) {
        free(job.keys[i].text);
    }
    free(job.keys);
    free(job.shown);
    hone_columns_free(job.columns);
    hone_filter_free(job.filter);
    hone_table_release(&job.table);
    hone_buf_release(&job.row);
    hone_buf_release(&job.cell);
    return status;
}
