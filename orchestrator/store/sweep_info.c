#include "store/sweep_info.h"

#include <assert.h>
#include <float.h>
#include <stdlib.h>
#include <string.h>

#include "store/lock.h"
#include "store/paths.h"
#include "store/recorder.h"
#include "store/schema.h"

#include "base/banned.h"

enum { READING_MAX = 64 << 20 }; /* bytes of a sweep's texts */

static const char *const states[] = {[HONE_SWEEP_OPEN] = "open",
                                     [HONE_SWEEP_COMPLETE] = "complete",
                                     [HONE_SWEEP_STOPPED] = "stopped"};

const char *hone_sweep_state_text(hone_sweep_state state)
{
    assert((size_t)state < sizeof states / sizeof states[0]);
    return states[state];
}

int64_t hone_trials_first(int64_t sweep)
{
    return hone_trial_id(sweep, 0);
}

int64_t hone_trials_last(int64_t sweep)
{
    return hone_trial_id(sweep, (UINT64_C(1) << HONE_TRIAL_BITS) - 1);
}

static hone_sweep_state find_state(const char *text)
{
    for (size_t i = 0; text != NULL && i < sizeof states / sizeof states[0]; i++)
        if (strcmp(states[i], text) == 0)
            return (hone_sweep_state)i;
    return HONE_SWEEP_OPEN; /* a word of a newer version: nothing that ends a sweep */
}

static int read_row(hone_db *db, int64_t id, hone_sweep_reading *reading, bool *found)
{
    bool failed = false;
    hone_arena *arena = &reading->arena;
    hone_row row = hone_row_begin(db, HONE_QUERY_SWEEP_BY_ID);
    hone_row_int(&row, id);
    *found = hone_row_next(&row);
    if (*found) {
        reading->info = (hone_sweep_info){
            .id = hone_row_get_int(&row, 0, 0),
            .uid = hone_row_copy_text(&row, 1, arena, &failed),
            .name = hone_row_copy_text(&row, 2, arena, &failed),
            .spec_path = hone_row_copy_text(&row, 3, arena, &failed),
            .spec = hone_row_copy_text(&row, 4, arena, &failed),
            .digest = hone_row_copy_text(&row, 5, arena, &failed),
            .method = hone_row_copy_text(&row, 6, arena, &failed),
            .objective = hone_row_copy_text(&row, 7, arena, &failed),
            .maximize = hone_row_get_int(&row, 8, 0) != 0,
            .state = find_state(hone_row_get_text(&row, 9)),
            .state_reason = hone_row_copy_text(&row, 10, arena, &failed),
            .planned = (uint64_t)hone_row_get_int(&row, 11, -1),
            .seed = (uint64_t)hone_row_get_int(&row, 12, 0),
            .created_at = hone_row_get_int(&row, 13, HONE_NO_TIME),
            .first_start = HONE_NO_TIME,
            .last_end = HONE_NO_TIME};
    }
    int rc = hone_row_done(&row);
    return failed ? SQLITE_NOMEM : rc;
}

static int read_counts(hone_db *db, hone_sweep_info *info)
{
    hone_row row = hone_row_begin(db, HONE_QUERY_SWEEP_COUNTS);
    hone_row_int(&row, hone_trials_first(info->id));
    hone_row_int(&row, hone_trials_last(info->id));
    while (hone_row_next(&row)) {
        hone_status status;
        const char *word = hone_row_get_text(&row, 0);
        if (word != NULL && hone_status_find(word, &status))
            info->counts[status] = (uint64_t)hone_row_get_int(&row, 1, 0);
    }
    return hone_row_done(&row);
}

static int read_span(hone_db *db, hone_sweep_info *info)
{
    hone_row row = hone_row_begin(db, HONE_QUERY_SWEEP_SPAN);
    hone_row_int(&row, hone_trials_first(info->id));
    hone_row_int(&row, hone_trials_last(info->id));
    if (hone_row_next(&row)) {
        info->first_start = hone_row_get_int(&row, 0, HONE_NO_TIME);
        info->last_end = hone_row_get_int(&row, 1, HONE_NO_TIME);
        info->busy_s = sqlite3_column_double(row.statement, 2);
    }
    return hone_row_done(&row);
}

static int read_best(hone_db *db, hone_sweep_info *info)
{
    hone_row row =
        hone_row_begin(db, info->maximize ? HONE_QUERY_BEST_HIGH : HONE_QUERY_BEST_LOW);
    hone_row_int(&row, hone_trials_first(info->id));
    hone_row_int(&row, hone_trials_last(info->id));
    hone_row_real(&row, -DBL_MAX);
    hone_row_real(&row, DBL_MAX);
    hone_row_int(&row, 1);
    if (hone_row_next(&row)) {
        info->best =
            (uint64_t)(hone_row_get_int(&row, 0, 0) - hone_trials_first(info->id));
        info->best_objective = hone_row_get_real(&row, 1);
    }
    return hone_row_done(&row);
}

static int read_live(const char *dir, hone_sweep_info *info)
{
    char *path = hone_path_of_sweep(dir, info->uid, "sweep.lock");
    if (path == NULL)
        return SQLITE_NOMEM;
    info->live = hone_lock_held(path);
    free(path);
    return SQLITE_OK;
}

int hone_sweep_info_read(hone_db *db, const char *dir, int64_t id,
                         hone_sweep_reading *reading, hone_error *err)
{
    hone_sweep_reading_release(reading);
    hone_arena_init(&reading->arena, READING_MAX);
    bool found = false;
    int rc = read_row(db, id, reading, &found);
    if (rc == SQLITE_OK && !found)
        return hone_error_set(err, HONE_ENOTFOUND, "%s has no sweep with id %lld",
                              db->path, (long long)id);
    hone_sweep_info *info = &reading->info;
    if (rc == SQLITE_OK)
        rc = read_counts(db, info);
    if (rc == SQLITE_OK)
        rc = read_span(db, info);
    if (rc == SQLITE_OK)
        rc = read_best(db, info);
    if (rc == SQLITE_OK)
        rc = read_live(dir, info);
    return rc == SQLITE_OK ? HONE_OK : hone_db_fail(db, rc, err);
}

void hone_sweep_reading_release(hone_sweep_reading *reading)
{
    hone_arena_release(&reading->arena);
    *reading = (hone_sweep_reading){0};
}

int hone_sweep_find(hone_db *db, hone_query query, const char *text, int64_t *id,
                    hone_error *err)
{
    *id = 0;
    hone_row row = hone_row_begin(db, query);
    if (text != NULL)
        hone_row_text(&row, text);
    if (hone_row_next(&row))
        *id = hone_row_get_int(&row, 0, 0);
    int rc = hone_row_done(&row);
    return rc == SQLITE_OK ? HONE_OK : hone_db_fail(db, rc, err);
}
