/* Numbers inside text; hone_real_read gives the value. */
#include "output/number.h"

#include <assert.h>
#include <string.h>

#include <hone/value.h>

#include "output/bytes.h"
#include "base/banned.h"

enum {
    GROUPED_MAX = 64,
    EXACT_DIGITS = 15 /* whole numbers of so many digits are exact at each step */
};

static const char *skip_digits(const char *at, const char *end)
{
    while (at < end && hone_is_digit(*at))
        at++;
    return at;
}

static bool has_word(const char *at, const char *end, const char *word)
{
    size_t len = strlen(word);
    if ((size_t)(end - at) < len)
        return false;
    for (size_t i = 0; i < len; i++)
        if ((at[i] | 0x20) != word[i])
            return false;
    const char *after = at + len;
    /* CatBoost glues the next word to the value: "learn nanpassed: 17.7 sec". */
    if (end - after >= 7 && memcmp(after, "passed:", 7) == 0)
        return true;
    return after == end || !(hone_is_letter(*after) || hone_is_digit(*after));
}

static const char *skip_special(const char *at, const char *end)
{
    static const char *const words[] = {"nan", "inf", "infinity"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (has_word(at, end, words[i]))
            return at + strlen(words[i]);
    return NULL;
}

static const char *skip_exponent(const char *at, const char *end)
{
    if (at == end || (*at | 0x20) != 'e')
        return at;
    const char *digits = at + 1;
    if (digits < end && (*digits == '-' || *digits == '+'))
        digits++;
    const char *after = skip_digits(digits, end);
    return after > digits ? after : at;
}

bool hone_number_scan(const char *at, const char *end, hone_number *number)
{
    assert(at <= end);
    *number = (hone_number){.start = at, .end = at};
    if (at < end && (*at == '-' || *at == '+'))
        at++;
    const char *special = skip_special(at, end);
    if (special != NULL) {
        number->special = true;
        number->end = special;
    } else {
        const char *after = skip_digits(at, end);
        bool has_digits = after > at;
        number->whole = has_digits && at == number->start;
        if (after < end && *after == '.' &&
            ((after + 1 < end && hone_is_digit(after[1])) ||
             (has_digits && after + 1 < end && (after[1] | 0x20) == 'e'))) {
            after = skip_digits(after + 1, end);
            has_digits = true;
            number->whole = false;
        }
        if (!has_digits)
            return false;
        number->end = skip_exponent(after, end);
        number->whole = number->whole && number->end == after;
    }
    size_t len = (size_t)(number->end - number->start);
    if (number->whole && len <= EXACT_DIGITS) {
        number->value = 0;
        for (at = number->start; at < number->end; at++)
            number->value = number->value * 10 + (*at - '0');
        return true;
    }
    return hone_real_read(number->start, len, &number->value);
}

/* 5,529,093.5 without its commas; 0 where the groups are no thousands. */
static size_t join_groups(const char *text, size_t len, char joined[static GROUPED_MAX])
{
    size_t n = 0, since = 0, groups = 0, i = 0;
    if (len >= GROUPED_MAX)
        return 0;
    if (len > 0 && (text[0] == '-' || text[0] == '+'))
        joined[n++] = text[i++];
    for (; i < len && text[i] != '.'; i++) {
        if (hone_is_digit(text[i])) {
            joined[n++] = text[i];
            since++;
            continue;
        }
        if (text[i] != ',' || since == 0 || since > 3 || (groups > 0 && since != 3))
            return 0;
        groups++;
        since = 0;
    }
    if (groups == 0 || since != 3)
        return 0;
    memcpy(joined + n, text + i, len - i);
    return n + len - i;
}

bool hone_number_read(const char *text, size_t len, double *value)
{
    while (len > 0 && (text[0] == ' ' || text[0] == '\t')) {
        text++;
        len--;
    }
    while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t'))
        len--;
    if (hone_real_read(text, len, value))
        return true;
    if (len > 1 && memchr("%,.;", text[len - 1], 4) != NULL)
        len--;
    char joined[GROUPED_MAX];
    size_t n = join_groups(text, len, joined);
    return hone_real_read(text, len, value) ||
           (n > 0 && hone_real_read(joined, n, value));
}
