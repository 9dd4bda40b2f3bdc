/* Exporters: a recorded sweep written in a format that other programs read; and what they
 * share with the program's own tables: a trial as JSON, as YAML, as columns. */
#ifndef HONE_EXPORT_H
#define HONE_EXPORT_H

#include <hone/json.h>
#include <hone/store.h>

/* Takes the next bytes of the export; non-zero ends it and is returned. */
typedef int (*hone_export_write)(void *arg, const char *bytes, size_t len);

/* An exporter: one const entry in sinks/table.c. */
typedef struct hone_sink {
    const char *name; /* what `--to` says */
    const char *summary;
    /* One of both. A stream of bytes: */
    int (*run)(hone_store *store, const hone_sweep_info *sweep, hone_export_write write,
               void *arg, hone_error *err);
    /* or files in `folder`, which is there and empty. */
    int (*run_folder)(hone_store *store, const hone_sweep_info *sweep, const char *folder,
                      hone_error *err);
} hone_sink;

HONE_API const hone_sink *hone_sink_find(const char *name);
HONE_API const hone_sink *hone_sink_at(uint32_t i);

/* Writes one trial as the JSON object of `hone trials --json`. */
HONE_API void hone_trial_write_json(hone_json *json, const hone_trial_info *trial);
/* Its members alone, for callers that add their own inside an open object. */
HONE_API void hone_trial_write_members(hone_json *json, const hone_trial_info *trial);
/* "repeats", "objective_se" and "objective_ci": [low, high], null where one score tells
 * nothing of them. */
HONE_API void hone_repeats_write_json(hone_json *json, const hone_trial_info *trial);
/* Parameters with their nesting, as an object. Those of one group stand together, as in a
 * space. */
HONE_API void hone_params_write_json(hone_json *json, uint32_t n,
                                     const hone_param_value *params);
/* The metrics of a trial as an object: name -> value. */
HONE_API void hone_metrics_write_json(hone_json *json, const hone_trial_info *trial);
/* A time as text, null where it has not happened; a duration or size that may be unknown
 * (NaN, negative), null then. */
HONE_API void hone_time_write_json(hone_json *json, hone_time time);
HONE_API void hone_seconds_write_json(hone_json *json, double seconds);

/* YAML that PyYAML reads back with the same types: block style, `indent` spaces deep,
 * each line ended. A scalar has no line end; text is quoted where it could be taken for
 * something else. */
HONE_API void hone_params_write_yaml(hone_buf *out, uint32_t n,
                                     const hone_param_value *params, int indent);
HONE_API void hone_metrics_write_yaml(hone_buf *out, const hone_trial_info *trial,
                                      int indent);
HONE_API void hone_text_write_yaml(hone_buf *out, const char *text);
HONE_API void hone_real_write_yaml(hone_buf *out, double real);

/* One cell of a CSV file (RFC 4180), quoted where needed, without its comma. */
HONE_API void hone_csv_write_cell(hone_buf *out, const char *text);

/* The columns of a table of trials: the fixed ones, and one for each parameter and metric
 * of the trials that it was shown.
 *
 *   hone_columns_new  learn*  (count name find cell)*  hone_columns_free
 *
 * In order: number status reason, parameters (first seen first), metrics (by name),
 * objective attempts exit_code signal started_at ended_at duration cpu_time max_rss, and,
 * where a trial has several repeats, repeats objective_se. A
 * name that two columns would have gets `params.` or `metrics.` in front in both. */
typedef struct hone_columns hone_columns;

typedef enum hone_column_kind {
    HONE_COLUMN_FIXED,
    HONE_COLUMN_PARAM,
    HONE_COLUMN_METRIC
} hone_column_kind;

/* Errors: HONE_ENOMEM. */
HONE_API HONE_MUST_CHECK int hone_columns_new(hone_columns **out, hone_error *err);
HONE_API void hone_columns_free(hone_columns *columns);
/* Adds the names that `trial` has and the columns have not. Moves columns: indices hold
 * only after the last trial. Errors: HONE_ENOMEM, HONE_ELIMIT (over 20000 names). */
HONE_API HONE_MUST_CHECK int
hone_columns_learn(hone_columns *columns, const hone_trial_info *trial, hone_error *err);
HONE_API uint32_t hone_columns_count(const hone_columns *columns);
/* Borrowed; "params.NAME" where it had to be told apart. */
HONE_API const char *hone_columns_name(const hone_columns *columns, uint32_t i);
HONE_API hone_column_kind hone_columns_kind(const hone_columns *columns, uint32_t i);
/* The index of the column with this name (also `params.NAME`, `metrics.NAME`), or -1. */
HONE_API int64_t hone_columns_find(const hone_columns *columns, const char *name);
/* Appends the cell's text; nothing where the trial has no such value. */
HONE_API void hone_columns_cell(const hone_columns *columns, uint32_t i,
                                const hone_trial_info *trial, hone_buf *out);
/* The cell as a number, for sorting; false where it is none. */
HONE_API bool hone_columns_number(const hone_columns *columns, uint32_t i,
                                  const hone_trial_info *trial, double *number);

#endif
