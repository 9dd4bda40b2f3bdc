/* Each promoter's rule, on results whose promotions were worked out by hand. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <hone/promoter.h>

typedef struct rig {
    const hone_promoter *promoter;
    void *self;
    const hone_rungs *rungs;
    uint64_t n_trials;
} rig;

static int start(rig *r, const char *type, hone_budget_range range, double eta,
                 hone_error *err)
{
    const hone_setting setting = {.name = "eta",
                                  .value = {.kind = HONE_REAL, .real = eta}};
    const hone_settings settings = {.n = eta > 0, .items = &setting};
    *r = (rig){.promoter = hone_promoter_find(type)};
    assert_non_null(r->promoter);
    r->self = calloc(1, r->promoter->state_size);
    assert_non_null(r->self);
    int rc = r->promoter->init(r->self, &range, &settings, err);
    r->rungs = r->promoter->rungs(r->self);
    return rc;
}

static void begin(rig *r, const char *type, double max)
{
    const hone_budget_range range = {.min = 1, .max = max, .integer = true};
    assert_int_equal(start(r, type, range, 3, NULL), HONE_OK);
}

static void stop(rig *r)
{
    r->promoter->release(r->self);
    free(r->self);
}

static void reach(rig *r, uint64_t number, uint32_t rung, double value)
{
    const hone_promotion at = {.number = number, .rung = rung};
    if (number > r->n_trials)
        r->n_trials = number;
    assert_int_equal(r->promoter->reached(r->self, &at, value), HONE_OK);
}

/* Promotes whoever is next; 0: nobody. */
static uint64_t promote(rig *r, hone_climb_stage stage, uint32_t *rung)
{
    const hone_climb climb = {.stage = stage, .n_trials = r->n_trials};
    hone_promotion next;
    if (!r->promoter->next(r->self, &climb, &next))
        return 0;
    assert_int_equal(r->promoter->promoted(r->self, &next), HONE_OK);
    *rung = next.rung;
    return next.number;
}

static void expect(rig *r, hone_climb_stage stage, uint64_t number, uint32_t rung)
{
    uint32_t found = 0;
    assert_int_equal(promote(r, stage, &found), number);
    if (number > 0)
        assert_int_equal(found, rung);
}

/* ---- rungs ---- */

static void test_rungs(void **state)
{
    (void)state;
    static const struct {
        double min, max, eta;
        bool integer;
        uint32_t n;
        double at[6];
    } rows[] = {
        {1, 81, 3, true, 5, {1, 3, 9, 27, 81}},
        {1, 100, 3, true, 5, {1, 3, 9, 27, 100}}, /* the last is all */
        {1, 80, 3, true, 4, {1, 3, 9, 80}},
        {0.25, 1, 2, false, 3, {0.25, 0.5, 1}},
        {1, 3, 1.5, true, 3, {1, 2, 3}}, /* 1, 1.5, and what is left of it */
        {1000000, 27000000, 3, true, 4, {1e6, 3e6, 9e6, 27e6}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        rig r;
        const hone_budget_range range = {
            .min = rows[i].min, .max = rows[i].max, .integer = rows[i].integer};
        assert_int_equal(start(&r, "asha", range, rows[i].eta, NULL), HONE_OK);
        assert_int_equal(r.rungs->n, rows[i].n);
        for (uint32_t k = 0; k < rows[i].n; k++)
            assert_true(fabs(r.rungs->at[k] - rows[i].at[k]) < 1e-9);
        stop(&r);
    }
}

static void test_bad_ranges(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        double min, max, eta;
        const char *text;
    } rows[] = {
        {"asha", 1, 2, 4,
         "the greatest budget is 2, less than 4 times the least, 1: no trial could be "
         "promoted"},
        {"asha", 1, 1e9, 1.1,
         "from 1 to 1e+09 are 217 rungs by early_terminate.eta, 1.1; 63 is the limit, so "
         "make eta larger"},
        {"hyperband", 1, 1e12, 3,
         "hyperband's first bracket would have 2.82e+11 trials; make fidelity.min "
         "larger, "
         "or take early_terminate: {type: asha}"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        rig r;
        hone_error err = {0};
        const hone_budget_range range = {.min = rows[i].min, .max = rows[i].max};
        assert_int_equal(start(&r, rows[i].type, range, rows[i].eta, &err), HONE_ESPEC);
        if (i != 2)
            assert_string_equal(err.text, rows[i].text);
        else
            assert_non_null(strstr(err.text, "trials; make fidelity.min larger"));
        stop(&r);
    }
}

/* ---- asha ---- */

static void test_asha_promotes_the_best_third(void **state)
{
    (void)state;
    rig r;
    begin(&r, "asha", 9);
    reach(&r, 1, 0, 0.5);
    reach(&r, 2, 0, 0.4);
    expect(&r, HONE_CLIMB_OPEN, 0, 0); /* a third of two is none */
    reach(&r, 3, 0, 0.6);
    expect(&r, HONE_CLIMB_OPEN, 2, 1);
    expect(&r, HONE_CLIMB_OPEN, 0, 0); /* only once */
    reach(&r, 4, 0, 0.1);
    expect(&r, HONE_CLIMB_OPEN, 4, 1); /* the best of four, though one went on before */
    reach(&r, 5, 0, 0.2);
    reach(&r, 6, 0, 0.9);
    expect(&r, HONE_CLIMB_OPEN, 5, 1); /* two of six: 4 and 5 */
    reach(&r, 2, 1, 0.3);
    reach(&r, 4, 1, 0.05);
    reach(&r, 5, 1, 0.2);
    reach(&r, 7, 0, 0.01);
    expect(&r, HONE_CLIMB_OPEN, 4, 2); /* the highest rung first */
    expect(&r, HONE_CLIMB_OPEN, 7, 1);
    expect(&r, HONE_CLIMB_CLOSED, 0, 0);
    stop(&r);
}

static void test_asha_at_the_end(void **state)
{
    (void)state;
    rig r;
    begin(&r, "asha", 9);
    reach(&r, 1, 0, 0.5);
    reach(&r, 2, 0, 0.4);
    expect(&r, HONE_CLIMB_CLOSED, 0, 0);
    expect(&r, HONE_CLIMB_IDLE, 2, 1);
    expect(&r, HONE_CLIMB_IDLE, 0, 0);
    reach(&r, 2, 1, 0.3);
    expect(&r, HONE_CLIMB_IDLE, 2, 2);
    reach(&r, 2, 2, 0.2);
    expect(&r, HONE_CLIMB_IDLE, 0, 0); /* there is nothing above */
    stop(&r);
}

static void test_asha_passes_over(void **state)
{
    (void)state;
    rig r;
    begin(&r, "asha", 9);
    reach(&r, 1, 0, NAN);
    reach(&r, 2, 0, INFINITY);
    reach(&r, 3, 0, -INFINITY);
    expect(&r, HONE_CLIMB_IDLE, 0, 0); /* no numbers to compare */
    reach(&r, 4, 0, 7);
    reach(&r, 5, 0, 7);
    reach(&r, 6, 0, 9);
    assert_int_equal(r.promoter->lost(r.self, 4), HONE_OK);
    expect(&r, HONE_CLIMB_OPEN, 5, 1); /* of equals the first, which was given up */
    expect(&r, HONE_CLIMB_OPEN, 0, 0);
    assert_int_equal(r.promoter->lost(r.self, 5), HONE_OK); /* on its way up */
    assert_int_equal(r.promoter->lost(r.self, 5), HONE_OK);
    expect(&r, HONE_CLIMB_OPEN, 6, 1); /* in its place */
    expect(&r, HONE_CLIMB_IDLE, 0, 0);
    stop(&r);
}

static void test_asha_leaves_rungs_out(void **state)
{
    (void)state;
    rig r = {.promoter = hone_promoter_find("asha")};
    const hone_budget_range range = {.min = 1, .max = 81, .integer = true};
    const hone_setting s = {.name = "s", .value = {.kind = HONE_INT, .integer = 2}};
    const hone_setting many = {.name = "s", .value = {.kind = HONE_INT, .integer = 3}};
    const hone_settings settings = {.n = 1, .items = &s},
                        wrong = {.n = 1, .items = &many};
    hone_error err = {0};
    r.self = calloc(1, r.promoter->state_size);
    assert_non_null(r.self);
    assert_int_equal(r.promoter->init(r.self, &range, &settings, NULL), HONE_OK);
    assert_int_equal(r.promoter->rungs(r.self)->n, 4); /* 1, 4, 16, 81 */
    assert_int_equal(r.promoter->first(r.self, 1), 2);
    r.promoter->release(r.self);
    memset(r.self, 0, r.promoter->state_size);
    assert_int_equal(r.promoter->init(r.self, &range, &wrong, &err), HONE_ESPEC);
    assert_string_equal(err.text, "early_terminate.s is 3; there are 3 rungs below "
                                  "the last, so it is at most 2");
    stop(&r);
}

/* ---- hyperband ---- */

/* Rungs 1, 3, 9: brackets of 9 trials at 1, 5 at 3 (ceil(3 / 2 * 3)) and 3 at 9. */
static void test_hyperband_brackets(void **state)
{
    (void)state;
    rig r;
    begin(&r, "hyperband", 9);
    for (uint64_t number = 1; number <= 2 * 17; number++) {
        uint64_t at = (number - 1) % 17;
        assert_int_equal(r.promoter->first(r.self, number), at < 9 ? 0 : at < 14 ? 1 : 2);
    }
    stop(&r);
}

static void test_hyperband_waits_for_all(void **state)
{
    (void)state;
    rig r;
    begin(&r, "hyperband", 9);
    for (uint64_t i = 1; i <= 8; i++)
        reach(&r, i, 0, 1.0 / (double)i);
    r.n_trials = 17;
    expect(&r, HONE_CLIMB_OPEN, 0, 0);
    reach(&r, 9, 0, 5);
    expect(&r, HONE_CLIMB_OPEN, 8, 1); /* floor(9 / 3) go on, the best first */
    expect(&r, HONE_CLIMB_OPEN, 7, 1);
    expect(&r, HONE_CLIMB_OPEN, 6, 1);
    expect(&r, HONE_CLIMB_OPEN, 0, 0);
    reach(&r, 8, 1, 0.3);
    reach(&r, 6, 1, 0.2);
    expect(&r, HONE_CLIMB_OPEN, 0, 0);
    assert_int_equal(r.promoter->lost(r.self, 7), HONE_OK); /* it failed on the way */
    assert_int_equal(r.promoter->lost(r.self, 7), HONE_OK);
    expect(&r, HONE_CLIMB_OPEN, 5, 1); /* the next best in its place */
    reach(&r, 5, 1, 0.4);
    expect(&r, HONE_CLIMB_OPEN, 6, 2);
    expect(&r, HONE_CLIMB_OPEN, 0, 0);
    for (uint64_t i = 10; i <= 14; i++)
        reach(&r, i, 1, (double)i);
    expect(&r, HONE_CLIMB_OPEN, 10, 2); /* floor(5 / 3) of the next bracket */
    expect(&r, HONE_CLIMB_OPEN, 0, 0);
    stop(&r);
}

static void test_hyperband_cut_short(void **state)
{
    (void)state;
    rig r;
    begin(&r, "hyperband", 9);
    for (uint64_t i = 1; i <= 4; i++)
        reach(&r, i, 0, (double)i);
    expect(&r, HONE_CLIMB_OPEN, 0, 0); /* five more are to come */
    expect(&r, HONE_CLIMB_CLOSED, 1, 1);
    expect(&r, HONE_CLIMB_CLOSED, 0, 0);
    reach(&r, 1, 1, 1);
    expect(&r, HONE_CLIMB_CLOSED, 1, 2); /* one at the least */
    stop(&r);
}

static void test_hyperband_with_failures(void **state)
{
    (void)state;
    rig r;
    begin(&r, "hyperband", 9);
    r.n_trials = 17;
    for (uint64_t i = 1; i <= 9; i++) {
        if (i % 3 == 0)
            reach(&r, i, 0, i == 3 ? (double)NAN : (double)i);
        else
            assert_int_equal(r.promoter->lost(r.self, i), HONE_OK);
    }
    expect(&r, HONE_CLIMB_OPEN, 6, 1); /* two of three have a value */
    expect(&r, HONE_CLIMB_OPEN, 9, 1);
    expect(&r, HONE_CLIMB_OPEN, 0, 0);
    reach(&r, 6, 1, 2);
    reach(&r, 9, 1, 1);
    expect(&r, HONE_CLIMB_OPEN, 9, 2);
    stop(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rungs),
        cmocka_unit_test(test_bad_ranges),
        cmocka_unit_test(test_asha_promotes_the_best_third),
        cmocka_unit_test(test_asha_at_the_end),
        cmocka_unit_test(test_asha_passes_over),
        cmocka_unit_test(test_asha_leaves_rungs_out),
        cmocka_unit_test(test_hyperband_brackets),
        cmocka_unit_test(test_hyperband_waits_for_all),
        cmocka_unit_test(test_hyperband_cut_short),
        cmocka_unit_test(test_hyperband_with_failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
