/* JSON lines in the metrics file, mappings in the output. */
#include "metric_log.h"

#include <stdlib.h>

struct example {
    const char *text, *want;
};

static void expect_all(hone_source source, const struct example *cases, size_t n)
{
    hone_extractor *extractor = make_extractor(NULL, 0);
    for (size_t i = 0; i < n; i++) {
        hone_buf log;
        hone_buf_init(&log, 100000);
        log_bytes(extractor, source, cases[i].text, strlen(cases[i].text), &log);
        assert_string_equal(hone_buf_text(&log), cases[i].want);
        hone_buf_release(&log);
    }
    hone_extractor_free(extractor);
}

static void reads_the_metrics_file(void **state)
{
    (void)state;
    static const struct example cases[] = {
        {"{\"loss\": 0.1, \"step\": 3}\n", "loss=0.1@3\n"},
        {"{\"step\": 3, \"loss\": 0.1}\n{\"acc\": 1}\n", "loss=0.1@3\nacc=1.0@3\n"},
        {"{\"loss\":1e-3,\"acc\":-5}", "loss=0.001\nacc=-5.0\n"},
        {"{\"val\": {\"loss\": 0.1, \"top\": {\"1\": 0.5}}, \"step\": 7}\n",
         "val.loss=0.1@7\nval.top.1=0.5@7\n"},
        {"{\"metrics\": {\"val/loss\": 0.25}}\n", "val/loss=0.25\n"},
        {"{\"name\": \"loss\", \"value\": 0.5, \"step\": 2}\n", "loss=0.5@2\n"},
        {"{\"metric\": \"loss\", \"value\": \"0.5\", \"timestamp\": 1700000000}\n",
         "loss=0.5\n"},
        {"{\"a\": NaN, \"b\": Infinity, \"c\": -Infinity, \"d\": \"nan\", \"e\": "
         "\"-inf\"}\n",
         "a=nan\nb=inf\nc=-inf\nd=nan\ne=-inf\n"},
        {"{\"a\": true, \"b\": null, \"c\": \"text\", \"d\": [1, 2], \"e\": {}}\n", ""},
        /* names that look like no metric in a log are wanted here */
        {"{\"throughput/sec\": 12.5, \"version\": 2, \"config\": {\"lr\": 0.1}}\n",
         "throughput/sec=12.5\nversion=2.0\nconfig.lr=0.1\n"},
        /* keys that count steps; the finest counts */
        {"{\"loss\": 1, \"_step\": 5, \"epoch\": 2}\n", "loss=1.0@5\n"},
        {"{\"loss\": 1, \"epoch\": 2, \"global_step\": 50}\n", "loss=1.0@50\n"},
        {"{\"loss\": 1, \"iteration\": 9}\n", "loss=1.0@9\n"},
        {"{\"loss\": 1, \"trainer/global_step\": 9}\n", "loss=1.0@9\n"},
        {"{\"loss\": 1, \"epoch\": 0.5}\n", "loss=1.0@0.5\n"},
        {"{\"loss\": 1, \"step\": \"12\"}\n", "loss=1.0@12\n"},
        {"{\"loss\": 1, \"step\": NaN}\n", "loss=1.0\n"},
        /* escapes in names */
        {"{\"a\\u002fb\\/c\": 1, \"\\u00e9\\u20ac\": 2, \"q\\\"\": 3}\n",
         "a/b/c=1.0\n\xc3\xa9\xe2\x82\xac=2.0\nq\"=3.0\n"},
        /* the same name twice: both are reports */
        {"{\"a\": 1, \"a\": 2}\n", "a=1.0\na=2.0\n"},
        {"  {\"a\": 1 , \"b\" : 2}  \n", "a=1.0\nb=2.0\n"},
        {"{\"a\": [{\"b\": 1}], \"c\": 2}\n", "c=2.0\n"},
        /* no JSON, no metric */
        {"{\"a\": 1\n", ""},
        {"{\"a\" 1}\n", ""},
        {"{\"a\": 1 \"b\": 2}\n", ""},
        {"{a: 1}\n{}\n[]\n\n1\nloss=3\n{\"a\": }\n{\"a\": 1]\n", ""},
        {"{\"\": 1}\n", ""},
        {"{\"a\": 1e999, \"b\": 0x10, \"c\": 1.2.3, \"d\": --1}\n", "a=inf\n"},
    };
    expect_all(HONE_FROM_METRICS_FILE, cases, sizeof(cases) / sizeof(cases[0]));
}

static void reads_mappings_in_the_output(void **state)
{
    (void)state;
    static const struct example cases[] = {
        {"{'loss': 0.5, 'epoch': 1.0, 'learning_rate': 5e-05}\n",
         "loss=0.5\nlearning_rate=5e-05\n"},
        {"{'loss': 0.5, 'epoch': 3}\n{'acc': 0.25}\n", "loss=0.5@3\nacc=0.25@3\n"},
        {"result: {\"acc\": \"0.75\", \"eta\": \"0:21:51\", \"iter\": 40} done\n",
         "acc=0.75@40\n"},
        {"{'f1': np.float64(0.5), 'auc': tensor(0.25, device='cuda:0'), 'n': None}\n",
         "f1=0.5\nauc=0.25\n"},
        {"{'a': nan, 'b': -inf, 'ok': True}\n", "a=nan\nb=-inf\n"},
        {"x {'a': 1} y {'b': {'c': 2}} z loss=3\n", "a=1.0\nb.c=2.0\nloss=3.0\n"},
        {"params: {'lr': 0.1} loss=2\n", "loss=2.0\n"},
        {"{\"config\": {\"lr\": 0.1}, \"loss\": 2}\n", "loss=2.0\n"},
        {"{\"ts\": 1700000000.5, \"pid\": 12, \"tokens/sec\": 5.5, \"version\": "
         "\"1.7\"}\n",
         ""},
        {"{\"created_time\": 1700000000, \"time\": 3.5}\n", "time=3.5\n"},
        /* broken off: what is left of it is read like any line */
        {"{\"loss\": 0.5, \"acc\": 0.25\n", "loss=0.5\nacc=0.25\n"},
    };
    expect_all(HONE_FROM_STDOUT, cases, sizeof(cases) / sizeof(cases[0]));
}

static void bounds_depth_and_names(void **state)
{
    (void)state;
    hone_buf text, log;
    hone_buf_init(&text, 1000000);
    hone_buf_init(&log, 1000000);
    hone_extractor *extractor = make_extractor(NULL, 0);
    /* 20 deep is a name of 20 parts, 100 deep is no metric, nor is a long name */
    for (int deep = 20; deep <= 100; deep += 80) {
        for (int i = 0; i < deep; i++)
            hone_buf_puts(&text, "{\"a\":");
        hone_buf_putc(&text, '1');
        for (int i = 0; i < deep; i++)
            hone_buf_putc(&text, '}');
        hone_buf_putc(&text, '\n');
    }
    for (int len = HONE_METRIC_NAME_MAX; len <= HONE_METRIC_NAME_MAX + 1; len++)
        hone_buf_printf(&text, "{\"%0*d\": 1}\n{\"%0*d\": {\"x\": 1}}\n", len, 7, len - 2,
                        8);
    log_bytes(extractor, HONE_FROM_METRICS_FILE, hone_buf_text(&text), text.len, &log);
    const char *found = hone_buf_text(&log);
    assert_memory_equal(found, "a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a=1.0\n", 44);
    size_t n = 0;
    for (const char *at = found; (at = strchr(at, '\n')) != NULL; at++)
        n++;
    assert_int_equal(n, 3);
    hone_extractor_free(extractor);
    hone_buf_release(&text);
    hone_buf_release(&log);
}

/* As many as a line can hold, all of them. */
static void tells_thousands_of_metrics_of_one_line(void **state)
{
    (void)state;
    hone_buf text, log;
    hone_buf_init(&text, 1000000);
    hone_buf_init(&log, 1000000);
    hone_extractor *extractor = make_extractor(NULL, 0);
    hone_buf_puts(&text, "{\"x\":{\"a0\":0");
    for (int i = 1; i < 5000; i++)
        hone_buf_printf(&text, ",\"a%d\":%d", i, i);
    hone_buf_puts(&text, "},\"step\":9}\n");
    assert_true(text.len < HONE_LINE_MAX);
    log_bytes(extractor, HONE_FROM_METRICS_FILE, hone_buf_text(&text), text.len, &log);
    static const char last[] = "x.a4999=4999.0@9\n";
    assert_memory_equal(hone_buf_text(&log), "x.a0=0.0@9\nx.a1=1.0@9\n", 22);
    assert_string_equal(hone_buf_text(&log) + log.len - sizeof(last) + 1, last);
    hone_extractor_free(extractor);
    hone_buf_release(&text);
    hone_buf_release(&log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_metrics_file),
        cmocka_unit_test(reads_mappings_in_the_output),
        cmocka_unit_test(bounds_depth_and_names),
        cmocka_unit_test(tells_thousands_of_metrics_of_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
