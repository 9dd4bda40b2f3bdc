#include "model/expr_lex.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "model/number.h"
#include "base/banned.h"

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/* Every byte above ASCII counts as a letter, so that names need not be English. */
static bool is_letter(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_' ||
           (unsigned char)byte >= 0x80;
}

static char byte_at(const hone_lexer *lexer, size_t i)
{
    return i < lexer->len ? lexer->text[i] : '\0';
}

int hone_lexer_quotable(const char *text, size_t len)
{
    enum { QUOTED_MAX = 60 };
    size_t n = len < QUOTED_MAX ? len : QUOTED_MAX;
    while (n < len && n > 0 && ((unsigned char)text[n] & 0xC0) == 0x80)
        n--;
    return (int)n;
}

/* The run of bytes that a person would take for the number: 1, 2.5, .5, 1e-4. */
static size_t number_end(const hone_lexer *lexer, size_t i)
{
    for (; i < lexer->len; i++) {
        char byte = lexer->text[i], before = i > 0 ? lexer->text[i - 1] : ' ';
        bool sign = (byte == '-' || byte == '+') && (before == 'e' || before == 'E');
        if (!is_digit(byte) && !is_letter(byte) && byte != '.' && !sign)
            break;
    }
    return i;
}

static int read_number(hone_lexer *lexer, hone_error *err)
{
    hone_token *token = &lexer->token;
    const char *text = lexer->text + token->start;
    token->kind = HONE_TOKEN_CONST;
    token->end = number_end(lexer, token->start);
    size_t len = token->end - token->start;
    int64_t integer;
    double real;
    if (hone_int_read(text, len, &integer))
        token->value = hone_value_int(integer);
    else if (hone_real_read(text, len, &real))
        token->value = hone_value_real(real);
    else
        return hone_error_set(err, HONE_ESYNTAX, "\"%.*s\" is not a number",
                              hone_lexer_quotable(text, len), text);
    return 0;
}

/* One character of a string at *i, past its escape: \n \t \\ \" \' ; others are kept. */
static char take_character(const hone_lexer *lexer, size_t *i)
{
    char byte = lexer->text[(*i)++];
    if (byte != '\\')
        return byte;
    switch (byte_at(lexer, *i)) {
    case 'n':
        (*i)++;
        return '\n';
    case 't':
        (*i)++;
        return '\t';
    case '\\':
    case '"':
    case '\'':
        return lexer->text[(*i)++];
    default:
        return byte;
    }
}

static int read_string(hone_lexer *lexer, hone_error *err)
{
    hone_token *token = &lexer->token;
    char delimiter = lexer->text[token->start];
    size_t i = token->start + 1, n = 0;
    char *copy = hone_arena_alloc(lexer->arena, lexer->len - token->start);
    if (copy == NULL)
        return hone_error_set(err, HONE_ENOMEM, "out of memory");
    while (i < lexer->len && lexer->text[i] != delimiter)
        copy[n++] = take_character(lexer, &i);
    if (i >= lexer->len)
        return hone_error_set(err, HONE_ESYNTAX, "the string has no closing %c",
                              delimiter);
    assert(n < lexer->len - token->start);
    token->kind = HONE_TOKEN_CONST;
    token->end = i + 1;
    token->value = hone_value_text(copy);
    return 0;
}

static int read_quoted_name(hone_lexer *lexer, hone_error *err)
{
    hone_token *token = &lexer->token;
    size_t start = token->start + 1;
    const char *end = memchr(lexer->text + start, '`', lexer->len - start);
    if (end == NULL)
        return hone_error_set(err, HONE_ESYNTAX, "the name has no closing `");
    token->kind = HONE_TOKEN_NAME;
    token->end = (size_t)(end - lexer->text) + 1;
    return 0;
}

static void read_word(hone_lexer *lexer)
{
    static const struct {
        const char *word;
        hone_token_kind kind;
        hone_value value;
    } words[] = {
        {"or", HONE_TOKEN_OR, {0}},
        {"and", HONE_TOKEN_AND, {0}},
        {"not", HONE_TOKEN_NOT, {0}},
        {"in", HONE_TOKEN_IN, {0}},
        {"true", HONE_TOKEN_CONST, {.kind = HONE_BOOL, .boolean = true}},
        {"True", HONE_TOKEN_CONST, {.kind = HONE_BOOL, .boolean = true}},
        {"false", HONE_TOKEN_CONST, {.kind = HONE_BOOL, .boolean = false}},
        {"False", HONE_TOKEN_CONST, {.kind = HONE_BOOL, .boolean = false}},
        {"null", HONE_TOKEN_CONST, {.kind = HONE_NULL}},
        {"None", HONE_TOKEN_CONST, {.kind = HONE_NULL}},
    };
    hone_token *token = &lexer->token;
    size_t i = token->start;
    /* Dots join identifiers: "optimizer.lr". */
    while (is_letter(byte_at(lexer, i)) || is_digit(byte_at(lexer, i)) ||
           (byte_at(lexer, i) == '.' && is_letter(byte_at(lexer, i + 1))))
        i++;
    token->kind = HONE_TOKEN_WORD;
    token->end = i;
    const char *text = lexer->text + token->start;
    size_t len = i - token->start;
    for (size_t w = 0; w < sizeof words / sizeof *words; w++) {
        if (strlen(words[w].word) != len || memcmp(words[w].word, text, len) != 0)
            continue;
        token->kind = words[w].kind;
        token->value = words[w].value;
    }
}

static int read_sign(hone_lexer *lexer, hone_error *err)
{
    /* A sign that starts with another stands before it. */
    static const struct {
        char text[3];
        hone_token_kind kind;
    } signs[] = {
        {"||", HONE_TOKEN_OR},         {"&&", HONE_TOKEN_AND},
        {"<=", HONE_TOKEN_LESS_EQUAL}, {"<", HONE_TOKEN_LESS},
        {">=", HONE_TOKEN_MORE_EQUAL}, {">", HONE_TOKEN_MORE},
        {"==", HONE_TOKEN_EQUAL},      {"!=", HONE_TOKEN_UNEQUAL},
        {"!", HONE_TOKEN_NOT},         {"**", HONE_TOKEN_POWER},
        {"*", HONE_TOKEN_TIMES},       {"//", HONE_TOKEN_FLOOR_DIVIDE},
        {"/", HONE_TOKEN_DIVIDE},      {"%", HONE_TOKEN_MODULO},
        {"+", HONE_TOKEN_PLUS},        {"-", HONE_TOKEN_MINUS},
        {"(", HONE_TOKEN_OPEN},        {")", HONE_TOKEN_CLOSE},
        {"[", HONE_TOKEN_OPEN_LIST},   {"]", HONE_TOKEN_CLOSE_LIST},
        {",", HONE_TOKEN_COMMA},
    };
    hone_token *token = &lexer->token;
    const char *text = lexer->text + token->start;
    size_t left = lexer->len - token->start;
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        size_t n = strlen(signs[i].text);
        if (n > left || memcmp(signs[i].text, text, n) != 0)
            continue;
        token->kind = signs[i].kind;
        token->end = token->start + n;
        return 0;
    }
    if (text[0] == '=')
        return hone_error_set(err, HONE_ESYNTAX, "\"=\" compares nothing, write \"==\"");
    if (text[0] == '\0')
        return hone_error_set(err, HONE_ESYNTAX, "a NUL byte cannot stand here");
    return hone_error_set(err, HONE_ESYNTAX, "\"%c\" cannot stand here", text[0]);
}

int hone_lexer_next(hone_lexer *lexer, hone_error *err)
{
    size_t i = lexer->token.end;
    while (i < lexer->len && memchr(" \t\r\n", lexer->text[i], 4) != NULL)
        i++;
    assert(i <= lexer->len);
    lexer->token = (hone_token){.kind = HONE_TOKEN_END, .start = i, .end = i};
    if (i == lexer->len)
        return 0;
    char byte = lexer->text[i];
    if (is_digit(byte) || (byte == '.' && is_digit(byte_at(lexer, i + 1))))
        return read_number(lexer, err);
    if (byte == '"' || byte == '\'')
        return read_string(lexer, err);
    if (byte == '`')
        return read_quoted_name(lexer, err);
    if (is_letter(byte)) {
        read_word(lexer);
        return 0;
    }
    return read_sign(lexer, err);
}
