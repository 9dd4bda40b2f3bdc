/* What the exporters share: where their bytes go. */
#ifndef HONE_SINKS_H
#define HONE_SINKS_H

#include <hone/export.h>

enum { HONE_SINK_ROW_MAX = 64 * 1024 * 1024 }; /* bytes of one trial, in any format */

/* The caller's half of an export. Borrowed for the export's life. */
struct hone_sink_output {
    hone_export_write write;
    void *arg;
    hone_error *err;
};

/* Hands `row` on and empties it. The row's own failure, or what the writer answers. */
HONE_MUST_CHECK int hone_sink_flush(struct hone_sink_output *output, hone_buf *row);

#define SINK(name) extern const hone_sink hone_sink_##name;
#include "sinks/sinks.def"
#undef SINK

#endif
