/* The words of an expression; only expr_parse.c asks for them. */
#ifndef HONE_MODEL_EXPR_LEX_H
#define HONE_MODEL_EXPR_LEX_H

#include <stddef.h>

#include <hone/error.h>
#include <hone/value.h>

#include "base/arena.h"

typedef enum hone_token_kind {
    HONE_TOKEN_END,
    HONE_TOKEN_CONST, /* a number, string, true, false or null: `value` */
    HONE_TOKEN_WORD,  /* a bare name: start..end */
    HONE_TOKEN_NAME,  /* a name in backquotes: start+1..end-1 */
    HONE_TOKEN_OR,
    HONE_TOKEN_AND,
    HONE_TOKEN_NOT,
    HONE_TOKEN_IN,
    HONE_TOKEN_LESS,
    HONE_TOKEN_LESS_EQUAL,
    HONE_TOKEN_MORE,
    HONE_TOKEN_MORE_EQUAL,
    HONE_TOKEN_EQUAL,
    HONE_TOKEN_UNEQUAL,
    HONE_TOKEN_PLUS,
    HONE_TOKEN_MINUS,
    HONE_TOKEN_TIMES,
    HONE_TOKEN_DIVIDE,
    HONE_TOKEN_FLOOR_DIVIDE,
    HONE_TOKEN_MODULO,
    HONE_TOKEN_POWER,
    HONE_TOKEN_OPEN,
    HONE_TOKEN_CLOSE,
    HONE_TOKEN_OPEN_LIST,
    HONE_TOKEN_CLOSE_LIST,
    HONE_TOKEN_COMMA
} hone_token_kind;

typedef struct hone_token {
    hone_token_kind kind;
    size_t start, end; /* bytes of the text */
    hone_value value;
} hone_token;

typedef struct hone_lexer {
    const char *text; /* borrowed */
    size_t len;
    hone_arena *arena; /* takes the texts of strings */
    hone_token token;  /* the present one */
} hone_lexer;

/* Reads the next token into lexer->token. Errors: HONE_ESYNTAX, HONE_ENOMEM; then
 * token.start is the offending byte. */
HONE_MUST_CHECK int hone_lexer_next(hone_lexer *lexer, hone_error *err);

/* How many bytes of a word to quote in a message: all, or a start of whole characters. */
int hone_lexer_quotable(const char *text, size_t len);

#endif
