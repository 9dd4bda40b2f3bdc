/* The executor `local`: attempts as processes of this machine, one keeper a slot.
 *
 * A keeper is started when its slot is first used and gets attempt after attempt over a
 * socket. It does all that costs time (files, processes, waiting), beside the others and
 * off the loop; here are only messages. A keeper that dies is replaced at the next start.
 */
#include "base/durable.h"
#include "executors/local.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "executors/limits.h"
#include "executors/slot.h"

#include "base/banned.h"

enum { PATIENCE_MS = 2000 };

static void free_local(hone_local *local)
{
    hone_buf_release(&local->frame);
    free(local->due);
    free(local->read_bytes);
    free(local->slots);
    free(local->keeper);
    free(local->dir);
    free(local);
}

static void count_closed(uv_handle_t *handle)
{
    hone_local_handle_closed(handle->data);
}

void hone_local_handle_closed(hone_local *local)
{
    assert(local->n_handles > 0);
    local->n_handles--;
    if (local->phase == HONE_LOCAL_CLOSING && local->n_handles == 1)
        uv_close((uv_handle_t *)&local->patience, count_closed); /* the last one */
    if (local->n_handles > 0)
        return;
    void (*closed)(void *arg) = local->closed;
    void *arg = local->closed_arg;
    hone_limits_restore(local->nofile);
    free_local(local);
    if (closed != NULL)
        closed(arg);
}

void hone_local_tell_ended(hone_local *local, const hone_exit *end)
{
    if (local->phase == HONE_LOCAL_OPEN)
        local->events.ended(local->events.arg, end);
}

int hone_local_tell_later(hone_local *local, const hone_exit *end)
{
    if (local->n_due == local->due_cap) {
        size_t cap = local->due_cap == 0 ? 8 : local->due_cap * 2;
        hone_exit *due = realloc(local->due, cap * sizeof *due);
        if (due == NULL)
            return HONE_ENOMEM;
        local->due = due;
        local->due_cap = cap;
    }
    local->due[local->n_due++] = *end;
    uv_ref((uv_handle_t *)&local->later);
    uv_async_send(&local->later);
    return HONE_OK;
}

/* What is told may make more due. */
static void tell_due(uv_async_t *async)
{
    hone_local *local = async->data;
    for (size_t i = 0; i < local->n_due; i++) {
        hone_exit end = local->due[i];
        hone_local_tell_ended(local, &end);
    }
    local->n_due = 0;
    uv_unref((uv_handle_t *)&local->later);
}

static int make_folders(const hone_local *local, hone_error *err)
{
    static const char *const names[] = {"slots", "trials"};
    int code = HONE_OK;
    hone_buf path;
    hone_buf_init(&path, HONE_PATH_MAX);
    for (size_t i = 0; i < 2 && code == HONE_OK; i++) {
        hone_buf_reset(&path);
        hone_buf_printf(&path, "%s/%s", local->dir, names[i]);
        code = hone_buf_status(&path);
        int error = code == HONE_OK ? hone_folder_make(hone_buf_text(&path)) : 0;
        if (error != 0 && error != EEXIST)
            code = hone_error_set(err, HONE_EIO, "cannot make %s: %s",
                                  hone_buf_text(&path), strerror(error));
        else if (code != HONE_OK)
            code = hone_error_set(err, code, "the path %s is too long", local->dir);
    }
    hone_buf_release(&path);
    return code;
}

/* The number after the highest folder that is there: no keeper can hold one beyond. */
static uint64_t count_folders(const hone_local *local)
{
    hone_buf path;
    uint64_t n = 0;
    hone_buf_init(&path, HONE_PATH_MAX);
    hone_buf_printf(&path, "%s/slots", local->dir);
    DIR *folder =
        hone_buf_status(&path) == HONE_OK ? opendir(hone_buf_text(&path)) : NULL;
    hone_buf_release(&path);
    if (folder == NULL)
        return UINT64_MAX;
    const struct dirent *entry;
    while ((entry = readdir(folder)) != NULL) {
        uint64_t number = strtoull(entry->d_name, NULL, 10); /* 0 of other names */
        n = number >= n ? number + 1 : n;
    }
    closedir(folder);
    return n;
}

/* Whether keepers must not have the folder: another holds it, or it is of an earlier
 * start of the machine, whose files may have lost what the record says of them. */
static bool is_taken(const hone_local *local, uint32_t folder)
{
    hone_slot_hold hold = hone_slot_probe(local->dir, folder, NULL);
    return hold == HONE_SLOT_HELD || hold == HONE_SLOT_PAST;
}

/* Slot I has folder I, or, where that is taken, the next free one from N on. */
static void assign_folders(hone_local *local)
{
    uint32_t next = local->n_slots;
    uint64_t n_there = count_folders(local);
    for (uint32_t i = 0; i < local->n_slots; i++) {
        local->slots[i].folder = i;
        if (i >= n_there || hone_slot_probe(local->dir, i, NULL) == HONE_SLOT_FREE)
            continue;
        while (is_taken(local, next))
            next++;
        local->slots[i].folder = next++;
    }
}

/* The two handles that every executor has; errors leave what was opened to the loop. */
static int open_handles(hone_local *local)
{
    int code = uv_async_init(local->loop, &local->later, tell_due);
    if (code != 0)
        return code;
    local->later.data = local;
    uv_unref((uv_handle_t *)&local->later);
    uv_timer_init(local->loop, &local->patience); /* never fails */
    local->patience.data = local;
    local->n_handles = 2;
    return 0;
}

static int fill_local(hone_local *local, const hone_executor_options *options)
{
    local->n_slots = options->n_slots;
    local->on_exit = options->on_exit;
    local->dir = strdup(options->dir);
    local->keeper = options->keeper != NULL ? strdup(options->keeper) : NULL;
    local->slots = calloc(options->n_slots, sizeof *local->slots);
    local->read_bytes = malloc(HONE_LOCAL_READ);
    hone_buf_init(&local->frame, HONE_WIRE_MAX + HONE_WIRE_HEAD);
    bool whole = local->dir != NULL && local->slots != NULL &&
                 local->read_bytes != NULL &&
                 (options->keeper == NULL || local->keeper != NULL);
    return whole ? HONE_OK : HONE_ENOMEM;
}

static int open_local(void **self, uv_loop_t *loop, const hone_executor_options *options,
                      const hone_executor_events *events, hone_error *err)
{
    assert(options->n_slots > 0 && options->dir[0] == '/' && events->ended != NULL);
    hone_local *local = calloc(1, sizeof *local);
    if (local == NULL)
        return hone_error_set(err, HONE_ENOMEM, "no memory for the executor");
    local->loop = loop;
    local->events = *events;
    int code = fill_local(local, options);
    if (code != HONE_OK)
        hone_error_set(err, code, "no memory for %" PRIu32 " slots", options->n_slots);
    else
        code = make_folders(local, err);
    if (code == HONE_OK && open_handles(local) != 0)
        code = hone_error_set(err, HONE_EIO, "no file descriptor for the executor");
    if (code != HONE_OK) {
        free_local(local);
        return code;
    }
    local->nofile = hone_limits_raise();
    assign_folders(local);
    *self = local;
    return HONE_OK;
}

/* A launch that no message can carry is one that no exec would take. */
static int tell_too_big(hone_local *local, const hone_launch *launch, hone_error *err)
{
    hone_exit end = {
        .trial = launch->trial,
        .attempt = launch->attempt,
        .slot = local->slots[launch->slot].folder,
        .reason = HONE_REASON_NOT_FOUND,
        .exit_code = -1,
        .spawn_errno = E2BIG,
        .started_at = hone_wall_clock(),
        .max_rss = 0,
    };
    end.ended_at = end.started_at;
    int code = hone_local_tell_later(local, &end);
    return code == HONE_OK ? code : hone_error_set(err, code, "no memory to end a trial");
}

/* Sends the frame; a keeper found dead on the way is replaced, once. */
static int send_launch(hone_local *local, uint32_t slot, hone_error *err)
{
    int code = HONE_ESPAWN;
    for (int i = 0; i < 2 && code == HONE_ESPAWN; i++) {
        code = hone_link_ensure(local, slot, err);
        if (code != HONE_OK)
            return code;
        code = hone_link_send(local->slots[slot].link);
        if (code == HONE_ESPAWN)
            hone_link_end(local->slots[slot].link);
    }
    if (code != HONE_OK)
        hone_error_set(err, code, "cannot reach the keeper of slot %" PRIu32, slot);
    return code;
}

static int start_local(void *self, const hone_launch *launch, hone_error *err)
{
    hone_local *local = self;
    assert(launch->slot < local->n_slots && launch->n_args > 0 &&
           launch->trial_dir != NULL);
    hone_local_slot *slot = &local->slots[launch->slot];
    assert(slot->state == HONE_SLOT_IDLE);
    hone_buf_reset(&local->frame);
    hone_wire_put_launch(&local->frame, launch);
    int code = hone_buf_status(&local->frame);
    if (code == HONE_ELIMIT)
        return tell_too_big(local, launch, err);
    if (code != HONE_OK)
        return hone_error_set(err, code, "no memory to start a trial");
    code = send_launch(local, launch->slot, err);
    if (code != HONE_OK)
        return code;
    slot->state = HONE_SLOT_BUSY;
    slot->broken = false;
    slot->now = (hone_start_record){.trial = launch->trial,
                                    .attempt = launch->attempt,
                                    .slot = slot->folder,
                                    .started_at = hone_wall_clock()};
    size_t len = strlen(launch->trial_dir);
    if (len < sizeof slot->now.trial_dir)
        memcpy(slot->now.trial_dir, launch->trial_dir, len + 1);
    return HONE_OK;
}

static void kill_local(void *self, uint64_t trial, hone_kill how)
{
    hone_local *local = self;
    hone_adopted *adopted = hone_adopted_find(local, trial);
    if (adopted != NULL)
        hone_adopted_kill(adopted, how);
    for (uint32_t i = 0; i < local->n_slots; i++) {
        hone_local_slot *slot = &local->slots[i];
        if (slot->state != HONE_SLOT_BUSY || slot->now.trial != trial ||
            slot->link == NULL)
            continue;
        hone_buf_reset(&local->frame);
        hone_wire_put_kill(&local->frame, trial, how);
        /* A keeper that cannot be reached is dead, and its attempt about to be settled.
         */
        if (hone_buf_status(&local->frame) == HONE_OK)
            (void)!hone_link_send(slot->link);
    }
}

static void add_file(void *self, uint32_t slot, const char *name, hone_buf *out)
{
    const hone_local *local = self;
    assert(slot < local->n_slots);
    hone_slot_path(out, local->dir, local->slots[slot].folder, name);
}

static uint32_t get_folder(void *self, uint32_t slot)
{
    const hone_local *local = self;
    assert(slot < local->n_slots);
    return local->slots[slot].folder;
}

static int adopt_local(void *self, const hone_leftover *leftover, hone_error *err)
{
    return hone_adopted_watch(self, leftover, err);
}

static void lose_patience(uv_timer_t *timer)
{
    hone_local *local = timer->data;
    for (uint32_t i = 0; i < local->n_slots; i++)
        if (local->slots[i].link != NULL)
            hone_link_abandon(local->slots[i].link);
}

static void close_local(void *self, void (*closed)(void *arg), void *arg)
{
    hone_local *local = self;
    assert(local->phase == HONE_LOCAL_OPEN);
    local->phase = HONE_LOCAL_CLOSING;
    local->closed = closed;
    local->closed_arg = arg;
    while (local->adopted != NULL)
        hone_adopted_close(local->adopted);
    for (uint32_t i = 0; i < local->n_slots; i++)
        if (local->slots[i].link != NULL)
            hone_link_part(local->slots[i].link);
    uv_timer_start(&local->patience, lose_patience, PATIENCE_MS, 0);
    uv_close((uv_handle_t *)&local->later, count_closed);
}

const hone_executor hone_executor_local = {
    .name = "local",
    .summary = "Processes of this machine",
    .open = open_local,
    .start = start_local,
    .kill = kill_local,
    .file = add_file,
    .folder = get_folder,
    .adopt = adopt_local,
    .close = close_local,
};
