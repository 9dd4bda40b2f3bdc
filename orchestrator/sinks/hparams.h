/* What TensorBoard's HParams plugin is told of a sweep: its parameters with their types
 * and domains, its metrics, and each trial's values.
 *
 *   init  learn*  (experiment | start | end)*  release
 *
 * A parameter is a number, a truth value or text in all trials alike; where trials
 * differ in that, it is text in all. */
#ifndef HONE_SINKS_HPARAMS_H
#define HONE_SINKS_HPARAMS_H

#include <stdbool.h>

#include <hone/store.h>

enum { HONE_HPARAM_VALUES = 32, HONE_HPARAM_METRICS = 256 };

typedef enum hone_hparam_type {
    HONE_HPARAM_TEXT = 1, /* as the plugin numbers them */
    HONE_HPARAM_BOOL = 2,
    HONE_HPARAM_NUMBER = 3
} hone_hparam_type;

typedef struct hone_hparam {
    char *name; /* owned */
    hone_hparam_type type;
    double min, max; /* of numbers */
    char
        *values[HONE_HPARAM_VALUES]; /* owned: different texts, as far as there is room */
    uint32_t n_values;
    bool many; /* there are more */
} hone_hparam;

typedef struct hone_hparams {
    hone_hparam *items; /* owned; in order of first appearance */
    uint32_t n, cap;
    char *metrics[HONE_HPARAM_METRICS]; /* owned names */
    uint32_t n_metrics;
} hone_hparams;

/* The tag of the curve with one point, the trial's objective: the plugin shows the last
 * point of a curve, which need not be what counts. */
#define HONE_HPARAMS_OBJECTIVE "hone/objective"
/* The parameter that has the trial's status as hone knows it. */
#define HONE_HPARAMS_STATUS "hone.status"

void hone_hparams_init(hone_hparams *hparams);
void hone_hparams_release(hone_hparams *hparams);
/* Errors: HONE_ENOMEM. */
HONE_MUST_CHECK int hone_hparams_learn(hone_hparams *hparams,
                                       const hone_trial_info *trial);
/* Each appends a HParamsPluginData. */
void hone_hparams_experiment(const hone_hparams *hparams, const hone_sweep_info *sweep,
                             double created, hone_buf *out);
void hone_hparams_start(const hone_hparams *hparams, const hone_trial_info *trial,
                        double started, hone_buf *out);
void hone_hparams_end(const hone_trial_info *trial, double ended, hone_buf *out);

#endif
