/* The control socket: connections, and bytes in and out. What a request does is in
 * steer.c. */
#include "engine/control.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/control_wire.h"
#include "engine/steer.h"

enum {
    CLIENTS_MAX = 16,
    READ_BYTES = 16 * 1024, /* read of a client in one turn of the loop */
    LINES_A_TURN = 16,      /* carried out of a client in one turn */
    ANSWER_MAX = 256 * 1024,
    REST_MS = 200 /* without accepting, where there is no descriptor to do it with */
};

typedef enum client_state {
    CLIENT_FREE,
    CLIENT_OPEN,
    CLIENT_CLOSING /* its handle is on its way out */
} client_state;

typedef struct client {
    hone_control *control;
    client_state state;
    int fd;
    uv_poll_t poll;
    int polled;      /* events asked of `poll` */
    bool no_more;    /* it has sent all it will ever send */
    uint64_t heard;  /* when it was heard last, by the control's counter */
    hone_buf input;  /* from the first byte that is not carried out */
    hone_buf output; /* what its socket did not take yet */
    hone_steering steering;
} client;

struct hone_control {
    hone_sweep *sweep;
    int fd; /* -1: does not listen any more */
    uv_poll_t poll;
    bool polling;         /* `poll` is initialised and not closed */
    uint64_t rests_until; /* by uv_now; 0: it does not rest */
    uint64_t clock;
    client clients[CLIENTS_MAX];
};

/* ---- a client's end ---- */

static void on_client_closed(uv_handle_t *handle)
{
    client *peer = handle->data;
    close(peer->fd);
    hone_buf_release(&peer->input);
    hone_buf_release(&peer->output);
    peer->state = CLIENT_FREE;
}

static void close_client(client *peer)
{
    if (peer->state != CLIENT_OPEN)
        return;
    peer->state = CLIENT_CLOSING;
    uv_close((uv_handle_t *)&peer->poll, on_client_closed);
}

/* ---- bytes ---- */

static void on_client(uv_poll_t *handle, int status, int events);

/* Reads only while nothing is owed to the client. */
static void poll_client(client *peer)
{
    if (peer->state != CLIENT_OPEN)
        return;
    int wanted = UV_READABLE;
    if (peer->output.len > 0)
        wanted = UV_WRITABLE;
    else if (peer->steering.pending || peer->no_more)
        wanted = 0;
    if (wanted == peer->polled)
        return;
    peer->polled = wanted;
    if (uv_poll_start(&peer->poll, wanted, on_client) != 0)
        close_client(peer);
}

static void send_output(client *peer)
{
    hone_buf *out = &peer->output;
    if (hone_buf_status(out) != HONE_OK) {
        close_client(peer); /* no memory, or it asks and never reads */
        return;
    }
    if (out->len == 0)
        return;
    ssize_t n = send(peer->fd, out->data, out->len, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN && errno != EINTR) {
        close_client(peer);
        return;
    }
    size_t sent = n > 0 ? (size_t)n : 0;
    memmove(out->data, out->data + sent, out->len - sent);
    hone_buf_truncate(out, out->len - sent);
}

static void read_input(client *peer)
{
    char bytes[READ_BYTES];
    ssize_t n = recv(peer->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    peer->heard = ++peer->control->clock;
    if (n <= 0)
        peer->no_more = true;
    else
        hone_buf_add(&peer->input, bytes, (size_t)n);
    if (hone_buf_status(&peer->input) != HONE_OK)
        close_client(peer);
}

static void on_client(uv_poll_t *handle, int status, int events)
{
    client *peer = handle->data;
    if (status < 0) {
        close_client(peer);
        return;
    }
    if ((events & UV_READABLE) != 0)
        read_input(peer);
    if ((events & UV_WRITABLE) != 0)
        send_output(peer);
    poll_client(peer);
}

/* ---- requests ---- */

/* The first line of the input, without its newline; false where it is not whole. A last
 * line may lack its newline. */
static bool first_line(const client *peer, size_t *len, size_t *taken)
{
    const hone_buf *in = &peer->input;
    const char *end = in->len > 0 ? memchr(in->data, '\n', in->len) : NULL;
    if (end == NULL && !(peer->no_more && in->len > 0))
        return false;
    *len = end != NULL ? (size_t)(end - in->data) : in->len;
    *taken = *len + (end != NULL);
    return true;
}

/* Carries out one line; false where there is none. */
static bool take_line(client *peer)
{
    hone_buf *in = &peer->input;
    size_t len, taken;
    if (!first_line(peer, &len, &taken)) {
        if (in->len <= HONE_CONTROL_LINE_MAX)
            return false;
        hone_error why = {0};
        hone_error_set(&why, HONE_EUSAGE, "a request has at most %d bytes",
                       HONE_CONTROL_LINE_MAX);
        hone_control_write_refusal(&peer->output, &why);
        peer->no_more = true;
        hone_buf_reset(in);
        return true;
    }
    hone_steer_begin(peer->control->sweep, &peer->steering, in->data, len, &peer->output);
    memmove(in->data, in->data + taken, in->len - taken);
    hone_buf_truncate(in, in->len - taken);
    return true;
}

static bool is_idle(const client *peer)
{
    return peer->state == CLIENT_OPEN && !peer->steering.pending && peer->output.len == 0;
}

/* True where lines are left for the next turn. */
static bool serve_client(client *peer)
{
    if (peer->state != CLIENT_OPEN)
        return false;
    if (peer->steering.pending)
        hone_steer_go_on(peer->control->sweep, &peer->steering, &peer->output);
    int n = 0;
    send_output(peer);
    while (is_idle(peer) && n < LINES_A_TURN && take_line(peer)) {
        send_output(peer);
        n++;
    }
    if (is_idle(peer) && peer->no_more && peer->input.len == 0)
        close_client(peer);
    poll_client(peer);
    return n == LINES_A_TURN && is_idle(peer);
}

/* ---- connections ---- */

/* The folder and the socket's mode keep others out already; this holds also where someone
 * has opened them. */
static bool is_allowed(int fd)
{
    struct ucred peer;
    socklen_t len = sizeof(peer);
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
           (peer.uid == geteuid() || peer.uid == 0);
}

static bool is_fleeting(int error)
{
    return error == EAGAIN || error == EINTR || error == ECONNABORTED;
}

static void on_connection(uv_poll_t *handle, int status, int events);

static void wake_up(hone_control *control)
{
    if (!control->polling || control->rests_until == 0 ||
        uv_now(control->sweep->loop) < control->rests_until)
        return;
    control->rests_until = 0;
    (void)uv_poll_start(&control->poll, UV_READABLE, on_connection);
}

/* A free place; where there is none, the client that was silent for longest has to go,
 * and the newcomer finds its place at its next try. */
static client *find_place(hone_control *control)
{
    client *longest = NULL;
    for (uint32_t i = 0; i < CLIENTS_MAX; i++) {
        client *peer = &control->clients[i];
        if (peer->state == CLIENT_FREE)
            return peer;
        if (peer->state == CLIENT_OPEN &&
            (longest == NULL || peer->heard < longest->heard))
            longest = peer;
    }
    if (longest != NULL)
        close_client(longest);
    return NULL;
}

static void admit_client(hone_control *control, client *peer, int fd)
{
    *peer = (client){.control = control, .fd = fd, .heard = ++control->clock};
    hone_buf_init(&peer->input, HONE_CONTROL_LINE_MAX + READ_BYTES);
    hone_buf_init(&peer->output, ANSWER_MAX);
    if (uv_poll_init(control->sweep->loop, &peer->poll, fd) != 0) {
        close(fd);
        return;
    }
    peer->poll.data = peer;
    peer->state = CLIENT_OPEN;
    uv_unref((uv_handle_t *)&peer->poll);
    poll_client(peer);
}

static void on_connection(uv_poll_t *handle, int status, int events)
{
    hone_control *control = handle->data;
    (void)events;
    client *place = status == 0 ? find_place(control) : NULL;
    if (place == NULL)
        return; /* whoever waits is accepted in a later turn */
    int fd = accept4(control->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) {
        if (is_fleeting(errno))
            return;
        /* Who waits would wake the loop again and again. */
        uv_poll_stop(handle);
        control->rests_until = uv_now(control->sweep->loop) + REST_MS;
        return;
    }
    if (is_allowed(fd))
        admit_client(control, place, fd);
    else
        close(fd);
}

void hone_control_serve(hone_sweep *sweep)
{
    hone_control *control = sweep->control;
    bool more = false;
    for (uint32_t i = 0; control != NULL && i < CLIENTS_MAX; i++)
        more |= serve_client(&control->clients[i]);
    if (control != NULL)
        wake_up(control);
    if (more)
        uv_async_send(&sweep->handles.store_news); /* the loop comes round again */
}

/* ---- the socket ---- */

static int listen_at(hone_control *control, const hone_control_address *address)
{
    const struct sockaddr *at = (const struct sockaddr *)&address->socket;
    /* The file gets the mode of the socket. */
    if (fchmod(control->fd, 0600) != 0)
        return errno;
    /* We hold the sweep's lock: what is there was left by one who does not live. */
    if (unlink(address->socket.sun_path) != 0 && errno != ENOENT)
        return errno;
    if (bind(control->fd, at, address->len) != 0 || listen(control->fd, CLIENTS_MAX) != 0)
        return errno;
    int rc = uv_poll_init(control->sweep->loop, &control->poll, control->fd);
    if (rc != 0)
        return -rc;
    control->polling = true;
    control->poll.data = control;
    uv_unref((uv_handle_t *)&control->poll);
    return -uv_poll_start(&control->poll, UV_READABLE, on_connection);
}

static void say_deaf(hone_sweep *sweep, const char *why)
{
    char line[600];
    snprintf(line, sizeof(line), "this sweep cannot be steered from outside: %s", why);
    if (sweep->options.observer.message != NULL)
        sweep->options.observer.message(sweep->options.observer.arg, line);
}

int hone_control_open(hone_sweep *sweep, hone_error *err)
{
    hone_control *control = calloc(1, sizeof(*control));
    if (control == NULL)
        return hone_error_set(err, HONE_ENOMEM, "out of memory");
    sweep->control = control;
    control->sweep = sweep;
    control->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (control->fd < 0) {
        say_deaf(sweep, strerror(errno));
        return HONE_OK;
    }
    hone_control_address address;
    hone_error detail = {0};
    if (hone_control_address_fill(&address, sweep->dir, &detail) != HONE_OK) {
        say_deaf(sweep, detail.text);
        return HONE_OK;
    }
    int error = listen_at(control, &address);
    if (error != 0)
        say_deaf(sweep, strerror(error));
    hone_control_address_release(&address);
    return HONE_OK;
}

static void on_socket_closed(uv_handle_t *handle)
{
    hone_control *control = handle->data;
    close(control->fd);
    control->fd = -1;
}

void hone_control_leave(hone_sweep *sweep)
{
    hone_control *control = sweep->control;
    hone_control_address address;
    if (control == NULL || !control->polling)
        return;
    control->polling = false;
    if (hone_control_address_fill(&address, sweep->dir, NULL) == HONE_OK) {
        unlink(address.socket.sun_path);
        hone_control_address_release(&address);
    }
    uv_close((uv_handle_t *)&control->poll, on_socket_closed);
}

void hone_control_close(hone_sweep *sweep)
{
    hone_control_leave(sweep);
    for (uint32_t i = 0; sweep->control != NULL && i < CLIENTS_MAX; i++)
        close_client(&sweep->control->clients[i]);
}

void hone_control_free(hone_sweep *sweep)
{
    if (sweep->control == NULL)
        return;
    if (sweep->control->fd >= 0)
        close(sweep->control->fd); /* it never came to listen */
    free(sweep->control);
    sweep->control = NULL;
}
