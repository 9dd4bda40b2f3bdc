/* Tables, the forms people read, quoting, width, output files, progress, nearest lines.
 */
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/exit.h"
#include "cli/found.h"
#include "cli/out.h"
#include "cli/progress.h"
#include "cli/render.h"
#include "cli/term.h"

enum { MAX_TEXT = 1 << 20 };

/* An output into memory. */
struct memory {
    struct out out;
    char *text;
    size_t len;
};

static void open_memory(struct memory *memory)
{
    *memory = (struct memory){.text = NULL};
    memory->out.file = open_memstream(&memory->text, &memory->len);
    memory->out.name = "memory";
    assert_non_null(memory->out.file);
}

static void check_memory(struct memory *memory, const char *expected)
{
    assert_int_equal(hone_out_close(&memory->out, EXIT_DONE), EXIT_DONE);
    assert_string_equal(memory->text, expected);
    free(memory->text);
}

static void fill_table(struct table *table)
{
    hone_table_init(table);
    hone_table_column(table, "name", ALIGN_LEFT);
    hone_table_column(table, "n", ALIGN_RIGHT);
    hone_table_column(table, "note", ALIGN_LEFT);
    static const char *const cells[] = {
        "a", "1", "first", "\xc3\xa9\xe4\xb8\xad", "22", "x,y", "ccc", "333", NULL};
    for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++) {
        hone_table_cell(table, cells[i]);
    }
}

static void tables_are_aligned_by_width(void **state)
{
    (void)state;
    struct table table;
    struct memory memory;
    fill_table(&table);
    open_memory(&memory);
    hone_table_write(&table, &memory.out, 0);
    check_memory(&memory, "name    n  note\n"
                          "a       1  first\n"
                          "\xc3\xa9\xe4\xb8\xad    22  x,y\n"
                          "ccc   333\n");
    open_memory(&memory);
    hone_table_write(&table, &memory.out, 13);
    check_memory(&memory, "name    n  n\xe2\x80\xa6\n"
                          "a       1  f\xe2\x80\xa6\n"
                          "\xc3\xa9\xe4\xb8\xad    22  x\xe2\x80\xa6\n"
                          "ccc   333\n");
    open_memory(&memory);
    hone_table_write_csv(&table, &memory.out);
    check_memory(&memory, "name,n,note\na,1,first\n\xc3\xa9\xe4\xb8\xad,22,\"x,y\"\n"
                          "ccc,333,\n");
    hone_table_release(&table);
}

static void terminals_obey_nothing(void **state)
{
    (void)state;
    hone_buf text;
    hone_buf_init(&text, MAX_TEXT);
    static const char evil[] = "a\033[2Jb\nc\x7f\xc2\x9b\xff\xe4";
    hone_term_clean(&text, evil, sizeof evil - 1);
    assert_string_equal(hone_buf_text(&text),
                        "a\\x1b[2Jb\\nc\\x7f\\x9b\xef\xbf\xbd\xef\xbf\xbd");
    hone_buf_release(&text);
}

static void widths(void **state)
{
    (void)state;
    assert_int_equal(hone_term_width("abc", 3), 3);
    assert_int_equal(hone_term_width("\xe4\xb8\xad", 3), 2);
    assert_int_equal(hone_term_width("e\xcc\x81", 3), 1);
    assert_int_equal(hone_term_width("\xff\xfe", 2), 2);
    assert_int_equal(hone_term_fit("abc", 3, 2), 2);
    assert_int_equal(hone_term_fit("a\xe4\xb8\xad", 4, 2), 1);
    assert_int_equal(hone_term_fit("abc", 3, 9), 3);
}

static void people_read_numbers(void **state)
{
    (void)state;
    static const struct {
        double seconds;
        const char *text;
    } durations[] = {{0, "0.0 ms"},   {0.0037, "3.7 ms"},  {0.25, "250 ms"},
                     {3.21, "3.2 s"}, {42, "42 s"},        {61, "1 min 1 s"},
                     {120, "2 min"},  {7500, "2 h 5 min"}, {90000, "1 d 1 h"},
                     {-1, "-"},       {NAN, "-"},          {INFINITY, "-"}};
    static const struct {
        int64_t bytes;
        const char *text;
    } sizes[] = {
        {0, "0 B"},           {1023, "1023 B"}, {1024, "1.0 KiB"},     {1536, "1.5 KiB"},
        {1 << 30, "1.0 GiB"}, {-1, "-"},        {INT64_MAX, "8.0 EiB"}};
    static const struct {
        double real;
        const char *text;
    } reals[] = {{0.1, "0.1"},
                 {0.123456789, "0.123457"},
                 {1e-05, "1e-05"},
                 {NAN, "nan"},
                 {-INFINITY, "-inf"},
                 {2, "2"},
                 {123456789, "123456789"},
                 {123456789.5, "1.23457e+08"}};
    hone_buf text;
    hone_buf_init(&text, MAX_TEXT);
    for (size_t i = 0; i < sizeof durations / sizeof durations[0]; i++) {
        hone_buf_reset(&text);
        hone_render_duration(&text, durations[i].seconds);
        assert_string_equal(hone_buf_text(&text), durations[i].text);
    }
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        hone_buf_reset(&text);
        hone_render_bytes(&text, sizes[i].bytes);
        assert_string_equal(hone_buf_text(&text), sizes[i].text);
    }
    for (size_t i = 0; i < sizeof reals / sizeof reals[0]; i++) {
        hone_buf_reset(&text);
        hone_render_real(&text, reals[i].real);
        assert_string_equal(hone_buf_text(&text), reals[i].text);
    }
    hone_buf_release(&text);
}

static void words_are_quoted_for_a_shell(void **state)
{
    (void)state;
    static const struct {
        const char *word, *quoted;
    } cases[] = {{"--lr=0.1", "--lr=0.1"},
                 {"", "''"},
                 {"a b", "'a b'"},
                 {"it's", "'it'\\''s'"},
                 {"$x", "'$x'"},
                 {"a\nb'\033", "$'a\\nb\\'\\033'"},
                 {"~", "'~'"},
                 {"a;b", "'a;b'"},
                 {"[1]", "'[1]'"}};
    hone_buf text;
    hone_buf_init(&text, MAX_TEXT);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        hone_buf_reset(&text);
        hone_shell_quote(&text, cases[i].word);
        assert_string_equal(hone_buf_text(&text), cases[i].quoted);
    }
    hone_buf_release(&text);
}

/* A folder of its own for a test of files. */
static int make_folder(void **state)
{
    char *path = strdup("/tmp/hone-render-XXXXXX");
    *state = path;
    return path != NULL && mkdtemp(path) != NULL && chdir(path) == 0 ? 0 : -1;
}

static int remove_folder(void **state)
{
    unlink("result");
    unlink("link");
    int rc = chdir("/") | rmdir(*state);
    free(*state);
    return rc;
}

static void read_result(char text[64])
{
    FILE *file = fopen("result", "r");
    assert_non_null(file);
    size_t n = fread(text, 1, 63, file);
    text[n] = '\0';
    fclose(file);
}

static void files_are_written_whole_or_not_at_all(void **state)
{
    (void)state;
    struct out out;
    char text[64];
    assert_int_equal(hone_out_open(&out, "result", NULL), HONE_OK);
    assert_true(hone_out_write(&out, "one", 3));
    assert_int_not_equal(access("result", F_OK), 0);
    assert_int_equal(hone_out_close(&out, EXIT_DONE), EXIT_DONE);
    read_result(text);
    assert_string_equal(text, "one");
    /* What fails leaves the file as it was, and nothing beside it. */
    assert_int_equal(hone_out_open(&out, "result", NULL), HONE_OK);
    assert_true(hone_out_write(&out, "two", 3));
    assert_int_equal(hone_out_close(&out, EXIT_STORE), EXIT_STORE);
    read_result(text);
    assert_string_equal(text, "one");
    /* A link stays a link, what it points at is replaced. */
    assert_int_equal(symlink("result", "link"), 0);
    assert_int_equal(hone_out_open(&out, "link", NULL), HONE_OK);
    assert_true(hone_out_write(&out, "three", 5));
    assert_int_equal(hone_out_close(&out, EXIT_DONE), EXIT_DONE);
    read_result(text);
    assert_string_equal(text, "three");
    struct stat info;
    assert_int_equal(lstat("link", &info), 0);
    assert_true(S_ISLNK(info.st_mode));
    hone_error err = {.code = 0};
    assert_int_equal(hone_out_open(&out, "no/such/folder/x", &err), HONE_EIO);
    assert_non_null(strstr(err.text, "no/such/folder/x"));
}

static void a_full_disk_is_no_success(void **state)
{
    (void)state;
    struct out out;
    if (access("/dev/full", W_OK) != 0) {
        skip();
    }
    assert_int_equal(hone_out_open(&out, "/dev/full", NULL), HONE_OK);
    hone_out_write(&out, "x", 1);
    assert_int_equal(hone_out_close(&out, EXIT_DONE), EXIT_FAILED);
    /* A reader that went away is none of our failures. */
    struct memory memory;
    open_memory(&memory);
    memory.out.failure = EPIPE;
    assert_false(hone_out_write(&memory.out, "x", 1));
    assert_int_equal(hone_out_close(&memory.out, EXIT_DONE), EXIT_DONE);
    free(memory.text);
}

static void statuses_of_errors(void **state)
{
    (void)state;
    assert_int_equal(hone_exit_status(HONE_OK), EXIT_DONE);
    assert_int_equal(hone_exit_status(HONE_EUSAGE), EXIT_WRONG);
    assert_int_equal(hone_exit_status(HONE_ESPEC), EXIT_WRONG);
    assert_int_equal(hone_exit_status(HONE_EUNSUPPORTED), EXIT_WRONG);
    assert_int_equal(hone_exit_status(HONE_ENOTFOUND), EXIT_WRONG);
    assert_int_equal(hone_exit_status(HONE_EHELD), EXIT_STORE);
    assert_int_equal(hone_exit_status(HONE_EDAMAGED), EXIT_STORE);
    assert_int_equal(hone_exit_status(HONE_EFULL), EXIT_STORE);
    assert_int_equal(hone_exit_status(HONE_ENEWER), EXIT_STORE);
    assert_int_equal(hone_exit_status(HONE_ESTORE), EXIT_STORE);
    assert_int_equal(hone_exit_status(HONE_EIO), EXIT_FAILED);
}

/* Progress into a file, which is no terminal: what it prints, line by line. */
static void progress_is_plain_lines_without_a_terminal(void **state)
{
    (void)state;
    char *text = NULL;
    size_t len = 0;
    FILE *file = open_memstream(&text, &len);
    assert_non_null(file);
    struct progress progress = {.stream = file};
    hone_sweep_observer observer;
    hone_progress_observe(&progress, &observer);
    hone_progress state_now = {.planned = 100,
                               .counts = {[HONE_STATUS_RUNNING] = 2,
                                          [HONE_STATUS_FAILED] = 1,
                                          [HONE_STATUS_COMPLETED] = 11},
                               .left_s = NAN,
                               .objective = "loss",
                               .best = 3,
                               .best_objective = 0.25,
                               .best_se = NAN,
                               .best_params = "lr=0.1"};
    hone_trial_info trial = {.number = 3,
                             .status = HONE_STATUS_COMPLETED,
                             .has_objective = true,
                             .objective = 0.25,
                             .duration_s = 2};
    observer.message(observer.arg, "kept 3, new 4");
    observer.ended(observer.arg, &trial);
    observer.progress(observer.arg, &state_now);
    observer.progress(observer.arg, &state_now); /* nothing new: no line */
    for (int i = 0; i < 1000; i++) {
        observer.ended(observer.arg, &trial);
    }
    fflush(file);
    size_t n = 0;
    for (const char *c = text; *c != '\0'; c++) {
        n += *c == '\n';
    }
    assert_in_range(n, 20, 60); /* a thousand trials at once are no thousand lines */
    static const char start[] = "hone: kept 3, new 4\n"
                                "trial 3 completed, objective 0.25, 2.0 s\n"
                                "best loss 0.25 (trial 3)  lr=0.1\n"
                                "trial 3 completed, objective 0.25, 2.0 s\n";
    assert_memory_equal(text, start, sizeof start - 1);
    state_now.elapsed_s = 11;
    observer.progress(observer.arg, &state_now);
    state_now.elapsed_s = 22;
    state_now.best = 4;
    state_now.best_se = 0.0125; /* the mean of repeats */
    observer.progress(observer.arg, &state_now);
    fflush(file);
    assert_non_null(strstr(text, "best loss 0.25 +- 0.0125 (trial 4)  lr=0.1\n"));
    assert_non_null(strstr(text, "12/100 \xc2\xb7 2 running \xc2\xb7 1 failed \xc2\xb7 "
                                 "best loss 0.25 (trial 3)  lr=0.1\n"));
    assert_null(strchr(text, '\033'));
    fclose(file);
    free(text);
}

static void the_block_is_drawn_in_place(void **state)
{
    (void)state;
    char *text = NULL;
    size_t len = 0;
    FILE *file = open_memstream(&text, &len);
    struct progress progress = {.stream = file,
                                .term = {.tty = true, .redraw = true, .width = 40}};
    hone_sweep_observer observer;
    hone_progress_observe(&progress, &observer);
    hone_progress state_now = {.planned = UINT64_MAX,
                               .counts = {[HONE_STATUS_COMPLETED] = 5},
                               .left_s = NAN,
                               .objective = "loss",
                               .best = 3,
                               .best_objective = 0.5,
                               .best_se = NAN,
                               .best_params = "a=1 b=2 c=3 d=4 e=5 f=6 g=7 h=8"};
    observer.progress(observer.arg, &state_now);
    observer.progress(observer.arg, &state_now);
    hone_progress_clear(&progress);
    fclose(file);
    static const char expected[] =
        "5\033[K\nbest loss 0.5 (trial 3)  a=1 b=2 c=3 d=\033[K\n\033[J"
        "\r\033[2A5\033[K\nbest loss 0.5 (trial 3)  a=1 b=2 c=3 d=\033[K\n\033[J"
        "\r\033[2A\033[J";
    assert_string_equal(text, expected);
    free(text);
}

static void the_nearest_line_wins(void **state)
{
    (void)state;
    static const struct {
        const char *name, *line;
        int score;
    } cases[] = {{"val_loss", "val_loss: 0.3", 4},
                 {"val_loss", "Val Loss is 0.3", 3},
                 {"val_loss", "loss 0.3", 2},
                 {"val_loss", "val 0.3", 1},
                 {"val_loss", "val_loss: none", 0},
                 {"val_loss", "epoch 3", 0},
                 {"a", "a=1", 4},
                 {"", "a=1", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(
            hone_line_score(cases[i].name, cases[i].line, strlen(cases[i].line)),
            cases[i].score);
    }
}

static void findings_are_gathered(void **state)
{
    (void)state;
    struct findings findings = {.n = 0};
    static const double values[] = {3, NAN, 1, 2};
    for (int i = 0; i < 4; i++) {
        hone_metric metric = {.name = "loss!",
                              .name_len = 4,
                              .has_step = true,
                              .step = i,
                              .value = values[i]};
        hone_found_metric(&findings, &metric);
        metric.name = i % 2 == 0 ? "acc" : "zeta";
        metric.name_len = (uint32_t)strlen(metric.name);
        metric.has_step = false;
        hone_found_metric(&findings, &metric);
    }
    assert_int_equal(findings.n, 3);
    assert_string_equal(findings.items[0].name, "acc");
    assert_string_equal(findings.items[2].name, "zeta");
    const struct found *loss = hone_found_find(&findings, "loss");
    assert_non_null(loss);
    assert_int_equal(loss->n, 4);
    assert_true(loss->first == 3 && loss->last == 2 && loss->min == 1 && loss->max == 3);
    assert_true(loss->has_step && loss->first_step == 0 && loss->last_step == 3);
    assert_null(hone_found_find(&findings, "los"));
    assert_false(hone_found_find(&findings, "acc")->has_step);
    hone_found_release(&findings);
}

int main(void)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_are_aligned_by_width),
        cmocka_unit_test(terminals_obey_nothing),
        cmocka_unit_test(widths),
        cmocka_unit_test(people_read_numbers),
        cmocka_unit_test(words_are_quoted_for_a_shell),
        cmocka_unit_test_setup_teardown(files_are_written_whole_or_not_at_all,
                                        make_folder, remove_folder),
        cmocka_unit_test(a_full_disk_is_no_success),
        cmocka_unit_test(statuses_of_errors),
        cmocka_unit_test(progress_is_plain_lines_without_a_terminal),
        cmocka_unit_test(the_block_is_drawn_in_place),
        cmocka_unit_test(the_nearest_line_wins),
        cmocka_unit_test(findings_are_gathered)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
