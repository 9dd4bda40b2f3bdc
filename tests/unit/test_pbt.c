/* Population based training: who is replaced by a copy of whom, worked out by hand; what
 * a copy is changed to; and that all of a folder is copied. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <hone/spec.h>

#include "engine/copy_tree.h"
#include "schedule/explore.h"

/* ---- generations ---- */

typedef struct rig {
    const hone_promoter *promoter;
    void *self;
    uint64_t n;
} rig;

static void start(rig *r, int64_t population, double quantile)
{
    const hone_budget_range range = {.min = 1, .max = 9, .integer = true, .seed = 5};
    const hone_setting items[] = {
        {.name = "population", .value = {.kind = HONE_INT, .integer = population}},
        {.name = "interval", .value = {.kind = HONE_INT, .integer = 3}},
        {.name = "quantile", .value = {.kind = HONE_REAL, .real = quantile}}};
    const hone_settings settings = {.n = 3, .items = items};
    *r = (rig){.promoter = hone_promoter_find("pbt")};
    assert_non_null(r->promoter);
    r->self = calloc(1, r->promoter->state_size);
    assert_non_null(r->self);
    assert_int_equal(r->promoter->init(r->self, &range, &settings, NULL), HONE_OK);
    assert_int_equal(r->promoter->population(r->self), population);
}

static void stop(rig *r)
{
    r->promoter->release(r->self);
    free(r->self);
}

static void begin(rig *r, uint64_t parent, uint32_t rung)
{
    const hone_promotion at = {.number = ++r->n, .parent = parent, .rung = rung};
    assert_int_equal(r->promoter->begun(r->self, &at), HONE_OK);
}

static void reach(rig *r, uint64_t number, uint32_t rung, double value)
{
    const hone_promotion at = {.number = number, .rung = rung};
    assert_int_equal(r->promoter->reached(r->self, &at, value), HONE_OK);
}

static bool ask(rig *r, hone_promotion *next)
{
    const hone_climb climb = {.stage = HONE_CLIMB_CLOSED, .n_trials = r->n};
    *next = (hone_promotion){0};
    return r->promoter->next(r->self, &climb, next);
}

static void expect_none(rig *r)
{
    hone_promotion next;
    assert_false(ask(r, &next));
}

static void expect_promotion(rig *r, uint64_t number, uint32_t rung)
{
    hone_promotion next;
    assert_true(ask(r, &next));
    assert_int_equal(next.parent, 0);
    assert_int_equal(next.number, number);
    assert_int_equal(next.rung, rung);
    assert_int_equal(r->promoter->promoted(r->self, &next), HONE_OK);
}

/* A copy of one of `parents`, which is begun. */
static void expect_copy(rig *r, uint64_t parents, uint32_t slot, uint32_t rung)
{
    hone_promotion next;
    assert_true(ask(r, &next));
    assert_true(next.parent != 0 && (parents >> next.parent & 1) != 0);
    assert_int_equal(next.slot, slot);
    assert_int_equal(next.rung, rung);
    begin(r, next.parent, rung);
}

enum { ONE = 1 << 1, TWO = 1 << 2, THREE = 1 << 3, FIVE = 1 << 5 };

static void test_the_worst_are_replaced(void **state)
{
    (void)state;
    rig r;
    start(&r, 4, 0.25);
    for (int i = 0; i < 4; i++)
        begin(&r, 0, 0);
    reach(&r, 1, 0, 0.4);
    reach(&r, 2, 0, 0.1);
    reach(&r, 3, 0, 0.9);
    expect_none(&r); /* one is on its way */
    reach(&r, 4, 0, 0.3);
    expect_copy(&r, TWO, 2, 1); /* trial 5 in the place of 3 */
    expect_promotion(&r, 1, 1);
    expect_promotion(&r, 2, 1);
    expect_promotion(&r, 4, 1);
    expect_none(&r);
    reach(&r, 1, 1, 0.35);
    reach(&r, 2, 1, 0.5);
    reach(&r, 4, 1, 0.6); /* the worst now */
    reach(&r, 5, 1, 0.05);
    expect_copy(&r, FIVE, 3, 2); /* a copy of the copy, trial 6 */
    expect_promotion(&r, 1, 2);
    expect_promotion(&r, 2, 2);
    expect_promotion(&r, 5, 2);
    expect_none(&r);
    stop(&r);
}

static void test_the_lost_are_replaced(void **state)
{
    (void)state;
    rig r;
    start(&r, 4, 0.25);
    for (int i = 0; i < 4; i++)
        begin(&r, 0, 0);
    reach(&r, 1, 0, NAN);
    reach(&r, 2, 0, 0.1);
    reach(&r, 3, 0, 0.9);
    assert_int_equal(r.promoter->lost(r.self, 4), HONE_OK);
    expect_copy(&r, TWO, 0, 1); /* no number is as bad as none at all */
    expect_copy(&r, TWO, 3, 1);
    expect_promotion(&r, 2, 1);
    expect_promotion(&r, 3, 1);
    expect_none(&r);
    /* Who is lost after it was promoted goes at the next look. */
    assert_int_equal(r.promoter->lost(r.self, 3), HONE_OK);
    expect_none(&r);
    reach(&r, 2, 1, 0.2);
    reach(&r, 5, 1, 0.1);
    reach(&r, 6, 1, 0.3);
    expect_copy(&r, FIVE, 2, 2);
    stop(&r);
}

static void test_nobody_is_left(void **state)
{
    (void)state;
    rig r;
    start(&r, 2, 0.5);
    begin(&r, 0, 0);
    begin(&r, 0, 0);
    reach(&r, 1, 0, INFINITY);
    assert_int_equal(r.promoter->lost(r.self, 2), HONE_OK);
    expect_none(&r);
    stop(&r);
}

static void test_few_founders(void **state)
{
    (void)state;
    rig r;
    start(&r, 4, 0.25);
    begin(&r, 0, 0);
    reach(&r, 1, 0, 1);
    hone_promotion next;
    const hone_climb open = {.stage = HONE_CLIMB_OPEN, .n_trials = 1};
    assert_false(r.promoter->next(r.self, &open, &next)); /* three more are to come */
    expect_promotion(&r, 1, 1);                           /* or none, as it turned out */
    stop(&r);
}

/* ---- explore ---- */

static hone_spec *read_spec(const char *parameters)
{
    char text[1000];
    hone_spec *spec = NULL;
    hone_error err = {0};
    int n = snprintf(text, sizeof text, "method: random\nprogram: t.py\n%s", parameters);
    if (hone_spec_read("-", text, (size_t)n, &spec, &err) != HONE_OK)
        fail_msg("%s", err.text);
    return spec;
}

static hone_config *make_parent(const hone_spec *spec, uint32_t n,
                                const char *const *texts)
{
    hone_config *config = calloc(1, hone_config_size(spec->space));
    assert_non_null(config);
    assert_int_equal(hone_config_read(spec->space, n, texts, config, NULL), HONE_OK);
    return config;
}

static double number_of(const hone_value *value)
{
    return value->kind == HONE_INT ? (double)value->integer : value->real;
}

static void test_perturbing(void **state)
{
    (void)state;
    hone_spec *spec = read_spec("parameters:\n"
                                "  a: {min: 1e-4, max: 1e-1, scale: log}\n"
                                "  b: {min: 1, max: 8}\n"
                                "  c: {values: [sgd, adam]}\n"
                                "  d: {min: 0.1, max: 0.9, step: 0.2}\n"
                                "  e: {min: 0.0, max: 1.0}\n");
    const char *const texts[] = {"a=0.01", "b=2", "c=adam", "d=0.5", "e=0.9"};
    hone_config *parent = make_parent(spec, 5, texts);
    hone_config *child = calloc(1, hone_config_size(spec->space));
    assert_non_null(child);
    int n_up = 0;
    for (uint64_t key = 0; key < 200; key++) {
        const hone_explore rule = {.perturb = 0.2, .seed = 3, .key = key};
        assert_int_equal(hone_explore_near(spec->space, &rule, parent, child), HONE_OK);
        double a = number_of(&child->values[0]), e = number_of(&child->values[4]);
        assert_true(fabs(a - 0.008) < 1e-12 || fabs(a - 0.012) < 1e-12);
        assert_true(child->values[1].integer == 1 || child->values[1].integer == 3);
        assert_true(hone_value_equal(&child->values[2], &parent->values[2]));
        double d = number_of(&child->values[3]);
        assert_true(fabs(d - 0.3) < 1e-12 || fabs(d - 0.7) < 1e-12);
        assert_true(fabs(e - 0.72) < 1e-9 ||
                    (e >= 0.999 && e <= 1)); /* 1.08 is too far */
        assert_true(hone_config_member(spec->space, child));
        n_up += a > 0.01;
    }
    assert_in_range(n_up, 70, 130);
    free(child);
    free(parent);
    hone_spec_free(spec);
}

static void test_resampling(void **state)
{
    (void)state;
    hone_spec *spec = read_spec("parameters:\n"
                                "  depth: {min: 1, max: 9, when: {model: tree}}\n"
                                "  model: {values: [tree, net]}\n"
                                "  width: {min: 16, max: 64, when: {model: net}}\n"
                                "constraints: ['width < 60']\n");
    const char *const texts[] = {"model=tree", "depth=4"};
    hone_config *parent = make_parent(spec, 2, texts);
    hone_config *child = calloc(1, hone_config_size(spec->space));
    assert_non_null(child);
    int n_net = 0;
    for (uint64_t key = 0; key < 400; key++) {
        const hone_explore rule = {
            .resample = 0.5, .perturb = 0.2, .seed = 3, .key = key};
        assert_int_equal(hone_explore_near(spec->space, &rule, parent, child), HONE_OK);
        assert_true(hone_config_member(spec->space, child)); /* conditions, constraints */
        n_net += child->values[2].kind != HONE_ABSENT;
    }
    assert_in_range(n_net, 60, 140); /* drawn anew half the time, and net half of that */
    free(child);
    free(parent);
    hone_spec_free(spec);
}

static void test_no_way_out(void **state)
{
    (void)state;
    hone_spec *spec = read_spec("parameters: {n: {min: 1, max: 9}}\n"
                                "constraints: ['n == 4']\n");
    const char *const texts[] = {"n=4"};
    hone_config *parent = make_parent(spec, 1, texts);
    hone_config *child = calloc(1, hone_config_size(spec->space));
    assert_non_null(child);
    const hone_explore rule = {.perturb = 0.2, .seed = 3};
    assert_int_equal(hone_explore_near(spec->space, &rule, parent, child), HONE_OK);
    assert_int_equal(child->values[0].integer, 4);
    free(child);
    free(parent);
    hone_spec_free(spec);
}

/* ---- the folder ---- */

static void run(const char *dir, const char *script)
{
    char line[1000];
    snprintf(line, sizeof line, "D=%s; cd \"$D\" && %s", dir, script);
    assert_int_equal(system(line), 0);
}

static void test_copying(void **state)
{
    (void)state;
    char dir[] = "/tmp/hone-test-XXXXXX", from[100], to[100];
    assert_non_null(mkdtemp(dir));
    snprintf(from, sizeof from, "%s/from", dir);
    snprintf(to, sizeof to, "%s/to", dir);
    run(dir, "mkdir -p from/a/b from/empty to/old && echo x > from/a/b/file && "
             "head -c 700000 /dev/zero > from/large && ln -s a/b/file from/link && "
             "chmod 750 from/a && chmod 640 from/large && echo y > to/old/gone && "
             "mkfifo from/pipe && mkdir to.new && echo z > to.new/left");
    hone_error err = {0};
    assert_int_equal(hone_tree_copy(from, to, &err), HONE_OK);
    run(dir, "rm from/pipe && diff -r from to && test ! -e to.new && "
             "test \"$(readlink to/link)\" = a/b/file && "
             "test \"$(stat -c %a to/a to/large | tr '\\n' ' ')\" = '750 640 '");
    snprintf(from, sizeof from, "%s/nothing", dir);
    assert_int_equal(hone_tree_copy(from, to, &err), HONE_OK);
    assert_int_equal(access(to, F_OK), -1); /* a copy of nothing */
    snprintf(from, sizeof from, "%s/from", dir);
    snprintf(to, sizeof to, "%s/missing/to", dir);
    assert_int_equal(hone_tree_copy(from, to, &err), HONE_EIO);
    assert_non_null(strstr(err.text, "missing/to.new: No such file or directory"));
    run(dir, "cd / && rm -r \"$D\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_worst_are_replaced),
        cmocka_unit_test(test_the_lost_are_replaced),
        cmocka_unit_test(test_nobody_is_left),
        cmocka_unit_test(test_few_founders),
        cmocka_unit_test(test_perturbing),
        cmocka_unit_test(test_resampling),
        cmocka_unit_test(test_no_way_out),
        cmocka_unit_test(test_copying),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
