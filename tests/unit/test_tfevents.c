/* Event files of TensorBoard: checksums, and records byte for byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sinks/proto.h"
#include "sinks/tfevents.h"

/* The bytes as hexadecimal text. */
static const char *show(const hone_buf *buf)
{
    static char text[2000];
    for (size_t i = 0; i < buf->len && 2 * i + 3 < sizeof text; i++)
        snprintf(text + 2 * i, 3, "%02x", (unsigned char)buf->data[i]);
    text[2 * buf->len] = '\0';
    return text;
}

/* RFC 3720, B.4, and the check value of the catalogue of CRC parameters. */
static void checksums(void **state)
{
    (void)state;
    unsigned char zeros[32] = {0}, ones[32];
    memset(ones, 0xff, sizeof ones);
    assert_int_equal(hone_crc32c("123456789", 9), 0xe3069283U);
    assert_int_equal(hone_crc32c(zeros, 32), 0x8a9136aaU);
    assert_int_equal(hone_crc32c(ones, 32), 0x62a8ab43U);
    assert_int_equal(hone_crc32c("", 0), 0);
}

static void fields(void **state)
{
    (void)state;
    hone_buf out, inner;
    hone_buf_init(&out, 1000);
    hone_buf_init(&inner, 1000);
    hone_proto_varint(&out, 1, 300);
    hone_proto_varint(&out, 2, UINT64_MAX);
    hone_proto_double(&out, 3, 1);
    hone_proto_float(&out, 4, 0.5F);
    hone_proto_text(&inner, 16, "ab");
    hone_proto_message(&out, 5, &inner);
    assert_int_equal(hone_buf_status(&out), 0);
    assert_string_equal(show(&out), "08ac02"
                                    "10ffffffffffffffffff01"
                                    "19000000000000f03f"
                                    "250000003f"
                                    "2a0582010261"
                                    "62");
    assert_int_equal(inner.len, 0);
    hone_buf_release(&inner);
    hone_buf_release(&out);
}

static void records(void **state)
{
    (void)state;
    hone_buf out;
    hone_buf_init(&out, 1000);
    hone_tfevents_scalar(&out, 1, 3, "loss", 0.5);
    /* length 26, its checksum, wall_time, step, summary { value { tag simple_value } } */
    assert_int_equal(out.len, 12 + 26 + 4);
    assert_memory_equal(out.data, "\x1a\0\0\0\0\0\0\0", 8);
    hone_buf body;
    hone_buf_init(&body, 1000);
    hone_buf_add(&body, out.data + 12, 26);
    assert_string_equal(show(&body), "09000000000000f03f"
                                     "1003"
                                     "2a0d0a0b0a046c6f7373150000003f");
    hone_buf_release(&body);
    hone_buf_release(&out);
}

/* Memory that is out shows at the end, whatever was nested. */
static void too_much(void **state)
{
    (void)state;
    hone_buf out, inner;
    hone_buf_init(&out, 1000);
    hone_buf_init(&inner, 3);
    hone_proto_text(&inner, 1, "abcdef");
    hone_proto_message(&out, 1, &inner);
    assert_int_equal(hone_buf_status(&out), HONE_ELIMIT);
    hone_buf_release(&inner);
    hone_buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(checksums),
        cmocka_unit_test(fields),
        cmocka_unit_test(records),
        cmocka_unit_test(too_much),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
