/* Passing over lines that hold nothing.
 *
 *   begin   the first bytes of a run are left to hone_scan_line, so that looking back
 *           from all others stays inside the run
 *   next    marks a few kibibytes at a time (marks.h), and judges each mark:
 *             a number after a blank and a word that leads to no metric     passed over
 *             a number inside a word, or in the token of another number     passed over
 *             a number that nothing names, alone in its line                passed over
 *             all else: { ESC nan name=0.5                            its line is told
 *
 * The first of these is nearly all that prose has, so it is decided without a branch that
 * depends on the text: the word, at most seven letters, is looked up in a set of bits by
 * its hash. A hit, or anything unusual, is judged again by what the scan itself uses
 * (around.h, forms.h). What stands in the line before the mark is known to be nothing,
 * else the line had been told already; so a number's own surroundings decide.
 *
 * Lines are found only where a mark is told. A byte that ends a line also ends every
 * name, token and run of blanks, so that looking back stops at it as at a line's start.
 */
#include "output/sieve.h"

#include <assert.h>
#include <endian.h>
#include <string.h>

#include "output/bytes.h"
#include "output/forms.h"
#include "output/words.h"
#include "base/banned.h"

enum {
    BEFORE = 16,     /* bytes before each mark that is judged */
    WORD_MAX = 7,    /* letters of a word that is judged by its hash */
    TOLD_MAX = 8,    /* lines told one after the other before sieving pauses */
    PAUSE = 4 * 1024 /* bytes */
};

static inline uint64_t load8(const char *at)
{
    uint64_t bytes;
    memcpy(&bytes, at, sizeof(bytes));
    return le64toh(bytes);
}

/* `word` holds the letters in its highest bytes. */
static inline uint32_t hash_word(uint64_t word)
{
    _Static_assert(HONE_SIEVE_BITS == 1 << 14, "bits of the hash");
    return (uint32_t)((word * UINT64_C(0x9e3779b97f4a7c15)) >> (64 - 14));
}

static inline bool has_lead(const hone_sieve *sieve, uint32_t hash)
{
    return (sieve->leads[hash / 64] >> (hash % 64) & 1) != 0;
}

/* Words that are no plain letters, or longer, are never looked up. */
static void add_lead(void *arg, const char *word, size_t len)
{
    hone_sieve *sieve = arg;
    uint64_t key = 0;
    if (len > WORD_MAX)
        return;
    for (size_t i = 0; i < len; i++)
        key |= (uint64_t)((unsigned char)word[i] | 0x20) << (64 - 8 * len + 8 * i);
    uint32_t hash = hash_word(key);
    sieve->leads[hash / 64] |= UINT64_C(1) << (hash % 64);
}

void hone_sieve_init(hone_sieve *sieve, const hone_wanted *wanted)
{
    *sieve = (hone_sieve){.mark = hone_marks_choose(), .wanted = *wanted};
    hone_words_visit(HONE_WORD_METRIC | HONE_WORD_STEP, add_lead, sieve);
    add_lead(sieve, "is", 2);
    add_lead(sieve, "of", 2);
    for (uint32_t i = 0; i < wanted->n; i++)
        if (wanted->rules[i].metric != NULL)
            add_lead(sieve, wanted->rules[i].metric, strlen(wanted->rules[i].metric));
}

void hone_sieve_begin(hone_sieve *sieve, const hone_run *run)
{
    const char *end =
        run->len > BEFORE ? memchr(run->bytes + BEFORE, '\n', run->len - BEFORE) : NULL;
    sieve->run = run;
    sieve->plain = end != NULL ? (size_t)(end - run->bytes) + 1 : run->len;
    sieve->marked = sieve->plain;
    sieve->found = sieve->told = sieve->token = sieve->bare = 0;
    sieve->n_marks = sieve->mark_i = 0;
}

/* Whether a blank and a short word stand before the number at `at`, small letters but the
 * first, that surely leads to nothing. False says nothing. */
static inline bool follows_idle_word(const hone_sieve *sieve, const char *at)
{
    const uint64_t each = 0x0101010101010101, top = 0x80 * each;
    uint64_t text = load8(at - 9); /* up to the byte before the blank, which is highest */
    uint64_t lower = text | 0x20 * each, low7 = lower & ~top;
    uint64_t from_a = low7 + (0x80 - 'a') * each, after_z = low7 + (0x7f - 'z') * each;
    uint64_t others = ~(from_a & ~after_z & ~text) & top;
    /* eight times the letters; 63 where all eight are, for the lowest bit */
    unsigned bits = (unsigned)__builtin_clzll(others | 1);
    if (at[-1] != ' ' || bits - 8 > 8 * (WORD_MAX - 1))
        return false;
    uint64_t letters = ~UINT64_C(0) << (64 - bits);
    bool capitals = (~text & 0x20 * each & letters << 8) != 0;
    bool goes_on = hone_is_byte((char)(text >> (56 - bits)), HONE_BYTES_IN_NAMES);
    return !capitals && !goes_on && !has_lead(sieve, hash_word(lower & letters));
}

/* Whether `to` is on the line of `from`. */
static bool same_line(const char *from, const char *to)
{
    size_t len = hone_text_len(from, to);
    return memchr(from, '\n', len) == NULL && memchr(from, '\r', len) == NULL;
}

/* A number that nothing names, as hone_form_bare sees it. */
static bool matters_bare(hone_sieve *sieve, const char *start)
{
    const char *bytes = sieve->run->bytes, *end = bytes + sieve->run->len;
    const char *after = start + (hone_is_sign(*start) ? 1 : 0);
    while (after < end && (hone_is_digit(*after) || *after == '.'))
        after++;
    if (after < end && *after == '%')
        return hone_form_correct(after, end).len > 0;
    if (after < end && *after == ':' && hone_is_line_end(start[-1]))
        return true;
    if (after < end && !hone_is_blank(*after) && !hone_is_line_end(*after))
        return false;
    if (sieve->bare > 0 && same_line(bytes + sieve->bare, start))
        return true; /* two may be a table's row */
    sieve->bare = hone_text_len(bytes, start);
    return false;
}

/* Whether the token of the number judged last, which is skipped whole, goes on to `at`.
 */
static bool in_token(const hone_sieve *sieve, const char *at)
{
    const char *start = sieve->run->bytes + sieve->token;
    if (sieve->token == 0)
        return false;
    while (at > start && !hone_is_byte(at[-1], HONE_BYTE_TOKEN_END))
        at--;
    return at == start;
}

/* A number, as take_number in scan.c sees it. */
static bool matters_number(hone_sieve *sieve, const char *at)
{
    const char *bytes = sieve->run->bytes;
    if (in_token(sieve, at))
        return false;
    hone_ahead ahead = hone_ahead_judge(bytes, at);
    if (ahead.lead == HONE_LEAD_NONE)
        return matters_bare(sieve, ahead.start);
    if (ahead.lead != HONE_LEAD_WORD)
        return true;
    hone_name word = hone_name_last(bytes, ahead.name_end);
    if (word.len == 0 || !hone_is_letter(word.text[0]))
        return matters_bare(sieve, ahead.start);
    const char *end = bytes + sieve->run->len;
    return hone_form_matters(&sieve->wanted, word, ahead.start, end);
}

/* The third letter of nan or inf, perhaps. */
static bool matters_special(const hone_run *run, const char *at)
{
    const char *start = at - 2;
    hone_number number;
    return !hone_is_byte(start[-1], HONE_BYTE_HIDES) &&
           hone_number_scan(start, run->bytes + run->len, &number);
}

static bool matters(hone_sieve *sieve, const char *at)
{
    if (*at == '{' || *at == 0x1b || at[-1] == '=')
        return true;
    if (!hone_is_digit(*at))
        return matters_special(sieve->run, at);
    if (hone_is_byte(at[-1], HONE_BYTE_HIDES))
        return false;
    if (matters_number(sieve, at))
        return true;
    sieve->token = hone_text_len(sieve->run->bytes, at);
    return false;
}

/* Steps to the next mark at `from` or after it that matters; false where these marks have
 * none. */
static bool judge_marks(hone_sieve *sieve, size_t from)
{
    const char *base = sieve->run->bytes + sieve->base;
    size_t i = sieve->mark_i, n = sieve->n_marks;
    while (i < n && sieve->base + sieve->marks[i] < from)
        i++;
    for (; i < n; i++) {
        const char *at = base + sieve->marks[i];
        if (hone_is_digit(*at) && follows_idle_word(sieve, at)) {
            sieve->token = sieve->base + sieve->marks[i];
            continue;
        }
        if (matters(sieve, at))
            break;
    }
    sieve->mark_i = i;
    return i < n;
}

static void mark_more(hone_sieve *sieve)
{
    const hone_run *run = sieve->run;
    size_t left = run->len - sieve->marked;
    const char *at = run->bytes + sieve->marked;
    char last[HONE_MARKS_BEFORE + HONE_MARKS_STEP] = {0};
    size_t n = left < HONE_MARKS_BLOCK ? left : HONE_MARKS_BLOCK;
    if (n >= HONE_MARKS_STEP) {
        n -= n % HONE_MARKS_STEP;
        sieve->n_marks = sieve->mark(at, n, sieve->marks);
    } else { /* the last few, with zeroes behind them */
        memcpy(last, at - HONE_MARKS_BEFORE, n + HONE_MARKS_BEFORE);
        sieve->n_marks =
            sieve->mark(last + HONE_MARKS_BEFORE, HONE_MARKS_STEP, sieve->marks);
    }
    sieve->base = sieve->marked;
    sieve->marked += n;
    sieve->mark_i = 0;
}

/* Where every line holds something, sieving would only add to what they cost. */
static void pause_sieve(hone_sieve *sieve, size_t from)
{
    size_t left = sieve->run->len - from;
    sieve->told = 0;
    sieve->plain = from + (left < PAUSE ? left : PAUSE);
    if (sieve->marked < sieve->plain) {
        sieve->marked = sieve->plain;
        sieve->n_marks = sieve->mark_i = 0;
    }
}

/* The start of the line of byte `at`; `from` is a line's start before it. */
static size_t find_line(const hone_run *run, size_t from, size_t at)
{
    const char *end = memrchr(run->bytes + from, '\n', at - from);
    from = end != NULL ? (size_t)(end - run->bytes) + 1 : from;
    end = memrchr(run->bytes + from, '\r', at - from);
    return end != NULL ? (size_t)(end - run->bytes) + 1 : from;
}

size_t hone_sieve_next(hone_sieve *sieve, size_t from)
{
    assert(from <= sieve->run->len);
    if (from < sieve->plain)
        return from;
    if (sieve->found >= from && sieve->found > 0)
        return sieve->found;
    while (!judge_marks(sieve, from)) {
        if (sieve->marked == sieve->run->len)
            return sieve->found = sieve->run->len;
        mark_more(sieve);
    }
    size_t at = sieve->base + sieve->marks[sieve->mark_i];
    sieve->found = find_line(sieve->run, from, at);
    sieve->told = sieve->found == from ? sieve->told + 1 : 0;
    if (sieve->told == TOLD_MAX)
        pause_sieve(sieve, from);
    return sieve->found;
}
