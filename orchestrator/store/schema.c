#include "store/schema.h"

#include <sqlite3.h>
#include <stdio.h>

#include "base/banned.h"

/* Why the tables are as they are (docs/schema.md describes every column):
 *
 * - trial.id is sweep.id << 40 | number: the trials of a sweep are one range of the
 * primary key, and no second index has to be kept up.
 * - What changes while a trial runs (trial, attempt) is apart from what never does
 * (launch: arguments and environment), so that an update rewrites few bytes.
 * - transition and point share one counter, so that all that happened in a sweep has one
 *   order. It lies beside the number of the last batch: one page written for both.
 * - Words are text: the file is read by people, and a renumbered enum must not matter. */
static const char version_1[] =
    "CREATE TABLE sweep ("
    " id INTEGER PRIMARY KEY,"
    " uid TEXT NOT NULL UNIQUE,"
    " name TEXT NOT NULL UNIQUE,"
    " spec_path TEXT NOT NULL,"
    " digest TEXT NOT NULL,"
    " method TEXT NOT NULL,"
    " objective TEXT,"
    " maximize INTEGER NOT NULL CHECK (maximize IN (0, 1)),"
    " state TEXT NOT NULL,"
    " state_reason TEXT,"
    " planned INTEGER,"
    " seed INTEGER NOT NULL,"
    " created_at INTEGER NOT NULL,"
    " used INTEGER NOT NULL,"
    " spec TEXT NOT NULL"
    ") STRICT;"

    "CREATE TABLE progress ("
    " sweep INTEGER PRIMARY KEY REFERENCES sweep (id) ON DELETE CASCADE,"
    " batch INTEGER NOT NULL,"
    " sequence INTEGER NOT NULL"
    ") STRICT;"

    "CREATE TABLE param ("
    " id INTEGER PRIMARY KEY,"
    " sweep INTEGER NOT NULL REFERENCES sweep (id) ON DELETE CASCADE,"
    " position INTEGER NOT NULL,"
    " name TEXT NOT NULL,"
    " path TEXT NOT NULL,"
    " distribution TEXT NOT NULL,"
    " UNIQUE (sweep, path)"
    ") STRICT;"

    "CREATE TABLE trial ("
    " id INTEGER PRIMARY KEY,"
    " sweep INTEGER NOT NULL REFERENCES sweep (id) ON DELETE CASCADE,"
    " number INTEGER NOT NULL GENERATED ALWAYS AS (id & 1099511627775) VIRTUAL,"
    " status TEXT NOT NULL,"
    " reason TEXT NOT NULL DEFAULT '',"
    " detail TEXT,"
    " attempts INTEGER NOT NULL DEFAULT 0,"
    " scored INTEGER NOT NULL DEFAULT 0,"
    " objective REAL,"
    " seed INTEGER NOT NULL,"
    " identity BLOB NOT NULL,"
    " rerun_of INTEGER,"
    " created_at INTEGER NOT NULL,"
    " CHECK (id >> 40 = sweep)"
    ") STRICT;"

    "CREATE TABLE setting ("
    " trial INTEGER NOT NULL REFERENCES trial (id) ON DELETE CASCADE,"
    " param INTEGER NOT NULL REFERENCES param (id),"
    " kind TEXT NOT NULL,"
    " value ANY,"
    " spelling TEXT,"
    " PRIMARY KEY (trial, param)"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE launch ("
    " id INTEGER PRIMARY KEY,"
    " args TEXT NOT NULL,"
    " env TEXT NOT NULL,"
    " workdir TEXT"
    ") STRICT;"

    "CREATE TABLE attempt ("
    " trial INTEGER NOT NULL REFERENCES trial (id) ON DELETE CASCADE,"
    " number INTEGER NOT NULL,"
    " slot INTEGER NOT NULL,"
    " launch INTEGER NOT NULL,"
    " host TEXT,"
    " pid INTEGER,"
    " started_at INTEGER,"
    " ended_at INTEGER,"
    " reason TEXT,"
    " exit_code INTEGER,"
    " signal INTEGER,"
    " duration REAL,"
    " cpu_time REAL,"
    " max_rss INTEGER,"
    " stdout_start INTEGER NOT NULL DEFAULT 0,"
    " stdout_end INTEGER,"
    " stdout_own INTEGER NOT NULL DEFAULT 0,"
    " stdout_read INTEGER NOT NULL DEFAULT 0,"
    " stderr_start INTEGER NOT NULL DEFAULT 0,"
    " stderr_end INTEGER,"
    " stderr_own INTEGER NOT NULL DEFAULT 0,"
    " stderr_read INTEGER NOT NULL DEFAULT 0,"
    " metrics_read INTEGER NOT NULL DEFAULT 0,"
    " PRIMARY KEY (trial, number)"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE metric ("
    " id INTEGER PRIMARY KEY,"
    " name TEXT NOT NULL UNIQUE"
    ") STRICT;"

    "CREATE TABLE point ("
    " trial INTEGER NOT NULL,"
    " attempt INTEGER NOT NULL,"
    " metric INTEGER NOT NULL,"
    " seq INTEGER NOT NULL,"
    " step REAL,"
    " value REAL,"
    " time INTEGER NOT NULL,"
    " PRIMARY KEY (trial, attempt, metric, seq)"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE result ("
    " trial INTEGER NOT NULL REFERENCES trial (id) ON DELETE CASCADE,"
    " metric INTEGER NOT NULL REFERENCES metric (id),"
    " value REAL,"
    " n INTEGER NOT NULL,"
    " PRIMARY KEY (trial, metric)"
    ") STRICT, WITHOUT ROWID;"

    "CREATE TABLE transition ("
    " trial INTEGER NOT NULL REFERENCES trial (id) ON DELETE CASCADE,"
    " seq INTEGER NOT NULL,"
    " time INTEGER NOT NULL,"
    " from_status TEXT,"
    " to_status TEXT NOT NULL,"
    " reason TEXT NOT NULL,"
    " attempt INTEGER NOT NULL,"
    " PRIMARY KEY (trial, seq)"
    ") STRICT, WITHOUT ROWID;"

#define ISO(column)                                                                      \
    "strftime('%Y-%m-%dT%H:%M:%S', " column " / 1000000, 'unixepoch')"                   \
    " || printf('.%06dZ', " column " % 1000000)"
#define OF_SWEEP " BETWEEN s.id << 40 AND (s.id << 40) + 1099511627775"

    "CREATE VIEW trials AS SELECT s.name AS sweep, t.number AS number, t.status AS "
    "status,"
    " t.reason AS reason, t.detail AS detail, t.objective AS objective,"
    " t.scored = 1 AND t.objective IS NULL AS objective_is_nan, t.attempts AS attempts,"
    " a.exit_code AS exit_code, a.signal AS signal,"
    " " ISO(
        "t.created_at") " AS created_at,"
                        " " ISO(
                            "a.started_at") " AS started_at,"
                                            " " ISO(
                                                "a.ended_at") " AS ended_at,"
                                                              " a.duration AS duration, "
                                                              "a.cpu_time AS cpu_time, "
                                                              "a.max_rss AS max_rss,"
                                                              " a.host AS host, a.pid AS "
                                                              "pid, t.seed AS seed, "
                                                              "t.rerun_of AS rerun_of"
                                                              " FROM sweep s JOIN trial "
                                                              "t ON t.id" OF_SWEEP
                                                              " LEFT JOIN attempt a ON "
                                                              "a.trial = t.id AND "
                                                              "a.number = t.attempts;"

                                                              "CREATE VIEW params AS "
                                                              "SELECT s.name AS sweep, "
                                                              "v.trial & 1099511627775 "
                                                              "AS number,"
                                                              " p.name AS name, v.value "
                                                              "AS value, v.kind AS kind,"
                                                              " coalesce(CASE WHEN "
                                                              "v.kind IN ('int', 'real') "
                                                              "THEN v.spelling END,"
                                                              " CASE v.kind WHEN 'bool' "
                                                              "THEN iif(v.value, 'true', "
                                                              "'false')"
                                                              " WHEN 'null' THEN 'null' "
                                                              "ELSE CAST(v.value AS "
                                                              "TEXT) END) AS text,"
                                                              " p.position AS position"
                                                              " FROM sweep s JOIN "
                                                              "setting v ON "
                                                              "v.trial" OF_SWEEP
                                                              " JOIN param p ON p.id = "
                                                              "v.param;"

                                                              "CREATE VIEW metrics AS "
                                                              "SELECT s.name AS sweep, "
                                                              "v.trial & 1099511627775 "
                                                              "AS number,"
                                                              " v.attempt AS attempt, "
                                                              "m.name AS name, v.step AS "
                                                              "step, v.value AS value,"
                                                              " v.value IS NULL AS "
                                                              "is_nan, " ISO(
                                                                  "v.time") " AS time, "
                                                                            "v.seq AS seq"
                                                                            " FROM sweep "
                                                                            "s JOIN "
                                                                            "point v ON "
                                                                            "v."
                                                                            "tria"
                                                                            "l" OF_SWEEP
                                                                            " JOIN "
                                                                            "metric m ON "
                                                                            "m.id = "
                                                                            "v.metric;"

                                                                            "CREATE VIEW "
                                                                            "results AS "
                                                                            "SELECT "
                                                                            "s.name AS "
                                                                            "sweep, "
                                                                            "v.trial & "
                                                                            "109951162777"
                                                                            "5 AS number,"
                                                                            " m.name AS "
                                                                            "name, "
                                                                            "v.value AS "
                                                                            "value, "
                                                                            "v.value IS "
                                                                            "NULL AS "
                                                                            "is_nan, v.n "
                                                                            "AS points"
                                                                            " FROM sweep "
                                                                            "s JOIN "
                                                                            "result v ON "
                                                                            "v."
                                                                            "tria"
                                                                            "l" OF_SWEEP
                                                                            " JOIN "
                                                                            "metric m ON "
                                                                            "m.id = "
                                                                            "v.metric;";

/* What a running attempt was told to end for. */
static const char version_2[] = "ALTER TABLE attempt ADD COLUMN wish TEXT;";

/* Repeats: which one an attempt is of; of one that ended well, that it counts, and the
 * objective that it came to. */
static const char version_3[] =
    "ALTER TABLE attempt ADD COLUMN repeat INTEGER NOT NULL DEFAULT 1;"
    "ALTER TABLE attempt ADD COLUMN scored INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE attempt ADD COLUMN objective REAL;"
    "CREATE VIEW repeats AS SELECT s.name AS sweep, a.trial & 1099511627775 AS number,"
    " a.repeat AS repeat, a.number AS attempt, a.objective AS objective,"
    " a.objective IS NULL AS objective_is_nan"
    " FROM sweep s JOIN attempt a ON a.trial" OF_SWEEP " AND a.scored = 1;";

/* Budgets: the value of fidelity's parameter that an attempt has come to the end of, with
 * the objective that stands beside it. */
static const char version_4[] = "ALTER TABLE attempt ADD COLUMN budget REAL;";

/* Lineage: the trial of the same sweep that a trial began as a copy of. */
static const char version_5[] = "ALTER TABLE trial ADD COLUMN parent INTEGER;";

/* scripts[v] leads from version v to v + 1. */
static const char *const scripts[HONE_SCHEMA_VERSION] = {version_1, version_2, version_3,
                                                         version_4, version_5};

static int refuse_newer(const hone_db *db, int version, hone_error *err)
{
    return hone_error_set(
        err, HONE_ENEWER,
        "%s has schema version %d, this program knows versions up to %d; "
        "use a newer hone",
        db->path, version, HONE_SCHEMA_VERSION);
}

/* Reads what the header says; an empty file counts as version 0 of ours. */
static int read_header(hone_db *db, int *version, hone_error *err)
{
    int64_t application = 0, number = 0, objects = 0;
    int rc = hone_db_number(db, HONE_QUERY_APPLICATION_ID, &application, err);
    if (rc == HONE_OK)
        rc = hone_db_number(db, HONE_QUERY_USER_VERSION, &number, err);
    if (rc == HONE_OK)
        rc = hone_db_number(db, HONE_QUERY_SCHEMA_OBJECTS, &objects, err);
    if (rc != HONE_OK)
        return rc;
    if (application != HONE_APPLICATION_ID && (application != 0 || objects != 0))
        return hone_error_set(
            err, HONE_EDAMAGED,
            "%s is a database of another program; move it away, or give "
            "another folder with --store",
            db->path);
    *version = (int)number;
    return HONE_OK;
}

static int apply_script(hone_db *db, int version, hone_error *err)
{
    char header[96];
    snprintf(header, sizeof header,
             "PRAGMA application_id = %d; PRAGMA user_version = %d;", HONE_APPLICATION_ID,
             version + 1);
    int rc = hone_db_exec(db, scripts[version], err);
    return rc == HONE_OK ? hone_db_exec(db, header, err) : rc;
}

/* One step, unless another process was faster: the version is read under the lock. */
static int migrate_once(hone_db *db, int *version, hone_error *err)
{
    int rc = hone_db_begin(db, err);
    if (rc != HONE_OK)
        return rc;
    rc = read_header(db, version, err);
    if (rc == HONE_OK && *version < HONE_SCHEMA_VERSION)
        rc = apply_script(db, (*version)++, err);
    if (rc == HONE_OK)
        rc = hone_db_commit(db, err);
    if (rc != HONE_OK)
        hone_db_rollback(db);
    return rc;
}

int hone_schema_migrate(hone_db *db, hone_error *err)
{
    int version = 0;
    int rc = read_header(db, &version, err);
    while (rc == HONE_OK && version < HONE_SCHEMA_VERSION)
        rc = migrate_once(db, &version, err);
    if (rc == HONE_OK && version > HONE_SCHEMA_VERSION)
        rc = refuse_newer(db, version, err);
    return rc;
}

int hone_schema_check(hone_db *db, int *version, hone_error *err)
{
    int rc = read_header(db, version, err);
    if (rc != HONE_OK)
        return rc;
    if (*version > HONE_SCHEMA_VERSION)
        return refuse_newer(db, *version, err);
    if (*version == 0)
        return hone_error_set(err, HONE_ENOTFOUND,
                              "%s holds no sweep yet; start one with `hone run SPEC`",
                              db->path);
    /* Older ones are read as they are: no query of a reader asks for what came since. */
    return HONE_OK;
}
