/* Parses expressions: recursive descent by the grammar in expr.h, one function a rule,
 * the five rules that are chains of operands from one table each.
 *
 *   hone_expr_parse
 *
 * A node without names in it is replaced by its value at once, so that `lr < 10**-3`
 * costs no power at evaluation, and a list of constants is a value like any other. */
#include "model/expr.h"

#include <assert.h>
#include <string.h>

#include "model/expr_parser.h"
#include "base/banned.h"

/* One rule of the form `operand (join operand)*`. */
struct level {
    hone_node_kind kind;
    hone_node *(*operand)(hone_parser *parser);
    struct {
        hone_token_kind token;
        hone_join join;
    } joins[8]; /* HONE_JOIN_NONE ends them */
};

static hone_join find_join(const struct level *level, hone_token_kind token)
{
    for (size_t i = 0; i < 8 && level->joins[i].join != HONE_JOIN_NONE; i++)
        if (level->joins[i].token == token)
            return level->joins[i].join;
    return HONE_JOIN_NONE;
}

/* Steps over a join of two tokens' worth at most; sets where a list may follow. */
static bool take_join(hone_parser *parser, hone_join join)
{
    if (!hone_parser_advance(parser))
        return false;
    if (join == HONE_JOIN_NOT_IN) {
        if (hone_parser_peek(parser) != HONE_TOKEN_IN) {
            hone_parser_fail(parser, "expected \"in\"");
            return false;
        }
        if (!hone_parser_advance(parser))
            return false;
    }
    if (join == HONE_JOIN_IN || join == HONE_JOIN_NOT_IN)
        parser->list_at = parser->lexer.token.start;
    return true;
}

static hone_node *parse_level(hone_parser *parser, const struct level *level)
{
    uint32_t n_names = parser->n_names;
    hone_node *last = level->operand(parser);
    if (last == NULL || find_join(level, hone_parser_peek(parser)) == HONE_JOIN_NONE)
        return last;
    hone_node *chain = hone_parser_node(parser, level->kind, last);
    if (chain == NULL)
        return NULL;
    for (;;) {
        hone_join join = find_join(level, hone_parser_peek(parser));
        if (join == HONE_JOIN_NONE)
            return hone_parser_fold(chain, parser, n_names);
        hone_node *operand = take_join(parser, join) ? level->operand(parser) : NULL;
        if (operand == NULL)
            return NULL;
        operand->join = join;
        last->next = operand;
        last = operand;
    }
}

static hone_node *parse_unary(hone_parser *parser);

static hone_node *parse_power(hone_parser *parser)
{
    uint32_t n_names = parser->n_names;
    hone_node *base = hone_parser_atom(parser);
    if (base == NULL || hone_parser_peek(parser) != HONE_TOKEN_POWER)
        return base;
    if (!hone_parser_enter(parser) || !hone_parser_advance(parser))
        return NULL;
    hone_node *exponent = parse_unary(parser);
    if (exponent == NULL)
        return NULL;
    hone_parser_leave(parser);
    exponent->join = HONE_JOIN_POWER;
    base->next = exponent;
    return hone_parser_fold(hone_parser_node(parser, HONE_NODE_ARITHMETIC, base), parser,
                            n_names);
}

/* An operator before an operand of its own level: `not not x`, `--x`. */
static hone_node *parse_prefix(hone_parser *parser, hone_node_kind kind,
                               hone_node *(*operand)(hone_parser *parser))
{
    uint32_t n_names = parser->n_names;
    if (!hone_parser_enter(parser) || !hone_parser_advance(parser))
        return NULL;
    hone_node *inner = operand(parser);
    if (inner == NULL)
        return NULL;
    hone_parser_leave(parser);
    return hone_parser_fold(hone_parser_node(parser, kind, inner), parser, n_names);
}

static hone_node *parse_unary(hone_parser *parser)
{
    if (hone_parser_peek(parser) == HONE_TOKEN_MINUS)
        return parse_prefix(parser, HONE_NODE_NEGATE, parse_unary);
    return parse_power(parser);
}

static hone_node *parse_product(hone_parser *parser)
{
    static const struct level level = {HONE_NODE_ARITHMETIC,
                                       parse_unary,
                                       {{HONE_TOKEN_TIMES, HONE_JOIN_MULTIPLY},
                                        {HONE_TOKEN_DIVIDE, HONE_JOIN_DIVIDE},
                                        {HONE_TOKEN_FLOOR_DIVIDE, HONE_JOIN_FLOOR_DIVIDE},
                                        {HONE_TOKEN_MODULO, HONE_JOIN_MODULO}}};
    return parse_level(parser, &level);
}

static hone_node *parse_sum(hone_parser *parser)
{
    static const struct level level = {
        HONE_NODE_ARITHMETIC,
        parse_product,
        {{HONE_TOKEN_PLUS, HONE_JOIN_ADD}, {HONE_TOKEN_MINUS, HONE_JOIN_SUBTRACT}}};
    return parse_level(parser, &level);
}

static hone_node *parse_compare(hone_parser *parser)
{
    static const struct level level = {HONE_NODE_COMPARE,
                                       parse_sum,
                                       {{HONE_TOKEN_LESS, HONE_JOIN_LESS},
                                        {HONE_TOKEN_LESS_EQUAL, HONE_JOIN_LESS_EQUAL},
                                        {HONE_TOKEN_MORE, HONE_JOIN_MORE},
                                        {HONE_TOKEN_MORE_EQUAL, HONE_JOIN_MORE_EQUAL},
                                        {HONE_TOKEN_EQUAL, HONE_JOIN_EQUAL},
                                        {HONE_TOKEN_UNEQUAL, HONE_JOIN_UNEQUAL},
                                        {HONE_TOKEN_IN, HONE_JOIN_IN},
                                        {HONE_TOKEN_NOT, HONE_JOIN_NOT_IN}}};
    return parse_level(parser, &level);
}

static hone_node *parse_not(hone_parser *parser)
{
    if (hone_parser_peek(parser) == HONE_TOKEN_NOT)
        return parse_prefix(parser, HONE_NODE_NOT, parse_not);
    return parse_compare(parser);
}

static hone_node *parse_and(hone_parser *parser)
{
    static const struct level level = {
        HONE_NODE_AND, parse_not, {{HONE_TOKEN_AND, HONE_JOIN_AND}}};
    return parse_level(parser, &level);
}

hone_node *hone_parser_or(hone_parser *parser)
{
    static const struct level level = {
        HONE_NODE_OR, parse_and, {{HONE_TOKEN_OR, HONE_JOIN_OR}}};
    if (!hone_parser_enter(parser))
        return NULL;
    hone_node *node = parse_level(parser, &level);
    hone_parser_leave(parser);
    return node;
}

static hone_expr *parse_all(hone_parser *parser)
{
    if (!hone_parser_advance(parser))
        return NULL;
    hone_node *root = hone_parser_or(parser);
    if (root == NULL)
        return NULL;
    if (hone_parser_peek(parser) != HONE_TOKEN_END) {
        hone_parser_fail(parser, "expected an operator");
        return NULL;
    }
    hone_expr *expr = hone_parser_alloc(parser, sizeof *expr);
    char *text = hone_parser_alloc(parser, parser->lexer.len + 1);
    if (expr == NULL || text == NULL)
        return NULL;
    memcpy(text, parser->lexer.text, parser->lexer.len);
    *expr = (hone_expr){.root = root, .first_name = parser->first_name, .text = text};
    return expr;
}

int hone_expr_parse(const char *text, size_t len, const hone_expr_names *names,
                    hone_arena *arena, const hone_expr **out, size_t *offset,
                    hone_error *err)
{
    if (len > HONE_EXPR_MAX_BYTES) {
        if (offset != NULL)
            *offset = HONE_EXPR_MAX_BYTES;
        return hone_error_set(err, HONE_ESYNTAX,
                              "the expression has %zu bytes, at most %d are read", len,
                              HONE_EXPR_MAX_BYTES);
    }
    hone_parser parser = {
        .lexer = {.text = text, .len = len, .arena = arena},
        .names = names,
        .arena = arena,
        .err = err,
        .list_at = SIZE_MAX,
    };
    const hone_expr *expr = parse_all(&parser);
    assert((expr == NULL) == (parser.code != 0));
    if (expr != NULL)
        *out = expr;
    else if (offset != NULL)
        *offset = parser.lexer.token.start;
    return parser.code;
}
