/* What belongs to one trial: attempts, how it was run, its history, what became of it.
 *
 * Attempts and transitions are few: they are read whole, then shown. A history may have
 * millions of points: it is read in blocks, each a query of its own, so that the visitor
 * never runs inside a read transaction. */
#include <hone/store.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/paths.h"
#include "store/store_state.h"

#include "base/banned.h"

enum {
    PARTS_MAX = 256 << 20, /* bytes of what is read whole */
    BLOCK_POINTS = 1024
};

static int fail_memory(hone_error *err)
{
    return hone_error_set(err, HONE_ENOMEM, "out of memory");
}

/* The number of a trial's last attempt, and whether the trial exists. */
static int last_attempt(hone_store *store, int64_t sweep, uint64_t number,
                        int64_t *attempt, hone_error *err)
{
    int64_t id = hone_trial_asked(sweep, number);
    hone_row row = hone_row_begin(&store->db, HONE_QUERY_LAST_ATTEMPT);
    hone_row_int(&row, id);
    bool found = hone_row_next(&row);
    if (found)
        *attempt = hone_row_get_int(&row, 0, 0);
    int rc = hone_row_done(&row);
    if (rc != SQLITE_OK)
        return hone_db_fail(&store->db, rc, err);
    return found ? HONE_OK : hone_trial_missing(store, sweep, number, err);
}

static int read_uid(hone_store *store, int64_t sweep, char uid[static 64],
                    hone_error *err)
{
    hone_row row = hone_row_begin(&store->db, HONE_QUERY_SWEEP_UID);
    hone_row_int(&row, sweep);
    const char *text = hone_row_next(&row) ? hone_row_get_text(&row, 0) : NULL;
    snprintf(uid, 64, "%s", text != NULL ? text : "");
    int rc = hone_row_done(&row);
    return rc == SQLITE_OK ? HONE_OK : hone_db_fail(&store->db, rc, err);
}

/* ---- attempts ---- */

/* One attempt in a list that grows backwards; shown from the first. */
typedef struct attempt_node {
    struct attempt_node *next;
    hone_attempt_info info;
} attempt_node;

/* Whose attempts are read. */
typedef struct attempt_owner {
    const char *uid;
    uint64_t number; /* of the trial */
    uint32_t repeat; /* of the present attempt */
    hone_stored_repeats repeats;
} attempt_owner;

/* Where an output lies: in the slot while the attempt runs, then in the slot's log, or in
 * a file of its own. `name` is stdout or stderr, `end` and `own` columns of the row. */
static const char *output_path(const hone_row *row, const attempt_owner *owner,
                               const char *name, int end, int own, hone_arena *arena)
{
    char path[200], folder[HONE_TRIAL_FOLDER];
    int64_t slot = hone_row_get_int(row, 10, 0);
    int len;
    if (hone_row_get_int(row, own, 0) != 0)
        len = snprintf(path, sizeof path, "sweeps/%s/%s/%s.%" PRId64, owner->uid,
                       hone_trial_folder_write(owner->number, owner->repeat, folder),
                       name, hone_row_get_int(row, 0, 0));
    else
        len = snprintf(path, sizeof path, "sweeps/%s/slots/%" PRId64 "/%s%s", owner->uid,
                       slot, name, hone_row_is_null(row, end) ? ".now" : "");
    return hone_arena_copy(arena, path, (size_t)len);
}

/* The repeat that an attempt is of: the first, where nothing else is known. */
static hone_stored_repeat repeat_of(const hone_stored_repeats *list, uint32_t attempt)
{
    for (uint32_t i = 0; i < list->n; i++)
        if (list->items[i].attempt == attempt)
            return list->items[i];
    return (hone_stored_repeat){.attempt = attempt, .repeat = 1};
}

/* What an attempt had as HONE_SEED: `env` as launch.env has it, or NULL. */
static int read_seed(const char *env, hone_arena *arena, hone_attempt_info *attempt)
{
    static const char name[] = "HONE_SEED=";
    const char *const *entries = NULL;
    uint32_t n = 0;
    int rc = env != NULL ? hone_texts_read(env, arena, &entries, &n) : HONE_OK;
    for (uint32_t i = 0; rc == HONE_OK && i < n; i++) {
        const char *text = entries[i] + sizeof name - 1;
        if (strncmp(entries[i], name, sizeof name - 1) != 0 || text[0] < '0' ||
            text[0] > '9')
            continue;
        char *end;
        attempt->seed = strtoull(text, &end, 10);
        attempt->has_seed = *end == '\0';
    }
    return rc;
}

static int read_attempt(const hone_row *row, attempt_owner *owner, hone_arena *arena,
                        hone_attempt_info *attempt)
{
    bool failed = false;
    const char *reason = hone_row_get_text(row, 3);
    *attempt = (hone_attempt_info){.number = (uint32_t)hone_row_get_int(row, 0, 0),
                                   .started_at = hone_row_get_int(row, 1, HONE_NO_TIME),
                                   .ended_at = hone_row_get_int(row, 2, HONE_NO_TIME),
                                   .has_exit_code = !hone_row_is_null(row, 4),
                                   .exit_code = (int)hone_row_get_int(row, 4, 0),
                                   .signal = (int)hone_row_get_int(row, 5, 0),
                                   .pid = hone_row_get_int(row, 6, 0),
                                   .host = hone_row_copy_text(row, 7, arena, &failed),
                                   .cpu_time_s = hone_row_get_real(row, 8),
                                   .max_rss = hone_row_get_int(row, 9, -1),
                                   .slot = (uint32_t)hone_row_get_int(row, 10, 0),
                                   .stdout_start = (uint64_t)hone_row_get_int(row, 11, 0),
                                   .stdout_end = (uint64_t)hone_row_get_int(row, 12, -1),
                                   .stderr_start = (uint64_t)hone_row_get_int(row, 13, 0),
                                   .stderr_end = (uint64_t)hone_row_get_int(row, 14, -1)};
    if (reason != NULL && !hone_reason_find(reason, &attempt->reason))
        return HONE_EDAMAGED;
    hone_stored_repeat repeat = repeat_of(&owner->repeats, attempt->number);
    owner->repeat = attempt->repeat = repeat.repeat;
    attempt->scored = repeat.scored;
    attempt->score = repeat.score;
    attempt->budget = repeat.budget;
    attempt->stdout_path = output_path(row, owner, "stdout", 12, 15, arena);
    attempt->stderr_path = output_path(row, owner, "stderr", 14, 16, arena);
    failed = failed || attempt->stdout_path == NULL || attempt->stderr_path == NULL;
    return failed ? HONE_ENOMEM : read_seed(hone_row_get_text(row, 17), arena, attempt);
}

static int read_attempts(hone_store *store, int64_t trial, attempt_owner *owner,
                         hone_arena *arena, attempt_node **first)
{
    attempt_node **end = first;
    int result = hone_store_repeats(store, trial, arena, &owner->repeats, NULL);
    hone_row row = hone_row_begin(&store->db, HONE_QUERY_ATTEMPTS);
    hone_row_int(&row, trial);
    while (result == HONE_OK && hone_row_next(&row)) {
        attempt_node *node = hone_arena_alloc(arena, sizeof *node);
        result =
            node != NULL ? read_attempt(&row, owner, arena, &node->info) : HONE_ENOMEM;
        *end = node;
        if (node != NULL)
            end = &node->next;
    }
    int rc = hone_row_done(&row);
    if (result == HONE_OK && rc != SQLITE_OK)
        result = hone_db_fail(&store->db, rc, NULL);
    return result;
}

int hone_store_attempts(hone_store *store, int64_t sweep, uint64_t number,
                        hone_attempt_fn visit, void *arg, hone_error *err)
{
    int64_t last = 0;
    char uid[64];
    int rc = last_attempt(store, sweep, number, &last, err);
    if (rc == HONE_OK)
        rc = read_uid(store, sweep, uid, err);
    if (rc != HONE_OK)
        return rc;
    hone_arena arena;
    attempt_node *node = NULL;
    attempt_owner owner = {.uid = uid, .number = number};
    hone_arena_init(&arena, PARTS_MAX);
    rc = read_attempts(store, hone_trial_asked(sweep, number), &owner, &arena, &node);
    if (rc != HONE_OK)
        rc = hone_error_set(err, rc, "%s: the attempts of trial %llu cannot be read: %s",
                            store->db.path, (unsigned long long)number,
                            hone_error_text(rc));
    for (; rc == HONE_OK && node != NULL; node = node->next)
        rc = visit(arg, &node->info);
    hone_arena_release(&arena);
    return rc;
}

/* ---- how it was run ---- */

static int read_detail(hone_store *store, int64_t trial, hone_arena *arena,
                       hone_trial_detail *detail)
{
    bool failed = false;
    hone_row row = hone_row_begin(&store->db, HONE_QUERY_DETAIL);
    hone_row_int(&row, trial);
    int result = HONE_OK;
    if (hone_row_next(&row)) {
        detail->seed = (uint64_t)hone_row_get_int(&row, 0, 0);
        detail->host = hone_row_copy_text(&row, 1, arena, &failed);
        detail->workdir = hone_row_copy_text(&row, 2, arena, &failed);
        const char *args = hone_row_get_text(&row, 3), *env = hone_row_get_text(&row, 4);
        if (args != NULL)
            result = hone_texts_read(args, arena, &detail->args, &detail->n_args);
        if (env != NULL && result == HONE_OK)
            result = hone_texts_read(env, arena, &detail->env, &detail->n_env);
    }
    int rc = hone_row_done(&row);
    if (rc != SQLITE_OK)
        return hone_db_fail(&store->db, rc, NULL);
    return failed ? HONE_ENOMEM : result;
}

int hone_store_detail(hone_store *store, int64_t sweep, uint64_t number,
                      hone_detail_fn visit, void *arg, hone_error *err)
{
    int64_t last = 0, trial = hone_trial_asked(sweep, number);
    char uid[64], name[HONE_TRIAL_FOLDER];
    int rc = last_attempt(store, sweep, number, &last, err);
    if (rc == HONE_OK)
        rc = read_uid(store, sweep, uid, err);
    if (rc != HONE_OK)
        return rc;
    hone_arena arena;
    hone_trial_detail detail = {0};
    hone_arena_init(&arena, PARTS_MAX);
    hone_stored_repeats repeats;
    rc = hone_store_repeats(store, trial, &arena, &repeats, NULL);
    hone_trial_folder_write(number, repeat_of(&repeats, (uint32_t)last).repeat, name);
    char *dir = hone_path_of_sweep(store->dir, uid, name);
    if (rc == HONE_OK)
        rc = dir != NULL ? read_detail(store, trial, &arena, &detail) : HONE_ENOMEM;
    detail.trial_dir = dir;
    if (rc == HONE_OK)
        rc = visit(arg, &detail);
    else
        rc = hone_error_set(err, rc, "%s: how trial %llu was run cannot be read: %s",
                            store->db.path, (unsigned long long)number,
                            hone_error_text(rc));
    free(dir);
    hone_arena_release(&arena);
    return rc;
}

/* ---- history ---- */

/* The metrics of one attempt. */
typedef struct metric_list {
    struct metric_item {
        int64_t id;
        const char *name;
    } * items; /* owned */
    size_t n, cap;
} metric_list;

static int add_metric(metric_list *list, int64_t id, const char *name)
{
    if (list->n == list->cap) {
        size_t cap = list->cap > 0 ? list->cap * 2 : 16;
        struct metric_item *items = realloc(list->items, cap * sizeof *items);
        if (items == NULL)
            return HONE_ENOMEM;
        list->items = items;
        list->cap = cap;
    }
    list->items[list->n++] = (struct metric_item){.id = id, .name = name};
    return HONE_OK;
}

static int compare_metrics(const void *a, const void *b)
{
    return strcmp(((const struct metric_item *)a)->name,
                  ((const struct metric_item *)b)->name);
}

/* Which metrics the attempt has: one seek of the index for each. */
static int list_metrics(hone_store *store, int64_t trial, int64_t attempt,
                        metric_list *list, hone_error *err)
{
    for (int64_t id = 0;;) {
        hone_row row = hone_row_begin(&store->db, HONE_QUERY_POINT_METRIC);
        hone_row_int(&row, trial);
        hone_row_int(&row, attempt);
        hone_row_int(&row, id);
        bool more = hone_row_next(&row);
        id = more ? hone_row_get_int(&row, 0, 0) : 0;
        int rc = hone_row_done(&row);
        if (rc != SQLITE_OK)
            return hone_db_fail(&store->db, rc, err);
        if (!more)
            break;
        const char *name;
        int result = hone_metric_name(store, id, &name, err);
        if (result != HONE_OK)
            return result;
        if (add_metric(list, id, name) != HONE_OK)
            return fail_memory(err);
    }
    if (list->n > 0)
        qsort(list->items, list->n, sizeof *list->items, compare_metrics);
    return HONE_OK;
}

/* Where the next block of a metric's points begins. */
typedef struct point_key {
    int64_t trial, attempt, metric, after;
} point_key;

static int read_block(hone_store *store, point_key *key, hone_point *points, uint32_t *n)
{
    hone_row row = hone_row_begin(&store->db, HONE_QUERY_POINTS);
    hone_row_int(&row, key->trial);
    hone_row_int(&row, key->attempt);
    hone_row_int(&row, key->metric);
    hone_row_int(&row, key->after);
    hone_row_int(&row, BLOCK_POINTS);
    *n = 0;
    while (*n < BLOCK_POINTS && hone_row_next(&row)) {
        key->after = hone_row_get_int(&row, 0, 0);
        points[*n].step = hone_row_get_real(&row, 1);
        points[*n].value = hone_row_get_real(&row, 2);
        points[*n].time = hone_row_get_int(&row, 3, 0);
        (*n)++;
    }
    return hone_row_done(&row);
}

static int visit_metric(hone_store *store, point_key key, const char *name,
                        hone_point_fn visit, void *arg, hone_error *err)
{
    hone_point *points = calloc(BLOCK_POINTS, sizeof *points);
    if (points == NULL)
        return fail_memory(err);
    int answer = HONE_OK;
    uint32_t n;
    do {
        int rc = read_block(store, &key, points, &n);
        if (rc != SQLITE_OK)
            answer = hone_db_fail(&store->db, rc, err);
        for (uint32_t i = 0; answer == HONE_OK && i < n; i++) {
            points[i].name = name;
            points[i].attempt = (uint32_t)key.attempt;
            answer = visit(arg, &points[i]);
        }
    } while (answer == HONE_OK && n == BLOCK_POINTS);
    free(points);
    return answer;
}

int hone_store_history(hone_store *store, int64_t sweep, uint64_t number,
                       uint32_t attempt, hone_point_fn visit, void *arg, hone_error *err)
{
    int64_t asked = 0;
    int rc = last_attempt(store, sweep, number, &asked, err);
    if (rc != HONE_OK)
        return rc;
    if (attempt != 0)
        asked = attempt;
    int64_t trial = hone_trial_asked(sweep, number);
    metric_list list = {0};
    rc = list_metrics(store, trial, asked, &list, err);
    for (size_t i = 0; rc == HONE_OK && i < list.n; i++)
        rc = visit_metric(
            store,
            (point_key){.trial = trial, .attempt = asked, .metric = list.items[i].id},
            list.items[i].name, visit, arg, err);
    free(list.items);
    return rc;
}

/* ---- transitions ---- */

typedef struct transition_node {
    struct transition_node *next;
    hone_transition info;
} transition_node;

static int read_transition(const hone_row *row, hone_transition *transition)
{
    const char *from = hone_row_get_text(row, 1), *to = hone_row_get_text(row, 2),
               *reason = hone_row_get_text(row, 3);
    transition->time = hone_row_get_int(row, 0, HONE_NO_TIME);
    transition->attempt = (uint32_t)hone_row_get_int(row, 4, 0);
    bool known = from != NULL && hone_status_find(from, &transition->from) &&
                 to != NULL && hone_status_find(to, &transition->to) && reason != NULL &&
                 hone_reason_find(reason, &transition->reason);
    return known ? HONE_OK : HONE_EDAMAGED;
}

static int read_transitions(hone_store *store, int64_t trial, hone_arena *arena,
                            transition_node **first)
{
    transition_node **end = first;
    hone_row row = hone_row_begin(&store->db, HONE_QUERY_TRANSITIONS);
    hone_row_int(&row, trial);
    int result = HONE_OK;
    while (result == HONE_OK && hone_row_next(&row)) {
        transition_node *node = hone_arena_alloc(arena, sizeof *node);
        result = node != NULL ? read_transition(&row, &node->info) : HONE_ENOMEM;
        *end = node;
        if (node != NULL)
            end = &node->next;
    }
    int rc = hone_row_done(&row);
    if (result == HONE_OK && rc != SQLITE_OK)
        result = hone_db_fail(&store->db, rc, NULL);
    return result;
}

int hone_store_transitions(hone_store *store, int64_t sweep, uint64_t number,
                           hone_transition_fn visit, void *arg, hone_error *err)
{
    int64_t last = 0;
    int rc = last_attempt(store, sweep, number, &last, err);
    if (rc != HONE_OK)
        return rc;
    hone_arena arena;
    transition_node *node = NULL;
    hone_arena_init(&arena, PARTS_MAX);
    rc = read_transitions(store, hone_trial_asked(sweep, number), &arena, &node);
    if (rc != HONE_OK)
        rc = hone_error_set(
            err, rc, "%s: the transitions of trial %llu cannot be read: %s",
            store->db.path, (unsigned long long)number, hone_error_text(rc));
    for (; rc == HONE_OK && node != NULL; node = node->next)
        rc = visit(arg, &node->info);
    hone_arena_release(&arena);
    return rc;
}
