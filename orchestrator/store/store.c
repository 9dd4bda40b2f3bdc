/* The record, read: opening, sweeps, and the check of the whole. Trials are in
 * read_trials.c, what belongs to one trial in read_parts.c. */
#include <hone/store.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/paths.h"
#include "store/schema.h"
#include "store/store_state.h"

#include "base/banned.h"

enum { NAMES_MAX = 256 << 20, LISTED_NAMES = 10 };

/* Whether there is a database at all; a store without one is a store not found. */
static int look_for(const char *dir, hone_error *err)
{
    struct stat info;
    char *path = hone_path_in(dir, "hone.db");
    if (path == NULL)
        return hone_error_set(err, HONE_ENOMEM, "out of memory");
    int rc = HONE_OK;
    if (stat(path, &info) != 0 && (errno == ENOENT || errno == ENOTDIR))
        rc = hone_error_set(
            err, HONE_ENOTFOUND,
            "there is no store at %s; `hone run SPEC` makes one, --store DIR "
            "names another",
            dir);
    else if (access(path, R_OK) != 0)
        rc = hone_store_fail(path, "read", errno, err);
    free(path);
    return rc;
}

static int open_store(hone_store *store, const char *dir, hone_error *err)
{
    int rc = look_for(dir, err);
    if (rc != HONE_OK)
        return rc;
    store->dir = realpath(dir, NULL);
    if (store->dir == NULL)
        return hone_store_fail(dir, "find", errno, err);
    rc = hone_db_open_reader(&store->db, store->dir, err);
    return rc == HONE_OK ? hone_schema_check(&store->db, &store->version, err) : rc;
}

int hone_store_open(const char *dir, hone_store **out, hone_error *err)
{
    *out = NULL;
    hone_store *store = calloc(1, sizeof *store);
    if (store == NULL)
        return hone_error_set(err, HONE_ENOMEM, "out of memory");
    store->db.lock_fd = -1;
    hone_arena_init(&store->metrics.arena, NAMES_MAX);
    int rc = open_store(store, dir, err);
    if (rc != HONE_OK)
        hone_store_close(store);
    else
        *out = store;
    return rc;
}

void hone_store_close(hone_store *store)
{
    if (store == NULL)
        return;
    hone_db_close(&store->db);
    hone_sweep_reading_release(&store->reading);
    hone_arena_release(&store->metrics.arena);
    free(store->metrics.names);
    free(store->dir);
    free(store);
}

/* ---- sweeps ---- */

int hone_store_sweeps(hone_store *store, hone_sweep_fn visit, void *arg, hone_error *err)
{
    int64_t id = 0;
    for (;;) {
        hone_row row = hone_row_begin(&store->db, HONE_QUERY_SWEEPS);
        hone_row_int(&row, id);
        bool more = hone_row_next(&row);
        if (more)
            id = hone_row_get_int(&row, 0, 0);
        int rc = hone_row_done(&row);
        if (rc != SQLITE_OK)
            return hone_db_fail(&store->db, rc, err);
        if (!more)
            return HONE_OK;
        rc = hone_sweep_info_read(&store->db, store->dir, id, &store->reading, err);
        if (rc == HONE_OK)
            rc = visit(arg, &store->reading.info);
        if (rc != HONE_OK)
            return rc;
    }
}

static int fail_unknown(hone_store *store, const char *name, hone_error *err)
{
    hone_buf names;
    hone_buf_init(&names, 300);
    hone_row row = hone_row_begin(&store->db, HONE_QUERY_SWEEP_NAMES);
    int n = 0;
    while (hone_row_next(&row) && n <= LISTED_NAMES) {
        const char *text = n < LISTED_NAMES ? hone_row_get_text(&row, 0) : "...";
        hone_buf_printf(&names, n > 0 ? ", %s" : "%s", text != NULL ? text : "");
        n++;
    }
    int rc = hone_row_done(&row);
    if (rc != SQLITE_OK)
        rc = hone_db_fail(&store->db, rc, err);
    else if (n == 0)
        rc = hone_error_set(err, HONE_ENOTFOUND,
                            "%s holds no sweep yet; start one with `hone run SPEC`",
                            store->dir);
    else
        rc = hone_error_set(err, HONE_ENOTFOUND, "there is no sweep %s; there are: %s",
                            name, hone_buf_text(&names));
    hone_buf_release(&names);
    return rc;
}

int hone_store_sweep(hone_store *store, const char *name, const hone_sweep_info **out,
                     hone_error *err)
{
    int64_t id = 0;
    *out = NULL;
    int rc;
    if (name == NULL) {
        rc = hone_sweep_find(&store->db, HONE_QUERY_SWEEP_NEWEST, NULL, &id, err);
    } else {
        rc = hone_sweep_find(&store->db, HONE_QUERY_SWEEP_BY_NAME, name, &id, err);
        if (rc == HONE_OK && id == 0)
            rc = hone_sweep_find(&store->db, HONE_QUERY_SWEEP_BY_UID, name, &id, err);
    }
    if (rc == HONE_OK && id == 0)
        rc = fail_unknown(store, name, err);
    if (rc == HONE_OK)
        rc = hone_sweep_info_read(&store->db, store->dir, id, &store->reading, err);
    if (rc == HONE_OK)
        *out = &store->reading.info;
    return rc;
}

int hone_trial_missing(hone_store *store, int64_t sweep, uint64_t number, hone_error *err)
{
    hone_row row = hone_row_begin(&store->db, HONE_QUERY_SWEEP_NAME);
    hone_row_int(&row, sweep);
    const char *name = hone_row_next(&row) ? hone_row_get_text(&row, 0) : NULL;
    int rc = hone_error_set(err, HONE_ENOTFOUND, "sweep %s has no trial %llu",
                            name != NULL ? name : "?", (unsigned long long)number);
    int code = hone_row_done(&row);
    return code == SQLITE_OK ? rc : hone_db_fail(&store->db, code, err);
}

int64_t hone_trial_asked(int64_t sweep, uint64_t number)
{
    return number >> HONE_TRIAL_BITS == 0 ? hone_trials_first(sweep) + (int64_t)number
                                          : 0;
}

/* ---- metric names ---- */

static int grow_names(hone_metric_names *metrics, size_t id)
{
    size_t n = metrics->n > 0 ? metrics->n : 64;
    while (n <= id)
        n *= 2;
    const char **names = realloc(metrics->names, n * sizeof *names);
    if (names == NULL)
        return HONE_ENOMEM;
    memset(names + metrics->n, 0, (n - metrics->n) * sizeof *names);
    metrics->names = names;
    metrics->n = n;
    return HONE_OK;
}

int hone_metric_name(hone_store *store, int64_t id, const char **name, hone_error *err)
{
    hone_metric_names *metrics = &store->metrics;
    *name = NULL;
    if (id <= 0 || id > INT32_MAX)
        return hone_error_set(err, HONE_EDAMAGED,
                              "%s is damaged: metric %lld has no name", store->db.path,
                              (long long)id);
    if ((size_t)id >= metrics->n && grow_names(metrics, (size_t)id) != HONE_OK)
        return hone_error_set(err, HONE_ENOMEM, "out of memory");
    if (metrics->names[id] == NULL) {
        bool failed = false;
        hone_row row = hone_row_begin(&store->db, HONE_QUERY_METRIC_NAME);
        hone_row_int(&row, id);
        if (hone_row_next(&row))
            metrics->names[id] = hone_row_copy_text(&row, 0, &metrics->arena, &failed);
        int rc = hone_row_done(&row);
        if (rc != SQLITE_OK)
            return hone_db_fail(&store->db, rc, err);
        if (failed)
            return hone_error_set(err, HONE_ENOMEM, "out of memory");
    }
    *name = metrics->names[id] != NULL ? metrics->names[id] : "?";
    return HONE_OK;
}

/* ---- the check ---- */

static int check_integrity(hone_store *store, hone_error *err)
{
    int result = HONE_OK;
    hone_row row = hone_row_begin(&store->db, HONE_QUERY_INTEGRITY);
    if (hone_row_next(&row)) {
        const char *finding = hone_row_get_text(&row, 0);
        if (finding == NULL || strcmp(finding, "ok") != 0)
            result = hone_error_set(err, HONE_EDAMAGED,
                                    "%s is damaged: %s; restore it from a copy",
                                    store->db.path, finding != NULL ? finding : "?");
    }
    int rc = hone_row_done(&row);
    return rc == SQLITE_OK ? result : hone_db_fail(&store->db, rc, err);
}

static int check_references(hone_store *store, hone_error *err)
{
    int result = HONE_OK;
    hone_row row = hone_row_begin(&store->db, HONE_QUERY_FOREIGN_KEYS);
    if (hone_row_next(&row)) {
        const char *from = hone_row_get_text(&row, 0), *to = hone_row_get_text(&row, 2);
        result = hone_error_set(
            err, HONE_EDAMAGED,
            "%s is damaged: a row of %s belongs to no row of %s; restore "
            "it from a copy",
            store->db.path, from != NULL ? from : "?", to != NULL ? to : "?");
    }
    int rc = hone_row_done(&row);
    return rc == SQLITE_OK ? result : hone_db_fail(&store->db, rc, err);
}

static const char *journal_name(const char *text)
{
    static const char *const names[] = {"wal", "truncate", "delete", "persist", "memory"};
    for (size_t i = 0; text != NULL && i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i], text) == 0)
            return names[i];
    return "other";
}

int hone_store_check(hone_store *store, int *schema, const char **journal,
                     hone_error *err)
{
    int version = 0;
    int rc = hone_schema_check(&store->db, &version, err);
    if (schema != NULL)
        *schema = version;
    hone_row row = hone_row_begin(&store->db, HONE_QUERY_JOURNAL_MODE);
    const char *mode = hone_row_next(&row) ? hone_row_get_text(&row, 0) : NULL;
    if (journal != NULL)
        *journal = journal_name(mode);
    int code = hone_row_done(&row);
    if (rc == HONE_OK && code != SQLITE_OK)
        rc = hone_db_fail(&store->db, code, err);
    if (rc == HONE_OK)
        rc = check_integrity(store, err);
    return rc == HONE_OK ? check_references(store, err) : rc;
}
