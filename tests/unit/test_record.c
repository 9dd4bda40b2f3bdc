#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "executors/record.h"

static hone_start_record sample_start(const char *dir)
{
    hone_start_record start = {.trial = 12,
                               .attempt = 3,
                               .slot = 7,
                               .pid = 4711,
                               .started_at = 1764010800000001};
    memcpy(start.trial_dir, dir, strlen(dir) + 1);
    return start;
}

static hone_exit sample_end(hone_reason reason)
{
    return (hone_exit){.trial = UINT64_MAX,
                       .attempt = UINT32_MAX,
                       .slot = 1,
                       .reason = reason,
                       .exit_code = -1,
                       .signal = 9,
                       .spawn_errno = 2,
                       .pid = INT64_MAX,
                       .started_at = HONE_NO_TIME,
                       .ended_at = -1,
                       .duration_s = 12.345678,
                       .cpu_time_s = 0.000001,
                       .max_rss = -1,
                       .stdout_start = 1,
                       .stdout_end = 2,
                       .own_stderr = true,
                       .stderr_start = 3,
                       .stderr_end = 4,
                       .has_metrics_file = true,
                       .has_trial_dir = false};
}

static void assert_same_end(const hone_exit *a, const hone_exit *b)
{
    assert_true(a->trial == b->trial && a->attempt == b->attempt && a->slot == b->slot);
    assert_int_equal(a->reason, b->reason);
    assert_int_equal(a->exit_code, b->exit_code);
    assert_int_equal(a->signal, b->signal);
    assert_int_equal(a->spawn_errno, b->spawn_errno);
    assert_true(a->pid == b->pid && a->started_at == b->started_at);
    assert_true(a->ended_at == b->ended_at && a->max_rss == b->max_rss);
    assert_true(a->duration_s == b->duration_s && a->cpu_time_s == b->cpu_time_s);
    assert_true(a->stdout_start == b->stdout_start && a->stdout_end == b->stdout_end);
    assert_true(a->own_stdout == b->own_stdout && a->own_stderr == b->own_stderr);
    assert_true(a->stderr_start == b->stderr_start && a->stderr_end == b->stderr_end);
    assert_true(a->memory == b->memory && a->on_disk == b->on_disk);
    assert_true(a->has_metrics_file == b->has_metrics_file);
    assert_true(a->has_trial_dir == b->has_trial_dir);
}

/* Words that were added later: there where they say something, else left out. */
static void test_added_words(void **state)
{
    (void)state;
    hone_buf line;
    hone_record record;
    hone_buf_init(&line, HONE_RECORD_MAX);
    hone_start_record start = sample_start("/t/1");
    hone_record_put_start(&line, &start);
    assert_non_null(strstr(hone_buf_text(&line), "/t/1 #"));
    hone_record_next(line.data, line.len, &record);
    assert_string_equal(record.start.placement, "");
    hone_buf_reset(&line);
    memset(start.placement, ' ',
           HONE_PLACEMENT_MAX - 1); /* escaped: three times as long */
    hone_record_put_start(&line, &start);
    assert_int_equal(hone_buf_status(&line), 0);
    assert_int_equal(hone_record_next(line.data, line.len, &record), line.len);
    assert_int_equal(record.kind, HONE_RECORD_START);
    assert_string_equal(record.start.placement, start.placement);
    hone_buf_reset(&line);
    hone_exit end = sample_end(HONE_REASON_OUT_OF_MEMORY);
    end.memory = INT64_C(1) << 40;
    hone_record_put_end(&line, &end);
    assert_int_equal(hone_record_next(line.data, line.len, &record), line.len);
    assert_int_equal(record.kind, HONE_RECORD_END);
    assert_same_end(&record.end, &end);
    for (int i = 0; i < 2; i++) {
        hone_buf_reset(&line);
        end.on_disk = true;
        hone_record_put_end(&line, &end);
        assert_int_equal(hone_record_next(line.data, line.len, &record), line.len);
        assert_int_equal(record.kind, HONE_RECORD_END);
        assert_same_end(&record.end, &end);
        end.memory = 0;
    }
    hone_buf_release(&line);
}

static void test_start_round_trip(void **state)
{
    (void)state;
    static const char *const dirs[] = {"/a/b", "/with space/and%/\x01\n\x7f",
                                       "/\xc3\xa9\xff"};
    for (size_t i = 0; i < sizeof dirs / sizeof dirs[0]; i++) {
        hone_buf line;
        hone_record record;
        hone_buf_init(&line, HONE_RECORD_MAX);
        hone_start_record start = sample_start(dirs[i]);
        hone_record_put_start(&line, &start);
        assert_int_equal(hone_buf_status(&line), 0);
        assert_int_equal(hone_record_next(line.data, line.len, &record), line.len);
        assert_int_equal(record.kind, HONE_RECORD_START);
        assert_string_equal(record.start.trial_dir, dirs[i]);
        assert_true(record.start.trial == 12 && record.start.attempt == 3);
        assert_true(record.start.slot == 7 && record.start.pid == 4711);
        assert_true(record.start.started_at == start.started_at);
        hone_buf_release(&line);
    }
}

/* The longest path, every byte of it escaped, fits a record. */
static void test_longest_path(void **state)
{
    (void)state;
    hone_buf line;
    hone_record record;
    hone_start_record start = sample_start("/");
    memset(start.trial_dir, ' ', HONE_PATH_MAX - 1);
    start.trial_dir[HONE_PATH_MAX - 1] = '\0';
    hone_buf_init(&line, HONE_RECORD_MAX);
    hone_record_put_start(&line, &start);
    assert_int_equal(hone_buf_status(&line), 0);
    assert_int_equal(hone_record_next(line.data, line.len, &record), line.len);
    assert_int_equal(record.kind, HONE_RECORD_START);
    assert_string_equal(record.start.trial_dir, start.trial_dir);
    hone_buf_release(&line);
}

static void test_end_round_trip(void **state)
{
    (void)state;
    for (int reason = 0; reason < HONE_N_REASONS; reason++) {
        hone_buf line;
        hone_record record;
        hone_buf_init(&line, HONE_RECORD_MAX);
        hone_exit end = sample_end((hone_reason)reason);
        hone_record_put_end(&line, &end);
        assert_int_equal(hone_record_next(line.data, line.len, &record), line.len);
        assert_int_equal(record.kind, HONE_RECORD_END);
        assert_same_end(&record.end, &end);
        hone_buf_release(&line);
    }
}

static void fill_journal(hone_buf *journal)
{
    hone_start_record start = sample_start("/sweep/trials/12");
    hone_exit end = sample_end(HONE_REASON_EXIT);
    hone_buf_init(journal, 1 << 16);
    hone_record_put_start(journal, &start);
    hone_record_put_end(journal, &end);
    hone_record_put_start(journal, &start);
    assert_int_equal(hone_buf_status(journal), 0);
}

static size_t count_records(const char *bytes, size_t len)
{
    size_t n_records = 0, n;
    hone_record record;
    for (size_t at = 0; (n = hone_record_next(bytes + at, len - at, &record)) > 0;
         at += n)
        n_records += record.kind != HONE_RECORD_NONE;
    return n_records;
}

/* Cut anywhere: the whole lines before the cut are read, nothing else is. */
static void test_cut_anywhere(void **state)
{
    (void)state;
    hone_buf journal;
    fill_journal(&journal);
    for (size_t len = 0; len <= journal.len; len++) {
        size_t whole = 0;
        for (size_t i = 0; i < len; i++)
            whole += journal.data[i] == '\n';
        char *copy = malloc(len + 1); /* exact, so that an overrun is seen */
        assert_non_null(copy);
        memcpy(copy, journal.data, len);
        assert_int_equal(count_records(copy, len), whole);
        free(copy);
    }
    hone_buf_release(&journal);
}

/* Cut anywhere and continued: what was joined is no record, the rest is there. */
static void test_joined_anywhere(void **state)
{
    (void)state;
    hone_buf journal, joined;
    fill_journal(&journal);
    size_t first = strcspn(journal.data, "\n") + 1;
    for (size_t cut = 1; cut + 1 < first; cut++) {
        hone_buf_init(&joined, 1 << 16);
        hone_buf_add(&joined, journal.data, cut);
        hone_buf_add(&joined, journal.data, journal.len);
        assert_int_equal(count_records(joined.data, joined.len), 2);
        hone_buf_release(&joined);
    }
    hone_buf_release(&journal);
}

/* A changed byte anywhere is seen, whatever it is. */
static void test_damage(void **state)
{
    (void)state;
    hone_buf journal;
    fill_journal(&journal);
    for (size_t i = 0; i < journal.len; i++) {
        char before = journal.data[i];
        if (before == '\n')
            continue;
        journal.data[i] = before == '0' ? '1' : '0';
        assert_int_equal(count_records(journal.data, journal.len), 2);
        journal.data[i] = before;
    }
    hone_buf_release(&journal);
}

static void test_no_records(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "\n",
        " \n",
        "start\n",
        "end 1 2 3 #00000000\n",
        "start 1 1 0 1 1 0 0 /x #00000000\n",
        "#\n",
        " #811c9dc5\n", /* the checksum of nothing */
        "something else entirely, with no end of words in it at all\n",
    };
    hone_record record;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        assert_int_equal(hone_record_next(lines[i], strlen(lines[i]), &record),
                         strlen(lines[i]));
        assert_int_equal(record.kind, HONE_RECORD_NONE);
    }
    assert_int_equal(hone_record_next("", 0, &record), 0);
    assert_int_equal(hone_record_next("no newline", 10, &record), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_added_words),  cmocka_unit_test(test_start_round_trip),
        cmocka_unit_test(test_longest_path), cmocka_unit_test(test_end_round_trip),
        cmocka_unit_test(test_cut_anywhere), cmocka_unit_test(test_joined_anywhere),
        cmocka_unit_test(test_damage),       cmocka_unit_test(test_no_records),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
