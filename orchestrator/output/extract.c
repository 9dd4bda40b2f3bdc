/* Metrics from bytes: lines, then patterns and dialects on each line, then the steps.
 *
 *   hone_extractor_new       compiles the rules
 *   hone_stream_feed         bytes -> runs of whole lines (lines.c)
 *     feed_run                 run -> the lines in which something may be: next_line
 *       read_line                patterns, dialects, tables, JSON -> finds
 *       tell                     finds -> the caller, with their steps
 *
 * Lines in which the dialects can find nothing are passed over unseen (sieve.c). Patterns
 * are matched over a whole run, which costs little more than reading it, and
 * again over the line of each hit alone: what counts is what the line alone gives. A
 * pattern that could tell the difference (an assertion, a class that holds line ends),
 * and any run with terminal escapes, is matched line by line. */
#include <hone/metrics.h>

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "output/dict.h"
#include "output/finds.h"
#include "output/lines.h"
#include "output/number.h"
#include "output/regex.h"
#include "output/scan.h"
#include "output/sieve.h"
#include "output/table.h"
#include "base/banned.h"

enum {
    ESC = 0x1b,
    RANK_EXPLICIT = 9, /* of a step that a pattern's group gives */
    WASTED_MAX = 16    /* hits in a run that its line alone denies; then line by line */
};

#define NOWHERE SIZE_MAX

/* A rule at work. */
struct pattern {
    hone_regex *regex; /* NULL: the rule has no pattern */
    /* In the present run: */
    bool active;
    bool by_line;
    uint32_t wasted;
    size_t hit; /* where the line of the next match begins; NOWHERE: there is none */
};

struct hone_extractor {
    const hone_rule *rules; /* borrowed */
    struct pattern *patterns;
    uint32_t n;
    uint32_t n_patterns; /* rules that have one */
    bool has_steps;      /* a pattern has a group `step` */
    hone_finds finds, steps;
    hone_sieve sieve;          /* for the dialects */
    char plain[HONE_LINE_MAX]; /* a line without escapes */
};

/* One call of feed or flush. */
struct feed {
    hone_stream *stream;
    hone_extractor *extractor;
    hone_metric_fn found; /* NULL: only learn */
    void *arg;
    bool dialects; /* the dialects look at every line */
};

static bool covers(const hone_rule *rule, const hone_stream *stream)
{
    switch (rule->from) {
    case HONE_FROM_BOTH:
        return stream->source == HONE_FROM_STDOUT || stream->source == HONE_FROM_STDERR ||
               stream->source == HONE_FROM_BOTH;
    case HONE_FROM_STDOUT:
    case HONE_FROM_STDERR:
        return stream->source == rule->from || stream->source == HONE_FROM_BOTH;
    case HONE_FROM_METRICS_FILE:
        return stream->source == rule->from;
    case HONE_FROM_FILE:
        return stream->source == rule->from && rule->file != NULL &&
               stream->file != NULL && strcmp(rule->file, stream->file) == 0;
    }
    return false;
}

static int compile_rules(hone_extractor *extractor, uint32_t *bad, size_t *offset,
                         hone_error *err)
{
    for (uint32_t i = 0; i < extractor->n; i++) {
        const hone_rule *rule = &extractor->rules[i];
        hone_error detail = {0};
        if (rule->pattern == NULL)
            continue;
        hone_regex **regex = &extractor->patterns[i].regex;
        int rc = hone_regex_new(rule->pattern, regex, offset, &detail);
        if (rc != HONE_OK) {
            *bad = i;
            return hone_error_set(err, rc, "metrics.%s: %s",
                                  rule->metric != NULL ? rule->metric : "", detail.text);
        }
        extractor->n_patterns++;
        extractor->has_steps = extractor->has_steps || hone_regex_has_step(*regex);
    }
    return HONE_OK;
}

int hone_extractor_new(const hone_rule *rules, uint32_t n, hone_extractor **out,
                       uint32_t *bad, size_t *offset, hone_error *err)
{
    assert(rules != NULL || n == 0);
    uint32_t no_rule;
    size_t no_offset = 0;
    hone_extractor *extractor = calloc(1, sizeof(*extractor));
    if (extractor == NULL)
        return hone_error_set(err, HONE_ENOMEM, "out of memory for the rules of metrics");
    extractor->rules = rules;
    extractor->n = n;
    hone_finds_init(&extractor->finds);
    hone_finds_init(&extractor->steps);
    hone_sieve_init(&extractor->sieve, &(hone_wanted){rules, n});
    extractor->patterns = calloc(n > 0 ? n : 1, sizeof(*extractor->patterns));
    int rc = HONE_ENOMEM;
    if (extractor->patterns != NULL)
        rc = compile_rules(extractor, bad != NULL ? bad : &no_rule,
                           offset != NULL ? offset : &no_offset, err);
    else
        hone_error_set(err, rc, "out of memory for the rules of metrics");
    if (rc != HONE_OK) {
        hone_extractor_free(extractor);
        return rc;
    }
    *out = extractor;
    return HONE_OK;
}

void hone_extractor_free(hone_extractor *extractor)
{
    if (extractor == NULL)
        return;
    for (uint32_t i = 0; extractor->patterns != NULL && i < extractor->n; i++)
        hone_regex_free(extractor->patterns[i].regex);
    free(extractor->patterns);
    hone_finds_release(&extractor->finds);
    hone_finds_release(&extractor->steps);
    free(extractor);
}

static const hone_rule *find_rule(const hone_extractor *extractor, const char *name,
                                  size_t len)
{
    for (uint32_t i = 0; i < extractor->n; i++) {
        const hone_rule *rule = &extractor->rules[i];
        if (rule->metric != NULL && strlen(rule->metric) == len &&
            memcmp(rule->metric, name, len) == 0)
            return rule;
    }
    return NULL;
}

hone_take hone_extractor_take(const hone_extractor *extractor, const char *name,
                              size_t len)
{
    const hone_rule *rule = find_rule(extractor, name, len);
    return rule != NULL ? rule->take : HONE_TAKE_LAST;
}

uint64_t hone_extractor_gave_up(const hone_extractor *extractor, uint32_t rule, bool *off)
{
    assert(rule < extractor->n);
    const hone_regex *regex = extractor->patterns[rule].regex;
    *off = regex != NULL && hone_regex_is_off(regex);
    return regex != NULL ? hone_regex_gave_up(regex) : 0;
}

/* What a dialect found may be another rule's business: one that names the metric decides
 * where it is looked for, and where rules have patterns only named metrics count. */
static bool admits(const struct feed *feed, const char *name, size_t len)
{
    const hone_extractor *extractor = feed->extractor;
    bool named = false;
    for (uint32_t i = 0; i < extractor->n; i++) {
        const hone_rule *rule = &extractor->rules[i];
        if (rule->pattern != NULL || rule->metric == NULL ||
            strlen(rule->metric) != len || memcmp(rule->metric, name, len) != 0)
            continue;
        if (covers(rule, feed->stream))
            return true;
        named = true;
    }
    return !named && extractor->n_patterns == 0 && feed->stream->source != HONE_FROM_FILE;
}

/* Drops what no rule admits. */
static void sift(const struct feed *feed, hone_finds *finds, uint32_t from)
{
    if (feed->extractor->n == 0)
        return;
    uint32_t n = from;
    for (uint32_t i = from; i < finds->n; i++) {
        const char *name = hone_find_name(finds, &finds->items[i]);
        if (admits(feed, name, finds->items[i].name_len))
            finds->items[n++] = finds->items[i];
    }
    finds->n = n;
}

static void add_match(hone_finds *finds, const hone_rule *rule, const hone_match *match)
{
    double step = 0, value;
    bool has_step = match->step.text != NULL &&
                    hone_number_read(match->step.text, match->step.len, &step) &&
                    isfinite(step);
    if (has_step) {
        hone_finds_step(finds, step, RANK_EXPLICIT);
        finds->sticky = true;
    }
    if (match->value.text == NULL ||
        !hone_number_read(match->value.text, match->value.len, &value))
        return;
    uint32_t before = finds->n;
    if (match->name.len > 0)
        hone_finds_add(finds, match->name.text, match->name.len, value);
    else if (rule->metric != NULL)
        hone_finds_add(finds, rule->metric, strlen(rule->metric), value);
    if (finds->n > before && has_step) {
        finds->items[before].has_step = true;
        finds->items[before].step = step;
    }
}

/* All matches of one rule along one line. Returns whether there was any. */
static bool match_line(hone_extractor *extractor, uint32_t i, const char *text,
                       size_t len)
{
    hone_regex *regex = extractor->patterns[i].regex;
    bool any = false;
    for (size_t start = 0; start <= len;) {
        hone_match match;
        int rc = hone_regex_match(regex, text, len, start, &match);
        if (rc == HONE_REGEX_STARVED)
            extractor->finds.failed = HONE_ENOMEM;
        else if (rc < 0)
            hone_regex_give_up(regex);
        if (rc <= 0)
            return any;
        any = true;
        add_match(&extractor->finds, &extractor->rules[i], &match);
        /* An empty match, or one that \K moved back, must not come again. */
        start = match.end > start && match.end > match.start ? match.end : start + 1;
    }
    return any;
}

/* The start of the line that holds byte `at` of the run. */
static size_t find_line_start(const hone_run *run, size_t at)
{
    const char *end = memrchr(run->bytes, '\n', at);
    size_t start = end != NULL ? (size_t)(end - run->bytes) + 1 : 0;
    end = memrchr(run->bytes + start, '\r', at - start);
    return end != NULL ? (size_t)(end - run->bytes) + 1 : start;
}

/* Searches the run from `from` on for the next line that the pattern matches in. */
static void seek(struct pattern *pattern, const hone_run *run, size_t from)
{
    hone_match match;
    pattern->hit = NOWHERE;
    if (from >= run->len)
        return;
    if (pattern->by_line || pattern->wasted > WASTED_MAX) {
        pattern->by_line = true;
        pattern->hit = from;
        return;
    }
    int rc = hone_regex_match(pattern->regex, run->bytes, run->len, from, &match);
    if (rc < 0) {
        pattern->by_line = true;
        pattern->hit = from;
    } else if (rc > 0) {
        size_t at = match.start;
        while (at < match.end && (run->bytes[at] == '\n' || run->bytes[at] == '\r'))
            at++;
        size_t start = find_line_start(run, at < run->len ? at : run->len - 1);
        pattern->hit = start > from ? start : from;
    }
}

static void read_patterns(struct feed *feed, const hone_run *run, const char *text,
                          size_t len, const hone_line *line)
{
    hone_extractor *extractor = feed->extractor;
    for (uint32_t i = 0; i < extractor->n; i++) {
        struct pattern *pattern = &extractor->patterns[i];
        if (!pattern->active || pattern->hit >= line->next)
            continue;
        if (!match_line(extractor, i, text, len))
            pattern->wasted++;
        pattern->active = !hone_regex_is_off(pattern->regex);
        seek(pattern, run, line->next);
    }
}

static void read_metrics_file(struct feed *feed, const char *text, size_t len)
{
    const hone_wanted none = {0};
    const char *end = text + len;
    while (text < end && (*text == ' ' || *text == '\t'))
        text++;
    if (text < end && *text == '{')
        (void)hone_dict_scan(text, end, HONE_DICT_METRICS, &none,
                             &feed->extractor->finds);
}

static void read_dialects(struct feed *feed, const hone_run *run, const char *text,
                          size_t len, const hone_line *line)
{
    hone_extractor *extractor = feed->extractor;
    hone_finds *finds = &extractor->finds;
    const hone_wanted wanted = {extractor->rules, extractor->n};
    uint32_t before = finds->n;
    bool row = hone_scan_line(text, len, &wanted, finds);
    if (row) {
        const hone_table_line table_line = {.text = text,
                                            .len = len,
                                            .before = run->bytes,
                                            .before_len =
                                                (size_t)(line->text - run->bytes),
                                            .end = line->end};
        hone_table_row(feed->stream->table, &table_line, finds);
    }
    sift(feed, finds, before);
}

/* Where patterns have no step of their own, the line's is read as the dialects do. */
static void read_step(struct feed *feed, const char *text, size_t len)
{
    hone_extractor *extractor = feed->extractor;
    const hone_wanted none = {0};
    hone_finds_reset(&extractor->steps);
    (void)hone_scan_line(text, len, &none, &extractor->steps);
    if (extractor->steps.has_step)
        hone_finds_step(&extractor->finds, extractor->steps.step, extractor->steps.rank);
}

static void tell(struct feed *feed, const hone_line *line)
{
    const hone_finds *finds = &feed->extractor->finds;
    hone_stream *stream = feed->stream;
    if (finds->has_step && (finds->n > 0 || finds->sticky)) {
        stream->has_step = true;
        stream->step = finds->step;
    }
    for (uint32_t i = 0; feed->found != NULL && i < finds->n; i++) {
        const hone_find *find = &finds->items[i];
        hone_metric metric = {.name = hone_find_name(finds, find),
                              .name_len = find->name_len,
                              .has_step = find->has_step || stream->has_step,
                              .step = find->has_step ? find->step : stream->step,
                              .value = find->value,
                              .end = line->end};
        feed->found(feed->arg, &metric);
    }
}

static int read_line(struct feed *feed, const hone_run *run, const hone_line *line)
{
    hone_extractor *extractor = feed->extractor;
    const char *text = line->text;
    size_t len = line->len;
    if (len == 0 && feed->dialects && extractor->n_patterns == 0)
        return HONE_OK;
    if (memchr(text, ESC, len) != NULL) {
        assert(len <= HONE_LINE_MAX);
        len = hone_line_strip(text, len, extractor->plain);
        text = extractor->plain;
    }
    hone_finds_reset(&extractor->finds);
    if (extractor->n_patterns > 0)
        read_patterns(feed, run, text, len, line);
    if (feed->stream->source == HONE_FROM_METRICS_FILE)
        read_metrics_file(feed, text, len);
    else if (feed->dialects)
        read_dialects(feed, run, text, len, line);
    else if (!extractor->has_steps && extractor->finds.n > 0)
        read_step(feed, text, len);
    if (extractor->finds.failed != HONE_OK || extractor->steps.failed != HONE_OK)
        return HONE_ENOMEM;
    tell(feed, line);
    return HONE_OK;
}

static void begin_run(struct feed *feed, const hone_run *run)
{
    hone_extractor *extractor = feed->extractor;
    bool has_esc = memchr(run->bytes, ESC, run->len) != NULL;
    for (uint32_t i = 0; i < extractor->n; i++) {
        struct pattern *pattern = &extractor->patterns[i];
        pattern->active = pattern->regex != NULL && !hone_regex_is_off(pattern->regex) &&
                          covers(&extractor->rules[i], feed->stream);
        if (!pattern->active)
            continue;
        pattern->by_line = has_esc || !hone_regex_spans_lines(pattern->regex);
        pattern->wasted = 0;
        seek(pattern, run, 0);
    }
}

/* The start of the next line in which a pattern may match. */
static size_t next_hit(const hone_extractor *extractor)
{
    size_t hit = NOWHERE;
    for (uint32_t i = 0; i < extractor->n; i++) {
        const struct pattern *pattern = &extractor->patterns[i];
        if (pattern->active && pattern->hit < hit)
            hit = pattern->hit;
    }
    return hit;
}

/* The start of the next line, at `from` or after it, in which anything may be. */
static size_t next_line(struct feed *feed, size_t from)
{
    hone_extractor *extractor = feed->extractor;
    if (feed->stream->source == HONE_FROM_METRICS_FILE)
        return from;
    size_t hit = extractor->n_patterns > 0 ? next_hit(extractor) : NOWHERE;
    if (!feed->dialects || hit <= from)
        return hit;
    size_t line = hone_sieve_next(&extractor->sieve, from);
    return line < hit ? line : hit;
}

/* A line that was put together comes without its terminator. */
static void remember(hone_table *table, const hone_run *run)
{
    char last = run->bytes[run->len - 1];
    if (run->cut) {
        hone_table_forget(table);
        return;
    }
    hone_table_remember(table, run->bytes, run->len);
    if (last != '\n' && last != '\r')
        hone_table_remember(table, "\n", 1);
}

static int feed_run(void *arg, const hone_run *run)
{
    struct feed *feed = arg;
    hone_extractor *extractor = feed->extractor;
    hone_line line = {0};
    int rc = HONE_OK;
    if (extractor->n_patterns > 0)
        begin_run(feed, run);
    if (feed->dialects)
        hone_sieve_begin(&extractor->sieve, run);
    while (rc == HONE_OK) {
        line.next = next_line(feed, line.next);
        if (!hone_line_next(run, &line))
            break;
        rc = read_line(feed, run, &line);
    }
    if (feed->stream->table != NULL)
        remember(feed->stream->table, run);
    return rc;
}

/* Whether the dialects have anything to find in the stream. */
static bool wants_dialects(const hone_extractor *extractor, const hone_stream *stream)
{
    if (stream->source == HONE_FROM_METRICS_FILE)
        return false;
    if (extractor->n_patterns == 0 && stream->source != HONE_FROM_FILE)
        return true;
    for (uint32_t i = 0; i < extractor->n; i++)
        if (extractor->rules[i].pattern == NULL && covers(&extractor->rules[i], stream))
            return true;
    return false;
}

static int begin_feed(struct feed *feed)
{
    feed->extractor = feed->stream->extractor;
    feed->dialects = wants_dialects(feed->extractor, feed->stream);
    if (!feed->dialects || feed->stream->table != NULL)
        return HONE_OK;
    feed->stream->table = hone_table_new();
    return feed->stream->table != NULL ? HONE_OK : HONE_ENOMEM;
}

void hone_stream_init(hone_stream *stream, hone_extractor *extractor, hone_source source,
                      const char *file, uint64_t offset)
{
    *stream = (hone_stream){.extractor = extractor,
                            .source = source,
                            .file = file,
                            .offset = offset,
                            .settled = offset};
}

int hone_stream_feed(hone_stream *stream, const char *bytes, size_t len,
                     hone_metric_fn found, void *arg)
{
    struct feed feed = {.stream = stream, .found = found, .arg = arg};
    int rc = begin_feed(&feed);
    return rc == HONE_OK ? hone_lines_feed(stream, bytes, len, feed_run, &feed) : rc;
}

int hone_stream_flush(hone_stream *stream, hone_metric_fn found, void *arg)
{
    struct feed feed = {.stream = stream, .found = found, .arg = arg};
    int rc = begin_feed(&feed);
    return rc == HONE_OK ? hone_lines_flush(stream, feed_run, &feed) : rc;
}

int hone_stream_recall(hone_stream *stream, const char *bytes, size_t len)
{
    assert(stream->partial_len == 0 && stream->offset == stream->settled);
    hone_stream past;
    uint64_t start = stream->offset > len ? stream->offset - len : 0;
    hone_stream_init(&past, stream->extractor, stream->source, stream->file, start);
    past.table = stream->table;
    int rc = hone_stream_feed(&past, bytes, len, NULL, NULL);
    stream->table = past.table;
    stream->has_step = past.has_step;
    stream->step = past.step;
    past.table = NULL;
    hone_stream_release(&past);
    return rc;
}

void hone_stream_release(hone_stream *stream)
{
    free(stream->partial);
    hone_table_free(stream->table);
    stream->partial = NULL;
    stream->partial_len = 0;
    stream->table = NULL;
}
