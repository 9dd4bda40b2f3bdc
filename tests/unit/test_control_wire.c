/* Requests and answers of the control socket, there and back, and what is no request. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/control_wire.h"

static void test_requests_come_back(void **state)
{
    (void)state;
    const char *params[] = {"lr=0.1", "name=\"quoted\"\n"};
    const hone_control_request requests[] = {
        {.kind = HONE_CONTROL_STATUS},
        {.kind = HONE_CONTROL_PAUSE},
        {.kind = HONE_CONTROL_RESUME},
        {.kind = HONE_CONTROL_STOP, .now = true},
        {.kind = HONE_CONTROL_SCALE, .concurrency = 7},
        {.kind = HONE_CONTROL_KILL, .trial = 12345678901},
        {.kind = HONE_CONTROL_ADD, .n_params = 2, .params = params},
        {.kind = HONE_CONTROL_ADD},
    };
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        hone_buf line;
        hone_control_message message;
        hone_error err = {0};
        hone_buf_init(&line, 1000);
        hone_control_write_request(&line, &requests[i]);
        assert_int_equal(line.data[line.len - 1], '\n');
        assert_int_equal(
            hone_control_read_request(line.data, line.len - 1, &message, &err), HONE_OK);
        assert_int_equal(message.request.kind, requests[i].kind);
        assert_int_equal(message.request.now, requests[i].now);
        assert_int_equal(message.request.concurrency, requests[i].concurrency);
        assert_int_equal(message.request.trial, requests[i].trial);
        assert_int_equal(message.request.n_params, requests[i].n_params);
        for (uint32_t k = 0; k < requests[i].n_params; k++)
            assert_string_equal(message.request.params[k], params[k]);
        hone_control_message_release(&message);
        hone_buf_release(&line);
    }
}

static void test_no_requests(void **state)
{
    (void)state;
    static const struct {
        const char *line, *why;
    } cases[] = {
        {"", "a request is one JSON object a line"},
        {"pause", "a request is one JSON object a line"},
        {"[1]", "this is no object"},
        {"{\"do\":\"pause\"", "a request is one JSON object a line"},
        {"{\"do\":\"pause\",\"do\":\"stop\"}", "a request is one JSON object a line"},
        {"{\"do\":\"pause\"} {}", "a request is one JSON object a line"},
        {"{}", "\"do\" has to be status, pause"},
        {"{\"do\":3}", "\"do\" has to be"},
        {"{\"do\":\"Pause\"}", "\"do\" has to be"},
        {"{\"do\":\"scale\"}", "\"to\" has to be a whole number from 1"},
        {"{\"do\":\"scale\",\"to\":0}", "\"to\" has to be a whole number from 1"},
        {"{\"do\":\"scale\",\"to\":2.5}", "\"to\" has to be a whole number from 1"},
        {"{\"do\":\"scale\",\"to\":9999999999}",
         "\"to\" has to be a whole number from 1"},
        {"{\"do\":\"kill\",\"trial\":-1}", "\"trial\" has to be a whole number"},
        {"{\"do\":\"kill\",\"trial\":\"1\"}", "\"trial\" has to be a whole number"},
        {"{\"do\":\"kill\",\"trial\":99999999999999999999}",
         "a request is one JSON object a line"},
        {"{\"do\":\"add\"}", "\"params\" has to be a list"},
        {"{\"do\":\"add\",\"params\":{}}", "\"params\" has to be a list"},
        {"{\"do\":\"add\",\"params\":[\"a=1\",2]}", "\"params\" has to hold text alone"},
        {"{\"do\":\"add\",\"params\":[\"a\\u0000=1\"]}",
         "a request is one JSON object a line"},
        {"\xff\xfe{}", "a request is one JSON object a line"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        hone_control_message message;
        hone_error err = {0};
        assert_int_equal(hone_control_read_request(cases[i].line, strlen(cases[i].line),
                                                   &message, &err),
                         HONE_EUSAGE);
        if (strstr(err.text, cases[i].why) == NULL)
            print_message("%s: %s\n", cases[i].line, err.text);
        assert_non_null(strstr(err.text, cases[i].why));
        hone_control_message_release(&message);
    }
}

static void test_deep(void **state)
{
    (void)state;
    size_t n = 60000;
    char *line = malloc(n);
    memset(line, '[', n);
    hone_control_message message;
    hone_error err = {0};
    assert_int_equal(hone_control_read_request(line, n, &message, &err), HONE_EUSAGE);
    hone_control_message_release(&message);
    free(line);
}

static void test_answers_come_back(void **state)
{
    (void)state;
    hone_buf line;
    hone_error err = {0};
    hone_control_answer answer = {.live = true,
                                  .paused = true,
                                  .concurrency = 3,
                                  .running = 2,
                                  .waiting = 9,
                                  .trial = 14,
                                  .said = "trial 14 is \"added\""};
    hone_control_answer back;
    hone_buf_init(&line, 1000);
    hone_control_write_answer(&line, &answer);
    assert_int_equal(hone_control_read_answer(line.data, line.len, &back, &err), HONE_OK);
    assert_true(back.live && back.paused && !back.ending);
    assert_int_equal(back.concurrency, 3);
    assert_int_equal(back.running, 2);
    assert_int_equal(back.waiting, 9);
    assert_int_equal(back.trial, 14);
    assert_string_equal(back.said, answer.said);
    hone_buf_reset(&line);
    hone_error_set(&err, HONE_EREFUSED, "trial 3 has ended already");
    hone_control_write_refusal(&line, &err);
    hone_error told = {0};
    assert_int_equal(hone_control_read_answer(line.data, line.len, &back, &told),
                     HONE_EREFUSED);
    assert_string_equal(told.text, "trial 3 has ended already");
    assert_int_equal(hone_control_read_answer("{}\n", 3, &back, &told), HONE_EIO);
    assert_int_equal(hone_control_read_answer("what", 4, &back, &told), HONE_EIO);
    const char odd[] = "{\"ok\":false,\"code\":7,\"error\":4}";
    assert_int_equal(hone_control_read_answer(odd, sizeof odd - 1, &back, &told),
                     HONE_EIO);
    hone_buf_release(&line);
}

/* An address has room for 107 bytes; a longer path goes through the open folder. */
static void test_long_paths(void **state)
{
    (void)state;
    char dir[400] = "/tmp/hone-wire-XXXXXX";
    assert_non_null(mkdtemp(dir));
    hone_control_address address;
    hone_error err = {0};
    assert_int_equal(hone_control_address_fill(&address, dir, &err), HONE_OK);
    assert_int_equal(address.dir_fd, -1);
    assert_memory_equal(address.socket.sun_path, dir, strlen(dir));
    hone_control_address_release(&address);
    size_t short_len = strlen(dir);
    memset(dir + short_len, 'd', 200);
    dir[short_len] = '/';
    dir[short_len + 200] = '\0';
    assert_int_equal(hone_control_address_fill(&address, dir, &err), HONE_ENOTFOUND);
    assert_int_equal(mkdir(dir, 0700), 0);
    assert_int_equal(hone_control_address_fill(&address, dir, &err), HONE_OK);
    assert_true(address.dir_fd >= 0);
    assert_memory_equal(address.socket.sun_path, "/proc/self/fd/", 14);
    hone_control_address_release(&address);
    rmdir(dir);
    dir[short_len] = '\0';
    rmdir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests_come_back),
        cmocka_unit_test(test_no_requests),
        cmocka_unit_test(test_deep),
        cmocka_unit_test(test_answers_come_back),
        cmocka_unit_test(test_long_paths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
