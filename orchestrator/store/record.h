/* Records as they wait in the writer's queue: a head, a struct of the record's kind, then
 * its texts, padded to 8 bytes. Made by put.c on the loop's thread, read by write.c on
 * the writer's; they live in memory only. */
#ifndef HONE_STORE_RECORD_H
#define HONE_STORE_RECORD_H

#include <hone/buf.h>
#include <hone/space.h>
#include <hone/trial.h>

#include "store/cell.h"

typedef enum hone_record_kind {
    HONE_RECORD_TRIAL,
    HONE_RECORD_START,
    HONE_RECORD_PID,
    HONE_RECORD_METRIC,
    HONE_RECORD_WISH,
    HONE_RECORD_END,
    HONE_RECORD_WITHDRAW,
    HONE_RECORD_AGAIN,
    HONE_RECORD_PROMOTION,
    HONE_RECORD_STATE
} hone_record_kind;

typedef struct hone_record {
    uint32_t size; /* of the whole record, a multiple of 8 */
    uint16_t kind; /* hone_record_kind */
    bool joined;   /* in one transaction with the record before it, whatever that is */
} hone_record;

/* Then n_settings times: hone_record_setting, text, spelling. */
typedef struct hone_record_trial {
    hone_record head;
    uint64_t number, seed, parent;
    hone_time now;
    unsigned char identity[16];
    uint32_t n_settings;
} hone_record_trial;

typedef struct hone_record_setting {
    uint32_t param; /* index into the space */
    uint32_t kind;  /* hone_kind */
    hone_cell cell; /* its texts follow */
} hone_record_setting;

/* Then args and env as one text each (NUL after each string), and workdir. */
typedef struct hone_record_start {
    hone_record head;
    uint64_t number;
    hone_time at;
    uint32_t attempt, repeat, slot, n_args, n_env;
} hone_record_start;

typedef struct hone_record_pid {
    hone_record head;
    uint64_t number;
    hone_time at;
    int64_t pid;
    uint32_t attempt;
} hone_record_pid;

/* The streams whose offsets an attempt remembers. */
enum { HONE_OFFSET_STDOUT, HONE_OFFSET_STDERR, HONE_OFFSET_METRICS, HONE_N_OFFSETS };

/* Then the name. */
typedef struct hone_record_metric {
    hone_record head;
    uint64_t number;
    hone_time at;
    uint64_t offset;
    double step, value;
    uint32_t attempt;
    int32_t stream; /* HONE_OFFSET_*, or -1 */
} hone_record_metric;

/* Whether both records are metrics, and of the same line. */
bool hone_record_same_line(const void *a, const void *b);

typedef struct hone_record_wish {
    hone_record head;
    uint64_t number;
    uint32_t attempt;
    uint32_t wish; /* hone_wish */
} hone_record_wish;

/* Then the detail, and n_metrics times: hone_record_result, name. */
typedef struct hone_record_end {
    hone_record head;
    uint64_t number;
    hone_time started_at, at;
    int64_t pid, max_rss;
    double duration, cpu_time, objective, score, budget;
    uint64_t stdout_start, stdout_end, stderr_start, stderr_end;
    int32_t exit_code, signal;
    uint32_t attempt, status, reason, n_metrics;
    bool has_exit_code, has_objective, scored, own_stdout, own_stderr;
} hone_record_end;

typedef struct hone_record_result {
    double value;
    uint64_t n;
} hone_record_result;

typedef struct hone_record_withdraw {
    hone_record head;
    uint64_t number;
} hone_record_withdraw;

typedef struct hone_record_again {
    hone_record head;
    uint64_t number;
    hone_time now;
} hone_record_again;

/* Then n_settings times: hone_record_setting, text, spelling. */
typedef struct hone_record_promotion {
    hone_record head;
    uint64_t number;
    hone_time now;
    uint32_t n_settings; /* 0 or 1 */
} hone_record_promotion;

/* Then the reason. */
typedef struct hone_record_state {
    hone_record head;
    uint32_t state;
} hone_record_state;

/* Where in a record one reads. Texts are borrowed from the record, NUL-terminated. */
typedef struct hone_record_reader {
    const unsigned char *at, *end;
} hone_record_reader;

/* Copies the next `size` bytes. The record is our own: running over its end is a bug. */
void hone_record_take(hone_record_reader *reader, void *out, size_t size);
/* The next text, NULL where NULL was put. */
const char *hone_record_text(hone_record_reader *reader, size_t *len);

/* The identity of a configuration as its row has it, high byte first. */
void hone_identity_write(unsigned char bytes[static 16], hone_identity identity);

#endif
