/* The YAML tree: kinds and places, what is refused and where, and that hostile input ends
 * soon and is told of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "spec/yaml.h"

enum { ARENA = 64 * 1024 * 1024 };

/* A parsed text; large, so it lives on the heap. */
typedef struct parsed {
    hone_arena arena;
    hone_diag diag;
    const hone_node *root;
    int code;
} parsed;

static parsed *parse_bytes(const char *text, size_t len)
{
    parsed *out = calloc(1, sizeof *out);
    assert_non_null(out);
    hone_arena_init(&out->arena, ARENA);
    hone_diag_init(&out->diag, &out->arena, text, len);
    out->code = hone_yaml_parse(text, len, &out->arena, &out->diag, &out->root);
    return out;
}

static parsed *parse(const char *text)
{
    return parse_bytes(text, strlen(text));
}

static void release(parsed *out)
{
    hone_arena_release(&out->arena);
    free(out);
}

static void test_tree(void **state)
{
    (void)state;
    parsed *out =
        parse("a: [1, 'two', \"three\"]\nb:\n  c: !!str 4\n  d: |\n    x\n    y\n");
    assert_int_equal(out->code, 0);
    const hone_node *root = out->root;
    assert_int_equal(root->kind, HONE_NODE_MAP);
    assert_int_equal(root->n, 2);
    const hone_node *list = hone_node_find(root, "a");
    assert_int_equal(list->kind, HONE_NODE_LIST);
    assert_int_equal(list->n, 3);
    assert_int_equal(list->items[0]->type, HONE_NODE_PLAIN);
    assert_int_equal(list->items[1]->type, HONE_NODE_TEXT);
    assert_true(list->items[1]->quoted);
    assert_string_equal(list->items[2]->text, "three");
    assert_int_equal(list->items[2]->at.line, 1);
    assert_int_equal(list->items[2]->at.column, 15);
    assert_int_equal(list->items[2]->at.width, 7);
    const hone_node *map = hone_node_find(root, "b");
    assert_int_equal(hone_node_find(map, "c")->type, HONE_NODE_TEXT);
    assert_string_equal(hone_node_find(map, "d")->text, "x\ny\n");
    assert_int_equal(map->at.line, 3);
    assert_null(hone_node_find(root, "z"));
    release(out);
}

static void test_empty_collections(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        hone_node_kind kind;
    } cases[] = {{"{}", HONE_NODE_MAP}, {"[]", HONE_NODE_LIST}};
    for (size_t i = 0; i < 2; i++) {
        parsed *out = parse(cases[i].text);
        assert_int_equal(out->code, 0);
        assert_int_equal(out->root->kind, cases[i].kind);
        assert_int_equal(out->root->n, 0);
        release(out);
    }
}

/* Columns count characters, whatever their bytes. */
static void test_columns_in_characters(void **state)
{
    (void)state;
    parsed *out = parse("\xc3\xa9\xe2\x82\xac: [x]\n");
    assert_int_equal(out->code, 0);
    assert_int_equal(out->root->pairs[0].value->at.column, 5);
    assert_int_equal(out->root->pairs[0].value->start, 7);
    release(out);
}

static void test_empty(void **state)
{
    (void)state;
    parsed *out = parse("# nothing\n");
    assert_int_equal(out->code, 0);
    assert_null(out->root);
    release(out);
}

static void test_duplicates(void **state)
{
    (void)state;
    parsed *out = parse("b: 1\na: 2\nb: 3\nb: 4\n");
    assert_int_equal(out->code, 0);
    assert_int_equal(out->root->n, 2);
    assert_string_equal(out->root->pairs[0].key->text, "b");
    assert_string_equal(out->root->pairs[0].value->text, "4");
    assert_string_equal(out->root->pairs[1].key->text, "a");
    assert_int_equal(out->diag.n, 2);
    assert_int_equal(out->diag.n_errors, 0);
    assert_int_equal(out->diag.items[0].severity, HONE_SEVERITY_WARNING);
    assert_int_equal(out->diag.items[0].line, 3);
    assert_string_equal(out->diag.items[0].text,
                        "b is there twice, first on line 1; the last one counts");
    release(out);
}

static void test_aliases(void **state)
{
    (void)state;
    parsed *out = parse("a: &x {k: 1}\nb: *x\nc: [*x, *x]\n&n d: *n\n");
    assert_int_equal(out->code, 0);
    assert_ptr_equal(hone_node_find(out->root, "a"), hone_node_find(out->root, "b"));
    assert_int_equal(hone_node_find(out->root, "c")->n, 2);
    assert_string_equal(hone_node_find(out->root, "d")->text, "d");
    release(out);
    out = parse("- &x 1\n- *x\n- &x 2\n- *x\n");
    assert_string_equal(out->root->items[1]->text, "1");
    assert_string_equal(out->root->items[3]->text, "2");
    release(out);
}

static void test_merge_keys(void **state)
{
    (void)state;
    parsed *out = parse("a: &a {x: 1, y: 2}\nb: &b {y: 3, z: 4}\n"
                        "c: {<<: *a, y: 5}\nd: {<<: [*a, *b]}\ne: {'<<': 1}\n");
    assert_int_equal(out->code, 0);
    const hone_node *c = hone_node_find(out->root, "c");
    assert_int_equal(c->n, 2);
    assert_string_equal(hone_node_find(c, "y")->text, "5");
    assert_string_equal(hone_node_find(c, "x")->text, "1");
    const hone_node *d = hone_node_find(out->root, "d");
    assert_int_equal(d->n, 3);
    assert_string_equal(hone_node_find(d, "y")->text, "2");
    assert_string_equal(hone_node_find(d, "z")->text, "4");
    assert_non_null(hone_node_find(hone_node_find(out->root, "e"), "<<"));
    assert_int_equal(out->diag.n, 0);
    release(out);
}

typedef struct refusal {
    const char *text;
    size_t len;           /* 0: strlen */
    const char *expected; /* "line:col: beginning of the message" */
} refusal;

static void test_refusals(void **state)
{
    (void)state;
    static const refusal table[] = {
        {"a: b: c\n", 0, "1:5: mapping values are not allowed"},
        {"a:\n\tb: 1\n", 0, "2:1: a tab"},
        {"a: 1\n---\nb: 2\n", 0, "2:1: a second document"},
        {"a: *x\n", 0, "1:4: the alias *x has no anchor &x"},
        {"a: &x [*x]\n", 0, "1:8: an alias inside its own anchor"},
        {"a: !!python/object:os.system x\n", 0, "1:4: the tag tag:yaml.org,2002:python"},
        {"a: !local x\n", 0, "1:4: the tag !local"},
        {"a: !!int [1]\n", 0, "1:4: the tag tag:yaml.org,2002:int"},
        {"? [a, b]\n: 1\n", 0, "1:3: a key is a scalar"},
        {"a: {<<: 1}\n", 0, "1:9: << takes a mapping"},
        {"a: 1\nb: \"x\\0y\"\n", 0, "2:4: the text holds a NUL byte"},
        {"a: 1\nb: x\0y\n", 12, "2:5: the byte 0x00 is a control character"},
        {"a: 1\nb: \xc3\xa9 \x1b\n", 0, "2:6: the byte 0x1b is a control character"},
        {"a: \xff\n", 0, "1:4: the byte 0xff is no UTF-8"},
        {"a: 1\r\nb: \xc3\xa9\xc3", 0, "2:5: the byte 0xc3 is no UTF-8"},
        {"a: [1, 2\n", 0, "2:1: did not find expected ',' or ']'"},
        {"\xff\xfe"
         "a\0",
         4, "1:1: the byte 0xff is no UTF-8"},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        const refusal *row = &table[i];
        char shown[700];
        parsed *out =
            parse_bytes(row->text, row->len != 0 ? row->len : strlen(row->text));
        assert_int_equal(out->code, HONE_ESPEC);
        assert_int_equal(out->diag.n, 1);
        snprintf(shown, sizeof shown, "%d:%d: %s", out->diag.items[0].line,
                 out->diag.items[0].column, out->diag.items[0].text);
        shown[strlen(row->expected)] = '\0';
        assert_string_equal(shown, row->expected);
        release(out);
    }
}

/* `unit` n times, then what is left of `tail`. */
static char *repeat(const char *head, const char *unit, size_t n)
{
    size_t len = strlen(unit), start = strlen(head);
    char *text = malloc(start + len * n + 1);
    assert_non_null(text);
    memcpy(text, head, start);
    for (size_t i = 0; i < n; i++)
        memcpy(text + start + i * len, unit, len);
    text[start + len * n] = '\0';
    return text;
}

static void expect_refusal(const char *text, int line, int column, const char *message)
{
    parsed *out = parse(text);
    assert_int_equal(out->code, HONE_ESPEC);
    assert_int_equal(out->diag.n, 1);
    assert_string_equal(out->diag.items[0].text, message);
    assert_int_equal(out->diag.items[0].line, line);
    assert_int_equal(out->diag.items[0].column, column);
    release(out);
}

static void test_deep(void **state)
{
    (void)state;
    const char *units[] = {"[", "{", "- ", "[[{"};
    const int columns[] = {65, 65, 129, 65};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        char *text = repeat("", units[i], 100000);
        expect_refusal(text, 1, columns[i], "nested deeper than 64 levels");
        free(text);
    }
}

static void test_alias_bomb(void **state)
{
    (void)state;
    char text[2000] = "a: &a [x,x,x,x,x,x,x,x,x]\n";
    for (char level = 'b'; level < 'n'; level++) {
        size_t len = strlen(text);
        char up = (char)(level - 1);
        snprintf(text + len, sizeof text - len, "%c: &%c [*%c,*%c,*%c,*%c,*%c,*%c]\n",
                 level, level, up, up, up, up, up, up);
    }
    expect_refusal(text, 5, 17, "aliases expand to more than 10000 nodes");
}

/* Merging counts too: each `<<` adds what it names. */
static void test_merge_bomb(void **state)
{
    (void)state;
    char *text = repeat("a: &a {k: 1, l: 2}\nb:\n", " - {<<: [*a,*a,*a,*a,*a]}\n", 1000);
    parsed *out = parse(text);
    assert_int_equal(out->code, HONE_ESPEC);
    assert_string_equal(out->diag.items[0].text,
                        "aliases expand to more than 10000 nodes");
    release(out);
    free(text);
}

static void test_many_anchors_and_tags(void **state)
{
    (void)state;
    char *text = repeat("", "- &a x\n", 1001);
    expect_refusal(text, 1001, 3, "more than 1000 anchors in one file");
    free(text);
    text = repeat("", "%TAG !a! tag:x\n", 101);
    expect_refusal(text, 101, 1, "more than 100 %TAG directives");
    free(text);
}

/* The place of a byte inside a scalar, for expressions and templates. */
static void test_place_inside(void **state)
{
    (void)state;
    const char *text =
        "a: \"x \xc3\xa9 y\"\nb: plain\nc: |\n\n    one\n    two\nd: \"\\x41b\"\n";
    parsed *out = parse(text);
    assert_int_equal(out->code, 0);
    static const struct {
        const char *key;
        size_t offset;
        int line, column;
    } table[] = {
        {"a", 0, 1, 5},                   /* behind the quote */
        {"a", 5, 1, 9},                   /* y: two bytes of é are one column */
        {"b", 2, 2, 6}, {"b", 100, 2, 9}, /* cut at the end */
        {"c", 1, 5, 5},                   /* o of one, behind an empty line */
        {"c", 6, 6, 6},                   /* w of two */
        {"d", 1, 7, 4},                   /* an escape: the scalar itself */
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        const hone_node *node = hone_node_find(out->root, table[i].key);
        hone_place at = hone_node_place(node, table[i].offset, text, strlen(text));
        assert_int_equal(at.line, table[i].line);
        assert_int_equal(at.column, table[i].column);
    }
    release(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tree),
        cmocka_unit_test(test_empty_collections),
        cmocka_unit_test(test_columns_in_characters),
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_duplicates),
        cmocka_unit_test(test_aliases),
        cmocka_unit_test(test_merge_keys),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_deep),
        cmocka_unit_test(test_alias_bomb),
        cmocka_unit_test(test_merge_bomb),
        cmocka_unit_test(test_many_anchors_and_tags),
        cmocka_unit_test(test_place_inside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
