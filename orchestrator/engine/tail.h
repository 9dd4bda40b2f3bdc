/* Follows the files that the attempts of one slot write: standard output, standard error,
 * the metrics file, and files that rules name. Reads with pread from a remembered offset,
 * so that nothing is lost while nobody reads and nothing is read twice, also when a file
 * is put away elsewhere at the end of the attempt.
 *
 *   init  (begin  started  read*  finish  read* (until drained)  end)*  release */
#ifndef HONE_ENGINE_TAIL_H
#define HONE_ENGINE_TAIL_H

#include <hone/executor.h>
#include <hone/metrics.h>

/* One output of an attempt. Byte k of it is byte base + k of the file at `path`. */
typedef struct hone_tail_file {
    char *path;   /* owned */
    int fd;       /* -1 while it is not open */
    bool live;    /* begun and not ended */
    bool recall;  /* goes on where another reader had stopped: what came before is told */
    int64_t base; /* where the output begins in the file */
    uint64_t limit; /* bytes of the output to be read; UINT64_MAX: to the end */
    hone_stream stream;
} hone_tail_file;

enum { HONE_TAIL_STDOUT, HONE_TAIL_STDERR, HONE_TAIL_METRICS, HONE_TAIL_FIRST_FILE };

typedef struct hone_tail {
    hone_extractor *extractor; /* borrowed */
    const hone_rule *rules;    /* borrowed; those with from: FILE are followed */
    uint32_t n_rules;
    hone_tail_file *files; /* owned */
    uint32_t n_files;
    bool held; /* the attempt has not started: the files may be those of one whose keeper
                  died, until its own keeper has put them away */
    /* Of reads that fail in a row: since when (uv_hrtime, 0: the last one did not), and
     * how the last one did. */
    uint64_t failing_since;
    const char *failed_path;
    int failed_errno;
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

/* Allocates nothing. */
void hone_tail_init(hone_tail *tail, hone_extractor *extractor, const hone_rule *rules,
                    uint32_t n_rules);
void hone_tail_release(hone_tail *tail);

/* Where an attempt writes, and how far each output has been read already. */
typedef struct hone_tail_start {
    const char *slot_dir;  /* the slot's folder, absolute; NULL: no memory to name it */
    const char *trial_dir; /* absolute; likewise */
    uint64_t stdout_read, stderr_read, metrics_read;
} hone_tail_start;

/* An attempt begins. Nothing is read before it has started or ended. Errors:
 * HONE_ENOMEM. */
HONE_MUST_CHECK int hone_tail_begin(hone_tail *tail, const hone_tail_start *start);
/* It has started: its files are its own from now on. */
void hone_tail_started(hone_tail *tail);

/* The attempt has ended: nothing writes its files any more, and they lie where `exit`
 * says. Errors: HONE_ENOMEM. */
HONE_MUST_CHECK int hone_tail_finish(hone_tail *tail, const hone_tail_start *start,
                                     const hone_exit *exit);

/* Reads what is there, at most `budget` bytes, and tells the metrics in it. Returns the
 * bytes read; `*more` where the budget ended it. Errors (negative): HONE_ENOMEM, and
 * HONE_EIO where something that is there cannot be read now, for want of a descriptor or
 * because of the disk: nothing is passed over, and it can be tried again. */
int64_t hone_tail_read(hone_tail *tail, const hone_tail_reader *reader, uint64_t budget,
                       bool *more);

/* Everything is read: the last unfinished lines count, too. Errors: HONE_ENOMEM. */
HONE_MUST_CHECK int hone_tail_end(hone_tail *tail, const hone_tail_reader *reader);

#endif
