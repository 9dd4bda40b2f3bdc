/* The canonical identity of a configuration: XXH3-128 of a canonical encoding.
 *
 * Each parameter is hashed with its name, and the hashes are added up: a sum does not
 * know an order, so neither the order of parameters nor that of a mapping's keys matters,
 * and nothing has to be sorted or allocated. Encoding of a value: a tag byte, then BOOL
 * one byte                      TEXT  length, bytes INT   8 bytes, also of a real that an
 * int64 equals REAL  8 bytes; every NaN is one     LIST  length, values MAP   length, the
 * sum of the hashes of its pairs (key as TEXT, value) Numbers are little-endian. The
 * encoding is part of the record: it must not change. */
#include <hone/space.h>

#include <assert.h>
#include <math.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

enum tag {
    TAG_NULL = 'n',
    TAG_BOOL = 'b',
    TAG_INT = 'i',
    TAG_REAL = 'r',
    TAG_TEXT = 't',
    TAG_LIST = 'l',
    TAG_MAP = 'm'
};

static void add_bytes(XXH3_state_t *state, const void *bytes, size_t len)
{
    XXH3_128bits_update(state, bytes, len); /* fails for NULL only */
}

static void add_number(XXH3_state_t *state, uint64_t number)
{
    unsigned char bytes[8];
    for (int i = 0; i < 8; i++) {
        bytes[i] = (unsigned char)(number >> (8 * i));
    }
    add_bytes(state, bytes, sizeof bytes);
}

static void add_tag(XXH3_state_t *state, enum tag tag)
{
    unsigned char byte = (unsigned char)tag;
    add_bytes(state, &byte, 1);
}

static void add_text(XXH3_state_t *state, const char *text, size_t len)
{
    add_tag(state, TAG_TEXT);
    add_number(state, len);
    add_bytes(state, text, len);
}

static void add_real(XXH3_state_t *state, double real)
{
    if (real >= -0x1p63 && real < 0x1p63 && nearbyint(real) == real) {
        add_tag(state, TAG_INT);
        add_number(state, (uint64_t)(int64_t)real);
        return;
    }
    uint64_t bits;
    memcpy(&bits, &real, sizeof bits);
    add_tag(state, TAG_REAL);
    add_number(state, isnan(real) ? UINT64_C(0x7ff8000000000000) : bits);
}

static hone_identity add_identities(hone_identity a, XXH128_hash_t b)
{
    uint64_t low = a.low + b.low64;
    return (hone_identity){.low = low, .high = a.high + b.high64 + (low < a.low)};
}

static void add_value(XXH3_state_t *state, const hone_value *value);

static XXH128_hash_t hash_pair(const char *key, const hone_value *value)
{
    XXH3_state_t state;
    XXH3_128bits_reset(&state);
    add_text(&state, key, strlen(key));
    add_value(&state, value);
    return XXH3_128bits_digest(&state);
}

static void add_map(XXH3_state_t *state, const hone_value *map)
{
    hone_identity sum = {0, 0};
    for (uint32_t i = 0; i < map->n; i++) {
        sum = add_identities(sum, hash_pair(map->pairs[i].key, &map->pairs[i].value));
    }
    add_tag(state, TAG_MAP);
    add_number(state, map->n);
    add_number(state, sum.low);
    add_number(state, sum.high);
}

static void add_value(XXH3_state_t *state, const hone_value *value)
{
    switch (value->kind) {
    case HONE_ABSENT:
        assert(value->kind != HONE_ABSENT);
        break;
    case HONE_NULL:
        add_tag(state, TAG_NULL);
        break;
    case HONE_BOOL:
        add_tag(state, TAG_BOOL);
        add_bytes(state, value->boolean ? "\1" : "\0", 1);
        break;
    case HONE_INT:
        add_tag(state, TAG_INT);
        add_number(state, (uint64_t)value->integer);
        break;
    case HONE_REAL:
        add_real(state, value->real);
        break;
    case HONE_TEXT:
        add_text(state, value->text, value->n);
        break;
    case HONE_LIST:
        add_tag(state, TAG_LIST);
        add_number(state, value->n);
        for (uint32_t i = 0; i < value->n; i++) {
            add_value(state, &value->items[i]);
        }
        break;
    case HONE_MAP:
        add_map(state, value);
        break;
    }
}

hone_identity hone_config_identity(const hone_space *space, const hone_config *config)
{
    assert(config->n == space->n);
    hone_identity sum = {0, 0};
    for (uint32_t i = 0; i < space->n; i++) {
        if (config->values[i].kind != HONE_ABSENT) {
            sum =
                add_identities(sum, hash_pair(space->params[i].name, &config->values[i]));
        }
    }
    return sum;
}
