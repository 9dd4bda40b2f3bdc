/* The other end of the control socket: asking a live orchestrator. */
#include <hone/control.h>

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "engine/control_wire.h"

enum { PATH_MAX_BYTES = 64 * 1024, ANSWER_MAX = 64 * 1024, RETRY_MS = 10 };

typedef struct call {
    int fd;
    int64_t deadline_ms; /* by the monotonic clock */
    hone_buf bytes;      /* the request, then the answer */
} call;

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Waits until the socket is ready for `events`; false where the time is over. */
static bool wait_for(const call *self, short events)
{
    for (;;) {
        int64_t left = self->deadline_ms - now_ms();
        struct pollfd item = {.fd = self->fd, .events = events};
        int n = poll(&item, 1, left > 0 ? (int)left : 0);
        if (n > 0)
            return true;
        if (n == 0 || errno != EINTR)
            return false;
    }
}

static int fail(const char *what, int error, hone_error *err)
{
    return hone_error_set(err, HONE_EIO, "the orchestrator does not answer: %s%s%s", what,
                          error != 0 ? ": " : "", error != 0 ? strerror(error) : "");
}

/* A queue that is full for the moment is waited for. */
static int connect_to(call *self, const hone_control_address *address, hone_error *err)
{
    const struct sockaddr *at = (const struct sockaddr *)&address->socket;
    self->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (self->fd < 0)
        return fail("no socket", errno, err);
    while (connect(self->fd, at, address->len) != 0) {
        if (errno == ENOENT || errno == ECONNREFUSED || errno == ENOTDIR)
            return hone_error_set(err, HONE_ENOTFOUND,
                                  "no orchestrator listens at %s: %s",
                                  address->socket.sun_path, strerror(errno));
        if (errno == EACCES || errno == EPERM)
            return hone_error_set(err, HONE_EREFUSED,
                                  "only its owner may steer this sweep");
        if (errno != EAGAIN && errno != EINTR)
            return fail("connect", errno, err);
        if (now_ms() >= self->deadline_ms)
            return fail("too many ask it at once", 0, err);
        nanosleep(&(struct timespec){.tv_nsec = RETRY_MS * 1000000L}, NULL);
    }
    return HONE_OK;
}

static int send_request(call *self, hone_error *err)
{
    size_t at = 0;
    while (at < self->bytes.len) {
        ssize_t n =
            send(self->fd, self->bytes.data + at, self->bytes.len - at, MSG_NOSIGNAL);
        if (n >= 0)
            at += (size_t)n;
        else if (errno != EAGAIN && errno != EINTR)
            return fail("send", errno, err);
        else if (!wait_for(self, POLLOUT))
            return fail("timeout", 0, err);
    }
    return HONE_OK;
}

/* One line, newline included. */
static int receive_answer(call *self, hone_error *err)
{
    char bytes[4096];
    hone_buf_reset(&self->bytes);
    while (self->bytes.len == 0 || self->bytes.data[self->bytes.len - 1] != '\n') {
        if (!wait_for(self, POLLIN))
            return fail("timeout", 0, err);
        ssize_t n = recv(self->fd, bytes, sizeof(bytes), 0);
        if (n == 0)
            return fail("it has ended", 0, err);
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            return fail("receive", errno, err);
        hone_buf_add(&self->bytes, bytes, n > 0 ? (size_t)n : 0);
        if (hone_buf_status(&self->bytes) != HONE_OK)
            return fail("too long an answer", 0, err);
    }
    return HONE_OK;
}

static int converse(call *self, const char *dir, const hone_control_request *request,
                    hone_error *err)
{
    hone_control_address address;
    hone_control_write_request(&self->bytes, request);
    if (hone_buf_status(&self->bytes) != HONE_OK ||
        self->bytes.len > HONE_CONTROL_LINE_MAX)
        return hone_error_set(err, HONE_EUSAGE, "a request has at most %d bytes",
                              HONE_CONTROL_LINE_MAX);
    int rc = hone_control_address_fill(&address, dir, err);
    if (rc != HONE_OK)
        return rc;
    rc = connect_to(self, &address, err);
    hone_control_address_release(&address);
    if (rc == HONE_OK)
        rc = send_request(self, err);
    return rc == HONE_OK ? receive_answer(self, err) : rc;
}

int hone_control_ask(const char *store, const char *uid,
                     const hone_control_request *request, int timeout_ms,
                     hone_control_answer *answer, hone_error *err)
{
    call self = {.fd = -1, .deadline_ms = now_ms() + timeout_ms};
    hone_buf dir;
    *answer = (hone_control_answer){0};
    hone_buf_init(&dir, PATH_MAX_BYTES);
    hone_buf_init(&self.bytes, 2 * ANSWER_MAX);
    hone_buf_printf(&dir, "%s/sweeps/%s", store, uid);
    int rc = hone_buf_status(&dir);
    if (rc == HONE_OK)
        rc = converse(&self, hone_buf_text(&dir), request, err);
    else
        hone_error_set(err, rc, "the path of the store is too long");
    if (rc == HONE_OK)
        rc = hone_control_read_answer(self.bytes.data, self.bytes.len, answer, err);
    if (self.fd >= 0)
        close(self.fd);
    hone_buf_release(&self.bytes);
    hone_buf_release(&dir);
    return rc;
}
