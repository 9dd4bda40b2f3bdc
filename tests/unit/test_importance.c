/* Importance of functions whose analysis of variance is known; and of what has none. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <hone/importance.h>

#include "analysis/quantile.h"
#include "analysis/variance.h"
#include "math/philox.h"
#include "space_kit.h"

static const double PI = 3.14159265358979323846;

enum { MAX_PARAMS = 8 };

/* Reals of [0,1] named a, b, ... */
static const hone_param reals[MAX_PARAMS] = {
    KIT_RANGE("a", HONE_UNIFORM, 0, 1), KIT_RANGE("b", HONE_UNIFORM, 0, 1),
    KIT_RANGE("c", HONE_UNIFORM, 0, 1), KIT_RANGE("d", HONE_UNIFORM, 0, 1),
    KIT_RANGE("e", HONE_UNIFORM, 0, 1), KIT_RANGE("f", HONE_UNIFORM, 0, 1),
    KIT_RANGE("g", HONE_UNIFORM, 0, 1), KIT_RANGE("h", HONE_UNIFORM, 0, 1),
};

typedef double (*function)(const double *x, uint64_t seed, uint32_t i);

static double draw(uint64_t seed, uint32_t i, uint32_t k)
{
    return hone_philox_uniform(seed, (hone_counter){.number = i, .stream = k});
}

/* Of 12 uniform draws: variance 1. */
static double draw_noise(uint64_t seed, uint32_t i)
{
    double sum = -6;
    for (uint32_t k = 0; k < 12; k++)
        sum += draw(seed, i, 100 + k);
    return sum;
}

static double additive(const double *x, uint64_t seed, uint32_t i)
{
    (void)seed;
    (void)i;
    return 3 * x[0] + 2 * x[1] + x[2];
}

/* Ishigami, Homma (1990), a = 7, b = 0.1. */
static double ishigami(const double *x, uint64_t seed, uint32_t i)
{
    double a = PI * (2 * x[0] - 1), b = PI * (2 * x[1] - 1), c = PI * (2 * x[2] - 1);
    (void)seed;
    (void)i;
    return sin(a) + 7 * sin(b) * sin(b) + 0.1 * c * c * c * c * sin(a);
}

static double noise(const double *x, uint64_t seed, uint32_t i)
{
    (void)x;
    return draw_noise(seed, i);
}

static double exclusive(const double *x, uint64_t seed, uint32_t i)
{
    (void)seed;
    (void)i;
    return (x[0] > 0.5) != (x[1] > 0.5);
}

static double flat(const double *x, uint64_t seed, uint32_t i)
{
    (void)x;
    (void)seed;
    (void)i;
    return 4;
}

static double huge(const double *x, uint64_t seed, uint32_t i)
{
    (void)seed;
    return i % 2 == 0 ? 1.7e308 * x[0] : -1.7e308 * x[0];
}

typedef struct question {
    function f;
    uint32_t d, n;
    uint64_t seed;
    double sign; /* 0 is 1 */
    hone_importance_options options;
} question;

static hone_importance *ask(const question *q)
{
    hone_space space = {.n = q->d, .params = reals};
    hone_evidence *evidence;
    hone_importance *answer;
    hone_config *config = kit_config(&space);
    hone_importance_options options = q->options;
    options.top = options.top > 0 ? options.top : 1;
    assert_int_equal(hone_evidence_new(&space, &evidence, NULL), HONE_OK);
    for (uint32_t i = 0; i < q->n; i++) {
        double x[MAX_PARAMS] = {0};
        for (uint32_t k = 0; k < q->d; k++) {
            x[k] = draw(q->seed, i, k);
            config->values[k] = hone_value_real(x[k]);
        }
        double y = q->f(x, q->seed, i);
        assert_int_equal(hone_evidence_add(evidence, config, q->sign < 0 ? -y : y), 0);
    }
    assert_int_equal(hone_importance_make(evidence, &options, &answer, NULL), HONE_OK);
    assert_int_equal(answer->n, q->n);
    hone_evidence_free(evidence);
    free(config);
    return answer;
}

static const hone_effect *find(const hone_importance *answer, uint32_t param)
{
    for (uint32_t i = 0; i < answer->n_params; i++) {
        if (answer->params[i].param == param)
            return &answer->params[i];
    }
    fail_msg("no parameter %u", param);
    return NULL;
}

static const hone_effect *find_pair(const hone_importance *answer, uint32_t a, uint32_t b)
{
    for (uint32_t i = 0; i < answer->n_pairs; i++) {
        const hone_effect *pair = &answer->pairs[i];
        if ((pair->param == a && pair->other == b) ||
            (pair->param == b && pair->other == a))
            return pair;
    }
    fail_msg("no pair of %u and %u", a, b);
    return NULL;
}

static void assert_share(const hone_effect *effect, double expected, double within)
{
    if (!(fabs(effect->share - expected) <= within))
        fail_msg("share of %u is %g, not %g", effect->param, effect->share, expected);
    assert_true(effect->low <= effect->share && effect->share <= effect->high);
}

static uint32_t count_told(const hone_effect *effects, uint32_t n)
{
    uint32_t told = 0;
    for (uint32_t i = 0; i < n; i++)
        told += effects[i].state == HONE_EFFECT_TOLD;
    return told;
}

/* Variances of 3a + 2b + c are in the ratio of 9 to 4 to 1. */
static void test_additive(void **state)
{
    (void)state;
    hone_importance *answer =
        ask(&(question){.f = additive, .d = 4, .n = 1000, .seed = 1});
    assert_int_equal(answer->model, HONE_MODEL_FOREST);
    assert_share(find(answer, 0), 9.0 / 14, 0.03);
    assert_share(find(answer, 1), 4.0 / 14, 0.03);
    assert_share(find(answer, 2), 1.0 / 14, 0.03);
    assert_share(find(answer, 3), 0, 0.005);
    assert_int_equal(answer->params[0].param, 0);
    assert_int_equal(count_told(answer->params, 4), 3);
    assert_int_equal(find(answer, 3)->state, HONE_EFFECT_UNTOLD);
    assert_int_equal(count_told(answer->pairs, answer->n_pairs), 0);
    assert_int_equal(answer->n_pairs, 6);
    assert_true(answer->explained > 0.95 && answer->rest < 0.05);
    /* The lower the better: the best region begins at the lower end. */
    const hone_effect *first = find(answer, 0);
    assert_true(first->best_low.real < 0.02);
    assert_true(first->best_high.real > 0.15 && first->best_high.real < 0.4);
    hone_importance_free(answer);
}

/* Of the negative the shares are the same, and the best region is at the other end. */
static void test_goal(void **state)
{
    (void)state;
    question q = {.f = additive, .d = 3, .n = 300, .seed = 5};
    hone_importance *down = ask(&q);
    q.sign = -1;
    hone_importance *up = ask(&q);
    for (uint32_t k = 0; k < 3; k++)
        assert_share(find(up, k), find(down, k)->share, 0.02);
    assert_true(find(up, 0)->best_high.real > 0.98);
    assert_true(find(up, 0)->best_low.real > 0.6);
    hone_importance_free(down);
    hone_importance_free(up);
}

/* Exact: S1 = 0.3139, S2 = 0.4424, S3 = 0, S13 = 0.2437 (Saltelli and others 2008). Trees
 * find the waves of b late, and underrate it. */
static void test_interactions(void **state)
{
    (void)state;
    hone_importance *answer =
        ask(&(question){.f = ishigami, .d = 3, .n = 2000, .seed = 1});
    assert_share(find(answer, 0), 0.3139, 0.05);
    assert_share(find(answer, 1), 0.4424, 0.1);
    assert_share(find(answer, 2), 0, 0.02);
    assert_share(find_pair(answer, 0, 2), 0.2437, 0.06);
    assert_int_equal(find_pair(answer, 0, 2)->state, HONE_EFFECT_TOLD);
    assert_int_equal(count_told(answer->pairs, answer->n_pairs), 1);
    hone_importance_free(answer);
}

/* Neither parameter does anything alone. */
static void test_pure_interaction(void **state)
{
    (void)state;
    hone_importance *answer =
        ask(&(question){.f = exclusive, .d = 4, .n = 400, .seed = 1});
    assert_true(find_pair(answer, 0, 1)->share > 0.8);
    assert_int_equal(find_pair(answer, 0, 1)->state, HONE_EFFECT_TOLD);
    assert_int_equal(count_told(answer->pairs, answer->n_pairs), 1);
    assert_int_equal(count_told(answer->params, answer->n_params), 0);
    hone_importance_free(answer);
}

static void test_noise(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {10, 30, 100, 300};
    for (uint32_t k = 0; k < KIT_COUNT(sizes); k++) {
        for (uint64_t seed = 1; seed <= 3; seed++) {
            question q = {.f = noise, .d = 8, .n = sizes[k], .seed = seed};
            hone_importance *answer = ask(&q);
            assert_int_equal(count_told(answer->params, 8), 0);
            assert_int_equal(count_told(answer->pairs, answer->n_pairs), 0);
            assert_true(answer->explained < 0.2);
            hone_importance_free(answer);
            q.options =
                (hone_importance_options){.method = HONE_IMPORTANCE_PED, .top = 0.2};
            answer = ask(&q);
            assert_int_equal(count_told(answer->params, 8), 0);
            assert_int_equal(answer->n_tops, (sizes[k] + 4) / 5);
            hone_importance_free(answer);
        }
    }
}

static void test_nothing_to_tell(void **state)
{
    (void)state;
    hone_importance *answer = ask(&(question){.f = flat, .d = 3, .n = 50, .seed = 1});
    assert_int_equal(count_told(answer->params, 3), 0);
    for (uint32_t k = 0; k < 3; k++)
        assert_true(answer->params[k].share == 0 && answer->params[k].high == 0);
    assert_true(isnan(answer->explained) && isnan(answer->outlying));
    hone_importance_free(answer);

    /* One parameter has it all, or nothing can be told. */
    answer = ask(&(question){.f = additive, .d = 1, .n = 12, .seed = 1});
    assert_int_equal(answer->params[0].state, HONE_EFFECT_TOLD);
    assert_true(answer->params[0].share == 1);
    hone_importance_free(answer);
    answer = ask(&(question){.f = noise, .d = 1, .n = 50, .seed = 1});
    assert_int_equal(answer->params[0].state, HONE_EFFECT_UNTOLD);
    assert_int_equal(answer->n_pairs, 0);
    hone_importance_free(answer);
}

static void test_huge(void **state)
{
    (void)state;
    hone_importance *answer = ask(&(question){.f = huge, .d = 2, .n = 60, .seed = 1});
    for (uint32_t k = 0; k < 2; k++) {
        const hone_effect *effect = &answer->params[k];
        assert_true(effect->low >= 0 && effect->share <= 1 && effect->high <= 1);
    }
    assert_true(answer->outlying > 0 && answer->outlying < 1);
    hone_importance_free(answer);
}

static void test_same_again(void **state)
{
    (void)state;
    question q = {.f = ishigami, .d = 3, .n = 100, .seed = 2};
    hone_importance *one = ask(&q), *other = ask(&q);
    for (uint32_t k = 0; k < 3; k++) {
        const hone_effect *a = &one->params[k], *b = &other->params[k];
        assert_true(a->param == b->param && a->share == b->share && a->low == b->low);
        assert_true(a->high == b->high && a->floor == b->floor);
    }
    hone_importance_free(other);
    q.options.seed = 1;
    other = ask(&q);
    assert_true(find(one, 0)->share != find(other, 0)->share);
    hone_importance_free(one);
    hone_importance_free(other);
}

/* Diverged trials hide what matters among the others. */
static double cliff(const double *x, uint64_t seed, uint32_t i)
{
    (void)seed;
    (void)i;
    return x[0] > 0.95 ? 1000 + 100 * x[1] : x[1];
}

static void test_top(void **state)
{
    (void)state;
    question q = {.f = cliff, .d = 3, .n = 300, .seed = 4};
    hone_importance *all = ask(&q);
    assert_true(find(all, 0)->share > 0.8 && find(all, 1)->share < 0.1);
    assert_true(all->outlying > 0.3);
    q.options.top = 0.9;
    hone_importance *best = ask(&q);
    assert_true(find(best, 1)->share > 0.6 && find(best, 0)->share < 0.3);
    assert_int_equal(find(best, 1)->state, HONE_EFFECT_TOLD);
    hone_importance_free(all);
    hone_importance_free(best);
}

static void test_ped(void **state)
{
    (void)state;
    hone_importance *answer =
        ask(&(question){.f = additive,
                        .d = 4,
                        .n = 500,
                        .seed = 1,
                        .options = {.method = HONE_IMPORTANCE_PED, .top = 0.1}});
    assert_int_equal(answer->model, HONE_MODEL_DENSITY);
    assert_int_equal(answer->n_tops, 50);
    assert_int_equal(answer->n_pairs, 0);
    assert_int_equal(answer->params[0].param, 0);
    assert_int_equal(answer->params[1].param, 1);
    assert_int_equal(find(answer, 0)->state, HONE_EFFECT_TOLD);
    assert_int_equal(find(answer, 3)->state, HONE_EFFECT_UNTOLD);
    assert_true(find(answer, 0)->best_low.real < 0.02);
    double sum = 0;
    for (uint32_t k = 0; k < 4; k++)
        sum += answer->params[k].share;
    assert_true(fabs(sum - 1) < 1e-12);
    hone_importance_free(answer);
}

/* ---- grids ---- */

static const hone_value three[] = {KIT_INT(0), KIT_INT(1), KIT_INT(2)};
static const hone_value words[] = {KIT_TEXT("x"), KIT_TEXT("y"), KIT_TEXT("z"),
                                   KIT_TEXT("w")};
static const hone_value two[] = {KIT_INT(0), KIT_INT(1)};
static const hone_param factors[] = {
    KIT_CHOICES("i", three),
    KIT_CHOICES("j", words),
    KIT_CHOICES("k", two),
    {.name = "one", .distribution = HONE_CONSTANT, .n_values = 1, .values = two}};
static const hone_space grid = {.n = 4, .params = factors};

/* Fills the grid, the last `missing` trials left out; adds `noise` times noise. */
static hone_evidence *fill_grid(uint32_t missing, double size)
{
    hone_evidence *evidence;
    hone_config *config = kit_config(&grid);
    assert_int_equal(hone_evidence_new(&grid, &evidence, NULL), HONE_OK);
    for (uint32_t t = 0; t < 24 - missing; t++) {
        uint32_t i = t % 3, j = t / 3 % 4, k = t / 12;
        config->values[0] = three[i];
        config->values[1] = words[j];
        config->values[2] = two[k];
        config->values[3] = two[0];
        double y = i + j + (i - 1.0) * (2.0 * k - 1) + size * draw_noise(9, t);
        assert_int_equal(hone_evidence_add(evidence, config, y), HONE_OK);
    }
    free(config);
    return evidence;
}

/* i has variance 2/3, j 5/4, i with k 2/3, and k none. */
static void test_grid(void **state)
{
    (void)state;
    hone_importance *answer;
    hone_importance_options options = {.top = 1};
    hone_evidence *evidence = fill_grid(0, 0);
    double all = 2.0 / 3 + 5.0 / 4 + 2.0 / 3;
    assert_int_equal(hone_importance_make(evidence, &options, &answer, NULL), HONE_OK);
    assert_int_equal(answer->model, HONE_MODEL_FACTORIAL);
    assert_share(find(answer, 0), 2.0 / 3 / all, 1e-12);
    assert_share(find(answer, 1), 5.0 / 4 / all, 1e-12);
    assert_share(find(answer, 2), 0, 1e-12);
    assert_share(find_pair(answer, 0, 2), 2.0 / 3 / all, 1e-12);
    assert_share(find_pair(answer, 0, 1), 0, 1e-12);
    assert_true(answer->rest < 1e-12);
    assert_int_equal(find(answer, 1)->state, HONE_EFFECT_TOLD);
    assert_string_equal(find(answer, 1)->best_low.text, "x");
    assert_string_equal(find(answer, 1)->best_high.text, "x");
    assert_int_equal(find(answer, 3)->state, HONE_EFFECT_CONSTANT);
    assert_int_equal(answer->params[3].param, 3);
    hone_importance_free(answer);
    hone_evidence_free(evidence);
}

/* With noise the shares of no effect have an interval that reaches to it. */
static void test_noisy_grid(void **state)
{
    (void)state;
    hone_importance *answer;
    hone_importance_options options = {.top = 1};
    hone_evidence *evidence = fill_grid(0, 0.3);
    assert_int_equal(hone_importance_make(evidence, &options, &answer, NULL), HONE_OK);
    assert_int_equal(answer->model, HONE_MODEL_FACTORIAL);
    assert_int_equal(find(answer, 0)->state, HONE_EFFECT_TOLD);
    assert_int_equal(find(answer, 1)->state, HONE_EFFECT_TOLD);
    assert_int_equal(find(answer, 2)->state, HONE_EFFECT_UNTOLD);
    assert_int_equal(find_pair(answer, 0, 2)->state, HONE_EFFECT_TOLD);
    assert_true(find(answer, 1)->low > 0.3 && find(answer, 1)->high < 0.65);
    assert_true(find(answer, 2)->low < 0.01 && find(answer, 2)->floor > 0.001);
    hone_importance_free(answer);
    hone_evidence_free(evidence);

    /* A hole, and it is no grid any more. */
    evidence = fill_grid(1, 0);
    assert_int_equal(hone_importance_make(evidence, &options, &answer, NULL), HONE_OK);
    assert_int_equal(answer->model, HONE_MODEL_FOREST);
    assert_int_equal(answer->n, 23);
    hone_importance_free(answer);
    hone_evidence_free(evidence);
}

/* ---- conditions ---- */

static const hone_value models[] = {KIT_TEXT("tree"), KIT_TEXT("net"), KIT_TEXT("svm")};
static const hone_clause if_tree[] = {{.param = 1, .n_values = 1, .values = models}};
static const hone_clause if_svm[] = {{.param = 1, .n_values = 1, .values = models + 2}};
static const hone_param conditional[] = {
    {.name = "depth",
     .distribution = HONE_INT_UNIFORM,
     .min = 1,
     .max = 20,
     .n_clauses = 1,
     .clauses = if_tree},
    KIT_CHOICES("model", models),
    {.name = "nu",
     .distribution = HONE_UNIFORM,
     .min = 0,
     .max = 1,
     .n_clauses = 1,
     .clauses = if_svm},
    KIT_RANGE("rate", HONE_LOG_UNIFORM_VALUES, 1e-4, 1),
    KIT_RANGE("seen", HONE_INT_UNIFORM, 1, 5),
};
static const hone_space conditions = {.n = KIT_COUNT(conditional), .params = conditional};

/* depth matters among trees alone, and there more than rate; svm was tried six times;
 * seen is 3 in all trials. */
static void test_conditions(void **state)
{
    (void)state;
    enum { N = 300, N_SVM = 6 };
    hone_evidence *evidence;
    hone_importance *answer;
    hone_importance_options options = {.top = 1};
    hone_config *config = kit_config(&conditions);
    uint32_t n_trees = 0;
    assert_int_equal(hone_evidence_new(&conditions, &evidence, NULL), HONE_OK);
    for (uint32_t i = 0; i < N; i++) {
        uint32_t model = i < N_SVM ? 2 : draw(3, i, 0) < 0.5;
        double u = draw(3, i, 1), v = draw(3, i, 2), y = v;
        memset(config->values, 0, conditions.n * sizeof(*config->values));
        config->values[1] = models[model];
        config->values[3] = hone_param_draw(&conditional[3], v);
        config->values[4] = hone_value_int(3);
        if (model == 0) {
            config->values[0] = hone_param_draw(&conditional[0], u);
            y += 3 * u;
            n_trees++;
        } else if (model == 2) {
            config->values[2] = hone_value_real(u);
        }
        assert_int_equal(hone_evidence_add(evidence, config, y), HONE_OK);
    }
    assert_int_equal(hone_importance_make(evidence, &options, &answer, NULL), HONE_OK);
    const hone_effect *depth = find(answer, 0);
    assert_int_equal(depth->n, n_trees);
    assert_share(depth, 0.9, 0.06);
    assert_int_equal(depth->state, HONE_EFFECT_TOLD);
    assert_int_equal(depth->best_low.integer, 1);
    assert_int_equal(find(answer, 1)->state, HONE_EFFECT_TOLD);
    assert_int_equal(find(answer, 1)->n, N);
    assert_int_equal(find(answer, 2)->state, HONE_EFFECT_SCARCE);
    assert_int_equal(find(answer, 2)->n, N_SVM);
    assert_true(isnan(find(answer, 2)->share));
    assert_int_equal(find(answer, 4)->state, HONE_EFFECT_STILL);
    assert_true(isnan(answer->rest));
    hone_importance_free(answer);
    hone_evidence_free(evidence);
    free(config);
}

static void test_too_few(void **state)
{
    (void)state;
    hone_evidence *evidence;
    hone_importance *answer;
    hone_importance_options options = {.top = 1};
    hone_error err = {.code = 0};
    hone_space space = {.n = 2, .params = reals};
    hone_config *config = kit_config(&space);
    assert_int_equal(hone_evidence_new(&space, &evidence, NULL), HONE_OK);
    for (uint32_t n = 0; n < HONE_IMPORTANCE_LEAST; n++) {
        assert_int_equal(hone_importance_make(evidence, &options, &answer, &err),
                         HONE_ELIMIT);
        assert_null(answer);
        config->values[0] = hone_value_real(draw(1, n, 0));
        config->values[1] = hone_value_real(draw(1, n, 1));
        assert_int_equal(hone_evidence_add(evidence, config, n), HONE_OK);
    }
    assert_string_equal(err.text, "importance needs at least 10 finished trials with a "
                                  "value, or a full grid; there are 9");
    assert_int_equal(hone_importance_make(evidence, &options, &answer, &err), HONE_OK);
    hone_importance_free(answer);
    hone_evidence_free(evidence);
    free(config);
}

/* More choices than there are cells, and trials than a forest is made of. */
static void test_many(void **state)
{
    (void)state;
    enum { N_CHOICES = 150, N = 20500 };
    hone_value choices[N_CHOICES];
    char names[N_CHOICES][8];
    for (int i = 0; i < N_CHOICES; i++) {
        snprintf(names[i], sizeof names[i], "v%d", i);
        choices[i] = hone_value_text(names[i]);
    }
    const hone_param params[] = {KIT_CHOICES("many", choices)};
    const hone_space space = {.n = 1, .params = params};
    hone_evidence *evidence;
    hone_importance *answer;
    hone_importance_options options = {.top = 1};
    hone_config *config = kit_config(&space);
    assert_int_equal(hone_evidence_new(&space, &evidence, NULL), HONE_OK);
    for (uint32_t i = 0; i < N; i++) {
        config->values[0] = choices[i % N_CHOICES];
        assert_int_equal(hone_evidence_add(evidence, config, i % N_CHOICES >= 75), 0);
    }
    assert_int_equal(hone_importance_make(evidence, &options, &answer, NULL), HONE_OK);
    assert_true(answer->n == N && answer->n_used == 20000);
    assert_int_equal(answer->params[0].state, HONE_EFFECT_TOLD);
    assert_true(answer->params[0].share > 0.99);
    hone_importance_free(answer);
    hone_evidence_free(evidence);
    free(config);
}

/* ---- parts ---- */

/* Of a tree over two axes the variance is that of both and of their pair: nothing is
 * left. The same sums, taken over all cells one by one. */
static void test_tree_exact(void **state)
{
    (void)state;
    hone_space space = {.n = 2, .params = reals};
    hone_evidence *evidence;
    hone_config *config = kit_config(&space);
    uint32_t rows[40];
    assert_int_equal(hone_evidence_new(&space, &evidence, NULL), HONE_OK);
    for (uint32_t i = 0; i < 40; i++) {
        double a = draw(6, i, 0), b = draw(6, i, 1) * draw(6, i, 2);
        config->values[0] = hone_value_real(a);
        config->values[1] = hone_value_real(b);
        rows[i] = i;
        assert_int_equal(hone_evidence_add(evidence, config, a * b + a), HONE_OK);
    }
    hone_sample sample = {.evidence = evidence, .n = 40, .rows = rows, .y = evidence->y};
    hone_binned table;
    hone_grower grower;
    hone_variance_work work;
    hone_pair_of pair = {.a = 0, .b = 1};
    double mains[2] = {0}, pairs[1] = {0};
    hone_variances sums = {.mains = mains, .pairs = pairs};
    assert_int_equal(hone_binned_init(&table, &sample), HONE_OK);
    assert_int_equal(hone_grower_init(&grower, &table, table.y), HONE_OK);
    assert_int_equal(hone_variance_init(&work, &table), HONE_OK);
    for (uint32_t i = 0; i < 40; i++)
        grower.weights[i] = i % 3;
    hone_tree_rule rule = {.least = 2, .seed = 1, .number = 1};
    assert_int_equal(hone_tree_grow(&grower, &rule), HONE_OK);
    assert_true(grower.leaves.n > 5);
    work.n_pairs = 1;
    work.wanted = &pair;
    assert_int_equal(hone_variance_add(&work, &grower.leaves, &sums), HONE_OK);
    double mean = 0, square = 0, volume = 0;
    for (uint32_t a = 0; a < table.columns[0].n; a++) {
        for (uint32_t b = 0; b < table.columns[1].n; b++) {
            uint32_t n_boxes = 0;
            double width = table.columns[0].width[a] * table.columns[1].width[b];
            for (size_t i = 0; i < grower.leaves.n; i++) {
                const uint64_t *box = grower.leaves.boxes + 2 * i;
                if ((box[0] >> a & 1) == 0 || (box[1] >> b & 1) == 0)
                    continue;
                double value = grower.leaves.values[i];
                n_boxes++;
                mean += width * value;
                square += width * value * value;
            }
            assert_int_equal(n_boxes, 1);
            volume += width;
        }
    }
    assert_true(fabs(volume - 1) < 1e-12);
    assert_true(fabs(sums.all - (square - mean * mean)) < 1e-12);
    assert_true(fabs(sums.all - mains[0] - mains[1] - pairs[0]) < 1e-12);
    assert_true(mains[0] > 0 && mains[1] > 0 && pairs[0] > 0);
    hone_variance_release(&work);
    hone_grower_release(&grower);
    hone_binned_release(&table);
    hone_evidence_free(evidence);
    free(config);
}

static void test_quantile(void **state)
{
    (void)state;
    double values[] = {3, 1, 2, 5, 4};
    hone_sort(values, 5);
    assert_true(hone_quantile(values, 5, 0) == 1 && hone_quantile(values, 5, 1) == 5);
    assert_true(hone_quantile(values, 5, 0.5) == 3);
    assert_true(fabs(hone_quantile(values, 5, 0.375) - 2.5) < 1e-12);
    assert_true(hone_quantile(values, 1, 0.9) == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_additive),     cmocka_unit_test(test_goal),
        cmocka_unit_test(test_interactions), cmocka_unit_test(test_pure_interaction),
        cmocka_unit_test(test_noise),        cmocka_unit_test(test_nothing_to_tell),
        cmocka_unit_test(test_huge),         cmocka_unit_test(test_same_again),
        cmocka_unit_test(test_top),          cmocka_unit_test(test_ped),
        cmocka_unit_test(test_grid),         cmocka_unit_test(test_noisy_grid),
        cmocka_unit_test(test_conditions),   cmocka_unit_test(test_too_few),
        cmocka_unit_test(test_many),         cmocka_unit_test(test_tree_exact),
        cmocka_unit_test(test_quantile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
