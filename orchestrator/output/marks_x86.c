/* Marks by AVX2, 64 bytes at a time; without it as on any machine. */
#include "output/marks.h"

#include <assert.h>
#include <immintrin.h>
#include <stdbool.h>

#include "base/banned.h"

#define WITH_AVX2 __attribute__((target("avx2,bmi,bmi2,popcnt")))

/* For each of nan's and inf's letters, by the low half of a byte: bit 0 where it may be
 * nan's, bit 1 where it may be inf's. A byte that only shares that half is let through:
 * three in a row that do are rare. */
enum { NAN_BIT = 1, INF_BIT = 2 };

WITH_AVX2 static inline __m256i load32(const char *at)
{
    return _mm256_loadu_si256((const __m256i *)at);
}

WITH_AVX2 static inline __m256i find_digits(__m256i bytes)
{
    /* 0 to 9 become the ten highest of the signed values */
    __m256i moved = _mm256_add_epi8(bytes, _mm256_set1_epi8(127 - '9'));
    return _mm256_cmpgt_epi8(moved, _mm256_set1_epi8(127 - 10));
}

WITH_AVX2 static inline __m256i look_up(__m256i table, __m256i bytes)
{
    return _mm256_shuffle_epi8(table, bytes);
}

/* A table of sixteen entries, all 0 but two. */
#define TABLE_OF_TWO(at_a, a, at_b, b)                                                   \
    _mm256_broadcastsi128_si256(_mm_set_epi64x(                                          \
        (long long)(((at_a) >= 8 ? (uint64_t)(a) << ((at_a) % 8 * 8) : 0) |              \
                    ((at_b) >= 8 ? (uint64_t)(b) << ((at_b) % 8 * 8) : 0)),              \
        (long long)(((at_a) < 8 ? (uint64_t)(a) << ((at_a) % 8 * 8) : 0) |               \
                    ((at_b) < 8 ? (uint64_t)(b) << ((at_b) % 8 * 8) : 0))))

WITH_AVX2 static inline __m256i find_others(const char *at, __m256i bytes)
{
    const __m256i firsts = TABLE_OF_TWO('n' & 15, NAN_BIT, 'i' & 15, INF_BIT);
    const __m256i seconds = TABLE_OF_TWO('a' & 15, NAN_BIT, 'n' & 15, INF_BIT);
    const __m256i thirds = TABLE_OF_TWO('n' & 15, NAN_BIT, 'f' & 15, INF_BIT);
    __m256i special = _mm256_and_si256(look_up(thirds, bytes),
                                       _mm256_and_si256(look_up(seconds, load32(at - 1)),
                                                        look_up(firsts, load32(at - 2))));
    __m256i brace = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('{'));
    __m256i esc = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(0x1b));
    return _mm256_or_si256(_mm256_cmpgt_epi8(special, _mm256_setzero_si256()),
                           _mm256_or_si256(brace, esc));
}

WITH_AVX2 static inline uint64_t gather64(__m256i low, __m256i high)
{
    return (uint32_t)_mm256_movemask_epi8(low) |
           (uint64_t)(uint32_t)_mm256_movemask_epi8(high) << 32;
}

/* Four are written whether there are so many or not: that costs less than a branch for
 * each that nobody can foretell. */
WITH_AVX2 static inline size_t put_marks(uint64_t found, size_t base, uint16_t *marks)
{
    size_t n = (size_t)__builtin_popcountll(found);
    for (size_t i = 0; i < 4; i++) {
        marks[i] = (uint16_t)(base + _tzcnt_u64(found));
        found = _blsr_u64(found);
    }
    for (size_t i = 4; i < n; i++) {
        marks[i] = (uint16_t)(base + _tzcnt_u64(found));
        found = _blsr_u64(found);
    }
    return n;
}

WITH_AVX2 static size_t mark_avx2(const char *bytes, size_t len, uint16_t *marks)
{
    assert(len % HONE_MARKS_STEP == 0 && len <= HONE_MARKS_BLOCK);
    size_t n = 0;
    uint64_t last = bytes[-1] >= '0' && bytes[-1] <= '9'; /* a digit before the first */
    for (size_t at = 0; at < len; at += HONE_MARKS_STEP) {
        __m256i low = load32(bytes + at), high = load32(bytes + at + 32);
        uint64_t digits = gather64(find_digits(low), find_digits(high));
        uint64_t others =
            gather64(find_others(bytes + at, low), find_others(bytes + at + 32, high));
        n += put_marks((digits & ~(digits << 1 | last)) | others, at, marks + n);
        last = digits >> 63;
    }
    return n;
}

hone_marks_fn hone_marks_choose(void)
{
    bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
                __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt");
    return avx2 ? mark_avx2 : hone_marks_plain;
}
