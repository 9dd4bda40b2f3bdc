/* Bytes into lines: whole lines are handed on in the block that they came in, a line that
 * lies across two blocks is put together in the stream.
 *
 *   hone_lines_feed*  hone_lines_flush      call `chunk` with runs of whole lines
 *   hone_line_next (until false)            walks the lines of a run
 *
 * Lines end at \n and at \r, so \r\n makes an empty line, and each state of a progress
 * bar is a line of its own. */
#ifndef HONE_OUTPUT_LINES_H
#define HONE_OUTPUT_LINES_H

#include <hone/metrics.h>

/* A run of whole lines. The last one ends with the run where it has no terminator. */
typedef struct hone_run {
    const char *bytes; /* borrowed during the call */
    size_t len;
    uint64_t offset; /* of the byte after the run in its stream */
    bool cut;        /* the run is the beginning of one line that was too long */
} hone_run;

/* Returns 0 or an error, which ends the feeding. */
typedef int (*hone_run_fn)(void *arg, const hone_run *run);

/* Errors: HONE_ENOMEM, or what `chunk` returns. */
HONE_MUST_CHECK int hone_lines_feed(hone_stream *stream, const char *bytes, size_t len,
                                    hone_run_fn chunk, void *arg);
HONE_MUST_CHECK int hone_lines_flush(hone_stream *stream, hone_run_fn chunk, void *arg);

/* One line of a run, without its terminator. */
typedef struct hone_line {
    const char *text;
    size_t len;
    uint64_t end; /* offset in the stream of the byte after its terminator */
    size_t next;  /* position in the run of the line after it; 0 before the first */
} hone_line;

/* Steps to the next line; false at the end of the run. Start with a zeroed line. */
bool hone_line_next(const hone_run *run, hone_line *line);

/* Copies `text` to `plain` (of at least `len` bytes) without terminal escapes: CSI
 * (ESC [ ... letter), OSC (ESC ] ... BEL or ESC \) and two-byte ones. Returns the length.
 */
size_t hone_line_strip(const char *text, size_t len, char *plain);

#endif
