#include "executors/wire.h"

#include <assert.h>
#include <string.h>

#include "base/banned.h"

size_t hone_wire_begin(hone_buf *buf, hone_frame_type type)
{
    size_t start = buf->len;
    uint32_t head[2] = {0, (uint32_t)type};
    _Static_assert(sizeof head == HONE_WIRE_HEAD, "the head is two words");
    hone_buf_add(buf, head, sizeof head);
    return start;
}

void hone_wire_end(hone_buf *buf, size_t start)
{
    if (hone_buf_status(buf) != HONE_OK)
        return;
    assert(buf->len >= start + HONE_WIRE_HEAD);
    uint32_t len = (uint32_t)(buf->len - start - HONE_WIRE_HEAD);
    memcpy(buf->data + start, &len, sizeof len);
}

void hone_wire_put_u64(hone_buf *buf, uint64_t number)
{
    hone_buf_add(buf, &number, sizeof number);
}

static void put_real(hone_buf *buf, double real)
{
    hone_buf_add(buf, &real, sizeof real);
}

/* A block is its length plus one (0 for NULL), the bytes, and a NUL. */
static void put_block(hone_buf *buf, const char *bytes, size_t len)
{
    if (bytes == NULL) {
        hone_wire_put_u64(buf, 0);
        return;
    }
    hone_wire_put_u64(buf, (uint64_t)len + 1);
    hone_buf_add(buf, bytes, len);
    hone_buf_putc(buf, '\0');
}

void hone_wire_put_text(hone_buf *buf, const char *text)
{
    put_block(buf, text, text == NULL ? 0 : strlen(text));
}

size_t hone_wire_block_len(const char *block, uint32_t n)
{
    const char *end = block;
    for (uint32_t i = 0; i < n; i++)
        end += strlen(end) + 1;
    return (size_t)(end - block);
}

void hone_wire_put_launch(hone_buf *buf, const hone_launch *launch)
{
    size_t start = hone_wire_begin(buf, HONE_FRAME_LAUNCH);
    hone_wire_put_u64(buf, launch->trial);
    hone_wire_put_u64(buf, launch->attempt);
    hone_wire_put_u64(buf, launch->slot);
    hone_wire_put_u64(buf, launch->journal_settled ? 1 : 0);
    put_real(buf, launch->timeout_s);
    put_real(buf, launch->grace_s);
    hone_wire_put_u64(buf, launch->memory_max);
    hone_wire_put_u64(buf, launch->n_args);
    put_block(buf, launch->args, hone_wire_block_len(launch->args, launch->n_args));
    hone_wire_put_u64(buf, launch->n_env);
    put_block(buf, launch->n_env == 0 ? "" : launch->env,
              hone_wire_block_len(launch->env, launch->n_env));
    hone_wire_put_text(buf, launch->workdir);
    hone_wire_put_text(buf, launch->trial_dir);
    hone_wire_put_text(buf, launch->params_json);
    hone_wire_put_text(buf, launch->wandb_yaml);
    hone_wire_put_text(buf, launch->args_json);
    hone_wire_put_text(buf, launch->cpus);
    hone_wire_put_text(buf, launch->placement);
    hone_wire_end(buf, start);
}

void hone_wire_put_kill(hone_buf *buf, uint64_t trial, hone_kill how)
{
    size_t start = hone_wire_begin(buf, HONE_FRAME_KILL);
    hone_wire_put_u64(buf, trial);
    hone_wire_put_u64(buf, (uint64_t)how);
    hone_wire_end(buf, start);
}

void hone_wire_put_bytes(hone_buf *buf, hone_frame_type type, const char *bytes,
                         size_t len)
{
    size_t start = hone_wire_begin(buf, type);
    hone_buf_add(buf, bytes, len);
    hone_wire_end(buf, start);
}

int hone_wire_next(const char *bytes, size_t len, size_t *used, hone_frame *frame)
{
    uint32_t head[2];
    if (len < sizeof head)
        return 0;
    memcpy(head, bytes, sizeof head);
    if (head[0] > HONE_WIRE_MAX || head[1] < HONE_FRAME_LAUNCH ||
        head[1] > HONE_FRAME_BROKEN)
        return HONE_ELIMIT;
    if (len - sizeof head < head[0])
        return 0;
    *frame = (hone_frame){(hone_frame_type)head[1], bytes + sizeof head, head[0]};
    *used = sizeof head + head[0];
    return 1;
}

hone_cursor hone_wire_open(const hone_frame *frame)
{
    return (hone_cursor){.at = frame->payload, .end = frame->payload + frame->len};
}

static void get_bytes(hone_cursor *cursor, void *out, size_t len)
{
    if (cursor->failed != 0 || (size_t)(cursor->end - cursor->at) < len) {
        cursor->failed = HONE_ESYNTAX;
        memset(out, 0, len);
        return;
    }
    memcpy(out, cursor->at, len);
    cursor->at += len;
}

uint64_t hone_wire_get_u64(hone_cursor *cursor)
{
    uint64_t number;
    get_bytes(cursor, &number, sizeof number);
    return number;
}

static double get_real(hone_cursor *cursor)
{
    double real;
    get_bytes(cursor, &real, sizeof real);
    return real;
}

/* The bytes of a block, with a NUL behind them; NULL for NULL and for a misfit. */
static const char *get_block(hone_cursor *cursor, size_t *len)
{
    *len = 0;
    uint64_t size = hone_wire_get_u64(cursor);
    if (cursor->failed != 0 || size == 0)
        return NULL;
    if (size > (uint64_t)(cursor->end - cursor->at) || cursor->at[size - 1] != '\0') {
        cursor->failed = HONE_ESYNTAX;
        return NULL;
    }
    const char *bytes = cursor->at;
    cursor->at += size;
    *len = (size_t)size - 1;
    return bytes;
}

const char *hone_wire_get_text(hone_cursor *cursor)
{
    size_t len;
    const char *text = get_block(cursor, &len);
    if (text != NULL && strlen(text) != len) {
        cursor->failed = HONE_ESYNTAX;
        return NULL;
    }
    return text;
}

static const char *get_strings(hone_cursor *cursor, uint32_t *n)
{
    uint64_t count = hone_wire_get_u64(cursor);
    size_t len;
    const char *block = get_block(cursor, &len);
    uint64_t found = 0;
    for (size_t i = 0; i < len; i++)
        found += block[i] == '\0';
    bool whole = len == 0 || block[len - 1] == '\0';
    if (block == NULL || found != count || !whole || count > UINT32_MAX)
        cursor->failed = HONE_ESYNTAX;
    *n = cursor->failed == 0 ? (uint32_t)count : 0;
    return block;
}

int hone_wire_get_launch(const hone_frame *frame, hone_launch *launch)
{
    hone_cursor cursor = hone_wire_open(frame);
    *launch = (hone_launch){.trial = hone_wire_get_u64(&cursor)};
    launch->attempt = (uint32_t)hone_wire_get_u64(&cursor);
    launch->slot = (uint32_t)hone_wire_get_u64(&cursor);
    launch->journal_settled = hone_wire_get_u64(&cursor) != 0;
    launch->timeout_s = get_real(&cursor);
    launch->grace_s = get_real(&cursor);
    launch->memory_max = hone_wire_get_u64(&cursor);
    launch->args = get_strings(&cursor, &launch->n_args);
    launch->env = get_strings(&cursor, &launch->n_env);
    launch->workdir = hone_wire_get_text(&cursor);
    launch->trial_dir = hone_wire_get_text(&cursor);
    launch->params_json = hone_wire_get_text(&cursor);
    launch->wandb_yaml = hone_wire_get_text(&cursor);
    launch->args_json = hone_wire_get_text(&cursor);
    launch->cpus = hone_wire_get_text(&cursor);
    launch->placement = hone_wire_get_text(&cursor);
    bool fits = cursor.failed == 0 && cursor.at == cursor.end;
    return fits && launch->n_args > 0 && launch->trial_dir != NULL ? HONE_OK
                                                                   : HONE_ESYNTAX;
}
