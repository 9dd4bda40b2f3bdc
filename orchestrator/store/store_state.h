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
    int version; /* of its schema */
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

/* An attempt, and the repeat that it is of. */
typedef struct hone_stored_repeat {
    uint32_t attempt, repeat;
    bool scored; /* ended well, of a trial that has several repeats */
    double score;
    double budget; /* that it came to the end of, with `score`; 0: none */
} hone_stored_repeat;

typedef struct hone_stored_repeats {
    hone_stored_repeat *items; /* in the arena, by attempt */
    uint32_t n, cap;
} hone_stored_repeats;

/* Of all attempts of a trial; of none where the database is older than repeats. */
HONE_MUST_CHECK int hone_store_repeats(hone_store *store, int64_t trial,
                                       hone_arena *arena, hone_stored_repeats *list,
                                       hone_error *err);
/* Fills trial->scores. */
HONE_MUST_CHECK int hone_store_scores(hone_store *store, int64_t id, hone_arena *arena,
                                      hone_trial_info *trial, hone_error *err);

#endif
