/* Steering a sweep from the command line. */
#include <hone/json.h>

#include "cli/exit.h"
#include "cli/out.h"
#include "cli/steer.h"

enum { MAX_TEXT = 64 * 1024 };

static void put_int(hone_json *json, const char *key, uint64_t value)
{
    hone_json_key(json, key);
    hone_json_int(json, (int64_t)value);
}

static void put_bool(hone_json *json, const char *key, bool value)
{
    hone_json_key(json, key);
    hone_json_bool(json, value);
}

static void put_json(hone_buf *text, const char *sweep, const hone_control_answer *answer)
{
    hone_json json;
    hone_json_init(&json, text);
    hone_json_begin_object(&json);
    hone_json_key(&json, "sweep");
    hone_json_text(&json, sweep);
    hone_json_key(&json, "message");
    hone_json_text(&json, answer->said);
    put_bool(&json, "live", answer->live);
    if (answer->live) {
        put_bool(&json, "paused", answer->paused);
        put_bool(&json, "ending", answer->ending);
        put_int(&json, "concurrency", answer->concurrency);
        put_int(&json, "running", answer->running);
        put_int(&json, "waiting", answer->waiting);
    }
    if (answer->trial > 0) {
        put_int(&json, "trial", answer->trial);
    }
    hone_json_end(&json);
}

static int print_answer(const struct target *target, enum form form,
                        const hone_control_answer *answer)
{
    struct out out;
    hone_buf text;
    if (hone_out_open(&out, NULL, NULL) != HONE_OK) {
        return EXIT_FAILED;
    }
    hone_buf_init(&text, MAX_TEXT);
    if (form == FORM_JSON) {
        put_json(&text, target->sweep->name, answer);
    } else {
        hone_buf_printf(&text, "%s: %s", target->sweep->name, answer->said);
    }
    hone_buf_putc(&text, '\n');
    hone_out_buf(&out, &text);
    hone_buf_release(&text);
    return hone_out_close(&out, EXIT_DONE);
}

int hone_cli_steer(const struct target *target, enum form form,
                   const hone_control_request *request)
{
    hone_error err = {.code = 0};
    hone_control_answer answer;
    int rc = hone_control_steer(hone_buf_text(&target->dir), target->sweep->uid, request,
                                &answer, &err);
    if (rc != HONE_OK) {
        return hone_exit_error(&err, rc);
    }
    return print_answer(target, form, &answer);
}

int hone_cli_steer_sweep(const struct args *args, const char *sweep,
                         const hone_control_request *request)
{
    struct target target;
    int status = hone_target_open_named(&target, args, sweep);
    if (status == EXIT_DONE) {
        status = hone_cli_steer(&target, hone_args_form(args), request);
    }
    hone_target_close(&target);
    return status;
}
