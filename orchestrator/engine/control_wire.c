/* The words on the control socket. */
#include "engine/control_wire.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include <hone/json.h>

static const char *const words[HONE_N_CONTROLS] = {
    [HONE_CONTROL_STATUS] = "status", [HONE_CONTROL_PAUSE] = "pause",
    [HONE_CONTROL_RESUME] = "resume", [HONE_CONTROL_STOP] = "stop",
    [HONE_CONTROL_SCALE] = "scale",   [HONE_CONTROL_KILL] = "kill",
    [HONE_CONTROL_ADD] = "add"};

/* ---- the address ---- */

int hone_control_address_fill(hone_control_address *address, const char *dir,
                              hone_error *err)
{
    static const char name[] = "control";
    char *path = address->socket.sun_path;
    size_t room = sizeof(address->socket.sun_path);
    *address = (hone_control_address){.socket.sun_family = AF_UNIX, .dir_fd = -1};
    int len = snprintf(path, room, "%s/%s", dir, name);
    if (len < 0 || (size_t)len >= room) {
        address->dir_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (address->dir_fd < 0)
            return hone_error_set(err, errno == ENOENT ? HONE_ENOTFOUND : HONE_EIO,
                                  "%s: %s", dir, strerror(errno));
        len = snprintf(path, room, "/proc/self/fd/%d/%s", address->dir_fd, name);
    }
    assert(len > 0 && (size_t)len < room);
    address->len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)len + 1);
    return HONE_OK;
}

void hone_control_address_release(hone_control_address *address)
{
    if (address->dir_fd >= 0)
        close(address->dir_fd);
    address->dir_fd = -1;
}

/* ---- writing ---- */

static void put_int(hone_json *json, const char *key, uint64_t value)
{
    hone_json_key(json, key);
    hone_json_int(json, value > INT64_MAX ? INT64_MAX : (int64_t)value);
}

static void put_bool(hone_json *json, const char *key, bool value)
{
    hone_json_key(json, key);
    hone_json_bool(json, value);
}

static void put_text(hone_json *json, const char *key, const char *text)
{
    hone_json_key(json, key);
    hone_json_text(json, text);
}

void hone_control_write_request(hone_buf *out, const hone_control_request *request)
{
    hone_json json;
    hone_json_init(&json, out);
    hone_json_begin_object(&json);
    put_text(&json, "do", words[request->kind]);
    if (request->now)
        put_bool(&json, "now", true);
    if (request->kind == HONE_CONTROL_SCALE)
        put_int(&json, "to", request->concurrency);
    if (request->kind == HONE_CONTROL_KILL)
        put_int(&json, "trial", request->trial);
    if (request->kind == HONE_CONTROL_ADD) {
        hone_json_key(&json, "params");
        hone_json_begin_array(&json);
        for (uint32_t i = 0; i < request->n_params; i++)
            hone_json_text(&json, request->params[i]);
        hone_json_end(&json);
    }
    hone_json_end(&json);
    hone_buf_putc(out, '\n');
}

void hone_control_write_answer(hone_buf *out, const hone_control_answer *answer)
{
    hone_json json;
    hone_json_init(&json, out);
    hone_json_begin_object(&json);
    put_bool(&json, "ok", true);
    put_text(&json, "said", answer->said);
    put_bool(&json, "paused", answer->paused);
    put_bool(&json, "ending", answer->ending);
    put_int(&json, "concurrency", answer->concurrency);
    put_int(&json, "running", answer->running);
    put_int(&json, "waiting", answer->waiting);
    if (answer->trial != 0)
        put_int(&json, "trial", answer->trial);
    hone_json_end(&json);
    hone_buf_putc(out, '\n');
}

void hone_control_write_refusal(hone_buf *out, const hone_error *why)
{
    hone_json json;
    hone_json_init(&json, out);
    hone_json_begin_object(&json);
    put_bool(&json, "ok", false);
    put_text(&json, "error", why->text);
    hone_json_key(&json, "code");
    hone_json_int(&json, why->code);
    hone_json_end(&json);
    hone_buf_putc(out, '\n');
}

/* ---- reading ---- */

static json_t *load(const char *line, size_t len, hone_error *err)
{
    json_error_t detail;
    json_t *root = json_loadb(line, len, JSON_REJECT_DUPLICATES, &detail);
    if (root == NULL || !json_is_object(root)) {
        hone_error_set(err, HONE_EUSAGE, "a request is one JSON object a line: %s",
                       root == NULL ? detail.text : "this is no object");
        json_decref(root);
        return NULL;
    }
    return root;
}

static int read_kind(const json_t *root, hone_control_kind *kind, hone_error *err)
{
    const char *word = json_string_value(json_object_get(root, "do"));
    for (int i = 0; word != NULL && i < HONE_N_CONTROLS; i++) {
        if (strcmp(word, words[i]) == 0) {
            *kind = (hone_control_kind)i;
            return HONE_OK;
        }
    }
    return hone_error_set(err, HONE_EUSAGE,
                          "\"do\" has to be status, pause, resume, stop, scale, kill or "
                          "add");
}

/* A whole number from 1 to `most`. */
static int read_count(const json_t *root, const char *key, int64_t most, uint64_t *out,
                      hone_error *err)
{
    const json_t *value = json_object_get(root, key);
    int64_t number = json_integer_value(value); /* 0 where it is none */
    if (number < 1 || number > most)
        return hone_error_set(err, HONE_EUSAGE,
                              "\"%s\" has to be a whole number from 1 to %lld", key,
                              (long long)most);
    *out = (uint64_t)number;
    return HONE_OK;
}

static int read_params(const json_t *root, hone_control_message *message, hone_error *err)
{
    const json_t *list = json_object_get(root, "params");
    size_t n = json_array_size(list);
    if (!json_is_array(list) || n > HONE_CONTROL_PARAMS_MAX)
        return hone_error_set(err, HONE_EUSAGE,
                              "\"params\" has to be a list of at most %d \"NAME=VALUE\"",
                              HONE_CONTROL_PARAMS_MAX);
    message->params = calloc(n + 1, sizeof(*message->params));
    if (message->params == NULL)
        return hone_error_set(err, HONE_ENOMEM, "out of memory");
    for (size_t i = 0; i < n; i++) {
        message->params[i] = json_string_value(json_array_get(list, i));
        if (message->params[i] == NULL)
            return hone_error_set(err, HONE_EUSAGE, "\"params\" has to hold text alone");
    }
    message->request.n_params = (uint32_t)n;
    message->request.params = message->params;
    return HONE_OK;
}

int hone_control_read_request(const char *line, size_t len, hone_control_message *message,
                              hone_error *err)
{
    *message = (hone_control_message){0};
    hone_control_request *request = &message->request;
    json_t *root = load(line, len, err);
    if (root == NULL)
        return HONE_EUSAGE;
    message->json = root;
    request->now = json_is_true(json_object_get(root, "now"));
    uint64_t to = 0;
    int rc = read_kind(root, &request->kind, err);
    if (rc == HONE_OK && request->kind == HONE_CONTROL_SCALE)
        rc = read_count(root, "to", INT32_MAX, &to, err);
    if (rc == HONE_OK && request->kind == HONE_CONTROL_KILL)
        rc = read_count(root, "trial", INT64_MAX, &request->trial, err);
    if (rc == HONE_OK && request->kind == HONE_CONTROL_ADD)
        rc = read_params(root, message, err);
    request->concurrency = (uint32_t)to;
    return rc;
}

void hone_control_message_release(hone_control_message *message)
{
    json_decref(message->json);
    free(message->params);
    *message = (hone_control_message){0};
}

static uint64_t get_count(const json_t *root, const char *key)
{
    int64_t number = json_integer_value(json_object_get(root, key));
    return number > 0 ? (uint64_t)number : 0;
}

static const char *get_text(const json_t *root, const char *key)
{
    const char *text = json_string_value(json_object_get(root, key));
    return text != NULL ? text : "";
}

int hone_control_read_answer(const char *line, size_t len, hone_control_answer *answer,
                             hone_error *err)
{
    json_error_t detail;
    json_t *root = json_loadb(line, len, 0, &detail);
    if (root == NULL)
        return hone_error_set(err, HONE_EIO, "the orchestrator's answer is no JSON: %s",
                              detail.text);
    int rc = HONE_OK;
    if (!json_is_true(json_object_get(root, "ok"))) {
        int64_t code = json_integer_value(json_object_get(root, "code"));
        bool known = code < 0 && code > -1000 && hone_error_name((int)code) != NULL;
        rc = hone_error_set(err, known ? (int)code : HONE_EIO, "%s",
                            get_text(root, "error"));
    } else {
        *answer =
            (hone_control_answer){.live = true,
                                  .paused = json_is_true(json_object_get(root, "paused")),
                                  .ending = json_is_true(json_object_get(root, "ending")),
                                  .concurrency = (uint32_t)get_count(root, "concurrency"),
                                  .running = get_count(root, "running"),
                                  .waiting = get_count(root, "waiting"),
                                  .trial = get_count(root, "trial")};
        snprintf(answer->said, sizeof(answer->said), "%s", get_text(root, "said"));
    }
    json_decref(root);
    return rc;
}
