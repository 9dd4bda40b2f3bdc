/* The classes of bytes. */
#include "output/bytes.h"

enum {
    DIGIT = HONE_BYTE_DIGIT,
    LETTER = HONE_BYTE_LETTER,
    HIGH = HONE_BYTE_HIGH,
    BLANK = HONE_BYTE_BLANK,
    TOKEN = HONE_BYTE_TOKEN_END,
    NAME = HONE_BYTE_NAME_END,
    VALUE = HONE_BYTE_VALUE_END,
    INNER = HONE_BYTE_IN_NAME
};

/* clang-format off */
const unsigned short hone_byte_class[256] = {
    /* control bytes end everything: backspaces of progress bars, NUL */
    [0 ... 8] = TOKEN | NAME | VALUE,
    [10 ... 31] = TOKEN | NAME | VALUE,
    ['\t'] = BLANK | TOKEN | NAME | VALUE,
    [' '] = BLANK | TOKEN | NAME,
    ['0' ... '9'] = DIGIT,
    ['A' ... 'Z'] = LETTER,
    ['a' ... 'z'] = LETTER,
    ['_'] = HONE_BYTE_UNDERSCORE,
    [0x80 ... 0xff] = HIGH,
    [','] = TOKEN | NAME | VALUE, [';'] = TOKEN | NAME | VALUE,
    [')'] = TOKEN | NAME | VALUE, [']'] = TOKEN | NAME | VALUE,
    ['}'] = TOKEN | NAME | VALUE, ['|'] = TOKEN | NAME | VALUE,
    ['"'] = TOKEN | NAME | VALUE, ['\''] = TOKEN | VALUE | INNER,
    ['('] = TOKEN | NAME, ['['] = TOKEN | NAME, ['{'] = TOKEN | NAME,
    ['='] = TOKEN | NAME, ['`'] = NAME, ['<'] = NAME, ['>'] = NAME,
    ['&'] = NAME, ['?'] = NAME, [':'] = NAME,
    ['.'] = INNER, ['-'] = INNER, ['/'] = INNER, ['@'] = INNER, ['#'] = INNER,
};
/* clang-format on */
