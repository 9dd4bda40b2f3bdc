/* Judging what stands around a number. */
#include "output/around.h"

#include <assert.h>
#include <string.h>

#include "output/bytes.h"
#include "output/name.h"
#include "output/words.h"
#include "base/banned.h"

const char *hone_token_skip(const char *at, const char *end)
{
    while (at < end && !hone_is_byte(*at, HONE_BYTE_TOKEN_END))
        at++;
    return at;
}

const char *hone_wrapper_skip_back(const char *line, const char *inner)
{
    static const char *const types[] = {"tensor", "Tensor", "float",  "int",
                                        "array",  "Array",  "Decimal"};
    const char *open = inner - 1;
    const char *start = open;
    while (start > line && (hone_is_word(start[-1]) || start[-1] == '.'))
        start--;
    const char *dot = memrchr(start, '.', hone_text_len(start, open));
    const char *type = dot != NULL ? dot + 1 : start;
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        size_t len = strlen(types[i]);
        if (hone_text_len(type, open) >= len && memcmp(type, types[i], len) == 0)
            return start;
    }
    return inner;
}

/* Whether the next word is the key of a number of its own: 0.25 acc: 0.7. */
static bool is_key(const char *word, const char *end)
{
    const char *at = word;
    while (at < end && hone_is_byte(*at, HONE_BYTES_IN_NAMES))
        at++;
    while (at < end && *at == ' ')
        at++;
    return at < end && (*at == '=' || *at == ':');
}

static hone_after judge_next_word(const char *word, const char *end)
{
    if (*word == '@' || *word == '[')
        return HONE_AFTER_WORD;
    if (!hone_is_letter(*word))
        return HONE_AFTER_END;
    const char *after = word;
    while (after < end &&
           (hone_is_letter(*after) || hone_is_digit(*after) || *after == '/'))
        after++;
    if (is_key(word, end))
        return HONE_AFTER_END;
    const char *slash = memchr(word, '/', hone_text_len(word, after));
    const char *unit_end = slash != NULL ? slash : after;
    bool unit =
        (hone_word_flags(word, hone_text_len(word, unit_end)) & HONE_WORD_UNIT) != 0;
    return unit ? HONE_AFTER_UNIT : HONE_AFTER_WORD;
}

hone_after hone_after_judge(const char *at, const char *end)
{
    if (at == end || hone_is_byte(*at, HONE_BYTE_VALUE_END)) {
        bool comma_digit = at + 1 < end && *at == ',' && hone_is_digit(at[1]);
        return comma_digit ? HONE_AFTER_JUNK : HONE_AFTER_END;
    }
    bool last = at + 1 == end || hone_is_blank(at[1]) || hone_is_line_end(at[1]);
    switch (*at) {
    case ' ':
        return last ? HONE_AFTER_END : judge_next_word(at + 1, end);
    case '%':
        return at + 1 < end && at[1] == '|' ? HONE_AFTER_JUNK : HONE_AFTER_PERCENT;
    case '/':
        return at + 1 < end && hone_is_digit(at[1]) ? HONE_AFTER_RATIO : HONE_AFTER_JUNK;
    case ':':
        return last ? HONE_AFTER_COLON : HONE_AFTER_JUNK;
    case '.':
        return last ? HONE_AFTER_END : HONE_AFTER_JUNK;
    default:
        return hone_is_letter(*at) ? HONE_AFTER_GLUED : HONE_AFTER_JUNK;
    }
}

const char *hone_number_start(const char *line, const char *at)
{
    const char *start = at;
    if (start > line && start[-1] == '.')
        start--;
    if (start > line && hone_is_sign(start[-1]))
        start--;
    if (start < at && start > line &&
        (hone_is_byte(start[-1], HONE_BYTES_IN_NAMES) || start[-1] == '+' ||
         start[-1] == ')'))
        return at;
    return start;
}

hone_lead hone_lead_judge(const char *line, const char *at, const char **name_end)
{
    const char *start = line;
    const char *before = hone_skip_back(start, at);
    *name_end = before;
    if (before == start)
        return HONE_LEAD_NONE;
    const char *left = hone_skip_back(start, before - 1);
    switch (before[-1]) {
    case '=':
        if (before - 2 >= start && memchr("=!<>~+-*", before[-2], 8) != NULL)
            return HONE_LEAD_NONE;
        *name_end = left;
        return left < before - 1 ? HONE_LEAD_EQUALS_APART : HONE_LEAD_EQUALS;
    case '>':
        if (before - 2 < start || !(before[-2] == '=' || before[-2] == '-'))
            return HONE_LEAD_NONE;
        *name_end = hone_skip_back(start, before - 2);
        return HONE_LEAD_EQUALS_APART;
    case ':':
        *name_end = left;
        return before == at ? HONE_LEAD_COLON_TIGHT : HONE_LEAD_COLON;
    case '[':
        *name_end = left;
        return HONE_LEAD_BRACKET;
    case '|':
        return HONE_LEAD_PIPE;
    default:
        break;
    }
    /* U+2502, the box drawing bar */
    if (before - start >= 3 && memcmp(before - 3, "\xe2\x94\x82", 3) == 0)
        return HONE_LEAD_PIPE;
    if (before == at)
        return HONE_LEAD_NONE;
    bool word = hone_is_word(before[-1]) || before[-1] == '.' || before[-1] == ')' ||
                before[-1] == ']';
    return word ? HONE_LEAD_WORD : HONE_LEAD_NONE;
}

hone_ahead hone_ahead_judge(const char *line, const char *at)
{
    hone_ahead ahead = {.start = hone_number_start(line, at)};
    const char *open = ahead.start;
    if (open > line && hone_is_quote(open[-1]))
        open--;
    if (open > line && open[-1] == '(')
        open = hone_wrapper_skip_back(line, open);
    ahead.lead = hone_lead_judge(line, open, &ahead.name_end);
    return ahead;
}

bool hone_ratio_read(const char *at, const char *end, hone_number *number)
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
