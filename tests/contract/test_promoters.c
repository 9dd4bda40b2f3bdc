/* What every promoter of the list promises: the order in which trials are heard means
 * nothing afterwards; nobody is promoted but from the rung where it stands, and nobody
 * twice; the record of a sweep gives back what a promoter knew; and a sweep that ends has
 * somebody who had all. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <hone/promoter.h>

#include "math/philox.h"

enum { TRIALS = 90, FIRSTS = 60 };

/* A sweep of TRIALS trials, so many at a time. */
typedef struct climb {
    const hone_promoter *promoter;
    void *self;
    uint64_t seed;
    uint32_t rung[TRIALS + 1]; /* that it stands at, or is on the way to */
    bool known[TRIALS + 1], stands[TRIALS + 1], lost[TRIALS + 1];
    double values[TRIALS + 1][HONE_RUNGS_MAX];
    uint64_t parents[TRIALS + 1];
    uint64_t n, most; /* trials begun, and those that are no copies */
} climb;

static double noise(const climb *c, uint64_t trial, uint32_t rung)
{
    return hone_philox_uniform(c->seed, (hone_counter){.number = trial, .stream = rung});
}

static void open_climb(climb *c, const hone_promoter *promoter, uint64_t seed)
{
    const hone_budget_range range = {.min = 1, .max = 64, .integer = true};
    const hone_settings none = {0};
    *c = (climb){.promoter = promoter, .seed = seed};
    c->self = calloc(1, promoter->state_size);
    assert_non_null(c->self);
    assert_int_equal(promoter->init(c->self, &range, &none, NULL), HONE_OK);
}

static void close_climb(climb *c)
{
    c->promoter->release(c->self);
    free(c->self);
}

static void finish(climb *c, uint64_t number)
{
    double value = noise(c, number, 70) + noise(c, number, c->rung[number]);
    const hone_promotion at = {.number = number, .rung = c->rung[number]};
    if (noise(c, number, 80 + c->rung[number]) < 0.05) {
        c->lost[number] = true;
        assert_int_equal(c->promoter->lost(c->self, number), HONE_OK);
        return;
    }
    c->stands[number] = true;
    c->values[number][at.rung] = value;
    assert_int_equal(c->promoter->reached(c->self, &at, value), HONE_OK);
}

static void begin(climb *c, uint64_t parent, uint32_t rung)
{
    uint64_t number = ++c->n;
    assert_in_range(number, 1, TRIALS);
    const hone_promotion at = {.number = number, .rung = rung, .parent = parent};
    c->known[number] = true;
    c->rung[number] = rung;
    c->parents[number] = parent;
    if (c->promoter->begun != NULL)
        assert_int_equal(c->promoter->begun(c->self, &at), HONE_OK);
    assert_int_equal(c->promoter->first(c->self, number), rung);
}

static uint64_t begin_trial(climb *c)
{
    c->most++;
    begin(c, 0, c->promoter->first(c->self, c->n + 1));
    return c->n;
}

static bool promote(climb *c, hone_climb_stage stage, uint64_t *number)
{
    const hone_climb look = {.stage = stage, .n_trials = c->n};
    hone_promotion next;
    if (!c->promoter->next(c->self, &look, &next))
        return false;
    uint64_t from = next.parent != 0 ? next.parent : next.number;
    assert_in_range(from, 1, c->n);
    assert_true(c->stands[from] && !c->lost[from]);
    assert_int_equal(next.rung, c->rung[from] + 1);
    assert_true(next.rung < c->promoter->rungs(c->self)->n);
    if (next.parent != 0) {
        begin(c, next.parent, next.rung);
        *number = c->n;
        return true;
    }
    assert_int_equal(c->promoter->promoted(c->self, &next), HONE_OK);
    c->stands[next.number] = false;
    c->rung[next.number] = next.rung;
    *number = next.number;
    return true;
}

static uint64_t limit_of(const climb *c, uint64_t trials)
{
    uint64_t most =
        c->promoter->population != NULL ? c->promoter->population(c->self) : UINT64_MAX;
    return trials < most ? trials : most;
}

/* Until nobody can go on, so many at a time, which end in any order. */
static void run(climb *c, uint32_t width, uint64_t trials)
{
    uint64_t running[16] = {0}, most = limit_of(c, trials);
    uint32_t n = 0;
    for (uint64_t step = 1;; step++) {
        hone_climb_stage stage = c->most < most ? HONE_CLIMB_OPEN
                                 : n > 0        ? HONE_CLIMB_CLOSED
                                                : HONE_CLIMB_IDLE;
        uint64_t number = 0;
        assert_true(step < 10000);
        if (n < width && (promote(c, stage, &number) || c->most < most)) {
            running[n++] = number > 0 ? number : begin_trial(c);
            continue;
        }
        if (n == 0)
            return;
        uint32_t i = (uint32_t)(noise(c, step, 99) * n);
        number = running[i];
        running[i] = running[--n];
        finish(c, number);
    }
}

/* A second one, told in another order what the record of the first says. */
static void copy_climb(const climb *live, climb *copy)
{
    open_climb(copy, live->promoter, live->seed);
    copy->n = live->n;
    for (uint64_t number = live->n; number >= 1; number--) {
        hone_promotion at = {.number = number, .parent = live->parents[number]};
        while (at.parent != 0 && live->values[number][at.rung] == 0 &&
               at.rung < live->rung[number])
            at.rung++; /* where it began */
        if (at.parent == 0)
            at.rung = live->promoter->first(live->self, number);
        if (copy->promoter->begun != NULL)
            assert_int_equal(copy->promoter->begun(copy->self, &at), HONE_OK);
        for (at.rung = 0; at.rung < HONE_RUNGS_MAX; at.rung++)
            if (live->values[number][at.rung] != 0)
                assert_int_equal(copy->promoter->reached(copy->self, &at,
                                                         live->values[number][at.rung]),
                                 HONE_OK);
        at.rung = live->rung[number];
        if (at.rung > copy->promoter->first(copy->self, number))
            assert_int_equal(copy->promoter->promoted(copy->self, &at), HONE_OK);
        if (live->lost[number])
            assert_int_equal(copy->promoter->lost(copy->self, number), HONE_OK);
    }
}

static void compare(const climb *a, const climb *b)
{
    for (int stage = HONE_CLIMB_OPEN; stage <= HONE_CLIMB_IDLE; stage++) {
        const hone_climb look = {.stage = (hone_climb_stage)stage, .n_trials = a->n};
        hone_promotion one = {0}, other = {0};
        bool found = a->promoter->next(a->self, &look, &one);
        assert_int_equal(found, b->promoter->next(b->self, &look, &other));
        assert_int_equal(one.number, other.number);
        assert_int_equal(one.rung, other.rung);
        assert_int_equal(one.parent, other.parent);
        assert_int_equal(one.slot, other.slot);
    }
}

static void test_a_sweep_ends_at_the_top(void **state)
{
    (void)state;
    const hone_promoter *promoter;
    for (uint32_t i = 0; (promoter = hone_promoter_at(i)) != NULL; i++) {
        for (uint64_t seed = 1; seed <= 60; seed++) {
            climb c;
            uint32_t n_top = 0;
            open_climb(&c, promoter, seed);
            run(&c, 1 + (uint32_t)(seed % 16), 1 + seed % FIRSTS);
            for (uint64_t number = 1; number <= c.n; number++)
                n_top += c.rung[number] == c.promoter->rungs(c.self)->n - 1;
            bool any = false; /* a few trials may all have failed */
            for (uint64_t number = 1; number <= c.n; number++)
                any |= !c.lost[number];
            assert_true(n_top > 0 || !any || c.n < 10);
            close_climb(&c);
        }
    }
}

static void test_the_record_says_all(void **state)
{
    (void)state;
    const hone_promoter *promoter;
    for (uint32_t i = 0; (promoter = hone_promoter_at(i)) != NULL; i++) {
        for (uint64_t seed = 1; seed <= 60; seed++) {
            climb live, copy;
            open_climb(&live, promoter, seed);
            run(&live, 8, seed % FIRSTS);
            for (int more = 0; more < 8 && live.most < limit_of(&live, FIRSTS); more++)
                finish(&live, begin_trial(&live));
            copy_climb(&live, &copy);
            compare(&live, &copy);
            close_climb(&copy);
            close_climb(&live);
        }
    }
}

static void test_words(void **state)
{
    (void)state;
    const hone_promoter *promoter;
    uint32_t n = 0;
    for (; (promoter = hone_promoter_at(n)) != NULL; n++) {
        assert_ptr_equal(hone_promoter_find(promoter->name), promoter);
        assert_true(strlen(promoter->summary) > 10 && strlen(promoter->reference) > 10);
        for (const hone_option *o = promoter->options; o->type != HONE_OPTION_END; o++)
            assert_true(o->name != NULL && strlen(o->text) > 10);
    }
    assert_true(n >= 3);
    assert_null(hone_promoter_find("nobody"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_sweep_ends_at_the_top),
        cmocka_unit_test(test_the_record_says_all),
        cmocka_unit_test(test_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
