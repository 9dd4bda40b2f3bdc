/* Each function at a point where it is least, and never below that. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "function.h"

#include "base/banned.h"

enum { WORDS_MAX = 24, DRAWS = 2000 };

/* A point where the function is least, as NAME=VALUE ... */
static const struct least {
    const char *name, *point;
    double tolerance;
} leasts[] = {
    {"branin", "x1=3.141592653589793 x2=2.275", 1e-9},
    {"hartmann3", "x1=0.114614 x2=0.555649 x3=0.852547", 1e-5},
    {"hartmann6", "x1=0.20169 x2=0.150011 x3=0.476874 x4=0.275332 x5=0.311652 x6=0.6573",
     1e-6},
    {"rosenbrock5", "x1=1 x2=1 x3=1 x4=1 x5=1", 1e-12},
    {"ackley10",
     "x1=10.15808 x2=-15.40096 x3=3.93216 x4=19.00544 x5=-7.53664 x6=-19.98848 "
     "x7=14.41792 x8=-2.94912 x9=8.84736 x10=-11.79648",
     1e-9},
    {"levy5", "x1=1 x2=1 x3=1 x4=1 x5=1", 1e-12},
    {"rastrigin5", "x1=1.5872 x2=-2.4064 x3=0.6144 x4=2.9696 x5=-1.1776", 1e-9},
    {"styblinski4", "x1=-2.903534 x2=-2.903534 x3=-2.903534 x4=-2.903534", 1e-6},
    {"mixed_cond", "model=mlp lr=0.000794328234724 units=181 layers=2 dropout=0.22",
     1e-6},
    {"mixed_boost", "booster=dart depth=8 lr=0.0063095734448", 1e-6},
    {"camel", "x1=0.08984201368301331 x2=-0.7126564032704135", 1e-12},
    {"michalewicz5", "x1=2.202906 x2=1.570796 x3=1.284992 x4=1.923058 x5=1.720470", 1e-6},
    {"griewank8", "x1=15.5 x2=-23.5 x3=6 x4=29 x5=-11.5 x6=-30.5 x7=22 x8=-4.5", 1e-12},
    {"ellipsoid20",
     "x1=1.55 x2=-2.35 x3=0.6 x4=2.9 x5=-1.15 x6=-3.05 x7=2.2 x8=-0.45 x9=1.35 x10=-1.8 "
     "x11=-1.085 x12=1.645 x13=-0.42 x14=-2.03 x15=0.805 x16=2.135 x17=-1.54 x18=0.315 "
     "x19=-0.945 x20=1.26",
     1e-12},
    {"noisy_branin", "x1=9.42477796076938 x2=2.475", 1e-9},
    {"noisy_hartmann6",
     "x1=0.20169 x2=0.150011 x3=0.476874 x4=0.275332 x5=0.311652 x6=0.6573", 1e-6},
    {"svm_log", "C=10 gamma=0.01 epsilon=0.00316227766017 tol=0.001", 1e-12},
    {"diverging", "lr=0.16970562748477 momentum=0.9 batch=64 warmup=0", 1e-12},
    {"choices8", "c1=a c2=e c3=d c4=b c5=a c6=c c7=d c8=b x=0.6587804250076911", 1e-12},
    {"knapsack10", "x1=3 x2=0 x3=3 x4=0 x5=2 x6=0 x7=2 x8=0 x9=0 x10=3", 1e-12},
    {"pipeline",
     "scaler=none reduce=select select_share=0.55 model=boost booster=tree "
     "eta=0.0316227766017 depth=5 lambda=1",
     1e-12},
    {"xgb_heart", "eta=0.3179 max_depth=1 subsample=0.5 rounds=32", 0},
    {"xgb_abalone", "eta=0.0562 max_depth=4 min_child_weight=1 rounds=200", 0},
    {"linear_heart", "solver=l2_lr_dual bias=true C=362.04", 0},
};

typedef struct open_point {
    const quality_function *function;
    hone_spec *spec;
    hone_config *config;
} open_point;

static open_point open_room(const quality_function *function)
{
    open_point room = {.function = function};
    hone_error err = {0};
    assert_int_equal(quality_function_spec(function, "random", &room.spec, &err), 0);
    room.config = calloc(1, hone_config_size(room.spec->space));
    assert_non_null(room.config);
    return room;
}

static void close_room(open_point *room)
{
    free(room->config);
    hone_spec_free(room->spec);
}

static double get_value(const open_point *room, uint64_t number)
{
    quality_point point = {
        .space = room->spec->space, .config = room->config, .number = number};
    return room->function->value(&point);
}

/* Cuts `text` in place at blanks. */
static uint32_t cut_words(char *text, const char **words)
{
    uint32_t n = 0;
    for (char *at = text; *at != '\0';) {
        assert_true(n < WORDS_MAX);
        words[n++] = at;
        at += strcspn(at, " ");
        if (*at == ' ')
            *at++ = '\0';
    }
    return n;
}

static void check_least(const struct least *least)
{
    const quality_function *function = quality_function_find(least->name);
    assert_non_null(function);
    open_point room = open_room(function);
    char *text = strdup(least->point);
    const char *words[WORDS_MAX];
    hone_error err = {0};
    assert_non_null(text);
    uint32_t n = cut_words(text, words);
    if (hone_config_read(room.spec->space, n, words, room.config, &err) != 0)
        fail_msg("%s: %s", least->name, err.text);
    room.config->n = room.spec->space->n;
    assert_true(hone_config_member(room.spec->space, room.config));
    double value = get_value(&room, 1);
    if (fabs(value - function->minimum) > least->tolerance)
        fail_msg("%s: %.17g instead of %.17g", least->name, value, function->minimum);
    free(text);
    close_room(&room);
}

static void least_is_reached(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof leasts / sizeof leasts[0]; i++)
        check_least(&leasts[i]);
}

/* Whoever adds a function adds its least point. */
static void all_functions_have_one(void **state)
{
    (void)state;
    uint32_t n = 0;
    for (; quality_function_at(n) != NULL; n++)
        assert_ptr_equal(quality_function_find(quality_function_at(n)->name),
                         quality_function_at(n));
    assert_int_equal(n, sizeof leasts / sizeof leasts[0]);
    assert_null(quality_function_find("no such function"));
}

static void none_goes_below(void **state)
{
    (void)state;
    const quality_function *function;
    for (uint32_t i = 0; (function = quality_function_at(i)) != NULL; i++) {
        open_point room = open_room(function);
        uint32_t values = 0;
        for (uint64_t k = 0; k < DRAWS; k++) {
            assert_int_equal(
                quality_draw(room.spec->space, 1, k, room.config, &(hone_error){0}), 0);
            assert_true(hone_config_member(room.spec->space, room.config));
            double value = get_value(&room, k);
            if (isnan(value))
                continue;
            values++;
            if (!(value >= function->minimum - 1e-6 * (1 + fabs(function->minimum))))
                fail_msg("%s: %.17g", function->name, value);
        }
        assert_true(values > DRAWS / 2);
        /* One function has trials that fail, and it alone. */
        assert_int_equal(values < DRAWS, strcmp(function->name, "diverging") == 0);
        close_room(&room);
    }
}

static void noise_has_its_deviation(void **state)
{
    (void)state;
    enum { N = 20000 };
    const quality_function *function = quality_function_find("noisy_branin");
    double sum = 0, squares = 0;
    for (uint64_t i = 0; i < N; i++) {
        quality_point point = {.seed = 3, .number = i};
        double noise = quality_observed(function, &point, 5) - 5;
        sum += noise;
        squares += noise * noise;
        assert_true(noise == quality_observed(function, &point, 5) - 5);
    }
    assert_true(fabs(sum / N) < .06);
    assert_true(fabs(sqrt(squares / N) / function->noise - 1) < .03);
    const quality_function *exact = quality_function_find("branin");
    assert_true(quality_observed(exact, &(quality_point){.number = 1}, 5) == 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(least_is_reached),
        cmocka_unit_test(all_functions_have_one),
        cmocka_unit_test(none_goes_below),
        cmocka_unit_test(noise_has_its_deviation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
