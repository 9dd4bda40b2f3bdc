/* Everything that is wrong with a spec, collected in one run.
 *
 *   init  (add)*  finish
 *
 * At most HONE_DIAG_MAX are kept; an error takes the place of a lesser remark when there
 * is no room, so that a refused spec always says why. */
#ifndef HONE_SPEC_DIAG_H
#define HONE_SPEC_DIAG_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <hone/spec.h>

#include "base/arena.h"

enum { HONE_DIAG_MAX = 100, HONE_DIAG_SOURCE_MAX = 200 };

/* Where in the file: line and column from 1 in characters; line 0 means the whole file.
 */
typedef struct hone_place {
    int line, column, width;
} hone_place;

typedef struct hone_diag {
    hone_arena *arena;  /* borrowed: owns the texts */
    const char *source; /* borrowed, `len` bytes */
    size_t len;
    uint32_t n;
    uint32_t n_left_out;
    uint32_t n_errors; /* also those left out */
    bool no_memory;
    hone_diagnostic items[HONE_DIAG_MAX];
} hone_diag;

void hone_diag_init(hone_diag *diag, hone_arena *arena, const char *source, size_t len);
/* Adds one line. Control characters in it, which come from the spec, are shown as `?`. */
void hone_diag_add(hone_diag *diag, hone_severity severity, hone_place at,
                   const char *format, ...) HONE_PRINTF(4, 5);
void hone_diag_addv(hone_diag *diag, hone_severity severity, hone_place at,
                    const char *format, va_list args) HONE_PRINTF(4, 0);
/* Whether another one of `severity` would only be counted: its place need not be found.
 */
bool hone_diag_full(hone_diag *diag, hone_severity severity);
/* Sorts by place and copies the source lines. Errors: HONE_ENOMEM. */
HONE_MUST_CHECK int hone_diag_finish(hone_diag *diag, hone_diagnostics *out);

#endif
