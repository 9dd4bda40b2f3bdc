/* Numbers as text, the same on every machine and in every locale.
 *
 *   hone_int_write  hone_int_read  hone_real_write  hone_real_read
 *
 * Writing a real: of 15, 16 and 17 significant digits the first that reads back as the
 * same double gives the digits (15 always suffice for what people write, 17 for every
 * double); subnormals start at one digit. The digits are then laid out as Python's repr
 * has them. Neither step sees the locale's decimal point: of printf's text only the
 * digits are taken, and strtod reads back the very text that printf wrote.
 *
 * Reading a real: the text is checked against the grammar here and rewritten as an
 * integer with an exponent, `12.5e3` as `125e2`, which strtod reads alike in every
 * locale. Short numbers skip strtod: an integer below 2^53 times or divided by an exact
 * power of ten is one rounding, so the result is the nearest double (Clinger, "How to
 * read floating point numbers accurately", 1990). */
#include <hone/value.h>

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/number.h"
#include "base/banned.h"

enum {
    MAX_DIGITS = 17,       /* that a double needs */
    PRINTED = 64,          /* "%.16e": a decimal point may take several bytes */
    READ_DIGITS = 800,     /* beyond 767 only "is anything left" matters */
    EXPONENT_CAP = 100000, /* far beyond what a double has */
    EXACT_POWER = 22       /* 10^22 is the largest exact power of ten */
};

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

size_t hone_int_write(int64_t integer, char text[static HONE_INT_TEXT])
{
    char digits[HONE_INT_TEXT];
    size_t n = 0, len = 0;
    uint64_t rest = integer < 0 ? 0 - (uint64_t)integer : (uint64_t)integer;
    do {
        digits[n++] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest != 0);
    if (integer < 0)
        text[len++] = '-';
    while (n > 0)
        text[len++] = digits[--n];
    text[len] = '\0';
    assert(len < HONE_INT_TEXT);
    return len;
}

bool hone_int_read(const char *text, size_t len, int64_t *integer)
{
    size_t i = len > 0 && (text[0] == '-' || text[0] == '+') ? 1 : 0;
    if (i == len)
        return false;
    int64_t result = 0;
    for (; i < len; i++) {
        if (!is_digit(text[i]))
            return false;
        int digit = text[0] == '-' ? '0' - text[i] : text[i] - '0';
        if (__builtin_mul_overflow(result, 10, &result) ||
            __builtin_add_overflow(result, digit, &result))
            return false;
    }
    *integer = result;
    return true;
}

/* 0.d1d2d3... * 10^point: significant digits without zeros at the end. */
struct decimal {
    char digits[MAX_DIGITS + 1];
    int n, point;
};

/* Takes the digits and the exponent out of what "%.*e" printed. */
static struct decimal scan_printed(const char *printed)
{
    struct decimal dec = {.n = 0};
    const char *at = printed;
    for (; *at != 'e'; at++)
        if (is_digit(*at) && dec.n < MAX_DIGITS)
            dec.digits[dec.n++] = *at;
    dec.point = atoi(at + 1) + 1;
    while (dec.n > 1 && dec.digits[dec.n - 1] == '0')
        dec.n--;
    return dec;
}

/* Adds one to the last digit of what "%.*e" printed. */
static void step_up_printed(char *printed)
{
    for (char *at = strchr(printed, 'e') - 1; at >= printed; at--) {
        if (is_digit(*at) && *at != '9') {
            (*at)++;
            return;
        }
        if (is_digit(*at))
            *at = '0';
    }
}

/* Prints `n` digits; whether they read back as `real`. Below a power of two the doubles
 * are twice as dense, so there the next decimal above may do where the nearest, below,
 * fails. */
static bool print_digits(double real, int n, char printed[static PRINTED])
{
    int exponent;
    snprintf(printed, PRINTED, "%.*e", n - 1, real);
    double back = strtod(printed, NULL);
    if (back < real && frexp(real, &exponent) == 0.5) {
        step_up_printed(printed);
        back = strtod(printed, NULL);
    }
    return back == real;
}

/* The shortest digits that read back as `real`, which is finite and above 0. */
static struct decimal find_shortest(double real)
{
    char printed[PRINTED];
    int n = real < DBL_MIN ? 1 : 15;
    while (!print_digits(real, n, printed) && n < MAX_DIGITS)
        n++;
    return scan_printed(printed);
}

static size_t put_zeros(char *text, int n)
{
    if (n <= 0)
        return 0;
    memset(text, '0', (size_t)n);
    return (size_t)n;
}

static size_t put_bytes(char *text, const char *bytes, int n)
{
    memcpy(text, bytes, (size_t)n);
    return (size_t)n;
}

/* 1e-05, 1.5e+16: at least two digits of exponent, always a sign. */
static size_t lay_out_exponent(const struct decimal *dec, char *text)
{
    size_t len = put_bytes(text, dec->digits, 1);
    if (dec->n > 1) {
        text[len++] = '.';
        len += put_bytes(text + len, dec->digits + 1, dec->n - 1);
    }
    int exponent = abs(dec->point - 1);
    text[len++] = 'e';
    text[len++] = dec->point < 1 ? '-' : '+';
    if (exponent >= 100)
        text[len++] = (char)('0' + exponent / 100);
    text[len++] = (char)('0' + exponent / 10 % 10);
    text[len++] = (char)('0' + exponent % 10);
    text[len] = '\0';
    return len;
}

static size_t lay_out_plain(const struct decimal *dec, char *text)
{
    size_t len = 0;
    int whole = dec->point < 0 ? 0 : dec->point > dec->n ? dec->n : dec->point;
    if (whole == 0)
        text[len++] = '0';
    len += put_bytes(text + len, dec->digits, whole);
    len += put_zeros(text + len, dec->point - dec->n);
    text[len++] = '.';
    if (whole == dec->n)
        text[len++] = '0';
    len += put_zeros(text + len, -dec->point);
    len += put_bytes(text + len, dec->digits + whole, dec->n - whole);
    text[len] = '\0';
    return len;
}

static size_t put_word(char *text, const char *word)
{
    size_t len = strlen(word);
    memcpy(text, word, len + 1);
    return len;
}

size_t hone_real_write(double real, char text[static HONE_REAL_TEXT])
{
    if (isnan(real))
        return put_word(text, "nan");
    if (isinf(real))
        return put_word(text, real < 0 ? "-inf" : "inf");
    size_t len = 0;
    if (signbit(real))
        text[len++] = '-';
    real = fabs(real);
    /* Whole numbers that a double holds exactly need no search. */
    if (real < 0x1p53 && real == floor(real)) {
        len += hone_int_write((int64_t)real, text + len);
        return len + put_word(text + len, ".0");
    }
    struct decimal dec = find_shortest(real);
    if (dec.point - 1 < -4 || dec.point - 1 >= 16)
        len += lay_out_exponent(&dec, text + len);
    else
        len += lay_out_plain(&dec, text + len);
    assert(len < HONE_REAL_TEXT);
    return len;
}

/* What the grammar found: digits without leading zeros, as an integer times 10^exponent.
 */
struct scanned {
    char digits[READ_DIGITS + 32]; /* room for a sticky digit, 'e', the exponent, NUL */
    size_t n;
    int64_t exponent;
};

/* One digit; `scale` is what it adds to the exponent: -1 after the point. */
static void take_digit(struct scanned *num, char digit, int scale)
{
    if (num->n == 0 && digit == '0') {
        num->exponent += scale;
    } else if (num->n < READ_DIGITS) {
        num->digits[num->n++] = digit;
        num->exponent += scale;
    } else {
        /* Too long to keep: one non-zero digit behind stands for all of them. */
        if (digit != '0')
            num->digits[READ_DIGITS - 1] = '1';
        num->exponent += scale + 1;
    }
}

static bool scan_exponent(const char *text, size_t len, struct scanned *num)
{
    size_t i = len > 0 && (text[0] == '-' || text[0] == '+') ? 1 : 0;
    if (i == len)
        return false;
    int64_t exponent = 0;
    for (; i < len; i++) {
        if (!is_digit(text[i]))
            return false;
        if (exponent < INT64_MAX / 1000) /* no text is long enough to outweigh that */
            exponent = exponent * 10 + (text[i] - '0');
    }
    num->exponent += text[0] == '-' ? -exponent : exponent;
    return true;
}

/* digits ["." digits] [("e" | "E") [sign] digits], a digit before or after the point. */
static bool scan_number(const char *text, size_t len, struct scanned *num)
{
    num->n = 0;
    num->exponent = 0;
    size_t i = 0, n_digits = 0;
    for (; i < len && is_digit(text[i]); i++, n_digits++)
        take_digit(num, text[i], 0);
    if (i < len && text[i] == '.')
        for (i++; i < len && is_digit(text[i]); i++, n_digits++)
            take_digit(num, text[i], -1);
    if (n_digits == 0)
        return false;
    if (i == len)
        return true;
    return (text[i] == 'e' || text[i] == 'E') &&
           scan_exponent(text + i + 1, len - i - 1, num);
}

static double round_scanned(struct scanned *num)
{
    static const double powers[EXACT_POWER + 1] = {
        1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
        1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    if (num->n == 0)
        return 0;
    if (num->n <= 15 && num->exponent >= -EXACT_POWER && num->exponent <= EXACT_POWER) {
        int64_t whole = 0;
        for (size_t i = 0; i < num->n; i++)
            whole = whole * 10 + (num->digits[i] - '0');
        return num->exponent < 0 ? (double)whole / powers[-num->exponent]
                                 : (double)whole * powers[num->exponent];
    }
    int64_t exponent = num->exponent;
    if (exponent > EXPONENT_CAP)
        exponent = EXPONENT_CAP;
    if (exponent < -EXPONENT_CAP)
        exponent = -EXPONENT_CAP;
    char *at = num->digits + num->n;
    *at++ = 'e';
    hone_int_write(exponent, at);
    return strtod(num->digits, NULL);
}

/* Whether text is the lower case ASCII `word` in any case; strcasecmp asks the locale. */
static bool is_word(const char *text, size_t len, const char *word)
{
    if (len != strlen(word))
        return false;
    for (size_t i = 0; i < len; i++)
        if ((text[i] | 0x20) != word[i])
            return false;
    return true;
}

bool hone_real_read(const char *text, size_t len, double *real)
{
    bool negative = len > 0 && text[0] == '-';
    if (negative || (len > 0 && text[0] == '+')) {
        text++;
        len--;
    }
    double result;
    struct scanned num;
    if (is_word(text, len, "inf") || is_word(text, len, "infinity"))
        result = INFINITY;
    else if (is_word(text, len, "nan"))
        result = NAN;
    else if (scan_number(text, len, &num))
        result = round_scanned(&num);
    else
        return false;
    *real = negative ? -result : result;
    return true;
}
