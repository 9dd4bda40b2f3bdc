/* Follows the files that the attempts of one slot write: standard output, standard error,
 * the metrics file, and files that rules name. Reads with pread from a remembered offset,
 * so that nothing is lost while nobody reads and nothing is read twice.
 *
 *   init  (begin  read*  finish  read* (until drained)  end)*  release */
#ifndef HONE_ENGINE_TAIL_H
#define HONE_ENGINE_TAIL_H

#include <hone/executor.h>
#include <hone/metrics.h>

/* One file. */
typedef struct hone_tail_file {
    char *path;     /* owned */
    int fd;         /* -1 while it is not open */
    bool live;      /* begun and not ended */
    uint64_t limit; /* read up to here; UINT64_MAX: to the end */
    hone_stream stream;
} hone_tail_file;

enum { HONE_TAIL_STDOUT, HONE_TAIL_STDERR, HONE_TAIL_METRICS, HONE_TAIL_FIRST_FILE };

typedef struct hone_tail {
    hone_extractor *extractor; /* borrowed */
    const hone_rule *rules;    /* borrowed; those with from: FILE are followed */
    uint32_t n_rules;
    hone_tail_file *files; /* owned */
    uint32_t n_files;
} hone_tail;

/* What reading needs; one for all slots. */
typedef struct hone_tail_reader {
    char *block; /* owned by the caller, HONE_TAIL_BLOCK bytes */
    hone_metric_fn found;
    /* Told before `found` is called for the metrics of a file. */
    void (*source)(void *arg, hone_source source);
    void *arg;
} hone_tail_reader;

enum { HONE_TAIL_BLOCK = 64 * 1024 };

/* Errors: HONE_ENOMEM. */
HONE_MUST_CHECK int hone_tail_init(hone_tail *tail, hone_extractor *extractor,
                                   const hone_rule *rules, uint32_t n_rules);
void hone_tail_release(hone_tail *tail);

/* Names a file (HONE_TAIL_*); the same path again keeps it open. Errors: HONE_ENOMEM. */
HONE_MUST_CHECK int hone_tail_name(hone_tail *tail, uint32_t file, const char *path);

/* Size of a file now, 0 where it does not exist. */
uint64_t hone_tail_size(hone_tail *tail, uint32_t file);

/* An attempt begins: files are read from these offsets on, those of rules from 0. */
void hone_tail_begin(hone_tail *tail, uint64_t stdout_from, uint64_t stderr_from,
                     uint64_t metrics_from, const char *trial_dir);

/* The attempt has ended: nothing writes its files any more. Its metrics file, if any, now
 * lies at `metrics_path`. Errors: HONE_ENOMEM. */
HONE_MUST_CHECK int hone_tail_finish(hone_tail *tail, const hone_exit *exit,
                                     const char *metrics_path);

/* Reads what is there, at most `budget` bytes, and tells the metrics in it. Returns the
 * bytes read; `*more` where the budget ended it. Errors (negative): HONE_ENOMEM,
 * HONE_EIO. */
int64_t hone_tail_read(hone_tail *tail, const hone_tail_reader *reader, uint64_t budget,
                       bool *more);

/* Everything is read: the last unfinished lines count, too. Errors: HONE_ENOMEM. */
HONE_MUST_CHECK int hone_tail_end(hone_tail *tail, const hone_tail_reader *reader);

#endif
