#include "sinks/tfevents.h"

#include <string.h>

#include "sinks/proto.h"

#include "base/banned.h"

enum { RECORD_MAX = 64 * 1024 * 1024 };

/* Fields of Event, Summary, Value, SummaryMetadata, TensorProto. */
enum {
    EVENT_WALL_TIME = 1,
    EVENT_STEP = 2,
    EVENT_FILE_VERSION = 3,
    EVENT_SUMMARY = 5,
    EVENT_SOURCE = 10,
    SOURCE_WRITER = 1,
    SUMMARY_VALUE = 1,
    VALUE_TAG = 1,
    VALUE_SIMPLE = 2,
    VALUE_TENSOR = 8,
    VALUE_METADATA = 9,
    METADATA_PLUGIN = 1,
    PLUGIN_NAME = 1,
    PLUGIN_CONTENT = 2
};

/* One byte at a time: an export is bound by its files, not by this. */
uint32_t hone_crc32c(const void *bytes, size_t len)
{
    const uint32_t polynomial = 0x82f63b78U;
    const unsigned char *at = bytes;
    uint32_t crc = ~0U;
    for (size_t i = 0; i < len; i++) {
        crc ^= at[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (polynomial & (0U - (crc & 1U)));
    }
    return ~crc;
}

static uint32_t mask(uint32_t crc)
{
    return (crc >> 15 | crc << 17) + 0xa282ead8U;
}

static void put_little(unsigned char *bytes, uint64_t value, int n)
{
    for (int i = 0; i < n; i++)
        bytes[i] = (unsigned char)(value >> (8 * i));
}

/* Appends the event as a record, and empties it. */
static void put_record(hone_buf *out, hone_buf *event)
{
    unsigned char head[12], tail[4];
    const char *data = hone_buf_text(event);
    put_little(head, event->len, 8);
    put_little(head + 8, mask(hone_crc32c(head, 8)), 4);
    put_little(tail, mask(hone_crc32c(data, event->len)), 4);
    hone_buf_add(out, head, sizeof head);
    hone_buf_add(out, data, event->len);
    hone_buf_add(out, tail, sizeof tail);
    int code = hone_buf_status(event);
    if (code != 0 && out->failed == 0)
        out->failed = code;
    hone_buf_release(event);
}

void hone_tfevents_header(hone_buf *out, double wall)
{
    hone_buf event, source;
    hone_buf_init(&event, RECORD_MAX);
    hone_buf_init(&source, RECORD_MAX);
    hone_proto_double(&event, EVENT_WALL_TIME, wall);
    hone_proto_text(&event, EVENT_FILE_VERSION, "brain.Event:2");
    hone_proto_text(&source, SOURCE_WRITER, "hone");
    hone_proto_message(&event, EVENT_SOURCE, &source);
    hone_buf_release(&source);
    put_record(out, &event);
}

/* Makes an event of one value, which is emptied. */
static void put_value(hone_buf *out, double wall, int64_t step, hone_buf *value)
{
    hone_buf event, summary;
    hone_buf_init(&event, RECORD_MAX);
    hone_buf_init(&summary, RECORD_MAX);
    hone_proto_double(&event, EVENT_WALL_TIME, wall);
    if (step != 0)
        hone_proto_varint(&event, EVENT_STEP, (uint64_t)step);
    hone_proto_message(&summary, SUMMARY_VALUE, value);
    hone_proto_message(&event, EVENT_SUMMARY, &summary);
    hone_buf_release(&summary);
    put_record(out, &event);
}

void hone_tfevents_scalar(hone_buf *out, double wall, int64_t step, const char *tag,
                          double value)
{
    hone_buf inner;
    hone_buf_init(&inner, RECORD_MAX);
    hone_proto_text(&inner, VALUE_TAG, tag);
    hone_proto_float(&inner, VALUE_SIMPLE, (float)value);
    put_value(out, wall, step, &inner);
    hone_buf_release(&inner);
}

void hone_tfevents_hparams(hone_buf *out, double wall, const char *tag, hone_buf *content)
{
    /* The plugin reads the metadata alone, but wants a tensor: of floats, without any. */
    static const char no_floats[] = "\x08\x01\x12\x02\x12";
    hone_buf value, plugin, metadata;
    hone_buf_init(&value, RECORD_MAX);
    hone_buf_init(&plugin, RECORD_MAX);
    hone_buf_init(&metadata, RECORD_MAX);
    hone_proto_text(&plugin, PLUGIN_NAME, "hparams");
    hone_proto_message(&plugin, PLUGIN_CONTENT, content);
    hone_proto_message(&metadata, METADATA_PLUGIN, &plugin);
    hone_proto_text(&value, VALUE_TAG, tag);
    hone_proto_bytes(&value, VALUE_TENSOR, no_floats, sizeof no_floats); /* with its 0 */
    hone_proto_message(&value, VALUE_METADATA, &metadata);
    put_value(out, wall, 0, &value);
    hone_buf_release(&value);
    hone_buf_release(&plugin);
    hone_buf_release(&metadata);
}
