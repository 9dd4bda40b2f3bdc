/* Lines out of bytes: terminators, blocks, the limit, escapes, offsets. */
#include "metric_log.h"

#include <stdlib.h>

#include "output/lines.h"

/* Logs each line as `[text]end`. */
static int log_run(void *arg, const hone_run *run)
{
    hone_buf *log = arg;
    hone_line line = {0};
    while (hone_line_next(run, &line)) {
        hone_buf_putc(log, '[');
        hone_buf_add(log, line.text, line.len > 20 ? 20 : line.len);
        hone_buf_printf(log, "]%llu", (unsigned long long)line.end);
    }
    return HONE_OK;
}

static void split(const char *bytes, size_t len, size_t piece, hone_buf *log)
{
    hone_stream stream;
    hone_stream_init(&stream, NULL, HONE_FROM_STDOUT, NULL, 100);
    for (size_t at = 0; at < len; at += piece) {
        size_t n = len - at < piece ? len - at : piece;
        assert_int_equal(hone_lines_feed(&stream, bytes + at, n, log_run, log), 0);
        assert_int_equal(stream.offset, 100 + at + n);
        assert_true(stream.settled <= stream.offset);
    }
    assert_int_equal(hone_lines_flush(&stream, log_run, log), 0);
    assert_int_equal(stream.settled, stream.offset);
    hone_stream_release(&stream);
}

static void splits_at_every_terminator_however_fed(void **state)
{
    (void)state;
    static const char text[] = "a\nbc\r\n\nprogress 1\rprogress 2\rlast";
    static const char want[] = "[a]102[bc]105[progress 1]118[progress 2]129[last]133";
    for (size_t piece = 1; piece <= sizeof(text); piece++) {
        hone_buf log, full;
        hone_buf_init(&log, 1000);
        hone_buf_init(&full, 1000);
        split(text, sizeof(text) - 1, piece, &log);
        /* Empty lines come or not, by where the pieces end; they hold nothing. */
        const char *at = hone_buf_text(&log);
        while (*at != '\0') {
            const char *next = strchr(at + 1, '[');
            size_t n = next != NULL ? (size_t)(next - at) : strlen(at);
            if (at[1] != ']')
                hone_buf_add(&full, at, n);
            at += n;
        }
        assert_string_equal(hone_buf_text(&full), want);
        hone_buf_release(&log);
        hone_buf_release(&full);
    }
}

static int count_bytes(void *arg, const hone_run *run)
{
    size_t *longest = arg;
    hone_line line = {0};
    while (hone_line_next(run, &line))
        if (line.len > *longest)
            *longest = line.len;
    return HONE_OK;
}

static uint64_t cuts_of_line(size_t len, size_t piece, size_t *longest)
{
    hone_stream stream;
    char *text = malloc(len + 1);
    assert_non_null(text);
    memset(text, 'x', len);
    text[len] = '\n';
    hone_stream_init(&stream, NULL, HONE_FROM_STDOUT, NULL, 0);
    *longest = 0;
    for (size_t at = 0; at <= len; at += piece) {
        size_t n = len + 1 - at < piece ? len + 1 - at : piece;
        assert_int_equal(hone_lines_feed(&stream, text + at, n, count_bytes, longest), 0);
    }
    assert_int_equal(stream.settled, len + 1);
    uint64_t cuts = stream.n_lines_cut;
    hone_stream_release(&stream);
    free(text);
    return cuts;
}

static void cuts_only_lines_over_the_limit(void **state)
{
    (void)state;
    static const size_t pieces[] = {1000, 4096, 65536, 1000000};
    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        size_t longest;
        assert_int_equal(cuts_of_line(HONE_LINE_MAX - 1, pieces[i], &longest), 0);
        assert_int_equal(longest, HONE_LINE_MAX - 1);
        assert_int_equal(cuts_of_line(HONE_LINE_MAX, pieces[i], &longest), 0);
        assert_int_equal(longest, HONE_LINE_MAX);
        assert_int_equal(cuts_of_line(HONE_LINE_MAX + 1, pieces[i], &longest), 1);
        assert_int_equal(longest, HONE_LINE_MAX);
        assert_int_equal(cuts_of_line(5 * HONE_LINE_MAX, pieces[i], &longest), 1);
        assert_int_equal(longest, HONE_LINE_MAX);
    }
}

static int fail_run(void *arg, const hone_run *run)
{
    (void)arg;
    (void)run;
    return HONE_ENOMEM;
}

static void hands_errors_back(void **state)
{
    (void)state;
    hone_stream stream;
    hone_stream_init(&stream, NULL, HONE_FROM_STDOUT, NULL, 0);
    assert_int_equal(hone_lines_feed(&stream, "a\nb", 3, fail_run, NULL), HONE_ENOMEM);
    assert_int_equal(hone_lines_flush(&stream, fail_run, NULL), HONE_ENOMEM);
    assert_int_equal(hone_lines_flush(&stream, fail_run, NULL), HONE_OK);
    hone_stream_release(&stream);
}

static void strips_escapes(void **state)
{
    (void)state;
    static const struct {
        const char *text, *plain;
    } cases[] = {
        {"plain", "plain"},
        {"\x1b[1mEpoch 1/2\x1b[0m", "Epoch 1/2"},
        {"a\x1b[38;5;12mb\x1b[Kc", "abc"},
        {"\x1b]0;title\x07loss", "loss"},
        {"\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\!", "link!"},
        {"x\x1b(Bz", "xBz"}, /* two bytes: the charset's letter stays */
        {"end\x1b", "end"},
        {"end\x1b[12", "end"},
        {"end\x1b]0;never ends", "end"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char plain[100];
        size_t len = hone_line_strip(cases[i].text, strlen(cases[i].text), plain);
        assert_int_equal(len, strlen(cases[i].plain));
        assert_memory_equal(plain, cases[i].plain, len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(splits_at_every_terminator_however_fed),
        cmocka_unit_test(cuts_only_lines_over_the_limit),
        cmocka_unit_test(hands_errors_back),
        cmocka_unit_test(strips_escapes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
