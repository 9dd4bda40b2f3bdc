/* Attempts that an earlier orchestrator's keepers still run.
 *
 * Such a keeper is nobody's child any more: a pidfd says when it has ended, and its
 * journal how its attempt did. Kills are signals to the keeper, through the pidfd, so
 * that a reused process id is never hit: the pidfd is trusted only if the slot's lock is
 * still held after it was opened, by a process that started when the lock file says. */
#include "executors/local.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "executors/leftover.h"
#include "executors/slot.h"

#include "base/banned.h"

/* glibc has no names for these before 2.36, and the headers of some none at all. */
static int open_pidfd(pid_t pid)
{
    return (int)syscall(SYS_pidfd_open, pid, 0);
}

static void send_signal(int pidfd, int number)
{
    (void)syscall(SYS_pidfd_send_signal, pidfd, number, NULL, 0);
}

/* A pidfd of the process that holds the slot; -1 with errno 0 where nobody does. */
static int open_holder(const hone_local *local, uint32_t folder)
{
    hone_slot_owner owner, again;
    hone_slot_hold hold = hone_slot_probe(local->dir, folder, &owner);
    if (hold == HONE_SLOT_UNKNOWN)
        return -1;
    if (hold == HONE_SLOT_FREE || owner.pid == 0)
        return errno = 0, -1;
    int pidfd = open_pidfd(owner.pid);
    if (pidfd < 0) {
        if (errno == ESRCH)
            errno = 0;
        return -1;
    }
    hold = hone_slot_probe(local->dir, folder, &again);
    int error = hold == HONE_SLOT_UNKNOWN ? errno : 0;
    if (hold == HONE_SLOT_HELD && again.pid == owner.pid &&
        hone_process_ticks(owner.pid) == owner.ticks)
        return pidfd;
    close(pidfd);
    errno = error;
    return -1;
}

static void free_adopted(uv_handle_t *handle)
{
    hone_adopted *adopted = handle->data;
    hone_local *local = adopted->local;
    close(adopted->pidfd);
    free(adopted);
    hone_local_handle_closed(local);
}

void hone_adopted_close(hone_adopted *adopted)
{
    hone_adopted **at = &adopted->local->adopted;
    while (*at != NULL && *at != adopted)
        at = &(*at)->next;
    if (*at != NULL)
        *at = adopted->next;
    uv_close((uv_handle_t *)&adopted->poll, free_adopted);
}

/* What cannot be read counts as lost. Returns 0, or HONE_ENOMEM: it could be tried again.
 */
static int find_end(const hone_local *local, const hone_start_record *start,
                    hone_exit *end)
{
    int code = hone_leftover_settle(local->dir, start, end);
    if (code != HONE_OK)
        *end = (hone_exit){.trial = start->trial,
                           .attempt = start->attempt,
                           .slot = start->slot,
                           .reason = HONE_REASON_LOST,
                           .exit_code = -1,
                           .pid = start->pid,
                           .started_at = start->started_at,
                           .ended_at = hone_wall_clock(),
                           .duration_s = NAN,
                           .max_rss = -1};
    return code == HONE_ENOMEM ? code : HONE_OK;
}

static void on_keeper_ended(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    hone_adopted *adopted = poll->data;
    hone_local *local = adopted->local;
    hone_exit end;
    /* Without memory, too, it is told as lost: nobody would look at it again. */
    (void)find_end(local, &adopted->start, &end);
    hone_adopted_close(adopted);
    hone_local_tell_ended(local, &end);
}

static int watch_holder(hone_local *local, const hone_start_record *start, int pidfd,
                        hone_error *err)
{
    hone_adopted *adopted = calloc(1, sizeof *adopted);
    if (adopted == NULL) {
        close(pidfd);
        return hone_error_set(err, HONE_ENOMEM, "no memory to take over a trial");
    }
    adopted->local = local;
    adopted->start = *start;
    adopted->pidfd = pidfd;
    adopted->poll.data = adopted;
    int code = uv_poll_init(local->loop, &adopted->poll, pidfd);
    if (code != 0) {
        close(pidfd);
        free(adopted);
        return hone_error_set(err, HONE_EIO, "cannot watch a keeper: %s",
                              uv_strerror(code));
    }
    local->n_handles++;
    adopted->next = local->adopted;
    local->adopted = adopted;
    code = uv_poll_start(&adopted->poll, UV_READABLE, on_keeper_ended);
    if (code == 0)
        return HONE_OK;
    hone_adopted_close(adopted);
    return hone_error_set(err, HONE_EIO, "cannot watch a keeper: %s", uv_strerror(code));
}

int hone_adopted_watch(hone_local *local, const hone_leftover *leftover, hone_error *err)
{
    hone_start_record start = {
        .trial = leftover->trial,
        .attempt = leftover->attempt,
        .slot = leftover->slot,
        .pid = leftover->pid,
        .started_at = leftover->started_at,
    };
    int pidfd = open_holder(local, leftover->slot);
    if (pidfd >= 0)
        return watch_holder(local, &start, pidfd, err);
    if (errno != 0)
        return hone_error_set(
            err, HONE_EIO, "cannot watch the keeper of trial %" PRIu64 ": %s",
            leftover->trial,
            errno == ENOSYS ? "Linux 5.3 or newer is needed" : strerror(errno));
    hone_exit end;
    int code = find_end(local, &start, &end);
    if (code == HONE_OK)
        code = hone_local_tell_later(local, &end);
    return code == HONE_OK
               ? code
               : hone_error_set(err, code, "cannot read how trial %" PRIu64 " ended: %s",
                                leftover->trial, hone_error_text(code));
}

hone_adopted *hone_adopted_find(hone_local *local, uint64_t trial)
{
    hone_adopted *adopted = local->adopted;
    while (adopted != NULL && adopted->start.trial != trial)
        adopted = adopted->next;
    return adopted;
}

void hone_adopted_kill(const hone_adopted *adopted, hone_kill how)
{
    send_signal(adopted->pidfd, how == HONE_KILL_NOW ? SIGQUIT : SIGTERM);
}
