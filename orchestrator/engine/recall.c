#include "engine/recall.h"

#include <stdlib.h>
#include <string.h>

typedef struct noted {
    uint64_t number;
    uint32_t attempt;
    hone_status status;
    double objective;    /* of a pruned one: smaller is better */
    hone_config *config; /* owned; of a pruned one that the strategy is to hear of */
} noted;

void hone_recall_init(hone_recall *recall)
{
    hone_fifo_init(&recall->curves, sizeof(noted));
}

void hone_recall_release(hone_recall *recall)
{
    for (noted *first; (first = hone_fifo_front(&recall->curves)) != NULL;) {
        free(first->config);
        hone_fifo_pop(&recall->curves);
    }
    hone_fifo_release(&recall->curves);
}

int hone_recall_note(hone_recall *recall, const hone_sweep *sweep,
                     const hone_stored_trial *trial, const hone_config *config)
{
    bool pruned = trial->status == HONE_STATUS_PRUNED && trial->has_objective &&
                  sweep->spec->n_others == 0;
    if (trial->attempts == 0 || (sweep->early.state == NULL && !pruned))
        return HONE_OK;
    noted curve = {
        .number = trial->number, .attempt = trial->attempts, .status = trial->status};
    if (pruned) {
        size_t size = hone_config_size(sweep->spec->space);
        curve.objective =
            sweep->spec->objective.maximize ? -trial->objective : trial->objective;
        curve.config = malloc(size);
        if (curve.config == NULL)
            return HONE_ENOMEM;
        memcpy(curve.config, config, size);
    }
    if (hone_fifo_push(&recall->curves, &curve))
        return HONE_OK;
    free(curve.config);
    return HONE_ENOMEM;
}

/* A curve on its way from the record. */
typedef struct curve_reader {
    hone_early *early;
    const char *watched; /* NULL: nothing is */
    uint64_t number;
    double last_step;
} curve_reader;

static int on_point(void *arg, const hone_point *point)
{
    curve_reader *reader = arg;
    if (reader->watched == NULL || strcmp(point->name, reader->watched) != 0)
        return HONE_OK;
    hone_ruling past; /* what is said of a trial that has ended is of no use */
    reader->last_step = point->step;
    return hone_early_report(reader->early,
                             &(hone_report){.number = reader->number,
                                            .step = point->step,
                                            .value = point->value},
                             &past);
}

static int read_one(hone_sweep *sweep, const noted *curve, hone_error *err)
{
    const char *watched = sweep->early.rule->watch.metric;
    curve_reader reader = {.early = &sweep->early,
                           .watched =
                               watched != NULL ? watched : sweep->spec->objective.name,
                           .number = curve->number};
    int rc = hone_writer_load_points(sweep->writer, curve->number, curve->attempt,
                                     on_point, &reader, err);
    bool open =
        curve->status == HONE_STATUS_PENDING || curve->status == HONE_STATUS_RUNNING;
    if (rc == HONE_OK && !open)
        rc = hone_early_ended(&sweep->early, curve->number, curve->status);
    if (rc != HONE_OK || curve->config == NULL)
        return rc;
    hone_observation observation = {.kind = HONE_OBSERVE_PRUNED,
                                    .number = curve->number,
                                    .config = curve->config,
                                    .objective = curve->objective,
                                    .progress = reader.last_step};
    return hone_plan_observe(sweep->plan, &observation);
}

int hone_recall_read(hone_recall *recall, hone_sweep *sweep, hone_error *err)
{
    int rc = HONE_OK;
    for (noted *first; (first = hone_fifo_front(&recall->curves)) != NULL;) {
        if (rc == HONE_OK)
            rc = read_one(sweep, first, err);
        free(first->config);
        hone_fifo_pop(&recall->curves);
    }
    return rc == HONE_ENOMEM ? hone_error_set(err, rc, "out of memory") : rc;
}
