/* Patterns of the user. PCRE2 is used here and nowhere else.
 *
 * Bytes mode: output may hold any bytes, and names and numbers are ASCII. `^` and `$`
 * hold at line ends, of which \n, \r and \r\n are some, so that the same pattern may be
 * run over one line and over many.
 *
 * One match may cost MATCH_LIMIT steps; beyond, PCRE2 returns -47 (-53 for depth, -63
 * heap, -46 when the JIT stack is used up). That is a failure, not "no match": the caller
 * counts it. Where no JIT compiler may run (hardened kernels), the interpreter does. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "output/regex.h"

#include <assert.h>
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

enum {
    MATCH_LIMIT = 100000,
    DEPTH_LIMIT = 10000,
    HEAP_LIMIT_KIB = 4096,
    JIT_STACK_START = 32 * 1024,
    JIT_STACK_MAX = 512 * 1024,
    PARENS_MAX = 100
};

struct hone_regex {
    pcre2_code *code;
    pcre2_match_data *data;
    pcre2_match_context *context;
    pcre2_jit_stack *stack;     /* NULL without JIT */
    uint32_t value, step, name; /* numbers of groups; 0: there is none */
    bool spans_lines;
    uint64_t gave_up;
};

/* The number of a named group, 0 where the pattern has none. */
static uint32_t find_group(const pcre2_code *code, const char *name)
{
    int number = pcre2_substring_number_from_name(code, (PCRE2_SPTR)name);
    return number > 0 ? (uint32_t)number : 0;
}

/* The pattern may be run over many lines unless it could look at or run through other
 * lines than the one it matches in: assertions, atomic and possessive parts, options set
 * inside, and classes that hold a line end and may be long. */
static bool judge_spans_lines(const char *pattern)
{
    static const char *const groups[] = {"(?:",       "(?<value>",  "(?<step>",
                                         "(?<name>",  "(?P<value>", "(?P<step>",
                                         "(?P<name>", "(?i)"};
    if (strstr(pattern, "\\s\\S") != NULL || strstr(pattern, "\\S\\s") != NULL)
        return false;
    for (const char *at = pattern; *at != '\0'; at++) {
        if (*at == '\\' && at[1] != '\0') {
            if (strchr("AzZGDWHVXRKQE", at[1]) != NULL)
                return false;
            at++;
            continue;
        }
        if ((at[0] == '[' && at[1] == '^') || (at[0] == '(' && at[1] == '*'))
            return false;
        if (strchr("*+?}", *at) != NULL && at[1] == '+')
            return false;
        if (at[0] != '(' || at[1] != '?')
            continue;
        bool known = false;
        for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
            known = known || strncmp(at, groups[i], strlen(groups[i])) == 0;
        if (!known)
            return false;
    }
    return true;
}

static int fail_compile(int code, size_t at, size_t *offset, hone_error *err)
{
    if (code == PCRE2_ERROR_HEAP_FAILED)
        return hone_error_set(err, HONE_ENOMEM, "out of memory for a pattern");
    PCRE2_UCHAR text[200];
    if (pcre2_get_error_message(code, text, sizeof(text)) < 0)
        memcpy(text, "unknown error", sizeof("unknown error"));
    *offset = at;
    return hone_error_set(err, HONE_ESYNTAX, "%s, at character %zu of the pattern",
                          (const char *)text, at + 1);
}

static int compile(hone_regex *regex, const char *pattern, size_t *offset,
                   hone_error *err)
{
    size_t len = strlen(pattern);
    if (len > HONE_PATTERN_MAX) {
        *offset = HONE_PATTERN_MAX;
        return hone_error_set(err, HONE_ESYNTAX,
                              "the pattern has %zu bytes; at most %d are allowed", len,
                              HONE_PATTERN_MAX);
    }
    pcre2_compile_context *context = pcre2_compile_context_create(NULL);
    if (context == NULL)
        return hone_error_set(err, HONE_ENOMEM, "out of memory for a pattern");
    pcre2_set_newline(context, PCRE2_NEWLINE_ANYCRLF);
    pcre2_set_parens_nest_limit(context, PARENS_MAX);
    int code = 0;
    PCRE2_SIZE at = 0;
    uint32_t options =
        PCRE2_MULTILINE | PCRE2_NEVER_BACKSLASH_C | PCRE2_NEVER_UTF | PCRE2_NEVER_UCP;
    regex->code = pcre2_compile((PCRE2_SPTR)pattern, len, options, &code, &at, context);
    pcre2_compile_context_free(context);
    return regex->code != NULL ? HONE_OK : fail_compile(code, at, offset, err);
}

static int find_groups(hone_regex *regex, size_t *offset, hone_error *err)
{
    uint32_t n = 0;
    regex->value = find_group(regex->code, "value");
    regex->step = find_group(regex->code, "step");
    regex->name = find_group(regex->code, "name");
    if (regex->value != 0)
        return HONE_OK;
    if (pcre2_pattern_info(regex->code, PCRE2_INFO_CAPTURECOUNT, &n) != 0 || n == 0) {
        *offset = 0;
        return hone_error_set(
            err, HONE_ESYNTAX,
            "the pattern has no group; put the number in (?<value>...)");
    }
    regex->value = 1;
    return HONE_OK;
}

static int prepare(hone_regex *regex, hone_error *err)
{
    regex->data = pcre2_match_data_create_from_pattern(regex->code, NULL);
    regex->context = pcre2_match_context_create(NULL);
    if (regex->data == NULL || regex->context == NULL)
        return hone_error_set(err, HONE_ENOMEM, "out of memory for a pattern");
    pcre2_set_match_limit(regex->context, MATCH_LIMIT);
    pcre2_set_depth_limit(regex->context, DEPTH_LIMIT);
    pcre2_set_heap_limit(regex->context, HEAP_LIMIT_KIB);
    if (pcre2_jit_compile(regex->code, PCRE2_JIT_COMPLETE) != 0)
        return HONE_OK;
    regex->stack = pcre2_jit_stack_create(JIT_STACK_START, JIT_STACK_MAX, NULL);
    if (regex->stack == NULL)
        return hone_error_set(err, HONE_ENOMEM, "out of memory for a pattern");
    pcre2_jit_stack_assign(regex->context, NULL, regex->stack);
    return HONE_OK;
}

int hone_regex_new(const char *pattern, hone_regex **out, size_t *offset, hone_error *err)
{
    assert(pattern != NULL && offset != NULL);
    hone_regex *regex = calloc(1, sizeof(*regex));
    if (regex == NULL)
        return hone_error_set(err, HONE_ENOMEM, "out of memory for a pattern");
    int rc = compile(regex, pattern, offset, err);
    if (rc == HONE_OK)
        rc = find_groups(regex, offset, err);
    if (rc == HONE_OK)
        rc = prepare(regex, err);
    if (rc != HONE_OK) {
        hone_regex_free(regex);
        return rc;
    }
    regex->spans_lines = judge_spans_lines(pattern);
    *out = regex;
    return HONE_OK;
}

void hone_regex_free(hone_regex *regex)
{
    if (regex == NULL)
        return;
    pcre2_jit_stack_free(regex->stack);
    pcre2_match_context_free(regex->context);
    pcre2_match_data_free(regex->data);
    pcre2_code_free(regex->code);
    free(regex);
}

static hone_group read_group(const hone_regex *regex, const char *text, uint32_t number,
                             uint32_t n)
{
    const PCRE2_SIZE *bounds = pcre2_get_ovector_pointer(regex->data);
    if (number == 0 || number >= n || bounds[2 * number] == PCRE2_UNSET)
        return (hone_group){0};
    /* A \K inside a lookahead may put the end before the start. */
    if (bounds[2 * number + 1] < bounds[2 * number])
        return (hone_group){0};
    return (hone_group){text + bounds[2 * number],
                        bounds[2 * number + 1] - bounds[2 * number]};
}

int hone_regex_match(hone_regex *regex, const char *text, size_t len, size_t start,
                     hone_match *match)
{
    assert(start <= len);
    int rc = pcre2_match(regex->code, (PCRE2_SPTR)text, len, start, 0, regex->data,
                         regex->context);
    if (rc == PCRE2_ERROR_NOMATCH)
        return 0;
    if (rc < 0)
        return rc == PCRE2_ERROR_NOMEMORY ? HONE_REGEX_STARVED : HONE_REGEX_GAVE_UP;
    const PCRE2_SIZE *bounds = pcre2_get_ovector_pointer(regex->data);
    uint32_t n = (uint32_t)rc;
    *match = (hone_match){.start = bounds[0],
                          .end = bounds[1],
                          .value = read_group(regex, text, regex->value, n),
                          .step = read_group(regex, text, regex->step, n),
                          .name = read_group(regex, text, regex->name, n)};
    return 1;
}

bool hone_regex_spans_lines(const hone_regex *regex)
{
    return regex->spans_lines;
}

void hone_regex_give_up(hone_regex *regex)
{
    regex->gave_up++;
}

uint64_t hone_regex_gave_up(const hone_regex *regex)
{
    return regex->gave_up;
}

bool hone_regex_is_off(const hone_regex *regex)
{
    return regex->gave_up >= HONE_REGEX_GIVE_UP;
}

bool hone_regex_has_step(const hone_regex *regex)
{
    return regex->step != 0;
}
