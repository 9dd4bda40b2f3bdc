/* Values: made, compared, and typed from plain scalars; value_write.c writes them.
 *
 *   hone_value_int real bool text   hone_value_from_plain   hone_value_number  equal */
#include <hone/value.h>

#include <assert.h>
#include <math.h>
#include <string.h>

#include "model/number.h"
#include "base/banned.h"

hone_value hone_value_int(int64_t integer)
{
    return (hone_value){.kind = HONE_INT, .integer = integer};
}

hone_value hone_value_real(double real)
{
    return (hone_value){.kind = HONE_REAL, .real = real};
}

hone_value hone_value_bool(bool boolean)
{
    return (hone_value){.kind = HONE_BOOL, .boolean = boolean};
}

hone_value hone_value_text(const char *text)
{
    size_t len = strlen(text);
    uint32_t n = len < UINT32_MAX ? (uint32_t)len : UINT32_MAX;
    return (hone_value){.kind = HONE_TEXT, .n = n, .text = text};
}

bool hone_value_number(const hone_value *value, double *number)
{
    switch (value->kind) {
    case HONE_BOOL:
        *number = value->boolean ? 1 : 0;
        return true;
    case HONE_INT:
        *number = (double)value->integer;
        return true;
    case HONE_REAL:
        *number = value->real;
        return true;
    case HONE_ABSENT:
    case HONE_NULL:
    case HONE_TEXT:
    case HONE_LIST:
    case HONE_MAP:
        return false;
    }
    return false;
}

static bool is_number(hone_kind kind)
{
    return kind == HONE_INT || kind == HONE_REAL;
}

/* Exact, also where an int64 has more digits than a double. */
static bool equals_integer(double real, int64_t integer)
{
    return real >= -0x1p63 && real < 0x1p63 && real == floor(real) &&
           (int64_t)real == integer;
}

static bool equal_numbers(const hone_value *a, const hone_value *b)
{
    assert(is_number(a->kind) && is_number(b->kind));
    if (a->kind == HONE_INT && b->kind == HONE_INT)
        return a->integer == b->integer;
    if (a->kind == HONE_INT)
        return equals_integer(b->real, a->integer);
    if (b->kind == HONE_INT)
        return equals_integer(a->real, b->integer);
    return a->real == b->real || (isnan(a->real) && isnan(b->real));
}

static bool equal_at(const hone_value *a, const hone_value *b, int depth);

static bool equal_lists(const hone_value *a, const hone_value *b, int depth)
{
    if (a->n != b->n)
        return false;
    for (uint32_t i = 0; i < a->n; i++)
        if (!equal_at(&a->items[i], &b->items[i], depth))
            return false;
    return true;
}

/* The pair with this key; the search starts at `hint`, where it mostly is. */
static const hone_pair *find_pair(const hone_value *map, const char *key, uint32_t hint)
{
    for (uint32_t i = 0; i < map->n; i++) {
        const hone_pair *pair = &map->pairs[(hint + i) % map->n];
        if (strcmp(pair->key, key) == 0)
            return pair;
    }
    return NULL;
}

static bool equal_maps(const hone_value *a, const hone_value *b, int depth)
{
    if (a->n != b->n)
        return false;
    for (uint32_t i = 0; i < a->n; i++) {
        const hone_pair *other = find_pair(b, a->pairs[i].key, i);
        if (other == NULL || !equal_at(&a->pairs[i].value, &other->value, depth))
            return false;
    }
    return true;
}

static bool equal_at(const hone_value *a, const hone_value *b, int depth)
{
    if (is_number(a->kind) && is_number(b->kind))
        return equal_numbers(a, b);
    if (a->kind != b->kind || depth > HONE_VALUE_DEPTH)
        return false;
    switch (a->kind) {
    case HONE_ABSENT:
    case HONE_NULL:
        return true;
    case HONE_BOOL:
        return a->boolean == b->boolean;
    case HONE_TEXT:
        return a->n == b->n && memcmp(a->text, b->text, a->n) == 0;
    case HONE_LIST:
        return equal_lists(a, b, depth + 1);
    case HONE_MAP:
        return equal_maps(a, b, depth + 1);
    case HONE_INT:
    case HONE_REAL:
        break; /* compared above */
    }
    return false;
}

bool hone_value_equal(const hone_value *a, const hone_value *b)
{
    return equal_at(a, b, 0);
}

static bool is_one_of(const char *text, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(text, words[i]) == 0)
            return true;
    return false;
}

#define IS_ONE_OF(text, ...)                                                             \
    is_one_of(text, (const char *const[]){__VA_ARGS__},                                  \
              sizeof(const char *const[]){__VA_ARGS__} / sizeof(char *))

/* null, true and false, as YAML 1.2's core schema spells them. */
static bool read_word(const char *text, hone_value *value)
{
    if (IS_ONE_OF(text, "", "~", "null", "Null", "NULL"))
        *value = (hone_value){.kind = HONE_NULL};
    else if (IS_ONE_OF(text, "true", "True", "TRUE"))
        *value = hone_value_bool(true);
    else if (IS_ONE_OF(text, "false", "False", "FALSE"))
        *value = hone_value_bool(false);
    else
        return false;
    return true;
}

static bool read_special(const char *text, hone_value *value)
{
    const char *word = text[0] == '-' || text[0] == '+' ? text + 1 : text;
    if (IS_ONE_OF(word, ".inf", ".Inf", ".INF"))
        *value = hone_value_real(text[0] == '-' ? -INFINITY : INFINITY);
    else if (IS_ONE_OF(text, ".nan", ".NaN", ".NAN"))
        *value = hone_value_real(NAN);
    else
        return false;
    return true;
}

static int digit_of(char byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    if (byte >= 'a' && byte <= 'f')
        return byte - 'a' + 10;
    if (byte >= 'A' && byte <= 'F')
        return byte - 'A' + 10;
    return 16;
}

/* 0x1F and 0o17, with a sign as YAML 1.1 allows it. Too large for an int64: a real. */
static bool read_based(const char *text, hone_value *value)
{
    bool negative = text[0] == '-';
    const char *at = negative || text[0] == '+' ? text + 1 : text;
    if (at[0] != '0' || (at[1] != 'x' && at[1] != 'o') || at[2] == '\0')
        return false;
    int base = at[1] == 'x' ? 16 : 8;
    int64_t integer = 0;
    double real = 0;
    bool fits = true;
    for (at += 2; *at != '\0'; at++) {
        int digit = digit_of(*at);
        if (digit >= base)
            return false;
        real = real * base + digit;
        fits = fits && !__builtin_mul_overflow(integer, base, &integer) &&
               !__builtin_add_overflow(integer, negative ? -digit : digit, &integer);
    }
    *value = fits ? hone_value_int(integer) : hone_value_real(negative ? -real : real);
    return true;
}

static bool read_decimal(const char *text, hone_value *value)
{
    size_t len = strlen(text);
    int64_t integer;
    double real;
    if (hone_int_read(text, len, &integer)) {
        *value = hone_value_int(integer);
        return true;
    }
    /* hone_real_read takes the bare words inf and nan, which are text in YAML. */
    const char *at = text[0] == '-' || text[0] == '+' ? text + 1 : text;
    if (*at != '.' && (*at < '0' || *at > '9'))
        return false;
    if (!hone_real_read(text, len, &real))
        return false;
    *value = hone_value_real(real);
    return true;
}

hone_value hone_value_from_plain(const char *text)
{
    hone_value value;
    if (read_word(text, &value))
        return value;
    if (!read_special(text, &value) && !read_based(text, &value) &&
        !read_decimal(text, &value))
        return hone_value_text(text);
    value.spelling = text;
    return value;
}
