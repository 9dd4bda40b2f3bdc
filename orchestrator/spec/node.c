/* Looking into a YAML tree: a key's value, and the place of a byte inside a scalar. */
#include "spec/yaml.h"

#include <assert.h>
#include <string.h>

#include "base/utf8.h"
#include "base/banned.h"

const hone_node *hone_node_find(const hone_node *map, const char *key)
{
    assert(map->kind == HONE_NODE_MAP);
    for (uint32_t i = 0; i < map->n; i++)
        if (strcmp(map->pairs[i].key->text, key) == 0)
            return map->pairs[i].value;
    return NULL;
}

/* Characters in text[0..len). */
static int count_characters(const char *text, size_t len)
{
    int n = 0;
    for (size_t at = 0; at < len; n++) {
        int32_t code;
        at += hone_utf8_decode(text + at, len - at, &code);
    }
    return n;
}

/* In a block of text: the line is counted, the column is behind the block's indentation.
 */
static hone_place place_in_block(const hone_node *node, size_t offset, const char *source,
                                 size_t len)
{
    hone_place at = {.line = node->at.line + 1, .width = 1};
    size_t line_start = 0;
    for (size_t i = 0; i < offset; i++) {
        if (node->text[i] == '\n') {
            at.line++;
            line_start = i + 1;
        }
    }
    const char *body = memchr(source + node->start, '\n', len - node->start);
    int indent = 0;
    for (const char *c = body; c != NULL && c < source + len; c++) {
        if (*c != ' ' && *c != '\n')
            break;
        indent = *c == ' ' ? indent + 1 : 0;
    }
    at.column =
        indent + 1 + count_characters(node->text + line_start, offset - line_start);
    return at;
}

hone_place hone_node_place(const hone_node *node, size_t offset, const char *source,
                           size_t len)
{
    assert(node->kind == HONE_NODE_SCALAR && node->start <= len);
    if (offset > node->n)
        offset = node->n;
    if (node->literal)
        return place_in_block(node, offset, source, len);
    size_t start = node->start + (node->quoted ? 1 : 0);
    /* Exact as long as the source spells the text as it is: no escapes, no folding. */
    if (start + offset > len || memcmp(source + start, node->text, offset) != 0)
        return node->at;
    hone_place at = node->at;
    at.column += (node->quoted ? 1 : 0) + count_characters(node->text, offset);
    at.width = 1;
    return at;
}
