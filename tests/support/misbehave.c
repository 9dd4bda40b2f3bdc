/* A command that misbehaves, in one of many ways:
 *
 *   misbehave WHAT BOX
 *
 * It prints its metric, does what WHAT says, tells the pipe BOX/ready that it has, waits
 * until somebody opens the pipe BOX/go for writing, and ends in its way. A second attempt
 * ends well at once. Its children are the same program, and live until they are killed.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BOMB = 200, LONG_LINE = 10 << 20, FLOOD = 6 << 20, REEXECS = 5 };

struct self {
    char **argv;
    const char *what, *box;
};

static int open_pipe(const struct self *self, const char *name, int flags)
{
    char path[512];
    int fd;
    snprintf(path, sizeof path, "%s/%s", self->box, name);
    do
        fd = open(path, flags | O_CLOEXEC);
    while (fd < 0 && errno == EINTR);
    return fd;
}

static void tell_ready(const struct self *self)
{
    char line[64];
    int len = snprintf(line, sizeof line, "%s\n", self->what);
    int fd = open_pipe(self, "ready", O_WRONLY);
    if (fd < 0 || write(fd, line, (size_t)len) != len)
        _exit(90);
    close(fd);
}

static void wait_go(const struct self *self)
{
    close(open_pipe(self, "go", O_RDONLY));
}

__attribute__((noreturn)) static void live_on(void)
{
    for (;;)
        pause();
}

static void say(int fd, const void *bytes, size_t len)
{
    const char *at = bytes;
    while (len > 0) {
        ssize_t n = write(fd, at, len);
        if (n < 0 && errno != EINTR)
            return;
        at += n > 0 ? n : 0;
        len -= n > 0 ? (size_t)n : 0;
    }
}

static void ignore(int number)
{
    signal(number, SIG_IGN);
}

/* A child that `run` is done in; without memory or processes the test fails. */
static void start_child(void (*run)(const struct self *self), const struct self *self)
{
    pid_t pid = fork();
    if (pid < 0)
        _exit(91);
    if (pid > 0)
        return;
    run(self);
    live_on();
}

/* ---- what they do before they wait ---- */

static void nothing(const struct self *self)
{
    (void)self;
}

static void ignore_signals(const struct self *self)
{
    (void)self;
    ignore(SIGTERM);
    ignore(SIGINT);
    ignore(SIGHUP);
}

static void leave_session(const struct self *self)
{
    (void)self;
    setsid();
}

static void start_setsid(const struct self *self)
{
    start_child(leave_session, self);
}

/* The second half of a daemon: the child of a leader that has ended. */
static void become_daemon(const struct self *self)
{
    setsid();
    if (fork() != 0)
        _exit(0);
    if (chdir("/") != 0)
        _exit(92);
    int null = open("/dev/null", O_RDWR);
    for (int fd = 0; fd < 3; fd++)
        dup2(null, fd);
    ignore_signals(self);
}

static void start_daemon(const struct self *self)
{
    start_child(become_daemon, self);
}

/* Nothing is left by which it could be known. */
static void become_stranger(const struct self *self)
{
    char *argv[] = {self->argv[0], "linger", "", NULL}, *env[] = {NULL};
    setsid();
    if (fork() != 0)
        _exit(0);
    for (int fd = 0; fd < 1024; fd++)
        close(fd);
    execve(self->argv[0], argv, env);
    _exit(93);
}

static void start_stranger(const struct self *self)
{
    start_child(become_stranger, self);
}

static void start_bomb(const struct self *self)
{
    for (int i = 0; i < BOMB; i++)
        start_child(i % 2 == 0 ? leave_session : nothing, self);
}

static void close_output(const struct self *self)
{
    (void)self;
    for (int fd = 0; fd < 3; fd++)
        close(fd);
}

static void print_long_line(const struct self *self)
{
    static char block[64 * 1024];
    (void)self;
    memset(block, 'x', sizeof block);
    for (size_t i = 0; i < LONG_LINE / sizeof block; i++)
        say(1, block, sizeof block);
    say(1, "\n", 1);
}

static void print_binary(const struct self *self)
{
    static unsigned char block[64 * 1024];
    (void)self;
    for (size_t i = 0; i < sizeof block; i++)
        block[i] = (unsigned char)(i * i >> 3);
    say(1, block, sizeof block);
    say(1,
        "\0\0loss\0=\0"
        "7\n\nloss=0.5\n",
        22);
}

static void print_on(const struct self *self)
{
    leave_session(self);
    ignore(SIGTERM);
    for (;;) {
        say(1, "and another line\n", 17);
        usleep(2000);
    }
}

static void start_printing(const struct self *self)
{
    start_child(print_on, self);
}

static void hold_pipe(const struct self *self)
{
    leave_session(self);
    start_child(ignore_signals, self);
    _exit(0);
}

static void start_holder(const struct self *self)
{
    start_child(hold_pipe, self);
}

/* As which keepers are known. */
static void rename_self(const struct self *self)
{
    (void)prctl(PR_SET_NAME, "hone-keeper", 0, 0, 0);
    for (char **arg = self->argv; *arg != NULL && arg < self->argv + 1; arg++)
        memset(*arg, 'k', strlen(*arg));
}

static void reexec(const struct self *self)
{
    char number[16],
        *argv[] = {self->argv[0], self->argv[1], self->argv[2], number, NULL};
    int n = self->argv[3] != NULL ? atoi(self->argv[3]) : 0;
    snprintf(number, sizeof number, "%d", n + 1);
    if (n < REEXECS)
        execv(self->argv[0], argv);
}

static void fork_on_signal(int number)
{
    (void)number;
    for (int i = 0; i < 5; i++) {
        if (fork() != 0)
            continue;
        setsid();
        live_on(); /* with this very handler */
    }
}

static void fork_when_told(const struct self *self)
{
    (void)self;
    signal(SIGTERM, fork_on_signal);
}

/* A process that is another one every few milliseconds. */
static void hop(const struct self *self)
{
    ignore_signals(self);
    for (;;) {
        leave_session(self);
        usleep(2000);
        if (fork() != 0)
            _exit(0);
    }
}

static void start_hopping(const struct self *self)
{
    start_child(hop, self);
}

static void flood(const struct self *self)
{
    static char line[100];
    (void)self;
    memset(line, 'e', sizeof line);
    line[sizeof line - 1] = '\n';
    for (int i = 0; i < FLOOD; i += (int)sizeof line)
        say(2, line, sizeof line);
}

static void truncate_output(const struct self *self)
{
    (void)self;
    static const char *const names[] = {"/dev/stdout", "/proc/self/fd/1", "/dev/fd/1"};
    for (int i = 0; i < 3; i++) {
        int fd = open(names[i], O_WRONLY | O_CREAT | O_TRUNC, 0666);
        say(fd, "loss=0.5\n", 9);
        (void)!ftruncate(fd, 0);
        close(fd);
    }
}

static int remove_entry(const char *path, const struct stat *status, int flag,
                        struct FTW *ftw)
{
    (void)status;
    (void)flag;
    (void)ftw;
    return remove(path);
}

/* Its working directory, too. */
static void remove_folder(const struct self *self)
{
    (void)self;
    if (nftw(getenv("HONE_TRIAL_DIR"), remove_entry, 16, FTW_DEPTH | FTW_PHYS) != 0)
        _exit(94);
}

static void protect_folder(const struct self *self)
{
    (void)self;
    if (chmod(getenv("HONE_TRIAL_DIR"), 0500) != 0)
        _exit(95);
}

/* ---- how they end ---- */

static void stay(const struct self *self)
{
    (void)self;
    live_on();
}

static void stop_self(const struct self *self)
{
    (void)self;
    for (;;)
        raise(SIGSTOP);
}

static void kill_group(const struct self *self)
{
    (void)self;
    kill(0, SIGKILL);
}

static void exec_missing(const struct self *self)
{
    (void)self;
    execl("/nonexistent/program", "program", (char *)NULL);
    _exit(127);
}

static void exit_255(const struct self *self)
{
    (void)self;
    exit(255);
}

static void dump_core(const struct self *self)
{
    (void)self;
    struct rlimit limit;
    if (getrlimit(RLIMIT_CORE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_CORE, &limit);
    }
    abort();
}

static const struct way {
    const char *what;
    void (*begin)(const struct self *self);
    void (*end)(const struct self *self);
} ways[] = {
    {"hang", nothing, stay},
    {"ignore-term", ignore_signals, nothing},
    {"stopped", nothing, stop_self},
    {"daemon", start_daemon, nothing},
    {"setsid", start_setsid, nothing},
    {"bomb", start_bomb, nothing},
    {"close-output", close_output, nothing},
    {"long-line", print_long_line, nothing},
    {"binary", print_binary, nothing},
    {"late-writer", start_printing, nothing},
    {"stray-pipe", start_holder, nothing},
    {"own-group", start_setsid, kill_group},
    {"renamed", rename_self, nothing},
    {"reexec", reexec, nothing},
    {"fork-on-term", fork_when_told, nothing},
    {"hopper", start_hopping, nothing},
    {"stranger", start_stranger, nothing},
    {"flood", flood, nothing},
    {"truncate", truncate_output, nothing},
    {"no-folder", remove_folder, nothing},
    {"read-only", protect_folder, nothing},
    {"exec-missing", nothing, exec_missing},
    {"exit-255", nothing, exit_255},
    {"core", nothing, dump_core},
};

int main(int argc, char **argv)
{
    const char *attempt = getenv("HONE_ATTEMPT");
    if (argc < 3)
        return 2;
    struct self self = {.argv = argv, .what = strdup(argv[1]), .box = strdup(argv[2])};
    if (strcmp(self.what, "linger") == 0) {
        ignore_signals(&self);
        live_on();
    }
    if (argc == 3)
        say(1, "loss=0.5\n", 9);
    if (attempt == NULL || strcmp(attempt, "1") != 0)
        return 0;
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        if (strcmp(ways[i].what, self.what) != 0)
            continue;
        ways[i].begin(&self);
        bool stops = ways[i].end == stop_self || ways[i].end == stay;
        tell_ready(&self);
        if (!stops)
            wait_go(&self);
        ways[i].end(&self);
        return 0;
    }
    return 2;
}
