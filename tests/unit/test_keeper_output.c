/* What a keeper does to the output of attempts: everything that goes into the pipe comes
 * out in the file, by splice or by copying, and nothing is lost to a full disk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "executors/keeper.h"

enum way { BY_SPLICE, BY_COPYING };

struct box {
    char dir[32];
    int slot_fd;
    hone_output output;
    hone_start_record start;
};

static void open_box(struct box *box, enum way way)
{
    memcpy(box->dir, "/tmp/hone-test-XXXXXX", 22);
    assert_non_null(mkdtemp(box->dir));
    box->slot_fd = open(box->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(box->slot_fd >= 0);
    box->start = (hone_start_record){.trial = 1, .attempt = 1};
    snprintf(box->start.trial_dir, sizeof box->start.trial_dir, "%s/trial", box->dir);
    assert_int_equal(hone_output_open(&box->output, box->slot_fd, "stdout"), 0);
    box->output.copies = way == BY_COPYING;
    assert_int_equal(hone_output_begin(&box->output, box->slot_fd), 0);
}

static void close_box(struct box *box)
{
    static const char *const names[] = {"stdout", "stdout.now", "trial/stdout.1"};
    for (size_t i = 0; i < 3; i++)
        (void)unlinkat(box->slot_fd, names[i], 0);
    (void)unlinkat(box->slot_fd, "trial", AT_REMOVEDIR);
    assert_int_equal(rmdir(box->dir), 0);
    hone_output_close(&box->output);
    close(box->slot_fd);
}

/* Bytes of a stream of which no two places look alike. */
static char byte_at(size_t i)
{
    return (char)((i * UINT64_C(0x9e3779b97f4a7c15)) >> 56);
}

/* Prints bytes [from, from + n) as a command would; what the pipe takes of them. */
static size_t print(struct box *box, size_t from, size_t n)
{
    char bytes[8192];
    size_t done = 0;
    assert_int_equal(fcntl(box->output.write_fd, F_SETFL, O_NONBLOCK), 0);
    while (done < n) {
        size_t part = n - done < sizeof bytes ? n - done : sizeof bytes;
        for (size_t i = 0; i < part; i++)
            bytes[i] = byte_at(from + done + i);
        ssize_t put = write(box->output.write_fd, bytes, part);
        if (put < 0 && errno == EAGAIN)
            break;
        assert_true(put > 0);
        done += (size_t)put;
    }
    return done;
}

/* The file holds the first n bytes of the stream, and nothing else. */
static void check_file(struct box *box, const char *name, size_t n)
{
    char bytes[8192];
    size_t done = 0;
    ssize_t got;
    int fd = openat(box->slot_fd, name, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    while ((got = read(fd, bytes, sizeof bytes)) > 0)
        for (ssize_t i = 0; i < got; i++)
            assert_int_equal(bytes[i], byte_at(done++));
    assert_int_equal(done, n);
    close(fd);
}

static void check_pieces(enum way way)
{
    static const size_t pieces[] = {1, 4095, 4096, 4097, 100, 70000, 250000, 3, 8192};
    struct box box;
    size_t total = 0;
    open_box(&box, way);
    for (size_t round = 0; round < 5; round++)
        for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
            size_t printed = print(&box, total, pieces[i]);
            assert_true(printed > 0);
            total += printed;
            assert_int_equal(hone_output_pump(&box.output), HONE_PUMP_EMPTY);
            assert_int_equal(box.output.size, total);
        }
    check_file(&box, "stdout.now", total);
    hone_placed placed = {.done = false};
    assert_int_equal(hone_output_put_away(&box.output, box.slot_fd, &box.start, &placed),
                     0);
    assert_true(placed.done && placed.own);
    assert_int_equal(placed.end, total);
    check_file(&box, "trial/stdout.1", total);
    assert_int_equal(box.output.copies, way == BY_COPYING);
    close_box(&box);
}

static void test_pieces(void **state)
{
    (void)state;
    check_pieces(BY_SPLICE);
    check_pieces(BY_COPYING);
}

/* Attempt after attempt through one pipe, each with the file from its start. */
static void check_attempts(enum way way)
{
    struct box box;
    open_box(&box, way);
    for (uint64_t i = 0; i < 4; i++) {
        hone_placed placed = {.done = false};
        size_t n = 100 * (4 - i);
        assert_int_equal(hone_output_begin(&box.output, box.slot_fd), 0);
        assert_int_equal(print(&box, 0, n), n);
        assert_int_equal(hone_output_pump(&box.output), HONE_PUMP_EMPTY);
        check_file(&box, "stdout.now", n);
        assert_int_equal(print(&box, n, n), n); /* the rest is still in the pipe */
        assert_int_equal(
            hone_output_put_away(&box.output, box.slot_fd, &box.start, &placed), 0);
        assert_true(placed.done && !placed.own);
        assert_int_equal(placed.end - placed.start, 2 * n);
        check_file(&box, "stdout.now", 0);
    }
    assert_int_equal(box.output.end, 2 * (400 + 300 + 200 + 100));
    close_box(&box);
}

static void test_attempts(void **state)
{
    (void)state;
    check_attempts(BY_SPLICE);
    check_attempts(BY_COPYING);
}

/* Only an attempt that fills its pipe gets a larger one, and the next begins as before.
 */
static void test_wide_pipe(void **state)
{
    (void)state;
    struct box box;
    open_box(&box, BY_SPLICE);
    int narrow = fcntl(box.output.read_fd, F_GETPIPE_SZ);
    size_t total = print(&box, 0, 1000);
    assert_int_equal(hone_output_pump(&box.output), HONE_PUMP_EMPTY);
    assert_false(box.output.wide);
    total += print(&box, total, (size_t)narrow);
    assert_int_equal(total, 1000 + (size_t)narrow);
    assert_int_equal(hone_output_pump(&box.output), HONE_PUMP_EMPTY);
    assert_true(box.output.wide);
    assert_true(fcntl(box.output.read_fd, F_GETPIPE_SZ) >= narrow);
    total += print(&box, total, 2 << 20);
    assert_int_equal(hone_output_pump(&box.output), HONE_PUMP_EMPTY);
    check_file(&box, "stdout.now", total);
    assert_int_equal(hone_output_begin(&box.output, box.slot_fd), 0);
    assert_int_equal(fcntl(box.output.read_fd, F_GETPIPE_SZ), narrow);
    close_box(&box);
}

/* A file that cannot be spliced into is written to, and nothing that was taken from the
 * pipe is lost while that has no space. (/dev/full takes no splice, and no byte.) */
static void test_full_copying(void **state)
{
    (void)state;
    struct box box;
    open_box(&box, BY_SPLICE);
    int real = dup(box.output.now_fd), full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    assert_true(real >= 0 && full >= 0);
    assert_int_equal(dup2(full, box.output.now_fd), box.output.now_fd);
    size_t total = print(&box, 0, 100000);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(hone_output_pump(&box.output), HONE_PUMP_BLOCKED);
        assert_true(box.output.blocked && box.output.copies);
    }
    assert_int_equal(dup2(real, box.output.now_fd), box.output.now_fd);
    assert_int_equal(hone_output_pump(&box.output), HONE_PUMP_EMPTY);
    assert_false(box.output.blocked);
    check_file(&box, "stdout.now", total);
    close(real);
    close(full);
    close_box(&box);
}

/* The same with splice: what has no space stays in the pipe. */
static void test_full_splice(void **state)
{
    (void)state;
    struct box box;
    char path[64];
    open_box(&box, BY_SPLICE);
    snprintf(path, sizeof path, "%s/trial", box.dir);
    assert_int_equal(mkdir(path, 0700), 0);
    if (unshare(CLONE_NEWNS) != 0 ||
        mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("none", path, "tmpfs", 0, "size=64k") != 0) {
        close_box(&box);
        skip(); /* not allowed to mount */
    }
    char name[96], other[96];
    snprintf(name, sizeof name, "%s/ballast", path);
    snprintf(other, sizeof other, "%s/small", path);
    int small = open(other, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    int ballast = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_true(small >= 0 && ballast >= 0);
    assert_int_equal(posix_fallocate(ballast, 0, 40 * 1024), 0);
    assert_int_equal(dup2(small, box.output.now_fd), box.output.now_fd);
    size_t total = print(&box, 0, 60000);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(hone_output_pump(&box.output), HONE_PUMP_BLOCKED);
        assert_true(box.output.blocked && !box.output.copies);
    }
    assert_true(box.output.size > 0 && (size_t)box.output.size < total);
    assert_int_equal(ftruncate(ballast, 0), 0);
    assert_int_equal(hone_output_pump(&box.output), HONE_PUMP_EMPTY);
    assert_false(box.output.blocked);
    check_file(&box, other, total);
    close(small);
    close(ballast);
    close(box.output.now_fd);
    box.output.now_fd = -1;
    assert_int_equal(umount(path), 0);
    close_box(&box);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces),      cmocka_unit_test(test_attempts),
        cmocka_unit_test(test_wide_pipe),   cmocka_unit_test(test_full_copying),
        cmocka_unit_test(test_full_splice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
