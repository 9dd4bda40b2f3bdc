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
    INNER = HONE_BYTE_IN_NAME,
    HIDES = HONE_BYTE_HIDES
};

/* clang-format off */
const unsigned short hone_byte_class[256] = {
    /* control bytes end everything: backspaces of progress bars, NUL */
    [0 ... 8] = TOKEN | NAME | VALUE,
    [10 ... 31] = TOKEN | NAME | VALUE,
    ['\t'] = BLANK | TOKEN | NAME | VALUE,
    [' '] = BLANK | TOKEN | NAME,
    ['0' ... '9'] = DIGIT | HIDES,
    ['A' ... 'Z'] = LETTER | HIDES,
    ['a' ... 'z'] = LETTER | HIDES,
    ['_'] = HONE_BYTE_UNDERSCORE | HIDES,
    [0x80 ... 0xff] = HIGH | HIDES,
    [','] = TOKEN | NAME | VALUE, [';'] = TOKEN | NAME | VALUE,
    [')'] = TOKEN | NAME | VALUE, [']'] = TOKEN | NAME | VALUE,
    ['}'] = TOKEN | NAME | VALUE, ['|'] = TOKEN | NAME | VALUE,
    ['"'] = TOKEN | NAME | VALUE, ['\''] = TOKEN | VALUE | INNER,
    ['('] = TOKEN | NAME, ['['] = TOKEN | NAME, ['{'] = TOKEN | NAME,
    ['='] = TOKEN | NAME, ['`'] = NAME, ['<'] = NAME, ['>'] = NAME,
    ['&'] = NAME, ['?'] = NAME, [':'] = NAME,
    ['.'] = INNER, ['-'] = INNER, ['/'] = INNER, ['@'] = INNER | HIDES,
    ['#'] = INNER | HIDES, ['$'] = HIDES,
};
/* clang-format on */
