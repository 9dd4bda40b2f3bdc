/* Databases of other versions, of other programs, and of no program at all. */
#include "store_fixture.h"

#include <sqlite3.h>
#include <sys/stat.h>

#include "store/schema.h"

static void run_sql(const char *dir, const char *sql)
{
    char path[256];
    sqlite3 *db = NULL;
    snprintf(path, sizeof path, "%s/hone.db", dir);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    char *text = NULL;
    if (sqlite3_exec(db, sql, NULL, NULL, &text) != SQLITE_OK)
        fail_msg("%s", text);
    sqlite3_close(db);
}

static int64_t ask_sql(const char *dir, const char *sql)
{
    char path[256];
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    snprintf(path, sizeof path, "%s/hone.db", dir);
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int64_t answer = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return answer;
}

static void write_file(const char *dir, const char *bytes, size_t len)
{
    char path[256];
    assert_int_equal(mkdir(dir, 0777), 0);
    snprintf(path, sizeof path, "%s/hone.db", dir);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static int count_trial(void *arg, const hone_trial_info *trial)
{
    (void)trial;
    ++*(int *)arg;
    return 0;
}

/* Both ways in refuse it with the same code, and name the file. */
static void assert_refused(const char *dir, int code, const char *words)
{
    hone_writer *writer = NULL;
    hone_store *store = NULL;
    hone_error err = {0};
    assert_int_equal(hone_writer_open(dir, &writer, &err), code);
    assert_null(writer);
    assert_non_null(strstr(err.text, "hone.db"));
    assert_non_null(strstr(err.text, words));
    err = (hone_error){0};
    assert_int_equal(hone_store_open(dir, &store, &err), code);
    assert_null(store);
    assert_non_null(strstr(err.text, words));
    assert_null(strchr(err.text, '\n'));
}

static void test_new_database(void **unused)
{
    (void)unused;
    char *dir = fixture_dir();
    hone_spec spec = fixture_spec();
    hone_writer_close(fixture_open(dir, &spec));
    assert_int_equal(ask_sql(dir, "PRAGMA user_version"), HONE_SCHEMA_VERSION);
    assert_int_equal(ask_sql(dir, "PRAGMA application_id"), 0x686f6e65);
    assert_int_equal(ask_sql(dir, "SELECT count(*) FROM pragma_table_list WHERE schema = "
                                  "'main' AND type = 'table' AND strict = 0"
                                  " AND name NOT LIKE 'sqlite_%'"),
                     0);
    hone_writer_close(fixture_open(dir, &spec)); /* and again: nothing to do */
    fixture_remove(dir);
}

static void test_empty_file_becomes_ours(void **unused)
{
    (void)unused;
    char *dir = fixture_dir();
    hone_store *store = NULL;
    hone_error err = {0};
    write_file(dir, "", 0);
    assert_int_equal(hone_store_open(dir, &store, &err), HONE_ENOTFOUND);
    hone_spec spec = fixture_spec();
    hone_writer_close(fixture_open(dir, &spec));
    assert_int_equal(ask_sql(dir, "PRAGMA user_version"), HONE_SCHEMA_VERSION);
    fixture_remove(dir);
}

static void test_newer_version_is_refused(void **unused)
{
    (void)unused;
    char *dir = fixture_dir(), words[64];
    hone_spec spec = fixture_spec();
    hone_writer_close(fixture_open(dir, &spec));
    run_sql(dir, "PRAGMA user_version = 99");
    assert_refused(dir, HONE_ENEWER, "version 99");
    snprintf(words, sizeof words, "up to %d", HONE_SCHEMA_VERSION);
    assert_refused(dir, HONE_ENEWER, words);
    assert_refused(dir, HONE_ENEWER, "use a newer hone");
    assert_int_equal(ask_sql(dir, "PRAGMA user_version"), 99);
    fixture_remove(dir);
}

static void test_foreign_database_is_refused(void **unused)
{
    (void)unused;
    char *dir = fixture_dir();
    write_file(dir, "", 0);
    run_sql(dir, "CREATE TABLE theirs (x)");
    assert_refused(dir, HONE_EDAMAGED, "another program");
    assert_int_equal(ask_sql(dir, "SELECT count(*) FROM sqlite_schema"), 1);
    fixture_remove(dir);
}

static void test_garbage_is_refused(void **unused)
{
    (void)unused;
    char *dir = fixture_dir(), garbage[8192];
    for (size_t i = 0; i < sizeof garbage; i++)
        garbage[i] = (char)(i * 7 + 1);
    write_file(dir, garbage, sizeof garbage);
    assert_refused(dir, HONE_EDAMAGED, "not a database");
    fixture_remove(dir);
}

/* A page in the middle overwritten: the check finds it, reading ends in one clear line.
 */
static void test_damage_is_told(void **unused)
{
    (void)unused;
    char *dir = fixture_dir(), path[256], garbage[4096];
    hone_spec spec = fixture_spec();
    hone_writer *writer = fixture_open(dir, &spec);
    fixture_start(writer, (hone_writer_events){0});
    for (uint64_t i = 1; i <= 2000; i++)
        fixture_run_trial(writer, i, 1);
    hone_writer_close(writer);
    int64_t pages = ask_sql(dir, "PRAGMA page_count");
    assert_true(pages > 60);
    snprintf(path, sizeof path, "%s/hone.db", dir);
    FILE *file = fopen(path, "r+");
    assert_non_null(file);
    memset(garbage, 0xA5, sizeof garbage);
    for (long page = 40; page < 60; page++) {
        assert_int_equal(fseek(file, page * 4096, SEEK_SET), 0);
        assert_int_equal(fwrite(garbage, 1, sizeof garbage, file), sizeof garbage);
    }
    assert_int_equal(fclose(file), 0);
    hone_store *store = fixture_read(dir);
    hone_error err = {0};
    assert_int_equal(hone_store_check(store, NULL, NULL, &err), HONE_EDAMAGED);
    assert_non_null(strstr(err.text, "damaged"));
    assert_null(strchr(err.text, '\n'));
    int n = 0;
    assert_int_equal(hone_store_trials(store, 1, 0, count_trial, &n, &err),
                     HONE_EDAMAGED);
    assert_true(n < 2000);
    hone_store_close(store);
    fixture_remove(dir);
}

/* What version 5 has added. */
static void drop_parents(const char *dir)
{
    run_sql(dir, "ALTER TABLE trial DROP COLUMN parent; PRAGMA user_version = 4");
}

/* What version 4 has added, and those after it. */
static void drop_budgets(const char *dir)
{
    drop_parents(dir);
    run_sql(dir, "ALTER TABLE attempt DROP COLUMN budget; PRAGMA user_version = 3");
}

/* What version 3 has added, and those after it. */
static void drop_repeats(const char *dir)
{
    drop_budgets(dir);
    run_sql(dir, "DROP VIEW repeats; ALTER TABLE attempt DROP COLUMN repeat;"
                 "ALTER TABLE attempt DROP COLUMN scored;"
                 "ALTER TABLE attempt DROP COLUMN objective; PRAGMA user_version = 2");
}

static int check_old_attempt(void *arg, const hone_attempt_info *attempt)
{
    assert_int_equal(attempt->repeat, 1);
    assert_false(attempt->scored);
    ++*(int *)arg;
    return 0;
}

static int check_old_trial(void *arg, const hone_trial_info *trial)
{
    assert_int_equal(trial->n_scores, 0);
    assert_int_equal(hone_trial_repeats(trial), 1);
    ++*(int *)arg;
    return 0;
}

/* One without repeats is read as it is, and keeps its attempts as first repeats. */
static void test_second_version_is_migrated(void **unused)
{
    (void)unused;
    char *dir = fixture_dir();
    hone_spec spec = fixture_spec();
    hone_writer *writer = fixture_open(dir, &spec);
    fixture_start(writer, (hone_writer_events){0});
    fixture_run_trial(writer, 1, 0.5);
    hone_writer_close(writer);
    drop_repeats(dir);
    run_sql(dir, "UPDATE attempt SET number = 2; UPDATE trial SET attempts = 2");
    hone_error err = {0};
    int n = 0;
    hone_store *store = fixture_read(dir);
    assert_int_equal(hone_store_trials(store, 1, 0, check_old_trial, &n, &err), HONE_OK);
    assert_int_equal(hone_store_attempts(store, 1, 1, check_old_attempt, &n, &err),
                     HONE_OK);
    assert_int_equal(n, 2);
    hone_store_close(store);
    hone_writer_close(fixture_open(dir, &spec));
    assert_int_equal(ask_sql(dir, "PRAGMA user_version"), HONE_SCHEMA_VERSION);
    assert_int_equal(ask_sql(dir, "SELECT count(*) FROM attempt WHERE repeat = 1 AND"
                                  " scored = 0 AND objective IS NULL"),
                     1);
    assert_int_equal(ask_sql(dir, "SELECT count(*) FROM repeats"), 0);
    store = fixture_read(dir);
    assert_int_equal(hone_store_trials(store, 1, 0, check_old_trial, &n, &err), HONE_OK);
    hone_store_close(store);
    fixture_remove(dir);
}

static int check_unbudgeted(void *arg, const hone_attempt_info *attempt)
{
    assert_true(attempt->budget == 0);
    ++*(int *)arg;
    return 0;
}

/* One without budgets is read as it is, and gets them. */
static void test_third_version_is_migrated(void **unused)
{
    (void)unused;
    char *dir = fixture_dir();
    hone_spec spec = fixture_spec();
    hone_writer *writer = fixture_open(dir, &spec);
    fixture_start(writer, (hone_writer_events){0});
    fixture_run_trial(writer, 1, 0.5);
    hone_writer_close(writer);
    drop_budgets(dir);
    hone_error err = {0};
    int n = 0;
    hone_store *store = fixture_read(dir);
    assert_int_equal(hone_store_attempts(store, 1, 1, check_unbudgeted, &n, &err),
                     HONE_OK);
    hone_store_close(store);
    hone_writer_close(fixture_open(dir, &spec));
    assert_int_equal(ask_sql(dir, "PRAGMA user_version"), HONE_SCHEMA_VERSION);
    assert_int_equal(ask_sql(dir, "SELECT count(*) FROM attempt WHERE budget IS NULL"),
                     1);
    store = fixture_read(dir);
    assert_int_equal(hone_store_attempts(store, 1, 1, check_unbudgeted, &n, &err),
                     HONE_OK);
    assert_int_equal(n, 2);
    hone_store_close(store);
    fixture_remove(dir);
}

static int check_parentless(void *arg, const hone_trial_info *trial)
{
    assert_int_equal(trial->parent, 0);
    ++*(int *)arg;
    return 0;
}

/* One without lineage is read as it is, and gets it. */
static void test_fourth_version_is_migrated(void **unused)
{
    (void)unused;
    char *dir = fixture_dir();
    hone_spec spec = fixture_spec();
    hone_writer *writer = fixture_open(dir, &spec);
    fixture_start(writer, (hone_writer_events){0});
    fixture_run_trial(writer, 1, 0.5);
    hone_writer_close(writer);
    drop_parents(dir);
    hone_error err = {0};
    int n = 0;
    hone_store *store = fixture_read(dir);
    assert_int_equal(hone_store_trials(store, 1, 0, check_parentless, &n, &err), HONE_OK);
    hone_store_close(store);
    hone_writer_close(fixture_open(dir, &spec));
    assert_int_equal(ask_sql(dir, "PRAGMA user_version"), HONE_SCHEMA_VERSION);
    assert_int_equal(ask_sql(dir, "SELECT count(*) FROM trial WHERE parent IS NULL"), 1);
    store = fixture_read(dir);
    assert_int_equal(hone_store_trials(store, 1, 0, check_parentless, &n, &err), HONE_OK);
    assert_int_equal(n, 2);
    hone_store_close(store);
    fixture_remove(dir);
}

/* A store of the first version keeps its rows and gets what has come since. */
static void test_first_version_is_migrated(void **unused)
{
    (void)unused;
    char *dir = fixture_dir();
    hone_spec spec = fixture_spec();
    hone_writer *writer = fixture_open(dir, &spec);
    fixture_start(writer, (hone_writer_events){0});
    fixture_run_trial(writer, 1, 0.5);
    hone_writer_close(writer);
    drop_repeats(dir);
    run_sql(dir, "ALTER TABLE attempt DROP COLUMN wish; PRAGMA user_version = 1");
    assert_int_equal(ask_sql(dir, "PRAGMA user_version"), 1);
    hone_error err = {0};
    int n = 0;
    hone_store *store = fixture_read(dir); /* readers take it as it is */
    assert_int_equal(hone_store_trials(store, 1, 0, count_trial, &n, &err), HONE_OK);
    assert_int_equal(n, 1);
    hone_store_close(store);
    hone_writer_close(fixture_open(dir, &spec));
    assert_int_equal(ask_sql(dir, "PRAGMA user_version"), HONE_SCHEMA_VERSION);
    assert_int_equal(
        ask_sql(dir, "SELECT count(*) FROM attempt WHERE wish IS NULL AND pid = 4242"),
        1);
    fixture_remove(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_new_database),
        cmocka_unit_test(test_empty_file_becomes_ours),
        cmocka_unit_test(test_first_version_is_migrated),
        cmocka_unit_test(test_second_version_is_migrated),
        cmocka_unit_test(test_third_version_is_migrated),
        cmocka_unit_test(test_fourth_version_is_migrated),
        cmocka_unit_test(test_newer_version_is_refused),
        cmocka_unit_test(test_foreign_database_is_refused),
        cmocka_unit_test(test_garbage_is_refused),
        cmocka_unit_test(test_damage_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
