#include "model/expr_parser.h"

#include "base/banned.h"

hone_token_kind hone_parser_peek(const hone_parser *parser)
{
    return parser->lexer.token.kind;
}

bool hone_parser_advance(hone_parser *parser)
{
    parser->previous_start = parser->lexer.token.start;
    parser->previous_end = parser->lexer.token.end;
    parser->code = hone_lexer_next(&parser->lexer, parser->err);
    return parser->code == 0;
}

hone_node *hone_parser_fail(hone_parser *parser, const char *what)
{
    const hone_token *token = &parser->lexer.token;
    const char *text = parser->lexer.text;
    const char *before = text + parser->previous_start, *here = text + token->start;
    size_t before_len = parser->previous_end - parser->previous_start;
    int n = hone_lexer_quotable(here, token->end - token->start);
    int before_n = hone_lexer_quotable(before, before_len);
    if (before_len == 0 && token->kind == HONE_TOKEN_END)
        parser->code = hone_error_set(parser->err, HONE_ESYNTAX, "%s", what);
    else if (before_len == 0)
        parser->code = hone_error_set(parser->err, HONE_ESYNTAX, "%s before \"%.*s\"",
                                      what, n, here);
    else if (token->kind == HONE_TOKEN_END)
        parser->code = hone_error_set(parser->err, HONE_ESYNTAX, "%s after \"%.*s\"",
                                      what, before_n, before);
    else
        parser->code =
            hone_error_set(parser->err, HONE_ESYNTAX, "%s after \"%.*s\", not \"%.*s\"",
                           what, before_n, before, n, here);
    return NULL;
}

bool hone_parser_enter(hone_parser *parser)
{
    if (++parser->depth <= HONE_EXPR_MAX_DEPTH)
        return true;
    parser->code = hone_error_set(parser->err, HONE_ESYNTAX,
                                  "the expression is nested deeper than %d levels",
                                  HONE_EXPR_MAX_DEPTH);
    return false;
}

void hone_parser_leave(hone_parser *parser)
{
    parser->depth--;
}

void *hone_parser_alloc(hone_parser *parser, size_t size)
{
    void *bytes = hone_arena_alloc(parser->arena, size);
    if (bytes == NULL)
        parser->code = hone_error_set(parser->err, HONE_ENOMEM, "out of memory");
    return bytes;
}

hone_node *hone_parser_node(hone_parser *parser, hone_node_kind kind,
                            const hone_node *first)
{
    hone_node *node = hone_parser_alloc(parser, sizeof *node);
    if (node != NULL) {
        node->kind = kind;
        node->first = first;
    }
    return node;
}

hone_node *hone_parser_constant(hone_parser *parser, hone_value value)
{
    hone_node *node = hone_parser_node(parser, HONE_NODE_CONST, NULL);
    if (node != NULL)
        node->value = value;
    return node;
}

hone_node *hone_parser_fold(hone_node *node, const hone_parser *parser, uint32_t n_names)
{
    if (node == NULL || parser->n_names != n_names)
        return node;
    hone_value value = hone_node_value(node);
    hone_join join = node->join;
    *node = (hone_node){.kind = HONE_NODE_CONST, .join = join, .value = value};
    return node;
}
