#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "model/expr.h"

/* The parameters of all cases. */
static const struct {
    const char *name;
    hone_value value;
} params[] = {
    {"lr", {HONE_REAL, .real = 0.1}},
    {"n", {HONE_INT, .integer = 7}},
    {"zero", {HONE_INT, .integer = 0}},
    {"big", {HONE_INT, .integer = INT64_MAX}},
    {"least", {HONE_INT, .integer = INT64_MIN}},
    {"model", {HONE_TEXT, 4, .text = "tree"}},
    {"flag", {HONE_BOOL, .boolean = true}},
    {"nothing", {.kind = HONE_NULL}},
    {"absent", {.kind = HONE_ABSENT}},
    {"optimizer.lr", {HONE_REAL, .real = 0.5}},
    {"learning-rate", {HONE_REAL, .real = 0.25}},
    {"größe", {HONE_INT, .integer = 3}},
    {"layers",
     {HONE_LIST, 2,
      .items =
          (const hone_value[]){{HONE_INT, .integer = 64}, {HONE_INT, .integer = 32}}}},
    {"dict",
     {HONE_MAP, 1, .pairs = (const hone_pair[]){{"depth", {HONE_INT, .integer = 1}}}}},
};

static int64_t find_param(void *arg, const char *name, size_t len)
{
    (void)arg;
    for (size_t i = 0; i < sizeof params / sizeof *params; i++)
        if (strlen(params[i].name) == len && memcmp(params[i].name, name, len) == 0)
            return (int64_t)i;
    return -1;
}

static hone_value value_of(void *arg, uint32_t id)
{
    (void)arg;
    return params[id].value;
}

static const hone_expr_names names = {.find = find_param};

struct expectation {
    const char *text;
    hone_truth truth;
};

static void check_all(const struct expectation *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        hone_arena arena;
        hone_arena_init(&arena, 1 << 20);
        const hone_expr *expr = NULL;
        hone_error err = {0};
        char text[256];
        size_t len = strlen(cases[i].text);
        memcpy(text, cases[i].text, len);
        int code = hone_expr_parse(text, len, &names, &arena, &expr, NULL, &err);
        if (code != 0)
            fail_msg("%s: %s", cases[i].text, err.text);
        memset(text, 'x', sizeof text); /* the text is not needed any more */
        hone_truth truth = hone_expr_test(expr, value_of, NULL);
        if (truth != cases[i].truth)
            fail_msg("%s: got %d, expected %d", cases[i].text, truth, cases[i].truth);
        hone_arena_release(&arena);
    }
}

#define CHECK(cases) check_all(cases, sizeof(cases) / sizeof *(cases))

static void test_arithmetic_is_python(void **state)
{
    (void)state;
    static const struct expectation cases[] = {
        {"1 + 2 * 3 == 7", HONE_TRUE},
        {"(1 + 2) * 3 == 9", HONE_TRUE},
        {"10 - 3 - 2 == 5", HONE_TRUE},
        {"2 ** 3 ** 2 == 512", HONE_TRUE},
        {"-2 ** 2 == -4", HONE_TRUE},
        {"2 ** -1 == 0.5", HONE_TRUE},
        {"7 / 2 == 3.5", HONE_TRUE},
        {"7 // 2 == 3 and -7 // 2 == -4 and 7 // -2 == -4 and -7 // -2 == 3", HONE_TRUE},
        {"7 % 3 == 1 and -7 % 3 == 2 and 7 % -3 == -2 and -7 % -3 == -1", HONE_TRUE},
        {"7.5 // 2 == 3 and -7.5 // 2 == -4 and -7.5 % 2 == 0.5", HONE_TRUE},
        {"-1 // 1e300 == -1 and 1 // 0.1 == 9", HONE_TRUE},
        {"9007199254740993 == 9007199254740993", HONE_TRUE},
        {"9007199254740993 == 9007199254740992.0", HONE_FALSE},
        {"9007199254740993 > 9007199254740992.0", HONE_TRUE},
        {"9007199254740992.0 < 9007199254740993", HONE_TRUE},
        {"big + 1 == 9223372036854775808", HONE_TRUE},
        {"big < 9223372036854775808 and least >= -9223372036854775808.0", HONE_TRUE},
        {"big * big > 1e37 and 10 ** 30 == 1e30", HONE_TRUE},
        {"least // -1 > 0 and least % -1 == 0 and -least > 0 and abs(least) > 0",
         HONE_TRUE},
        {"(-1) ** 9223372036854775807 == -1 and 0 ** 0 == 1", HONE_TRUE},
        {".5 + 5. == 5.5 and 1e-4 == 0.0001 and 1E+2 == 100", HONE_TRUE},
        {"min(3, n, 5) == 3 and max(3, n, 5,) == 7 and min(2) == 2", HONE_TRUE},
        {"abs(-3) == 3 and abs(-0.5) == 0.5 and sqrt(9) == 3 and log(1) == 0", HONE_TRUE},
        {"flag + 1 == 2 and flag == 1 and -flag == -1", HONE_TRUE},
        {"- - 3 == 3", HONE_TRUE},
        {"lr * 10 == 1", HONE_TRUE},
        {"`learning-rate` < optimizer.lr", HONE_TRUE},
        {"größe == 3", HONE_TRUE},
        {"n-3 == 4 and n -3 == 4", HONE_TRUE},
    };
    CHECK(cases);
}

static void test_what_has_no_answer_is_false(void **state)
{
    (void)state;
    static const struct expectation cases[] = {
        {"1 / zero > 0", HONE_FALSE},
        {"1 / zero <= 0", HONE_FALSE},
        {"1 / zero == 1 / zero", HONE_FALSE},
        {"1 / zero != 1", HONE_FALSE},
        {"not 1 / zero > 0", HONE_TRUE},
        {"1 // zero == 0 or 1 % zero == 0 or 1.5 % 0 == 0 or 1 // 0.0 < 9", HONE_FALSE},
        {"zero ** -1 > 0 or (-1) ** 0.5 > 0", HONE_FALSE},
        {"log(0) < 0 or log(-1) < 0 or sqrt(-1) < 9", HONE_FALSE},
        {"min(1, 1 / 0) <= 1 or max(model, 1) >= 1 or max([1, 2]) > 0", HONE_FALSE},
        {"1 / 0", HONE_FALSE},
        {"1 / 0 in [1]", HONE_FALSE},
        {"1 / 0 not in [1] or 1 / zero not in [n]", HONE_FALSE},
        {"model + 1 > 0 or model * 2 == 'treetree' or -model < 0", HONE_FALSE},
        {"abs(model) == 0 or log(nothing) == 0", HONE_FALSE},
    };
    CHECK(cases);
}

static void test_comparisons(void **state)
{
    (void)state;
    static const struct expectation cases[] = {
        {"1 < n < 10", HONE_TRUE},
        {"1 < n < 5", HONE_FALSE},
        {"10 > n >= 7 > 0", HONE_TRUE},
        {"1 == 1.0 == true", HONE_TRUE},
        {"model == 'tree'", HONE_TRUE},
        {"model == \"tree\"", HONE_TRUE},
        {"model != 'forest'", HONE_TRUE},
        {"model < 'trees' and model > 'tr'", HONE_TRUE},
        {"model == 1 or model < 1 or model > 1", HONE_FALSE},
        {"model != 1", HONE_TRUE},
        {"'1' == 1", HONE_FALSE},
        {"nothing == null and nothing == None and nothing != 0", HONE_TRUE},
        {"nothing < 1 or nothing == false", HONE_FALSE},
        {"flag == True and flag != False and flag", HONE_TRUE},
        {"layers == [64, 32]", HONE_TRUE},
        {"layers == [32, 64] or layers < [99]", HONE_FALSE},
        {"'it\\'s' == \"it's\" and 'a\\\\b' == \"a\\\\b\" and '\\q' == \"\\q\"",
         HONE_TRUE},
        {"'a\\nb' == 'a\nb'", HONE_TRUE},
    };
    CHECK(cases);
}

static void test_membership(void **state)
{
    (void)state;
    static const struct expectation cases[] = {
        {"model in ['tree', 'forest']", HONE_TRUE},
        {"model not in ['tree', 'forest']", HONE_FALSE},
        {"model not in []", HONE_TRUE},
        {"n in [1, 7.0]", HONE_TRUE},
        {"n in [zero, n - 1 + 1]", HONE_TRUE},
        {"n not in [zero, lr]", HONE_TRUE},
        {"32 in layers and 33 not in layers", HONE_TRUE},
        {"'re' in model and 'x' not in model and '' in model", HONE_TRUE},
        {"1 in model or model in 1 or n in nothing", HONE_FALSE},
        {"'depth' in dict and 'width' not in dict and 1 not in dict", HONE_TRUE},
        {"[1] in [[1], [2]]", HONE_TRUE},
        {"n in [-7, -(-7)]", HONE_TRUE},
        {"absent in [n]", HONE_UNKNOWN},
        {"n in [1, absent]", HONE_UNKNOWN},
        {"n in [n, absent]", HONE_TRUE},
        {"n not in [n, absent]", HONE_FALSE},
        {"absent in [1, 2]", HONE_UNKNOWN},
        {"1 / zero in [absent]", HONE_FALSE},
    };
    CHECK(cases);
}

static void test_logic_has_three_values(void **state)
{
    (void)state;
    static const struct expectation cases[] = {
        {"true and true", HONE_TRUE},
        {"true && false", HONE_FALSE},
        {"false || true", HONE_TRUE},
        {"!false", HONE_TRUE},
        {"not not n", HONE_TRUE},
        {"not n == 7", HONE_FALSE},
        {"! n == 7", HONE_FALSE},
        {"true or false and false", HONE_TRUE},
        {"(zero or 5) == 5 and (n and 3) == 3", HONE_TRUE},
        {"'' or 0 or 0.0 or null or [] or false", HONE_FALSE},
        {"'a' and 1 and [0] and dict", HONE_TRUE},
        {"absent", HONE_UNKNOWN},
        {"not absent", HONE_UNKNOWN},
        {"absent < 1", HONE_UNKNOWN},
        {"absent == null", HONE_UNKNOWN},
        {"-absent + 1 > sqrt(absent)", HONE_UNKNOWN},
        {"min(1, absent) == 1", HONE_UNKNOWN},
        {"absent and false", HONE_FALSE},
        {"false and absent", HONE_FALSE},
        {"absent and true", HONE_UNKNOWN},
        {"absent or true", HONE_TRUE},
        {"true or absent", HONE_TRUE},
        {"absent or false", HONE_UNKNOWN},
        {"1 < absent < 0", HONE_UNKNOWN},
        {"2 < 1 < absent", HONE_FALSE},
        {"absent < 2 < 1", HONE_FALSE},
        {"model == 'tree' or absent < 3", HONE_TRUE},
    };
    CHECK(cases);
}

static void test_errors_name_the_word(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
        size_t offset;
    } cases[] = {
        {"lrr < 1", "unknown name \"lrr\"", 0},
        {"1 < lr.x", "unknown name \"lr.x\"", 4},
        {"learning-rate < 1",
         "unknown name \"learning\", write `learning-rate` in backquotes", 0},
        {"`x y` < 1", "unknown name \"x y\"", 0},
        {"lr <", "expected a value after \"<\"", 4},
        {"lr < > 2", "expected a value after \"<\", not \">\"", 5},
        {"", "expected a value", 0},
        {"  ", "expected a value", 2},
        {"* 2", "expected a value before \"*\"", 0},
        {"lr 2", "expected an operator after \"lr\", not \"2\"", 3},
        {"lr)", "expected an operator after \"lr\", not \")\"", 2},
        {"(lr", "expected \")\" after \"lr\"", 3},
        {"[1, 2", "expected \",\" or \"]\" after \"2\"", 5},
        {"min(1 2)", "expected \",\" or \")\" after \"1\", not \"2\"", 6},
        {"min()", "min() has 0 arguments, it takes one or more", 0},
        {"1 + abs(1, 2)", "abs() has 2 arguments, it takes one", 4},
        {"min < 1", "unknown name \"min\"", 0},
        {"lr = 1", "\"=\" compares nothing, write \"==\"", 3},
        {"lr not 1", "expected \"in\" after \"not\", not \"1\"", 7},
        {"lr < 1x", "\"1x\" is not a number", 5},
        {"1.2.3", "\"1.2.3\" is not a number", 0},
        {"0x1F", "\"0x1F\" is not a number", 0},
        {"'abc", "the string has no closing '", 0},
        {"'abc\\", "the string has no closing '", 0},
        {"`abc", "the name has no closing `", 0},
        {"lr < $", "\"$\" cannot stand here", 5},
        {"1 < [lr]", "a list with names in it can only stand after \"in\"", 4},
        {"1 in ([lr])", "a list with names in it can only stand after \"in\"", 6},
        {"lr and or n", "expected a value after \"and\", not \"or\"", 7},
        {"[1,,2]", "expected a value after \",\", not \",\"", 3},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        hone_arena arena;
        hone_arena_init(&arena, 1 << 20);
        const hone_expr *expr = NULL;
        hone_error err = {0};
        size_t offset = 999, len = strlen(cases[i].text);
        int code =
            hone_expr_parse(cases[i].text, len, &names, &arena, &expr, &offset, &err);
        assert_int_equal(code, HONE_ESYNTAX);
        assert_string_equal(err.text, cases[i].message);
        if (offset != cases[i].offset)
            fail_msg("%s: offset %zu, expected %zu", cases[i].text, offset,
                     cases[i].offset);
        assert_null(expr);
        hone_arena_release(&arena);
    }
}

/* Parses `head` repeated, then `tail`; returns the code, the message in `err`. */
static int parse_repeated(const char *head, size_t n, const char *tail, hone_error *err)
{
    static char text[3 * HONE_EXPR_MAX_BYTES];
    size_t len = 0;
    for (size_t i = 0; i < n; i++) {
        memcpy(text + len, head, strlen(head));
        len += strlen(head);
    }
    memcpy(text + len, tail, strlen(tail));
    len += strlen(tail);
    hone_arena arena;
    hone_arena_init(&arena, 1 << 22);
    const hone_expr *expr;
    int code = hone_expr_parse(text, len, &names, &arena, &expr, NULL, err);
    if (code == 0)
        assert_int_not_equal(hone_expr_test(expr, value_of, NULL), HONE_UNKNOWN);
    hone_arena_release(&arena);
    return code;
}

static void test_size_and_depth_are_limited(void **state)
{
    (void)state;
    hone_error err = {0};
    assert_int_equal(parse_repeated("n+", 2000, "n", &err), 0);
    assert_int_equal(parse_repeated("n<", 2000, "n", &err), 0);
    assert_int_equal(parse_repeated("-", HONE_EXPR_MAX_DEPTH - 1, "n", &err), 0);
    assert_int_equal(parse_repeated("n+", 2048, "n", &err), HONE_ESYNTAX);
    assert_string_equal(err.text, "the expression has 4097 bytes, at most 4096 are read");
    static const char *const deep[] = {"(", "[", "-", "not ", "2**", "min(", "n in ["};
    for (size_t i = 0; i < sizeof deep / sizeof *deep; i++) {
        assert_int_equal(parse_repeated(deep[i], 500, "1", &err), HONE_ESYNTAX);
        assert_string_equal(err.text, "the expression is nested deeper than 64 levels");
    }
}

static void test_hostile_bytes_are_refused(void **state)
{
    (void)state;
    hone_arena arena;
    hone_arena_init(&arena, 1 << 20);
    const hone_expr *expr;
    hone_error err;
    static const char nul[] = "n < \0 1", broken[] = "\xFF\xFE < 1";
    assert_int_equal(
        hone_expr_parse(nul, sizeof nul - 1, &names, &arena, &expr, NULL, &err),
        HONE_ESYNTAX);
    assert_string_equal(err.text, "a NUL byte cannot stand here");
    assert_int_equal(
        hone_expr_parse(broken, sizeof broken - 1, &names, &arena, &expr, NULL, NULL),
        HONE_ESYNTAX);
    hone_arena_release(&arena);
}

static void test_memory_may_end_anywhere(void **state)
{
    (void)state;
    const char *text = "n in [1, n] and min(lr, 2) < 'a' + [1, 2] and -n ** 2 < 3";
    size_t max = 0;
    int code = HONE_ENOMEM;
    for (; code == HONE_ENOMEM; max += 16) {
        hone_arena arena;
        hone_arena_init(&arena, max);
        const hone_expr *expr = NULL;
        code = hone_expr_parse(text, strlen(text), &names, &arena, &expr, NULL, NULL);
        assert_true(code == HONE_ENOMEM || (code == 0 && expr != NULL));
        hone_arena_release(&arena);
    }
    assert_int_equal(code, 0);
    assert_true(max > 1000);
}

static void append_id(void *arg, uint32_t id)
{
    char *at = arg;
    snprintf(at + strlen(at), 8, "%u ", id);
}

static void test_visit_goes_by_appearance(void **state)
{
    (void)state;
    hone_arena arena;
    hone_arena_init(&arena, 1 << 20);
    const hone_expr *expr;
    const char *text = "n < lr and n in [model, zero] or 1 < 2";
    assert_int_equal(
        hone_expr_parse(text, strlen(text), &names, &arena, &expr, NULL, NULL), 0);
    char ids[64] = "";
    hone_expr_visit(expr, append_id, ids);
    assert_string_equal(ids, "1 0 1 5 2 ");
    hone_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arithmetic_is_python),
        cmocka_unit_test(test_what_has_no_answer_is_false),
        cmocka_unit_test(test_comparisons),
        cmocka_unit_test(test_membership),
        cmocka_unit_test(test_logic_has_three_values),
        cmocka_unit_test(test_errors_name_the_word),
        cmocka_unit_test(test_size_and_depth_are_limited),
        cmocka_unit_test(test_hostile_bytes_are_refused),
        cmocka_unit_test(test_memory_may_end_anywhere),
        cmocka_unit_test(test_visit_goes_by_appearance),
    };
    return cmocka_run_group_tests_name("expr", tests, NULL, NULL);
}
