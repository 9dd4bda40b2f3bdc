/* Which repeat each attempt of a trial is of, and what it came to. */
#include <stdlib.h>
#include <string.h>

#include "store/schema.h"
#include "store/store_state.h"

#include "base/banned.h"

static int add_repeat(hone_stored_repeats *list, const hone_row *row, hone_arena *arena)
{
    if (list->n == list->cap) {
        uint32_t cap = list->cap > 0 ? 2 * list->cap : 8;
        hone_stored_repeat *grown = hone_arena_alloc(arena, cap * sizeof *grown);
        if (grown == NULL)
            return HONE_ENOMEM;
        if (list->n > 0)
            memcpy(grown, list->items, list->n * sizeof *grown);
        list->items = grown;
        list->cap = cap;
    }
    list->items[list->n++] =
        (hone_stored_repeat){.attempt = (uint32_t)hone_row_get_int(row, 0, 0),
                             .repeat = (uint32_t)hone_row_get_int(row, 1, 1),
                             .scored = hone_row_get_int(row, 2, 0) != 0,
                             .score = hone_row_get_real(row, 3)};
    if (!hone_row_is_null(row, 4))
        list->items[list->n - 1].budget = hone_row_get_real(row, 4);
    return HONE_OK;
}

int hone_store_repeats(hone_store *store, int64_t trial, hone_arena *arena,
                       hone_stored_repeats *list, hone_error *err)
{
    *list = (hone_stored_repeats){0};
    if (store->version < HONE_REPEATS_VERSION)
        return HONE_OK;
    bool budgets = store->version >= HONE_BUDGET_VERSION;
    hone_row row =
        hone_row_begin(&store->db, budgets ? HONE_QUERY_BUDGETS : HONE_QUERY_REPEATS);
    hone_row_int(&row, trial);
    int result = HONE_OK;
    while (result == HONE_OK && hone_row_next(&row))
        result = add_repeat(list, &row, arena);
    int rc = hone_row_done(&row);
    if (rc != SQLITE_OK)
        return hone_db_fail(&store->db, rc, err);
    return result == HONE_OK ? HONE_OK : hone_error_set(err, result, "out of memory");
}

int hone_store_scores(hone_store *store, int64_t id, hone_arena *arena,
                      hone_trial_info *trial, hone_error *err)
{
    hone_stored_repeats list;
    bool open =
        trial->status == HONE_STATUS_PENDING || trial->status == HONE_STATUS_RUNNING;
    if (trial->attempts < (open ? 1U : 2U))
        return HONE_OK; /* it cannot have any: nothing is asked for most trials */
    int rc = hone_store_repeats(store, id, arena, &list, err);
    if (rc != HONE_OK || list.n == 0)
        return rc;
    double *scores = hone_arena_alloc(arena, list.n * sizeof *scores);
    if (scores == NULL)
        return hone_error_set(err, HONE_ENOMEM, "out of memory");
    for (uint32_t i = 0; i < list.n; i++)
        if (list.items[i].scored)
            scores[trial->n_scores++] = list.items[i].score;
    trial->scores = scores;
    return HONE_OK;
}
