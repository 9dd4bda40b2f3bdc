/* libuv's table of descriptors is the one that was set aside, and never needs more. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>
#include <uv.h>

#include "engine/loop_memory.h"

static void ignore(uv_poll_t *poll, int status, int events)
{
    (void)poll, (void)status, (void)events;
}

/* The highest descriptor that this process may have. */
static int raise_limit(void)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    return limit.rlim_max > 1024 * 1024 ? 1024 * 1024 - 1 : (int)limit.rlim_max - 1;
}

static void watch_highest(uv_loop_t *loop)
{
    uv_poll_t low, high;
    int ends[2], top = raise_limit();
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(uv_poll_init(loop, &low, ends[0]), 0);
    assert_int_equal(uv_poll_start(&low, UV_READABLE, ignore), 0);
    void *table = loop->watchers;
    assert_int_equal(dup2(ends[0], top), top);
    assert_int_equal(uv_poll_init(loop, &high, top), 0);
    assert_int_equal(uv_poll_start(&high, UV_READABLE, ignore), 0);
    assert_true(loop->nwatchers > (unsigned)top);
    assert_ptr_equal(loop->watchers, table);
    uv_close((uv_handle_t *)&low, NULL);
    uv_close((uv_handle_t *)&high, NULL);
    uv_run(loop, UV_RUN_DEFAULT);
    close(top), close(ends[0]), close(ends[1]);
}

static void the_table_never_moves(void **state)
{
    (void)state;
    hone_error err;
    for (int i = 0; i < 2; i++) { /* it can be had again */
        uv_loop_t loop;
        assert_int_equal(hone_loop_memory_take(&err), HONE_OK);
        assert_int_equal(uv_loop_init(&loop), 0);
        watch_highest(&loop);
        assert_int_equal(uv_loop_close(&loop), 0);
        hone_loop_memory_release();
    }
}

/* A second loop at the same time has tables of its own. */
static void two_loops_share_nothing(void **state)
{
    (void)state;
    hone_error err;
    uv_loop_t first, second;
    assert_int_equal(hone_loop_memory_take(&err), HONE_OK);
    assert_int_equal(uv_loop_init(&first), 0);
    assert_int_equal(hone_loop_memory_take(&err), HONE_OK);
    assert_int_equal(uv_loop_init(&second), 0);
    assert_ptr_not_equal(first.watchers, second.watchers);
    assert_int_equal(uv_loop_close(&second), 0);
    hone_loop_memory_release(); /* the first still has it */
    watch_highest(&first);
    assert_int_equal(uv_loop_close(&first), 0);
    hone_loop_memory_release();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_never_moves),
        cmocka_unit_test(two_loops_share_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
