#include <hone/buf.h>

#include <assert.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

enum { FIRST_CAP = 64 };

static void fail_buf(hone_buf *buf, int code)
{
    if (buf->failed == 0)
        buf->failed = code;
}

/* Makes room for `more` bytes and the NUL; false, and failed, where there is none. */
static bool reserve_bytes(hone_buf *buf, size_t more)
{
    if (buf->failed != 0)
        return false;
    assert(buf->len <= buf->max);
    if (more > buf->max - buf->len) {
        fail_buf(buf, HONE_ELIMIT);
        return false;
    }
    size_t need = buf->len + more + 1;
    if (need <= buf->cap)
        return true;
    size_t cap = buf->cap < FIRST_CAP ? FIRST_CAP : buf->cap * 2;
    if (cap < need)
        cap = need;
    if (cap > buf->max + 1)
        cap = buf->max + 1;
    char *data = realloc(buf->data, cap);
    if (data == NULL) {
        fail_buf(buf, HONE_ENOMEM);
        return false;
    }
    data[buf->len] = '\0';
    buf->data = data;
    buf->cap = cap;
    return true;
}

int hone_buf_reserve(hone_buf *buf, size_t more)
{
    return reserve_bytes(buf, more) ? HONE_OK : buf->failed;
}

void hone_buf_init(hone_buf *buf, size_t max)
{
    /* Half of the address space: sums and doublings of lengths cannot wrap. */
    *buf = (hone_buf){.max = max < PTRDIFF_MAX / 2 ? max : PTRDIFF_MAX / 2};
}

void hone_buf_release(hone_buf *buf)
{
    free(buf->data);
    *buf = (hone_buf){.max = buf->max};
}

void hone_buf_reset(hone_buf *buf)
{
    buf->failed = 0;
    hone_buf_truncate(buf, 0);
}

void hone_buf_add(hone_buf *buf, const void *bytes, size_t len)
{
    if (len == 0 || !reserve_bytes(buf, len))
        return;
    memcpy(buf->data + buf->len, bytes, len);
    buf->len += len;
    buf->data[buf->len] = '\0';
}

void hone_buf_puts(hone_buf *buf, const char *text)
{
    hone_buf_add(buf, text, strlen(text));
}

void hone_buf_putc(hone_buf *buf, char byte)
{
    if (!reserve_bytes(buf, 1))
        return;
    buf->data[buf->len++] = byte;
    buf->data[buf->len] = '\0';
}

void hone_buf_printf(hone_buf *buf, const char *format, ...)
{
    if (!reserve_bytes(buf, 0))
        return;
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    size_t room = buf->cap - buf->len;
    int n = vsnprintf(buf->data + buf->len, room, format, args);
    if (n < 0) {
        fail_buf(buf, HONE_ELIMIT);
    } else if ((size_t)n < room) {
        buf->len += (size_t)n;
    } else if (reserve_bytes(buf, (size_t)n)) {
        vsnprintf(buf->data + buf->len, (size_t)n + 1, format, again);
        buf->len += (size_t)n;
    }
    /* A failed print leaves no half of itself behind. */
    buf->data[buf->len] = '\0';
    va_end(again);
    va_end(args);
}

void hone_buf_truncate(hone_buf *buf, size_t len)
{
    assert(len <= buf->len);
    buf->len = len;
    if (buf->data != NULL)
        buf->data[len] = '\0';
}

int hone_buf_status(const hone_buf *buf)
{
    return buf->failed;
}

const char *hone_buf_text(const hone_buf *buf)
{
    return buf->data == NULL ? "" : buf->data;
}
