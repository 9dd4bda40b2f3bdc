/* The keeper: a process that lives as long as its slot, and runs one attempt at a time.
 *
 *   hone-keeper __keeper DIR FOLDER NOFILE      with a socket to the executor as fd 3
 *
 * It is the leader of a session and the subreaper of what it starts, so that nothing of
 * an attempt can slip away, and it needs nobody: when hone dies it goes on to the end of
 * its attempt, enforces the time limit, writes the record of the end and leaves.
 *
 * The loop waits (poll: socket, signals, the two outputs, a deadline), turns what came
 * into an event, and calls what the table says for the present state:
 *
 *   IDLE       no attempt
 *   RUNNING    the command runs; the deadline is its time limit
 *   STOPPING   everybody has got SIGTERM; the deadline is the end of the grace
 *   ENDING     everybody gets SIGKILL until there is nobody left
 *   DRAINING   all have ended, but the disk has no space for what they printed
 *   LEAVING    the end of the loop */
#include "executors/keeper.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "executors/slot.h"
#include "executors/tree.h"
#include "executors/wire.h"

#include "base/banned.h"

enum {
    SOCKET_FD = 3,
    JOURNAL_MAX = 64 * 1024, /* bytes; a longer one is emptied when hone has read it */
    RETRY_NS = 100 * 1000 * 1000
};

#define NO_DEADLINE INT64_MAX
#define NS_PER_S    1000000000LL

enum state { IDLE, RUNNING, STOPPING, ENDING, DRAINING, LEAVING, N_STATES };
enum event { CHILD, TERM, NOW, DEADLINE, HANGUP, N_EVENTS };

/* Why the attempt is being ended before its time. */
enum cause { NO_CAUSE, ASKED, TIMED_OUT, UNRECORDED };

struct attempt {
    hone_start_record start;
    int64_t started_ns, ended_ns; /* monotonic */
    int64_t grace_ns;
    int64_t cpu_us;  /* of all that have been waited for */
    int64_t max_rss; /* bytes */
    int status;      /* of the main process, once it has ended */
    bool main_ended, childless;
    enum cause cause;
    int record_errno; /* of UNRECORDED */
};

struct keeper {
    enum state state;
    int socket; /* -1: hone is gone */
    int signals, lock, null, journal;
    uint64_t journal_len;
    int64_t deadline_ns;
    int64_t oom_read_ns; /* when oom_kills was read */
    uint64_t oom_kills;  /* of the machine */
    struct attempt now;
    hone_buf input, line, message;
    hone_spawn_scratch scratch;
    hone_slot_files files;
    hone_output outputs[2];
};

static int64_t clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

/* Seconds as a span to add to the clock; what is too long for it is no limit. */
static int64_t span_ns(double seconds)
{
    if (!(seconds > 0))
        return 0;
    return seconds < 1e9 ? (int64_t)(seconds * 1e9) : NO_DEADLINE / 2;
}

/* ---- what leaves the keeper: the journal, the messages */

static bool is_full(int code)
{
    return code == ENOSPC || code == EDQUOT;
}

/* Space for the records to come is taken in advance: the record of an end can then be
 * written also when the disk has become full. Not every file system can. */
static void reserve_journal(struct keeper *keeper)
{
    (void)fallocate(keeper->journal, FALLOC_FL_KEEP_SIZE, (off_t)keeper->journal_len,
                    2 * JOURNAL_MAX);
}

/* Appends keeper->line with one write. Returns 0 or errno; then nothing of it stays. */
static int append_journal(struct keeper *keeper)
{
    size_t len = keeper->line.len;
    ssize_t n;
    do
        n = write(keeper->journal, keeper->line.data, len);
    while (n < 0 && errno == EINTR);
    if (n == (ssize_t)len) {
        keeper->journal_len += len;
        return 0;
    }
    int code = n < 0 ? errno : ENOSPC;
    (void)ftruncate(keeper->journal, (off_t)keeper->journal_len);
    return code;
}

static void trim_journal(struct keeper *keeper, const hone_launch *launch)
{
    if (!launch->journal_settled || keeper->journal_len <= JOURNAL_MAX)
        return;
    if (ftruncate(keeper->journal, 0) == 0)
        keeper->journal_len = 0;
    reserve_journal(keeper);
}

static void send_message(struct keeper *keeper, hone_frame_type type,
                         const hone_buf *text)
{
    hone_buf *message = &keeper->message;
    hone_buf_reset(message);
    hone_wire_put_bytes(message, type, hone_buf_text(text), text->len);
    if (hone_buf_status(message) != HONE_OK)
        return; /* hone will read the journal */
    for (size_t done = 0; keeper->socket >= 0 && done < message->len;) {
        ssize_t n =
            send(keeper->socket, message->data + done, message->len - done, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return; /* it is gone: poll will say so */
        done += (size_t)n;
    }
}

/* ---- the end of an attempt */

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
static void refresh_oom_kills(struct keeper *keeper, int64_t now)
{
    if (now - keeper->oom_read_ns < 10 * NS_PER_S)
        return;
    keeper->oom_kills = read_oom_kills();
    keeper->oom_read_ns = now;
}

static bool was_oom_killed(struct keeper *keeper)
{
    uint64_t before = keeper->oom_kills;
    keeper->oom_kills = read_oom_kills();
    keeper->oom_read_ns = clock_ns();
    return keeper->oom_kills > before;
}

static hone_reason find_reason(struct keeper *keeper, const hone_exit *end)
{
    switch (keeper->now.cause) {
    case UNRECORDED:
        return HONE_REASON_LOST;
    case TIMED_OUT:
        return HONE_REASON_TIMEOUT;
    case ASKED:
        return HONE_REASON_SIGNAL;
    case NO_CAUSE:
        break;
    }
    if (end->signal == SIGKILL && was_oom_killed(keeper))
        return HONE_REASON_OUT_OF_MEMORY;
    if (end->signal != 0)
        return HONE_REASON_SIGNAL;
    return end->exit_code != 0 ? HONE_REASON_EXIT : HONE_REASON_NONE;
}

static hone_exit describe_end(struct keeper *keeper)
{
    const struct attempt *now = &keeper->now;
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
        .stdout_start = now->start.stdout_start,
        .stdout_end = keeper->outputs[0].end,
        .stderr_start = now->start.stderr_start,
        .stderr_end = keeper->outputs[1].end,
    };
    end.reason = find_reason(keeper, &end);
    return end;
}

/* Records the end and tells it, in this order: hone may be gone at any instant. */
static void publish_end(struct keeper *keeper, const hone_exit *end)
{
    hone_buf_reset(&keeper->line);
    hone_record_put_end(&keeper->line, end);
    int code = append_journal(keeper);
    /* With hone gone nobody else knows: wait for space. */
    while (is_full(code) && keeper->socket < 0) {
        nanosleep(&(struct timespec){.tv_nsec = RETRY_NS}, NULL);
        code = append_journal(keeper);
    }
    send_message(keeper, HONE_FRAME_ENDED, &keeper->line);
    keeper->deadline_ns = NO_DEADLINE;
    keeper->state = keeper->socket < 0 ? LEAVING : IDLE;
}

static hone_pumped pump_outputs(struct keeper *keeper)
{
    enum { ROUNDS = 64 };
    hone_pumped worst = HONE_PUMP_EMPTY;
    for (int i = 0; i < 2; i++) {
        hone_pumped pumped = HONE_PUMP_MORE;
        for (int round = 0; round < ROUNDS && pumped == HONE_PUMP_MORE; round++)
            pumped = hone_output_pump(&keeper->outputs[i]);
        if (pumped == HONE_PUMP_BLOCKED)
            worst = HONE_PUMP_BLOCKED;
    }
    return worst;
}

/* All processes have ended: what they printed first, then the rest. A killed attempt does
 * not wait for space on the disk. */
static void finish_attempt(struct keeper *keeper)
{
    if (pump_outputs(keeper) == HONE_PUMP_BLOCKED) {
        if (keeper->now.cause == NO_CAUSE) {
            keeper->state = DRAINING;
            keeper->deadline_ns = clock_ns() + RETRY_NS;
            return;
        }
        for (int i = 0; i < 2; i++)
            hone_output_drop(&keeper->outputs[i]);
    }
    hone_exit end = describe_end(keeper);
    hone_files_leave(&keeper->files, &end);
    publish_end(keeper, &end);
}

/* ---- the table's actions */

static void kill_rest(struct keeper *keeper)
{
    hone_tree_kill((pid_t)keeper->now.start.pid);
    keeper->state = ENDING;
    /* Each death calls this again; the deadline is for a list that could not be read. */
    keeper->deadline_ns = clock_ns() + RETRY_NS;
}

static void check_running(struct keeper *keeper)
{
    if (!keeper->now.main_ended)
        return;
    if (keeper->now.childless)
        finish_attempt(keeper);
    else
        kill_rest(keeper);
}

/* During the grace the whole tree has it, not only the main process: that may be a shell
 * that dies at once while the trainer behind it saves its state. */
static void check_stopping(struct keeper *keeper)
{
    if (keeper->now.childless)
        finish_attempt(keeper);
}

static void check_ending(struct keeper *keeper)
{
    if (keeper->now.childless)
        finish_attempt(keeper);
    else
        kill_rest(keeper);
}

static void begin_stopping(struct keeper *keeper, enum cause cause)
{
    keeper->now.cause = cause;
    hone_tree_terminate((pid_t)keeper->now.start.pid);
    keeper->state = STOPPING;
    keeper->deadline_ns = clock_ns() + keeper->now.grace_ns;
}

static void stop_asked(struct keeper *keeper)
{
    begin_stopping(keeper, ASKED);
}

static void stop_timed_out(struct keeper *keeper)
{
    begin_stopping(keeper, TIMED_OUT);
}

static void kill_asked(struct keeper *keeper)
{
    if (keeper->now.cause == NO_CAUSE)
        keeper->now.cause = ASKED;
    kill_rest(keeper);
}

static void drop_asked(struct keeper *keeper)
{
    keeper->now.cause = ASKED;
    finish_attempt(keeper);
}

static void drop_hone(struct keeper *keeper)
{
    close(keeper->socket);
    keeper->socket = -1;
}

/* The socket stays open to the very end: its closing tells that this process has ended.
 */
static void leave_idle(struct keeper *keeper)
{
    keeper->state = LEAVING;
}

typedef void action_fn(struct keeper *keeper);

/* clang-format off */
static action_fn *const table[N_STATES][N_EVENTS] = {
    [IDLE]     = {[HANGUP] = leave_idle},
    [RUNNING]  = {[CHILD] = check_running, [TERM] = stop_asked, [NOW] = kill_asked,
                  [DEADLINE] = stop_timed_out, [HANGUP] = drop_hone},
    [STOPPING] = {[CHILD] = check_stopping, [NOW] = kill_asked, [DEADLINE] = kill_rest,
                  [HANGUP] = drop_hone},
    [ENDING]   = {[CHILD] = check_ending, [DEADLINE] = kill_rest, [HANGUP] = drop_hone},
    [DRAINING] = {[TERM] = drop_asked, [NOW] = drop_asked, [DEADLINE] = finish_attempt,
                  [HANGUP] = drop_hone},
};
/* clang-format on */

static void step(struct keeper *keeper, enum event event)
{
    assert(keeper->state < N_STATES && event < N_EVENTS);
    if (table[keeper->state][event] != NULL)
        table[keeper->state][event](keeper);
}

/* ---- the start of an attempt */

/* Failures that lie in the state of the machine, not in the command. */
static bool is_passing(int code)
{
    return is_full(code) || code == EAGAIN || code == ENOMEM || code == EMFILE ||
           code == ENFILE || code == EIO || code == EROFS;
}

static void fail_start(struct keeper *keeper, hone_reason reason, int code)
{
    keeper->now.ended_ns = keeper->now.started_ns;
    hone_exit end = describe_end(keeper);
    end.reason = reason;
    end.exit_code = -1;
    end.spawn_errno = code;
    hone_files_leave(&keeper->files, &end);
    publish_end(keeper, &end);
}

static void begin_attempt(struct keeper *keeper, const hone_launch *launch)
{
    keeper->now = (struct attempt){
        .start = {.trial = launch->trial,
                  .attempt = launch->attempt,
                  .slot = keeper->files.folder,
                  .started_at = hone_wall_clock(),
                  .stdout_start = keeper->outputs[0].end,
                  .stderr_start = keeper->outputs[1].end},
        .started_ns = clock_ns(),
        .grace_ns = span_ns(launch->grace_s),
    };
    size_t len = strlen(launch->trial_dir);
    if (len < HONE_PATH_MAX)
        memcpy(keeper->now.start.trial_dir, launch->trial_dir, len + 1);
    refresh_oom_kills(keeper, keeper->now.started_ns);
    for (int i = 0; i < 2; i++)
        hone_output_restore(&keeper->outputs[i]);
}

static void record_start(struct keeper *keeper)
{
    hone_buf_reset(&keeper->line);
    hone_record_put_start(&keeper->line, &keeper->now.start);
    int code = append_journal(keeper);
    if (code == 0) {
        send_message(keeper, HONE_FRAME_STARTED, &keeper->line);
        return;
    }
    /* An attempt that no journal knows would be run twice if hone died now. */
    keeper->now.cause = UNRECORDED;
    keeper->now.record_errno = code;
    kill_rest(keeper);
}

static void launch_attempt(struct keeper *keeper, const hone_launch *launch)
{
    const int fds[3] = {keeper->null, keeper->outputs[0].write_fd,
                        keeper->outputs[1].write_fd};
    trim_journal(keeper, launch);
    begin_attempt(keeper, launch);
    int code = hone_files_enter(&keeper->files, launch);
    if (code != 0) {
        fail_start(keeper, HONE_REASON_LOST, code);
        return;
    }
    pid_t pid = 0;
    code = hone_keeper_spawn(&keeper->scratch, launch, keeper->files.path, fds, &pid);
    if (code != 0) {
        fail_start(keeper, is_passing(code) ? HONE_REASON_LOST : HONE_REASON_NOT_FOUND,
                   code);
        return;
    }
    keeper->now.start.pid = pid;
    keeper->state = RUNNING;
    if (launch->timeout_s > 0)
        keeper->deadline_ns = keeper->now.started_ns + span_ns(launch->timeout_s);
    record_start(keeper);
}

/* ---- what comes in */

static void account_child(struct attempt *now, pid_t pid, int status,
                          const struct rusage *usage)
{
    now->cpu_us += (int64_t)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1000000 +
                   usage->ru_utime.tv_usec + usage->ru_stime.tv_usec;
    int64_t rss = (int64_t)usage->ru_maxrss * 1024;
    if (rss > now->max_rss)
        now->max_rss = rss;
    if (pid == now->start.pid) {
        now->main_ended = true;
        now->status = status;
    }
}

static void reap_children(struct keeper *keeper)
{
    struct attempt *now = &keeper->now;
    if (keeper->state == IDLE)
        return;
    for (;;) {
        int status;
        struct rusage usage;
        pid_t pid = wait4(-1, &status, WNOHANG, &usage);
        if (pid > 0) {
            account_child(now, pid, status, &usage);
            continue;
        }
        now->childless = pid < 0 && errno == ECHILD;
        if (pid == 0 || errno != EINTR)
            break;
    }
    if (now->childless && now->ended_ns == 0)
        now->ended_ns = clock_ns();
    step(keeper, CHILD);
}

static void take_signals(struct keeper *keeper)
{
    struct signalfd_siginfo infos[16];
    ssize_t n = read(keeper->signals, infos, sizeof infos);
    /* First whoever has ended: a signal for an attempt that is over means nothing. */
    reap_children(keeper);
    for (size_t i = 0; n > 0 && i < (size_t)n / sizeof infos[0]; i++) {
        if (infos[i].ssi_signo == SIGTERM)
            step(keeper, TERM);
        if (infos[i].ssi_signo == SIGQUIT)
            step(keeper, NOW);
    }
}

static void take_kill(struct keeper *keeper, const hone_frame *frame)
{
    hone_cursor cursor = hone_wire_open(frame);
    uint64_t trial = hone_wire_get_u64(&cursor);
    uint64_t how = hone_wire_get_u64(&cursor);
    reap_children(keeper);
    if (cursor.failed == 0 && keeper->state != IDLE && trial == keeper->now.start.trial)
        step(keeper, how == HONE_KILL_NOW ? NOW : TERM);
}

enum peer { PEER_THERE, PEER_GONE };

/* An attempt is not begun for a hone that is gone: the next one would not know of it. */
static void take_frame(struct keeper *keeper, const hone_frame *frame, enum peer peer)
{
    hone_launch launch;
    if (frame->type == HONE_FRAME_KILL)
        take_kill(keeper, frame);
    else if (frame->type == HONE_FRAME_LAUNCH && keeper->state == IDLE &&
             peer == PEER_THERE && hone_wire_get_launch(frame, &launch) == HONE_OK)
        launch_attempt(keeper, &launch);
}

/* Takes all whole frames from the input; false where it is not made of frames. */
static bool take_frames(struct keeper *keeper, enum peer peer)
{
    hone_buf *input = &keeper->input;
    size_t done = 0, used;
    hone_frame frame;
    int found;
    while ((found = hone_wire_next(hone_buf_text(input) + done, input->len - done, &used,
                                   &frame)) > 0) {
        take_frame(keeper, &frame, peer);
        done += used;
    }
    if (done > 0) {
        memmove(input->data, input->data + done, input->len - done);
        hone_buf_truncate(input, input->len - done);
    }
    return found == 0 && hone_buf_status(input) == HONE_OK;
}

static void take_socket(struct keeper *keeper, short revents)
{
    char bytes[64 * 1024];
    ssize_t n = recv(keeper->socket, bytes, sizeof bytes, MSG_DONTWAIT);
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    bool gone = (revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
    if (n > 0)
        hone_buf_add(&keeper->input, bytes, (size_t)n);
    if (n <= 0 || !take_frames(keeper, gone ? PEER_GONE : PEER_THERE))
        step(keeper, HANGUP);
}

/* ---- the loop */

static bool is_blocked(const hone_output *output)
{
    return output->held > 0;
}

static int wait_ms(const struct keeper *keeper)
{
    int64_t until = keeper->deadline_ns;
    bool blocked = is_blocked(&keeper->outputs[0]) || is_blocked(&keeper->outputs[1]);
    if (until == NO_DEADLINE && !blocked)
        return -1;
    int64_t now = clock_ns();
    if (blocked && until > now + RETRY_NS)
        until = now + RETRY_NS;
    if (until <= now)
        return 0;
    int64_t ms = (until - now + 999999) / 1000000;
    return ms < INT_MAX ? (int)ms : INT_MAX;
}

static void turn_loop(struct keeper *keeper)
{
    struct pollfd fds[4] = {
        {.fd = keeper->socket, .events = POLLIN | POLLRDHUP},
        {.fd = keeper->signals, .events = POLLIN},
    };
    for (int i = 0; i < 2; i++)
        fds[2 + i] = (struct pollfd){
            .fd = is_blocked(&keeper->outputs[i]) ? -1 : keeper->outputs[i].read_fd,
            .events = POLLIN};
    int n = poll(fds, 4, wait_ms(keeper));
    for (int i = 0; i < 2; i++)
        if (fds[2 + i].revents != 0 || is_blocked(&keeper->outputs[i]))
            (void)hone_output_pump(&keeper->outputs[i]);
    if (n > 0 && fds[1].revents != 0)
        take_signals(keeper);
    if (n > 0 && fds[0].revents != 0 && keeper->socket >= 0)
        take_socket(keeper, fds[0].revents);
    if (keeper->deadline_ns != NO_DEADLINE && clock_ns() >= keeper->deadline_ns)
        step(keeper, DEADLINE);
}

/* ---- life */

static int open_signals(struct keeper *keeper)
{
    static const int ignored[] = {SIGHUP,  SIGINT,  SIGPIPE, SIGXFSZ,
                                  SIGTTIN, SIGTTOU, SIGTSTP};
    sigset_t taken;
    for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++)
        signal(ignored[i], SIG_IGN);
    sigemptyset(&taken);
    sigaddset(&taken, SIGCHLD);
    sigaddset(&taken, SIGTERM);
    sigaddset(&taken, SIGQUIT);
    if (sigprocmask(SIG_BLOCK, &taken, NULL) != 0)
        return errno;
    keeper->signals = signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK);
    return keeper->signals < 0 ? errno : 0;
}

static int open_journal(struct keeper *keeper)
{
    struct stat status;
    keeper->journal =
        openat(keeper->files.dir, "journal",
               O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (keeper->journal < 0 || fstat(keeper->journal, &status) != 0)
        return errno;
    keeper->journal_len = (uint64_t)status.st_size;
    reserve_journal(keeper);
    return 0;
}

/* Everything that the attempts share. Returns 0 or errno, and what failed. */
static int open_slot(struct keeper *keeper, const char **what)
{
    *what = "its folder";
    int code = hone_files_open(&keeper->files);
    if (code != 0)
        return code;
    *what = "lock";
    keeper->lock = hone_slot_lock(keeper->files.dir);
    if (keeper->lock < 0)
        return errno;
    /* Of an attempt whose keeper was killed; what it held was read at takeover. */
    (void)unlinkat(keeper->files.dir, "metrics.jsonl", 0);
    *what = "journal";
    code = open_journal(keeper);
    *what = code == 0 ? "stdout" : *what;
    code = code == 0 ? hone_output_open(&keeper->outputs[0], keeper->files.dir, *what)
                     : code;
    *what = code == 0 ? "stderr" : *what;
    code = code == 0 ? hone_output_open(&keeper->outputs[1], keeper->files.dir, *what)
                     : code;
    if (code != 0)
        return code;
    *what = "/dev/null";
    keeper->null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    return keeper->null < 0 ? errno : open_signals(keeper);
}

static void restore_nofile(const char *soft)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    unsigned long long wanted = strtoull(soft, NULL, 10);
    limit.rlim_cur = wanted < limit.rlim_max ? (rlim_t)wanted : limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit); /* only ever lowers it */
}

static int run_keeper(struct keeper *keeper, const char *dir, const char *folder)
{
    hone_slot_files *files = &keeper->files;
    files->folder = (uint32_t)strtoul(folder, NULL, 10);
    int n = snprintf(files->path, sizeof files->path, "%s/slots/%s", dir, folder);
    const char *what = "its path";
    int code = n < 0 || n >= HONE_PATH_MAX - 32 ? ENAMETOOLONG : open_slot(keeper, &what);
    if (code != 0) {
        hone_buf_printf(&keeper->line, "slot %s: cannot open %s: %s", folder, what,
                        strerror(code));
        send_message(keeper, HONE_FRAME_BROKEN, &keeper->line);
        return EXIT_FAILURE;
    }
    while (keeper->state != LEAVING)
        turn_loop(keeper);
    hone_files_close(files);
    return EXIT_SUCCESS;
}

int hone_keeper_main(int argc, char **argv)
{
    struct stat status;
    if (argc != 5 || fstat(SOCKET_FD, &status) != 0 || !S_ISSOCK(status.st_mode))
        return 2;
    struct keeper *keeper = calloc(1, sizeof *keeper);
    if (keeper == NULL || fcntl(SOCKET_FD, F_SETFD, FD_CLOEXEC) != 0 ||
        prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0) {
        free(keeper);
        return EXIT_FAILURE;
    }
    (void)prctl(PR_SET_NAME, "hone-keeper", 0, 0, 0);
    restore_nofile(argv[4]);
    keeper->state = IDLE;
    keeper->socket = SOCKET_FD;
    keeper->deadline_ns = NO_DEADLINE;
    keeper->oom_read_ns = -NO_DEADLINE / 2;
    hone_buf_init(&keeper->input, HONE_WIRE_MAX + HONE_WIRE_HEAD + 64 * 1024);
    hone_buf_init(&keeper->line, HONE_RECORD_MAX);
    hone_buf_init(&keeper->message, HONE_RECORD_MAX + HONE_WIRE_HEAD);
    int code = run_keeper(keeper, argv[2], argv[3]);
    hone_buf_release(&keeper->input);
    hone_buf_release(&keeper->line);
    hone_buf_release(&keeper->message);
    hone_spawn_scratch_release(&keeper->scratch);
    free(keeper);
    return code;
}
