#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "executors/wire.h"

static const char args[] = "prog\0--lr=0.1\0";
static const char env[] = "A=1\0B\0C=";

static hone_launch sample_launch(void)
{
    return (hone_launch){.trial = UINT64_MAX,
                         .attempt = 2,
                         .slot = 3,
                         .args = args,
                         .n_args = 3,
                         .env = env,
                         .n_env = 3,
                         .workdir = NULL,
                         .trial_dir = "/t/1",
                         .params_json = "{}",
                         .wandb_yaml = "",
                         .args_json = NULL,
                         .timeout_s = 1.5,
                         .grace_s = 0.25,
                         .memory_max = UINT64_C(1) << 40,
                         .cpus = "0-1,4",
                         .placement = "gpu=1",
                         .journal_settled = true};
}

static void test_launch_round_trip(void **state)
{
    (void)state;
    hone_buf buf;
    hone_frame frame;
    hone_launch sent = sample_launch(), launch;
    size_t used;
    hone_buf_init(&buf, HONE_WIRE_MAX);
    hone_wire_put_launch(&buf, &sent);
    assert_int_equal(hone_wire_next(buf.data, buf.len, &used, &frame), 1);
    assert_int_equal(used, buf.len);
    assert_int_equal(frame.type, HONE_FRAME_LAUNCH);
    assert_int_equal(hone_wire_get_launch(&frame, &launch), 0);
    assert_true(launch.trial == UINT64_MAX && launch.attempt == 2 && launch.slot == 3);
    assert_int_equal(launch.n_args, 3);
    assert_memory_equal(launch.args, args, sizeof args);
    assert_int_equal(launch.n_env, 3);
    assert_memory_equal(launch.env, env, sizeof env);
    assert_null(launch.workdir);
    assert_string_equal(launch.trial_dir, "/t/1");
    assert_string_equal(launch.params_json, "{}");
    assert_string_equal(launch.wandb_yaml, "");
    assert_null(launch.args_json);
    assert_true(launch.timeout_s == 1.5 && launch.grace_s == 0.25);
    assert_true(launch.journal_settled);
    assert_true(launch.memory_max == UINT64_C(1) << 40);
    assert_string_equal(launch.cpus, "0-1,4");
    assert_string_equal(launch.placement, "gpu=1");
    hone_buf_release(&buf);
}

static void test_no_env(void **state)
{
    (void)state;
    hone_buf buf;
    hone_frame frame;
    hone_launch sent = sample_launch(), launch;
    size_t used;
    sent.env = NULL;
    sent.n_env = 0;
    hone_buf_init(&buf, HONE_WIRE_MAX);
    hone_wire_put_launch(&buf, &sent);
    assert_int_equal(hone_wire_next(buf.data, buf.len, &used, &frame), 1);
    assert_int_equal(hone_wire_get_launch(&frame, &launch), 0);
    assert_int_equal(launch.n_env, 0);
    hone_buf_release(&buf);
}

/* Several frames in a row, in pieces of every size. */
static void test_pieces(void **state)
{
    (void)state;
    hone_buf buf;
    hone_buf_init(&buf, HONE_WIRE_MAX);
    hone_wire_put_kill(&buf, 9, HONE_KILL_NOW);
    size_t first = buf.len;
    hone_wire_put_bytes(&buf, HONE_FRAME_BROKEN, "no space", 8);
    for (size_t len = 0; len <= buf.len; len++) {
        size_t done = 0, used, n_frames = 0;
        hone_frame frame;
        char *copy = malloc(len + 1);
        assert_non_null(copy);
        memcpy(copy, buf.data, len);
        while (hone_wire_next(copy + done, len - done, &used, &frame) == 1) {
            done += used;
            n_frames++;
        }
        assert_int_equal(n_frames, len == buf.len ? 2 : len >= first ? 1 : 0);
        free(copy);
    }
    hone_buf_release(&buf);
}

static void test_kill(void **state)
{
    (void)state;
    hone_buf buf;
    hone_frame frame;
    size_t used;
    hone_buf_init(&buf, HONE_WIRE_MAX);
    hone_wire_put_kill(&buf, 9, HONE_KILL_NOW);
    assert_int_equal(hone_wire_next(buf.data, buf.len, &used, &frame), 1);
    hone_cursor cursor = hone_wire_open(&frame);
    assert_int_equal(hone_wire_get_u64(&cursor), 9);
    assert_int_equal(hone_wire_get_u64(&cursor), HONE_KILL_NOW);
    assert_int_equal(cursor.failed, 0);
    assert_int_equal(hone_wire_get_u64(&cursor), 0); /* past the end */
    assert_int_equal(cursor.failed, HONE_ESYNTAX);
    assert_null(hone_wire_get_text(&cursor));
    hone_buf_release(&buf);
}

static void test_bad_heads(void **state)
{
    (void)state;
    static const uint32_t heads[][2] = {{HONE_WIRE_MAX + 1, HONE_FRAME_KILL},
                                        {0, 0},
                                        {0, HONE_FRAME_BROKEN + 1},
                                        {~0u, ~0u}};
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        hone_frame frame;
        size_t used;
        assert_int_equal(hone_wire_next((const char *)heads[i], 8, &used, &frame),
                         HONE_ELIMIT);
    }
}

/* A payload cut or changed anywhere is refused or read, and never read past its end. */
static void test_damaged_launch(void **state)
{
    (void)state;
    hone_buf buf;
    hone_launch sent = sample_launch(), launch;
    hone_buf_init(&buf, HONE_WIRE_MAX);
    hone_wire_put_launch(&buf, &sent);
    size_t len = buf.len - HONE_WIRE_HEAD;
    for (size_t cut = 0; cut < len; cut++) {
        char *copy = malloc(cut + 1);
        assert_non_null(copy);
        memcpy(copy, buf.data + HONE_WIRE_HEAD, cut);
        hone_frame frame = {HONE_FRAME_LAUNCH, copy, cut};
        assert_int_equal(hone_wire_get_launch(&frame, &launch), HONE_ESYNTAX);
        free(copy);
    }
    for (size_t i = 0; i < len; i++) {
        char *copy = malloc(len);
        assert_non_null(copy);
        memcpy(copy, buf.data + HONE_WIRE_HEAD, len);
        copy[i] = (char)~copy[i];
        hone_frame frame = {HONE_FRAME_LAUNCH, copy, len};
        if (hone_wire_get_launch(&frame, &launch) == 0) {
            assert_true(hone_wire_block_len(launch.args, launch.n_args) < len);
            assert_true(hone_wire_block_len(launch.env, launch.n_env) < len);
        }
        free(copy);
    }
    hone_buf_release(&buf);
}

static void test_too_big(void **state)
{
    (void)state;
    hone_buf buf;
    hone_launch sent = sample_launch();
    char *params = malloc(HONE_WIRE_MAX + 1);
    assert_non_null(params);
    memset(params, 'x', HONE_WIRE_MAX);
    params[HONE_WIRE_MAX] = '\0';
    sent.params_json = params;
    hone_buf_init(&buf, HONE_WIRE_MAX + HONE_WIRE_HEAD);
    hone_wire_put_launch(&buf, &sent);
    assert_int_equal(hone_buf_status(&buf), HONE_ELIMIT);
    hone_buf_release(&buf);
    free(params);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_launch_round_trip),
        cmocka_unit_test(test_no_env),
        cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_kill),
        cmocka_unit_test(test_bad_heads),
        cmocka_unit_test(test_damaged_launch),
        cmocka_unit_test(test_too_big),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
