/* External samplers: scripted programs that answer, die, babble, fall silent or shut
 * their pipes, and what the owner hears of it. */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>
#include <uv.h>

#include "engine/external.h"
#include "engine/plan_state.h"

typedef struct rig {
    uv_loop_t loop;
    hone_spec *spec;
    hone_plan *plan;
    hone_external *external;
    uint64_t asked, wanted; /* asks so far, and in all */
    uint64_t recorded;      /* trials that were there before: x is 10 times the number */
    const char *close_at;   /* closed when this is said; NULL: when all is answered */
    /* What the owner heard, a line each; apart, as two pipes keep no order. */
    hone_buf heard, said;
} rig;

/* The script is indented by four. */
static hone_spec *make_spec(const char *script)
{
    hone_buf text;
    hone_buf_init(&text, 100000);
    hone_buf_puts(&text, "command: 'true'\nseed: 7\n"
                         "metric: {name: loss, goal: maximize}\n"
                         "constraints: ['x != 13']\n"
                         "parameters:\n"
                         "  x: {min: 0, max: 99}\n"
                         "  fixed: {value: 1}\n"
                         "method:\n  depth: 3\n  external: |\n    ");
    for (const char *c = script; *c != '\0'; c++) {
        hone_buf_putc(&text, *c);
        if (*c == '\n')
            hone_buf_puts(&text, "    ");
    }
    hone_buf_putc(&text, '\n');
    hone_spec *spec = NULL;
    hone_error err = {0};
    assert_int_equal(
        hone_spec_read("s.yaml", hone_buf_text(&text), text.len, &spec, &err), HONE_OK);
    hone_buf_release(&text);
    return spec;
}

static void note(rig *r, const char *what, const char *text)
{
    hone_buf_printf(&r->heard, "%s%s\n", what, text);
}

static void ask(rig *r)
{
    r->asked++;
    hone_external_ask(r->external, r->asked);
}

static void on_answered(void *arg, hone_suggestion answer, const hone_config *config)
{
    rig *r = arg;
    static const char *const words[] = {[HONE_SUGGESTED] = "",
                                        [HONE_SUGGEST_WAIT] = "wait",
                                        [HONE_SUGGEST_DONE] = "done"};
    hone_buf_printf(&r->heard, "%d: %s", (int)r->asked, words[answer]);
    if (config != NULL) {
        hone_config_write_json(&r->heard, r->spec->space, config);
        hone_observation pending = {
            .kind = HONE_OBSERVE_PENDING, .number = r->asked, .config = config};
        assert_int_equal(hone_plan_observe(r->plan, &pending), HONE_OK);
        hone_external_trial trial = {.number = r->asked,
                                     .status = HONE_STATUS_PENDING,
                                     .config = config,
                                     .space = r->spec->space};
        hone_external_tell(r->external, &trial);
    }
    note(r, "", "");
    if (r->asked < r->wanted)
        ask(r);
    else if (r->close_at == NULL)
        hone_external_close(r->external);
}

static void on_failed(void *arg, int code, const char *why)
{
    rig *r = arg;
    assert_int_not_equal(code, HONE_ENOMEM);
    note(r, "failed: ", why);
    hone_external_close(r->external);
}

static void on_said(void *arg, const char *line)
{
    rig *r = arg;
    bool own = strncmp(line, "sampler: ", 9) != 0;
    hone_buf_printf(own ? &r->heard : &r->said, "%s\n", own ? line : line + 9);
    if (r->close_at != NULL && strstr(line, r->close_at) != NULL)
        hone_external_close(r->external);
}

/* One trial at a time. */
static int recall(void *arg, uint64_t first, hone_buf *out, uint64_t *next,
                  hone_error *err)
{
    const rig *r = arg;
    (void)err;
    hone_param_value x = {.name = "x", .value = hone_value_int((int64_t)first * 10)};
    hone_external_trial trial = {.number = first,
                                 .status = HONE_STATUS_COMPLETED,
                                 .has_objective = true,
                                 .objective = (double)first / 2,
                                 .maximize = true,
                                 .params = &x,
                                 .n_params = 1};
    if (first <= r->recorded)
        hone_external_write_trial(out, &trial);
    *next = first < r->recorded ? first + 1 : 0;
    return HONE_OK;
}

static void open_rig(rig *r, const char *script)
{
    hone_error err = {0};
    assert_int_equal(uv_loop_init(&r->loop), 0);
    hone_buf_init(&r->heard, 1000000);
    hone_buf_init(&r->said, 1000000);
    r->spec = make_spec(script);
    assert_int_equal(hone_plan_make(r->spec, &r->plan, &err), HONE_OK);
    hone_external_options options = {.loop = &r->loop,
                                     .spec = r->spec,
                                     .sweep = "s",
                                     .known = hone_plan_known(r->plan),
                                     .recall = recall,
                                     .answered = on_answered,
                                     .failed = on_failed,
                                     .said = on_said,
                                     .arg = r};
    assert_int_equal(hone_external_new(&options, &r->external, &err), HONE_OK);
}

static void close_rig(rig *r)
{
    hone_external_free(r->external);
    assert_int_equal(uv_loop_close(&r->loop), 0);
    hone_plan_free(r->plan);
    hone_spec_free(r->spec);
    hone_buf_release(&r->heard);
    hone_buf_release(&r->said);
}

/* Reads up to the next ask; its number is then $n. */
#define NEXT                                                                             \
    "next() { while read -r l; do case $l in '{\"ask\":'*) n=${l#*:}; n=${n%\\}}; "      \
    "return;; esac; done; exit 0; }\nread -r hello; "
#define X "echo \"{\\\"params\\\":{\\\"x\\\":$n}}\"; "

/* What is said before an answer is read no later than the answer, and so before the next:
 * the last thing said has one more ask behind it. */
static const struct {
    const char *what, *script;
    uint64_t wanted;
    const char *heard; /* how it begins */
    const char *said;  /* NULL: of no interest */
} cases[] = {
    {"answers", NEXT "while next; do " X "done", 3,
     "1: {\"fixed\": 1, \"x\": 1}\n2: {\"fixed\": 1, \"x\": 2}\n3: {\"fixed\": 1, \"x\": "
     "3}\n",
     NULL},
    {"lives for one answer alone", NEXT "next; " X, 2,
     "1: {\"fixed\": 1, \"x\": 1}\n"
     "the sampler ended with exit status 0; it is started again\n"
     "2: {\"fixed\": 1, \"x\": 2}\n",
     NULL},
    {"waits, and has nothing any more",
     NEXT "next; echo '{\"wait\":true}'; next; echo '{\"done\":true}'; cat", 2,
     "1: wait\n2: done\n", NULL},
    {"dies at once", "echo first >&2; echo boom >&2; exit 3", 1,
     "the sampler ended with exit status 3: boom; it is started again\n"
     "the sampler ended with exit status 3: boom; it is started again\n"
     "failed: the sampler 'echo first >&2; echo boom >&2; exit 3\n' gave no answer in 3 "
     "starts; it ended with exit status 3: boom\n",
     "first\nboom\nfirst\nboom\nfirst\nboom\n"},
    {"is killed", NEXT "kill -9 $$", 1,
     "the sampler ended by signal 9; it is started again\n"
     "the sampler ended by signal 9; it is started again\n"
     "failed: ",
     NULL},
    {"gives wrong answers, and then a right one",
     NEXT "next\n"
          "try() { echo \"$1\"; read -r l; echo \"$l\" >&2; }\n"
          "try garbage; try '[1]'; try '{}'; try '{\"wait\":true,\"done\":true}'\n"
          "try '{\"params\":[1]}'; try '{\"params\":{\"x\":100}}'\n"
          "try '{\"params\":{\"x\":1.5}}'; try '{\"params\":{\"x\":\"1\"}}'\n"
          "try '{\"params\":{\"xs\":1}}'; try '{\"params\":{}}'\n"
          "try '{\"params\":{\"x\":13}}'; try '{\"params\":{\"x\":1,\"x\":2}}'\n"
          "try '{\"params\":{\"x\":[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]}}'\n" X
          "next; try '{\"params\":{\"x\":1.0}}'; " X "next; " X "cat",
     3,
     "1: {\"fixed\": 1, \"x\": 1}\n2: {\"fixed\": 1, \"x\": 2}\n"
     "3: {\"fixed\": 1, \"x\": 3}\n",
     "{\"error\":\"an answer is one JSON object a line: '[' or '{' expected "
     "near 'garbage'\"}\n"
     "{\"error\":\"an answer is one JSON object a line: this is no object\"}\n"
     "{\"error\":\"an answer has either \\\"params\\\", or \\\"wait\\\": true, "
     "or \\\"done\\\": true\"}\n"
     "{\"error\":\"an answer has either \\\"params\\\", or \\\"wait\\\": true, "
     "or \\\"done\\\": true\"}\n"
     "{\"error\":\"\\\"params\\\" has to be an object, {\\\"NAME\\\": VALUE, "
     "...}\"}\n"
     "{\"error\":\"x is '100'; it has to be a whole number from 0 to 99\"}\n"
     "{\"error\":\"x is '1.5'; it has to be a whole number from 0 to 99\"}\n"
     "{\"error\":\"x is '1'; it has to be a whole number from 0 to 99\"}\n"
     "{\"error\":\"xs is no parameter of the sweep; those are fixed, x\"}\n"
     "{\"error\":\"no value is given for x\"}\n"
     "{\"error\":\"the configuration breaks a constraint of the spec\"}\n"
     "{\"error\":\"an answer is one JSON object a line: duplicate object key "
     "near '\\\"x\\\"'\"}\n"
     "{\"error\":\"a value in \\\"params\\\" is nested more than 16 deep\"}\n"
     "{\"error\":\"trial 1 has this configuration already\"}\n"},
    {"babbles", "while :; do echo nonsense; done", 1,
     "failed: the sampler 'while :; do echo nonsense; done\n' gave 100 answers of no use "
     "in a row: ",
     NULL},
    {"shuts its input", "exec <&-\necho '{\"params\":{\"x\":1}}'\ntail -f /dev/null", 2,
     "1: {\"fixed\": 1, \"x\": 1}\n"
     "the sampler closed its standard input; it is started again\n"
     "the sampler closed its standard input; it is started again\n"
     "failed: the sampler 'exec <&-",
     NULL},
    {"shuts its input, and thinks about the answer for ever",
     NEXT "next; exec <&-\ntail -f /dev/null", 1,
     "the sampler closed its standard input; it is started again\n"
     "the sampler closed its standard input; it is started again\n"
     "failed: the sampler 'next()",
     NULL},
    {"shuts its input, and answers all the same before it ends",
     NEXT "next; exec <&-\n" X "exit 5", 1, "1: {\"fixed\": 1, \"x\": 1}\n", NULL},
    {"shuts its output", "exec >&-\ncat >&2", 1,
     "the sampler closed its standard output: {\"ask\":1}; it is started again\n"
     "the sampler closed its standard output: {\"ask\":1}; it is started again\n"
     "failed: ",
     NULL},
    {"writes a line that does not end", "head -c 5000000 /dev/zero | tr '\\0' x; cat", 1,
     "the sampler wrote a line of more than 4 MiB; it is started again\n"
     "the sampler wrote a line of more than 4 MiB; it is started again\n"
     "failed: ",
     NULL},
    {"leaves something behind that holds its pipes",
     NEXT "next; " X "tail -f /dev/null & exit 4", 2,
     "1: {\"fixed\": 1, \"x\": 1}\n"
     "the sampler ended with exit status 4; it is started again\n"
     "2: {\"fixed\": 1, \"x\": 2}\n",
     NULL},
    {"has no such program", "exec nosuchprogram 2>&-", 1,
     "the sampler ended with exit status 127; it is started again\n"
     "the sampler ended with exit status 127; it is started again\n"
     "failed: ",
     NULL},
};

static void check_start(const char *what, const char *heard, const char *wanted)
{
    if (strncmp(heard, wanted, strlen(wanted)) != 0)
        fail_msg("a program that %s:\n%s\nnot\n%s", what, heard, wanted);
}

static void test_programs(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        rig r = {.wanted = cases[i].wanted};
        open_rig(&r, cases[i].script);
        ask(&r);
        uv_run(&r.loop, UV_RUN_DEFAULT);
        check_start(cases[i].what, hone_buf_text(&r.heard), cases[i].heard);
        if (cases[i].said != NULL)
            check_start(cases[i].what, hone_buf_text(&r.said), cases[i].said);
        close_rig(&r);
    }
}

/* Hello, the trials so far in the order of their numbers, and then the ask. */
static void test_catch_up(void **state)
{
    (void)state;
    rig r = {.wanted = 4, .asked = 3, .recorded = 3};
    open_rig(&r, "while read -r l; do echo \"$l\" >&2; case $l in *ask*) "
                 "echo '{\"done\":true}';; esac; done");
    ask(&r);
    uv_run(&r.loop, UV_RUN_DEFAULT);
    const char *wanted[] = {
        "{\"hone\":1,\"sweep\":\"s\",\"seed\":7,"
        "\"objective\":{\"name\":\"loss\",\"goal\":\"maximize\"},"
        "\"settings\":{\"depth\":3},\"parameters\":["
        "{\"name\":\"fixed\",\"distribution\":\"constant\",\"values\":[1]},"
        "{\"name\":\"x\",\"distribution\":\"int_uniform\",\"min\":0,\"max\":99}],"
        "\"constraints\":[\"x != 13\"]}\n",
        "{\"trial\":1,\"status\":\"completed\",\"params\":{\"x\":10},"
        "\"objective\":0.5,\"value\":-0.5}\n",
        "{\"trial\":2,", "{\"trial\":3,", "{\"ask\":4}\n"};
    const char *at = hone_buf_text(&r.said);
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        const char *found = strstr(at, wanted[i]);
        if (found == NULL)
            fail_msg("no\n%s in\n%s", wanted[i], at);
        at = found + strlen(wanted[i]);
    }
    assert_non_null(strstr(hone_buf_text(&r.heard), "4: done\n"));
    close_rig(&r);
}

/* One that thinks for ever, and does not mind SIGTERM, is ended with all that it has
 * started. */
static void test_close_while_it_thinks(void **state)
{
    (void)state;
    rig r = {.wanted = 1, .close_at = "pid "};
    open_rig(&r, "trap '' TERM\ntail -f /dev/null & echo \"pid $!\" >&2\nwait");
    ask(&r);
    uv_run(&r.loop, UV_RUN_DEFAULT);
    int pid = 0;
    assert_int_equal(sscanf(hone_buf_text(&r.said), "pid %d", &pid), 1);
    /* Gone already, or about to be: it was killed. */
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (fd >= 0) {
        struct pollfd end = {.fd = fd, .events = POLLIN};
        assert_int_equal(poll(&end, 1, 30000), 1);
        close(fd);
    } else {
        assert_int_equal(errno, ESRCH);
    }
    close_rig(&r);
}

/* An answer to nothing is refused, and the trial that it came with is told. */
static void test_answer_to_nothing(void **state)
{
    (void)state;
    rig r = {.wanted = 1, .close_at = "told"};
    open_rig(&r, NEXT "next; " X "echo '{\"done\":true}'\n"
                      "read -r l; read -r m; echo $l $m told >&2; cat");
    ask(&r);
    uv_run(&r.loop, UV_RUN_DEFAULT);
    assert_string_equal(hone_buf_text(&r.heard), "1: {\"fixed\": 1, \"x\": 1}\n");
    assert_string_equal(hone_buf_text(&r.said),
                        "{\"trial\":1,\"status\":\"pending\",\"params\":{\"fixed\":1,"
                        "\"x\":1},\"objective\":null,\"value\":null} "
                        "{\"error\":\"nothing is asked\"} told\n");
    close_rig(&r);
}

/* Never asked, never started; and closing twice is fine. */
static void test_never_asked(void **state)
{
    (void)state;
    rig r = {.wanted = 0};
    open_rig(&r, "echo started >&2");
    hone_external_tell(r.external,
                       &(hone_external_trial){.number = 1, .status = HONE_STATUS_FAILED});
    hone_external_close(r.external);
    hone_external_close(r.external);
    uv_run(&r.loop, UV_RUN_DEFAULT);
    assert_string_equal(hone_buf_text(&r.heard), "");
    assert_string_equal(hone_buf_text(&r.said), "");
    close_rig(&r);
}

static void test_known(void **state)
{
    (void)state;
    hone_spec *spec = make_spec("true");
    hone_plan *plan = NULL;
    hone_error err = {0};
    const hone_config *point = NULL;
    bool waits = false;
    assert_int_equal(hone_plan_make(spec, &plan, &err), HONE_OK);
    const hone_known *known = hone_plan_known(plan);
    assert_non_null(known);
    assert_int_equal(hone_plan_next(plan, &point, &waits), HONE_OK);
    assert_true(waits && point == NULL);
    hone_config *config = calloc(1, hone_config_size(spec->space));
    const char *text = "x=5";
    assert_int_equal(hone_config_read(spec->space, 1, &text, config, &err), HONE_OK);
    hone_observation seen = {.kind = HONE_OBSERVE_PENDING, .number = 3, .config = config};
    assert_int_equal(hone_known_same(known, config), 0);
    assert_int_equal(hone_plan_observe(plan, &seen), HONE_OK);
    assert_int_equal(hone_known_state(known, 3), HONE_KNOWN_PENDING);
    assert_int_equal(hone_known_state(known, 1), HONE_KNOWN_NOT);
    assert_int_equal(hone_known_state(known, 0), HONE_KNOWN_NOT);
    assert_int_equal(hone_known_state(known, 4), HONE_KNOWN_NOT);
    seen.kind = HONE_OBSERVE_FAILED;
    assert_int_equal(hone_plan_observe(plan, &seen), HONE_OK);
    assert_int_equal(hone_known_state(known, 3), HONE_KNOWN_ENDED);
    assert_int_equal(hone_known_same(known, config), 3);
    /* No number is too large to be refused rather than believed. */
    seen.number = UINT64_MAX;
    assert_int_equal(hone_plan_observe(plan, &seen), HONE_ENOMEM);
    free(config);
    hone_plan_free(plan);
    hone_spec_free(spec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_programs),
        cmocka_unit_test(test_catch_up),
        cmocka_unit_test(test_close_while_it_thinks),
        cmocka_unit_test(test_answer_to_nothing),
        cmocka_unit_test(test_never_asked),
        cmocka_unit_test(test_known),
    };
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
