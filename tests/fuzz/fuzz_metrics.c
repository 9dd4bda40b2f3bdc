/* Fuzzes the extractor: any bytes, in any pieces, find the same metrics as at once.
 *
 * Input: one byte for the source and the rules, one for the size of the pieces, then the
 * output of a program. Names must be of the promised length, offsets inside the stream,
 * and a suggested pattern must compile. */
#include <hone/metrics.h>

#include <assert.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A sum over what was found, in order. */
struct digest {
    uint64_t sum, n, end;
};

static uint64_t mix(uint64_t sum, const void *bytes, size_t len)
{
    const unsigned char *at = bytes;
    for (size_t i = 0; i < len; i++)
        sum = (sum ^ at[i]) * 1099511628211u;
    return sum;
}

static void add_metric(void *arg, const hone_metric *metric)
{
    struct digest *digest = arg;
    double value = isnan(metric->value) ? 0.5 : metric->value;
    assert(metric->name_len > 0 && metric->name_len <= HONE_METRIC_NAME_MAX);
    assert(!metric->has_step || isfinite(metric->step));
    assert(metric->end >= digest->end);
    digest->end = metric->end;
    digest->sum = mix(digest->sum, metric->name, metric->name_len);
    digest->sum = mix(digest->sum, &value, sizeof(value));
    digest->sum = mix(digest->sum, &metric->end, sizeof(metric->end));
    if (metric->has_step)
        digest->sum = mix(digest->sum, &metric->step, sizeof(metric->step));
    digest->n++;
}

static struct digest read_all(hone_extractor *extractor, hone_source source,
                              const uint8_t *bytes, size_t len, size_t piece)
{
    struct digest digest = {0};
    hone_stream stream;
    hone_stream_init(&stream, extractor, source, NULL, 0);
    for (size_t at = 0; at < len; at += piece) {
        size_t n = len - at < piece ? len - at : piece;
        /* a copy of its own, so that reading beyond it is seen */
        char *copy = malloc(n);
        if (copy == NULL)
            abort();
        memcpy(copy, bytes + at, n);
        if (hone_stream_feed(&stream, copy, n, add_metric, &digest) != HONE_OK)
            abort();
        free(copy);
        assert(stream.offset == at + n && stream.settled <= stream.offset);
        assert(digest.end <= stream.settled);
    }
    if (hone_stream_flush(&stream, add_metric, &digest) != HONE_OK)
        abort();
    assert(digest.end <= stream.offset);
    hone_stream_release(&stream);
    return digest;
}

static void try_suggestion(const uint8_t *bytes, size_t len)
{
    hone_buf pattern;
    hone_buf_init(&pattern, HONE_PATTERN_MAX);
    hone_pattern_suggest(&pattern, "val_loss", (const char *)bytes, len);
    if (pattern.len > 0 && pattern.failed == HONE_OK) {
        const hone_rule rule = {.metric = "val_loss", .pattern = hone_buf_text(&pattern)};
        hone_extractor *extractor;
        if (hone_extractor_new(&rule, 1, &extractor, NULL, NULL, NULL) != HONE_OK)
            abort();
        hone_extractor_free(extractor);
    }
    hone_buf_release(&pattern);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const hone_source sources[] = {HONE_FROM_STDOUT, HONE_FROM_STDERR,
                                          HONE_FROM_METRICS_FILE, HONE_FROM_BOTH};
    static const hone_rule rules[] = {
        {.metric = "throughput"},
        {.metric = "loss", .pattern = "loss\\s*[=:]\\s*(?<value>[-+0-9.e]+|nan)"},
        {.metric = "any", .pattern = "(?<name>\\w+) (?<step>\\d+) (?<value>\\S+)"},
        {.metric = "ahead", .pattern = "(?=a)a*([0-9]*)"},
    };
    if (size < 2)
        return 0;
    hone_source source = sources[data[0] % 4];
    uint32_t n = (data[0] / 4u) % 5;
    size_t piece = data[1] == 0 ? 1 : data[1];
    hone_extractor *extractor;
    if (hone_extractor_new(rules, n, &extractor, NULL, NULL, NULL) != HONE_OK)
        abort();
    data += 2;
    size -= 2;
    struct digest whole = read_all(extractor, source, data, size, size > 0 ? size : 1);
    struct digest pieces = read_all(extractor, source, data, size, piece);
    bool off = false;
    for (uint32_t i = 0; i < n; i++) {
        bool one;
        /* Counting towards the switch goes by lines tried, so the two runs may differ. */
        off = hone_extractor_gave_up(extractor, i, &one) > 0 || off;
    }
    if (!off && (whole.n != pieces.n || whole.sum != pieces.sum))
        abort();
    hone_extractor_free(extractor);
    try_suggestion(data, size);
    return 0;
}
