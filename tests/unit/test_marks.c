/* Marks: both versions find every beginning, wherever it lies in a block. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include <strings.h>

#include "random.h"

#include "output/marks.h"

static bool is_marked(const char *at)
{
    bool digit = *at >= '0' && *at <= '9', before = at[-1] >= '0' && at[-1] <= '9';
    return (digit && !before) || *at == '{' || *at == 0x1b ||
           strncasecmp(at - 2, "nan", 3) == 0 || strncasecmp(at - 2, "inf", 3) == 0;
}

static void check_marks(hone_marks_fn mark, const char *bytes, size_t len, bool *exact)
{
    uint16_t marks[HONE_MARKS_ROOM];
    size_t n = mark(bytes, len, marks), k = 0;
    for (size_t i = 0; i < n; i++) {
        assert_true(marks[i] < len);
        assert_true(i == 0 || marks[i] > marks[i - 1]);
    }
    for (size_t at = 0; at < len; at++) {
        while (k < n && marks[k] < at)
            k++;
        bool marked = k < n && marks[k] == at;
        assert_true(marked || !is_marked(bytes + at));
        *exact = *exact && marked == is_marked(bytes + at);
    }
}

static void marks_every_beginning(void **state)
{
    (void)state;
    static const char often[] = "0189/:nNaAiIfF{\x1b .-\n";
    char bytes[HONE_MARKS_BEFORE + HONE_MARKS_BLOCK + 1] = {0};
    bool exact = true, ignored = true;
    for (uint64_t seed = 0; seed < 300; seed++) {
        struct random random = {seed};
        uint32_t share = 1 + draw(&random, 10);
        size_t len = HONE_MARKS_STEP * (1 + draw(&random, HONE_MARKS_BLOCK / 64));
        for (size_t i = 0; i < HONE_MARKS_BEFORE + len; i++)
            bytes[i] = draw(&random, 10) < share ? often[draw(&random, sizeof(often) - 1)]
                                                 : (char)draw(&random, 256);
        check_marks(hone_marks_plain, bytes + HONE_MARKS_BEFORE, len, &exact);
        check_marks(hone_marks_choose(), bytes + HONE_MARKS_BEFORE, len, &ignored);
    }
    assert_true(exact);
    memset(bytes, '{', sizeof(bytes)); /* as many as there can be */
    check_marks(hone_marks_plain, bytes + HONE_MARKS_BEFORE, HONE_MARKS_BLOCK, &exact);
    check_marks(hone_marks_choose(), bytes + HONE_MARKS_BEFORE, HONE_MARKS_BLOCK, &exact);
    assert_true(exact);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(marks_every_beginning)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
