/* Metrics from output: rules, and the extractor that applies them to bytes as they come.
 *
 *   hone_extractor_new   (hone_stream_init  feed*  flush  hone_stream_release)*   free
 *
 * The extractor is compiled once per sweep and shared; a stream is one output of one
 * attempt, and remembers the partial line and the last step seen. */
#ifndef HONE_METRICS_H
#define HONE_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <hone/buf.h>

typedef enum hone_take {
    HONE_TAKE_LAST,
    HONE_TAKE_MIN,
    HONE_TAKE_MAX,
    HONE_TAKE_FIRST,
    HONE_TAKE_MEAN
} hone_take;

typedef enum hone_source {
    HONE_FROM_BOTH,
    HONE_FROM_STDOUT,
    HONE_FROM_STDERR,
    HONE_FROM_METRICS_FILE, /* HONE_METRICS_FILE: JSON lines */
    HONE_FROM_FILE          /* a file in the trial's folder, named by the rule */
} hone_source;

/* One entry of `metrics` in a spec. Borrowed by the extractor for its whole life. */
typedef struct hone_rule {
    const char
        *metric; /* the name in the spec; a group `name` in the pattern overrides it */
    const char *pattern; /* PCRE2, with a group `value`, else its first group, and maybe
                            `step` and `name`; NULL: the built-in dialects find the
                            metric, only `from` and `take` are set */
    hone_source from;
    const char *file; /* of HONE_FROM_FILE, relative to the trial's folder */
    hone_take take;
    int line, column; /* of the pattern in the spec */
} hone_rule;

/* One value found. `name` is not NUL-terminated and borrowed until the callback returns.
 */
typedef struct hone_metric {
    const char *name;
    uint32_t name_len;
    bool has_step;
    double step;
    double value; /* may be NaN or infinite */
    uint64_t end; /* offset in the stream of the byte after the line it came from */
} hone_metric;

typedef void (*hone_metric_fn)(void *arg, const hone_metric *metric);

typedef struct hone_extractor hone_extractor;

enum {
    HONE_LINE_MAX = 64 * 1024,  /* longer lines are cut here, and counted */
    HONE_METRIC_NAME_MAX = 200, /* bytes; longer names are no metrics */
    HONE_PATTERN_MAX = 4096     /* bytes */
};

/* Compiles the rules. `n` 0 means the built-in dialects alone; with rules that have
 * patterns, these find, and the dialects find only metrics that rules without a pattern
 * name. The extractor holds scratch memory: one thread at a time uses it.
 * Errors: HONE_ESYNTAX with the pattern's metric, PCRE2's text and the offset; `*bad`
 * (may be NULL) is then the index of the rule and `*offset` the position in its pattern.
 */
HONE_API HONE_MUST_CHECK int hone_extractor_new(const hone_rule *rules, uint32_t n,
                                                hone_extractor **out, uint32_t *bad,
                                                size_t *offset, hone_error *err);
HONE_API void hone_extractor_free(hone_extractor *extractor);

/* The value that stands for a metric's history; LAST for a metric without a rule. */
HONE_API hone_take hone_extractor_take(const hone_extractor *extractor, const char *name,
                                       size_t len);

/* Times a rule gave up on a line by PCRE2's match limit, and whether it was switched off
 * for that (after 100). `rule` is an index into the rules. */
HONE_API uint64_t hone_extractor_gave_up(const hone_extractor *extractor, uint32_t rule,
                                         bool *off);

typedef struct hone_stream {
    hone_extractor *extractor; /* borrowed */
    hone_source source;        /* STDOUT, STDERR, METRICS_FILE or FILE */
    const char *file;          /* of FILE: matches hone_rule.file; borrowed */
    char *partial;             /* owned: an unfinished line, NULL while there is none */
    size_t partial_len;
    bool cut;         /* the unfinished line is over the limit; its rest is skipped */
    uint64_t offset;  /* bytes fed so far */
    uint64_t settled; /* offset after the last whole line: where a reader goes on */
    uint64_t n_lines_cut;
    bool has_step; /* the last step seen, for lines that print metrics without one */
    double step;
    struct hone_table *table; /* owned: what tables need of the lines before, or NULL */
} hone_stream;

/* Starts at byte `offset` of its file (0, or where a previous reader had settled). */
HONE_API void hone_stream_init(hone_stream *stream, hone_extractor *extractor,
                               hone_source source, const char *file, uint64_t offset);

/* For a reader that goes on after a restart: tells a fresh stream what its file holds
 * right before its start, from the file's start or a line's (64 KiB or so are enough), so
 * that it knows the last step and the header of a table. Tells no metric.
 * Errors: HONE_ENOMEM. */
HONE_API HONE_MUST_CHECK int hone_stream_recall(hone_stream *stream, const char *bytes,
                                                size_t len);

/* Feeds the next bytes; lines end at \n and \r. `bytes` is only read during the call,
 * with no copy made of lines that are whole in it. Calls `found` for each metric in
 * order. Errors: HONE_ENOMEM. */
HONE_API HONE_MUST_CHECK int hone_stream_feed(hone_stream *stream, const char *bytes,
                                              size_t len, hone_metric_fn found,
                                              void *arg);
/* The end of the output: what is left is taken for a whole line. */
HONE_API HONE_MUST_CHECK int hone_stream_flush(hone_stream *stream, hone_metric_fn found,
                                               void *arg);
HONE_API void hone_stream_release(hone_stream *stream);

/* For `hone metrics`: a pattern that would find `value` printed as in `line`, given that
 * the user calls it `name`; appends nothing where none suggests itself. */
HONE_API void hone_pattern_suggest(hone_buf *out, const char *name, const char *line,
                                   size_t len);

#endif
