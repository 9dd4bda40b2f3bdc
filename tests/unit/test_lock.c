/* Locks of sweeps: who counts as their holder. */
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "store/lock.h"

static char *make_path(void)
{
    char name[] = "/tmp/hone-lock-XXXXXX", *path = NULL;
    assert_non_null(mkdtemp(name));
    assert_true(asprintf(&path, "%s/sweep.lock", name) > 0);
    return path;
}

static void remove_path(char *path)
{
    unlink(path);
    *strrchr(path, '/') = '\0';
    rmdir(path);
    free(path);
}

static void is_held_by_the_living(void **state)
{
    (void)state;
    char *path = make_path();
    hone_error err = {0};
    int fd, second;
    assert_false(hone_lock_held(path));
    assert_int_equal(hone_lock_take(path, 200, &fd, &err), HONE_OK);
    assert_true(hone_lock_held(path));
    assert_int_equal(hone_lock_take(path, 200, &second, &err), HONE_EHELD);
    assert_int_equal(second, -1);
    char process[32];
    snprintf(process, sizeof process, "process %ld on ", (long)getpid());
    assert_non_null(strstr(err.text, process));
    assert_null(strchr(err.text, '\n'));
    close(fd);
    assert_false(hone_lock_held(path));
    remove_path(path);
}

/* In the child: takes the lock, leaves a copy of its descriptor in a process that lives
 * until `gate` is closed, and kills itself. */
static void hold_beyond_death(const char *path, const int gate[2], int ready)
{
    hone_error err = {0};
    int fd;
    char byte = 0;
    close(gate[1]);
    if (hone_lock_take(path, 200, &fd, &err) != HONE_OK)
        _exit(1);
    if (fork() == 0) {
        ssize_t n = read(gate[0], &byte, 1);
        _exit(n == 0 ? 0 : 1);
    }
    if (write(ready, &byte, 1) == 1)
        kill(getpid(), SIGKILL);
    _exit(1);
}

/* As when hone is killed while it starts a keeper, which has copies of its descriptors
 * until it executes. */
static void is_not_held_by_the_dead(void **state)
{
    (void)state;
    char *path = make_path();
    hone_error err = {0};
    int gate[2], ready[2], fd, status;
    char byte;
    assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
    assert_int_equal(pipe(gate), 0);
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0)
        hold_beyond_death(path, gate, ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(waitid(P_PID, (id_t)child, &(siginfo_t){0}, WEXITED | WNOWAIT), 0);
    assert_false(hone_lock_held(path)); /* a zombie still, and its copy holds the lock */
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_false(hone_lock_held(path));
    close(gate[1]);
    assert_int_equal(hone_lock_take(path, 200, &fd, &err),
                     HONE_OK); /* waits where it must */
    close(fd);
    assert_true(waitpid(-1, &status, 0) > 0);
    assert_int_equal(status, 0);
    close(gate[0]);
    close(ready[0]);
    close(ready[1]);
    remove_path(path);
}

/* ---- another machine ---- */

#define ELSEWHERE "process 4242 on elsewhere since 2026-01-01T00:00:00.000000Z boot x-y-z"

static void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void read_text(const char *path, char *text, size_t size)
{
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t n = fread(text, 1, size - 1, file);
    text[n] = '\0';
    fclose(file);
}

/* One that does not move any more is dead, whatever its file says. */
static void is_taken_from_a_silent_machine(void **state)
{
    (void)state;
    char *path = make_path(), text[512];
    hone_error err = {0};
    int fd;
    write_text(path, ELSEWHERE " beat 0000000007\n");
    assert_true(hone_lock_held(path)); /* as far as a reader can tell at once */
    assert_int_equal(hone_lock_take(path, 300, &fd, &err), HONE_OK);
    read_text(path, text, sizeof text);
    assert_null(strstr(text, "elsewhere"));
    hone_lock_drop(fd);
    read_text(path, text, sizeof text);
    assert_string_equal(text, "");
    assert_false(hone_lock_held(path));
    remove_path(path);
}

static void leave_to_a_living_machine(const char *path, int stop)
{
    char line[256], byte;
    for (unsigned beat = 8;; beat++) {
        struct pollfd ended = {.fd = stop, .events = POLLIN};
        snprintf(line, sizeof line, ELSEWHERE " beat %010u\n", beat);
        int fd = open(path, O_WRONLY); /* in place, as hone does it: never empty */
        if (pwrite(fd, line, strlen(line), 0) < 0 || close(fd) != 0)
            _exit(1);
        if (poll(&ended, 1, 20) > 0 && read(stop, &byte, 1) == 0)
            _exit(0);
    }
}

static void is_refused_while_another_machine_lives(void **state)
{
    (void)state;
    char *path = make_path();
    hone_error err = {0};
    int stop[2], fd, status;
    assert_int_equal(pipe(stop), 0);
    write_text(path, ELSEWHERE " beat 0000000007\n");
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(stop[1]);
        leave_to_a_living_machine(path, stop[0]);
    }
    /* It is seen to live long before patience is over. */
    assert_int_equal(hone_lock_take(path, 60000, &fd, &err), HONE_ESTORE);
    assert_int_equal(fd, -1);
    assert_non_null(strstr(err.text, "process 4242 on elsewhere since 2026-01-01T"));
    assert_null(strstr(err.text, "beat"));
    assert_true(hone_lock_held(path));
    close(stop[0]);
    close(stop[1]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    remove_path(path);
}

/* The number moves, the rest stays; who is taken for dead hears of it. */
static void beats(void **state)
{
    (void)state;
    char *path = make_path(), before[512], after[512];
    hone_error err = {0};
    int fd;
    assert_int_equal(hone_lock_take(path, 300, &fd, &err), HONE_OK);
    read_text(path, before, sizeof before);
    assert_int_equal(hone_lock_beat(path, 77, &err), HONE_OK);
    read_text(path, after, sizeof after);
    assert_non_null(strstr(after, " beat 0000000077\n"));
    assert_int_equal(strlen(before), strlen(after));
    assert_memory_equal(before, after, strlen(before) - strlen("0000000000\n"));
    write_text(path, ELSEWHERE " beat 0000000001\n");
    assert_int_equal(hone_lock_beat(path, 78, &err), HONE_ESTORE);
    assert_non_null(strstr(err.text, "elsewhere"));
    read_text(path, after, sizeof after);
    assert_non_null(strstr(after, "elsewhere")); /* and does not write over it */
    write_text(path, "");                        /* given back */
    assert_int_equal(hone_lock_beat(path, 79, &err), HONE_OK);
    read_text(path, after, sizeof after);
    assert_string_equal(after, "");
    hone_lock_drop(fd);
    remove_path(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_held_by_the_living),
        cmocka_unit_test(is_not_held_by_the_dead),
        cmocka_unit_test(is_taken_from_a_silent_machine),
        cmocka_unit_test(is_refused_while_another_machine_lives),
        cmocka_unit_test(beats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
