/* Rules with patterns: groups, several matches, sources, limits, errors. */
#include "metric_log.h"

#include <stdlib.h>

#include "output/regex.h"

static void expect(const hone_rule *rules, uint32_t n, const char *text, const char *want)
{
    hone_buf log;
    hone_buf_init(&log, 100000);
    hone_extractor *extractor = make_extractor(rules, n);
    log_bytes(extractor, HONE_FROM_STDOUT, text, strlen(text), &log);
    assert_string_equal(hone_buf_text(&log), want);
    hone_extractor_free(extractor);
    hone_buf_release(&log);
}

static void finds_by_one_rule(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *text, *want;
    } cases[] = {
        {"loss=(?<value>\\S+)", "loss=0.5\nacc=0.7\nloss=-1e-3\n", "m=0.5\nm=-0.001\n"},
        {"loss=([0-9.]+)", "a loss=0.5 b loss=0.25\n", "m=0.5\nm=0.25\n"},
        {"(?<step>[0-9]+) (?<value>[0-9.]+)", "7 0.5\n8 0.25\n", "m=0.5@7\nm=0.25@8\n"},
        {"(?<name>\\w+): (?<value>[0-9.]+)", "foo: 1.5\nbar: 2\n", "foo=1.5\nbar=2.0\n"},
        {"(?P<value>nan|inf|-inf)$", "nan\ninf\n-inf\n", "m=nan\nm=inf\nm=-inf\n"},
        /* $ holds before \r, ^ behind it */
        {"^v=([0-9]+)$", "v=1\r\nv=2\rv=3\nxv=4\n", "m=1.0\nm=2.0\nm=3.0\n"},
        /* what is captured need not be clean */
        {"n ([0-9,]+)", "n 5,529,093\n", "m=5529093.0\n"},
        {"n ([0-9,]+)", "n 5,52,093 n 0,45 n 1,234\n", "m=1234.0\n"},
        {"n ([0-9.]+)", "n 0.314.\n", "m=0.314\n"},
        {"n (\\S+)", "n 93.2%\nn 12;\nn abc\nn 0x10\n", "m=93.2\nm=12.0\n"},
        {"n=([0-9]+)", "n=0,45\n", "m=0.0\n"},
        /* a match never runs from one line into the next */
        {"a\\s*([0-9]+)", "a\n5\na 6\n", "m=6.0\n"},
        {"a[^b]*([0-9])", "a\n5\na 6\n", "m=6.0\n"},
        {"(?s)a.*([0-9])", "a\n5\na 6\n", "m=6.0\n"},
        {"\\s*x=([0-9])", "y\n\n\nx=1\n\n  x=2\n", "m=1.0\nm=2.0\n"},
        {"\\A([0-9]+)\\z", "1\n2\n3", "m=1.0\nm=2.0\nm=3.0\n"},
        {"x=(\\d)\\s++$", "x=1  \n \nx=2 \n", "m=1.0\nm=2.0\n"},
        {"(?<!old )x=(\\d)", "old x=1\nx=2\n", "m=2.0\n"},
        {"(?i)LOSS:(?<value>.*)", "Loss: 0.5 \n", "m=0.5\n"},
        /* empty matches end */
        {"(x*)", "xx1x\n\n\n", ""},
        {"(?<value>[0-9]*)", "1 22\n", "m=1.0\nm=22.0\n"},
        {"a\\K([0-9])", "a1a2\n", "m=1.0\nm=2.0\n"},
        /* bytes, not characters: bad UTF-8 does no harm */
        {"l=([0-9.]+)", "\xff\xfe l=0.5 \x80\n", "m=0.5\n"},
        {"\xc3\xa9=([0-9])", "\xc3\xa9=1\n", "m=1.0\n"},
        /* without a group `step` the line's own is read */
        {"loss=([0-9.]+)", "epoch=3 loss=0.5\nloss=0.25\n", "m=0.5@3\nm=0.25@3\n"},
        /* escapes are gone before the pattern sees the line */
        {"^loss: ([0-9.]+)$", "\x1b[1mloss\x1b[0m: 0.5\n", "m=0.5\n"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const hone_rule rule = {.metric = "m", .pattern = cases[i].pattern};
        expect(&rule, 1, cases[i].text, cases[i].want);
    }
}

static void keeps_the_order_of_the_lines(void **state)
{
    (void)state;
    static const hone_rule rules[] = {
        {.metric = "b", .pattern = "b=([0-9]+)"},
        {.metric = "a", .pattern = "(?:a)=([0-9]+)"},
        {.metric = "epoch", .pattern = "Epoch (?<step>[0-9]+)"},
        {.metric = "c", .pattern = "(?<=c=)([0-9]+)"}, /* line by line */
    };
    expect(rules, 4, "a=1\nEpoch 2\nc=3 b=4 a=5\nb=6\nnothing\nEpoch 3\na=7\n",
           "a=1.0\nepoch=2.0@2\nb=4.0@2\na=5.0@2\nc=3.0@2\nb=6.0@2\nepoch=3.0@3\n"
           "a=7.0@3\n");
}

static void rules_without_pattern_leave_it_to_the_dialects(void **state)
{
    (void)state;
    static const hone_rule rules[] = {
        {.metric = "acc", .take = HONE_TAKE_MAX},
        {.metric = "throughput"},
        {.metric = "only_err", .from = HONE_FROM_STDERR},
        {.metric = "loss", .pattern = "my loss ([0-9.]+)", .take = HONE_TAKE_MIN},
    };
    static const char text[] = "acc=0.5 loss=0.1 other=3\nmy loss 0.2\n"
                               "throughput: 1200.5 MB/s only_err=1\n";
    /* with a pattern among the rules, only metrics that are named */
    expect(rules, 4, text, "acc=0.5\nloss=0.2\nthroughput=1200.5\n");
    /* without one, all that the dialects find; a named one also where it looks like none
     */
    expect(rules, 3, text,
           "acc=0.5\nloss=0.1\nother=3.0\nmy loss=0.2\nthroughput=1200.5\n");
    hone_extractor *extractor = make_extractor(rules, 4);
    assert_int_equal(hone_extractor_take(extractor, "acc", 3), HONE_TAKE_MAX);
    assert_int_equal(hone_extractor_take(extractor, "loss", 4), HONE_TAKE_MIN);
    assert_int_equal(hone_extractor_take(extractor, "los", 3), HONE_TAKE_LAST);
    hone_extractor_free(extractor);
}

static void rules_read_their_source_only(void **state)
{
    (void)state;
    static const hone_rule rules[] = {
        {.metric = "o", .pattern = "x=([0-9])", .from = HONE_FROM_STDOUT},
        {.metric = "e", .pattern = "x=([0-9])", .from = HONE_FROM_STDERR},
        {.metric = "f",
         .pattern = "x=([0-9])",
         .from = HONE_FROM_FILE,
         .file = "log.txt"},
        {.metric = "b", .pattern = "x=([0-9])"},
    };
    static const struct {
        hone_source source;
        const char *file, *want;
    } cases[] = {
        {HONE_FROM_STDOUT, NULL, "o=1.0\nb=1.0\n"},
        {HONE_FROM_STDERR, NULL, "e=1.0\nb=1.0\n"},
        {HONE_FROM_FILE, "log.txt", "f=1.0\n"},
        {HONE_FROM_FILE, "other.txt", ""},
        {HONE_FROM_METRICS_FILE, NULL, ""},
        {HONE_FROM_BOTH, NULL, "o=1.0\ne=1.0\nb=1.0\n"},
    };
    hone_extractor *extractor = make_extractor(rules, 4);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        hone_buf log;
        hone_stream stream;
        hone_buf_init(&log, 1000);
        hone_stream_init(&stream, extractor, cases[i].source, cases[i].file, 0);
        log_stream(&stream, "x=1\n", 4, 0, &log);
        assert_string_equal(hone_buf_text(&log), cases[i].want);
        hone_stream_release(&stream);
        hone_buf_release(&log);
    }
    hone_extractor_free(extractor);
}

static void refuses_bad_patterns(void **state)
{
    (void)state;
    static const struct {
        const char *pattern;
        size_t offset;
        const char *text;
    } cases[] = {
        {"loss=(", 6,
         "metrics.m: missing closing parenthesis, at character 7 of the pattern"},
        {"loss=[0-9]+", 0,
         "metrics.m: the pattern has no group; put the number in "
         "(?<value>...)"},
        {"(a\\Cb)", 4,
         "metrics.m: using \\C is disabled by the application, at character 5 "
         "of the pattern"},
        {"(*UTF)(a)", 6,
         "metrics.m: using UTF is disabled by the application, at character "
         "7 of the pattern"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const hone_rule rules[] = {{.metric = "ok", .pattern = "(1)"},
                                   {.metric = "m", .pattern = cases[i].pattern}};
        hone_extractor *extractor = NULL;
        uint32_t bad = 99;
        size_t offset = 99;
        hone_error err = {0};
        assert_int_equal(hone_extractor_new(rules, 2, &extractor, &bad, &offset, &err),
                         HONE_ESYNTAX);
        assert_null(extractor);
        assert_int_equal(bad, 1);
        assert_int_equal(offset, cases[i].offset);
        assert_string_equal(err.text, cases[i].text);
        assert_int_equal(hone_extractor_new(rules, 2, &extractor, NULL, NULL, NULL),
                         HONE_ESYNTAX);
    }
}

static void refuses_long_patterns(void **state)
{
    (void)state;
    char pattern[HONE_PATTERN_MAX + 2];
    memset(pattern, 'x', sizeof(pattern));
    memcpy(pattern, "(1)", 3);
    pattern[HONE_PATTERN_MAX] = '\0';
    hone_regex *regex = NULL;
    size_t offset;
    assert_int_equal(hone_regex_new(pattern, &regex, &offset, NULL), HONE_OK);
    hone_regex_free(regex);
    pattern[HONE_PATTERN_MAX] = 'x';
    pattern[HONE_PATTERN_MAX + 1] = '\0';
    hone_error err;
    assert_int_equal(hone_regex_new(pattern, &regex, &offset, &err), HONE_ESYNTAX);
    assert_string_equal(err.text, "the pattern has 4097 bytes; at most 4096 are allowed");
}

static void gives_up_on_explosive_patterns(void **state)
{
    (void)state;
    static const hone_rule rules[] = {{.metric = "bad", .pattern = "^(?:a+)+([0-9])$"},
                                      {.metric = "good", .pattern = "n=([0-9])"}};
    static const char bomb[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab\n";
    hone_extractor *extractor = make_extractor(rules, 2);
    hone_stream stream;
    hone_buf log;
    hone_buf_init(&log, 1000);
    hone_stream_init(&stream, extractor, HONE_FROM_STDOUT, NULL, 0);
    bool off = true;
    for (int i = 0; i < 120; i++) {
        assert_int_equal(
            hone_stream_feed(&stream, bomb, sizeof(bomb) - 1, log_metric, &log), HONE_OK);
        uint64_t n = hone_extractor_gave_up(extractor, 0, &off);
        assert_int_equal(n, i + 1 < HONE_REGEX_GIVE_UP ? i + 1 : HONE_REGEX_GIVE_UP);
        assert_int_equal(off, n >= HONE_REGEX_GIVE_UP);
    }
    log_stream(&stream, "n=1\naaa1\n", 9, 0, &log);
    assert_string_equal(hone_buf_text(&log), "good=1.0\n");
    assert_int_equal(hone_extractor_gave_up(extractor, 1, &off), 0);
    assert_false(off);
    hone_stream_release(&stream);
    hone_extractor_free(extractor);
    hone_buf_release(&log);
}

static void knows_what_may_span_lines(void **state)
{
    (void)state;
    static const struct {
        const char *pattern;
        bool spans;
    } cases[] = {
        {"loss=(?<value>[0-9.]+)", true},
        {"^(?:a|b): +(\\d+)$", true},
        {"a\\s*=\\s*([-+.\\w]+)", true},
        {"a[^b]*(1)", false},
        {"a(?=b)(1)", false},
        {"a++(1)", false},
        {"[\\s\\S]*(1)", false},
        {"\\A(1)", false},
        {"(*CRLF)(1)", false},
        {"(?s).(1)", false},
        {"\\(\\[\\^(1)", true},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        hone_regex *regex;
        size_t offset;
        assert_int_equal(hone_regex_new(cases[i].pattern, &regex, &offset, NULL),
                         HONE_OK);
        assert_int_equal(hone_regex_spans_lines(regex), cases[i].spans);
        hone_regex_free(regex);
    }
}

static void suggests_patterns_that_find(void **state)
{
    (void)state;
    static const struct {
        const char *name, *line, *want; /* want NULL: no suggestion */
    } cases[] = {
        {"val_loss", "Epoch 3 | Val Loss is now 0.25 (best)", "val_loss=0.25"},
        {"eval_loss", "t.py:9] eval epoch: 3, loss: 0.04, acc: 1.0", "eval_loss=0.04"},
        {"rmse", "[1] 0.4071216", "rmse=0.4071216"},
        {"acc", "Test Acc@1 93.2% (x)", "acc=93.2"},
        {"loss", "\x1b[1mloss\x1b[0m -> \x1b[32m-1.5e-3\x1b[0m", "loss=-0.0015"},
        {"loss", "the loss was nan\r\n", "loss=nan"},
        {"correct", "overall: 0.97 (927/950) correct 12", "correct=12.0"},
        {"x", "a (b) [c] {d} *e* ^f$ g|h? 0.5", "x=0.5"},
        {"loss", "nothing was measured", NULL},
        {"loss", "", NULL},
        {"", "just 3 words", "=3.0"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        hone_buf pattern, log;
        hone_buf_init(&pattern, HONE_PATTERN_MAX);
        hone_buf_init(&log, 1000);
        const char *line = cases[i].line;
        hone_pattern_suggest(&pattern, cases[i].name, line, strlen(line));
        assert_int_equal(pattern.len > 0, cases[i].want != NULL);
        if (cases[i].want != NULL) {
            const hone_rule rule = {.metric = "m", .pattern = hone_buf_text(&pattern)};
            hone_extractor *extractor = make_extractor(&rule, 1);
            log_bytes(extractor, HONE_FROM_STDOUT, line, strlen(line), &log);
            const char *value = strchr(cases[i].want, '=');
            const char *found = hone_buf_text(&log);
            assert_true(strncmp(found, "m", 1) == 0);
            assert_true(strncmp(found + 1, value, strlen(value)) == 0);
            hone_extractor_free(extractor);
        }
        hone_buf_release(&pattern);
        hone_buf_release(&log);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_by_one_rule),
        cmocka_unit_test(keeps_the_order_of_the_lines),
        cmocka_unit_test(rules_without_pattern_leave_it_to_the_dialects),
        cmocka_unit_test(rules_read_their_source_only),
        cmocka_unit_test(refuses_bad_patterns),
        cmocka_unit_test(refuses_long_patterns),
        cmocka_unit_test(gives_up_on_explosive_patterns),
        cmocka_unit_test(knows_what_may_span_lines),
        cmocka_unit_test(suggests_patterns_that_find),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
