/* Turns queued records into rows: one transaction a batch.
 *
 *   open  (begin  apply*  finish)*  close
 *
 * A batch is known by its number, kept in the database and raised with each: where the
 * outcome of a commit was unknown (an I/O error), `begin` tells whether it had gone
 * through, so that nothing is written twice. */
#ifndef HONE_STORE_RECORDER_H
#define HONE_STORE_RECORDER_H

#include "store/db.h"
#include "store/record.h"

enum {
    HONE_METRIC_CACHE = 256, /* names whose id is remembered */
    HONE_METRIC_CACHED_NAME = 60,
    HONE_OFFSET_SLOTS =
        64 /* attempts whose offsets are collected before they are written */
};

typedef struct hone_cached_metric {
    int64_t id; /* 0: empty */
    uint32_t len;
    char name[HONE_METRIC_CACHED_NAME];
} hone_cached_metric;

typedef struct hone_offsets {
    int64_t trial;
    uint32_t attempt;
    int64_t at[HONE_N_OFFSETS]; /* -1: unchanged */
} hone_offsets;

typedef struct hone_recorder {
    hone_db db;
    const char *dir;       /* borrowed */
    int64_t sweep;         /* 0: none chosen */
    const int64_t *params; /* row ids, by index into the space; borrowed */
    char host[256];
    int64_t sequence; /* of the sweep, as of this transaction */
    int64_t batch;    /* number of the last batch known to be on disk */
    uint32_t n_offsets;
    hone_offsets offsets[HONE_OFFSET_SLOTS];
    hone_buf args, env; /* scratch */
    hone_cached_metric metrics[HONE_METRIC_CACHE];
} hone_recorder;

HONE_MUST_CHECK int hone_recorder_open(hone_recorder *recorder, const char *dir,
                                       hone_error *err);
void hone_recorder_close(hone_recorder *recorder);
/* Chooses the sweep whose trials follow. */
HONE_MUST_CHECK int hone_recorder_choose(hone_recorder *recorder, int64_t sweep,
                                         const int64_t *params, hone_error *err);
/* Makes the chosen sweep the newest: the one last gone on with. */
HONE_MUST_CHECK int hone_recorder_use(hone_recorder *recorder, hone_error *err);

/* Writes the records in bytes[0..len) in one transaction, or nothing. *broken tells that
 * the connection must be opened anew before the same records are tried again. */
HONE_MUST_CHECK int hone_recorder_write(hone_recorder *recorder,
                                        const unsigned char *bytes, size_t len,
                                        bool *broken, hone_error *err);
/* A new connection in place of a broken one. */
HONE_MUST_CHECK int hone_recorder_reopen(hone_recorder *recorder, hone_error *err);

/* The id of a trial of the chosen sweep. */
int64_t hone_trial_id(int64_t sweep, uint64_t number);
/* Inserts one record's rows; SQLite's code. Used by hone_recorder_write alone. */
int hone_record_apply(hone_recorder *recorder, const hone_record *record);
/* Writes the offsets that metrics brought along; SQLite's code. Likewise. */
int hone_record_offsets(hone_recorder *recorder);

#endif
