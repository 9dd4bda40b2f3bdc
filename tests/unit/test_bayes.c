/* The methods that bayes takes in turns: whose turn it is, and what they find together.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <hone/strategy.h>

#include "space_kit.h"

enum { WIDE = 41, LAST = 440 };

static const hone_value models[] = {KIT_TEXT("tree"), KIT_TEXT("net")};
static const hone_clause on_tree[] = {{0, 1, &models[0]}};
static const hone_clause on_net[] = {{0, 1, &models[1]}};
static const hone_param plain_params[] = {KIT_RANGE("x", HONE_UNIFORM, -5, 10),
                                          KIT_RANGE("y", HONE_UNIFORM, 0, 15)};
static const hone_param mixed_params[] = {
    KIT_CHOICES("model", models),
    {.name = "depth",
     .distribution = HONE_UNIFORM,
     .min = 1,
     .max = 40,
     .n_clauses = 1,
     .clauses = on_tree},
    {.name = "rate",
     .distribution = HONE_LOG_UNIFORM_VALUES,
     .min = 1e-5,
     .max = 1,
     .n_clauses = 1,
     .clauses = on_net},
};
static const hone_space plain = {.n = 2, .params = plain_params};
static const hone_space mixed = {.n = 3, .params = mixed_params};

/* Of some strategy, told what it is told to. */
typedef struct run {
    const hone_strategy *strategy;
    hone_problem problem;
    void *self;
    hone_config *point;
} run;

static void open_run(run *r, const char *name, const hone_problem *problem)
{
    *r = (run){.strategy = hone_strategy_find(name), .problem = *problem};
    assert_non_null(r->strategy);
    hone_settings none = {0};
    hone_error err = {0};
    r->self = calloc(1, r->strategy->state_size);
    r->point = kit_config(problem->space);
    assert_int_equal(r->strategy->init(r->self, &r->problem, &none, &err), 0);
}

static void close_run(run *r)
{
    if (r->self != NULL)
        r->strategy->release(r->self);
    free(r->self);
    free(r->point);
}

/* Trial `number` was tried at `config`, with this result. */
static void tell(run *r, uint64_t number, const hone_config *config, double value)
{
    const double both[] = {value, -value};
    hone_observation seen = {
        .kind = HONE_OBSERVE_PENDING, .number = number, .config = config};
    assert_int_equal(r->strategy->observe(r->self, &seen), 0);
    seen.kind = HONE_OBSERVE_COMPLETED;
    seen.objective = value;
    seen.objectives = r->problem.n_objectives > 1 ? both : NULL;
    assert_int_equal(r->strategy->observe(r->self, &seen), 0);
}

static const hone_config *ask(run *r, uint64_t number)
{
    assert_int_equal(r->strategy->suggest(r->self, number, r->point), HONE_SUGGESTED);
    return r->point;
}

/* A bowl over all that is there. */
static double value_bowl(const hone_config *c)
{
    double sum = 0;
    for (uint32_t i = 0; i < c->n; i++)
        sum += c->values[i].kind == HONE_REAL ? pow(c->values[i].real - 3, 2) : 1;
    return sum;
}

/* Who has the turns: whom `number` belongs to, by the rule that the manual states. */
typedef struct turns_case {
    const char *name;
    uint32_t n; /* reals; 0: the space with conditions */
    uint32_t n_objectives;
    uint64_t last; /* trial */
    const char *parts[3];
    const char *few, *more, *many; /* places of parts: until 200, 400, after */
    uint64_t rare;                 /* after 400 the first part has each so-many-th */
} turns_case;

static const turns_case cases[] = {
    {"flat", 2, 1, LAST, {"gp", "cmaes"}, "001", "01", "1", 32},
    {"conditional", 0, 1, LAST, {"gp", "tpe", "evolution"}, "012", "012", "12", 32},
    {"wider", 21, 1, 40, {"cmaes"}, "0", "0", "0", 0},
    {"widest", WIDE, 1, 40, {"tpe", "evolution"}, "100", "100", "100", 0},
    {"several objectives", 2, 2, 40, {"nsga2"}, "0", "0", "0", 0},
};

static uint32_t expect_part(const turns_case *c, uint64_t number)
{
    const char *round = number <= 200 ? c->few : number <= 400 ? c->more : c->many;
    if (number > 400 && c->rare > 0 && number % c->rare == 0)
        return 0;
    return (uint32_t)(round[number % strlen(round)] - '0');
}

static void check_turns(const turns_case *c)
{
    static hone_param reals[WIDE];
    static char names[WIDE][8];
    for (uint32_t i = 0; i < WIDE; i++) {
        snprintf(names[i], sizeof names[i], "x%u", i);
        reals[i] = (hone_param)KIT_RANGE(names[i], HONE_UNIFORM, 0, 10);
    }
    const hone_space flat = {.n = c->n, .params = reals};
    const hone_problem problem = {
        .space = c->n > 0 ? &flat : &mixed, .seed = 7, .n_objectives = c->n_objectives};
    run bayes, parts[3] = {{0}};
    open_run(&bayes, "bayes", &problem);
    for (uint32_t i = 0; i < 3 && c->parts[i] != NULL; i++)
        open_run(&parts[i], c->parts[i], &problem);
    for (uint64_t t = 1; t <= c->last; t++) {
        const hone_config *config = ask(&bayes, t);
        hone_identity one = hone_config_identity(problem.space, config);
        hone_identity two =
            hone_config_identity(problem.space, ask(&parts[expect_part(c, t)], t));
        if (one.low != two.low || one.high != two.high)
            fail_msg("%s: trial %u is not of %s", c->name, (unsigned)t,
                     c->parts[expect_part(c, t)]);
        double value = value_bowl(config);
        tell(&bayes, t, config, value);
        for (uint32_t i = 0; i < 3 && c->parts[i] != NULL; i++)
            tell(&parts[i], t, config, value);
    }
    for (uint32_t i = 0; i < 3; i++)
        close_run(&parts[i]);
    close_run(&bayes);
}

static void test_turns(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_turns(&cases[i]);
}

static double branin(const hone_config *c)
{
    double x = c->values[0].real, y = c->values[1].real;
    double q = y - 5.1 / (4 * M_PI * M_PI) * x * x + 5 / M_PI * x - 6;
    return q * q + 10 * (1 - 1 / (8 * M_PI)) * cos(x) + 10;
}

/* The best net beats the best tree; its optimum is at a rate of 1e-3. */
static double train(const hone_config *c)
{
    if (c->values[1].kind != HONE_ABSENT)
        return 0.2 + 1e-3 * pow(c->values[1].real - 17, 2);
    return 0.1 + 0.05 * pow(log10(c->values[2].real) + 3, 2);
}

static double search(const hone_space *space, double (*f)(const hone_config *),
                     uint64_t seed, uint64_t trials)
{
    run r;
    double best = INFINITY;
    open_run(&r, "bayes", &(hone_problem){.space = space, .seed = seed});
    for (uint64_t t = 1; t <= trials; t++) {
        double value = f(ask(&r, t));
        tell(&r, t, r.point, value);
        best = fmin(best, value);
    }
    close_run(&r);
    return best;
}

/* Random search needs thousands of trials for either. */
static void test_finds_minima(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        assert_true(search(&plain, branin, seed, 60) < 0.4);
        assert_true(search(&mixed, train, seed, 60) < 0.1001);
    }
}

/* Of 16 that are pending no two lie together, whoever suggested them. */
static void test_pending_keep_apart(void **state)
{
    (void)state;
    enum { PENDING = 16 };
    run r;
    double xs[PENDING], ys[PENDING];
    open_run(&r, "bayes", &(hone_problem){.space = &plain, .seed = 3});
    for (uint64_t t = 1; t <= 60; t++)
        tell(&r, t, ask(&r, t), branin(r.point));
    for (uint64_t t = 0; t < PENDING; t++) {
        const hone_config *c = ask(&r, 61 + t);
        hone_observation seen = {
            .kind = HONE_OBSERVE_PENDING, .number = 61 + t, .config = c};
        assert_int_equal(r.strategy->observe(r.self, &seen), 0);
        xs[t] = c->values[0].real;
        ys[t] = c->values[1].real;
        for (uint64_t i = 0; i < t; i++)
            assert_true(hypot(xs[t] - xs[i], ys[t] - ys[i]) > 1e-9);
    }
    close_run(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_turns),
        cmocka_unit_test(test_finds_minima),
        cmocka_unit_test(test_pending_keep_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
