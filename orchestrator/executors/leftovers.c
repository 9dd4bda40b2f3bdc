/* Reading the journals of slots whose keepers this process did not start.
 *
 * A start record without an end record means: running, where the keeper still holds the
 * slot's lock; lost, where it does not. A keeper that holds the lock and has no attempt
 * was either waiting (it leaves when it sees that its hone is gone) or has just been told
 * to start one: which, is soon known, and waited for.
 *
 * A slot of an earlier start of the machine (slot.h) has nothing that runs, and of what
 * it says only ends that are on the disk with all before them count. The other attempts
 * are not told of: the record has them as running, and they are run again. */
#include "executors/leftover.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "executors/keeper.h"
#include "executors/slot.h"
#include "executors/tree.h"

#include "base/banned.h"

enum { PATH_LIMIT = 1 << 16, JOURNAL_LIMIT = 1 << 28 };

static int open_slot_file(const char *dir, uint32_t folder, const char *name, int flags)
{
    hone_buf path;
    hone_buf_init(&path, PATH_LIMIT);
    hone_slot_path(&path, dir, folder, name);
    int fd = hone_buf_status(&path) == HONE_OK
                 ? open(hone_buf_text(&path), flags | O_CLOEXEC | O_NOFOLLOW)
                 : -1;
    hone_buf_release(&path);
    return fd;
}

/* The whole journal; a slot that has none has an empty one. */
static int read_journal(const char *dir, uint32_t folder, hone_buf *journal)
{
    hone_buf_init(journal, JOURNAL_LIMIT);
    int fd = open_slot_file(dir, folder, "journal", O_RDONLY);
    if (fd < 0)
        return errno == ENOENT ? HONE_OK : HONE_EIO;
    char bytes[16 * 1024];
    ssize_t n;
    while ((n = read(fd, bytes, sizeof bytes)) > 0)
        hone_buf_add(journal, bytes, (size_t)n);
    close(fd);
    return n < 0 ? HONE_EIO : hone_buf_status(journal);
}

/* What the lost attempt has printed so far is kept like that of any other. */
static void put_outputs_away(const char *dir, const hone_start_record *start,
                             hone_exit *end)
{
    static const char *const names[2] = {"stdout", "stderr"};
    hone_placed placed[2] = {0};
    int slot = open_slot_file(dir, start->slot, ".", O_RDONLY | O_DIRECTORY);
    for (int i = 0; i < 2 && slot >= 0; i++) {
        hone_output output;
        if (hone_output_open(&output, slot, names[i]) == 0 &&
            hone_output_put_away(&output, slot, start, &placed[i]) != 0)
            hone_output_drop(&output, &placed[i]);
        hone_output_close(&output);
    }
    if (slot >= 0)
        close(slot);
    hone_outputs_tell(placed, end);
}

static void hunt_processes(const char *dir, uint32_t folder)
{
    hone_buf tag;
    hone_buf_init(&tag, PATH_LIMIT);
    hone_buf_puts(&tag, HONE_SLOT_TAG "=");
    hone_slot_path(&tag, dir, folder, "metrics.jsonl");
    if (hone_buf_status(&tag) == HONE_OK)
        (void)hone_tree_hunt(hone_buf_text(&tag)); /* the others are not ours to end */
    hone_buf_release(&tag);
}

static bool move_metrics(const char *dir, uint32_t folder, const char *trial_dir)
{
    int slot = open_slot_file(dir, folder, ".", O_RDONLY | O_DIRECTORY);
    if (slot < 0)
        return false;
    bool moved = hone_files_move_metrics(slot, trial_dir);
    close(slot);
    return moved;
}

/* One write; where the disk is full the attempt will be found lost again. The newline
 * before it separates it from a record that was cut. */
static void record_loss(const char *dir, const hone_exit *end)
{
    hone_buf line;
    hone_buf_init(&line, HONE_RECORD_MAX);
    hone_buf_putc(&line, '\n');
    hone_record_put_end(&line, end);
    int fd = open_slot_file(dir, end->slot, "journal", O_WRONLY | O_APPEND);
    if (fd >= 0 && hone_buf_status(&line) == HONE_OK) {
        ssize_t n = write(fd, line.data, line.len);
        (void)n;
    }
    if (fd >= 0)
        close(fd);
    hone_buf_release(&line);
}

/* Whether another keeper works in the slot: then nothing in there is of the lost attempt.
 * Where that cannot be told, nothing is touched, as if there were one. */
static bool has_living_keeper(const char *dir, uint32_t folder)
{
    hone_slot_owner owner;
    hone_slot_hold hold = hone_slot_probe(dir, folder, &owner);
    return hold == HONE_SLOT_UNKNOWN || (hold == HONE_SLOT_HELD && owner.pid != 0 &&
                                         hone_process_ticks(owner.pid) == owner.ticks);
}

static void settle_lost(const char *dir, const hone_start_record *start, hone_exit *end)
{
    bool ours = !has_living_keeper(dir, start->slot);
    if (ours)
        hunt_processes(dir, start->slot);
    *end = (hone_exit){
        .trial = start->trial,
        .attempt = start->attempt,
        .slot = start->slot,
        .reason = HONE_REASON_LOST,
        .exit_code = -1,
        .pid = start->pid,
        .started_at = start->started_at,
        .ended_at = hone_wall_clock(),
        .duration_s = NAN, /* when it ended nobody knows, and clocks may be set */
        .max_rss = -1,
    };
    if (ours)
        put_outputs_away(dir, start, end);
    if (ours && start->trial_dir[0] != '\0') {
        end->has_metrics_file = move_metrics(dir, start->slot, start->trial_dir);
        end->has_trial_dir = !hone_files_trial_empty(start->trial_dir);
    }
    if (ours)
        record_loss(dir, end);
}

static bool is_same(const hone_start_record *start, uint64_t trial, uint32_t attempt)
{
    return start->trial == trial && start->attempt == attempt;
}

int hone_leftover_settle(const char *dir, const hone_start_record *start, hone_exit *end)
{
    hone_buf journal;
    hone_record record;
    hone_start_record known = *start;
    bool ended = false;
    int code = read_journal(dir, start->slot, &journal);
    const char *bytes = hone_buf_text(&journal);
    for (size_t at = 0, n;
         (n = hone_record_next(bytes + at, journal.len - at, &record)) > 0; at += n) {
        if (record.kind == HONE_RECORD_START &&
            is_same(start, record.start.trial, record.start.attempt))
            known = record.start;
        if (record.kind == HONE_RECORD_END &&
            is_same(start, record.end.trial, record.end.attempt)) {
            *end = record.end;
            ended = true;
        }
    }
    hone_buf_release(&journal);
    known.slot = start->slot;
    if (code == HONE_OK && ended)
        end->slot = start->slot;
    else if (code == HONE_OK)
        settle_lost(dir, &known, end);
    return code;
}

struct visit {
    const char *dir;
    bool tagged; /* there are processes of attempts */
    void (*ended)(void *arg, const hone_exit *exit);
    void (*running)(void *arg, const hone_leftover *leftover);
    void *arg;
};

/* The last record of a journal, and how many there are. */
static size_t find_last(const hone_buf *journal, hone_record *last)
{
    size_t n_records = 0, n;
    hone_record record;
    last->kind = HONE_RECORD_NONE;
    const char *bytes = hone_buf_text(journal);
    for (size_t at = 0;
         (n = hone_record_next(bytes + at, journal->len - at, &record)) > 0; at += n) {
        if (record.kind == HONE_RECORD_NONE)
            continue;
        *last = record;
        n_records++;
    }
    return n_records;
}

/* Reads the journal at a moment when it is clear whether the slot's keeper runs
 * something: its lock is free, or the last record is a start. */
static int read_settled(const char *dir, uint32_t folder, hone_buf *journal,
                        hone_slot_owner *owner, hone_slot_hold *hold)
{
    enum { ROUNDS = 1000 }; /* of 5 ms; a keeper that is stopped is taken for waiting */
    hone_record last;
    hone_buf_init(journal, JOURNAL_LIMIT);
    for (int i = 0;; i++) {
        *hold = hone_slot_probe(dir, folder, owner); /* before the journal: see below */
        if (*hold == HONE_SLOT_UNKNOWN)
            return HONE_EIO;
        int code = read_journal(dir, folder, journal);
        if (code != HONE_OK || *hold != HONE_SLOT_HELD || i == ROUNDS)
            return code;
        (void)find_last(journal, &last);
        if (last.kind == HONE_RECORD_START)
            return HONE_OK;
        hone_buf_release(journal);
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
}

static void tell_running(const struct visit *visit, const hone_start_record *start,
                         const hone_slot_owner *owner, uint32_t folder)
{
    hone_leftover leftover = {
        .trial = start->trial,
        .attempt = start->attempt,
        .slot = folder,
        .pid = start->pid,
        .keeper_pid = owner->pid,
        .started_at = start->started_at,
    };
    memcpy(leftover.placement, start->placement, sizeof leftover.placement);
    visit->running(visit->arg, &leftover);
}

static void tell_lost(const struct visit *visit, hone_start_record *start,
                      uint32_t folder)
{
    hone_exit end;
    start->slot = folder;
    settle_lost(visit->dir, start, &end);
    visit->ended(visit->arg, &end);
}

/* A start is open until the end that follows it; another start before that means that the
 * first was lost. */
static void tell_records(const struct visit *visit, const hone_buf *journal,
                         uint32_t folder, const hone_slot_owner *holder)
{
    hone_record record, open = {.kind = HONE_RECORD_NONE};
    const char *bytes = hone_buf_text(journal);
    for (size_t at = 0, n;
         (n = hone_record_next(bytes + at, journal->len - at, &record)) > 0; at += n) {
        if (record.kind == HONE_RECORD_NONE)
            continue;
        bool closes = record.kind == HONE_RECORD_END && open.kind == HONE_RECORD_START &&
                      is_same(&open.start, record.end.trial, record.end.attempt);
        if (open.kind == HONE_RECORD_START && !closes)
            tell_lost(visit, &open.start, folder);
        open.kind = HONE_RECORD_NONE;
        if (record.kind == HONE_RECORD_START) {
            open = record;
            continue;
        }
        record.end.slot = folder;
        visit->ended(visit->arg, &record.end);
    }
    if (open.kind == HONE_RECORD_START && holder != NULL)
        tell_running(visit, &open.start, holder, folder);
    else if (open.kind == HONE_RECORD_START)
        tell_lost(visit, &open.start, folder);
}

static void tell_safe_ends(const struct visit *visit, const hone_buf *journal,
                           uint32_t folder)
{
    hone_record record;
    const char *bytes = hone_buf_text(journal);
    for (size_t at = 0, n;
         (n = hone_record_next(bytes + at, journal->len - at, &record)) > 0; at += n) {
        if (record.kind != HONE_RECORD_END || !record.end.on_disk)
            continue;
        record.end.slot = folder;
        visit->ended(visit->arg, &record.end);
    }
}

static int visit_slot(const struct visit *visit, uint32_t folder, hone_error *err)
{
    hone_buf journal;
    hone_slot_owner owner = {0, 0};
    hone_slot_hold hold;
    int code = read_settled(visit->dir, folder, &journal, &owner, &hold);
    /* A keeper that was killed just when it had started a command has no record of it. */
    if (code == HONE_OK && hold == HONE_SLOT_FREE && visit->tagged)
        hunt_processes(visit->dir, folder);
    if (code == HONE_OK && hold == HONE_SLOT_PAST)
        tell_safe_ends(visit, &journal, folder);
    else if (code == HONE_OK)
        tell_records(visit, &journal, folder, hold == HONE_SLOT_HELD ? &owner : NULL);
    else
        hone_error_set(err, code, "%s/slots/%" PRIu32 "/journal: %s", visit->dir, folder,
                       hone_error_text(code));
    hone_buf_release(&journal);
    return code;
}

/* Spares the hunt in each slot where there is nothing to be found in any. */
static bool is_any_tagged(const char *dir)
{
    hone_buf tag;
    hone_buf_init(&tag, PATH_LIMIT);
    hone_buf_printf(&tag, HONE_SLOT_TAG "=%s/slots/", dir);
    bool tagged =
        hone_buf_status(&tag) == HONE_OK && hone_tree_tagged(hone_buf_text(&tag));
    hone_buf_release(&tag);
    return tagged;
}

static bool parse_folder(const char *name, uint32_t *folder)
{
    char *end;
    if (name[0] < '0' || name[0] > '9')
        return false;
    errno = 0;
    unsigned long number = strtoul(name, &end, 10);
    *folder = (uint32_t)number;
    return *end == '\0' && errno == 0 && number < UINT32_MAX;
}

static int visit_slots(const struct visit *visit, DIR *slots, hone_error *err)
{
    int code = HONE_OK;
    for (struct dirent *entry; code == HONE_OK && (entry = readdir(slots)) != NULL;) {
        uint32_t folder;
        if (parse_folder(entry->d_name, &folder))
            code = visit_slot(visit, folder, err);
    }
    return code;
}

int hone_executor_leftovers(const char *dir,
                            void (*ended)(void *arg, const hone_exit *exit),
                            void (*running)(void *arg, const hone_leftover *leftover),
                            void *arg, hone_error *err)
{
    assert(dir != NULL && ended != NULL && running != NULL);
    struct visit visit = {.dir = dir, .ended = ended, .running = running, .arg = arg};
    hone_buf path;
    hone_buf_init(&path, PATH_LIMIT);
    hone_buf_printf(&path, "%s/slots", dir);
    int code = hone_buf_status(&path);
    if (code != HONE_OK)
        hone_error_set(err, code, "%s",
                       code == HONE_ENOMEM ? "out of memory" : "the path is too long");
    DIR *slots = code == HONE_OK ? opendir(hone_buf_text(&path)) : NULL;
    if (slots != NULL) {
        visit.tagged = is_any_tagged(dir);
        code = visit_slots(&visit, slots, err);
        closedir(slots);
    } else if (code == HONE_OK && errno != ENOENT) {
        code = hone_error_set(err, HONE_EIO, "%s: %s", hone_buf_text(&path),
                              strerror(errno));
    }
    hone_buf_release(&path);
    return code;
}
