/* Records as text: see record.h for the form. Writing appends words to a hone_buf;
 * reading walks a line word by word with a scanner that, once a word does not fit, stays
 * failed. */
#include "executors/record.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/banned.h"

/* FNV-1a (Fowler, Noll, Vo 1991), 32 bits: it has to tell a cut line, not an attacker. */
static uint32_t hash_bytes(const char *bytes, size_t len)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)bytes[i]) * 16777619u;
    return hash;
}

static void seal_line(hone_buf *buf, size_t start)
{
    if (hone_buf_status(buf) == HONE_OK)
        hone_buf_printf(buf, " #%08" PRIx32 "\n",
                        hash_bytes(buf->data + start, buf->len - start));
}

static bool needs_escape(unsigned char byte)
{
    return byte <= ' ' || byte == '%' || byte == 0x7f;
}

static void put_word(hone_buf *buf, const char *text)
{
    for (; *text != '\0'; text++) {
        if (needs_escape((unsigned char)*text))
            hone_buf_printf(buf, "%%%02x", (unsigned char)*text);
        else
            hone_buf_putc(buf, *text);
    }
}

void hone_record_put_start(hone_buf *buf, const hone_start_record *start)
{
    size_t from = buf->len;
    hone_buf_printf(
        buf, "start %" PRIu64 " %" PRIu32 " %" PRIu32 " %" PRId64 " %" PRId64 " ",
        start->trial, start->attempt, start->slot, start->pid, start->started_at);
    assert(start->trial_dir[0] != '\0');
    put_word(buf, start->trial_dir);
    if (start->placement[0] != '\0') {
        hone_buf_putc(buf, ' ');
        put_word(buf, start->placement);
    }
    seal_line(buf, from);
}

static const char *const reason_words[] = {
#define XX(name, text) #name,
    HONE_REASON_MAP(XX)
#undef XX
};

void hone_record_put_end(hone_buf *buf, const hone_exit *end)
{
    size_t from = buf->len;
    assert(end->reason < HONE_N_REASONS);
    hone_buf_printf(buf, "end %" PRIu64 " %" PRIu32 " %" PRIu32 " %s %d %d %d %" PRId64,
                    end->trial, end->attempt, end->slot, reason_words[end->reason],
                    end->exit_code, end->signal, end->spawn_errno, end->pid);
    hone_buf_printf(buf, " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64,
                    end->started_at, end->ended_at,
                    isnan(end->duration_s) ? -1 : (int64_t)llround(end->duration_s * 1e6),
                    (int64_t)llround(end->cpu_time_s * 1e6), end->max_rss);
    hone_buf_printf(buf, " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %d %d",
                    end->stdout_start, end->stdout_end, end->stderr_start,
                    end->stderr_end, end->has_metrics_file ? 1 : 0,
                    end->has_trial_dir ? 1 : 0);
    hone_buf_printf(buf, " %d %d", end->own_stdout ? 1 : 0, end->own_stderr ? 1 : 0);
    if (end->memory != 0 || end->on_disk)
        hone_buf_printf(buf, " %" PRId64, end->memory);
    if (end->on_disk)
        hone_buf_puts(buf, " 1");
    seal_line(buf, from);
}

struct scanner {
    const char *at, *end;
    bool failed;
};

/* The next word; empty once failed. Words are separated by exactly one space. */
static size_t next_word(struct scanner *scanner, const char **word)
{
    *word = scanner->at;
    if (scanner->failed)
        return 0;
    size_t left = (size_t)(scanner->end - scanner->at);
    const char *space = memchr(scanner->at, ' ', left);
    size_t len = space == NULL ? left : (size_t)(space - scanner->at);
    scanner->at += space == NULL ? len : len + 1;
    scanner->failed = len == 0;
    return len;
}

static uint64_t parse_digits(struct scanner *scanner, const char *word, size_t len)
{
    uint64_t number = 0;
    scanner->failed |= len == 0;
    for (size_t i = 0; i < len && !scanner->failed; i++) {
        unsigned digit = (unsigned)word[i] - '0';
        scanner->failed |= digit > 9 || number > (UINT64_MAX - digit) / 10;
        number = number * 10 + digit;
    }
    return scanner->failed ? 0 : number;
}

static uint64_t next_u64(struct scanner *scanner)
{
    const char *word;
    size_t len = next_word(scanner, &word);
    return parse_digits(scanner, word, len);
}

static uint32_t next_u32(struct scanner *scanner)
{
    uint64_t number = next_u64(scanner);
    scanner->failed |= number > UINT32_MAX;
    return (uint32_t)number;
}

static int64_t next_i64(struct scanner *scanner)
{
    const char *word;
    size_t len = next_word(scanner, &word);
    bool negative = len > 0 && word[0] == '-';
    uint64_t number = parse_digits(scanner, word + negative, len - negative);
    if (negative && number == (uint64_t)INT64_MAX + 1)
        return INT64_MIN;
    scanner->failed |= number > INT64_MAX;
    return negative ? -(int64_t)number : (int64_t)number;
}

static int next_int(struct scanner *scanner)
{
    int64_t number = next_i64(scanner);
    scanner->failed |= number < INT32_MIN || number > INT32_MAX;
    return (int)number;
}

static int hex_digit(char byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

/* A word with its escapes undone, at most `size` bytes with the NUL. */
static void next_text(struct scanner *scanner, char *text, size_t size)
{
    const char *word;
    size_t len = next_word(scanner, &word), n = 0;
    for (size_t i = 0; i < len && !scanner->failed; n++) {
        char byte = word[i];
        bool escaped = byte == '%';
        if (escaped && len - i > 2 && hex_digit(word[i + 1]) >= 0 &&
            hex_digit(word[i + 2]) >= 0)
            byte = (char)(hex_digit(word[i + 1]) * 16 + hex_digit(word[i + 2]));
        else if (escaped)
            scanner->failed = true;
        scanner->failed |= byte == '\0' || n + 1 >= size;
        if (!scanner->failed)
            text[n] = byte;
        i += escaped ? 3 : 1;
    }
    text[scanner->failed ? 0 : n] = '\0';
}

/* Whether words are left: those at the end of a line are optional. */
static bool has_more(const struct scanner *scanner)
{
    return !scanner->failed && scanner->at != scanner->end;
}

static hone_reason next_reason(struct scanner *scanner)
{
    const char *word;
    size_t len = next_word(scanner, &word);
    for (unsigned i = 0; i < HONE_N_REASONS; i++)
        if (strlen(reason_words[i]) == len && memcmp(reason_words[i], word, len) == 0)
            return (hone_reason)i;
    scanner->failed = true;
    return HONE_REASON_NONE;
}

static void parse_start(struct scanner *scanner, hone_start_record *start)
{
    start->trial = next_u64(scanner);
    start->attempt = next_u32(scanner);
    start->slot = next_u32(scanner);
    start->pid = next_i64(scanner);
    start->started_at = next_i64(scanner);
    next_text(scanner, start->trial_dir, sizeof start->trial_dir);
    start->placement[0] = '\0';
    if (has_more(scanner))
        next_text(scanner, start->placement, sizeof start->placement);
}

static void parse_end(struct scanner *scanner, hone_exit *end)
{
    *end = (hone_exit){.trial = next_u64(scanner)};
    end->attempt = next_u32(scanner);
    end->slot = next_u32(scanner);
    end->reason = next_reason(scanner);
    end->exit_code = next_int(scanner);
    end->signal = next_int(scanner);
    end->spawn_errno = next_int(scanner);
    end->pid = next_i64(scanner);
    end->started_at = next_i64(scanner);
    end->ended_at = next_i64(scanner);
    int64_t duration_us = next_i64(scanner);
    end->duration_s = duration_us < 0 ? NAN : (double)duration_us / 1e6;
    end->cpu_time_s = (double)next_i64(scanner) / 1e6;
    end->max_rss = next_i64(scanner);
    end->stdout_start = next_u64(scanner);
    end->stdout_end = next_u64(scanner);
    end->stderr_start = next_u64(scanner);
    end->stderr_end = next_u64(scanner);
    end->has_metrics_file = next_u64(scanner) != 0;
    end->has_trial_dir = next_u64(scanner) != 0;
    end->own_stdout = next_u64(scanner) != 0;
    end->own_stderr = next_u64(scanner) != 0;
    if (has_more(scanner))
        end->memory = next_i64(scanner);
    if (has_more(scanner))
        end->on_disk = next_u64(scanner) != 0;
}

/* Takes the checksum off; false where it is not that of the line. */
static bool open_seal(const char *line, size_t *len)
{
    enum { SEAL = 10 }; /* space, #, eight digits */
    if (*len < SEAL || line[*len - SEAL] != ' ' || line[*len - SEAL + 1] != '#')
        return false;
    uint32_t hash = 0;
    for (size_t i = *len - 8; i < *len; i++) {
        if (hex_digit(line[i]) < 0)
            return false;
        hash = hash << 4 | (uint32_t)hex_digit(line[i]);
    }
    *len -= SEAL;
    return hash == hash_bytes(line, *len);
}

static hone_record_kind parse_line(const char *line, size_t len, hone_record *record)
{
    if (!open_seal(line, &len))
        return HONE_RECORD_NONE;
    struct scanner scanner = {.at = line, .end = line + len};
    const char *word;
    size_t n = next_word(&scanner, &word);
    hone_record_kind kind = HONE_RECORD_NONE;
    if (n == 5 && memcmp(word, "start", 5) == 0) {
        kind = HONE_RECORD_START;
        parse_start(&scanner, &record->start);
    } else if (n == 3 && memcmp(word, "end", 3) == 0) {
        kind = HONE_RECORD_END;
        parse_end(&scanner, &record->end);
    }
    return scanner.failed || scanner.at != scanner.end ? HONE_RECORD_NONE : kind;
}

size_t hone_record_next(const char *bytes, size_t len, hone_record *record)
{
    const char *newline = memchr(bytes, '\n', len);
    if (newline == NULL)
        return 0;
    record->kind = parse_line(bytes, (size_t)(newline - bytes), record);
    return (size_t)(newline - bytes) + 1;
}
