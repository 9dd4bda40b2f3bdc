/* A tolerant reader of mappings, by recursive descent without building a tree.
 *
 *   mapping := { [key : value (, key : value)*] }        key := "..." | '...'
 *   value   := mapping | list | string | number | word [ ( anything ) ]
 *   list    := [ values ] | ( values )
 *
 * It takes what json.dumps and Python's repr print, mixed as they like: True, null, NaN,
 * -inf, tensor(0.5, device='cuda:0'), np.float64(0.5), "0.5". A number goes to the finds
 * under its path; a list gives none. Whole numbers under step, epoch, iteration and the
 * like are the line's step. */
#include "output/dict.h"

#include <assert.h>
#include <string.h>

#include "output/bytes.h"
#include "output/number.h"
#include "output/words.h"
#include "base/banned.h"

enum {
    DEPTH_MAX = 32,
    PATH_MAX_LEN = HONE_METRIC_NAME_MAX + 1 /* one more byte: "too long" stays visible */
};

/* A text inside the line, between its quotes; empty and NULL where there is none. */
struct text {
    const char *at;
    size_t len;
    bool escaped; /* it holds a backslash */
};

struct dict {
    const char *end;
    hone_dict_mode mode;
    const hone_wanted *wanted;
    hone_finds *finds;
    int depth;
    size_t path_len;
    char path[PATH_MAX_LEN];
    /* {"name": "loss", "value": 0.1} */
    struct text named;
    double named_value;
    bool has_named_value;
};

static const char *skip_blanks(const char *at, const char *end)
{
    while (at < end && hone_is_blank(*at))
        at++;
    return at;
}

/* `at` is behind the opening quote. Returns the byte after the closing one, or NULL. */
static const char *read_text(const char *at, const char *end, char quote,
                             struct text *text)
{
    *text = (struct text){.at = at};
    for (; at < end && *at != quote; at++) {
        if (*at == '\\') {
            text->escaped = true;
            at++;
        }
    }
    if (at >= end)
        return NULL;
    text->len = (size_t)(at - text->at);
    return at + 1;
}

static int read_hex(const char *at, size_t len)
{
    int code = 0;
    if (len < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        char lower = (char)(at[i] | 0x20);
        bool letter = lower >= 'a' && lower <= 'f';
        if (!letter && !(at[i] >= '0' && at[i] <= '9'))
            return -1;
        code = code * 16 + (letter ? lower - 'a' + 10 : at[i] - '0');
    }
    return code;
}

/* Appends one byte of a name to the path, up to its ceiling. */
static void put_path(struct dict *dict, char byte)
{
    if (dict->path_len < PATH_MAX_LEN)
        dict->path[dict->path_len++] = byte;
}

/* Escapes of a key: \u002f and \/ are a slash; a code point outside ASCII is UTF-8. */
static void put_escaped(struct dict *dict, const struct text *key)
{
    for (size_t i = 0; i < key->len; i++) {
        if (key->at[i] != '\\' || i + 1 == key->len) {
            put_path(dict, key->at[i]);
            continue;
        }
        i++;
        int code = key->at[i] == 'u' ? read_hex(key->at + i + 1, key->len - i - 1) : -1;
        if (code < 0) {
            put_path(dict, key->at[i]);
            continue;
        }
        i += 4;
        if (code >= 0x800) {
            put_path(dict, (char)(0xe0 | code >> 12));
            put_path(dict, (char)(0x80 | (code >> 6 & 0x3f)));
        } else if (code >= 0x80) {
            put_path(dict, (char)(0xc0 | code >> 6));
        }
        put_path(dict, (char)(code >= 0x80 ? 0x80 | (code & 0x3f) : code));
    }
}

static void push_key(struct dict *dict, const struct text *key)
{
    if (dict->path_len > 0)
        put_path(dict, '.');
    if (key->escaped) {
        put_escaped(dict, key);
        return;
    }
    size_t room = PATH_MAX_LEN - dict->path_len;
    size_t len = key->len < room ? key->len : room;
    memcpy(dict->path + dict->path_len, key->at, len);
    dict->path_len += len;
}

static bool is_text(const struct text *text, const char *word)
{
    return text->len == strlen(word) && memcmp(text->at, word, text->len) == 0;
}

static bool is_timestamp(const struct text *key, double value)
{
    return value >= 1e9 && (memmem(key->at, key->len, "time", 4) != NULL ||
                            memmem(key->at, key->len, "date", 4) != NULL);
}

/* Whether the key counts steps; then its number is no metric. */
static bool take_step(struct dict *dict, const struct text *key,
                      const hone_number *number)
{
    int rank = hone_name_step_rank(key->at, key->len);
    if (rank == 0)
        return false;
    bool exact = number->whole || (dict->mode == HONE_DICT_METRICS && !number->special);
    if (exact)
        hone_finds_step(dict->finds, number->value, rank);
    return true;
}

static void add_number(struct dict *dict, const struct text *key,
                       const hone_number *number)
{
    if (dict->mode == HONE_DICT_NOTHING || key->len == 0)
        return;
    if (dict->depth == 1 && is_text(key, "value")) {
        dict->named_value = number->value;
        dict->has_named_value = true;
    }
    size_t keep = dict->path_len;
    push_key(dict, key);
    bool wanted = hone_wanted_has(dict->wanted, dict->path, dict->path_len);
    bool step = take_step(dict, key, number);
    bool stop = dict->mode == HONE_DICT_OUTPUT && (hone_name_is_stop(key->at, key->len) ||
                                                   is_timestamp(key, number->value));
    if (wanted || (!step && !stop)) {
        if (keep == 0 && !key->escaped)
            hone_finds_add(dict->finds, key->at, key->len, number->value);
        else
            hone_finds_add_copy(dict->finds, dict->path, dict->path_len, number->value);
    }
    dict->path_len = keep;
}

static const char *read_value(struct dict *dict, const char *at, const struct text *key);

/* Items of a list, whose names nobody knows: only skipped. */
static const char *read_list(struct dict *dict, const char *at, char closer)
{
    static const struct text no_key = {0};
    for (;;) {
        at = skip_blanks(at, dict->end);
        if (at < dict->end && *at == closer)
            return at + 1;
        at = read_value(dict, at, &no_key);
        if (at == NULL)
            return NULL;
        at = skip_blanks(at, dict->end);
        if (at < dict->end && *at == ',')
            at++;
        else if (at == dict->end || *at != closer)
            return NULL;
    }
}

/* The arguments of tensor(0.5, device='cuda:0'), up to the closing parenthesis. */
static const char *skip_arguments(const char *at, const char *end)
{
    int depth = 1;
    for (; at < end; at++) {
        if (*at == '(')
            depth++;
        if (*at == ')' && --depth == 0)
            return at + 1;
        if (*at == '{' || *at == '}')
            return NULL;
    }
    return NULL;
}

static bool is_bare(char byte)
{
    return hone_is_letter(byte) || hone_is_digit(byte) || byte == '.' || byte == '+' ||
           byte == '-';
}

/* 0.5, NaN, True, null, tensor(0.5). */
static const char *read_bare(struct dict *dict, const char *at, const struct text *key)
{
    const char *start = at;
    while (at < dict->end && is_bare(*at))
        at++;
    if (at == start)
        return NULL;
    hone_number number;
    if (at < dict->end && *at == '(') {
        const char *inner = skip_blanks(at + 1, dict->end);
        const char *after = skip_arguments(at + 1, dict->end);
        if (after != NULL && hone_number_scan(inner, after, &number) &&
            (*number.end == ')' || *number.end == ','))
            add_number(dict, key, &number);
        return after;
    }
    if (hone_number_scan(start, at, &number) && number.end == at)
        add_number(dict, key, &number);
    return at;
}

/* A number in quotes counts, too: "569.018", "nan". */
static const char *read_quoted(struct dict *dict, const char *at, const struct text *key)
{
    struct text text;
    at = read_text(at + 1, dict->end, *at, &text);
    if (at == NULL)
        return NULL;
    if (dict->depth == 1 && (is_text(key, "name") || is_text(key, "metric")))
        dict->named = text;
    hone_number number;
    const char *end = text.at + text.len;
    if (hone_number_scan(text.at, end, &number) && number.end == end)
        add_number(dict, key, &number);
    return at;
}

static const char *read_pairs(struct dict *dict, const char *at)
{
    for (;;) {
        struct text key;
        at = skip_blanks(at, dict->end);
        if (at < dict->end && *at == '}')
            return at + 1;
        if (at == dict->end || (*at != '"' && *at != '\''))
            return NULL;
        at = read_text(at + 1, dict->end, *at, &key);
        at = at != NULL ? skip_blanks(at, dict->end) : NULL;
        if (at == NULL || at == dict->end || *at != ':')
            return NULL;
        at = read_value(dict, skip_blanks(at + 1, dict->end), &key);
        at = at != NULL ? skip_blanks(at, dict->end) : NULL;
        if (at == NULL || at == dict->end || (*at != ',' && *at != '}'))
            return NULL;
        if (*at == ',')
            at++;
    }
}

/* A mapping inside a mapping: its key becomes the prefix of what it holds. */
static const char *read_mapping(struct dict *dict, const char *at, const struct text *key)
{
    size_t keep = dict->path_len;
    hone_dict_mode mode = dict->mode;
    if (mode == HONE_DICT_OUTPUT &&
        (hone_word_flags(key->at, key->len) & HONE_WORD_CONFIG) != 0)
        dict->mode = HONE_DICT_NOTHING;
    /* A mapping in a list has no name of its own, and neither has what it holds. */
    if (key->at == NULL && dict->depth > 1)
        dict->mode = HONE_DICT_NOTHING;
    if (key->len > 0 && !is_text(key, "metrics"))
        push_key(dict, key);
    at = read_pairs(dict, at + 1);
    dict->path_len = keep;
    dict->mode = mode;
    return at;
}

static const char *read_value(struct dict *dict, const char *at, const struct text *key)
{
    if (at >= dict->end || dict->depth == DEPTH_MAX)
        return NULL;
    if (*at == '"' || *at == '\'')
        return read_quoted(dict, at, key);
    if (*at != '{' && *at != '[' && *at != '(')
        return read_bare(dict, at, key);
    dict->depth++;
    const char *after = *at == '{' ? read_mapping(dict, at, key)
                                   : read_list(dict, at + 1, *at == '[' ? ']' : ')');
    dict->depth--;
    return after;
}

const char *hone_dict_scan(const char *at, const char *end, hone_dict_mode mode,
                           const hone_wanted *wanted, hone_finds *finds)
{
    assert(at < end && *at == '{');
    static const struct text no_key = {0};
    struct dict dict = {.end = end, .mode = mode, .wanted = wanted, .finds = finds};
    const hone_finds saved = *finds;
    uint32_t before = finds->n;
    const char *after = read_value(&dict, at, &no_key);
    if (after == NULL) {
        finds->n = before;
        finds->has_step = saved.has_step;
        finds->rank = saved.rank;
        finds->step = saved.step;
        return NULL;
    }
    assert(dict.depth == 0 && dict.path_len == 0);
    if (dict.named.len > 0 && dict.has_named_value) {
        finds->n = before;
        push_key(&dict, &dict.named);
        hone_finds_add_copy(finds, dict.path, dict.path_len, dict.named_value);
    }
    return after;
}
