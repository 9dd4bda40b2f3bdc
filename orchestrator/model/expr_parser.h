/* The state of a parse and its small steps, shared by expr_parse.c (the rules that are
 * chains and prefixes) and expr_atom.c (names, lists, calls).
 *
 * A function that returns NULL (or false) has failed: the code is in parser->code, the
 * detail in parser->err, the place is the present token's start. */
#ifndef HONE_MODEL_EXPR_PARSER_H
#define HONE_MODEL_EXPR_PARSER_H

#include "model/expr_lex.h"
#include "model/expr_node.h"

typedef struct hone_parser {
    hone_lexer lexer;
    const hone_expr_names *names;
    hone_arena *arena;
    hone_error *err;
    int code;
    int depth;
    size_t previous_start, previous_end; /* the token before the present one */
    size_t list_at;   /* where a list with names may start: after `in` */
    uint32_t n_names; /* seen so far */
    hone_node *first_name, *last_name;
} hone_parser;

hone_token_kind hone_parser_peek(const hone_parser *parser);
/* Steps to the next token. */
bool hone_parser_advance(hone_parser *parser);
/* Fails at the present token: `what`, then the words around the place. */
hone_node *hone_parser_fail(hone_parser *parser, const char *what);

/* One level of nesting more, at most HONE_EXPR_MAX_DEPTH; and one less. */
bool hone_parser_enter(hone_parser *parser);
void hone_parser_leave(hone_parser *parser);

void *hone_parser_alloc(hone_parser *parser, size_t size);
hone_node *hone_parser_node(hone_parser *parser, hone_node_kind kind,
                            const hone_node *first);
hone_node *hone_parser_constant(hone_parser *parser, hone_value value);
/* The node itself, or its value as a constant where no name appeared since there were
 * `n_names`. NULL passes through. */
hone_node *hone_parser_fold(hone_node *node, const hone_parser *parser, uint32_t n_names);

/* The rules `or` and `atom`, which contain each other. */
hone_node *hone_parser_or(hone_parser *parser);
hone_node *hone_parser_atom(hone_parser *parser);

#endif
