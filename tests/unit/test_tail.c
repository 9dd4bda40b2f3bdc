/* Following an attempt's files: nothing of another attempt is taken for its own. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/tail.h"

typedef struct desk {
    char dir[64], file[96], log[96];
    hone_extractor *extractor;
    hone_tail tail;
    hone_tail_reader reader;
    double found[8];
    unsigned n;
} desk;

static void note(void *arg, const hone_metric *metric)
{
    desk *self = arg;
    assert_in_range(self->n, 0, 7);
    self->found[self->n++] = metric->value;
}

static void pass(void *arg, hone_source source)
{
    (void)arg, (void)source;
}

static void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static int open_desk(void **state)
{
    desk *self = calloc(1, sizeof *self);
    uint32_t bad;
    size_t offset;
    hone_error err = {0};
    assert_non_null(self);
    strcpy(self->dir, "/tmp/hone-tail-XXXXXX");
    assert_non_null(mkdtemp(self->dir));
    snprintf(self->file, sizeof self->file, "%s/stdout.now", self->dir);
    snprintf(self->log, sizeof self->log, "%s/stdout", self->dir);
    assert_int_equal(hone_extractor_new(NULL, 0, &self->extractor, &bad, &offset, &err),
                     0);
    hone_tail_init(&self->tail, self->extractor, NULL, 0);
    self->reader = (hone_tail_reader){
        .block = malloc(HONE_TAIL_BLOCK), .found = note, .source = pass, .arg = self};
    assert_non_null(self->reader.block);
    *state = self;
    return 0;
}

static int close_desk(void **state)
{
    desk *self = *state;
    hone_tail_release(&self->tail);
    hone_extractor_free(self->extractor);
    unlink(self->file);
    unlink(self->log);
    rmdir(self->dir);
    free(self->reader.block);
    free(self);
    return 0;
}

static void read_all(desk *self)
{
    bool more = true;
    while (more)
        assert_true(hone_tail_read(&self->tail, &self->reader, 1000000, &more) >= 0);
}

static hone_tail_start begin(desk *self)
{
    hone_tail_start start = {.slot_dir = self->dir, .trial_dir = self->dir};
    assert_int_equal(hone_tail_begin(&self->tail, &start), 0);
    return start;
}

/* A keeper that was killed has left the output of its trial, until the next keeper of the
 * slot has put it away: which it has when the next trial starts. */
static void what_a_dead_keeper_left_is_not_read(void **state)
{
    desk *self = *state;
    write_text(self->file, "loss=1\n");
    begin(self);
    read_all(self);
    assert_int_equal(self->n, 0);
    write_text(self->file, "");
    hone_tail_started(&self->tail);
    write_text(self->file, "loss=2\n");
    read_all(self);
    assert_int_equal(self->n, 1);
    assert_true(self->found[0] == 2);
}

/* A trial may have ended before it is known that it started. */
static void an_end_is_a_start(void **state)
{
    desk *self = *state;
    write_text(self->file, "loss=1\n");
    const hone_tail_start start = begin(self);
    read_all(self);
    write_text(self->log, "loss=1\nloss=3\n");
    const hone_exit exit = {.attempt = 1, .stdout_start = 7, .stdout_end = 14};
    assert_int_equal(hone_tail_finish(&self->tail, &start, &exit), 0);
    read_all(self);
    assert_int_equal(hone_tail_end(&self->tail, &self->reader), 0);
    assert_int_equal(self->n, 1);
    assert_true(self->found[0] == 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_a_dead_keeper_left_is_not_read, open_desk,
                                        close_desk),
        cmocka_unit_test_setup_teardown(an_end_is_a_start, open_desk, close_desk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
