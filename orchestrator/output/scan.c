/* The built-in dialects on one line: a scan for numbers, and a look back from each.
 *
 *   for each number on the line
 *     what stands before it?     =  :  a blank after a word  [  |     (struct lead)
 *     what is its name?          a word, or a phrase                  (name.h)
 *     what follows it?           an end, a unit, %, /10000, junk      (enum tail)
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
#include "output/name.h"
#include "output/number.h"
#include "output/words.h"
#include "base/banned.h"

enum {
    DICT_TRIES = 8, /* failed mappings on a line before braces are just bytes */
    ROW_NUMBERS = 2 /* bare numbers that make a line worth a look as a table's row */
};

/* What stands before a number. */
enum lead {
    LEAD_NONE,
    LEAD_EQUALS,       /* name=0.1 */
    LEAD_EQUALS_APART, /* name = 0.1 */
    LEAD_COLON,        /* name: 0.1 */
    LEAD_COLON_TIGHT,  /* name:0.1 */
    LEAD_WORD,         /* name 0.1 */
    LEAD_BRACKET,      /* [0 */
    LEAD_PIPE          /* | 0.1 */
};

/* What follows a number. */
enum tail {
    TAIL_END,     /* the line's end, a separator, the next name */
    TAIL_WORD,    /* a blank and a word that is no unit */
    TAIL_UNIT,    /* a unit: 12 ms */
    TAIL_PERCENT, /* % */
    TAIL_RATIO,   /* /10000 */
    TAIL_COLON,   /* : and a blank */
    TAIL_GLUED,   /* a letter: 0.1passed, 12ms */
    TAIL_JUNK     /* it is part of something else: a date, a version, a list */
};

struct scan {
    const char *line, *end;
    const hone_wanted *wanted;
    hone_finds *finds;
    const char *after_value; /* behind the number that was found last */
    int calls;               /* open parentheses of calls: SVC(C=1.0 */
    int dict_tries;
    int bare;     /* numbers without anything before them */
    bool boosted; /* the line begins with a step in brackets, or 61:\t */
};

/* Bits of `kinds` and `hides`: a byte begins something if it is of a kind that the byte
 * before it does not hide. */
enum { DIGIT = 1, WORD_N = 2, PUNCT = 4 };

static const unsigned char kinds[256] = {
    ['0' ... '9'] = DIGIT, ['n'] = WORD_N, ['N'] = WORD_N, ['i'] = WORD_N,
    ['I'] = WORD_N,        ['{'] = PUNCT,  ['('] = PUNCT,  [')'] = PUNCT,
};

/* No digit and no nan begins inside a word. */
static const unsigned char hides[256] = {
    ['0' ... '9'] = DIGIT | WORD_N,   ['A' ... 'Z'] = DIGIT | WORD_N,
    ['a' ... 'z'] = DIGIT | WORD_N,   ['_'] = DIGIT | WORD_N,
    [0x80 ... 0xff] = DIGIT | WORD_N, ['@'] = DIGIT | WORD_N,
    ['#'] = DIGIT | WORD_N,           ['$'] = DIGIT | WORD_N};

/* Bytes of names: val/loss, top-1, Acc@1, valid_0's. */
static const unsigned in_name = HONE_BYTE_DIGIT | HONE_BYTE_LETTER |
                                HONE_BYTE_UNDERSCORE | HONE_BYTE_HIGH | HONE_BYTE_IN_NAME;

static bool is_sign(char byte)
{
    return byte == '-' || byte == '+';
}

static bool is_quote(char byte)
{
    return byte == '"' || byte == '\'';
}

static size_t text_len(const char *start, const char *end)
{
    assert(start <= end);
    return (size_t)(end - start);
}

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

/* Where a token ends: what is junk is skipped whole, so that no part of it counts. */
static const char *skip_token(const char *at, const char *end)
{
    while (at < end && !hone_is_byte(*at, HONE_BYTE_TOKEN_END))
        at++;
    return at;
}

/* The type in front of a parenthesis when it wraps a number: tensor(0.5),
 * np.float64(0.5). `inner` is behind the parenthesis. Returns the start of the type, and
 * `inner` where it is no number's. */
static const char *skip_wrapper_back(const char *line, const char *inner)
{
    static const char *const types[] = {"tensor", "Tensor", "float",  "int",
                                        "array",  "Array",  "Decimal"};
    const char *open = inner - 1;
    const char *start = open;
    while (start > line && (hone_is_word(start[-1]) || start[-1] == '.'))
        start--;
    const char *dot = memrchr(start, '.', text_len(start, open));
    const char *type = dot != NULL ? dot + 1 : start;
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        size_t len = strlen(types[i]);
        if (text_len(type, open) >= len && memcmp(type, types[i], len) == 0)
            return start;
    }
    return inner;
}

/* Whether the next word is the key of a number of its own: 0.25 acc: 0.7. */
static bool is_key(const char *word, const char *end)
{
    const char *at = word;
    while (at < end && hone_is_byte(*at, in_name))
        at++;
    while (at < end && *at == ' ')
        at++;
    return at < end && (*at == '=' || *at == ':');
}

static enum tail judge_next_word(const char *word, const char *end)
{
    if ((*word == '@' || *word == '['))
        return TAIL_WORD;
    if (!hone_is_letter(*word))
        return TAIL_END;
    const char *after = word;
    while (after < end &&
           (hone_is_letter(*after) || hone_is_digit(*after) || *after == '/'))
        after++;
    if (is_key(word, end))
        return TAIL_END;
    const char *slash = memchr(word, '/', text_len(word, after));
    const char *unit_end = slash != NULL ? slash : after;
    bool unit = (hone_word_flags(word, text_len(word, unit_end)) & HONE_WORD_UNIT) != 0;
    return unit ? TAIL_UNIT : TAIL_WORD;
}

static enum tail judge_tail(const char *at, const char *end)
{
    if (at == end || hone_is_byte(*at, HONE_BYTE_VALUE_END)) {
        bool comma_digit = at + 1 < end && *at == ',' && hone_is_digit(at[1]);
        return comma_digit ? TAIL_JUNK : TAIL_END;
    }
    bool last = at + 1 == end || hone_is_blank(at[1]);
    switch (*at) {
    case ' ':
        return last ? TAIL_END : judge_next_word(at + 1, end);
    case '%':
        return at + 1 < end && at[1] == '|' ? TAIL_JUNK : TAIL_PERCENT;
    case '/':
        return at + 1 < end && hone_is_digit(at[1]) ? TAIL_RATIO : TAIL_JUNK;
    case ':':
        return last ? TAIL_COLON : TAIL_JUNK;
    case '.':
        return last ? TAIL_END : TAIL_JUNK;
    default:
        return hone_is_letter(*at) ? TAIL_GLUED : TAIL_JUNK;
    }
}

/* Where the number's text begins when its first digit is at `at`: a sign and a leading
 * point belong to it. */
static const char *find_start(const struct scan *scan, const char *at)
{
    const char *start = at;
    if (start > scan->line && start[-1] == '.')
        start--;
    if (start > scan->line && is_sign(start[-1]))
        start--;
    if (start < at && start > scan->line &&
        (hone_is_byte(start[-1], in_name) || start[-1] == '+' || start[-1] == ')'))
        return at;
    return start;
}

/* The operator before `at`; `*name_end` is where a name before it would end. */
static enum lead judge_lead(const struct scan *scan, const char *at,
                            const char **name_end)
{
    const char *start = scan->line;
    const char *before = hone_skip_back(start, at);
    *name_end = before;
    if (before == start)
        return LEAD_NONE;
    const char *left = hone_skip_back(start, before - 1);
    switch (before[-1]) {
    case '=':
        if (before - 2 >= start && memchr("=!<>~+-*", before[-2], 8) != NULL)
            return LEAD_NONE;
        *name_end = left;
        return left < before - 1 ? LEAD_EQUALS_APART : LEAD_EQUALS;
    case '>':
        if (before - 2 < start || !(before[-2] == '=' || before[-2] == '-'))
            return LEAD_NONE;
        *name_end = hone_skip_back(start, before - 2);
        return LEAD_EQUALS_APART;
    case ':':
        *name_end = left;
        return before == at ? LEAD_COLON_TIGHT : LEAD_COLON;
    case '[':
        *name_end = left;
        return LEAD_BRACKET;
    case '|':
        return LEAD_PIPE;
    default:
        break;
    }
    /* U+2502, the box drawing bar */
    if (before - start >= 3 && memcmp(before - 3, "\xe2\x94\x82", 3) == 0)
        return LEAD_PIPE;
    if (before == at)
        return LEAD_NONE;
    bool word = hone_is_word(before[-1]) || before[-1] == '.' || before[-1] == ')' ||
                before[-1] == ']';
    return word ? LEAD_WORD : LEAD_NONE;
}

static bool is_wanted(const struct scan *scan, hone_name name)
{
    return hone_wanted_has(scan->wanted, name.text, name.len);
}

static inline bool is_word(hone_name name, const char *word)
{
    return name.len == strlen(word) && memcmp(name.text, word, name.len) == 0;
}

/* "Error: 404", "ValueError: 3": a whole number there is a code. */
static bool is_error_code(hone_name name, const hone_number *number)
{
    return number->whole && name.len >= 5 && number->value != 0 &&
           memcmp(name.text + name.len - 4, "rror", 4) == 0 &&
           memchr(name.text, ' ', name.len) == NULL &&
           memchr(name.text, '_', name.len) == NULL &&
           memchr(name.text, '-', name.len) == NULL;
}

static bool is_timestamp(hone_name name, double value)
{
    return value >= 1e9 && (memmem(name.text, name.len, "ime", 3) != NULL ||
                            memmem(name.text, name.len, "ate", 3) != NULL);
}

/* Optuna's "Best is trial 7 with value: 84.07" repeats what an older line said. */
static bool is_old_best(const struct scan *scan, hone_name name)
{
    static const char best[] = "Best is trial ";
    return is_word(name, "value") &&
           memmem(scan->line, text_len(scan->line, name.text), best, sizeof(best) - 1);
}

/* 9876/10000 (99%): the percentage stands for the ratio. */
static bool read_ratio(const char *at, const char *end, hone_number *number)
{
    at++;
    while (at < end && hone_is_digit(*at))
        at++;
    while (at < end && *at == ' ')
        at++;
    if (at == end || *at != '(')
        return false;
    at++;
    while (at < end && *at == ' ')
        at++;
    return at < end && hone_number_scan(at, end, number) && number->end < end &&
           *number->end == '%';
}

static void add(struct scan *scan, hone_name name, const hone_number *number)
{
    hone_finds_add(scan->finds, name.text, name.len, number->value);
    scan->after_value = number->end;
}

/* Whether what follows lets `number` be the metric `name`. */
static bool accepts(const struct scan *scan, bool metric, const hone_number *number,
                    enum tail tail)
{
    switch (tail) {
    case TAIL_END:
        return true;
    case TAIL_WORD:
    case TAIL_COLON:
    case TAIL_PERCENT:
        return metric || !number->whole;
    case TAIL_GLUED:
        return scan->boosted && number->end + 6 <= scan->end &&
               memcmp(number->end, "passed", 6) == 0;
    case TAIL_UNIT:
    case TAIL_RATIO:
    case TAIL_JUNK:
        break;
    }
    return false;
}

/* A step word with a number: whole and not part of something else. */
static void take_step(struct scan *scan, int rank, const hone_number *number,
                      enum tail tail)
{
    if (!number->whole || tail == TAIL_GLUED || tail == TAIL_JUNK ||
        tail == TAIL_PERCENT || tail == TAIL_UNIT || number->value > 0x1p53)
        return;
    /* Step [100/600] begins again with each epoch, Epoch [3/10] does not. */
    int fine = tail == TAIL_RATIO && rank > 1 ? 0 : rank;
    hone_finds_step(scan->finds, number->value, fine);
    scan->finds->sticky = scan->finds->sticky || tail != TAIL_WORD;
}

/* A name with an operator before the number. */
static void take_named(struct scan *scan, hone_name name, hone_number *number,
                       enum lead lead)
{
    enum tail tail = judge_tail(number->end, scan->end);
    int rank = name.text[0] == '#' ? 0 : hone_name_step_rank(name.text, name.len);
    bool wanted = scan->wanted->n > 0 && is_wanted(scan, name);
    if (rank > 0) {
        take_step(scan, rank, number, tail);
        if (!wanted)
            return;
    }
    if (wanted && (tail == TAIL_UNIT || tail == TAIL_GLUED)) {
        add(scan, name, number);
        return;
    }
    if (tail == TAIL_RATIO && read_ratio(number->end, scan->end, number))
        tail = TAIL_END;
    bool metric = hone_name_is_metric(name.text, name.len);
    if (!accepts(scan, metric, number, tail))
        return;
    if (lead == LEAD_COLON_TIGHT && !scan->boosted &&
        !(metric && (!number->whole || memchr(name.text, '.', name.len) == NULL)))
        return;
    if (scan->calls > 0 && (!metric || is_word(name, "lr")))
        return;
    if (!wanted && (hone_name_is_stop(name.text, name.len) ||
                    is_timestamp(name, number->value) || is_old_best(scan, name)))
        return;
    if (!is_error_code(name, number))
        add(scan, name, number);
}

/* The name before the operator; Average Precision (AP) @[ IoU=0.50:0.95 ... ] = 0.5 is
 * named by all of it, and what was found inside is taken back. */
static hone_name find_name(struct scan *scan, const char *name_end, enum lead lead)
{
    const char *start = scan->line;
    if (lead == LEAD_EQUALS && (name_end == start || !is_quote(name_end[-1])))
        return hone_name_word(start, name_end);
    if (name_end > start && is_quote(name_end[-1])) {
        const char *open = name_end - 1 > start ? memrchr(start, name_end[-1],
                                                          text_len(start, name_end - 1))
                                                : NULL;
        if (open != NULL && open + 1 < name_end - 1)
            return (hone_name){open + 1, text_len(open + 1, name_end - 1)};
        return (hone_name){0};
    }
    if (lead == LEAD_EQUALS_APART && name_end > start && name_end[-1] == ']') {
        const char *first = start;
        while (first < name_end && hone_is_blank(*first))
            first++;
        if (text_len(first, name_end) > 17 &&
            (memcmp(first, "Average Precision", 17) == 0 ||
             memcmp(first, "Average Recall", 14) == 0)) {
            scan->finds->n = 0;
            return (hone_name){first, text_len(first, name_end)};
        }
    }
    if (lead == LEAD_EQUALS_APART && name_end > start && hone_is_digit(name_end[-1])) {
        /* Root node error: 54/146 = 0.37 */
        const char *ratio = name_end;
        while (ratio > start && (hone_is_digit(ratio[-1]) || ratio[-1] == '/'))
            ratio--;
        ratio = hone_skip_back(start, ratio);
        if (ratio > start && ratio[-1] == ':')
            name_end = hone_skip_back(start, ratio - 1);
    }
    return hone_name_phrase(start, name_end);
}

/* The last word of what ends at `end`. */
static hone_name last_word(const char *start, const char *end)
{
    const char *at = end;
    while (at > start && hone_is_byte(at[-1], in_name) && end - at < 40)
        at--;
    return (hone_name){at, text_len(at, end)};
}

/* "objective function for 'output' is -0.08", "a loss of 0.3": the metric's word stands
 * somewhere in the phrase before the verb. */
static void take_stated(struct scan *scan, const char *verb, hone_number *number)
{
    const char *name_end = hone_skip_back(scan->line, verb);
    if (number->whole || name_end == scan->line)
        return;
    hone_name name = {0};
    if (name_end[-1] == '\'') {
        /* the phrase goes on before the quoted part */
        const char *open = memrchr(scan->line, '\'', text_len(scan->line, name_end - 1));
        if (open == NULL || open == scan->line)
            return;
        name = hone_name_phrase(scan->line, hone_skip_back(scan->line, open));
        name.len = name.text != NULL ? text_len(name.text, name_end) : 0;
    } else {
        name = hone_name_phrase(scan->line, name_end);
    }
    enum tail tail = judge_tail(number->end, scan->end);
    if (name.len > 0 && hone_name_is_metric(name.text, name.len) &&
        !hone_name_is_stop(name.text, name.len) && accepts(scan, true, number, tail))
        add(scan, name, number);
}

/* 83.3% correct. */
static void take_correct(struct scan *scan, const char *at, const char *percent)
{
    static const char *const words[] = {"correct", "accuracy"};
    hone_number number;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        const char *word = percent + 2;
        size_t len = strlen(words[i]);
        if (text_len(percent, scan->end) < len + 2 || percent[1] != ' ' ||
            memcmp(word, words[i], len) != 0)
            continue;
        if (hone_number_scan(at, scan->end, &number) && number.end == percent &&
            !number.whole)
            add(scan, (hone_name){word, len}, &number);
    }
}

/* A number that nothing names: 61:\t is CatBoost's step, others may be a table's cell. */
static void take_bare(struct scan *scan, const char *at)
{
    const char *after = at + (is_sign(*at) ? 1 : 0);
    if (after < scan->end && hone_is_letter(*after))
        after = skip_token(after, scan->end); /* nan */
    while (after < scan->end && (hone_is_digit(*after) || *after == '.'))
        after++;
    if (after == scan->end || hone_is_blank(*after))
        scan->bare++;
    if (after == scan->end)
        return;
    if (*after == '%')
        take_correct(scan, at, after);
    hone_number number;
    if (at == scan->line && *after == ':' && after + 1 < scan->end && after[1] == '\t' &&
        hone_number_scan(at, scan->end, &number) && number.whole) {
        scan->boosted = true;
        take_step(scan, 2, &number, TAIL_COLON);
    }
}

/* Only small letters: no part of it can be another word. */
static bool is_plain_word(hone_name word)
{
    for (size_t i = 0; i < word.len; i++)
        if (word.text[i] < 'a' || word.text[i] > 'z')
            return false;
    return true;
}

/* A word and a blank before the number: a metric or a step only by the word. Whole
 * numbers must end there: "error 12 occurred" is none. */
static void take_worded(struct scan *scan, const char *name_end, const char *at)
{
    hone_name word = last_word(scan->line, name_end);
    if (word.len == 0 || !hone_is_letter(word.text[0])) {
        if (word.len == 0 || word.text[0] != '#')
            take_bare(scan, at);
        return;
    }
    unsigned flags = hone_word_flags(word.text, word.len);
    bool stated = word.len == 2 && (is_word(word, "is") || is_word(word, "of"));
    bool wanted = scan->wanted->n > 0 && is_wanted(scan, word);
    bool metric = wanted || stated ||
                  (flags & (HONE_WORD_METRIC | HONE_WORD_STEP)) != 0 ||
                  (!is_plain_word(word) && hone_name_is_metric(word.text, word.len));
    hone_number number;
    if (!metric || !hone_number_scan(at, scan->end, &number))
        return;
    if ((flags & HONE_WORD_STEP) != 0) {
        int rank = hone_word_step_rank(word.text, word.len);
        take_step(scan, rank, &number, judge_tail(number.end, scan->end));
        return;
    }
    if (stated) {
        take_stated(scan, word.text, &number);
        return;
    }
    hone_name name = hone_name_phrase(scan->line, name_end);
    enum tail tail = judge_tail(number.end, scan->end);
    if (name.len == 0 || (number.whole && tail != TAIL_END))
        return;
    if (number.whole && memmem(name.text, name.len, "rror", 4) != NULL)
        return;
    take_named(scan, name, &number, LEAD_WORD);
}

/* [123]\t of boosting libraries, Epoch [3/10], Epoch: [3][ 10/5005]. */
static void take_bracketed(struct scan *scan, const char *bracket_end, const char *at)
{
    hone_number number;
    if (!hone_number_scan(at, scan->end, &number) || !number.whole ||
        number.end == scan->end || !(*number.end == ']' || *number.end == '/'))
        return;
    const char *end = hone_skip_back(scan->line, bracket_end);
    bool first = end == scan->line || end[-1] == ']';
    bool tab =
        number.end + 1 < scan->end && number.end[0] == ']' && number.end[1] == '\t';
    if (first && tab) {
        scan->boosted = true;
        take_step(scan, 2, &number, TAIL_END);
        return;
    }
    if (end > scan->line && end[-1] == ':')
        end = hone_skip_back(scan->line, end - 1);
    hone_name word = last_word(scan->line, end);
    int rank = hone_word_step_rank(word.text, word.len);
    if (rank > 0 && word.text[0] != '#')
        take_step(scan, rank, &number, judge_tail(number.end, scan->end));
}

/* | ep_rew_mean | 22.1 |: the only two cells of a line. */
static void take_boxed(struct scan *scan, const char *bar_end, const char *at)
{
    hone_number number;
    bool ascii = bar_end[-1] == '|';
    size_t bar = ascii ? 1 : 3;
    const char *bar_text = bar_end - bar;
    const char *first = scan->line;
    while (first < bar_text && hone_is_blank(*first))
        first++;
    if (first + bar > bar_text || memcmp(first, bar_text, bar) != 0 ||
        !hone_number_scan(at, scan->end, &number))
        return;
    const char *name_at = first + bar;
    while (name_at < bar_text && hone_is_blank(*name_at))
        name_at++;
    hone_name name = {name_at, 0};
    const char *name_end = hone_skip_back(name_at, bar_text);
    name.len = text_len(name_at, name_end);
    const char *rest = number.end;
    while (rest < scan->end && hone_is_blank(*rest))
        rest++;
    bool closed = text_len(rest, scan->end) >= bar && memcmp(rest, bar_text, bar) == 0;
    rest += closed ? bar : 0;
    while (rest < scan->end && hone_is_blank(*rest))
        rest++;
    if (!closed || rest != scan->end || name.len == 0 || !hone_is_letter(name.text[0]) ||
        memmem(name.text, name.len, bar_text, bar) != NULL)
        return;
    take_named(scan, name, &number, LEAD_PIPE);
}

/* Loss 6.90 (6.94): the average beside the value that was just found. */
static bool take_average(struct scan *scan, const char *at)
{
    const char *open = hone_skip_back(scan->line, at);
    hone_number number;
    if (scan->after_value == NULL || open == scan->line || open[-1] != '(' ||
        hone_skip_back(scan->line, open - 1) != scan->after_value || open[-2] != ' ' ||
        !hone_number_scan(at, scan->end, &number) || number.whole)
        return false;
    const char *close = number.end;
    while (close < scan->end && *close == ' ')
        close++;
    const hone_find *last = &scan->finds->items[scan->finds->n - 1];
    if (close == scan->end || *close != ')' || last->name == NULL ||
        last->name_len > HONE_METRIC_NAME_MAX - 6 ||
        !hone_name_is_metric(last->name, last->name_len))
        return true;
    char name[HONE_METRIC_NAME_MAX];
    memcpy(name, last->name, last->name_len);
    memcpy(name + last->name_len, " (avg)", 6);
    hone_finds_add_copy(scan->finds, name, last->name_len + 6, number.value);
    return true;
}

/* A digit, or nan, at `at`. Returns where to go on. */
static const char *take_number(struct scan *scan, const char *at)
{
    const char *start = find_start(scan, at);
    const char *open = start;
    if (open > scan->line && is_quote(open[-1]))
        open--;
    if (open > scan->line && open[-1] == '(')
        open = skip_wrapper_back(scan->line, open);
    const char *name_end;
    enum lead lead = judge_lead(scan, open, &name_end);
    hone_number number;
    switch (lead) {
    case LEAD_EQUALS:
    case LEAD_EQUALS_APART:
    case LEAD_COLON:
    case LEAD_COLON_TIGHT:
        if (hone_number_scan(start, scan->end, &number)) {
            hone_name name = find_name(scan, name_end, lead);
            if (name.len > 0)
                take_named(scan, name, &number, lead);
        }
        break;
    case LEAD_WORD:
        take_worded(scan, name_end, start);
        break;
    case LEAD_BRACKET:
        take_bracketed(scan, name_end, start);
        break;
    case LEAD_PIPE:
        take_boxed(scan, name_end, start);
        break;
    case LEAD_NONE:
        if (!take_average(scan, start))
            take_bare(scan, start);
        break;
    }
    return skip_token(at, scan->end);
}

/* {'loss': 0.5}, unless it holds settings: parameters: {'C': 32.0}. */
static const char *take_dict(struct scan *scan, const char *at)
{
    const char *inner = at + 1;
    while (inner < scan->end && *inner == ' ')
        inner++;
    if (inner == scan->end || !is_quote(*inner) || scan->dict_tries >= DICT_TRIES)
        return at + 1;
    const char *before = hone_skip_back(scan->line, at);
    if (before > scan->line && (before[-1] == ':' || before[-1] == '='))
        before = hone_skip_back(scan->line, before - 1);
    hone_name word = last_word(scan->line, before);
    hone_dict_mode mode = (hone_word_flags(word.text, word.len) & HONE_WORD_CONFIG) != 0
                              ? HONE_DICT_NOTHING
                              : HONE_DICT_OUTPUT;
    const char *after = hone_dict_scan(at, scan->end, mode, scan->wanted, scan->finds);
    if (after != NULL)
        return after;
    scan->dict_tries++;
    return at + 1;
}

static const char *take_punct(struct scan *scan, const char *at)
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
    return kinds[(unsigned char)at[0]] & ~(unsigned)hides[(unsigned char)at[-1]];
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

/* The first of the sixteen bytes from `at` on that begins something, or 16: by kinds and
 * hides, and of words with n or i only those that go on as nan and inf do. */
static inline unsigned find_begin16(const char *at)
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
    words2 any = (words2)(((digit | special) & ~hidden) | punct);
    if (any[0] != 0)
        return (unsigned)__builtin_ctzll(le64toh(any[0])) / 8;
    return any[1] != 0 ? 8 + (unsigned)__builtin_ctzll(le64toh(any[1])) / 8 : 16;
}

/* The next byte from `at` on, which is not the line's first, that begins something; `end`
 * where there is none. */
static const char *find_begin(const char *at, const char *end)
{
    for (unsigned skip = 16; skip == 16 && end - at >= 17; at += skip)
        skip = find_begin16(at);
    while (at < end && kind_at(at) == 0)
        at++;
    return at;
}

bool hone_scan_line(const char *line, size_t len, const hone_wanted *wanted,
                    hone_finds *finds)
{
    struct scan scan = {
        .line = line, .end = line + len, .wanted = wanted, .finds = finds};
    if (len == 0)
        return false;
    bool first = kinds[(unsigned char)line[0]] != 0;
    const char *at = first ? line : find_begin(line + 1, scan.end);
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
        at = find_begin(at, scan.end);
    }
    return scan.bare >= ROW_NUMBERS && finds->n == 0;
}
