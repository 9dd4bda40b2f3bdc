/* Marks by the vector types of gcc and clang: sixteen bytes at a time. */
#include "output/marks.h"

#include <assert.h>
#include <endian.h>
#include <string.h>

#include "base/banned.h"

/* A comparison gives 0xff in each byte where it holds. */
typedef unsigned char bytes16 __attribute__((vector_size(16)));
typedef uint64_t words2 __attribute__((vector_size(16)));

static inline bytes16 load16(const char *at)
{
    bytes16 bytes;
    memcpy(&bytes, at, sizeof(bytes));
    return bytes;
}

/* The lowest bit of each byte, the first byte's lowest. */
static inline uint64_t gather_bits(uint64_t bytes)
{
    return ((le64toh(bytes) & 0x0101010101010101) * 0x0102040810204080) >> 56;
}

static inline uint64_t gather16(bytes16 bytes)
{
    words2 words = (words2)bytes;
    return gather_bits(words[0]) | gather_bits(words[1]) << 8;
}

static inline bytes16 find_starts(const char *at)
{
    bytes16 byte = load16(at), before = load16(at - 1);
    return (bytes16)(byte - '0' <= 9) & ~(bytes16)(before - '0' <= 9);
}

static inline bytes16 find_others(const char *at)
{
    bytes16 byte = load16(at), third = byte | 0x20;
    bytes16 second = load16(at - 1) | 0x20, first = load16(at - 2) | 0x20;
    bytes16 nan =
        (bytes16)(first == 'n') & (bytes16)(second == 'a') & (bytes16)(third == 'n');
    bytes16 inf =
        (bytes16)(first == 'i') & (bytes16)(second == 'n') & (bytes16)(third == 'f');
    return nan | inf | (bytes16)(byte == '{') | (bytes16)(byte == 0x1b);
}

size_t hone_marks_plain(const char *bytes, size_t len, uint16_t *marks)
{
    assert(len % HONE_MARKS_STEP == 0 && len <= HONE_MARKS_BLOCK);
    size_t n = 0;
    for (size_t at = 0; at < len; at += 16) {
        uint64_t found = gather16(find_starts(bytes + at) | find_others(bytes + at));
        for (; found != 0; found &= found - 1)
            marks[n++] = (uint16_t)(at + (unsigned)__builtin_ctzll(found));
    }
    return n;
}
