/* Tails of the normal distribution against values computed with 60 digits. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "math/normal.h"

typedef struct sample {
    double at, value;
} sample;

static void check(double (*f)(double), const sample *samples, size_t n, double error)
{
    for (size_t i = 0; i < n; i++) {
        double most = error * fmax(fabs(samples[i].value), 1e-300);
        assert_true(fabs(f(samples[i].at) - samples[i].value) <= most);
    }
}

#define CHECK(f, samples, error)                                                         \
    check(f, samples, sizeof(samples) / sizeof *(samples), error)

static void test_erfcx(void **state)
{
    (void)state;
    static const sample samples[] = {
        {0, 1},
        {1, 0.427583576155807004},
        {5, 0.110704637733068626},
        {5.999, 0.092791630568856786},
        {6, 0.0927765678005383544},
        {10, 0.0561409927438225859},
        {100, 0.0056416137829894329},
    };
    CHECK(hone_erfcx, samples, 1e-14);
}

static void test_log_cdf(void **state)
{
    (void)state;
    static const sample samples[] = {
        {-1000, -500007.826694812184}, {-30, -454.321243956343197},
        {-2, -3.78318433368203195},    {-1, -1.84102164500926351},
        {0, -0.693147180559945309},    {1, -0.17275377902344989},
        {8, -6.22096057427178606e-16},
    };
    CHECK(hone_log_normal_cdf, samples, 1e-13);
}

static void test_log_improvement(void **state)
{
    (void)state;
    static const sample samples[] = {
        {3, 1.0987396653277077727},       {0.5, -0.35982768374506381859},
        {0, -0.91893853320467274178},     {-0.9, -2.2982829894596517715},
        {-1.1, -2.6791783824760534781},   {-3, -7.8696860596030285171},
        {-10, -55.553122036122355927},    {-37, -692.64296016327040574},
        {-49.9, -1253.7451836641035676},  {-50.1, -1263.7531741014686663},
        {-1000, -500014.73445209115845},  {-1e6, -500000000028.54995965},
        {-1e10, -50000000000000000047.0},
    };
    CHECK(hone_log_improvement, samples, 1e-13);
}

/* It rises everywhere, also where the formula changes. */
static void test_improvement_rises(void **state)
{
    (void)state;
    double before = -INFINITY;
    for (double z = -60; z < 5; z += 0.001) {
        double now = hone_log_improvement(z);
        assert_true(now > before);
        before = now;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_erfcx),
        cmocka_unit_test(test_log_cdf),
        cmocka_unit_test(test_log_improvement),
        cmocka_unit_test(test_improvement_rises),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
