/* The keeper: a process that lives as long as its slot, and runs one attempt at a time.
 *
 *   hone-keeper __keeper DIR FOLDER NOFILE keep|kill   with a socket to hone as fd 3
 *
 * It is the leader of a session and the subreaper of what it starts, so that nothing of
 * an attempt can slip away, and it needs nobody: when hone dies it goes on to the end of
 * its attempt (with `kill`, it ends it), enforces the limits, writes the record of the
 * end and leaves.
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
#include "executors/keeper_state.h"

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

#include "base/banned.h"

enum { SOCKET_FD = 3 };

enum event { CHILD, TERM, NOW, DEADLINE, MEMORY, HANGUP, N_EVENTS };

int64_t hone_keeper_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * HONE_NS_PER_S + now.tv_nsec;
}

static void check_running(hone_keeper *keeper)
{
    if (!keeper->now.main_ended)
        return;
    if (keeper->now.childless)
        hone_attempt_finish(keeper);
    else
        hone_attempt_kill(keeper);
}

/* During the grace the whole tree has it, not only the main process: that may be a shell
 * that dies at once while the trainer behind it saves its state. */
static void check_stopping(hone_keeper *keeper)
{
    if (keeper->now.childless)
        hone_attempt_finish(keeper);
}

static void check_ending(hone_keeper *keeper)
{
    if (keeper->now.childless)
        hone_attempt_finish(keeper);
    else
        hone_attempt_kill(keeper);
}

static void begin_stopping(hone_keeper *keeper, hone_end_cause cause)
{
    keeper->now.cause = cause;
    hone_tree_terminate((pid_t)keeper->now.start.pid);
    keeper->state = HONE_KEEPER_STOPPING;
    keeper->deadline_ns = hone_keeper_clock() + keeper->now.grace_ns;
}

static void stop_asked(hone_keeper *keeper)
{
    begin_stopping(keeper, HONE_END_ASKED);
}

static void stop_timed_out(hone_keeper *keeper)
{
    begin_stopping(keeper, HONE_END_TIMED_OUT);
}

/* The kernel would not ask first, either. */
static void kill_too_large(hone_keeper *keeper)
{
    if (keeper->now.cause == HONE_END_ITSELF)
        keeper->now.cause = HONE_END_TOO_LARGE;
    hone_attempt_kill(keeper);
}

static void kill_asked(hone_keeper *keeper)
{
    if (keeper->now.cause == HONE_END_ITSELF)
        keeper->now.cause = HONE_END_ASKED;
    hone_attempt_kill(keeper);
}

static void drop_asked(hone_keeper *keeper)
{
    keeper->now.cause = HONE_END_ASKED;
    hone_attempt_finish(keeper);
}

static void drop_hone(hone_keeper *keeper)
{
    close(keeper->socket);
    keeper->socket = -1;
}

static void drop_running(hone_keeper *keeper)
{
    drop_hone(keeper);
    if (keeper->on_exit == HONE_ON_EXIT_KILL)
        begin_stopping(keeper, HONE_END_ABANDONED);
}

/* The socket stays open to the very end: its closing tells that this process has ended.
 */
static void leave_idle(hone_keeper *keeper)
{
    keeper->state = HONE_KEEPER_LEAVING;
}

typedef void action_fn(hone_keeper *keeper);

/* clang-format off */
static action_fn *const table[HONE_N_KEEPER_STATES][N_EVENTS] = {
    [HONE_KEEPER_IDLE]     = {[HANGUP] = leave_idle},
    [HONE_KEEPER_RUNNING]  = {[CHILD] = check_running, [TERM] = stop_asked, [NOW] = kill_asked,
                  [DEADLINE] = stop_timed_out, [MEMORY] = kill_too_large, [HANGUP] = drop_running},
    [HONE_KEEPER_STOPPING] = {[CHILD] = check_stopping, [NOW] = kill_asked, [DEADLINE] = hone_attempt_kill,
                  [MEMORY] = kill_too_large, [HANGUP] = drop_hone},
    [HONE_KEEPER_ENDING]   = {[CHILD] = check_ending, [DEADLINE] = hone_attempt_kill, [HANGUP] = drop_hone},
    [HONE_KEEPER_DRAINING] = {[TERM] = drop_asked, [NOW] = drop_asked, [DEADLINE] = hone_attempt_finish,
                  [HANGUP] = drop_hone},
};
/* clang-format on */

static void step(hone_keeper *keeper, enum event event)
{
    assert(keeper->state < HONE_N_KEEPER_STATES && event < N_EVENTS);
    if (table[keeper->state][event] != NULL)
        table[keeper->state][event](keeper);
}

static void account_child(hone_attempt *now, pid_t pid, int status,
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

static void reap_children(hone_keeper *keeper)
{
    hone_attempt *now = &keeper->now;
    if (keeper->state == HONE_KEEPER_IDLE)
        return;
    for (;;) {
        int status;
        struct rusage usage;
        pid_t pid = wait4(-1, &status, WNOHANG, &usage);
        if (pid > 0) {
            account_child(now, pid, status, &usage);
            now->killed |= keeper->state != HONE_KEEPER_ENDING && WIFSIGNALED(status) &&
                           WTERMSIG(status) == SIGKILL;
            continue;
        }
        now->childless = pid < 0 && errno == ECHILD;
        if (pid == 0 || errno != EINTR)
            break;
    }
    if (now->childless && now->ended_ns == 0)
        now->ended_ns = hone_keeper_clock();
    step(keeper, CHILD);
}

static void take_signals(hone_keeper *keeper)
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

static void take_kill(hone_keeper *keeper, const hone_frame *frame)
{
    hone_cursor cursor = hone_wire_open(frame);
    uint64_t trial = hone_wire_get_u64(&cursor);
    uint64_t how = hone_wire_get_u64(&cursor);
    reap_children(keeper);
    if (cursor.failed == 0 && keeper->state != HONE_KEEPER_IDLE &&
        trial == keeper->now.start.trial)
        step(keeper, how == HONE_KILL_NOW ? NOW : TERM);
}

enum peer { PEER_THERE, PEER_GONE };

/* An attempt is not begun for a hone that is gone: the next one would not know of it. */
static void take_frame(hone_keeper *keeper, const hone_frame *frame, enum peer peer)
{
    hone_launch launch;
    if (frame->type == HONE_FRAME_KILL)
        take_kill(keeper, frame);
    else if (frame->type == HONE_FRAME_LAUNCH && keeper->state == HONE_KEEPER_IDLE &&
             peer == PEER_THERE && hone_wire_get_launch(frame, &launch) == HONE_OK)
        hone_attempt_launch(keeper, &launch);
}

/* Takes all whole frames from the input; false where it is not made of frames. */
static bool take_frames(hone_keeper *keeper, enum peer peer)
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

static void take_socket(hone_keeper *keeper, short revents)
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

static int wait_ms(const hone_keeper *keeper)
{
    int64_t until = keeper->deadline_ns;
    if (keeper->look_ns < until)
        until = keeper->look_ns;
    if (keeper->tell_ns < until)
        until = keeper->tell_ns;
    bool blocked = keeper->outputs[0].blocked || keeper->outputs[1].blocked;
    if (until == HONE_NO_DEADLINE && !blocked)
        return -1;
    int64_t now = hone_keeper_clock();
    if (blocked && until > now + HONE_RETRY_NS)
        until = now + HONE_RETRY_NS;
    if (until <= now)
        return 0;
    int64_t ms = (until - now + 999999) / 1000000;
    return ms < INT_MAX ? (int)ms : INT_MAX;
}

/* A program that prints a lot wakes the keeper at its first byte: while it goes on, the
 * pipe is given the time to fill, and one wake-up serves many writes. */
static void pump_outputs(hone_keeper *keeper, const struct pollfd fds[2])
{
    enum { BUSY_NS = 2000000, PAUSE_NS = 100000 };
    bool any = false;
    for (int i = 0; i < 2; i++)
        any = any || fds[i].revents != 0 || keeper->outputs[i].blocked;
    if (!any)
        return;
    if (hone_keeper_clock() - keeper->pumped_ns < BUSY_NS)
        nanosleep(&(struct timespec){.tv_nsec = PAUSE_NS}, NULL);
    for (int i = 0; i < 2; i++)
        if (fds[i].revents != 0 || keeper->outputs[i].blocked)
            (void)hone_output_pump(&keeper->outputs[i]);
    keeper->pumped_ns = hone_keeper_clock();
}

static void turn_loop(hone_keeper *keeper)
{
    struct pollfd fds[4] = {
        {.fd = keeper->socket, .events = POLLIN | POLLRDHUP},
        {.fd = keeper->signals, .events = POLLIN},
    };
    for (int i = 0; i < 2; i++)
        fds[2 + i] = (struct pollfd){
            .fd = keeper->outputs[i].blocked ? -1 : keeper->outputs[i].read_fd,
            .events = POLLIN};
    int n = poll(fds, 4, wait_ms(keeper));
    pump_outputs(keeper, fds + 2);
    if (n > 0 && fds[1].revents != 0)
        take_signals(keeper);
    if (n > 0 && fds[0].revents != 0 && keeper->socket >= 0)
        take_socket(keeper, fds[0].revents);
    if (keeper->tell_ns != HONE_NO_DEADLINE && hone_keeper_clock() >= keeper->tell_ns)
        hone_attempt_tell(keeper);
    if (keeper->deadline_ns != HONE_NO_DEADLINE &&
        hone_keeper_clock() >= keeper->deadline_ns)
        step(keeper, DEADLINE);
    if (keeper->look_ns != HONE_NO_DEADLINE && hone_keeper_clock() >= keeper->look_ns &&
        hone_memory_exceeded(keeper))
        step(keeper, MEMORY);
}

/* Signals that would end or stop the keeper are blocked and not ignored, and what it was
 * started with ignored is reset: a command then inherits nothing that it would have to
 * undo (keeper_spawn.c). */
static int open_signals(hone_keeper *keeper)
{
    static const int unwanted[] = {SIGHUP,  SIGINT,  SIGPIPE, SIGXFSZ,
                                   SIGTTIN, SIGTTOU, SIGTSTP};
    sigset_t taken, blocked;
    struct sigaction old;
    for (int number = 1; number <= SIGRTMAX; number++)
        if (sigaction(number, NULL, &old) == 0 && old.sa_handler == SIG_IGN)
            signal(number, SIG_DFL);
    sigemptyset(&taken);
    sigaddset(&taken, SIGCHLD);
    sigaddset(&taken, SIGTERM);
    sigaddset(&taken, SIGQUIT);
    blocked = taken;
    for (size_t i = 0; i < sizeof unwanted / sizeof unwanted[0]; i++)
        sigaddset(&blocked, unwanted[i]);
    if (sigprocmask(SIG_BLOCK, &blocked, NULL) != 0)
        return errno;
    keeper->signals = signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK);
    return keeper->signals < 0 ? errno : 0;
}

/* Everything that the attempts share. Returns 0 or errno, and what failed. */
static int open_slot(hone_keeper *keeper, const char **what)
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
    code = hone_journal_open(keeper);
    *what = code == 0 ? "stdout" : *what;
    code = code == 0 ? hone_output_open(&keeper->outputs[0], keeper->files.dir, *what)
                     : code;
    *what = code == 0 ? "stderr" : *what;
    code = code == 0 ? hone_output_open(&keeper->outputs[1], keeper->files.dir, *what)
                     : code;
    if (code != 0)
        return code;
    *what = "its environment";
    code = hone_spawn_scratch_open(&keeper->scratch, keeper->files.path);
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

static int run_keeper(hone_keeper *keeper, const char *dir, const char *folder)
{
    hone_slot_files *files = &keeper->files;
    files->folder = (uint32_t)strtoul(folder, NULL, 10);
    int n = snprintf(files->path, sizeof files->path, "%s/slots/%s", dir, folder);
    const char *what = "its path";
    int code = n < 0 || n >= HONE_PATH_MAX - 32 ? ENAMETOOLONG : open_slot(keeper, &what);
    if (code != 0) {
        hone_buf_printf(&keeper->line, "slot %s: cannot open %s: %s", folder, what,
                        strerror(code));
        hone_keeper_send(keeper, HONE_FRAME_BROKEN, &keeper->line);
        return EXIT_FAILURE;
    }
    while (keeper->state != HONE_KEEPER_LEAVING)
        turn_loop(keeper);
    hone_files_close(files);
    return EXIT_SUCCESS;
}

int hone_keeper_main(int argc, char **argv)
{
    struct stat status;
    if (argc != 6 || fstat(SOCKET_FD, &status) != 0 || !S_ISSOCK(status.st_mode))
        return 2;
    hone_keeper *keeper = calloc(1, sizeof *keeper);
    if (keeper == NULL || fcntl(SOCKET_FD, F_SETFD, FD_CLOEXEC) != 0 ||
        prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0) {
        free(keeper);
        return EXIT_FAILURE;
    }
    (void)prctl(PR_SET_NAME, "hone-keeper", 0, 0, 0);
    restore_nofile(argv[4]);
    keeper->on_exit =
        strcmp(argv[5], "kill") == 0 ? HONE_ON_EXIT_KILL : HONE_ON_EXIT_KEEP;
    keeper->state = HONE_KEEPER_IDLE;
    keeper->socket = SOCKET_FD;
    keeper->deadline_ns = keeper->look_ns = keeper->tell_ns = HONE_NO_DEADLINE;
    keeper->oom_read_ns = -HONE_NO_DEADLINE / 2;
    hone_buf_init(&keeper->input, HONE_WIRE_MAX + HONE_WIRE_HEAD + 64 * 1024);
    hone_buf_init(&keeper->line, HONE_RECORD_MAX);
    hone_buf_init(&keeper->message, HONE_RECORD_MAX + HONE_WIRE_HEAD);
    /* What a record takes is there from the start: an end is told whatever happens. */
    int code = EXIT_FAILURE;
    if (hone_buf_reserve(&keeper->line, HONE_RECORD_MAX) == HONE_OK &&
        hone_buf_reserve(&keeper->message, HONE_RECORD_MAX + HONE_WIRE_HEAD) == HONE_OK)
        code = run_keeper(keeper, argv[2], argv[3]);
    hone_buf_release(&keeper->input);
    hone_buf_release(&keeper->line);
    hone_buf_release(&keeper->message);
    hone_spawn_scratch_release(&keeper->scratch);
    free(keeper);
    return code;
}
