/* The built-in dialects on one line: a scan for numbers, and a look back from each.
 *
 *   for each number on the line
 *     what stands before it?     =  :  a blank after a word  [  |     (around.h)
 *     what is its name?          a word, or a phrase                  (name.h)
 *     what follows it?           an end, a unit, %, /10000, junk      (around.h)
 *     a metric, a step, or nothing
 *
 * Finding the numbers is the only work done for every byte: one table says which bytes
 * may begin something after the byte before (no digit inside a word does). A number's
 * text is read only when the word before it lets it be a metric.
 *
 * Worked examples (more in docs/metrics.md):
 *   epoch=3 loss=0.31                        name=value; epoch is the step
 *   Iteration 25, objective 0.314159.        words of words.c, a full stop behind
 *   Test set: Average loss: 0.05, Accuracy: 9876/10000 (99%)    99 for Accuracy
 *   [00:26:59] [10]\tval-error:0.13          a tight colon after a step in brackets
 *   61:\tlearn 0.1003passed: 17.4 sec        a value glued to the next word
 *   Loss 6.90 (6.94)                         Loss, and its average "Loss (avg)"
 *   | ep_rew_mean | 22.1 |                   a box of two columns
 *   32/64 [====>...] - ETA: 3s - loss: 0.7   loss alone */
#include "output/scan.h"

#include <assert.h>
#include <endian.h>
#include <string.h>

#include "output/bytes.h"
#include "output/dict.h"
#include "output/forms.h"
#include "output/words.h"
#include "base/banned.h"

enum {
    DICT_TRIES = 8, /* failed mappings on a line before braces are just bytes */
    ROW_NUMBERS = 2 /* bare numbers that make a line worth a look as a table's row */
};

/* A byte begins something if it is of a kind, and is a PUNCT or not hidden by the byte
 * before it: no digit and no nan begins inside a word. */
enum { DIGIT = 1, WORD_N = 2, PUNCT = 4 };

static const unsigned char kinds[256] = {
    ['0' ... '9'] = DIGIT, ['n'] = WORD_N, ['N'] = WORD_N, ['i'] = WORD_N,
    ['I'] = WORD_N,        ['{'] = PUNCT,  ['('] = PUNCT,  [')'] = PUNCT,
};

bool hone_wanted_has(const hone_wanted *wanted, const char *name, size_t len)
{
    for (uint32_t i = 0; i < wanted->n; i++) {
        const hone_rule *rule = &wanted->rules[i];
        if (rule->pattern == NULL && rule->metric != NULL &&
            strlen(rule->metric) == len && memcmp(rule->metric, name, len) == 0)
            return true;
    }
    return false;
}

/* A digit, or nan, at `at`. Returns where to go on. */
static const char *take_number(hone_scan *scan, const char *at)
{
    hone_ahead ahead = hone_ahead_judge(scan->line, at);
    const char *start = ahead.start, *name_end = ahead.name_end;
    hone_number number;
    switch (ahead.lead) {
    case HONE_LEAD_EQUALS:
    case HONE_LEAD_EQUALS_APART:
    case HONE_LEAD_COLON:
    case HONE_LEAD_COLON_TIGHT:
        if (hone_number_scan(start, scan->end, &number)) {
            hone_name name = hone_form_name(scan, name_end, ahead.lead);
            if (name.len > 0)
                hone_form_named(scan, name, &number, ahead.lead);
        }
        break;
    case HONE_LEAD_WORD:
        hone_form_worded(scan, name_end, start);
        break;
    case HONE_LEAD_BRACKET:
        hone_form_bracketed(scan, name_end, start);
        break;
    case HONE_LEAD_PIPE:
        hone_form_boxed(scan, name_end, start);
        break;
    case HONE_LEAD_NONE:
        if (!hone_form_average(scan, start))
            hone_form_bare(scan, start);
        break;
    }
    return hone_token_skip(at, scan->end);
}

/* {'loss': 0.5}, unless it holds settings: parameters: {'C': 32.0}. */
static const char *take_dict(hone_scan *scan, const char *at)
{
    const char *inner = at + 1;
    while (inner < scan->end && *inner == ' ')
        inner++;
    if (inner == scan->end || !hone_is_quote(*inner) || scan->dict_tries >= DICT_TRIES)
        return at + 1;
    const char *before = hone_skip_back(scan->line, at);
    if (before > scan->line && (before[-1] == ':' || before[-1] == '='))
        before = hone_skip_back(scan->line, before - 1);
    hone_name word = hone_name_last(scan->line, before);
    hone_dict_mode mode = (hone_word_flags(word.text, word.len) & HONE_WORD_CONFIG) != 0
                              ? HONE_DICT_NOTHING
                              : HONE_DICT_OUTPUT;
    const char *after = hone_dict_scan(at, scan->end, mode, scan->wanted, scan->finds);
    if (after != NULL)
        return after;
    scan->dict_tries++;
    return at + 1;
}

static const char *take_punct(hone_scan *scan, const char *at)
{
    if (*at == '{')
        return take_dict(scan, at);
    bool call = *at == '(' && at > scan->line && hone_is_word(at[-1]);
    if (*at == '(' && (call || scan->calls > 0))
        scan->calls++;
    else if (*at == ')' && scan->calls > 0)
        scan->calls--;
    return at + 1;
}

/* nan, inf: a word of its own. */
static bool begins_special(const char *at, const char *end)
{
    hone_number number;
    if (at + 2 >= end || (at[1] != 'a' && at[1] != 'n' && at[1] != 'A' && at[1] != 'N'))
        return false;
    return hone_number_scan(at, end, &number);
}

static inline unsigned kind_at(const char *at)
{
    unsigned hidden = hone_is_byte(at[-1], HONE_BYTE_HIDES);
    return kinds[(unsigned char)at[0]] & ~(hidden * (DIGIT | WORD_N));
}

/* Sixteen bytes at once, by the vector types of gcc and clang. A comparison gives 0xff in
 * each byte where it holds. */
typedef unsigned char bytes16 __attribute__((vector_size(16)));
typedef uint64_t words2 __attribute__((vector_size(16)));

static inline bytes16 load16(const char *at)
{
    bytes16 bytes;
    memcpy(&bytes, at, sizeof(bytes));
    return bytes;
}

/* Which of the sixteen bytes from `at` on begin something, 0xff in each: by kinds and
 * hides, and of words with n or i only those that go on as nan and inf do. Looks at the
 * byte before and the byte after, too. */
static inline words2 find_begins(const char *at)
{
    bytes16 byte = load16(at), lower = byte | 0x20;
    bytes16 before = load16(at - 1), after = load16(at + 1) | 0x20;
    bytes16 digit = (bytes16)(byte - '0' <= 9);
    bytes16 special = (bytes16)((lower == 'n') & (after == 'a')) |
                      (bytes16)((lower == 'i') & (after == 'n'));
    bytes16 hidden =
        (bytes16)(before - '0' <= 9) | (bytes16)((before | 0x20) - 'a' <= 'z' - 'a') |
        (bytes16)(before >= 0x80) | (bytes16)(before == '_') | (bytes16)(before == '@') |
        (bytes16)(before == '#') | (bytes16)(before == '$');
    bytes16 punct = (bytes16)(byte == '{') | (bytes16)((byte & 0xfe) == '(');
    return (words2)(((digit | special) & ~hidden) | punct);
}

/* The first byte that is set, not counting the first `skip` (0 to 15); 16 where none is.
 */
static inline unsigned first_begin(words2 begins, unsigned skip)
{
    uint64_t low = le64toh(begins[0]), high = le64toh(begins[1]);
    if (skip < 8)
        low &= UINT64_MAX << (8 * skip);
    else
        high &= UINT64_MAX << (8 * (skip - 8));
    if (skip < 8 && low != 0)
        return (unsigned)__builtin_ctzll(low) / 8;
    return high != 0 ? 8 + (unsigned)__builtin_ctzll(high) / 8 : 16;
}

/* The next byte from `at` on, which is not the line's first, that begins something; `end`
 * where there is none. The last sixteen bytes are looked at as a block, too, with those
 * before `at` left out: lines are short, and byte by byte would be most of the time. */
static const char *find_begin(const char *line, const char *at, const char *end)
{
    enum { BLOCK = 17 }; /* and the byte after */
    while (end - at >= BLOCK) {
        unsigned first = first_begin(find_begins(at), 0);
        at += first;
        if (first < 16)
            return at;
    }
    if (at < end - 1 && end - line > BLOCK) {
        const char *base = end - BLOCK;
        unsigned first = first_begin(find_begins(base), (unsigned)(at - base));
        at = base + first; /* at most the line's last byte */
    }
    while (at < end && kind_at(at) == 0)
        at++;
    return at;
}

bool hone_scan_line(const char *line, size_t len, const hone_wanted *wanted,
                    hone_finds *finds)
{
    hone_scan scan = {.line = line, .end = line + len, .wanted = wanted, .finds = finds};
    if (len == 0)
        return false;
    bool first = kinds[(unsigned char)line[0]] != 0;
    const char *at = first ? line : find_begin(line, line + 1, scan.end);
    while (at < scan.end) {
        const char *from = at;
        unsigned kind = kinds[(unsigned char)*at];
        if (kind == PUNCT)
            at = take_punct(&scan, at);
        else if (kind == DIGIT || begins_special(at, scan.end))
            at = take_number(&scan, at);
        else
            at++;
        assert(at > from);
        at = find_begin(line, at, scan.end);
    }
    return scan.bare >= ROW_NUMBERS && finds->n == 0;
}
