/* The identity of configurations, and the order in which conditions are decided. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <hone/space.h>

#include "space_kit.h"

static hone_identity identity_of(const char *name, hone_value value)
{
    hone_param param = {.name = name};
    hone_space space = {.n = 1, .params = &param};
    hone_config *config = kit_config(&space);
    config->values[0] = value;
    hone_identity identity = hone_config_identity(&space, config);
    free(config);
    return identity;
}

static bool same_identity(hone_identity a, hone_identity b)
{
    return a.low == b.low && a.high == b.high;
}

static void test_identity_of_values(void **state)
{
    (void)state;
    static const hone_value items[] = {KIT_INT(1), KIT_TEXT("a")};
    static const hone_value swapped[] = {KIT_TEXT("a"), KIT_INT(1)};
    static const hone_pair pairs[] = {{"x", KIT_INT(1)}, {"y", KIT_REAL(.5)}};
    static const hone_pair turned[] = {{"y", KIT_REAL(.5)}, {"x", KIT_REAL(1.0)}};
    static const hone_pair others[] = {{"x", KIT_REAL(.5)}, {"y", KIT_INT(1)}};
    static const struct {
        int class; /* equal classes, equal identities */
        hone_value value;
    } cases[] = {
        {0, KIT_INT(1)},
        {0, KIT_REAL(1.0)},
        {0, {.kind = HONE_REAL, .real = 1, .spelling = "1e0"}},
        {1, KIT_TEXT("1")},
        {2, {.kind = HONE_BOOL, .boolean = true}},
        {3, {.kind = HONE_BOOL, .boolean = false}},
        {4, {.kind = HONE_NULL}},
        {5, KIT_TEXT("null")},
        {6, KIT_INT(0)},
        {6, KIT_REAL(-0.0)},
        {7, KIT_REAL(NAN)},
        {7, KIT_REAL(-NAN)},
        {8, KIT_REAL(INFINITY)},
        {9, KIT_REAL(-INFINITY)},
        {10, KIT_REAL(.1)},
        {11, KIT_REAL(1e300)},
        {12, {.kind = HONE_LIST, .n = 2, .items = items}},
        {13, {.kind = HONE_LIST, .n = 2, .items = swapped}},
        {14, {.kind = HONE_LIST, .n = 0}},
        {15, {.kind = HONE_MAP, .n = 0}},
        {16, {.kind = HONE_MAP, .n = 2, .pairs = pairs}},
        {16, {.kind = HONE_MAP, .n = 2, .pairs = turned}},
        {17, {.kind = HONE_MAP, .n = 2, .pairs = others}},
        {18, {.kind = HONE_ABSENT}},
        {19, KIT_TEXT("")},
        {20, KIT_INT(INT64_MIN)},
        {20, KIT_REAL(-0x1p63)},
        {21, KIT_REAL(0x1p63)},
        {22, KIT_INT(INT64_MAX)},
    };
    for (size_t i = 0; i < KIT_COUNT(cases); i++) {
        for (size_t k = 0; k < KIT_COUNT(cases); k++) {
            bool same = same_identity(identity_of("p", cases[i].value),
                                      identity_of("p", cases[k].value));
            if (same != (cases[i].class == cases[k].class)) {
                fail_msg("values %zu and %zu", i, k);
            }
        }
    }
    assert_false(same_identity(identity_of("p", cases[0].value),
                               identity_of("q", cases[0].value)));
    /* The encoding is part of the record: this number must never change. */
    hone_identity known = identity_of("lr", hone_value_real(.1));
    assert_true(known.high == UINT64_C(0x0fb7520e7ae34a15));
    assert_true(known.low == UINT64_C(0xae569a73be7c547f));
}

static void test_identity_knows_no_order(void **state)
{
    (void)state;
    static const hone_param there[] = {{.name = "a"}, {.name = "b"}, {.name = "c"}};
    static const hone_param back[] = {{.name = "c"}, {.name = "b"}, {.name = "a"}};
    hone_space space = {.n = 3, .params = there}, turned = {.n = 3, .params = back};
    hone_config *config = kit_config(&space), *other = kit_config(&turned);
    config->values[0] = other->values[2] = hone_value_int(1);
    config->values[2] = other->values[0] = hone_value_text("x");
    assert_true(same_identity(hone_config_identity(&space, config),
                              hone_config_identity(&turned, other)));
    hone_space shorter = {.n = 1, .params = there};
    hone_config *only = kit_config(&shorter);
    only->values[0] = hone_value_int(1);
    config->values[2].kind = HONE_ABSENT;
    assert_true(same_identity(hone_config_identity(&space, config),
                              hone_config_identity(&shorter, only)));
    free(config);
    free(other);
    free(only);
}

static void test_order(void **state)
{
    (void)state;
    /* Who waits for whom; what the order is, as digits; NULL: a circle. */
    static const struct {
        uint32_t n;
        int32_t waits[6][2];
        const char *order;
    } cases[] = {
        {0, {{0}}, ""},
        {3, {{-1, -1}, {-1, -1}, {-1, -1}}, "012"},
        {3, {{2, -1}, {-1, -1}, {-1, -1}}, "120"},
        {4, {{1, -1}, {-1, -1}, {-1, -1}, {0, -1}}, "1023"},
        {4, {{3, -1}, {0, -1}, {1, -1}, {-1, -1}}, "3012"},
        {5, {{4, 3}, {-1, -1}, {0, 0}, {1, -1}, {1, -1}}, "13402"},
        {6, {{5, -1}, {5, -1}, {5, -1}, {5, -1}, {5, -1}, {-1, -1}}, "501234"},
        {1, {{0, -1}}, NULL},
        {3, {{-1, -1}, {2, -1}, {1, -1}}, NULL},
        {4, {{-1, -1}, {0, 2}, {3, -1}, {2, -1}}, NULL},
    };
    for (size_t i = 0; i < KIT_COUNT(cases); i++) {
        hone_param params[6] = {0};
        hone_clause clauses[6][2] = {0};
        static const char *const names[] = {"a", "b", "c", "d", "e", "f"};
        for (uint32_t p = 0; p < cases[i].n; p++) {
            params[p].name = names[p];
            params[p].clauses = clauses[p];
            for (int k = 0; k < 2; k++) {
                if (cases[i].waits[p][k] >= 0) {
                    clauses[p][params[p].n_clauses++].param =
                        (uint32_t)cases[i].waits[p][k];
                }
            }
        }
        hone_space space = {.n = cases[i].n, .params = params};
        uint32_t order[6];
        hone_error err = {0};
        int code = hone_space_order(&space, order, &err);
        if (!cases[i].order) {
            assert_int_equal(code, HONE_ESPEC);
            assert_non_null(strstr(err.text, "circle"));
            continue;
        }
        assert_int_equal(code, 0);
        for (uint32_t p = 0; p < cases[i].n; p++) {
            assert_int_equal(order[p], cases[i].order[p] - '0');
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_identity_of_values),
        cmocka_unit_test(test_identity_knows_no_order),
        cmocka_unit_test(test_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
