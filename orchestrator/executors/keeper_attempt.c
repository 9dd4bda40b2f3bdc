/* One attempt in the hands of a keeper: its start, its end, and what is recorded of both.
 *
 *   launch  kill*  finish
 *
 * An end is recorded before it is told, since hone may be gone at any instant, and it is
 * told last of all: the trial's folder and the metrics file are where they belong by
 * then. A start is recorded at once, and told a little later (TELL_NS): the end of a
 * short command, which says the same and more, is all that hone has to wake up for. */
#include "executors/keeper_state.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "executors/affinity.h"
#include "executors/slot.h"
#include "executors/tree.h"

#include "base/banned.h"

enum { TELL_NS = 5000000 };

/* Seconds as a span to add to the clock; what is too long for it is no limit. */
static int64_t span_ns(double seconds)
{
    if (!(seconds > 0))
        return 0;
    return seconds < 1e9 ? (int64_t)(seconds * 1e9) : HONE_NO_DEADLINE / 2;
}

/* The machine's count of processes killed for lack of memory; 0 where it is not told. */
static uint64_t read_oom_kills(void)
{
    FILE *file = fopen("/proc/vmstat", "re");
    char line[128];
    unsigned long long kills = 0;
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (sscanf(line, "oom_kill %llu", &kills) == 1)
            break;
    if (file != NULL)
        fclose(file);
    return kills;
}

/* Keeps the count recent enough to tell whether it rose during an attempt. */
static void refresh_oom_kills(hone_keeper *keeper, int64_t now)
{
    if (now - keeper->oom_read_ns < 10 * HONE_NS_PER_S)
        return;
    keeper->oom_kills = read_oom_kills();
    keeper->oom_read_ns = now;
}

static bool was_oom_killed(hone_keeper *keeper)
{
    uint64_t before = keeper->oom_kills;
    keeper->oom_kills = read_oom_kills();
    keeper->oom_read_ns = hone_keeper_clock();
    return keeper->oom_kills > before;
}

/* The main process may be a shell that only tells of a child's end. */
static bool was_starved(hone_keeper *keeper, const hone_exit *end)
{
    bool failed = end->signal != 0 || end->exit_code != 0;
    return failed && keeper->now.killed && was_oom_killed(keeper);
}

static hone_reason find_reason(hone_keeper *keeper, const hone_exit *end)
{
    bool limited = hone_memory_end(keeper);
    switch (keeper->now.cause) {
    case HONE_END_UNRECORDED:
        return HONE_REASON_LOST;
    case HONE_END_TIMED_OUT:
        return HONE_REASON_TIMEOUT;
    case HONE_END_ASKED:
        return HONE_REASON_SIGNAL;
    case HONE_END_ABANDONED:
        return HONE_REASON_INTERRUPTED;
    case HONE_END_TOO_LARGE:
        return HONE_REASON_OUT_OF_MEMORY;
    case HONE_END_ITSELF:
        break;
    }
    if (limited || was_starved(keeper, end))
        return HONE_REASON_OUT_OF_MEMORY;
    if (end->signal != 0)
        return HONE_REASON_SIGNAL;
    return end->exit_code != 0 ? HONE_REASON_EXIT : HONE_REASON_NONE;
}

static hone_exit describe_end(hone_keeper *keeper)
{
    const hone_attempt *now = &keeper->now;
    hone_exit end = {
        .trial = now->start.trial,
        .attempt = now->start.attempt,
        .slot = now->start.slot,
        .exit_code = WIFEXITED(now->status) ? WEXITSTATUS(now->status) : -1,
        .signal = WIFSIGNALED(now->status) ? WTERMSIG(now->status) : 0,
        .spawn_errno = now->record_errno,
        .pid = now->start.pid,
        .started_at = now->start.started_at,
        .ended_at = hone_wall_clock(),
        .duration_s = (double)(now->ended_ns - now->started_ns) / 1e9,
        .cpu_time_s = (double)now->cpu_us / 1e6,
        .max_rss = now->max_rss,
    };
    hone_outputs_tell(now->placed, &end);
    end.reason = find_reason(keeper, &end);
    if (end.reason == HONE_REASON_OUT_OF_MEMORY)
        end.memory = (int64_t)now->memory;
    return end;
}

/* With hone gone nobody else will know of this end, maybe for long: all that the attempt
 * has left is brought to the disk before it. */
static void secure_end(hone_keeper *keeper, hone_exit *end)
{
    end->on_disk = keeper->socket < 0 && syncfs(keeper->files.dir) == 0;
}

/* Records the end and tells it, in this order: hone may be gone at any instant. */
static void publish_end(hone_keeper *keeper, hone_exit *end)
{
    secure_end(keeper, end);
    hone_buf_reset(&keeper->line);
    hone_record_put_end(&keeper->line, end);
    int code = hone_journal_append(keeper);
    /* With hone gone nobody else knows: wait for space. */
    while (hone_is_full(code) && keeper->socket < 0) {
        nanosleep(&(struct timespec){.tv_nsec = HONE_RETRY_NS}, NULL);
        code = hone_journal_append(keeper);
    }
    if (end->on_disk)
        (void)fdatasync(keeper->journal); /* else it may be lost, and is run again */
    hone_keeper_send(keeper, HONE_FRAME_ENDED, &keeper->line);
    keeper->deadline_ns = keeper->tell_ns = HONE_NO_DEADLINE;
    keeper->state = keeper->socket < 0 ? HONE_KEEPER_LEAVING : HONE_KEEPER_IDLE;
}

/* Puts both outputs away; false where the disk has no space for one of them. */
static bool put_outputs_away(hone_keeper *keeper)
{
    hone_attempt *now = &keeper->now;
    for (int i = 0; i < 2; i++)
        if (!now->placed[i].done)
            (void)hone_output_put_away(&keeper->outputs[i], keeper->files.dir,
                                       &now->start, &now->placed[i]);
    return now->placed[0].done && now->placed[1].done;
}

/* All processes have ended: what they printed first, then the rest. A killed attempt does
 * not wait for space on the disk. */
void hone_attempt_finish(hone_keeper *keeper)
{
    if (!put_outputs_away(keeper) && keeper->now.cause == HONE_END_ITSELF) {
        keeper->state = HONE_KEEPER_DRAINING;
        keeper->deadline_ns = hone_keeper_clock() + HONE_RETRY_NS;
        return;
    }
    for (int i = 0; i < 2; i++)
        if (!keeper->now.placed[i].done)
            hone_output_drop(&keeper->outputs[i], &keeper->now.placed[i]);
    hone_exit end = describe_end(keeper);
    hone_files_leave(&keeper->files, &end);
    publish_end(keeper, &end);
}

void hone_attempt_kill(hone_keeper *keeper)
{
    hone_group_kill(&keeper->group);
    hone_tree_kill((pid_t)keeper->now.start.pid);
    keeper->state = HONE_KEEPER_ENDING;
    /* Each death calls this again; the deadline is for a list that could not be read. */
    keeper->deadline_ns = hone_keeper_clock() + HONE_RETRY_NS;
}

/* Failures that lie in the state of the machine, not in the command. */
static bool is_passing(int code)
{
    return hone_is_full(code) || code == EAGAIN || code == ENOMEM || code == EMFILE ||
           code == ENFILE || code == EIO || code == EROFS;
}

static void fail_start(hone_keeper *keeper, hone_reason reason, int code)
{
    keeper->now.ended_ns = keeper->now.started_ns;
    for (int i = 0; i < 2; i++)
        hone_output_drop(&keeper->outputs[i], &keeper->now.placed[i]);
    hone_exit end = describe_end(keeper);
    end.reason = reason;
    end.exit_code = -1;
    end.spawn_errno = code;
    hone_files_leave(&keeper->files, &end);
    publish_end(keeper, &end);
}

/* What does not fit, or is NULL, is left out. */
static void copy_text(char *to, size_t size, const char *text)
{
    size_t len = text != NULL ? strlen(text) : 0;
    if (text != NULL && len < size)
        memcpy(to, text, len + 1);
}

/* Returns 0 or errno. */
static int begin_attempt(hone_keeper *keeper, const hone_launch *launch)
{
    keeper->now = (hone_attempt){
        .start = {.trial = launch->trial,
                  .attempt = launch->attempt,
                  .slot = keeper->files.folder,
                  .started_at = hone_wall_clock()},
        .started_ns = hone_keeper_clock(),
        .grace_ns = span_ns(launch->grace_s),
        .memory_max = launch->memory_max,
    };
    copy_text(keeper->now.start.placement, HONE_PLACEMENT_MAX, launch->placement);
    copy_text(keeper->now.start.trial_dir, HONE_PATH_MAX, launch->trial_dir);
    refresh_oom_kills(keeper, keeper->now.started_ns);
    int code = 0;
    for (int i = 0; i < 2 && code == 0; i++)
        code = hone_output_begin(&keeper->outputs[i], keeper->files.dir);
    return code;
}

void hone_attempt_tell(hone_keeper *keeper)
{
    keeper->tell_ns = HONE_NO_DEADLINE;
    hone_buf_reset(&keeper->line);
    hone_record_put_start(&keeper->line, &keeper->now.start);
    hone_keeper_send(keeper, HONE_FRAME_STARTED, &keeper->line);
}

static void record_start(hone_keeper *keeper)
{
    hone_buf_reset(&keeper->line);
    hone_record_put_start(&keeper->line, &keeper->now.start);
    int code = hone_journal_append(keeper);
    if (code == 0) {
        keeper->tell_ns = keeper->now.started_ns + TELL_NS;
        return;
    }
    /* An attempt that no journal knows would be run twice if hone died now. */
    keeper->now.cause = HONE_END_UNRECORDED;
    keeper->now.record_errno = code;
    hone_attempt_kill(keeper);
}

/* The command begins where this process is: on the processors and in the group that it
 * shall have. Returns 0 or errno. */
static int spawn_in_place(hone_keeper *keeper, const hone_launch *launch, pid_t *pid)
{
    const int fds[3] = {keeper->null, keeper->outputs[0].write_fd,
                        keeper->outputs[1].write_fd};
    hone_processors before;
    bool confined = launch->cpus != NULL && hone_affinity_enter(launch->cpus, &before);
    hone_memory_enter(keeper);
    int code = hone_keeper_spawn(&keeper->scratch, launch, fds, pid);
    hone_memory_leave(keeper);
    if (confined)
        hone_affinity_leave(&before);
    return code;
}

void hone_attempt_launch(hone_keeper *keeper, const hone_launch *launch)
{
    hone_journal_trim(keeper, launch);
    int code = begin_attempt(keeper, launch);
    if (code == 0)
        code = hone_files_enter(&keeper->files, launch);
    if (code != 0) {
        fail_start(keeper, HONE_REASON_LOST, code);
        return;
    }
    pid_t pid = 0;
    hone_memory_begin(keeper);
    code = spawn_in_place(keeper, launch, &pid);
    if (code != 0) {
        fail_start(keeper, is_passing(code) ? HONE_REASON_LOST : HONE_REASON_NOT_FOUND,
                   code);
        return;
    }
    keeper->now.start.pid = pid;
    keeper->state = HONE_KEEPER_RUNNING;
    if (launch->timeout_s > 0)
        keeper->deadline_ns = keeper->now.started_ns + span_ns(launch->timeout_s);
    record_start(keeper);
}
