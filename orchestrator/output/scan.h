/* The built-in dialects on one line: name=value, name: value, `name value` for words that
 * name metrics, brackets of boosting libraries, mappings, and the step beside them. */
#ifndef HONE_OUTPUT_SCAN_H
#define HONE_OUTPUT_SCAN_H

#include "output/finds.h"

/* Names that the user gave without a pattern: found also where the dialects would take
 * them for no metric (`throughput: 1200 MB/s`). */
typedef struct hone_wanted {
    const hone_rule *rules; /* borrowed */
    uint32_t n;
} hone_wanted;

/* Whether a rule without a pattern names it. */
bool hone_wanted_has(const hone_wanted *wanted, const char *name, size_t len);

/* Adds to `finds` (reset before) what the line holds. Returns whether it looks like the
 * row of a table: bare numbers, and nothing found. The names lie in the line. */
bool hone_scan_line(const char *line, size_t len, const hone_wanted *wanted,
                    hone_finds *finds);

#endif
