/* YAML text as a tree of nodes.
 *
 *   hone_yaml_parse                                (hone_node_*: node.c)
 *
 * libyaml's event interface drives a stack of open containers. Children collect in one
 * growing array (`pending`) and move to the arena when their container closes. Not the
 * document interface: it takes cyclic graphs and says nothing of aliases, so that a file
 * of a few lines could make any walker run for ever.
 *
 * Bounds: the caller's limit on bytes; depth; anchors (looked up one by one); and the
 * nodes that aliases add, counted before they are shared. */
#include "spec/yaml.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <yaml.h>

#include "base/utf8.h"
#include "spec/yaml_map.h"
#include "base/banned.h"

enum { MAX_DIRECTIVES = 100 };

typedef struct anchor {
    const char *name;      /* in the arena */
    const hone_node *node; /* NULL while it is open */
} anchor;

/* An open container. */
typedef struct frame {
    hone_node *node;
    size_t first;   /* of its children in `pending` */
    int64_t anchor; /* index, -1: none */
} frame;

typedef struct builder {
    yaml_parser_t parser;
    const char *text;
    size_t len;
    hone_arena *arena;
    hone_diag *diag;
    const hone_node **pending; /* owned */
    size_t n_pending, cap_pending;
    frame frames[HONE_YAML_MAX_DEPTH];
    int depth;
    anchor anchors[HONE_YAML_MAX_ANCHORS];
    uint32_t n_anchors;
    uint32_t n_aliased;
    /* libyaml counts characters; nodes start at bytes. Both only grow. */
    size_t cursor_index, cursor_byte;
    const hone_node *root;
    bool ended; /* the first document has */
} builder;

static hone_place place_of(const yaml_event_t *event)
{
    const yaml_mark_t *start = &event->start_mark, *end = &event->end_mark;
    hone_place at = {.line = (int)start->line + 1, .column = (int)start->column + 1};
    bool one_line = end->line == start->line && end->column > start->column;
    at.width = one_line ? (int)(end->column - start->column) : 1;
    return at;
}

static int fail_at(builder *build, hone_place at, const char *text)
{
    hone_diag_add(build->diag, HONE_SEVERITY_ERROR, at, "%s", text);
    return HONE_ESPEC;
}

/* The byte where the character number `index` starts. */
static size_t seek_byte(builder *build, size_t index)
{
    while (build->cursor_index < index && build->cursor_byte < build->len) {
        int32_t code;
        build->cursor_byte += hone_utf8_decode(build->text + build->cursor_byte,
                                               build->len - build->cursor_byte, &code);
        build->cursor_index++;
    }
    return build->cursor_byte;
}

static int push_pending(builder *build, const hone_node *node)
{
    if (build->n_pending == build->cap_pending) {
        size_t cap = build->cap_pending == 0 ? 64 : build->cap_pending * 2;
        const hone_node **grown = realloc(build->pending, cap * sizeof *grown);
        if (grown == NULL)
            return HONE_ENOMEM;
        build->pending = grown;
        build->cap_pending = cap;
    }
    build->pending[build->n_pending++] = node;
    return 0;
}

/* A finished node goes to its container, or becomes the root. */
static int add_node(builder *build, const hone_node *node)
{
    if (build->depth == 0) {
        build->root = node;
        return 0;
    }
    return push_pending(build, node);
}

/* The tags that are taken; a collection may only have its own. */
static bool read_tag(const char *tag, hone_node_kind kind, hone_node_type *type)
{
    static const struct {
        const char *name;
        hone_node_kind kind;
        hone_node_type type;
    } tags[] = {
        {"str", HONE_NODE_SCALAR, HONE_NODE_TEXT},
        {"int", HONE_NODE_SCALAR, HONE_NODE_INT},
        {"float", HONE_NODE_SCALAR, HONE_NODE_FLOAT},
        {"bool", HONE_NODE_SCALAR, HONE_NODE_BOOL},
        {"null", HONE_NODE_SCALAR, HONE_NODE_NULL},
        {"seq", HONE_NODE_LIST, HONE_NODE_TEXT},
        {"map", HONE_NODE_MAP, HONE_NODE_TEXT},
    };
    static const char prefix[] = "tag:yaml.org,2002:";
    if (strcmp(tag, "!") == 0) {
        *type = HONE_NODE_TEXT;
        return true;
    }
    if (strncmp(tag, prefix, sizeof prefix - 1) != 0)
        return false;
    for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++) {
        if (tags[i].kind == kind && strcmp(tag + sizeof prefix - 1, tags[i].name) == 0) {
            *type = tags[i].type;
            return true;
        }
    }
    return false;
}

static int check_tag(builder *build, const yaml_event_t *event, const yaml_char_t *tag,
                     hone_node *node)
{
    if (tag == NULL || read_tag((const char *)tag, node->kind, &node->type))
        return 0;
    hone_diag_add(build->diag, HONE_SEVERITY_ERROR, place_of(event),
                  "the tag %.60s has no meaning here; the known ones are !!str, !!int, "
                  "!!float, !!bool and !!null",
                  (const char *)tag);
    return HONE_ESPEC;
}

/* Opens an anchor of this name; *out is its index, -1 where the node has none. */
static int open_anchor(builder *build, const yaml_event_t *event, const yaml_char_t *name,
                       int64_t *out)
{
    *out = -1;
    if (name == NULL)
        return 0;
    if (build->n_anchors == HONE_YAML_MAX_ANCHORS)
        return fail_at(build, place_of(event), "more than 1000 anchors in one file");
    const char *text = (const char *)name;
    const char *copy = hone_arena_copy(build->arena, text, strlen(text));
    if (copy == NULL)
        return HONE_ENOMEM;
    build->anchors[build->n_anchors] = (anchor){.name = copy};
    *out = build->n_anchors++;
    return 0;
}

static hone_node *make_node(builder *build, const yaml_event_t *event,
                            hone_node_kind kind)
{
    hone_node *node = hone_arena_alloc(build->arena, sizeof *node);
    if (node == NULL)
        return NULL;
    *node = (hone_node){.kind = kind,
                        .at = place_of(event),
                        .start = (uint32_t)seek_byte(build, event->start_mark.index),
                        .weight = 1,
                        .height = 1};
    return node;
}

static int add_scalar(builder *build, const yaml_event_t *event)
{
    hone_node *node = make_node(build, event, HONE_NODE_SCALAR);
    const char *value = (const char *)event->data.scalar.value;
    size_t len = event->data.scalar.length;
    if (node == NULL)
        return HONE_ENOMEM;
    if (memchr(value, '\0', len) != NULL)
        return fail_at(build, node->at,
                       "the text holds a NUL byte, which no command line can carry");
    yaml_scalar_style_t style = event->data.scalar.style;
    node->type = style == YAML_PLAIN_SCALAR_STYLE ? HONE_NODE_PLAIN : HONE_NODE_TEXT;
    node->quoted = style == YAML_SINGLE_QUOTED_SCALAR_STYLE ||
                   style == YAML_DOUBLE_QUOTED_SCALAR_STYLE;
    node->literal = style == YAML_LITERAL_SCALAR_STYLE;
    node->n = (uint32_t)len;
    node->text = hone_arena_copy(build->arena, value, len);
    if (node->text == NULL)
        return HONE_ENOMEM;
    int64_t index;
    int code = check_tag(build, event, event->data.scalar.tag, node);
    if (code == 0)
        code = open_anchor(build, event, event->data.scalar.anchor, &index);
    if (code != 0)
        return code;
    if (index >= 0)
        build->anchors[index].node = node;
    return add_node(build, node);
}

static int add_alias(builder *build, const yaml_event_t *event)
{
    const char *name = (const char *)event->data.alias.anchor;
    hone_place at = place_of(event);
    uint32_t i = build->n_anchors;
    while (i > 0 && strcmp(build->anchors[i - 1].name, name) != 0)
        i--;
    if (i == 0) {
        hone_diag_add(build->diag, HONE_SEVERITY_ERROR, at,
                      "the alias *%.60s has no anchor &%.60s before it", name, name);
        return HONE_ESPEC;
    }
    const hone_node *node = build->anchors[i - 1].node;
    if (node == NULL)
        return fail_at(build, at, "an alias inside its own anchor would never end");
    if (build->depth + node->height > HONE_YAML_MAX_DEPTH)
        return fail_at(build, at, "nested deeper than 64 levels");
    if (node->weight > HONE_YAML_MAX_ALIASED - build->n_aliased)
        return fail_at(build, at, "aliases expand to more than 10000 nodes");
    build->n_aliased += node->weight;
    return add_node(build, node);
}

static int open_container(builder *build, const yaml_event_t *event, hone_node_kind kind)
{
    bool is_list = kind == HONE_NODE_LIST;
    if (build->depth == HONE_YAML_MAX_DEPTH)
        return fail_at(build, place_of(event), "nested deeper than 64 levels");
    hone_node *node = make_node(build, event, kind);
    if (node == NULL)
        return HONE_ENOMEM;
    int64_t index;
    int code = check_tag(
        build, event,
        is_list ? event->data.sequence_start.tag : event->data.mapping_start.tag, node);
    if (code == 0)
        code = open_anchor(build, event,
                           is_list ? event->data.sequence_start.anchor
                                   : event->data.mapping_start.anchor,
                           &index);
    if (code != 0)
        return code;
    build->frames[build->depth++] =
        (frame){.node = node, .first = build->n_pending, .anchor = index};
    return 0;
}

/* Weight and height of a container from its children. */
static void weigh(hone_node *node, const hone_node *const *children, size_t n)
{
    uint64_t weight = 1;
    for (size_t i = 0; i < n; i++) {
        weight += children[i]->weight;
        if (children[i]->height >= node->height)
            node->height = (uint16_t)(children[i]->height + 1);
    }
    node->weight = weight < UINT32_MAX ? (uint32_t)weight : UINT32_MAX;
}

static int close_container(builder *build)
{
    assert(build->depth > 0);
    frame top = build->frames[--build->depth];
    size_t n = build->n_pending - top.first;
    const hone_node **children = n > 0 ? build->pending + top.first : NULL;
    int code = 0;
    weigh(top.node, children, n);
    if (top.node->kind == HONE_NODE_LIST) {
        const hone_node **items = hone_arena_alloc(build->arena, n * sizeof *items);
        if (items == NULL)
            return HONE_ENOMEM;
        if (n > 0)
            memcpy(items, children, n * sizeof *items);
        top.node->items = items;
        top.node->n = (uint32_t)n;
    } else {
        hone_yaml_mapping mapping = {.arena = build->arena,
                                     .diag = build->diag,
                                     .budget = HONE_YAML_MAX_ALIASED - build->n_aliased};
        code = hone_yaml_fill_map(&mapping, top.node, children, n / 2);
        build->n_aliased = HONE_YAML_MAX_ALIASED - mapping.budget;
    }
    if (code != 0)
        return code;
    build->n_pending = top.first;
    if (top.anchor >= 0)
        build->anchors[top.anchor].node = top.node;
    return add_node(build, top.node);
}

static int take_event(builder *build, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return add_scalar(build, event);
    case YAML_ALIAS_EVENT:
        return add_alias(build, event);
    case YAML_SEQUENCE_START_EVENT:
        return open_container(build, event, HONE_NODE_LIST);
    case YAML_MAPPING_START_EVENT:
        return open_container(build, event, HONE_NODE_MAP);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        return close_container(build);
    case YAML_DOCUMENT_START_EVENT:
        if (build->ended)
            return fail_at(build, place_of(event),
                           "a second document; a spec is one document");
        return 0;
    case YAML_DOCUMENT_END_EVENT:
        build->ended = true;
        return 0;
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
        return 0;
    }
    return 0;
}

/* The place of a byte that libyaml could not read; its marks know nothing of it. */
static hone_place place_of_byte(const builder *build, size_t offset)
{
    hone_place at = {.line = 1, .column = 1, .width = 1};
    for (size_t i = 0; i < offset && i < build->len;) {
        int32_t code;
        bool crlf =
            build->text[i] == '\r' && i + 1 < build->len && build->text[i + 1] == '\n';
        i += hone_utf8_decode(build->text + i, build->len - i, &code);
        at.column++;
        if (!crlf && (code == '\n' || code == '\r' || code == 0x85 || code == 0x2028 ||
                      code == 0x2029)) {
            at.line++;
            at.column = 1;
        }
    }
    return at;
}

static int fail_reader(builder *build)
{
    size_t offset = build->parser.problem_offset;
    hone_place at = place_of_byte(build, offset);
    unsigned byte = offset < build->len ? (unsigned char)build->text[offset] : 0;
    if (byte < 0x80)
        hone_diag_add(build->diag, HONE_SEVERITY_ERROR, at,
                      "the byte 0x%02x is a control character, which YAML does not allow",
                      byte);
    else
        hone_diag_add(build->diag, HONE_SEVERITY_ERROR, at,
                      "the byte 0x%02x is no UTF-8; save the file as UTF-8", byte);
    return HONE_ESPEC;
}

static int fail_parser(builder *build)
{
    const yaml_parser_t *parser = &build->parser;
    if (parser->error == YAML_MEMORY_ERROR)
        return HONE_ENOMEM;
    if (parser->error == YAML_READER_ERROR)
        return fail_reader(build);
    hone_place at = {.line = (int)parser->problem_mark.line + 1,
                     .column = (int)parser->problem_mark.column + 1,
                     .width = 1};
    size_t byte = seek_byte(build, parser->problem_mark.index);
    const char *problem = parser->problem != NULL ? parser->problem : "no valid YAML";
    if (byte < build->len && build->text[byte] == '\t')
        hone_diag_add(build->diag, HONE_SEVERITY_ERROR, at,
                      "a tab; YAML is indented with spaces");
    else if (parser->context != NULL && parser->context_mark.line + 1 < (size_t)at.line)
        hone_diag_add(build->diag, HONE_SEVERITY_ERROR, at, "%s (%s on line %d)", problem,
                      parser->context, (int)parser->context_mark.line + 1);
    else
        hone_diag_add(build->diag, HONE_SEVERITY_ERROR, at, "%s", problem);
    return HONE_ESPEC;
}

/* libyaml compares every %TAG with all before it, so their number is bounded first. */
static int check_directives(builder *build)
{
    static const char word[] = "%TAG";
    int n = 0, line = 1;
    const char *at = build->text, *end = build->text + build->len;
    while (at != NULL && at < end) {
        size_t rest = (size_t)(end - at);
        if (rest >= sizeof word - 1 && memcmp(at, word, sizeof word - 1) == 0 &&
            ++n > MAX_DIRECTIVES)
            return fail_at(build, (hone_place){line, 1, 1},
                           "more than 100 %TAG directives");
        const char *next = memchr(at, '\n', rest);
        at = next != NULL ? next + 1 : NULL;
        line++;
    }
    return 0;
}

static int run_parser(builder *build)
{
    for (;;) {
        yaml_event_t event;
        if (!yaml_parser_parse(&build->parser, &event))
            return fail_parser(build);
        bool end = event.type == YAML_STREAM_END_EVENT;
        int code = take_event(build, &event);
        yaml_event_delete(&event);
        if (code != 0 || end)
            return code;
    }
}

int hone_yaml_parse(const char *text, size_t len, hone_arena *arena, hone_diag *diag,
                    const hone_node **root)
{
    assert(len < UINT32_MAX);
    builder *build = calloc(1, sizeof *build);
    if (build == NULL)
        return HONE_ENOMEM;
    build->text = text;
    build->len = len;
    build->arena = arena;
    build->diag = diag;
    int code = check_directives(build);
    if (code == 0 && !yaml_parser_initialize(&build->parser))
        code = HONE_ENOMEM;
    if (code == 0) {
        yaml_parser_set_encoding(&build->parser, YAML_UTF8_ENCODING);
        yaml_parser_set_input_string(&build->parser, (const unsigned char *)text, len);
        code = run_parser(build);
        yaml_parser_delete(&build->parser);
    }
    if (code == 0)
        *root = build->root;
    free(build->pending);
    free(build);
    return code;
}
