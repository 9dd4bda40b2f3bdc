/* Exporters: a recorded sweep written in a format that other programs read. */
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
    int (*run)(hone_store *store, const hone_sweep_info *sweep, hone_export_write write,
               void *arg, hone_error *err);
} hone_sink;

HONE_API const hone_sink *hone_sink_find(const char *name);
HONE_API const hone_sink *hone_sink_at(uint32_t i);

/* Writes one trial as the JSON object of `hone trials --json`. */

HONE_API void hone_trial_write_json(hone_json *json, const hone_trial_info *trial);
/* Its members alone, for callers that add their own inside an open object. */
HONE_API void hone_trial_write_members(hone_json *json,
                                       const hone_trial_info *trial);
/* Parameters with their nesting, as an object. */
HONE_API void hone_params_write_json(hone_json *json, uint32_t n,
                                     const hone_param_value *params);

#endif
