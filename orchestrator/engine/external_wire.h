/* The words between hone and an external sampler: one JSON object a line in each
 * direction (docs/external.md). Pure. */
#ifndef HONE_ENGINE_EXTERNAL_WIRE_H
#define HONE_ENGINE_EXTERNAL_WIRE_H

#include <hone/spec.h>

/* A trial as the program is told of it. */
typedef struct hone_external_trial {
    uint64_t number;
    hone_status status; /* not RUNNING */
    bool has_objective;
    double objective; /* as the spec's metric has it */
    bool maximize;
    const hone_spec *spec; /* where it has several objectives, and the trial values: */
    const double *values;  /* as the metrics have them; else NULL */
    /* Either of both, borrowed: */
    const hone_config *config; /* over `space` */
    const hone_space *space;
    const hone_param_value *params;
    uint32_t n_params;
} hone_external_trial;

/* Each appends a line. */
void hone_external_write_hello(hone_buf *out, const hone_spec *spec, const char *sweep);
void hone_external_write_trial(hone_buf *out, const hone_external_trial *trial);
void hone_external_write_ask(hone_buf *out, uint64_t number);
void hone_external_write_error(hone_buf *out, const char *text);

/* Reads an answer, a line without its newline. Of HONE_SUGGESTED, `config` (room for the
 * space) is filled with values of the space. Errors: HONE_EUSAGE with what is wrong, for
 * the program; HONE_ENOMEM. */
HONE_MUST_CHECK int hone_external_read_answer(const char *line, size_t len,
                                              const hone_space *space,
                                              hone_suggestion *answer,
                                              hone_config *config, hone_error *err);

#endif
