/* The connection to a keeper: a socket pair, of which the keeper has one end as fd 3.
 *
 * The socket's end of file is the keeper's end, since nobody else has its other side.
 * Then the keeper is waited for, and an attempt that it had is settled: by its journal,
 * where it still wrote the end there, else as lost. */
#include "base/durable.h"
#include "executors/local.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "executors/leftover.h"

#include "base/banned.h"

extern char **environ;

enum { KEEPER_FD = 3 };

static void free_link(uv_handle_t *handle)
{
    hone_link *link = handle->data;
    hone_local *local = link->local;
    close(link->fd);
    hone_buf_release(&link->input);
    hone_buf_release(&link->output);
    free(link);
    hone_local_handle_closed(local);
}

void hone_link_abandon(hone_link *link)
{
    hone_local_slot *slot = &link->local->slots[link->slot];
    if (slot->link == link)
        slot->link = NULL;
    if (!uv_is_closing((uv_handle_t *)&link->poll))
        uv_close((uv_handle_t *)&link->poll, free_link);
}

static void wait_keeper(hone_link *link)
{
    while (link->pid > 0 && waitpid(link->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    link->pid = 0;
}

/* Takes the link from its slot and waits for the keeper, which is ending or has ended. */
static void drop_link(hone_link *link)
{
    wait_keeper(link);
    hone_link_abandon(link);
}

void hone_link_end(hone_link *link)
{
    kill(link->pid, SIGKILL);
    drop_link(link);
}

void hone_link_part(hone_link *link)
{
    if (link->local->slots[link->slot].state == HONE_SLOT_BUSY ||
        shutdown(link->fd, SHUT_WR) != 0)
        hone_link_abandon(link);
}

static void settle_slot(hone_local *local, uint32_t slot_i)
{
    hone_local_slot *slot = &local->slots[slot_i];
    if (slot->state != HONE_SLOT_BUSY)
        return;
    hone_exit end;
    slot->state = HONE_SLOT_IDLE;
    if (hone_leftover_settle(local->dir, &slot->now, &end) != HONE_OK) {
        end = (hone_exit){.trial = slot->now.trial,
                          .attempt = slot->now.attempt,
                          .slot = slot->now.slot,
                          .reason = HONE_REASON_LOST,
                          .exit_code = -1,
                          .pid = slot->now.pid,
                          .started_at = slot->now.started_at,
                          .ended_at = slot->now.started_at,
                          .duration_s = NAN,
                          .max_rss = -1};
    }
    if (slot->broken && end.reason == HONE_REASON_LOST && end.spawn_errno == 0)
        end.spawn_errno = EIO;
    hone_local_tell_ended(local, &end);
}

static void take_started(hone_link *link, const hone_frame *frame)
{
    hone_local *local = link->local;
    hone_local_slot *slot = &local->slots[link->slot];
    hone_record record = {.kind = HONE_RECORD_NONE};
    (void)hone_record_next(frame->payload, frame->len, &record);
    if (record.kind != HONE_RECORD_START || slot->state != HONE_SLOT_BUSY)
        return;
    const hone_start_record *start = &record.start;
    slot->now.pid = start->pid;
    slot->now.started_at = start->started_at;
    if (local->events.started != NULL)
        local->events.started(local->events.arg, start->trial, start->attempt, start->pid,
                              start->started_at);
}

static void take_ended(hone_link *link, const hone_frame *frame)
{
    hone_local_slot *slot = &link->local->slots[link->slot];
    hone_record record = {.kind = HONE_RECORD_NONE};
    (void)hone_record_next(frame->payload, frame->len, &record);
    if (record.kind != HONE_RECORD_END || slot->state != HONE_SLOT_BUSY)
        return;
    slot->state = HONE_SLOT_IDLE;
    hone_local_tell_ended(link->local, &record.end);
}

static void take_broken(hone_link *link, const hone_frame *frame)
{
    hone_local *local = link->local;
    hone_error why;
    hone_error_set(&why, HONE_EIO, "%.*s", (int)frame->len, frame->payload);
    local->slots[link->slot].broken = true;
    if (local->events.broken != NULL)
        local->events.broken(local->events.arg, link->slot, &why);
}

static void take_frame(hone_link *link, const hone_frame *frame)
{
    if (link->local->phase == HONE_LOCAL_CLOSING)
        return; /* the next orchestrator reads it in the journal */
    if (frame->type == HONE_FRAME_STARTED)
        take_started(link, frame);
    else if (frame->type == HONE_FRAME_ENDED)
        take_ended(link, frame);
    else if (frame->type == HONE_FRAME_BROKEN)
        take_broken(link, frame);
}

/* The frames in bytes[0..len): how many bytes they take, or -1 where they are none. An
 * event may close the executor, not free it, in between. */
static ssize_t take_frames(hone_link *link, const char *bytes, size_t len)
{
    size_t done = 0, used;
    hone_frame frame;
    int found;
    while ((found = hone_wire_next(bytes + done, len - done, &used, &frame)) > 0) {
        take_frame(link, &frame);
        done += used;
    }
    return found < 0 ? -1 : (ssize_t)done;
}

/* Without a partial frame, the usual case, nothing is copied. */
static bool take_bytes(hone_link *link, const char *bytes, size_t len)
{
    hone_buf *input = &link->input;
    if (input->len == 0) {
        ssize_t done = take_frames(link, bytes, len);
        if (done >= 0)
            hone_buf_add(input, bytes + done, len - (size_t)done);
        return done >= 0 && hone_buf_status(input) == HONE_OK;
    }
    hone_buf_add(input, bytes, len);
    ssize_t done = take_frames(link, hone_buf_text(input), input->len);
    if (done > 0) {
        memmove(input->data, input->data + done, input->len - (size_t)done);
        hone_buf_truncate(input, input->len - (size_t)done);
    }
    return done >= 0 && hone_buf_status(input) == HONE_OK;
}

/* The keeper has ended, or has to: it does not speak our language. */
static void lose_keeper(hone_link *link)
{
    hone_local *local = link->local;
    uint32_t slot = link->slot;
    if (!uv_is_closing((uv_handle_t *)&link->poll)) {
        kill(link->pid, SIGKILL);
        drop_link(link);
    }
    if (local->phase == HONE_LOCAL_OPEN)
        settle_slot(local, slot);
}

static void read_socket(hone_link *link)
{
    char *bytes = link->local->read_bytes;
    ssize_t n = recv(link->fd, bytes, HONE_LOCAL_READ, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0 || !take_bytes(link, bytes, (size_t)n))
        lose_keeper(link);
}

/* A keeper that ends with something unread makes the socket fail at once; what it said
 * before that is still there, and comes first. */
static void read_last_words(hone_link *link)
{
    char *bytes = link->local->read_bytes;
    ssize_t n;
    do
        n = recv(link->fd, bytes, HONE_LOCAL_READ, MSG_DONTWAIT);
    while ((n > 0 && take_bytes(link, bytes, (size_t)n)) || (n < 0 && errno == EINTR));
    lose_keeper(link);
}

/* Sends what it can of bytes[0..len) and returns how much that was; -1 where nobody is
 * there to read it. Never raises SIGPIPE, which the program may not have ignored. */
static ssize_t send_bytes(const hone_link *link, const char *bytes, size_t len)
{
    size_t done = 0;
    while (done < len) {
        ssize_t n = send(link->fd, bytes + done, len - done, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            break;
        if (n <= 0)
            return -1;
        done += (size_t)n;
    }
    return (ssize_t)done;
}

static void on_socket(uv_poll_t *poll, int status, int events);

static void watch_socket(hone_link *link)
{
    int events = UV_READABLE | (link->output.len > 0 ? UV_WRITABLE : 0);
    int code = uv_poll_start(&link->poll, events, on_socket);
    assert(code == 0); /* fails only on a handle that is closing */
    (void)code;
}

static void write_socket(hone_link *link)
{
    hone_buf *output = &link->output;
    ssize_t n = send_bytes(link, hone_buf_text(output), output->len);
    if (n < 0) {
        hone_buf_reset(output); /* reading will say that the keeper has ended */
    } else if (n > 0) {
        memmove(output->data, output->data + n, output->len - (size_t)n);
        hone_buf_truncate(output, output->len - (size_t)n);
    }
    if (output->len == 0)
        watch_socket(link);
}

static void on_socket(uv_poll_t *poll, int status, int events)
{
    hone_link *link = poll->data;
    if (status < 0) {
        read_last_words(link);
        return;
    }
    if ((events & UV_WRITABLE) != 0)
        write_socket(link);
    if ((events & UV_READABLE) != 0)
        read_socket(link);
}

static int set_actions(posix_spawn_file_actions_t *actions, int fd)
{
    int code = posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDWR, 0);
    for (int to = 1; to <= 2 && code == 0; to++)
        code = posix_spawn_file_actions_adddup2(actions, 0, to);
    if (code == 0)
        code = posix_spawn_file_actions_adddup2(actions, fd, KEEPER_FD);
    return code == 0 ? posix_spawn_file_actions_addclosefrom_np(actions, KEEPER_FD + 1)
                     : code;
}

static int set_attributes(posix_spawnattr_t *attributes)
{
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    int code = posix_spawnattr_setsigmask(attributes, &none);
    if (code == 0)
        code = posix_spawnattr_setsigdefault(attributes, &all);
    if (code == 0)
        code = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSID |
                                                        POSIX_SPAWN_SETSIGMASK |
                                                        POSIX_SPAWN_SETSIGDEF);
    return code;
}

/* Returns 0 or errno. `fd` is the keeper's end; at least 4, so that it is not in the way
 * of what the keeper's descriptors become. */
static int spawn_keeper(const hone_local *local, uint32_t folder, int fd, pid_t *pid)
{
    char number[16], nofile[24];
    snprintf(number, sizeof number, "%" PRIu32, folder);
    snprintf(nofile, sizeof nofile, "%" PRIu64, local->nofile);
    char name[] = "hone-keeper", word[] = "__keeper";
    char keep[] = "keep", end[] = "kill";
    char *on_exit = local->on_exit == HONE_ON_EXIT_KILL ? end : keep;
    char *args[] = {name, word, local->dir, number, nofile, on_exit, NULL};
    const char *program = local->keeper != NULL ? local->keeper : "/proc/self/exe";
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int code = posix_spawn_file_actions_init(&actions);
    if (code != 0)
        return code;
    code = posix_spawnattr_init(&attributes);
    if (code != 0)
        goto fail_attributes;
    code = set_actions(&actions, fd);
    if (code == 0)
        code = set_attributes(&attributes);
    if (code == 0)
        code = posix_spawn(pid, program, &actions, &attributes, args, environ);
    posix_spawnattr_destroy(&attributes);
fail_attributes:
    posix_spawn_file_actions_destroy(&actions);
    return code;
}

/* Our end and the keeper's. Returns 0 or errno. */
static int open_sockets(int ends[static 2])
{
    int raw[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, raw) != 0)
        return errno;
    ends[0] = raw[0];
    ends[1] = fcntl(raw[1], F_DUPFD_CLOEXEC, KEEPER_FD + 1);
    int code = ends[1] < 0 ? errno : 0;
    close(raw[1]);
    if (code != 0)
        close(raw[0]);
    return code;
}

static int make_folder(const hone_local *local, uint32_t folder)
{
    hone_buf path;
    hone_buf_init(&path, HONE_PATH_MAX);
    hone_buf_printf(&path, "%s/slots/%" PRIu32, local->dir, folder);
    int code = hone_buf_status(&path) != HONE_OK ? ENAMETOOLONG
                                                 : hone_folder_make(hone_buf_text(&path));
    hone_buf_release(&path);
    return code == EEXIST ? 0 : code;
}

/* Gives the link its handle; from then on the handle's closing frees it. */
static int open_poll(hone_link *link)
{
    int code = uv_poll_init(link->local->loop, &link->poll, link->fd);
    if (code != 0)
        return code;
    link->local->n_handles++;
    link->poll.data = link;
    watch_socket(link);
    return 0;
}

/* The keeper of a folder, and our end of the socket to it. Returns 0 or errno. */
static int start_keeper(const hone_local *local, uint32_t folder, pid_t *pid, int *fd)
{
    int ends[2] = {-1, -1};
    int code = make_folder(local, folder);
    if (code == 0)
        code = open_sockets(ends);
    if (code != 0)
        return code;
    code = spawn_keeper(local, folder, ends[1], pid);
    close(ends[1]);
    if (code != 0)
        close(ends[0]);
    *fd = ends[0];
    return code;
}

int hone_link_ensure(hone_local *local, uint32_t slot, hone_error *err)
{
    hone_local_slot *place = &local->slots[slot];
    if (place->link != NULL)
        return HONE_OK;
    hone_link *link = calloc(1, sizeof *link);
    if (link == NULL)
        return hone_error_set(err, HONE_ENOMEM, "no memory for the keeper of a slot");
    link->local = local;
    link->slot = slot;
    hone_buf_init(&link->input, HONE_WIRE_MAX + HONE_WIRE_HEAD + HONE_LOCAL_READ);
    hone_buf_init(&link->output, 2 * HONE_WIRE_MAX);
    int code = start_keeper(local, place->folder, &link->pid, &link->fd);
    if (code != 0) {
        free(link);
        return hone_error_set(err, HONE_ESPAWN,
                              "cannot start the keeper of slot %" PRIu32 ": %s", slot,
                              strerror(code));
    }
    code = open_poll(link);
    if (code != 0) {
        kill(link->pid, SIGKILL);
        wait_keeper(link);
        close(link->fd);
        free(link);
        return hone_error_set(err, HONE_ESPAWN,
                              "cannot reach the keeper of slot %" PRIu32 ": %s", slot,
                              uv_strerror(code));
    }
    place->link = link;
    return HONE_OK;
}

int hone_link_send(hone_link *link)
{
    const hone_buf *frame = &link->local->frame;
    hone_buf *output = &link->output;
    ssize_t sent = 0;
    if (output->len == 0)
        sent = send_bytes(link, frame->data, frame->len);
    if (sent < 0)
        return HONE_ESPAWN;
    size_t left = frame->len - (size_t)sent;
    if (left == 0)
        return HONE_OK;
    hone_buf_add(output, frame->data + sent, left);
    watch_socket(link);
    /* Half a frame can never be taken back: the keeper is given up then. */
    return hone_buf_status(output) == HONE_OK ? HONE_OK : HONE_ESPAWN;
}
