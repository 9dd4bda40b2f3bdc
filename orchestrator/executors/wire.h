/* The words between an executor and its keeper: frames over a stream socket.
 *
 *   writer:  hone_wire_begin  (hone_wire_put_*)*  hone_wire_end
 *   reader:  hone_wire_next  (hone_wire_get_*)*
 *
 * A frame is a head of 8 bytes (length of the payload, type) and the payload, all in the
 * machine's byte order: both ends are the same program on the same machine. */
#ifndef HONE_EXECUTORS_WIRE_H
#define HONE_EXECUTORS_WIRE_H

#include <stddef.h>
#include <stdint.h>

#include <hone/executor.h>

typedef enum hone_frame_type {
    HONE_FRAME_LAUNCH = 1, /* to the keeper: a hone_launch */
    HONE_FRAME_KILL,       /* to the keeper: trial, how */
    HONE_FRAME_STARTED,    /* from it: the start record's line */
    HONE_FRAME_ENDED,      /* from it: the end record's line */
    HONE_FRAME_BROKEN      /* from it, and its last word: why it cannot work */
} hone_frame_type;

enum { HONE_WIRE_HEAD = 8, HONE_WIRE_MAX = 16 * 1024 * 1024 };

typedef struct hone_frame {
    hone_frame_type type;
    const char *payload; /* borrowed from the bytes it was found in */
    size_t len;
} hone_frame;

/* Appends the head; returns where the frame starts, which hone_wire_end wants back. */
size_t hone_wire_begin(hone_buf *buf, hone_frame_type type);
/* Fills in the length. A failure shows in hone_buf_status. */
void hone_wire_end(hone_buf *buf, size_t start);
void hone_wire_put_u64(hone_buf *buf, uint64_t number);
/* `text` may be NULL, and is read back as NULL. */
void hone_wire_put_text(hone_buf *buf, const char *text);
/* A whole frame each. */
void hone_wire_put_launch(hone_buf *buf, const hone_launch *launch);
void hone_wire_put_kill(hone_buf *buf, uint64_t trial, hone_kill how);
void hone_wire_put_bytes(hone_buf *buf, hone_frame_type type, const char *bytes,
                         size_t len);

/* The first frame in bytes[0..len): fills `frame` and `*used` and returns 1, or returns 0
 * where bytes are missing. Errors: HONE_ELIMIT for a length or type that no writer made.
 */
int hone_wire_next(const char *bytes, size_t len, size_t *used, hone_frame *frame);

/* Reads a payload from its start; after the first misfit everything reads as 0 or NULL.
 */
typedef struct hone_cursor {
    const char *at, *end;
    int failed; /* 0 or HONE_ESYNTAX */
} hone_cursor;

hone_cursor hone_wire_open(const hone_frame *frame);
uint64_t hone_wire_get_u64(hone_cursor *cursor);
const char *hone_wire_get_text(hone_cursor *cursor);
/* What the launch points to is borrowed from the frame. Errors: HONE_ESYNTAX. */
HONE_MUST_CHECK int hone_wire_get_launch(const hone_frame *frame, hone_launch *launch);

/* The bytes of `n` strings that follow each other, each with its NUL. */
size_t hone_wire_block_len(const char *block, uint32_t n);

#endif
