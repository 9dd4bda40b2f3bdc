/* How fast metrics are found: megabytes a second beside a bare loop over the lines.
 *
 * Four rows: the bare loop on chatter; the dialects on chatter (one metric line in a
 * thousand); the dialects on lines that all hold metrics; one pattern on chatter. Fed as
 * a reader feeds it, in blocks of 64 KiB. Fails only where a count of metrics is wrong:
 * speed depends on the machine. HONE_BENCH_MIB sets the amount, 256 by default. */
#include <hone/metrics.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BLOCK = 64 * 1024, MIB = 1024 * 1024, SAMPLE = 4 * MIB };

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* One of four lines of a program that talks a lot. */
static int put_chatter(char *text, size_t size, int i)
{
    switch (i % 4) {
    case 0:
        return snprintf(text, size,
                        "2026-11-24 10:11:12,%03d INFO trainer: step %d processed batch "
                        "foo in 12 ms\n",
                        i % 1000, i % 77);
    case 1:
        return snprintf(text, size,
                        "step %d processed batch foo in %d ms and moved on to the next "
                        "part of the file\n",
                        i % 1000, i % 77);
    case 2:
        return snprintf(text, size,
                        "reading shard %d of 512 from the training set, this may take a "
                        "while (%d)\n",
                        i % 1000, i % 77);
    default:
        return snprintf(text, size,
                        "the quick brown fox jumps over the lazy dog and nothing is "
                        "measured there\n");
    }
}

/* Every thousandth line holds a metric. */
static size_t make_chatter(char *text, size_t size, uint64_t *metrics)
{
    size_t len = 0;
    *metrics = 0;
    for (int i = 0; len + 200 < size; i++) {
        if (i % 1000 == 999) {
            len += (size_t)snprintf(text + len, size - len, "epoch=%d loss=0.%d\n",
                                    i / 1000, i % 977);
            ++*metrics;
            continue;
        }
        len += (size_t)put_chatter(text + len, size - len, i);
    }
    return len;
}

static size_t make_dense(char *text, size_t size, uint64_t *metrics)
{
    size_t len = 0;
    *metrics = 0;
    for (int i = 0; len + 200 < size; i++) {
        len +=
            (size_t)snprintf(text + len, size - len,
                             "epoch=%d loss=0.%05d acc=0.%03d lr=1e-05 val_loss: 1.%d\n",
                             i, i * 7 % 100000, i % 1000, i % 333);
        *metrics += 4;
    }
    return len;
}

static uint64_t count_lines(const char *text, size_t len)
{
    uint64_t n = 0;
    const char *end = text + len;
    for (const char *at = text; at < end; n++) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        at = newline != NULL ? newline + 1 : end;
    }
    return n;
}

static void count_metric(void *arg, const hone_metric *metric)
{
    (void)metric;
    ++*(uint64_t *)arg;
}

/* Megabytes a second of the bare loop, over `mib` MiB of the sample again and again. */
static double run_bare(const char *text, size_t len, size_t mib)
{
    uint64_t lines = 0, bytes = 0;
    double start = now();
    while (bytes < (uint64_t)mib * MIB) {
        for (size_t at = 0; at < len; at += BLOCK)
            lines += count_lines(text + at, len - at < BLOCK ? len - at : BLOCK);
        bytes += len;
    }
    double seconds = now() - start;
    return lines > 0 ? (double)bytes / 1e6 / seconds : 0;
}

static double run_extractor(const hone_rule *rule, const char *text, size_t len,
                            size_t mib, uint64_t metrics)
{
    hone_extractor *extractor;
    if (hone_extractor_new(rule, rule != NULL, &extractor, NULL, NULL, NULL) != HONE_OK)
        return -1;
    hone_stream stream;
    hone_stream_init(&stream, extractor, HONE_FROM_STDOUT, NULL, 0);
    uint64_t found = 0, bytes = 0, rounds = 0;
    double start = now();
    for (; bytes < (uint64_t)mib * MIB; rounds++) {
        for (size_t at = 0; at < len; at += BLOCK) {
            size_t n = len - at < BLOCK ? len - at : BLOCK;
            if (hone_stream_feed(&stream, text + at, n, count_metric, &found) != HONE_OK)
                return -1;
        }
        bytes += len;
    }
    double seconds = now() - start;
    hone_stream_release(&stream);
    hone_extractor_free(extractor);
    return found == metrics * rounds ? (double)bytes / 1e6 / seconds : -1;
}

static int report(const char *what, double speed)
{
    if (speed < 0) {
        fprintf(stderr, "bench_extract: %s: wrong count of metrics\n", what);
        return 1;
    }
    printf("%-28s %8.0f MB/s\n", what, speed);
    return 0;
}

int main(void)
{
    static const hone_rule rule = {.metric = "loss", .pattern = "loss=([0-9.]+)"};
    const char *amount = getenv("HONE_BENCH_MIB");
    size_t mib = amount != NULL ? strtoul(amount, NULL, 10) : 256;
    char *text = malloc(SAMPLE);
    if (text == NULL)
        return 1;
    uint64_t metrics;
    int failed = 0;
    size_t len = make_chatter(text, SAMPLE, &metrics);
    failed += report("bare line loop", run_bare(text, len, mib));
    failed += report("dialects, chatter", run_extractor(NULL, text, len, mib, metrics));
    failed +=
        report("one pattern, chatter", run_extractor(&rule, text, len, mib, metrics));
    len = make_dense(text, SAMPLE, &metrics);
    failed += report("dialects, dense", run_extractor(NULL, text, len, mib, metrics));
    failed +=
        report("one pattern, dense", run_extractor(&rule, text, len, mib, metrics / 4));
    free(text);
    return failed != 0;
}
