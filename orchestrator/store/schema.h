/* The schema of the record: its version, and how an older database becomes a newer one.
 */
#ifndef HONE_STORE_SCHEMA_H
#define HONE_STORE_SCHEMA_H

#include "store/db.h"

enum {
    HONE_SCHEMA_VERSION = 5,
    HONE_REPEATS_VERSION = 3,         /* attempts know their repeat from here on */
    HONE_BUDGET_VERSION = 4,          /* and their budget */
    HONE_PARENT_VERSION = 5,          /* trials know what they are copies of */
    HONE_APPLICATION_ID = 0x686f6e65, /* "hone": what `file` prints */
    HONE_TRIAL_BITS = 40              /* trial.id = sweep.id << 40 | number */
};

/* Brings the database up to HONE_SCHEMA_VERSION, each step in one transaction with its
 * version number. Errors: HONE_ENEWER with both numbers, HONE_EDAMAGED where the file is
 * a database of something else. */
HONE_MUST_CHECK int hone_schema_migrate(hone_db *db, hone_error *err);

/* Whether a reader understands the database: the same errors, and HONE_ESTORE where an
 * older schema waits for an orchestrator to migrate it. */
HONE_MUST_CHECK int hone_schema_check(hone_db *db, int *version, hone_error *err);

#endif
