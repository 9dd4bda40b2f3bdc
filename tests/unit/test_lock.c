/* Locks of sweeps: who counts as their holder. */
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
    assert_int_equal(hone_lock_take(path, &fd, &err), HONE_OK);
    assert_true(hone_lock_held(path));
    assert_int_equal(hone_lock_take(path, &second, &err), HONE_EHELD);
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
    if (hone_lock_take(path, &fd, &err) != HONE_OK)
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
    assert_int_equal(hone_lock_take(path, &fd, &err), HONE_OK); /* waits where it must */
    close(fd);
    assert_true(waitpid(-1, &status, 0) > 0);
    assert_int_equal(status, 0);
    close(gate[0]);
    close(ready[0]);
    close(ready[1]);
    remove_path(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_held_by_the_living),
        cmocka_unit_test(is_not_held_by_the_dead),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
