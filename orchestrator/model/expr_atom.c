/* The atoms of the grammar in expr.h: constants, names, parentheses, lists, calls. */
#include <assert.h>
#include <string.h>

#include "model/expr_parser.h"
#include "base/banned.h"

/* `learning-rate` reads as a difference; perhaps it is a name: its length, else 0. */
static size_t find_longer_name(const hone_parser *parser, const char *name, size_t len)
{
    const char *end = parser->lexer.text + parser->lexer.len;
    size_t longer = len;
    while (name + longer < end && memchr(" \t\n<>=!,()[]", name[longer], 12) == NULL)
        longer++;
    bool found = longer > len && name[len] == '-' &&
                 parser->names->find(parser->names->arg, name, longer) >= 0;
    return found ? longer : 0;
}

static hone_node *fail_unknown(hone_parser *parser, const char *name, size_t len)
{
    size_t longer = find_longer_name(parser, name, len);
    int n = hone_lexer_quotable(name, len);
    if (longer == 0)
        parser->code =
            hone_error_set(parser->err, HONE_ESYNTAX, "unknown name \"%.*s\"", n, name);
    else
        parser->code = hone_error_set(parser->err, HONE_ESYNTAX,
                                      "unknown name \"%.*s\", write `%.*s` in backquotes",
                                      n, name, hone_lexer_quotable(name, longer), name);
    return NULL;
}

/* A parameter's name of len bytes at `name`; the token is stepped over. */
static hone_node *parse_name(hone_parser *parser, const char *name, size_t len)
{
    int64_t id = parser->names->find(parser->names->arg, name, len);
    if (id < 0 || id > UINT32_MAX)
        return fail_unknown(parser, name, len);
    hone_node *node = hone_parser_node(parser, HONE_NODE_NAME, NULL);
    if (node == NULL || !hone_parser_advance(parser))
        return NULL;
    node->id = (uint32_t)id;
    if (parser->last_name == NULL)
        parser->first_name = node;
    else
        parser->last_name->next_name = node;
    parser->last_name = node;
    parser->n_names++;
    return node;
}

/* or ("," or)* up to `close`, as children of `parent`; returns how many, -1 on failure.
 */
static int parse_items(hone_parser *parser, hone_node *parent, hone_token_kind close)
{
    int n = 0;
    hone_node *last = NULL;
    while (hone_parser_peek(parser) != close) {
        if (n > 0 && hone_parser_peek(parser) != HONE_TOKEN_COMMA) {
            hone_parser_fail(parser, close == HONE_TOKEN_CLOSE
                                         ? "expected \",\" or \")\""
                                         : "expected \",\" or \"]\"");
            return -1;
        }
        if (n > 0 && !hone_parser_advance(parser))
            return -1;
        if (n > 0 && hone_parser_peek(parser) == close)
            break; /* a comma at the end, as Python allows it */
        hone_node *item = hone_parser_or(parser);
        if (item == NULL)
            return -1;
        if (last == NULL)
            parent->first = item;
        else
            last->next = item;
        last = item;
        n++;
    }
    return hone_parser_advance(parser) ? n : -1;
}

/* A list of constants as a value; its items go to the arena. */
static hone_node *make_list(hone_parser *parser, const hone_node *list, int n)
{
    hone_value *items = hone_parser_alloc(parser, (size_t)n * sizeof *items);
    if (items == NULL)
        return NULL;
    int i = 0;
    for (const hone_node *item = list->first; item != NULL; item = item->next) {
        assert(item->kind == HONE_NODE_CONST && i < n);
        items[i++] = item->value;
    }
    return hone_parser_constant(
        parser, (hone_value){.kind = HONE_LIST, .n = (uint32_t)n, .items = items});
}

static hone_node *parse_list(hone_parser *parser)
{
    size_t start = parser->lexer.token.start;
    uint32_t n_names = parser->n_names;
    hone_node *list = hone_parser_node(parser, HONE_NODE_LIST, NULL);
    if (list == NULL || !hone_parser_advance(parser))
        return NULL;
    bool after_in = parser->list_at == start;
    int n = parse_items(parser, list, HONE_TOKEN_CLOSE_LIST);
    if (n < 0)
        return NULL;
    if (parser->n_names == n_names)
        return make_list(parser, list, n);
    if (after_in)
        return list;
    parser->code = hone_error_set(parser->err, HONE_ESYNTAX,
                                  "a list with names in it can only stand after \"in\"");
    parser->lexer.token.start = start;
    return NULL;
}

/* The function that the present word calls; HONE_NODE_CONST where it is none. */
static hone_node_kind find_function(const hone_parser *parser, bool *many)
{
    static const struct {
        char name[5];
        hone_node_kind kind;
    } functions[] = {
        {"min", HONE_NODE_MIN}, {"max", HONE_NODE_MAX},   {"abs", HONE_NODE_ABS},
        {"log", HONE_NODE_LOG}, {"sqrt", HONE_NODE_SQRT},
    };
    const hone_token *token = &parser->lexer.token;
    const char *text = parser->lexer.text;
    size_t len = token->end - token->start, after = token->end;
    while (after < parser->lexer.len && (text[after] == ' ' || text[after] == '\t'))
        after++;
    if (after == parser->lexer.len || text[after] != '(')
        return HONE_NODE_CONST;
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        if (strlen(functions[i].name) == len &&
            memcmp(functions[i].name, text + token->start, len) == 0) {
            *many =
                functions[i].kind == HONE_NODE_MIN || functions[i].kind == HONE_NODE_MAX;
            return functions[i].kind;
        }
    }
    return HONE_NODE_CONST;
}

static hone_node *parse_call(hone_parser *parser, hone_node_kind kind, bool many)
{
    uint32_t n_names = parser->n_names;
    hone_token word = parser->lexer.token;
    hone_node *call = hone_parser_node(parser, kind, NULL);
    if (call == NULL || !hone_parser_advance(parser) || !hone_parser_advance(parser))
        return NULL;
    int n = parse_items(parser, call, HONE_TOKEN_CLOSE);
    if (n < 0)
        return NULL;
    if (n == 1 || (many && n > 1))
        return hone_parser_fold(call, parser, n_names);
    parser->code =
        hone_error_set(parser->err, HONE_ESYNTAX, "%.*s() has %d arguments, it takes %s",
                       (int)(word.end - word.start), parser->lexer.text + word.start, n,
                       many ? "one or more" : "one");
    parser->lexer.token.start = word.start;
    return NULL;
}

static hone_node *parse_parenthesis(hone_parser *parser)
{
    if (!hone_parser_advance(parser))
        return NULL;
    hone_node *inner = hone_parser_or(parser);
    if (inner == NULL)
        return NULL;
    if (hone_parser_peek(parser) != HONE_TOKEN_CLOSE)
        return hone_parser_fail(parser, "expected \")\"");
    return hone_parser_advance(parser) ? inner : NULL;
}

hone_node *hone_parser_atom(hone_parser *parser)
{
    const hone_token token = parser->lexer.token;
    const char *text = parser->lexer.text + token.start;
    size_t len = token.end - token.start;
    bool many = false;
    hone_node_kind function;
    switch ((int)token.kind) {
    case HONE_TOKEN_CONST:
        return hone_parser_advance(parser) ? hone_parser_constant(parser, token.value)
                                           : NULL;
    case HONE_TOKEN_WORD:
        function = find_function(parser, &many);
        if (function != HONE_NODE_CONST)
            return parse_call(parser, function, many);
        return parse_name(parser, text, len);
    case HONE_TOKEN_NAME:
        return parse_name(parser, text + 1, len - 2);
    case HONE_TOKEN_OPEN:
        return parse_parenthesis(parser);
    case HONE_TOKEN_OPEN_LIST:
        return parse_list(parser);
    default:
        return hone_parser_fail(parser, "expected a value");
    }
}
