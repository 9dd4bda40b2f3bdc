#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <hone/buf.h>
#include <hone/error.h>

#include "base/arena.h"
#include "base/utf8.h"

static void test_buffer_grows(void **state)
{
    (void)state;
    hone_buf buf;
    hone_buf_init(&buf, 1000);
    assert_string_equal(hone_buf_text(&buf), "");
    hone_buf_puts(&buf, "");
    hone_buf_add(&buf, NULL, 0);
    assert_null(buf.data);
    hone_buf_puts(&buf, "one");
    hone_buf_putc(&buf, ',');
    hone_buf_add(&buf, "t\0wo", 4);
    hone_buf_printf(&buf, "[%d %s]", 42, "x");
    assert_int_equal(hone_buf_status(&buf), 0);
    assert_int_equal(buf.len, 14);
    assert_memory_equal(buf.data, "one,t\0wo[42 x]", 15);
    for (int i = 0; i < 500; i++)
        hone_buf_putc(&buf, 'a');
    assert_int_equal(buf.len, 514);
    assert_int_equal(strlen(buf.data + 8), 506);
    hone_buf_truncate(&buf, 3);
    assert_string_equal(hone_buf_text(&buf), "one");
    hone_buf_release(&buf);
    assert_null(buf.data);
    assert_int_equal(buf.max, 1000);
}

static void test_buffer_reserves(void **state)
{
    (void)state;
    hone_buf buf;
    hone_buf_init(&buf, 1000);
    assert_int_equal(hone_buf_reserve(&buf, 1000), 0);
    const char *data = buf.data;
    for (int i = 0; i < 1000; i++)
        hone_buf_putc(&buf, 'a');
    assert_ptr_equal(buf.data, data);
    assert_int_equal(buf.len, 1000);
    assert_int_equal(hone_buf_reserve(&buf, 1), HONE_ELIMIT);
    assert_int_equal(hone_buf_status(&buf), HONE_ELIMIT);
    hone_buf_release(&buf);
}

static void test_buffer_printf_longer_than_room(void **state)
{
    (void)state;
    hone_buf buf;
    hone_buf_init(&buf, 1000);
    hone_buf_printf(&buf, "%s", "");
    assert_string_equal(hone_buf_text(&buf), "");
    hone_buf_printf(&buf, "%0200d", 7);
    assert_int_equal(buf.len, 200);
    hone_buf_printf(&buf, "%0800d", 7);
    assert_int_equal(buf.len, 1000);
    assert_int_equal(buf.data[999], '7');
    hone_buf_release(&buf);
}

static void test_buffer_ceiling_is_sticky(void **state)
{
    (void)state;
    hone_buf buf;
    hone_buf_init(&buf, 5);
    hone_buf_puts(&buf, "12345");
    assert_int_equal(hone_buf_status(&buf), 0);
    hone_buf_putc(&buf, '6');
    assert_int_equal(hone_buf_status(&buf), HONE_ELIMIT);
    assert_string_equal(hone_buf_text(&buf), "12345");
    hone_buf_reset(&buf);
    hone_buf_printf(&buf, "%s", "1234567");
    assert_int_equal(hone_buf_status(&buf), HONE_ELIMIT);
    assert_string_equal(hone_buf_text(&buf), "");
    hone_buf_puts(&buf, "1"); /* fits, but the buffer has failed */
    assert_int_equal(buf.len, 0);
    hone_buf_reset(&buf);
    hone_buf_puts(&buf, "1");
    assert_int_equal(hone_buf_status(&buf), 0);
    assert_string_equal(hone_buf_text(&buf), "1");
    hone_buf_release(&buf);
    hone_buf_init(&buf, 0);
    hone_buf_putc(&buf, 'a');
    assert_int_equal(hone_buf_status(&buf), HONE_ELIMIT);
    hone_buf_release(&buf);
    hone_buf_init(&buf, SIZE_MAX);
    hone_buf_add(&buf, "x", SIZE_MAX);
    assert_int_equal(hone_buf_status(&buf), HONE_ELIMIT);
    hone_buf_release(&buf);
}

static void test_arena_gives_zeroed_aligned_memory(void **state)
{
    (void)state;
    hone_arena arena;
    hone_arena_init(&arena, 1 << 20);
    unsigned char *last = NULL;
    for (size_t size = 0; size < 3000; size += 7) {
        unsigned char *bytes = hone_arena_alloc(&arena, size);
        assert_non_null(bytes);
        assert_ptr_not_equal(bytes, last);
        assert_int_equal((uintptr_t)bytes % _Alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(bytes[i], 0);
        memset(bytes, 0xAA, size);
        last = bytes;
    }
    assert_string_equal(hone_arena_copy(&arena, "text and more", 4), "text");
    assert_string_equal(hone_arena_copy(&arena, NULL, 0), "");
    hone_arena_release(&arena);
    assert_int_equal(arena.used, 0);
}

static void test_arena_has_a_ceiling(void **state)
{
    (void)state;
    hone_arena arena;
    hone_arena_init(&arena, 64);
    assert_non_null(hone_arena_alloc(&arena, 33));
    assert_null(hone_arena_alloc(&arena, 17));
    assert_non_null(hone_arena_alloc(&arena, 16));
    assert_null(hone_arena_alloc(&arena, 1));
    assert_null(hone_arena_copy(&arena, "", 0));
    assert_null(hone_arena_alloc(&arena, SIZE_MAX));
    hone_arena_release(&arena);
    hone_arena_init(&arena, SIZE_MAX);
    assert_null(hone_arena_alloc(&arena, SIZE_MAX - 8));
    hone_arena_release(&arena);
}

static void test_error_names_and_texts(void **state)
{
    (void)state;
    assert_string_equal(hone_error_name(HONE_ENOMEM), "HONE_ENOMEM");
    assert_string_equal(hone_error_name(HONE_ESPAWN), "HONE_ESPAWN");
    assert_null(hone_error_name(0));
    assert_null(hone_error_name(-99));
    assert_string_equal(hone_error_text(HONE_ESYNTAX), "syntax error");
    assert_string_equal(hone_error_text(12345), "unknown error");
    assert_int_equal(HONE_ESPAWN, -16);
}

static void test_error_is_one_line(void **state)
{
    (void)state;
    hone_error err;
    assert_int_equal(hone_error_set(NULL, HONE_EIO, "x"), HONE_EIO);
    assert_int_equal(hone_error_set(&err, HONE_EIO, "a\nb\x1b[31m %d", 7), HONE_EIO);
    assert_int_equal(err.code, HONE_EIO);
    assert_string_equal(err.text, "a b?[31m 7");
    assert_int_equal(hone_error_set(&err, HONE_ESPEC, "lr: %s", err.text), HONE_ESPEC);
    assert_string_equal(err.text, "lr: a b?[31m 7");
}

static void test_error_is_cut_at_a_whole_character(void **state)
{
    (void)state;
    static const char *const last[] = {"\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"};
    for (size_t c = 0; c < 3; c++) {
        for (size_t before = 494; before <= 499; before++) {
            char text[600];
            hone_error err;
            memset(text, 'a', before);
            snprintf(text + before, sizeof text - before, "%s%s", last[c], "bbbbbbbb");
            hone_error_set(&err, HONE_EIO, "%s", text);
            size_t len = strlen(err.text), width = strlen(last[c]);
            assert_int_equal(len, before + width <= 499 ? 499 : before);
            assert_memory_equal(err.text, text, len);
        }
    }
}

static void test_utf8_is_decoded_or_refused(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len, width;
        int32_t code;
    } cases[] = {
        {"a", 1, 1, 'a'},
        {"\0", 1, 1, 0},
        {"\xC3\xA9", 2, 2, 0xE9},
        {"\xE2\x82\xAC", 3, 3, 0x20AC},
        {"\xEF\xBF\xBD", 3, 3, 0xFFFD},
        {"\xF0\x9F\x98\x80", 4, 4, 0x1F600},
        {"\xF4\x8F\xBF\xBF", 4, 4, 0x10FFFF},
        {"\x80", 1, 1, -1},             /* no lead */
        {"\xC0\x80", 2, 1, -1},         /* overlong */
        {"\xE0\x80\x80", 3, 1, -1},     /* overlong */
        {"\xF0\x80\x80\x80", 4, 1, -1}, /* overlong */
        {"\xED\xA0\x80", 3, 1, -1},     /* surrogate */
        {"\xF4\x90\x80\x80", 4, 1, -1}, /* above U+10FFFF */
        {"\xF5\x80\x80\x80", 4, 1, -1},
        {"\xFF", 1, 1, -1},
        {"\xC3", 1, 1, -1}, /* cut */
        {"\xE2\x82", 2, 2, -1},
        {"\xE2\x82x", 3, 2, -1},
        {"\xF0\x9F\x98", 3, 3, -1},
        {"\xF0\x9Fx", 3, 2, -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int32_t code = -2;
        size_t width = hone_utf8_decode(cases[i].bytes, cases[i].len, &code);
        if (width != cases[i].width || code != cases[i].code)
            fail_msg("case %zu: width %zu, code %d", i, width, code);
    }
}

static void test_printable_is_pythons(void **state)
{
    (void)state;
    static const int32_t kept[] = {
        ' ',    '~',    0xA1,   0xAC, 0xAE, 0x416, 0x20AC, 0x3042, 0xE000 - 0x800 - 1,
        0xF900, 0xFFFD, 0x1F600};
    static const int32_t hidden[] = {0,      '\n',   0x1F,    0x7F,    0x85,
                                     0xA0,   0xAD,   0x200B,  0x2028,  0x3000,
                                     0xE000, 0xFEFF, 0xE0001, 0x10FFFF};
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        assert_true(hone_utf8_printable(kept[i]));
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
        assert_false(hone_utf8_printable(hidden[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_buffer_grows),
        cmocka_unit_test(test_buffer_reserves),
        cmocka_unit_test(test_buffer_printf_longer_than_room),
        cmocka_unit_test(test_buffer_ceiling_is_sticky),
        cmocka_unit_test(test_arena_gives_zeroed_aligned_memory),
        cmocka_unit_test(test_arena_has_a_ceiling),
        cmocka_unit_test(test_error_names_and_texts),
        cmocka_unit_test(test_error_is_one_line),
        cmocka_unit_test(test_error_is_cut_at_a_whole_character),
        cmocka_unit_test(test_utf8_is_decoded_or_refused),
        cmocka_unit_test(test_printable_is_pythons),
    };
    return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
