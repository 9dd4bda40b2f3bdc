/* The records of a slot's journal: a line when an attempt has started, a line when it has
 * ended. Written by the keeper, sent to hone as they are, read back after a crash.
 *
 *   start 12 1 0 4711 1764010800000000 /sweep/trials/12 #8c1f03aa
 *   end 12 1 0 EXIT 3 0 0 4711 1764010800000000 1764010801000000 ... #5d0e66b1
 *
 * Words that a writer adds at the end of a line (the placement of a start; the memory of
 * an end, and that it is on the disk) are left out where they say nothing, and may be
 * missing when read.
 *
 * Numbers are decimal, times microseconds. The path is percent-encoded, so that a record
 * is one line of words. The last word is a checksum: a line that was cut by a crash or a
 * full disk, or joined with the next, is no record and is passed over. */
#ifndef HONE_EXECUTORS_RECORD_H
#define HONE_EXECUTORS_RECORD_H

#include <hone/executor.h>

enum {
    HONE_PATH_MAX = 4096, /* bytes, with the NUL */
    HONE_RECORD_MAX =
        3 * (HONE_PATH_MAX + HONE_PLACEMENT_MAX) + 1024 /* of a line, with its newline */
};

typedef struct hone_start_record {
    uint64_t trial;
    uint32_t attempt, slot; /* slot: the number of the slot's folder */
    int64_t pid;
    hone_time started_at;
    char trial_dir[HONE_PATH_MAX];
    char placement[HONE_PLACEMENT_MAX];
} hone_start_record;

typedef enum hone_record_kind {
    HONE_RECORD_NONE, /* the line is no record */
    HONE_RECORD_START,
    HONE_RECORD_END
} hone_record_kind;

typedef struct hone_record {
    hone_record_kind kind;
    union {
        hone_start_record start;
        hone_exit end;
    };
} hone_record;

/* Append a line each. */
void hone_record_put_start(hone_buf *buf, const hone_start_record *start);
void hone_record_put_end(hone_buf *buf, const hone_exit *end);

/* Reads the first line of bytes[0..len) and returns its length with the newline, or 0
 * where no newline is left: what follows was never written whole. */
size_t hone_record_next(const char *bytes, size_t len, hone_record *record);

#endif
