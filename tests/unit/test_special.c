/* Quantiles against published values and closed forms; rounding to digits. */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/special.h"

static void assert_near(double got, double want, double relative)
{
    if (!(fabs(got - want) <= relative * fabs(want))) {
        fail_msg("got %.17g, want %.17g", got, want);
    }
}

static void test_normal_quantile(void **state)
{
    (void)state;
    /* Wichura (1988), table of check values, and common percentage points. */
    assert_near(hone_normal_quantile(.25), -.6744897501960817, 1e-15);
    assert_near(hone_normal_quantile(.001), -3.090232306167814, 1e-15);
    assert_near(hone_normal_quantile(1e-20), -9.262340089798408, 1e-15);
    assert_near(hone_normal_quantile(.975), 1.959963984540054, 1e-15);
    assert_true(hone_normal_quantile(.5) == 0);
    for (int i = -100; i <= 13; i++) {
        double x = i * .37;
        double back = hone_normal_quantile(.5 * erfc(-x / sqrt(2)));
        assert_true(fabs(back - x) <= 1e-11 * (1 + fabs(x)));
    }
}

static void test_beta_quantile(void **state)
{
    (void)state;
    static const double half = .5;
    assert_near(hone_beta_quantile(.25, 1, 1), .25, 1e-13);
    assert_near(hone_beta_quantile(.5, 2, 3), .3857275681323896, 1e-12);
    for (double p = .01; p < 1; p += .07) {
        double arcsine = sin(p * acos(-1) / 2);
        assert_near(hone_beta_quantile(p, half, half), arcsine * arcsine, 1e-12);
        assert_near(hone_beta_quantile(p, 7, 1), pow(p, 1 / 7.), 1e-12);
        assert_near(hone_beta_quantile(p, 1, 50), -expm1(log1p(-p) / 50), 1e-12);
        assert_near(hone_beta_quantile(p, .01, 1), pow(p, 100), 1e-12);
        for (double a = .3; a < 2000; a *= 7) { /* round trip through the distribution */
            double x = hone_beta_quantile(p, a, 2);
            double back = hone_beta_log_cdf(log(x) - log1p(-x), a, 2);
            assert_near(exp(back), p, x < .999 ? 1e-10 : 1e-8);
        }
    }
    assert_near(hone_beta_quantile(.5, 1e4, 1e4), .5, 1e-10);
    assert_true(hone_beta_quantile(0, 2, 3) == 0 && hone_beta_quantile(1, 2, 3) == 1);
    assert_true(hone_beta_quantile(.3, 0, 3) == 0 && hone_beta_quantile(.3, 3, 0) == 1);
    assert_true(hone_beta_quantile(.3, 0, 0) == 0 && hone_beta_quantile(.7, 0, 0) == 1);
    assert_true(hone_beta_quantile(1e-300, .001, 5) < 1e-300);
    assert_true(hone_beta_quantile(1e-12, 1e-3, 1e-3) >= 0);
}

static void test_round_digits(void **state)
{
    (void)state;
    assert_true(hone_round_digits(.1 * 3, 12) == .3);
    assert_true(hone_round_digits(123456, 2) == 120000);
    assert_true(hone_round_digits(-1e-320, 1) == -1e-320);
    assert_true(isnan(hone_round_digits(NAN, 12)));
    assert_true(hone_round_digits(INFINITY, 12) == INFINITY);
    assert_true(hone_round_digits(DBL_MAX, 17) == DBL_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_normal_quantile),
        cmocka_unit_test(test_beta_quantile),
        cmocka_unit_test(test_round_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
