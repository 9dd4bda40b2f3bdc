/* The list of exporters, and the lookup by name. */
#include <string.h>

#include "sinks/sinks.h"

#include "base/banned.h"

static const hone_sink *const sinks[] = {
#define SINK(name) &hone_sink_##name,
#include "sinks/sinks.def"
#undef SINK
};

enum { N_SINKS = sizeof sinks / sizeof sinks[0] };

const hone_sink *hone_sink_at(uint32_t i)
{
    return i < N_SINKS ? sinks[i] : NULL;
}

const hone_sink *hone_sink_find(const char *name)
{
    for (uint32_t i = 0; i < N_SINKS; i++) {
        if (strcmp(sinks[i]->name, name) == 0) {
            return sinks[i];
        }
    }
    return NULL;
}

int hone_sink_flush(struct hone_sink_output *output, hone_buf *row)
{
    int rc = hone_buf_status(row);
    if (rc != HONE_OK) {
        return hone_error_set(output->err, rc, "a trial cannot be written: %s",
                              hone_error_text(rc));
    }
    rc = output->write(output->arg, hone_buf_text(row), row->len);
    hone_buf_reset(row);
    return rc;
}
