/* What an extractor finds, as text: one `name=value` or `name=value@step` a line. */
#ifndef HONE_TESTS_METRIC_LOG_H
#define HONE_TESTS_METRIC_LOG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include <hone/metrics.h>
#include <hone/value.h>

static inline void log_metric(void *arg, const hone_metric *metric)
{
    hone_buf *log = arg;
    char text[HONE_REAL_TEXT];
    hone_buf_add(log, metric->name, metric->name_len);
    hone_real_write(metric->value, text);
    hone_buf_printf(log, "=%s", text);
    if (metric->has_step)
        hone_buf_printf(log, "@%g", metric->step);
    hone_buf_putc(log, '\n');
}

static inline hone_extractor *make_extractor(const hone_rule *rules, uint32_t n)
{
    hone_extractor *extractor = NULL;
    hone_error err = {0};
    int rc = hone_extractor_new(rules, n, &extractor, NULL, NULL, &err);
    if (rc != HONE_OK)
        print_error("%s\n", err.text);
    assert_int_equal(rc, HONE_OK);
    return extractor;
}

/* Feeds `len` bytes in pieces of `piece` (0: at once) and logs what is found. */
static inline void log_stream(hone_stream *stream, const char *bytes, size_t len,
                              size_t piece, hone_buf *log)
{
    for (size_t at = 0; at < len;) {
        size_t n = piece == 0 || piece > len - at ? len - at : piece;
        assert_int_equal(hone_stream_feed(stream, bytes + at, n, log_metric, log), 0);
        at += n;
    }
    assert_int_equal(hone_stream_flush(stream, log_metric, log), 0);
    assert_int_equal(hone_buf_status(log), HONE_OK);
}

/* Everything in one: the log of `bytes` from one source under some rules. */
static inline void log_bytes(hone_extractor *extractor, hone_source source,
                             const char *bytes, size_t len, hone_buf *log)
{
    hone_stream stream;
    hone_stream_init(&stream, extractor, source, NULL, 0);
    log_stream(&stream, bytes, len, 0, log);
    hone_stream_release(&stream);
}

#endif
