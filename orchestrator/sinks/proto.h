/* Messages of Protocol Buffers, field by field (the wire format of protobuf 3). A message
 * inside a message is written to a buffer of its own, and added as bytes. */
#ifndef HONE_SINKS_PROTO_H
#define HONE_SINKS_PROTO_H

#include <stdint.h>

#include <hone/buf.h>

void hone_proto_varint(hone_buf *out, uint32_t field, uint64_t value);
void hone_proto_double(hone_buf *out, uint32_t field, double value);
void hone_proto_float(hone_buf *out, uint32_t field, float value);
void hone_proto_bytes(hone_buf *out, uint32_t field, const void *bytes, size_t len);
void hone_proto_text(hone_buf *out, uint32_t field, const char *text);
/* Adds the message in `inner` and empties it; its failure becomes out's. */
void hone_proto_message(hone_buf *out, uint32_t field, hone_buf *inner);

#endif
