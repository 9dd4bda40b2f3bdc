/* Codes have names and texts; a message is one line that no terminal takes for a command
 * and that ends with a whole character. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <hone/error.h>

static void test_codes(void **state)
{
    (void)state;
    static const struct {
        int code;
        const char *name, *text;
    } codes[] = {
#define XX(name, number, text) {HONE_E##name, "HONE_E" #name, text},
        HONE_ERROR_MAP(XX)
#undef XX
    };
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        assert_int_equal(codes[i].code, -(int)(i + 1)); /* the ABI has no gaps */
        assert_string_equal(hone_error_name(codes[i].code), codes[i].name);
        assert_string_equal(hone_error_text(codes[i].code), codes[i].text);
    }
    assert_null(hone_error_name(-1000));
    assert_null(hone_error_name(1));
    assert_string_equal(hone_error_text(HONE_OK), "no error");
    assert_string_equal(hone_error_text(-1000), "unknown error");
}

static void test_one_line(void **state)
{
    (void)state;
    hone_error err = {0};
    assert_int_equal(hone_error_set(&err, HONE_EIO, "a\nb\tc\x1b[31m\x7f\xc3\xa9\x01"),
                     HONE_EIO);
    assert_int_equal(err.code, HONE_EIO);
    assert_string_equal(err.text, "a b c?[31m?\xc3\xa9?");
    assert_int_equal(hone_error_set(NULL, HONE_ERANGE, "x"), HONE_ERANGE);
    /* Its own text may be quoted in it. */
    hone_error_set(&err, HONE_EIO, "first");
    hone_error_set(&err, HONE_EIO, "second, after %s", err.text);
    assert_string_equal(err.text, "second, after first");
}

/* Characters of 1 to 4 bytes, moved by a byte each time, so that each is cut everywhere.
 */
static void test_cut_at_a_character(void **state)
{
    (void)state;
    static const char *const characters[] = {"x", "\xc3\xa9", "\xe2\x82\xac",
                                             "\xf0\x9f\x98\x80"};
    for (size_t i = 0; i < 4; i++) {
        size_t width = strlen(characters[i]);
        for (size_t shift = 0; shift < 4; shift++) {
            hone_error err;
            char long_text[1200];
            memset(long_text, 'a', shift);
            for (size_t at = shift; at < sizeof long_text; at++)
                long_text[at] = characters[i][(at - shift) % width];
            long_text[sizeof long_text - 1] = '\0';
            hone_error_set(&err, HONE_EIO, "%s", long_text);
            size_t room = sizeof err.text - 1;
            assert_int_equal(strlen(err.text), room - (room - shift) % width);
            assert_memory_equal(err.text, long_text, strlen(err.text));
        }
    }
}

/* What never was UTF-8 is cut at the byte. */
static void test_cut_of_broken_text(void **state)
{
    (void)state;
    char text[1000];
    hone_error err;
    memset(text, '\x80', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    hone_error_set(&err, HONE_EIO, "%s", text);
    assert_int_equal(strlen(err.text), sizeof err.text - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_codes),
        cmocka_unit_test(test_one_line),
        cmocka_unit_test(test_cut_at_a_character),
        cmocka_unit_test(test_cut_of_broken_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
