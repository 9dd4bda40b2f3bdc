/* Fuzz target: a value in a shell string can never break out of its place.
 *
 * The bytes are a value; it is put into a string command in all three contexts of
 * quoting. The oracle takes the resulting text apart as a POSIX shell does and expects
 * exactly the words that the template has, with the value in its place. */
#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "spec/template.h"

enum { MAX_WORDS = 16 };

static const char template_text[] =
    "a ${x} b${x}c \"d ${x}$e\" 'f ${x}' \"${x}\"'${x}' z";

/* Words of a shell text without expansions; `literal` of the bytes is one word's content.
 */
typedef struct words {
    uint32_t n;
    char *text[MAX_WORDS]; /* owned */
    size_t len[MAX_WORDS];
} words;

static void add_byte(words *w, char byte)
{
    char *grown = realloc(w->text[w->n], w->len[w->n] + 1);

    if (!grown)
        abort();
    w->text[w->n] = grown;
    grown[w->len[w->n]++] = byte;
}

/* POSIX 2.2 (quoting): aborts at any byte outside single quotes that a shell would not
 * take for itself, except for the `$e` that the template has. */
static void read_words(words *w, const char *at)
{
    bool in_word = false;
    char quote = '\0';

    memset(w, 0, sizeof *w);
    for (; *at; at++) {
        if (quote == '\'' && *at != '\'') {
            add_byte(w, *at);
        } else if (*at == '\'' && quote != '"') {
            quote = quote ? '\0' : '\'';
            in_word = true;
        } else if (*at == '"') {
            quote = quote ? '\0' : '"';
            in_word = true;
        } else if (*at == '\\' && !quote) {
            add_byte(w, *++at);
        } else if (*at == ' ' && !quote) {
            w->n += in_word;
            in_word = false;
            assert(w->n < MAX_WORDS);
        } else {
            bool known = (*at >= 'a' && *at <= 'z') || *at == '$' || *at == ' ';

            if (!known)
                abort();
            add_byte(w, *at);
            in_word = true;
        }
    }
    if (quote || !in_word)
        abort();
    w->n++;
}

static void expect(const words *w, uint32_t i, const char *pattern, const char *value)
{
    size_t at = 0;

    if (i >= w->n)
        abort();
    for (; *pattern; pattern++) {
        const char *piece = *pattern == '%' ? value : pattern;
        size_t len = *pattern == '%' ? strlen(value) : 1;

        if (at + len > w->len[i] || (len > 0 && memcmp(w->text[i] + at, piece, len) != 0))
            abort();
        at += len;
    }
    if (at != w->len[i])
        abort();
}

static void check(const char *text, const char *value)
{
    static const char *const patterns[] = {"a", "%", "b%c", "d %$e", "f %", "%%", "z"};
    const uint32_t n = sizeof patterns / sizeof *patterns;
    words w;

    read_words(&w, text);
    if (w.n != n)
        abort();
    for (uint32_t i = 0; i < n; i++)
        expect(&w, i, patterns[i], value);
    for (uint32_t i = 0; i < MAX_WORDS; i++)
        free(w.text[i]);
}

/* The template as it came from outside: any bytes must compile or be refused. */
static void compile_anything(const char *text, const hone_space *space)
{
    const hone_value command = hone_value_text(text);
    const hone_value list = {.kind = HONE_LIST, .n = 1, .items = &command};
    const hone_value *const commands[] = {&command, &list};

    for (int i = 0; i < 2; i++) {
        hone_arena arena;
        const hone_command *compiled;
        uint32_t item;
        size_t offset;
        hone_error err;
        int code;

        hone_arena_init(&arena, 1 << 24);
        code = hone_command_compile(commands[i], NULL, space, &arena, &compiled, &item,
                                    &offset, &err);
        if (code && (code != HONE_ESPEC || offset > strlen(text)))
            abort();
        hone_arena_release(&arena);
    }
}

static void expand(const char *value, const hone_space *space)
{
    const hone_value command = hone_value_text(template_text);
    const hone_command_context context = {0};
    const hone_command *compiled;
    hone_config *config = calloc(1, sizeof(hone_config) + sizeof(hone_value));
    hone_arena arena;
    hone_buf argv;
    uint32_t item, n;
    size_t offset;

    if (!config)
        abort();
    config->n = 1;
    config->values[0] = hone_value_text(value);
    hone_arena_init(&arena, 1 << 20);
    hone_buf_init(&argv, 1 << 26);
    if (hone_command_compile(&command, NULL, space, &arena, &compiled, &item, &offset,
                             NULL) ||
        hone_command_expand(compiled, space, config, &context, &argv, &n) || n != 3)
        abort();
    check(argv.data + strlen("/bin/sh") + 1 + strlen("-c") + 1, value);
    hone_buf_release(&argv);
    hone_arena_release(&arena);
    free(config);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const path[] = {"x"};
    const hone_param param = {.name = "x", .path = path, .depth = 1};
    const hone_space space = {.n = 1, .params = &param};
    char *text = malloc(size + 1);

    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    expand(text, &space);
    compile_anything(text, &space);
    free(text);
    return 0;
}
