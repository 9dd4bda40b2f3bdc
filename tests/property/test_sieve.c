/* The sieve passes over no line that counts, however it is fed.
 *
 * What is compared is the sieve with hone_scan_line on every line, and an output fed at
 * once (sieved) with the same fed byte by byte: then each line is a run of its own, and
 * the first line of a run is never sieved. Texts are made of pieces that the dialects
 * know, seeds of the fuzz target, and the seen formats where these are at hand
 * (dialects/cases.jsonl in HONE_SHARED, or in ../shared beside the sources). */
#include "metric_log.h"
#include "random.h"

#include <dirent.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "output/lines.h"
#include "output/marks.h"
#include "output/scan.h"
#include "output/sieve.h"
#include "output/words.h"

enum { TEXT_MAX = 256 * 1024 };

static const char prose[] =
    "worker 3 of the loader has read shard number 17 and goes on with the next one\n";

static const hone_rule rules[] = {
    {.metric = "throughput"},
    {.metric = "shard"},
    {.metric = "per-step cost"},
    {.metric = "loss", .pattern = "loss\\s*[=:]\\s*(?<value>[-+0-9.e]+|nan)"},
};

static const struct {
    const char *name;
    uint32_t n;
} rule_sets[] = {{"no rules", 0}, {"wanted names", 3}, {"a pattern, too", 4}};

/* One piece of a line. Those in front come most. */
static const char *const pieces[] = {
    " ",
    " ",
    " ",
    " ",
    " ",
    "the",
    "worker",
    "shard",
    "is",
    "of",
    "loss",
    "step",
    "Epoch",
    "\n",
    "\n",
    "7",
    "12",
    "0.5",
    "3.25",
    "=",
    ": ",
    ":",
    ", ",
    "(",
    ")",
    "/",
    "-",
    ".",
    "%",
    " correct",
    "correct",
    "items",
    "data",
    "Loss",
    "val_loss",
    "valLoss",
    "ACC",
    "acc1",
    "number",
    "iterations",
    "objective",
    "specificity",
    "throughput",
    "error",
    "per-step cost",
    "nan",
    "NaN",
    "inf",
    "infinity",
    "nano",
    "info",
    "passed",
    "passed:",
    "[",
    "]",
    "|",
    "\xe2\x94\x82",
    "{",
    "}",
    "{'loss': 0.5}",
    "\"",
    "'",
    "\t",
    "  ",
    "\r",
    "\r\n",
    "\x1b[1m",
    "\x1b",
    "e-5",
    "+",
    "-1",
    ".5",
    "#",
    "@",
    "$",
    "_",
    "x",
    "Z",
    "\xc3\xa9",
    "\xef\xbb\xbf",
    "tensor(",
    "Best is trial ",
    " with value",
    "=>",
    "==",
    "2026-11-24",
    "10:11:12,123",
    "ms",
    "epoch train_loss acc",
    "\nepoch  loss\n1  0.5\n",
    "\n61:\t",
    "ep.",
    "up.",
    "Up. 3",
    ";",
    "~",
    "12345678901234567890",
    "\0",
    "?",
    "&",
    "<",
    ">",
};

static size_t add_text(char *text, size_t at, const char *more, size_t len)
{
    assert_true(at + len <= TEXT_MAX);
    memcpy(text + at, more, len);
    return at + len;
}

/* Lines of random pieces, with prose between them at times, so that the sieve neither
 * pauses all the time nor never. */
static size_t make_text(struct random *random, char *text, size_t size)
{
    const uint32_t n = sizeof(pieces) / sizeof(pieces[0]);
    const uint32_t kinds = draw(random, 3) == 0 ? n : 20 + draw(random, n - 20);
    size_t len = 0;
    while (len + 200 < size) {
        const char *piece = pieces[draw(random, kinds)];
        len = add_text(text, len, piece, *piece == '\0' ? 1 : strlen(piece));
        if (draw(random, 12) == 0)
            len = add_text(text, len, "\n", 1);
        if (draw(random, 12) == 0)
            len = add_text(text, len, prose, sizeof(prose) - 1);
    }
    return add_text(text, len, "\n", 1);
}

/* Whether the dialects find anything in a line that counts. */
static bool counts(const hone_line *line, const hone_wanted *wanted, hone_finds *finds)
{
    static char plain[TEXT_MAX];
    size_t len = hone_line_strip(line->text, line->len, plain);
    hone_finds_reset(finds);
    bool row = hone_scan_line(plain, len, wanted, finds);
    return row || finds->n > 0 || (finds->has_step && finds->sticky);
}

struct tally {
    size_t lines, told, counting;
};

/* Walks all lines of a run beside the sieve. */
static void check_run(hone_sieve *sieve, const char *text, size_t len,
                      struct tally *tally)
{
    const hone_run run = {.bytes = text, .len = len, .offset = len};
    hone_line line = {0};
    hone_finds finds;
    hone_finds_init(&finds);
    hone_sieve_begin(sieve, &run);
    size_t next = hone_sieve_next(sieve, 0);
    while (hone_line_next(&run, &line)) {
        size_t start = (size_t)(line.text - text);
        bool counting = counts(&line, &sieve->wanted, &finds);
        assert_true(next >= start);
        if (counting && next != start)
            print_error("passed over: %.*s\n", (int)line.len, line.text);
        assert_true(!counting || next == start);
        tally->lines++;
        tally->counting += counting;
        tally->told += next == start;
        /* asked from here or from the line's end: the answer is the same */
        if (next == start)
            next = hone_sieve_next(sieve, line.next);
        else
            assert_int_equal(hone_sieve_next(sieve, line.next), next);
    }
    assert_int_equal(next, len);
    hone_finds_release(&finds);
}

static void check_with(hone_marks_fn mark, uint32_t n_rules, const char *text, size_t len,
                       struct tally *tally)
{
    hone_sieve *sieve = malloc(sizeof(*sieve));
    assert_non_null(sieve);
    hone_sieve_init(sieve, &(hone_wanted){rules, n_rules});
    if (mark != NULL)
        sieve->mark = mark;
    check_run(sieve, text, len, tally);
    free(sieve);
}

static void check_text(const char *text, size_t len, struct tally *tally)
{
    check_with(NULL, 0, text, len, tally);
    check_with(hone_marks_plain, 0, text, len, tally);
    check_with(NULL, 3, text, len, tally);
}

static void passes_over_nothing_that_counts(void **state)
{
    (void)state;
    char *text = malloc(TEXT_MAX);
    assert_non_null(text);
    struct tally tally = {0};
    for (uint64_t seed = 0; seed < 400; seed++) {
        struct random random = {seed};
        /* a size of its own each, on the heap, so that reading beyond it is seen */
        size_t len = make_text(&random, text, 300 + draw(&random, 12000));
        char *own = malloc(len);
        assert_non_null(own);
        memcpy(own, text, len);
        check_text(own, len, &tally);
        free(own);
    }
    /* the texts have lines of all kinds, or nothing was checked */
    assert_true(tally.counting > tally.lines / 20);
    assert_true(tally.told < tally.lines * 9 / 10);
    free(text);
}

/* What the speed rests on. */
static void passes_over_chatter(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "worker 3 of the loader has read shard number 17 and goes on with the next one\n",
        "2026-11-24 10:11:12,123 INFO trainer: step 5 processed batch foo in 12 ms\n",
        "reading shard 4 of 512 from the training set, this may take a while (77)\n",
        "2026-11-24 10:11:12 read shard 17/512 in 0.35 s, queue holds 4 items\n",
        "the cache took 4 items for trial data, 3.5% full; next flush after 77 more\n",
        "resnet18 on card 0 of node-17 with 10.0.0.1:8080\n",
        "Worker 12 infers nothing: [INFO] no nanny\n",
    };
    static char text[TEXT_MAX];
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        size_t len = 0;
        for (int k = 0; k < 200; k++)
            len = add_text(text, len, lines[i], strlen(lines[i]));
        struct tally tally = {0};
        check_with(NULL, 0, text, len, &tally);
        if (tally.told != 1)
            print_error("told: %s", lines[i]);
        assert_int_equal(tally.lines, 200);
        assert_int_equal(tally.told, 1); /* the first of a run */
    }
}

/* Stretches of lines that all hold metrics, where the sieve pauses, and of prose. */
static void tells_all_of_dense_output(void **state)
{
    (void)state;
    static char text[TEXT_MAX];
    struct tally tally = {0};
    size_t len = 0, dense = 0;
    for (int i = 0; len < TEXT_MAX - 200; i++) {
        if (i % 300 < 200) {
            char line[100];
            int n = snprintf(line, sizeof(line), "epoch=%d acc 0.%d\n", i, i % 977);
            len = add_text(text, len, line, (size_t)n);
            dense++;
        } else {
            len = add_text(text, len, prose, sizeof(prose) - 1);
        }
    }
    check_text(text, len, &tally);
    assert_int_equal(tally.counting, 3 * dense);
}

struct word_check {
    hone_sieve sieve;
    size_t n;
};

static void check_word(void *arg, const char *word, size_t len)
{
    struct word_check *check = arg;
    static const char *const numbers[] = {
        " 0.5\n",   " 7\n",    " 7.\n",   " 7:\n",   " 7 \n",  " 7,\n",
        " 7.\r\n",  " 7:\r",   " -7 %\n", ". 7\n",   " 7 [\n", " 7 is good\n",
        " 7/9\n",   " 7.5e\n", " 7%\n",   " 7 ms\n", " 7\t\n", " 7 acc=1\n",
        " 7 acc\n", " .5\n",   "\t7 a/\n"};
    char text[1000];
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        struct tally tally = {0};
        size_t at = add_text(text, 0, prose, sizeof(prose) - 1);
        at = add_text(text, at, "now ", 4);
        at = add_text(text, at, word, len);
        at = add_text(text, at, numbers[i], strlen(numbers[i]));
        at = add_text(text, at, prose, sizeof(prose) - 1);
        check_run(&check->sieve, text, at, &tally);
        check->n += tally.counting;
    }
}

/* The words that lead to a metric are known to the sieve by a hash. */
static void knows_every_word(void **state)
{
    (void)state;
    static const char *const others[] = {"average loss of", "the loss is",
                                         "61:\t0.5 61:\t",  "objective function of",
                                         "throughput",      "my\xc3\xa9loss"};
    struct word_check *check = malloc(sizeof(*check));
    assert_non_null(check);
    hone_sieve_init(&check->sieve, &(hone_wanted){rules, 3});
    check->n = 0;
    hone_words_visit(~0u, check_word, check);
    assert_true(check->n > 300);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        check_word(check, others[i], strlen(others[i]));
    free(check);
}

/* Text that could be costly stays cheap: the test program has a time limit. */
static void hostile_lines_cost_little(void **state)
{
    (void)state;
    static const char *const units[] = {
        "{\"a\":", "loss ",   "1 ", "1-",  "-1",    "x1",   "(1",     "x(1", "1a-1",
        "\x1b[1m", "nan ",    "1=", "1%",  "1\r",   "\r",   "\n",     "1\n", "the 1 ",
        "is 1.5 ", "step 1 ", " 1", "\t1", "x\t1.", "1.1.", "of 1 a", "#1 ", "1 \r\n"};
    static char text[TEXT_MAX];
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        hone_extractor *extractor = make_extractor(rules, 3);
        hone_buf log;
        hone_buf_init(&log, 1u << 24);
        size_t len = 0;
        for (int k = 0; k < 3; k++) { /* as a slice of HONE_LINE_MAX takes it */
            len = add_text(text, len, prose, sizeof(prose) - 1);
            while (len < (size_t)(k + 1) * HONE_LINE_MAX - 20)
                len = add_text(text, len, units[i], strlen(units[i]));
            while (len < (size_t)(k + 1) * HONE_LINE_MAX)
                len = add_text(text, len, "\n", 1);
        }
        log_bytes(extractor, HONE_FROM_STDOUT, text, len, &log);
        hone_buf_release(&log);
        hone_extractor_free(extractor);
    }
}

static void log_fed(uint32_t n_rules, const char *text, size_t len, size_t piece,
                    hone_buf *log)
{
    hone_extractor *extractor = make_extractor(rules, n_rules);
    hone_stream stream;
    hone_stream_init(&stream, extractor, HONE_FROM_STDOUT, NULL, 0);
    log_stream(&stream, text, len, piece, log);
    hone_stream_release(&stream);
    hone_extractor_free(extractor);
}

/* The same is found at once, byte by byte, and in two parts cut anywhere (`step` apart).
 */
static void check_splits(const char *text, size_t len, size_t step)
{
    for (size_t set = 0; set < sizeof(rule_sets) / sizeof(rule_sets[0]); set++) {
        hone_buf plain, sieved;
        hone_buf_init(&plain, 1u << 24);
        hone_buf_init(&sieved, 1u << 24);
        log_fed(rule_sets[set].n, text, len, 1, &plain);
        log_fed(rule_sets[set].n, text, len, 0, &sieved);
        assert_string_equal(hone_buf_text(&sieved), hone_buf_text(&plain));
        hone_extractor *extractor = make_extractor(rules, rule_sets[set].n);
        for (size_t at = step; at < len; at += step) {
            hone_stream stream;
            hone_buf_reset(&sieved);
            hone_stream_init(&stream, extractor, HONE_FROM_STDOUT, NULL, 0);
            assert_int_equal(hone_stream_feed(&stream, text, at, log_metric, &sieved), 0);
            log_stream(&stream, text + at, len - at, 0, &sieved);
            assert_string_equal(hone_buf_text(&sieved), hone_buf_text(&plain));
            hone_stream_release(&stream);
        }
        hone_extractor_free(extractor);
        hone_buf_release(&plain);
        hone_buf_release(&sieved);
    }
}

static void finds_the_same_at_every_split(void **state)
{
    (void)state;
    char *text = malloc(TEXT_MAX);
    assert_non_null(text);
    for (uint64_t seed = 1000; seed < 1012; seed++) {
        struct random random = {seed};
        check_splits(text, make_text(&random, text, 700), 1);
    }
    for (uint64_t seed = 2000; seed < 2004; seed++) {
        struct random random = {seed};
        check_splits(text, make_text(&random, text, 150000), 40009);
    }
    free(text);
}

static void finds_the_same_in_the_seeds(void **state)
{
    (void)state;
    static const char folder[] = HONE_SOURCE_DIR "/tests/fuzz/metrics";
    char *text = malloc(TEXT_MAX);
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    assert_non_null(text);
    struct tally tally = {0};
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        char path[4096];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        FILE *file = fopen(path, "r");
        assert_non_null(file);
        size_t len = add_text(text, 0, prose, sizeof(prose) - 1);
        len += fread(text + len, 1, TEXT_MAX - len - 1, file);
        fclose(file);
        text[len++] = '\n';
        check_text(text, len, &tally);
        check_splits(text, len, 1);
    }
    closedir(dir);
    assert_true(tally.counting > 0);
    free(text);
}

static FILE *open_cases(void)
{
    const char *shared = getenv("HONE_SHARED");
    char path[4096];
    snprintf(path, sizeof(path), "%s/dialects/cases.jsonl",
             shared != NULL ? shared : HONE_SOURCE_DIR "/../shared");
    return fopen(path, "r");
}

/* All lines of one seen format, with prose between them. */
static size_t make_case(const char *json, char *text)
{
    json_t *example = json_loads(json, 0, NULL);
    size_t i, len = add_text(text, 0, prose, sizeof(prose) - 1);
    json_t *line;
    assert_non_null(example);
    json_array_foreach(json_object_get(example, "lines"), i, line)
    {
        const char *bytes = json_string_value(line);
        len = add_text(text, len, bytes, strlen(bytes));
        len = add_text(text, len, "\n", 1);
        if (i % 5 == 4)
            len = add_text(text, len, prose, sizeof(prose) - 1);
    }
    json_decref(example);
    return len;
}

static void finds_the_same_in_seen_formats(void **state)
{
    (void)state;
    FILE *cases = open_cases();
    if (cases == NULL) {
        skip();
        return;
    }
    char *text = malloc(TEXT_MAX), *json = NULL;
    assert_non_null(text);
    size_t room = 0;
    struct tally tally = {0};
    while (getline(&json, &room, cases) > 0) {
        size_t len = make_case(json, text);
        check_text(text, len, &tally);
        check_splits(text, len, 97);
    }
    assert_true(tally.counting > 100);
    free(json);
    free(text);
    fclose(cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(passes_over_nothing_that_counts),
        cmocka_unit_test(passes_over_chatter),
        cmocka_unit_test(tells_all_of_dense_output),
        cmocka_unit_test(knows_every_word),
        cmocka_unit_test(hostile_lines_cost_little),
        cmocka_unit_test(finds_the_same_at_every_split),
        cmocka_unit_test(finds_the_same_in_the_seeds),
        cmocka_unit_test(finds_the_same_in_seen_formats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
