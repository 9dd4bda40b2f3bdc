/* Names of metrics, found backwards from the number.
 *
 *   hone_name_word    val/loss=0.3      one word, up to a blank or a bracket
 *   hone_name_phrase  Average loss: 0.3 up to six words with one blank between them,
 *                     up to a comma, a number, a bracket, a log level or a joint (with)
 *
 * `(avg)` and `[%]` at the end of a name belong to it. */
#include "output/name.h"

#include <string.h>

#include "output/bytes.h"
#include "output/words.h"
#include "base/banned.h"

enum {
    PHRASE_WORDS = 6,
    NAME_LOOK = 220,  /* a little more than HONE_METRIC_NAME_MAX: longer is no name */
    BRACKET_LOOK = 24 /* of what a bracket at the end of a name may hold */
};

/* A letter, also one outside ASCII. */
static bool starts_name(char byte)
{
    return hone_is_letter(byte) || hone_is_byte(byte, HONE_BYTE_HIGH);
}

/* An apostrophe belongs to a word only between letters: valid_0's. */
static bool ends_word(const char *start, const char *at)
{
    if (at[0] != '\'')
        return hone_is_byte(at[0], HONE_BYTE_NAME_END);
    return at == start || !hone_is_word(at[-1]) || !starts_name(at[1]);
}

const char *hone_skip_back(const char *start, const char *end)
{
    while (end > start && hone_is_blank(end[-1]))
        end--;
    return end;
}

/* The start of `(avg)`, `[%]` or `(train)` that ends at `end`; `end` where there is none.
 */
static const char *skip_bracket_back(const char *start, const char *end)
{
    if (end == start || (end[-1] != ')' && end[-1] != ']'))
        return end;
    char opener = end[-1] == ')' ? '(' : '[';
    const char *at = end - 1;
    const char *limit = end - start > BRACKET_LOOK ? end - BRACKET_LOOK : start;
    while (at > limit && at[-1] != opener)
        at--;
    bool holds_text = at > limit && at < end - 1 && !hone_is_digit(*at) && *at != ' ';
    return holds_text ? at - 1 : end;
}

static const char *skip_word_back(const char *start, const char *end)
{
    const char *at = end;
    const char *limit = end - start > NAME_LOOK ? end - NAME_LOOK : start;
    while (at > limit && !ends_word(start, at - 1))
        at--;
    return at;
}

static bool is_plain_start(char byte)
{
    return starts_name(byte) || byte == '#';
}

hone_name hone_name_word(const char *start, const char *end)
{
    const char *bracket = skip_bracket_back(start, end);
    const char *at = skip_word_back(start, bracket);
    size_t len = (size_t)(end - at);
    bool query = at > start && (at[-1] == '?' || at[-1] == '&');
    if (at == bracket || query || !is_plain_start(*at))
        return (hone_name){0};
    if (memmem(at, len, "//", 2) != NULL || memchr(at, '\\', len) != NULL)
        return (hone_name){0};
    return (hone_name){at, len};
}

/* Whether a phrase begins behind this word. */
static bool is_joint(const char *word, size_t len)
{
    return !starts_name(*word) || (hone_word_flags(word, len) & HONE_WORD_JOINT) != 0 ||
           memchr(word, '/', len) == word;
}

hone_name hone_name_phrase(const char *start, const char *end)
{
    const char *name_end = end;
    const char *at = skip_bracket_back(start, end);
    if (at < end)
        at = hone_skip_back(start, at);
    const char *first = NULL;
    for (int n = 0; n < PHRASE_WORDS; n++) {
        const char *word = skip_word_back(start, at);
        size_t len = (size_t)(at - word);
        if (len == 0 || (n > 0 && is_joint(word, len)))
            break;
        if (n == 0 && !is_plain_start(*word))
            return (hone_name){0};
        bool query = word > start && (word[-1] == '?' || word[-1] == '&');
        if (query || memmem(word, len, "//", 2) != NULL)
            return (hone_name){0};
        first = word;
        if (word - start < 2 || word[-1] != ' ' ||
            hone_skip_back(start, word) != word - 1)
            break;
        at = word - 1;
    }
    if (first == NULL)
        return (hone_name){0};
    return (hone_name){first, (size_t)(name_end - first)};
}

hone_name hone_name_last(const char *start, const char *end)
{
    const char *at = end;
    while (at > start && hone_is_byte(at[-1], HONE_BYTES_IN_NAMES) && end - at < 40)
        at--;
    return (hone_name){at, hone_text_len(at, end)};
}
