/* The words on the control socket: where it is, and how requests and answers are written
 * and read. One JSON object a line in each direction. */
#ifndef HONE_ENGINE_CONTROL_WIRE_H
#define HONE_ENGINE_CONTROL_WIRE_H

#include <sys/socket.h>
#include <sys/un.h>

#include <hone/buf.h>
#include <hone/control.h>

/* The address of the socket in a sweep's folder. A path that no address has room for is
 * reached through an open folder. */
typedef struct hone_control_address {
    struct sockaddr_un socket;
    socklen_t len;
    int dir_fd; /* -1: not needed */
} hone_control_address;

/* Errors, where the folder is to be opened: HONE_ENOTFOUND, HONE_EIO; then nothing is to
 * be released. */
HONE_MUST_CHECK int hone_control_address_fill(hone_control_address *address,
                                              const char *dir, hone_error *err);
void hone_control_address_release(hone_control_address *address);

/* A request that was read; `request` borrows from it. */
typedef struct hone_control_message {
    hone_control_request request;
    void *json;          /* owned */
    const char **params; /* owned */
} hone_control_message;

/* Appends a line. */
void hone_control_write_request(hone_buf *out, const hone_control_request *request);
void hone_control_write_answer(hone_buf *out, const hone_control_answer *answer);
void hone_control_write_refusal(hone_buf *out, const hone_error *why);

/* Reads a line without its newline. Errors: HONE_EUSAGE with what is wrong, HONE_ENOMEM.
 * Release also after an error. */
HONE_MUST_CHECK int hone_control_read_request(const char *line, size_t len,
                                              hone_control_message *message,
                                              hone_error *err);
void hone_control_message_release(hone_control_message *message);
/* Errors: the one that the line reports; HONE_EIO where it is no answer. */
HONE_MUST_CHECK int hone_control_read_answer(const char *line, size_t len,
                                             hone_control_answer *answer,
                                             hone_error *err);

#endif
