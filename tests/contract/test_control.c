/* The control socket of a real program: whatever a client sends or fails to read, the
 * sweep runs on and others are answered. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <hone/control.h>
#include <hone/store.h>

enum { PATIENCE_S = 50, ANSWER_MS = 3000, IDLE_CLIENTS = 40 };

static const char yaml[] = "name: slow\n"
                           "command: while [ ! -e go ]; do sleep 0.05; done\n"
                           "method: grid\n"
                           "grace: 1\n"
                           "concurrency: 1\n"
                           "parameters:\n"
                           "  x: {values: [1, 2, 3, 4]}\n";

/* A folder whose path no socket address has room for, and the sweep that runs in it. */
typedef struct rig {
    char top[64], dir[300], store[310], uid[16], sweep_dir[340];
    pid_t pid;
} rig;

static void ask_status(const rig *r, hone_control_answer *answer)
{
    const hone_control_request request = {.kind = HONE_CONTROL_STATUS};
    hone_error err = {0};
    int rc = hone_control_ask(r->store, r->uid, &request, ANSWER_MS, answer, &err);
    if (rc != HONE_OK)
        print_message("%s\n", err.text);
    assert_int_equal(rc, HONE_OK);
    assert_true(answer->live);
}

static void start_program(rig *r)
{
    r->pid = fork();
    assert_true(r->pid >= 0);
    if (r->pid > 0)
        return;
    int quiet = open("/dev/null", O_RDWR);
    if (chdir(r->dir) != 0 || dup2(quiet, 1) < 0 || dup2(quiet, 2) < 0)
        _exit(9);
    execl(HONE_PROGRAM, "hone", "run", "slow.yaml", "--quiet", (char *)NULL);
    _exit(9);
}

/* Waits until the sweep is in the store; then steering waits for the socket by itself. */
static void find_uid(rig *r)
{
    for (;;) {
        hone_store *store = NULL;
        const hone_sweep_info *info = NULL;
        int rc = hone_store_open(r->store, &store, NULL);
        if (rc == HONE_OK)
            rc = hone_store_sweep(store, "slow", &info, NULL);
        bool live = rc == HONE_OK && info->live;
        if (live)
            snprintf(r->uid, sizeof r->uid, "%s", info->uid);
        hone_store_close(store);
        if (live)
            return;
        assert_int_equal(waitpid(r->pid, NULL, WNOHANG), 0);
    }
}

static int open_rig(void **state)
{
    static rig r;
    r = (rig){.top = "/tmp/hone-control-XXXXXX"};
    alarm(PATIENCE_S);
    signal(SIGPIPE, SIG_IGN);
    assert_non_null(mkdtemp(r.top));
    char name[151];
    memset(name, 'd', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    snprintf(r.dir, sizeof r.dir, "%s/%s", r.top, name);
    snprintf(r.store, sizeof r.store, "%s/.hone", r.dir);
    assert_int_equal(mkdir(r.dir, 0700), 0);
    char path[320];
    snprintf(path, sizeof path, "%s/slow.yaml", r.dir);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(yaml, file) >= 0);
    assert_int_equal(fclose(file), 0);
    start_program(&r);
    find_uid(&r);
    snprintf(r.sweep_dir, sizeof r.sweep_dir, "%s/sweeps/%s", r.store, r.uid);
    hone_control_answer answer;
    const hone_control_request request = {.kind = HONE_CONTROL_STATUS};
    assert_int_equal(hone_control_steer(r.store, "slow", &request, &answer, NULL), 0);
    *state = &r;
    return 0;
}

static int close_rig(void **state)
{
    rig *r = *state;
    const hone_control_request request = {.kind = HONE_CONTROL_STOP, .now = true};
    hone_control_answer answer;
    int status = 0;
    assert_int_equal(hone_control_steer(r->store, "slow", &request, &answer, NULL), 0);
    assert_int_equal(waitpid(r->pid, &status, 0), r->pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 143);
    char path[400];
    snprintf(path, sizeof path, "%s/control", r->sweep_dir);
    assert_int_not_equal(access(path, F_OK), 0);
    char command[200];
    snprintf(command, sizeof command, "rm -rf %s", r->top);
    return system(command);
}

/* A connection through the folder of the working directory: short enough. */
static int connect_in(const char *dir)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX, .sun_path = "control"};
    int here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int rc = chdir(dir);
    if (rc == 0)
        rc = connect(fd, (struct sockaddr *)&at, sizeof at);
    assert_int_equal(fchdir(here), 0);
    close(here);
    if (rc != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static int open_client(const rig *r)
{
    int fd = connect_in(r->sweep_dir);
    assert_true(fd >= 0);
    struct timeval patience = {.tv_sec = 5};
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience),
                     0);
    return fd;
}

/* Reads a line; false at the end. */
static bool read_line(int fd, char line[static 1000])
{
    size_t n = 0;
    while (n < 999 && read(fd, line + n, 1) == 1) {
        if (line[n++] == '\n')
            break;
    }
    line[n] = '\0';
    return n > 0;
}

static void say(int fd, const void *bytes, size_t len)
{
    assert_int_equal(send(fd, bytes, len, MSG_NOSIGNAL), (ssize_t)len);
}

static void test_only_its_owner(void **state)
{
    const rig *r = *state;
    struct stat info;
    char path[400];
    snprintf(path, sizeof path, "%s/control", r->sweep_dir);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0600);
    assert_int_equal(info.st_uid, geteuid());
    if (geteuid() != 0)
        return; /* nobody else can be played */
    assert_int_equal(chmod(path, 0666), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) { /* 0: connected, and told nothing */
        char byte;
        struct sockaddr_un at = {.sun_family = AF_UNIX, .sun_path = "control"};
        int fd = socket(AF_UNIX, SOCK_STREAM, 0);
        if (chdir(r->sweep_dir) != 0 || setuid(65534) != 0 ||
            connect(fd, (struct sockaddr *)&at, sizeof at) != 0)
            _exit(1);
        (void)!send(fd, "{\"do\":\"stop\",\"now\":true}\n", 25, MSG_NOSIGNAL);
        _exit(recv(fd, &byte, 1, 0) > 0 ? 2 : 0);
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(chmod(path, 0600), 0);
    hone_control_answer answer;
    ask_status(r, &answer);
    assert_false(answer.ending);
}

static void test_garbage(void **state)
{
    const rig *r = *state;
    hone_control_answer answer;
    uint64_t random = 88172645463325252U;
    int fd = open_client(r);
    for (int i = 0; i < 300; i++) {
        char bytes[200], line[1000];
        for (size_t k = 0; k < sizeof bytes; k++) {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            bytes[k] = (char)(random >> 24);
            if (bytes[k] == '\n' || (i % 3 == 0 && k < 100))
                bytes[k] = "{\"do\":[]}, "[random % 11];
        }
        bytes[sizeof bytes - 1] = '\n';
        say(fd, bytes, sizeof bytes);
        assert_true(read_line(fd, line));
        assert_memory_equal(line, "{\"ok\":false,\"error\":", 20);
    }
    close(fd);
    do /* its first trial may still be on the way to its start */
        ask_status(r, &answer);
    while (answer.running == 0);
    assert_int_equal(answer.running, 1);
}

static void test_endless_line(void **state)
{
    const rig *r = *state;
    char bytes[8192], line[1000];
    hone_control_answer answer;
    int fd = open_client(r);
    memset(bytes, '[', sizeof bytes);
    for (int i = 0; i < 40; i++) {
        if (send(fd, bytes, sizeof bytes, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
            break;
    }
    assert_true(read_line(fd, line));
    assert_non_null(strstr(line, "a request has at most 65536 bytes"));
    assert_false(read_line(fd, line)); /* it has hung up */
    close(fd);
    ask_status(r, &answer);
}

/* One asks without end and reads nothing: it stands still, and only it. */
static void test_deaf_client(void **state)
{
    const rig *r = *state;
    static const char ask[] = "{\"do\":\"status\"}\n";
    hone_control_answer answer;
    int fd = open_client(r);
    size_t n = 0;
    for (int full = 0; full < 3; full++) {
        while (send(fd, ask, sizeof ask - 1, MSG_NOSIGNAL | MSG_DONTWAIT) > 0)
            n++;
        assert_int_equal(errno, EAGAIN);
        ask_status(r, &answer);
    }
    char line[1000];
    size_t answered = 0; /* all that were whole are answered once it reads */
    while (answered < n && read_line(fd, line) && strstr(line, "\"ok\":true") != NULL)
        answered++;
    assert_true(answered + 1 >= n);
    close(fd);
}

static void test_many_clients(void **state)
{
    const rig *r = *state;
    hone_control_answer answer;
    int fds[IDLE_CLIENTS];
    for (int i = 0; i < IDLE_CLIENTS; i++) {
        fds[i] = open_client(r);
        say(fds[i], "{\"do\":", 6); /* half a request */
    }
    ask_status(r, &answer);
    for (int i = 0; i < IDLE_CLIENTS; i++)
        close(fds[i]);
    ask_status(r, &answer);
}

static void test_half_closed(void **state)
{
    const rig *r = *state;
    char line[1000];
    int fd = open_client(r);
    static const char ask[] = "{\"do\":\"status\"}\n{\"do\":\"status\"}";
    say(fd, ask, sizeof ask - 1);
    assert_int_equal(shutdown(fd, SHUT_WR), 0);
    for (int i = 0; i < 2; i++) {
        assert_true(read_line(fd, line));
        assert_memory_equal(line, "{\"ok\":true,", 11);
    }
    assert_false(read_line(fd, line));
    close(fd);
}

static void test_gone_before_the_answer(void **state)
{
    const rig *r = *state;
    hone_control_answer answer;
    for (int i = 0; i < 50; i++) {
        int fd = open_client(r);
        say(fd, "{\"do\":\"pause\"}\n{\"do\":\"resume\"}\n", 31);
        close(fd);
    }
    ask_status(r, &answer);
    assert_false(answer.ending);
}

/* Everything that can be asked for, as a program would. */
static void test_requests(void **state)
{
    const rig *r = *state;
    hone_control_answer answer;
    hone_error err = {0};
    const char *params[] = {"x=3"};
    hone_control_request request = {.kind = HONE_CONTROL_PAUSE};
    assert_int_equal(hone_control_steer(r->store, "slow", &request, &answer, &err), 0);
    assert_true(answer.paused);
    request = (hone_control_request){.kind = HONE_CONTROL_SCALE, .concurrency = 3};
    assert_int_equal(hone_control_steer(r->store, r->uid, &request, &answer, &err), 0);
    assert_int_equal(answer.concurrency, 3);
    assert_int_equal(answer.running, 1);
    request = (hone_control_request){.kind = HONE_CONTROL_RESUME};
    assert_int_equal(hone_control_steer(r->store, NULL, &request, &answer, &err), 0);
    assert_false(answer.paused);
    request =
        (hone_control_request){.kind = HONE_CONTROL_ADD, .n_params = 1, .params = params};
    assert_int_equal(hone_control_steer(r->store, NULL, &request, &answer, &err),
                     HONE_EREFUSED);
    assert_string_equal(err.text, "trial 3 of slow has this configuration already");
    params[0] = "y=3";
    assert_int_equal(hone_control_steer(r->store, NULL, &request, &answer, &err),
                     HONE_EUSAGE);
    request = (hone_control_request){.kind = HONE_CONTROL_KILL, .trial = 4};
    assert_int_equal(hone_control_steer(r->store, NULL, &request, &answer, &err), 0);
    assert_int_equal(answer.trial, 4);
    assert_int_equal(hone_control_steer(r->store, NULL, &request, &answer, &err),
                     HONE_EREFUSED);
    assert_int_equal(hone_control_steer(r->store, "fast", &request, &answer, &err),
                     HONE_ENOTFOUND);
    assert_int_equal(
        hone_control_ask(r->store, "00000000", &request, ANSWER_MS, &answer, &err),
        HONE_ENOTFOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_its_owner),         cmocka_unit_test(test_garbage),
        cmocka_unit_test(test_endless_line),           cmocka_unit_test(test_deaf_client),
        cmocka_unit_test(test_many_clients),           cmocka_unit_test(test_half_closed),
        cmocka_unit_test(test_gone_before_the_answer), cmocka_unit_test(test_requests),
    };
    return cmocka_run_group_tests(tests, open_rig, close_rig);
}
