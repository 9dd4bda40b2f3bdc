/* What a byte of output is to the dialects; the same in every locale. */
#ifndef HONE_OUTPUT_BYTES_H
#define HONE_OUTPUT_BYTES_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>

enum {
    HONE_BYTE_DIGIT = 1,
    HONE_BYTE_LETTER = 2,     /* A-Z a-z */
    HONE_BYTE_HIGH = 4,       /* outside ASCII */
    HONE_BYTE_BLANK = 8,      /* space, tab */
    HONE_BYTE_TOKEN_END = 16, /* ends what is skipped with a number that is none */
    HONE_BYTE_NAME_END = 32,  /* stands before a name */
    HONE_BYTE_VALUE_END = 64, /* stands behind a value */
    HONE_BYTE_IN_NAME = 128,  /* . - / @ # ' */
    HONE_BYTE_UNDERSCORE = 256,
    HONE_BYTE_HIDES = 512, /* no number begins behind it: word bytes, @ # $ */
    /* val/loss, top-1, Acc@1, valid_0's */
    HONE_BYTES_IN_NAMES = HONE_BYTE_DIGIT | HONE_BYTE_LETTER | HONE_BYTE_UNDERSCORE |
                          HONE_BYTE_HIGH | HONE_BYTE_IN_NAME
};

extern const unsigned short hone_byte_class[256];

static inline bool hone_is_byte(char byte, unsigned classes)
{
    return (hone_byte_class[(unsigned char)byte] & classes) != 0;
}

static inline bool hone_is_digit(char byte)
{
    return hone_is_byte(byte, HONE_BYTE_DIGIT);
}

/* A letter or an underscore. */
static inline bool hone_is_letter(char byte)
{
    return hone_is_byte(byte, HONE_BYTE_LETTER | HONE_BYTE_UNDERSCORE);
}

static inline bool hone_is_blank(char byte)
{
    return hone_is_byte(byte, HONE_BYTE_BLANK);
}

static inline bool hone_is_line_end(char byte)
{
    return byte == '\n' || byte == '\r';
}

/* A letter, a digit, an underscore, or outside ASCII. */
static inline bool hone_is_word(char byte)
{
    return hone_is_byte(byte, HONE_BYTE_DIGIT | HONE_BYTE_LETTER | HONE_BYTE_UNDERSCORE |
                                  HONE_BYTE_HIGH);
}

static inline bool hone_is_sign(char byte)
{
    return byte == '-' || byte == '+';
}

static inline bool hone_is_quote(char byte)
{
    return byte == '"' || byte == '\'';
}

static inline size_t hone_text_len(const char *start, const char *end)
{
    assert(start <= end);
    return (size_t)(end - start);
}

#endif
