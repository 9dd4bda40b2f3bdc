/* The reader from inside. */
#ifndef HONE_STORE_STORE_STATE_H
#define HONE_STORE_STORE_STATE_H

#include "store/param_table.h"
#include "store/sweep_info.h"

/* Names of metrics by row id, read as they are met. */
typedef struct hone_metric_names {
    hone_arena arena;
    const char **names; /* owned; NULL where not yet read */
    size_t n;
} hone_metric_names;

struct hone_store {
    char *dir; /* absolute; owned */
    hone_db db;
    hone_sweep_reading reading;
    hone_metric_names metrics;
};

/* The name of a metric, borrowed for the life of the store. */
HONE_MUST_CHECK int hone_metric_name(hone_store *store, int64_t id, const char **name,
                                     hone_error *err);
/* "trial 12 is not there" with the sweep's name. */
int hone_trial_missing(hone_store *store, int64_t sweep, uint64_t number,
                       hone_error *err);
/* The id of a trial that may be asked for by any number; 0 where none can have it. */
int64_t hone_trial_asked(int64_t sweep, uint64_t number);

/* Opens DIR/hone.db for reading, or a private copy of it where SQLite cannot read it in
 * place: a WAL database whose shared memory is missing and cannot be made. */
HONE_MUST_CHECK int hone_db_open_reader(hone_db *db, const char *dir, hone_error *err);

#endif
