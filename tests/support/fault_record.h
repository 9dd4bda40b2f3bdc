/* What must have come of the sweep in a box (fault_box.h), however it got there: every
 * configuration completed once, every trial started once, every printed number recorded
 * once and in order. */
#ifndef HONE_TESTS_FAULT_RECORD_H
#define HONE_TESTS_FAULT_RECORD_H

#include <sqlite3.h>

#include "fault_box.h"

/* Each trial has run once. */
static inline bool box_check_starts(struct box *box)
{
    char path[512], line[64];
    int n[1000] = {0}, trial, attempt, x;
    snprintf(path, sizeof path, "%s/starts", box->dir);
    FILE *file = fopen(path, "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (sscanf(line, "%d %d %d", &trial, &attempt, &x) == 3 && trial == x &&
            trial > 0 && trial <= box->n_trials)
            n[trial]++;
        else
            box_fail(box, "started wrongly: %s", line);
    }
    if (file != NULL)
        fclose(file);
    for (int i = 1; i <= box->n_trials && box->why[0] == '\0'; i++)
        if (n[i] == 0 || (n[i] > 1 && !box->reruns))
            box_fail(box, "trial %d was started %d times", i, n[i]);
    return box->why[0] == '\0';
}

/* A query that must give exactly the rows that `expect` makes, "a|b|c" each. */
typedef void box_expect_fn(int row, char *text, size_t size);

static inline void box_row_text(sqlite3_stmt *statement, char *text, size_t size)
{
    size_t at = 0;
    for (int i = 0; i < sqlite3_column_count(statement); i++) {
        const char *cell = (const char *)sqlite3_column_text(statement, i);
        int n = snprintf(text + at, size - at, "%s%s", i > 0 ? "|" : "",
                         cell != NULL ? cell : "null");
        at += (size_t)n < size - at ? (size_t)n : size - at - 1;
    }
}

static inline bool box_check_rows(struct box *box, sqlite3 *db, const char *sql, int n,
                                  box_expect_fn *expect)
{
    sqlite3_stmt *statement = NULL;
    char found[256], wanted[256];
    int rc = sqlite3_prepare_v2(db, sql, -1, &statement, NULL), row = 0;
    while (rc == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW) {
        box_row_text(statement, found, sizeof found);
        if (row < n)
            expect(row, wanted, sizeof wanted);
        else
            snprintf(wanted, sizeof wanted, "no more rows");
        row++;
        if (strcmp(found, wanted) == 0)
            continue;
        box_fail(box, "%.300s: row %d is %s, should be %s", sql, row, found, wanted);
        break;
    }
    if (rc != SQLITE_OK || sqlite3_finalize(statement) != SQLITE_OK)
        return box_fail(box, "%.300s: %s", sql, sqlite3_errmsg(db));
    if (box->why[0] == '\0' && row < n)
        box_fail(box, "%.300s: %d rows, should be %d", sql, row, n);
    return box->why[0] == '\0';
}

static inline void box_expect_ok(int row, char *text, size_t size)
{
    (void)row;
    snprintf(text, size, "ok");
}

static inline void box_expect_sweep(int row, char *text, size_t size)
{
    (void)row;
    snprintf(text, size, "box|complete");
}

static inline void box_expect_trial(int row, char *text, size_t size)
{
    snprintf(text, size, "%d|completed|%d.0|%d|0|1", row + 1, row + 1, row + 1);
}

/* By number, name and order of printing. */
static inline void box_expect_point(int row, char *text, size_t size)
{
    int x = row / 8 + 1, i = row % 8;
    static const struct {
        const char *name;
        int step, decimal;
    } points[8] = {{"acc", 1, 5},  {"err", 1, 4},  {"final", 1, 0}, {"loss", 1, 1},
                   {"loss", 2, 2}, {"loss", 3, 3}, {"z_aux", 1, 6}, {"z_aux", 2, 7}};
    snprintf(text, size, "%d|%s|%d.0|%d.%d", x, points[i].name, points[i].step, x,
             points[i].decimal);
}

static inline void box_expect_result(int row, char *text, size_t size)
{
    int x = row / 5 + 1, i = row % 5;
    static const struct {
        const char *name;
        int decimal, n;
    } results[5] = {
        {"acc", 5, 1}, {"err", 4, 1}, {"final", 0, 1}, {"loss", 3, 3}, {"z_aux", 7, 2}};
    snprintf(text, size, "%d|%s|%d.%d|%d", x, results[i].name, x, results[i].decimal,
             results[i].n);
}

/* The same without the file of a rule. */
static inline void box_expect_point_again(int row, char *text, size_t size)
{
    box_expect_point(row / 6 * 8 + row % 6, text, size);
}

static inline void box_expect_result_again(int row, char *text, size_t size)
{
    box_expect_result(row / 4 * 5 + row % 4, text, size);
}

/* Of attempts that were lost some points are there, too. What a lost attempt has left in
 * the file of a rule is read by the next one: that file is not looked at. */
static inline bool box_check_numbers_again(struct box *box, sqlite3 *db)
{
    return box_check_rows(box, db,
                          "SELECT m.number, m.name, m.step, m.value FROM metrics m "
                          "JOIN trials t USING (sweep, number) WHERE m.attempt = "
                          "t.attempts AND m.name <> 'z_aux' "
                          "ORDER BY m.number, m.name, m.seq",
                          6 * box->n_trials, box_expect_point_again) &&
           box_check_rows(box, db,
                          "SELECT number, name, value, points FROM results "
                          "WHERE name <> 'z_aux' ORDER BY 1, 2",
                          4 * box->n_trials, box_expect_result_again);
}

static inline bool box_check_numbers(struct box *box, sqlite3 *db)
{
    return box_check_rows(box, db,
                          "SELECT number, name, step, value FROM metrics "
                          "ORDER BY number, name, seq",
                          8 * box->n_trials, box_expect_point) &&
           box_check_rows(box, db,
                          "SELECT number, name, value, points FROM results ORDER BY 1, 2",
                          5 * box->n_trials, box_expect_result);
}

static inline bool box_check_record(struct box *box, sqlite3 *db)
{
    return box_check_rows(box, db, "PRAGMA integrity_check", 1, box_expect_ok) &&
           box_check_rows(box, db, "PRAGMA foreign_key_check", 0, NULL) &&
           box_check_rows(box, db, "SELECT name, state FROM sweep", 1,
                          box_expect_sweep) &&
           box_check_rows(
               box, db,
               "SELECT t.number, t.status, t.objective, p.value, t.exit_code, "
               "(SELECT count(*) FROM transition c WHERE c.to_status = 'completed' AND "
               " c.trial & 1099511627775 = t.number) "
               "FROM trials t JOIN params p USING (sweep, number) ORDER BY 1",
               box->n_trials, box_expect_trial) &&
           (box->reruns ? box_check_numbers_again(box, db) : box_check_numbers(box, db));
}

/* Every configuration has completed, once, with all it has printed. */
static inline bool box_verify(struct box *box)
{
    char path[512];
    int status;
    sqlite3 *db = NULL;
    box->why[0] = '\0';
    if (!box_check_starts(box))
        return false;
    if (!box_hone(box, NULL, &status, "status", "--json", NULL))
        return false;
    if (status != 0 || strstr(box->out, "\"state\":\"complete\"") == NULL)
        return box_fail(box, "status is %d: %.600s", status, box->out);
    snprintf(path, sizeof path, "%s/.hone/hone.db", box->dir);
    bool good = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK;
    good = good ? box_check_record(box, db) : box_fail(box, "%s", sqlite3_errmsg(db));
    sqlite3_close(db);
    return good;
}

#endif
