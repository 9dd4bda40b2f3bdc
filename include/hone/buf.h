/* A growing byte buffer with a ceiling. Sticky: appends return nothing, the first failure
 * is remembered, later appends do nothing, and one hone_buf_status at the end tells.
 *
 *   init (add | puts | putc | printf | reset)* status text release
 *
 * Invariant: data is NUL-terminated at data[len] whenever data is not NULL. */
#ifndef HONE_BUF_H
#define HONE_BUF_H

#include <stddef.h>

#include <hone/error.h>

typedef struct hone_buf {
    char *data; /* owned; NULL until the first append */
    size_t len; /* bytes in use, the NUL not counted */
    size_t cap; /* bytes allocated */
    size_t max; /* ceiling of len; exceeding it is HONE_ELIMIT */
    int failed; /* 0, HONE_ENOMEM or HONE_ELIMIT: the first failure */
} hone_buf;

/* Starts empty; `max` is the largest length in bytes. Allocates nothing. */
HONE_API void hone_buf_init(hone_buf *buf, size_t max);
/* Frees the memory and leaves an empty buffer with the same ceiling. */
HONE_API void hone_buf_release(hone_buf *buf);
/* Empties and forgets a failure; keeps the memory. */
HONE_API void hone_buf_reset(hone_buf *buf);
/* Makes room for `more` bytes, which then can be added without memory. HONE_ENOMEM or
 * HONE_ELIMIT, remembered like those of appends. */
HONE_API HONE_MUST_CHECK int hone_buf_reserve(hone_buf *buf, size_t more);
HONE_API void hone_buf_add(hone_buf *buf, const void *bytes, size_t len);
HONE_API void hone_buf_puts(hone_buf *buf, const char *text);
HONE_API void hone_buf_putc(hone_buf *buf, char byte);
HONE_API void hone_buf_printf(hone_buf *buf, const char *format, ...) HONE_PRINTF(2, 3);
/* Cuts back to `len` bytes, which must not exceed the present length. */
HONE_API void hone_buf_truncate(hone_buf *buf, size_t len);
/* 0, or the first failure. */
HONE_API HONE_MUST_CHECK int hone_buf_status(const hone_buf *buf);
/* The NUL-terminated content ("" while empty); borrowed until the next append. */
HONE_API const char *hone_buf_text(const hone_buf *buf);

#endif
