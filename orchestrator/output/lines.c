/* Splitting a stream of bytes into runs of whole lines.
 *
 *   feed    slices of at most 64 KiB: what ends a kept partial line is put together and
 *           handed on as a run of one line; the rest up to the slice's last terminator is
 *           a run without a copy; what is left is kept
 *   flush   hands on what is kept
 *
 * A slice is no longer than HONE_LINE_MAX, so only a kept line can be too long: it is cut
 * there, its rest skipped up to the next terminator, and counted. How the bytes were
 * sliced never shows in the lines. */
#include "output/lines.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

enum { ESC = 0x1b, BEL = 0x07, BOM_LEN = 3 };

/* The first \n or \r, or NULL. */
static const char *find_terminator(const char *bytes, size_t len)
{
    const char *newline = memchr(bytes, '\n', len);
    size_t before = newline != NULL ? (size_t)(newline - bytes) : len;
    const char *cr = memchr(bytes, '\r', before);
    return cr != NULL ? cr : newline;
}

/* The position after the last \n or \r; 0 where there is none. */
static size_t find_last_end(const char *bytes, size_t len)
{
    const char *newline = memrchr(bytes, '\n', len);
    size_t end = newline != NULL ? (size_t)(newline - bytes) + 1 : 0;
    const char *cr = memrchr(bytes + end, '\r', len - end);
    return cr != NULL ? (size_t)(cr - bytes) + 1 : end;
}

/* Adds to the kept line; what is over the limit is dropped. */
static int keep(hone_stream *stream, const char *bytes, size_t len)
{
    if (len == 0 || stream->cut)
        return HONE_OK;
    if (stream->partial == NULL) {
        stream->partial = malloc(HONE_LINE_MAX);
        if (stream->partial == NULL)
            return HONE_ENOMEM;
    }
    size_t room = HONE_LINE_MAX - stream->partial_len;
    if (len > room) {
        stream->cut = true;
        stream->n_lines_cut++;
        len = room;
    }
    memcpy(stream->partial + stream->partial_len, bytes, len);
    stream->partial_len += len;
    return HONE_OK;
}

static int hand_on(hone_stream *stream, hone_run run, hone_run_fn chunk, void *arg)
{
    bool first = stream->settled == 0;
    if (first && run.len >= BOM_LEN && memcmp(run.bytes, "\xef\xbb\xbf", BOM_LEN) == 0) {
        run.bytes += BOM_LEN; /* the byte order mark of UTF-8 is no part of the line */
        run.len -= BOM_LEN;
    }
    if (run.len == 0)
        return HONE_OK;
    assert(run.offset > stream->settled || run.offset == stream->offset);
    return chunk(arg, &run);
}

/* The kept line is whole. */
static int hand_on_kept(hone_stream *stream, hone_run_fn chunk, void *arg)
{
    hone_run run = {.bytes = stream->partial,
                    .len = stream->partial_len,
                    .offset = stream->offset,
                    .cut = stream->cut};
    stream->partial_len = 0;
    stream->cut = false;
    int rc = hand_on(stream, run, chunk, arg);
    stream->settled = stream->offset;
    return rc;
}

static int feed_slice(hone_stream *stream, const char *bytes, size_t len,
                      hone_run_fn chunk, void *arg)
{
    int rc = HONE_OK;
    if (stream->partial_len > 0 || stream->cut) {
        const char *end = find_terminator(bytes, len);
        size_t n = end != NULL ? (size_t)(end - bytes) : len;
        rc = keep(stream, bytes, n);
        stream->offset += end != NULL ? n + 1 : n;
        if (rc != HONE_OK || end == NULL)
            return rc;
        rc = hand_on_kept(stream, chunk, arg);
        bytes += n + 1;
        len -= n + 1;
    }
    size_t whole = find_last_end(bytes, len);
    stream->offset += whole;
    hone_run run = {.bytes = bytes, .len = whole, .offset = stream->offset};
    if (rc == HONE_OK)
        rc = hand_on(stream, run, chunk, arg);
    if (whole > 0)
        stream->settled = stream->offset;
    stream->offset += len - whole;
    int kept = keep(stream, bytes + whole, len - whole);
    return rc != HONE_OK ? rc : kept;
}

int hone_lines_feed(hone_stream *stream, const char *bytes, size_t len, hone_run_fn chunk,
                    void *arg)
{
    assert(bytes != NULL || len == 0);
    while (len > 0) {
        size_t n = len < HONE_LINE_MAX ? len : HONE_LINE_MAX;
        int rc = feed_slice(stream, bytes, n, chunk, arg);
        if (rc != HONE_OK)
            return rc;
        bytes += n;
        len -= n;
    }
    return HONE_OK;
}

int hone_lines_flush(hone_stream *stream, hone_run_fn chunk, void *arg)
{
    if (stream->partial_len == 0 && !stream->cut)
        return HONE_OK;
    return hand_on_kept(stream, chunk, arg);
}

/* The same without a search far beyond the end of a line: where all lines end at \r, the
 * next \n is far away. */
static const char *find_near_terminator(const char *bytes, size_t len)
{
    enum { NEAR = 512 };
    const char *end = find_terminator(bytes, len < NEAR ? len : NEAR);
    if (end == NULL && len > NEAR)
        end = find_terminator(bytes + NEAR, len - NEAR);
    return end;
}

bool hone_line_next(const hone_run *run, hone_line *line)
{
    if (line->next >= run->len)
        return false;
    const char *text = run->bytes + line->next;
    size_t left = run->len - line->next;
    const char *end = find_near_terminator(text, left);
    line->text = text;
    line->len = end != NULL ? (size_t)(end - text) : left;
    line->next += line->len + (end != NULL ? 1 : 0);
    line->end = run->offset - (run->len - line->next);
    assert(line->next <= run->len);
    return true;
}

/* The length of the escape at text[0] == ESC; all that is left where it has no end. */
static size_t measure_escape(const char *text, size_t len)
{
    if (len < 2)
        return len;
    size_t i = 2;
    if (text[1] == '[') {
        while (i < len && !(text[i] >= 0x40 && text[i] <= 0x7e))
            i++;
        return i < len ? i + 1 : len;
    }
    if (text[1] != ']')
        return 2;
    while (i < len && text[i] != BEL && text[i] != ESC)
        i++;
    if (i + 1 < len && text[i] == ESC && text[i + 1] == '\\')
        i++;
    return i < len ? i + 1 : len;
}

size_t hone_line_strip(const char *text, size_t len, char *plain)
{
    size_t n = 0;
    for (size_t i = 0; i < len;) {
        const char *escape = memchr(text + i, ESC, len - i);
        size_t literal = (escape != NULL ? (size_t)(escape - text) : len) - i;
        memcpy(plain + n, text + i, literal);
        n += literal;
        i += literal;
        if (escape != NULL)
            i += measure_escape(text + i, len - i);
    }
    assert(n <= len);
    return n;
}
