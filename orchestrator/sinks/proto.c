#include "sinks/proto.h"

#include <string.h>

#include "base/banned.h"

typedef enum wire { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5 } wire;

static void put_number(hone_buf *out, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        hone_buf_putc(out, (char)(value | 0x80));
    hone_buf_putc(out, (char)value);
}

static void put_key(hone_buf *out, uint32_t field, wire kind)
{
    put_number(out, (uint64_t)field << 3 | (uint64_t)kind);
}

static void put_little(hone_buf *out, uint64_t bits, int n)
{
    for (int i = 0; i < n; i++)
        hone_buf_putc(out, (char)(bits >> (8 * i)));
}

void hone_proto_varint(hone_buf *out, uint32_t field, uint64_t value)
{
    put_key(out, field, WIRE_VARINT);
    put_number(out, value);
}

void hone_proto_double(hone_buf *out, uint32_t field, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    put_key(out, field, WIRE_64);
    put_little(out, bits, 8);
}

void hone_proto_float(hone_buf *out, uint32_t field, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    put_key(out, field, WIRE_32);
    put_little(out, bits, 4);
}

void hone_proto_bytes(hone_buf *out, uint32_t field, const void *bytes, size_t len)
{
    put_key(out, field, WIRE_BYTES);
    put_number(out, len);
    hone_buf_add(out, bytes, len);
}

void hone_proto_text(hone_buf *out, uint32_t field, const char *text)
{
    hone_proto_bytes(out, field, text, strlen(text));
}

void hone_proto_message(hone_buf *out, uint32_t field, hone_buf *inner)
{
    int code = hone_buf_status(inner);
    hone_proto_bytes(out, field, hone_buf_text(inner), inner->len);
    if (code != 0 && out->failed == 0)
        out->failed = code;
    hone_buf_reset(inner);
}
