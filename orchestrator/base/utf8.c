#include "base/utf8.h"

#include <assert.h>

#include "base/banned.h"

/* The range that the second byte may have excludes overlong forms, surrogates and what
 * lies above U+10FFFF (Unicode standard, table 3-7). */
static size_t sequence_shape(unsigned char lead, unsigned char *low, unsigned char *high)
{
    *low = 0x80;
    *high = 0xBF;
    if (lead >= 0xC2 && lead <= 0xDF)
        return 2;
    if (lead >= 0xE0 && lead <= 0xEF) {
        if (lead == 0xE0)
            *low = 0xA0;
        if (lead == 0xED)
            *high = 0x9F;
        return 3;
    }
    if (lead >= 0xF0 && lead <= 0xF4) {
        if (lead == 0xF0)
            *low = 0x90;
        if (lead == 0xF4)
            *high = 0x8F;
        return 4;
    }
    return 0;
}

size_t hone_utf8_decode(const char *text, size_t len, int32_t *code)
{
    assert(len >= 1);
    const unsigned char *bytes = (const unsigned char *)text;
    if (bytes[0] < 0x80) {
        *code = bytes[0];
        return 1;
    }
    *code = -1;
    unsigned char low, high;
    size_t width = sequence_shape(bytes[0], &low, &high);
    if (width == 0)
        return 1;
    int32_t bits = bytes[0] & (0x7F >> width);
    for (size_t i = 1; i < width; i++) {
        if (i == len || bytes[i] < low || bytes[i] > high)
            return i;
        bits = bits * 64 + (bytes[i] & 0x3F);
        low = 0x80;
        high = 0xBF;
    }
    *code = bits;
    return width;
}

bool hone_utf8_printable(int32_t code)
{
    static const struct {
        int32_t first, last;
    } hidden[] = {
        {0x00, 0x1F},       {0x7F, 0xA0},       {0xAD, 0xAD},        {0x600, 0x605},
        {0x61C, 0x61C},     {0x6DD, 0x6DD},     {0x70F, 0x70F},      {0x890, 0x891},
        {0x8E2, 0x8E2},     {0x1680, 0x1680},   {0x180E, 0x180E},    {0x2000, 0x200F},
        {0x2028, 0x202F},   {0x205F, 0x2064},   {0x2066, 0x206F},    {0x3000, 0x3000},
        {0xD800, 0xF8FF},   {0xFEFF, 0xFEFF},   {0xFFF9, 0xFFFB},    {0x110BD, 0x110BD},
        {0x110CD, 0x110CD}, {0x13430, 0x1343F}, {0x1BCA0, 0x1BCA3},  {0x1D173, 0x1D17A},
        {0xE0001, 0xE0001}, {0xE0020, 0xE007F}, {0xF0000, 0x10FFFF},
    };
    assert(code >= 0);
    if (code >= 0x20 && code < 0x7F)
        return true;
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
        if (code <= hidden[i].last)
            return code < hidden[i].first;
    return false;
}
